package sqlitestore

import (
	"fmt"
	"strings"

	"errata/aggregate"
)

// table is the rendering of one kind.
type table struct {
	kind     aggregate.Kind
	name     string
	key      string   // the third key column, "" for none
	measures []string // in the order of the statement; written comes after them
}

// tables in the order of the kinds.
func tables() []table {
	return []table{
		{aggregate.KindRequest, "rollup_request", "", []string{"n", "bytes", "hist", "callers", "heavy", "n_nocaller"}},
		{aggregate.KindError, "rollup_error", "", []string{"n", "extra", "callers", "heavy", "n_nocaller", "first", "last"}},
		{aggregate.KindRClient, "rollup_rclient", "", []string{"n"}},
		{aggregate.KindEClient, "rollup_eclient", "", []string{"n", "extra"}},
		{aggregate.KindFinding, "rollup_finding", "", []string{"n"}},
		{aggregate.KindRead, "rollup_read", "", []string{"n"}},
		{aggregate.KindSample, "rollup_sample", "pos", []string{"text"}},
		{aggregate.KindTemplate, "rollup_template", "", []string{"n", "text"}},
		{aggregate.KindDemand, "rollup_demand", "caller", []string{"n", "first", "last", "text"}},
		{aggregate.KindAdopt, "rollup_adopt", "caller", []string{"n", "first", "last"}},
		{aggregate.KindActive, "rollup_active", "", []string{"n", "callers", "heavy", "n_nocaller"}},
	}
}

// tableOf finds the rendering of a kind.
func tableOf(k aggregate.Kind) (table, bool) {
	for _, t := range tables() {
		if t.kind == k {
			return t, true
		}
	}
	return table{}, false
}

func (t table) has(measure string) bool {
	for _, m := range t.measures {
		if m == measure {
			return true
		}
	}
	return false
}

func (t table) keyColumns() []string {
	if t.key != "" {
		return []string{"time", "key", t.key}
	}
	return []string{"time", "key"}
}

// columns are all columns in the order in which rows are bound.
func (t table) columns() []string {
	return append(append(t.keyColumns(), t.measures...), "written")
}

// upsert is the statement that merges rows into their cells.
func (t table) upsert(rows int) string {
	cols := t.columns()
	one := "(" + strings.TrimSuffix(strings.Repeat("?,", len(cols)), ",") + ")"
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES %s", t.name, strings.Join(cols, ","),
		strings.TrimSuffix(strings.Repeat(one+",", rows), ","))
	fmt.Fprintf(&b, " ON CONFLICT (%s) DO UPDATE SET ", strings.Join(t.keyColumns(), ","))
	for _, m := range append(t.measures, "written") {
		b.WriteString(m + "=" + mergeRule(m) + ",")
	}
	return strings.TrimSuffix(b.String(), ",")
}

// mergeRule is the measure's merge rule of docs/schema.md. Maps are merged by
// our functions only where both sides have one.
func mergeRule(m string) string {
	switch m {
	case "hist":
		return "CASE WHEN excluded.hist IS NULL THEN hist WHEN hist IS NULL THEN excluded.hist ELSE " +
			fnMergeHist + "(hist,excluded.hist) END"
	case "callers":
		return "CASE WHEN excluded.callers IS NULL THEN callers WHEN callers IS NULL THEN excluded.callers ELSE " +
			fnMergeCallers + "(callers,excluded.callers) END"
	case "heavy":
		return "CASE WHEN excluded.callers IS NULL THEN heavy WHEN callers IS NULL THEN excluded.heavy ELSE " +
			fnMergeHeavy + "(callers,heavy,excluded.callers,excluded.heavy) END"
	case "first", "text", "written":
		return "min(" + m + ",excluded." + m + ")"
	case "last":
		return "max(last,excluded.last)"
	default:
		return m + "+excluded." + m
	}
}

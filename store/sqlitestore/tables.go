package sqlitestore

import (
	"fmt"
	"slices"
	"strings"

	"errata/aggregate"
)

// table is the rendering of one kind.
type table struct {
	kind     aggregate.Kind
	name     string
	dims     []string // the kind's key columns besides time and key: ids of strings, and the status
	key      string   // the last key column, "" for none
	measures []string // in the order of the statement; written comes after them
}

// tables in the order of the kinds.
func tables() []table {
	list := []table{
		{kind: aggregate.KindRequest, measures: []string{"n", "bytes", "hist", "callers", "heavy", "n_nocaller"}},
		{kind: aggregate.KindError, measures: []string{"n", "extra", "callers", "heavy", "n_nocaller", "first", "last"}},
		{kind: aggregate.KindRClient, measures: []string{"n"}},
		{kind: aggregate.KindEClient, measures: []string{"n", "extra"}},
		{kind: aggregate.KindFinding, measures: []string{"n"}},
		{kind: aggregate.KindRead, measures: []string{"n"}},
		{kind: aggregate.KindSample, measures: []string{"text"}},
		{kind: aggregate.KindTemplate, measures: []string{"n", "text"}},
		{kind: aggregate.KindDemand, measures: []string{"n", "first", "last", "text"}},
		{kind: aggregate.KindAdopt, measures: []string{"n", "first", "last"}},
		{kind: aggregate.KindActive, measures: []string{"n", "callers", "heavy", "n_nocaller"}},
	}
	for i := range list {
		t := &list[i]
		t.name, t.dims = "rollup_"+t.kind.String(), t.kind.Columns()
		if last := len(t.dims) - 1; t.dims[last] == "caller" || t.dims[last] == "pos" {
			t.key, t.dims = t.dims[last], t.dims[:last]
		}
	}
	return list
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

// failed tells whether failures stand apart: the kind has the status.
func (t table) failed() bool { return slices.Contains(t.dims, "status") }

// keyColumns are the columns of the primary key.
func (t table) keyColumns() []string {
	cols := append([]string{"time"}, t.dims...)
	if t.key != "" {
		cols = append(cols, t.key)
	}
	return cols
}

// split sorts the key columns into those that the kind has and the others.
func (t table) split() (has, not []keyColumn) {
	for _, c := range keyColumns() {
		if slices.Contains(t.dims, c.name) {
			has = append(has, c)
		} else {
			not = append(not, c)
		}
	}
	return has, not
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

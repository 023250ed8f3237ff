package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/store"
)

// counts makes a map of pairs of hash and rows.
func counts(pairs ...[2]uint64) (m []aggregate.CallerCount) {
	for _, p := range pairs {
		m = append(m, aggregate.CallerCount{Hash: p[0], N: int64(p[1])})
	}
	return m
}

// responses: requests, and errors where nobody logged those; each split of
// them sums to all.
func (a answers) responses(t *testing.T) {
	row := func(k aggregate.Kind, source string, minute int64, status uint16, n int64) aggregate.Row {
		r := aggregate.Row{Key: aggregate.Key{Kind: k, Time: base + 60*minute, Source: source, Status: status}, N: n}
		if k == aggregate.KindError {
			r.Key.Type = "api_error"
		}
		return r
	}
	event := row(aggregate.KindError, "s", 3, 200, 5)
	event.Extra = 5
	lone := row(aggregate.KindError, "s", 70, 200, 2)
	lone.Extra = 2
	rows := []aggregate.Row{
		row(aggregate.KindRequest, "s", 1, 200, 90),
		row(aggregate.KindRequest, "s", 2, 500, 10),
		row(aggregate.KindError, "s", 2, 500, 7), // counted by their requests
		event,
		row(aggregate.KindError, "s", 71, 500, 3), // the next hour has no requests
		lone,
		row(aggregate.KindError, "other", 1, 429, 4), // nor has this source
	}
	s := a.open(t)
	write(t, s, batch("l", 0, rows))
	const all = 90 + 10 + 3 + 2 + 4
	r := check(t, s, rows, store.Query{By: []string{"status"}, Measures: []string{"responses"}}, nil, nil)
	want := []map[string]any{
		{"status": int64(200), "responses": int64(92)},
		{"status": int64(500), "responses": int64(13)},
		{"status": int64(429), "responses": int64(4)},
	}
	if diff := cmp.Diff(want, r.Rows); diff != "" {
		t.Errorf("by status (-want +got):\n%s", diff)
	}
	if !hasNote(r, "responses counts errors only in hours without request rows") {
		t.Errorf("no note on the hours without requests: %q", r.Notes)
	}
	for _, q := range []store.Query{
		{},
		{By: []string{"source"}},
		{By: []string{"route", "method"}, Step: time.Minute},
		{By: []string{"source", "status"}, Step: time.Hour},
	} {
		q.Measures = []string{"responses", "errors", "requests"}
		r := check(t, s, rows, q, nil, nil)
		var sum int64
		for _, row := range r.Rows {
			sum += row["responses"].(int64)
		}
		if sum != all || r.Totals["responses"] != int64(all) {
			t.Errorf("by %v: rows sum to %d, totals %v; want %d", q.By, sum, r.Totals, all)
		}
	}
	// A minute that has an error event only answered nothing else.
	r = query(t, s, store.Query{Step: time.Minute, Measures: []string{"responses"}, Until: time.Unix(base+3600, 0), Where: []store.Filter{{Dim: "source", Value: "s"}}})
	if len(r.Rows) != 2 {
		t.Errorf("by minute: rows %v, want those of two minutes", r.Rows)
	}
	r = check(t, s, rows, store.Query{By: []string{"type"}, Measures: []string{"responses", "errors"}}, nil, nil)
	for _, row := range r.Rows {
		if row["responses"] != nil {
			t.Errorf("by type: responses of %v are not null", row)
		}
	}
	if r.Totals["responses"] != int64(all) || !hasNote(r, "responses is null by type") {
		t.Errorf("by type: totals %v, notes %q", r.Totals, r.Notes)
	}
	r = check(t, s, rows, store.Query{Measures: []string{"responses"}, Where: []store.Filter{{Dim: "type", Value: "api_error"}}}, nil, nil)
	if r.Totals["responses"] != nil {
		t.Errorf("filtered by type: totals %v", r.Totals)
	}
	r = query(t, s, store.Query{By: []string{"status"}, Measures: []string{"responses"}, Where: []store.Filter{{Dim: "source", Value: "s"}}, Until: time.Unix(base+3600, 0)})
	if r.Totals["responses"] != int64(100) || hasNote(r, "responses") {
		t.Errorf("where all is known: totals %v, notes %q", r.Totals, r.Notes)
	}
	// Its share under (other) is that of responses.
	rows = []aggregate.Row{
		{Key: aggregate.Key{Kind: aggregate.KindRequest, Time: base, Source: "s", Route: aggregate.Other}, N: 30},
		{Key: aggregate.Key{Kind: aggregate.KindRequest, Time: base, Source: "s", Route: "/r", Status: 500}, N: 10},
		{Key: aggregate.Key{Kind: aggregate.KindError, Time: base, Source: "t", Route: aggregate.Other, Status: 500}, N: 10},
	}
	s = a.open(t)
	write(t, s, batch("l", 0, rows))
	r = query(t, s, store.Query{By: []string{"route"}, Measures: []string{"responses"}})
	if r.OtherShare != 0.8 || !hasNote(r, "of responses stand under (other)") {
		t.Errorf("share under (other): %v, notes %q", r.OtherShare, r.Notes)
	}
}

// activeCallers: those of all requests, failed or not.
func (a answers) activeCallers(t *testing.T) {
	row := func(source string, hour, n, none int64, callers ...[2]uint64) []aggregate.Row {
		at := base + 3600*hour
		return []aggregate.Row{
			{Key: aggregate.Key{Kind: aggregate.KindRequest, Time: at, Source: source, Status: 200}, N: n},
			{Key: aggregate.Key{Kind: aggregate.KindActive, Time: at, Source: source}, N: n, NNoCaller: none, Callers: counts(callers...)},
		}
	}
	var rows []aggregate.Row
	rows = append(rows, row("s", 0, 5, 0, [2]uint64{1, 3}, [2]uint64{2, 2})...)
	rows = append(rows, row("s", 1, 4, 1, [2]uint64{2, 1}, [2]uint64{3, 2})...)
	rows = append(rows, row("t", 0, 9, 9)...)
	rows = append(rows, aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindError, Time: base, Source: "u", Status: 500}, N: 8, Callers: counts([2]uint64{9, 8})})
	s := a.open(t)
	write(t, s, batch("l", 0, rows))
	at := func(source string) []store.Filter { return []store.Filter{{Dim: "source", Value: source}} }
	q := store.Query{By: []string{"source"}, Measures: []string{"active_callers", "requests"}, Order: "source"}
	r := check(t, s, rows, store.Query{By: q.By, Measures: q.Measures}, nil, nil)
	if want := []string{"source", "active_callers", "active_callers_error", "requests"}; !cmp.Equal(r.Columns, want) {
		t.Errorf("columns %v, want %v", r.Columns, want)
	}
	want := []map[string]any{
		{"source": "s", "active_callers": int64(3), "active_callers_error": 0.0, "requests": int64(9)},
		{"source": "t", "active_callers": nil, "active_callers_error": nil, "requests": int64(9)},
	}
	if diff := cmp.Diff(want, query(t, s, q).Rows); diff != "" {
		t.Errorf("by source (-want +got):\n%s", diff)
	}
	r = check(t, s, rows, store.Query{Measures: []string{"active_callers"}}, nil, nil)
	if r.Totals["active_callers"] != int64(3) || !hasNote(r, "10 requests had no caller and are in no count of active_callers") {
		t.Errorf("totals %v, notes %q", r.Totals, r.Notes)
	}
	r = check(t, s, rows, store.Query{Measures: []string{"active_callers"}, Step: time.Hour, Where: at("s")}, nil, nil)
	if len(r.Rows) != 2 || r.Rows[0]["active_callers"] != int64(2) || r.Rows[1]["active_callers"] != int64(2) {
		t.Errorf("by hour: %v", r.Rows)
	}
	r = check(t, s, rows, store.Query{Measures: []string{"active_callers", "requests"}, Where: at("u")}, nil, nil)
	if r.Totals["active_callers"] != nil || r.Totals["requests"] != nil || !hasNote(r, "active_callers is null where no request rows were read: read an access log too") {
		t.Errorf("without requests: totals %v, notes %q", r.Totals, r.Notes)
	}
	if r = query(t, s, store.Query{Measures: []string{"active_callers"}, Where: at("t")}); !hasNote(r, "active_callers is null where no caller was logged") {
		t.Errorf("without callers: notes %q", r.Notes)
	}
	var usage *store.UsageError
	for _, q := range []store.Query{
		{Measures: []string{"active_callers"}, By: []string{"route"}},
		{Measures: []string{"active_callers", "errors"}},
		{Measures: []string{"active_callers"}, Step: time.Minute},
	} {
		if _, err := s.Query(t.Context(), q); !asUsage(err, &usage) {
			t.Errorf("query %+v: error %v is no usage error", q, err)
		}
	}
}

// bounds: an estimate of callers is never above the entries that have one, nor
// below those that are known one by one.
func (a answers) bounds(t *testing.T) {
	// 300 callers with one entry each, of which the 256 smallest are known.
	row := func(kind aggregate.Kind, source string, first, step uint64, n, none int64) aggregate.Row {
		r := aggregate.Row{Key: aggregate.Key{Kind: kind, Time: base, Source: source}, N: n, NNoCaller: none}
		if kind != aggregate.KindActive {
			r.Key.Status = 500
		}
		for i := range uint64(aggregate.K) {
			r.Callers = append(r.Callers, aggregate.CallerCount{Hash: first + step*i, N: 1})
		}
		return r
	}
	const half = 1 << 62
	rows := []aggregate.Row{
		row(aggregate.KindError, "low", 1, 1<<40, 310, 10),          // hashes so small that the estimate is far above 300
		row(aggregate.KindError, "high", half, half/256, 310, 10),   // and so large that it is below 256
		row(aggregate.KindError, "middle", 1, half/256, 5000, 1000), // a good one, about 512
		row(aggregate.KindError, "each", 1, half/256, 256, 0),       // all of them known, none left to guess
		row(aggregate.KindActive, "low", 1, 1<<40, 310, 10),
		{Key: aggregate.Key{Kind: aggregate.KindRequest, Time: base, Source: "low", Status: 200}, N: 310},
	}
	s := a.open(t)
	write(t, s, batch("l", 0, rows))
	r := check(t, s, rows, store.Query{By: []string{"source"}, Measures: []string{"callers"}}, nil, nil)
	got := map[string]any{}
	for _, row := range r.Rows {
		got[row["source"].(string)] = [2]any{row["callers"], row["callers_error"]}
	}
	want := map[string]any{
		"low": [2]any{int64(300), 300 / 15.937377450509228}, "high": [2]any{int64(256), 256 / 15.937377450509228},
		"middle": [2]any{int64(512), 512 / 15.937377450509228}, "each": [2]any{int64(256), 0.0},
	}
	if diff := cmp.Diff(want, got, approximate); diff != "" {
		t.Errorf("by source (-want +got):\n%s", diff)
	}
	r = check(t, s, rows, store.Query{Measures: []string{"active_callers"}}, nil, nil)
	if r.Totals["active_callers"] != int64(300) {
		t.Errorf("active callers: %v", r.Totals)
	}
	// The rows of two groups bound their sum.
	check(t, s, rows, store.Query{Measures: []string{"callers", "errors"}}, nil, nil)
	check(t, s, rows, store.Query{Measures: []string{"callers"}, Where: []store.Filter{{Dim: "source", Op: store.Ne, Value: "middle"}}}, nil, nil)
}

package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// approximate compares floats as sums in another order differ.
var approximate = cmp.Comparer(func(a, b float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*math.Max(math.Abs(a), math.Abs(b))
})

// check compares an answer with the recount.
func check(t *testing.T, s Store, rows []aggregate.Row, q store.Query, bodies, reqs map[string]bool) store.Result {
	t.Helper()
	got := query(t, s, q)
	want := recount(rows, q, bodies, reqs)
	if want.rows == nil {
		want.rows = []map[string]any{}
	}
	for _, r := range append(append([]map[string]any(nil), got.Rows...), got.Totals) {
		// Heavy is a lower bound and no equal cell.
		if m, ok := r["caller_map"].(store.CallerMap); ok {
			m.Heavy = nil
			r["caller_map"] = m
		}
	}
	if reflect.DeepEqual(want.rows, got.Rows) {
		// cmp.Diff is slow, and mostly there is nothing to see.
	} else if diff := cmp.Diff(want.rows, got.Rows, approximate); diff != "" {
		t.Errorf("query %+v: rows (-want +got):\n%s", q, diff)
	}
	if diff := cmp.Diff(want.totals, got.Totals, approximate); diff != "" {
		t.Errorf("query %+v: totals (-want +got):\n%s", q, diff)
	}
	if diff := cmp.Diff(want.coverage, got.Coverage.Value, approximate); diff != "" {
		t.Errorf("query %+v: coverage, reason %q (-want +got):\n%s", q, got.Coverage.Reason, diff)
	}
	if got.Coverage.Value == nil && got.Coverage.Reason == "" {
		t.Errorf("query %+v: coverage is null without a reason", q)
	}
	if got.Coverage.Clamped != want.clamped || got.Coverage.Undated != want.undated {
		t.Errorf("query %+v: clamped %d, undated %d; want %d, %d",
			q, got.Coverage.Clamped, got.Coverage.Undated, want.clamped, want.undated)
	}
	return got
}

// filled is a store with several batches of random rows, and the rows.
func (a answers) filled(t *testing.T, seed uint64) (Store, []aggregate.Row) {
	s := a.open(t)
	var rows []aggregate.Row
	for i := range int64(4) {
		b := randomRows(seed+uint64(i), 250)
		rows = append(rows, b...)
		write(t, s, batch("lane", i, b))
	}
	return s, rows
}

// randomQuery draws a query; many are not allowed.
func randomQuery(rng *rand.Rand, rows []aggregate.Row) store.Query {
	var q store.Query
	dims := store.Dimensions()
	for range rng.IntN(4) {
		d := dims[rng.IntN(len(dims))]
		if !has(q.By, d) {
			q.By = append(q.By, d)
		}
	}
	measures := append(store.Measures()[:10:10], "errors", "errors", "errors")
	switch rng.IntN(9) {
	case 0:
		q.Measures = []string{"entries"}
	case 1:
		q.Measures = []string{"attempts", "callers", "errors"}
	case 2:
		q.Measures = []string{"findings"}
	case 3:
		q.Measures = []string{"caller_map", "errors"}
	case 4:
		q.Measures = []string{"active_callers", "requests"}
	default:
		for range rng.IntN(4) {
			m := measures[rng.IntN(len(measures))]
			if !has(q.Measures, m) {
				q.Measures = append(q.Measures, m)
			}
		}
	}
	for range max(0, rng.IntN(5)-2) {
		d := dims[rng.IntN(len(dims))]
		v := dimOf(&rows[rng.IntN(len(rows))].Key, d)
		f := store.Filter{Dim: d, Op: store.Op(rng.IntN(3)), Value: v}
		if f.Op == store.Prefix && len(v) > 1 {
			f.Value = v[:1+rng.IntN(len(v)-1)] // also inside a rune
		}
		q.Where = append(q.Where, f)
	}
	if rng.IntN(2) == 0 {
		q.Since = time.Unix(base+int64(rng.IntN(hours*3600)), 0).UTC()
	}
	if rng.IntN(2) == 0 {
		q.Until = time.Unix(base+int64(rng.IntN(hours*3600)), int64(rng.IntN(2))*5e8).UTC()
	}
	if rng.IntN(3) == 0 {
		q.Step = []time.Duration{time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 168 * time.Hour}[rng.IntN(6)]
	}
	if rng.IntN(4) == 0 {
		q.Limit = 1 + rng.IntN(5)
	}
	return q
}

func (a answers) randomQueries(t *testing.T) {
	s, rows := a.filled(t, 100)
	rng := rand.New(rand.NewPCG(11, 12))
	const want = 300
	asked := 0
	for tries := 0; asked < want && !t.Failed(); tries++ {
		if tries > 100*want {
			t.Fatalf("only %d of %d queries were allowed", asked, tries)
		}
		q := randomQuery(rng, rows)
		valid := q
		if has(q.Measures, "caller_map") {
			valid.Measures = []string{"errors"}
		}
		if store.Validate(valid) != nil {
			continue
		}
		asked++
		check(t, s, rows, q, nil, nil)
		if !has(q.Measures, "caller_map") {
			if p, ok := s.(printer); ok {
				if _, err := p.SQL(q); err != nil {
					t.Errorf("query %+v: print: %v", q, err)
				}
			}
		}
	}
}

// splits: by whatever the errors are split, the rows sum to the same.
func (a answers) splits(t *testing.T) {
	s, rows := a.filled(t, 200)
	for _, where := range [][]store.Filter{nil, {{Dim: "source", Value: "both"}}} {
		total := query(t, s, store.Query{Where: where}).Totals["errors"]
		by := [][]string{{}, {"reason"}, {"feature", "client"}, {"type", "param", "template"}, {"client", "retry", "auth"}}
		for _, d := range store.Dimensions() {
			if d != "finding" {
				by = append(by, []string{d}, []string{"source", d})
			}
		}
		for _, b := range by {
			if has(b[min(1, len(b)):], "source") {
				continue
			}
			q := store.Query{By: b, Where: where}
			r := query(t, s, q)
			if where == nil {
				r = check(t, s, rows, q, nil, nil)
			}
			var sum int64
			for _, row := range r.Rows {
				sum += row["errors"].(int64)
			}
			if sum != total || r.Totals["errors"] != total {
				t.Errorf("by %v: rows sum to %d, totals %v; errors are %v", b, sum, r.Totals["errors"], total)
			}
		}
	}
}

// feedChoice: an access and a response feed of one traffic, in either order.
func (a answers) feedChoice(t *testing.T) {
	key := func(k aggregate.Kind, minute int64, status uint16) aggregate.Key {
		return aggregate.Key{Kind: k, Time: base + 60*minute, Source: "s", Route: "/r", Method: "GET", Status: status}
	}
	callers := func(h ...uint64) (m []aggregate.CallerCount) {
		for _, x := range h {
			m = append(m, aggregate.CallerCount{Hash: x, N: 1})
		}
		return m
	}
	access := []aggregate.Row{
		{Key: key(aggregate.KindRequest, 0, 200), N: 90},
		{Key: key(aggregate.KindRequest, 1, 500), N: 10, Callers: callers(1, 2)},
		{Key: key(aggregate.KindRequest, 70, 429), N: 4, Callers: callers(3, 4)}, // no error rows in this hour
	}
	withType := func(k aggregate.Key, typ string) aggregate.Key { k.Type, k.Shape = typ, "envelope"; return k }
	response := []aggregate.Row{
		{Key: withType(key(aggregate.KindError, 1, 500), "api_error"), N: 7, Callers: callers(2, 5)},
		{Key: withType(key(aggregate.KindError, 2, 200), "api_error"), N: 2, Extra: 2, Callers: callers(5)},
		{Key: withType(key(aggregate.KindError, 130, 500), "api_error"), N: 3, Callers: callers(6)}, // no request rows in this hour
	}
	for _, order := range [][2]int{{0, 1}, {1, 0}} {
		s := a.open(t)
		for i, which := range order {
			rows, lane := access, "access"
			if which == 1 {
				rows, lane = response, "response"
			}
			write(t, s, batch(lane, int64(i), rows))
		}
		q := store.Query{Measures: []string{"requests", "errors", "ratio", "envelopes", "callers"}}
		r := check(t, s, append(access[:3:3], response...), q, nil, nil)
		want := map[string]any{
			"requests": int64(104), "errors": int64(10 + 4 + 2 + 3), "ratio": 16.0 / 104, "envelopes": int64(12),
			"callers": int64(5), "callers_error": 0.0,
		}
		if diff := cmp.Diff(want, r.Totals, approximate); diff != "" {
			t.Errorf("totals (-want +got):\n%s", diff)
		}
		if r.Coverage.Value == nil || *r.Coverage.Value != 7.0/14 {
			t.Errorf("coverage is %+v, want 7/14", r.Coverage)
		}
		if !hasNote(r, "1 hour of \"s\" without request rows") {
			t.Errorf("no note on the hour without request rows: %q", r.Notes)
		}
		q = store.Query{By: []string{"type"}}
		r = check(t, s, append(access[:3:3], response...), q, nil, nil)
		rows := []map[string]any{
			{"type": "api_error", "errors": int64(12)}, {"type": store.NoBody, "errors": int64(7)},
		}
		if diff := cmp.Diff(rows, r.Rows); diff != "" {
			t.Errorf("by type (-want +got):\n%s", diff)
		}
	}
	// A feed with bodies that had no error yet counts as one, once declared.
	s := a.open(t)
	write(t, s, batch("access", 0, access))
	if r := query(t, s, store.Query{}); r.Coverage.Value != nil {
		t.Errorf("coverage without a feed with bodies is %v", *r.Coverage.Value)
	}
	d, ok := s.(declarer)
	if !ok {
		return
	}
	if err := d.DeclareFeed(t.Context(), "s", "kong", ingest.FeedResponse); err != nil {
		t.Fatal(err)
	}
	if r := query(t, s, store.Query{}); r.Coverage.Value == nil || *r.Coverage.Value != 0 {
		t.Errorf("coverage with a silent feed with bodies is %+v, want 0", r.Coverage)
	}
}

func (a answers) ranges(t *testing.T) {
	s, rows := a.filled(t, 300)
	at := func(sec int64) time.Time { return time.Unix(base+sec, 0).UTC() }
	for _, c := range []struct {
		q        store.Query
		from, to int64
		widened  string
	}{
		{store.Query{Since: at(3600), Until: at(7200)}, 3600, 7200, ""},
		{store.Query{Since: at(3630), Until: at(7170)}, 3600, 7200, "minutes"},
		{store.Query{Since: at(3660), Until: at(7199), By: []string{"client"}}, 3600, 7200, "hours"},
		{store.Query{Since: at(3600), Until: at(3601), By: []string{"reason"}}, 0, 86400, "days"},
		// ISO week 45 of 2026 begins on the Monday that is base.
		{store.Query{Since: at(0), Until: at(7 * 86400), Step: 168 * time.Hour}, 0, 7 * 86400, ""},
		{store.Query{Since: at(-1), Until: at(86400), Step: 24 * time.Hour}, -60, 86400, "minutes"},
	} {
		r := check(t, s, rows, c.q, nil, nil)
		if r.From == nil || r.To == nil || r.From.Unix() != base+c.from || r.To.Unix() != base+c.to {
			t.Errorf("query %+v: range %v to %v", c.q, r.From, r.To)
		}
		if hasNote(r, "widened") != (c.widened != "") || (c.widened != "" && !hasNote(r, "whole "+c.widened)) {
			t.Errorf("query %+v: notes %q", c.q, r.Notes)
		}
	}
	r := query(t, s, store.Query{Since: at(90 * 86400), Until: at(91 * 86400), By: []string{"type"}})
	if len(r.Rows) > 0 || r.Totals["errors"] != int64(0) || !hasNote(r, "newer than the newest event") ||
		!hasNote(r, "2026-11-02T00:0") || !hasNote(r, "to 2026-11-03T1") {
		t.Errorf("a range after all events: rows %v, totals %v, notes %q", r.Rows, r.Totals, r.Notes)
	}
	r = query(t, s, store.Query{Since: at(-90 * 86400), Until: at(-86400)})
	if len(r.Rows) > 0 || !hasNote(r, "older than the oldest event") {
		t.Errorf("a range before all events: rows %v, notes %q", r.Rows, r.Notes)
	}
	r = query(t, s, store.Query{Since: at(30), Until: at(30)})
	if len(r.Rows) > 0 || !hasNote(r, "empty") {
		t.Errorf("an empty range: rows %v, notes %q", r.Rows, r.Notes)
	}
	// The clamp day is in no range, even in one that names it.
	r = query(t, s, store.Query{Until: time.Unix(86400, 0), Measures: []string{"requests", "errors"}})
	if len(r.Rows) > 0 || r.Coverage.Clamped == 0 {
		t.Errorf("the clamp day: rows %v, coverage %+v", r.Rows, r.Coverage)
	}
	var usage *store.UsageError
	_, err := s.Query(t.Context(), store.Query{Since: at(2), Until: at(1)})
	if !asUsage(err, &usage) {
		t.Errorf("a range that ends before it begins: %v", err)
	}
}

func (a answers) order(t *testing.T) {
	s := a.open(t)
	var rows []aggregate.Row
	// All have one count, so that only the dimensions decide.
	for i, route := range []string{"b", "a", "ä", "B", "~", "", "a/b", "aa"} {
		rows = append(rows, aggregate.Row{
			Key: aggregate.Key{Kind: aggregate.KindError, Time: base + 60*int64(i%2), Source: "s", Route: route, Status: uint16(500 + i%2)}, N: 2,
		})
	}
	write(t, s, batch("l", 0, rows))
	for _, c := range []struct {
		q    store.Query
		want []string
	}{
		{store.Query{By: []string{"route"}}, []string{"", "B", "a", "a/b", "aa", "b", "~", "ä"}},
		{store.Query{By: []string{"route"}, Limit: 2}, []string{"", "B"}},
		{store.Query{By: []string{"route"}, Order: "-route", Limit: 3}, []string{"ä", "~", "b"}},
		{store.Query{By: []string{"route"}, Step: time.Minute}, []string{"a/b", "b", "~", "ä", "", "B", "a", "aa"}},
		{store.Query{By: []string{"status", "route"}, Order: "status", Limit: 3}, []string{"a/b", "b", "~"}},
		{store.Query{By: []string{"route"}, Order: "errors", Limit: 1}, []string{""}},
		{store.Query{By: []string{"route"}, Order: "-time", Step: time.Minute, Limit: 1}, []string{""}},
	} {
		r := query(t, s, c.q)
		var got []string
		for _, row := range r.Rows {
			got = append(got, row["route"].(string))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("query %+v (-want +got):\n%s", c.q, diff)
		}
		if r.Totals["errors"] != int64(16) {
			t.Errorf("query %+v: totals %v, want 16 whatever the limit", c.q, r.Totals)
		}
	}
	var usage *store.UsageError
	if _, err := s.Query(t.Context(), store.Query{By: []string{"route"}, Order: "requests"}); !asUsage(err, &usage) {
		t.Errorf("an order by a column that is not there: %v", err)
	}
}

func (a answers) filters(t *testing.T) {
	s := a.open(t)
	texts := append([]string{"", "abc", "ABC", "ab", "a%c", "a_c", "äbc", "\u00e4", "ab\u0300", "éa", "éa"}, hostile...)
	var rows []aggregate.Row
	seen := map[string]bool{}
	for _, x := range texts {
		if !seen[x] {
			seen[x] = true
			rows = append(rows, aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindError, Time: base, Source: "s", Type: x, Status: 500}, N: 1})
		}
	}
	write(t, s, batch("l", 0, rows))
	values := append([]string{"a", "A", "%", "_", "ä"[:1], "é"[:2], "'", "", "ab", "a\xff", "\xff"}, texts...)
	for _, v := range values {
		for op := store.Eq; op <= store.Prefix; op++ {
			check(t, s, rows, store.Query{By: []string{"type"}, Where: []store.Filter{{Dim: "type", Op: op, Value: v}}}, nil, nil)
		}
		check(t, s, rows, store.Query{By: []string{"type"}, Where: []store.Filter{
			{Dim: "type", Op: store.Prefix, Value: v}, {Dim: "type", Op: store.Eq, Value: "ABC"}, {Dim: "type", Op: store.Ne, Value: "abc"},
		}}, nil, nil)
	}
	for _, v := range []string{"5", "50", "500", "0500", "5000", "", "4"} {
		for op := store.Eq; op <= store.Prefix; op++ {
			check(t, s, rows, store.Query{By: []string{"status"}, Where: []store.Filter{{Dim: "status", Op: op, Value: v}}}, nil, nil)
		}
	}
}

// filled is a key of the kind with x in each of its text columns.
func filled(kind aggregate.Kind, x string) aggregate.Key {
	k := aggregate.Key{Kind: kind, Time: base}
	columns := map[string]*string{
		"source": &k.Source, "route": &k.Route, "method": &k.Method, "type": &k.Type, "code": &k.Code, "param": &k.Param,
		"param_source": &k.ParamSource, "feature": &k.Feature, "available_from": &k.AvailableFrom, "reason": &k.Reason,
		"shape": &k.Shape, "origin": &k.Origin, "template": &k.Template, "client": &k.Client, "auth": &k.Auth,
		"retry": &k.Retry, "finding": &k.Finding, "x1": &k.X1, "x2": &k.X2, "x3": &k.X3,
	}
	for _, c := range kind.Columns() {
		if p := columns[c]; p != nil {
			*p = x
		}
	}
	return k
}

// hostile puts each hostile text into every text column of every kind.
func (a answers) hostile(t *testing.T) {
	s := a.open(t)
	g := &generator{rng: rand.New(rand.NewPCG(1, 1)), rows: map[aggregate.Key]*aggregate.Row{}}
	for _, x := range hostile {
		for k := aggregate.KindRequest; k <= aggregate.KindActive; k++ {
			r := aggregate.Row{Key: filled(k, x)}
			switch k {
			case aggregate.KindSample:
				r.Text = x
			case aggregate.KindTemplate, aggregate.KindDemand:
				r.N, r.Text = 1, x
			default:
				r.N = 1
			}
			g.add(r)
		}
	}
	var rows []aggregate.Row
	for _, r := range g.rows {
		rows = append(rows, *r)
	}
	b := batch("it's ; a -- lane", 0, rows)
	b.File = &ingest.FileMark{Source: b.Source, Lane: b.ID.Lane, Name: "'; --\n\x01", Format: "'", HeadHash: "'", TailHash: "%"}
	write(t, s, b)
	sameCells(t, s, merged(rows))
	if d, ok := s.(Durable); ok {
		if f, err := d.Files(t.Context(), b.Source); err != nil || len(f) != 1 || f[0] != *b.File {
			t.Errorf("files = %+v, %v", f, err)
		}
	}
	for i, d := range store.Dimensions() {
		check(t, s, rows, store.Query{By: []string{d}}, nil, nil)
		for j, x := range hostile {
			if (i+j)%6 != 0 {
				continue // a sixth of them; one dimension is filtered by all elsewhere
			}
			check(t, s, rows, store.Query{By: []string{d}, Where: []store.Filter{{Dim: d, Value: x}}}, nil, nil)
		}
		if t.Failed() {
			return
		}
	}
}

func (a answers) manyCallers(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	s := a.open(t)
	all := map[uint64]int64{}
	var batches [][]aggregate.Row
	for i := range int64(9) {
		var m []aggregate.CallerCount
		for range 1500 {
			m = append(m, aggregate.CallerCount{Hash: rng.Uint64() >> 1, N: 1 + int64(rng.IntN(3))})
		}
		m = aggregate.SumCallers(m)
		for _, c := range m {
			all[c.Hash] += c.N
		}
		rows := []aggregate.Row{{
			Key: aggregate.Key{Kind: aggregate.KindError, Time: base + 60*(i%3), Source: "s", Route: fmt.Sprint(i % 2), Status: 500},
			N:   4000, Callers: m[:aggregate.K], Heavy: m[aggregate.K : aggregate.K+aggregate.M],
		}}
		batches = append(batches, rows)
		write(t, s, batch("l", i, rows))
	}
	sameCells(t, s, merged(batches...))
	r := query(t, s, store.Query{Measures: []string{"callers"}})
	n, stderr := estimate(all, 9*4000)
	if diff := cmp.Diff(map[string]any{"callers": int64(math.Round(n)), "callers_error": stderr}, r.Totals, approximate); diff != "" {
		t.Errorf("totals (-want +got):\n%s", diff)
	}
	if d := math.Abs(n - float64(len(all))); d > 4*stderr {
		t.Errorf("estimate %v of %d callers is off by more than 4 x %v", n, len(all), stderr)
	}
	var rows []aggregate.Row
	for _, b := range batches {
		rows = append(rows, b...)
	}
	for _, by := range [][]string{nil, {"route"}, {"source"}} {
		for _, step := range []time.Duration{0, time.Minute, time.Hour} {
			check(t, s, rows, store.Query{By: by, Step: step, Measures: []string{"callers", "caller_map", "errors"}}, nil, nil)
		}
	}
	m := query(t, s, store.Query{Measures: []string{"caller_map"}}).Totals["caller_map"].(store.CallerMap)
	if len(m.Callers) != aggregate.K || len(m.Heavy) == 0 || len(m.Heavy) > aggregate.M {
		t.Errorf("caller map has %d callers and %d heavy ones", len(m.Callers), len(m.Heavy))
	}
	for _, c := range m.Callers {
		if all[c.Hash] != c.N {
			t.Errorf("caller %x has %d rows, counted %d", c.Hash, all[c.Hash], c.N)
		}
	}
}

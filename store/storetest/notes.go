package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/store"
)

func hasNote(r store.Result, part string) bool {
	for _, n := range r.Notes {
		if strings.Contains(n, part) {
			return true
		}
	}
	return false
}

func asUsage(err error, target **store.UsageError) bool { return errors.As(err, target) }

// expired: caller maps of cells that were first written over 70 days ago are
// gone for every reader, whether they were removed or not.
func (h Harness) expired(t *testing.T) {
	row := func(minute int64, hash uint64) []aggregate.Row {
		return []aggregate.Row{{
			Key: aggregate.Key{Kind: aggregate.KindError, Time: base + 60*minute, Source: "s", Route: "/r", Status: 500},
			N:   1, Callers: []aggregate.CallerCount{{Hash: hash, N: 1}},
		}}
	}
	c := newClock()
	s := h.openAt(t, t.TempDir(), c)
	q := store.Query{Measures: []string{"callers", "errors"}, Step: time.Minute}
	write(t, s, batch("l", 0, row(0, 1)))
	c.t = c.t.Add(70 * 24 * time.Hour)
	if got := query(t, s, q); got.Totals["callers"] != int64(1) {
		t.Errorf("after 70 days callers are %v", got.Totals["callers"])
	}
	write(t, s, batch("l", 1, row(1, 2)))
	c.t = c.t.Add(time.Second)
	gone := func(when string) {
		t.Helper()
		got := query(t, s, q)
		want := []map[string]any{
			{"time": "2026-11-02T00:00:00Z", "callers": nil, "callers_error": nil, "errors": int64(1)},
			{"time": "2026-11-02T00:01:00Z", "callers": int64(1), "callers_error": 0.0, "errors": int64(1)},
		}
		if diff := cmp.Diff(want, got.Rows); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
		if got.Totals["callers"] != nil || !hasNote(got, "70 days") {
			t.Errorf("%s: totals %v, notes %q", when, got.Totals, got.Notes)
		}
		m := query(t, s, store.Query{Measures: []string{"caller_map"}}).Totals["caller_map"].(store.CallerMap)
		if !m.Expired {
			t.Errorf("%s: the caller map does not say that it is expired", when)
		}
	}
	gone("before an ingest")
	// An ingest a day later may remove them; late data of an old cell does not
	// make it young again.
	c.t = c.t.Add(25 * time.Hour)
	late := row(0, 3)
	late[0].Key.Route = "/late"
	write(t, s, batch("l", 2, late))
	q.Where = []store.Filter{{Dim: "route", Value: "/r"}}
	gone("after an ingest")
	write(t, s, batch("l", 3, row(0, 4)))
	got := query(t, s, q)
	if got.Rows[0]["callers"] != nil || got.Rows[0]["errors"] != int64(2) {
		t.Errorf("an old cell with late data: %v", got.Rows[0])
	}
}

// nulls: what the feeds cannot give is null, and a note says why.
func (a answers) nulls(t *testing.T) {
	key := func(k aggregate.Kind, source string, status uint16) aggregate.Key {
		return aggregate.Key{Kind: k, Time: base, Source: source, Route: "/r", Status: status}
	}
	client := key(aggregate.KindRClient, "access", 500)
	client.Client = "curl"
	s := a.open(t)
	write(t, s, batch("l", 0, []aggregate.Row{
		{Key: key(aggregate.KindRequest, "access", 500), N: 2, NNoCaller: 2},
		{Key: client, N: 2},
		{Key: key(aggregate.KindError, "bodies", 500), N: 3, Callers: []aggregate.CallerCount{{Hash: 9, N: 3}}},
	}))
	at := func(source string) []store.Filter { return []store.Filter{{Dim: "source", Value: source}} }
	for _, c := range []struct {
		name string
		q    store.Query
		want map[string]any
		note string
	}{
		{
			"no access log",
			store.Query{Measures: []string{"requests", "ratio", "bytes", "p95", "errors"}, Where: at("bodies")},
			map[string]any{"requests": nil, "ratio": nil, "bytes": nil, "p95": nil, "errors": int64(3)},
			"requests is null where no request rows were read: read an access log too",
		},
		{
			"no bodies",
			store.Query{Measures: []string{"envelopes", "errors"}, Where: at("access")},
			map[string]any{"envelopes": nil, "errors": int64(2)},
			"--logs response",
		},
		{"no sizes", store.Query{Measures: []string{"bytes"}, Where: at("access")}, map[string]any{"bytes": nil}, "sizes not logged"},
		{"no durations", store.Query{Measures: []string{"p50"}, Where: at("access")}, map[string]any{"p50": nil}, "durations are not logged"},
		{
			"no callers",
			store.Query{Measures: []string{"callers"}, Where: at("access")},
			map[string]any{"callers": nil, "callers_error": nil},
			"no caller was logged",
		},
		{
			"by envelope",
			store.Query{By: []string{"type"}, Measures: []string{"requests", "p95"}, Where: append(at("access"), store.Filter{Dim: "type", Value: "x"})},
			map[string]any{"requests": nil, "p95": nil},
			"requests is null by type",
		},
		{
			"not kept",
			store.Query{By: []string{"client"}, Measures: []string{"callers", "p95", "errors"}, Where: at("access")},
			map[string]any{"callers": nil, "callers_error": nil, "p95": nil, "errors": int64(2)},
			"callers is null: it is not kept by client",
		},
	} {
		r := query(t, s, c.q)
		if diff := cmp.Diff(c.want, r.Totals); diff != "" {
			t.Errorf("%s: totals (-want +got):\n%s", c.name, diff)
		}
		if !hasNote(r, c.note) {
			t.Errorf("%s: no note says %q: %q", c.name, c.note, r.Notes)
		}
	}
	// Each source by itself, in one answer.
	r := query(t, s, store.Query{By: []string{"source"}, Measures: []string{"requests", "errors", "envelopes"}, Order: "source"})
	want := []map[string]any{
		{"source": "access", "requests": int64(2), "errors": int64(2), "envelopes": nil},
		{"source": "bodies", "requests": nil, "errors": int64(3), "envelopes": int64(0)},
	}
	if diff := cmp.Diff(want, r.Rows); diff != "" {
		t.Errorf("by source (-want +got):\n%s", diff)
	}
	if r.Coverage.Value != nil || !strings.Contains(r.Coverage.Reason, `no request rows of "bodies"`) ||
		!strings.Contains(r.Coverage.Reason, `no feed with bodies of "access"`) {
		t.Errorf("coverage is %+v", r.Coverage)
	}
}

func (a answers) otherShare(t *testing.T) {
	s := a.open(t)
	key := func(route, typ string) aggregate.Key {
		return aggregate.Key{Kind: aggregate.KindError, Time: base, Source: "s", Route: route, Type: typ, Status: 500}
	}
	write(t, s, batch("l", 0, []aggregate.Row{
		{Key: key("/a", "x"), N: 6}, {Key: key(aggregate.Other, "x"), N: 3}, {Key: key("/b", aggregate.Other), N: 1},
	}))
	for _, c := range []struct {
		by   []string
		want float64
		note string
	}{
		{nil, 0, ""},
		{[]string{"status"}, 0, ""},
		{[]string{"route"}, 0.3, "caps.routes"},
		{[]string{"type"}, 0.1, "caps.types"},
		{[]string{"route", "type"}, 0.4, "caps.routes, caps.types"},
	} {
		r := query(t, s, store.Query{By: c.by})
		if r.OtherShare != c.want || hasNote(r, "(other)") != (c.note != "") || !(c.note == "" || hasNote(r, c.note)) {
			t.Errorf("by %v: share %v, notes %q", c.by, r.OtherShare, r.Notes)
		}
	}
}

func (a answers) empty(t *testing.T) {
	s := a.open(t)
	for _, q := range []store.Query{
		{},
		{By: []string{"type"}},
		{Measures: store.Measures()[:10]},
		{Measures: []string{"entries"}, By: []string{"reason"}},
		{By: []string{"client"}, Step: time.Hour},
		{Where: []store.Filter{{Dim: "source", Value: "x"}}},
		{Since: time.Unix(base, 0), Until: time.Unix(base+60, 0)},
	} {
		r := query(t, s, q)
		if len(r.Rows) != 0 || r.Rows == nil || len(r.Notes) == 0 || r.Coverage.Value != nil || r.Coverage.Reason == "" {
			t.Errorf("query %+v on an empty store: %+v", q, r)
		}
		if q.Since.IsZero() && (r.From != nil || r.To != nil) {
			t.Errorf("query %+v on an empty store has the range %v, %v", q, r.From, r.To)
		}
	}
	if p, ok := s.(printer); ok {
		if _, err := p.SQL(store.Query{}); err != nil {
			t.Errorf("print: %v", err)
		}
	}
}

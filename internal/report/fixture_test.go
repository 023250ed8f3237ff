package report

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/parse"
	"errata/store"
	"errata/store/memstore"
	"errata/store/sqlitestore"
)

// entry is one logged answer of the tests, n times. From a table of them come
// the rows of a store, and by plain loops what a report must say.
type entry struct {
	at       time.Time
	source   string
	method   string
	route    string
	status   int
	typ      string
	code     string
	param    string
	feature  string
	template string
	caller   uint64 // 0: none
	client   string
	finding  string
	reason   string // of a dead letter
	n        int64

	access bool // it has a request row
	body   bool // it has an error row, where it is an error
}

func (e *entry) failed() bool { return e.status >= 400 && e.reason == "" }

// rowsOf makes the rows of entries as a fold does.
func rowsOf(entries []entry) []aggregate.Row {
	var out []aggregate.Row
	for i := range entries {
		out = append(out, entries[i].rows()...)
	}
	return aggregate.Merge(out)
}

func (e *entry) rows() []aggregate.Row {
	var out []aggregate.Row
	sec := e.at.Unix()
	row := func(kind aggregate.Kind, fill func(*aggregate.Row)) {
		r := aggregate.Row{Key: aggregate.Key{Kind: kind, Time: floor(sec, kind.Grain()), Source: e.source}, N: e.n}
		if fill != nil {
			fill(&r)
		}
		out = append(out, r)
	}
	common := func(r *aggregate.Row) { r.Route, r.Method, r.Status = e.route, e.method, uint16(e.status) }
	callers := func(r *aggregate.Row) {
		if e.caller == 0 {
			r.NNoCaller = e.n
		} else {
			r.Callers = []aggregate.CallerCount{{Hash: e.caller, N: e.n}}
		}
	}
	row(aggregate.KindRead, func(r *aggregate.Row) {
		switch r.Reason = e.reason; {
		case e.reason == "" && !e.access && !e.failed():
			r.Reason = "success"
		}
	})
	if e.reason != "" {
		return out
	}
	if e.access {
		row(aggregate.KindRequest, func(r *aggregate.Row) {
			common(r)
			r.Hist = []aggregate.BucketCount{{Bucket: aggregate.HistBucket(int64(1000 * (1 + len(e.route)))), N: e.n}}
			if !e.body && e.failed() {
				callers(r)
			}
		})
		row(aggregate.KindRClient, func(r *aggregate.Row) { common(r); r.Client = e.client })
		row(aggregate.KindActive, callers)
	}
	if e.failed() && (e.body || e.access) {
		sample := func(r *aggregate.Row) {
			common(r)
			r.N = 0
			r.Text = fmt.Sprintf(`%016x {"request_id":"req-%d","time":%q,"message":"about %s","position":"a.log:%d"}`,
				uint64(sec)*0x9e3779b97f4a7c15, sec, e.at.UTC().Format(time.RFC3339Nano), e.template, sec%1000)
		}
		row(aggregate.KindSample, func(r *aggregate.Row) {
			sample(r)
			if e.body {
				r.Type, r.Param, r.Template = e.typ, e.param, e.template
			}
		})
		if e.finding != "" {
			row(aggregate.KindSample, func(r *aggregate.Row) { sample(r); r.Type, r.Finding = e.typ, e.finding })
		}
	}
	if e.finding != "" {
		row(aggregate.KindFinding, func(r *aggregate.Row) { common(r); r.Type, r.Finding = e.typ, e.finding })
	}
	if !e.body || !e.failed() {
		return out
	}
	row(aggregate.KindError, func(r *aggregate.Row) {
		common(r)
		r.Type, r.Code, r.Param, r.Feature, r.Template, r.Shape = e.typ, e.code, e.param, e.feature, e.template, "envelope"
		r.First, r.Last = e.at.UnixMicro(), e.at.UnixMicro()
		callers(r)
	})
	row(aggregate.KindEClient, func(r *aggregate.Row) { common(r); r.Type, r.Param, r.Client = e.typ, e.param, e.client })
	if e.template != "" {
		row(aggregate.KindTemplate, func(r *aggregate.Row) { r.Type, r.Template, r.Text = e.typ, e.template, "text of "+e.template })
	}
	if e.status == 501 && e.feature != "" {
		row(aggregate.KindDemand, func(r *aggregate.Row) {
			r.Feature, r.Reason, r.Client, r.Caller = e.feature, "no_header", e.client, e.caller
			r.First, r.Last = e.at.UnixMicro(), e.at.UnixMicro()
		})
	}
	return out
}

// hold puts entries into a store in memory.
func hold(t testing.TB, entries []entry) Reader {
	t.Helper()
	return holdRows(t, rowsOf(entries))
}

func holdRows(t testing.TB, rows []aggregate.Row) Reader {
	t.Helper()
	s, err := memstore.New(memstore.Config{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if err := s.Add(rows); err != nil {
		t.Fatal(err)
	}
	return s
}

// holdSQLite puts rows into a store in a file, in several batches.
func holdSQLite(t testing.TB, rows []aggregate.Row, batches int) Reader {
	t.Helper()
	s, err := sqlitestore.Open(context.Background(), sqlitestore.Config{
		Path: filepath.Join(t.TempDir(), "errata.db"), Now: func() time.Time { return date(25) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	for i := range batches {
		part := rows[i*len(rows)/batches : (i+1)*len(rows)/batches]
		err := s.Write(context.Background(), store.Batch{
			ID:     ingest.BatchID{Lane: "lane", Range: ingest.Range{From: int64(i), To: int64(i) + 1}, Nonce: "n"},
			Source: "a", Rows: part, Ledger: store.Ledger{Records: 1},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// date is a day of November 2026, 00:00 UTC: the 9th and the 16th are Mondays.
func date(d int) time.Time { return time.Date(2026, 11, d, 0, 0, 0, 0, time.UTC) }

func at(d, h, m int) time.Time {
	return date(d).Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
}

// fail is an error with a body in a log that has both.
func fail(t time.Time, typ, route string, caller uint64) entry {
	return entry{
		at: t, source: "a", method: "POST", route: route, status: 400, typ: typ, template: "t-" + typ,
		caller: caller, client: "curl", n: 1, access: true, body: true,
	}
}

// ok is a request without an error.
func ok(t time.Time, n int64) entry {
	return entry{at: t, source: "a", method: "GET", route: "/x", status: 200, caller: 7, n: n, access: true, body: true}
}

// options of the week of 2026-11-16.
func week() Options {
	return Options{
		Since: date(16), Until: date(23), ZoneName: "UTC", Now: at(25, 9, 30), Version: "test", Top: 10,
	}
}

func build(t testing.TB, r Reader, o Options) *Report {
	t.Helper()
	rep, err := Build(context.Background(), r, o)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func asJSON(t testing.TB, rep *Report) string {
	t.Helper()
	b, err := json.MarshalIndent(rep, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func hasNote(rep *Report, part string) bool { return contains(rep.Notes, part) }

// findingNames are the findings that parse judges and the fold adds.
func findingNames() []string { return parse.FindingNames[:] }

// expired is a store whose caller maps are all too old.
type expired struct{ Reader }

func (e expired) Query(ctx context.Context, q store.Query) (store.Result, error) {
	r, err := e.Reader.Query(ctx, q)
	for _, row := range append(r.Rows, r.Totals) {
		if m, ok := row[store.MeasureCallerMap].(store.CallerMap); ok {
			m.Expired = true
			row[store.MeasureCallerMap] = m
		}
		if _, ok := row[store.MeasureCallers]; ok {
			row[store.MeasureCallers], row[store.ColumnCallersError] = nil, nil
		}
	}
	return r, err
}

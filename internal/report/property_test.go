package report

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/store"
)

// randomEntries are logs of three sources: "a" logs requests with their bodies,
// some of them without, "b" requests only, "c" errors' bodies only.
func randomEntries(seed uint64, n int) []entry {
	rng := rand.New(rand.NewPCG(seed, 3))
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var out []entry
	for range n {
		e := entry{
			at:     date(1).Add(time.Duration(rng.Int64N(23 * day * int64(time.Second)))),
			source: pick("a", "a", "b", "c"), method: pick("GET", "POST"), route: pick("/x", "/y/{id}", "(other)", "/<b>"),
			status: []int{200, 200, 400, 404, 429, 500, 501}[rng.IntN(7)], typ: pick("bad", "worse", ""), code: pick("", "E1"),
			param: pick("", "limit", "messages[].content"), template: pick("", "t1", "t2", "(other)"),
			caller: uint64(rng.IntN(30)) << 50, client: pick("curl", "qoder-go/1", ""), n: 1 + rng.Int64N(3),
		}
		if e.at.Day() >= 16 && e.typ == "worse" { // so that something is new and something gone
			e.code = pick("E2", "")
		}
		if e.status == 501 {
			e.feature = pick("", "batch")
		}
		e.access, e.body = e.source != "c", e.source == "c" || e.source == "a" && rng.IntN(4) > 0
		switch {
		case rng.IntN(25) == 0:
			e.reason = pick("not_json", "no_time")
		case rng.IntN(10) == 0 && e.failed() && e.body:
			e.finding = pick("missing_type", "type_status")
		}
		out = append(out, e)
	}
	return out
}

func (e *entry) key() ErrorKey {
	k := ErrorKey{
		Source: e.source, Method: e.method, Route: e.route, Status: e.status,
		Type: e.typ, Code: e.code, Param: e.param, Feature: e.feature, Template: e.template,
	}
	if !e.body {
		k.Type, k.Code, k.Param, k.Feature, k.Template = store.NoBody, store.NoBody, store.NoBody, store.NoBody, store.NoBody
	}
	return k
}

// recount is what a report must say of a range, by plain loops.
type recount struct {
	entries, dead, requests, errors int64
	byStatus, byType                map[string]int64
	keys                            map[ErrorKey]int64
	callers                         map[ErrorKey]map[uint64]bool
	signals                         map[signalKey]int64
	signalCallers                   map[signalKey]map[uint64]bool
	first, last                     map[signalKey]time.Time
	mistakes                        map[mistakeKey]int64
	clients                         map[clientKey]map[string]int64
	findings                        map[string]int64
	hours                           map[time.Time]int64
	days                            map[ErrorKey]map[int]int64
}

func recountOf(entries []entry, from, to time.Time) *recount {
	r := &recount{
		byStatus: map[string]int64{}, byType: map[string]int64{}, keys: map[ErrorKey]int64{},
		callers: map[ErrorKey]map[uint64]bool{}, signals: map[signalKey]int64{}, signalCallers: map[signalKey]map[uint64]bool{},
		first: map[signalKey]time.Time{}, last: map[signalKey]time.Time{}, mistakes: map[mistakeKey]int64{},
		clients: map[clientKey]map[string]int64{}, findings: map[string]int64{}, hours: map[time.Time]int64{},
		days: map[ErrorKey]map[int]int64{},
	}
	for i := range entries {
		e := &entries[i]
		if e.at.Before(from) || !e.at.Before(to) {
			continue
		}
		r.entries += e.n
		if e.reason != "" {
			r.dead += e.n
			continue
		}
		if e.access {
			r.requests += e.n
		}
		if e.access || e.failed() {
			r.byStatus[strconv.Itoa(e.status)] += e.n
		}
		if e.finding != "" {
			r.findings[fmt.Sprint(e.finding, e.source, e.method, e.route, e.status, e.typ)] += e.n
		}
		if e.failed() {
			r.fail(e)
		}
	}
	return r
}

func (r *recount) fail(e *entry) {
	k := e.key()
	r.errors += e.n
	r.byType[k.Type] += e.n
	r.keys[k] += e.n
	r.hours[e.at.Truncate(time.Hour)] += e.n
	in(r.days, k)[int(e.at.Sub(date(16))/(24*time.Hour))] += e.n
	if e.caller != 0 {
		set(r.callers, k, e.caller)
	}
	if s := signalOf(&k); e.body && !s.vague() {
		r.signals[s] += e.n
		if e.caller != 0 {
			set(r.signalCallers, s, e.caller)
		}
		at := e.at.Truncate(time.Microsecond)
		if f, ok := r.first[s]; !ok || at.Before(f) {
			r.first[s] = at
		}
		if at.After(r.last[s]) {
			r.last[s] = at
		}
	}
	if e.status < 500 {
		r.mistakes[mistakeKey{k.Source, k.Method, k.Route, k.Type, k.Param, k.Template}] += e.n
		if e.body {
			in(r.clients, clientKey{k.Source, k.Route, k.Type, k.Param})[e.client] += e.n
		}
	}
}

func in[K, L comparable](m map[K]map[L]int64, k K) map[L]int64 {
	if m[k] == nil {
		m[k] = map[L]int64{}
	}
	return m[k]
}

func set[K comparable](m map[K]map[uint64]bool, k K, v uint64) {
	if m[k] == nil {
		m[k] = map[uint64]bool{}
	}
	m[k][v] = true
}

// TestRecount holds every section to plain loops over the entries.
func TestRecount(t *testing.T) {
	for seed := range uint64(8) {
		entries := randomEntries(seed, 900)
		o := week()
		o.Top = 0
		rep := build(t, hold(t, entries), o)
		now, old := recountOf(entries, date(16), date(23)), recountOf(entries, date(9), date(16))
		past := recountOf(entries, date(2), date(16))
		now.totals(t, &rep.Numbers)
		old.totals(t, &rep.Previous.Numbers)
		checkChange(t, rep)
		now.top(t, rep, old, past)
		now.checkSignals(t, "new", rep.New, past)
		old.checkSignals(t, "gone", rep.Gone, now)
		now.checkMistakes(t, rep, old)
		now.checkFindings(t, rep, old)
		now.timeline(t, rep, old)
		noNil(t, reflect.ValueOf(rep).Elem(), "report")
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func (r *recount) totals(t *testing.T, n *Numbers) {
	t.Helper()
	got := []int64{n.Totals.Entries, n.Totals.DeadLetters, *n.Totals.Requests, n.Totals.Errors}
	if want := []int64{r.entries, r.dead, r.requests, r.errors}; !slices.Equal(got, want) {
		t.Errorf("entries, dead, requests, errors: %v, want %v", got, want)
	}
	if diff := cmp.Diff(r.byStatus, n.ByStatus); diff != "" {
		t.Errorf("by status (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(r.byType, n.ByType); diff != "" {
		t.Errorf("by type (-want +got):\n%s", diff)
	}
	var sum int64
	for _, k := range n.ByType {
		sum += k
	}
	if sum != n.Totals.Errors {
		t.Errorf("types sum to %d, errors are %d", sum, n.Totals.Errors)
	}
}

func checkChange(t *testing.T, rep *Report) {
	t.Helper()
	n, o, c := rep.Totals, rep.Previous.Totals, rep.Change.Totals
	if c.Entries != n.Entries-o.Entries || c.Errors != n.Errors-o.Errors || c.DeadLetters != n.DeadLetters-o.DeadLetters ||
		*c.Requests != *n.Requests-*o.Requests || *c.Callers != *n.Callers-*o.Callers || *c.Envelopes != *n.Envelopes-*o.Envelopes ||
		*c.Ratio != *n.Ratio-*o.Ratio || *c.P50 != *n.P50-*o.P50 || *c.P95 != *n.P95-*o.P95 || *c.P99 != *n.P99-*o.P99 {
		t.Errorf("change %+v is not %+v less %+v", c, n, o)
	}
	for k, d := range rep.Change.ByStatus {
		if d != rep.ByStatus[k]-rep.Previous.ByStatus[k] {
			t.Errorf("change of status %s: %d", k, d)
		}
	}
	for k := range rep.Previous.ByType {
		if d, ok := rep.Change.ByType[k]; !ok || d != rep.ByType[k]-rep.Previous.ByType[k] {
			t.Errorf("change of type %q: %d, %v", k, d, ok)
		}
	}
}

// knows tells whether callers of an error are counted one by one: those without
// a body only where no bodies are logged.
func knows(k *ErrorKey) bool { return k.Type != store.NoBody || k.Source == "b" }

func (r *recount) top(t *testing.T, rep *Report, old, past *recount) {
	t.Helper()
	if len(rep.Top) != len(r.keys) || rep.Found.Top != int64(len(r.keys)) {
		t.Errorf("top has %d errors, found %d, want %d", len(rep.Top), rep.Found.Top, len(r.keys))
	}
	if !slices.IsSortedFunc(rep.Top, func(x, y Error) int { return moreFirst(x.Callers, y.Callers) }) {
		t.Error("top is not ordered by callers")
	}
	for _, e := range rep.Top {
		text := e.TemplateText
		k := e.ErrorKey
		k.TemplateText = ""
		if e.Errors != r.keys[k] || *e.PreviousErrors != old.keys[k] || *e.Change != r.keys[k]-old.keys[k] {
			t.Errorf("%+v: %d errors, before %d, change %d; want %d, %d", k, e.Errors, *e.PreviousErrors, *e.Change, r.keys[k], old.keys[k])
		}
		if n := len(r.callers[k]); knows(&k) && (n == 0) != (e.Callers == nil) || e.Callers != nil && *e.Callers != int64(n) {
			t.Errorf("%+v: callers %v, want %d", k, e.Callers, n)
		}
		if want := "text of " + k.Template; (k.Template == "t1" || k.Template == "t2") != (text == want) {
			t.Errorf("template %q has the text %q", k.Template, text)
		}
		if len(e.Days) != 7 {
			t.Fatalf("%d days", len(e.Days))
		}
		for i, n := range e.Days {
			if n != r.days[k][i] {
				t.Errorf("%+v: %d errors on day %d, want %d", k, n, i, r.days[k][i])
			}
		}
		s := signalOf(&k)
		want := "new"
		switch {
		case s.vague():
			want = ""
		case past.signals[s] > 0:
			want = "known"
		}
		if e.State != want {
			t.Errorf("%+v is %q, want %q", s, e.State, want)
		}
		if e.Sample == nil || e.Sample.Position == "" || e.Sample.Time < "2026-11-16" {
			t.Errorf("%+v: sample %+v", k, e.Sample)
		}
		if e.TopCallerShare != nil && (*e.TopCallerShare <= 0 || *e.TopCallerShare > 1) {
			t.Errorf("%+v: share of the heaviest caller %v", k, *e.TopCallerShare)
		}
	}
}

func (r *recount) checkSignals(t *testing.T, what string, list []Signal, elsewhere *recount) {
	t.Helper()
	want := 0
	for k := range r.signals {
		if elsewhere.signals[k] == 0 {
			want++
		}
	}
	if len(list) != want || want == 0 {
		t.Errorf("%d errors are %s, want %d", len(list), what, want)
	}
	for _, s := range list {
		k := s.key()
		if elsewhere.signals[k] != 0 || s.Errors != r.signals[k] {
			t.Errorf("%s %+v: %d errors, want %d and %d elsewhere", what, k, s.Errors, r.signals[k], elsewhere.signals[k])
		}
		if n := len(r.signalCallers[k]); (n == 0) != (s.Callers == nil) || s.Callers != nil && *s.Callers != int64(n) {
			t.Errorf("%s %+v: callers %v, want %d", what, k, s.Callers, n)
		}
		if !s.FirstSeen.Equal(r.first[k]) || !s.LastSeen.Equal(r.last[k]) {
			t.Errorf("%s %+v: seen %s to %s, want %s to %s", what, k, s.FirstSeen, s.LastSeen, r.first[k], r.last[k])
		}
		if s.Sample == nil {
			t.Errorf("%s %+v has no sample", what, k)
		}
	}
	if !slices.IsSortedFunc(list, func(x, y Signal) int { return moreFirst(x.Callers, y.Callers) }) {
		t.Errorf("%s is not ordered by callers", what)
	}
}

func (r *recount) checkMistakes(t *testing.T, rep *Report, old *recount) {
	t.Helper()
	if len(rep.Mistakes) != len(r.mistakes) {
		t.Errorf("%d mistakes, want %d", len(rep.Mistakes), len(r.mistakes))
	}
	for _, m := range rep.Mistakes {
		k := mistakeKey{m.Source, m.Method, m.Route, m.Type, m.Param, m.Template}
		if m.Errors != r.mistakes[k] || *m.PreviousErrors != old.mistakes[k] {
			t.Errorf("%+v: %d errors, before %d; want %d, %d", k, m.Errors, *m.PreviousErrors, r.mistakes[k], old.mistakes[k])
		}
		if m.Type == store.NoBody {
			continue
		}
		clients := map[string]int64{}
		for _, c := range m.Clients {
			clients[c.Client] = c.Errors
		}
		if diff := cmp.Diff(r.clients[clientKey{m.Source, m.Route, m.Type, m.Param}], clients); diff != "" {
			t.Errorf("clients of %+v (-want +got):\n%s", k, diff)
		}
		if !slices.IsSortedFunc(m.Clients, func(x, y ClientCount) int { return int(y.Errors - x.Errors) }) {
			t.Errorf("clients of %+v are not ordered: %v", k, m.Clients)
		}
	}
}

func (r *recount) checkFindings(t *testing.T, rep *Report, old *recount) {
	t.Helper()
	if len(rep.Findings) != len(r.findings) || len(r.findings) == 0 {
		t.Errorf("%d findings, want %d", len(rep.Findings), len(r.findings))
	}
	for _, f := range rep.Findings {
		k := fmt.Sprint(f.Finding, f.Source, f.Method, f.Route, f.Status, f.Type)
		if f.Entries != r.findings[k] || *f.Previous != old.findings[k] || f.Meaning == "" || f.Sample == nil {
			t.Errorf("%+v; want %d, before %d", f, r.findings[k], old.findings[k])
		}
	}
}

func (r *recount) timeline(t *testing.T, rep *Report, old *recount) {
	t.Helper()
	if len(rep.Timeline.Points) != 7*24 || rep.Timeline.Step != "1h" {
		t.Fatalf("%d points of %s", len(rep.Timeline.Points), rep.Timeline.Step)
	}
	for i, p := range rep.Timeline.Points {
		h := date(16).Add(time.Duration(i) * time.Hour)
		if !p.Time.Equal(h) || p.Errors != r.hours[h] || *p.Previous != old.hours[h.AddDate(0, 0, -7)] {
			t.Errorf("point %d: %+v, want %s, %d errors, before %d", i, p, h, r.hours[h], old.hours[h.AddDate(0, 0, -7)])
		}
	}
}

// noNil: what is a list in JSON is never null.
func noNil(t *testing.T, v reflect.Value, path string) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice, reflect.Map:
		if v.IsNil() {
			t.Errorf("%s is null in JSON", path)
		}
		if v.Kind() == reflect.Slice {
			for i := range v.Len() {
				noNil(t, v.Index(i), fmt.Sprintf("%s/%d", path, i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Type != reflect.TypeFor[time.Time]() {
				noNil(t, v.Field(i), path+"/"+f.Name)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			noNil(t, v.Elem(), path)
		}
	}
}

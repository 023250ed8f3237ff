package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"errata/internal/gen"
	"errata/internal/oracle"
)

// full asks for every combination instead of a few of each kind.
func full() bool { return os.Getenv("ERRATA_FULL") != "" }

// bodied are the formats that carry bodies.
var bodied = []string{"apisix", "apisix-array", "kong", "nginx-json"}

// corpus is one traffic as different gateways might have logged it.
type corpus struct {
	logs  map[gen.Logs][]byte
	truth map[gen.Logs]gen.Truth
	cells map[gen.Logs]*oracle.Cells
}

// fileOf is the name of a log in a world.
func fileOf(l gen.Logs) string { return string(l) + ".log" }

// newCorpus generates three whole weeks up to DefaultEnd and recounts them.
func newCorpus(t *testing.T, format, scenario string, perDay int, kinds ...gen.Logs) corpus {
	t.Helper()
	c := corpus{map[gen.Logs][]byte{}, map[gen.Logs]gen.Truth{}, map[gen.Logs]*oracle.Cells{}}
	for _, l := range kinds {
		c.logs[l], c.truth[l] = traffic(t, format, scenario, l, uint64(len(format)*7+len(scenario)), perDay, 21)
		cells, err := oracle.Recount(oracle.Config{Source: "default", Feed: string(l), CallerKey: callerKey()}, fileOf(l), bytes.NewReader(c.logs[l]))
		if err != nil {
			t.Fatal(err)
		}
		c.cells[l] = cells
	}
	return c
}

// sum is the recount of what several logs hold together.
func (c corpus) sum(kinds []gen.Logs) *oracle.Cells {
	var parts []*oracle.Cells
	for _, l := range kinds {
		parts = append(parts, c.cells[l])
	}
	return oracle.Sum(parts...)
}

// printed is what a report prints beside what the oracle recounts.
type printed struct {
	oracle.Report
	Range    rangeJSON  `json:"range"`
	Found    foundJSON  `json:"found"`
	Movers   []mover    `json:"movers"`
	Timeline timeline   `json:"timeline"`
	Change   *change    `json:"change"`
	Prior    *priorJSON `json:"previous"`
	History  struct {
		From   *time.Time `json:"from"`
		Enough bool       `json:"enough"`
		Reason string     `json:"reason"`
	} `json:"history"`
	Method struct {
		Caps []struct {
			Setting string  `json:"setting"`
			Share   float64 `json:"share"`
		} `json:"caps"`
	} `json:"method"`
	Demand  oracle.Demand `json:"demand"`
	Verdict []string      `json:"verdict"`
	Notes   []string      `json:"notes"`
}

type rangeJSON struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
	Week string    `json:"week"`
}

type priorJSON struct {
	Range rangeJSON `json:"range"`
	oracle.Numbers
}

type foundJSON struct {
	New      int `json:"new"`
	Gone     int `json:"gone"`
	Movers   int `json:"movers"`
	Tested   int `json:"tested"`
	Top      int `json:"top"`
	Mistakes int `json:"client_mistakes"`
	Findings int `json:"findings"`
}

type mover struct {
	oracle.ErrorKey
	Basis           string  `json:"basis"`
	Direction       string  `json:"direction"`
	Errors          int64   `json:"errors"`
	PreviousErrors  int64   `json:"previous_errors"`
	Callers         *int64  `json:"callers"`
	PreviousCallers *int64  `json:"previous_callers"`
	Change          int64   `json:"change"`
	P               float64 `json:"p"`
	Q               float64 `json:"q"`
}

type timeline struct {
	Step   string  `json:"step"`
	Points []point `json:"points"`
}

type point struct {
	Time     time.Time `json:"time"`
	Errors   int64     `json:"errors"`
	Requests *int64    `json:"requests"`
	Previous *int64    `json:"previous"`
}

type change struct {
	Totals   map[string]*float64 `json:"totals"`
	ByStatus map[string]int64    `json:"by_status"`
	ByType   map[string]int64    `json:"by_type"`
}

// read unmarshals a report of which lists are whole (--top 0).
func readReport(t *testing.T, js string) printed {
	t.Helper()
	var p printed
	if err := json.Unmarshal([]byte(js), &p); err != nil {
		t.Fatalf("%v: %.300s", err, js)
	}
	p.Sort()
	return p
}

// numbers compares what two structs of the oracle say. Standard errors are
// compared to nine digits: nobody promises an order of operations.
func numbers(want, got any) string {
	ends := func(suffix string) func(cmp.Path) bool {
		return func(p cmp.Path) bool { return strings.HasSuffix(p.String(), suffix) }
	}
	return cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(oracle.Totals{}, "Exact"),
		cmp.FilterPath(ends("CallersError"), cmpopts.EquateApprox(1e-9, 0)))
}

// sameReport holds a report to the oracle's recount, and what it says twice to itself.
func sameReport(t *testing.T, what string, c *oracle.Cells, q oracle.Question, js string) printed {
	t.Helper()
	got, want := readReport(t, js), c.Report(q)
	for i := range got.Top {
		// Over 255 callers the share of the heaviest is a lower bound.
		if i < len(want.Top) && want.Top[i].CallersError != nil && *want.Top[i].CallersError > 0 {
			if g := got.Top[i].TopCallerShare; g == nil || *g > *want.Top[i].TopCallerShare {
				t.Errorf("%s: top caller's share %v, in truth %v", what, g, *want.Top[i].TopCallerShare)
			}
			want.Top[i].TopCallerShare = got.Top[i].TopCallerShare
		}
	}
	report := got.Report
	if got.Prior != nil {
		report.Previous = &oracle.Compared{Numbers: got.Prior.Numbers}
	}
	if d := numbers(want, report); d != "" {
		t.Errorf("%s: oracle (-), report (+):\n%.6000s", what, d)
	}
	if d := numbers(onlyKnown(c.Demand(oracle.DemandQuestion{From: q.From, To: q.To, Where: q.Where}), got.Demand), got.Demand); d != "" {
		t.Errorf("%s: demand: oracle (-), report (+):\n%.3000s", what, d)
	}
	addsUp(t, what, got)
	if q.From != 0 {
		timePoints(t, what, c, q, got.Timeline)
	}
	return got
}

// onlyKnown leaves out of the oracle's answer what the program says it cannot
// know: whether callers got through later needs logs of all their requests.
func onlyKnown(want, got oracle.Demand) oracle.Demand {
	for i := range min(len(want.Rows), len(got.Rows)) {
		if got.Rows[i].Converted == nil {
			want.Rows[i].Converted = nil
		}
		if got.Rows[i].Reach == nil {
			want.Rows[i].Reach = nil
		}
	}
	return want
}

// addsUp: numbers of a report that must agree with each other.
func addsUp(t *testing.T, what string, r printed) {
	t.Helper()
	equal := func(name string, a, b int64) {
		t.Helper()
		if a != b {
			t.Errorf("%s: %s: %d and %d", what, name, a, b)
		}
	}
	var types, top, read, points int64
	for _, n := range r.ByType {
		types += n
	}
	for _, e := range r.Top {
		top += e.Errors
	}
	for _, x := range r.Coverage.Read {
		read += x.Entries
	}
	for _, p := range r.Timeline.Points {
		points += p.Errors
	}
	equal("by_type sums to errors", types, r.Totals.Errors)
	equal("top sums to errors", top, r.Totals.Errors)
	equal("read sums to entries", read, r.Totals.Entries)
	equal("the time line sums to errors", points, r.Totals.Errors)
	equal("found new", int64(r.Found.New), int64(len(r.New)))
	equal("found gone", int64(r.Found.Gone), int64(len(r.Gone)))
	equal("found top", int64(r.Found.Top), int64(len(r.Top)))
	equal("found movers", int64(r.Found.Movers), int64(len(r.Movers)))
	equal("found client_mistakes", int64(r.Found.Mistakes), int64(len(r.Mistakes)))
	equal("found findings", int64(r.Found.Findings), int64(len(r.Findings)))
	if n := len(r.Verdict); n < 3 || n > 5 {
		t.Errorf("%s: %d sentences: %q", what, n, r.Verdict)
	}
	byKey := map[oracle.ErrorKey]oracle.Error{}
	for _, e := range r.Top {
		byKey[e.ErrorKey] = e
	}
	for _, m := range r.Movers {
		movesRight(t, what, m, byKey)
	}
	changes(t, what, r)
}

// movesRight: a mover is an error of top with the same counts, or one that is
// gone altogether.
func movesRight(t *testing.T, what string, m mover, top map[oracle.ErrorKey]oracle.Error) {
	t.Helper()
	e, ok := top[m.ErrorKey]
	switch {
	case !ok && m.Errors != 0:
		t.Errorf("%s: mover %+v is not in top", what, m)
	case ok && (m.Errors != e.Errors || e.PreviousErrors == nil || m.PreviousErrors != *e.PreviousErrors || !same(m.Callers, e.Callers) || !same(m.PreviousCallers, e.PreviousCallers)):
		t.Errorf("%s: mover %+v, in top %+v", what, m, e)
	}
	moved := m.Errors - m.PreviousErrors
	if m.Basis == "callers" {
		if m.Callers == nil || m.PreviousCallers == nil {
			t.Errorf("%s: mover by callers that are not known: %+v", what, m)
			return
		}
		moved = *m.Callers - *m.PreviousCallers
	}
	if moved != m.Change || (moved > 0) != (m.Direction == "up") || m.P < 0 || m.P > m.Q || m.Q > 0.05 {
		t.Errorf("%s: mover %+v moved by %d", what, m, moved)
	}
}

func same(a, b *int64) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// changes: each change is the difference of the two numbers shown.
func changes(t *testing.T, what string, r printed) {
	t.Helper()
	if (r.Change == nil) != (r.Prior == nil) {
		t.Errorf("%s: change %v, previous %v", what, r.Change, r.Prior)
	}
	if r.Change == nil {
		return
	}
	diff := func(a, b map[string]int64) map[string]int64 {
		d := maps.Clone(a)
		for k, n := range b {
			d[k] -= n
		}
		maps.DeleteFunc(d, func(_ string, n int64) bool { return n == 0 })
		return d
	}
	clean := func(m map[string]int64) map[string]int64 {
		m = maps.Clone(m)
		maps.DeleteFunc(m, func(_ string, n int64) bool { return n == 0 })
		return m
	}
	if d := cmp.Diff(diff(r.ByStatus, r.Prior.ByStatus), clean(r.Change.ByStatus), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s: change of by_status: %s", what, d)
	}
	if d := cmp.Diff(diff(r.ByType, r.Prior.ByType), clean(r.Change.ByType), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s: change of by_type: %s", what, d)
	}
	now, before := flat(t, r.Totals), flat(t, r.Prior.Totals)
	for name, n := range now {
		b, c := before[name], r.Change.Totals[name]
		switch {
		case name == "callers_error": // of a difference: whatever it is
		case n == nil || b == nil:
			if c != nil {
				t.Errorf("%s: change of %s: %v, of %v and %v", what, name, *c, n, b)
			}
		case c == nil || *c-(*n-*b) > 1e-9 || *c-(*n-*b) < -1e-9:
			t.Errorf("%s: change of %s: %v, of %v and %v", what, name, c, *n, *b)
		}
	}
}

func flat(t *testing.T, totals oracle.Totals) map[string]*float64 {
	t.Helper()
	js, err := json.Marshal(totals)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]*float64
	if err := json.Unmarshal(js, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// timePoints: a day's worth of points holds what the oracle counts from each to the next.
func timePoints(t *testing.T, what string, c *oracle.Cells, q oracle.Question, line timeline) {
	t.Helper()
	for i := 0; i < len(line.Points); i += 1 + len(line.Points)/24 {
		from, to := line.Points[i].Time.Unix(), q.To
		if i+1 < len(line.Points) {
			to = line.Points[i+1].Time.Unix()
		}
		want := c.ErrorsIn(max(from, q.From), to, q.Where)
		if got := line.Points[i]; got.Errors != want.Errors || got.Requests != nil && (want.Requests == nil || *got.Requests != *want.Requests) {
			t.Errorf("%s: point %+v, want %d errors, %v requests", what, got, want.Errors, want.Requests)
		}
	}
}

// sameTruth holds a report of one ISO week to what the generator knows of it.
func sameTruth(t *testing.T, what string, truth gen.Truth, r printed) {
	t.Helper()
	var w *gen.WeekCount
	for i := range truth.ByWeek {
		if truth.ByWeek[i].Week == r.Range.Week {
			w = &truth.ByWeek[i]
		}
	}
	if w == nil {
		t.Fatalf("%s: no week %q in the truth", what, r.Range.Week)
	}
	equal := func(name string, want, got any) {
		t.Helper()
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s: %s: truth (-), report (+): %s", what, name, d)
		}
	}
	equal("entries", w.Entries, r.Totals.Entries)
	equal("dead letters", w.Dead, r.Totals.DeadLetters)
	equal("errors", w.Errors, r.Totals.Errors)
	equal("by status", w.ByStatus, r.ByStatus)
	if truth.Logs != gen.Response {
		equal("requests", &w.Requests, r.Totals.Requests)
	} else {
		equal("requests", (*int64)(nil), r.Totals.Requests)
	}
	if e := r.Totals.CallersError; e != nil && *e == 0 {
		equal("callers", &w.Callers, r.Totals.Callers)
	}
	equal("clamped", truth.Clamped, r.Coverage.Clamped)
	equal("undated", undated(truth), r.Coverage.Undated)
	if truth.Logs == gen.Access {
		return
	}
	byType := maps.Clone(r.ByType)
	delete(byType, "(no body)")
	equal("by type", w.ByType, byType)
	equal("envelopes", &w.Envelopes, r.Totals.Envelopes)
	equal("no feature", &w.NoFeature, r.Demand.Totals.NoFeature)
	fresh, gone := newAndGone(truth, w.From)
	equal("new", fresh, signals(r.New))
	if r.Prior != nil {
		equal("gone", gone, signals(r.Gone))
	}
	equal("demand", demandOf(*w), demandRows(r.Demand.Rows))
}

func undated(truth gen.Truth) (n int64) {
	for _, d := range truth.ByDay {
		if d.Day == "1970-01-01" {
			n += d.Dead
		}
	}
	return n
}

// newAndGone are the errors of a week by key, against the 14 days before it
// and the week before it.
func newAndGone(truth gen.Truth, monday time.Time) (fresh, gone map[string]int64) {
	fresh, gone = map[string]int64{}, map[string]int64{}
	in := func(s gen.Signal, from, days int) (n int64) {
		for d := range days {
			n += s.ByDay[monday.AddDate(0, 0, from+d).Format(time.DateOnly)]
		}
		return n
	}
	for _, s := range truth.Signals {
		key := fmt.Sprintf("%q", []string{s.Type, s.Code, s.Route, s.Param})
		now, before := in(s, 0, 7), in(s, -7, 7)
		if now > 0 && in(s, -14, 14) == 0 {
			fresh[key] = now
		}
		if before > 0 && now == 0 {
			gone[key] = before
		}
	}
	return fresh, gone
}

func signals(list []oracle.Signal) map[string]int64 {
	m := map[string]int64{}
	for _, s := range list {
		m[fmt.Sprintf("%q", []string{s.Type, s.Code, s.Route, s.Param})] = s.Errors
	}
	return m
}

func demandOf(w gen.WeekCount) []string {
	out := []string{}
	for _, f := range w.Features {
		callers := fmt.Sprint(f.Callers)
		if f.Attempts > 0 && f.Callers == 0 {
			callers = "?"
		}
		first, last := "", ""
		if f.Attempts > 0 {
			first, last = microText(f.First), microText(f.Last)
		}
		r := f.Reasons
		out = append(out, fmt.Sprint(f.Feature, " ", f.AvailableFrom, " ", f.Attempts, " ", callers, " ", f.Days, " ", first, " ", last, " ", f.New, " ", f.Returning, " ", f.Gone, " ",
			r["no_header"], " ", r["other_feature"], " ", r["older_value"], " ", r["right_value"], " ", r["unknown"]))
	}
	slices.Sort(out)
	return out
}

func microText(t time.Time) string {
	return t.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano)
}

func demandRows(rows []oracle.DemandRow) []string {
	out := []string{}
	opt := func(n *int64) string {
		if n == nil {
			return "?"
		}
		return fmt.Sprint(*n)
	}
	for _, f := range rows {
		first, last := "", ""
		if f.FirstSeen != nil {
			first, last = microText(*f.FirstSeen), microText(*f.LastSeen)
		}
		r := f.Reasons
		out = append(out, fmt.Sprint(f.Feature, " ", f.AvailableFrom, " ", f.Attempts, " ", opt(f.Callers), " ", f.Days, " ", first, " ", last, " ", opt(f.New), " ", opt(f.Returning), " ", opt(f.Gone), " ",
			r.NoHeader, " ", r.OtherFeature, " ", r.OlderValue, " ", r.RightValue, " ", r.Unknown))
	}
	slices.Sort(out)
	return out
}

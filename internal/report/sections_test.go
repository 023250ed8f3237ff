package report

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/store"
)

// TestSameBytes: the same rows give the same bytes, in whatever order and in how
// many batches they came, from either store, in any zone of the process.
func TestSameBytes(t *testing.T) {
	entries := append(randomEntries(3, 700), fortnight("tripled", 5, 15)...)
	rows := rowsOf(entries)
	o := week()
	o.Zone, o.ZoneName = zone(t, "Europe/Berlin"), "Europe/Berlin"
	want := asJSON(t, build(t, holdRows(t, rows), o))
	if !strings.Contains(want, `"zone": "Europe/Berlin"`) || !strings.Contains(want, "+01:00") || strings.Contains(want, "NaN") {
		t.Fatalf("report:\n%s", want)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	local := time.Local
	defer func() { time.Local = local }()
	for i, name := range []string{"Asia/Tokyo", "America/New_York", "UTC"} {
		time.Local = zone(t, name)
		rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		for what, r := range map[string]Reader{"memory": holdRows(t, rows), "sqlite": holdSQLite(t, rows, 1+3*i)} {
			if diff := cmp.Diff(want, asJSON(t, build(t, r, o))); diff != "" {
				t.Fatalf("%s, process in %s (-want +got):\n%s", what, name, diff)
			}
		}
	}
}

func TestCoverage(t *testing.T) {
	entries := []entry{
		ok(at(16, 2, 0), 1), ok(at(16, 5, 0), 1), ok(at(16, 6, 0), 1), ok(at(22, 23, 0), 1), // a: 2, since it is there from the 9th on, 2 and 160 silent hours
		{at: at(16, 0, 0), source: "b", reason: "not_json", n: 2}, // alone in its hour
		{at: at(10, 0, 0), source: "gone", reason: "not_json", n: 7},
		{at: at(10, 0, 0), source: "b", reason: "no_time", n: 4},
		ok(at(9, 0, 0), 1),
	}
	o := week()
	o.Inputs = []Input{{Name: "a.log", Entries: 3}}
	o.NotRead = []NotRead{{Name: "b.png", Reason: "no log"}}
	rep := build(t, hold(t, entries), o)
	n := func(v int64) *int64 { return &v }
	want := []ReadCount{
		{"a", "counted", 4, n(1)},
		{"b", "not_json", 2, n(0)},
		{"b", "no_time", 0, n(4)},
		{"gone", "not_json", 0, n(7)},
	}
	c := rep.Coverage
	if diff := cmp.Diff(want, c.Read); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	gaps := []Gap{{"a", at(16, 7, 0), at(22, 23, 0), 160}, {"a", date(16), at(16, 2, 0), 2}, {"a", at(16, 3, 0), at(16, 5, 0), 2}}
	if diff := cmp.Diff(gaps, c.Silent); diff != "" {
		t.Errorf("silent (-want +got):\n%s", diff)
	}
	if c.Hours != (SilentTotals{Silent: 164, All: 2 * 168}) {
		t.Errorf("silent hours %+v", c.Hours)
	}
	if len(c.Inputs) != 1 || len(c.NotRead) != 1 || rep.Totals.Entries != 6 || rep.Totals.DeadLetters != 2 ||
		rep.Previous.Totals.Entries != 12 || !slices.Equal(rep.Sources, []string{"a", "b"}) {
		t.Errorf("coverage %+v, totals %+v, sources %v", c, rep.Totals, rep.Sources)
	}
	for _, part := range []string{`Nothing was read of source "gone" in the range`, `Nothing was read of source "b" after 2026-11-16 01:00.`} {
		if !hasNote(rep, part) {
			t.Errorf("no note says %q: %q", part, rep.Notes)
		}
	}
	silent := 0
	for _, p := range rep.Timeline.Points {
		if p.Silent {
			silent++
		}
	}
	if silent != 168-5 {
		t.Errorf("%d steps are silent", silent)
	}
}

// TestGapsAreCut: the longest are kept, ties by time.
func TestGapsAreCut(t *testing.T) {
	var entries []entry
	for i := range 50 {
		entries = append(entries, ok(at(16, 3*i, 0), 1))
	}
	c := build(t, hold(t, entries), week()).Coverage
	if len(c.Silent) != maxGaps || c.Hours.Silent != 98 || !c.Silent[0].From.Equal(at(16, 1, 0)) || !c.Silent[1].From.Equal(at(16, 4, 0)) {
		t.Errorf("%d gaps, %+v: %+v", len(c.Silent), c.Hours, c.Silent[0])
	}
}

func TestTimelineOfLongRanges(t *testing.T) {
	var entries []entry
	from := date(1).AddDate(0, 0, -70)
	for d := range 90 {
		e := fail(from.AddDate(0, 0, d).Add(23*time.Hour+30*time.Minute), "bad", "/r", 5)
		e.n = int64(1 + d%3)
		entries = append(entries, e)
	}
	o := week()
	o.Zone = zone(t, "Europe/Berlin") // 23:30 UTC is the next day, before and after the clock is changed
	o.Since, o.Until = time.Date(2026, 8, 24, 0, 0, 0, 0, o.Zone), time.Date(2026, 11, 16, 0, 0, 0, 0, o.Zone)
	rep := build(t, hold(t, entries), o)
	if len(rep.Timeline.Points) != 84 || rep.Timeline.Step != "1d" || !hasNote(rep, "no counts by day") || len(rep.Top[0].Days) != 0 {
		t.Fatalf("%d points of %s", len(rep.Timeline.Points), rep.Timeline.Step)
	}
	var sum int64
	for i, p := range rep.Timeline.Points {
		if h, m, _ := p.Time.Clock(); h != 0 || m != 0 || p.Silent != (p.Errors == 0) {
			t.Errorf("point %d: %+v", i, p)
		}
		if p.Errors > 0 && (p.Callers == nil || *p.Callers != 1 || p.Requests == nil || *p.Requests != p.Errors) {
			t.Errorf("point %d: %+v", i, p)
		}
		sum += p.Errors
	}
	if sum != rep.Totals.Errors || sum == 0 {
		t.Errorf("points sum to %d, errors are %d", sum, rep.Totals.Errors)
	}
}

// TestTimelineOfZones: in zones off the hour of UTC each error is in its local
// hour, and days are local ones.
func TestTimelineOfZones(t *testing.T) {
	for _, name := range []string{"Asia/Kolkata", "Asia/Kathmandu", "Europe/Berlin", "America/St_Johns"} {
		entries := randomEntries(9, 500)
		o := week()
		o.Zone, o.Top = zone(t, name), 0
		o.Since, o.Until = time.Date(2026, 11, 16, 0, 0, 0, 0, o.Zone), time.Date(2026, 11, 23, 0, 0, 0, 0, o.Zone)
		rep := build(t, hold(t, entries), o)
		want, days := map[string]int64{}, make([]int64, 7)
		for _, e := range entries {
			if l := e.at.In(o.Zone); e.failed() && !l.Before(o.Since) && l.Before(o.Until) {
				want[l.Format("2006-01-02 15")] += e.n
				days[l.Day()-16] += e.n
			}
		}
		if rep.Range.Week != "2026-W47" || len(rep.Timeline.Points) != 168 {
			t.Fatalf("%s: %+v, %d points", name, rep.Range, len(rep.Timeline.Points))
		}
		for _, p := range rep.Timeline.Points {
			if n := want[p.Time.Format("2006-01-02 15")]; n != p.Errors || p.Time.Minute() != 0 {
				t.Errorf("%s: point %+v, want %d", name, p, n)
			}
		}
		got := make([]int64, 7)
		for _, e := range rep.Top {
			for i, n := range e.Days {
				got[i] += n
			}
		}
		if !slices.Equal(got, days) {
			t.Errorf("%s: days %v, want %v", name, got, days)
		}
	}
}

// TestFilters: each section has the filters that its kind knows, and a note
// names those it has not.
func TestFilters(t *testing.T) {
	entries := randomEntries(5, 900)
	r := hold(t, entries)
	o := week()
	o.Top = 0
	o.Where = []store.Filter{{Dim: "source", Value: "a"}, {Dim: "type", Value: "bad"}, {Dim: "route", Op: store.Prefix, Value: "/"}}
	o.Filters = []string{"source=a", "type=bad", "route~/"}
	rep := build(t, r, o)
	var errs, all int64
	for _, e := range entries {
		if e.source != "a" || e.at.Before(date(16)) || !e.at.Before(date(23)) {
			continue
		}
		all += e.n
		if e.failed() && e.body && e.typ == "bad" && e.route[0] == '/' {
			errs += e.n
		}
	}
	if rep.Totals.Errors != errs || rep.Totals.Entries != all || rep.Totals.Requests != nil || len(rep.ByType) != 1 || rep.ByType["bad"] != errs {
		t.Errorf("totals %+v, by type %v; want %d errors of %d entries", rep.Totals, rep.ByType, errs, all)
	}
	var sum int64
	for _, n := range rep.ByStatus {
		sum += n
	}
	if sum != errs || !hasNote(rep, "By status stand errors only") {
		t.Errorf("by status %v, notes %q", rep.ByStatus, rep.Notes)
	}
	for _, f := range rep.Findings {
		if f.Type != "bad" || f.Source != "a" || f.Route[0] != '/' {
			t.Errorf("finding %+v", f)
		}
	}
	for _, e := range rep.Top {
		if e.Type != "bad" || e.Route[0] != '/' {
			t.Errorf("top %+v", e)
		}
	}
	for _, part := range []string{
		"The filter on route does not reach entries, dead letters and silent hours, 501 demand",
		"The filter on type does not reach entries, dead letters and silent hours, 501 demand",
	} {
		if !hasNote(rep, part) {
			t.Errorf("no note says %q: %q", part, rep.Notes)
		}
	}
	if hasNote(rep, "filter on source") || !slices.Equal(rep.Filters, o.Filters) {
		t.Errorf("notes %q", rep.Notes)
	}
	// One feature is a filter of demand too.
	o.Where = []store.Filter{{Dim: "feature", Value: "batch"}}
	if rep = build(t, r, o); rep.Demand.Totals.Attempts == nil || *rep.Demand.Totals.Attempts == 0 || hasNote(rep, "feature does not reach 501 demand") {
		t.Errorf("demand %+v, notes %q", rep.Demand.Totals, rep.Notes)
	}
}

// TestOther: what caps folded together is counted, named with its setting and
// neither new nor a mover.
func TestOther(t *testing.T) {
	entries := []entry{fail(at(5, 0, 0), "bad", "/r", 1), fail(at(17, 0, 0), "bad", "/r", 1)}
	for i := range 3 {
		e := fail(at(17, i, 0), "(other)", "/r", uint64(i+2))
		e.client, e.template = aggregate.Other, aggregate.Other
		entries = append(entries, e)
	}
	rep := build(t, hold(t, entries), week())
	want := []CapHit{{"caps.clients", 0.75}, {"caps.templates", 0.75}, {"caps.types", 0.75}}
	if diff := cmp.Diff(want, rep.Method.Caps); diff != "" {
		t.Errorf("caps (-want +got):\n%s", diff)
	}
	if len(rep.New) != 0 || rep.Top[0].Type != "(other)" || rep.Top[0].State != "" || rep.Top[0].TemplateText != "" ||
		!contains(rep.Method.Sentences, "75.0 % of errors stand under (other) for the bound caps.types") {
		t.Errorf("new %+v, top %+v, sentences %q", rep.New, rep.Top[0], rep.Method.Sentences)
	}
}

// TestNewAndGoneOfSources: a source that begins or ends makes everything new or
// gone, and that is said.
func TestNewAndGoneOfSources(t *testing.T) {
	begun, ended := fail(at(17, 0, 0), "bad", "/r", 1), fail(at(10, 0, 0), "bad", "/r", 1)
	begun.source, ended.source = "begun", "ended"
	rep := build(t, hold(t, []entry{fail(at(1, 0, 0), "bad", "/r", 1), begun, ended}), week())
	if len(rep.New) != 1 || len(rep.Gone) != 1 || rep.Gone[0].Sample == nil || !rep.Gone[0].LastSeen.Equal(at(10, 0, 0)) {
		t.Errorf("new %+v, gone %+v", rep.New, rep.Gone)
	}
	if !hasNote(rep, `Nothing was read of source "begun" in the 14 days before`) || !hasNote(rep, `Nothing was read of source "ended" in the range`) {
		t.Errorf("notes %q", rep.Notes)
	}
}

// TestNewNeedsHistory: with too little of it new is what was unseen, and the
// state of an error is known only where it was seen.
func TestNewNeedsHistory(t *testing.T) {
	entries := []entry{fail(at(14, 0, 0), "seen", "/r", 1), fail(at(17, 0, 0), "seen", "/r", 1), fail(at(17, 0, 0), "unseen", "/r", 1)}
	rep := build(t, hold(t, entries), week())
	if len(rep.New) != 1 || rep.New[0].Type != "unseen" || rep.History.Enough || rep.History.Reason != "what is held begins 2 days before the range, new needs 14" {
		t.Errorf("new %+v, history %+v", rep.New, rep.History)
	}
	states := map[string]string{}
	for _, e := range rep.Top {
		states[e.Type] = e.State
	}
	if diff := cmp.Diff(map[string]string{"seen": "known", "unseen": ""}, states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	rep = build(t, hold(t, entries[1:]), week())
	if len(rep.New) != 2 || rep.History.Enough || rep.Previous != nil || rep.Change != nil || !hasNote(rep, "all errors count as new, which says nothing") || !hasNote(rep, "Nothing is held of the compared range, 2026-W46") {
		t.Errorf("new %+v, notes %q", rep.New, rep.Notes)
	}
	// Held before and after, and nothing of the compared week.
	rep = build(t, hold(t, append(slices.Clone(entries[1:]), fail(at(1, 0, 0), "seen", "/r", 1))), week())
	if rep.Previous != nil || len(rep.Movers)+len(rep.Gone) != 0 || len(rep.New) != 2 || !hasNote(rep, "Nothing is held of the compared range") {
		t.Errorf("previous %+v, new %+v, notes %q", rep.Previous, rep.New, rep.Notes)
	}
}

func TestComparisons(t *testing.T) {
	entries := []entry{fail(at(1, 0, 0), "bad", "/r", 1), fail(at(3, 0, 0), "bad", "/r", 1), fail(at(17, 0, 0), "bad", "/r", 1)}
	o := week()
	o.Compare, o.CompareSince, o.CompareUntil = CompareRange, date(2), date(9)
	rep := build(t, hold(t, entries), o)
	if rep.Previous == nil || rep.Previous.Range.Week != "2026-W45" || rep.Previous.Totals.Errors != 1 || rep.Method.Compare != "2026-W45" {
		t.Errorf("previous %+v, compare %q", rep.Previous, rep.Method.Compare)
	}
	o.CompareUntil = date(20)
	if rep = build(t, hold(t, entries), o); !hasNote(rep, "overlaps") || rep.Method.Compare != "2026-11-02 to 2026-11-20" {
		t.Errorf("compare %q, notes %q", rep.Method.Compare, rep.Notes)
	}
	o.Compare = CompareNone
	if rep = build(t, hold(t, entries), o); rep.Previous != nil || rep.Change != nil || rep.Top[0].PreviousErrors != nil ||
		rep.Timeline.Points[0].Previous != nil || len(rep.Gone) != 0 || rep.Method.Compare != "none" {
		t.Errorf("previous %+v, method %+v", rep.Previous, rep.Method)
	}
}

// TestCuts: lists are cut at Top, what changed at no less than 1,000, and Found
// says how long they were.
func TestCuts(t *testing.T) {
	entries := []entry{fail(at(1, 0, 0), "bad", "/r", 1)}
	for i := range 1200 {
		e := fail(at(17, i%24, 0), "bad", fmt.Sprintf("/%d", i), uint64(1+i)<<30)
		e.finding = "missing_type"
		entries = append(entries, e)
	}
	o := week()
	o.Top = 7
	rep := build(t, hold(t, entries), o)
	if len(rep.Top) != 7 || len(rep.Mistakes) != 7 || len(rep.Findings) != 7 || len(rep.New) != 1000 {
		t.Errorf("top %d, mistakes %d, findings %d, new %d", len(rep.Top), len(rep.Mistakes), len(rep.Findings), len(rep.New))
	}
	if f := rep.Found; f.Top != 1200 || f.Mistakes != 1200 || f.Findings != 1200 || f.New != 1200 {
		t.Errorf("found %+v", f)
	}
}

// TestExpiredCallers: where caller maps are too old lists are ordered by errors,
// and it is said.
func TestExpiredCallers(t *testing.T) {
	var rows []aggregate.Row
	for i := range 5 {
		e := fail(at(17, 0, 0), "bad", fmt.Sprintf("/%d", i), 1)
		e.n = int64(10 - i)
		rows = append(rows, e.rows()...)
	}
	rep := build(t, expired{holdRows(t, aggregate.Merge(rows))}, week())
	if !hasNote(rep, "top errors are ordered by errors") || rep.Top[0].Route != "/0" || rep.Top[0].Callers != nil || rep.Top[0].TopCallerShare != nil ||
		rep.Mistakes[0].Callers != nil {
		t.Errorf("top %+v, notes %q", rep.Top[0], rep.Notes)
	}
}

// TestSampleTexts: what is no sample is none.
func TestSampleTexts(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "0123456789abcdef": "", "0123456789abcdef {": "", "0123456789abcdef []": "",
		`0123456789abcdef {"request_id":"r","time":"t","message":"m","position":"p:1"}`: "r t m p:1",
	} {
		got := ""
		if s := parseSample(text); s != nil {
			got = fmt.Sprint(s.RequestID, " ", s.Time, " ", s.Message, " ", s.Position)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// TestMeanings: each finding that parse knows has a sentence.
func TestMeanings(t *testing.T) {
	for _, f := range findingNames() {
		if m := meaning(f); m == "" || !strings.HasSuffix(m, ".") {
			t.Errorf("finding %q means %q", f, m)
		}
	}
	if meaning("whatever") != "" {
		t.Error("an unknown finding has a meaning")
	}
}

// TestJSONNames holds the members of the contract that people asked for.
func TestJSONNames(t *testing.T) {
	var m map[string]any
	if err := json.Unmarshal([]byte(asJSON(t, build(t, hold(t, randomEntries(1, 300)), week()))), &m); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"schema_version", "totals", "by_status", "by_type", "top", "movers", "new", "gone", "demand", "coverage", "client_mistakes",
		"findings", "timeline", "verdict", "method", "notes", "previous", "change", "history", "found", "range", "now", "zone", "version",
	} {
		if _, ok := m[name]; !ok {
			t.Errorf("no member %q", name)
		}
	}
}

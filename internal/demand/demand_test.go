package demand

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/store"

	"github.com/google/go-cmp/cmp"
)

// monday is when the events of the tests begin.
var monday = time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)

func at(d int, clock string) time.Time {
	t, err := time.Parse("15:04", clock)
	if err != nil {
		panic(err)
	}
	return monday.AddDate(0, 0, d).Add(time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute)
}

// asked is an attempt of a caller.
func asked(t time.Time, feature string, caller uint64) event {
	return event{
		at: t, source: "eu", status: 501, feature: feature, from: "beta-2026-10-01", reason: "no_header",
		client: "curl", caller: caller, body: true,
	}
}

// failed is an error that has nothing to do with features.
func failed(t time.Time) event {
	return event{at: t, source: "eu", status: 500, caller: 99, body: true}
}

func ask(t *testing.T, events []event, o Options) *Demand {
	t.Helper()
	d, err := Build(t.Context(), &plain{events: events, rng: rand.New(rand.NewPCG(1, 2))}, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func askCallers(t *testing.T, events []event, o Options) *CallerDemand {
	t.Helper()
	d, err := BuildCallers(t.Context(), &plain{events: events, rng: rand.New(rand.NewPCG(1, 2))}, o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// hasNote checks that a note holds a text, and that each note stands once.
func hasNote(t *testing.T, notes []string, want string) {
	t.Helper()
	if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, want) }) {
		t.Errorf("no note says %q:\n%s", want, strings.Join(notes, "\n"))
	}
}

func noNote(t *testing.T, notes []string, unwanted string) {
	t.Helper()
	for _, n := range notes {
		if strings.Contains(n, unwanted) {
			t.Errorf("a note says %q", n)
		}
	}
}

// A week and the one before it, worked out by hand.
func TestBuild(t *testing.T) {
	older := asked(at(8, "23:59"), "files", 1)
	older.reason = "older_value"
	right := asked(at(13, "00:00"), "files", 3)
	right.reason = "right_value"
	nobody := asked(at(9, "12:00"), "files", 0)
	nobody.reason = "unknown"
	other := asked(at(9, "12:00"), "files", 2)
	other.from, other.reason = "beta-2027-01-01", "other_feature"
	plain501 := failed(at(10, "10:00"))
	plain501.status = 501
	events := []event{
		failed(at(0, "00:00")),
		asked(at(1, "10:00"), "files", 1), asked(at(2, "10:00"), "files", 2), asked(at(2, "11:00"), "files", 2),
		asked(at(3, "10:00"), "batches", 5), asked(at(3, "10:00"), "batches", 6), asked(at(6, "23:59"), "skills", 0),
		asked(at(7, "00:00"), "files", 1), older, nobody, other, right, asked(at(13, "23:59"), "files", 3), plain501,
		asked(at(14, "00:00"), "files", 4),
	}
	got := ask(t, events, Options{Since: at(7, "00:00"), Until: at(14, "00:00")})
	want := &Demand{
		From: new(at(7, "00:00")), To: new(at(14, "00:00")),
		Rows: []Row{
			{
				Feature: "files", AvailableFrom: "beta-2026-10-01", Attempts: 5, Callers: new(int64(2)), CallersError: new(0.0), Days: 4,
				FirstSeen: new(at(7, "00:00")), LastSeen: new(at(13, "23:59")),
				New: new(int64(1)), Returning: new(int64(1)), Gone: new(int64(1)), TopCallerShare: new(0.4),
				Reasons: Reasons{NoHeader: 2, OlderValue: 1, RightValue: 1, Unknown: 1},
			},
			{
				Feature: "files", AvailableFrom: "beta-2027-01-01", Attempts: 1, Callers: new(int64(1)), CallersError: new(0.0), Days: 1,
				FirstSeen: new(at(9, "12:00")), LastSeen: new(at(9, "12:00")),
				New: new(int64(1)), Returning: new(int64(0)), Gone: new(int64(0)), TopCallerShare: new(1.0), Reasons: Reasons{OtherFeature: 1},
			},
			{
				Feature: "batches", AvailableFrom: "beta-2026-10-01", Callers: new(int64(0)), CallersError: new(0.0),
				New: new(int64(0)), Returning: new(int64(0)), Gone: new(int64(2)),
			},
		},
		Totals: Totals{Attempts: new(int64(6)), Callers: new(int64(3)), CallersError: new(0.0), NoFeature: new(int64(1))},
	}
	notes := got.Notes
	got.Notes = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	hasNote(t, notes, "1 attempt (16.7 %) without a caller, in no count of callers")
	hasNote(t, notes, `reach and converted are null: no request rows of "eu"`)
	hasNote(t, notes, "orgs is null")
	noNote(t, notes, "widened")
	noNote(t, notes, "new, returning")
}

// A range is widened to whole days, and an open one is all that is held.
func TestRange(t *testing.T) {
	events := []event{asked(at(1, "10:30"), "files", 1), asked(at(3, "10:30"), "files", 2)}
	held := "events are held from 2026-11-03T10:30:00Z to 2026-11-05T10:31:00Z"
	berlin := time.FixedZone("CET", 3600)
	for name, c := range map[string]struct {
		since, until time.Time
		from, to     *time.Time
		attempts     int64
		notes        []string
		not          string
	}{
		"all that is held": {from: new(at(1, "00:00")), to: new(at(4, "00:00")), attempts: 2, notes: []string{"the range before begins at 2026-10-31T00:00:00Z, and what is held begins later, at 2026-11-03T10:30:00Z"}, not: "widened"},
		"whole days":       {since: at(1, "00:00"), until: at(2, "00:00"), from: new(at(1, "00:00")), to: new(at(2, "00:00")), attempts: 1, not: "widened"},
		"hours":            {since: at(1, "11:00"), until: at(3, "10:30"), from: new(at(1, "00:00")), to: new(at(4, "00:00")), attempts: 2, notes: []string{"the range was widened to whole UTC days: 2026-11-03T00:00:00Z to 2026-11-06T00:00:00Z"}},
		"midnight of another zone": {
			since: time.Date(2026, 11, 4, 0, 0, 0, 0, berlin), until: time.Date(2026, 11, 5, 0, 0, 0, 0, berlin),
			from: new(at(1, "00:00")), to: new(at(3, "00:00")), attempts: 1, notes: []string{"widened"},
		},
		"open end":        {since: at(2, "00:00"), from: new(at(2, "00:00")), to: new(at(4, "00:00")), attempts: 1},
		"open begin":      {until: at(2, "00:00"), from: new(at(1, "00:00")), to: new(at(2, "00:00")), attempts: 1},
		"one moment":      {since: at(2, "00:00"), until: at(2, "00:00"), from: new(at(2, "00:00")), to: new(at(2, "00:00")), notes: []string{"the range is empty"}},
		"backwards":       {since: at(3, "00:00"), until: at(2, "00:00"), from: new(at(3, "00:00")), to: new(at(2, "00:00")), notes: []string{"the range is empty"}},
		"after all":       {since: at(9, "00:00"), from: new(at(9, "00:00")), notes: []string{"the range is newer than the newest event: " + held}},
		"before all":      {until: at(0, "00:00"), to: new(at(0, "00:00")), notes: []string{"the range is older than the oldest event: " + held}},
		"beside, bounded": {since: at(9, "00:00"), until: at(10, "00:00"), from: new(at(9, "00:00")), to: new(at(10, "00:00")), notes: []string{"the range is newer than the newest event: " + held}},
	} {
		t.Run(name, func(t *testing.T) {
			o := Options{Since: c.since, Until: c.until}
			d := ask(t, events, o)
			if cmp.Diff(c.from, d.From) != "" || cmp.Diff(c.to, d.To) != "" || *d.Totals.Attempts != c.attempts || *d.Totals.NoFeature != 0 {
				t.Errorf("from %v to %v: %d attempts", d.From, d.To, *d.Totals.Attempts)
			}
			for _, n := range c.notes {
				hasNote(t, d.Notes, n)
			}
			if c.not != "" {
				noNote(t, d.Notes, c.not)
			}
			one := askCallers(t, events, o)
			if cmp.Diff(d.From, one.From) != "" || cmp.Diff(d.To, one.To) != "" || cmp.Diff(d.Totals, one.Totals) != "" {
				t.Errorf("by caller: from %v to %v, %+v", one.From, one.To, one.Totals)
			}
			if d.Rows == nil || one.Rows == nil || d.Notes == nil || one.Notes == nil {
				t.Error("a list is null")
			}
		})
	}
}

// New, returning and gone need events from the beginning of the range before.
func TestCompared(t *testing.T) {
	for name, c := range map[string]struct {
		first time.Time
		known bool
	}{
		"the day before":       {at(-1, "12:00"), true},
		"on the first minute":  {at(0, "00:00").Add(59 * time.Second), true}, // the store knows it to the minute
		"on the second minute": {at(0, "00:01"), false},
		"in the range before":  {at(3, "00:00"), false},
		"in the range itself":  {at(8, "00:00"), false},
	} {
		t.Run(name, func(t *testing.T) {
			d := ask(t, []event{failed(c.first), asked(at(9, "10:00"), "files", 1)}, Options{Since: at(7, "00:00"), Until: at(14, "00:00")})
			r := d.Rows[0]
			if known := r.New != nil && r.Returning != nil && r.Gone != nil; known != c.known {
				t.Errorf("known: %v", known)
			}
			if !c.known {
				hasNote(t, d.Notes, "new, returning and gone are null: the range before begins at 2026-11-02T00:00:00Z")
			}
		})
	}
	// Nobody is compared with those of another source.
	us := asked(at(1, "10:00"), "files", 1)
	us.source = "us"
	events := []event{failed(at(0, "00:00")), us, asked(at(8, "10:00"), "files", 1)}
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00")}
	if r := ask(t, events, o).Rows[0]; *r.Returning != 1 {
		t.Errorf("both sources: %+v", r)
	}
	o.Where = []store.Filter{{Dim: "source", Value: "eu"}}
	if r := ask(t, events, o).Rows[0]; *r.New != 1 {
		t.Errorf("one source: %+v", r)
	}
	o.Where = []store.Filter{{Dim: "route", Value: "/files"}}
	if _, err := Build(t.Context(), &plain{}, o); err == nil || !strings.Contains(err.Error(), `not by "route"`) {
		t.Errorf("a filter that demand does not have: %v", err)
	}
}

// What a feed cannot tell is null, and nothing is told from something.
func TestNothing(t *testing.T) {
	access := func(status int) event {
		return event{at: at(1, "10:00"), source: "eu", status: status, caller: 1, request: true}
	}
	noFeature := failed(at(1, "11:00"))
	noFeature.status = 501
	us := access(501)
	us.source = "us"
	for name, c := range map[string]struct {
		events []event
		o      Options
		totals Totals
		note   string
		not    string
	}{
		"an empty store":             {nil, Options{}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, "no events are held", ""},
		"a source that is not there": {[]event{failed(at(1, "10:00"))}, Options{Where: []store.Filter{{Dim: "source", Value: "x"}}}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, "nothing is held of this source", ""},
		"no 501":                     {[]event{failed(at(1, "10:00")), access(200)}, Options{}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, "no attempts: no answer in this range has status 501", "body"},
		"only successes":             {[]event{access(200)}, Options{}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, "no attempts: no answer in this range has status 501", "body"},
		"501 without a feature":      {[]event{noFeature}, Options{}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(1))}, "no attempts: of 1 answer with status 501 whose body was read, none names a feature", ""},
		"501 without any body":       {[]event{access(501), access(501), access(200)}, Options{}, Totals{}, "attempts are not known: status 501 was answered 2 times, and no feed with bodies was read", "no attempts"},
		"bodies, but not of this":    {[]event{failed(at(1, "10:00")), access(501)}, Options{}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, `1 answer with status 501 of "eu" without a logged body`, "no answer in this range has status 501"},
		"another feature":            {[]event{asked(at(1, "10:00"), "files", 1)}, Options{Feature: "flies"}, Totals{new(int64(0)), new(int64(0)), new(0.0), new(int64(0))}, `nobody asked for "flies" in this range; asked for were "files"`, ""},
		"bodies of another source":   {[]event{failed(at(1, "10:00")), us}, Options{Where: []store.Filter{{Dim: "source", Value: "us"}}}, Totals{}, "attempts are not known", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := ask(t, c.events, c.o)
			if diff := cmp.Diff(c.totals, d.Totals); diff != "" || len(d.Rows) != 0 {
				t.Errorf("%d rows\n%s", len(d.Rows), diff)
			}
			hasNote(t, d.Notes, c.note)
			if c.not != "" {
				noNote(t, d.Notes, c.not)
			}
			if one := askCallers(t, c.events, c.o); cmp.Diff(c.totals, one.Totals) != "" || len(one.Rows) != 0 {
				t.Errorf("by caller: %+v", one)
			}
		})
	}
	// Part of the sources has bodies: what is known of them stands, and a note.
	d := ask(t, []event{asked(at(1, "10:00"), "files", 1), us}, Options{})
	if len(d.Rows) != 1 || *d.Totals.Attempts != 1 {
		t.Errorf("%+v", d)
	}
	hasNote(t, d.Notes, `1 answer with status 501 of "us" without a logged body`)
}

// Rows whose callers nobody logged.
func TestNobody(t *testing.T) {
	events := []event{failed(at(0, "00:00")), asked(at(8, "10:00"), "files", 0), asked(at(1, "10:00"), "files", 1), asked(at(9, "10:00"), "skills", 2)}
	d := ask(t, events, Options{Since: at(7, "00:00"), Until: at(14, "00:00")})
	r := d.Rows[1]
	if r.Feature != "files" || r.Attempts != 1 || r.Callers != nil || r.CallersError != nil || r.TopCallerShare != nil || r.New != nil || r.Gone != nil {
		t.Errorf("%+v", r)
	}
	hasNote(t, d.Notes, "callers is null where no caller was logged")
	if *d.Totals.Callers != 1 {
		t.Errorf("%+v", d.Totals)
	}
	d = ask(t, events[1:2], Options{})
	if d.Totals.Callers != nil || d.Totals.CallersError != nil || *d.Totals.Attempts != 1 {
		t.Errorf("%+v", d.Totals)
	}
}

// Ties are settled by callers, then by feature and available_from.
func TestOrder(t *testing.T) {
	var events []event
	for _, c := range []struct {
		feature, from string
		callers       []uint64
	}{
		{"b", "x", []uint64{1, 2}}, {"a", "y", []uint64{1, 1}}, {"a", "x", []uint64{2, 2}}, {"c", "x", []uint64{3, 4}}, {"d", "", []uint64{1, 1, 1}},
	} {
		for _, caller := range c.callers {
			e := asked(at(1, "10:00"), c.feature, caller)
			e.from = c.from
			events = append(events, e)
		}
	}
	var got []string
	for _, r := range ask(t, events, Options{}).Rows {
		got = append(got, r.Feature+r.AvailableFrom)
	}
	if d := cmp.Diff([]string{"d", "bx", "cx", "ax", "ay"}, got); d != "" {
		t.Error(d)
	}
}

// A cap that cuts off callers makes them an estimate, and comparing impossible.
func TestCapped(t *testing.T) {
	cut := func(e event) event { e.capped = true; return e }
	events := []event{
		failed(at(0, "00:00")), asked(at(1, "10:00"), "files", 9),
		asked(at(8, "10:00"), "files", 1), cut(asked(at(8, "10:00"), "files", 2)), cut(asked(at(8, "10:00"), "files", 3)),
		asked(at(8, "10:00"), "files", 0), asked(at(8, "10:00"), "skills", 1), asked(at(8, "10:00"), "skills", 0),
	}
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00")}
	d := ask(t, events, o)
	files, skills := d.Rows[0], d.Rows[1]
	if *files.Callers != 3 || *files.CallersError != 1.5 || files.New != nil || files.TopCallerShare != nil {
		t.Errorf("files: %+v", files)
	}
	if *skills.Callers != 1 || *skills.CallersError != 0 || *skills.New != 1 || *skills.TopCallerShare != 0.5 {
		t.Errorf("skills: %+v", skills)
	}
	if *d.Totals.Callers != 3 || *d.Totals.CallersError != 1.5 {
		t.Errorf("%+v", d.Totals)
	}
	hasNote(t, d.Notes, "the callers of 2 attempts (33.3 %) were cut off by a cap: raise caps.demand_callers")
	hasNote(t, d.Notes, "2 attempts (33.3 %) without a caller")
	hasNote(t, d.Notes, "they are estimates: the standard error is callers_error")
	hasNote(t, d.Notes, "new, returning and gone are null where a cap cut off callers")

	// The caller maps are gone: what is left is null.
	d, err := Build(t.Context(), &plain{events: events, expired: true}, o)
	if err != nil {
		t.Fatal(err)
	}
	if r := d.Rows[0]; r.Callers != nil || r.CallersError != nil || d.Totals.Callers != nil {
		t.Errorf("%+v, %+v", r, d.Totals)
	}
	hasNote(t, d.Notes, "callers is null where they could neither be counted one by one nor estimated")

	// In the range before: those of now are exact, and nobody is new.
	events = []event{failed(at(0, "00:00")), cut(asked(at(1, "10:00"), "files", 2)), asked(at(8, "10:00"), "files", 2)}
	d = ask(t, events, o)
	if r := d.Rows[0]; *r.Callers != 1 || *r.CallersError != 0 || r.New != nil || r.Returning != nil || r.Gone != nil {
		t.Errorf("%+v", r)
	}
	hasNote(t, d.Notes, "new, returning and gone are null where a cap cut off callers")
}

// Too many callers for memory are estimated, and refused one by one.
func TestTooMany(t *testing.T) {
	var events []event
	for i := range uint64(20) {
		events = append(events, asked(at(int(i)%3, "10:00"), "files", 1+i%10), asked(at(8, "10:00"), "skills", 1+i%5))
	}
	for _, limit := range []int{15, 100} {
		d := ask(t, events, Options{maxPairs: limit})
		if *d.Rows[0].Callers+*d.Rows[1].Callers != 15 || *d.Rows[0].CallersError != 0 || *d.Totals.Callers != 10 {
			t.Errorf("with room for %d: %+v", limit, d)
		}
	}
	d := ask(t, events, Options{maxPairs: 14})
	for _, r := range d.Rows {
		if r.Attempts != 20 || *r.CallersError != 1.5 || *r.Callers != map[string]int64{"files": 10, "skills": 5}[r.Feature] || r.TopCallerShare != nil || r.New != nil {
			t.Errorf("%+v", r)
		}
	}
	if *d.Totals.Attempts != 40 || *d.Totals.Callers != 10 || *d.Totals.CallersError != 1.5 {
		t.Errorf("%+v", d.Totals)
	}
	hasNote(t, d.Notes, "more than 14 callers are too many to hold each one")
	_, err := BuildCallers(t.Context(), &plain{events: events}, Options{maxPairs: 14})
	if err == nil || !strings.Contains(err.Error(), "more than 14 callers asked for features in this range") {
		t.Errorf("got %v", err)
	}
}

// What stands under (other) says its share and the setting to raise.
func TestOther(t *testing.T) {
	d := ask(t, []event{asked(at(1, "10:00"), "(other)", 1), asked(at(1, "10:00"), "files", 1), asked(at(1, "10:00"), "files", 2), asked(at(1, "10:00"), "skills", 2)}, Options{})
	hasNote(t, d.Notes, "25.0 % of attempts stand under (other): raise caps.features (or caps.keys) and ingest again")
	d = ask(t, []event{asked(at(1, "10:00"), "files", 1)}, Options{})
	noNote(t, d.Notes, "(other)")

	// What is compared may be wrong on either side.
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00")}
	for name, when := range map[string]time.Time{"now": at(8, "10:00"), "before": at(2, "10:00")} {
		d := ask(t, []event{failed(at(0, "00:00")), asked(at(8, "10:00"), "files", 1), asked(when, "(other)", 1)}, o)
		t.Run(name, func(t *testing.T) { hasNote(t, d.Notes, "new, returning and gone are not certain") })
	}
	d = ask(t, []event{failed(at(0, "00:00")), asked(at(8, "10:00"), "files", 1)}, o)
	noNote(t, d.Notes, "not certain")
}

// A log may name a feature as answers without a body are named: whatever
// feature is asked for, these are bodies that were read.
func TestNamedNoBody(t *testing.T) {
	us := event{at: at(1, "12:00"), source: "us", status: 501, caller: 3, request: true}
	events := []event{asked(at(1, "10:00"), store.NoBody, 1), asked(at(1, "11:00"), "files", 2)}
	for _, feature := range []string{"", "files", store.NoBody, "flies"} {
		noNote(t, ask(t, events, Options{Feature: feature}).Notes, "without a logged body")
		hasNote(t, ask(t, append(events, us), Options{Feature: feature}).Notes, `1 answer with status 501 of "us" without a logged body`)
	}
}

// A feature is a text from a log: a note has the beginning of a long one, and
// nothing that a terminal would obey.
func TestFeatureInNotes(t *testing.T) {
	long := strings.Repeat("é", 64)
	d := ask(t, []event{asked(at(1, "10:00"), long+"x", 1), asked(at(1, "10:00"), "\x1b[31m\n", 1)}, Options{Feature: long})
	hasNote(t, d.Notes, `nobody asked for "`+long+`" in this range; asked for were "\x1b[31m\n", "`+long+`…"`)
}

package report

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/store"
)

func contains(list []string, part string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, part) })
}

func TestWeekAndTheOneBefore(t *testing.T) {
	for _, c := range []struct {
		zone                  string
		from, to              string // local
		week, prev, prevWeek  string
		hours, previousLength int
	}{
		{"UTC", "2026-11-16", "2026-11-23", "2026-W47", "2026-11-09T00:00:00Z", "2026-W46", 168, 168},
		// Berlin leaves summer time on 2026-10-25: that week has 169 hours, the one before 168.
		{"Europe/Berlin", "2026-10-19", "2026-10-26", "2026-W43", "2026-10-12T00:00:00+02:00", "2026-W42", 169, 168},
		{"Europe/Berlin", "2026-10-26", "2026-11-02", "2026-W44", "2026-10-19T00:00:00+02:00", "2026-W43", 168, 169},
		{"Europe/Berlin", "2026-03-23", "2026-03-30", "2026-W13", "2026-03-16T00:00:00+01:00", "2026-W12", 167, 168},
		{"Asia/Kolkata", "2026-11-16", "2026-11-23", "2026-W47", "2026-11-09T00:00:00+05:30", "2026-W46", 168, 168},
		// The year's end: the week has days of two years.
		{"UTC", "2025-12-29", "2026-01-05", "2026-W01", "2025-12-22T00:00:00Z", "2025-W52", 168, 168},
		// Whole days that are no week, and one on which the clock changes.
		{"Europe/Berlin", "2026-10-25", "2026-10-26", "", "2026-10-24T00:00:00+02:00", "", 25, 24},
		{"UTC", "2026-11-17", "2026-11-24", "", "2026-11-10T00:00:00Z", "", 168, 168},
	} {
		z := zone(t, c.zone)
		day := func(s string) time.Time {
			v, err := time.ParseInLocation("2006-01-02", s, z)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		w := window{day(c.from), day(c.to)}
		p := before(w)
		if got := weekOf(w); got != c.week {
			t.Errorf("%s %s: week %q, want %q", c.zone, c.from, got, c.week)
		}
		if got := p.from.Format(time.RFC3339); got != c.prev || !p.to.Equal(w.from) || weekOf(p) != c.prevWeek {
			t.Errorf("%s %s: before is %s to %s (%s), want from %s (%s)", c.zone, c.from, got, p.to, weekOf(p), c.prev, c.prevWeek)
		}
		if got := int(w.to.Sub(w.from).Hours()); got != c.hours || len(hours(w))-1 != c.hours {
			t.Errorf("%s %s: %d hours, %d steps, want %d", c.zone, c.from, got, len(hours(w))-1, c.hours)
		}
		if got := int(p.to.Sub(p.from).Hours()); got != c.previousLength {
			t.Errorf("%s %s: before has %d hours, want %d", c.zone, c.from, got, c.previousLength)
		}
	}
}

// TestBeforeWithoutDays: what is not whole days has as many seconds before it.
func TestBeforeWithoutDays(t *testing.T) {
	w := window{at(16, 10, 30), at(17, 11, 0)}
	if p := before(w); !p.from.Equal(at(15, 10, 0)) || !p.to.Equal(w.from) {
		t.Errorf("before %v: %v", w, p)
	}
}

// TestMidnightThatIsNone: where the clock passes midnight over, the day begins
// with its first moment.
func TestMidnightThatIsNone(t *testing.T) {
	z := zone(t, "America/Sao_Paulo") // 2018-11-04 begins at 01:00
	w := window{time.Date(2018, 11, 4, 12, 0, 0, 0, z), time.Date(2018, 11, 6, 1, 0, 0, 0, z)}
	got := days(w)
	want := []string{"2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00", "2018-11-06T00:00:00-02:00", "2018-11-07T00:00:00-02:00"}
	if len(got) != len(want) {
		t.Fatalf("days: %v", got)
	}
	for i, s := range got {
		if f := time.Unix(s, 0).In(z).Format(time.RFC3339); f != want[i] {
			t.Errorf("day %d begins at %s, want %s", i, f, want[i])
		}
	}
	// Samoa has no 2011-12-30 at all.
	z = zone(t, "Pacific/Apia")
	w = window{time.Date(2011, 12, 29, 0, 0, 0, 0, z), time.Date(2012, 1, 1, 0, 0, 0, 0, z)}
	if got := days(w); len(got) != 3 {
		t.Errorf("days of Samoa: %v", got)
	}
}

func TestStepsLieInSpans(t *testing.T) {
	for _, c := range []struct {
		zone string
		want int64
	}{{"UTC", hour}, {"Asia/Kolkata", 30 * minute}, {"Asia/Kathmandu", 15 * minute}, {"Europe/Berlin", hour}} {
		z := zone(t, c.zone)
		w := window{time.Date(2026, 11, 16, 0, 0, 0, 0, z), time.Date(2026, 11, 17, 0, 0, 0, 0, z)}
		bounds := hours(w)
		if got := stepOf(bounds); got != c.want {
			t.Errorf("%s: step %d, want %d", c.zone, got, c.want)
		}
		if bounds[0] != w.from.Unix() || bounds[len(bounds)-1] != w.to.Unix() {
			t.Errorf("%s: hours from %d to %d, want %d to %d", c.zone, bounds[0], bounds[len(bounds)-1], w.from.Unix(), w.to.Unix())
		}
		for i := range len(bounds) - 1 {
			if spanAt(bounds, bounds[i]) != i || spanAt(bounds, bounds[i+1]-1) != i {
				t.Errorf("%s: span %d is not found by its ends", c.zone, i)
			}
		}
	}
	if got := stepOf(days(window{date(1), date(5)})); got != day {
		t.Errorf("days of UTC: step %d", got)
	}
}

func TestWiden(t *testing.T) {
	w := window{at(16, 10, 30), at(17, 11, 0).Add(time.Nanosecond)}
	got, wider := w.widen(hour)
	if !wider || !got.from.Equal(at(16, 10, 0)) || !got.to.Equal(at(17, 12, 0)) {
		t.Errorf("widened to %v, %v", got, wider)
	}
	if got, wider := (window{date(16), date(17)}).widen(day); wider || !got.from.Equal(date(16)) {
		t.Errorf("whole days were widened to %v", got)
	}
	if _, wider := (window{at(1, 1, 1), at(1, 1, 1)}).widen(day); wider {
		t.Error("an empty range was widened")
	}
}

func TestWidenedSections(t *testing.T) {
	r := hold(t, []entry{fail(at(16, 12, 0), "x", "/a", 1)})
	o := week()
	o.Since, o.Until = at(16, 0, 30), at(17, 0, 0)
	want := []string{
		"samples: whole 10 minutes", "entries, silent hours, findings and clients: whole hours, 2026-11-16 to 2026-11-17",
		"501 demand: whole days, 2026-11-16 to 2026-11-17 UTC",
	}
	got := build(t, r, o).Method.Widened
	if len(got) != 2 || !strings.HasPrefix(got[0], want[1]) || !strings.HasPrefix(got[1], want[2]) {
		t.Errorf("widened: %q", got)
	}
	if got := build(t, r, week()).Method.Widened; len(got) != 0 {
		t.Errorf("a week of UTC is widened: %q", got)
	}
}

// TestOpenRange: without ends the range is what is held.
func TestOpenRange(t *testing.T) {
	r := hold(t, []entry{fail(at(16, 12, 0), "x", "/a", 1), ok(at(18, 3, 59), 1)})
	o := week()
	o.Since, o.Until = time.Time{}, time.Time{}
	rep := build(t, r, o)
	if !rep.Range.From.Equal(at(16, 12, 0)) || !rep.Range.To.Equal(at(18, 4, 0)) || rep.Previous != nil || rep.Totals.Entries != 2 {
		t.Errorf("range %v, previous %v, entries %d", rep.Range, rep.Previous, rep.Totals.Entries)
	}
	o.Since = at(17, 0, 0)
	if rep := build(t, r, o); !rep.Range.From.Equal(at(17, 0, 0)) || !rep.Range.To.Equal(at(18, 4, 0)) {
		t.Errorf("range %v", rep.Range)
	}
	o.Since, o.Until = time.Time{}, at(17, 0, 0)
	if rep := build(t, r, o); !rep.Range.From.Equal(at(16, 12, 0)) || rep.Totals.Errors != 1 {
		t.Errorf("range %v", rep.Range)
	}
	o.Since, o.Until = at(20, 0, 0), time.Time{} // all that is held is older
	if rep := build(t, r, o); rep.Totals.Entries != 0 || rep.Range.To.Before(rep.Range.From) {
		t.Errorf("range %v, entries %d", rep.Range, rep.Totals.Entries)
	}
}

// TestNothing: a report of nothing is one, and says what is held instead.
func TestNothing(t *testing.T) {
	empty := hold(t, nil)
	open := week()
	open.Since, open.Until = time.Time{}, time.Time{}
	for name, o := range map[string]Options{"a week": week(), "all": open} {
		rep := build(t, empty, o)
		if rep.Previous != nil || rep.History.From != nil || rep.History.Enough || !contains(rep.Verdict, "No events are held") {
			t.Errorf("%s of an empty store: %+v, verdict %q", name, rep.History, rep.Verdict)
		}
		noNil(t, reflect.ValueOf(rep).Elem(), name)
	}
	rep := build(t, hold(t, []entry{{at: at(17, 0, 0), source: "a", reason: "not_json", n: 3}}), week())
	if !contains(rep.Verdict, "3 entries were read and could not be counted") || rep.Totals.Entries != 3 || rep.Totals.DeadLetters != 3 {
		t.Errorf("dead letters only: verdict %q, totals %+v", rep.Verdict, rep.Totals)
	}
	o := week()
	o.Since, o.Until = date(1), date(8)
	rep = build(t, hold(t, []entry{fail(at(16, 12, 0), "x", "/a", 1)}), o)
	if !contains(rep.Verdict, "Nothing is held of 1 to 7 November 2026") || !contains(rep.Verdict, "16 November 2026 12:00 to 12:01") {
		t.Errorf("verdict %q", rep.Verdict)
	}
	o.Until = o.Since
	if rep := build(t, hold(t, []entry{fail(at(16, 12, 0), "x", "/a", 1)}), o); rep.Totals.Errors != 0 || len(rep.Timeline.Points) != 0 {
		t.Errorf("an empty range has %+v", rep.Totals)
	}
}

func TestMistakesInOptions(t *testing.T) {
	r := hold(t, []entry{fail(at(16, 12, 0), "x", "/a", 1)})
	for name, change := range map[string]func(*Options){
		"backwards":         func(o *Options) { o.Since, o.Until = o.Until, o.Since },
		"unknown dimension": func(o *Options) { o.Where = []store.Filter{{Dim: "colour", Value: "red"}} },
		"no error's":        func(o *Options) { o.Where = []store.Filter{{Dim: "client", Value: "curl"}} },
	} {
		o := week()
		change(&o)
		_, err := Build(context.Background(), r, o)
		if _, ok := errors.AsType[*store.UsageError](err); !ok {
			t.Errorf("%s: error %v", name, err)
		}
	}
	o := week()
	o.Compare = CompareRange
	if _, err := Build(context.Background(), r, o); err == nil {
		t.Error("a compared range without ends was taken")
	}
	boom := errors.New("boom")
	for i := range 60 {
		_, err := Build(context.Background(), &failing{Reader: r, left: i, err: boom}, week())
		if err == nil {
			return // so many calls are made
		}
		if !errors.Is(err, boom) {
			t.Errorf("call %d fails: error %v", i, err)
		}
	}
	t.Error("a report makes 60 calls")
}

// failing fails after so many calls.
type failing struct {
	Reader
	left int
	err  error
}

func (f *failing) Query(ctx context.Context, q store.Query) (store.Result, error) {
	if f.left--; f.left < 0 {
		return store.Result{}, f.err
	}
	return f.Reader.Query(ctx, q)
}

func (f *failing) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	if f.left--; f.left < 0 {
		return f.err
	}
	return f.Reader.List(ctx, l, yield)
}

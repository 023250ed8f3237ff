package report

import (
	"slices"
	"testing"
	"time"
)

// One wrong time makes what is held a century long: its time line has weeks, and
// every error is in it all the same.
func TestTimelineOfACentury(t *testing.T) {
	far := time.Date(2099, 12, 31, 12, 0, 0, 0, time.UTC)
	entries := []entry{fail(at(17, 0, 0), "bad", "/r", 1), fail(at(18, 0, 0), "bad", "/r", 2), fail(far, "bad", "/r", 3)}
	first := entries[0]
	first.at = time.Date(2000, 1, 1, 1, 0, 0, 0, time.UTC)
	r := hold(t, append(entries, first))
	o := week()
	o.Since, o.Until, o.Compare = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), far.AddDate(100, 0, 0), CompareNone
	rep := build(t, r, o)
	points := rep.Timeline.Points
	if rep.Timeline.Step != "7d" || len(points) != 5218 || !hasNote(rep, "The time line shows what is held only") {
		t.Fatalf("%d points of %s, notes %q", len(points), rep.Timeline.Step, rep.Notes)
	}
	var sum int64
	for i, p := range points {
		if want := time.Date(2000, 1, 1+7*i, 0, 0, 0, 0, time.UTC); !p.Time.Equal(want) || p.Silent != (p.Errors == 0) {
			t.Fatalf("point %d: %+v, want %s", i, p, want)
		}
		sum += p.Errors
	}
	if sum != 4 || rep.ByStatus["400"] != 4 {
		t.Errorf("%d errors in the time line, by status %v", sum, rep.ByStatus)
	}
	// Ten years are still days.
	o.Since, o.Until = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)
	if rep := build(t, hold(t, entries[:2]), o); rep.Timeline.Step != "1d" || len(rep.Timeline.Points) != 2 {
		t.Errorf("%d points of %s", len(rep.Timeline.Points), rep.Timeline.Step)
	}
}

func TestWeeks(t *testing.T) {
	for _, c := range []struct {
		from, to time.Time
		want     []int64
	}{
		{at(3, 5, 0), at(3, 6, 0), []int64{date(3).Unix(), date(4).Unix()}},
		{date(3), date(10), []int64{date(3).Unix(), date(10).Unix()}},
		{date(3), at(10, 0, 1), []int64{date(3).Unix(), date(10).Unix(), date(11).Unix()}},
		{date(3), date(17), []int64{date(3).Unix(), date(10).Unix(), date(17).Unix()}},
		{date(3), date(3), nil},
	} {
		if got := weeks(window{c.from, c.to}); !slices.Equal(got, c.want) {
			t.Errorf("%s to %s: %v, want %v", c.from, c.to, got, c.want)
		}
	}
}

// Notes that differ only in the measure are one.
func TestJoinNull(t *testing.T) {
	for _, c := range []struct{ notes, want []string }{
		{nil, nil},
		{[]string{"a is null where x"}, []string{"a is null where x"}},
		{
			[]string{"first", "a is null where x", "b is null where y", "b is null where x", "c is null where x", "last"},
			[]string{"first", "a, b and c are null where x", "b is null where y", "last"},
		},
	} {
		if got := joinNull(c.notes); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.notes, got, c.want)
		}
	}
	// Of a log with bodies alone five measures are not known, which is one note.
	e := fail(at(17, 0, 0), "bad", "/r", 1)
	e.access = false
	rep := build(t, hold(t, []entry{e}), week())
	if !hasNote(rep, "Requests, ratio, p50, p95 and p99 are null where no request rows were read") || hasNote(rep, "Requests is null") {
		t.Errorf("notes %q", rep.Notes)
	}
}

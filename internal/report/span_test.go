package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A range reads as people write it: whole days with the last one in it.
func TestSpansInWords(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	local := func(m time.Month, d, h, minute int) time.Time { return time.Date(2026, m, d, h, minute, 0, 0, zone) }
	for _, c := range []struct {
		from, to   time.Time
		in, length string
	}{
		{date(9), date(16), "in 2026-W46", "7 days"},
		{date(18), date(25), "from 18 to 24 November 2026", "7 days"},
		{date(18), date(19), "on 18 November 2026", "1 day"},
		{date(28), date(33), "from 28 November to 2 December 2026", "5 days"},
		{date(28), date(65), "from 28 November 2026 to 3 January 2027", "37 days"},
		{at(10, 10, 5), at(10, 10, 46), "from 10 November 2026 10:05 to 10:46", "41 minutes"},
		{at(10, 10, 5), at(16, 23, 52), "from 10 November 2026 10:05 to 16 November 2026 23:52", "6 days 13 hours"},
		{at(10, 0, 0), at(11, 1, 0), "from 10 November 2026 00:00 to 11 November 2026 01:00", "1 day 1 hour"},
		{at(10, 0, 0), at(10, 1, 1), "from 10 November 2026 00:00 to 01:01", "1 hour 1 minute"},
		{local(10, 31, 0, 0), local(11, 3, 0, 0), "from 31 October to 2 November 2026", "3 days 1 hour"}, // the clock is set back
		{local(11, 1, 0, 0), local(11, 2, 0, 0), "on 1 November 2026", "1 day 1 hour"},
	} {
		w := window{c.from, c.to}
		if got := inSpan(w); got != c.in {
			t.Errorf("%s: got %q, want %q", endsText(w), got, c.in)
		}
		if got := lengthText(w.to.Sub(w.from)); got != c.length {
			t.Errorf("%s: got %q, want %q", endsText(w), got, c.length)
		}
	}
}

// A week that is not over has fewer errors than a whole one, which says nothing
// as long as it is not said that it is not over.
func TestRangesThatAreNotOver(t *testing.T) {
	var entries []entry
	for d := 1; d <= 18; d++ {
		entries = append(entries, fail(at(d, 12, 0), "bad", "/r", 1), ok(at(d, 13, 0), 9))
	}
	o := week() // of which three days are held
	rep := build(t, hold(t, entries), o)
	want := "3 errors in 2026-W47 (held only up to 18 November 2026 13:01), 4 fewer than in 2026-W46 (7, -57 %); 10.0 % of 30 requests failed, before 10.0 %."
	if rep.Verdict[0] != want {
		t.Errorf("got %s\nwant %s", rep.Verdict[0], want)
	}
	if !hasNote(rep, "The newest event is from before 2026-11-18 13:01: the range ends later.") {
		t.Errorf("notes %q", rep.Notes)
	}
	o.Since, o.Until = date(2), date(9)
	o.Compare, o.CompareSince, o.CompareUntil = CompareRange, date(16), date(23)
	rep = build(t, hold(t, entries), o)
	want = "7 errors in 2026-W45, 4 more than in 2026-W47 (3, +133 %), of which only a part is held; 10.0 % of 70 requests failed, before 10.0 %."
	if rep.Verdict[0] != want {
		t.Errorf("got %s\nwant %s", rep.Verdict[0], want)
	}
	if !hasNote(rep, "The compared range is held in part only, up to 2026-11-18 13:01.") {
		t.Errorf("notes %q", rep.Notes)
	}
	// What is held covers a compared range where its end is held too.
	o.Since, o.Until = date(17), date(18)
	if h := build(t, hold(t, entries), o).History; h.Enough || h.Reason != "what is held ends before the compared range does" {
		t.Errorf("history of a compared range that is not over: %+v", h)
	}
	o.CompareUntil = date(18)
	if h := build(t, hold(t, entries), o).History; !h.Enough || h.Reason != "" {
		t.Errorf("history of a compared range that is over: %+v", h)
	}
	// The last hours of a week may be silent.
	o = week()
	o.Since, o.Until = date(9), date(16)
	rep = build(t, hold(t, entries[:30]), o)
	want = "7 errors in 2026-W46, as many as in 2026-W45; 10.0 % of 70 requests failed, before 10.0 %."
	if rep.Verdict[0] != want || hasNote(rep, "the range ends later") {
		t.Errorf("got %s\nwant %s\nnotes %q", rep.Verdict[0], want, rep.Notes)
	}
	o.Now = date(15)
	want = "7 errors in 2026-W46 (held only up to 15 November 2026 13:01), as many"
	if rep := build(t, hold(t, entries[:30]), o); !strings.HasPrefix(rep.Verdict[0], want) {
		t.Errorf("a week that is not over: got %s\nwant %s", rep.Verdict[0], want)
	}
}

// An outage counts whole, also where it begins before the range or ends after it.
func TestSilenceAtTheEdges(t *testing.T) {
	from := func(source string, d, h int) entry {
		e := ok(at(d, h, 0), 1)
		e.source = source
		return e
	}
	rep := build(t, hold(t, []entry{
		from("begins", 17, 0), from("begins", 22, 23), // nothing is known of the time before
		from("edges", 15, 20), from("edges", 16, 5), from("edges", 22, 20), from("edges", 24, 1),
		from("ends", 10, 0), from("ends", 16, 0), // not silent, but gone
		from("out", 15, 0), from("out", 23, 0),
	}), week())
	if got, want := rep.Coverage.Hours, (SilentTotals{Silent: 142 + 166 + 168, All: 4 * 168}); got != want {
		t.Errorf("silent hours %+v, want %+v", got, want)
	}
	want := []Gap{
		{Source: "out", From: date(16), To: date(23), Hours: 168},
		{Source: "edges", From: at(16, 6, 0), To: at(22, 20, 0), Hours: 158},
		{Source: "begins", From: at(17, 1, 0), To: at(22, 23, 0), Hours: 142},
		{Source: "edges", From: date(16), To: at(16, 5, 0), Hours: 5},
		{Source: "edges", From: at(22, 21, 0), To: date(23), Hours: 3},
	}
	if diff := cmp.Diff(want, rep.Coverage.Silent); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	if !hasNote(rep, `Nothing was read of source "ends" after 2026-11-16 01:00.`) {
		t.Errorf("notes %q", rep.Notes)
	}
}

// One error reached callers by itself.
func TestOneError(t *testing.T) {
	rep := build(t, hold(t, []entry{fail(at(17, 12, 0), "bad", "/r", 1)}), week())
	if rep.Verdict[1] != "It reached 1 caller." {
		t.Errorf("verdict %q", rep.Verdict)
	}
}

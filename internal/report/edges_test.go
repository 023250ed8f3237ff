package report

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"errata/aggregate"
	"errata/store"
)

// calls counts what a report asks, and fails the call with a number.
type calls struct {
	Reader
	n, fail int
	err     error
}

func (c *calls) next() error {
	c.n++
	if c.n == c.fail {
		return c.err
	}
	return nil
}

func (c *calls) Query(ctx context.Context, q store.Query) (store.Result, error) {
	if err := c.next(); err != nil {
		return store.Result{}, err
	}
	return c.Reader.Query(ctx, q)
}

func (c *calls) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	if err := c.next(); err != nil {
		return err
	}
	return c.Reader.List(ctx, l, yield)
}

// everything is entries that make every section of a week ask for something.
func everything() []entry {
	return append(randomEntries(6, 300), fortnight("tripled", 5, 15)...)
}

// TestEachCallMayFail: a store that fails at any point fails the report, which
// says with what: half a report would look like a whole one.
func TestEachCallMayFail(t *testing.T) {
	r := hold(t, everything())
	all := &calls{Reader: r}
	build(t, all, week())
	if all.n < 40 {
		t.Fatalf("only %d calls: a section asks for nothing", all.n)
	}
	boom := errors.New("boom")
	for i := 1; i <= all.n; i++ {
		rep, err := Build(context.Background(), &calls{Reader: r, fail: i, err: boom}, week())
		if !errors.Is(err, boom) || rep != nil {
			t.Errorf("call %d of %d fails: report %v, error %v", i, all.n, rep != nil, err)
		}
	}
}

// TestCallsDoNotGrow: many errors take as many questions as few.
func TestCallsDoNotGrow(t *testing.T) {
	count := func(n int) int {
		var entries []entry
		for i := range n {
			for _, d := range []int{5, 10, 17} {
				for c := range 6 {
					e := fail(at(d, i%24, c), "bad", fmt.Sprintf("/%d", i), uint64(1+c)<<40)
					e.finding = "missing_type"
					entries = append(entries, e)
				}
			}
		}
		c := &calls{Reader: hold(t, entries)}
		o := week()
		o.Top = 0
		if rep := build(t, c, o); len(rep.Top) != n || rep.Found.Tested != int64(n) {
			t.Fatalf("%d errors: %+v", n, rep.Found)
		}
		return c.n
	}
	if few, many := count(3), count(400); few != many {
		t.Errorf("3 errors take %d calls, 400 take %d", few, many)
	}
}

// TestErrorEvents: an error sent in a success is an error under its status,
// and the answer stays one of that status.
func TestErrorEvents(t *testing.T) {
	rows := rowsOf([]entry{ok(at(10, 0, 0), 5), ok(at(17, 5, 0), 10)})
	key := aggregate.Key{Time: at(17, 5, 0).Unix(), Source: "a", Route: "/x", Method: "GET", Status: 200, Type: "overloaded"}
	key.Kind = aggregate.KindError
	rows = append(rows, aggregate.Row{
		Key: key, N: 3, Extra: 3, Callers: []aggregate.CallerCount{{Hash: 7, N: 3}},
		First: at(17, 5, 0).UnixMicro(), Last: at(17, 5, 1).UnixMicro() - 1,
	})
	rep := build(t, holdRows(t, rows), week())
	if rep.Totals.Errors != 3 || *rep.Totals.Requests != 10 || *rep.Totals.Callers != 1 || rep.ByType["overloaded"] != 3 || rep.ByStatus["200"] != 10 {
		t.Errorf("totals %+v, by type %v, by status %v", rep.Totals, rep.ByType, rep.ByStatus)
	}
	if len(rep.Top) != 1 || rep.Top[0].Status != 200 || rep.Top[0].Errors != 3 || *rep.Top[0].TopCallerShare != 1 || len(rep.Mistakes) != 0 {
		t.Errorf("top %+v, mistakes %+v", rep.Top, rep.Mistakes)
	}
	if p := rep.Timeline.Points[29]; p.Errors != 3 || *p.Requests != 10 || *p.Callers != 1 {
		t.Errorf("point %+v", p)
	}
}

// TestMoreBodiesThanFailures: where feeds disagree the rest is below 0, sums
// stay right and nothing is made of it.
func TestMoreBodiesThanFailures(t *testing.T) {
	var entries []entry
	for _, d := range []int{10, 17} {
		entries = append(entries, ok(at(d, 5, 0), 10))
		e := fail(at(d, 5, 0), "bad", "/r", 7)
		e.n, e.access = 40, false // an error row without its request
		entries = append(entries, e)
	}
	rep := build(t, hold(t, entries), week())
	var types, share int64
	for _, n := range rep.ByType {
		types += n
	}
	for _, e := range rep.Top {
		share += e.Errors
	}
	if types != rep.Totals.Errors || share != rep.Totals.Errors || rep.ByType["bad"] != 40 || rep.ByType[store.NoBody] != -40 {
		t.Errorf("errors %d, by type %v, top sums to %d", rep.Totals.Errors, rep.ByType, share)
	}
	for _, e := range rep.Top {
		if math.IsNaN(e.Share) || math.IsInf(e.Share, 0) {
			t.Errorf("share of %+v is no number", e.ErrorKey)
		}
		if e.Type == store.NoBody && (e.Callers != nil || e.TopCallerShare != nil) {
			t.Errorf("callers of what is below 0: %+v", e)
		}
	}
	if len(rep.Movers) != 0 {
		t.Errorf("movers %+v", rep.Movers)
	}
}

// TestShareOfTheHeaviest: exact while callers are counted one by one, beyond
// that never above the truth.
func TestShareOfTheHeaviest(t *testing.T) {
	for _, c := range []struct {
		others int
		exact  bool
	}{{10, true}, {200, true}, {3000, false}} {
		var entries []entry
		heavy := fail(at(17, 1, 0), "bad", "/r", math.MaxUint64>>1-5) // the largest hash: no map keeps it as one of the smallest
		heavy.n = int64(c.others)
		entries = append(entries, heavy)
		for i := range c.others {
			entries = append(entries, fail(at(17, i%24, i%60), "bad", "/r", uint64(i+1)*0x9e3779b97f4a7c15>>2))
		}
		got := build(t, hold(t, entries), week()).Top[0].TopCallerShare
		if got == nil || *got > 0.5 || c.exact && *got != 0.5 || *got < 0.25 {
			t.Errorf("%d others: share %v, want 0.5 at most", c.others, *got)
		}
	}
}

// TestPartOfAMinute: a range off the minute is widened to it, and says so.
func TestPartOfAMinute(t *testing.T) {
	o := week()
	o.Since, o.Until = at(17, 5, 0).Add(30*time.Second), at(17, 6, 0).Add(time.Nanosecond)
	rep := build(t, hold(t, []entry{fail(at(17, 5, 0), "in", "/r", 1), fail(at(17, 6, 0), "in", "/r", 2), fail(at(17, 6, 1), "out", "/r", 3)}), o)
	if rep.Totals.Errors != 2 || rep.ByType["in"] != 2 || !rep.Range.From.Equal(o.Since) || !rep.Range.To.Equal(o.Until) {
		t.Errorf("range %+v, totals %+v, by type %v", rep.Range, rep.Totals, rep.ByType)
	}
	if !contains(rep.Method.Widened, "errors, requests and callers: whole minutes, 2026-11-17 05:00 to 2026-11-17 06:01 UTC") {
		t.Errorf("widened %q", rep.Method.Widened)
	}
	var points, days int64
	for _, p := range rep.Timeline.Points {
		points += p.Errors
	}
	for _, n := range rep.Top[0].Days {
		days += n
	}
	if points != 2 || days != 2 || len(rep.Timeline.Points) != 2 {
		t.Errorf("points sum to %d, days to %d: %+v", points, days, rep.Timeline.Points)
	}
}

// TestDaysUnderFilters: what a query is narrowed to must not let in what a
// filter of the report keeps out, nor keep out what it lets in.
func TestDaysUnderFilters(t *testing.T) {
	var entries []entry
	for d := range 7 {
		for i, route := range []string{"/a", "/b", "/ab", "/c"} {
			e := fail(at(16+d, 1, 0), "bad", route, uint64(1+i))
			e.n = int64(1 + d)
			entries = append(entries, e)
		}
	}
	r := hold(t, entries)
	for _, c := range []struct {
		where []store.Filter
		want  []string
	}{
		{nil, []string{"/a", "/ab", "/b", "/c"}},
		{[]store.Filter{{Dim: "route", Op: store.Ne, Value: "/a"}}, []string{"/ab", "/b", "/c"}},
		{[]store.Filter{{Dim: "route", Op: store.Prefix, Value: "/a"}}, []string{"/a", "/ab"}},
		{[]store.Filter{{Dim: "route", Value: "/c"}, {Dim: "route", Op: store.Prefix, Value: "/a"}, {Dim: "route", Op: store.Ne, Value: "/ab"}}, []string{"/a", "/c"}},
		{[]store.Filter{{Dim: "code", Op: store.Ne, Value: "E1"}, {Dim: "source", Value: "a"}}, []string{"/a", "/ab", "/b", "/c"}},
	} {
		o := week()
		o.Where = c.where
		var got []string
		for _, e := range build(t, r, o).Top {
			got = append(got, e.Route)
			if want := []int64{1, 2, 3, 4, 5, 6, 7}; !slices.Equal(e.Days, want) {
				t.Errorf("%+v: days of %s are %v", c.where, e.Route, e.Days)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v: routes %q, want %q", c.where, got, c.want)
		}
	}
}

// TestHalfHourOfSummer: where the clock is moved by half an hour, every error
// is still in one step and one day.
func TestHalfHourOfSummer(t *testing.T) {
	z := zone(t, "Australia/Lord_Howe") // 2026-10-04 02:00 becomes 02:30
	o := week()
	o.Zone, o.Top = z, 0
	o.Since, o.Until = time.Date(2026, 9, 28, 0, 0, 0, 0, z), time.Date(2026, 10, 5, 0, 0, 0, 0, z)
	var entries []entry
	for i := range 7*24*4 - 2 {
		entries = append(entries, fail(o.Since.Add(time.Duration(i)*15*time.Minute).UTC(), "bad", "/r", uint64(1+i)<<40))
	}
	rep := build(t, hold(t, entries), o)
	var points, days int64
	for _, p := range rep.Timeline.Points {
		points += p.Errors
	}
	for _, n := range rep.Top[0].Days {
		days += n
	}
	if n := int64(len(entries)); rep.Totals.Errors != n || points != n || days != n || len(rep.Top[0].Days) != 7 {
		t.Errorf("%d errors: total %d, points %d, days %v", n, rep.Totals.Errors, points, rep.Top[0].Days)
	}
	if rep.Top[0].Days[6] != 24*4-2 || rep.Range.Week != "2026-W40" {
		t.Errorf("the day on which the clock is moved has %d errors, week %q", rep.Top[0].Days[6], rep.Range.Week)
	}
}

// TestCallersAsTheStoreCountsThem: an error alone in the range has the callers
// of the range, estimates and their errors too.
func TestCallersAsTheStoreCountsThem(t *testing.T) {
	for seed := range uint64(12) {
		for _, n := range []int{255, 256, 260, 700} {
			var entries []entry
			for i := range n {
				entries = append(entries, fail(at(17, 1, 0), "bad", "/r", (uint64(i+1)+seed<<32)*0x9e3779b97f4a7c15>>1))
			}
			rep := build(t, hold(t, entries), week())
			want, e := *rep.Totals.Callers, *rep.Totals.CallersError
			if got := rep.Top[0]; *got.Callers != want || *got.CallersError != e || n < aggregate.K && (want != int64(n) || e != 0) {
				t.Errorf("%d callers: top has %d ± %v, totals %d ± %v", n, *got.Callers, *got.CallersError, want, e)
			}
			if got := rep.Mistakes[0]; *got.Callers != want || *got.CallersError != e {
				t.Errorf("%d callers: mistakes have %d ± %v, totals %d ± %v", n, *got.Callers, *got.CallersError, want, e)
			}
			for _, p := range rep.Timeline.Points {
				if p.Errors > 0 && *p.Callers != want {
					t.Errorf("%d callers: the time line has %d, totals %d", n, *p.Callers, want)
				}
			}
		}
	}
}

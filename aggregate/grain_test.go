package aggregate

import (
	"math/rand/v2"
	"strings"
	"testing"

	"errata/parse"
)

// TestGrainIsTheSameRowsInWiderBuckets: a fold by the hour makes what the rows
// of a usual fold add up to, and tells the exact span of what it counted.
func TestGrainIsTheSameRowsInWiderBuckets(t *testing.T) {
	for _, feed := range []string{FeedAccess, FeedResponse, FeedBoth} {
		t.Run(feed, func(t *testing.T) {
			g := &traffic{r: rand.New(rand.NewPCG(3, 9)), callers: 300, values: 2}
			evs := make([]*parse.Event, 3000)
			for i := range evs {
				evs[i] = g.next()
			}
			fine := fold(t, mustNew(t, feed), evs...)
			coarse := fold(t, mustNew(t, feed, func(c *Config) { c.Grain = 3600 }), evs...)
			sorted(t, coarse)
			if len(coarse) >= len(fine) {
				t.Fatalf("%d rows by the hour, %d by the minute", len(coarse), len(fine))
			}
			// The span of each hour's counted entries, as the usual rows have it.
			type span struct{ first, last int64 }
			minutes := map[int64]span{}
			for i := range fine {
				r := &fine[i]
				if r.Kind == KindRequest || r.Kind == KindError {
					h := r.Time - r.Time%3600
					s, ok := minutes[h]
					if !ok {
						s = span{r.Time, r.Time}
					}
					minutes[h] = span{min(s.first, r.Time), max(s.last, r.Time)}
				}
				r.Time -= r.Time % max(3600, r.Kind.Grain())
			}
			for i := range coarse {
				r := &coarse[i]
				if r.Kind != KindRead {
					continue
				}
				s, counted := minutes[r.Time]
				if want := counted && r.Reason == ""; want {
					if got := (span{r.First / 60e6 * 60, r.Last / 60e6 * 60}); got != s {
						t.Errorf("hour %d: counted from %d to %d, want %d to %d", r.Time, got.first, got.last, s.first, s.last)
					}
				} else if r.First != 0 || r.Last != 0 {
					t.Errorf("%s has a span", text(r))
				}
				r.First, r.Last = 0, 0
			}
			sameRows(t, "floored (-) and folded by the hour (+)", bare(Merge(fine)), bare(coarse))
		})
	}
}

func TestGrainIsAnHourOrNone(t *testing.T) {
	for grain, ok := range map[int64]bool{0: true, 3600: true, 60: false, -1: false, 86400: false} {
		err := Config{Source: "s", Feed: FeedBoth, Grain: grain}.Validate()
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "grain") {
			t.Errorf("grain %d: error %v", grain, err)
		}
	}
}

package aggregate

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"errata/parse"

	"github.com/google/go-cmp/cmp"
)

// TestFoldedRowsKeepTheirStates: rows that a cap folds together have the
// histogram of all of them, and the smallest hashes with exact counts, whether
// each had one bucket or caller, a few, or more than fit.
func TestFoldedRowsKeepTheirStates(t *testing.T) {
	sizes := []int{0, 1, 2, 10, 40, K + 10, maxKept + 300}
	for _, x := range sizes {
		for _, y := range sizes {
			r := rand.New(rand.NewPCG(uint64(x), uint64(y)))
			caps := DefaultCaps()
			caps.Routes = 1
			a := mustNew(t, FeedAccess, func(c *Config) { c.Caps = caps })
			hist, callers := map[uint8]int64{}, map[uint64]int64{}
			add := func(route string, states int, counted bool) {
				for range 2 * max(states, 1) {
					ev := event(func(ev *parse.Event) { ev.Status, ev.Route, ev.RouteKnown = 404, []byte(route), false })
					if states > 0 {
						i := r.IntN(states)
						ev.Duration = int64(i) * 5000
						caller(mix(uint64(i)+1, 0x9e3779b97f4a7c15) >> 1)(ev)
						if counted {
							hist[HistBucket(ev.Duration)]++
							callers[ev.Caller]++
						}
					}
					a.Add(ev, Position{"x", 1})
				}
			}
			add("/a", x, true)
			add("/b", y, true)
			for range 4 {
				add("/largest", max(x, y, 1), false)
			}
			for _, row := range a.Flush(nil) {
				if row.Kind != KindRequest || row.Route != Other {
					continue
				}
				got := map[uint8]int64{}
				for _, b := range row.Hist {
					got[b.Bucket] = b.N
				}
				if d := cmp.Diff(hist, got); d != "" {
					t.Errorf("%d and %d: hist (-want +got):\n%s", x, y, d)
				}
				want := mapOf(callers)
				if d := cmp.Diff(want[:min(len(want), K)], row.Callers); d != "" {
					t.Errorf("%d and %d: callers (-want +got):\n%s", x, y, d)
				}
				for _, h := range row.Heavy {
					if h.N > callers[h.Hash] {
						t.Errorf("%d and %d: %d rows of a caller with %d", x, y, h.N, callers[h.Hash])
					}
				}
			}
		}
	}
}

// TestFoldedTexts: the smallest sample and the smallest beta values of the
// rows that a cap folds together.
func TestFoldedTexts(t *testing.T) {
	caps := DefaultCaps()
	caps.Params, caps.Clients = 1, 1
	a := mustNew(t, FeedResponse, func(c *Config) { c.Caps = caps })
	key := testKey
	smallest := map[int64]string{}
	for i := range 60 {
		id := fmt.Appendf(nil, "req_%d", i)
		name := fmt.Appendf(nil, "v%d", i%6)
		if i%2 == 0 {
			name = []byte("kept")
		}
		a.Add(event(unavailable("f", "g"), caller(1), betas(fmt.Sprintf("b%02d", 99-i)), func(ev *parse.Event) {
			setID(ev, id)
			ev.Param, ev.Client = name, name
		}), Position{"x", 1})
		if h := key.Hash64(id); i%2 == 1 {
			if text := fmt.Sprintf("%016x", h); smallest[int64(h%3)] == "" || text < smallest[int64(h%3)] {
				smallest[int64(h%3)] = text
			}
		}
	}
	got := map[int64]string{}
	for _, r := range a.Flush(nil) {
		switch {
		case r.Kind == KindSample && r.Param == Other:
			got[r.Pos], _ = splitSample(t, r.Text)
		case r.Kind == KindDemand && r.Client == Other && (r.N != 30 || r.Text != "b40"):
			t.Errorf("demand of the other clients: %s", text(&r))
		}
	}
	if d := cmp.Diff(smallest, got); d != "" {
		t.Errorf("samples of the other params (-want +got):\n%s", d)
	}
}

// TestBytesComeBack: what a fold says it takes grows with it, is the same for
// the same batch, and is nothing after a flush.
func TestBytesComeBack(t *testing.T) {
	a := mustNew(t, FeedBoth, func(c *Config) { c.Caps = smallCaps() })
	a.slack = 50
	empty := a.Bytes()
	if empty > 500 {
		t.Errorf("an empty fold takes %d bytes", empty)
	}
	var took [3]int64
	for i := range took {
		g := &traffic{r: rand.New(rand.NewPCG(4, 4)), callers: 3000, values: 20}
		for range 1000 {
			a.Add(g.next(), Position{"x", 1})
		}
		took[i] = a.Bytes()
		if a.Flush(nil); a.Bytes() != empty || a.Rows() != 0 {
			t.Errorf("after flush %d: %d bytes, %d rows", i, a.Bytes(), a.Rows())
		}
	}
	if took[0] < 1000*cellBytes || took[1] != took[0] || took[2] != took[0] {
		t.Errorf("one batch, three times: %d bytes", took)
	}
}

// TestHourlyCells: the cells that every entry counts in follow the hour back
// and forth, and survive a prune in the midst of it.
func TestHourlyCells(t *testing.T) {
	a := mustNew(t, FeedBoth, func(c *Config) { c.Caps = smallCaps() })
	a.slack = 0
	want := map[int64]int64{}
	for i := range 500 {
		hour := int64(i * 7 % 3 * 3600)
		ev := event(func(ev *parse.Event) {
			ev.Time += hour * 1e9
			ev.Route, ev.RouteKnown = fmt.Append(nil, "/", i%50), false
		})
		a.Add(ev, Position{"x", 1})
		want[at0.Unix()/3600*3600+hour]++
	}
	rows := a.Flush(nil)
	for _, kind := range []Kind{KindRead, KindActive} {
		got := map[int64]int64{}
		for _, r := range rows {
			if r.Kind == kind {
				got[r.Time] = r.N
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", kind, d)
		}
	}
}

// TestTheLastKeptCaller is still counted after the others were put out.
func TestTheLastKeptCaller(t *testing.T) {
	sc := &scratch{}
	var s callerSet
	s.init(&sc.arena)
	for i := range uint64(maxKept) {
		s.add(i<<20, 1, sc)
	}
	s.add((K-1)<<20, 5, sc)
	if all, callers, _ := s.finish(nil, sc); callers != K || all[K-1] != (CallerCount{(K - 1) << 20, 6}) {
		t.Errorf("the last of %d callers: %v", callers, all[callers-1])
	}
}

// TestReplacedTextsAreCountedOnce in what the fold takes.
func TestReplacedTextsAreCountedOnce(t *testing.T) {
	a := mustNew(t, FeedResponse)
	for i := range 20 {
		a.Add(event(unavailable("f", "g"), betas(fmt.Sprint("v", 99-i))), Position{"x", 1})
	}
	var want int64
	for _, s := range a.texts {
		want += int64(len(s))
	}
	if a.textBytes != want {
		t.Errorf("%d bytes of text, counted as %d", want, a.textBytes)
	}
}

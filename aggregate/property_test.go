package aggregate

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"errata/parse"

	"github.com/google/go-cmp/cmp"
)

// bare cuts off what equal cells may differ in: heavy, and the position
// inside samples.
func bare(rows []Row) []Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Heavy = nil
		if out[i].Kind == KindSample {
			text := out[i].Text
			for j := len(text) - 1; j > 0; j-- {
				if text[j] == ',' {
					out[i].Text = text[:j]
					break
				}
			}
		}
	}
	return out
}

func sorted(t *testing.T, rows []Row) {
	t.Helper()
	for i := 1; i < len(rows); i++ {
		if rows[i-1].Compare(&rows[i].Key) >= 0 {
			t.Fatalf("rows %d and %d are out of order or equal:\n%s\n%s", i-1, i, text(&rows[i-1]), text(&rows[i]))
		}
	}
	for i := range rows {
		r := &rows[i]
		byHash := func(a, b CallerCount) int { return int(min(max(int64(a.Hash-b.Hash), -1), 1)) }
		if !slices.IsSortedFunc(r.Callers, byHash) || !slices.IsSortedFunc(r.Heavy, byHash) || len(r.Callers) > K || len(r.Heavy) > M {
			t.Fatalf("caller maps of %s", text(r))
		}
	}
}

// sameRows compares before it explains: cmp takes its time over many rows.
func sameRows(t *testing.T, what string, want, got []Row) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("%s:\n%s", what, cmp.Diff(texts(want), texts(got)))
	}
}

// TestAnySplitIsOneFold: whatever the batches and their order, the merged rows
// are those of one fold.
func TestAnySplitIsOneFold(t *testing.T) {
	for _, feed := range []string{FeedAccess, FeedResponse, FeedBoth} {
		for seed := range uint64(6) {
			t.Run(fmt.Sprint(feed, seed), func(t *testing.T) {
				r := rand.New(rand.NewPCG(seed, 1))
				g := &traffic{r: r, callers: 1 + r.IntN(2000), values: 1 + r.IntN(4)}
				evs := make([]*parse.Event, 2000)
				for i := range evs {
					evs[i] = g.next()
				}
				a := mustNew(t, feed)
				want := fold(t, a, evs...)
				sorted(t, want)
				if a.Stats().Overflow.Any() {
					t.Fatalf("a cap was hit: %+v", a.Stats().Overflow)
				}
				// One aggregator folds all batches, and the entries are dealt
				// out at random or cut in order.
				var parts [][]*parse.Event
				n := 1 + r.IntN(30)
				parts = make([][]*parse.Event, n)
				for i, ev := range evs {
					p := i * n / len(evs)
					if seed%2 == 0 {
						p = r.IntN(n)
					}
					parts[p] = append(parts[p], ev)
				}
				r.Shuffle(n, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
				var rows []Row
				entries := int64(0)
				for _, p := range parts {
					got := fold(t, a, p...)
					entries += a.Stats().Entries
					if seed%3 == 0 { // stores merge as they go
						rows = Merge(append(rows, got...))
					} else {
						rows = append(rows, got...)
					}
				}
				rows = Merge(rows)
				sorted(t, rows)
				if entries != int64(len(evs)) {
					t.Errorf("%d entries of %d", entries, len(evs))
				}
				sameRows(t, fmt.Sprintf("one fold (-) and %d batches (+)", n), bare(want), bare(rows))
			})
		}
	}
}

// TestManyCallersInOneRow: more than 10^4 callers in a row, split into any
// batches: the K smallest hashes and their counts are exact.
func TestManyCallersInOneRow(t *testing.T) {
	const callers, entries = 12_000, 60_000
	r := rand.New(rand.NewPCG(7, 7))
	truth := map[uint64]int64{}
	evs := make([]*parse.Event, entries)
	for i := range evs {
		h := mix(uint64(r.IntN(callers))+1, 0x9e3779b97f4a7c15) >> 1
		if i < callers {
			h = mix(uint64(i)+1, 0x9e3779b97f4a7c15) >> 1
		}
		truth[h]++
		evs[i] = event(failed, caller(h))
	}
	var want []CallerCount
	for h, n := range truth {
		want = append(want, CallerCount{h, n})
	}
	sortByHash(want)
	for _, n := range []int{1, 7, 100} {
		a := mustNew(t, FeedResponse)
		var rows []Row
		for p := range n {
			rows = Merge(append(rows, fold(t, a, evs[p*entries/n:(p+1)*entries/n]...)...))
		}
		for i := range rows {
			if rows[i].Kind != KindError {
				continue
			}
			if d := cmp.Diff(want[:K], rows[i].Callers); d != "" {
				t.Errorf("%d batches: callers (-want +got):\n%s", n, d)
			}
			if rows[i].N != entries {
				t.Errorf("%d batches: n = %d", n, rows[i].N)
			}
			for _, h := range rows[i].Heavy {
				if h.N > truth[h.Hash] {
					t.Errorf("%d batches: heavy says %d rows of a caller with %d", n, h.N, truth[h.Hash])
				}
			}
		}
	}
}

// TestSameInputSameBytes: two folds of one input are equal to the last byte,
// also where the caps and the heaviest callers had to choose.
func TestSameInputSameBytes(t *testing.T) {
	run := func() ([]byte, Stats) {
		g := &traffic{r: rand.New(rand.NewPCG(3, 3)), callers: 5000, values: 40}
		a := mustNew(t, FeedBoth, func(c *Config) { c.Caps = smallCaps() })
		a.slack = 20
		var enc []byte
		for range 3 {
			for i := range 800 {
				a.Add(g.next(), Position{"x", int64(i)})
			}
			for _, r := range a.Flush(nil) {
				enc = fmt.Appendf(enc, "%s\n", text(&r))
				enc = AppendCallers(AppendHist(AppendCallers(enc, r.Callers), r.Hist), r.Heavy)
			}
		}
		return enc, a.Stats()
	}
	x, sx := run()
	y, sy := run()
	if string(x) != string(y) || !reflect.DeepEqual(sx, sy) {
		t.Error("two folds of one input differ")
	}
}

func smallCaps() Caps {
	return Caps{Keys: 200, Routes: 5, Templates: 4, Params: 6, Codes: 3, Types: 3, Features: 4, Methods: 1, Clients: 5, DemandCallers: 10, AdoptCallers: 10}
}

// deep copies rows with their lists.
func deep(rows []Row) []Row {
	out := slices.Clone(rows)
	for i := range out {
		out[i].Hist, out[i].Callers, out[i].Heavy = slices.Clone(out[i].Hist), slices.Clone(out[i].Callers), slices.Clone(out[i].Heavy)
	}
	return out
}

// TestMergeLeavesItsInput alone: rows of a batch may be in several hands.
func TestMergeLeavesItsInput(t *testing.T) {
	g := &traffic{r: rand.New(rand.NewPCG(5, 5)), callers: 3000, values: 2}
	a := mustNew(t, FeedBoth)
	var rows []Row
	for range 4 {
		for range 2000 {
			a.Add(g.next(), Position{"x", 1})
		}
		rows = a.Flush(rows)
	}
	before := deep(rows)
	once := Merge(rows)
	sameRows(t, "Merge changed its input", before, rows)
	sameRows(t, "Merge twice", once, Merge(rows))
}

// TestRowsOutliveTheFold: what Flush returned does not change when the
// aggregator goes on.
func TestRowsOutliveTheFold(t *testing.T) {
	g := &traffic{r: rand.New(rand.NewPCG(6, 6)), callers: 3000, values: 3}
	a := mustNew(t, FeedBoth)
	for range 3000 {
		a.Add(g.next(), Position{"x", 1})
	}
	rows := a.Flush(nil)
	before := deep(rows)
	for range 3000 {
		a.Add(g.next(), Position{"y", 2})
	}
	a.Flush(nil)
	sameRows(t, "rows changed after Flush", before, rows)
}

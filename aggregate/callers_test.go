package aggregate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drawn makes distinct hashes, uniform as those of SipHash.
func drawn(r *rand.Rand, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = r.Uint64() & callerMask
	}
	return out
}

func mapOf(truth map[uint64]int64) []CallerCount {
	var out []CallerCount
	for h, n := range truth {
		out = append(out, CallerCount{h, n})
	}
	sortByHash(out)
	return out
}

// TestCallerSetIsExact for the K smallest hashes, whatever the number of
// callers and the order in which they come.
func TestCallerSetIsExact(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 6, 7, 100, K - 1, K, K + 1, maxKept - 1, maxKept, maxKept + 1, 3000} {
		for _, order := range []string{"random", "ascending", "descending"} {
			r := rand.New(rand.NewPCG(uint64(n), 2))
			hashes := drawn(r, n)
			var stream []uint64
			truth := map[uint64]int64{}
			for i, h := range hashes {
				for range 1 + i%5 {
					stream = append(stream, h)
					truth[h]++
				}
			}
			switch order {
			case "random":
				r.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
			case "ascending":
				slices.Sort(stream)
			case "descending":
				slices.Sort(stream)
				slices.Reverse(stream)
			}
			sc := &scratch{}
			var s callerSet
			s.init(&sc.arena)
			for _, h := range stream {
				s.add(h, 1, sc)
			}
			all, callers, heavy := s.finish(nil, sc)
			want := mapOf(truth)
			if d := cmp.Diff(want[:min(n, K)], all[:callers]); d != "" {
				t.Errorf("%d callers, %s (-want +got):\n%s", n, order, d)
			}
			if want := min(max(n-K, 0), M); heavy != want {
				t.Errorf("%d callers, %s: %d heavy ones, want %d", n, order, heavy, want)
			}
			for _, c := range all[callers:] {
				if c.N > truth[c.Hash] {
					t.Errorf("%d callers, %s: %d rows of a caller with %d", n, order, c.N, truth[c.Hash])
				}
			}
		}
	}
}

// TestHeavyCallersAreFound among very many small ones: they are there, with
// nearly all of their rows and never more.
func TestHeavyCallersAreFound(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	truth := map[uint64]int64{}
	var stream []uint64
	var big []uint64
	for i := range 8 {
		h := 1<<62 | r.Uint64()&callerMask // not among the smallest
		big = append(big, h)
		for range 3000 + 500*i { // 2 % to 4 % each
			stream = append(stream, h)
		}
	}
	for range 120_000 {
		stream = append(stream, r.Uint64()&callerMask)
	}
	r.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })
	sc := &scratch{}
	var s callerSet
	s.init(&sc.arena)
	for _, h := range stream {
		truth[h]++
		s.add(h, 1, sc)
	}
	all, callers, _ := s.finish(nil, sc)
	var got []uint64
	for _, c := range all[callers:] {
		got = append(got, c.Hash)
		if c.N > truth[c.Hash] || c.N < truth[c.Hash]*95/100 {
			t.Errorf("%d rows of a caller with %d", c.N, truth[c.Hash])
		}
	}
	slices.Sort(big)
	if d := cmp.Diff(big, got); d != "" {
		t.Errorf("heavy callers (-want +got):\n%s", d)
	}
}

// TestMergedSets are one set: cells that a cap folds together keep exact
// counts for the smallest hashes.
func TestMergedSets(t *testing.T) {
	for _, sizes := range [][2]int{{1, 1}, {200, 200}, {300, 2}, {2, 5000}, {5000, 5000}, {600, 400}} {
		r := rand.New(rand.NewPCG(uint64(sizes[0]), uint64(sizes[1])))
		pool := drawn(r, max(sizes[0], sizes[1])*3/2)
		truth := map[uint64]int64{}
		sc := &scratch{}
		var sets [2]callerSet
		for i := range sets {
			sets[i].init(&sc.arena)
			for range sizes[i] * 3 {
				h := pool[(i*len(pool)/4+r.IntN(sizes[i]))%len(pool)]
				truth[h]++
				sets[i].add(h, 1, sc)
			}
		}
		sets[0].merge(&sets[1], sc)
		all, callers, _ := sets[0].finish(nil, sc)
		want := mapOf(truth)
		if d := cmp.Diff(want[:min(len(want), K)], all[:callers]); d != "" {
			t.Errorf("%v (-want +got):\n%s", sizes, d)
		}
		for _, c := range all[callers:] {
			if c.N > truth[c.Hash] {
				t.Errorf("%v: %d rows of a caller with %d", sizes, c.N, truth[c.Hash])
			}
		}
	}
}

// TestMergeCallersKeepsTheHeavy: a caller with very many rows that one batch
// had among its smallest hashes is still known when others push it out.
func TestMergeCallersKeepsTheHeavy(t *testing.T) {
	var a, b []CallerCount
	for i := range 200 {
		a = append(a, CallerCount{uint64(i)*10 + 5, 1})
		b = append(b, CallerCount{uint64(i) * 10, 1})
	}
	a[199].N = 1000
	callers, heavy := MergeCallers(a, nil, b, nil)
	if len(callers) != K || len(heavy) != M {
		t.Fatalf("%d callers, %d heavy", len(callers), len(heavy))
	}
	if top := TopCallers(callers, heavy, 1); top[0] != (CallerCount{a[199].Hash, 1000}) {
		t.Errorf("top caller %v", top)
	}
	// The next batch knows it as heavy only.
	_, heavy = MergeCallers(callers, heavy, b, []CallerCount{{a[199].Hash, 50}})
	if i := slices.IndexFunc(heavy, func(c CallerCount) bool { return c.Hash == a[199].Hash }); i < 0 || heavy[i].N != 1050 {
		t.Errorf("heavy %v", heavy)
	}
}

func TestDistinct(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	for _, n := range []int{0, 1, K - 1} {
		m := make([]CallerCount, n)
		for i := range m {
			m[i] = CallerCount{uint64(i), 3}
		}
		if got, e := Distinct(m); got != float64(n) || e != 0 {
			t.Errorf("%d callers: %v ± %v", n, got, e)
		}
	}
	m := make([]CallerCount, K)
	for i := range m {
		m[i] = CallerCount{uint64(i+1) << 40, 3}
	}
	got, e := Distinct(m)
	if want := float64(K-1) * math.Ldexp(1, 63) / math.Ldexp(K, 40); got != want || e != 1/math.Sqrt(K-2) {
		t.Errorf("K callers: %v ± %v, want %v", got, e, want)
	}
	// Whatever lies beyond the K-th, as in a store that never cuts, counts not.
	if longer, _ := Distinct(append(slices.Clone(m), CallerCount{1 << 60, 1})); longer != got {
		t.Errorf("a longer map: %v, want %v", longer, got)
	}
	// The estimate is right on average.
	var sum float64
	const rounds, n = 200, 3000
	for range rounds {
		var m []CallerCount
		for _, h := range drawn(r, n) {
			m = append(m, CallerCount{h, 1})
		}
		sortByHash(m)
		d, _ := Distinct(m[:K])
		sum += d
	}
	if mean := sum / rounds; math.Abs(mean-n) > 0.02*n {
		t.Errorf("mean of %d estimates of %d: %v", rounds, n, mean)
	}
}

// TestThreshold: several cells, some full, under one threshold: nobody is
// counted in one cell and missed in another.
func TestThreshold(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 4))
	const n = 5000
	truth := map[uint64]int64{}
	cells := make([][]CallerCount, 5)
	hashes := drawn(r, n)
	for i := range cells {
		m := map[uint64]int64{}
		for range 20 + i*i*n/16 {
			h := hashes[r.IntN(n)]
			m[h]++
			truth[h]++
		}
		cells[i] = mapOf(m)
		cells[i] = cells[i][:min(len(cells[i]), K)]
	}
	th := Threshold(cells...)
	sum := SumCallers(cells...)
	for _, c := range sum[:below(sum, th)] {
		if c.N != truth[c.Hash] {
			t.Fatalf("caller %x: %d rows, truly %d", c.Hash, c.N, truth[c.Hash])
		}
	}
	got, e := DistinctBelow(sum, th)
	if e > 1/math.Sqrt(K-2) || math.Abs(got-float64(len(truth))) > 4*e*got {
		t.Errorf("%v ± %v of %d callers", got, e*got, len(truth))
	}
	var capped, want float64
	f := func(rows int64) float64 { return float64(min(rows, 10)) }
	for _, n := range truth {
		want += f(n)
	}
	if capped = SumBelow(sum, th, f); math.Abs(capped-want) > 0.3*want {
		t.Errorf("capped rows %v of %v", capped, want)
	}
	if got := Threshold(cells[0]); got != hashSpace {
		t.Errorf("threshold of a cell that is not full: %x", got)
	}
	if got := SumBelow(cells[0], Threshold(cells[0]), f); got != float64(len(cells[0])) {
		t.Errorf("an exact sum: %v of %d", got, len(cells[0]))
	}
	if n, e := DistinctBelow(cells[0], hashSpace); n != float64(len(cells[0])) || e != 0 {
		t.Errorf("an exact count: %v ± %v", n, e)
	}
	if n, _ := DistinctBelow(sum, 0); math.IsNaN(n) || math.IsInf(n, 0) {
		t.Errorf("threshold 0: %v", n)
	}
}

// TestUnion of many cells is the merge of their rows.
func TestUnion(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	hashes := drawn(r, 2000)
	var u Union
	if c, h := u.Maps(); c != nil || h != nil {
		t.Errorf("an empty union: %v %v", c, h)
	}
	var callers, heavy []CallerCount
	for i := range 60 {
		m := map[uint64]int64{}
		for range 1 << (i % 11) {
			m[hashes[r.IntN(len(hashes))]]++
		}
		c, h := MergeCallers(mapOf(m), nil, nil, nil)
		u.Add(c, h)
		callers, heavy = MergeCallers(callers, heavy, c, h)
		got, _ := u.Maps()
		if d := cmp.Diff(callers, got); d != "" {
			t.Fatalf("after %d cells (-want +got):\n%s", i+1, d)
		}
	}
	if _, h := u.Maps(); len(h) != M || len(heavy) != M {
		t.Errorf("heavy: %d and %d", len(h), len(heavy))
	}
}

func TestTopCallers(t *testing.T) {
	callers := []CallerCount{{1, 5}, {2, 9}, {7, 5}}
	heavy := []CallerCount{{7, 1}, {9, 9}}
	for n, want := range map[int][]CallerCount{
		0: {}, 2: {{2, 9}, {9, 9}}, 9: {{2, 9}, {9, 9}, {7, 6}, {1, 5}},
	} {
		if d := cmp.Diff(want, TopCallers(callers, heavy, n)); d != "" {
			t.Errorf("top %d (-want +got):\n%s", n, d)
		}
	}
}

// TestOneCallerIsSmall: most rows have one or two callers.
func TestOneCallerIsSmall(t *testing.T) {
	size := func(callers int) float64 {
		a := mustNew(t, FeedResponse)
		const rows = 2000
		for i := range rows {
			ev := event(failed)
			ev.Env.Code = str(fmt.Sprint(i % 200))
			ev.Param = fmt.Append(nil, i/200)
			for c := range callers {
				caller(uint64(c+1) << 40)(ev)
				a.Add(ev, Position{})
			}
		}
		return float64(a.Bytes()) / rows
	}
	one, two, many := size(1), size(2), size(20)
	if one > 260 || two > one+150 || many > one+1000 {
		t.Errorf("bytes of a row with 1, 2 and 20 callers: %.0f, %.0f, %.0f", one, two, many)
	}
}

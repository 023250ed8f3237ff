package aggregate

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The simulation that the constants K and M rest on. It takes a minute, so it
// runs only on demand: make bench-callers. Its figures are in docs/callers.md.
var callersim = flag.Bool("callersim", false, "run the simulation of caller maps and print its tables")

// cappedAt is the number of rows per caller that alerts count at most.
const cappedAt = 10

// simTraffic is a stream of callers, by number: most have few rows, some have
// hundreds (Pareto), and the last of them are storms with the given shares of
// all rows. The order is random.
type simTraffic struct {
	rows   []uint32
	counts []int64
}

func newSimTraffic(r *rand.Rand, callers int, storms ...float64) simTraffic {
	t := simTraffic{counts: make([]int64, callers+len(storms))}
	var calm int64
	for i := range callers {
		n := int64(min(1/math.Pow(1-r.Float64(), 1/1.2), 1000))
		t.counts[i] = n
		calm += n
	}
	rest := 1.0
	for _, s := range storms {
		rest -= s
	}
	for i, s := range storms {
		t.counts[callers+i] = int64(s / rest * float64(calm))
	}
	for i, n := range t.counts {
		for range n {
			t.rows = append(t.rows, uint32(i))
		}
	}
	r.Shuffle(len(t.rows), func(i, j int) { t.rows[i], t.rows[j] = t.rows[j], t.rows[i] })
	return t
}

func (t *simTraffic) capped() (sum float64) {
	for _, n := range t.counts {
		sum += capRows(n)
	}
	return sum
}

func capRows(rows int64) float64 { return float64(min(rows, cappedAt)) }

// hashes are those of one caller key.
func (t *simTraffic) hashes(r *rand.Rand) []uint64 { return drawn(r, len(t.counts)) }

// errs collects relative errors.
type errs struct {
	sq, worst float64
	n         int
}

func (e *errs) add(got, want float64) {
	d := math.Abs(got/want - 1)
	e.sq += d * d
	e.worst = max(e.worst, d)
	e.n++
}

func (e *errs) String() string {
	return fmt.Sprintf("%.2f %% | %.2f %%", 100*math.Sqrt(e.sq/float64(e.n)), 100*e.worst)
}

func TestCallerSimulation(t *testing.T) {
	if !*callersim {
		t.Skip("only with -callersim")
	}
	simBatches(t)
	simK(t)
	simM(t)
}

// simBatches runs the code itself: a fold per batch, merged as a store does.
func simBatches(t *testing.T) {
	var out strings.Builder
	fmt.Fprintf(&out, "\n| callers | rows | batches | keys tried | distinct: rms | worst | rows capped at %d: rms | worst | a storm of 5 %%: rows found |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n", cappedAt)
	for callers := 10; callers <= 1_000_000; callers *= 10 {
		r := rand.New(rand.NewPCG(uint64(callers), 1))
		tr := newSimTraffic(r, callers, 0.05)
		reps := min(max(10_000_000/len(tr.rows), 6), 1000)
		var keys [][]uint64
		for range reps {
			keys = append(keys, tr.hashes(r))
		}
		for batches := 1; batches <= 1000; batches *= 10 {
			if batches > len(tr.rows) {
				continue
			}
			var distinct, capped errs
			found := 1.0
			for _, hashes := range keys {
				cs, heavy := simFold(tr.rows, hashes, batches)
				n, _ := Distinct(cs)
				distinct.add(n, float64(len(tr.counts)))
				capped.add(SumBelow(cs, Threshold(cs), capRows), tr.capped())
				storm := len(tr.counts) - 1
				got := int64(0)
				for _, c := range SumCallers(cs, heavy) {
					if c.Hash == hashes[storm] {
						got = c.N
					}
				}
				if got > tr.counts[storm] {
					t.Fatalf("%d rows of a storm of %d", got, tr.counts[storm])
				}
				found = min(found, float64(got)/float64(tr.counts[storm]))
			}
			fmt.Fprintf(&out, "| %d | %d | %d | %d | %s | %s | %.1f %% |\n",
				len(tr.counts), len(tr.rows), batches, reps, &distinct, &capped, 100*found)
			limit := 4.5 / math.Sqrt(K-2)
			if len(tr.counts) < K {
				limit = 0
			}
			if distinct.worst > limit {
				t.Errorf("%d callers in %d batches: distinct is off by %.1f %%", callers, batches, 100*distinct.worst)
			}
		}
	}
	t.Log(out.String())
}

func simFold(rows []uint32, hashes []uint64, batches int) (callers, heavy []CallerCount) {
	sc := &scratch{}
	for b := range batches {
		sc.reset()
		var s callerSet
		s.init(&sc.arena)
		for _, c := range rows[b*len(rows)/batches : (b+1)*len(rows)/batches] {
			s.add(hashes[c], 1, sc)
		}
		all, n, _ := s.finish(nil, sc)
		callers, heavy = MergeCallers(callers, heavy, all[:n:n], all[n:])
	}
	return callers, heavy
}

// simK compares sizes of k. The k smallest of one fold are those of any split,
// so that one fold is enough.
func simK(t *testing.T) {
	var out strings.Builder
	fmt.Fprintf(&out, "\n| k | bytes of a full map | in theory | distinct: rms | worst | rows capped at %d: rms | worst |\n| --- | --- | --- | --- | --- | --- | --- |\n", cappedAt)
	r := rand.New(rand.NewPCG(5, 5))
	tr := newSimTraffic(r, 20_000, 0.05)
	ks := []int{64, 128, 256, 512, 1024}
	distinct, capped := make([]errs, len(ks)), make([]errs, len(ks))
	size := make([]int, len(ks))
	for range 1000 {
		m := make([]CallerCount, len(tr.counts))
		for i, h := range tr.hashes(r) {
			m[i] = CallerCount{h, tr.counts[i]}
		}
		sortByHash(m)
		for i, k := range ks {
			t := m[k-1].Hash
			n, _ := DistinctBelow(m[:k], t)
			distinct[i].add(n, float64(len(m)))
			capped[i].add(SumBelow(m[:k], t, capRows), tr.capped())
			size[i] = len(AppendCallers(nil, m[:k]))
		}
	}
	for i, k := range ks {
		fmt.Fprintf(&out, "| %d | %d | %.2f %% | %s | %s |\n", k, size[i], 100/math.Sqrt(float64(k-2)), &distinct[i], &capped[i])
	}
	t.Log(out.String())
}

// simM compares sizes of m: how many of the rows of five storms are still
// known after every batch kept only its m heaviest beyond the k smallest.
func simM(t *testing.T) {
	storms := []float64{0.05, 0.03, 0.02, 0.01, 0.005}
	var out strings.Builder
	fmt.Fprint(&out, "\n| callers | batches | rows of a batch | m |")
	for _, s := range storms {
		fmt.Fprintf(&out, " %g %% |", 100*s)
	}
	fmt.Fprint(&out, "\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, callers := range []int{1000, 20_000, 200_000} {
		r := rand.New(rand.NewPCG(uint64(callers), 6))
		tr := newSimTraffic(r, callers, storms...)
		hashes := tr.hashes(r)
		for i := range storms { // never among the smallest: heavy has to find them
			hashes[callers+i] |= 1 << 62
		}
		for _, batches := range []int{1, 10, 100, 1000} {
			for _, m := range []int{2, 4, 8, 16} {
				known := simHeavy(tr.rows, hashes, batches, m)
				fmt.Fprintf(&out, "| %d | %d | %d | %d |", len(tr.counts), batches, len(tr.rows)/batches, m)
				for i := range storms {
					fmt.Fprintf(&out, " %.0f %% |", 100*float64(known[hashes[callers+i]])/float64(tr.counts[callers+i]))
				}
				fmt.Fprintln(&out)
			}
		}
	}
	t.Log(out.String())
}

// simHeavy keeps exact counts in a batch, so that m alone decides.
func simHeavy(rows []uint32, hashes []uint64, batches, m int) map[uint64]int64 {
	var callers, heavy []CallerCount
	top := func(l []CallerCount) []CallerCount {
		l = sumSorted(l)
		slices.SortFunc(l, byWeight)
		return l[:min(m, len(l))]
	}
	for b := range batches {
		counts := map[uint64]int64{}
		for _, c := range rows[b*len(rows)/batches : (b+1)*len(rows)/batches] {
			counts[hashes[c]]++
		}
		all := mapOf(counts)
		k := min(len(all), K)
		callers = sumMaps(callers, all[:k])
		heavy = append(heavy, top(slices.Clone(all[k:]))...)
		k = min(len(callers), K)
		heavy = top(append(heavy, callers[k:]...))
		callers = callers[:k]
	}
	known := map[uint64]int64{}
	for _, c := range heavy {
		known[c.Hash] = c.N
	}
	for _, c := range callers {
		known[c.Hash] += c.N
	}
	return known
}

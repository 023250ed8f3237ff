package aggregate

import (
	"math"
	"slices"
)

// hashSpace is the number of caller hashes.
const hashSpace = 1 << 63

// Distinct estimates the number of callers of a merged map, ascending by hash,
// and the relative standard error of the estimate. A map with fewer than K
// callers is all there is: exact, error 0. Of a longer one only the K smallest
// hashes count: what lies beyond need not be complete.
func Distinct(callers []CallerCount) (n, relErr float64) {
	if len(callers) < K {
		return float64(len(callers)), 0
	}
	return DistinctBelow(callers, callers[K-1].Hash)
}

// Threshold is the hash below which the maps of all the given cells are
// complete: the smallest K-th hash of the cells that are full, or the whole
// space where none is. Sums over several cells use one threshold, so that a
// caller counts in all cells or in none.
func Threshold(cells ...[]CallerCount) uint64 {
	t := uint64(hashSpace)
	for _, m := range cells {
		if len(m) >= K {
			t = min(t, m[K-1].Hash)
		}
	}
	return t
}

// DistinctBelow estimates like Distinct from the hashes below a threshold:
// that of the map itself, or of several cells whose callers were summed.
func DistinctBelow(callers []CallerCount, t uint64) (n, relErr float64) {
	d := below(callers, t)
	if t >= hashSpace {
		return float64(d), 0
	}
	if t == 0 {
		return float64(len(callers)), 1
	}
	if d < 2 {
		return float64(d) * hashSpace / float64(t), 1
	}
	return float64(d) * hashSpace / float64(t), 1 / math.Sqrt(float64(d-1))
}

// SumBelow estimates the sum of f over all callers, given their rows: scaled
// up from the callers below the threshold.
func SumBelow(callers []CallerCount, t uint64, f func(rows int64) float64) float64 {
	var sum float64
	for _, c := range callers[:below(callers, t)] {
		sum += f(c.N)
	}
	if t == 0 || t >= hashSpace {
		return sum
	}
	return sum * hashSpace / float64(t)
}

// below is the number of hashes under t.
func below(callers []CallerCount, t uint64) int {
	n, _ := slices.BinarySearchFunc(callers, t, func(c CallerCount, t uint64) int {
		if c.Hash < t {
			return -1
		}
		return 1
	})
	return n
}

// SumCallers sums maps per hash into a new one, ascending by hash, and leaves
// out nobody.
func SumCallers(maps ...[]CallerCount) []CallerCount {
	return sumSorted(slices.Concat(maps...))
}

// TopCallers are the n callers with the most rows, descending (ties: the
// smaller hash), as far as the maps know: each count is a lower bound.
func TopCallers(callers, heavy []CallerCount, n int) []CallerCount {
	all := SumCallers(callers, heavy)
	slices.SortFunc(all, byWeight)
	return all[:min(n, len(all))]
}

// Union sums the caller maps of any number of cells in bounded memory: the K
// smallest hashes of all of them with their exact counts, and the heaviest of
// the others. The zero value is empty. It is for one goroutine.
type Union struct {
	set callerSet
	sc  *scratch
}

// Add adds the maps of one cell.
func (u *Union) Add(callers, heavy []CallerCount) {
	if u.sc == nil {
		u.sc = &scratch{}
		u.set.init(&u.sc.arena)
	}
	for _, c := range callers {
		u.set.add(c.Hash, c.N, u.sc)
	}
	// Whoever is heavy in one cell is not among the K smallest of all: that
	// cell alone has K below it.
	for _, c := range heavy {
		u.set.heavy.add(c.Hash, c.N, u.sc)
	}
}

// Maps returns the sum so far.
func (u *Union) Maps() (callers, heavy []CallerCount) {
	if u.sc == nil {
		return nil, nil
	}
	all, n, _ := u.set.finish(nil, u.sc)
	return section(all[:n], 0), section(all, n)
}

// Unions makes unions that share their memory, for who needs many at a time.
// They and their unions are for one goroutine.
type Unions struct{ sc scratch }

// New returns an empty union.
func (s *Unions) New() Union {
	u := Union{sc: &s.sc}
	u.set.init(&s.sc.arena)
	return u
}

package aggregate

import (
	"cmp"
	"math"
	"slices"
)

// callerSet is the callers of one cell while it is folded, in bounded memory:
// the smallest hashes with their exact counts, and a tracker of the heaviest
// of the rest.
//
// Up to 2K hashes are kept; then the K smallest stay, and from there on only
// hashes below limit are let in. A hash that was put out once is at or above
// the limit for good, so the counts of those inside are exact.
type callerSet struct {
	tab   []uint64 // open addressing: pairs of hash and count; count 0 is free
	used  int
	limit uint64 // hashes from here on go to heavy
	heavy heavySet
}

const (
	maxKept = 2 * K
	noLimit = math.MaxUint64
)

func (s *callerSet) init(a *arena) {
	*s = callerSet{tab: a.alloc(8), limit: noLimit}
}

// add counts n rows of a caller. The hashes are uniform, so their low bits
// are all the hashing that the table needs.
func (s *callerSet) add(hash uint64, n int64, sc *scratch) {
	if hash >= s.limit {
		s.heavy.add(hash, n, sc)
		return
	}
	mask := len(s.tab) - 1
	i := int(hash<<1) & mask
	for s.tab[i+1] != 0 {
		if s.tab[i] == hash {
			s.tab[i+1] += uint64(n)
			return
		}
		i = (i + 2) & mask
	}
	s.tab[i], s.tab[i+1] = hash, uint64(n)
	s.used++
	switch {
	case s.used == maxKept:
		s.trim(sc)
	case s.used*8 > len(s.tab)*3: // 3/4 of the pairs
		old := s.tab
		s.tab = sc.alloc(2 * len(old))
		s.used = 0
		for i := 0; i < len(old); i += 2 {
			if old[i+1] != 0 {
				s.put(old[i], old[i+1])
			}
		}
		sc.free(old)
	}
}

// put enters a hash that is not there.
func (s *callerSet) put(hash, n uint64) {
	mask := len(s.tab) - 1
	i := int(hash<<1) & mask
	for s.tab[i+1] != 0 {
		i = (i + 2) & mask
	}
	s.tab[i], s.tab[i+1] = hash, n
	s.used++
}

// trim keeps the K smallest hashes and gives the rest to heavy.
func (s *callerSet) trim(sc *scratch) {
	sc.callers = s.appendKept(sc.callers[:0])
	all := sc.callers
	if len(all) <= K {
		return
	}
	clear(s.tab)
	s.used = 0
	for _, c := range all[:K] {
		s.put(c.Hash, uint64(c.N))
	}
	s.limit = all[K-1].Hash + 1
	for _, c := range all[K:] {
		s.heavy.add(c.Hash, c.N, sc)
	}
}

// lower brings the limit down to at most limit: what lies above moves on.
func (s *callerSet) lower(limit uint64, sc *scratch) {
	if limit >= s.limit {
		return
	}
	sc.callers = s.appendKept(sc.callers[:0])
	clear(s.tab)
	s.used = 0
	s.limit = limit
	for _, c := range sc.callers {
		if c.Hash < limit {
			s.put(c.Hash, uint64(c.N))
		} else {
			s.heavy.add(c.Hash, c.N, sc)
		}
	}
}

// merge adds the callers of o, which is gone afterwards. What one of the two
// may have put out already is not exact any more and moves on.
func (s *callerSet) merge(o *callerSet, sc *scratch) {
	s.lower(o.limit, sc)
	o.lower(s.limit, sc)
	for i := 0; i < len(o.tab); i += 2 {
		if n := o.tab[i+1]; n != 0 {
			s.add(o.tab[i], int64(n), sc)
		}
	}
	s.heavy.merge(&o.heavy, sc)
	o.release(&sc.arena)
}

func (s *callerSet) release(a *arena) {
	a.free(s.tab)
	a.free(s.heavy.tab)
	*s = callerSet{}
}

// appendKept appends what the table holds, ascending by hash.
func (s *callerSet) appendKept(dst []CallerCount) []CallerCount {
	from := len(dst)
	for i := 0; i < len(s.tab); i += 2 {
		if n := s.tab[i+1]; n != 0 {
			dst = append(dst, CallerCount{s.tab[i], int64(n)})
		}
	}
	sortByHash(dst[from:])
	return dst
}

// finish appends the cell's maps: callers, the K smallest hashes, and heavy,
// the M heaviest of the others. The set stays as it is.
func (s *callerSet) finish(dst []CallerCount, sc *scratch) (all []CallerCount, callers, heavy int) {
	from := len(dst)
	dst = s.appendKept(dst)
	callers = min(len(dst)-from, K)
	sc.callers = append(sc.callers[:0], dst[from+callers:]...)
	sc.callers = s.heavy.appendTo(sc.callers)
	dst = append(dst[:from+callers], heaviest(sc.callers)...)
	return dst, callers, len(dst) - from - callers
}

// heaviest sums a list per hash and returns the M heaviest (ties: the smaller
// hash), ascending by hash. The list is reordered in place.
func heaviest(l []CallerCount) []CallerCount {
	l = sumSorted(l)
	if len(l) > M {
		slices.SortFunc(l, byWeight)
		l = l[:M]
		sortByHash(l)
	}
	return l
}

// sumSorted sorts by hash and adds up equal hashes, in place.
func sumSorted(l []CallerCount) []CallerCount {
	sortByHash(l)
	out := l[:0]
	for _, c := range l {
		if n := len(out); n > 0 && out[n-1].Hash == c.Hash {
			out[n-1].N += c.N
		} else {
			out = append(out, c)
		}
	}
	return out
}

func sortByHash(l []CallerCount) {
	slices.SortFunc(l, func(a, b CallerCount) int { return cmp.Compare(a.Hash, b.Hash) })
}

// byWeight orders by rows descending, then by hash.
func byWeight(a, b CallerCount) int {
	if c := cmp.Compare(b.N, a.N); c != 0 {
		return c
	}
	return cmp.Compare(a.Hash, b.Hash)
}

// heavySet finds the heaviest callers of a stream in fixed memory: Misra-Gries
// in batches. When it is full, the median is taken off every weight and those
// that reach 0 leave; so whoever has more than about 1 in heavyCap/2 of the
// rows is inside at the end. What is reported is not the weight but the rows
// seen since the caller came in, which is never above the truth.
type heavySet struct {
	tab  []uint64 // open addressing: hash, weight, rows seen; rows 0 is free; a fourth word is spare
	used int
}

const (
	heavyCap   = 128
	heavySlots = 256
	heavyWords = 4
)

func (h *heavySet) add(hash uint64, n int64, sc *scratch) {
	h.addWeighted(hash, uint64(n), uint64(n), sc)
}

func (h *heavySet) addWeighted(hash, weight, seen uint64, sc *scratch) {
	if len(h.tab) == 0 {
		h.tab = sc.alloc(heavySlots * heavyWords)
	}
	const mask = heavySlots*heavyWords - 1
	tab := h.tab[:heavySlots*heavyWords]
	i := int(hash*heavyWords) & mask
	for tab[i+2] != 0 {
		if tab[i] == hash {
			tab[i+1] += weight
			tab[i+2] += seen
			return
		}
		i = (i + heavyWords) & mask
	}
	tab[i], tab[i+1], tab[i+2] = hash, weight, seen
	if h.used++; h.used == heavyCap {
		h.purge(sc)
	}
}

// purge takes the median weight off everybody, which frees at least half.
func (h *heavySet) purge(sc *scratch) {
	old := sc.words[:0]
	weights := sc.weights[:0]
	for i := 0; i < len(h.tab); i += heavyWords {
		if h.tab[i+2] != 0 {
			old = append(old, h.tab[i], h.tab[i+1], h.tab[i+2])
			weights = append(weights, h.tab[i+1])
		}
	}
	sc.words, sc.weights = old, weights
	slices.Sort(weights)
	median := weights[len(weights)/2]
	clear(h.tab)
	h.used = 0
	const mask = heavySlots*heavyWords - 1
	for i := 0; i < len(old); i += 3 {
		if old[i+1] <= median {
			continue
		}
		j := int(old[i]*heavyWords) & mask
		for h.tab[j+2] != 0 {
			j = (j + heavyWords) & mask
		}
		h.tab[j], h.tab[j+1], h.tab[j+2] = old[i], old[i+1]-median, old[i+2]
		h.used++
	}
}

func (h *heavySet) merge(o *heavySet, sc *scratch) {
	for i := 0; i < len(o.tab); i += heavyWords {
		if o.tab[i+2] != 0 {
			h.addWeighted(o.tab[i], o.tab[i+1], o.tab[i+2], sc)
		}
	}
}

func (h *heavySet) appendTo(dst []CallerCount) []CallerCount {
	for i := 0; i < len(h.tab); i += heavyWords {
		if n := h.tab[i+2]; n != 0 {
			dst = append(dst, CallerCount{h.tab[i], int64(n)})
		}
	}
	return dst
}

// scratch is what the states of all cells share: the arena that their tables
// lie in and buffers for the rare reorganisations.
type scratch struct {
	arena
	callers []CallerCount
	words   []uint64
	weights []uint64
}

package gen

import "math/bits"

// rng is splitmix64. It is spelled out here so that a seed means the same
// bytes under every Go version.
type rng struct{ s uint64 }

func (r *rng) next() uint64 {
	r.s += 0x9e3779b97f4a7c15
	return mix(r.s)
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// derive starts a stream of its own for the i-th thing of a kind.
func derive(seed, kind, i uint64) rng {
	return rng{mix(mix(seed+kind*0x9e3779b97f4a7c15) + i)}
}

// n draws from [0, n). n must be in [1, 1<<32).
func (r *rng) n(n int) int {
	return int((r.next() >> 32) * uint64(n) >> 32)
}

// per100k is true in p of 100,000 draws.
func (r *rng) per100k(p int) bool { return p > 0 && r.n(100_000) < p }

func (r *rng) percent(p int) bool { return r.n(100) < p }

// exp draws from the exponential distribution with the given mean, in integers:
// floating point may differ by machine in its last digit.
func (r *rng) exp(mean int64) int64 {
	u := r.next() | 1
	lz := bits.LeadingZeros64(u)
	x := u << lz >> 32 // mantissa in [2^31, 2^32)
	frac := uint64(0)  // log2 of the mantissa, 16 bits, by repeated squaring
	for range 16 {
		x = x * x >> 31
		frac <<= 1
		if x >= 1<<32 {
			frac |= 1
			x >>= 1
		}
	}
	neg := uint64(lz+1)<<16 - frac // -log2(u/2^64)
	ln := neg * 45426 >> 16        // times ln 2
	hi, lo := bits.Mul64(uint64(max(mean, 0)), ln)
	return int64(hi<<48 | lo>>16)
}

// alias draws an index by weight in constant time (Vose's method, in integers).
type alias struct {
	total uint64
	prob  []uint64
	other []int32
}

func newAlias(weights []int) alias {
	n := len(weights)
	a := alias{prob: make([]uint64, n), other: make([]int32, n)}
	for _, w := range weights {
		a.total += uint64(w)
	}
	scaled := make([]uint64, n)
	var small, large []int32
	for i, w := range weights {
		scaled[i] = uint64(w) * uint64(n)
		if scaled[i] < a.total {
			small = append(small, int32(i))
		} else {
			large = append(large, int32(i))
		}
	}
	for len(small) > 0 && len(large) > 0 {
		s, l := small[len(small)-1], large[len(large)-1]
		small = small[:len(small)-1]
		a.prob[s], a.other[s] = scaled[s], l
		scaled[l] -= a.total - scaled[s]
		if scaled[l] < a.total {
			large = large[:len(large)-1]
			small = append(small, l)
		}
	}
	for _, i := range append(small, large...) {
		a.prob[i], a.other[i] = a.total, i
	}
	return a
}

// ok tells whether anything can be drawn.
func (a *alias) ok() bool { return a.total > 0 }

func (a *alias) pick(r *rng) int {
	i := r.n(len(a.prob))
	hi, _ := bits.Mul64(r.next(), a.total)
	if hi < a.prob[i] {
		return i
	}
	return int(a.other[i])
}

package aggregate

import (
	"math"
	"math/bits"
)

// A duration histogram has fixed buckets, the same in every store: one per
// microsecond up to linearBuckets, then subBuckets per power of two. A bucket
// is at most 1/8 of its start wide, so that its middle is wrong by at most
// 6.25 %.
const (
	linearBuckets = 16
	subBuckets    = 8
	// maxDuration caps durations at one hour: what takes longer is no request
	// time but a clock that broke.
	maxDuration = int64(3_600_000_000)
	// Buckets is the number of buckets; the last one holds maxDuration.
	Buckets = linearBuckets + (31-4)*subBuckets + 5 + 1
)

// HistBucket is the bucket of a duration in microseconds. A negative one counts
// as 0; callers leave absent durations out.
func HistBucket(us int64) uint8 {
	us = min(max(us, 0), maxDuration)
	if us < linearBuckets {
		return uint8(us)
	}
	e := bits.Len64(uint64(us)) - 1
	return uint8(linearBuckets + (e-4)*subBuckets + int(us>>(e-3))&(subBuckets-1))
}

// BucketValue is the duration in microseconds that stands for a bucket: the
// value of a linear one, else its start plus half its width.
func BucketValue(b uint8) float64 {
	if b < linearBuckets {
		return float64(b)
	}
	e := 4 + int(b-linearBuckets)/subBuckets
	f := int(b-linearBuckets) % subBuckets
	width := math.Ldexp(1, e-3)
	return math.Ldexp(1, e) + float64(f)*width + width/2
}

// Percentile is the value in microseconds of rank ceil(p*n), with 0 <= p <= 1,
// of a histogram of n entries; false where it is empty.
func Percentile(h []BucketCount, p float64) (float64, bool) {
	var n int64
	for _, b := range h {
		n += b.N
	}
	if n <= 0 {
		return 0, false
	}
	rank := min(max(int64(math.Ceil(p*float64(n))), 1), n)
	for _, b := range h {
		if rank -= b.N; rank <= 0 {
			return BucketValue(b.Bucket), true
		}
	}
	return BucketValue(h[len(h)-1].Bucket), true
}

// MergeHist sums two histograms into a new one.
func MergeHist(a, b []BucketCount) []BucketCount {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := make([]BucketCount, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Bucket < b[0].Bucket:
			out, a = append(out, a[0]), a[1:]
		case a[0].Bucket > b[0].Bucket:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, BucketCount{a[0].Bucket, a[0].N + b[0].N})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// foldHist is a histogram while it is folded: unordered pairs of bucket and
// count as long as they are few, which most are, else one word per bucket.
type foldHist struct {
	words []uint64 // in an arena
	used  int      // pairs, while it is sparse
}

// sparseHist is the number of pairs that are searched one by one; a full
// array would be 256 words.
const sparseHist = 16

const (
	histShift = 56 // a pair is bucket << histShift | count
	histMask  = 1<<histShift - 1
)

func (h *foldHist) dense() bool { return len(h.words) > sparseHist }

func (h *foldHist) add(b uint8, n uint64, a *arena) {
	if h.dense() {
		h.words[b] += n
		return
	}
	for i, w := range h.words[:h.used] {
		if uint8(w>>histShift) == b {
			h.words[i] = w + n
			return
		}
	}
	if h.used == len(h.words) {
		h.grow(a)
		if h.dense() {
			h.words[b] += n
			return
		}
	}
	h.words[h.used] = uint64(b)<<histShift | n
	h.used++
}

func (h *foldHist) grow(a *arena) {
	old := h.words
	switch {
	case len(old) == 0:
		h.words = a.alloc(4)
	case len(old) < sparseHist:
		h.words = a.alloc(2 * len(old))
		copy(h.words, old)
	default:
		h.words = a.alloc(256)
		for _, w := range old {
			h.words[w>>histShift] = w & histMask
		}
	}
	a.free(old)
}

// appendTo appends the histogram's pairs, ascending by bucket.
func (h *foldHist) appendTo(dst []BucketCount) []BucketCount {
	if h.dense() {
		for b, n := range h.words {
			if n > 0 {
				dst = append(dst, BucketCount{uint8(b), int64(n)})
			}
		}
		return dst
	}
	from := len(dst)
	for _, w := range h.words[:h.used] {
		dst = append(dst, BucketCount{uint8(w >> histShift), int64(w & histMask)})
		for i := len(dst) - 1; i > from && dst[i].Bucket < dst[i-1].Bucket; i-- {
			dst[i], dst[i-1] = dst[i-1], dst[i]
		}
	}
	return dst
}

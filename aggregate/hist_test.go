package aggregate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistBucket(t *testing.T) {
	for _, tt := range []struct {
		us    int64
		want  uint8
		value float64
	}{
		{-1, 0, 0},
		{0, 0, 0},
		{15, 15, 15},
		{16, 16, 17},
		{17, 16, 17},
		{18, 17, 19},
		{31, 23, 31},
		{32, 24, 34},
		{1000, 63, 992},
		{maxDuration, Buckets - 1, 1<<31 + 5<<28 + 1<<27},
		{maxDuration + 1, Buckets - 1, 1<<31 + 5<<28 + 1<<27},
		{math.MaxInt64, Buckets - 1, 1<<31 + 5<<28 + 1<<27},
	} {
		b := HistBucket(tt.us)
		if b != tt.want || BucketValue(b) != tt.value {
			t.Errorf("%d us: bucket %d, value %v; want %d, %v", tt.us, b, BucketValue(b), tt.want, tt.value)
		}
	}
}

// TestBucketsAreMonotonousAndClose: a longer duration is never in an earlier
// bucket, and the bucket's value is off by at most 6.25 %.
func TestBucketsAreMonotonousAndClose(t *testing.T) {
	last := uint8(0)
	check := func(us int64) {
		b := HistBucket(us)
		if b < last || b > last+1 {
			t.Fatalf("%d us: bucket %d after %d", us, b, last)
		}
		last = b
		if err := math.Abs(BucketValue(b)-float64(us)) / float64(max(us, 1)); err > 0.0625 {
			t.Fatalf("%d us: value %v is off by %v", us, BucketValue(b), err)
		}
	}
	for us := range int64(100_000) {
		check(us)
	}
	for us := int64(100_000); us < maxDuration; us += us / 1000 {
		check(us)
	}
}

func TestPercentile(t *testing.T) {
	ten := []BucketCount{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}, {7, 1}, {8, 1}, {9, 1}, {10, 1}}
	for _, tt := range []struct {
		h    []BucketCount
		p    float64
		want float64
		ok   bool
	}{
		{nil, 0.5, 0, false},
		{[]BucketCount{{7, 1}}, 0.5, 7, true},
		{[]BucketCount{{7, 1}}, 0, 7, true},
		{[]BucketCount{{7, 1}}, 1, 7, true},
		{ten, 0.5, 5, true},
		{ten, 0.51, 6, true},
		{ten, 0.95, 10, true},
		{ten, 0.9, 9, true},
		{[]BucketCount{{3, 99}, {63, 1}}, 0.99, 3, true},
		{[]BucketCount{{3, 99}, {63, 1}}, 0.995, 992, true},
		{[]BucketCount{{0, 5}}, 0.99, 0, true},
	} {
		if got, ok := Percentile(tt.h, tt.p); got != tt.want || ok != tt.ok {
			t.Errorf("p%v of %v: %v %v, want %v", tt.p*100, tt.h, got, ok, tt.want)
		}
	}
}

// TestFoldHist: sparse, dense and merged histograms are those of a plain count.
func TestFoldHist(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for _, buckets := range []int{1, 2, 4, 5, 16, 17, 200} {
		var a arena
		var h foldHist
		want := map[uint8]int64{}
		for range 3000 {
			b := uint8(r.IntN(buckets) * (Buckets / buckets))
			n := uint64(1 + r.IntN(3))
			h.add(b, n, &a)
			want[b] += int64(n)
		}
		got := map[uint8]int64{}
		list := h.appendTo([]BucketCount{{255, 1}})[1:]
		for _, b := range list {
			got[b.Bucket] = b.N
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d buckets (-want +got):\n%s", buckets, d)
		}
		if !slices.IsSortedFunc(list, func(a, b BucketCount) int { return int(a.Bucket) - int(b.Bucket) }) {
			t.Errorf("%d buckets: %v is not sorted", buckets, list)
		}
	}
}

func TestMergeHist(t *testing.T) {
	a, b := []BucketCount{{1, 1}, {3, 2}}, []BucketCount{{0, 5}, {3, 4}, {200, 1}}
	want := []BucketCount{{0, 5}, {1, 1}, {3, 6}, {200, 1}}
	if d := cmp.Diff(want, MergeHist(a, b)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, MergeHist(b, a)); d != "" {
		t.Error(d)
	}
	if got := MergeHist(nil, nil); got != nil {
		t.Errorf("nothing and nothing: %v", got)
	}
	if d := cmp.Diff(a, MergeHist(a, nil)); d != "" {
		t.Error(d)
	}
}

// TestDurationsOfARow from one to many buckets, in one fold.
func TestDurationsOfARow(t *testing.T) {
	for _, n := range []int{1, 2, 3, 20, 500} {
		a := mustNew(t, FeedAccess)
		var want []BucketCount
		for i := range n {
			ev := event()
			ev.Duration = int64(i) * int64(time.Millisecond/time.Microsecond)
			a.Add(ev, Position{})
			want = MergeHist(want, []BucketCount{{HistBucket(ev.Duration), 1}})
		}
		if d := cmp.Diff(want, a.Flush(nil)[0].Hist); d != "" {
			t.Errorf("%d durations (-want +got):\n%s", n, d)
		}
	}
}

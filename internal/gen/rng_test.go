package gen

import (
	"math"
	"testing"
)

// TestRNGIsSplitmix64 holds the reference values, so that a seed means the same
// traffic for ever.
func TestRNGIsSplitmix64(t *testing.T) {
	r := rng{1234567}
	for i, want := range []uint64{6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821} {
		if got := r.next(); got != want {
			t.Errorf("number %d: %d, want %d", i, got, want)
		}
	}
}

func TestDerivedStreamsDiffer(t *testing.T) {
	seen := map[uint64]string{}
	for seed := range uint64(4) {
		for kind := range uint64(8) {
			for i := range uint64(100) {
				r := derive(seed, kind, i)
				v := r.next()
				if seen[v] != "" {
					t.Fatalf("stream %d %d %d begins like another", seed, kind, i)
				}
				seen[v] = "x"
			}
		}
	}
}

func TestDrawsStayInRange(t *testing.T) {
	r := rng{3}
	for _, n := range []int{1, 2, 7, 1000, 1<<32 - 1} {
		for range 1000 {
			if v := r.n(n); v < 0 || v >= n {
				t.Fatalf("%d is not in [0, %d)", v, n)
			}
		}
	}
	for range 1000 {
		if r.per100k(0) || !r.per100k(100_000) {
			t.Fatal("never and always")
		}
	}
}

func TestExpHasItsMean(t *testing.T) {
	r := rng{4}
	const mean, n = 1_000_000, 200_000
	var sum, squares float64
	over := 0
	for range n {
		v := r.exp(mean)
		if v < 0 {
			t.Fatal("negative")
		}
		if v > mean {
			over++
		}
		sum += float64(v)
		squares += float64(v) * float64(v)
	}
	m := sum / n
	if math.Abs(m-mean) > mean/100 {
		t.Errorf("mean %.0f, want %d", m, mean)
	}
	if sd := math.Sqrt(squares/n - m*m); math.Abs(sd-mean) > mean/50 {
		t.Errorf("standard deviation %.0f, want %d", sd, mean)
	}
	if p := float64(over) / n; math.Abs(p-math.Exp(-1)) > 0.005 {
		t.Errorf("%.4f above the mean, want %.4f", p, math.Exp(-1))
	}
	if v := r.exp(0); v != 0 {
		t.Errorf("mean 0: %d", v)
	}
}

func TestAliasDrawsByWeight(t *testing.T) {
	weights := []int{0, 1, 5, 0, 94, 300, 2}
	a := newAlias(weights)
	r := rng{5}
	const n = 200_000
	got := make([]int, len(weights))
	for range n {
		got[a.pick(&r)]++
	}
	for i, w := range weights {
		want := float64(n*w) / 402
		if math.Abs(float64(got[i])-want) > 5*math.Sqrt(want)+1e-9 {
			t.Errorf("weight %d: drawn %d times, want about %.0f", w, got[i], want)
		}
	}
	if none := newAlias([]int{0, 0}); none.ok() {
		t.Error("nothing can be drawn of zeros")
	}
	if none := newAlias(nil); none.ok() {
		t.Error("nothing can be drawn of nothing")
	}
}

package report

import (
	"math"
	"slices"
	"strconv"
)

// Movers are found by a two-sample test of rates for counts that vary more than
// Poisson's: the score test of McCullagh and Nelder (Generalized Linear Models,
// 2nd edition, 1989, sections 4.5 and 6.2) with a dispersion phi, on the
// conditional form of Przyborowski and Wilenski (Biometrika 31, 1940).
//
// Of n = x1 + x2 counts a share s = t1 / (t1 + t2) is expected in the range,
// where t are the lengths of the two ranges, with the variance phi n s (1-s).
// Estimates x with standard errors e bring their own:
//
//	z = (|x1 - n s| - 1/2) / sqrt(phi n s (1-s) + (1-s)^2 e1^2 + s^2 e2^2)
//
// The half is the continuity correction; p = erfc(z / sqrt 2) is two-sided.
//
// phi is Pearson's chi-square over its degrees of freedom, of the counts by day
// of a (source, route, type) in both ranges: the table days x ranges, where the
// day's level and the change from range to range are no variation, so that
// neither the shape of a week nor what the test is about adds to it. It is
// shrunk to that of its source and is at least 1.

// series are the counts of one group by step of a range.
type series struct{ now, old []float64 }

// pearson is the chi-square of a group and its degrees of freedom. With as many
// steps in both ranges they are compared in pairs, else each range with its mean.
func (s *series) pearson() (chi2, df float64) {
	if len(s.now) != len(s.old) {
		c1, d1 := aroundMean(s.now)
		c2, d2 := aroundMean(s.old)
		return c1 + c2, d1 + d2
	}
	a, b := sum(s.now), sum(s.old)
	if a <= 0 || b <= 0 {
		return 0, 0 // one range is empty: nothing tells how the other varies
	}
	share := a / (a + b)
	for i, x := range s.now {
		n := x + s.old[i]
		if n <= 0 {
			continue
		}
		d := x - float64(n*share)
		chi2 += float64(d*d) / float64(float64(n*share)*(1-share))
		df++
	}
	return chi2, max(df-1, 0)
}

func aroundMean(x []float64) (chi2, df float64) {
	if len(x) < 2 || sum(x) <= 0 {
		return 0, 0
	}
	mean := sum(x) / float64(len(x))
	for _, v := range x {
		d := v - mean
		chi2 += float64(d*d) / mean
	}
	return chi2, float64(len(x) - 1)
}

func (s *series) mean() float64 {
	n := len(s.now) + len(s.old)
	if n == 0 {
		return 0
	}
	return (sum(s.now) + sum(s.old)) / float64(n)
}

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

const (
	// priorWeight is how many degrees of freedom the source's dispersion has
	// against a group's own: those of one week.
	priorWeight = 6
	// blindDispersion is taken where nothing tells how counts vary: a range of
	// one step, or errors of a source that the other range does not have.
	blindDispersion = 2
)

// dispersion is how counts vary in a source: phi where they are few, and how
// phi grows with the mean, since what hits many callers at once (an outage, a
// release) moves large counts by more than their root.
type dispersion struct {
	chi2, df        float64
	excess, weights float64
}

func (d *dispersion) add(chi2, df, mean float64) {
	if df <= 0 {
		return
	}
	d.chi2 += chi2
	d.df += df
	d.excess += chi2 - df
	d.weights += float64(df * mean)
}

// at is phi of counts with a mean.
func (d *dispersion) at(mean float64) float64 {
	if d == nil || d.df <= 0 {
		return blindDispersion
	}
	phi := max(1, d.chi2/d.df)
	if d.excess > 0 && d.weights > 0 {
		phi = max(phi, 1+float64(mean*(d.excess/d.weights)))
	}
	return phi
}

// shrunk is phi of a group, drawn to that of its source.
func (d *dispersion) shrunk(s *series) float64 {
	if s == nil {
		return d.at(0)
	}
	chi2, df := s.pearson()
	prior := d.at(s.mean())
	return max(1, (chi2+float64(priorWeight*prior))/(df+priorWeight))
}

// count is a count or an estimate with its standard error.
type count struct{ n, stderr float64 }

// twoSided is the p of the test above. The lengths are in any one unit.
func twoSided(now, old count, t1, t2, phi float64) float64 {
	n := now.n + old.n
	s := t1 / (t1 + t2)
	v := float64(float64(phi*n)*float64(s*(1-s))) +
		float64(float64(float64(1-s)*now.stderr)*float64(float64(1-s)*now.stderr)) +
		float64(float64(s*old.stderr)*float64(s*old.stderr))
	if !(v > 0) {
		return 1
	}
	z := max(0, math.Abs(now.n-float64(n*s))-0.5) / math.Sqrt(v)
	return math.Erfc(z / math.Sqrt2)
}

// benjaminiHochberg turns p into q: the share of false ones among those with at
// most this q. The order of p is kept.
func benjaminiHochberg(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(x, y int) int {
		switch {
		case p[x] < p[y]:
			return -1
		case p[x] > p[y]:
			return 1
		default:
			return x - y
		}
	})
	q := make([]float64, len(p))
	least := 1.0
	for i := len(order) - 1; i >= 0; i-- {
		least = min(least, float64(p[order[i]]*float64(len(p)))/float64(i+1))
		q[order[i]] = least
	}
	return q
}

// twoDigits rounds to two significant digits, so that the last bits of a
// machine's exponential do not show.
func twoDigits(x float64) float64 {
	v, err := strconv.ParseFloat(strconv.FormatFloat(x, 'e', 1, 64), 64)
	if err != nil {
		return x
	}
	return v
}

package report

import (
	"math"
	"slices"
	"strconv"
)

// Movers are found by a two-sample test of rates for counts that vary more than
// Poisson's: the quasi-likelihood score test of McCullagh and Nelder (Generalized
// Linear Models, 2nd edition, 1989, sections 4.5 and 6.2) with a dispersion phi,
// on the conditional form of Przyborowski and Wilenski (Biometrika 31, 1940).
//
// Of n = x1 + x2 counts a share s = t1 / (t1 + t2) is expected in the range,
// where t are the lengths of the two ranges, with the variance phi n s (1-s).
// Estimates x with standard errors e bring their own:
//
//	t = (|x1 - n s| - 1/2) / sqrt(phi n s (1-s) + (1-s)^2 e1^2 + s^2 e2^2)
//
// The half is the continuity correction. p is two-sided, of Student's t with as
// many degrees of freedom as phi has, its own and those it is drawn with: of a
// phi that is itself an estimate, the normal distribution makes too much (Lund,
// Nettleton, McCarthy and Smyth, Stat. Appl. Genet. Mol. Biol. 11(5), 2012).
//
// phi is Pearson's chi-square over its degrees of freedom, of the counts of the
// error by day in both ranges: the table days x ranges, where the day's level
// and the change from range to range are no variation, so that neither the
// shape of a week nor what the test is about adds to it. The days of a week are
// few, so it is drawn to what the errors of its source have on average at that
// size: phi = c + a mean, the line through their chi-squares, since what hits
// many callers at once (an outage, a release) moves large counts by more than
// their root. It is at least 1.

// series are the counts of one error by step of both ranges.
type series struct{ now, old []float64 }

// pearson is the chi-square of a series and its degrees of freedom. With as
// many steps in both ranges they are compared in pairs, else each range with
// its mean. A step below 0 is not known, and so is its pair.
func (s *series) pearson() (chi2, df float64) {
	if len(s.now) != len(s.old) {
		c1, d1 := aroundMean(s.now)
		c2, d2 := aroundMean(s.old)
		return c1 + c2, d1 + d2
	}
	var a, b float64
	for i, x := range s.now {
		if x >= 0 && s.old[i] >= 0 {
			a += x
			b += s.old[i]
		}
	}
	if a <= 0 || b <= 0 {
		return 0, 0 // one range is empty: nothing tells how the other varies
	}
	share := a / (a + b)
	for i, x := range s.now {
		n := x + s.old[i]
		if x < 0 || s.old[i] < 0 || n <= 0 {
			continue
		}
		d := x - float64(n*share)
		chi2 += float64(d*d) / float64(float64(n*share)*(1-share))
		df++
	}
	return chi2, max(df-1, 0)
}

func aroundMean(x []float64) (chi2, df float64) {
	total, n := known(x)
	if n < 2 || total <= 0 {
		return 0, 0
	}
	mean := total / n
	for _, v := range x {
		if v >= 0 {
			d := v - mean
			chi2 += float64(d*d) / mean
		}
	}
	return chi2, n - 1
}

// known sums up the known steps.
func known(x []float64) (total, n float64) {
	for _, v := range x {
		if v >= 0 {
			total += v
			n++
		}
	}
	return total, n
}

// mean is that of the known steps of both ranges.
func (s *series) mean() float64 {
	a, n := known(s.now)
	b, m := known(s.old)
	if n+m == 0 {
		return 0
	}
	return (a + b) / (n + m)
}

const (
	// lineWeight is how many degrees of freedom the line of the source has against
	// an error's own, at most: with 20, simulated weeks of noise have a mover in 0
	// to 5 of 100 reports, whether days differ by nothing or by all. It is a
	// sixth of what the line itself is drawn from where that is less.
	lineWeight = 20
	// blindDispersion is taken where nothing tells how counts vary: a range of
	// one step, or errors that the other range does not have.
	blindDispersion = 2
)

// dispersion is the line through the chi-squares of the errors of a source.
type dispersion struct{ w, m, mm, y, my, df float64 }

// add takes in one error. Its weight falls with its mean: so does the precision
// of what its chi-square says of the line.
func (d *dispersion) add(s *series) {
	chi2, df := s.pearson()
	if df <= 0 {
		return
	}
	mean := s.mean()
	w := df / (1 + mean)
	d.df += df
	d.w += w
	d.m += float64(w * mean)
	d.mm += float64(float64(w*mean) * mean)
	y := chi2 / df
	d.y += float64(w * y)
	d.my += float64(float64(w*mean) * y)
}

// at is phi at a mean.
func (d *dispersion) at(mean float64) float64 {
	if d == nil || d.w <= 0 {
		return blindDispersion
	}
	c, a := d.y/d.w, 0.0
	if det := float64(d.w*d.mm) - float64(d.m*d.m); det > 1e-9*float64(d.w*d.mm) {
		a = (float64(d.w*d.my) - float64(d.m*d.y)) / det
		c = (d.y - float64(a*d.m)) / d.w
	}
	switch {
	case a < 0:
		a, c = 0, d.y/d.w
	case c < 1:
		c = 1
		a = max(0, (d.my-d.m)/d.mm)
	}
	return max(1, c+float64(a*mean))
}

// shrunk is phi of an error, drawn to the line of its source, and its degrees of
// freedom.
func (d *dispersion) shrunk(s *series) (phi, freedom float64) {
	chi2, df := s.pearson()
	weight := max(1, min(lineWeight, d.df/6))
	phi = (chi2 + float64(weight*d.at(s.mean()))) / (df + weight)
	return max(1, phi), df + weight
}

// count is a count or an estimate with its standard error.
type count struct{ n, stderr float64 }

// twoSided is the p of the test above. The lengths are in any one unit.
func twoSided(now, old count, t1, t2, phi, freedom float64) float64 {
	n := now.n + old.n
	s := t1 / (t1 + t2)
	v := float64(float64(phi*n)*float64(s*(1-s))) +
		float64(float64(float64(1-s)*now.stderr)*float64(float64(1-s)*now.stderr)) +
		float64(float64(s*old.stderr)*float64(s*old.stderr))
	if !(v > 0) {
		return 1
	}
	return studentTail(max(0, math.Abs(now.n-float64(n*s))-0.5)/math.Sqrt(v), freedom)
}

// studentTail is the probability that Student's t with df degrees of freedom is
// at least |t| off 0.
func studentTail(t, df float64) float64 {
	return incompleteBeta(df/2, 0.5, df/(df+float64(t*t)))
}

// incompleteBeta is the regularised incomplete beta function I_x(a, b), by its
// continued fraction (Abramowitz and Stegun, 26.5.8, evaluated as Lentz does).
func incompleteBeta(a, b, x float64) float64 {
	switch {
	case x <= 0:
		return 0
	case x >= 1:
		return 1
	case x > (a+1)/(a+b+2):
		return 1 - incompleteBeta(b, a, 1-x)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab-la-lb+float64(a*math.Log(x))+float64(b*math.Log1p(-x))) / a
	const (
		tiny = 1e-300
		near = 1e-14
	)
	f, c, d := 1.0, 1.0, 0.0
	for i := range 300 {
		m := float64(i / 2)
		n := 1.0
		switch {
		case i == 0:
		case i%2 == 0:
			n = float64(float64(m*(b-m))*x) / float64((a+2*m-1)*(a+2*m))
		default:
			n = -float64(float64(float64(a+m)*float64(a+b+m))*x) / float64((a+2*m)*(a+2*m+1))
		}
		d = 1 + float64(n*d)
		if math.Abs(d) < tiny {
			d = tiny
		}
		d = 1 / d
		c = 1 + n/c
		if math.Abs(c) < tiny {
			c = tiny
		}
		f *= float64(c * d)
		if math.Abs(1-float64(c*d)) < near {
			break
		}
	}
	return front * (f - 1)
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

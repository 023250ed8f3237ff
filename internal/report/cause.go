package report

import (
	"cmp"
	"slices"
	"strings"

	"errata/internal/cli/out"
)

// A change of the total is explained from this part of the total on, and from
// so many errors, by a place that makes up at least this part of it.
const (
	largeChange = 0.2
	leastChange = 50
	largePart   = 0.3
)

// place is where errors of one type come from.
type place struct {
	source, method, route string
	status                int
	typ                   string
}

func placeOf(k *ErrorKey) place { return place{k.Source, k.Method, k.Route, k.Status, k.Type} }

func (p place) compare(o place) int {
	return cmp.Or(strings.Compare(p.source, o.source), strings.Compare(p.method, o.method), strings.Compare(p.route, o.route),
		cmp.Compare(p.status, o.status), strings.Compare(p.typ, o.typ))
}

// cause names the place that makes up most of a large change of the total: a
// storm of one caller's retries moves that and no count of callers.
func (b *builder) cause() string {
	if b.then == nil || b.partial() {
		return ""
	}
	change := b.rep.Change.Totals.Errors
	if abs(change) < leastChange || float64(abs(change)) < largeChange*float64(b.rep.Previous.Totals.Errors) {
		return ""
	}
	what, more, sign := "rise", "more", int64(1)
	if change < 0 {
		what, more, sign = "fall", "fewer", -1
	}
	best, n := b.mostChanged(sign)
	if float64(n) < largePart*float64(abs(change)) || vague(best.typ, best.route) {
		return ""
	}
	s := "; the largest part of the " + what + " is " + b.errorText(best.source, best.typ, "", best.method, best.route, "") +
		", " + out.Int(n) + " " + more
	if share := b.heaviest(best); sign > 0 && share != nil && *share >= largePart {
		s += " (one caller made at least " + percent(*share) + " % of them)"
	}
	return s
}

// mostChanged is the place whose errors changed most in a direction.
func (b *builder) mostChanged(sign int64) (best place, n int64) {
	change := map[place]int64{}
	for k, t := range b.cur {
		change[placeOf(&k)] += sign * t.errors
	}
	for k, t := range b.old {
		change[placeOf(&k)] -= sign * t.errors
	}
	for p, d := range change {
		if d > n || d == n && n > 0 && p.compare(best) < 0 {
			best, n = p, d
		}
	}
	return best, n
}

// heaviest is the share of the heaviest caller in the errors of a place.
func (b *builder) heaviest(p place) *float64 {
	var keys []ErrorKey
	for k := range b.cur {
		if placeOf(&k) == p {
			keys = append(keys, k)
		}
	}
	// In their order: which of the heavy callers a merge keeps may depend on it.
	slices.SortFunc(keys, func(x, y ErrorKey) int { return compareKeys(&x, &y) })
	var all tally
	for _, k := range keys {
		all.add(b.cur[k])
	}
	return all.topShare()
}

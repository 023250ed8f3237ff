package report

import (
	"cmp"
	"context"
	"slices"
	"time"

	"errata/aggregate"
	"errata/store"
)

const (
	significance = 0.05
	// leastCallers and leastErrors are how large an error must be in one of the
	// ranges to be tested: five callers are the least that the test can tell from
	// none, and errors come in bursts of one caller's retries.
	leastCallers = 5
	leastErrors  = 20

	// dailyFrom is from which length on counts are compared by day: shorter
	// ranges have too few days and are compared by hour.
	dailyFrom = 4 * 24 * time.Hour
	// maxDaily and maxHourly bound the days or hours that dispersion is taken
	// from, from the ends of the ranges.
	maxDaily  = 28
	maxHourly = 96
)

// The bases of a mover.
const (
	basisCallers = "callers"
	basisErrors  = "errors"
)

// group is what dispersion is kept by.
type group struct{ source, route, typ string }

// noise is how the errors of both ranges vary by themselves.
type noise struct {
	groups  map[group]*series
	sources map[string]*dispersion
	steps   [2]int
}

// phi of the counts of a group.
func (n *noise) phi(g group) float64 { return n.sources[g.source].shrunk(n.groups[g]) }

// movers finds the errors that changed by more than noise.
func (b *builder) movers(ctx context.Context) error {
	if b.then == nil {
		return nil
	}
	// What is not held of a range is no length of it.
	t1, t2 := length(b.now.meet(b.held)), length(b.then.meet(b.held))
	if t1 <= 0 || t2 <= 0 {
		return nil
	}
	list := b.candidates()
	b.rep.Found.Tested = int64(len(list))
	if len(list) == 0 {
		return nil
	}
	callers, errs, err := b.noise(ctx)
	if err != nil {
		return err
	}
	p := make([]float64, len(list))
	for i := range list {
		m := &list[i]
		g := group{m.Source, m.Route, m.Type}
		now, old, n := b.countsOf(m)
		phi := errs.phi(g)
		if m.Basis == basisCallers {
			phi = callers.phi(g)
		}
		p[i] = twoSided(now, old, t1, t2, phi)
		m.P = twoDigits(p[i])
		m.Change = n
		m.Direction = "up"
		if now.n*t2 < old.n*t1 {
			m.Direction = "down"
		}
		if old.n > 0 {
			f := float64(now.n*t2) / float64(old.n*t1)
			m.Factor = &f
		}
	}
	for i, q := range benjaminiHochberg(p) {
		list[i].Q = twoDigits(q)
	}
	list = slices.DeleteFunc(list, func(m Mover) bool { return m.Q > significance })
	slices.SortFunc(list, func(x, y Mover) int {
		return cmp.Or(cmp.Compare(x.Basis, y.Basis), cmp.Compare(abs(y.Change), abs(x.Change)), compareKeys(&x.ErrorKey, &y.ErrorKey))
	})
	b.rep.Found.Movers = int64(len(list))
	b.rep.Movers = cut(list, b.o.Top)
	return nil
}

func length(w window) float64 { return w.to.Sub(w.from).Hours() }

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// countsOf are the counts of a mover's basis, and their change.
func (b *builder) countsOf(m *Mover) (now, old count, change int64) {
	if m.Basis == basisErrors {
		// What is left of requests without a logged body may be below 0: no count.
		return count{n: float64(max(m.Errors, 0))}, count{n: float64(max(m.PreviousErrors, 0))}, m.Errors - m.PreviousErrors
	}
	return count{float64(*m.Callers), *m.CallersError}, count{float64(*m.PreviousCallers), *m.PreviousCallersError},
		*m.Callers - *m.PreviousCallers
}

// candidates are the errors to test, in the order of their keys: those that are
// large enough in one of the ranges. What a cap folded together is no error of
// its own.
func (b *builder) candidates() []Mover {
	var list []Mover
	add := func(k ErrorKey) {
		if slices.Contains(k.texts(), aggregate.Other) {
			return
		}
		m := Mover{ErrorKey: k, Basis: basisCallers}
		now, old := b.cur[k], b.old[k]
		if now != nil {
			m.Errors = now.errors
		}
		if old != nil {
			m.PreviousErrors = old.errors
		}
		m.Callers, m.CallersError = now.distinct()
		m.PreviousCallers, m.PreviousCallersError = old.distinct()
		if m.Callers == nil || m.PreviousCallers == nil {
			m.Basis = basisErrors
			if max(m.Errors, m.PreviousErrors) < leastErrors {
				return
			}
		} else if max(*m.Callers, *m.PreviousCallers) < leastCallers {
			return
		}
		list = append(list, m)
	}
	for k := range b.cur {
		add(k)
	}
	for k := range b.old {
		if b.cur[k] == nil {
			add(k)
		}
	}
	slices.SortFunc(list, func(x, y Mover) int { return compareKeys(&x.ErrorKey, &y.ErrorKey) })
	return list
}

// columns are the whole days of w, or hours where it has few days: the last
// ones, as the bounds between them.
func columns(w window) []int64 {
	bounds, most := days(w), maxDaily
	if w.to.Sub(w.from) < dailyFrom {
		bounds, most = hours(w), maxHourly
	}
	for len(bounds) > 0 && bounds[0] < w.from.Unix() {
		bounds = bounds[1:]
	}
	for len(bounds) > 0 && bounds[len(bounds)-1] > w.to.Unix() {
		bounds = bounds[:len(bounds)-1]
	}
	return bounds[max(0, len(bounds)-1-most):]
}

// noise reads how callers and errors vary from step to step.
func (b *builder) noise(ctx context.Context) (callers, errs *noise, err error) {
	now, old := columns(b.now.meet(b.held)), columns(b.then.meet(b.held))
	callers, errs = newNoise(len(now)-1, len(old)-1), newNoise(len(now)-1, len(old)-1)
	by := []string{"source", "route", "type"}
	for side, bounds := range [][]int64{now, old} {
		add := func(i int, row map[string]any) {
			g := group{textOf(row, "source"), textOf(row, "route"), textOf(row, "type")}
			errs.at(g, side)[i] = float64(max(countOf(row, store.MeasureErrors), 0))
			if n := countOr(row, store.MeasureCallers); n != nil {
				callers.at(g, side)[i] = float64(*n)
			}
		}
		if len(bounds) > 1 && bounds[1]-bounds[0] == hour && stepOf(bounds) == hour {
			w := b.between(bounds[0], bounds[len(bounds)-1])
			if err := b.buckets(ctx, w, bounds, by, add, store.MeasureErrors, store.MeasureCallers); err != nil {
				return nil, nil, err
			}
			continue
		}
		// Day by day: local days are no steps of a query, and one day's groups are
		// enough to hold at a time.
		for i := range max(len(bounds)-1, 0) {
			r, err := b.query(ctx, b.between(bounds[i], bounds[i+1]), 0, by, store.MeasureErrors, store.MeasureCallers)
			if err != nil {
				return nil, nil, err
			}
			for _, row := range r.Rows {
				add(i, row)
			}
		}
	}
	callers.pool()
	errs.pool()
	return callers, errs, nil
}

func newNoise(now, old int) *noise {
	return &noise{groups: map[group]*series{}, steps: [2]int{max(now, 0), max(old, 0)}}
}

// at is the counts of a group in the range (0) or in the compared range (1).
func (n *noise) at(g group, side int) []float64 {
	s := n.groups[g]
	if s == nil {
		s = &series{now: make([]float64, n.steps[0]), old: make([]float64, n.steps[1])}
		n.groups[g] = s
	}
	if side == 0 {
		return s.now
	}
	return s.old
}

// pool takes the dispersion of each source from its groups, in their order, so
// that sums are the same each time.
func (n *noise) pool() {
	n.sources = map[string]*dispersion{}
	keys := make([]group, 0, len(n.groups))
	for g := range n.groups {
		keys = append(keys, g)
	}
	slices.SortFunc(keys, func(x, y group) int {
		return cmp.Or(cmp.Compare(x.source, y.source), cmp.Compare(x.route, y.route), cmp.Compare(x.typ, y.typ))
	})
	for _, g := range keys {
		d := n.sources[g.source]
		if d == nil {
			d = &dispersion{}
			n.sources[g.source] = d
		}
		chi2, df := n.groups[g].pearson()
		d.add(chi2, df, n.groups[g].mean())
	}
}

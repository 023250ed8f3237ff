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

// candidate is one error under test.
type candidate struct {
	Mover
	now, old count
	series   series // of the basis, by step
}

// movers finds the errors that changed by more than noise.
func (b *builder) movers(ctx context.Context) error {
	if b.then == nil {
		return nil
	}
	t1, t2 := b.heldLength(b.now), b.heldLength(*b.then)
	if t1 <= 0 || t2 <= 0 {
		return nil
	}
	list := b.candidates()
	b.rep.Found.Tested = int64(len(list))
	if len(list) == 0 {
		return nil
	}
	if err := b.steps(ctx, list); err != nil {
		return err
	}
	p := judge(list, t1, t2)
	movers := make([]Mover, 0, len(list))
	for i, q := range benjaminiHochberg(p) {
		c := &list[i]
		c.P, c.Q = twoDigits(p[i]), twoDigits(q)
		if c.Q > significance {
			continue
		}
		c.Direction = "up"
		if c.now.n*t2 < c.old.n*t1 {
			c.Direction = "down"
		}
		if c.old.n > 0 {
			f := float64(c.now.n*t2) / float64(c.old.n*t1)
			c.Factor = &f
		}
		movers = append(movers, c.Mover)
	}
	slices.SortFunc(movers, func(x, y Mover) int {
		return cmp.Or(cmp.Compare(x.Basis, y.Basis), cmp.Compare(abs(y.Change), abs(x.Change)), compareKeys(&x.ErrorKey, &y.ErrorKey))
	})
	b.rep.Found.Movers = int64(len(movers))
	b.rep.Movers = cut(movers, b.o.Top)
	return nil
}

// judge is the p of each candidate. What varies by itself is judged apart for
// the two bases: errors come in bursts that callers do not.
func judge(list []candidate, t1, t2 float64) []float64 {
	type pool struct{ source, basis string }
	pools := map[pool]*dispersion{}
	for i := range list {
		k := pool{list[i].Source, list[i].Basis}
		if pools[k] == nil {
			pools[k] = &dispersion{}
		}
		pools[k].add(&list[i].series)
	}
	p := make([]float64, len(list))
	for i := range list {
		c := &list[i]
		phi, freedom := pools[pool{c.Source, c.Basis}].shrunk(&c.series)
		p[i] = twoSided(c.now, c.old, t1, t2, phi, freedom)
	}
	return p
}

// heldLength is how long w is in hours: what is not held of it is no length. The
// quiet minutes before the first event and after the last one are some.
func (b *builder) heldLength(w window) float64 {
	const quiet = 0.01
	all, held := length(w), length(w.meet(b.held))
	if held >= (1-quiet)*all {
		return all
	}
	return held
}

func length(w window) float64 { return w.to.Sub(w.from).Hours() }

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}

// weigh takes the counts of the basis, callers where they are known on both
// sides. False: the error is too small in both ranges.
func (c *candidate) weigh() bool {
	if c.Callers != nil && c.PreviousCallers != nil {
		c.Basis = basisCallers
		c.now, c.old = count{float64(*c.Callers), *c.CallersError}, count{float64(*c.PreviousCallers), *c.PreviousCallersError}
		c.Change = *c.Callers - *c.PreviousCallers
		return max(*c.Callers, *c.PreviousCallers) >= leastCallers
	}
	c.Basis = basisErrors
	// What is left of requests without a logged body may be below 0: no count.
	c.now, c.old = count{n: float64(max(c.Errors, 0))}, count{n: float64(max(c.PreviousErrors, 0))}
	c.Change = c.Errors - c.PreviousErrors
	return max(c.Errors, c.PreviousErrors) >= leastErrors
}

// candidates are the errors to test, in the order of their keys: those that are
// large enough in one of the ranges. What a cap folded together is no error of
// its own.
func (b *builder) candidates() []candidate {
	var list []candidate
	add := func(k ErrorKey) {
		if slices.Contains(k.texts(), aggregate.Other) {
			return
		}
		c := candidate{Mover: Mover{ErrorKey: k}}
		now, old := b.cur[k], b.old[k]
		if now != nil {
			c.Errors = now.errors
		}
		if old != nil {
			c.PreviousErrors = old.errors
		}
		c.Callers, c.CallersError = now.distinct()
		c.PreviousCallers, c.PreviousCallersError = old.distinct()
		if c.weigh() {
			list = append(list, c)
		}
	}
	for k := range b.cur {
		add(k)
	}
	for k := range b.old {
		if b.cur[k] == nil {
			add(k)
		}
	}
	slices.SortFunc(list, func(x, y candidate) int { return compareKeys(&x.ErrorKey, &y.ErrorKey) })
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

// unknownStep is the count of a step that is not held: none.
const unknownStep = -1

// steps reads the candidates' counts by step of both ranges.
func (b *builder) steps(ctx context.Context, list []candidate) error {
	at := make(map[ErrorKey]*candidate, len(list))
	for i := range list {
		at[list[i].ErrorKey] = &list[i]
	}
	for old, w := range []window{b.now, *b.then} {
		bounds := columns(w)
		n := max(len(bounds)-1, 0)
		counts := func(c *candidate) *[]float64 { return &c.series.now }
		if old == 1 {
			counts = func(c *candidate) *[]float64 { return &c.series.old }
		}
		for i := range list {
			*counts(&list[i]) = make([]float64, n)
		}
		for i := range n {
			if !b.mostlyHeld(b.between(bounds[i], bounds[i+1])) {
				for j := range list {
					(*counts(&list[j]))[i] = unknownStep
				}
			}
		}
		err := b.eachStep(ctx, bounds, func(i int, row map[string]any) {
			c := at[keyOf(row)]
			if c == nil || (*counts(c))[i] == unknownStep {
				return
			}
			x := countOf(row, store.MeasureErrors)
			if c.Basis == basisCallers {
				x = countOf(row, store.MeasureCallers)
			}
			(*counts(c))[i] = float64(max(x, 0))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// mostlyHeld tells whether a step says how much there was in it: the first and
// the last one of what is held may be cut off.
func (b *builder) mostlyHeld(w window) bool {
	return 10*length(w.meet(b.held)) >= 9*length(w)
}

// eachStep asks for errors and callers of all errors step by step. Days are
// asked for one by one: local days are no steps of a query, and the errors of
// one day are enough to hold at a time.
func (b *builder) eachStep(ctx context.Context, bounds []int64, add func(i int, row map[string]any)) error {
	if len(bounds) < 2 {
		return nil
	}
	if bounds[1]-bounds[0] == hour && stepOf(bounds) == hour {
		w := b.between(bounds[0], bounds[len(bounds)-1])
		return b.buckets(ctx, w, bounds, keyDims(), add, store.MeasureErrors, store.MeasureCallers)
	}
	for i := range len(bounds) - 1 {
		r, err := b.query(ctx, b.between(bounds[i], bounds[i+1]), 0, keyDims(), store.MeasureErrors, store.MeasureCallers)
		if err != nil {
			return err
		}
		for _, row := range r.Rows {
			add(i, row)
		}
	}
	return nil
}

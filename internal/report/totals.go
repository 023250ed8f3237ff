package report

import (
	"context"
	"math"
	"slices"
	"strings"

	"errata/store"
)

// totals reads the key figures of both ranges.
func (b *builder) totals(ctx context.Context) error {
	r, err := b.numbers(ctx, b.now, &b.rep.Numbers)
	if err != nil {
		return err
	}
	b.rep.Totals.Entries, b.rep.Totals.DeadLetters = sumRead(b.entries)
	c := &b.rep.Coverage
	c.Value, c.Reason, c.Clamped, c.Undated = r.Coverage.Value, r.Coverage.Reason, r.Coverage.Clamped, r.Coverage.Undated
	for _, n := range joinNull(r.Notes) {
		if !aboutRange(n) {
			b.note(sentence(n))
		}
	}
	if b.then != nil {
		if err := b.oldTotals(ctx); err != nil {
			return err
		}
	}
	b.explainRanges()
	return nil
}

// oldTotals reads the key figures of the compared range. Where events of before
// and after it are held and none of it, there is nothing to compare with.
func (b *builder) oldTotals(ctx context.Context) error {
	old := &Compared{Range: rangeOf(*b.then)}
	r, err := b.numbers(ctx, *b.then, &old.Numbers)
	if err != nil {
		return err
	}
	t := &old.Totals
	t.Entries, t.DeadLetters = sumRead(b.before)
	if t.Entries == 0 && t.Errors == 0 && (t.Requests == nil || *t.Requests == 0) {
		b.then = nil
		return nil
	}
	b.rep.Previous = old
	for _, n := range joinNull(r.Notes) {
		if s := sentence(n); !aboutRange(n) && !slices.Contains(b.notes, s) {
			b.note("In the compared range: " + s)
		}
	}
	return nil
}

// aboutRange are the store's notes that the report words itself: on what is
// held and on whole minutes.
func aboutRange(n string) bool {
	for _, p := range []string{"the range ", "no rows in this range", "the store holds no events", "nothing is held of"} {
		if strings.HasPrefix(n, p) {
			return true
		}
	}
	return strings.Contains(n, "coverage.clamped") // said by the coverage section
}

// joinNull makes one note of those that say of several measures that they are
// null for the same reason, at the place of the first.
func joinNull(notes []string) []string {
	const isNull = " is null "
	measures := map[string][]string{}
	for _, n := range notes {
		if m, why, ok := strings.Cut(n, isNull); ok {
			measures[why] = append(measures[why], m)
		}
	}
	var out []string
	for _, n := range notes {
		m, why, ok := strings.Cut(n, isNull)
		switch list := measures[why]; {
		case !ok || len(list) == 1:
			out = append(out, n)
		case list[0] == m:
			last := len(list) - 1
			out = append(out, strings.Join(list[:last], ", ")+" and "+list[last]+" are null "+why)
		}
	}
	return out
}

// sentence begins a note with a capital and ends it with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// numbers reads the totals of a range but for what was read. By status they
// come with the time line, by type with the errors.
func (b *builder) numbers(ctx context.Context, w window, n *Numbers) (store.Result, error) {
	r, err := b.query(ctx, w, 0, nil, store.MeasureErrors, store.MeasureRequests, store.MeasureRatio,
		store.MeasureEnvelopes, store.MeasureCallers, store.MeasureP50, store.MeasureP95, store.MeasureP99)
	if err != nil {
		return r, err
	}
	n.Totals = Totals{
		Requests:     countOr(r.Totals, store.MeasureRequests),
		Errors:       countOf(r.Totals, store.MeasureErrors),
		Envelopes:    countOr(r.Totals, store.MeasureEnvelopes),
		Callers:      countOr(r.Totals, store.MeasureCallers),
		CallersError: floatOr(r.Totals, store.ColumnCallersError),
		Ratio:        floatOr(r.Totals, store.MeasureRatio),
		P50:          floatOr(r.Totals, store.MeasureP50),
		P95:          floatOr(r.Totals, store.MeasureP95),
		P99:          floatOr(r.Totals, store.MeasureP99),
	}
	n.ByStatus = map[string]int64{}
	n.ByType = map[string]int64{}
	return r, nil
}

// filtersBodies tells whether a filter is on a dimension that only errors have.
func (b *builder) filtersBodies() bool {
	return slices.ContainsFunc(b.o.Where, func(f store.Filter) bool {
		return !slices.Contains([]string{"source", "route", "method", "status"}, f.Dim)
	})
}

// change is the range less the compared range.
func (b *builder) change() {
	if b.rep.Previous == nil {
		return
	}
	now, old := &b.rep.Numbers, &b.rep.Previous.Numbers
	n, o := &now.Totals, &old.Totals
	b.rep.Change = &Numbers{
		Totals: Totals{
			Entries:      n.Entries - o.Entries,
			Requests:     less(n.Requests, o.Requests),
			Errors:       n.Errors - o.Errors,
			Envelopes:    less(n.Envelopes, o.Envelopes),
			DeadLetters:  n.DeadLetters - o.DeadLetters,
			Callers:      less(n.Callers, o.Callers),
			CallersError: both(n.CallersError, o.CallersError),
			Ratio:        less(n.Ratio, o.Ratio),
			P50:          less(n.P50, o.P50),
			P95:          less(n.P95, o.P95),
			P99:          less(n.P99, o.P99),
		},
		ByStatus: lessEach(now.ByStatus, old.ByStatus),
		ByType:   lessEach(now.ByType, old.ByType),
	}
}

func less[T int64 | float64](a, b *T) *T {
	if a == nil || b == nil {
		return nil
	}
	d := *a - *b
	return &d
}

// both is the standard error of a difference of two estimates.
func both(a, b *float64) *float64 {
	if a == nil || b == nil {
		return nil
	}
	e := math.Sqrt(float64(*a**a) + float64(*b**b))
	return &e
}

func lessEach(a, b map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(a)+len(b))
	for k, n := range a {
		out[k] += n
	}
	for k, n := range b {
		out[k] -= n
	}
	return out
}

package report

import (
	"context"
	"math"
	"slices"
	"strconv"
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
	for _, n := range r.Notes {
		if !aboutRange(n) {
			b.note(sentence(n))
		}
	}
	if b.then == nil {
		b.explainRanges()
		return nil
	}
	old := &Compared{Range: rangeOf(*b.then)}
	if r, err = b.numbers(ctx, *b.then, &old.Numbers); err != nil {
		return err
	}
	old.Totals.Entries, old.Totals.DeadLetters = sumRead(b.before)
	if old.Totals.Entries == 0 && old.Totals.Errors == 0 && (old.Totals.Requests == nil || *old.Totals.Requests == 0) {
		b.then = nil // events of before and after it, none of it
		b.explainRanges()
		return nil
	}
	b.explainRanges()
	b.rep.Previous = old
	for _, n := range r.Notes {
		if s := sentence(n); !aboutRange(n) && !slices.Contains(b.notes, s) {
			b.note("In the compared range: " + n)
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

// sentence begins a note with a capital and ends it with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// numbers reads the totals of a range but for what was read, and its errors
// by status; those by type come with the errors.
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
	measure := store.MeasureResponses
	if b.filtersBodies() { // requests have no such dimension: what is left are errors
		measure = store.MeasureErrors
		b.note("By status stand errors only: requests cannot be filtered by what only a body tells.")
	}
	s, err := b.query(ctx, w, 0, []string{"status"}, measure)
	if err != nil {
		return r, err
	}
	for _, row := range s.Rows {
		if k := countOf(row, measure); k != 0 {
			n.ByStatus[strconv.FormatInt(countOf(row, "status"), 10)] += k
		}
	}
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

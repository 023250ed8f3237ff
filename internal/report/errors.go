package report

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// tally is the errors of one key and their callers.
type tally struct {
	errors   int64
	noCaller int64
	callers  []aggregate.CallerCount // as a caller map: the K smallest hashes
	heavy    []aggregate.CallerCount
	expired  bool
	partial  bool // callers of a part of the errors only
}

func (t *tally) add(o *tally) {
	t.errors += o.errors
	t.noCaller += o.noCaller
	t.expired = t.expired || o.expired
	t.partial = t.partial || o.partial
	if len(o.callers)+len(o.heavy) > 0 {
		t.callers, t.heavy = aggregate.MergeCallers(t.callers, t.heavy, o.callers, o.heavy)
	}
}

// distinct is the number of distinct callers with its standard error, as the
// store counts them: exact below K, else never below what is known one by one
// nor above the errors that have a caller. Null where no caller was logged, the
// maps are too old or only those of a part are there.
func (t *tally) distinct() (n *int64, stderr *float64) {
	if t == nil {
		return new(int64), new(float64)
	}
	if t.expired || t.partial || (len(t.callers) == 0 && t.errors != 0) {
		return nil, nil
	}
	d, e := aggregate.Distinct(t.callers)
	if e > 0 {
		least := float64(aggregate.K)
		most := max(least, float64(t.errors-t.noCaller))
		d = min(max(d, least), most)
		e = min(float64(d*e), most-least)
	}
	k := int64(math.Round(d))
	return &k, &e
}

// rows are the errors of which it is known who called.
func (t *tally) rows() int64 {
	n := t.noCaller
	for _, c := range t.callers {
		n += c.N
	}
	return n
}

// topShare is the share of the heaviest caller in the errors: at least. Null
// where callers are not known.
func (t *tally) topShare() *float64 {
	if t.expired || t.partial || len(t.callers) == 0 || t.errors <= 0 {
		return nil
	}
	var most int64
	for _, c := range t.callers {
		most = max(most, c.N)
	}
	for _, c := range t.heavy {
		most = max(most, c.N)
	}
	s := float64(most) / float64(t.errors)
	return &s
}

// tallyOf reads a row of an answer with errors and caller_map.
func tallyOf(row map[string]any) *tally {
	t := &tally{errors: countOf(row, store.MeasureErrors)}
	if m, ok := row[store.MeasureCallerMap].(store.CallerMap); ok {
		t.noCaller, t.callers, t.heavy, t.expired = m.NoCaller, m.Callers, m.Heavy, m.Expired
	}
	return t
}

// side is the errors of one range by key.
type side map[ErrorKey]*tally

// errors reads the errors of both ranges: what most sections are made of.
func (b *builder) errors(ctx context.Context) error {
	var err error
	if b.cur, err = b.side(ctx, b.now, b.rep.ByType); err != nil {
		return err
	}
	if b.then != nil {
		if b.old, err = b.side(ctx, *b.then, b.rep.Previous.ByType); err != nil {
			return err
		}
	}
	b.change()
	return nil
}

func (b *builder) side(ctx context.Context, w window, byType map[string]int64) (side, error) {
	r, err := b.query(ctx, w, 0, keyDims(), store.MeasureErrors, store.MeasureCallerMap)
	if err != nil {
		return nil, err
	}
	s := make(side, len(r.Rows))
	for _, row := range r.Rows {
		t := tallyOf(row)
		if t.errors == 0 {
			continue
		}
		k := keyOf(row)
		// Failed requests have their callers in hours without error rows only.
		t.partial = k.Type == store.NoBody && len(t.callers) < aggregate.K && t.rows() < t.errors
		s[k] = t
		byType[k.Type] += t.errors
	}
	for k, n := range byType {
		if n == 0 {
			delete(byType, k)
		}
	}
	return s, nil
}

func keyOf(row map[string]any) ErrorKey {
	return ErrorKey{
		Source: textOf(row, "source"), Method: textOf(row, "method"), Route: textOf(row, "route"),
		Status: int(countOf(row, "status")), Type: textOf(row, "type"), Code: textOf(row, "code"),
		Param: textOf(row, "param"), Feature: textOf(row, "feature"), Template: textOf(row, "template"),
	}
}

func (k *ErrorKey) texts() []string {
	return []string{k.Source, k.Method, k.Route, k.Type, k.Code, k.Param, k.Feature, k.Template}
}

// compareKeys orders errors by their members.
func compareKeys(a, b *ErrorKey) int {
	return cmp.Or(
		strings.Compare(a.Source, b.Source), strings.Compare(a.Method, b.Method), strings.Compare(a.Route, b.Route),
		cmp.Compare(a.Status, b.Status), strings.Compare(a.Type, b.Type), strings.Compare(a.Code, b.Code),
		strings.Compare(a.Param, b.Param), strings.Compare(a.Feature, b.Feature), strings.Compare(a.Template, b.Template),
	)
}

// vague tells whether one of the texts stands for what is not known by itself.
func vague(texts ...string) bool {
	return slices.Contains(texts, aggregate.Other) || slices.Contains(texts, store.NoBody)
}

// moreFirst orders counts descending, unknown ones last.
func moreFirst(a, b *int64) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return cmp.Compare(*b, *a)
	}
}

// topErrors lists the errors of the range.
func (b *builder) topErrors(ctx context.Context) error {
	list := make([]Error, 0, len(b.cur))
	known := false
	for k, t := range b.cur {
		e := Error{ErrorKey: k, Errors: t.errors}
		e.Callers, e.CallersError = t.distinct()
		known = known || e.Callers != nil
		list = append(list, e)
	}
	slices.SortFunc(list, func(x, y Error) int {
		return cmp.Or(moreFirst(x.Callers, y.Callers), cmp.Compare(y.Errors, x.Errors), compareKeys(&x.ErrorKey, &y.ErrorKey))
	})
	if !known && len(list) > 0 {
		b.note("Callers of errors are not known in this range: top errors are ordered by errors.")
	}
	b.rep.Found.Top = int64(len(list))
	list = cut(list, b.o.Top)
	for i := range list {
		b.complete(&list[i])
	}
	b.rep.Top = list
	return b.errorDays(ctx)
}

// complete fills in what is only shown of the errors that are kept.
func (b *builder) complete(e *Error) {
	t := b.cur[e.ErrorKey]
	if n := b.rep.Totals.Errors; n != 0 {
		e.Share = float64(t.errors) / float64(n)
	}
	e.TopCallerShare = t.topShare()
	e.State = b.state(signalOf(&e.ErrorKey))
	if b.then != nil {
		old := b.old[e.ErrorKey]
		var n int64
		if old != nil {
			n = old.errors
		}
		d := t.errors - n
		e.PreviousErrors, e.Change = &n, &d
		e.PreviousCallers, e.PreviousCallersError = old.distinct()
	}
	b.samples[0].want(sampleOf(&e.ErrorKey), &e.Sample)
}

// errorDays counts the kept errors by local day of the range.
func (b *builder) errorDays(ctx context.Context) error {
	bounds := days(b.now)
	if n := len(bounds) - 1; n < 1 || n > maxDays || len(b.rep.Top) == 0 {
		if n > maxDays {
			b.note("Top errors have no counts by day: the range is over 31 days.")
		}
		return nil
	}
	at := make(map[ErrorKey]*Error, len(b.rep.Top))
	for i := range b.rep.Top {
		e := &b.rep.Top[i]
		e.Days = make([]int64, len(bounds)-1)
		at[e.ErrorKey] = e
	}
	where := b.narrowed()
	for i := range len(bounds) - 1 {
		w := b.between(bounds[i], bounds[i+1]).meet(b.now)
		r, err := b.r.Query(ctx, store.Query{Since: w.from.UTC(), Until: w.to.UTC(), By: keyDims(), Where: where})
		if err != nil {
			return err
		}
		for _, row := range r.Rows {
			if e := at[keyOf(row)]; e != nil {
				e.Days[i] = countOf(row, store.MeasureErrors)
			}
		}
	}
	return nil
}

// few is up to how many kept errors a query is narrowed to their sources and
// routes.
const few = 100

// narrowed are the report's filters and those that let through the kept errors
// where they are few: on dimensions that requests have too, so that errors
// without a logged body stay what they are.
func (b *builder) narrowed() []store.Filter {
	where := slices.Clone(b.o.Where)
	if len(b.rep.Top) > few {
		return where
	}
	var sources, routes []string
	for i := range b.rep.Top {
		sources = append(sources, b.rep.Top[i].Source)
		routes = append(routes, b.rep.Top[i].Route)
	}
	return append(b.only(where, "source", sources), b.only(nil, "route", routes)...)
}

// only adds filters on a dimension that has no positive one of the report's:
// positive ones are alternatives of each other.
func (b *builder) only(where []store.Filter, dim string, values []string) []store.Filter {
	if slices.ContainsFunc(b.o.Where, func(f store.Filter) bool { return f.Dim == dim && f.Op != store.Ne }) {
		return where
	}
	slices.Sort(values)
	for _, v := range slices.Compact(values) {
		where = append(where, store.Filter{Dim: dim, Op: store.Eq, Value: v})
	}
	return where
}

package demand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"errata/aggregate"
	"errata/store"
)

// judgeSuccess asks what became of the callers and how many there are in all:
// reach and converted. Both need the requests of every source that has
// attempts; one without them would make its callers look lost.
func (b *build) judgeSuccess(ctx context.Context) error {
	// Both measures are of the small rows of active callers.
	served, err := b.r.Query(ctx, store.Query{
		Since: b.from, Until: b.to, By: []string{colSource}, Where: b.where(),
		Measures: []string{store.MeasureActiveCallers, store.MeasureRequests, store.MeasureCallerMap},
	})
	if err != nil {
		return err
	}
	without, err := b.withoutRequests(ctx, served)
	if err != nil {
		return err
	}
	what := "reach and converted are null"
	if b.single {
		what = "converted is null"
	}
	if len(without) > 0 {
		b.notes.later("%s: no request rows of %s were read in this range: %s", what, names(without), howRequests)
		return nil
	}
	if m, ok := served.Totals[store.MeasureCallerMap].(store.CallerMap); ok && b.strangers(m) {
		b.notes.later("%s: most of these callers are in no log of requests, which must know them by another name: let both logs have the same credential or parse.caller_field", what)
		return nil
	}
	if b.single {
		return b.readAdopters(ctx)
	}
	if n, ok := served.Totals[store.MeasureActiveCallers].(int64); ok && n > 0 {
		b.active = &n
		b.activeError, _ = served.Totals[store.ColumnActiveCallersError].(float64)
	} else {
		b.notes.later("reach is null: the callers of all requests are not known")
	}
	return b.countConverted(ctx)
}

// strangers tells that most of the callers who asked for features never made a
// request: as if one log had credentials and the other addresses. Only below
// the threshold of the map is everybody known.
func (b *build) strangers(m store.CallerMap) bool {
	if m.Expired || len(m.Callers) == 0 {
		return false
	}
	limit := aggregate.Threshold(m.Callers)
	asked, strange := map[uint64]bool{}, 0
	for _, t := range b.rows {
		for c, a := range t.callers {
			if a.now() == 0 || c >= limit || asked[c] {
				continue
			}
			asked[c] = true
			at, _ := slices.BinarySearchFunc(m.Callers, c, func(x aggregate.CallerCount, c uint64) int { return cmp.Compare(x.Hash, c) })
			if at == len(m.Callers) || m.Callers[at].Hash != c {
				strange++
			}
		}
	}
	return 2*strange > len(asked)
}

// withoutRequests names the sources of attempts that have no request rows in
// the range.
func (b *build) withoutRequests(ctx context.Context, served store.Result) ([]string, error) {
	var named []store.Filter
	if b.o.Feature != "" {
		named = append(named, store.Filter{Dim: colFeature, Op: store.Eq, Value: b.o.Feature})
	}
	asked, err := b.r.Query(ctx, store.Query{
		Since: b.from, Until: b.to, By: []string{colSource}, Where: b.where(named...), Measures: []string{store.MeasureAttempts},
	})
	if err != nil {
		return nil, err
	}
	has := map[any]bool{}
	for _, row := range served.Rows {
		has[row[colSource]] = row[store.MeasureRequests] != nil
	}
	var without []string
	for _, row := range asked.Rows {
		if !has[row[colSource]] {
			s, _ := row[colSource].(string)
			without = append(without, s)
		}
	}
	slices.Sort(without)
	return without, nil
}

// errEnough ends a listing early.
var errEnough = errors.New("enough")

// countConverted counts the callers of each row that later, in the range,
// succeeded with the beta that it asks for.
func (b *build) countConverted(ctx context.Context) error {
	if err := b.readAdopters(ctx); err != nil || b.adopters == nil {
		return err
	}
	return b.list(ctx, b.from, b.to, 0, []string{colFeature, colFrom, colCaller}, func(c store.Cell) error {
		caller, ok, err := parseCaller(c.Dims[2])
		if ok && b.adopters[c.Dims[1]][caller] > c.First {
			b.tally(rowKey{c.Dims[0], c.Dims[1]}).converted++
		}
		return err
	})
}

// readAdopters reads who succeeded with a beta, and when last. A value with
// successes of nobody has no entry: a cap may have cut off who it was.
func (b *build) readAdopters(ctx context.Context) error {
	wanted := map[string]bool{}
	for k, t := range b.rows {
		if t.attempts > 0 && k.from != "" && k.from != aggregate.Other {
			wanted[k.from] = true
		}
	}
	adopters, some, pairs := map[string]map[uint64]int64{}, false, 0
	for from := range wanted {
		adopters[from] = map[uint64]int64{}
	}
	l := store.Listing{Kind: aggregate.KindAdopt, Since: b.from, Until: b.to, By: []string{colFrom, colCaller}, Where: b.where()}
	err := b.r.List(ctx, l, func(c store.Cell) error {
		some = true
		from := c.Dims[0]
		if !wanted[from] {
			return nil
		}
		caller, ok, err := parseCaller(c.Dims[1])
		switch m := adopters[from]; {
		case err != nil:
			return err
		case !ok:
			delete(adopters, from)
			b.unknown.adopters = true
		case m != nil:
			if pairs++; pairs > b.limit {
				return errEnough
			}
			m[caller] = c.Last
		}
		return nil
	})
	switch {
	case errors.Is(err, errEnough):
		b.notes.later("converted is null: more than %d callers use these betas", b.limit)
	case err != nil:
		return err
	case !some:
		b.notes.later("converted is null: no success with a beta header was read in this range, so that nobody can be seen to succeed: let the gateway log request headers")
	default:
		b.adopters = adopters
	}
	return nil
}

// converted of a row, nil where it is not certain.
func (b *build) converted(k rowKey, t *tally) *int64 {
	if b.adopters == nil || t.attempts == 0 {
		return nil
	}
	if b.adopters[k.from] == nil {
		b.unknown.adopters = true
		return nil
	}
	return &t.converted
}

// reach of a row: its callers by the callers of all requests.
func (b *build) reach(callers int64) *float64 {
	if b.active == nil {
		return nil
	}
	if callers > *b.active && b.activeError == 0 {
		b.unknown.reach = true
		return nil
	}
	v := min(1, float64(callers)/float64(*b.active))
	return &v
}

// names lists texts, the first few of them.
func names(list []string) string {
	var s string
	for i, n := range list {
		if i == listed {
			return s + fmt.Sprintf(" and %d more", len(list)-listed)
		}
		if i > 0 {
			s += ", "
		}
		s += quoted(n)
	}
	return s
}

// quoted is a text in a note, where nobody needs all of a long one.
func quoted(s string) string {
	const most = 64 // runes
	n := 0
	for i := range s {
		if n++; n > most {
			return fmt.Sprintf("%q", s[:i]+"…")
		}
	}
	return fmt.Sprintf("%q", s)
}

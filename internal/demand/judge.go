package demand

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"errata/store"
)

// unnamed are the answers with status 501 that are no attempts.
type unnamed struct {
	bodies    bool     // a feed with bodies was read, or nothing at all
	noFeature int64    // error rows that name no feature
	noBody    int64    // answers whose body nobody logged
	sources   []string // of those
	features  []string // that are named, of all
}

// countUnnamed asks for all answers with status 501.
func (b *build) countUnnamed(ctx context.Context) error {
	r, err := b.r.Query(ctx, store.Query{
		Since: b.from, Until: b.to, By: []string{colSource, colFeature}, Where: b.where(isNotBuilt),
		Measures: []string{store.MeasureErrors, store.MeasureEnvelopes},
	})
	if err != nil {
		return err
	}
	u := &b.unnamed
	u.bodies = r.Totals[store.MeasureEnvelopes] != nil
	named, err := b.namedNoBody(ctx, r)
	if err != nil {
		return err
	}
	for _, row := range r.Rows {
		n, _ := row[store.MeasureErrors].(int64)
		source, _ := row[colSource].(string)
		switch feature, _ := row[colFeature].(string); feature {
		case "":
			u.noFeature += n
		case store.NoBody:
			if n -= named[source]; n != 0 {
				u.noBody += n
				u.sources = append(u.sources, source)
			}
		default:
			u.features = append(u.features, feature)
		}
	}
	slices.Sort(u.sources)
	slices.Sort(u.features)
	u.sources, u.features = slices.Compact(u.sources), slices.Compact(u.features)
	return nil
}

// namedNoBody counts the attempts of each source whose log itself names the
// feature as answers without a logged body are named: they stand in one row,
// whichever feature is asked for.
func (b *build) namedNoBody(ctx context.Context, all store.Result) (map[string]int64, error) {
	if !slices.ContainsFunc(all.Rows, func(row map[string]any) bool { return row[colFeature] == store.NoBody }) {
		return nil, nil
	}
	r, err := b.r.Query(ctx, store.Query{
		Since: b.from, Until: b.to, By: []string{colSource}, Measures: []string{store.MeasureAttempts},
		Where: b.where(store.Filter{Dim: colFeature, Op: store.Eq, Value: store.NoBody}),
	})
	if err != nil {
		return nil, err
	}
	named := map[string]int64{}
	for _, row := range r.Rows {
		source, _ := row[colSource].(string)
		named[source], _ = row[store.MeasureAttempts].(int64)
	}
	return named, nil
}

var isNotBuilt = store.Filter{Dim: colStatus, Op: store.Eq, Value: statusNotBuilt}

// callerMaps are what the error rows tell of the callers of attempts: how many
// there were, estimated where they are many, and how many attempts had none.
// They are under no cap of callers, unlike demand rows.
type callerMaps struct {
	rows  map[rowKey]callerMap
	total callerMap
}

type callerMap struct {
	errors   int64
	noCaller int64
	callers  *int64
	stderr   float64
}

func (b *build) askMaps(ctx context.Context, from, to time.Time) (*callerMaps, error) {
	named := store.Filter{Dim: colFeature, Op: store.Ne}
	if b.o.Feature != "" {
		named = store.Filter{Dim: colFeature, Op: store.Eq, Value: b.o.Feature}
	}
	r, err := b.r.Query(ctx, store.Query{
		Since: from, Until: to, By: []string{colFeature, colFrom}, Where: b.where(isNotBuilt, named),
		Measures: []string{store.MeasureErrors, store.MeasureCallers, store.MeasureCallerMap},
	})
	if err != nil {
		return nil, err
	}
	m := &callerMaps{rows: make(map[rowKey]callerMap, len(r.Rows)), total: readMap(r.Totals)}
	for _, row := range r.Rows {
		feature, _ := row[colFeature].(string)
		availableFrom, _ := row[colFrom].(string)
		m.rows[rowKey{feature, availableFrom}] = readMap(row)
	}
	return m, nil
}

func readMap(v map[string]any) (m callerMap) {
	m.errors, _ = v[store.MeasureErrors].(int64)
	if n, ok := v[store.MeasureCallers].(int64); ok {
		m.callers = &n
	}
	m.stderr, _ = v[store.ColumnCallersError].(float64)
	if c, ok := v[store.MeasureCallerMap].(store.CallerMap); ok {
		m.noCaller = c.NoCaller
	}
	return m
}

// judge asks for what demand rows alone do not tell.
func (b *build) judge(ctx context.Context) (err error) {
	if err := b.countUnnamed(ctx); err != nil {
		return err
	}
	if b.attempts == 0 && len(b.rows) == 0 {
		return nil
	}
	// A caller over a cap counts as none: only then are there more of these
	// than the error rows have.
	if b.noCaller > 0 || b.tooMany {
		if b.now, err = b.askMaps(ctx, b.from, b.to); err != nil {
			return err
		}
	}
	if b.prevNoCaller > 0 {
		if b.prev, err = b.askMaps(ctx, b.before, b.from); err != nil {
			return err
		}
	}
	if b.attempts == 0 {
		return nil
	}
	return b.judgeSuccess(ctx)
}

// capped is how many attempts of a row stand without a caller because a cap
// was hit. Without a cap no row is asked: keys of error rows and demand rows
// are folded apart.
func (m *callerMaps) capped(k rowKey, noCaller, all int64) int64 {
	if m == nil || all <= m.total.noCaller {
		return 0
	}
	return max(0, noCaller-m.rows[k].noCaller)
}

// estimate is what caller maps say of a row's callers, nil where they do not
// speak of the same attempts. There are no fewer than those that are known.
func (m *callerMap) estimate(attempts, known int64) (*int64, *float64) {
	if m.callers == nil || m.errors != attempts {
		return nil, nil
	}
	n, e := max(*m.callers, known), m.stderr
	return &n, &e
}

// finish makes rows and totals.
func (b *build) finish() []Row {
	rows := make([]Row, 0, len(b.rows))
	for _, k := range b.keys() {
		t := b.rows[k]
		if t.attempts == 0 && !t.anyBefore() {
			continue // attempts without a caller in the range before: nobody is known to be gone
		}
		rows = append(rows, b.row(k, t))
	}
	slices.SortStableFunc(rows, func(x, y Row) int {
		return compareCounts(x.Attempts, y.Attempts, value(x.Callers), value(y.Callers))
	})
	b.total(rows)
	return rows
}

// keys are those of the rows, in order.
func (b *build) keys() []rowKey { return slices.SortedFunc(maps.Keys(b.rows), compareKeys) }

func (t *tally) anyBefore() bool {
	for _, a := range t.callers {
		if a.before() {
			return true
		}
	}
	return false
}

// row makes one row of the answer.
func (b *build) row(k rowKey, t *tally) Row {
	r := Row{Feature: k.feature, AvailableFrom: k.from, Attempts: t.attempts, Days: int64(len(t.days)), Reasons: t.reasons}
	if t.first != 0 {
		r.FirstSeen, r.LastSeen = micro(t.first), micro(t.last)
	}
	var now, fresh, returning, gone, top int64
	who := false // somebody has a line in the file of names
	orgs := map[string]struct{}{}
	for c, a := range t.callers {
		n := a.now()
		switch {
		case n > 0 && a.before():
			returning++
		case n > 0:
			fresh++
		default:
			gone++
		}
		if n > 0 {
			now++
			top = max(top, n)
			who = b.addOrg(orgs, c) || who
		}
	}
	capped := b.now.capped(k, t.noCaller, b.noCaller)
	switch {
	case b.tooMany || capped > 0:
		m := b.now.rows[k]
		if r.Callers, r.CallersError = m.estimate(t.attempts, now); r.Callers == nil {
			b.unknown.callers = true
		} else if *r.CallersError > 0 {
			b.unknown.estimated = true
		}
	case t.attempts > 0 && t.noCaller == t.attempts:
		b.unknown.nobody = true
	default:
		r.Callers, r.CallersError = &now, new(float64)
		if t.attempts > 0 {
			share := float64(top) / float64(t.attempts)
			r.TopCallerShare = &share
		}
		if b.o.Names != nil && (who || now == 0) {
			n := int64(len(orgs))
			r.Orgs = &n
		}
		r.Converted, r.Reach = b.converted(k, t), b.reach(now)
	}
	if capped > 0 {
		b.capped += capped
	}
	known := !b.before.IsZero() && !b.tooMany && capped == 0 && b.prev.capped(k, t.prevNoCaller, b.prevNoCaller) == 0
	switch {
	case !known:
		b.unknown.compared = b.unknown.compared || !b.before.IsZero()
	case r.Callers != nil:
		r.New, r.Returning, r.Gone = &fresh, &returning, &gone
	}
	return r
}

// total sums up the rows.
func (b *build) total(rows []Row) {
	t := &b.totals
	t.Attempts, t.NoFeature = &b.attempts, &b.unnamed.noFeature
	callers, stderr := int64(0), 0.0
	t.Callers, t.CallersError = &callers, &stderr
	switch {
	case b.tooMany || b.capped > 0:
		most := int64(0)
		for _, r := range rows {
			most = max(most, value(r.Callers))
		}
		t.Callers, t.CallersError = b.now.total.estimate(b.attempts, most)
	case b.attempts > 0 && b.noCaller == b.attempts:
		t.Callers, t.CallersError = nil, nil
	default:
		callers = b.distinct()
	}
	if !b.unnamed.bodies && b.unnamed.noBody > 0 && b.attempts == 0 {
		*t = Totals{}
	}
}

// distinct counts the callers of the range over all features.
func (b *build) distinct() int64 {
	all := map[uint64]struct{}{}
	for _, t := range b.rows {
		for c, a := range t.callers {
			if a.now() > 0 {
				all[c] = struct{}{}
			}
		}
	}
	return int64(len(all))
}

// addOrg notes the organisation of a caller; ok: the file of names has the caller.
func (b *build) addOrg(orgs map[string]struct{}, caller uint64) (ok bool) {
	if b.o.Names == nil {
		return false
	}
	_, org, ok := b.o.Names.Lookup(store.CallerText(caller))
	if org != "" {
		orgs[org] = struct{}{}
	}
	b.unknown.orgs = b.unknown.orgs || !ok
	return ok
}

func compareKeys(x, y rowKey) int {
	if c := strings.Compare(x.feature, y.feature); c != 0 {
		return c
	}
	return strings.Compare(x.from, y.from)
}

package memstore

import (
	"context"
	"fmt"

	"errata/aggregate"
	"errata/store"
)

// ctxEvery is how many cells pass between two looks at the context.
const ctxEvery = 1 << 16

// Scan sums the cells of a scan by group, then yields the groups: what yield
// does may scan again.
func (s *Store) Scan(ctx context.Context, sc store.Scan, yield func(store.Group) error) error {
	x, err := s.compile(sc)
	if err != nil {
		return err
	}
	seen := 0
	err = s.each(x.t, func(c *cell) error {
		if seen++; seen%ctxEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if !x.passes(c.w) {
			return nil
		}
		return x.add(c)
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	for i := range x.groups {
		if err := yield(x.group(i)); err != nil {
			return err
		}
	}
	return nil
}

// scan is one pass over the cells of a kind.
type scan struct {
	store.Scan
	s        *Store
	t        *table
	from, to int64
	where    []filter
	by       []field
	envelope uint32 // the number of the shape envelope; 0: no cell has it
	lookup   hourKey
	hour     *hour // of lookup

	grouping
	callers, heavy []aggregate.CallerCount
	hist           []aggregate.BucketCount
}

// filter is what a key column must be.
type filter struct {
	field
	fs    []store.Filter
	known []uint8 // of texts by number: 0 not judged yet, 1 no, 2 yes
}

func (s *Store) compile(sc store.Scan) (*scan, error) {
	if s.closed {
		return nil, errClosed
	}
	if sc.Kind < firstKind || sc.Kind > lastKind {
		return nil, fmt.Errorf("memstore: kind %d cannot be scanned", sc.Kind)
	}
	t := s.tables[sc.Kind]
	x := &scan{Scan: sc, s: s, t: t}
	var err error
	if x.from, x.to, err = s.bounds(&sc); err != nil {
		return nil, err
	}
	fieldOf := func(name string) (field, error) {
		f, ok := t.field(name)
		if !ok {
			return f, fmt.Errorf("memstore: rows of kind %s have no %s", sc.Kind, name)
		}
		return f, nil
	}
	for i, f := range sc.Where {
		at := -1
		for j := range x.where {
			if x.where[j].name == f.Dim {
				at = j
			}
		}
		if at < 0 {
			d, err := fieldOf(f.Dim)
			if err != nil {
				return nil, err
			}
			x.where = append(x.where, filter{field: d})
			at = len(x.where) - 1
			if d.text != nil {
				x.where[at].known = make([]uint8, s.texts.len())
			}
		}
		x.where[at].fs = append(x.where[at].fs, sc.Where[i])
	}
	for _, name := range sc.By {
		d, err := fieldOf(name)
		if err != nil {
			return nil, err
		}
		x.by = append(x.by, d)
	}
	x.envelope, _ = s.texts.find("envelope")
	x.grouping.init(x)
	return x, nil
}

// bounds are those of a scan in the times that rows have: a bound inside a
// grain is moved to its edge where no row lies between the two.
func (s *Store) bounds(sc *store.Scan) (from, to int64, err error) {
	grain := s.cfg.Grain
	if grain == 0 || sc.Kind.Grain() >= grain {
		return sc.From, sc.To, nil
	}
	if sc.Step%grain != 0 || sc.Origin%grain != 0 {
		return 0, 0, fmt.Errorf("memstore: a step of %d s from %d s: rows are kept by %d s", sc.Step, sc.Origin, grain)
	}
	if from, err = s.edge(sc.From); err != nil {
		return 0, 0, err
	}
	to, err = s.edge(sc.To)
	return from, to, err
}

// edge is the time of a bound among rows that are kept by the grain.
func (s *Store) edge(t int64) (int64, error) {
	start := t - t%s.cfg.Grain
	if t == start {
		return t, nil
	}
	before, after := false, false
	for k, h := range s.hours {
		if int64(k.hour) == start && h.rows {
			before, after = before || h.first < t, after || h.last >= t
		}
	}
	switch {
	case !before:
		return start, nil
	case !after:
		return start + s.cfg.Grain, nil
	default:
		return 0, fmt.Errorf("memstore: a bound at %d s: rows are kept by %d s", t, s.cfg.Grain)
	}
}

// passes tells whether a cell is asked for.
func (x *scan) passes(w []uint32) bool {
	if t := int64(w[0]); t < x.from || t >= x.to {
		return false
	}
	if x.FailedOnly && (x.t.status == 0 || w[x.t.status] < 400) {
		return false
	}
	for i := range x.where {
		if !x.where[i].passes(x.s, w) {
			return false
		}
	}
	return x.Hours == store.HoursAll || x.inHours(w)
}

// inHours restricts to (source, hour) pairs.
func (x *scan) inHours(w []uint32) bool {
	k := hourKey{w[1], w[0] - w[0]%hourSeconds}
	if k != x.lookup || x.hour == nil {
		x.lookup, x.hour = k, x.s.hours[k]
		if x.hour == nil {
			x.hour = &hour{}
		}
	}
	switch x.Hours {
	case store.HoursWithRequests:
		return x.hour.requests
	case store.HoursWithoutRequests:
		return !x.hour.requests
	default:
		return !x.hour.errors
	}
}

// passes judges a text once.
func (f *filter) passes(s *Store, w []uint32) bool {
	if f.text == nil {
		return pass(f.fs, f.valueOf(s, w))
	}
	id := w[f.at]
	if f.known[id] == 0 {
		f.known[id] = 1
		if pass(f.fs, s.texts.text(id)) {
			f.known[id] = 2
		}
	}
	return f.known[id] == 2
}

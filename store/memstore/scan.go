package memstore

import (
	"context"
	"fmt"
	"slices"

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
		v := x.judge(c)
		if !x.passes(c, v) {
			return nil
		}
		return x.add(c, v)
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
	named    []filter // on columns of names
	where    []filter // on columns of cells
	by       []field
	seen     []verdict // of each name, by place
	envelope uint32    // the number of the shape envelope; 0: no cell has it
	lookup   hourKey
	hour     *hour // of lookup

	grouping
	callers, heavy []aggregate.CallerCount
	hist           []aggregate.BucketCount
}

// filter is what a key column must be.
type filter struct {
	field
	fs []store.Filter
}

// verdict is what a scan makes of a name, judged once.
type verdict struct {
	judged, passes    bool
	failed, enveloped bool
	part              uint32 // number of the name's part of the group
}

func (s *Store) compile(sc store.Scan) (*scan, error) {
	if s.closed {
		return nil, errClosed
	}
	if sc.Kind < firstKind || sc.Kind > lastKind {
		return nil, fmt.Errorf("memstore: kind %d cannot be scanned", sc.Kind)
	}
	t := s.tables[sc.Kind]
	t.fold(t.bound(s.cfg.Names), s.texts.other)
	x := &scan{Scan: sc, s: s, t: t, seen: make([]verdict, t.names.n)}
	var err error
	if x.from, x.to, err = s.bounds(&sc); err != nil {
		return nil, err
	}
	for i, f := range sc.Where {
		if slices.ContainsFunc(sc.Where[:i], func(g store.Filter) bool { return g.Dim == f.Dim }) {
			continue // with the first one on its column
		}
		d, err := t.fieldOf(f.Dim)
		if err != nil {
			return nil, err
		}
		y := filter{field: d}
		for _, g := range sc.Where {
			if g.Dim == f.Dim {
				y.fs = append(y.fs, g)
			}
		}
		if d.own {
			x.where = append(x.where, y)
		} else {
			x.named = append(x.named, y)
		}
	}
	for _, name := range sc.By {
		d, err := t.fieldOf(name)
		if err != nil {
			return nil, err
		}
		x.by = append(x.by, d)
	}
	x.envelope, _ = s.texts.find("envelope")
	x.grouping.init(x)
	return x, nil
}

func (l *layout) fieldOf(name string) (field, error) {
	i := slices.IndexFunc(l.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, fmt.Errorf("memstore: rows of kind %s have no %s", l.kind, name)
	}
	return l.fields[i], nil
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

// judge finds out what a cell's name is to the scan.
func (x *scan) judge(c *cell) *verdict {
	place := x.t.place[c.w[atName]]
	v := &x.seen[place]
	if v.judged {
		return v
	}
	name := x.t.names.entry(int(place))
	v.judged, v.passes = true, true
	v.failed = x.t.status >= 0 && name[x.t.status] >= 400
	v.enveloped = x.t.shape >= 0 && x.envelope != 0 && name[x.t.shape] == x.envelope
	if x.FailedOnly && !v.failed {
		v.passes = false
	}
	for i := range x.named {
		f := &x.named[i]
		v.passes = v.passes && pass(f.fs, f.valueOf(x.s, name))
	}
	if v.passes {
		v.part = x.partOf(name)
	}
	return v
}

// passes tells whether a cell is asked for.
func (x *scan) passes(c *cell, v *verdict) bool {
	if !v.passes {
		return false
	}
	if t := int64(c.w[atTime]); t < x.from || t >= x.to {
		return false
	}
	for i := range x.where {
		if f := &x.where[i]; !pass(f.fs, f.valueOf(x.s, c.w)) {
			return false
		}
	}
	return x.Hours == store.HoursAll || x.inHours(c)
}

// inHours restricts to (source, hour) pairs.
func (x *scan) inHours(c *cell) bool {
	name := x.t.names.entry(int(x.t.place[c.w[atName]]))
	k := hourKey{name[atSource], c.w[atTime] - c.w[atTime]%hourSeconds}
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

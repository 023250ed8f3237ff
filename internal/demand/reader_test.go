package demand

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"errata/aggregate"
	"errata/store"
)

// event is one logged answer, from which the reader of the tests tells what a
// store would.
type event struct {
	at            time.Time
	source        string
	status        int
	feature, from string
	reason        string
	client        string
	caller        uint64 // 0: none
	beta          string // of a success
	request       bool   // it has a request row
	body          bool   // it has an error row, where it is an error
	capped        bool   // the demand row has lost its caller to a cap
}

func (e *event) attempt() bool { return e.body && e.status == 501 && e.feature != "" }

func (e *event) counted() bool { return e.request || e.body && e.status >= 400 }

// plain is a Reader over events, by the definitions of docs/schema.md and
// nothing else.
type plain struct {
	events  []event
	rng     *rand.Rand // shuffles what a listing yields; nil: not
	expired bool       // caller maps are gone
	calls   []string
}

func passes(e *event, where []store.Filter) bool {
	held := map[string]bool{}
	asked := map[string]bool{}
	for _, f := range where {
		v := map[string]string{"source": e.source, "feature": e.feature, "available_from": e.from, "status": strconv.Itoa(e.status)}[f.Dim]
		switch f.Op {
		case store.Ne:
			if v == f.Value {
				return false
			}
		default:
			asked[f.Dim] = true
			held[f.Dim] = held[f.Dim] || v == f.Value
		}
	}
	for d := range asked {
		if !held[d] {
			return false
		}
	}
	return true
}

func within(t, since, until time.Time) bool {
	return (since.IsZero() || !t.Before(since)) && (until.IsZero() || t.Before(until))
}

func (p *plain) List(_ context.Context, l store.Listing, yield func(store.Cell) error) error {
	p.calls = append(p.calls, "list "+l.Kind.String())
	cells := map[string]*store.Cell{}
	for i := range p.events {
		e := &p.events[i]
		from := e.from
		switch l.Kind {
		case aggregate.KindDemand:
			if !e.attempt() {
				continue
			}
		case aggregate.KindAdopt:
			if !e.request || e.status/100 != 2 || e.beta == "" {
				continue
			}
			from = e.beta
		default:
			panic("listing of " + l.Kind.String())
		}
		today := e.at.UTC().Truncate(24 * time.Hour)
		if !within(today, l.Since, l.Until) || !passes(e, l.Where) {
			continue
		}
		var dims []string
		for _, d := range l.By {
			v, ok := map[string]string{
				"source": e.source, "feature": e.feature, "available_from": from, "reason": e.reason, "client": e.client, "caller": "",
			}[d]
			if !ok {
				panic("listing by " + d)
			}
			if d == "caller" && e.caller != 0 && !e.capped {
				v = fmt.Sprintf("%016x", e.caller)
			}
			dims = append(dims, v)
		}
		var bucket int64
		if l.Step != 0 {
			bucket = today.Unix()
		}
		k := fmt.Sprintf("%d %q", bucket, dims)
		c := cells[k]
		us := e.at.UnixMicro()
		if c == nil {
			c = &store.Cell{Time: bucket, Dims: dims, First: us, Last: us}
			cells[k] = c
		}
		c.N++
		c.First, c.Last = min(c.First, us), max(c.Last, us)
	}
	keys := make([]string, 0, len(cells))
	for k := range cells {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	if p.rng != nil {
		p.rng.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	}
	for _, k := range keys {
		if err := yield(*cells[k]); err != nil {
			return err
		}
	}
	return nil
}

func (p *plain) Query(_ context.Context, q store.Query) (store.Result, error) {
	r := store.Result{Totals: map[string]any{}}
	if len(q.Measures) == 0 { // what is held
		p.span(&r, q)
		return r, nil
	}
	p.calls = append(p.calls, "query "+q.Measures[0])
	if len(q.Where) > 0 && q.Measures[0] != store.MeasureActiveCallers {
		if err := store.Validate(store.Query{By: q.By, Where: q.Where, Measures: slices.DeleteFunc(slices.Clone(q.Measures), func(m string) bool { return m == store.MeasureCallerMap })}); err != nil {
			return r, err
		}
	}
	var events []*event
	for i := range p.events {
		e := &p.events[i]
		if !e.counted() || !within(e.at, q.Since, q.Until) {
			continue
		}
		events = append(events, e)
	}
	switch q.Measures[0] {
	case store.MeasureErrors:
		p.errors(&r, events, q)
	case store.MeasureAttempts:
		count(&r, events, q, func(e *event) bool { return e.attempt() })
	case store.MeasureActiveCallers:
		count(&r, events, store.Query{Where: q.Where, Measures: q.Measures[1:]}, func(e *event) bool { return e.request })
		set := map[uint64]bool{}
		known := false
		for _, e := range events {
			if e.request && passes(e, q.Where) {
				known = true
				if e.caller != 0 {
					set[e.caller] = true
				}
			}
		}
		if known {
			r.Totals[store.MeasureActiveCallers] = int64(len(set))
			r.Totals[store.ColumnActiveCallersError] = 0.0
			var m store.CallerMap
			for c := range set {
				m.Callers = append(m.Callers, aggregate.CallerCount{Hash: c, N: 1})
			}
			slices.SortFunc(m.Callers, func(x, y aggregate.CallerCount) int { return cmp.Compare(x.Hash, y.Hash) })
			m.Callers = m.Callers[:min(len(m.Callers), aggregate.K)]
			r.Totals[store.MeasureCallerMap] = m
		}
	default:
		panic("query for " + q.Measures[0])
	}
	return r, nil
}

func (p *plain) span(r *store.Result, q store.Query) {
	for i := range p.events {
		e := &p.events[i]
		if !e.counted() || !passes(e, q.Where) {
			continue
		}
		minute := e.at.UTC().Truncate(time.Minute)
		end := minute.Add(time.Minute)
		if r.HeldFrom == nil || minute.Before(*r.HeldFrom) {
			r.HeldFrom = &minute
		}
		if r.HeldTo == nil || end.After(*r.HeldTo) {
			r.HeldTo = &end
		}
	}
}

// count makes rows by source.
func count(r *store.Result, events []*event, q store.Query, fn func(*event) bool) {
	n := map[string]int64{}
	for _, e := range events {
		if fn(e) && passes(e, q.Where) {
			n[e.source]++
		}
	}
	for s, v := range n {
		r.Rows = append(r.Rows, map[string]any{"source": s, q.Measures[0]: v})
	}
}

// errors makes rows of answers by source and feature, or by feature and
// available_from.
func (p *plain) errors(r *store.Result, events []*event, q store.Query) {
	type group struct {
		n, noCaller int64
		callers     map[uint64]bool
	}
	groups := map[[2]string]*group{}
	total := &group{callers: map[uint64]bool{}}
	bodies := false
	for i := range p.events {
		bodies = bodies || p.events[i].body && passes(&p.events[i], sources(q.Where))
	}
	for _, e := range events {
		f := *e
		if !f.body {
			f.feature, f.from = store.NoBody, store.NoBody
			if slices.ContainsFunc(q.Where, func(f store.Filter) bool { return f.Dim == "feature" }) {
				continue
			}
		}
		if !passes(&f, q.Where) {
			continue
		}
		k := [2]string{f.source, f.feature}
		if q.By[0] == "feature" {
			k = [2]string{f.feature, f.from}
		}
		g := groups[k]
		if g == nil {
			g = &group{callers: map[uint64]bool{}}
			groups[k] = g
		}
		for _, g := range []*group{g, total} {
			g.n++
			if f.caller == 0 {
				g.noCaller++
			} else {
				g.callers[f.caller] = true
			}
		}
	}
	row := func(g *group) map[string]any {
		v := map[string]any{store.MeasureErrors: g.n}
		if slices.Contains(q.Measures, store.MeasureEnvelopes) {
			v[store.MeasureEnvelopes] = nil
			if bodies {
				v[store.MeasureEnvelopes] = g.n
			}
		}
		if slices.Contains(q.Measures, store.MeasureCallers) {
			v[store.MeasureCallers], v[store.ColumnCallersError] = nil, nil
			if !p.expired {
				v[store.MeasureCallers], v[store.ColumnCallersError] = int64(len(g.callers)), 1.5
			}
			v[store.MeasureCallerMap] = store.CallerMap{NoCaller: g.noCaller, Expired: p.expired}
		}
		return v
	}
	for k, g := range groups {
		v := row(g)
		v[q.By[0]], v[q.By[1]] = k[0], k[1]
		r.Rows = append(r.Rows, v)
	}
	r.Totals = row(total)
}

func sources(where []store.Filter) []store.Filter {
	return slices.DeleteFunc(slices.Clone(where), func(f store.Filter) bool { return f.Dim != "source" })
}

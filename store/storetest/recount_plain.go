package storetest

import (
	"fmt"
	"sort"

	"errata/aggregate"
	"errata/store"
)

// plain counts the rows of one kind.
func (c *recounter) plain(measures []string, kind aggregate.Kind, grain int64) expected {
	c.setRange(grain)
	out := map[string]*cell{}
	total := newCell(0, nil)
	for i := range c.rows {
		r := &c.rows[i]
		if r.Kind != kind || !c.inRange(r.Time) || !c.passes(&r.Key, func(string) bool { return true }) {
			continue
		}
		o := get(out, c.bucket(r.Time), c.dims(&r.Key, c.q.By))
		o.n += r.N
		o.errors += r.N
		total.n += r.N
		total.errors += r.N
	}
	v := valuer{c: c, measures: measures, supported: []string{"entries"}}
	if kind == aggregate.KindFinding {
		v.supported = []string{"errors", "findings"}
	}
	e := v.finish(out, total)
	e.coverage = c.sourceCoverage()
	return e
}

// active counts all requests and their callers.
func (c *recounter) active(measures []string) expected {
	c.setRange(3600)
	out := map[string]*cell{}
	total := newCell(0, nil)
	v := valuer{c: c, measures: measures, supported: []string{"requests", "active_callers"}}
	for i := range c.rows {
		r := &c.rows[i]
		if r.Kind == aggregate.KindRequest && c.hourInRange(r.Time) && c.sourcePasses(r.Source) {
			v.anyReq = true
		}
		if r.Kind != aggregate.KindActive || !c.inRange(r.Time) || !c.sourcePasses(r.Source) {
			continue
		}
		for _, o := range []*cell{get(out, c.bucket(r.Time), c.dims(&r.Key, c.q.By)), total} {
			o.requests += r.N
			o.errors += r.N // only so that a row is shown
			c.callers(o, r)
		}
	}
	e := v.finish(out, total)
	e.coverage = c.sourceCoverage()
	return e
}

// demand counts attempts, and all other errors without a feature.
func (c *recounter) demand(measures []string) expected {
	c.setRange(86400)
	out := map[string]*cell{}
	total := newCell(0, nil)
	filtered := false
	for _, f := range c.q.Where {
		filtered = filtered || f.Dim != "source"
	}
	withRest := has(measures, "errors") && !filtered
	for i := range c.rows {
		r := &c.rows[i]
		if !c.inRange(r.Time) || !c.sourcePasses(r.Source) {
			continue
		}
		t := c.bucket(r.Time)
		var dims []string
		for _, d := range c.q.By {
			if d == "source" {
				dims = append(dims, r.Source)
			} else {
				dims = append(dims, "")
			}
		}
		if dims == nil {
			dims = []string{}
		}
		paired := c.hasReq[hourKey(r.Source, r.Time)]
		var rest int64
		switch r.Kind {
		case aggregate.KindDemand:
			if withRest {
				get(out, t, dims).errors -= r.N
				total.errors -= r.N
			}
			if !c.passes(&r.Key, func(string) bool { return true }) {
				continue
			}
			o := get(out, t, c.dims(&r.Key, c.q.By))
			for _, x := range []*cell{o, total} {
				x.n += r.N
				x.errors += r.N
				if r.Caller == 0 {
					x.noCaller += r.N
				} else {
					x.callers[r.Caller] += r.N
					x.named += r.N
				}
			}
		case aggregate.KindRequest:
			if r.Status >= 400 {
				rest = r.N
			}
		case aggregate.KindError:
			if paired {
				rest = r.Extra
			} else {
				rest = r.N
			}
		}
		if withRest && rest != 0 {
			get(out, t, dims).errors += rest
			total.errors += rest
		}
	}
	v := valuer{c: c, measures: measures, supported: []string{"errors", "attempts", "callers", "caller_map"}, anyErr: true}
	for _, o := range out {
		o.rest = o.n == 0
	}
	e := v.finish(out, total)
	e.coverage = c.sourceCoverage()
	return e
}

// sourceCoverage is coverage where only sources are filtered.
func (c *recounter) sourceCoverage() *float64 {
	var failed, bodies int64
	for i := range c.rows {
		r := &c.rows[i]
		if r.Status < 400 || !c.inRange(r.Time) || !c.sourcePasses(r.Source) || !c.reqs[r.Source] || !c.bodies[r.Source] {
			continue
		}
		switch {
		case r.Kind == aggregate.KindRequest:
			failed += r.N
		case r.Kind == aggregate.KindError && c.hasReq[hourKey(r.Source, r.Time)]:
			bodies += r.N
		}
	}
	if failed == 0 {
		return nil
	}
	f := float64(bodies) / float64(failed)
	return &f
}

// sortRows orders rows as the default order does.
func sortRows(rows []map[string]any, q store.Query, measures []string) {
	num := func(v any) (float64, bool) {
		switch x := v.(type) {
		case int64:
			return float64(x), true
		case float64:
			return x, true
		}
		return 0, false
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		if q.Step > 0 && a["time"] != b["time"] {
			return a["time"].(string) < b["time"].(string)
		}
		x, okx := num(a[measures[0]])
		y, oky := num(b[measures[0]])
		if okx != oky {
			return okx
		}
		if x != y {
			return x > y
		}
		for _, d := range q.By {
			if s, t := fmt.Sprint(a[d]), fmt.Sprint(b[d]); s != t {
				return s < t
			}
		}
		return false
	})
}

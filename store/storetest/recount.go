package storetest

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"errata/aggregate"
	"errata/store"
)

// The recount knows the kinds by these plain lists.
var (
	requestDims = []string{"source", "route", "method", "status"}
	errorDims   = []string{
		"source", "route", "method", "status", "type", "code", "param", "param_source",
		"feature", "available_from", "shape", "origin", "template",
	}
	rclientDims = []string{"source", "route", "method", "status", "client", "auth", "retry"}
	eclientDims = []string{"source", "route", "method", "status", "type", "param", "client", "auth", "retry"}
	findingDims = []string{"source", "route", "method", "status", "type", "finding"}
	demandDims  = []string{"source", "feature", "available_from", "reason", "client"}
)

// expected is what a store should answer.
type expected struct {
	rows     []map[string]any
	totals   map[string]any
	coverage *float64
	clamped  int64
	undated  int64
}

// cell is one row of the answer being counted.
type cell struct {
	time      int64
	dims      []string
	requests  int64
	responses int64
	errors    int64
	ratioNum  int64
	ratioDen  int64
	enveloped int64
	bytes     int64
	n         int64
	hist      map[uint8]int64
	callers   map[uint64]int64
	noCaller  int64
	named     int64 // entries with a caller
	rest      bool
	expired   bool
}

func newCell(t int64, dims []string) *cell {
	return &cell{time: t, dims: dims, hist: map[uint8]int64{}, callers: map[uint64]int64{}}
}

// recounter answers one query from rows.
type recounter struct {
	rows     []aggregate.Row
	q        store.Query
	bodies   map[string]bool // sources that had bodies or a feed with them
	reqs     map[string]bool // sources that had requests or a feed with them
	from, to int64
	hasReq   map[string]bool // source \0 hour
	hasErr   map[string]bool
}

func hourKey(source string, t int64) string { return fmt.Sprintf("%s\x00%d", source, t/3600) }

// dimOf is a key column as a dimension.
func dimOf(k *aggregate.Key, dim string) string {
	switch dim {
	case "source":
		return k.Source
	case "route":
		return k.Route
	case "method":
		return k.Method
	case "status":
		return strconv.Itoa(int(k.Status))
	case "type":
		return k.Type
	case "code":
		return k.Code
	case "param":
		return k.Param
	case "param_source":
		return k.ParamSource
	case "feature":
		return k.Feature
	case "available_from":
		return k.AvailableFrom
	case "reason":
		return k.Reason
	case "shape":
		return k.Shape
	case "origin":
		return k.Origin
	case "template":
		return k.Template
	case "client":
		return k.Client
	case "auth":
		return k.Auth
	case "retry":
		return k.Retry
	case "finding":
		return k.Finding
	case "x1":
		return k.X1
	case "x2":
		return k.X2
	case "x3":
		return k.X3
	case "pos":
		return strconv.FormatInt(k.Pos, 10)
	case "caller":
		if k.Caller == 0 {
			return ""
		}
		return fmt.Sprintf("%016x", k.Caller)
	}
	panic("storetest: unknown dimension " + dim)
}

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}

func all(list, in []string) bool {
	for _, v := range list {
		if !has(in, v) {
			return false
		}
	}
	return true
}

// passes applies the filters on dimensions that the predicate accepts.
func (c *recounter) passes(k *aggregate.Key, want func(string) bool) bool {
	byDim := map[string][]store.Filter{}
	for _, f := range c.q.Where {
		if want(f.Dim) {
			byDim[f.Dim] = append(byDim[f.Dim], f)
		}
	}
	for dim, fs := range byDim {
		v := dimOf(k, dim)
		positive, hit := false, false
		for _, f := range fs {
			switch f.Op {
			case store.Eq:
				positive, hit = true, hit || v == f.Value
			case store.Prefix:
				positive, hit = true, hit || strings.HasPrefix(v, f.Value)
			case store.Ne:
				if v == f.Value {
					return false
				}
			}
		}
		if positive && !hit {
			return false
		}
	}
	return true
}

func (c *recounter) bucket(t int64) int64 {
	switch step := int64(c.q.Step / time.Second); step {
	case 0:
		return 0
	case 7 * 86400:
		monday := int64(4 * 86400)
		return t - (t-monday)%step
	default:
		return t - t%step
	}
}

func (c *recounter) inRange(t int64) bool {
	return t >= 86400 && t >= c.from && (c.to == math.MaxInt64 || t < c.to)
}

// recount answers a query the slow way.
func recount(rows []aggregate.Row, q store.Query, bodies, reqs map[string]bool) expected {
	c := &recounter{rows: rows, q: q, bodies: map[string]bool{}, reqs: map[string]bool{}, hasReq: map[string]bool{}, hasErr: map[string]bool{}}
	for s := range bodies {
		c.bodies[s] = true
	}
	for s := range reqs {
		c.reqs[s] = true
	}
	for i := range rows {
		r := &rows[i]
		switch r.Kind {
		case aggregate.KindRequest:
			c.reqs[r.Source] = true
			c.hasReq[hourKey(r.Source, r.Time)] = true
		case aggregate.KindError:
			c.bodies[r.Source] = true
			c.hasErr[hourKey(r.Source, r.Time)] = true
		}
	}
	asked := append([]string(nil), q.By...)
	for _, f := range q.Where {
		asked = append(asked, f.Dim)
	}
	measures := q.Measures
	if len(measures) == 0 {
		measures = []string{"errors"}
	}
	switch {
	case has(measures, "entries"):
		return c.plain(measures, aggregate.KindRead, 3600)
	case has(measures, "findings"):
		return c.plain(measures, aggregate.KindFinding, 3600)
	case has(measures, "attempts"):
		return c.demand(measures)
	case has(measures, "active_callers"):
		return c.active(measures)
	case all(asked, errorDims):
		return c.split(measures, aggregate.KindRequest, aggregate.KindError, 60)
	case all(asked, eclientDims):
		return c.split(measures, aggregate.KindRClient, aggregate.KindEClient, 3600)
	case all(asked, findingDims):
		return c.plain(measures, aggregate.KindFinding, 3600)
	case all(asked, demandDims):
		return c.demand(measures)
	}
	panic("storetest: no kind answers " + strings.Join(asked, ","))
}

func (c *recounter) setRange(grain int64) {
	c.from, c.to = 0, math.MaxInt64
	if !c.q.Since.IsZero() {
		c.from = int64(math.Floor(float64(c.q.Since.UnixMilli())/1000/float64(grain))) * grain
	}
	if !c.q.Until.IsZero() {
		c.to = int64(math.Ceil(float64(c.q.Until.UnixMilli())/1000/float64(grain))) * grain
	}
	if !c.q.Since.IsZero() && c.q.Since.Equal(c.q.Until) {
		c.to = c.from
	}
}

func key(t int64, dims []string) string {
	return fmt.Sprintf("%d%q", t, dims)
}

func (c *recounter) dims(k *aggregate.Key, names []string) []string {
	out := []string{}
	for _, d := range names {
		out = append(out, dimOf(k, d))
	}
	return out
}

func get(m map[string]*cell, t int64, dims []string) *cell {
	k := key(t, dims)
	if m[k] == nil {
		m[k] = newCell(t, dims)
	}
	return m[k]
}

// split is errors and requests by what both or only errors know.
func (c *recounter) split(measures []string, req, errs aggregate.Kind, grain int64) expected {
	c.setRange(grain)
	reqDims := requestDims
	if req == aggregate.KindRClient {
		reqDims = rclientDims
	}
	common := func(d string) bool { return has(reqDims, d) }
	every := func(string) bool { return true }
	envelopeFilter, envelopeBy := false, false
	var commonBy []string
	for _, f := range c.q.Where {
		envelopeFilter = envelopeFilter || !common(f.Dim)
	}
	for _, d := range c.q.By {
		if common(d) {
			commonBy = append(commonBy, d)
		} else {
			envelopeBy = true
		}
	}
	out := map[string]*cell{}
	denominators := map[string]*cell{} // by the common dimensions
	rests := map[string]*cell{}
	total := newCell(0, nil)
	anyReq, anyErr := false, false
	var coverReq, coverErr int64
	for i := range c.rows {
		r := &c.rows[i]
		// Hours are chosen whole and by source only.
		if (r.Kind == aggregate.KindRequest || r.Kind == aggregate.KindError) && c.hourInRange(r.Time) && c.sourcePasses(r.Source) {
			anyReq = anyReq || c.hasReq[hourKey(r.Source, r.Time)]
			anyErr = anyErr || c.hasErr[hourKey(r.Source, r.Time)]
		}
		if !c.inRange(r.Time) {
			continue
		}
		t := c.bucket(r.Time)
		paired := c.hasReq[hourKey(r.Source, r.Time)]
		covered := c.reqs[r.Source] && c.bodies[r.Source]
		switch r.Kind {
		case req:
			if !c.passes(&r.Key, common) {
				continue
			}
			cd := c.dims(&r.Key, commonBy)
			den := get(denominators, t, cd)
			den.requests += r.N
			total.requests += r.N
			total.responses += r.N
			total.ratioDen += r.N
			den.bytes += r.Bytes
			total.bytes += r.Bytes
			for _, h := range r.Hist {
				den.hist[h.Bucket] += h.N
				total.hist[h.Bucket] += h.N
			}
			if !envelopeBy && !envelopeFilter {
				o := get(out, t, cd)
				o.requests += r.N
				o.responses += r.N
				o.ratioDen += r.N
				o.bytes += r.Bytes
				for _, h := range r.Hist {
					o.hist[h.Bucket] += h.N
				}
			}
			if r.Status < 400 {
				continue
			}
			if covered {
				coverReq += r.N
			}
			if envelopeFilter {
				continue
			}
			total.errors += r.N
			total.ratioNum += r.N
			target := out
			if envelopeBy {
				target = rests
			}
			o := get(target, t, cd)
			o.errors += r.N
			o.ratioNum += r.N
			if !c.hasErr[hourKey(r.Source, r.Time)] {
				c.callers(o, r)
				c.callers(total, r)
			}
		case errs:
			if !c.passes(&r.Key, common) {
				continue
			}
			if paired && covered && r.Status >= 400 {
				coverErr += r.N
			}
			if !c.passes(&r.Key, every) {
				continue
			}
			o := get(out, t, c.dims(&r.Key, c.q.By))
			if r.Shape == "envelope" {
				o.enveloped += r.N
				total.enveloped += r.N
			}
			c.callers(o, r)
			c.callers(total, r)
			if !paired && !envelopeFilter {
				o.responses += r.N
				total.responses += r.N
			}
			switch {
			case envelopeFilter:
				o.errors += r.N
				total.errors += r.N
				if paired {
					o.ratioNum += r.N
					total.ratioNum += r.N
				}
			case !envelopeBy && paired:
				o.errors += r.Extra
				o.ratioNum += r.Extra
				total.errors += r.Extra
				total.ratioNum += r.Extra
			case !envelopeBy:
				o.errors += r.N
				total.errors += r.N
			case paired:
				o.errors += r.N
				o.ratioNum += r.N
				rest := get(rests, t, c.dims(&r.Key, commonBy))
				rest.errors += r.Extra - r.N
				rest.ratioNum += r.Extra - r.N
				total.errors += r.Extra
				total.ratioNum += r.Extra
			default:
				o.errors += r.N
				total.errors += r.N
			}
		}
	}
	if envelopeBy {
		for _, rest := range rests {
			if rest.errors == 0 && len(rest.callers) == 0 && !rest.expired {
				continue
			}
			var dims []string
			rem := rest.dims
			for _, d := range c.q.By {
				if common(d) {
					dims, rem = append(dims, rem[0]), rem[1:]
				} else {
					dims = append(dims, "(no body)")
				}
			}
			if o := out[key(rest.time, dims)]; o != nil {
				o.errors += rest.errors
				o.ratioNum += rest.ratioNum
				o.noCaller += rest.noCaller
				o.named += rest.named
				for h, n := range rest.callers {
					o.callers[h] += n
				}
				continue
			}
			rest.rest = true
			rest.dims = dims
			out[key(rest.time, dims)] = rest
		}
	}
	for _, o := range out {
		cd := []string{}
		for i, d := range c.q.By {
			if common(d) {
				cd = append(cd, o.dims[i])
			}
		}
		if den := denominators[key(o.time, cd)]; den != nil {
			o.ratioDen = den.requests
		}
	}
	v := valuer{
		c: c, measures: measures, envelopeBy: envelopeBy, envelopeFilter: envelopeFilter, anyReq: anyReq, anyErr: anyErr,
		supported: []string{"requests", "responses", "errors", "ratio"},
	}
	if req == aggregate.KindRequest {
		v.supported = append(v.supported, "envelopes", "callers", "bytes", "p50", "p95", "p99", "caller_map")
	}
	e := v.finish(out, total)
	if coverReq > 0 && anyCovered(c) {
		f := float64(coverErr) / float64(coverReq)
		e.coverage = &f
	}
	return e
}

// anyCovered tells whether a source in scope has both feeds.
func anyCovered(c *recounter) bool {
	for s := range c.reqs {
		if c.bodies[s] && c.sourcePasses(s) {
			return true
		}
	}
	return false
}

func (c *recounter) sourcePasses(source string) bool {
	return c.passes(&aggregate.Key{Source: source}, func(d string) bool { return d == "source" })
}

// hourInRange tells whether the hour of t touches the range.
func (c *recounter) hourInRange(t int64) bool {
	h := t - t%3600
	return t >= 86400 && h+3600 > c.from && (c.to == math.MaxInt64 || h < c.to) && c.from != c.to
}

func (c *recounter) callers(o *cell, r *aggregate.Row) {
	for _, x := range r.Callers {
		o.callers[x.Hash] += x.N
	}
	o.noCaller += r.NNoCaller
	o.named += r.N - r.NNoCaller
}

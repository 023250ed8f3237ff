package aggregate

import (
	"cmp"
	"slices"
	"strings"

	"errata/parse"
	"errata/parse/normal"
)

// Flush appends the rows of the batch to dst, sorted by key, and starts the
// next batch. The rows and all they point to belong to the caller.
func (a *Aggregator) Flush(dst []Row) []Row {
	a.prune(true)
	names := a.rank()
	order := a.order()
	dst = slices.Grow(dst, len(order))
	callers, hist := a.mapSizes()
	w := rowWriter{
		a: a, names: names,
		callers: make([]CallerCount, 0, callers),
		hist:    make([]BucketCount, 0, hist),
	}
	for _, i := range order {
		dst = append(dst, w.row(&a.cells.slab[i]))
	}
	a.reset()
	a.done = true
	return dst
}

// names are the values of each dimension by rank.
type names [dimCount][]dictVal

// rank replaces every id in the cells by its rank in byte order, so that rows
// sort without looking at a string. The table is of no use after it.
func (a *Aggregator) rank() (n names) {
	var ranks [dimCount][]uint32
	for dim := range a.dicts {
		ranks[dim], n[dim] = a.dicts[dim].sorted()
	}
	for i := range a.cells.slab {
		c := &a.cells.slab[i]
		c.route = ranks[dimRoute][c.route]
		c.method = ranks[dimMethod][c.method]
		c.typ = ranks[dimType][c.typ]
		c.code = ranks[dimCode][c.code]
		c.param = ranks[dimParam][c.param]
		c.feature = ranks[dimFeature][c.feature]
		if c.kind == KindAdopt {
			c.avail = ranks[dimBeta][c.avail]
		} else {
			c.avail = ranks[dimAvail][c.avail]
		}
		c.template = ranks[dimTemplate][c.template]
		c.client = ranks[dimClient][c.client]
	}
	a.ranked = true
	return n
}

// order is the cells' places in the order of their rows.
func (a *Aggregator) order() []uint32 {
	order := make([]uint32, len(a.cells.slab))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int {
		return a.compare(&a.cells.slab[x].key, &a.cells.slab[y].key)
	})
	return order
}

// compare orders keys as Key.Compare does.
func (a *Aggregator) compare(x, y *key) int {
	if x.kind != y.kind {
		return cmp.Compare(x.kind, y.kind)
	}
	if x.time != y.time {
		return cmp.Compare(x.time, y.time)
	}
	if x.route != y.route {
		return a.compareIDs(dimRoute, x.route, y.route)
	}
	if x.method != y.method {
		return a.compareIDs(dimMethod, x.method, y.method)
	}
	if x.status != y.status {
		return cmp.Compare(x.status, y.status)
	}
	avail := dimAvail
	if x.kind == KindAdopt {
		avail = dimBeta
	}
	return cmp.Or(
		a.compareIDs(dimType, x.typ, y.typ),
		a.compareIDs(dimCode, x.code, y.code),
		a.compareIDs(dimParam, x.param, y.param),
		strings.Compare(parse.ParamSource(x.psource).String(), parse.ParamSource(y.psource).String()),
		a.compareIDs(dimFeature, x.feature, y.feature),
		a.compareIDs(avail, x.avail, y.avail),
		strings.Compare(x.reasonName(), y.reasonName()),
		strings.Compare(parse.Shape(x.shape).String(), parse.Shape(y.shape).String()),
		strings.Compare(parse.Origin(x.origin).String(), parse.Origin(y.origin).String()),
		a.compareIDs(dimTemplate, x.template, y.template),
		a.compareIDs(dimClient, x.client, y.client),
		strings.Compare(normal.Auth(x.auth).String(), normal.Auth(y.auth).String()),
		strings.Compare(normal.Retry(x.retry).String(), normal.Retry(y.retry).String()),
		strings.Compare(x.findingName(), y.findingName()),
		cmp.Compare(x.caller, y.caller),
		cmp.Compare(x.pos, y.pos),
	)
}

func (a *Aggregator) compareIDs(dim int, x, y uint32) int {
	switch {
	case x == y:
		return 0
	case a.ranked:
		return cmp.Compare(x, y)
	default:
		return strings.Compare(a.dicts[dim].vals[x].s, a.dicts[dim].vals[y].s)
	}
}

func (k *key) reasonName() string {
	switch k.kind {
	case KindRead:
		return string(reasons[k.reason])
	case KindDemand:
		return demandReasons[k.reason]
	default:
		return ""
	}
}

func (k *key) findingName() string {
	if k.finding == 0 {
		return ""
	}
	return parse.FindingNames[k.finding-1]
}

// mapSizes bounds the entries of all rows' caller maps and histograms, so that
// each is allocated once.
func (a *Aggregator) mapSizes() (callers, hist int) {
	for i := range a.cells.slab {
		switch c := &a.cells.slab[i]; {
		case c.kind == KindSample: // caller0 is the sample's hash
		case c.set != 0:
			s := &a.sets[c.set]
			callers += min(s.used, K) + M
		case c.caller0n > 0:
			callers++
		}
	}
	for i := range a.hists {
		if h := &a.hists[i]; h.dense() {
			hist += Buckets
		} else {
			hist += h.used
		}
	}
	return callers, hist + len(a.cells.slab)
}

// rowWriter turns ranked cells into rows.
type rowWriter struct {
	a       *Aggregator
	names   names
	callers []CallerCount
	hist    []BucketCount
}

func (w *rowWriter) row(c *cell) Row {
	n, a := &w.names, w.a
	avail := n[dimAvail]
	if c.kind == KindAdopt {
		avail = n[dimBeta]
	}
	r := Row{
		Key: Key{
			Kind:          c.kind,
			Time:          int64(c.time),
			Source:        a.cfg.Source,
			Route:         n[dimRoute][c.route].s,
			Method:        n[dimMethod][c.method].s,
			Status:        c.status,
			Type:          n[dimType][c.typ].s,
			Code:          n[dimCode][c.code].s,
			Param:         n[dimParam][c.param].s,
			ParamSource:   parse.ParamSource(c.psource).String(),
			Feature:       n[dimFeature][c.feature].s,
			AvailableFrom: avail[c.avail].s,
			Reason:        c.reasonName(),
			Shape:         parse.Shape(c.shape).String(),
			Origin:        parse.Origin(c.origin).String(),
			Template:      n[dimTemplate][c.template].s,
			Client:        n[dimClient][c.client].s,
			Auth:          normal.Auth(c.auth).String(),
			Retry:         normal.Retry(c.retry).String(),
			Finding:       c.findingName(),
			Caller:        c.caller,
			Pos:           int64(c.pos),
		},
		N:         c.n,
		Extra:     c.extra,
		Bytes:     c.bytes,
		NNoCaller: c.noCaller,
		First:     c.first,
		Last:      c.last,
		Text:      a.texts[c.text],
	}
	switch c.kind {
	case KindSample: // counts no entries: its n only ranks it
		r.N = 0
		return r
	case KindTemplate:
		r.Text = n[dimTemplate][c.template].text
		if r.Template == Other {
			r.Text = Other
		}
	}
	w.maps(c, &r)
	return r
}

// maps fills the histogram and the caller maps.
func (w *rowWriter) maps(c *cell, r *Row) {
	from := len(w.hist)
	switch {
	case c.hist != 0:
		w.hist = w.a.hists[c.hist].appendTo(w.hist)
	case c.hist0 != 0:
		w.hist = append(w.hist, BucketCount{uint8(c.hist0 >> histShift), int64(c.hist0 & histMask)})
	}
	r.Hist = section(w.hist, from)
	from = len(w.callers)
	switch {
	case c.set != 0:
		var callers int
		w.callers, callers, _ = w.a.sets[c.set].finish(w.callers, &w.a.sc)
		r.Callers = section(w.callers[:from+callers], from)
		r.Heavy = section(w.callers, from+callers)
	case c.caller0n > 0:
		w.callers = append(w.callers, CallerCount{c.caller0, c.caller0n})
		r.Callers = section(w.callers, from)
	}
}

// section is the end of a list, nil if it is empty. It cannot grow into what
// is appended later.
func section[T any](s []T, from int) []T {
	if from == len(s) {
		return nil
	}
	return s[from:len(s):len(s)]
}

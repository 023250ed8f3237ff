package aggregate

import (
	"cmp"
	"slices"
)

// prune brings dimensions and kinds down to their caps: the largest stay, the
// others are counted under Other. While folding only what has grown far beyond
// its cap is touched; at the end of the batch everything is.
//
// A value that was cut off and comes again starts anew from 0. So a named row
// may be below its true count, and the total holds, but it is never above it.
func (a *Aggregator) prune(final bool) {
	a.over = false
	a.pruneDicts(final)
	a.pruneCallers(KindDemand, a.cfg.Caps.DemandCallers, &a.stats.Overflow.DemandCallers)
	a.pruneCallers(KindAdopt, a.cfg.Caps.AdoptCallers, &a.stats.Overflow.AdoptCallers)
	a.pruneKeys(final)
}

// due tells whether something of n values or rows is to be pruned now.
func (a *Aggregator) due(n, limit int, final bool) bool {
	return final && n > limit || n > 2*limit+a.slack
}

func (a *Aggregator) pruneDicts(final bool) {
	o := &a.stats.Overflow
	lost := [dimCount]*int64{
		dimRoute: &o.Routes, dimMethod: &o.Methods, dimType: &o.Types, dimCode: &o.Codes, dimParam: &o.Params,
		dimFeature: &o.Features, dimAvail: &o.Features, dimBeta: &o.Features, dimTemplate: &o.Templates, dimClient: &o.Clients,
	}
	var remap [dimCount][]uint32
	some := false
	for dim := range a.dicts {
		d := &a.dicts[dim]
		if !a.due(d.named, d.cap, final) {
			continue
		}
		var n int64
		remap[dim], n = d.prune()
		*lost[dim] += n
		some = true
	}
	if !some {
		return
	}
	to := func(dim int, id *uint32) {
		if m := remap[dim]; m != nil {
			*id = m[*id]
		}
	}
	for i := range a.cells.slab {
		c := &a.cells.slab[i]
		to(dimRoute, &c.route)
		to(dimMethod, &c.method)
		to(dimType, &c.typ)
		to(dimCode, &c.code)
		to(dimParam, &c.param)
		to(dimFeature, &c.feature)
		if c.kind == KindAdopt {
			to(dimBeta, &c.avail)
		} else {
			to(dimAvail, &c.avail)
		}
		to(dimTemplate, &c.template)
		to(dimClient, &c.client)
	}
	a.rekey()
}

// pruneCallers bounds the distinct callers of a kind that has a row for each.
func (a *Aggregator) pruneCallers(kind Kind, limit int, lost *int64) {
	if a.rows[kind] <= limit {
		return
	}
	var list []CallerCount
	for i := range a.cells.slab {
		if c := &a.cells.slab[i]; c.kind == kind && c.caller != 0 {
			list = append(list, CallerCount{c.caller, c.n})
		}
	}
	if list = sumSorted(list); len(list) <= limit {
		return
	}
	slices.SortFunc(list, byWeight)
	kept := make(map[uint64]bool, limit)
	for _, c := range list[:limit] {
		kept[c.Hash] = true
	}
	for i := range a.cells.slab {
		if c := &a.cells.slab[i]; c.kind == kind && c.caller != 0 && !kept[c.caller] {
			*lost += c.n
			c.caller = 0
		}
	}
	a.rekey()
}

// pruneKeys bounds the rows of each kind. What is folded keeps the columns
// whose values are a closed list, so that the counts by status, shape, reason
// or finding stay true; the open ones become Other where they are not absent.
func (a *Aggregator) pruneKeys(final bool) {
	var due [len(a.rows)]bool
	some := false
	for kind := range a.rows {
		due[kind] = a.due(a.rows[kind], a.cfg.Caps.Keys, final)
		some = some || due[kind]
	}
	if !some {
		return
	}
	byRank := a.order()
	slices.SortStableFunc(byRank, func(x, y uint32) int {
		return cmp.Compare(a.cells.slab[y].n, a.cells.slab[x].n)
	})
	var named [len(a.rows)]int
	for _, i := range byRank {
		c := &a.cells.slab[i]
		if !due[c.kind] || c.other {
			continue
		}
		if named[c.kind]++; named[c.kind] <= a.cfg.Caps.Keys {
			continue
		}
		a.stats.Overflow.Keys += c.n
		for _, id := range [...]*uint32{
			&c.route, &c.method, &c.typ, &c.code, &c.param, &c.feature, &c.avail, &c.template, &c.client,
		} {
			if *id != idNone {
				*id = idOther
			}
		}
		c.caller = 0
		c.other = true
	}
	a.rekey()
}

// rekey merges the cells whose keys became equal and counts the rows again.
func (a *Aggregator) rekey() {
	a.cells.rekey(a.mergeCells)
	a.readCell, a.activeCell = memo{}, memo{}
	a.rows = [len(a.rows)]int{}
	for i := range a.cells.slab {
		if c := &a.cells.slab[i]; !c.other {
			a.rows[c.kind]++
		}
	}
}

// mergeCells adds from to c and gives back what from had in tables.
func (a *Aggregator) mergeCells(c, from *cell) {
	switch c.kind {
	case KindError, KindDemand, KindAdopt:
		c.first, c.last = min(c.first, from.first), max(c.last, from.last)
	}
	c.n += from.n
	c.extra += from.extra
	c.bytes += from.bytes
	c.noCaller += from.noCaller
	c.other = c.other || from.other
	if from.text != 0 {
		if c.text == 0 || a.texts[from.text] < a.texts[c.text] {
			a.setText(c, a.texts[from.text])
			if c.kind == KindSample {
				c.caller0 = from.caller0
			}
		}
		a.textBytes -= int64(len(a.texts[from.text]))
		a.texts[from.text] = ""
		a.freeTexts = append(a.freeTexts, from.text)
	}
	if c.kind == KindSample {
		return
	}
	a.mergeHist(c, from)
	a.mergeCallers(c, from)
}

func (a *Aggregator) mergeHist(c, from *cell) {
	if from.hist == 0 && from.hist0 == 0 {
		return
	}
	if c.hist == 0 && c.hist0 == 0 {
		c.hist, c.hist0 = from.hist, from.hist0
		return
	}
	if c.hist == 0 {
		a.newHist(c)
	}
	to := &a.hists[c.hist]
	if from.hist == 0 {
		to.add(uint8(from.hist0>>histShift), from.hist0&histMask, &a.sc.arena)
		return
	}
	h := &a.hists[from.hist]
	a.buckets = h.appendTo(a.buckets[:0])
	for _, b := range a.buckets {
		to.add(b.Bucket, uint64(b.N), &a.sc.arena)
	}
	a.sc.free(h.words)
	*h = foldHist{}
	a.freeHists = append(a.freeHists, from.hist)
}

func (a *Aggregator) mergeCallers(c, from *cell) {
	if from.set == 0 && from.caller0n == 0 {
		return
	}
	if c.set == 0 && c.caller0n == 0 {
		c.set, c.caller0, c.caller0n = from.set, from.caller0, from.caller0n
		return
	}
	if c.set == 0 {
		a.newSet(c)
	}
	if from.set == 0 {
		a.sets[c.set].add(from.caller0, from.caller0n, &a.sc)
		return
	}
	a.sets[c.set].merge(&a.sets[from.set], &a.sc)
	a.freeSets = append(a.freeSets, from.set)
}

package aggregate

import (
	"errata/parse"
	"errata/parse/normal"
)

func (c *cell) span(us int64) {
	if c.n == 1 {
		c.first, c.last = us, us
		return
	}
	c.first, c.last = min(c.first, us), max(c.last, us)
}

func (a *Aggregator) addDuration(c *cell, us int64) {
	b := uint64(HistBucket(us))
	if c.hist == 0 {
		switch {
		case c.hist0 == 0:
			c.hist0 = b<<histShift | 1
			return
		case c.hist0>>histShift == b:
			c.hist0++
			return
		}
		a.newHist(c)
	}
	a.hists[c.hist].add(uint8(b), 1, &a.sc.arena)
}

func (a *Aggregator) newHist(c *cell) {
	c.hist, a.freeHists = place(&a.hists, a.freeHists)
	a.hists[c.hist] = foldHist{}
	if c.hist0 != 0 {
		a.hists[c.hist].add(uint8(c.hist0>>histShift), c.hist0&histMask, &a.sc.arena)
	}
}

func (a *Aggregator) addCaller(c *cell, ev *parse.Event) {
	if ev.CallerKind == normal.CallerNone {
		c.noCaller++
		return
	}
	h := ev.Caller & callerMask
	if c.set == 0 {
		if c.caller0n == 0 || c.caller0 == h {
			c.caller0 = h
			c.caller0n++
			return
		}
		a.newSet(c)
	}
	a.sets[c.set].add(h, 1, &a.sc)
}

// callerMask clears the top bit: a caller is a 63-bit hash.
const callerMask = 1<<63 - 1

func (a *Aggregator) newSet(c *cell) {
	c.set, a.freeSets = place(&a.sets, a.freeSets)
	a.sets[c.set].init(&a.sc.arena)
	if c.caller0n > 0 {
		a.sets[c.set].add(c.caller0, c.caller0n, &a.sc)
	}
}

// place finds a free place in a slice.
func place[T any](s *[]T, free []uint32) (uint32, []uint32) {
	if n := len(free); n > 0 {
		return free[n-1], free[:n-1]
	}
	var zero T
	*s = append(*s, zero)
	return uint32(len(*s) - 1), free
}

// callerOf is the caller as a key column.
func callerOf(ev *parse.Event) uint64 {
	if ev.CallerKind == normal.CallerNone {
		return 0
	}
	return ev.Caller & callerMask
}

// setText replaces the text of a cell.
func (a *Aggregator) setText(c *cell, s string) {
	if c.text == 0 {
		c.text, a.freeTexts = place(&a.texts, a.freeTexts)
	}
	a.textBytes += int64(len(s) - len(a.texts[c.text]))
	a.texts[c.text] = s
}

package memstore

import (
	"slices"
	"strconv"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// pass tells whether a value passes the filters on its column: any of the Eq
// and Prefix ones, if there are such, and none of the Ne ones. By bytes.
func pass(fs []store.Filter, v string) bool {
	wanted, found := false, false
	for _, f := range fs {
		switch f.Op {
		case store.Ne:
			if v == f.Value {
				return false
			}
		case store.Prefix:
			wanted, found = true, found || strings.HasPrefix(v, f.Value)
		default:
			wanted, found = true, found || v == f.Value
		}
	}
	return found || !wanted
}

// valueOf is a key column of a cell as text.
func (f *field) valueOf(s *Store, w []uint32) string {
	switch {
	case f.text != nil:
		return s.texts.text(w[f.at])
	case f.name == "caller":
		return store.CallerText(uint64(get(w, f.at)))
	default:
		return strconv.FormatUint(uint64(w[f.at]), 10)
	}
}

// grouping holds the groups of a scan: found by their bucket (two words), the
// number of their part of names, and what cells themselves have of the key.
type grouping struct {
	parts  slab // the columns of names that are grouped by
	found  slab
	part   []uint32 // keys at hand
	key    []uint32
	groups []tally
}

const (
	atPart = 2
	atOwn  = 3
)

// tally is what is summed of a group.
type tally struct {
	n, failed, extra, enveloped, bytes, noCaller int64
	first, last                                  int64
	text                                         string
	cells                                        bool // there were some before
	hist                                         *[aggregate.Buckets]int64
	callers                                      callers
}

func (g *grouping) init(x *scan) {
	parts, own := 0, atOwn
	for i := range x.by {
		if f := &x.by[i]; f.own {
			own += f.words()
		} else {
			parts++
		}
	}
	g.parts, g.part = slab{keys: parts, size: max(parts, 1)}, make([]uint32, parts)
	g.found, g.key = slab{keys: own, size: own}, make([]uint32, own)
}

// partOf is the number of what the groups have of a name.
func (x *scan) partOf(name []uint32) uint32 {
	at := 0
	for i := range x.by {
		if f := &x.by[i]; !f.own {
			x.part[at] = name[f.at]
			at++
		}
	}
	place, _ := x.parts.at(x.part)
	return uint32(place)
}

// groupOf is the group of a cell.
func (x *scan) groupOf(c *cell, v *verdict) *tally {
	put(x.key, 0, x.Bucket(int64(c.w[atTime])))
	x.key[atPart] = v.part
	at := atOwn
	for i := range x.by {
		if f := &x.by[i]; f.own {
			at += copy(x.key[at:], c.w[f.at:f.at+f.words()])
		}
	}
	place, made := x.found.at(x.key)
	if made {
		x.groups = append(x.groups, tally{})
	}
	return &x.groups[place]
}

// words is how many a key column takes.
func (f *field) words() int {
	if f.name == "caller" {
		return 2
	}
	return 1
}

// add sums up a cell in its group.
func (x *scan) add(c *cell, v *verdict) error {
	w, t, g := c.w, x.t, x.groupOf(c, v)
	var n int64
	if t.n != 0 {
		n = get(w, t.n)
	}
	g.n += n
	if v.failed {
		g.failed += n
	}
	if t.extra != 0 {
		g.extra += get(w, t.extra)
	}
	if x.Want&store.WantEnveloped != 0 && v.enveloped {
		g.enveloped += n
	}
	if x.Want&store.WantBytes != 0 && t.bytes != 0 {
		g.bytes += get(w, t.bytes)
	}
	if x.Want&store.WantSpan != 0 && t.first != 0 {
		g.span(get(w, t.first), get(w, t.last))
	}
	if x.Want&store.WantText != 0 && t.text != 0 {
		if b := c.blob(t.text); !g.cells || string(b) < g.text {
			g.text = string(b)
		}
	}
	g.cells = true
	return x.addMaps(g, c, n)
}

func (g *tally) span(first, last int64) {
	if first != 0 && (g.first == 0 || first < g.first) {
		g.first = first
	}
	if !g.cells || last > g.last {
		g.last = last
	}
}

// addMaps sums up histograms and callers.
func (x *scan) addMaps(g *tally, c *cell, n int64) (err error) {
	t := x.t
	if x.Want&store.WantHist != 0 && t.hist != 0 {
		if x.hist, err = aggregate.DecodeHist(x.hist[:0], c.blob(t.hist)); err != nil {
			return err
		}
		for _, b := range x.hist {
			if g.hist == nil {
				g.hist = new([aggregate.Buckets]int64)
			}
			g.hist[b.Bucket] += b.N
		}
	}
	if x.Want&store.WantCallers == 0 {
		return nil
	}
	switch {
	case t.caller != 0:
		h := uint64(get(c.w, t.caller))
		if h == 0 {
			g.noCaller += n
		} else if n > 0 {
			g.callers.add(h, n)
		}
	case t.callers != 0:
		g.noCaller += get(c.w, t.noCaller)
		if x.callers, err = aggregate.DecodeCallers(x.callers[:0], c.blob(t.callers)); err != nil {
			return err
		}
		for _, e := range x.callers {
			g.callers.add(e.Hash, e.N)
		}
		if x.Want&store.WantHeavy == 0 {
			return nil
		}
		if x.heavy, err = aggregate.DecodeCallers(x.heavy[:0], c.blob(t.heavy)); err != nil {
			return err
		}
		g.callers.addHeavy(x.heavy...)
	}
	return nil
}

// group is a group as it is yielded.
func (x *scan) group(i int) store.Group {
	t, key := &x.groups[i], x.found.entry(i)
	part := x.parts.entry(int(key[atPart]))
	g := store.Group{
		Dims: make([]string, len(x.by)),
		N:    t.n, Failed: t.failed, Extra: t.extra, Enveloped: t.enveloped, Bytes: t.bytes, NoCaller: t.noCaller,
		First: t.first, Last: t.last, Text: t.text,
	}
	if x.Step > 0 {
		g.Time = get(key, 0)
	}
	named, own := 0, atOwn
	for j, f := range x.by {
		if f.own {
			f.at = own
			own += f.words()
			g.Dims[j] = f.valueOf(x.s, key)
		} else {
			f.at = named
			named++
			g.Dims[j] = f.valueOf(x.s, part)
		}
	}
	if t.hist != nil {
		for b, n := range t.hist {
			if n > 0 {
				g.Hist = append(g.Hist, aggregate.BucketCount{Bucket: uint8(b), N: n})
			}
		}
	}
	g.Callers, g.Heavy = t.callers.maps(x.Want&store.WantHeavy != 0)
	return g
}

// callers sums caller maps in bounded memory. Like aggregate.Union, but small
// where callers are few: a scan holds one for each of its groups.
type callers struct {
	list  []aggregate.CallerCount // in any order; hashes below limit
	limit uint64                  // 0: none yet; hashes from here on are no longer among the K smallest
	heavy []aggregate.CallerCount
}

const (
	maxList  = 4 * aggregate.K
	maxHeavy = 256
)

func (c *callers) add(hash uint64, n int64) {
	e := aggregate.CallerCount{Hash: hash, N: n}
	if c.limit != 0 && hash >= c.limit {
		c.addHeavy(e)
		return
	}
	if len(c.list) == maxList {
		c.trim()
		c.add(hash, n)
		return
	}
	c.list = append(c.list, e)
}

// trim sums the list and keeps the K smallest hashes: whoever is put out has K
// below it for good, so the counts of those inside are exact.
func (c *callers) trim() {
	c.list = aggregate.SumCallers(c.list)
	if len(c.list) <= aggregate.K {
		return
	}
	out := c.list[aggregate.K:]
	c.list = c.list[:aggregate.K]
	c.limit = c.list[aggregate.K-1].Hash + 1
	c.addHeavy(out...)
}

func (c *callers) addHeavy(list ...aggregate.CallerCount) {
	c.heavy = append(c.heavy, list...)
	if len(c.heavy) > 2*maxHeavy {
		c.heavy = aggregate.TopCallers(c.heavy, nil, maxHeavy)
	}
}

// maps are the K smallest hashes and, if asked for, the heaviest of the others.
func (c *callers) maps(heavy bool) (callers, heaviest []aggregate.CallerCount) {
	if len(c.list) == 0 && len(c.heavy) == 0 {
		return nil, nil
	}
	c.trim()
	if heavy && len(c.heavy) > 0 {
		heaviest = aggregate.SumCallers(aggregate.TopCallers(c.heavy, nil, aggregate.M))
	}
	return slices.Clip(c.list), heaviest
}

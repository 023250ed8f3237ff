package aggregate

import (
	"cmp"
	"slices"
	"strings"
)

// The ids that mean the same in every dictionary.
const (
	idNone  = 0 // absent
	idOther = 1 // what a cap cut off
)

// dict interns the values of one dimension for one batch, and counts the
// entries that carry each, because the most frequent ones survive a cap.
type dict struct {
	ids   map[string]uint32
	vals  []dictVal
	last  uint32 // the value looked up last: neighbouring entries are alike
	named int    // values that the cap counts
	cap   int
	size  int64 // bytes of the values
}

type dictVal struct {
	s     string
	text  string // of templates: the masked text
	n     int64
	free  bool  // not under the cap
	stamp int64 // entry that used it last, for "once per entry"
}

// dictValBytes is what a value costs besides its bytes: the value itself and
// its place in the map, measured with maps of 1,000 to 100,000 strings.
const dictValBytes = 56 + 48

func (d *dict) init(limit int) {
	d.cap = limit
	d.ids = make(map[string]uint32)
	d.reset()
}

func (d *dict) reset() {
	clear(d.ids)
	clear(d.vals)
	d.vals = append(d.vals[:0], dictVal{free: true}, dictVal{s: Other, free: true})
	d.ids[Other] = idOther
	d.last, d.named, d.size = idNone, 0, 0
}

// id finds or makes the id of a value and counts one entry. The value is
// copied only when it is new.
func (d *dict) id(b []byte) uint32 {
	if len(b) == 0 {
		return idNone
	}
	if v := &d.vals[d.last]; v.s == string(b) {
		v.n++
		return d.last
	}
	id, ok := d.ids[string(b)]
	if !ok {
		id = uint32(len(d.vals))
		s := string(b)
		d.vals = append(d.vals, dictVal{s: s})
		d.ids[s] = id
		d.named++
		d.size += int64(len(s)) + dictValBytes
	}
	d.vals[id].n++
	d.last = id
	return id
}

// exempt takes a value out of the cap.
func (d *dict) exempt(id uint32) {
	if v := &d.vals[id]; !v.free {
		v.free = true
		d.named--
	}
}

// prune keeps the most frequent values up to the cap (ties: the smaller in
// byte order) and returns the new id of each old one and the entries that
// went to Other; nil where there is nothing to do.
func (d *dict) prune() (remap []uint32, lost int64) {
	if d.named <= d.cap {
		return nil, 0
	}
	byRank := make([]uint32, 0, d.named)
	for i := range d.vals {
		if !d.vals[i].free {
			byRank = append(byRank, uint32(i))
		}
	}
	slices.SortFunc(byRank, func(x, y uint32) int {
		a, b := &d.vals[x], &d.vals[y]
		if c := cmp.Compare(b.n, a.n); c != 0 {
			return c
		}
		return strings.Compare(a.s, b.s)
	})
	remap = make([]uint32, len(d.vals))
	for _, id := range byRank[d.cap:] {
		remap[id] = idOther
		lost += d.vals[id].n
	}
	kept := d.vals[:2]
	for i := 2; i < len(d.vals); i++ {
		v := d.vals[i]
		if remap[i] == idOther {
			delete(d.ids, v.s)
			d.size -= int64(len(v.s)+len(v.text)) + dictValBytes
			continue
		}
		remap[i] = uint32(len(kept))
		d.ids[v.s] = remap[i]
		kept = append(kept, v)
	}
	remap[idOther] = idOther
	clear(d.vals[len(kept):])
	d.vals = kept
	d.named, d.last = d.cap, idNone
	return remap, lost
}

// sorted returns the rank of each id in byte order, and the values by rank.
func (d *dict) sorted() (rank []uint32, vals []dictVal) {
	order := make([]uint32, len(d.vals))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(x, y uint32) int { return strings.Compare(d.vals[x].s, d.vals[y].s) })
	rank = make([]uint32, len(order))
	vals = make([]dictVal, len(order))
	for r, id := range order {
		rank[id] = uint32(r)
		vals[r] = d.vals[id]
	}
	return rank, vals
}

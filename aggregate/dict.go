package aggregate

import (
	"cmp"
	"encoding/binary"
	"math/bits"
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
	ids  map[string]uint32
	vals []dictVal
	// recent holds the ids that were looked up last by a cheap hash of the
	// value, so that the usual few values never reach the map.
	recent [recentIDs]uint32
	named  int // values that the cap counts
	cap    int
	size   int64 // bytes of the values
}

const (
	recentBits = 8
	recentIDs  = 1 << recentBits
)

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
	d.recent = [recentIDs]uint32{}
	d.named, d.size = 0, 0
}

// id finds or makes the id of a value and counts one entry. The value is
// copied only when it is new.
func (d *dict) id(b []byte) uint32 {
	if len(b) == 0 {
		return idNone
	}
	recent := &d.recent[slotOf(b)]
	if v := &d.vals[*recent]; v.s == string(b) {
		v.n++
		return *recent
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
	*recent = id
	return id
}

// slotOf hashes the ends of a value, where the values of a dimension differ
// most. It is no more than a guess: the value itself is compared.
func slotOf(b []byte) int {
	var x, y uint64
	if n := len(b); n >= 8 {
		x, y = binary.LittleEndian.Uint64(b[n-8:]), binary.LittleEndian.Uint64(b[(n-8)/2:])
	} else {
		for _, c := range b {
			x = x<<8 | uint64(c)
		}
	}
	h := (x ^ bits.RotateLeft64(y, 32) ^ uint64(len(b))) * 0x9e3779b97f4a7c15
	return int(h >> (64 - recentBits))
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
	d.named = d.cap
	d.recent = [recentIDs]uint32{}
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

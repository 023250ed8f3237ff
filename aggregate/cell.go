package aggregate

import "math/bits"

// key is the key of a cell while it is folded: what a Key is in strings is
// ids here. It has no padding, so that comparing is comparing memory.
type key struct {
	caller   uint64
	time     uint32 // Unix seconds; 2100 is below 1<<32
	route    uint32
	method   uint32
	typ      uint32
	code     uint32
	param    uint32
	feature  uint32
	avail    uint32
	template uint32
	client   uint32
	status   uint16
	kind     Kind
	psource  uint8
	shape    uint8
	origin   uint8
	auth     uint8
	retry    uint8
	reason   uint8 // of read: index in reasons; of demand: index in demandReasons
	finding  uint8 // bit of the finding plus 1
	pos      uint8
	_zero    [5]uint8
}

// hash mixes all of a key. Ids are small and dense, and callers are keyed
// hashes, so nobody outside can steer what collides.
func (k *key) hash() uint64 {
	w := [8]uint64{
		k.caller,
		uint64(k.time) | uint64(k.route)<<32,
		uint64(k.method) | uint64(k.typ)<<32,
		uint64(k.code) | uint64(k.param)<<32,
		uint64(k.feature) | uint64(k.avail)<<32,
		uint64(k.template) | uint64(k.client)<<32,
		uint64(k.status) | uint64(k.kind)<<16 | uint64(k.psource)<<24 | uint64(k.shape)<<32 |
			uint64(k.origin)<<40 | uint64(k.auth)<<48 | uint64(k.retry)<<56,
		uint64(k.reason) | uint64(k.finding)<<8 | uint64(k.pos)<<16,
	}
	// Odd constants with well mixed bits: the first digits of pi.
	h := mix(w[0]^0x243f6a8885a308d3, w[1]^0x13198a2e03707345) ^
		mix(w[2]^0xa4093822299f31d1, w[3]^0x082efa98ec4e6c89)
	g := mix(w[4]^0x452821e638d01377, w[5]^0xbe5466cf34e90c6d) ^
		mix(w[6]^0xc0ac29b7c97c50dd, w[7]^0x3f84d5b5b5470917)
	return mix(h^0x9216d5d98979fb1b, g^0xd1310ba698dfb5ad)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// cell is one row while it is folded. Most rows have one or two callers and
// few durations: the first caller and the first bucket lie in the cell, and
// only the others in tables. It holds no pointers.
type cell struct {
	key
	n        int64
	extra    int64
	bytes    int64
	noCaller int64
	first    int64
	last     int64
	caller0  uint64 // the only caller, while set is 0; of a sample: its hash
	caller0n int64
	hist0    uint64 // the only bucket, while hist is 0: bucket << histShift | count
	set      uint32 // index of a callerSet, 0 none
	hist     uint32 // index of a foldHist, 0 none
	text     uint32 // index of a text, 0 none
	other    bool   // the cap on keys folded others into it: never named, never counted
}

const cellBytes = 152

// cells is a hash table of cells. They lie in a slab in the order in which
// they were made, so nothing depends on the order of the table.
type cells struct {
	slots []uint64 // upper half of the hash << 32 | index + 1
	slab  []cell
}

const minSlots = 1024

// at finds or makes the cell of a key and returns its place in the slab.
func (t *cells) at(k *key) (place int, made bool) {
	if len(t.slab)*2 >= len(t.slots) {
		t.grow()
	}
	h := k.hash()
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			t.slab = append(t.slab, cell{key: *k})
			t.slots[i] = h>>32<<32 | uint64(len(t.slab))
			return len(t.slab) - 1, true
		}
		if s>>32 == h>>32 {
			if p := int(uint32(s)) - 1; t.slab[p].key == *k {
				return p, false
			}
		}
	}
}

func (t *cells) grow() {
	t.slots = make([]uint64, max(2*len(t.slots), minSlots))
	for i := range t.slab {
		t.place(i)
	}
}

// place enters a cell of the slab whose key is not in the table yet.
func (t *cells) place(i int) {
	h := t.slab[i].hash()
	mask := uint64(len(t.slots) - 1)
	j := h & mask
	for t.slots[j] != 0 {
		j = (j + 1) & mask
	}
	t.slots[j] = h>>32<<32 | uint64(i+1)
}

// rekey rebuilds the table after keys were changed: cells whose keys became
// equal are merged into the first of them.
func (t *cells) rekey(merge func(into, from *cell)) {
	clear(t.slots)
	all := t.slab
	t.slab = t.slab[:0]
	var from cell
	for i := range all {
		from = all[i] // at may write over all[i]: the slab never outruns i
		p, made := t.at(&from.key)
		if made {
			t.slab[p] = from
		} else {
			merge(&t.slab[p], &from)
		}
	}
}

func (t *cells) reset() {
	t.slab = t.slab[:0]
	clear(t.slots)
}

// bytes counts two slots for each cell: the table is at most half full.
func (t *cells) bytes() int64 { return int64(len(t.slab)) * (cellBytes + 2*8) }

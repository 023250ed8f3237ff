package memstore

import (
	"math/bits"
	"slices"
)

// table holds the cells of one kind: a hash table over a slab of fixed-size
// chunks, so that growing copies no cell.
type table struct {
	layout
	chunks [][]uint32
	cells  int
	slots  []uint64 // upper half of the hash << 32 | number of the cell + 1
	memo   []interned
	key    []uint32 // of the row at hand
}

// interned is the last text of a field: rows are sorted, so it often comes again.
type interned struct {
	text string
	id   uint32
}

const chunkCells = 512

func newTable(l layout) *table {
	return &table{layout: l, memo: make([]interned, len(l.fields)), key: make([]uint32, l.keys)}
}

// cell is the words of a cell.
func (t *table) cell(i int) []uint32 {
	at := i % chunkCells * t.size
	return t.chunks[i/chunkCells][at : at+t.size : at+t.size]
}

// at finds or makes the cell of t.key.
func (t *table) at() (place int, made bool) {
	if (t.cells+1)*4 > len(t.slots)*3 {
		t.grow()
	}
	h := hash(t.key)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			t.add()
			t.slots[i] = h>>32<<32 | uint64(t.cells)
			return t.cells - 1, true
		}
		if s>>32 == h>>32 {
			if place := int(uint32(s)) - 1; slices.Equal(t.cell(place)[:t.keys], t.key) {
				return place, false
			}
		}
	}
}

func (t *table) add() {
	if t.cells == len(t.chunks)*chunkCells {
		t.chunks = append(t.chunks, make([]uint32, chunkCells*t.size))
	}
	t.cells++
	w := t.cell(t.cells - 1)
	clear(w)
	copy(w, t.key)
}

func (t *table) grow() {
	t.slots = make([]uint64, max(2*len(t.slots), minSlots))
	mask := uint64(len(t.slots) - 1)
	for c := range t.cells {
		h := hash(t.cell(c)[:t.keys])
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = h>>32<<32 | uint64(c+1)
	}
}

// hash mixes the words of a key. Ids are dense and callers are keyed hashes,
// so nobody outside can steer what collides.
func hash(key []uint32) uint64 {
	// Odd constants with well mixed bits: the first digits of pi.
	h := uint64(0x243f6a8885a308d3)
	for len(key) >= 2 {
		h = mix(h^(uint64(key[0])|uint64(key[1])<<32), 0x13198a2e03707345)
		key = key[2:]
	}
	if len(key) == 1 {
		h = mix(h^uint64(key[0]), 0xa4093822299f31d1)
	}
	return mix(h, 0x082efa98ec4e6c89)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// held is the memory of the cells.
func (t *table) held() int64 {
	return int64(len(t.chunks))*chunkCells*int64(t.size)*4 + int64(len(t.slots))*8
}

// empty forgets all cells and keeps a little of their memory.
func (t *table) empty() {
	t.chunks, t.slots, t.cells = t.chunks[:min(len(t.chunks), 1)], nil, 0
}

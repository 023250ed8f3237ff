package memstore

import (
	"math/bits"
	"slices"
)

// slab is a hash table of entries of words, of which the first are the key. It
// lies in chunks of a fixed size, so that growing copies no entry, and gives
// places in the order of coming.
type slab struct {
	keys, size int // words of the key and of an entry
	chunks     [][]uint32
	n          int
	slots      []uint64 // upper half of the hash << 32 | place + 1
}

const chunkEntries = 512

// entry is the words at a place.
func (t *slab) entry(place int) []uint32 {
	at := place % chunkEntries * t.size
	return t.chunks[place/chunkEntries][at : at+t.size : at+t.size]
}

// at finds or makes the entry of a key.
func (t *slab) at(key []uint32) (place int, made bool) {
	if (t.n+1)*4 > len(t.slots)*3 {
		t.grow()
	}
	h := hash(key)
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		s := t.slots[i]
		if s == 0 {
			if t.n == len(t.chunks)*chunkEntries {
				t.chunks = append(t.chunks, make([]uint32, chunkEntries*t.size))
			}
			t.n++
			t.slots[i] = h>>32<<32 | uint64(t.n)
			w := t.entry(t.n - 1)
			clear(w[copy(w, key):])
			return t.n - 1, true
		}
		if s>>32 == h>>32 {
			if place := int(uint32(s)) - 1; slices.Equal(t.entry(place)[:t.keys], key) {
				return place, false
			}
		}
	}
}

func (t *slab) grow() {
	t.slots = make([]uint64, max(2*len(t.slots), minSlots))
	mask := uint64(len(t.slots) - 1)
	for c := range t.n {
		h := hash(t.entry(c)[:t.keys])
		i := h & mask
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = h>>32<<32 | uint64(c+1)
	}
}

// hash mixes the words of a key. Numbers of texts are dense and callers are
// keyed hashes, so nobody outside can steer what collides.
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

// held is the memory of the entries.
func (t *slab) held() int64 {
	return int64(len(t.chunks))*chunkEntries*int64(t.size)*4 + int64(len(t.slots))*8
}

// empty forgets all entries and gives their memory back.
func (t *slab) empty() { t.chunks, t.slots, t.n = nil, nil, 0 }

// get and put read and write a number of two words.
func get(w []uint32, at int) int64 { return int64(uint64(w[at]) | uint64(w[at+1])<<32) }

func put(w []uint32, at int, v int64) { w[at], w[at+1] = uint32(v), uint32(uint64(v)>>32) }

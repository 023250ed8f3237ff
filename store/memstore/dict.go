package memstore

import (
	"hash/maphash"

	"errata/aggregate"
)

// dict gives each text a number, from 1 in the order of their coming; 0 is "".
// It holds one run of bytes and no pointers.
type dict struct {
	data  []byte
	ends  []uint32 // of each text in data
	slots []uint32 // open addressing: number, 0 is free
	seed  maphash.Seed
	limit int64 // of bytes
	other uint32
}

const minSlots = 64

func newDict(limit int64) *dict {
	d := &dict{ends: []uint32{0}, slots: make([]uint32, minSlots), seed: maphash.MakeSeed(), limit: limit}
	d.other = d.id(aggregate.Other, false)
	return d
}

// id is the number of a text. A new one of a bounded column is that of (other)
// once the texts have outgrown their limit.
func (d *dict) id(s string, bounded bool) uint32 {
	if s == "" {
		return 0
	}
	mask := uint64(len(d.slots) - 1)
	i := maphash.String(d.seed, s) & mask
	for d.slots[i] != 0 {
		if string(d.bytes(d.slots[i])) == s {
			return d.slots[i]
		}
		i = (i + 1) & mask
	}
	if bounded && d.size()+int64(len(s)) > d.limit {
		return d.other
	}
	d.data = append(d.data, s...)
	d.ends = append(d.ends, uint32(len(d.data)))
	n := uint32(len(d.ends) - 1)
	d.slots[i] = n
	if len(d.ends)*4 > len(d.slots)*3 {
		d.grow()
	}
	return n
}

func (d *dict) grow() {
	d.slots = make([]uint32, 2*len(d.slots))
	mask := uint64(len(d.slots) - 1)
	for n := uint32(1); int(n) < len(d.ends); n++ {
		i := maphash.Bytes(d.seed, d.bytes(n)) & mask
		for d.slots[i] != 0 {
			i = (i + 1) & mask
		}
		d.slots[i] = n
	}
}

// find is the number of a text if it is there; "" always is.
func (d *dict) find(s string) (uint32, bool) {
	if s == "" {
		return 0, true
	}
	mask := uint64(len(d.slots) - 1)
	for i := maphash.String(d.seed, s) & mask; d.slots[i] != 0; i = (i + 1) & mask {
		if string(d.bytes(d.slots[i])) == s {
			return d.slots[i], true
		}
	}
	return 0, false
}

func (d *dict) bytes(n uint32) []byte {
	if n == 0 {
		return nil
	}
	return d.data[d.ends[n-1]:d.ends[n]]
}

func (d *dict) text(n uint32) string { return string(d.bytes(n)) }

func (d *dict) len() int { return len(d.ends) }

// size is what the texts take: their bytes, and 12 for each to be found by.
func (d *dict) size() int64 { return int64(len(d.data)) + 12*int64(len(d.ends)) }

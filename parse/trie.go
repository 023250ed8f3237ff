package parse

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// node is one key of the entry that somebody asked for. Nodes of every preset
// share one tree, so that a record is walked once and the preset is chosen
// afterwards, from what was there.
type node struct {
	key   []byte // lower case where the parent folds
	first uint64 // the key's first 8 bytes
	tail  uint64 // its last 8 bytes, 0 where it has fewer
	slot  int    // where the value is noted
	kids  []*node
	fold  bool // kids are compared without case

	table []place // open hash over kids
	mask  uint32
}

// place holds what is compared of a key beside the kid, to save a load.
type place struct {
	first, tail uint64
	size        int
	kid         *node
}

// kind of a noted value.
type kind uint8

const (
	kindAbsent kind = iota
	kindString
	kindScalar // number or literal
	kindObject
	kindArray
)

// value is what stood behind a key: its span without quotes, and how it ended.
type value struct {
	start, end int32  // records have at most MaxRecord bytes
	gen        uint32 // the entry that it belongs to
	kind       kind
	cut        bool // the bytes ended inside it
}

func newRoot() *node { return &node{slot: -1} }

// add asks for a dotted path and returns its node. The last key is compared
// without case with fold.
func (n *node) add(path string, fold bool, slots *int) (*node, error) {
	keys := splitPath(path)
	for i, k := range keys {
		last := i == len(keys)-1
		if last && fold {
			if !n.fold && slices.ContainsFunc(n.kids, func(c *node) bool { return string(c.key) != strings.ToLower(string(c.key)) }) {
				return nil, fmt.Errorf("field %q: keys beside it differ in case", path)
			}
			n.fold = true
		}
		if n.fold {
			k = strings.ToLower(k)
		}
		var kid *node
		for _, c := range n.kids {
			if string(c.key) == k {
				kid = c
			}
		}
		if kid == nil {
			if k == "" || len(k) > 64 {
				return nil, fmt.Errorf("field %q: a key has 1 to 64 bytes", path)
			}
			if len(n.kids) >= 250 {
				return nil, fmt.Errorf("field %q: more than 250 keys at one level", path)
			}
			kid = &node{key: []byte(k), first: first8([]byte(k)), tail: last8([]byte(k)), slot: *slots}
			*slots++
			n.kids = append(n.kids, kid)
		}
		n = kid
	}
	return n, nil
}

// splitPath splits at dots that no backslash precedes.
func splitPath(path string) []string {
	var keys []string
	var k strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path):
			i++
			k.WriteByte(path[i])
		case path[i] == '.':
			keys = append(keys, k.String())
			k.Reset()
		default:
			k.WriteByte(path[i])
		}
	}
	return append(keys, k.String())
}

// build makes the look-up tables of the tree.
func (n *node) build() {
	if len(n.kids) == 0 {
		return
	}
	size := uint32(16)
	for int(size) < 4*len(n.kids) {
		size *= 2
	}
	n.table, n.mask = make([]place, size), size-1
	for _, k := range n.kids {
		h := hashKey(k.first, k.tail, len(k.key)) & n.mask
		for n.table[h].kid != nil {
			h = (h + 1) & n.mask
		}
		n.table[h] = place{k.first, k.tail, len(k.key), k}
		k.build()
	}
}

// first8 is the first 8 bytes of a key, little endian, zero padded.
func first8(k []byte) uint64 {
	if len(k) >= 8 {
		return binary.LittleEndian.Uint64(k)
	}
	var x uint64
	for i := len(k) - 1; i >= 0; i-- {
		x = x<<8 | uint64(k[i])
	}
	return x
}

func hashKey(first, tail uint64, n int) uint32 {
	return uint32(((first^tail<<7)*0x9E3779B97F4A7C15 + uint64(n)*0xC2B2AE3D27D4EB4F) >> 40)
}

// last8 is the last 8 bytes of a key of at least 8, else 0.
func last8(k []byte) uint64 {
	if len(k) < 8 {
		return 0
	}
	return binary.LittleEndian.Uint64(k[len(k)-8:])
}

// find is the kid of a key that stands at b[i:j], or nil. There is no guess
// from the key before: logs that alternate between layouts defeat it, and a
// wrong guess costs more than the look-up.
func (n *node) find(b []byte, i, j int) *node {
	k := b[i:j]
	var first, tail uint64
	if len(k) >= 8 {
		first, tail = binary.LittleEndian.Uint64(k), binary.LittleEndian.Uint64(k[len(k)-8:])
	} else if i+8 <= len(b) {
		first = binary.LittleEndian.Uint64(b[i:]) & (1<<(uint(len(k))*8&63) - 1)
	} else {
		first = first8(k)
	}
	if n.fold {
		return n.findFold(k)
	}
	h := hashKey(first, tail, len(k))
	for {
		x := &n.table[h&n.mask]
		if x.first == first && x.tail == tail && x.size == len(k) && (len(k) <= 16 || string(x.kid.key) == string(k)) {
			return x.kid
		}
		if x.kid == nil {
			return nil
		}
		h++
	}
}

// findFold is find without case.
func (n *node) findFold(k []byte) *node {
	var lower [64]byte
	if len(k) > len(lower) {
		return nil
	}
	for x, c := range k {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[x] = c
	}
	k = lower[:len(k)]
	first, tail := first8(k), last8(k)
	for h := hashKey(first, tail, len(k)); ; h++ {
		x := &n.table[h&n.mask]
		if x.kid == nil {
			return nil
		}
		if x.first == first && x.tail == tail && string(x.kid.key) == string(k) {
			return x.kid
		}
	}
}

package parse

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unsafe"
)

// node is one key of the entry that somebody asked for. Nodes of every preset
// share one tree, so that a record is walked once and the preset is chosen
// afterwards, from what was there.
type node struct {
	key   []byte // lower case where the parent folds
	first uint64 // the key's first 8 bytes
	mid   uint64 // the second 8 bytes of a key of at least 16, else 0
	tail  uint64 // its last 8 bytes, all of a shorter one
	slot  int    // where the value is noted
	kids  []*node
	fold  bool // kids are compared without case

	look *look
}

// look is a perfect hash over a node's kids: one look, no loop, and no branch on
// whether a key is asked for, which no predictor could guess in logs that
// alternate between layouts.
type look struct {
	seed   uint64
	table  [tableSize]uint8 // place of the kid, 0: nobody; bytes, so that it stays in the first cache
	places [256]place
}

// tableSize: under some multiplier no two of 250 keys meet in a table so large.
const tableSize = 4096

// place holds what is compared of a kid's key.
type place struct {
	first, mid, tail uint64
	size             int32
	slot             int32
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

// nobody stands first among kids, for keys that are not asked for: its note in
// slot 0 is never read.
func newNode(key string, slot int) *node {
	k := []byte(key)
	return &node{key: k, first: first8(k), mid: mid8(k), tail: last8(k), slot: slot, kids: []*node{nil}}
}

func newRoot() *node { return newNode("", 0) }

// add asks for a dotted path and returns its node. The last key is compared
// without case with fold.
func (n *node) add(path string, fold bool, slots *int) (*node, error) {
	keys := splitPath(path)
	for i, k := range keys {
		last := i == len(keys)-1
		if last && fold {
			if !n.fold && slices.ContainsFunc(n.kids[1:], func(c *node) bool { return string(c.key) != strings.ToLower(string(c.key)) }) {
				return nil, fmt.Errorf("field %q: keys beside it differ in case", path)
			}
			n.fold = true
		}
		if n.fold {
			k = strings.ToLower(k)
		}
		var kid *node
		for _, c := range n.kids[1:] {
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
			kid = newNode(k, *slots+1) // slot 0 is nobody's
			for _, c := range n.kids[1:] {
				if c.first == kid.first && c.tail == kid.tail && len(c.key) == len(kid.key) {
					// They have one hash under every multiplier.
					return nil, fmt.Errorf("field %q: too like the key %q beside it, of the same length, beginning and end", path, c.key)
				}
			}
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

// leaf tells whether nobody asked for keys inside this one.
func (n *node) leaf() bool { return len(n.kids) == 1 }

// build makes the look-up tables of the tree, with the first multiplier under
// which no two keys of an object meet.
func (n *node) build() {
	n.look = &look{}
	for i := range n.look.places {
		n.look.places[i].size = -1 // matches no key
	}
	for i, k := range n.kids[1:] {
		k.build()
		n.look.places[i+1] = place{k.first, k.mid, k.tail, int32(len(k.key)), int32(k.slot)}
	}
	for n.look.seed = 0x9E3779B97F4A7C15; !n.fill(); n.look.seed += 2 {
	}
}

func (n *node) fill() bool {
	n.look.table = [tableSize]uint8{}
	for i, k := range n.kids[1:] {
		h := n.hash(k.first, k.tail, len(k.key))
		if n.look.table[h] != 0 {
			return false
		}
		n.look.table[h] = uint8(i + 1)
	}
	return true
}

func (n *node) hash(first, tail uint64, size int) uint64 {
	return (first ^ bits.RotateLeft64(tail, 29) ^ uint64(size)) * n.look.seed >> 52 // 12 bits
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

// last8 is the last 8 bytes of a key, all of a shorter one.
func last8(k []byte) uint64 {
	if len(k) < 8 {
		return first8(k)
	}
	return binary.LittleEndian.Uint64(k[len(k)-8:])
}

// mid8 is the second 8 bytes of a key of at least 16, else 0.
func mid8(k []byte) uint64 {
	if len(k) < 16 {
		return 0
	}
	return binary.LittleEndian.Uint64(k[8:])
}

// find is the place in kids of a key that stands at b[i:j]; 0: not asked for.
func (n *node) find(b []byte, i, j int) int {
	if n.fold {
		return n.findFold(b[i:j])
	}
	if i+16 <= len(b) && j >= 8 {
		return n.lookup(unsafe.SliceData(b), i, j)
	}
	k := b[i:j]
	return n.probe(first8(k), mid8(k), last8(k), len(k), unsafe.SliceData(k))
}

// lookup is find where 16 bytes from i and 8 before j can be read: the first
// 8, the next 8 and the last 8 of the key, without a branch on its length.
func (n *node) lookup(p *byte, i, j int) int {
	size := j - i
	short := 8 - size
	short &^= short >> 63
	sh := uint(short) * 8 & 63
	first := load64(p, i) << sh >> sh
	mid := load64(p, i+8) & uint64((15-size)>>63)
	tail := load64(p, j-8) >> sh
	return n.probe(first, mid, tail, size, (*byte)(unsafe.Add(unsafe.Pointer(p), i)))
}

func (n *node) probe(first, mid, tail uint64, size int, k *byte) int {
	kid := int(n.look.table[n.hash(first, tail, size)])
	x := &n.look.places[kid]
	diff := (x.first ^ first) | (x.mid ^ mid) | (x.tail ^ tail) | uint64(int(x.size)^size)
	kid &= int((diff|-diff)>>63) - 1 // 0 if they differ, without a branch
	if size > 24 && kid != 0 && string(n.kids[kid].key) != unsafe.String(k, size) {
		kid = 0
	}
	return kid
}

// findFold is find without case.
func (n *node) findFold(k []byte) int {
	var lower [64]byte
	if len(k) > len(lower) {
		return 0
	}
	for x, c := range k {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		lower[x] = c
	}
	k = lower[:len(k)]
	kid := int(n.look.table[n.hash(first8(k), last8(k), len(k))])
	if kid != 0 && string(n.kids[kid].key) == string(k) {
		return kid
	}
	return 0
}

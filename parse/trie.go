package parse

import (
	"encoding/binary"
	"fmt"
	"math/bits"
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

	// table is a perfect hash over kids: one look, no loop, and no branch on
	// whether a key is asked for, which no predictor could guess in logs that
	// alternate between layouts.
	table []place
	seed  uint64
	shift uint
}

// place holds what is compared of a key, and the kid's place in kids; 0 is nobody.
type place struct {
	first, tail uint64
	size        int
	kid         int
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
	return &node{key: k, first: first8(k), tail: last8(k), slot: slot, kids: []*node{nil}}
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
			*slots++ // slot 0 is nobody's
			kid = newNode(k, *slots)
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

// build makes the look-up tables of the tree: for each object the smallest
// table, and the first multiplier, under which no two keys meet.
func (n *node) build() {
	for _, k := range n.kids[1:] {
		k.build()
	}
	for size, shift := 8, uint(61); ; size, shift = size*2, shift-1 {
		if size < 2*len(n.kids) {
			continue
		}
		for try := range uint64(64) {
			n.seed, n.shift = 0x9E3779B97F4A7C15+try<<1, shift
			n.table = make([]place, size)
			if n.fill() {
				return
			}
		}
	}
}

func (n *node) fill() bool {
	for i := range n.table {
		n.table[i].size = -1 // matches no key
	}
	for i, k := range n.kids[1:] {
		x := &n.table[n.hash(k.first, k.tail, len(k.key))]
		if x.size >= 0 {
			return false
		}
		*x = place{k.first, k.tail, len(k.key), i + 1}
	}
	return true
}

func (n *node) hash(first, tail uint64, size int) uint64 {
	return (first ^ bits.RotateLeft64(tail, 29) ^ uint64(size)) * n.seed >> (n.shift & 63)
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

// find is the place in kids of a key that stands at b[i:j]; 0: not asked for.
func (n *node) find(b []byte, i, j int) int {
	if n.fold {
		return n.findFold(b[i:j])
	}
	size := j - i
	var first, tail uint64
	if i+8 <= len(b) && j >= 8 {
		short := uint(8-min(size, 8)) * 8
		first = binary.LittleEndian.Uint64(b[i:]) << (short & 63) >> (short & 63)
		tail = binary.LittleEndian.Uint64(b[j-8:]) >> (short & 63)
		if size == 0 {
			first, tail = 0, 0
		}
	} else {
		first, tail = first8(b[i:j]), last8(b[i:j])
	}
	x := &n.table[n.hash(first, tail, size)]
	kid := x.kid
	if (x.first^first)|(x.tail^tail)|uint64(x.size^size) != 0 {
		kid = 0
	}
	if size > 16 && kid != 0 && string(n.kids[kid].key) != string(b[i:j]) {
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
	x := &n.table[n.hash(first8(k), last8(k), len(k))]
	if x.size == len(k) && string(n.kids[x.kid].key) == string(k) {
		return x.kid
	}
	return 0
}

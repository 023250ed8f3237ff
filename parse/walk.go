package parse

import (
	"math/bits"
	"unsafe"
)

// walker reads the asked-for values of one JSON object into slots, by the
// marks of an index. It serves the entry and, with another tree, the body.
//
// It checks what it walks over: keys, colons, commas, brackets' balance. In
// values that nobody asked for only strings and brackets are looked at.
type walker struct {
	root  *node
	slots []value
	gen   uint32
	own   index
	key   []byte

	members int  // not 0: there was a complete member of the outermost object
	deep    bool // nested deeper than maxDepth
	pace    pace // for tests
	stack   [maxDepth / 64]uint64
}

// pace is which of the ways that must agree is taken.
type pace uint8

const (
	fastest  pace = iota
	portable      // no special instructions
	careful       // every member by itself
)

func newWalker(root *node, slots int) walker {
	root.build()
	return walker{root: root, slots: make([]value, slots+1)}
}

// get is the value noted in a slot for this entry.
func (w *walker) get(slot int) *value {
	if v := &w.slots[slot]; v.gen == w.gen {
		return v
	}
	return nil
}

// begin starts an entry: what was noted before is gone.
func (w *walker) begin() {
	w.gen++
	if w.gen == 0 { // wrapped: old notes could look new
		for i := range w.slots {
			w.slots[i].gen = 0
		}
		w.gen = 1
	}
	w.deep, w.members = false, 0
}

// object reads the object that opens at b[i], which n describes. x indexes b.
func (w *walker) object(x *index, b []byte, i int, n *node, depth int) (int, scanEnd) {
	i = skipBlank(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, endOK
	}
	for {
		var last bool
		if i, last = w.plain(x, b, i, n); last {
			return i + 1, endOK
		}
		if i = skipBlank(b, i); i >= len(b) {
			return i, endCut
		}
		if b[i] != '"' {
			return i, endBroken
		}
		start := i + 1
		end := x.quote(start, len(b))
		if end >= len(b) {
			return len(b), endCut
		}
		i = end + 1
		if i < len(b) && b[i] != ':' {
			i = skipBlank(b, i)
		}
		if i >= len(b) {
			return i, endCut
		}
		if b[i] != ':' {
			return i, endBroken
		}
		i++
		if i < len(b) && b[i] <= ' ' {
			i = skipBlank(b, i)
		}
		if i >= len(b) {
			return i, endCut
		}

		kid := 0
		if !n.leaf() {
			if !x.hasSlash(start, end) {
				kid = n.find(b, start, end)
			} else {
				w.key = appendUnescaped(w.key[:0], b[start:end], false)
				kid = n.find(w.key, 0, len(w.key))
			}
		}
		var st scanEnd
		if i, st = w.member(x, b, i, n.kids[kid], depth+1); st != endOK {
			return i, st
		}
		if n == w.root {
			w.members++
		}

		if i < len(b) && b[i] == ',' {
			i++
			if i < len(b) && b[i] <= ' ' {
				i = skipBlank(b, i)
			}
			continue
		}
		i = skipBlank(b, i)
		if i >= len(b) {
			return i, endCut
		}
		switch b[i] {
		case ',':
			i = skipBlank(b, i+1)
		case '}':
			return i + 1, endOK
		default:
			return i, endBroken
		}
	}
}

// plain reads members as most logs write most of them: a key, a colon, a string
// or number, a comma and the next key, or the end of the object, at most one
// blank behind colon and comma, no escaped key, no key above 56 bytes. It
// returns where the first member begins that is not so, which object reads, or
// where the object ends. i is where a key should begin.
func (w *walker) plain(x *index, b []byte, i int, n *node) (next int, last bool) {
	if n.leaf() || w.pace == careful {
		return i, false
	}
	if fastWalk && !n.fold && w.pace == fastest {
		var slashes *uint64
		if x.slash {
			slashes = unsafe.SliceData(x.slashes)
		}
		next, last := walkPlain(unsafe.SliceData(b), len(b), i, unsafe.SliceData(x.quotes), slashes, n.look, unsafe.SliceData(w.slots), w.gen)
		if n == w.root && next != i {
			w.members++
		}
		return next, last
	}
	return w.plainGo(x, b, i, n)
}

// plainGo is plain without special instructions.
func (w *walker) plainGo(x *index, b []byte, i int, n *node) (next int, last bool) {
	p, t := unsafe.SliceData(b), n.look
	for i < len(b)-18 { // room for the loads of the key
		if load8(p, i) == ' ' {
			i++
		}
		start := i + 1
		v := glance(x.quotes, start)
		if load8(p, i) != '"' || v == 0 {
			break
		}
		if x.slash && glance(x.slashes, start)&(v^(v-1)) != 0 { // a backslash in the key
			break
		}
		size := bits.TrailingZeros64(v)
		end := start + size
		// The next quote opens the value or, behind a number, the next key. That
		// it is there tells that the bytes up to it are.
		v = glance(x.quotes, end+1)
		if v == 0 || load8(p, end+1) != ':' {
			break
		}
		q := end + 1 + bits.TrailingZeros64(v)
		from, to, k := end+2, 0, kindString
		if load8(p, from) == ' ' {
			from++
		}
		next := 0
		if from == q {
			from++
			if v &= v - 1; v != 0 {
				to = end + 1 + bits.TrailingZeros64(v)
			} else if to = x.far(from, len(b)); to >= len(b) {
				break
			}
			if next = to + 2; next > len(b) {
				break
			}
			if c := load8(p, to+1); c != ',' {
				if c != '}' {
					break
				}
				last = true
			}
		} else {
			k = kindScalar
			next = q
			if to = q - 1; load8(p, to) == ' ' {
				to--
			}
			if load8(p, to) != ',' || !isNumber(p, from, to) {
				break
			}
		}

		// lookup and probe, here to save the calls.
		kid := 0
		if size <= 24 && !n.fold {
			short := 8 - size
			short &^= short >> 63
			sh := uint(short) * 8 & 63
			first := load64(p, start) << sh >> sh
			mid := load64(p, start+8) & uint64((15-size)>>63)
			tail := load64(p, end-8+short) << sh >> sh
			kid = int(t.table[(first^bits.RotateLeft64(tail, 29)^uint64(size))*t.seed>>52])
			y := &t.places[kid]
			diff := (y.first ^ first) | (y.mid ^ mid) | (y.tail ^ tail) | uint64(int(y.size)^size)
			kid &= int((diff|-diff)>>63) - 1
		} else {
			kid = n.find(b, start, end)
		}
		// What nobody asked for is noted too, in slot 0 and never as of this
		// entry: one branch less that cannot be predicted. Of duplicates the first counts.
		if v := &w.slots[t.places[kid&0xff].slot]; v.gen != w.gen {
			nobody := uint32((uint(kid) - 1) >> 63)
			v.start, v.end, v.gen, v.kind, v.cut = int32(from), int32(to), w.gen-nobody, k, false
		}
		if n == w.root {
			w.members++
		}
		i = next
		if last {
			return i - 1, true
		}
	}
	return i, false
}

// isNumber tells whether the bytes between two offsets are those of numbers.
// The commonest, up to 8 digits and points, are looked at all at once.
func isNumber(p *byte, from, to int) bool {
	if uint(to-from-1) < 8 && to >= 8 {
		x := (load64(p, to-8) ^ lo8*'0') >> (uint(8-to+from) * 8 & 63) // digits become 0 to 9, a point 0x1e
		point := x ^ lo8*('.'^'0')
		if ((x+lo8*(0x80-10))|x)&((point&^hi8+^uint64(hi8))|point)&hi8 == 0 {
			return true
		}
	}
	return isAnyNumber(p, from, to)
}

func isAnyNumber(p *byte, from, to int) bool {
	for i := from; i < to; i++ {
		if !numberByte[load8(p, i)] {
			return false
		}
	}
	return from < to
}

// member reads the value at b[i] of key kid (nil: skip it).
func (w *walker) member(x *index, b []byte, i int, kid *node, depth int) (int, scanEnd) {
	var v *value
	if kid != nil {
		if s := &w.slots[kid.slot]; s.gen != w.gen { // of duplicates the first counts
			v = s
			v.start, v.end, v.gen, v.kind, v.cut = int32(i), 0, w.gen, kindAbsent, false
		}
	}
	switch b[i] {
	case '"':
		end := x.quote(i+1, len(b))
		if v != nil {
			v.kind, v.start, v.end, v.cut = kindString, int32(i+1), int32(end), end >= len(b)
		}
		if end >= len(b) {
			return len(b), endCut
		}
		return end + 1, endOK
	case '{':
		if v == nil {
			return w.container(x, b, i, depth)
		}
		// The note stands before the walk: what is cut inside is still an object.
		v.kind, v.end, v.cut = kindObject, int32(len(b)), true
		var end int
		var st scanEnd
		if !kid.leaf() {
			end, st = w.object(x, b, i, kid, depth)
		} else {
			end, st = w.container(x, b, i, depth)
		}
		v.end, v.cut = int32(end), st != endOK
		return end, st
	case '[':
		end, st := w.container(x, b, i, depth)
		if v != nil {
			v.kind, v.end, v.cut = kindArray, int32(end), st != endOK
		}
		return end, st
	default:
		end := i
		for end < len(b) && numberByte[b[end]] {
			end++
		}
		if end > i && end < len(b) && (b[end] == ',' || b[end] == '}') {
			if v != nil {
				v.kind, v.end = kindScalar, int32(end)
			}
			return end, endOK
		}
		end = scalarEnd(b, i)
		if end >= len(b) { // at the edge it may be longer than what is here
			if v != nil {
				v.gen = 0
			}
			if !isScalarPrefix(b[i:end]) {
				return i, endBroken
			}
			return end, endCut
		}
		if !isScalar(b[i:end]) {
			if v != nil {
				v.gen = 0 // no value, no note
			}
			return i, endBroken
		}
		if v != nil {
			v.kind, v.end = kindScalar, int32(end)
		}
		return end, endOK
	}
}

// container skips the object or array that opens at b[i], depth levels down,
// from bracket to bracket.
func (w *walker) container(x *index, b []byte, i, depth int) (int, scanEnd) {
	base := depth
	for {
		i = nextBit(x.brackets, i, len(b))
		if i >= len(b) {
			return len(b), endCut
		}
		c := b[i]
		i++
		if c == '{' || c == '[' {
			if depth < maxDepth {
				bit := uint64(1) << (uint(depth) & 63)
				w.stack[depth>>6] &^= bit
				if c == '{' {
					w.stack[depth>>6] |= bit
				}
			} else {
				w.deep = true
			}
			depth++
			continue
		}
		depth--
		if depth < maxDepth && (w.stack[depth>>6]>>(uint(depth)&63)&1 == 1) != (c == '}') {
			return i - 1, endBroken
		}
		if depth == base {
			return i, endOK
		}
	}
}

// isScalarPrefix tells whether v, at the end of the bytes, can be the start of a number or literal.
func isScalarPrefix(v []byte) bool {
	for _, l := range [...]string{"true", "false", "null"} {
		if len(v) <= len(l) && string(v) == l[:len(v)] {
			return true
		}
	}
	return isScalar(v)
}

// badControl tells whether b, which begins outside strings, holds a control
// byte where JSON allows none: below 0x20 in a string, or other than tab, LF
// and CR outside.
func badControl(b []byte) bool {
	inString := false
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case c < 0x20 && (inString || isControl(c)):
			return true
		case c == '"':
			inString = !inString
		case c == '\\' && inString:
			i++
			if i < len(b) && b[i] < 0x20 {
				return true
			}
		}
	}
	return false
}

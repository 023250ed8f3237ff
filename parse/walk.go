package parse

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

	members int  // complete members of the outermost object so far
	deep    bool // nested deeper than maxDepth
	stack   [maxDepth / 64]uint64
}

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
		if i >= len(b) {
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
		if b[i] == '"' {
			// The commonest value, here to save the call. What nobody asked for is noted too, in slot 0.
			end := x.quote(i+1, len(b))
			if v := &w.slots[n.places[kid].slot]; v.gen != w.gen || kid == 0 { // of duplicates the first counts
				v.start, v.end, v.gen, v.kind, v.cut = int32(i+1), int32(end), w.gen, kindString, false
				if end >= len(b) {
					v.cut = true
				}
			}
			if end >= len(b) {
				return len(b), endCut
			}
			i = end + 1
		} else if i, st = w.member(x, b, i, n.kids[kid], depth+1); st != endOK {
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

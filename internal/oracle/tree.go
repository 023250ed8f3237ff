package oracle

import (
	"bytes"
	"encoding/json"
	"unicode/utf16"
	"unicode/utf8"
)

// A node is one JSON value with what the record said of it: every member in
// order, duplicates included, and whether its end was seen.
type node struct {
	kind    byte   // 'o' object, 'a' array, 's' string, 'n' number, 'b' true or false, '0' null
	raw     []byte // the text of the value; of a string with its quotes
	text    []byte // of a string unescaped (bytes that are no UTF-8 as they were), of a number as written
	members []member
	elems   []*node
	whole   bool // its end was seen
	start   int  // where raw begins in the text that was walked
}

type member struct {
	name  string
	value *node
}

// get is the first member of that name, nil where there is none; fold ignores case.
func (n *node) get(name string, fold bool) *node {
	if n == nil || n.kind != 'o' {
		return nil
	}
	for _, m := range n.members {
		if m.name == name || fold && asciiLower(m.name) == name {
			return m.value
		}
	}
	return nil
}

func asciiLower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// How a walk over JSON text ended.
type ending int

const (
	complete ending = iota // the value and nothing but blanks behind it
	cutShort               // the text ended inside the value
	broken                 // a byte that JSON does not allow there
	trailing               // the value is whole, and something follows it
)

// walker reads JSON by the grammar of RFC 8259, byte by byte. encoding/json
// cannot say what stood before a cut, so it judges the walker in the tests:
// a text is complete here exactly where json.Valid says so.
type walker struct {
	in  []byte
	pos int
	lax bool // control bytes may stand in strings: a body that a gateway wrote badly
}

// walk reads one value. Of a text that is cut or broken, the tree holds what
// was complete before, and the containers that were open there.
func walk(in []byte) (*node, ending) { return walkWith(&walker{in: in}) }

// walkBody reads the text of a body: control bytes inside strings are kept.
func walkBody(in []byte) (*node, ending) { return walkWith(&walker{in: in, lax: true}) }

func walkWith(w *walker) (*node, ending) {
	w.blanks()
	n, e := w.value()
	if e != complete {
		return n, e
	}
	w.blanks()
	if w.pos < len(w.in) {
		return n, trailing
	}
	return n, complete
}

func (w *walker) blanks() {
	for w.pos < len(w.in) && bytes.IndexByte([]byte(" \t\r\n"), w.in[w.pos]) >= 0 {
		w.pos++
	}
}

func (w *walker) value() (*node, ending) {
	if w.pos >= len(w.in) {
		return nil, cutShort
	}
	start := w.pos
	n, e := w.valueHere()
	if n != nil {
		n.raw, n.start = w.in[start:w.pos], start
		n.whole = e == complete
	}
	return n, e
}

func (w *walker) valueHere() (*node, ending) {
	switch c := w.in[w.pos]; {
	case c == '{':
		return w.object()
	case c == '[':
		return w.array()
	case c == '"':
		n := &node{kind: 's'}
		text, e := w.str()
		n.text = text
		return n, e
	case c == '-' || c >= '0' && c <= '9':
		return w.number()
	case c == 't':
		return w.literal('b', "true")
	case c == 'f':
		return w.literal('b', "false")
	case c == 'n':
		return w.literal('0', "null")
	}
	return nil, broken
}

func (w *walker) object() (*node, ending) {
	n := &node{kind: 'o'}
	w.pos++
	for first := true; ; first = false {
		w.blanks()
		if w.pos >= len(w.in) {
			return n, cutShort
		}
		if first && w.in[w.pos] == '}' {
			w.pos++
			return n, complete
		}
		if !first {
			switch w.in[w.pos] {
			case '}':
				w.pos++
				return n, complete
			case ',':
				w.pos++
				w.blanks()
				if w.pos >= len(w.in) {
					return n, cutShort
				}
			default:
				return n, broken
			}
		}
		if w.in[w.pos] != '"' {
			return n, broken
		}
		name, e := w.str()
		if e != complete {
			return n, e
		}
		w.blanks()
		if w.pos >= len(w.in) {
			return n, cutShort
		}
		if w.in[w.pos] != ':' {
			return n, broken
		}
		w.pos++
		w.blanks()
		v, e := w.value()
		if v != nil {
			n.members = append(n.members, member{valid(name), v})
		}
		if e != complete {
			return n, e
		}
	}
}

func (w *walker) array() (*node, ending) {
	n := &node{kind: 'a'}
	w.pos++
	for first := true; ; first = false {
		w.blanks()
		if w.pos >= len(w.in) {
			return n, cutShort
		}
		if first && w.in[w.pos] == ']' {
			w.pos++
			return n, complete
		}
		if !first {
			switch w.in[w.pos] {
			case ']':
				w.pos++
				return n, complete
			case ',':
				w.pos++
				w.blanks()
			default:
				return n, broken
			}
		}
		v, e := w.value()
		if v != nil {
			n.elems = append(n.elems, v)
		}
		if e != complete {
			return n, e
		}
	}
}

func (w *walker) literal(kind byte, word string) (*node, ending) {
	for i := range len(word) {
		if w.pos >= len(w.in) {
			return nil, cutShort
		}
		if w.in[w.pos] != word[i] {
			return nil, broken
		}
		w.pos++
	}
	return &node{kind: kind}, complete
}

func (w *walker) number() (*node, ending) {
	start := w.pos
	digits := func() ending {
		from := w.pos
		for w.pos < len(w.in) && w.in[w.pos] >= '0' && w.in[w.pos] <= '9' {
			w.pos++
		}
		switch {
		case w.pos >= len(w.in):
			return cutShort
		case w.pos == from:
			return broken
		}
		return complete
	}
	if w.in[w.pos] == '-' {
		w.pos++
	}
	if w.pos < len(w.in) && w.in[w.pos] == '0' {
		w.pos++
	} else if e := digits(); e != complete {
		return w.numberNode(start, e)
	}
	if w.pos < len(w.in) && w.in[w.pos] == '.' {
		w.pos++
		if e := digits(); e != complete {
			return w.numberNode(start, e)
		}
	}
	if w.pos < len(w.in) && (w.in[w.pos] == 'e' || w.in[w.pos] == 'E') {
		w.pos++
		if w.pos < len(w.in) && (w.in[w.pos] == '+' || w.in[w.pos] == '-') {
			w.pos++
		}
		if e := digits(); e != complete {
			return w.numberNode(start, e)
		}
	}
	return w.numberNode(start, complete)
}

// numberNode: a number at the very end of the text may go on behind the cut,
// so it is never complete there.
func (w *walker) numberNode(start int, e ending) (*node, ending) {
	if e == complete && w.pos >= len(w.in) {
		e = cutShort
	}
	if e == broken {
		return nil, broken
	}
	return &node{kind: 'n', text: w.in[start:w.pos]}, e
}

// str reads a string and unescapes it. Where it is cut, what is sure before
// the edge comes back: no half escape, no half rune.
func (w *walker) str() ([]byte, ending) {
	var out []byte
	w.pos++
	for w.pos < len(w.in) {
		switch c := w.in[w.pos]; {
		case c == '"':
			w.pos++
			return out, complete
		case c < 0x20 && !w.lax:
			return out, broken
		case c != '\\':
			out = append(out, c)
			w.pos++
		default:
			text, n, e := escape(w.in[w.pos:])
			if e != complete {
				if e == cutShort {
					w.pos = len(w.in)
				}
				return out, e
			}
			out = append(out, text...)
			w.pos += n
		}
	}
	return dropHalfRune(out), cutShort
}

// escape reads the escape at the start of in: its text and its length.
func escape(in []byte) ([]byte, int, ending) {
	if len(in) < 2 {
		return nil, 0, cutShort
	}
	if i := bytes.IndexByte([]byte(`"\/bfnrt`), in[1]); i >= 0 {
		return []byte{"\"\\/\b\f\n\r\t"[i]}, 2, complete
	}
	if in[1] != 'u' {
		return nil, 0, broken
	}
	r, e := hex4(in[2:])
	if e != complete {
		return nil, 0, e
	}
	if !utf16.IsSurrogate(r) {
		return utf8.AppendRune(nil, r), 6, complete
	}
	// A surrogate needs its other half; the end of the text may hide it.
	rest := in[6:]
	if r < 0xdc00 && (len(rest) == 0 || rest[0] == '\\' && (len(rest) == 1 || rest[1] == 'u')) {
		var r2 rune
		e := cutShort
		if len(rest) >= 2 {
			r2, e = hex4(rest[2:])
		}
		if e == cutShort {
			return nil, 0, cutShort
		}
		if d := utf16.DecodeRune(r, r2); e == complete && d != utf8.RuneError {
			return utf8.AppendRune(nil, d), 12, complete
		}
	}
	return utf8.AppendRune(nil, utf8.RuneError), 6, complete
}

func hex4(in []byte) (rune, ending) {
	var r rune
	for i := range 4 {
		if i >= len(in) {
			return 0, cutShort
		}
		d := bytes.IndexByte([]byte("0123456789abcdef"), in[i]|0x20)
		if d < 0 || in[i] < '0' {
			return 0, broken
		}
		r = r<<4 | rune(d)
	}
	return r, complete
}

// dropHalfRune takes off a rune whose end lies behind the cut.
func dropHalfRune(b []byte) []byte {
	for i := 1; i <= 3 && i <= len(b); i++ {
		tail := b[len(b)-i:]
		if utf8.RuneStart(tail[0]) {
			if !utf8.FullRune(tail) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}

// valid is the text as encoding/json decodes it: each byte that is no UTF-8, and
// U+0000, becomes U+FFFD.
func valid(b []byte) string {
	quoted := []byte{'"'}
	for _, c := range b {
		switch {
		case c == 0: // no column may hold it
			quoted = append(quoted, `\ufffd`...)
		case c == '"' || c == '\\':
			quoted = append(quoted, '\\', c)
		case c < 0x20:
			quoted = append(quoted, `\u00`...)
			quoted = append(quoted, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
		default:
			quoted = append(quoted, c)
		}
	}
	var s string
	if err := json.Unmarshal(append(quoted, '"'), &s); err != nil {
		panic("BUG: oracle: a quoted string does not decode: " + err.Error())
	}
	return s
}

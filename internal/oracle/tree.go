package oracle

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A node is one JSON value with what the record said of it: every member in
// order, duplicates included, and whether its end was seen.
type node struct {
	kind    byte   // 'o' object, 'a' array, 's' string, 'n' number, 'b' true or false, '0' null, '?' none of these
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

// A want says which values somebody asks for; all others are skipped. Skipping
// looks at strings and at the balance of brackets, at nothing else.
type want struct {
	members map[string]*want
	fold    map[string]*want // names without case, in lower case
}

// ask adds a dotted path; ^ before it says that the last name is without case.
func (w *want) ask(path string) {
	path, fold := strings.CutPrefix(path, "^")
	parts := strings.Split(path, ".")
	for i, names := range parts {
		var next *want
		for name := range strings.SplitSeq(names, "|") {
			m := &w.members
			if fold && i == len(parts)-1 {
				m = &w.fold
			}
			if *m == nil {
				*m = map[string]*want{}
			}
			if (*m)[name] == nil {
				(*m)[name] = &want{}
			}
			next = (*m)[name]
		}
		w = next
	}
}

// of is the want for a member, nil where nobody asks.
func (w *want) of(name string) *want {
	if m := w.members[name]; m != nil {
		return m
	}
	return w.fold[asciiLower(name)]
}

// walker reads JSON byte by byte. encoding/json cannot say what stood before a
// cut and refuses what is broken where nobody looks, so it judges the walker in
// the tests: a text that is valid is complete here, with equal values.
type walker struct {
	in  []byte
	pos int
}

// walk reads one value. Of a text that is cut or broken, the tree holds what
// was complete before, and the containers that were open there. An array gives
// each of its elements what is wanted.
func walk(in []byte, w *want) (*node, ending) {
	n, e, _ := walkTo(in, w)
	return n, e
}

// walkTo also says where the walk ended.
func walkTo(in []byte, w *want) (*node, ending, int) {
	r := &walker{in: in}
	r.blanks()
	var n *node
	var e ending
	if start := r.pos; start < len(in) && in[start] == '[' {
		n, e = r.array(w)
		n.raw, n.start, n.whole = in[start:r.pos], start, e == complete
	} else {
		n, e = r.value(w)
	}
	if e != complete {
		return n, e, r.pos
	}
	r.blanks()
	if r.pos < len(in) {
		return n, trailing, r.pos
	}
	return n, complete, r.pos
}

func (r *walker) blanks() {
	for r.pos < len(r.in) && strings.IndexByte(" \t\r\n", r.in[r.pos]) >= 0 {
		r.pos++
	}
}

func (r *walker) value(w *want) (*node, ending) {
	if r.pos >= len(r.in) {
		return nil, cutShort
	}
	start := r.pos
	var n *node
	var e ending
	switch c := r.in[start]; {
	case c == '"':
		n = &node{kind: 's'}
		n.text, e = r.str()
	case c == '{' && w != nil && (w.members != nil || w.fold != nil):
		n, e = r.object(w)
	case c == '{' || c == '[':
		n = &node{kind: map[byte]byte{'{': 'o', '[': 'a'}[c]}
		e = r.skip()
	default:
		n, e = r.scalar()
	}
	if n != nil {
		n.raw, n.start, n.whole = r.in[start:r.pos], start, e == complete
	}
	return n, e
}

// skip passes over an object or an array.
func (r *walker) skip() ending {
	var open []byte
	for r.pos < len(r.in) {
		switch c := r.in[r.pos]; c {
		case '"':
			if _, e := r.str(); e != complete {
				return e
			}
			continue
		case '\\': // broken anyway: it hides a quote
			if r.pos+1 < len(r.in) && strings.IndexByte(`"\`, r.in[r.pos+1]) >= 0 {
				r.pos++
			}
		case '{', '[':
			open = append(open, c+2) // the closing bracket of each
		case '}', ']':
			if open[len(open)-1] != c {
				return broken
			}
			open = open[:len(open)-1]
		}
		r.pos = min(r.pos+1, len(r.in))
		if len(open) == 0 {
			return complete
		}
	}
	return cutShort
}

// scalar takes a number, whose syntax is not looked at here, or a word. What
// stands behind it must be what may stand behind a value.
func (r *walker) scalar() (*node, ending) {
	n, e := r.token()
	if e == complete && r.pos < len(r.in) && strings.IndexByte(" \t\r\n,]}", r.in[r.pos]) < 0 {
		return nil, broken
	}
	return n, e
}

func (r *walker) token() (*node, ending) {
	start := r.pos // there is a byte at least
	for _, word := range []string{"true", "false", "null"} {
		have := r.in[start:min(len(r.in), start+len(word))]
		switch {
		case string(have) == word:
			r.pos += len(word)
			return &node{kind: map[bool]byte{true: '0', false: 'b'}[word == "null"]}, complete
		case strings.HasPrefix(word, string(have)): // the end of the text hides the rest
			r.pos = len(r.in)
			return &node{kind: '?'}, cutShort
		}
	}
	for r.pos < len(r.in) && strings.IndexByte("0123456789.eE+-", r.in[r.pos]) >= 0 {
		r.pos++
	}
	text := r.in[start:r.pos]
	switch {
	case len(text) == 0:
		return nil, broken
	case r.pos >= len(r.in): // more may follow behind the cut
		return &node{kind: '?'}, cutShort
	case numberText.Match(text):
		return &node{kind: 'n', text: text}, complete
	}
	return &node{kind: '?'}, complete
}

func (r *walker) object(w *want) (*node, ending) {
	n := &node{kind: 'o'}
	r.pos++
	for first := true; ; first = false {
		r.blanks()
		if r.pos >= len(r.in) {
			return n, cutShort
		}
		if r.in[r.pos] == '}' {
			r.pos++
			return n, complete
		}
		if !first {
			if r.in[r.pos] != ',' {
				return n, broken
			}
			r.pos++
			r.blanks()
			if r.pos >= len(r.in) {
				return n, cutShort
			}
		}
		if r.in[r.pos] != '"' {
			return n, broken
		}
		key, e := r.str()
		if e != complete {
			return n, e
		}
		r.blanks()
		if r.pos >= len(r.in) {
			return n, cutShort
		}
		if r.in[r.pos] != ':' {
			return n, broken
		}
		r.pos++
		r.blanks()
		name := valid(key)
		v, e := r.value(w.of(name))
		if v != nil {
			n.members = append(n.members, member{name, v})
		}
		if e != complete {
			return n, e
		}
	}
}

func (r *walker) array(w *want) (*node, ending) {
	n := &node{kind: 'a'}
	r.pos++
	for first := true; ; first = false {
		r.blanks()
		if r.pos >= len(r.in) {
			return n, cutShort
		}
		if r.in[r.pos] == ']' {
			r.pos++
			return n, complete
		}
		if !first {
			if r.in[r.pos] != ',' {
				return n, broken
			}
			r.pos++
			r.blanks()
		}
		v, e := r.value(w)
		if v != nil {
			n.elems = append(n.elems, v)
		}
		if e != complete {
			return n, e
		}
	}
}

// str reads a string and unescapes it. Where it is cut, what is sure before
// the edge comes back: no half escape, no half rune. Control bytes are judged
// elsewhere, and an escape that JSON does not know stays as it is written.
func (r *walker) str() ([]byte, ending) {
	var out []byte
	r.pos++
	for r.pos < len(r.in) {
		switch c := r.in[r.pos]; {
		case c == '"':
			r.pos++
			return out, complete
		case c != '\\':
			out = append(out, c)
			r.pos++
		default:
			text, n, e := escape(r.in[r.pos:])
			switch e {
			case cutShort:
				r.pos = len(r.in)
			case broken:
				out = append(out, r.in[r.pos:r.pos+2]...)
				r.pos += 2
			default:
				out = append(out, text...)
				r.pos += n
			}
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

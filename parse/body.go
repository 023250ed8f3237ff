package parse

import (
	"bytes"
	"encoding/base64"

	"errata/parse/envelope"
)

// Limits of bodies.
const (
	maxInflated = 1 << 20 // of a gzip body: more is cut, so that a bomb costs no memory
	maxLevels   = 3       // JSON strings inside each other
	minBase64   = 16      // shorter text is not taken for base64
)

// bodyReader reads the envelope of a body that is text: JSON, wrapped JSON or SSE.
type bodyReader struct {
	walker
	dialect envelope.Dialect
	outer   int // slots of the outer members
	errObj  int
	reqID   int
	inner   memberSlots // in the error object
	flat    memberSlots // in the outer object
	flatMsg []int

	buf  [maxLevels + 1][]byte // unescaped bodies by level
	sse  []byte                // joined data lines of a frame
	b64  []byte
	gzip inflater
	msg  []byte

	// the answer
	src       []byte // the JSON text that slots point into
	idx       *index // its marks
	shape     Shape
	truncated bool
	flags     Flags
}

type memberSlots struct{ typ, message, param, feature, available, code int }

func (r *bodyReader) init(d envelope.Dialect) {
	r.dialect = d
	root, slots := newRoot(), 0
	add := func(path string) int {
		n, err := root.add(path, false, &slots)
		if err != nil {
			panic("BUG: dialect " + d.Name + ": " + err.Error())
		}
		return n.slot
	}
	members := func(at string) memberSlots {
		return memberSlots{
			typ: add(at + "type"), message: add(at + "message"), param: add(at + "param"),
			feature: add(at + "feature"), available: add(at + "available_from"), code: add(at + "code"),
		}
	}
	r.outer, r.errObj, r.reqID = add(d.Outer), add(d.Error), add("request_id")
	r.inner, r.flat = members(d.Error+"."), members("")
	for _, m := range d.Messages {
		r.flatMsg = append(r.flatMsg, add(m))
	}
	r.walker = newWalker(root, slots)
}

// shrink gives back what an unusual body made grow.
func (r *bodyReader) shrink() {
	for i := range r.buf {
		if cap(r.buf[i]) > keepBuffers {
			r.buf[i] = nil
		}
	}
	if cap(r.sse) > keepBuffers {
		r.sse = nil
	}
	if cap(r.b64) > keepBuffers {
		r.b64 = nil
	}
}

// judgeBody fills what the body says about the entry.
func (p *Parser) judgeBody(v *value) {
	ev, r := &p.ev, &p.body
	isErr := ev.Status >= 400
	if v == nil {
		p.noBody()
		return
	}
	raw := p.rec[v.start:v.end]
	r.shape, r.truncated, r.flags = ShapeUnset, false, 0
	r.begin()
	switch v.kind {
	case kindString:
		switch {
		case len(raw) == 1 && raw[0] == '-' && !v.cut:
			p.noBody()
			return
		case len(raw) == 0 && v.cut:
			ev.HasBody = true
			r.shape, r.truncated = ShapeOther, true
		case len(raw) == 0:
			ev.HasBody = isErr
			r.shape = ShapeEmpty
		default:
			ev.HasBody = true
			if !isErr && !mayHoldEnvelope(raw) {
				return
			}
			r.text(r.unescape(0, raw, p.entry.own.hasSlash(int(v.start), int(v.end)), v.cut), v.cut, 1)
		}
	case kindObject:
		ev.HasBody = true
		if !isErr && !mayHoldEnvelope(raw) {
			return
		}
		r.objectAt(&p.entry.own, p.rec[:v.end], int(v.start), v.cut)
	case kindArray:
		ev.HasBody = true
		r.shape, r.truncated = ShapeOther, v.cut
	case kindScalar:
		if string(raw) == "null" {
			p.noBody()
			return
		}
		ev.HasBody = true
		r.shape = ShapeOther
	}
	p.takeBody(isErr)
}

// noBody: the entry has none, which is a shape only of an error.
func (p *Parser) noBody() {
	if p.ev.Status >= 400 {
		p.ev.Shape, p.ev.Origin = ShapeNone, OriginUnknown
	}
}

// takeBody takes the reader's answer into the event.
func (p *Parser) takeBody(isErr bool) {
	ev, r := &p.ev, &p.body
	if !isErr {
		if r.flags&FlagSSE == 0 && (r.shape != ShapeEnvelope || !r.marked()) {
			return // no top-level envelope: nothing of a success counts
		}
		ev.ErrorEvent = true
	}
	ev.Shape = r.shape
	ev.Flags |= r.flags
	if r.truncated {
		ev.Flags |= FlagTruncated
	}
	switch r.shape {
	case ShapeEnvelope:
		ev.Origin = OriginApp
	case ShapeFlat, ShapeText, ShapeHTML:
		ev.Origin = OriginGateway
	default:
		ev.Origin = OriginUnknown
	}
}

// marked tells whether the outer object calls itself an error.
func (r *bodyReader) marked() bool {
	v := r.get(r.outer)
	if v == nil || v.cut || v.kind != kindString {
		return false
	}
	s := r.src[v.start:v.end]
	if r.idx.hasSlash(int(v.start), int(v.end)) {
		r.msg = appendUnescaped(r.msg[:0], s, false)
		s = r.msg
	}
	return string(s) == r.dialect.Mark
}

// unescape resolves the escapes of a string at a level of wrapping, in place where there are none.
func (r *bodyReader) unescape(level int, s []byte, escaped, cut bool) []byte {
	if !escaped {
		return s
	}
	r.buf[level] = appendUnescaped(r.buf[level][:0], s, cut)
	return r.buf[level]
}

// text judges a body that came as a string, after level levels of unescaping.
func (r *bodyReader) text(b []byte, cut bool, level int) {
	if len(b) >= 2 && b[0] == 0x1f && b[1] == 0x8b {
		r.inflate(b, cut)
		return
	}
	b = bytes.TrimPrefix(b, []byte("\xEF\xBB\xBF"))
	i := skipBlank(b, 0)
	if i == len(b) {
		r.shape, r.truncated = ShapeText, cut
		switch {
		case cut: // before anything that tells what it is
			r.shape = ShapeOther
		case len(b) == 0:
			r.shape = ShapeEmpty
		}
		return
	}
	switch b[i] {
	case '{':
		r.object(b[i:], cut)
		return
	case '[':
		r.shape, r.truncated = ShapeOther, cut
		return
	case '<':
		r.shape, r.truncated = ShapeHTML, cut
		return
	case '"':
		if r.wrapped(b[i:], cut, level) {
			return
		}
	}
	if r.encoded(b[i:], cut) || r.frames(b, cut) {
		return
	}
	r.shape, r.truncated = ShapeText, cut
	if !cut && isLiteral(trimBlank(b)) {
		r.shape = ShapeOther
	}
}

// isLiteral tells whether b is a JSON number or literal.
func isLiteral(b []byte) bool {
	switch string(b) {
	case "true", "false", "null":
		return true
	}
	if len(b) == 0 || b[0] == '+' || !isScalar(b) {
		return false
	}
	_, ok := parseDecimal(b)
	return ok
}

// wrapped reads a JSON string that may hold JSON; false: it is no JSON string.
func (r *bodyReader) wrapped(b []byte, cut bool, level int) bool {
	end, fl := scanString(b, 1)
	closed := end < len(b)
	if closed && skipBlank(b, end+1) < len(b) {
		return false
	}
	if level < maxLevels {
		in := r.unescape(level, b[1:end], fl&strEscaped != 0, !closed)
		if i := skipBlank(in, 0); i < len(in) {
			switch in[i] {
			case '{', '[':
				r.text(in[i:], cut || !closed, level+1)
				return true
			case '"':
				if r.wrapped(in[i:], cut || !closed, level+1) && r.shape != ShapeOther {
					return true
				}
			}
		}
	}
	r.shape, r.truncated = ShapeOther, cut || !closed
	return true
}

// object reads the envelope in the JSON object that begins b.
func (r *bodyReader) object(b []byte, cut bool) {
	r.own.build(b)
	r.objectAt(&r.own, b, 0, cut)
}

// objectAt reads the envelope in the JSON object that opens at b[i]. x indexes b.
func (r *bodyReader) objectAt(x *index, b []byte, i int, cut bool) {
	r.begin()
	r.src, r.idx = b, x
	end, st := r.walker.object(x, b, i, r.root, 0)
	if st == endOK && skipBlank(b, end) < len(b) {
		st = endBroken
	}
	r.truncated = cut || st != endOK
	r.shape = ShapeOther
	switch e := r.get(r.errObj); {
	case e != nil && e.kind == kindObject:
		r.shape = ShapeEnvelope
	case e != nil && e.kind == kindString && !e.cut, r.scalar(r.flat.code), r.isFlatMessage():
		r.shape = ShapeFlat
	case r.members == 0 && st == endBroken:
		r.shape, r.truncated = ShapeText, cut
	}
}

// scalar tells whether a slot has a whole string, number or boolean.
func (r *bodyReader) scalar(slot int) bool {
	v := r.get(slot)
	return v != nil && !v.cut && (v.kind == kindString || v.kind == kindScalar && string(r.src[v.start:v.end]) != "null")
}

func (r *bodyReader) isFlatMessage() bool {
	for _, m := range r.flatMsg {
		if m != r.errObj && r.scalar(m) {
			return true
		}
	}
	return false
}

// encoded reads a body that is base64 of an object or of gzip; false: it is not.
func (r *bodyReader) encoded(b []byte, cut bool) bool {
	b = trimBlank(b)
	if !looksBase64(b) {
		return false
	}
	b = bytes.TrimRight(b, "=")
	enc := base64.RawStdEncoding
	for _, c := range b {
		switch {
		case c == '-' || c == '_':
			enc = base64.RawURLEncoding
		case !isBase64(c):
			return false
		}
	}
	if cut {
		b = b[:len(b)/4*4]
	}
	if cap(r.b64) < enc.DecodedLen(len(b)) {
		r.b64 = make([]byte, enc.DecodedLen(len(b)))
	}
	n, err := enc.Decode(r.b64[:cap(r.b64)], b)
	if err != nil {
		return false
	}
	out := r.b64[:n]
	switch i := skipBlank(out, 0); {
	case n >= 2 && out[0] == 0x1f && out[1] == 0x8b:
		r.inflate(out, cut)
	case i < n && out[i] == '{':
		r.object(out[i:], cut)
	default:
		return false
	}
	r.flags |= FlagBase64
	return true
}

// looksBase64 is a cheap first look: the first characters of base64.
func looksBase64(b []byte) bool {
	if len(b) < minBase64 {
		return false
	}
	for _, c := range b[:minBase64-2] {
		if !isBase64(c) {
			return false
		}
	}
	return true
}

// mayBeBase64 is looksBase64 of a string as logged: with blanks before it and
// escapes in it, as some gateways write "/" as "\/".
func mayBeBase64(b []byte) bool {
	if len(b) < minBase64 {
		return false
	}
	for _, c := range b[:minBase64-2] {
		if !isBase64(c) && c != '\\' && c > ' ' {
			return false
		}
	}
	return true
}

func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '-' || c == '_'
}

// inflate reads a gzip body.
func (r *bodyReader) inflate(b []byte, cut bool) {
	out, whole := r.gzip.inflate(b)
	r.flags |= FlagGzip
	cut = cut || !whole
	if i := skipBlank(out, 0); i < len(out) || cut {
		if i < len(out) && out[i] == '{' {
			r.object(out[i:], cut)
			return
		}
		if len(out) >= 2 && out[0] == 0x1f && out[1] == 0x8b {
			r.shape, r.truncated = ShapeText, cut // gzip in gzip: no one sends that, a bomb would
			return
		}
	}
	r.text(out, cut, maxLevels)
}

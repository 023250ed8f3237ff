package parse

import (
	"bytes"
	"unicode/utf8"

	"errata/parse/normal"
)

// cleanAt is clean of the record's string between two offsets.
func (p *Parser) cleanAt(i, j int) []byte {
	if p.ascii {
		return p.rec[i:j]
	}
	return p.cleanMarked(i, j)
}

func (p *Parser) cleanMarked(i, j int) []byte {
	x := &p.entry.own
	fl := strFlags(0)
	if x.hasHigh(i, j) {
		fl = strHigh
	}
	if x.hasSlash(i, j) {
		fl |= strEscaped
	}
	if fl == 0 {
		return p.rec[i:j]
	}
	return p.cleanCut(p.rec[i:j], fl, false)
}

// cleanBody is a string of the body as text.
func (p *Parser) cleanBody(v *value, cut bool) []byte {
	r := &p.body
	b := r.src[v.start:v.end]
	fl := strFlags(0)
	if r.idx.control || r.idx.hasHigh(int(v.start), int(v.end)) {
		fl = strHigh
	}
	if r.idx.hasSlash(int(v.start), int(v.end)) {
		fl |= strEscaped
	}
	return p.cleanCut(b, fl, cut)
}

// clean is a logged string as text: escapes resolved, in valid UTF-8, without NUL.
func (p *Parser) clean(b []byte, fl strFlags) []byte {
	return p.cleanCut(b, fl, false)
}

func (p *Parser) cleanCut(b []byte, fl strFlags, cut bool) []byte {
	if fl&strEscaped != 0 {
		n := len(p.arena)
		p.arena = appendUnescaped(p.arena, b, cut)
		b = p.arena[n:len(p.arena):len(p.arena)]
	} else if fl&(strHigh|strControl) == 0 && !cut {
		return b
	}
	if cut {
		b = trimHalfRune(b)
	}
	if utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 {
		return b
	}
	n := len(p.arena)
	p.arena = normal.AppendValid(p.arena, b)
	return p.arena[n:len(p.arena):len(p.arena)]
}

// trimHalfRune drops an incomplete rune at the end.
func trimHalfRune(b []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= 0x80 && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			return b
		}
	}
	return b
}

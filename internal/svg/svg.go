package svg

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A picture is written as text: the elements below append to a builder. There
// are no style attributes, no scripts, no references out of the picture and no
// ids, so it may stand in a page of any policy, any number of times.
type picture struct{ strings.Builder }

// open starts the picture. Its name is read out; what is in it is not, so the
// same must stand beside it as text or table.
func (p *picture) open(class, name string, width, height float64) {
	p.start(class, name, width, height, "")
}

// stretched is open for a picture without text, which takes any shape.
func (p *picture) stretched(class, name string, width, height float64) {
	p.start(class, name, width, height, ` preserveAspectRatio="none"`)
}

func (p *picture) start(class, name string, width, height float64, more string) {
	p.WriteString(`<svg class="`)
	p.text(class)
	p.WriteString(`"`)
	p.WriteString(more)
	p.WriteString(` viewBox="0 0 `)
	p.num(width)
	p.WriteByte(' ')
	p.num(height)
	if name == "" { // decoration beside the same number
		p.WriteString(`" aria-hidden="true">`)
		return
	}
	p.WriteString(`" role="img" aria-label="`)
	p.text(name)
	p.WriteString(`">`)
}

func (p *picture) close() string {
	p.WriteString("</svg>")
	return p.String()
}

// rect is one box; a title shows when a pointer rests on it.
func (p *picture) rect(class string, x, y, width, height float64, title string) {
	p.WriteString(`<rect`)
	p.class(class)
	p.attr("x", x)
	p.attr("y", y)
	p.attr("width", math.Max(width, 0))
	p.attr("height", math.Max(height, 0))
	if title == "" {
		p.WriteString("/>")
		return
	}
	p.WriteString("><title>")
	p.text(title)
	p.WriteString("</title></rect>")
}

// label is text at a place; its class says how it is anchored.
func (p *picture) label(class string, x, y float64, text string) {
	p.WriteString("<text")
	p.class(class)
	p.attr("x", x)
	p.attr("y", y)
	p.WriteByte('>')
	p.text(text)
	p.WriteString("</text>")
}

func (p *picture) path(class, d string) {
	if d == "" {
		return
	}
	p.WriteString("<path")
	p.class(class)
	p.WriteString(` d="`)
	p.WriteString(d)
	p.WriteString(`"/>`)
}

func (p *picture) class(class string) {
	if class == "" {
		return
	}
	p.WriteString(` class="`)
	p.text(class)
	p.WriteByte('"')
}

func (p *picture) attr(name string, x float64) {
	p.WriteByte(' ')
	p.WriteString(name)
	p.WriteString(`="`)
	p.num(x)
	p.WriteByte('"')
}

func (p *picture) num(x float64) { p.WriteString(num(x)) }

// text writes s so that it is nothing but text, in HTML as in XML.
func (p *picture) text(s string) {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '<':
			p.WriteString("&lt;")
		case r == '>':
			p.WriteString("&gt;")
		case r == '&':
			p.WriteString("&amp;")
		case r == '"':
			p.WriteString("&#34;")
		case r == '\'':
			p.WriteString("&#39;")
		case r == utf8.RuneError && n <= 1, !allowed(r):
			p.WriteRune(utf8.RuneError)
		default:
			p.WriteString(s[i : i+n])
		}
		i += n
	}
}

// allowed tells whether XML may hold the character.
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r >= 0x20 && r < 0x7F || r >= 0xA0 && r != 0xFFFE && r != 0xFFFF
}

// edge bounds coordinates: what is beyond cannot be seen, and a number that a
// reader of SVG refuses would take the whole picture with it.
const edge = 1e6

// num writes a coordinate with at most one decimal: finer is under a pixel, and
// so few digits are the same on every machine.
func num(x float64) string {
	if math.IsNaN(x) {
		x = 0
	}
	x = math.Max(-edge, math.Min(edge, x))
	tenths := int64(math.Floor(x*10 + 0.5))
	b := make([]byte, 0, 12)
	if tenths < 0 {
		b = append(b, '-')
		tenths = -tenths
	}
	b = strconv.AppendInt(b, tenths/10, 10)
	if tenths%10 != 0 {
		b = append(b, '.', byte('0'+tenths%10))
	}
	return string(b)
}

// scale maps 0 to max onto 0 to length, and everything else to an end.
func scale(v, limit, length float64) float64 {
	if !(v > 0) || !(limit > 0) { // NaN too
		return 0
	}
	return math.Min(v/limit, 1) * length
}

// Steps are round values for an axis from 0 to at least limit: 3 to 6 of them.
func Steps(limit int64) []int64 {
	step := int64(1)
	for limit > 0 && (limit-1)/step >= 4 {
		if step > math.MaxInt64/10 {
			break
		}
		switch lead(step) {
		case 2:
			step = step / 2 * 5
		default:
			step *= 2
		}
	}
	out := []int64{0}
	for at := step; ; at += step {
		out = append(out, at)
		if at >= limit || at > math.MaxInt64-step {
			return out
		}
	}
}

// lead is the first digit of a number.
func lead(n int64) int64 {
	for n >= 10 {
		n /= 10
	}
	return n
}

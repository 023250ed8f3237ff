package out

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// None stands in tables where a value is absent.
const None = "(none)"

// Visible is a text as it may stand on a terminal: what is no printable
// character is shown as an escape, an empty text as (none). A backslash is
// doubled only where it could be taken for the start of an escape.
func Visible(s string) string {
	switch s {
	case "":
		return None
	case None:
		return `\` + None // a text that looks like the absent one
	}
	clean := true
	for _, r := range s {
		if !printable(r) || r == utf8.RuneError || r == '\\' {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\\' && i+1 < len(s) && strings.IndexByte(`\ntrxuU`, s[i+1]) >= 0:
			b.WriteString(`\\`)
		case printable(r):
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// printable tells whether a character shows itself and nothing else: no
// control, no format character (directions, zero widths, tags), no separator
// but the blank, nothing private or unassigned.
func printable(r rune) bool { return unicode.IsPrint(r) }

// Width is the number of columns that a printable text takes on a terminal.
func Width(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case r < 0x300:
			n++
		case unicode.In(r, unicode.Mn, unicode.Me):
		case wide(r):
			n += 2
		default:
			n++
		}
	}
	return n
}

// wide tells whether a character takes two columns: the East Asian wide and
// full-width blocks, and emoji.
func wide(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r <= 0x115F, r == 0x2329, r == 0x232A, r >= 0x2E80 && r <= 0x303E, r >= 0x3041 && r <= 0xA4CF,
		r >= 0xA960 && r <= 0xA97F, r >= 0xAC00 && r <= 0xD7A3, r >= 0xF900 && r <= 0xFAFF,
		r >= 0xFE30 && r <= 0xFE6F, r >= 0xFF00 && r <= 0xFF60, r >= 0xFFE0 && r <= 0xFFE6,
		r >= 0x1F300 && r <= 0x1F64F, r >= 0x1F680 && r <= 0x1F6FF, r >= 0x1F900 && r <= 0x1FAFF,
		r >= 0x20000 && r <= 0x3FFFD:
		return true
	}
	return false
}

// Int is a whole number with thousands separators.
func Int(n int64) string {
	s := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, s = "-", s[1:]
	}
	if len(s) <= 3 {
		return sign + s
	}
	var b strings.Builder
	b.WriteString(sign)
	for i := range len(s) {
		if i > 0 && (len(s)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Fixed is a number with so many decimals and thousands separators.
func Fixed(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return None
	}
	s := strconv.FormatFloat(math.Abs(x), 'f', decimals, 64)
	whole, frac, _ := strings.Cut(s, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		whole = Int(n)
	}
	if x < 0 && strings.Trim(s, "0.") != "" {
		whole = "-" + whole
	}
	if frac != "" {
		return whole + "." + frac
	}
	return whole
}

// Count is a number and its noun, in the plural where it is not one.
func Count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Int(n) + " " + many
}

// Bytes is a size for people.
func Bytes(n int64) string {
	switch {
	case n < 1<<10:
		return Int(n) + " B"
	case n < 1<<20:
		return Fixed(float64(n)/(1<<10), 1) + " KiB"
	case n < 1<<30:
		return Fixed(float64(n)/(1<<20), 1) + " MiB"
	default:
		return Fixed(float64(n)/(1<<30), 1) + " GiB"
	}
}

package out

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends a JSON string. Control characters are escaped, those
// above 0x7F too, since a terminal may obey them; bytes that are no UTF-8
// become U+FFFD.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c < 0x7F && c != '"' && c != '\\' {
			i++
			continue
		}
		size := 1
		var esc [6]byte
		n := 0
		switch {
		case c == '"' || c == '\\':
			esc[0], esc[1], n = '\\', c, 2
		case c == '\n':
			esc[0], esc[1], n = '\\', 'n', 2
		case c == '\r':
			esc[0], esc[1], n = '\\', 'r', 2
		case c == '\t':
			esc[0], esc[1], n = '\\', 't', 2
		case c < 0x20 || c == 0x7F:
			copy(esc[:], `\u00`)
			esc[4], esc[5], n = hexDigits[c>>4], hexDigits[c&15], 6
		default:
			r, sz := decodeRune(s[i:])
			size = sz
			switch {
			case r == utf8.RuneError && sz == 1:
				n = copy(esc[:], "\uFFFD")
			case r < 0xA0:
				copy(esc[:], `\u00`)
				esc[4], esc[5], n = hexDigits[r>>4], hexDigits[r&15], 6
			}
		}
		if n > 0 {
			dst = append(dst, s[start:i]...)
			dst = append(dst, esc[:n]...)
			start = i + size
		}
		i += size
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

// AppendJSON appends v as one line of JSON. The control characters that
// encoding/json leaves as they are, from 0x7F to 0x9F, are escaped: they stand
// in strings only, and a terminal may obey them.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	rest := b.Bytes()
	for i := 0; i < len(rest); i++ {
		c, size := rest[i], 1
		switch {
		case c == 0x7F:
		case c == 0xC2 && i+1 < len(rest) && rest[i+1] < 0xA0: // U+0080 to U+009F
			c, size = rest[i+1], 2
		default:
			continue
		}
		dst = append(append(dst, rest[:i]...), '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		rest, i = rest[i+size:], -1
	}
	return append(dst, rest...), nil
}

func decodeRune[T ~string | ~[]byte](s T) (rune, int) {
	var b [utf8.UTFMax]byte
	n := copy(b[:], s)
	return utf8.DecodeRune(b[:n])
}

// IsNumber tells whether a text is a JSON number.
func IsNumber[T ~string | ~[]byte](s T) bool {
	i := 0
	digits := func() bool {
		from := i
		for i < len(s) && s[i] >= '0' && s[i] <= '9' {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	first := i
	if !digits() || s[first] == '0' && i > first+1 {
		return false
	}
	if i < len(s) && s[i] == '.' {
		i++
		if !digits() {
			return false
		}
	}
	if i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false
		}
	}
	return i == len(s)
}

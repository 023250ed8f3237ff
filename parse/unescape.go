package parse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

// appendUnescaped appends the content of a JSON string with its escapes
// resolved, all other bytes as they are (a body may be compressed bytes). An
// escape that JSON does not know is kept as written; an escape cut at the end
// is dropped; lone surrogates become U+FFFD, as in encoding/json, but half a
// pair at the edge of a cut string is dropped.
func appendUnescaped(dst, s []byte, cut bool) []byte {
	dst = slices.Grow(dst, len(s)+8) // nothing becomes longer but a lone surrogate, which appends by itself
	for {
		// Escaped bodies have a backslash every dozen bytes: eight bytes are
		// copied at once and looked at then, without a call for each run.
		for {
			if len(s) < 8 || cap(dst)-len(dst) < 8 {
				k := bytes.IndexByte(s, '\\')
				if k < 0 {
					return append(dst, s...)
				}
				dst, s = append(dst, s[:k]...), s[k:]
				break
			}
			x := binary.LittleEndian.Uint64(s)
			n := len(dst)
			binary.LittleEndian.PutUint64(dst[n:n+8], x)
			m := x ^ slash8
			if m = (m - lo8) &^ m & hi8; m != 0 {
				k := bits.TrailingZeros64(m) >> 3
				dst, s = dst[:n+k], s[k:]
				break
			}
			dst, s = dst[:n+8], s[8:]
		}
		if len(s) < 2 {
			return dst
		}
		n := 2
		switch c := s[1]; c {
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, ok := hex4(s)
			if !ok {
				if len(s) < 6 && isHexPrefix(s[2:]) {
					return dst
				}
				dst = append(dst, '\\', 'u')
				break
			}
			n = 6
			if utf16.IsSurrogate(r) {
				lowHalf, ok := hex4(s[6:])
				switch {
				case ok && utf16.DecodeRune(r, lowHalf) != utf8.RuneError:
					r, n = utf16.DecodeRune(r, lowHalf), 12
				case cut && !ok && len(s) < 12 && r < 0xDC00 && isEscapePrefix(s[6:]):
					return dst // a pair cut at the edge
				default:
					r = utf8.RuneError
				}
			}
			dst = utf8.AppendRune(dst, r)
		default:
			dst = append(dst, '\\', c)
		}
		s = s[n:]
	}
}

// hex4 reads \uXXXX at the start of s.
func hex4(s []byte) (rune, bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s[2:6] {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

func isHexPrefix(s []byte) bool {
	for _, c := range s {
		if _, ok := hexDigit(c); !ok {
			return false
		}
	}
	return true
}

// isEscapePrefix tells whether s can be the start of a \uXXXX cut short.
func isEscapePrefix(s []byte) bool {
	return len(s) == 0 || s[0] == '\\' && (len(s) == 1 || s[1] == 'u' && isHexPrefix(s[2:]))
}

package parse

import (
	"encoding/binary"
	"math/bits"
)

const (
	lo8      = 0x0101010101010101
	hi8      = 0x8080808080808080
	quote8   = lo8 * '"'
	slash8   = lo8 * '\\'
	space8   = lo8 * 0x20
	maxDepth = 512 // JSON nested deeper is a dead letter: bounds the bracket stack
)

// strFlags are facts about a scanned string.
type strFlags uint8

const (
	strEscaped strFlags = 1 << iota // holds a backslash
	strControl                      // holds a byte below 0x20
	strHigh                         // holds a byte from 0x80
)

// scanString finds the quote that closes the JSON string whose content starts
// at b[i]; len(b) if none does. It looks at eight bytes at a time: a byte is
// zero after XOR with the one sought, and (x-lo)&^x&hi marks zero bytes
// exactly up to and including the first, which is all that is used.
func scanString(b []byte, i int) (end int, fl strFlags) {
	var high uint64
	for i+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[i:])
		q := x ^ quote8
		s := x ^ slash8
		m := ((q - lo8) &^ q) | ((s - lo8) &^ s) | ((x - space8) &^ x)
		m &= hi8
		if m == 0 {
			high |= x
			i += 8
			continue
		}
		k := bits.TrailingZeros64(m) >> 3
		high |= x & (1<<(uint(k)*8) - 1)
		i += k
		switch c := b[i]; {
		case c == '"':
			if high&hi8 != 0 {
				fl |= strHigh
			}
			return i, fl
		case c == '\\':
			fl |= strEscaped
			i += 2
			// Bodies are full of \" runs: step over them without reloading.
			for i+1 < len(b) && b[i] == '\\' {
				i += 2
			}
		default:
			fl |= strControl
			i++
		}
	}
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			if high&hi8 != 0 {
				fl |= strHigh
			}
			return i, fl
		case c == '\\':
			fl |= strEscaped
			i += 2
		default:
			if c < 0x20 {
				fl |= strControl
			}
			high |= uint64(c)
			i++
		}
	}
	if high&hi8 != 0 {
		fl |= strHigh
	}
	return len(b), fl
}

// hasControl tells whether b holds a control byte other than tab, LF and CR.
func hasControl(b []byte) bool {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		if (x-space8)&^x&hi8 != 0 {
			for _, c := range b[i : i+8] {
				if isControl(c) {
					return true
				}
			}
		}
	}
	for _, c := range b[i:] {
		if isControl(c) {
			return true
		}
	}
	return false
}

func isControl(c byte) bool { return c < 0x20 && c != '\t' && c != '\n' && c != '\r' }

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipBlank(b []byte, i int) int {
	for i < len(b) && isBlank(b[i]) {
		i++
	}
	return i
}

func trimBlank(b []byte) []byte {
	if len(b) > 0 && b[0] > ' ' && b[len(b)-1] > ' ' {
		return b
	}
	return trimBlanks(b)
}

func trimBlanks(b []byte) []byte {
	i, j := skipBlank(b, 0), len(b)
	for j > i && isBlank(b[j-1]) {
		j--
	}
	return b[i:j]
}

// scanEnd says how a scan ended.
type scanEnd uint8

const (
	endOK     scanEnd = iota
	endCut            // the bytes ended inside the value
	endBroken         // the value is no JSON
)

// scalarEnd is the end of the number or literal that starts at b[i].
func scalarEnd(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\n', '\r':
			return i
		}
		i++
	}
	return i
}

// isScalar tells whether v can be a number or literal. Number syntax is not
// checked: gateways write a bare "-" where a number is missing.
func isScalar(v []byte) bool {
	if len(v) == 0 {
		return false
	}
	switch v[0] {
	case 't':
		return string(v) == "true"
	case 'f':
		return string(v) == "false"
	case 'n':
		return string(v) == "null"
	}
	for _, c := range v {
		if !numberByte[c] {
			return false
		}
	}
	return true
}

// numberByte are the bytes of JSON numbers.
var numberByte = func() (t [256]bool) {
	for _, c := range "0123456789-+.eE" {
		t[c] = true
	}
	return t
}()

package normal

import "unicode/utf8"

// Class bits of a byte. The rules of this package are about ASCII; a byte from
// 0x80 on is in no class but classHigh.
const (
	classDigit  = 1 << iota // 0-9
	classHex                // a-f A-F
	classAlpha              // a-z A-Z
	classUnder              // _
	classBlank              // tab, LF, FF, CR and space: \s of a regexp
	classHigh               // 0x80 and above
	classURL                // printable ASCII but blanks, quotes, < and >
	classOpener             // what may stand before an opening apostrophe

	classWord  = classDigit | classAlpha | classUnder // \w
	classAlnum = classDigit | classAlpha
)

var class = classTable()

func classTable() (t [256]uint8) {
	for c := range t {
		b := byte(c)
		switch {
		case b >= '0' && b <= '9':
			t[c] |= classDigit
		case b|0x20 >= 'a' && b|0x20 <= 'z':
			t[c] |= classAlpha
			if b|0x20 <= 'f' {
				t[c] |= classHex
			}
		case b == '_':
			t[c] |= classUnder
		case b == ' ' || b == '\t' || b == '\n' || b == '\f' || b == '\r':
			t[c] |= classBlank | classOpener
		case b >= 0x80:
			t[c] |= classHigh | classOpener
		}
		if b > ' ' && b < 0x7f && b != '"' && b != '\'' && b != '<' && b != '>' && b != '`' {
			t[c] |= classURL
		}
	}
	for _, b := range []byte("([{<=:,;|") {
		t[b] |= classOpener
	}
	return t
}

func isDigit(c byte) bool { return class[c]&classDigit != 0 }
func isAlpha(c byte) bool { return class[c]&classAlpha != 0 }
func isWord(c byte) bool  { return class[c]&classWord != 0 }
func isBlank(c byte) bool { return class[c]&classBlank != 0 }
func isHex(c byte) bool   { return class[c]&(classDigit|classHex) != 0 }

// wordAt tells whether s[i] exists and is a word byte.
func wordAt(s []byte, i int) bool { return uint(i) < uint(len(s)) && isWord(s[i]) }

// boundary tells whether \b matches before s[i].
func boundary(s []byte, i int) bool { return wordAt(s, i-1) != wordAt(s, i) }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func appendLower(dst, src []byte) []byte {
	for _, c := range src {
		dst = append(dst, lower(c))
	}
	return dst
}

// equalFold compares without ASCII case; name is in lower case.
func equalFold(b []byte, name string) bool {
	return len(b) == len(name) && hasPrefixFold(b, name)
}

func hasPrefixFold(b []byte, name string) bool {
	if len(b) < len(name) {
		return false
	}
	for i := range len(name) {
		if lower(b[i]) != name[i] {
			return false
		}
	}
	return true
}

// trimBlanks cuts spaces, tabs, CR and LF off both ends.
func trimBlanks(b []byte) []byte {
	blank := func(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }
	for len(b) > 0 && blank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && blank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

// AppendClip appends at most limit bytes of src and never a part of a rune.
func AppendClip(dst, src []byte, limit int) []byte {
	cut := max(limit, 0)
	if len(src) <= cut {
		return append(dst, src...)
	}
	for i := cut; i >= 0 && cut-i < utf8.UTFMax; i-- {
		if utf8.RuneStart(src[i]) {
			// A whole rune begins at i and reaches over the limit, or what
			// stands before the limit is no UTF-8 and is cut anywhere.
			if _, size := utf8.DecodeRune(src[i:]); i+size > cut {
				cut = i
			}
			break
		}
	}
	return append(dst, src[:cut]...)
}

// AppendValid appends src with U+FFFD in place of each byte that is no UTF-8,
// as encoding/json does, and of NUL, which not every store can hold.
func AppendValid(dst, src []byte) []byte {
	for len(src) > 0 {
		r, n := utf8.DecodeRune(src)
		if r == 0 {
			r = utf8.RuneError
		}
		dst = utf8.AppendRune(dst, r)
		src = src[n:]
	}
	return dst
}

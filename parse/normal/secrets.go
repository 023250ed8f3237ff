package normal

import "bytes"

// stars stands in the place of every secret.
const stars = "***"

// AppendMasked appends src with every secret that docs/secrets.md lists
// replaced by ***. It looks at the text as it is and then at what is left with
// its percent escapes decoded, so that a secret in an escaped form goes too.
func AppendMasked(dst, src []byte) []byte {
	f := survey(src)
	if f == 0 {
		return append(dst, src...)
	}
	n := len(dst)
	dst = appendPass(dst, src, src, f)
	if f&seesEscape == 0 {
		return dst
	}
	// The decoded text and then the result are built behind the first pass and
	// moved over it, so that a buffer that has grown once serves every call.
	plain := dst[n:]
	from := len(dst)
	dst = appendDecoded(dst, plain)
	shadow := dst[from:]
	if len(shadow) == len(plain) {
		return dst[:from]
	}
	f = survey(shadow)
	if f &^= seesEscape; f == 0 {
		return dst[:from]
	}
	from = len(dst)
	dst = appendPass(dst, plain, shadow, f)
	return append(dst[:n], dst[from:]...)
}

// HasSecret tells whether AppendMasked would change src.
func HasSecret(src []byte) bool {
	f := survey(src)
	if f == 0 {
		return false
	}
	if findsSecret(src, f) {
		return true
	}
	if f&seesEscape == 0 {
		return false
	}
	var buf [1024]byte
	shadow := appendDecoded(buf[:0], src)
	if len(shadow) == len(src) {
		return false
	}
	f = survey(shadow)
	return f&^seesEscape != 0 && findsSecret(shadow, f)
}

// What a text holds, which decides the rules that can match it. The first
// ones are also the marks of the bytes that make a rule look at a position.
const (
	seesName   = 1 << iota // : or = : the names of secrets can be followed by a value
	seesScheme             // a blank or +: Bearer and Basic
	seesDash               // -, turned into seesPAT
	seesUnder              // _, turned into seesWebhook
	seesJWT                // J, confirmed by eyJ
	seesQuery              // ?: a query, if there is = too
	seesMail               // @
	seesEscape             // %
	seesPAT
	seesWebhook
	seesCard // so many digits in a row that they may be a card's
)

const (
	minCard = 13
	maxCard = 19
)

// lens is what survey sees in one byte: bits 0 to 7 the flags, bit 8 a digit,
// bits 9 to 16 all ones where a run of digits may go on.
var lens = lensTable()

func lensTable() (t [256]uint32) {
	const goesOn = 0xff << 9
	for c := byte('0'); c <= '9'; c++ {
		t[c] = 1<<8 | goesOn
	}
	for _, c := range []byte(" \t\n\f\r+") {
		t[c] = seesScheme
	}
	t[' '] |= goesOn
	t['-'] = seesDash | goesOn
	t['_'] = seesUnder
	t[':'] = seesName
	t['='] = seesName
	t['J'] = seesJWT
	t['?'] = seesQuery
	t['@'] = seesMail
	t['%'] = seesEscape
	return t
}

// survey reads a text once, without a branch per byte, and tells which rules
// can match in it: 0 means that it holds no secret.
func survey(src []byte) uint32 {
	var all, run, longest uint32
	for _, c := range src {
		t := lens[c]
		all |= t
		run = (run + t>>8&1) & (t >> 9)
		longest = max(longest, run)
	}
	f := all & (seesName | seesScheme | seesMail | seesEscape)
	if all&seesDash != 0 && bytes.Contains(src, []byte("pt-")) {
		f |= seesPAT
	}
	if all&seesUnder != 0 && bytes.Contains(src, []byte("whsec_")) {
		f |= seesWebhook
	}
	if all&seesJWT != 0 && bytes.Contains(src, []byte("eyJ")) {
		f |= seesJWT
	}
	if all&seesQuery != 0 && all&seesName != 0 {
		f |= seesQuery
	}
	if longest >= minCard {
		f |= seesCard
	}
	return f
}

// appendDecoded appends src with its percent escapes decoded, those that were
// escaped again (%2540) as well.
func appendDecoded(dst, src []byte) []byte {
	for i := 0; i < len(src); {
		k := bytes.IndexByte(src[i:], '%')
		if k < 0 {
			return append(dst, src[i:]...)
		}
		dst = append(dst, src[i:i+k]...)
		i += k
		c, n := unit(src, i)
		dst = append(dst, c)
		i += n
	}
	return dst
}

// unit is the byte that stands at src[i] and the length of its escape.
func unit(src []byte, i int) (c byte, n int) {
	if src[i] != '%' {
		return src[i], 1
	}
	j := i + 1
	for hexPair(src, j) && src[j] == '2' && src[j+1] == '5' && hexPair(src, j+2) {
		j += 2
	}
	if !hexPair(src, j) {
		return '%', 1
	}
	return nibble(src[j])<<4 | nibble(src[j+1]), j + 2 - i
}

func hexPair(b []byte, i int) bool { return i+1 < len(b) && isHex(b[i]) && isHex(b[i+1]) }

func nibble(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return lower(c) - 'a' + 10
}

// appendPass appends src with the secrets masked that are found in seen, which
// is src or src decoded.
func appendPass(dst, src, seen []byte, f uint32) []byte {
	s := newSearch(seen, f)
	same := len(src) == len(seen)
	at, pos := 0, 0 // the same place in src and in seen
	seek := func(to int) int {
		if same {
			return to
		}
		i := at
		for p := pos; p < to; p++ {
			_, n := unit(src, i)
			i += n
		}
		return i
	}
	for {
		m, ok := s.next()
		if !ok {
			return append(dst, src[at:]...)
		}
		from := seek(m.from)
		dst = append(dst, src[at:from]...)
		dst = append(dst, stars...)
		at, pos = from, m.from
		at, pos = seek(m.to), m.to
	}
}

// findsSecret tells whether a rule finds something in seen that is not masked yet.
func findsSecret(seen []byte, f uint32) bool {
	s := newSearch(seen, f)
	for {
		m, ok := s.next()
		if !ok {
			return false
		}
		if string(seen[m.from:m.to]) != stars {
			return true
		}
	}
}

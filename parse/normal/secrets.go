package normal

import (
	"bytes"
	"encoding/binary"
)

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
	seesW                  // w, turned into seesWebhook
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

// lens is what survey sees in one byte.
var lens = lensTable()

func lensTable() (t [256]uint8) {
	for _, c := range []byte(" \t\n\f\r+") {
		t[c] = seesScheme
	}
	t['-'] = seesDash
	t['w'] = seesW
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
	var all uint8
	var run runs
	rest := src
	for len(rest) >= 8 {
		v := binary.LittleEndian.Uint64(rest)
		all |= lens[byte(v)] | lens[byte(v>>8)] | lens[byte(v>>16)] | lens[byte(v>>24)] |
			lens[byte(v>>32)] | lens[byte(v>>40)] | lens[byte(v>>48)] | lens[byte(v>>56)]
		run.add(v)
		rest = rest[8:]
	}
	var last uint64
	for i, c := range rest {
		all |= lens[c]
		last |= uint64(c) << (8 * i)
	}
	run.add(last)
	if all == 0 && !run.long {
		return 0
	}
	f := uint32(all & (seesName | seesScheme | seesMail | seesEscape))
	if all&seesDash != 0 && bytes.Contains(src, []byte("pt-")) {
		f |= seesPAT
	}
	if all&seesW != 0 && bytes.Contains(src, []byte("whsec_")) {
		f |= seesWebhook
	}
	if all&seesJWT != 0 && bytes.Contains(src, []byte("eyJ")) {
		f |= seesJWT
	}
	if all&seesQuery != 0 && all&seesName != 0 {
		f |= seesQuery
	}
	if run.long {
		f |= seesCard
	}
	return f
}

// runs watches for 13 bytes in a row that may be a card's: those from 0x20 to
// 0x3f, among which are all digits, the blank and the dash.
type runs struct {
	bits uint32 // one for each byte of late, the last one the highest
	long bool
}

func (r *runs) add(v uint64) {
	const low, high = 0x2020202020202020, 0x8080808080808080
	x := v&(low*7) ^ low
	x = ^(x | x<<1 | x<<2) & high
	r.bits = r.bits>>8 | uint32(x>>7*0x0102040810204080>>56)<<16
	b := r.bits
	b &= b >> 1
	b &= b >> 2
	b &= b >> 4 // 8 in a row begin here
	if b&(b>>5) != 0 {
		r.long = true
	}
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

package normal

import "bytes"

// match is the part of a text that *** replaces.
type match struct{ from, to int }

// search walks once over a text and yields its secrets from left to right: at
// each position the first rule that matches, in the order of docs/secrets.md.
type search struct {
	s      []byte
	at     int // where to look on
	active uint32
	mail   match // the next e-mail address; from is len(s) if there is none
	noSig  int   // a query that ends here has no signature
	noJWT  int   // a run that ends here is no first part of a token
}

// Marks of the bytes at which a rule may begin.
const (
	beginsName = 1 << iota
	beginsScheme
	beginsPAT
	beginsWebhook
	beginsJWT
	beginsQuery
	beginsCard
)

var begins = beginsTable()

func beginsTable() (t [256]uint8) {
	for _, c := range []byte("acpstACPST") {
		t[c] |= beginsName
	}
	for _, c := range []byte("bB") {
		t[c] |= beginsScheme
	}
	t['p'] |= beginsPAT
	t['w'] |= beginsWebhook
	t['e'] |= beginsJWT
	t['?'] |= beginsQuery
	for c := range t {
		if isHex(byte(c)) {
			t[c] |= beginsCard // or a UUID, which is none
		}
	}
	return t
}

func newSearch(s []byte, f uint32) search {
	x := search{s: s, mail: match{from: len(s)}}
	for _, r := range [...]struct{ sees, begins uint32 }{
		{seesName, beginsName},
		{seesScheme, beginsScheme},
		{seesPAT, beginsPAT},
		{seesWebhook, beginsWebhook},
		{seesJWT, beginsJWT},
		{seesQuery, beginsQuery},
		{seesCard, beginsCard},
	} {
		if f&r.sees != 0 {
			x.active |= r.begins
		}
	}
	if f&seesMail != 0 {
		x.findMail(0)
	}
	return x
}

// next finds the next secret.
func (x *search) next() (match, bool) {
	s := x.s
	if x.mail.from < x.at {
		x.findMail(x.at)
	}
	for i := x.at; i < len(s); i++ {
		if b := uint32(begins[s[i]]) & x.active; b != 0 {
			if b&(beginsName|beginsScheme) == 0 || startsLikeName(s[i:]) || b&^(beginsName|beginsScheme|beginsCard) != 0 {
				if m := x.tryAt(i, b); m.to > 0 {
					x.at = m.to
					return m, true
				}
			}
		}
		if i == x.mail.from {
			x.at = x.mail.to
			return x.mail, true
		}
		if x.active&beginsCard != 0 && isHex(s[i]) && !wordAt(s, i-1) {
			if e := uuidEnd(s, i); e > 0 {
				i = e - 1
				if x.mail.from < e {
					x.findMail(e)
				}
				continue
			}
			if e := cardEnd(s, i); e > 0 {
				x.at = e
				return match{i, e}, true
			}
		}
	}
	x.at = len(s)
	return match{}, false
}

// startsLikeName tells whether b begins with the first three letters of a
// secret's name or of a scheme. It may err only by saying yes.
func startsLikeName(b []byte) bool {
	if len(b) < 3 {
		return false
	}
	switch uint32(b[0]|0x20)<<16 | uint32(b[1]|0x20)<<8 | uint32(b[2]|0x20) {
	case 'a'<<16 | 'u'<<8 | 't', 'a'<<16 | 'p'<<8 | 'i', 'b'<<16 | 'e'<<8 | 'a', 'b'<<16 | 'a'<<8 | 's',
		'c'<<16 | 'o'<<8 | 'o', 'p'<<16 | 'a'<<8 | 's', 'p'<<16 | 'r'<<8 | 'i', 'p'<<16 | 'w'<<8 | 'd',
		's'<<16 | 'e'<<8 | 'c', 's'<<16 | 'i'<<8 | 'g', 't'<<16 | 'o'<<8 | 'k':
		return true
	}
	return false
}

// tryAt tries the rules that begin with the byte at i, but addresses and cards.
func (x *search) tryAt(i int, b uint32) match {
	s := x.s
	if b&beginsName != 0 {
		if m := namedValue(s, i); m.to > 0 {
			return m
		}
	}
	if b&beginsQuery != 0 && i >= x.noSig {
		end, signed := queryEnd(s, i+1)
		if signed {
			return match{i + 1, end}
		}
		x.noSig = end
	}
	if b&(beginsScheme|beginsPAT|beginsWebhook|beginsJWT) == 0 || wordAt(s, i-1) {
		return match{}
	}
	switch {
	case b&beginsScheme != 0:
		return schemeToken(s, i)
	case b&beginsPAT != 0:
		if e := patEnd(s, i); e > 0 {
			return match{i, e}
		}
	case b&beginsWebhook != 0:
		if e := webhookEnd(s, i); e > 0 {
			return match{i, e}
		}
	case b&beginsJWT != 0 && i >= x.noJWT:
		e, ok := jwtEnd(s, i)
		if ok {
			return match{i, e}
		}
		x.noJWT = max(x.noJWT, e)
	}
	return match{}
}

func isTokenByte(c byte) bool { return class[c]&classWord != 0 || c == '-' }

// escapedSlash is the end of the slash behind backslashes at i, as JSON may write it, else 0.
func escapedSlash(s []byte, i int) int {
	n := backslashes(s, i)
	if n == 0 || i+n == len(s) || s[i+n] != '/' {
		return 0
	}
	return i + n + 1
}

// schemeToken matches "Bearer" or "Basic", blanks and a token of at least 6 bytes.
func schemeToken(s []byte, i int) match {
	switch {
	case hasPrefixFold(s[i:], "bearer"):
		i += len("bearer")
	case hasPrefixFold(s[i:], "basic"):
		i += len("basic")
	default:
		return match{}
	}
	from := skipGaps(s, i)
	if from == i {
		return match{}
	}
	end, n := from, 0
	for ; end < len(s); n++ {
		c := s[end]
		if isTokenByte(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=' {
			end++
		} else if e := escapedSlash(s, end); e > 0 {
			end = e
		} else {
			break
		}
	}
	if n < 6 {
		return match{}
	}
	return match{from, end}
}

// patEnd matches pt- and what looks like a token: 8 bytes or more, or at least
// 3 with a digit or capital, so that "pt-token" and "pt-BR" stay.
func patEnd(s []byte, i int) int {
	if len(s) < i+6 || s[i+1] != 't' || s[i+2] != '-' {
		return 0
	}
	from := i + 3
	end, strange := from, false
	for end < len(s) && isTokenByte(s[end]) {
		strange = strange || isDigit(s[end]) || s[end] >= 'A' && s[end] <= 'Z'
		end++
	}
	if n := end - from; n < 8 && (n < 3 || !strange) {
		return 0
	}
	for end+1 < len(s) && s[end] == '.' && isTokenByte(s[end+1]) {
		for end++; end < len(s) && isTokenByte(s[end]); end++ {
		}
	}
	return end
}

// webhookEnd matches whsec_ and at least one byte of base64.
func webhookEnd(s []byte, i int) int {
	const lead = "whsec_"
	if len(s) <= i+len(lead) || string(s[i:i+len(lead)]) != lead {
		return 0
	}
	from := i + len(lead)
	end := from
	for end < len(s) {
		c := s[end]
		if isTokenByte(c) || c == '+' || c == '/' || c == '=' {
			end++
		} else if e := escapedSlash(s, end); e > 0 {
			end = e
		} else {
			break
		}
	}
	if end == from {
		return 0
	}
	return end
}

// jwtEnd matches a JSON web token: two parts at least, the first begins with
// {". Where there is none, end is that of the run without a dot after it.
func jwtEnd(s []byte, i int) (end int, ok bool) {
	if len(s) < i+5 || s[i+1] != 'y' || s[i+2] != 'J' {
		return 0, false
	}
	end = i + 3
	for end < len(s) && isTokenByte(s[end]) {
		end++
	}
	if end+1 >= len(s) || s[end] != '.' || !isTokenByte(s[end+1]) {
		return end, false
	}
	for end < len(s) && (s[end] == '.' || isTokenByte(s[end])) {
		end++
	}
	return end, true
}

// queryEnd is the end of the query that begins at i and whether one of its
// parameters makes its URL a pre-signed one.
func queryEnd(s []byte, i int) (end int, signed bool) {
	start := true // a parameter begins here
	for end = i; end < len(s); {
		c := s[end]
		if start && !signed && isAlpha(c) && isSignature(s[end:]) {
			signed = true
		}
		start = false
		switch {
		case c == '\\':
			n := backslashes(s, end)
			if end+n == len(s) || s[end+n] != '/' && s[end+n] != 'u' {
				return end, signed
			}
			end += n
			if start = bytes.HasPrefix(s[end:], []byte("u0026")); start {
				end += len("u0026")
			} else {
				end++
			}
		case isBlank(c) || c == '"' || c == '\'' || c == '<' || c == '>':
			return end, signed
		default:
			start = c == '&' || c == ';' || c == '?'
			end++
		}
	}
	return end, signed
}

// isSignature tells whether b begins with NAME= of a parameter that signs a URL.
func isSignature(b []byte) bool {
	eq := 0
	for eq < len(b) && (isAlpha(b[eq]) || b[eq] == '-' || b[eq] == '_') {
		if eq++; eq > 64 {
			return false
		}
	}
	if eq == len(b) || b[eq] != '=' {
		return false
	}
	name := b[:eq]
	for _, n := range [...]string{"sig", "sign", "q-signature", "ossaccesskeyid", "awsaccesskeyid", "googleaccessid", "auth_key"} {
		if equalFold(name, n) {
			return true
		}
	}
	if hasPrefixFold(name, "x-") {
		name = name[2:]
		k := 0
		for k < len(name) && isAlpha(name[k]) {
			k++
		}
		if k == 0 || k > 20 || k == len(name) || name[k] != '-' {
			return false
		}
		name = name[k+1:]
	}
	return equalFold(name, "signature") || equalFold(name, "credential") || equalFold(name, "security-token")
}

// findMail finds the next e-mail address that begins at from or later.
func (x *search) findMail(from int) {
	s := x.s
	for p := from; ; p++ {
		k := bytes.IndexByte(s[p:], '@')
		if k < 0 {
			x.mail = match{from: len(s)}
			return
		}
		p += k
		l := p
		for l > from && isLocal(s[l-1]) {
			l--
		}
		if l == p {
			continue
		}
		if end := domainEnd(s, p+1); end > 0 {
			x.mail = match{l, end}
			return
		}
	}
}

func isLocal(c byte) bool { return isWord(c) || c == '.' || c == '%' || c == '+' || c == '-' }

// domainEnd is the end of the domain that begins at i: labels with dots
// between, up to the last one that begins with two letters.
func domainEnd(s []byte, i int) int {
	end := 0
	for label := 0; ; label++ {
		n := i
		for n < len(s) && isAlpha(s[n]) {
			n++
		}
		if label > 0 && n-i >= 2 {
			end = n
		}
		for n < len(s) && (class[s[n]]&classAlnum != 0 || s[n] == '-') {
			n++
		}
		if n == i || n == len(s) || s[n] != '.' {
			return end
		}
		i = n + 1
	}
}

// cardEnd is the end of the longest payment card number that begins at i, the
// start of a word: 13 to 19 digits, single blanks, pluses or dashes between, Luhn-valid
// and not all zero.
func cardEnd(s []byte, i int) int {
	var d [maxCard]byte
	best := 0
	for n := 0; ; {
		for i < len(s) && isDigit(s[i]) {
			if n == maxCard {
				return best
			}
			d[n] = s[i] - '0'
			n++
			i++
		}
		if n == 0 || wordAt(s, i) {
			return best
		}
		if n >= minCard && luhn(d[:n]) {
			best = i
		}
		if i+1 >= len(s) || s[i] != ' ' && s[i] != '-' && s[i] != '+' || !isDigit(s[i+1]) {
			return best
		}
		i++
	}
}

func luhn(d []byte) bool {
	sum, all := 0, byte(0)
	for i, c := range d {
		all |= c
		v := int(c)
		if (len(d)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return all != 0 && sum%10 == 0
}

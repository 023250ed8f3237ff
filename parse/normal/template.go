package normal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"unicode/utf8"
)

const (
	// MaskSet is the version of the mask list below. It is part of every
	// template id, so that two lists never share one.
	MaskSet = "1"

	// Truncated is the template of every message that a cut ended.
	Truncated = "(truncated)"

	maxTemplate = 512 // bytes of a template
)

// TemplateID is the id of a template: 8 bytes of SHA-256 over mask set, type and text.
func TemplateID(typ, text []byte) uint64 {
	var buf [len(MaskSet) + 1 + maxRoute + 1 + maxTemplate]byte
	b := append(buf[:0], MaskSet+"\x00"...)
	b = append(append(b, typ...), 0)
	b = append(b, text...)
	sum := sha256.Sum256(b)
	return binary.BigEndian.Uint64(sum[:8])
}

// AppendTemplate appends the template of a message from which secrets are
// already masked: what varies between two messages of one cause becomes a
// placeholder. It is one pass from left to right; at each position the first
// rule of the mask set in docs/decoding.md that matches is taken.
func AppendTemplate(dst, msg []byte) []byte {
	t := templater{dst: dst, msg: msg, start: len(dst)}
	// What is read beyond the bound completes the rune that stands across it.
	for i := 0; i < len(msg) && len(t.dst)-t.start < maxTemplate+utf8.UTFMax; {
		i = t.step(i)
	}
	out := t.dst
	if len(out)-t.start > maxTemplate {
		out = AppendClip(out[:t.start], out[t.start:], maxTemplate)
	}
	for len(out) > t.start && out[len(out)-1] == ' ' {
		out = out[:len(out)-1]
	}
	return out
}

type templater struct {
	dst, msg []byte
	start    int // of the template in dst
	taken    int // end of the last match: what stands before it is no context for an opening apostrophe
}

// step handles what stands at i, which is never inside a word, and returns
// where to go on.
func (t *templater) step(i int) int {
	msg := t.msg
	c := msg[i]
	switch {
	case class[c]&classWord != 0:
		return t.word(i)
	case class[c]&classBlank != 0:
		if n := len(t.dst); n > t.start && t.dst[n-1] != ' ' {
			t.dst = append(t.dst, ' ')
		}
		return i + 1
	case c == '\'':
		if i == 0 || i > t.taken && class[msg[i-1]]&classOpener != 0 {
			if end := apostropheEnd(msg, i); end > 0 {
				return t.put("'*'", end)
			}
		}
	case c == '"':
		if j := bytes.IndexByte(msg[i+1:], '"'); j >= 0 {
			return t.put(`"*"`, i+j+2)
		}
	case c == '`':
		if j := bytes.IndexByte(msg[i+1:], '`'); j >= 0 {
			return t.put("`*`", i+j+2)
		}
	case c == '-' || c == '+':
		if !wordAt(msg, i-1) && i+1 < len(msg) && isDigit(msg[i+1]) {
			return t.put("{n}", numberEnd(msg, i+1))
		}
	}
	t.dst = append(t.dst, c)
	return i + 1
}

func (t *templater) put(mask string, end int) int {
	t.dst = append(t.dst, mask...)
	t.taken = end
	return end
}

// word handles the word that begins at i.
func (t *templater) word(i int) int {
	msg := t.msg
	end, kinds, under := i, uint8(0), -1
	for end < len(msg) {
		k := class[msg[end]]
		if k&classWord == 0 {
			break
		}
		if k&classUnder != 0 {
			under = end
		}
		// Bit by bit: does the word hold a digit, a hex letter, another letter, an underscore?
		if k&(classHex|classDigit) == 0 {
			kinds |= notHex
		}
		kinds |= k
		end++
	}
	first := class[msg[i]]
	if under < 0 && first&classAlpha != 0 {
		if e := urlEnd(msg, end); e > 0 {
			return t.put("{url}", e)
		}
	}
	hexWord := kinds&notHex == 0
	if hexWord && end-i == 8 {
		if e := uuidEnd(msg, i); e > 0 {
			return t.put("{uuid}", e)
		}
	}
	if under >= 0 && first&classAlpha != 0 && end-under > 6 && hasDigit(msg[under:end]) {
		return t.put("{id}", end)
	}
	if hexWord && end-i >= 8 && kinds&classDigit != 0 && kinds&classHex != 0 || isHexLiteral(msg[i:end]) {
		return t.put("{hex}", end)
	}
	if first&classDigit != 0 {
		if e := timeEnd(msg, i); e > 0 {
			return t.put("{time}", e)
		}
	}
	if hexWord && end-i <= 4 {
		if e := ipEnd(msg, i); e > 0 {
			return t.put("{ip}", e)
		}
	}
	if first&classDigit != 0 {
		return t.put("{n}", numberEnd(msg, i))
	}
	t.dst = append(t.dst, msg[i:end]...)
	return end
}

// notHex marks a word with a byte that is no hex digit. It takes the place of
// a class that no word byte is in.
const notHex = classBlank

// apostropheEnd is the end of the quoted text that the apostrophe at i opens:
// behind the next apostrophe that does not stand inside a word, without one
// behind the last. 0: it never closes.
func apostropheEnd(msg []byte, i int) int {
	last := 0
	for j := i + 1; ; j++ {
		k := bytes.IndexByte(msg[j:], '\'')
		if k < 0 {
			return last
		}
		j += k
		last = j + 1
		if !wordAt(msg, j-1) || j+1 >= len(msg) || !isAlpha(msg[j+1]) {
			return last
		}
	}
}

// urlEnd is the end of the URL whose scheme ends at i. Punctuation at its end
// belongs to the sentence around it.
func urlEnd(msg []byte, i int) int {
	if len(msg) < i+4 || msg[i] != ':' || msg[i+1] != '/' || msg[i+2] != '/' {
		return 0
	}
	i += 3
	end := i
	for end < len(msg) && class[msg[end]]&classURL != 0 {
		end++
	}
	for end > i && isStop(msg[end-1]) {
		end--
	}
	if end == i {
		return 0
	}
	return end
}

func isStop(c byte) bool {
	switch c {
	case '.', ',', ';', ':', '!', '?', ')', ']', '}':
		return true
	}
	return false
}

// uuidEnd is the end of the UUID that begins at i, the start of a word.
func uuidEnd(msg []byte, i int) int {
	const size = 36
	if len(msg) < i+size || wordAt(msg, i+size) {
		return 0
	}
	for j := range size {
		c := msg[i+j]
		if j == 8 || j == 13 || j == 18 || j == 23 {
			if c != '-' {
				return 0
			}
		} else if !isHex(c) {
			return 0
		}
	}
	return i + size
}

func hasDigit(b []byte) bool {
	for _, c := range b {
		if isDigit(c) {
			return true
		}
	}
	return false
}

// isHexLiteral tells whether a word is 0x and hex digits.
func isHexLiteral(word []byte) bool {
	if len(word) < 3 || word[0] != '0' || word[1]|0x20 != 'x' {
		return false
	}
	for _, c := range word[2:] {
		if !isHex(c) {
			return false
		}
	}
	return true
}

// numberEnd is the end of the number that begins at i: its unit belongs to it,
// and so do further parts behind a dot or comma.
func numberEnd(msg []byte, i int) int {
	for {
		for i < len(msg) && isWord(msg[i]) {
			i++
		}
		if i+1 >= len(msg) || msg[i] != '.' && msg[i] != ',' || !isDigit(msg[i+1]) {
			return i
		}
		i++
	}
}

// pattern matches b against a picture in which 0 stands for a digit.
func pattern(msg []byte, i int, picture string) bool {
	if len(msg) < i+len(picture) {
		return false
	}
	for j := range len(picture) {
		if c := msg[i+j]; picture[j] == '0' && !isDigit(c) || picture[j] != '0' && c != picture[j] {
			return false
		}
	}
	return true
}

// timeEnd is the end of the date, date and time, or time of day that begins at i.
func timeEnd(msg []byte, i int) int {
	var ends [5]int // of what is read so far; the longest that ends at a word's end wins
	n := 0
	add := func(end int) { ends[n] = end; n++ }
	if pattern(msg, i, "00:00:00") {
		add(i + 8)
		if e := fractionEnd(msg, i+8); e > 0 {
			add(e)
		}
	} else if len(msg) >= i+10 && pattern(msg, i, "0000") && isDateDash(msg[i+4]) &&
		pattern(msg, i+5, "00") && isDateDash(msg[i+7]) && pattern(msg, i+8, "00") {
		end := i + 10
		add(end)
		if end < len(msg) && (msg[end] == 'T' || msg[end] == ' ') && pattern(msg, end+1, "00:00") {
			end += 6
			add(end)
			if pattern(msg, end, ":00") {
				end += 3
				add(end)
				if e := fractionEnd(msg, end); e > 0 {
					end = e
					add(end)
				}
			}
			if e := zoneEnd(msg, end); e > 0 {
				add(e)
			}
		}
	}
	for n--; n >= 0; n-- {
		if boundary(msg, ends[n]) {
			return ends[n]
		}
	}
	return 0
}

func isDateDash(c byte) bool { return c == '-' || c == '/' }

func fractionEnd(msg []byte, i int) int {
	if i+1 >= len(msg) || msg[i] != '.' && msg[i] != ',' || !isDigit(msg[i+1]) {
		return 0
	}
	return i + 1 + digits(msg[i+1:])
}

func zoneEnd(msg []byte, i int) int {
	switch {
	case i >= len(msg):
		return 0
	case msg[i] == 'Z':
		return i + 1
	case msg[i] != '+' && msg[i] != '-':
		return 0
	case pattern(msg, i+1, "00:00"):
		return i + 6
	case pattern(msg, i+1, "0000"):
		return i + 5
	}
	return 0
}

// ipEnd is the end of the IPv4 or IPv6 address that begins at i. An address
// that begins with :: is none, since its start cannot be told from prose.
func ipEnd(msg []byte, i int) int {
	if e := ipv4End(msg, i); e > 0 {
		return e
	}
	n, end := groups(msg, i, 8)
	if n == 8 && boundary(msg, end) {
		return end
	}
	if n == 0 || n > 7 || end+1 >= len(msg) || msg[end] != ':' || msg[end+1] != ':' {
		return 0
	}
	end += 2
	// The tail is as many groups as end at a word's end.
	tail := end
	for n := 7; n > 0; n-- {
		k, e := groups(msg, end, n)
		if k > 0 && boundary(msg, e) {
			tail = e
			break
		}
		if k < n {
			n = k
		}
	}
	return tail
}

// groups reads up to limit groups of 1 to 4 hex digits with colons between
// and returns how many there are and where they end. A group of more digits
// ends behind its fourth.
func groups(msg []byte, i, limit int) (n, end int) {
	end = i
	for n < limit {
		j := i
		for j < len(msg) && j < i+4 && isHex(msg[j]) {
			j++
		}
		if j == i {
			break
		}
		n++
		end = j
		if j+1 >= len(msg) || msg[j] != ':' {
			break
		}
		i = j + 1
	}
	return n, end
}

// ipv4End is the end of the dotted quad that begins at i.
func ipv4End(msg []byte, i int) int {
	for part := 0; ; part++ {
		n := digits(msg[i:])
		if n == 0 || n > 3 {
			return 0
		}
		i += n
		if part == 3 {
			break
		}
		if i >= len(msg) || msg[i] != '.' {
			return 0
		}
		i++
	}
	if wordAt(msg, i) {
		return 0
	}
	return i
}

package normal

import "bytes"

// maxParamName bounds a name that is read out of a message.
const maxParamName = 128

// AppendParam appends a param as the rollups name it: a JSON pointer becomes a
// dotted path and every index becomes [].
func AppendParam(dst, raw []byte) []byte {
	if isNumber(raw) {
		return append(dst, raw...)
	}
	sep := byte('.')
	if len(raw) > 0 && raw[0] == '/' {
		raw = raw[1:]
		sep = '/'
	}
	for first := true; ; first = false {
		end := 0
		for end < len(raw) && raw[end] != '.' && raw[end] != sep {
			end++
		}
		seg := raw[:end]
		switch {
		case allDigits(seg):
			dst = append(dst, "[]"...)
		default:
			if !first {
				dst = append(dst, '.')
			}
			dst = appendFolded(dst, seg)
		}
		if end == len(raw) {
			return dst
		}
		raw = raw[end+1:]
	}
}

// appendFolded appends a segment with every [N] as [].
func appendFolded(dst, seg []byte) []byte {
	for i := 0; i < len(seg); i++ {
		dst = append(dst, seg[i])
		if seg[i] != '[' {
			continue
		}
		j := i + 1
		for j < len(seg) && isDigit(seg[j]) {
			j++
		}
		if j > i+1 && j < len(seg) && seg[j] == ']' {
			dst = append(dst, ']')
			i = j
		}
	}
	return dst
}

func allDigits(b []byte) bool {
	for _, c := range b {
		if !isDigit(c) {
			return false
		}
	}
	return len(b) > 0
}

// isNumber tells whether b is written as a JSON number is (leading zeros allowed).
func isNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	n := digits(b)
	if n == 0 {
		return false
	}
	if b = b[n:]; len(b) > 0 && b[0] == '.' {
		if n = digits(b[1:]); n == 0 {
			return false
		}
		b = b[1+n:]
	}
	if len(b) > 0 && b[0]|0x20 == 'e' {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		if n = digits(b); n == 0 {
			return false
		}
		b = b[n:]
	}
	return len(b) == 0
}

// digits counts the digits that b begins with.
func digits(b []byte) int {
	n := 0
	for n < len(b) && isDigit(b[n]) {
		n++
	}
	return n
}

// AppendParamFromMessage derives a param from the wording of a message and
// tells whether it found one. The rules stand in docs/decoding.md.
func AppendParamFromMessage(dst, msg []byte) ([]byte, bool) {
	// PREFIX: field 'x' at the start.
	if n := paramRun(msg); n > 0 && n <= maxParamName {
		if rest, ok := bytes.CutPrefix(msg[n:], []byte(": f")); ok {
			if x := quotedField(msg[len(msg)-len(rest)-1:]); x != nil {
				return AppendParam(append(AppendParam(dst, msg[:n]), '.'), x), true
			}
		}
	}
	for rest := msg; ; {
		i := bytes.Index(rest, []byte("ield '"))
		if i < 0 {
			break
		}
		if i > 0 {
			if x := quotedField(rest[i-1:]); x != nil {
				return AppendParam(dst, x), true
			}
		}
		rest = rest[i+len("ield '"):]
	}
	for _, lead := range [...]string{"Missing required field: ", "Missing required parameter: "} {
		for rest := msg; ; {
			i := bytes.Index(rest, []byte(lead))
			if i < 0 {
				break
			}
			rest = rest[i+len(lead):]
			x := rest[:paramRun(rest)]
			for len(x) > 0 && (x[len(x)-1] == '.' || x[len(x)-1] == '-') {
				x = x[:len(x)-1]
			}
			if len(x) > 0 && len(x) <= maxParamName {
				return AppendParam(dst, x), true
			}
		}
	}
	for rest := msg; ; {
		i := bytes.IndexByte(rest, '`')
		if i < 0 {
			return dst, false
		}
		rest = rest[i+1:]
		if n := paramRun(rest); n > 0 && n <= maxParamName && n < len(rest) && rest[n] == '`' {
			return AppendParam(dst, rest[:n]), true
		}
	}
}

// quotedField is the x of a text that begins with "field 'x'" or "Field 'x'", else nil.
func quotedField(b []byte) []byte {
	const lead = len("field '")
	if len(b) < lead || b[0]|0x20 != 'f' || string(b[1:lead]) != "ield '" {
		return nil
	}
	b = b[lead:]
	n := paramRun(b)
	if n == 0 || n > maxParamName || n == len(b) || b[n] != '\'' {
		return nil
	}
	return b[:n]
}

// paramRun is the length of the param name that b begins with.
func paramRun(b []byte) int {
	if len(b) == 0 || !isAlpha(b[0]) && b[0] != '_' {
		return 0
	}
	n := 1
	for n < len(b) && (isWord(b[n]) || b[n] == '.' || b[n] == '[' || b[n] == ']' || b[n] == '-') {
		n++
	}
	return n
}

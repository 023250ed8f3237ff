package oracle

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"regexp"
	"strings"
)

// A value is one member of an envelope as the body had it.
type value struct {
	kind byte // 0 absent, '0' null, 's' string, 'n' number
	text string
	part bool // a message whose end lies behind the cut
}

// key is the value as a rollup key.
func (v value) key() string {
	if v.kind == 's' || v.kind == 'n' {
		return v.text
	}
	return ""
}

var memberNames = []string{"type", "message", "param", "feature", "available_from", "code"}

// A body is what the response body says.
type body struct {
	logged    bool // neither absent nor null nor "-"
	empty     bool
	shape     string
	sse       bool
	base64    bool
	gzip      bool
	cut       bool // cut or broken: members may be missing
	errOpen   bool // the error object itself was cut: its members may be missing
	isError   bool // a top-level type "error" with an error object, or an SSE error frame
	outer     value
	env       map[string]value
	requestID string
}

var (
	base64Text = regexp.MustCompile(`^[A-Za-z0-9+/_-]{14,}=*$`)
	sseStart   = regexp.MustCompile(`^(?:\x{FEFF})?(?:event|data|id|retry)?:`)
)

// bodyWant is what is read of a body.
var bodyWant = wantOfBody()

func wantOfBody() *want {
	w := &want{}
	for _, p := range []string{"error_msg", "request_id", "error"} {
		w.ask(p)
	}
	for _, p := range memberNames {
		w.ask(p)
		w.ask("error." + p)
	}
	return w
}

const gzipLimit = 1 << 20

// readBody reads the body of a response with the given status.
func readBody(n *node, status int) body {
	switch {
	case n == nil || n.kind == '0' || n.kind == 's' && n.whole && string(n.text) == "-":
		return body{shape: "none"}
	case n.kind == 's' && n.whole && len(n.text) == 0:
		return body{logged: status >= 400, empty: true, shape: "empty"}
	case n.kind == 'o': // judged like a text that says the same
		b := body{logged: true}
		b.judge(n.raw)
		return b
	case n.kind != 's':
		return body{logged: true, shape: "other"}
	}
	b := body{logged: true}
	text := n.text
	if inner, ok := innerString(text, 2); ok {
		text = inner
	}
	if plain, ok := unbase64(text, !n.whole); ok {
		b.base64 = true
		text = plain
	}
	if bytes.HasPrefix(text, []byte("\x1f\x8b")) {
		if plain, short, ok := gunzip(text); ok {
			b.gzip = true
			b.cut = short
			text = plain
			if len(text) == 0 && !short {
				b.shape = "empty"
				return b
			}
		}
	}
	if data, eventError, ok := errorFrame(text); ok {
		b.sse = true
		n, e := walk(data, bodyWant)
		b.object(n, e)
		b.isError = b.isError || eventError
		return b
	}
	b.judge(text)
	return b
}

// innerString unescapes a text that is again a JSON string around an object or
// an array, whole or cut, at most so many levels deep.
func innerString(text []byte, levels int) ([]byte, bool) {
	trimmed := bytes.TrimLeft(text, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '"' {
		return nil, false
	}
	n, e := walk(trimmed, nil)
	if e != complete && e != cutShort {
		return nil, false
	}
	start := bytes.TrimLeft(n.text, " \t\r\n")
	if len(start) > 0 && start[0] == '"' && levels > 1 {
		return innerString(start, levels-1)
	}
	return n.text, len(start) > 0 && (start[0] == '{' || start[0] == '[')
}

// unbase64 decodes a text that is base64 of an object or of gzip.
func unbase64(text []byte, cut bool) ([]byte, bool) {
	if len(text) < 16 || !base64Text.Match(text) {
		return nil, false
	}
	s := strings.TrimRight(string(text), "=")
	if strings.ContainsAny(s, "+/") && strings.ContainsAny(s, "-_") {
		return nil, false // one alphabet or the other
	}
	switch {
	case cut:
		s = s[:len(s)/4*4] // whole groups are sure
	case len(s)%4 == 1: // such a length has no decoding
		return nil, false
	}
	s = strings.NewReplacer("-", "+", "_", "/").Replace(s)
	plain, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || !bytes.HasPrefix(bytes.TrimLeft(plain, " \t\r\n"), []byte("{")) && !bytes.HasPrefix(plain, []byte("\x1f\x8b")) {
		return nil, false
	}
	return plain, true
}

// gunzip inflates at most gzipLimit bytes; short: the end was not reached.
func gunzip(text []byte) (plain []byte, short, ok bool) {
	z, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, false, false
	}
	z.Multistream(false)
	plain, err = io.ReadAll(io.LimitReader(z, gzipLimit+1))
	if len(plain) > gzipLimit {
		return plain[:gzipLimit], true, true
	}
	return plain, err != nil, true
}

// judge says what a text without frames is.
func (b *body) judge(whole []byte) {
	text := bytes.TrimLeft(whole, " \t\r\n")
	switch {
	case len(text) > 0 && text[0] == '{':
		n, e := walk(text, bodyWant)
		if e == broken && !hasWholeMember(n) {
			b.shape = "text"
			return
		}
		b.object(n, e)
	case len(text) > 0 && text[0] == '[':
		b.shape = "other"
	case len(text) > 0 && text[0] == '<':
		b.shape = "html"
	case len(whole) == 0:
		b.shape = "other" // cut before its first byte
	case len(text) == 0:
		b.shape = "text" // nothing but blanks
	case isScalar(text):
		b.shape = "other"
	case text[0] == '"' && endsInside(text): // a string whose end lies behind the cut
		b.shape, b.cut = "other", true
	default:
		b.shape = "text"
	}
}

// isScalar: a complete JSON string, number, boolean or null and blanks.
func isScalar(text []byte) bool {
	n, e := walk(append(bytes.Clone(text), ' '), nil) // the blank ends a number
	return e == complete && n.kind != '?'
}

func endsInside(text []byte) bool {
	_, e := walk(text, nil)
	return e == cutShort
}

func hasWholeMember(n *node) bool {
	for _, m := range n.members {
		// An error object that has begun counts.
		if m.value != nil && (m.value.whole || m.name == "error" && m.value.kind == 'o') {
			return true
		}
	}
	return false
}

// object judges an object by its members.
func (b *body) object(n *node, e ending) {
	b.cut = b.cut || e != complete
	b.env = map[string]value{}
	if id := n.get("request_id", false); id != nil && id.whole && id.kind == 's' {
		b.requestID = string(id.text)
	}
	b.outer = take(n.get("type", false), false)
	errMember := n.get("error", false)
	if errMember != nil && errMember.kind == 'o' {
		b.shape = "envelope"
		b.isError = b.outer.kind == 's' && b.outer.text == "error"
		b.errOpen = !errMember.whole
		for _, name := range memberNames {
			b.env[name] = take(errMember.get(name, false), name == "message")
		}
		return
	}
	flat := false
	for _, name := range []string{"code", "message", "error_msg"} {
		m := n.get(name, false)
		flat = flat || m != nil && m.whole && (m.kind == 'n' || m.kind == 'b' || m.kind == 's')
	}
	flat = flat || errMember != nil && errMember.whole && errMember.kind == 's'
	if !flat {
		b.shape = "other"
		return
	}
	b.shape = "flat"
	for _, name := range memberNames {
		b.env[name] = take(n.get(name, false), name == "message")
	}
	for _, name := range []string{"message", "error_msg", "error"} {
		if v := take(n.get(name, false), true); v.kind == 's' {
			b.env["message"] = v
			break
		}
	}
}

// take is a member's value; only a message may be partial.
func take(n *node, message bool) value {
	switch {
	case n == nil:
	case n.kind == 's' && (n.whole || message):
		return value{kind: 's', text: valid(n.text), part: !n.whole}
	case n.kind == 'n' && n.whole:
		return value{kind: 'n', text: string(n.text)}
	case n.kind == '0' && n.whole:
		return value{kind: '0'}
	}
	return value{}
}

// errorFrame finds the first error frame of SSE text: its data, and whether
// the frame itself is named error.
func errorFrame(text []byte) (data []byte, named, ok bool) {
	if !sseStart.Match(text) {
		return nil, false, false
	}
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	event := ""
	var lines []string
	frame := func() bool {
		joined := []byte(strings.Join(lines, "\n"))
		name := event
		event, lines = "", nil
		if name == "session.error" {
			return false
		}
		if !bytes.HasPrefix(bytes.TrimLeft(joined, " \t\r\n"), []byte("{")) {
			return false
		}
		n, e := walk(joined, bodyWant)
		if e != complete && e != cutShort {
			return false
		}
		var probe body
		probe.object(n, e)
		data, named = joined, name == "error"
		return named || probe.isError
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimSuffix(line, "\r")
		name, v, _ := strings.Cut(line, ":")
		v = strings.TrimPrefix(v, " ")
		switch {
		case line == "":
			if frame() {
				return data, named, true
			}
		case name == "event":
			event = v
		case name == "data":
			lines = append(lines, v)
		}
	}
	if frame() {
		return data, named, true
	}
	return nil, false, false
}

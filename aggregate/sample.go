package aggregate

import (
	"strconv"
	"time"
	"unicode/utf8"

	"errata/parse"
)

// slots is the number of samples that a key may have per grain.
const slots = 3

// The bounds of what a sample holds. A message is what people read; an id
// longer than that is no id.
const (
	maxMessage   = 1024
	maxRequestID = 256
)

// sampleState is the sample of the entry that is being added. The hash decides
// whether it wins a slot; its text is built only if it does.
type sampleState struct {
	hash  uint64
	slot  uint8
	ev    *parse.Event
	pos   Position
	buf   []byte
	built bool
	text  string // buf as a string, once one was needed
}

func (s *sampleState) start(cfg *Config, ev *parse.Event, pos Position) {
	id := ev.RequestRaw
	if len(id) == 0 {
		id = ev.Raw
	}
	s.hash = cfg.CallerKey.Hash64(id)
	s.slot = uint8(s.hash % slots)
	s.ev, s.pos, s.built, s.text = ev, pos, false, ""
}

// bytes is the text: the hash in fixed width, so that the smallest text has
// the smallest hash, a blank and JSON. The position is the last member, so
// that readers who compare stores can cut it off.
func (s *sampleState) bytes() []byte {
	if s.built {
		return s.buf
	}
	s.built = true
	b := s.buf[:0]
	const digits = "0123456789abcdef"
	for shift := 60; shift >= 0; shift -= 4 {
		b = append(b, digits[s.hash>>shift&15])
	}
	b = append(b, ` {"request_id":`...)
	b = appendJSON(b, clip(s.ev.RequestID, maxRequestID))
	b = append(b, `,"time":"`...)
	if s.ev.HasTime {
		b = time.Unix(0, s.ev.Time).UTC().AppendFormat(b, time.RFC3339Nano)
	}
	b = append(b, `","message":`...)
	var msg []byte
	if s.ev.Env.Message.Kind == parse.MemberString {
		msg = clip(s.ev.Env.Message.Value, maxMessage)
	}
	b = appendJSON(b, msg)
	b = append(b, `,"position":`...)
	b = appendJSON(b, s.pos.Name)
	b[len(b)-1] = ':' // over the closing quote
	b = strconv.AppendInt(b, s.pos.Line, 10)
	s.buf = append(b, '"', '}')
	return s.buf
}

func (s *sampleState) string() string {
	if s.text == "" {
		s.text = string(s.bytes())
	}
	return s.text
}

// addSample lets the entry's sample win the cell if its hash is smaller than
// the one there. Of equal hashes, those of one request, the smaller text wins.
func (a *Aggregator) addSample(k *key) {
	c := a.at(k)
	c.n++
	e := &a.entry
	switch {
	case c.n == 1 || e.hash < c.caller0:
	case e.hash > c.caller0 || string(e.bytes()) >= a.texts[c.text]:
		return
	}
	c.caller0 = e.hash
	a.setText(c, e.string())
}

// clip cuts at a rune.
func clip(b []byte, limit int) []byte {
	if len(b) <= limit {
		return b
	}
	for limit > 0 && !utf8.RuneStart(b[limit]) {
		limit--
	}
	return b[:limit]
}

// appendJSON appends a JSON string as encoding/json does without HTML escaping.
func appendJSON[T []byte | string](dst []byte, s T) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(string(s[i:min(i+utf8.UTFMax, len(s))]))
			if r == utf8.RuneError && n == 1 {
				dst = append(append(dst, s[from:i]...), `\ufffd`...)
				from = i + 1
			} else if r == '\u2028' || r == '\u2029' { // line ends of JavaScript
				dst = append(append(dst, s[from:i]...), `\u202`...)
				dst = append(dst, hex[r&15])
				from = i + n
			}
			i += n
			continue
		}
		dst = append(dst, s[from:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\b':
			dst = append(dst, `\b`...)
		case '\f':
			dst = append(dst, `\f`...)
		case '\n':
			dst = append(dst, `\n`...)
		case '\r':
			dst = append(dst, `\r`...)
		case '\t':
			dst = append(dst, `\t`...)
		default:
			dst = append(dst, `\u00`...)
			dst = append(dst, hex[c>>4], hex[c&15])
		}
		i++
		from = i
	}
	return append(append(dst, s[from:]...), '"')
}

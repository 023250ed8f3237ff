package gen

import (
	"bytes"
	"encoding/base64"
	"slices"
)

// format is one gateway's way to log.
type format struct {
	name     string
	text     bool  // lines of text, no bodies
	array    bool  // several entries in a line
	bodyLast bool  // in layout 0 time and status stand before the body
	tick     int64 // precision of its times in nanoseconds
	write    func(w *writer, e *entry, b *bodies, m *mangle)
}

func formatOf(name string) (format, bool) {
	switch name {
	case "combined":
		return format{name: name, text: true, tick: 1e9, write: (*writer).combined}, true
	case "common":
		return format{name: name, text: true, tick: 1e9, write: (*writer).common}, true
	case "apisix":
		return format{name: name, bodyLast: true, tick: 1e6, write: (*writer).apisix}, true
	case "apisix-array":
		return format{name: name, array: true, bodyLast: true, tick: 1e6, write: (*writer).apisix}, true
	case "nginx-json":
		return format{name: name, bodyLast: true, tick: 1e9, write: (*writer).nginx}, true
	case "kong":
		return format{name: name, bodyLast: true, tick: 1e6, write: (*writer).kong}, true
	}
	return format{}, false
}

// writer renders entries. line holds the current one; the offsets are of it.
type writer struct {
	s        *Scenario
	seed     uint64
	f        format
	withBody bool
	civil    civil

	line                           []byte
	timeEnd, statusFrom, statusEnd int
	pathFrom                       int
	bodyFrom, bodyEnd              int
	claimEnd                       int // what a line is known by has begun

	t      int64 // as logged, nanoseconds
	target []byte
	agent  []byte
	inner  []byte
	outer  []byte
	seqHex uint64
}

// render writes one entry's line, whole, and the facts that do not depend on
// how it is broken afterwards.
func (w *writer) render(e *entry, b *bodies, m *mangle) {
	w.line = w.line[:0]
	w.timeEnd, w.statusFrom, w.statusEnd, w.pathFrom, w.bodyFrom, w.bodyEnd, w.claimEnd = 0, 0, 0, 0, 0, 0, 0
	w.t = e.t - e.t%w.f.tick
	if m.clamped {
		sec := int64(m.r.n(946_684_800))
		if m.r.percent(50) {
			sec += 4_102_444_800
		}
		w.t = sec * 1e9
	}
	w.seqHex = mix(w.seed ^ e.seq)
	w.target = append(w.target[:0], e.path...)
	w.agent = append(w.agent[:0], e.caller.agent...)
	if e.secret != noSecret {
		w.plant(e)
	}
	w.f.write(w, e, b, m)
}

// plant puts a secret into the target or the user agent.
func (w *writer) plant(e *entry) {
	r := derive(w.seed, kindSecret, ^e.seq)
	switch e.secret {
	case secretInQuery:
		sep := byte('?')
		if bytes.IndexByte(w.target, '?') >= 0 {
			sep = '&'
		}
		if i := bytes.IndexByte(w.target, '#'); i >= 0 {
			w.target = w.target[:i]
		}
		if !e.op.odd {
			w.target = appendToken(append(append(w.target, sep), "access_token="...), &r)
		}
	case secretInPath:
		if i := bytes.LastIndex(w.target, e.id); i > 0 && len(e.id) > 0 {
			w.inner = append(w.inner[:0], w.target[i+len(e.id):]...)
			w.target = appendToken(append(w.target[:i], "pt-"...), &r)
			w.target = append(w.target, w.inner...)
		}
	case secretInAgent:
		w.agent = append(appendToken(append(w.agent[:0], "pt-"...), &r), "/1.0"...)
	}
}

// str appends a JSON string.
func (w *writer) str(v string) { w.line = appendString(w.line, v, w.quoting()) }

func (w *writer) lit(v string) { w.line = append(w.line, v...) }

func (w *writer) quoting() quoting {
	if w.f.name == "kong" {
		return quoteSlash
	}
	return quotePlain
}

// path appends the target as a JSON string and notes where it begins.
func (w *writer) path() {
	w.lit(`"`)
	if w.pathFrom == 0 {
		w.pathFrom = len(w.line)
	}
	w.line = appendEscaped(w.line, w.target, w.quoting())
	w.lit(`"`)
}

// status appends the status as a number or a string.
func (w *writer) status(e *entry, m *mangle, quoted bool) {
	w.statusFrom = len(w.line)
	switch {
	case m.line == noStatus:
		w.lit(`"-"`)
	case quoted && e.status == 0:
		w.lit(`"000"`)
	case quoted:
		w.line = append(appendInt(append(w.line, '"'), int64(e.status)), '"')
	default:
		w.line = appendInt(w.line, int64(e.status))
	}
	w.statusEnd = len(w.line)
	if w.f.name == "nginx-json" {
		w.claimEnd = w.statusFrom + 1
	}
}

// body appends `,"key":` and the body in the way the mangle asks for.
func (w *writer) body(key string, e *entry, b *bodies, m *mangle) {
	if !w.withBody {
		return
	}
	if b.facts.shape == "none" || m.body == modeNull {
		switch m.r.n(3) {
		case 0:
			w.lit(`,"` + key + `":null`)
		case 1:
			w.lit(`,"` + key + `":"-"`)
		}
		return
	}
	w.lit(`,"` + key + `":`)
	q := w.quoting()
	w.bodyFrom = len(w.line)
	if m.body == modeObject {
		w.line = append(w.line, b.text...)
		return
	}
	text := b.text
	switch m.body {
	case modeCut:
		text = text[:m.at]
	case modeTwice, modeThrice:
		w.inner = appendString(w.inner[:0], text, quotePlain)
		if m.body == modeThrice {
			w.outer = appendString(w.outer[:0], w.inner, quotePlain)
			w.inner, w.outer = w.outer, w.inner
		}
		text = w.inner
	case modeBase64:
		w.inner = base64.StdEncoding.AppendEncode(w.inner[:0], text)
		text = w.inner
	case modeGzip:
		w.outer = appendGzip(w.outer[:0], text)
		w.inner = base64.StdEncoding.AppendEncode(w.inner[:0], w.outer)
		text = w.inner
	}
	w.lit(`"`)
	w.line = appendEscaped(w.line, text, q)
	w.bodyEnd = len(w.line)
	w.lit(`"`)
}

// callerKey is the caller as this format shows it: equal keys are one caller,
// 0 is none.
func (w *writer) callerKey(e *entry, m *mangle) uint64 {
	const consumer, credential, user, addr = 1 << 32, 2 << 32, 3 << 32, 4 << 32
	c := e.caller
	own := e.auth == c.auth
	if own && c.consumer >= 0 && (w.f.name == "kong" || !w.f.text && w.f.name != "nginx-json") {
		return consumer | uint64(c.consumer)
	}
	shown := m.headers && !w.f.text && c.token != "" && e.auth != authNone
	if w.f.name == "kong" {
		shown = shown && e.auth == authKey // it redacts the others
	}
	switch {
	case shown:
		return credential | uint64(c.index)
	case own && c.user != "" && (w.f.text || w.f.name == "nginx-json"):
		return user | uint64(c.index)
	}
	return addr | uint64(uint32(c.addrID))
}

// authorization appends the value of the header; "" where none was sent.
func appendAuthorization(dst []byte, e *entry) []byte {
	switch {
	case e.caller.token == "":
	case e.auth == authBearer:
		dst = append(append(dst, "Bearer "...), e.caller.token...)
	case e.auth == authBasic:
		dst = append(append(dst, "Basic "...), e.caller.token...)
	}
	return dst
}

// betaHeaders are the values of X-Qoder-Beta, one per header line.
func (w *writer) betaHeaders(e *entry) []string {
	if e.secret == secretInBeta && e.feature == nil {
		r := derive(w.seed, kindSecret, ^e.seq)
		return append(slices.Clip(e.beta), string(appendToken([]byte("pt-"), &r)))
	}
	return e.beta
}

// headers appends the request's header object.
func (w *writer) headers(e *entry, redacted bool) {
	w.lit(`{"host":"api.example.com","user-agent":`)
	w.line = appendString(w.line, w.agent, w.quoting())
	switch {
	case e.caller.token == "" || e.auth == authNone:
	case e.auth == authKey:
		w.lit(`,"x-api-key":`)
		w.str(e.caller.token)
	case redacted:
		w.lit(`,"authorization":"REDACTED"`)
	default:
		w.lit(`,"authorization":"`)
		w.line = append(appendAuthorization(w.line, e), '"')
	}
	if e.caller.sdk != "" {
		w.lit(`,"x-qoder-lang":"` + e.caller.sdk + `","x-qoder-package-version":"` + e.caller.version + `","x-qoder-retry-count":"`)
		w.line = append(w.line, '0'+e.attempt, '"')
	}
	if e.idem != 0 {
		w.lit(`,"idempotency-key":"`)
		r := rng{e.idem}
		w.line = append(appendUUID(w.line, &r), '"')
	}
	if e.secret == secretInCookie {
		w.lit(`,"cookie":"sid=`)
		r := derive(w.seed, kindSecret, ^e.seq)
		w.line = append(appendToken(w.line, &r), '"')
	}
	switch beta := w.betaHeaders(e); len(beta) {
	case 0:
	case 1:
		w.lit(`,"x-qoder-beta":`)
		w.str(beta[0])
	default:
		w.lit(`,"x-qoder-beta":[`)
		for i, v := range beta {
			if i > 0 {
				w.lit(",")
			}
			w.str(v)
		}
		w.lit("]")
	}
	w.lit("}")
}

// requestUUID appends the request's id as the application knows it.
func (w *writer) requestUUID(e *entry) {
	r := derive(w.seed, kindIDs, e.seq^1<<63)
	w.line = appendUUID(w.line, &r)
}

// gatewayID appends the gateway's own id of the request.
func (w *writer) gatewayID() { w.line = appendHex(appendHex(w.line, w.seqHex, 16), mix(w.seqHex), 16) }

// claims notes that the value of a key that the format is known by has begun.
func (w *writer) claims() { w.claimEnd = max(w.claimEnd, len(w.line)) }

// timeReads tells whether the time of a line that ends at cut can be read:
// it must be whole, and the line known for what it is.
func (w *writer) timeReads(cut int) bool { return w.timeEnd <= cut && w.claimEnd <= cut }

package parse

import (
	"bytes"
	"net/netip"

	"errata/parse/format"
	"errata/parse/normal"
)

// Bounds of stored strings, in bytes.
const (
	maxKey      = 256 // type, code, param, feature, available_from, client, beta, route
	maxTemplate = 512
	maxBeta     = 1024 // beta values of an entry: a header of megabytes would be millions
	// maxMessage bounds what of a message is unescaped and masked: 32 MB in one
	// would be held four times. A longer one counts as cut here.
	maxMessage = 1 << 20
)

// Times that rollups keep: 2000 <= t < 2100, in nanoseconds.
const (
	minTime = 946684800_000000000
	maxTime = 4102444800_000000000
	day     = 86400_000000000
)

var notHTTP = []byte(normal.NotHTTP)

// name turns what was read into what rollups are keyed by.
func (p *Parser) name() {
	ev, raw := &p.ev, &p.raw
	p.clamp()
	if ev.Shape != ShapeUnset && ev.Shape >= ShapeEnvelope {
		p.readMembers()
	}
	if p.cfg.DecodeOnly {
		ev.Method, ev.Path = raw.method, raw.uri
		ev.RequestID = p.requestID()
		ev.Client = p.first(format.Address)
		return
	}
	if isMethod(raw.method) {
		ev.Method = raw.method
	}
	path, http := normal.Target(raw.uri)
	ev.Path = p.mask(path)
	if http && ev.Method != nil {
		n := len(p.arena)
		p.arena, ev.RouteKnown = p.routes.Append(p.arena, ev.Path)
		ev.Route = p.arena[n:len(p.arena):len(p.arena)]
	} else {
		ev.Route = notHTTP
	}
	p.nameCaller()
	p.nameClient()
	ev.RequestRaw = p.requestID()
	ev.RequestID = p.clip(p.mask(ev.RequestRaw))
	for i, b := range ev.Beta {
		ev.Beta[i] = p.clip(p.mask(b))
	}
	if ev.Shape != ShapeUnset {
		p.nameMembers()
		p.findings()
	}
}

// clamp flags a time that rollups do not keep.
func (p *Parser) clamp() {
	ev := &p.ev
	if !ev.HasTime {
		return
	}
	t := ev.Time
	if t < minTime || t >= maxTime || p.ts >= minTime && (t < p.ts-400*day || t > p.ts+day) {
		ev.Flags |= FlagClampedTime
	}
}

func isMethod(b []byte) bool {
	if len(b) == 0 || len(b) > 16 {
		return false
	}
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return true
}

// mask replaces secrets; what holds none is returned as it is.
func (p *Parser) mask(b []byte) []byte {
	if len(b) == 0 || !normal.HasSecret(b) {
		return b
	}
	n := len(p.arena)
	p.arena = normal.AppendMasked(p.arena, b)
	return p.arena[n:len(p.arena):len(p.arena)]
}

// clip bounds a stored string.
func (p *Parser) clip(b []byte) []byte {
	if len(b) <= maxKey {
		return b
	}
	return trimHalfRune(b[:maxKey])
}

// nameCaller asks the ranks in order. In a record that ended early only the
// highest rank that the format can carry counts, so that a cut never invents
// another caller.
func (p *Parser) nameCaller() {
	ranks := [...]struct {
		t    format.Target
		kind normal.CallerKind
	}{
		{format.CallerPath, normal.CallerField},
		{format.Consumer, normal.CallerConsumer},
		{format.Authorization, normal.CallerCredential},
		{format.APIKey, normal.CallerCredential},
		{format.User, normal.CallerUser},
		{format.Address, normal.CallerAddress},
	}
	for _, rank := range ranks {
		if !p.raw.has[rank.t] {
			continue
		}
		if p.callerOf(rank.t, rank.kind) || p.raw.cut {
			return
		}
	}
}

func (p *Parser) callerOf(t format.Target, kind normal.CallerKind) bool {
	for i := range p.count(t) {
		b, _, ok := p.field(t, i)
		if ok {
			switch t {
			case format.Authorization:
				b = normal.Credential(b)
			case format.Address:
				b = p.address(b)
			}
			if !normal.IsNoCaller(b) {
				p.ev.Caller, p.ev.CallerKind = p.cfg.CallerKey.Hash(b), kind
				return true
			}
		}
		if p.raw.cut {
			return false
		}
	}
	return false
}

// address is the client's address without port; behind trusted proxies the
// last hop of X-Forwarded-For that is not one of them.
func (p *Parser) address(b []byte) []byte {
	b = withoutPort(b)
	if len(p.cfg.TrustedProxies) == 0 || !p.trusted(b) {
		return b
	}
	hops := p.first(format.ForwardedFor)
	for len(hops) > 0 {
		k := bytes.LastIndexByte(hops, ',')
		hop := withoutPort(trimBlank(hops[k+1:]))
		if len(hop) > 0 {
			b = hop
			if !p.trusted(hop) {
				break
			}
		}
		hops = hops[:max(k, 0)]
	}
	return b
}

func (p *Parser) trusted(b []byte) bool {
	a, err := netip.ParseAddr(string(b))
	if err != nil {
		return false
	}
	for _, n := range p.cfg.TrustedProxies {
		if n.Contains(a.Unmap()) {
			return true
		}
	}
	return false
}

// withoutPort cuts the port off 203.0.113.9:51144 and [2001:db8::1]:51144.
func withoutPort(b []byte) []byte {
	if len(b) > 0 && b[0] == '[' {
		if k := bytes.IndexByte(b, ']'); k > 0 {
			return b[1:k]
		}
	}
	if k := bytes.IndexByte(b, ':'); k >= 0 && bytes.IndexByte(b[k+1:], ':') < 0 {
		return b[:k]
	}
	return b
}

// nameClient names the SDK or product, the way of authentication and the retry count.
func (p *Parser) nameClient() {
	ev, raw := &p.ev, &p.raw
	lang, version := p.first(format.Lang), p.first(format.PackageVersion)
	agent := p.first(format.UserAgent)
	if raw.cut && raw.has[format.Lang] {
		agent = nil
		if lang == nil || version == nil {
			lang = nil
		}
	}
	if lang != nil || agent != nil {
		n := len(p.arena)
		p.arena = normal.AppendClient(p.arena, lang, version, agent)
		ev.Client = p.clip(p.arena[n:len(p.arena):len(p.arena)]) // masked by AppendClient
	}

	auth, haveAuth := p.header(format.Authorization)
	key, haveKey := p.header(format.APIKey)
	logged := raw.headers || p.there(format.Authorization) || p.there(format.APIKey)
	if raw.cut {
		haveKey, logged = false, haveAuth
	}
	ev.Auth = normal.AuthOf(auth, key, haveAuth, haveKey, logged)
	retry, haveRetry := p.header(format.RetryCount)
	ev.Retry = normal.RetryOf(retry, haveRetry)
}

// header is the value of a header that was sent.
func (p *Parser) header(t format.Target) ([]byte, bool) {
	b := p.first(t)
	return b, b != nil
}

// requestID is the first of the body's, the API's header's and the gateway's.
func (p *Parser) requestID() []byte {
	raw, r := &p.raw, &p.body
	if p.ev.Shape == ShapeEnvelope || p.ev.Shape == ShapeFlat || p.ev.Shape == ShapeOther && r.src != nil {
		if v := r.get(r.reqID); v != nil && !v.cut && v.kind == kindString && v.end > v.start {
			return p.cleanBody(v, false)
		}
	}
	if raw.has[format.Body] && (raw.cut || p.ev.Flags&FlagTruncated != 0) {
		return nil
	}
	if raw.requestID[0] != nil || raw.cut && raw.has[format.RequestIDHeader] {
		return raw.requestID[0]
	}
	return raw.requestID[1]
}

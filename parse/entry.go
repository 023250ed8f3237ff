package parse

import (
	"bytes"

	"errata/parse/format"
)

// fields are the asked-for values of an entry as logged: slices of the record
// or of the arena, nil where absent. Naming makes an Event of them.
type fields struct {
	cut       bool // the record ended inside the entry
	json      *jsonPreset
	text      *textPreset             // instead of json
	vars      int                     // how many of its variables are there
	has       [format.NumTargets]bool // what the format can carry
	method    []byte
	uri       []byte
	requestID [2][]byte // from the response header, of the gateway
	headers   bool      // a header object is logged
}

// dead makes the entry a dead letter.
func (p *Parser) dead(r Reason, detail string) {
	p.ev.Dead, p.ev.Detail = r, detail
}

// undecodable makes a dead letter of what is no entry or cannot be one, by the
// order in which reasons are judged.
func (p *Parser) undecodable(end int, st scanEnd, otherwise string) {
	w := &p.entry
	switch {
	case w.deep:
		p.dead(TooDeep, "JSON nested deeper than 512 levels")
	case p.binary():
		p.dead(Binary, "a control byte stands where text should be")
	case st == endCut:
		p.dead(Cut, "the record ends inside its JSON")
	case st == endBroken:
		p.dead(NotJSON, brokenDetail(end))
	default:
		p.dead(UnknownFormat, otherwise)
	}
}

// binary tells whether the entry holds control bytes. The index knows for the
// whole record; only then the entry itself is looked through.
func (p *Parser) binary() bool {
	return p.entry.own.control && badControl(p.ev.Raw)
}

// jsonEntry makes the event of an object that was walked up to end.
func (p *Parser) jsonEntry(end int, st scanEnd) {
	w := &p.entry
	if w.deep || st == endBroken || p.binary() {
		p.undecodable(end, st, "")
		return
	}
	preset := p.choose()
	if preset == nil {
		p.undecodable(end, st, "no known format has these keys")
		return
	}
	p.ev.Format, p.ev.Why = preset.name, preset.why
	p.raw = fields{cut: st == endCut, json: preset}
	if p.raw.cut {
		p.ev.Flags |= FlagTruncated
	}
	p.raw.has = preset.has
	p.readTime()
	p.readStatus()
	if p.raw.has[format.Body] {
		p.judgeBody(p.earliest(preset.fields[format.Body][0].slots))
	} else {
		p.noBody()
	}
	if p.judge() {
		p.readRest()
		p.name()
	}
}

// textEntry makes the event of a record that is no JSON: the first format that
// it follows to its end, else the first inside which it ends.
func (p *Parser) textEntry() {
	if hasControl(p.rec) {
		p.dead(Binary, "a control byte stands where text should be")
		return
	}
	b := bytes.TrimRight(p.rec, "\r")
	t, m, n := p.chooseText(b)
	if t == nil {
		p.dead(UnknownFormat, "it is neither JSON nor a known text format")
		return
	}
	p.ev.Format, p.ev.Why = t.preset.Name, t.why
	p.raw = fields{text: t, vars: n, cut: m == textCut}
	if p.raw.cut {
		p.ev.Flags |= FlagTruncated
	}
	p.raw.has = t.has
	p.readTime()
	p.readStatus()
	p.noBody()
	if p.judge() {
		p.readRest()
		p.name()
	}
}

// chooseText leaves the variables of the format that it returns in p.spans.
func (p *Parser) chooseText(b []byte) (*textPreset, textMatch, int) {
	var cut *textPreset
	for _, t := range p.text {
		switch m, n := t.match(b, p.spans); m {
		case textWhole:
			return t, m, n
		case textCut:
			if cut == nil {
				cut = t
			}
		}
	}
	if cut == nil {
		return nil, textNo, 0
	}
	m, n := cut.match(b, p.spans)
	return cut, m, n
}

// judge decides whether an entry counts; if not it makes it a dead letter.
func (p *Parser) judge() bool {
	ev := &p.ev
	switch {
	case ev.HasTime && (ev.HasStatus || ev.ErrorEvent):
		return true
	case p.raw.cut:
		p.dead(Cut, "the record ends before its time and status")
	case !ev.HasTime:
		p.dead(NoTime, "no readable time")
	default:
		p.dead(NoStatus, "neither a readable status nor an error envelope")
	}
	p.clamp()
	return false
}

// choose is the first preset whose claim holds.
func (p *Parser) choose() *jsonPreset {
	if p.named {
		return &p.json[0] // by the user: no claim needed
	}
next:
	for i := range p.json {
		for _, alts := range p.json[i].claim {
			if p.earliest(alts) == nil {
				continue next
			}
		}
		return &p.json[i]
	}
	return nil
}

// earliest is the value of the alternative that comes first in the record.
func (p *Parser) earliest(slots []int) *value {
	var first *value
	for _, s := range slots {
		if v := &p.entry.slots[s]; v.gen == p.entry.gen && (first == nil || v.start < first.start) {
			first = v
		}
	}
	return first
}

// count is how many fields of the format fill a target.
func (p *Parser) count(t format.Target) int {
	if p.raw.text != nil {
		return len(p.raw.text.fields[t])
	}
	return len(p.raw.json.fields[t])
}

// field is the text of a target's i-th field and its unit.
func (p *Parser) field(t format.Target, i int) (b []byte, as format.Unit, ok bool) {
	if x := p.raw.text; x != nil {
		f := x.fields[t][i]
		if f.variable >= p.raw.vars {
			return nil, f.as, false
		}
		v := p.spans[f.variable]
		return p.clean(p.rec[v.start:v.end], strHigh), f.as, true
	}
	f := &p.raw.json.fields[t][i]
	if v := p.earliest(f.slots); v != nil {
		b, ok = p.textOf(v)
	}
	return b, f.as, ok
}

// first is the text of a target's first field that has one other than "" and
// "-". Of an entry that was cut only the first field counts: a later one might
// not have been asked, had the record been whole.
func (p *Parser) first(t format.Target) []byte {
	if j := p.raw.json; j != nil {
		fs := j.fields[t]
		for i := range fs {
			if v := p.earliest(fs[i].slots); v != nil {
				if v.kind == kindString && !v.cut && p.ascii { // the commonest case, here to save the calls
					if b := p.rec[v.start:v.end]; isSent(b) {
						return b
					}
				} else if b, ok := p.textOf(v); ok && isSent(b) {
					return b
				}
			}
			if p.raw.cut {
				break
			}
		}
		return nil
	}
	for i := range p.count(t) {
		if b, _, ok := p.field(t, i); ok && isSent(b) {
			return b
		}
		if p.raw.cut {
			break
		}
	}
	return nil
}

// there tells whether the log has a field of the target at all, sent or not.
func (p *Parser) there(t format.Target) bool {
	for i := range p.count(t) {
		if _, _, ok := p.field(t, i); ok {
			return true
		}
	}
	return false
}

// isSent tells whether a logged value stands for something that was there.
func isSent(b []byte) bool { return len(b) > 0 && !(len(b) == 1 && b[0] == '-') }

// textOf is a value as text: a string unescaped and in valid UTF-8, a number
// as written, of an array its first string. Null, objects and what was cut are
// no text.
func (p *Parser) textOf(v *value) ([]byte, bool) {
	if v == nil || v.cut {
		return nil, false
	}
	switch v.kind {
	case kindString:
		return p.cleanAt(int(v.start), int(v.end)), true
	case kindScalar:
		b := p.rec[v.start:v.end]
		if string(b) == "null" {
			return nil, false
		}
		return b, true
	case kindArray:
		if s, _, ok := nextString(p.rec[v.start:v.end], 1); ok {
			return p.clean(s, strEscaped|strHigh), true
		}
	}
	return nil, false
}

// nextString finds the next string at the first level of an array's bytes from i on.
func nextString(b []byte, i int) (s []byte, end int, ok bool) {
	for i < len(b) {
		switch c := b[i]; {
		case c == '"':
			e, _ := scanString(b, i+1)
			if e >= len(b) {
				return nil, e, false
			}
			return b[i+1 : e], e + 1, true
		case c == '{' || c == '[':
			i = skipNested(b, i)
		default:
			i++
		}
	}
	return nil, i, false
}

// skipNested steps over the container that opens at b[i], string by string.
func skipNested(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i, _ = scanString(b, i+1)
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			break
		}
	}
	return i
}

func (p *Parser) readTime() {
	for i := range p.count(format.Time) {
		if b, as, ok := p.field(format.Time, i); ok {
			if t, ok := p.times.parse(trimBlank(b), as); ok {
				p.ev.Time, p.ev.HasTime = t, true
				return
			}
		}
		if p.raw.cut {
			return
		}
	}
}

func (p *Parser) readStatus() {
	for i := range p.count(format.Status) {
		if b, _, ok := p.field(format.Status, i); ok {
			if s, ok := parseStatus(b); ok {
				p.ev.Status, p.ev.HasStatus = s, true
				return
			}
		}
		if p.raw.cut {
			return
		}
	}
}

func (p *Parser) readDuration() {
	for i := range p.count(format.Duration) {
		if b, as, ok := p.field(format.Duration, i); ok {
			if d, ok := parseDuration(b, as); ok {
				p.ev.Duration = d
				return
			}
		}
		if p.raw.cut {
			return
		}
	}
}

// readRest reads what every counted entry has.
func (p *Parser) readRest() {
	ev, raw := &p.ev, &p.raw
	raw.method = p.first(format.Method)
	raw.uri = p.first(format.URI)
	if (raw.method == nil || raw.uri == nil) && raw.has[format.Request] {
		method, uri := splitRequest(p.first(format.Request))
		if raw.method == nil && (!raw.cut || !raw.has[format.Method]) {
			raw.method = method
		}
		if raw.uri == nil && (!raw.cut || !raw.has[format.URI]) {
			raw.uri = uri
		}
	}
	p.readDuration()
	if b := p.first(format.Bytes); b != nil {
		if n, ok := parseInt(trimBlank(b)); ok {
			ev.Bytes = n
		}
	}
	raw.requestID[0] = p.first(format.RequestIDHeader)
	raw.requestID[1] = p.first(format.RequestIDGateway)
	if raw.json != nil {
		for i := range raw.json.fields[format.Headers] {
			v := p.earliest(raw.json.fields[format.Headers][i].slots)
			raw.headers = raw.headers || v != nil && (v.kind == kindObject || v.kind == kindArray)
		}
		p.readBeta()
		p.readMark()
	}
}

// readMark reads the format's own word on who made the reply.
func (p *Parser) readMark() {
	for i := range p.count(format.OriginMark) {
		b, as, ok := p.field(format.OriginMark, i)
		if !ok || as != format.OriginIsKong || p.ev.Shape == ShapeUnset {
			continue
		}
		switch string(b) {
		case "upstream":
			p.ev.Origin = OriginApp
		case "kong":
			p.ev.Origin = OriginGateway
		}
	}
}

// readBeta collects the values of the beta header: strings and arrays of
// strings, split at commas. In a cut entry they count only if they are there.
func (p *Parser) readBeta() {
	fs := p.raw.json.fields[format.Beta]
	there := false
	for i := range fs {
		v := p.earliest(fs[i].slots)
		if v == nil || v.cut {
			if p.raw.cut {
				break
			}
			continue
		}
		there = true
		if v.kind == kindArray {
			b := p.rec[v.start:v.end]
			for k := 1; ; {
				s, end, ok := nextString(b, k)
				if !ok || len(p.ev.Beta) == maxBeta {
					break
				}
				k = end
				p.addBeta(p.clean(s, strEscaped|strHigh))
			}
		} else if b, ok := p.textOf(v); ok {
			p.addBeta(b)
		}
		break
	}
	p.ev.HasBeta = there || p.raw.headers && !p.raw.cut
}

func (p *Parser) addBeta(b []byte) {
	for len(b) > 0 && len(p.ev.Beta) < maxBeta {
		k := 0
		for k < len(b) && b[k] != ',' {
			k++
		}
		if s := trimBlank(b[:k]); isSent(s) {
			p.ev.Beta = append(p.ev.Beta, s)
		}
		b = b[min(k+1, len(b)):]
	}
}

// splitRequest splits "METHOD target HTTP/1.1".
func splitRequest(b []byte) (method, target []byte) {
	i := 0
	for i < len(b) && b[i] != ' ' {
		i++
	}
	if i == len(b) {
		return nil, nil
	}
	method, b = b[:i], b[i+1:]
	for j := len(b) - 1; j >= 0; j-- {
		if b[j] == ' ' {
			if len(b)-j > 5 && string(b[j+1:j+6]) == "HTTP/" {
				return method, trimBlank(b[:j])
			}
			break
		}
	}
	return method, trimBlank(b)
}

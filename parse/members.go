package parse

import (
	"strconv"

	"errata/parse/normal"
)

// readMembers takes the envelope's members out of the body.
func (p *Parser) readMembers() {
	env, r := &p.ev.Env, &p.body
	p.msgCut = false
	var s memberSlots
	switch p.ev.Shape {
	case ShapeEnvelope:
		s = r.inner
	case ShapeFlat:
		s = r.flat
	default:
		return
	}
	env.Type = p.member(s.typ)
	env.Code = p.member(s.code)
	env.Param = p.member(s.param)
	env.Feature = p.member(s.feature)
	env.AvailableFrom = p.member(s.available)
	if p.ev.Shape == ShapeEnvelope {
		env.Message = p.message(s.message)
		return
	}
	env.Message = p.message(r.flat.message)
	for _, m := range r.flatMsg {
		if env.Message.Kind == MemberString {
			break
		}
		if m := p.message(m); m.Kind == MemberString {
			env.Message = m
		}
	}
}

// member is the value of a slot that is no message.
func (p *Parser) member(slot int) Member {
	r := &p.body
	v := r.get(slot)
	if v == nil || v.cut {
		return Member{}
	}
	b := r.src[v.start:v.end]
	switch v.kind {
	case kindString:
		return Member{MemberString, p.cleanBody(v, false)}
	case kindScalar:
		if string(b) == "null" {
			return Member{Kind: MemberNull}
		}
		if b[0] != 't' && b[0] != 'f' && isLiteral(b) {
			return Member{MemberNumber, b}
		}
	}
	return Member{}
}

// message is the message in a slot, which may be cut.
func (p *Parser) message(slot int) Member {
	r := &p.body
	v := r.get(slot)
	if v != nil && v.kind == kindString && v.end-v.start > maxMessage {
		v.end, v.cut = v.start+maxMessage, true
	}
	if v == nil || v.kind != kindString || !v.cut {
		return p.member(slot)
	}
	p.msgCut = true
	return Member{MemberString, p.cleanBody(v, true)}
}

// nameMembers masks the members and derives param and template.
func (p *Parser) nameMembers() {
	ev := &p.ev
	for _, m := range [...]*Member{&ev.Env.Type, &ev.Env.Code, &ev.Env.Param, &ev.Env.Feature, &ev.Env.AvailableFrom} {
		if m.Kind >= MemberString {
			m.Value = p.clip(p.mask(m.Value))
		}
	}
	msg := &ev.Env.Message
	text := msg.Kind == MemberString && len(msg.Value) > 0
	if text {
		msg.Value = p.mask(msg.Value)
	}
	n := len(p.arena)
	switch param := ev.Env.Param.Key(); {
	case len(param) > 0:
		p.arena = normal.AppendParam(p.arena, param)
		ev.Param, ev.ParamFrom = p.clip(p.arena[n:len(p.arena):len(p.arena)]), ParamField
	case text:
		var ok bool
		if p.arena, ok = normal.AppendParamFromMessage(p.arena, msg.Value); ok {
			ev.Param, ev.ParamFrom = p.clip(p.arena[n:len(p.arena):len(p.arena)]), ParamMessage
		}
	}
	if !text {
		return
	}
	if p.msgCut {
		ev.Template = truncatedTemplate
	} else {
		n = len(p.arena)
		p.arena = normal.AppendTemplate(p.arena, msg.Value)
		ev.Template = p.arena[n:len(p.arena):len(p.arena)]
		if len(ev.Template) > maxTemplate {
			ev.Template = trimHalfRune(ev.Template[:maxTemplate])
		}
	}
	if len(ev.Template) > 0 {
		ev.TemplateID = normal.TemplateID(ev.Env.Type.Key(), ev.Template)
	}
}

var truncatedTemplate = []byte(normal.Truncated)

// findings judges the entry against the envelope contract.
func (p *Parser) findings() {
	ev, d := &p.ev, &p.dialect
	env := &ev.Env
	var f Findings
	envelope := ev.Shape == ShapeEnvelope
	typ := env.Type.Key()
	sse := ev.Flags&FlagSSE != 0
	known := ev.HasStatus && ev.Status > 0 && !sse
	if statuses, ok := d.Statuses[string(typ)]; ok && known {
		fits := false
		for _, s := range statuses {
			fits = fits || s == ev.Status
		}
		if !fits {
			f |= TypeStatus
		}
	}
	if known && ev.Status != d.FeatureStatus && (len(env.Feature.Key()) > 0 || len(env.AvailableFrom.Key()) > 0) {
		f |= FeatureOutside501
	}
	if envelope && known && ev.Status < 400 {
		f |= ErrorInSuccess
	}
	if ev.Flags&FlagTruncated == 0 {
		if envelope && len(typ) == 0 {
			f |= MissingType
		}
		if envelope && (env.Message.Kind != MemberString || len(env.Message.Value) == 0) {
			f |= MissingMessage
		}
		if string(typ) == d.FeatureType && len(env.Feature.Key()) == 0 {
			f |= MissingFeature
		}
		if envelope && !p.body.marked() {
			f |= OuterType
		}
	}
	ev.Findings = f
}

// brokenDetail says where JSON broke, without showing its bytes.
func brokenDetail(at int) string { return "broken JSON at byte " + strconv.Itoa(at) }

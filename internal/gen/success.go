package gen

// success writes the body of a request that worked.
func (b *bodies) success(e *entry) {
	r := &b.r
	b.json = true
	if e.op.class != stream && r.per100k(b.s.Bodies.Decoy) {
		b.decoy(e)
		return
	}
	switch e.op.class {
	case list:
		b.text = append(b.text, `{"data":[`...)
		n := 1 + r.n(3)
		for i := range n {
			if i > 0 {
				b.comma()
			}
			b.object(e)
		}
		b.text = append(b.text, ']')
		b.key("has_more")
		b.text = append(b.text, "false"...)
		b.key("next_page")
		b.text = append(b.text, "null}"...)
	case stream:
		b.json = false
		b.frames(e, 1+r.n(3), "\n")
		b.text = append(b.text, "data: [DONE]\n\n"...)
	case content:
		if r.percent(40) {
			b.text = append(b.text, `{"url":"https://files.example.com/o/`...)
			b.text = append(b.text, e.id...)
			b.text = append(b.text, `?Expires=1790000000&Signature=`...)
			b.text = append(appendToken(b.text, r), `","expires_at":1790000000}`...)
			return
		}
		b.json = false
		b.text = append(b.text, "id,name,score\r\n1,\"Ann\",0.5\r\n2,\"Bob\",0.75\r\n"...)
	case remove:
		b.text = append(b.text, `{"id":"`...)
		b.text = append(append(b.text, e.id...), `","type":"deleted","deleted":true}`...)
	default:
		b.object(e)
	}
	if b.json && r.per100k(b.s.Bodies.Long) {
		b.text = b.text[:len(b.text)-1]
		b.key("content")
		b.msg = appendFiller(b.msg[:0], 2_000+r.n(58_000), r)
		b.str(b.msg)
		b.text = append(b.text, '}')
	}
}

// object writes one thing of the API.
func (b *bodies) object(e *entry) {
	r := &b.r
	b.text = append(b.text, '{')
	b.key("id")
	b.text = append(b.text, '"')
	if len(e.id) > 0 {
		b.text = append(b.text, e.id...)
	} else {
		b.text = appendID(b.text, "sess", e.t, r)
	}
	b.text = append(b.text, '"')
	b.key("type")
	b.text = append(b.text, `"object"`...)
	b.key("status")
	b.text = append(b.text, `"idle"`...)
	b.key("name")
	b.str([]byte(b.name()))
	b.key("created_at")
	var c civil
	b.text = append(b.text, '"')
	b.text = append(c.appendISO(b.text, e.t/1e9, 0), '"')
	b.key("metadata")
	b.text = append(b.text, `{"n":`...)
	b.text = append(appendInt(b.text, int64(r.n(1000))), "}}"...)
}

// decoy writes a success that looks like an error to who does not look twice
// (domain.md 1.7).
func (b *bodies) decoy(e *entry) {
	r := &b.r
	b.text = append(b.text, `{"id":"`...)
	b.text = append(append(b.text, e.id...), '"')
	switch r.n(8) {
	case 0:
		b.key("error")
		b.text = append(b.text, "null"...)
	case 1:
		b.key("error")
		b.text = append(b.text, `{"type":"agent_archived_error","message":"not_this_one"}`...)
	case 2:
		b.key("paused_reason")
		b.text = append(b.text, `{"type":"error","error":{"type":"not_this_one","message":"Field 'not_this_one' is required."}}`...)
	case 3:
		b.key("content")
		b.text = append(b.text, `"{\"type\":\"error\",\"error\":{\"type\":\"not_this_one\"}}"`...)
	case 4:
		b.key("type")
		b.text = append(b.text, `"error"`...)
		b.key("error")
		b.text = append(b.text, "null"...)
	case 5:
		b.key("code")
		b.text = append(b.text, `400`...)
		b.key("message")
		b.text = append(b.text, `"}]\\\"{"`...)
	case 6:
		b.key("data")
		b.text = append(b.text, `[{"type":"error","error":{"type":"not_this_one","param":"x"}},[]]`...)
	case 7:
		b.key("error")
		b.text = append(b.text, `"a string"`...)
		b.key("type")
		b.text = append(b.text, `"error"`...)
	}
	b.text = append(b.text, '}')
}

// frames writes n frames of a healthy stream, one of them a decoy: the data of
// session.error has a string where an envelope has an object.
func (b *bodies) frames(e *entry, n int, eol string) {
	r := &b.r
	line := func(parts ...string) {
		for _, p := range parts {
			b.text = append(b.text, p...)
		}
		b.text = append(b.text, eol...)
	}
	for range n {
		switch r.n(6) {
		case 0:
			line(": heartbeat")
		case 1:
			line("event: ping")
			line("data: {}")
		case 2:
			line("event: session.error")
			line(`data: {"error":"boom","code":"not_this_one"}`)
		default:
			b.text = append(b.text, "id: "...)
			b.text = appendID(b.text, "evt", e.t, r)
			line()
			line("event: agent.message")
			line(`data: {"type":"agent.message","content":"hello \"world\"","processed_at":null}`)
		}
		line()
	}
}

// sse writes a stream under 200 that ends in an error frame.
func (b *bodies) sse(e *entry) {
	r := &b.r
	eol := "\n"
	if r.percent(25) {
		eol = "\r\n"
	}
	if r.percent(10) {
		b.text = append(b.text, "\ufeff"...)
	}
	b.frames(e, 1+r.n(3), eol)
	kind := r.n(4)
	if kind != 2 {
		b.text = append(append(b.text, "event: error"...), eol...)
	}
	b.text = append(b.text, "data: "...)
	if kind == 1 {
		b.text = append(b.text, `{"error":{"message":"failed"}}`...)
		b.facts.shape = "envelope"
	} else {
		from := len(b.text)
		b.envelope(e, &sseFault)
		if kind == 3 {
			b.twoLines(from, eol)
		}
	}
	b.text = append(append(b.text, eol...), eol...)
	b.json = false
	if r.percent(20) {
		b.text = append(b.text, "event: error"...)
		b.text = append(append(b.text, eol...), `data: {"type":"error","error":{"type":"not_this_one","message":"a second frame"}}`...)
		b.text = append(append(b.text, eol...), eol...)
	}
}

// twoLines breaks a frame's data behind its first brace into two data lines.
func (b *bodies) twoLines(from int, eol string) {
	b.scratch = append(b.scratch[:0], b.text[from+1:]...)
	b.text = append(append(b.text[:from+1], eol...), "data: "...)
	b.text = append(b.text, b.scratch...)
}

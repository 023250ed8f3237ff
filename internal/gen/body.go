package gen

// facts are what a body says, by the rules of decoding.
type facts struct {
	shape     string // "" where no error is to be seen
	typ       string
	param     string // normalised
	source    string // field, message or ""
	inMessage string // the param that a whole message names
	fromField string // the param member, normalised
	feature   string
	available string
	code      string
}

// marks are offsets in a body's text: where each member of the envelope is
// complete, 0 where there is none.
type marks struct {
	object, typ, param, feature, available, code, message, end int
	messageFrom                                                int
}

// bodies builds the bodies of entries, one at a time.
type bodies struct {
	s    *Scenario
	seed uint64

	shapes alias

	text  []byte // the body itself
	facts facts
	marks marks
	json  bool // text is an object

	msg     []byte
	scratch []byte
	spaced  bool
	ascii   bool
	r       rng
}

func newBodies(s *Scenario, seed uint64) *bodies {
	return &bodies{s: s, seed: seed, shapes: newAlias(s.Shapes.weights())}
}

// build writes the body of an entry. Of a success only if wanted: its facts are
// none and its size is the plan's.
func (b *bodies) build(e *entry, successes bool) {
	b.r = derive(b.seed, kindBody, e.seq)
	b.text, b.facts, b.marks, b.json = b.text[:0], facts{}, marks{}, false
	b.spaced = b.r.per100k(b.s.Bodies.Spaced)
	b.ascii = b.r.per100k(b.s.Bodies.ASCII)
	switch {
	case e.fault != nil && e.status > 0:
		b.failure(e)
	case e.event == sseEvent:
		b.sse(e)
	case e.event == falseOK:
		b.envelope(e, &falseFault)
	case e.op.odd && e.status >= 400:
		b.text = append(b.text, `{"error_msg":"404 Route Not Found"}`...)
		b.facts.shape, b.json = "flat", true
	case successes && e.op.odd:
		b.text = append(b.text, "ok"...)
	case successes && e.status != 204 && e.status != 0:
		b.success(e)
	}
}

var falseFault = fault{typ: apiError, msg: "Partial failure: {n} of {n} items were not stored."}

var sseFault = fault{typ: apiError, msg: "The stream ended early after {n} events."}

// failure writes the body of an error.
func (b *bodies) failure(e *entry) {
	f := e.fault
	form := f.form
	if b.r.per100k(b.s.Bodies.NoBody) {
		form = formNone
	}
	switch form {
	case formEnvelope:
		if e.feature == nil && b.r.per100k(b.s.Bodies.StringErr) {
			k := &brokenBodies[b.r.n(len(brokenBodies))]
			b.text = append(b.text, k.body...)
			b.json = k.body[0] == '{'
			b.facts.shape = "other"
			if k.flat {
				b.facts.shape, b.facts.code = "flat", k.code
			}
			return
		}
		b.envelope(e, f)
		return
	case formFlat:
		b.facts.shape, b.facts.code, b.json = "flat", f.code, true
	case formText:
		b.facts.shape = "text"
	case formHTML:
		b.facts.shape = "html"
	case formEmpty:
		b.facts.shape = "empty"
		return
	case formNone:
		b.facts.shape = "none"
		return
	}
	b.text = b.appendMessage(b.text, f.body, e)
}

const (
	shapePlain = iota
	shapeRequestID
	shapeCode
	shapeReversed
	shapeOuter
	shapeNoType
	shapeShuffled
)

func (b *bodies) colon() {
	b.text = append(b.text, ':')
	if b.spaced {
		b.text = append(b.text, ' ')
	}
}

func (b *bodies) comma() {
	b.text = append(b.text, ',')
	if b.spaced {
		b.text = append(b.text, ' ')
	}
}

// key begins a member; the first of its object has no comma before it.
func (b *bodies) key(k string) {
	if c := b.text[len(b.text)-1]; c != '{' {
		b.comma()
	}
	b.text = append(append(append(b.text, '"'), k...), '"')
	b.colon()
}

func (b *bodies) str(v []byte) { b.text = appendString(b.text, v, b.quoting()) }

func (b *bodies) quoting() quoting {
	if b.ascii {
		return quoteASCII
	}
	return quotePlain
}

// members of an envelope's error object, by the order in which they stand.
const (
	memType = iota
	memMessage
	memParam
	memCode
	memFeature
	memAvailable
	memUnknown
	memCount
)

var (
	orderPlain    = []int{memType, memMessage, memParam, memCode, memFeature, memAvailable}
	orderReversed = []int{memMessage, memType, memParam, memCode, memFeature, memAvailable}
	orderNoType   = []int{memCode, memMessage, memParam}
)

// envelope appends an envelope to the text and notes what it says.
func (b *bodies) envelope(e *entry, f *fault) {
	shape := b.shapes.pick(&b.r)
	if e.feature != nil && shape == shapeNoType {
		shape = shapePlain
	}
	b.json, b.facts.shape = true, "envelope"
	duplicate := b.r.per100k(b.s.Bodies.Duplicate)
	b.message(e, f)

	b.text = append(b.text, '{')
	switch shape {
	case shapePlain, shapeCode, shapeOuter, shapeNoType, shapeRequestID:
		b.outerType()
	}
	switch shape {
	case shapeRequestID, shapeCode:
		b.requestID(e)
	case shapeOuter:
		b.key("message")
		b.text = append(b.text, `"outer"`...)
		b.key("code")
		b.text = append(b.text, `"OUTER"`...)
	}
	if shape == shapeShuffled {
		b.shuffled(e, f)
	} else {
		order := orderPlain
		switch shape {
		case shapeReversed:
			order = orderReversed
		case shapeNoType:
			order = orderNoType
		}
		b.inner(e, f, order, shape, duplicate)
	}
	if shape == shapeReversed {
		b.outerType()
	}
	if shape == shapeNoType {
		b.requestID(e)
	}
	if duplicate && b.r.percent(50) {
		b.key("error")
		b.text = append(b.text, `{"type":"not_this_one","message":"a second error","param":"not_this_one"}`...)
	}
	b.text = append(b.text, '}')
	b.marks.end = len(b.text)
}

func (b *bodies) outerType() {
	b.key("type")
	b.text = append(b.text, `"error"`...)
}

// shuffled writes the outer members in any order, with unknown ones.
func (b *bodies) shuffled(e *entry, f *fault) {
	outer := [4]int{0, 1, 2, 3}
	inner := [memCount]int{0, 1, 2, 3, 4, 5, 6}
	shuffle(outer[:], &b.r)
	shuffle(inner[:], &b.r)
	for _, m := range outer {
		switch m {
		case 0:
			b.outerType()
		case 1:
			b.requestID(e)
		case 2:
			b.inner(e, f, inner[:], shapeShuffled, false)
		case 3:
			b.key("debug")
			b.text = append(b.text, `{"error":{"type":"not_this_one","message":"}\"{"},"stack":[[],{"a":"]"}],"retryable":true,"n":-1.5e3}`...)
		}
	}
}

func shuffle(v []int, r *rng) {
	for i := len(v) - 1; i > 0; i-- {
		j := r.n(i + 1)
		v[i], v[j] = v[j], v[i]
	}
}

func (b *bodies) requestID(e *entry) {
	b.key("request_id")
	b.text = append(b.text, '"')
	if e.secret == secretInRequestID {
		r := derive(b.seed, kindSecret, ^e.seq)
		b.text = appendSecret(b.text, secretForms[:3], &r)
	} else {
		r := derive(b.seed, kindIDs, e.seq^1<<63)
		b.text = appendUUID(b.text, &r)
	}
	b.text = append(b.text, '"')
}

// inner writes the error object.
func (b *bodies) inner(e *entry, f *fault, order []int, shape int, duplicate bool) {
	b.key("error")
	b.text = append(b.text, '{')
	b.marks.object = len(b.text)
	for _, m := range order {
		switch m {
		case memType:
			if f.typ == "" {
				continue
			}
			typ := f.typ
			if e.feature == nil && b.r.per100k(b.s.Bodies.Hostile/8) {
				typ = hostileKeys[b.r.n(len(hostileKeys))]
			}
			b.key("type")
			b.str([]byte(typ))
			b.facts.typ, b.marks.typ = typ, len(b.text)
		case memMessage:
			if f.msg == "" && b.r.percent(50) {
				continue
			}
			b.key("message")
			b.marks.messageFrom = len(b.text)
			b.str(b.msg)
			b.marks.message = len(b.text)
			b.facts.inMessage = f.inMsg
			if e.message != "" {
				b.facts.inMessage = e.inMessage
			}
		case memParam:
			if f.param == "" || e.message != "" {
				if b.r.percent(4) {
					b.key("param")
					b.text = append(b.text, "null"...)
				}
				continue
			}
			b.key("param")
			b.scratch = b.appendMessage(b.scratch[:0], f.param, e)
			if allDigits(f.param) {
				b.text = append(b.text, f.param...)
				b.marks.param = len(b.text) + 1
			} else {
				b.str(b.scratch)
				b.marks.param = len(b.text)
			}
			b.facts.fromField = f.norm
		case memCode:
			b.code(e, f, shape)
		case memFeature:
			if e.feature == nil {
				continue
			}
			b.key("feature")
			b.str([]byte(e.feature.Name))
			b.facts.feature, b.marks.feature = e.feature.Name, len(b.text)
		case memAvailable:
			if e.feature == nil || e.feature.AvailableFrom == "" {
				continue
			}
			b.key("available_from")
			b.str([]byte(e.feature.AvailableFrom))
			b.facts.available, b.marks.available = e.feature.AvailableFrom, len(b.text)
		case memUnknown:
			b.key("doc_url")
			b.text = append(b.text, `"https://docs.example.com/errors?a=1#\"type\":\"x\""`...)
		}
	}
	if duplicate && f.typ != "" && b.facts.typ != "" {
		b.key("type")
		b.text = append(b.text, `"not_this_one"`...)
	}
	b.text = append(b.text, '}')
	b.facts.settle(true, true)
}

// settle decides the param from what is complete: the member before the message.
func (x *facts) settle(member, message bool) {
	x.param, x.source = "", ""
	switch {
	case member && x.fromField != "":
		x.param, x.source = x.fromField, "field"
	case message && x.inMessage != "":
		x.param, x.source = x.inMessage, "message"
	}
}

func (b *bodies) code(e *entry, f *fault, shape int) {
	code := f.code
	switch {
	case e.secret == secretInCode:
		b.key("code")
		r := derive(b.seed, kindSecret, ^e.seq)
		form := r
		b.str(appendSecret(b.scratch[:0], secretForms[:len(maskedForms)], &r))
		b.facts.code, b.marks.code = maskedForms[form.n(len(maskedForms))], len(b.text)
		return
	case code == "" && shape == shapeNoType:
		code = "AGENT_001"
	case code == "" && shape == shapeOuter:
		code = "INNER"
	case code == "" && shape == shapeCode && e.feature == nil:
		code = "E" + f.typ
	}
	switch {
	case code == "":
	case allDigits(code):
		b.key("code")
		b.text = append(b.text, code...)
		b.facts.code, b.marks.code = code, len(b.text)+1
	default:
		b.key("code")
		b.str([]byte(code))
		b.facts.code, b.marks.code = code, len(b.text)
	}
}

func allDigits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// message makes b.msg.
func (b *bodies) message(e *entry, f *fault) {
	text := f.msg
	if e.message != "" {
		text = e.message
	}
	b.msg = b.appendMessage(b.msg[:0], text, e)
	if e.secret == secretInMessage {
		r := derive(b.seed, kindSecret, ^e.seq)
		b.msg = appendSecret(append(b.msg, " (see "...), secretForms, &r)
		b.msg = append(b.msg, " )"...)
	}
	if text != "" && b.r.per100k(b.s.Bodies.Hostile) {
		b.msg = append(append(b.msg, ' '), hostileNames[b.r.n(len(hostileNames))]...)
	}
	if text != "" && b.r.per100k(b.s.Bodies.Long) {
		b.msg = append(b.msg, ' ')
		b.msg = appendFiller(b.msg, 2_000+b.r.n(58_000), &b.r)
	}
}

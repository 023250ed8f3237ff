package gen

// mode is what happens to a body on its way into a line.
type mode uint8

const (
	modeString mode = iota
	modeObject
	modeTwice
	modeThrice
	modeBase64
	modeGzip
	modeCut
	modeNull
	modeCount
)

// breakage is what happens to an entry's line.
type breakage uint8

const (
	whole breakage = iota
	cutHead
	cutBody
	split
	notJSON
	binary
	noTime
	noStatus
)

// mangle is everything that is done to one entry besides its traffic.
type mangle struct {
	body      mode
	at        int // modeCut, cutBody: offset in the body
	line      breakage
	headers   bool // request headers are logged
	duplicate bool
	layout    int // 0 as in the samples
	clamped   bool
	absent    bool // noStatus of an entry with an envelope: it counts as an event
	crlf      bool
	zone      int // minutes
	r         rng // for what is left
}

var zones = []int{0, 0, 480, 480, -210, 330}

// mangle decides what is done to an entry, from a stream of its own, so that
// the traffic is the same whatever happens to its lines. What breaks a line
// depends on the format only where the format cannot break so.
func (w *writer) mangle(e *entry, b *bodies, withBody bool) mangle {
	s := w.s
	r := derive(w.seed, kindLine, e.seq)
	m := mangle{headers: !r.per100k(s.NoHeaders), zone: zones[e.seq/4096%uint64(len(zones))]}
	m.crlf = r.per100k(s.Lines.CRLF)
	m.duplicate = r.per100k(s.Lines.Duplicate)
	if r.per100k(s.Lines.Shuffled) {
		m.layout = 1 + r.n(2)
	}
	m.clamped = r.per100k(s.Lines.OutOfRange) && e.status != 501
	roll := r.n(100_000)
	for _, l := range []struct {
		b breakage
		p int
	}{
		{cutHead, s.Lines.Cut},
		{split, s.Lines.Split},
		{notJSON, s.Lines.NotJSON},
		{binary, s.Lines.Binary},
		{noTime, s.Lines.NoTime},
		{noStatus, s.Lines.NoStatus},
	} {
		if roll < l.p {
			m.line = l.b
			break
		}
		roll -= l.p
	}
	if withBody {
		m.body, m.at = w.bodyMode(e, b)
	}
	m.r = r
	w.settle(e, b, &m, withBody)
	return m
}

// minBase64 is how many bytes make 16 characters of base64: a shorter text is
// not taken for any.
const minBase64 = 12

// bodyMode decides what happens to the body.
func (w *writer) bodyMode(e *entry, b *bodies) (mode, int) {
	r := derive(w.seed, kindMode, e.seq)
	s := &w.s.Bodies
	roll := r.n(100_000)
	for _, x := range []struct {
		m mode
		p int
	}{
		{modeObject, s.Object},
		{modeTwice, s.Twice},
		{modeThrice, s.Thrice},
		{modeBase64, s.Base64},
		{modeGzip, s.Gzip},
		{modeCut, s.Cut},
		{modeNull, s.Null},
	} {
		if roll >= x.p {
			roll -= x.p
			continue
		}
		switch {
		case x.m == modeNull:
			if e.event != noEvent || b.facts.shape == "none" || b.facts.shape == "empty" {
				return modeString, 0
			}
			return x.m, 0
		case !b.json || x.m == modeBase64 && len(b.text) < minBase64:
			return modeString, 0
		case x.m != modeCut:
			return x.m, 0
		case e.event != noEvent:
			return modeString, 0
		}
		at := w.cutAt(b, &r)
		if at == 0 {
			return modeString, 0
		}
		return modeCut, at
	}
	return modeString, 0
}

// cutAt draws where to cut a body: in an envelope behind the begin of its error
// object, and never inside a message that a param is derived from. 0: nowhere.
func (w *writer) cutAt(b *bodies, r *rng) int {
	if !b.json || len(b.text) < 4 {
		return 0
	}
	if b.facts.shape == "" { // a success: nobody reads it
		return 1 + r.n(len(b.text)-1)
	}
	if b.facts.shape != "envelope" || b.marks.object == 0 {
		return 0
	}
	at := b.marks.object + r.n(len(b.text)-b.marks.object)
	if b.facts.inMessage != "" && at > b.marks.messageFrom && at < b.marks.message {
		at = b.marks.message
	}
	return at
}

// settle takes back what the format or the entry cannot suffer.
func (w *writer) settle(e *entry, b *bodies, m *mangle, withBody bool) {
	plainPath := !e.op.odd && e.secret != secretInPath && e.secret != secretInQuery
	switch m.line {
	case cutHead:
		// half of the cuts fall into a body, if time and status stand before it
		if withBody && m.layout == 0 && w.f.bodyLast && m.body == modeString && e.status != 501 && e.event == noEvent && m.r.percent(60) {
			if at := w.cutAt(b, &m.r); at > 0 {
				m.line, m.at, m.body = cutBody, at, modeCut
			}
		}
		if e.op.odd && w.f.text {
			m.line = whole
		}
	case split:
		m.layout = 0
		if !plainPath {
			m.line = whole
		}
	case notJSON:
		if w.f.text {
			m.line = whole
		}
	case binary:
	case noTime:
		if w.f.text {
			m.line = whole
		}
	case noStatus:
		m.absent = withBody && e.event == noEvent && b.facts.shape == "envelope" && m.body != modeNull && m.body != modeCut
		if withBody && !m.absent && (b.facts.shape != "" && b.facts.shape != "none" || e.event != noEvent || m.body == modeCut) {
			m.line = whole
		}
		m.duplicate = false
	}
	if m.line != whole {
		m.clamped = false
	}
	if m.line != whole && m.line != noStatus {
		m.duplicate = false
	}
}

package gen

import "time"

// The streams that are derived from the seed, one number per use.
const (
	kindPlan = iota + 1
	kindCaller
	kindIDs
	kindBody
	kindMode
	kindLine
	kindSecret
	kindFeature = 100 // + the feature's index
)

// entry is one attempt of a request.
type entry struct {
	seq       uint64 // position in the traffic
	t         int64  // begin, Unix nanoseconds
	op        *op
	caller    *caller
	path      []byte // as requested: prefix and query included
	id        []byte // the last id in the path
	status    uint16
	us        int64 // duration
	size      int64 // of the response body, before anything happened to it
	attempt   uint8
	idem      uint64 // idempotency key, 0 none
	auth      authKind
	beta      []string // one per header line
	fault     *fault   // nil: no error
	message   string   // replaces the fault's
	inMessage string   // the param that it names
	feature   *feature // asked for
	event     eventKind
	secret    secretPlace
	source    int // index of the incident + 1, or minus that of the storm - 1
}

// eventKind is an error that a status under 400 hides.
type eventKind uint8

const (
	noEvent eventKind = iota
	sseEvent
	falseOK
)

// planner makes the traffic, entry by entry in order of time.
type planner struct {
	s        *Scenario
	seed     uint64
	from, to int64
	r        rng

	ops      []op
	picks    [3]alias // managed, forward, odd
	offset   [3]int
	faults   []fault
	perOp    [][]kindFaults // by op, by type kind
	kinds    alias
	kindList []named
	callers  []caller
	who      alias
	rates    [7][24]int64 // mean distance in microseconds, 0: none
	features []feature
	featOps  [][]*feature
	feature  fault

	incidents []incident
	storms    []storm

	seq     uint64
	arrival int64
	pend    pending
}

type kindFaults struct {
	pick alias
	list []*fault
}

type incident struct {
	Incident
	from, to int64
	kind     int
	percent  int // chance per 100,000
}

type storm struct {
	Storm
	from, to int64
	op       *op
	fault    *fault
	path, id []byte
}

func newPlanner(s *Scenario, seed uint64, from, to time.Time) *planner {
	p := &planner{s: s, seed: seed, from: from.UnixNano(), to: to.UnixNano(), r: derive(seed, kindPlan, 0)}
	p.ops, p.faults = catalogue(), faults()
	p.callers = newCallers(s, seed)
	p.feature = fault{kind: "feature", status: 501, typ: "feature_not_available", msg: "Feature '{feature}' is not available yet: send its beta header."}

	weights := make([]int, s.Callers)
	for i := range weights {
		weights[i] = 1_000_000_000 / (i + 1 + s.Tail)
	}
	p.who = newAlias(weights)
	p.kindList = s.Types.list()
	kindWeights := make([]int, len(p.kindList))
	sum := 0
	for i, k := range p.kindList {
		kindWeights[i] = k.v
		sum += k.v
	}
	p.kinds = newAlias(kindWeights)

	var w [3][]int
	for i := range p.ops {
		o := &p.ops[i]
		k := 0
		if o.forward {
			k = 1
		} else if o.odd {
			k = 2
		}
		if len(w[k]) == 0 {
			p.offset[k] = i
		}
		w[k] = append(w[k], o.weight)
		by := make([]kindFaults, len(p.kindList))
		for j, kind := range p.kindList {
			var fw []int
			for n := range p.faults {
				f := &p.faults[n]
				if f.kind == kind.name && !o.odd && f.matches(o) {
					by[j].list = append(by[j].list, f)
					fw = append(fw, f.weight)
				}
			}
			by[j].pick = newAlias(fw)
		}
		p.perOp = append(p.perOp, by)
	}
	for k := range w {
		p.picks[k] = newAlias(w[k])
	}
	p.setRates()
	p.setFeatures()
	p.setTrouble(sum)
	p.arrival = p.from
	p.advance()
	return p
}

// maxMean keeps products of a mean in range: eleven days, in microseconds.
const maxMean = 1_000_000_000_000

// setRates spreads the requests of an average day over the week. The mean
// distance changes at each hour of UTC.
func (p *planner) setRates() {
	day, week := int64(0), int64(0)
	for _, v := range p.s.Daily {
		day += int64(v)
	}
	for _, v := range p.s.Weekly {
		week += int64(v)
	}
	for d, dv := range p.s.Weekly {
		for h, hv := range p.s.Daily {
			// share of the week's requests that fall into this hour, times 1e9
			share := int64(hv) * 1_000_000_000 / day * int64(dv) / week
			if share == 0 {
				continue
			}
			// an hour by the requests in it, 7 * a day's * share, in microseconds
			perWeek := 7 * int64(p.s.RequestsPerDay)
			p.rates[d][h] = max(1, min(3_600_000_000_000_000_000/(perWeek*share), maxMean))
		}
	}
}

func (p *planner) setTrouble(sum int) {
	for _, in := range p.s.Incidents {
		x := incident{Incident: in, from: p.to - int64(in.Before)}
		x.to = x.from + int64(in.Lasts)
		for i, k := range p.kindList {
			if k.name == in.Type {
				x.kind = i
				x.percent = max(1, min(95_000, p.s.Errors*max(k.v, 1)*in.Factor/sum))
			}
		}
		p.incidents = append(p.incidents, x)
	}
	for i, st := range p.s.Storms {
		x := storm{Storm: st, from: p.to - int64(st.Before)}
		x.to = x.from + int64(st.Lasts)
		for j := range p.ops {
			if o := &p.ops[j]; o.route == st.Route && (st.Method == "" || o.method == st.Method) && !o.odd {
				x.op = o
				break
			}
		}
		r := derive(p.seed, kindIDs, uint64(1)<<40+uint64(i))
		for k, name := range p.kindList {
			if name.name == st.Type && x.op != nil && len(p.perOp[x.op.index][k].list) > 0 {
				x.fault = p.perOp[x.op.index][k].list[0]
			}
		}
		if x.op == nil || x.fault == nil {
			continue
		}
		x.path, x.id = p.appendPath(nil, x.op, &p.callers[st.Caller], x.from, &r)
		p.storms = append(p.storms, x)
		p.pend.push(item{t: x.from, storm: len(p.storms)})
	}
}

// advance draws the next request of a caller's own accord.
func (p *planner) advance() {
	for p.arrival < p.to {
		sec := p.arrival / 1e9
		weekday := (sec/86400 + 3) % 7 // 1970-01-01 was a Thursday
		mean := p.rates[weekday][sec/3600%24]
		hour := (sec/3600 + 1) * 3600 * 1e9
		if mean > 0 {
			// past the hour's end the draw begins again with that hour's mean:
			// what is to come does not depend on what was
			if at := p.arrival + p.r.exp(mean*1000) + 1; at < hour {
				p.arrival = at
				return
			}
		}
		p.arrival = hour
	}
}

// next makes the next entry; false: the traffic has ended. What e holds is
// valid until the next call.
func (p *planner) next(e *entry) bool {
	it, ok := p.pend.peek()
	switch {
	case ok && (it.t <= p.arrival || p.arrival >= p.to):
		p.pend.pop()
		if it.storm > 0 {
			p.storm(e, it)
		} else {
			*e = *it.e
			e.t = it.t
			p.outcome(e)
		}
	case p.arrival < p.to:
		p.fresh(e, p.arrival)
		p.advance()
	default:
		return false
	}
	p.seq++
	e.seq = p.seq
	e.secret = noSecret
	if r := derive(p.seed, kindSecret, e.seq); r.per100k(p.s.Bodies.Secret) {
		e.secret = secretPlace(1 + r.n(int(secretPlaces)-1))
		if e.fault != nil && r.percent(60) {
			e.secret = secretInMessage
		}
	}
	return true
}

// storm makes one entry of a storm and plans the one after.
func (p *planner) storm(e *entry, it item) {
	st := &p.storms[it.storm-1]
	p.request(e, it.t, st.op, &p.callers[st.Caller])
	e.path = append(e.path[:0], st.path...)
	e.id = append(e.id[:0], st.id...)
	e.source = -it.storm
	p.fail(e, st.fault)
	if at := it.t + p.r.exp(int64(time.Minute)/int64(st.PerMinute)) + 1; at < st.to {
		p.pend.push(item{t: at, storm: it.storm})
	}
}

// fresh makes a request of a caller's own accord.
func (p *planner) fresh(e *entry, t int64) {
	c := &p.callers[p.who.pick(&p.r)]
	k := 0
	if c.forward {
		k = 1
	}
	if p.r.per100k(p.s.Odd) {
		k = 2
	}
	o := &p.ops[p.offset[k]+p.picks[k].pick(&p.r)]
	p.request(e, t, o, c)
	r := derive(p.seed, kindIDs, uint64(c.index)<<8|uint64(p.r.n(12)))
	e.path, e.id = p.appendPath(e.path[:0], o, c, t, &r)
	if o.class == list {
		e.path = p.appendQuery(e.path)
	}
	p.outcome(e)
}

// request fills in what does not depend on the outcome.
func (p *planner) request(e *entry, t int64, o *op, c *caller) {
	*e = entry{t: t, op: o, caller: c, auth: c.auth, path: e.path, id: e.id[:0], beta: e.beta[:0]}
	if o.method != "GET" && p.r.percent(30) {
		e.idem = p.r.next() | 1
	}
}

// outcome decides how an attempt ends, and plans the next one if the caller's
// SDK will try again.
func (p *planner) outcome(e *entry) {
	o, c := e.op, e.caller
	e.fault, e.message, e.event, e.source = nil, "", noEvent, 0
	e.auth = c.auth
	e.us = p.duration(o)
	e.size = int64(120 + p.r.n(400))
	switch {
	case o.odd:
		e.status = o.status
		return
	case o.class == create:
		e.status = []uint16{200, 201, 201, 202}[p.r.n(4)]
	case o.class == remove && p.r.percent(30):
		e.status, e.size = 204, 0
	default:
		e.status = 200
	}
	if o.class == list || o.class == content || o.class == stream {
		e.size += int64(p.r.n(3000))
	}
	if p.ask(e) {
		p.retry(e)
		return
	}
	chance := p.s.Errors * c.clumsy / 100
	if e.attempt > 0 {
		chance = 35_000 // what failed once fails again more often than not at all
	}
	kind := -1
	for i := range p.incidents {
		in := &p.incidents[i]
		if e.t < in.from || e.t >= in.to || in.Route != "*" && (in.Route != o.route || in.Method != "" && in.Method != o.method) {
			continue
		}
		if p.r.per100k(in.percent) {
			kind, e.message, e.inMessage, e.source = in.kind, in.Message, in.Param, i+1
			break
		}
	}
	if kind < 0 && p.r.per100k(chance) {
		kind = p.kinds.pick(&p.r)
	}
	if kind >= 0 {
		if by := &p.perOp[o.index][kind]; by.pick.ok() {
			p.fail(e, by.list[by.pick.pick(&p.r)])
			p.retry(e)
			return
		}
		e.message, e.source = "", 0
	}
	switch {
	case o.class == stream && p.r.per100k(p.s.Bodies.SSEError):
		e.event = sseEvent
	case o.class != stream && e.status == 200 && p.r.per100k(p.s.Bodies.FalseOK):
		e.event = falseOK
	}
}

// fail makes the attempt end in an error.
func (p *planner) fail(e *entry, f *fault) {
	e.fault, e.status = f, f.status
	if f.form != formEnvelope {
		e.message = ""
	}
	if f.hasAuth {
		e.auth = f.auth
	}
	switch {
	case f.status == 504:
		e.us = 30_000_000 + int64(p.r.n(2_000_000))
	case f.status < 500:
		e.us = 800 + e.us/4
	}
}

// retry plans the next attempt by the SDK's rule: 429 always; 5xx for reads and
// for writes with an idempotency key; three attempts; 1, 2, 4 s apart.
func (p *planner) retry(e *entry) {
	if e.caller.sdk == "" || e.attempt >= 2 || e.fault == nil {
		return
	}
	safe := e.op.method == "GET" || e.idem != 0
	if e.status != 429 && (e.status < 500 || !safe) {
		return
	}
	next := *e
	next.attempt++
	next.path = append([]byte(nil), e.path...)
	next.id = append([]byte(nil), e.id...)
	next.beta = append([]string(nil), e.beta...)
	wait := int64(time.Second)<<e.attempt + int64(p.r.n(250_000_000))
	p.pend.push(item{t: e.t + e.us*1000 + wait, e: &next})
}

// duration draws microseconds: most near the operation's usual, few far above.
func (p *planner) duration(o *op) int64 {
	base := int64(p.s.DurationMS) * 1000
	switch o.class {
	case create, update:
		base *= 3
	case content:
		base *= 4
	case stream:
		base *= 120
	}
	us := base/4 + p.r.exp(base)
	if p.r.percent(1) {
		us += p.r.exp(base * 20)
	}
	return min(us, 900_000_000)
}

package gen

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// tally counts the truth while the log is written.
type tally struct {
	cfg *Config
	p   *planner
	t   Truth

	statuses  [1000]int64
	errStatus [1000]int64
	routes    []RouteCount // by the op's index
	params    map[paramKey]int64
	demand    map[demandKey]*asked
	features  map[featureKey]*askedFeature
	callers   map[uint64]struct{}
	seen      []bool // callers of the plan
	days      map[int64]*DayCount
	spans     spans
	lastDay   int64
	last      *DayCount
	first     int64
	end       int64

	incidents []map[int]struct{}
	storms    []map[int]struct{}
	adoption  []adoption
}

type paramKey struct {
	op            int
	param, source string
}

type featureKey struct{ feature, available string }

type demandKey struct {
	featureKey
	reason string
}

type asked struct {
	n, nobody   int64
	callers     map[uint64]int64
	days        map[int64]int64
	first, last int64
}

type askedFeature struct {
	asked
	reasons map[string]int64
	by      map[uint64]*askedBy
}

// adoption follows one feature in the plan.
type adoption struct {
	asked     map[int]struct{}
	converted map[int]struct{}
	succeeded int64
}

func newTally(cfg *Config, p *planner, from, to time.Time) *tally {
	t := &tally{
		cfg: cfg, p: p,
		params: map[paramKey]int64{}, demand: map[demandKey]*asked{}, features: map[featureKey]*askedFeature{},
		callers: map[uint64]struct{}{}, seen: make([]bool, len(p.callers)), days: map[int64]*DayCount{}, spans: newSpans(),
		routes: make([]RouteCount, len(p.ops)), first: 1<<63 - 1, end: -1 << 63, lastDay: -1 << 62,
	}
	t.t = Truth{
		Version: 1, Scenario: cfg.Scenario.Name, Seed: cfg.Seed, Format: cfg.Format, Logs: cfg.Logs, From: from, To: to,
		Dead: map[string]int64{}, ByStatus: map[string]int64{}, ErrorsByStatus: map[string]int64{}, ByType: map[string]int64{},
		ByShape: map[string]int64{}, Planted: map[string]int64{}, Canaries: canaries(),
		// empty, not null, in JSON
		ByRoute: []RouteCount{}, ByRouteParam: []RouteParam{}, Demand: []Demand{}, Features: []Feature501{}, ByDay: []DayCount{},
		ByWeek: []WeekCount{}, Signals: []Signal{},
		Incidents: []Window{}, Storms: []Window{}, Adopters: []Adoption{},
	}
	for range p.incidents {
		t.incidents = append(t.incidents, map[int]struct{}{})
	}
	for range p.storms {
		t.storms = append(t.storms, map[int]struct{}{})
	}
	for _, in := range p.incidents {
		t.t.Incidents = append(t.t.Incidents, Window{Type: in.Type, Method: in.Method, Route: in.Route, From: time.Unix(0, in.from).UTC(), To: time.Unix(0, in.to).UTC()})
	}
	for _, st := range p.storms {
		t.t.Storms = append(t.t.Storms, Window{Type: st.Type, Method: st.op.method, Route: st.Route, From: time.Unix(0, st.from).UTC(), To: time.Unix(0, st.to).UTC()})
	}
	for range p.features {
		t.adoption = append(t.adoption, adoption{asked: map[int]struct{}{}, converted: map[int]struct{}{}})
	}
	return t
}

func (t *tally) did(what string) { t.t.Planted[what]++ }

// dead counts an entry whose time cannot be read.
func (t *tally) dead(reason string) { t.deadAt(reason, 0, true) }

// deadAt counts a dead entry at its time, or on the clamp day.
func (t *tally) deadAt(reason string, at int64, clamped bool) {
	t.t.Dead[reason]++
	t.t.Entries++
	t.day(at, clamped).Dead++
	if !clamped {
		w := t.spans.week(at)
		w.w.Entries++
		w.w.Dead++
	}
}

// plan counts an entry of the traffic, whatever the log shows of it.
func (t *tally) plan(e *entry) {
	tr := &t.t.Traffic
	tr.Requests++
	if e.attempt > 0 {
		tr.Retries++
	}
	if e.status >= 400 {
		tr.Errors++
	}
	if e.event != noEvent {
		tr.Extra++
	}
	if !t.seen[e.caller.index] {
		t.seen[e.caller.index] = true
		tr.Callers++
	}
	switch {
	case e.source > 0:
		t.t.Incidents[e.source-1].Entries++
		t.incidents[e.source-1][e.caller.index] = struct{}{}
	case e.source < 0:
		t.t.Storms[-e.source-1].Entries++
		t.storms[-e.source-1][e.caller.index] = struct{}{}
	}
	if e.feature != nil {
		tr.Demand++
		t.adoption[e.feature.index].asked[e.caller.index] = struct{}{}
		return
	}
	if e.status < 200 || e.status > 299 || len(e.beta) == 0 {
		return
	}
	for i := range t.p.features {
		f := &t.p.features[i]
		if f.AvailableFrom == "" || reason(true, e.beta, f.AvailableFrom) != "right_value" {
			continue
		}
		a := &t.adoption[i]
		tr.Adopted++
		a.succeeded++
		if _, ok := a.asked[e.caller.index]; ok {
			a.converted[e.caller.index] = struct{}{}
		}
	}
}

// entry counts an entry of the log. cut is where its line ends early, or -1.
func (t *tally) entry(e *entry, b *bodies, m *mangle, w *writer, cut int) {
	t.planted(e, b, m)
	switch m.line {
	case cutHead:
		t.deadAt("cut", w.t, !w.timeReads(cut))
		return
	case cutBody:
		if w.timeEnd > cut || w.statusEnd > cut {
			t.deadAt("cut", w.t, !w.timeReads(cut))
			return
		}
	case split:
		t.deadAt("cut", w.t, !w.f.text) // the half of a text line has its time
		t.dead("unknown_format")
		return
	case notJSON:
		t.dead("not_json")
		return
	case binary:
		t.dead("binary")
		return
	case noTime:
		t.dead("no_time")
		return
	case noStatus:
		if !m.absent {
			t.deadAt("no_status", w.t, m.clamped)
			return
		}
	}
	t.t.Entries++
	x, truncated := t.facts(e, b, m)
	status := e.status
	if m.absent {
		status = 0
	}
	event := w.withBody && (m.absent || e.event != noEvent)
	isError := status >= 400 || event
	day := t.day(w.t, m.clamped)
	day.Entries++
	var wk *week // nil: in none
	if m.clamped {
		t.t.Clamped++
	} else {
		t.first, t.end = min(t.first, w.t), max(t.end, w.t)
		wk = t.spans.week(w.t)
		wk.w.Entries++
	}
	if t.cfg.Logs == Response && !isError {
		t.t.Skipped++
		return
	}
	t.t.Counted++
	if truncated && isError && w.withBody {
		t.t.Truncated++
	}
	rc := &t.routes[e.op.index]
	rc.Entries++
	t.statuses[status]++
	if t.cfg.Logs != Response {
		t.t.Requests++
	}
	if wk != nil {
		wk.statuses[status]++
		if t.cfg.Logs != Response {
			wk.w.Requests++
		}
	}
	t.t.ResponseBytes += e.size
	if !isError {
		return
	}
	rc.Errors++
	t.errStatus[status]++
	t.t.Errors++
	day.Errors++
	if event {
		t.t.Extra++
		day.Extra++
	}
	caller := w.callerKey(e, m)
	if cut >= 0 {
		caller = 0 // a cut record's caller might be another one's
	}
	if caller == 0 {
		t.t.NoCaller++
	} else {
		t.callers[caller] = struct{}{}
	}
	if wk != nil {
		wk.failed(event, caller)
	}
	if !w.withBody {
		return
	}
	if wk != nil {
		wk.row(status, x)
		t.spans.row(e.op.route, x, w.t)
	}
	t.t.ErrorRows++
	t.t.ByType[x.typ]++
	t.t.ByShape[x.shape]++
	if x.shape == "envelope" {
		t.t.Envelopes++
	}
	t.params[paramKey{e.op.index, x.param, x.source}]++
	if status != 501 {
		return
	}
	if x.feature == "" {
		t.t.NoFeature++
		return
	}
	day.Demand++
	why := reason(m.headers, w.betaHeaders(e), x.available)
	t.ask(x, why, caller, w.t)
	if wk != nil {
		askFeature(wk.features, featureKey{x.feature, x.available}, why, caller, w.t)
	}
}

// facts are what the log shows of the body.
func (t *tally) facts(e *entry, b *bodies, m *mangle) (x facts, truncated bool) {
	x = b.facts
	if m.body == modeNull {
		return facts{shape: "none"}, false
	}
	if m.body != modeCut {
		return x, false
	}
	if x.shape == "envelope" {
		k := &b.marks
		if k.typ > m.at {
			x.typ = ""
		}
		if k.feature > m.at {
			x.feature = ""
		}
		if k.available > m.at {
			x.available = ""
		}
		if k.code > m.at {
			x.code = ""
		}
		x.settle(k.param > 0 && k.param <= m.at, k.message > 0 && k.message <= m.at)
	}
	return x, true
}

func (t *tally) ask(x facts, why string, caller uint64, at int64) {
	k := featureKey{x.feature, x.available}
	d := t.demand[demandKey{k, why}]
	if d == nil {
		d = newAsked()
		t.demand[demandKey{k, why}] = d
	}
	d.add(caller, at)
	askFeature(t.features, k, why, caller, at)
}

func askFeature(features map[featureKey]*askedFeature, k featureKey, why string, caller uint64, at int64) {
	f := features[k]
	if f == nil {
		f = &askedFeature{asked: *newAsked(), reasons: map[string]int64{}, by: map[uint64]*askedBy{}}
		features[k] = f
	}
	f.add(caller, at)
	f.reasons[why]++
	if f.by[caller] == nil {
		f.by[caller] = &askedBy{}
	}
	f.by[caller].add(why, at)
}

func newAsked() *asked {
	return &asked{callers: map[uint64]int64{}, days: map[int64]int64{}, first: 1<<63 - 1, last: -1 << 63}
}

func (a *asked) add(caller uint64, at int64) {
	a.n++
	if caller == 0 {
		a.nobody++
	} else {
		a.callers[caller]++
	}
	a.days[at/86400e9]++
	a.first, a.last = min(a.first, at), max(a.last, at)
}

// day finds the counter of a time's UTC day, the clamp day for a clamped one.
func (t *tally) day(at int64, clamped bool) *DayCount {
	n := at / 86400e9
	if clamped {
		n = 0
	}
	if n == t.lastDay {
		return t.last
	}
	d := t.days[n]
	if d == nil {
		d = &DayCount{Day: dayName(n)}
		t.days[n] = d
	}
	t.lastDay, t.last = n, d
	return d
}

func dayName(n int64) string { return time.Unix(n*86400, 0).UTC().Format(time.DateOnly) }

// planted counts what the scenario's weights did to an entry.
func (t *tally) planted(e *entry, b *bodies, m *mangle) {
	if m.line != whole {
		t.did([...]string{"", "cut_head", "cut_body", "split", "not_json", "binary", "no_time", "no_status"}[m.line])
	}
	if m.absent {
		t.did("absent_status")
	}
	if m.body != modeString {
		t.did([modeCount]string{"", "object", "twice", "thrice", "base64", "gzip", "cut", "null"}[m.body])
	}
	if m.clamped {
		t.did("out_of_range")
	}
	if m.duplicate {
		t.did("duplicate_key")
	}
	if m.layout > 0 {
		t.did("shuffled_keys")
	}
	if !m.headers {
		t.did("no_headers")
	}
	if m.crlf {
		t.did("crlf")
	}
	if e.secret != noSecret {
		t.did("secret")
	}
	switch e.event {
	case sseEvent:
		t.did("sse_error")
	case falseOK:
		t.did("false_ok")
	}
	if e.op.odd {
		t.did("odd")
	}
	if e.status >= 400 && b.facts.shape != "" {
		t.did("shape_" + b.facts.shape)
	}
}

// truth puts what was counted into order.
func (t *tally) truth() Truth {
	out := &t.t
	if t.end >= t.first {
		out.First, out.Last = time.Unix(0, t.first).UTC(), time.Unix(0, t.end).UTC()
	}
	for s := range t.statuses {
		if n := t.statuses[s]; n > 0 {
			out.ByStatus[strconv.Itoa(s)] = n
		}
		if n := t.errStatus[s]; n > 0 {
			out.ErrorsByStatus[strconv.Itoa(s)] = n
		}
	}
	out.Callers = int64(len(t.callers))
	type name struct{ method, route string }
	routes := map[name]RouteCount{}
	for i, r := range t.routes {
		if r.Entries == 0 {
			continue
		}
		o := &t.p.ops[i]
		k := name{o.logged, o.route}
		sum := routes[k]
		routes[k] = RouteCount{o.logged, o.route, sum.Entries + r.Entries, sum.Errors + r.Errors}
	}
	out.ByRoute = slices.AppendSeq(out.ByRoute, maps.Values(routes))
	slices.SortFunc(out.ByRoute, func(a, b RouteCount) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method))
	})
	params := map[RouteParam]int64{}
	for k, n := range t.params {
		o := &t.p.ops[k.op]
		params[RouteParam{Method: o.logged, Route: o.route, Param: k.param, Source: k.source}] += n
	}
	for k, n := range params {
		k.Errors = n
		out.ByRouteParam = append(out.ByRouteParam, k)
	}
	slices.SortFunc(out.ByRouteParam, func(a, b RouteParam) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Param, b.Param), cmp.Compare(a.Source, b.Source))
	})
	for k, d := range t.demand {
		out.Demand = append(out.Demand, Demand{
			Feature: k.feature, AvailableFrom: k.available, Reason: k.reason, Attempts: d.n, Callers: int64(len(d.callers)), NoCaller: d.nobody,
			Days: int64(len(d.days)), First: time.Unix(0, d.first).UTC(), Last: time.Unix(0, d.last).UTC(),
		})
	}
	slices.SortFunc(out.Demand, func(a, b Demand) int {
		return cmp.Or(cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.AvailableFrom, b.AvailableFrom), cmp.Compare(a.Reason, b.Reason))
	})
	for k, d := range t.features {
		out.Features = append(out.Features, d.feature(k))
	}
	slices.SortFunc(out.Features, Feature501.compare)
	out.ByWeek, out.Signals = t.spans.byWeek(), t.spans.bySignal()
	for _, n := range slices.Sorted(maps.Keys(t.days)) {
		out.ByDay = append(out.ByDay, *t.days[n])
	}
	for i := range out.Incidents {
		out.Incidents[i].Callers = int64(len(t.incidents[i]))
	}
	for i := range out.Storms {
		out.Storms[i].Callers = int64(len(t.storms[i]))
	}
	for i, a := range t.adoption {
		f := &t.p.features[i]
		out.Adopters = append(out.Adopters, Adoption{
			Feature: f.Name, AvailableFrom: f.AvailableFrom, Asked: int64(len(a.asked)), Converted: int64(len(a.converted)), Succeeded: a.succeeded,
		})
	}
	return t.t
}

package oracle

import (
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// Question is what a report is asked for. Times are Unix seconds; both zero
// are all that is held.
type Question struct {
	From, To               int64
	Compare                bool
	CompareFrom, CompareTo int64
	Where                  []Filter
}

// Filter is one --where: DIM=VALUE, DIM!=VALUE or DIM~PREFIX.
type Filter struct{ Dim, Op, Value string }

// Report holds the numbers of a report under the names of its JSON form. Lists
// are whole and in the order of their keys, so that a report's own can be
// unmarshalled into it, put in the same order and compared.
type Report struct {
	Numbers
	Previous *Compared `json:"previous"`
	Coverage Coverage  `json:"coverage"`
	New      []Signal  `json:"new"`
	Gone     []Signal  `json:"gone"`
	Top      []Error   `json:"top"`
	Mistakes []Mistake `json:"client_mistakes"`
	Findings []Finding `json:"findings"`
}

// Compared holds the numbers of the compared range.
type Compared struct{ Numbers }

// Numbers are the totals of a range.
type Numbers struct {
	Totals   Totals           `json:"totals"`
	ByStatus map[string]int64 `json:"by_status"`
	ByType   map[string]int64 `json:"by_type"`
}

// Totals of a range.
type Totals struct {
	Entries      int64    `json:"entries"`
	Requests     *int64   `json:"requests"`
	Errors       int64    `json:"errors"`
	Envelopes    *int64   `json:"envelopes"`
	DeadLetters  int64    `json:"dead_letters"`
	Callers      *int64   `json:"callers"`
	CallersError *float64 `json:"callers_error"`
	Ratio        *float64 `json:"ratio"`
	P50          *float64 `json:"p50"`
	P95          *float64 `json:"p95"`
	P99          *float64 `json:"p99"`

	// Exact is the true number of distinct callers, which an estimate lacks.
	Exact int64 `json:"-"`
}

// Coverage says what the numbers rest on.
type Coverage struct {
	Value   *float64    `json:"value"`
	Clamped int64       `json:"clamped"`
	Undated int64       `json:"undated"`
	Read    []ReadCount `json:"read"`
}

// ReadCount is how many entries had one fate.
type ReadCount struct {
	Source   string `json:"source"`
	Reason   string `json:"reason"`
	Entries  int64  `json:"entries"`
	Previous *int64 `json:"previous"`
}

// noBody stands in what only bodies tell, of an error whose body nobody logged.
const noBody = "(no body)"

// other is where caps put what does not fit.
const other = "(other)"

// kept is how many caller hashes a store keeps of a cell: fewer are exact.
const kept = 256

// common are the dimensions of every request.
var common = []string{"source", "route", "method", "status"}

// dimsOf are the dimensions that the filters of a report know of a kind.
var dimsOf = map[string][]string{
	"request": common,
	"error":   {"source", "route", "method", "status", "type", "code", "param", "param_source", "feature", "available_from", "shape", "origin", "template"},
	"rclient": {"source", "route", "method", "status", "client", "auth", "retry"},
	"eclient": {"source", "route", "method", "status", "type", "param", "client", "auth", "retry"},
	"finding": {"source", "route", "method", "status", "type", "finding"},
	"read":    {"source"},
	"demand":  {"source"},
	"adopt":   {"source"},
	"active":  {"source"},
}

// grains are the widths of the kinds' rows, in seconds.
var grains = map[string]int64{
	"request": 60, "error": 60, "rclient": 3600, "eclient": 3600, "finding": 3600, "read": 3600, "demand": 86400, "adopt": 86400, "active": 3600,
}

const (
	perHour = 3600
	perDay  = 86400
	// endOfTime is behind every time that is kept.
	endOfTime = 4102444800
)

// dim is a row's value of a dimension.
func (k Key) dim(name string) string {
	switch name {
	case "source":
		return k.Source
	case "route":
		return k.Route
	case "method":
		return k.Method
	case "status":
		return strconv.Itoa(k.Status)
	case "type":
		return k.Type
	case "code":
		return k.Code
	case "param":
		return k.Param
	case "param_source":
		return k.ParamSource
	case "feature":
		return k.Feature
	case "available_from":
		return k.AvailableFrom
	case "shape":
		return k.Shape
	case "origin":
		return k.Origin
	case "template":
		return k.Template
	case "client":
		return k.Client
	case "auth":
		return k.Auth
	case "retry":
		return k.Retry
	case "finding":
		return k.Finding
	}
	panic("BUG: oracle: no dimension " + name)
}

// passes: of the filters on one dimension any of = and ~ holds and none of !=.
func (k Key) passes(where []Filter, dims []string) bool {
	wanted, got := map[string]bool{}, map[string]bool{}
	for _, f := range where {
		if !slices.Contains(dims, f.Dim) {
			continue
		}
		v := k.dim(f.Dim)
		switch f.Op {
		case "!=":
			if v == f.Value {
				return false
			}
			continue
		case "~":
			got[f.Dim] = got[f.Dim] || len(v) >= len(f.Value) && v[:len(f.Value)] == f.Value
		default:
			got[f.Dim] = got[f.Dim] || v == f.Value
		}
		wanted[f.Dim] = true
	}
	for d := range wanted {
		if !got[d] {
			return false
		}
	}
	return true
}

// spot is a source at a UTC hour.
type spot struct {
	source string
	hour   int64
}

// ledger is a recount put in order for questions.
type ledger struct {
	byKind   map[string][]Row
	requests map[spot]bool // hours with request rows
	errors   map[spot]bool // hours with error rows
	read     map[spot]bool // hours with any entry
	events   map[spot]bool // hours with one that is no dead letter
	feeds    map[string]map[string]bool
}

func (c *Cells) ledger() *ledger {
	if c.ready != nil {
		return c.ready
	}
	l := &ledger{byKind: map[string][]Row{}, requests: map[spot]bool{}, errors: map[spot]bool{}, read: map[spot]bool{}, events: map[spot]bool{}, feeds: c.feeds}
	for _, r := range c.Rows() {
		l.byKind[r.Kind] = append(l.byKind[r.Kind], r)
		if r.Time < perDay {
			continue // the clamp day is in no range
		}
		at := spot{r.Source, r.Time / perHour * perHour}
		switch r.Kind {
		case "request":
			l.requests[at] = true
		case "error":
			l.errors[at] = true
		case "read":
			l.read[at] = true
			if r.Reason == "" || r.Reason == "success" {
				l.events[at] = true
			}
		}
	}
	c.ready = l
	return l
}

// held is the span of events of the sources that pass, in whole minutes; of an
// hour of which only successes of a response log are held, the minute is not
// known. 0, 0: nothing.
func (l *ledger) held(where []Filter) (from, to int64) {
	passes := func(source string) bool { return (Key{Source: source}).passes(where, []string{"source"}) }
	for at := range l.events {
		if passes(at.source) {
			if from == 0 || at.hour < from {
				from = at.hour
			}
			to = max(to, at.hour+perHour)
		}
	}
	var first, last int64
	for _, kind := range []string{"request", "error"} {
		for _, r := range l.byKind[kind] {
			if r.Time >= perDay && passes(r.Source) {
				if first == 0 || r.Time < first {
					first = r.Time
				}
				last = max(last, r.Time)
			}
		}
	}
	if first/perHour*perHour == from {
		from = first
	}
	if last/perHour*perHour == to-perHour && last > 0 {
		to = last + 60
	}
	return from, to
}

// everHad tells whether a source ever had a feed of requests, and one with bodies.
func (l *ledger) everHad(source string) (requests, bodies bool) {
	f := l.feeds[source]
	return f["access"] || f["both"], f["response"] || f["both"]
}

// scope is one range under the filters of a question.
type scope struct {
	*ledger
	from, to int64
	where    []Filter
}

func (l *ledger) scope(from, to int64, where []Filter) scope {
	if to == 0 {
		to = endOfTime
	}
	return scope{l, from, to, where}
}

// rows are those of a kind in the range, which is widened to the kind's grain.
func (s scope) rows(kind string) []Row {
	grain := grains[kind]
	from, to := s.from/grain*grain, (s.to+grain-1)/grain*grain
	var out []Row
	for _, r := range s.byKind[kind] {
		if r.Time >= max(from, perDay) && r.Time < to && r.passes(s.where, dimsOf[kind]) {
			out = append(out, r)
		}
	}
	return out
}

// byBodies tells whether the filters ask for what only bodies tell.
func (s scope) byBodies() bool {
	return slices.ContainsFunc(s.where, func(f Filter) bool { return !slices.Contains(common, f.Dim) })
}

func (r Row) spot() spot { return spot{r.Source, r.Time / perHour * perHour} }

// part is what one row adds to the errors of its key.
type part struct {
	Key
	n       int64
	paired  bool // in an hour with request rows
	rest    bool // of errors without a logged body
	callers map[uint64]int64
	nobody  int64
	first   int64
	last    int64
}

// errorParts are the errors of the range. In an hour with request rows errors
// are the failed requests and the error events; those that have an error row
// stand under what their bodies tell, the rest under "(no body)".
func (s scope) errorParts() []part {
	var out []part
	unknown := func(k Key) Key {
		k.Type, k.Code, k.Param, k.ParamSource, k.Feature, k.AvailableFrom = noBody, noBody, noBody, noBody, noBody, noBody
		k.Shape, k.Origin, k.Template = noBody, noBody, noBody
		return k
	}
	for _, r := range s.rows("error") {
		paired := s.requests[r.spot()]
		out = append(out, part{Key: r.Key, n: r.N, paired: paired, callers: r.Callers, nobody: r.NNoCaller, first: r.First, last: r.Last})
		if paired && !s.byBodies() {
			out = append(out, part{Key: unknown(r.Key), n: r.Extra - r.N, paired: true, rest: true})
		}
	}
	if s.byBodies() {
		return out
	}
	for _, r := range s.rows("request") {
		if r.Status < 400 {
			continue
		}
		p := part{Key: unknown(r.Key), n: r.N, paired: true, rest: true}
		if !s.errors[r.spot()] {
			p.callers, p.nobody = r.Callers, r.NNoCaller
		}
		out = append(out, p)
	}
	return out
}

// group is what parts add up to.
type group struct {
	n, paired   int64
	callers     map[uint64]int64
	nobody      int64
	rest        bool // of errors without a logged body only
	first, last int64
	days        map[int64]int64
}

func (g *group) add(p part) {
	if g.callers == nil {
		g.callers, g.rest, g.days = map[uint64]int64{}, true, map[int64]int64{}
	}
	g.n += p.n
	if p.paired {
		g.paired += p.n
	}
	for h, n := range p.callers {
		g.callers[h] += n
	}
	g.nobody += p.nobody
	g.rest = g.rest && p.rest
	if p.first != 0 && (g.first == 0 || p.first < g.first) {
		g.first = p.first
	}
	g.last = max(g.last, p.last)
}

// anyErrorRows tells whether an hour of the range has error rows, whatever else is filtered.
func (s scope) anyErrorRows() bool { return s.anyHour(s.errors) }

// anyHour tells whether the range touches an hour of the set, of sources that pass.
func (s scope) anyHour(set map[spot]bool) bool {
	for p := range set {
		if p.hour+perHour > s.from && p.hour < s.to && (Key{Source: p.source}).passes(s.where, []string{"source"}) {
			return true
		}
	}
	return false
}

// distinct is how many callers a group has by the documented means: counted
// below 256, else (k-1)·2^63/h_k with a standard error of 1/√(k-2). Null where
// no caller was logged, and of errors without a body where bodies are logged.
func (s scope) distinct(g *group) (n *int64, e *float64) {
	if len(g.callers) == 0 && (g.rest && s.anyErrorRows() || g.nobody > 0 && g.nobody >= g.n) {
		return nil, nil
	}
	estimate, standard := estimate(g.callers)
	return &estimate, &standard
}

func estimate(callers map[uint64]int64) (int64, float64) {
	hashes := slices.Sorted(maps.Keys(callers))
	if len(hashes) < kept {
		return int64(len(hashes)), 0
	}
	// In exact numbers first, so that nobody's order of operations decides.
	up := new(big.Int).Lsh(big.NewInt(kept-1), 63)
	n, _ := new(big.Rat).SetFrac(up, new(big.Int).SetUint64(hashes[kept-1])).Float64()
	// There are no more callers than entries that have one, and kept were seen.
	var entries int64
	for _, of := range callers {
		entries += of
	}
	most := float64(entries)
	n = max(kept, min(n, most))
	return int64(math.Round(n)), min(n/math.Sqrt(kept-2), most-kept)
}

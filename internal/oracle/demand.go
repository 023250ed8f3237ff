package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Demand holds the numbers of errata demand under the names of its JSON form.
type Demand struct {
	Rows   []DemandRow  `json:"rows"`
	Totals DemandTotals `json:"totals"`
}

// DemandRow is the demand for one feature under one available_from.
type DemandRow struct {
	Feature        string     `json:"feature"`
	AvailableFrom  string     `json:"available_from"`
	Attempts       int64      `json:"attempts"`
	Callers        *int64     `json:"callers"`
	CallersError   *float64   `json:"callers_error"`
	Days           int64      `json:"days"`
	FirstSeen      *time.Time `json:"first_seen"`
	LastSeen       *time.Time `json:"last_seen"`
	New            *int64     `json:"new"`
	Returning      *int64     `json:"returning"`
	Gone           *int64     `json:"gone"`
	TopCallerShare *float64   `json:"top_caller_share"`
	Reasons        Reasons    `json:"reasons"`
	// Where a report knows them, Converted and Reach are these; whether it can
	// know them is not judged here.
	Converted *int64   `json:"converted"`
	Reach     *float64 `json:"reach"`
}

// Reasons counts attempts by why they failed.
type Reasons struct {
	NoHeader     int64 `json:"no_header"`
	OtherFeature int64 `json:"other_feature"`
	OlderValue   int64 `json:"older_value"`
	RightValue   int64 `json:"right_value"`
	Unknown      int64 `json:"unknown"`
}

// DemandTotals are of the whole range.
type DemandTotals struct {
	Attempts     *int64   `json:"attempts"`
	Callers      *int64   `json:"callers"`
	CallersError *float64 `json:"callers_error"`
	NoFeature    *int64   `json:"no_feature"`
}

// CallerDemand is demand caller by caller.
type CallerDemand struct {
	Rows   []CallerRow  `json:"rows"`
	Totals DemandTotals `json:"totals"`
}

// CallerRow is what one caller asked for.
type CallerRow struct {
	Feature       string    `json:"feature"`
	AvailableFrom string    `json:"available_from"`
	Caller        string    `json:"caller"`
	Attempts      int64     `json:"attempts"`
	Days          int64     `json:"days"`
	FirstSeen     time.Time `json:"first_seen"`
	LastSeen      time.Time `json:"last_seen"`
	Reason        string    `json:"reason"`
	Client        string    `json:"client"`
	Converted     *bool     `json:"converted"` // as that of a row
}

// DemandQuestion is what demand is asked for. Times are Unix seconds, widened
// to whole UTC days; both zero are all that is held.
type DemandQuestion struct {
	From, To int64
	Feature  string // "": all
	Where    []Filter
}

type featureKey struct{ feature, from string }

// asked is what the demand rows of one key add up to.
type asked struct {
	n           int64
	callers     map[uint64]int64
	days        map[int64]bool
	first, last int64
	reasons     map[string]int64
	clients     map[string]int64
	began       map[uint64]int64 // by caller
}

func (a *asked) add(r Row) {
	if a.callers == nil {
		*a = asked{callers: map[uint64]int64{}, days: map[int64]bool{}, reasons: map[string]int64{}, clients: map[string]int64{}, began: map[uint64]int64{}, first: r.First, last: r.Last}
	}
	a.n += r.N
	if r.Caller != 0 {
		a.callers[r.Caller] += r.N
		if at, ok := a.began[r.Caller]; !ok || r.First < at {
			a.began[r.Caller] = r.First
		}
	}
	a.days[r.Time] = true
	a.first, a.last = min(a.first, r.First), max(a.last, r.Last)
	a.reasons[r.Reason] += r.N
	a.clients[r.Client] += r.N
}

func (l *ledger) days(q DemandQuestion) scope {
	var where []Filter // attempts are counted by source, and by nothing else of a report's
	for _, f := range q.Where {
		if f.Dim == "source" {
			where = append(where, f)
		}
	}
	from, to := q.From, q.To
	if from == 0 && to == 0 {
		from, to = l.held(where)
	}
	return l.scope(from/perDay*perDay, (to+perDay-1)/perDay*perDay, where)
}

func (s scope) asked(feature string) map[featureKey]*asked {
	m := map[featureKey]*asked{}
	for _, r := range s.rows("demand") {
		if feature != "" && r.Feature != feature {
			continue
		}
		k := featureKey{r.Feature, r.AvailableFrom}
		if m[k] == nil {
			m[k] = &asked{}
		}
		m[k].add(r)
	}
	return m
}

// successes are when the callers of the range last got through with a beta value.
func (s scope) successes() map[string]map[uint64]int64 {
	m := map[string]map[uint64]int64{}
	for _, r := range s.rows("adopt") {
		if m[r.AvailableFrom] == nil {
			m[r.AvailableFrom] = map[uint64]int64{}
		}
		m[r.AvailableFrom][r.Caller] = max(m[r.AvailableFrom][r.Caller], r.Last)
	}
	return m
}

// active is how many callers made any request, by the documented estimate.
func (s scope) active() float64 {
	callers := map[uint64]int64{}
	for _, r := range s.rows("active") {
		for h, n := range r.Callers {
			callers[h] += n
		}
	}
	n, _ := estimate(callers)
	return float64(n)
}

// callersOf is a count of callers, null where attempts name none.
func callersOf(a *asked) (n *int64, e *float64) {
	if a.n > 0 && len(a.callers) == 0 {
		return nil, nil
	}
	return new(int64(len(a.callers))), new(0.0)
}

func microTime(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Demand recounts errata demand.
func (c *Cells) Demand(q DemandQuestion) Demand {
	l := c.ledger()
	s := l.days(q)
	before := l.scope(2*s.from-s.to, s.from, s.where)
	// The first event must not be later than what is compared, or nobody can tell who is new.
	oldest, _ := l.held(s.where)
	known := oldest != 0 && oldest <= before.from
	now, previous := s.asked(q.Feature), before.asked(q.Feature)
	d := Demand{Rows: []DemandRow{}, Totals: s.demandTotals(now)}
	successes, active := s.successes(), s.active()
	keys := union(now, nil)
	if known {
		keys = union(now, previous)
	}
	for _, k := range keys {
		a, p := now[k], previous[k]
		if a == nil {
			a = &asked{}
		}
		if p == nil {
			p = &asked{}
		}
		r := DemandRow{Feature: k.feature, AvailableFrom: k.from, Attempts: a.n, Days: int64(len(a.days))}
		r.Callers, r.CallersError = callersOf(a)
		if a.n > 0 {
			r.FirstSeen, r.LastSeen = new(microTime(a.first)), new(microTime(a.last))
			if len(a.callers) > 0 {
				var most int64
				for _, n := range a.callers {
					most = max(most, n)
				}
				r.TopCallerShare = new(float64(most) / float64(a.n))
			}
		}
		r.Reasons = Reasons{a.reasons["no_header"], a.reasons["other_feature"], a.reasons["older_value"], a.reasons["right_value"], a.reasons["unknown"]}
		if k.from != "" && r.Callers != nil {
			r.Converted = new(int64(0))
			for h, at := range a.began {
				if successes[k.from][h] > at {
					*r.Converted++
				}
			}
		}
		if active > 0 && r.Callers != nil {
			r.Reach = new(float64(len(a.callers)) / active)
		}
		if known && r.Callers != nil { // of callers who are not known, none can be told to be new or gone
			var fresh, returning, gone int64
			for h := range a.callers {
				if _, ok := p.callers[h]; ok {
					returning++
				} else {
					fresh++
				}
			}
			for h := range p.callers {
				if _, ok := a.callers[h]; !ok {
					gone++
				}
			}
			r.New, r.Returning, r.Gone = &fresh, &returning, &gone
			if a.n == 0 && gone == 0 {
				continue
			}
		}
		d.Rows = append(d.Rows, r)
	}
	slices.SortFunc(d.Rows, func(a, b DemandRow) int {
		return cmp.Or(cmp.Compare(b.Attempts, a.Attempts), cmp.Compare(number0(b.Callers), number0(a.Callers)),
			cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.AvailableFrom, b.AvailableFrom))
	})
	return d
}

func number0(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func (s scope) demandTotals(now map[featureKey]*asked) DemandTotals {
	all := asked{callers: map[uint64]int64{}}
	for _, a := range now {
		all.n += a.n
		for h, n := range a.callers {
			all.callers[h] += n
		}
	}
	// Where 501 was answered and nobody logged a body, nobody can tell what was asked for.
	bodies, answered := false, false
	for source := range s.feeds {
		if _, b := s.everHad(source); b && (Key{Source: source}).passes(s.where, []string{"source"}) {
			bodies = true
		}
	}
	for _, r := range s.rows("request") {
		answered = answered || r.Status == 501
	}
	if answered && !bodies {
		return DemandTotals{}
	}
	t := DemandTotals{Attempts: &all.n, NoFeature: new(int64(0))}
	t.Callers, t.CallersError = callersOf(&all)
	for _, r := range s.rows("error") {
		if r.Status == 501 && r.Feature == "" {
			*t.NoFeature += r.N
		}
	}
	return t
}

// DemandByCaller recounts errata demand --callers.
func (c *Cells) DemandByCaller(q DemandQuestion) CallerDemand {
	s := c.ledger().days(q)
	successes := s.successes()
	type key struct {
		featureKey
		caller uint64
	}
	m := map[key]*asked{}
	for _, r := range s.rows("demand") {
		if q.Feature != "" && r.Feature != q.Feature {
			continue
		}
		k := key{featureKey{r.Feature, r.AvailableFrom}, r.Caller}
		if m[k] == nil {
			m[k] = &asked{}
		}
		m[k].add(r)
	}
	d := CallerDemand{Rows: []CallerRow{}, Totals: s.demandTotals(s.asked(q.Feature))}
	for k, a := range m {
		r := CallerRow{
			Feature: k.feature, AvailableFrom: k.from, Attempts: a.n, Days: int64(len(a.days)),
			FirstSeen: microTime(a.first), LastSeen: microTime(a.last),
		}
		if k.caller != 0 {
			r.Caller = hexText(k.caller)
			if k.from != "" {
				r.Converted = new(successes[k.from][k.caller] > a.first)
			}
		}
		for _, reason := range []string{"no_header", "other_feature", "older_value", "right_value", "unknown"} {
			if a.reasons[reason] > a.reasons[r.Reason] {
				r.Reason = reason
			}
		}
		r.Client = mostCommon(a.clients)
		d.Rows = append(d.Rows, r)
	}
	slices.SortFunc(d.Rows, func(a, b CallerRow) int {
		return cmp.Or(cmp.Compare(b.Attempts, a.Attempts), cmp.Compare(a.Feature, b.Feature),
			cmp.Compare(a.AvailableFrom, b.AvailableFrom), cmp.Compare(a.Caller, b.Caller))
	})
	return d
}

func hexText(h uint64) string { return fmt.Sprintf("%016x", h) }

// mostCommon is the value of most attempts, the smaller of two.
func mostCommon(m map[string]int64) string {
	best, most := "", int64(0)
	for v, n := range m {
		if n > most || n == most && v < best {
			best, most = v, n
		}
	}
	return best
}

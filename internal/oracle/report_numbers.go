package oracle

import (
	"strconv"
)

// Report recounts a report.
func (c *Cells) Report(q Question) Report {
	l := c.ledger()
	if q.From == 0 && q.To == 0 {
		q.From, q.To = l.held(q.Where)
	}
	now := l.scope(q.From, q.To, q.Where)
	var before *scope
	if q.Compare {
		s := l.scope(q.CompareFrom, q.CompareTo, q.Where)
		if s.anyHour(s.read) {
			before = &s
		}
	}
	r := Report{Numbers: now.numbers()}
	if before != nil {
		r.Previous = &Compared{before.numbers()}
	}
	r.Coverage = now.coverage(before)
	r.Top = now.top(before)
	r.New = now.fresh(l)
	if before != nil {
		r.Gone = before.gone(now)
	}
	r.Mistakes = now.mistakes(before)
	r.Findings = now.findings(before)
	return r
}

// Held is the span of events in whole minutes; 0, 0: nothing.
func (c *Cells) Held() (from, to int64) { return c.ledger().held(nil) }

// ErrorsIn counts the errors and requests of a range, for a time line.
func (c *Cells) ErrorsIn(from, to int64, where []Filter) Totals {
	return c.ledger().scope(from, to, where).numbers().Totals
}

func (s scope) numbers() Numbers {
	n := Numbers{ByStatus: map[string]int64{}, ByType: map[string]int64{}}
	t := &n.Totals
	for _, r := range s.rows("read") {
		t.Entries += r.N
		if r.Reason != "" && r.Reason != "success" {
			t.DeadLetters += r.N
		}
	}
	all := group{}
	for _, p := range s.errorParts() {
		all.add(p)
		n.ByType[p.Type] += p.n
	}
	all.rest = false // of everything, not of what has no body
	t.Errors = all.n
	t.Callers, t.CallersError = s.distinct(&all)
	t.Exact = int64(len(all.callers))

	bodies, known := false, false
	for source := range s.feeds {
		if (Key{Source: source}).passes(s.where, []string{"source"}) {
			_, b := s.everHad(source)
			bodies, known = bodies || b, true
		}
	}
	var envelopes int64
	for _, r := range s.rows("error") {
		if r.Shape == "envelope" {
			envelopes += r.N
		}
		if s.byBodies() || !s.requests[r.spot()] {
			n.ByStatus[strconv.Itoa(r.Status)] += r.N
		}
	}
	if bodies || !known { // of no source at all, nothing is unknown
		t.Envelopes = &envelopes
	}
	if !s.byBodies() {
		var requests int64
		var hist [256]int64
		for _, r := range s.rows("request") {
			requests += r.N
			n.ByStatus[strconv.Itoa(r.Status)] += r.N
			for b, k := range r.Hist {
				hist[b] += k
			}
		}
		if s.anyHour(s.requests) {
			t.Requests = &requests
		}
		t.P50, t.P95, t.P99 = percentile(hist, 50), percentile(hist, 95), percentile(hist, 99)
	}
	if requests := s.commonRequests(); requests > 0 {
		t.Ratio = new(float64(all.paired) / float64(requests))
	}
	noZeroes(n.ByStatus)
	noZeroes(n.ByType)
	return n
}

// commonRequests are the requests under those filters that requests know.
func (s scope) commonRequests() (n int64) {
	for _, r := range s.rows("request") {
		n += r.N
	}
	return n
}

func noZeroes[K comparable](m map[K]int64) {
	for k, n := range m {
		if n == 0 {
			delete(m, k)
		}
	}
}

// percentile is that of rank ceil(p·n): the start of its bucket and half its
// width, in milliseconds; a bucket below 16 is its value.
func percentile(hist [256]int64, p int64) *float64 {
	var n int64
	for _, k := range hist {
		n += k
	}
	if n == 0 {
		return nil
	}
	rank := (p*n + 99) / 100
	for b, k := range hist {
		if rank -= k; rank > 0 {
			continue
		}
		us := float64(b)
		if b >= 16 {
			e, f := (b-16)/8+4, int64((b-16)%8)
			start, width := int64(1)<<e+f<<(e-3), int64(1)<<(e-3)
			us = float64(start) + float64(width)/2
		}
		return new(us / 1000)
	}
	panic("BUG: oracle: a rank above all")
}

// coverage is that of the range: error rows with status >= 400 over such
// requests, of the sources that have both, in the hours with request rows.
func (s scope) coverage(before *scope) Coverage {
	c := Coverage{Read: []ReadCount{}}
	covered := func(source string) bool {
		requests, bodies := s.everHad(source)
		return requests && bodies
	}
	plain := s
	plain.where = nil
	for _, f := range s.where {
		if dims := dimsOf["request"]; contains(dims, f.Dim) {
			plain.where = append(plain.where, f)
		}
	}
	var errors, requests int64
	for _, r := range plain.rows("error") {
		if r.Status >= 400 && s.requests[r.spot()] && covered(r.Source) {
			errors += r.N
		}
	}
	for _, r := range plain.rows("request") {
		if r.Status >= 400 && covered(r.Source) {
			requests += r.N
		}
	}
	if requests > 0 {
		c.Value = new(float64(errors) / float64(requests))
	}
	for _, r := range s.byKind["read"] {
		if r.Time >= perDay || !r.passes(s.where, dimsOf["read"]) {
			continue
		}
		if r.Reason == "" || r.Reason == "success" {
			c.Clamped += r.N
		} else {
			c.Undated += r.N
		}
	}
	type fate struct{ source, reason string }
	fates := func(s scope) map[fate]int64 {
		m := map[fate]int64{}
		for _, r := range s.rows("read") {
			reason := r.Reason
			if reason == "" {
				reason = "counted"
			}
			m[fate{r.Source, reason}] += r.N
		}
		return m
	}
	now, previous := fates(s), map[fate]int64{}
	if before != nil {
		previous = fates(*before)
	}
	for _, f := range union(now, previous) {
		r := ReadCount{Source: f.source, Reason: f.reason, Entries: now[f]}
		if before != nil {
			r.Previous = new(previous[f])
		}
		c.Read = append(c.Read, r)
	}
	sortBy(c.Read, func(r ReadCount) []string { return []string{r.Source, r.Reason} })
	return c
}

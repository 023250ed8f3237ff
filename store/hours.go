package store

import "time"

// hourIndex is the choice of feeds: which (source, hour) pairs of the range
// have request rows, which have error rows.
type hourIndex struct {
	anyRequests        bool // a pair with request rows
	anyErrors          bool // a pair with error rows
	anyWithoutRequests bool // a pair with error rows but no request rows
	anyWithoutErrors   bool // a pair with request rows but no error rows

	step, origin int64
	bySource     bool
	requests     map[hourKey]bool // row keys that request rows may lie in
	unpaired     map[string]int   // source -> hours with errors, without requests
}

// hourKey is the part of a row's key that says which hours it draws from.
type hourKey struct {
	source string // "" where rows are not by source
	time   int64  // its bucket, or the hour where buckets are finer; 0 without a step
}

func indexHours(hours []HourFact, step, origin int64, bySource bool) hourIndex {
	x := hourIndex{step: step, origin: origin, bySource: bySource, requests: map[hourKey]bool{}, unpaired: map[string]int{}}
	for _, h := range hours {
		switch {
		case h.Requests:
			x.anyRequests = true
			x.anyWithoutErrors = x.anyWithoutErrors || !h.Errors
			x.requests[x.key(h.Source, h.Hour)] = true
		case h.Errors:
			x.anyWithoutRequests = true
			x.unpaired[h.Source]++
		}
		x.anyErrors = x.anyErrors || h.Errors
	}
	return x
}

// key of a row: the times of one hour have one key unless buckets are wider.
func (x *hourIndex) key(source string, t int64) hourKey {
	k := hourKey{source: source}
	if !x.bySource {
		k.source = ""
	}
	switch {
	case x.step == 0:
	case x.step < hourSeconds:
		k.time = floorTo(t, hourSeconds)
	default:
		k.time = floorTo(t-x.origin, x.step) + x.origin
	}
	return k
}

// hasRequests tells whether request rows of a row's hours exist at all, so
// that 0 requests is a number and not something unknown.
func (x *hourIndex) hasRequests(source string, t int64) bool {
	return x.requests[x.key(source, t)]
}

// hourSplit is one of at most two scans over error rows.
type hourSplit struct {
	choice   Hours
	requests bool // the hours have request rows
}

// splits are the scans over error rows that the choice of feeds needs: one
// where all hours are alike.
func (x *hourIndex) splits() []hourSplit {
	switch {
	case x.anyRequests && x.anyWithoutRequests:
		return []hourSplit{{HoursWithRequests, true}, {HoursWithoutRequests, false}}
	case x.anyRequests:
		return []hourSplit{{HoursAll, true}}
	case x.anyWithoutRequests:
		return []hourSplit{{HoursAll, false}}
	default:
		return nil
	}
}

// withRequests is the choice of the hours with request rows.
func (x *hourIndex) withRequests() Hours {
	if x.anyWithoutRequests {
		return HoursWithRequests
	}
	return HoursAll
}

// covered tells whether coverage speaks of a source: it has both.
func (x *hourIndex) covered(source string, facts []SourceFact) bool {
	for _, s := range facts {
		if s.Name == source {
			return s.Requests && s.Bodies
		}
	}
	return false
}

// held is the span of events held, nil where there are none.
func (a *answer) held() (from, to *time.Time) {
	if a.facts.Newest == 0 {
		return nil, nil
	}
	oldest, newest := time.Unix(a.facts.Oldest, 0).UTC(), time.Unix(a.facts.Newest, 0).UTC()
	return &oldest, &newest
}

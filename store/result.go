package store

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"errata/aggregate"
)

// line is a row of the answer before it is printed: what was counted and its
// values by column.
type line struct {
	tally
	errors    int64 // as this row counts them
	responses int64
	ratio     ratio
	values    map[string]any
}

// ratio is kept as a fraction, so that totals are not a mean of means.
type ratio struct{ errors, requests int64 }

// result makes rows, totals and notes of what was gathered.
func (a *answer) result() Result {
	r := Result{Columns: a.columns(), Rows: []map[string]any{}}
	r.From, r.To = a.bound()
	r.HeldFrom, r.HeldTo = a.held()
	lines := a.lines()
	// They come out of maps: in this order, what is noted of them is the same each time.
	slices.SortFunc(lines, func(x, y line) int {
		return cmp.Or(cmp.Compare(x.time, y.time), slices.Compare(x.dims, y.dims))
	})
	total := a.total(lines)
	r.OtherShare = a.otherShare(lines)
	kept := lines[:0]
	for _, l := range lines {
		l.values = a.values(&l, false)
		if a.worthShowing(&l) {
			kept = append(kept, l)
		}
	}
	a.sort(kept)
	if a.q.Limit > 0 && len(kept) > a.q.Limit {
		kept = kept[:a.q.Limit]
	}
	for _, l := range kept {
		r.Rows = append(r.Rows, l.values)
	}
	total.values = a.values(&total, true)
	r.Totals = total.values
	r.Coverage = a.coverage()
	a.explain(len(lines) == 0, &total)
	r.Notes = a.notes.list
	if r.Notes == nil {
		r.Notes = []string{}
	}
	return r
}

// lines joins error rows and requests into the rows of the answer.
func (a *answer) lines() []line {
	var out []line
	if len(a.envelope) == 0 && len(a.whereE) == 0 && a.fam.requests != 0 {
		out = a.commonLines()
	} else {
		out = a.envelopeLines()
	}
	if len(out) == 0 && len(a.q.By) == 0 && a.step == 0 && len(a.facts.Hours) > 0 {
		// Nothing passed the filters: the one row of a query without groups says 0.
		out = append(out, line{tally: tally{dims: []string{}}})
	}
	return out
}

// commonLines are rows by dimensions that every request has.
func (a *answer) commonLines() []line {
	for k, g := range a.groups {
		if a.commons[k] == nil {
			a.commons[k] = &tally{time: g.time, dims: g.dims}
		}
	}
	out := make([]line, 0, len(a.commons))
	for k, c := range a.commons {
		l := line{tally: *c}
		paired := c.failed + c.extra
		l.errors, l.responses = paired, c.requests
		l.ratio = ratio{paired, c.requests}
		if g := a.groups[k]; g != nil {
			l.n, l.enveloped = g.n, g.enveloped
			l.errors += g.n - g.paired
			l.responses += g.n - g.paired
			l.callers.merge(g.callers)
		}
		out = append(out, l)
	}
	return out
}

// envelopeLines are rows by what only bodies tell, and what is left.
func (a *answer) envelopeLines() []line {
	out := make([]line, 0, len(a.groups)+len(a.commons))
	for _, g := range a.groups {
		l := line{tally: *g, errors: g.n}
		l.ratio.errors = g.paired
		if c := a.commons[joinKey(g.time, a.commonOf(g.dims))]; c != nil {
			l.ratio.requests = c.requests
		}
		out = append(out, l)
	}
	if len(a.whereE) > 0 {
		return out
	}
	fill := NoBody
	switch {
	case a.fam.requests != 0:
	case a.fam.name == "demand" && contains(a.measures, MeasureErrors):
		fill = "" // errors that are no demand
	default:
		return out
	}
	at := make(map[string]int, len(out))
	for i := range out {
		at[joinKey(out[i].time, out[i].dims)] = i
	}
	for _, c := range a.commons {
		l := line{tally: tally{time: c.time, rest: true}}
		l.errors = c.failed + c.extra - c.paired
		l.ratio = ratio{l.errors, c.requests}
		l.callers = c.callers
		if l.errors == 0 && len(l.callers.callers) == 0 && !l.callers.expired {
			continue
		}
		l.dims = a.spread(c.dims, fill)
		// Where a log itself says "(no body)", there is one row all the same.
		if i, ok := at[joinKey(l.time, l.dims)]; ok {
			out[i].errors += l.errors
			out[i].ratio.errors += l.ratio.errors
			out[i].callers.merge(l.callers)
			continue
		}
		out = append(out, l)
	}
	return out
}

// total sums up the whole filtered range.
func (a *answer) total(lines []line) line {
	t := line{tally: tally{dims: []string{}}}
	var callers aggregate.Union
	for i := range lines {
		l := &lines[i]
		t.n += l.n
		t.errors += l.errors
		t.enveloped += l.enveloped
		t.ratio.errors += l.ratio.errors
		t.callers.merge(callerTally{rows: l.callers.rows, noCaller: l.callers.noCaller, expired: l.callers.expired})
		callers.Add(l.callers.callers, l.callers.heavy)
	}
	t.callers.callers, t.callers.heavy = callers.Maps()
	for _, g := range a.groups {
		t.responses += g.n - g.paired
	}
	for _, c := range a.commons {
		t.requests += c.requests
		t.responses += c.requests
		t.ratio.requests += c.requests
		t.bytes += c.bytes
		t.hist = aggregate.MergeHist(t.hist, c.hist)
	}
	return t
}

// values are the cells of a row by column.
func (a *answer) values(l *line, total bool) map[string]any {
	v := make(map[string]any, len(a.q.By)+len(a.measures)+2)
	if !total {
		if a.step > 0 {
			v[ColumnTime] = time.Unix(l.time, 0).UTC().Format(time.RFC3339)
		}
		for i, d := range a.q.By {
			if d == dimStatus {
				if n, err := strconv.ParseInt(l.dims[i], 10, 64); err == nil {
					v[d] = n
					continue
				}
			}
			v[d] = l.dims[i]
		}
	}
	for _, m := range a.measures {
		v[m] = a.value(m, l, total)
		if c := ErrorColumn(m); c != "" {
			v[c] = callersError(l, v[m])
		}
	}
	return v
}

// value is one measure of one row; nil where it cannot be known, and why
// stands in the notes.
func (a *answer) value(m string, l *line, total bool) any {
	if !contains(a.fam.measures, m) {
		a.notes.add("%s is null: it is not kept by %s", m, strings.Join(a.beyond(m), ", "))
		return nil
	}
	switch m {
	case MeasureErrors:
		return l.errors
	case MeasureAttempts, MeasureEntries, MeasureFindings:
		return l.n
	case MeasureRatio:
		if l.ratio.requests == 0 {
			a.noRequests(m, l, total)
			return nil
		}
		return float64(l.ratio.errors) / float64(l.ratio.requests)
	case MeasureEnvelopes:
		if !a.knowsBodies(l, total) {
			a.notes.add("envelopes is null where no feed with bodies was read: %s", howBodies)
			return nil
		}
		return l.enveloped
	case MeasureCallers, MeasureCallerMap:
		return a.callers(m, l, total)
	case MeasureActiveCallers:
		if a.noRequests(m, l, total) {
			return nil
		}
		return a.callers(m, l, total)
	}
	// Left are the measures of requests.
	if !total && len(a.envelope) > 0 || len(a.whereE) > 0 {
		a.notes.add("%s is null by %s: a request has no such dimension", m, strings.Join(a.envelopeNames(), ", "))
		return nil
	}
	if m == MeasureResponses {
		if len(a.hours.unpaired) > 0 {
			a.notes.add("responses counts errors only in hours without request rows: %s", howRequests)
		}
		return l.responses
	}
	if a.noRequests(m, l, total) {
		return nil
	}
	switch m {
	case MeasureRequests:
		return l.requests
	case MeasureBytes:
		if l.bytes == 0 {
			a.notes.add("bytes is null where the sum is 0: sizes not logged")
			return nil
		}
		return l.bytes
	default:
		us, ok := aggregate.Percentile(l.hist, percentileOf(m))
		if !ok {
			a.notes.add("p50, p95, p99 are null where durations are not logged")
			return nil
		}
		a.notes.add("p50, p95, p99 are read from duration buckets: at most 6.25 %% off")
		return us / 1000
	}
}

// noRequests tells, and notes, that no request rows are there to count.
func (a *answer) noRequests(m string, l *line, total bool) bool {
	var known bool
	if total {
		known = a.hours.anyRequests
	} else {
		known = a.hours.hasRequests(a.sourceOf(l), l.time)
	}
	if known {
		return false
	}
	if len(a.facts.Hours) > 0 {
		a.notes.add("%s is null where no request rows were read: %s", m, howRequests)
	}
	return true
}

// knowsBodies tells whether a source of the row ever had a feed with bodies.
func (a *answer) knowsBodies(l *line, total bool) bool {
	source := a.sourceOf(l)
	for _, s := range a.facts.Sources {
		if s.Bodies && (total || !contains(a.q.By, dimSource) || s.Name == source) {
			return true
		}
	}
	return len(a.facts.Sources) == 0
}

func (a *answer) sourceOf(l *line) string {
	for i, d := range a.q.By {
		if d == dimSource && i < len(l.dims) {
			return l.dims[i]
		}
	}
	return ""
}

func (a *answer) callers(m string, l *line, total bool) any {
	if m == MeasureCallerMap {
		c := l.callers
		return CallerMap{Callers: c.callers, Heavy: c.heavy, NoCaller: c.noCaller, Expired: c.expired}
	}
	if l.callers.expired {
		if m == MeasureCallers {
			a.notes.add("callers is null where caller maps are older than 70 days: rank by errors instead")
		} else {
			a.notes.add("%s is null where caller maps are older than 70 days", m)
		}
		return nil
	}
	if l.rest && len(l.callers.callers) == 0 {
		switch {
		case a.fam.requests == 0:
			a.notes.add("callers is null for the errors that are no demand")
			return nil
		case a.hours.anyErrors:
			a.notes.add("callers of %s is null: where bodies are logged, callers are those of the errors with a body", NoBody)
			return nil
		}
	}
	if len(l.callers.callers) == 0 && l.callers.noCaller > 0 && l.callers.noCaller >= l.errors {
		a.notes.add("%s is null where no caller was logged", m)
		return nil
	}
	n, e := l.callers.distinct()
	if e > 0 {
		a.notes.add("%s over %d are estimates: the standard error is %s", m, aggregate.K-1, ErrorColumn(m))
	}
	if total && l.callers.noCaller > 0 {
		what := MeasureErrors
		if m == MeasureActiveCallers {
			what = MeasureRequests
		}
		if l.callers.noCaller == 1 {
			a.notes.add("1 %s had no caller and is in no count of %s", strings.TrimSuffix(what, "s"), m)
		} else {
			a.notes.add("%d %s had no caller and are in no count of %s", l.callers.noCaller, what, m)
		}
	}
	return int64(math.Round(n))
}

// callersError is the standard error in callers, 0 where the count is exact.
func callersError(l *line, callers any) any {
	if callers == nil {
		return nil
	}
	_, e := l.callers.distinct()
	return e
}

// beyond are the dimensions asked for that keep a measure from being known.
func (a *answer) beyond(m string) []string {
	var out []string
	for _, f := range families() {
		if !contains(f.measures, m) {
			continue
		}
		for _, d := range askedDims(a.q) {
			if !contains(f.dims(), d) {
				out = append(out, d)
			}
		}
		if len(out) > 0 {
			return out
		}
	}
	return append(out, a.fam.name)
}

// envelopeNames are the dimensions of bodies that the query names.
func (a *answer) envelopeNames() []string {
	out := append([]string(nil), a.envelope...)
	for _, f := range a.whereE {
		if !contains(out, f.Dim) {
			out = append(out, f.Dim)
		}
	}
	return out
}

// worthShowing leaves out rows in which nothing that was asked for happened.
func (a *answer) worthShowing(l *line) bool {
	if len(a.q.By) == 0 && a.step == 0 {
		return true
	}
	for _, m := range a.measures {
		switch x := l.values[m].(type) {
		case int64:
			if x != 0 {
				return true
			}
		case float64:
			return true
		case CallerMap:
			if len(x.Callers) > 0 || x.NoCaller > 0 || x.Expired {
				return true
			}
		}
	}
	// A null still tells of errors that are there.
	return l.errors != 0 && !a.additiveAsked(l)
}

// additiveAsked tells whether a count was asked for and is known, which shows
// by itself that a row is there.
func (a *answer) additiveAsked(l *line) bool {
	for _, m := range a.measures {
		switch m {
		case MeasureErrors, MeasureResponses, MeasureAttempts, MeasureEntries, MeasureFindings:
			if l.values[m] != nil {
				return true
			}
		}
	}
	return false
}

// otherShare is the part of the first count that stands under (other), and
// notes the setting to raise.
func (a *answer) otherShare(lines []line) float64 {
	count := func(l *line) int64 { return l.errors }
	what := "errors"
	for _, m := range a.measures {
		if m == MeasureRequests && len(a.envelope) == 0 {
			count, what = func(l *line) int64 { return l.requests }, m
			break
		}
		if m == MeasureResponses && len(a.envelope) == 0 {
			count, what = func(l *line) int64 { return l.responses }, m
			break
		}
		if m == MeasureErrors || m == MeasureCallers || m == MeasureRatio {
			break
		}
		if m == MeasureAttempts || m == MeasureEntries || m == MeasureFindings {
			count, what = func(l *line) int64 { return l.n }, m
			break
		}
		if m == MeasureEnvelopes {
			count, what = func(l *line) int64 { return l.enveloped }, m
			break
		}
	}
	var other, all int64
	var caps []string
	for i := range lines {
		l := &lines[i]
		n := count(l)
		all += n
		hit := false
		for j, d := range a.q.By {
			if c := capOf(d); l.dims[j] == aggregate.Other && c != "" {
				hit = true
				if !contains(caps, c) {
					caps = append(caps, c)
				}
			}
		}
		if hit {
			other += n
		}
	}
	if other <= 0 || all <= 0 {
		return 0
	}
	sort.Strings(caps)
	share := float64(other) / float64(all)
	a.notes.add("%.1f %% of %s stand under (other): raise %s (or caps.keys) and ingest again",
		100*share, what, strings.Join(caps, ", "))
	return share
}

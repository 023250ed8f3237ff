package store

import (
	"context"
	"strconv"
	"time"

	"errata/aggregate"
)

// Answer answers a query from the merged groups that an adapter fetches. All
// choices of docs/schema.md are made here, so that every store gives the same
// answer: which kinds count, what is null and why, what every split sums to.
func Answer(ctx context.Context, q Query, sc Scanner) (Result, error) {
	p, err := newPlan(q)
	if err != nil {
		return Result{}, err
	}
	a := &answer{plan: p, sc: sc, groups: map[string]*tally{}, commons: map[string]*tally{}}
	if err := a.gather(ctx); err != nil {
		return Result{}, err
	}
	return a.result(), nil
}

// tally is what is known of one row of the answer.
type tally struct {
	time int64
	dims []string // of By, or of its common part

	requests int64 // request rows
	failed   int64 // of those, with status >= 400
	bytes    int64
	hist     []aggregate.BucketCount

	n         int64 // error rows
	paired    int64 // of n, in hours with request rows
	extra     int64 // of the error rows in hours with request rows
	enveloped int64

	callers callerTally
	rest    bool // errors whose body nobody logged
}

// answer gathers groups and makes rows of them.
type answer struct {
	*plan
	sc      Scanner
	facts   Facts
	hours   hourIndex
	groups  map[string]*tally // by time and all of By
	commons map[string]*tally // by time and the common part of By
	notes   notes

	// Of the sources that have both request rows and bodies, for coverage.
	coverFailed, coverErrors int64
}

// gather fetches all that the rows are made of.
func (a *answer) gather(ctx context.Context) error {
	fs := FactScan{From: max(floorTo(a.from, hourSeconds), daySeconds)}
	if a.to > 0 {
		fs.To = floorTo(a.to+hourSeconds-1, hourSeconds)
	}
	if a.empty {
		fs.To = fs.From
	}
	for _, f := range a.whereC {
		if f.Dim == dimSource {
			fs.Where = append(fs.Where, f)
		}
	}
	var err error
	if a.facts, err = a.sc.Facts(ctx, fs); err != nil {
		return err
	}
	a.hours = indexHours(a.facts.Hours, a.step, a.origin, contains(a.q.By, dimSource))
	if a.empty {
		return nil
	}
	switch {
	case a.fam.name == "demand":
		err = a.gatherDemand(ctx)
	case a.fam.requests != 0:
		err = a.gatherSplit(ctx)
	case a.fam.name == "active":
		err = a.gatherActive(ctx)
	default:
		err = a.gatherPlain(ctx)
	}
	if err != nil {
		return err
	}
	return a.gatherCoverage(ctx)
}

// scan is the frame of all scans of this answer.
func (a *answer) scan(kind aggregate.Kind, by []string, where ...[]Filter) Scan {
	s := Scan{Kind: kind, From: max(a.from, daySeconds), To: a.to, By: by, Step: a.step, Origin: a.origin}
	if s.To == 0 {
		s.To = endOfTime
	}
	for _, w := range where {
		s.Where = append(s.Where, w...)
	}
	return s
}

// endOfTime is after every time that is kept: 2100-01-01.
const endOfTime = 4102444800

// withSource is dims with source in front, and where the dims begin.
func withSource(dims []string) []string {
	return append([]string{dimSource}, dims...)
}

// gatherSplit fetches requests and errors of kinds that have both.
func (a *answer) gatherSplit(ctx context.Context) error {
	if err := a.gatherRequests(ctx); err != nil {
		return err
	}
	for _, h := range a.hours.splits() {
		if err := a.gatherErrors(ctx, h); err != nil {
			return err
		}
	}
	return a.gatherOtherCallers(ctx)
}

// gatherRequests fetches the request rows by the common dimensions.
func (a *answer) gatherRequests(ctx context.Context) error {
	if !a.hours.anyRequests {
		return nil
	}
	s := a.scan(a.fam.requests, withSource(a.common), a.whereC)
	s.FailedOnly = true // most requests are no failures: read them only where they count
	for _, m := range a.measures {
		switch {
		case m == MeasureRequests || m == MeasureResponses || m == MeasureRatio:
			s.FailedOnly = false
		case a.fam.requests != aggregate.KindRequest:
		case m == MeasureBytes:
			s.FailedOnly = false
			s.Want |= WantBytes
		case percentileOf(m) > 0:
			s.FailedOnly = false
			s.Want |= WantHist
		}
	}
	return a.sc.Scan(ctx, s, func(g Group) error {
		t := a.tallyOf(a.commons, g.Time, g.Dims[1:])
		t.requests += g.N
		t.failed += g.Failed
		t.bytes += g.Bytes
		t.hist = aggregate.MergeHist(t.hist, g.Hist)
		if a.hours.covered(g.Dims[0], a.facts.Sources) {
			a.coverFailed += g.Failed
		}
		return nil
	})
}

// gatherErrors fetches the error rows of the hours with or without requests.
func (a *answer) gatherErrors(ctx context.Context, h hourSplit) error {
	s := a.scan(a.fam.errors, withSource(a.q.By), a.whereC, a.whereE)
	s.Hours = h.choice
	if a.fam.errors == aggregate.KindError {
		for _, m := range a.measures {
			switch m {
			case MeasureEnvelopes:
				s.Want |= WantEnveloped
			case MeasureCallers:
				s.Want |= WantCallers
			case MeasureCallerMap:
				s.Want |= WantCallers | WantHeavy
			}
		}
	}
	return a.sc.Scan(ctx, s, func(g Group) error {
		t := a.tallyOf(a.groups, g.Time, g.Dims[1:])
		t.n += g.N
		t.enveloped += g.Enveloped
		t.callers.add(g)
		if !h.requests {
			return nil
		}
		t.paired += g.N
		t.extra += g.Extra
		c := a.tallyOf(a.commons, g.Time, a.commonOf(g.Dims[1:]))
		c.paired += g.N
		c.extra += g.Extra
		if len(a.whereE) == 0 && a.hours.covered(g.Dims[0], a.facts.Sources) {
			a.coverErrors += g.Failed
		}
		return nil
	})
}

// gatherOtherCallers fetches the callers of failed requests in hours without
// error rows; in the others the error rows carry them.
func (a *answer) gatherOtherCallers(ctx context.Context) error {
	heavy := contains(a.measures, MeasureCallerMap)
	if len(a.whereE) > 0 || a.fam.requests != aggregate.KindRequest ||
		(!heavy && !contains(a.measures, MeasureCallers)) || !a.hours.anyWithoutErrors {
		return nil
	}
	s := a.scan(a.fam.requests, a.common, a.whereC)
	s.FailedOnly = true
	s.Want = WantCallers
	if heavy {
		s.Want |= WantHeavy
	}
	if a.hours.anyErrors {
		s.Hours = HoursWithoutErrors
	}
	return a.sc.Scan(ctx, s, func(g Group) error {
		a.tallyOf(a.commons, g.Time, g.Dims).callers.add(g)
		return nil
	})
}

// gatherCoverage fetches what coverage is about where the answer's own groups
// do not tell: errors that are filtered by what only bodies tell, and kinds
// that are no share of requests.
func (a *answer) gatherCoverage(ctx context.Context) error {
	if !a.hours.anyRequests || (len(a.whereE) == 0 && a.fam.requests != 0) {
		return nil
	}
	requests, errs := a.fam.requests, a.fam.errors
	if requests == 0 {
		requests, errs = aggregate.KindRequest, aggregate.KindError
		if err := a.coverageScan(ctx, requests, HoursAll, &a.coverFailed); err != nil {
			return err
		}
	}
	return a.coverageScan(ctx, errs, a.hours.withRequests(), &a.coverErrors)
}

func (a *answer) coverageScan(ctx context.Context, kind aggregate.Kind, hours Hours, sum *int64) error {
	s := a.scan(kind, []string{dimSource}, a.whereC)
	s.Step = 0
	s.FailedOnly = true
	s.Hours = hours
	return a.sc.Scan(ctx, s, func(g Group) error {
		if a.hours.covered(g.Dims[0], a.facts.Sources) {
			*sum += g.N
		}
		return nil
	})
}

// gatherPlain fetches counts that are no share of anything.
func (a *answer) gatherPlain(ctx context.Context) error {
	s := a.scan(a.fam.errors, a.q.By, a.whereC, a.whereE)
	return a.sc.Scan(ctx, s, func(g Group) error {
		a.tallyOf(a.groups, g.Time, g.Dims).n += g.N
		return nil
	})
}

// gatherActive fetches the callers of all requests.
func (a *answer) gatherActive(ctx context.Context) error {
	s := a.scan(a.fam.errors, a.q.By, a.whereC)
	s.Want = WantCallers
	return a.sc.Scan(ctx, s, func(g Group) error {
		t := a.tallyOf(a.groups, g.Time, g.Dims)
		t.n += g.N
		t.requests += g.N
		t.callers.add(g)
		a.tallyOf(a.commons, g.Time, g.Dims).requests += g.N
		return nil
	})
}

// gatherDemand fetches attempts and, where errors are asked, the errors that
// are none, so that this split sums to errors too.
func (a *answer) gatherDemand(ctx context.Context) error {
	s := a.scan(a.fam.errors, a.q.By, a.whereC, a.whereE)
	if contains(a.measures, MeasureCallers) || contains(a.measures, MeasureCallerMap) {
		s.Want = WantCallers
	}
	err := a.sc.Scan(ctx, s, func(g Group) error {
		t := a.tallyOf(a.groups, g.Time, g.Dims)
		t.n += g.N
		t.callers.add(g)
		a.tallyOf(a.commons, g.Time, a.commonOf(g.Dims)).paired += g.N
		return nil
	})
	if err != nil || len(a.whereE) > 0 || !contains(a.measures, MeasureErrors) {
		return err
	}
	if a.hours.anyRequests {
		s := a.scan(aggregate.KindRequest, a.common, a.whereC)
		s.FailedOnly = true
		if err := a.sc.Scan(ctx, s, func(g Group) error {
			a.tallyOf(a.commons, g.Time, g.Dims).failed += g.N
			return nil
		}); err != nil {
			return err
		}
	}
	for _, h := range a.hours.splits() {
		s := a.scan(aggregate.KindError, a.common, a.whereC)
		s.Hours = h.choice
		if err := a.sc.Scan(ctx, s, func(g Group) error {
			t := a.tallyOf(a.commons, g.Time, g.Dims)
			if h.requests {
				t.extra += g.Extra
			} else {
				t.extra += g.N
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// tallyOf finds or makes the tally of a key.
func (a *answer) tallyOf(m map[string]*tally, t int64, dims []string) *tally {
	k := joinKey(t, dims)
	v := m[k]
	if v == nil {
		v = &tally{time: t, dims: dims}
		m[k] = v
	}
	return v
}

// commonOf takes the common dimensions out of a full set.
func (a *answer) commonOf(dims []string) []string {
	if len(a.common) == len(dims) {
		return dims
	}
	out := make([]string, 0, len(a.common))
	for i, d := range a.q.By {
		if contains(a.common, d) {
			out = append(out, dims[i])
		}
	}
	return out
}

// spread is the inverse: common dimensions with fill in the others' places.
func (a *answer) spread(common []string, fill string) []string {
	out := make([]string, 0, len(a.q.By))
	for _, d := range a.q.By {
		if contains(a.common, d) {
			out, common = append(out, common[0]), common[1:]
		} else {
			out = append(out, fill)
		}
	}
	return out
}

// joinKey is unambiguous for any text: each part has its length in front.
func joinKey(t int64, dims []string) string {
	b := strconv.AppendInt(nil, t, 10)
	for _, d := range dims {
		b = append(b, ' ')
		b = strconv.AppendInt(b, int64(len(d)), 10)
		b = append(b, ':')
		b = append(b, d...)
	}
	return string(b)
}

// bound is the answer's range for people: what was asked, on the grain, else
// what is held.
func (a *answer) bound() (from, to *time.Time) {
	at := func(sec int64) *time.Time {
		t := time.Unix(sec, 0).UTC()
		return &t
	}
	held := a.facts.Newest > 0
	switch {
	case a.empty:
		from = timeOrNil(a.q.Since)
	case !a.q.Since.IsZero():
		from = at(a.from)
	case held && (a.to == 0 || a.facts.Oldest < a.to):
		from = at(a.facts.Oldest)
	}
	switch {
	case a.empty:
		to = timeOrNil(a.q.Until)
	case !a.q.Until.IsZero():
		to = at(a.to)
	case held && a.facts.Newest > a.from:
		to = at(a.facts.Newest)
	}
	return from, to
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

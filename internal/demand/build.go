package demand

import (
	"context"
	"fmt"
	"slices"
	"time"

	"errata/aggregate"
	"errata/store"
)

// maxPairs bounds how many callers are held in memory, each once for every
// feature and available_from: some 50 MB. Beyond it Build estimates distinct
// callers and says so, and BuildCallers refuses.
const maxPairs = 1_000_000

// The columns of demand rows.
const (
	colSource  = "source"
	colFeature = "feature"
	colFrom    = "available_from"
	colReason  = "reason"
	colClient  = "client"
	colCaller  = "caller"
	colStatus  = "status"
)

const (
	day            = 24 * time.Hour
	statusNotBuilt = "501"
	howBodies      = "let the gateway log response bodies and read them with --logs response"
	howRequests    = "read an access log too (one line per request, --logs access)"
	raiseAndAgain  = "and ingest again"
	capsOfCallers  = "caps.demand_callers (or caps.keys)"
	capsOfFeatures = "caps.features (or caps.keys)"
	listed         = 5 // names in a note
)

// Build answers who asked for what, by feature and available_from.
func Build(ctx context.Context, r Reader, o Options) (*Demand, error) {
	b, err := newBuild(ctx, r, o)
	if err != nil {
		return nil, err
	}
	d := &Demand{Rows: []Row{}}
	if !b.empty {
		if err := b.gather(ctx); err != nil {
			return nil, err
		}
		if err := b.judge(ctx); err != nil {
			return nil, err
		}
		d.Rows = b.finish()
	}
	b.explain()
	d.From, d.To, d.Totals, d.Notes = stamp(b.from), stamp(b.to), b.totals, b.notes.list()
	return d, nil
}

// build is one answer in the making.
type build struct {
	r     Reader
	o     Options
	limit int // pairs that are held

	from, to     time.Time // whole UTC days; zero: an end that is open, in an empty answer
	empty        bool      // nothing can be in the range
	single       bool      // rows are of one caller each: nothing is compared, nothing is reached
	before       time.Time // where the range before begins; zero: the store does not reach back so far
	held         span
	rows         map[rowKey]*tally
	pairs        int
	tooMany      bool // pairs went over the limit: no callers are held
	unnamed      unnamed
	attempts     int64
	noCaller     int64 // attempts without a caller
	prevNoCaller int64
	now, prev    *callerMaps // what caller maps tell where rows cannot; nil: not asked
	active       *int64      // distinct callers of all requests; nil: not known
	activeError  float64
	adopters     map[string]map[uint64]int64 // by available_from and caller, last success in Unix microseconds; nil: not known
	capped       int64                       // attempts whose caller a cap cut off
	unknown      unknown
	totals       Totals
	notes        notes
}

// unknown tells what is null or an estimate somewhere in the rows.
type unknown struct {
	callers   bool // too many to count, and no caller map tells
	estimated bool
	nobody    bool // a row without a single caller
	compared  bool // callers of a range are incomplete, so that they cannot be compared
	adopters  bool // successes without a caller, or an available_from that is none
	reach     bool // more callers asked than were active
	orgs      bool // callers that the file of names does not have
}

// rowKey names a row.
type rowKey struct{ feature, from string }

// tally is a row in the making.
type tally struct {
	attempts     int64
	noCaller     int64
	prevNoCaller int64
	first, last  int64 // Unix microseconds
	days         map[int64]struct{}
	reasons      Reasons
	callers      map[uint64]attempts // of the range and of the range before
	converted    int64
}

// attempts are those of a caller in the range; the lowest bit tells that the
// caller is one of the range before.
type attempts int64

const (
	seenBefore attempts = 1
	oneAttempt attempts = 2
)

func (a attempts) now() int64   { return int64(a / oneAttempt) }
func (a attempts) before() bool { return a&seenBefore != 0 }

func newBuild(ctx context.Context, r Reader, o Options) (*build, error) {
	b := &build{r: r, o: o, limit: maxPairs, rows: map[rowKey]*tally{}}
	if o.maxPairs > 0 {
		b.limit = o.maxPairs
	}
	for _, f := range o.Where {
		if f.Dim != colSource {
			return nil, fmt.Errorf("demand is filtered by source only, not by %q", f.Dim)
		}
	}
	return b, b.resolve(ctx)
}

// where is the filters of the sources and more.
func (b *build) where(more ...store.Filter) []store.Filter {
	return append(slices.Clone(b.o.Where), more...)
}

// list reads the demand rows of a range.
func (b *build) list(ctx context.Context, from, to time.Time, step time.Duration, by []string, yield func(store.Cell) error) error {
	l := store.Listing{Kind: aggregate.KindDemand, Since: from, Until: to, By: by, Step: step, Where: b.where()}
	if b.o.Feature != "" {
		l.Where = append(l.Where, store.Filter{Dim: colFeature, Op: store.Eq, Value: b.o.Feature})
	}
	return b.r.List(ctx, l, yield)
}

// gather reads the attempts of the range and the callers of the range before.
func (b *build) gather(ctx context.Context) error {
	by := []string{colFeature, colFrom, colReason, colCaller}
	if err := b.list(ctx, b.from, b.to, day, by, b.add); err != nil {
		return err
	}
	if b.before.IsZero() {
		return nil
	}
	return b.list(ctx, b.before, b.from, 0, []string{colFeature, colFrom, colCaller}, b.addBefore)
}

func (b *build) add(c store.Cell) error {
	t := b.tally(rowKey{c.Dims[0], c.Dims[1]})
	t.attempts += c.N
	b.attempts += c.N
	t.days[c.Time] = struct{}{}
	if c.First != 0 && (t.first == 0 || c.First < t.first) {
		t.first = c.First
	}
	t.last = max(t.last, c.Last)
	t.reasons.add(c.Dims[2], c.N)
	caller, ok, err := parseCaller(c.Dims[3])
	if err != nil {
		return err
	}
	if !ok {
		t.noCaller += c.N
		b.noCaller += c.N
		return nil
	}
	b.enter(t, caller, oneAttempt*attempts(c.N))
	return nil
}

func (b *build) addBefore(c store.Cell) error {
	t := b.tally(rowKey{c.Dims[0], c.Dims[1]})
	caller, ok, err := parseCaller(c.Dims[2])
	if err != nil {
		return err
	}
	if !ok {
		t.prevNoCaller += c.N
		b.prevNoCaller += c.N
		return nil
	}
	b.enter(t, caller, seenBefore)
	return nil
}

func (b *build) tally(k rowKey) *tally {
	t := b.rows[k]
	if t == nil {
		t = &tally{days: map[int64]struct{}{}, callers: map[uint64]attempts{}}
		b.rows[k] = t
	}
	return t
}

// enter counts attempts of a caller, or marks one of the range before, while
// there is room for all of them.
func (b *build) enter(t *tally, caller uint64, a attempts) {
	if b.tooMany {
		return
	}
	old, known := t.callers[caller]
	if !known {
		if b.pairs == b.limit {
			b.tooMany = true
			for _, t := range b.rows {
				t.callers = nil
			}
			return
		}
		b.pairs++
	}
	if a == seenBefore {
		t.callers[caller] = old | seenBefore
	} else {
		t.callers[caller] = old + a
	}
}

// add counts attempts of a reason; what no rule of docs/schema.md names is
// unknown.
func (r *Reasons) add(reason string, n int64) {
	switch reason {
	case "no_header":
		r.NoHeader += n
	case "other_feature":
		r.OtherFeature += n
	case "older_value":
		r.OlderValue += n
	case "right_value":
		r.RightValue += n
	default:
		r.Unknown += n
	}
}

func stamp(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

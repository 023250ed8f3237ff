package store

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// UsageError is a query that cannot be asked; its text says what can.
type UsageError struct{ msg string }

func (e *UsageError) Error() string { return e.msg }

func usagef(format string, args ...any) error {
	return &UsageError{msg: fmt.Sprintf(format, args...)}
}

const (
	daySeconds  = 86400
	hourSeconds = 3600
	weekSeconds = 7 * daySeconds
	// mondayOrigin is 1970-01-05T00:00:00Z: weeks begin on Mondays.
	mondayOrigin = 4 * daySeconds
)

// plan is a validated query: which kinds answer it, over which range.
type plan struct {
	q        Query
	fam      family
	measures []string
	from, to int64 // Unix seconds on the grain; to is 0 for unbounded
	empty    bool  // since equals until: nothing is asked for
	widened  bool
	step     int64
	origin   int64
	common   []string // of By, the dimensions that every request has
	envelope []string // of By, the others
	whereC   []Filter // on common dimensions
	whereE   []Filter // on the others
}

// Validate tells whether a query can be asked: nil or a *UsageError.
func Validate(q Query) error {
	if contains(q.Measures, MeasureCallerMap) {
		return unknownName("measure", MeasureCallerMap, Measures())
	}
	_, err := newPlan(q)
	return err
}

func newPlan(q Query) (*plan, error) {
	p := &plan{q: q, measures: q.Measures}
	if len(p.measures) == 0 {
		p.measures = []string{MeasureErrors}
	}
	if err := checkNames(q, p.measures); err != nil {
		return nil, err
	}
	if err := p.chooseFamily(); err != nil {
		return nil, err
	}
	if err := p.checkStep(); err != nil {
		return nil, err
	}
	if err := p.checkRange(); err != nil {
		return nil, err
	}
	if err := p.checkOrder(); err != nil {
		return nil, err
	}
	for _, d := range q.By {
		if p.fam.common(d) {
			p.common = append(p.common, d)
		} else {
			p.envelope = append(p.envelope, d)
		}
	}
	for _, f := range q.Where {
		if p.fam.common(f.Dim) {
			p.whereC = append(p.whereC, f)
		} else {
			p.whereE = append(p.whereE, f)
		}
	}
	return p, nil
}

func checkNames(q Query, measures []string) error {
	for i, d := range q.By {
		if !contains(Dimensions(), d) {
			return unknownName("dimension", d, Dimensions())
		}
		if contains(q.By[:i], d) {
			return usagef("dimension %q is asked for twice", d)
		}
	}
	for _, f := range q.Where {
		if !contains(Dimensions(), f.Dim) {
			return unknownName("dimension", f.Dim, Dimensions())
		}
		if f.Op > Prefix {
			return usagef("unknown operator in the filter on %q", f.Dim)
		}
	}
	for i, m := range measures {
		if m != MeasureCallerMap && !contains(Measures(), m) {
			return unknownName("measure", m, Measures())
		}
		if contains(measures[:i], m) {
			return usagef("measure %q is asked for twice", m)
		}
	}
	if q.Limit < 0 {
		return usagef("the limit is %d: it must not be negative", q.Limit)
	}
	return nil
}

// chooseFamily takes the first family that has every dimension asked for, and
// the measures that only one family has.
func (p *plan) chooseFamily() error {
	asked := askedDims(p.q)
	var fits []family
	for _, f := range families() {
		if subset(asked, f.dims()) {
			fits = append(fits, f)
		}
	}
	if len(fits) == 0 {
		return incompatible(asked)
	}
	own := ""
	for _, m := range p.measures {
		if ownMeasure(m) {
			own = m
		}
	}
	if own == "" {
		// What was read is no error: errors by reason are the demand's.
		p.fam = fits[0]
		if p.fam.name == "read" {
			return usagef("%s cannot be asked by %s: ask for %s", p.measures[0], strings.Join(asked, ", "), MeasureEntries)
		}
		return nil
	}
	for _, f := range fits {
		if contains(f.measures, own) {
			p.fam = f
			for _, m := range p.measures {
				if !contains(f.measures, m) {
					return usagef("measures %s and %s cannot be asked together: with %s go %s",
						own, m, own, strings.Join(f.measures, ", "))
				}
			}
			return nil
		}
	}
	for _, f := range families() {
		if contains(f.measures, own) {
			return usagef("measure %s cannot be asked by %s: its dimensions are %s",
				own, strings.Join(asked, ", "), strings.Join(f.dims(), ", "))
		}
	}
	return unknownName("measure", own, Measures())
}

func askedDims(q Query) []string {
	asked := slices.Clone(q.By)
	for _, f := range q.Where {
		if !contains(asked, f.Dim) {
			asked = append(asked, f.Dim)
		}
	}
	return asked
}

// incompatible says which dimensions go with the first ones asked for.
func incompatible(asked []string) error {
	good := asked[:1]
	for n := len(asked) - 1; n > 0; n-- {
		for _, f := range families() {
			if subset(asked[:n], f.dims()) {
				good = asked[:n]
				break
			}
		}
		if len(good) == n {
			break
		}
	}
	var with []string
	for _, d := range Dimensions() {
		for _, f := range families() {
			if contains(f.dims(), d) && subset(good, f.dims()) && !contains(good, d) && !contains(with, d) {
				with = append(with, d)
			}
		}
	}
	return usagef("dimension %q is not kept together with %s: with %s go %s",
		asked[len(good)], strings.Join(good, ", "), strings.Join(good, ", "), strings.Join(with, ", "))
}

func (p *plan) checkStep() error {
	what := "this query"
	if asked := askedDims(p.q); len(asked) > 0 {
		what = strings.Join(asked, ", ")
	}
	var err error
	p.step, p.origin, err = stepOf(p.q.Step, p.fam.grain, what)
	return err
}

// stepOf is a step in seconds, and where its buckets begin.
func stepOf(step time.Duration, grain int64, what string) (width, origin int64, err error) {
	least := time.Duration(grain) * time.Second
	switch {
	case step == 0:
		return 0, 0, nil
	case step < 0:
		return 0, 0, usagef("the step is %s: it must be positive", step)
	case step < least:
		return 0, 0, usagef("a step of %s is finer than the grain of what is kept by %s: ask for %s or more",
			short(step), what, short(least))
	}
	s := int64(step / time.Second)
	day := step%time.Second == 0 && s <= daySeconds && daySeconds%s == 0
	switch {
	case step == weekSeconds*time.Second:
		return s, mondayOrigin, nil
	case !day:
		return 0, 0, usagef("a step of %s does not divide a day: ask for 1m, 5m, 15m, 1h, 6h, 1d or 7d", short(step))
	case s%grain != 0:
		return 0, 0, usagef("a step of %s is no multiple of the grain of what is kept by %s: ask for a multiple of %s",
			short(step), what, short(least))
	}
	return s, 0, nil
}

func (p *plan) checkRange() error {
	r, err := rangeOf(p.q.Since, p.q.Until, p.fam.grain)
	if err != nil {
		return err
	}
	p.from, p.to, p.empty, p.widened = r.from, r.to, r.empty, r.widened
	return nil
}

// grainRange is a range widened to whole grains.
type grainRange struct {
	from, to int64 // Unix seconds; to is 0 for unbounded
	empty    bool  // it holds nothing
	widened  bool
}

func rangeOf(since, until time.Time, grain int64) (r grainRange, err error) {
	if !since.IsZero() && !until.IsZero() {
		if since.After(until) {
			return r, usagef("the range ends (%s) before it begins (%s)", stamp(until), stamp(since))
		}
		r.empty = since.Equal(until)
	}
	if !since.IsZero() {
		r.from = floorTo(since.Unix(), grain)
		r.widened = !time.Unix(r.from, 0).Equal(since)
	}
	if !until.IsZero() {
		u := until.Unix()
		r.to = floorTo(u, grain)
		if !time.Unix(r.to, 0).Equal(until) {
			r.to += grain
			r.widened = true
		}
		// 0 stands for unbounded: a range that ends by 1970 holds nothing.
		if r.to <= daySeconds {
			r.empty = true
		}
	}
	if r.empty {
		r.widened = false
	}
	return r, nil
}

func (p *plan) checkOrder() error {
	name := strings.TrimPrefix(p.q.Order, "-")
	if name == "" {
		if p.q.Order != "" {
			return usagef("the order %q names no column", p.q.Order)
		}
		return nil
	}
	cols := p.columns()
	if !contains(cols, name) || name == MeasureCallerMap {
		return unknownName("column to order by", name, cols)
	}
	return nil
}

// columns are the answer's columns in order.
func (p *plan) columns() []string {
	var cols []string
	if p.step > 0 {
		cols = append(cols, ColumnTime)
	}
	cols = append(cols, p.q.By...)
	for _, m := range p.measures {
		cols = append(cols, m)
		if c := ErrorColumn(m); c != "" {
			cols = append(cols, c)
		}
	}
	return cols
}

func subset(a, b []string) bool {
	for _, s := range a {
		if !contains(b, s) {
			return false
		}
	}
	return true
}

func floorTo(t, grain int64) int64 {
	r := t % grain
	if r < 0 {
		r += grain
	}
	return t - r
}

// short prints a duration as people write it: 1m, 1h, 1d.
func short(d time.Duration) string {
	switch {
	case d >= 24*time.Hour && d%(24*time.Hour) == 0:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	default:
		return d.String()
	}
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// unknownName names the nearest known name, or all of them.
func unknownName(what, name string, known []string) error {
	best, bestDist := "", 1<<30
	for _, k := range known {
		if d := distance(name, k); d < bestDist {
			best, bestDist = k, d
		}
	}
	if best != "" && bestDist <= 1+len(best)/3 {
		return usagef("unknown %s %q: did you mean %q? Known: %s", what, name, best, strings.Join(known, ", "))
	}
	return usagef("unknown %s %q: known are %s", what, name, strings.Join(known, ", "))
}

// maxHintName bounds the names for which a nearest one is looked for: the
// distance is quadratic and no known name is longer.
const maxHintName = 64

// distance is the Levenshtein distance of two names in bytes.
func distance(a, b string) int {
	if len(a) > maxHintName {
		return 1 << 30
	}
	prev := make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diag := prev[0]
		prev[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			next := min(prev[j]+1, prev[j-1]+1, diag+cost)
			diag, prev[j] = prev[j], next
		}
	}
	return prev[len(b)]
}

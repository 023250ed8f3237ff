package render

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"time"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// unknown stands for a number that cannot be known.
const unknown = "-"

// ellipsis stands where a long text was cut.
const ellipsis = "…"

// label is a text from a log as people may see it: what is no printable
// character is an escape, an absent one is (none).
func label(s string) string { return out.Visible(s) }

// clip cuts a printable text to at most n columns.
func clip(s string, n int) string {
	if out.Width(s) <= n {
		return s
	}
	w := 0
	for i, r := range s {
		w += out.Width(string(r))
		if w > n-1 {
			return s[:i] + ellipsis
		}
	}
	return s
}

// num is a count.
func num(n int64) string { return out.Int(n) }

// numOr is a count that may be unknown.
func numOr(n *int64) string {
	if n == nil {
		return unknown
	}
	return num(*n)
}

// estimate is a count of callers with its standard error: "12" where it is
// exact, "~1,234 ± 78" where it is not.
func estimate(n *int64, e *float64) string {
	switch {
	case n == nil:
		return unknown
	case e == nil || !(*e > 0):
		return num(*n)
	default:
		return "~" + num(*n) + " ± " + out.Fixed(math.Ceil(*e), 0)
	}
}

// signed is a change of a count.
func signed(n int64) string {
	if n > 0 {
		return "+" + num(n)
	}
	return num(n)
}

// relative is a change as a share of what was before, "" where that was nothing.
func relative(change, previous float64) string {
	if previous == 0 {
		return ""
	}
	x := change / previous
	s := percentDecimals(math.Abs(x), 1)
	switch {
	case s[0] == '<': // the sign stands with the change itself
		return s
	case x > 0:
		return "+" + s
	case x < 0:
		return "-" + s
	}
	return s
}

// changed is a change of a count with its share, "+12 (+5.1 %)".
func changed(change, previous *int64) string {
	if change == nil {
		return unknown
	}
	s := signed(*change)
	if previous != nil {
		if r := relative(float64(*change), float64(*previous)); r != "" {
			s += " (" + r + ")"
		}
	}
	return s
}

// percent is a share of 1. What is neither nothing nor all never reads so.
func percent(x float64) string { return percentDecimals(x, 2) }

func percentOr(x *float64) string {
	if x == nil {
		return unknown
	}
	return percent(*x)
}

func percentDecimals(x float64, decimals int) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return unknown
	}
	least := math.Pow10(-decimals)
	p := 100 * x
	switch {
	case x > 0 && p < least:
		return "<" + out.Fixed(least, decimals) + " %"
	case x < 1 && p > 100-least:
		return ">" + out.Fixed(100-least, decimals) + " %"
	}
	return out.Fixed(p, decimals) + " %"
}

// atLeast is a share that is a lower bound.
func atLeast(x *float64) string {
	if x == nil {
		return unknown
	}
	return "≥ " + percentDecimals(*x, 0)
}

// ms is a duration in milliseconds with three significant digits, more than
// its buckets can tell.
func ms(x float64) string {
	a := math.Abs(x)
	switch {
	case a == 0:
		return "0 ms"
	case a < 1:
		return out.Fixed(x, 3) + " ms"
	case a < 10:
		return out.Fixed(x, 2) + " ms"
	case a < 100:
		return out.Fixed(x, 1) + " ms"
	}
	return out.Fixed(x, 0) + " ms"
}

func msOr(x *float64) string {
	if x == nil {
		return unknown
	}
	return ms(*x)
}

// probability has two significant digits.
func probability(p float64) string {
	if p > 0 && p < 1e-6 {
		return "<0.000001"
	}
	if p >= 0.1 || p == 0 {
		return strconv.FormatFloat(p, 'f', 2, 64)
	}
	// Two significant digits without an exponent.
	decimals := 1 - int(math.Floor(math.Log10(p)))
	return strconv.FormatFloat(p, 'f', decimals, 64)
}

// factor says how many times as many there are now.
func factor(x *float64) string {
	if x == nil {
		return unknown
	}
	switch {
	case *x >= 100:
		return "×" + out.Fixed(*x, 0)
	case *x >= 10:
		return "×" + out.Fixed(*x, 1)
	}
	return "×" + out.Fixed(*x, 2)
}

// Times are shown in the report's zone, that of the time itself: the zone is
// named once, at the top.
const (
	dayLayout    = "2006-01-02"
	minuteLayout = "2006-01-02 15:04"
	secondLayout = "2006-01-02 15:04:05"
)

// minute is a time to the minute, or to the second where it has some.
func minute(t time.Time) string {
	if t.IsZero() {
		return unknown
	}
	if t.Second() != 0 {
		return t.Format(secondLayout)
	}
	return t.Format(minuteLayout)
}

// span is a range: whole days by their dates, others to the minute.
func span(r report.Range) string {
	s := minute(r.From) + " to " + minute(r.To)
	if atMidnight(r.From) && atMidnight(r.To) && r.To.After(r.From) {
		s = r.From.Format("Mon "+dayLayout) + " to " + r.To.AddDate(0, 0, -1).Format("Mon "+dayLayout)
	}
	if r.Week != "" {
		s = r.Week + ", " + s
	}
	return s
}

func atMidnight(t time.Time) bool {
	return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 && t.Nanosecond() == 0
}

// named is one part of what an error is, absent ones are left out.
type named struct{ name, value string }

// severalSources tells whether rows must say whose they are.
func severalSources(r *report.Report) bool { return len(r.Sources) > 1 }

// counted is one row of a map of counts, with that of the compared range.
type counted struct {
	key              string
	now              int64
	previous, change *int64
}

// countedBy lists the counts of two maps, ordered by order.
func countedBy(now, previous, change map[string]int64, known bool, order func(a, b counted) int) []counted {
	rows := make([]counted, 0, len(now))
	add := func(key string) {
		c := counted{key: key, now: now[key]}
		if known {
			p := previous[key]
			d, ok := change[key]
			if !ok {
				d = c.now - p
			}
			c.previous, c.change = &p, &d
		}
		rows = append(rows, c)
	}
	for key := range now {
		add(key)
	}
	for key := range previous {
		if _, ok := now[key]; !ok && known {
			add(key)
		}
	}
	slices.SortFunc(rows, order)
	return rows
}

// statusRows are the responses by status, ascending.
func statusRows(r *report.Report) []counted {
	return numbersBy(r, func(n *report.Numbers) map[string]int64 { return n.ByStatus }, func(a, b counted) int {
		return cmp.Or(cmp.Compare(len(a.key), len(b.key)), cmp.Compare(a.key, b.key))
	})
}

// typeRows are the errors by type, the most frequent first.
func typeRows(r *report.Report) []counted {
	return numbersBy(r, func(n *report.Numbers) map[string]int64 { return n.ByType }, func(a, b counted) int {
		return cmp.Or(cmp.Compare(b.now, a.now), cmp.Compare(a.key, b.key))
	})
}

func numbersBy(r *report.Report, of func(*report.Numbers) map[string]int64, order func(a, b counted) int) []counted {
	if r.Previous == nil || r.Change == nil {
		return countedBy(of(&r.Numbers), nil, nil, false, order)
	}
	return countedBy(of(&r.Numbers), of(&r.Previous.Numbers), of(r.Change), true, order)
}

// shortFloat is a float in its shortest form.
func shortFloat(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

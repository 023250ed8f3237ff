package render

import (
	"strings"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// figure is one total as people see it.
type figure struct {
	key                   string // its member of totals in JSON
	name                  string
	now, previous, change string
	note                  string // what it is, or why it is not known
}

// figures are the totals, each with that of the compared range.
func figures(r *report.Report) []figure {
	var before, diff report.Totals
	compared := r.Previous != nil && r.Change != nil
	if compared {
		before, diff = r.Previous.Totals, r.Change.Totals
	}
	t := &r.Totals
	count := func(key, name string, now, previous, change *int64, note, missing string) figure {
		f := figure{key: key, name: name, now: numOr(now), previous: numOr(previous), change: changed(change, previous), note: note}
		if now == nil {
			f.note = "not known: " + missing
		}
		return f
	}
	// What is always known reads 0 where nothing is compared: that is not what was.
	known := func(n int64) *int64 {
		if !compared {
			return nil
		}
		return &n
	}
	bucket := "within " + percent(r.Method.BucketError) + " of what was measured"
	fs := []figure{
		count("entries", "Entries read", &t.Entries, known(before.Entries), known(diff.Entries), "successes and dead letters included", ""),
		count("requests", "Requests", t.Requests, before.Requests, diff.Requests, "", "no log of every request was read"),
		count("errors", "Errors", &t.Errors, known(before.Errors), known(diff.Errors), "status 400 and above, and error events of streams", ""),
		{
			key: "ratio", name: "Error ratio", now: percentOr(t.Ratio), previous: percentOr(before.Ratio), change: pointsOr(diff.Ratio),
			note: "errors of the hours with requests, by requests",
		},
		count("envelopes", "Error envelopes", t.Envelopes, before.Envelopes, diff.Envelopes, "errors whose body is an envelope", "no log with response bodies was read"),
		{
			key: "callers", name: "Callers of errors", now: estimate(t.Callers, t.CallersError), previous: estimate(before.Callers, before.CallersError),
			change: changed(diff.Callers, before.Callers), note: "distinct",
		},
		count("dead_letters", "Dead letters", &t.DeadLetters, known(before.DeadLetters), known(diff.DeadLetters), "entries that could not be read", ""),
	}
	for i := range fs {
		switch f := &fs[i]; {
		case f.key == "ratio" && t.Ratio == nil:
			f.note = "not known: no log of every request was read"
		case f.key == "callers" && t.Callers == nil:
			f.note = "not known: no caller was logged, or what was kept of them has expired"
		case f.key == "callers" && isEstimate(t.CallersError):
			f.note = "distinct, an estimate with its standard error"
			if diff.Callers != nil {
				f.change = "~" + f.change
			}
		case f.key == "callers" && isEstimate(before.CallersError) && diff.Callers != nil:
			f.change = "~" + f.change
		}
	}
	for _, p := range []struct {
		key, name           string
		now, previous, diff *float64
	}{
		{"p50", "Duration p50", t.P50, before.P50, diff.P50},
		{"p95", "Duration p95", t.P95, before.P95, diff.P95},
		{"p99", "Duration p99", t.P99, before.P99, diff.P99},
	} {
		f := figure{key: p.key, name: p.name, now: msOr(p.now), previous: msOr(p.previous), change: unknown, note: bucket}
		if p.diff != nil {
			f.change = ms(*p.diff)
			if *p.diff > 0 {
				f.change = "+" + f.change
			}
		}
		if p.now == nil {
			f.note = "not known: no durations of requests were logged"
		}
		fs = append(fs, f)
	}
	return fs
}

func isEstimate(e *float64) bool { return e != nil && *e > 0 }

// pointsOr is a change of a share in percentage points.
func pointsOr(x *float64) string {
	if x == nil {
		return unknown
	}
	s := out.Fixed(100**x, 2) + " points"
	if *x > 0 {
		return "+" + s
	}
	return s
}

// trend tells whether a change is for the worse. More requests are no news of
// either kind.
func (f figure) trend() style {
	change := strings.TrimPrefix(f.change, "~")
	switch {
	case f.key == "entries" || f.key == "requests" || f.key == "envelopes" || change == unknown:
		return plain
	case strings.HasPrefix(change, "+"):
		return bad
	case strings.HasPrefix(change, "-"):
		return good
	}
	return plain
}

package store

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// How to log what is missing, in one line each.
const (
	howRequests = "read an access log too (one line per request, --logs access)"
	howBodies   = "let the gateway log response bodies and read them with --logs response"
)

// notes are sentences for people, each once, in the order of their finding.
type notes struct{ list []string }

func (n *notes) add(format string, args ...any) {
	s := fmt.Sprintf(format, args...)
	if !contains(n.list, s) {
		n.list = append(n.list, s)
	}
}

// coverage is error rows with status >= 400 over requests with status >= 400,
// of the sources that have both.
func (a *answer) coverage() CoverageValue {
	c := CoverageValue{Clamped: a.facts.Clamped, Undated: a.facts.Undated}
	var noRequests, noBodies []string
	both := 0
	for _, s := range a.facts.Sources {
		switch {
		case !s.Requests:
			noRequests = append(noRequests, s.Name)
		case !s.Bodies:
			noBodies = append(noBodies, s.Name)
		default:
			both++
		}
	}
	var reasons []string
	if len(noRequests) > 0 {
		reasons = append(reasons, fmt.Sprintf("no request rows of %s: %s", names(noRequests), howRequests))
	}
	if len(noBodies) > 0 {
		reasons = append(reasons, fmt.Sprintf("no feed with bodies of %s: %s", names(noBodies), howBodies))
	}
	switch {
	case both == 0 && len(a.facts.Sources) == 0:
		c.Reason = "no data"
	case both == 0:
		c.Reason = strings.Join(reasons, "; ")
	case a.coverFailed == 0:
		c.Reason = "no requests with status >= 400 in the range"
	default:
		v := float64(a.coverErrors) / float64(a.coverFailed)
		c.Value = &v
		if v > 1 {
			c.Reason = "feeds disagree: more errors with a body than failed requests"
			a.notes.add("feeds disagree: %d error rows for %d failed requests", a.coverErrors, a.coverFailed)
		}
		for _, r := range reasons {
			a.notes.add("coverage leaves out sources with %s", r)
		}
	}
	return c
}

// explain adds the notes that are about the whole answer.
func (a *answer) explain(none bool, total *line) {
	if a.widened {
		from, to := a.bound()
		a.notes.add("the range was widened to whole %s: %s to %s", grainName(a.fam.grain), bound(from), bound(to))
	}
	if a.empty && !a.q.Since.IsZero() && a.q.Since.Equal(a.q.Until) {
		a.notes.add("the range is empty: it ends where it begins")
	}
	if none || (len(a.facts.Hours) == 0 && total.errors == 0 && total.n == 0) {
		a.explainNone()
	}
	a.explainFeeds()
	a.explainBodies()
	switch a.fam.name {
	case "finding":
		a.notes.add("an entry counts once for each finding that it shows: rows need not sum to errors")
	case "demand":
		if contains(a.measures, MeasureErrors) && len(a.whereE) == 0 {
			a.notes.add("demand is the 501 answers that name a feature; the other errors stand without one")
		}
	}
	if a.facts.Clamped > 0 {
		a.notes.add("%d entries have a time that cannot be right and are in no range: coverage.clamped", a.facts.Clamped)
	}
	if a.facts.Undated > 0 && a.fam.name == "read" {
		a.notes.add("%d dead letters have no time and are in no range: coverage.undated", a.facts.Undated)
	}
}

// explainNone says what the store holds instead.
func (a *answer) explainNone() {
	if a.facts.Newest == 0 {
		if len(a.whereC) > 0 {
			a.notes.add("nothing is held of this source")
		} else {
			a.notes.add("the store holds no events")
		}
		return
	}
	span := fmt.Sprintf("the store holds events from %s to %s", sec(a.facts.Oldest), sec(a.facts.Newest))
	switch {
	case a.from >= a.facts.Newest:
		a.notes.add("the range is newer than the newest event: %s", span)
	case a.to > 0 && a.to <= a.facts.Oldest:
		a.notes.add("the range is older than the oldest event: %s", span)
	case len(a.q.Where) > 0:
		a.notes.add("no rows in this range that the filters let through: %s", span)
	default:
		a.notes.add("no rows in this range: %s", span)
	}
}

// explainFeeds names the hours that are counted differently from the rest.
func (a *answer) explainFeeds() {
	if len(a.hours.unpaired) == 0 || a.fam.requests == 0 || !a.hours.anyRequests {
		return
	}
	var sources []string
	hours := 0
	for s, n := range a.hours.unpaired {
		sources = append(sources, s)
		hours += n
	}
	sort.Strings(sources)
	unit := "hours"
	if hours == 1 {
		unit = "hour"
	}
	a.notes.add("%d %s of %s without request rows: errors there are counted from error rows, ratio and coverage leave that time out",
		hours, unit, names(sources))
}

// explainBodies says why splits by body show (no body) only.
func (a *answer) explainBodies() {
	if len(a.envelopeNames()) == 0 || a.fam.requests == 0 {
		return
	}
	var without []string
	for _, s := range a.facts.Sources {
		if !s.Bodies {
			without = append(without, s.Name)
		}
	}
	if len(without) > 0 {
		a.notes.add("%s of %s is not known: %s", strings.Join(a.envelopeNames(), ", "), names(without), howBodies)
	}
}

// names lists sources, the first few by name.
func names(list []string) string {
	const few = 5
	quoted := make([]string, 0, few)
	for i, s := range list {
		if i == few {
			return strings.Join(quoted, ", ") + fmt.Sprintf(" and %d more", len(list)-few)
		}
		quoted = append(quoted, fmt.Sprintf("%q", s))
	}
	return strings.Join(quoted, ", ")
}

func grainName(grain int64) string {
	switch grain {
	case 60:
		return "minutes"
	case hourSeconds:
		return "hours"
	default:
		return "days"
	}
}

func bound(t *time.Time) string {
	if t == nil {
		return "unbounded"
	}
	return t.Format(time.RFC3339)
}

func sec(t int64) string { return time.Unix(t, 0).UTC().Format(time.RFC3339) }

package render

import (
	"fmt"
	"strings"
	"time"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// The sections, by the names that also stand in anchors and in CSV.
const (
	secVerdict  = "verdict"
	secCoverage = "coverage"
	secFigures  = "totals"
	secTimeline = "timeline"
	secNew      = "new"
	secGone     = "gone"
	secMovers   = "movers"
	secTop      = "top"
	secMistakes = "client_mistakes"
	secDemand   = "demand"
	secFindings = "findings"
	secMethod   = "method"
)

// section is one part of a report.
type section struct{ key, title string }

// sections are all parts in the order in which people read them.
var sections = [...]section{
	{secVerdict, "Verdict"},
	{secCoverage, "Coverage and what was not read"},
	{secFigures, "Key figures"},
	{secTimeline, "Time line"},
	{secNew, "New errors"},
	{secGone, "Gone errors"},
	{secMovers, "Movers"},
	{secTop, "Top errors"},
	{secMistakes, "Client mistakes"},
	{secDemand, "Demand for what answers 501"},
	{secFindings, "Conformance findings"},
	{secMethod, "Method"},
}

// heading is the title of a report.
func heading(r *report.Report) string {
	if r.Range.Week != "" {
		return "Errors of the week " + r.Range.Week
	}
	return "Error report"
}

// subtitle are the lines under the title: what was asked for.
func subtitle(r *report.Report) []string {
	lines := []string{"Range: " + span(r.Range) + ", time zone " + r.Zone}
	switch {
	case r.Previous != nil:
		lines = append(lines, "Compared with: "+span(r.Previous.Range))
	case r.Method.Compare == "none":
		lines = append(lines, "Compared with: nothing, as asked for")
	default:
		lines = append(lines, "Compared with: nothing; "+notHeld)
	}
	if len(r.Sources) > 0 {
		lines = append(lines, "Sources: "+labels(r.Sources))
	}
	if len(r.Filters) > 0 {
		lines = append(lines, "Only: "+labels(r.Filters))
	}
	return lines
}

// notHeld is why nothing is compared although that was asked for.
const notHeld = "nothing is held of the range to compare with"

func reasonOr(reason, otherwise string) string {
	if reason == "" {
		return otherwise
	}
	return strings.TrimSuffix(label(reason), ".")
}

func labels(list []string) string {
	visible := make([]string, len(list))
	for i, s := range list {
		visible[i] = label(s)
	}
	return strings.Join(visible, ", ")
}

// about says in a sentence what a section shows, "" where that needs no words.
func about(r *report.Report, key string) string {
	days := out.Count(int64(r.Method.NewAfterDays), "day", "days")
	switch key {
	case secTimeline:
		switch r.Timeline.Step {
		case "7d":
			return "Errors by seven days, each under its first day."
		case "1d":
			return "Errors by day and week."
		}
		return "Errors by hour and day."
	case secNew:
		return "Seen in the range and not in the " + days + " before it, by source, type, code, route and param."
	case secGone:
		return "Seen in the range compared with and not in this one, by source, type, code, route and param. Counts are those of then."
	case secMovers:
		if r.Previous == nil {
			return ""
		}
		return fmt.Sprintf("Errors that reached significantly more or fewer callers than in the range compared with (q at most %s among %s tested). × is the factor per day.",
			shortFloat(r.Method.Significance), num(r.Found.Tested))
	case secTop:
		return "An error is its source, method, route, status, type, code, param, feature and message template."
	case secMistakes:
		return "4xx that a caller can mend, by route, type, param and message template."
	case secDemand:
		return "Who asks for what is switched off, on whole UTC days. Attempts are errors with status 501 that name a feature."
	case secFindings:
		return "Where responses do not keep to their own contract."
	}
	return ""
}

// empty says why a section has no rows: a list without rows must not look like
// good news where nothing could be known.
func empty(r *report.Report, key string) string {
	compared := r.Previous != nil
	none := "nothing is compared"
	if r.Method.Compare != "none" {
		none = notHeld
	}
	switch key {
	case secTimeline:
		return "Nothing was logged in this range."
	case secNew:
		if !coversNew(r) {
			return "Not known: " + reasonOr(r.History.Reason, "too little history is held") + "."
		}
		return "None: every error of the range was seen before."
	case secGone:
		if !compared {
			return "Not known: " + none + "."
		}
		return "None: every error of then still occurs."
	case secMovers:
		if !compared {
			return "Not known: " + none + "."
		}
		return fmt.Sprintf("None: of %s tested no change is larger than chance explains.", out.Count(r.Found.Tested, "error", "errors"))
	case secTop:
		return "No errors in this range."
	case secMistakes:
		return "None in this range."
	case secDemand:
		if r.Demand.Totals.Attempts == nil {
			return "Not known: no log with response bodies was read, and only a body names the feature."
		}
		return "No attempts: no error with status 501 names a feature in this range."
	case secFindings:
		return "None in this range."
	}
	return ""
}

// coversNew tells whether enough is held from before the range to know what is
// new: less than the compared range may ask for.
func coversNew(r *report.Report) bool {
	h := &r.History
	return h.Enough || h.From != nil && r.Range.From.Sub(*h.From) >= time.Duration(r.Method.NewAfterDays)*24*time.Hour
}

// caution is what must stand above a list that has rows although too little is
// known for it, else "".
func caution(r *report.Report, key string) string {
	if key == secNew && !coversNew(r) && len(r.New) > 0 {
		return "Too little history: " + reasonOr(r.History.Reason, "too little is held from before the range") + ". Some of these may be old."
	}
	return ""
}

// mostRows bounds lists that --top is not about.
const mostRows = 20

// shown is how many of n rows of a list people see: as many as --top says, of
// which 0 is all.
func shown(r *report.Report, n int) int {
	if r.Method.Top > 0 {
		return min(n, r.Method.Top)
	}
	return n
}

// more says how many rows of a list are not shown, "" where all are.
func more(found int64, shown int) string {
	if found <= int64(shown) {
		return ""
	}
	return "and " + num(found-int64(shown)) + " more: --top 0 -o json has all"
}

// coverageText is the coverage in a sentence.
func coverageText(r *report.Report) string {
	c := &r.Coverage
	if c.Value == nil {
		return "Coverage is not known: " + reasonOr(c.Reason, "no log of every request was read") + "."
	}
	s := "Coverage: " + percent(*c.Value) + " of the failed requests stand in a log with bodies."
	if *c.Value > 1 {
		s = "Coverage: " + percent(*c.Value) + ": the feeds disagree."
	}
	if c.Reason != "" {
		s += " " + upper(reasonOr(c.Reason, "")) + "."
	}
	return s
}

// coverageNotes are what stands in no range, and hours of silence.
func coverageNotes(r *report.Report) []string {
	c := &r.Coverage
	var notes []string
	if c.Clamped > 0 {
		notes = append(notes, out.Count(c.Clamped, "entry has a time that cannot be right and is", "entries have a time that cannot be right and are")+" in no range.")
	}
	if c.Undated > 0 {
		notes = append(notes, out.Count(c.Undated, "dead letter has no time and is", "dead letters have no time and are")+" in no range.")
	}
	if c.Hours.Silent > 0 {
		notes = append(notes, fmt.Sprintf("%s of %s (hours of the range, by source) have no entry at all.",
			num(c.Hours.Silent), num(c.Hours.All)))
	}
	return notes
}

// readReason is what became of entries, in words.
func readReason(reason string) string {
	switch reason {
	case "", "counted":
		return "counted"
	case "success":
		return "success in a log of responses, passed over"
	}
	return "dead: " + label(reason)
}

// capText is a cap that was hit.
func capText(c report.CapHit) string {
	return fmt.Sprintf("%s of errors stand under (other): raise %s and read again to name them.", percent(c.Share), label(c.Setting))
}

// methodLines say how the numbers were made.
func methodLines(r *report.Report) []string {
	m := &r.Method
	lines := []string{
		"errata " + label(r.Version) + ", as of " + r.Now + ", time zone " + label(r.Zone) + ".",
	}
	for _, c := range m.Caps {
		lines = append(lines, capText(c))
	}
	if len(m.Caps) == 0 {
		lines = append(lines, "No cap was hit: nothing stands under (other).")
	}
	if len(m.Widened) > 0 {
		lines = append(lines, "On a coarser grain than the range asked for: "+labels(m.Widened)+".")
	}
	for _, s := range m.Sentences {
		lines = append(lines, label(s))
	}
	return lines
}

// upper is a text as the beginning of a sentence.
func upper(s string) string {
	if s != "" && s[0] >= 'a' && s[0] <= 'z' {
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

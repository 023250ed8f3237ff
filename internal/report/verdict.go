package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"errata/internal/cli/out"
	"errata/store"
)

// The verdict warns below this coverage, and from this share of entries that
// could not be counted on.
const (
	goodCoverage = 0.99
	manyDead     = 0.01
)

// longText is how much of a text from a log a sentence of the verdict shows.
const longText = 60

// verdict is the report in three to five sentences: what is in them of logs is
// printable.
func (b *builder) verdict() []string {
	t := &b.rep.Totals
	if b.held.empty() {
		s := []string{
			"No events are held" + b.ofFilters() + ".",
			"There is nothing to report.",
			"Read logs first, or ask with other filters.",
		}
		if n := t.DeadLetters + b.rep.Coverage.Undated; n > 0 {
			s[2] = out.Count(n, "entry was", "entries were") + " read and could not be counted: see the dead letters."
		}
		return s
	}
	if t.Entries == 0 && t.Errors == 0 && (t.Requests == nil || *t.Requests == 0) {
		return []string{
			"Nothing is held of " + spanText(b.now) + b.ofFilters() + ".",
			"Events are held " + inSpan(b.held) + ".",
			"A report of a range in this span has numbers.",
		}
	}
	s := []string{b.sayTotals(), b.sayCallers(), b.sayNew()}
	for _, say := range []string{b.sayChanges(), b.sayWarning()} {
		if say != "" {
			s = append(s, say)
		}
	}
	return s
}

// sayTotals: how many errors, and against before.
func (b *builder) sayTotals() string {
	t := &b.rep.Totals
	var s strings.Builder
	if t.Errors == 0 {
		s.WriteString("No errors ")
	} else {
		s.WriteString(out.Count(t.Errors, "error ", "errors "))
	}
	s.WriteString(inSpan(b.now))
	if b.unfinished(b.now) {
		s.WriteString(" (held only up to " + momentText(b.held.to) + ")")
	}
	if p := b.rep.Previous; p != nil {
		if t.Errors == 0 && p.Totals.Errors == 0 {
			s.WriteString(", nor " + inSpan(*b.then))
		} else {
			s.WriteString(", " + against(t.Errors, p.Totals.Errors, inSpan(*b.then)))
		}
		if b.partial() {
			s.WriteString(", of which only a part is held")
		}
	} else {
		s.WriteString("; there is nothing to compare with")
	}
	if t.Ratio != nil && t.Requests != nil {
		fmt.Fprintf(&s, "; %s %% of %s requests failed", percent(*t.Ratio), out.Int(*t.Requests))
		if p := b.rep.Previous; p != nil && p.Totals.Ratio != nil {
			fmt.Fprintf(&s, ", before %s %%", percent(*p.Totals.Ratio))
		}
	}
	return s.String() + "."
}

// percent is a share with as many decimals as it needs to say something.
func percent(x float64) string {
	switch p := math.Abs(100 * x); {
	case p == 0 || p >= 1:
		return out.Fixed(100*x, 1)
	case p >= 0.01:
		return out.Fixed(100*x, 2)
	default:
		return "under 0.01"
	}
}

// against compares a count with that of before.
func against(now, old int64, when string) string {
	d := now - old
	switch {
	case d == 0:
		return "as many as " + when
	case old == 0:
		return "none " + when
	}
	more := "more"
	if d < 0 {
		more, d = "fewer", -d
	}
	return fmt.Sprintf("%s %s than %s (%s, %s)", out.Int(d), more, when, out.Int(old), signedPercent(now, old))
}

func signedPercent(now, old int64) string {
	p := 100 * float64(now-old) / float64(old)
	switch {
	case math.Abs(p) < 1:
		return "under 1 %"
	case p >= 1000: // a multiple reads better
		return out.Fixed(float64(now)/float64(old), 0) + " times as many"
	case p < 0:
		return "-" + out.Fixed(-p, 0) + " %"
	default:
		return "+" + out.Fixed(p, 0) + " %"
	}
}

// sayCallers: how many callers the errors reached.
func (b *builder) sayCallers() string {
	t := &b.rep.Totals
	switch {
	case t.Errors == 0:
		read := out.Count(t.Entries, "entry was", "entries were") + " read"
		if b.misses(missedEntries) {
			return "Whatever the filters, " + read + "."
		}
		return read + "."
	case t.Callers == nil:
		return "How many callers they reached is not known: no caller is logged, or the maps of callers are over 70 days old."
	}
	s := "They reached "
	if t.Errors == 1 {
		s = "It reached "
	}
	s += callersText(*t.Callers, t.CallersError)
	if c := b.rep.Change; c != nil && c.Totals.Callers != nil {
		d, old := *c.Totals.Callers, b.rep.Previous.Totals
		switch noise := 2 * valueOf(c.Totals.CallersError); {
		case d == 0 && noise == 0:
			s += ", as many as before"
		case math.Abs(float64(d)) <= noise:
			s += ", about as many as before (" + callersText(*old.Callers, old.CallersError) + ")"
		case d > 0:
			s += ", " + about(noise) + out.Int(d) + " more than before"
		default:
			s += ", " + about(noise) + out.Int(-d) + " fewer than before"
		}
	}
	return s + b.cause() + "."
}

// callersText is a number of callers: an estimate has its mark.
func callersText(n int64, stderr *float64) string {
	return about(valueOf(stderr)) + out.Count(n, "caller", "callers")
}

func about(stderr float64) string {
	if stderr > 0 {
		return "~"
	}
	return ""
}

func valueOf(f *float64) float64 {
	if f == nil {
		return 0
	}
	return *f
}

// sayNew: the worst new error, or why that is not known.
func (b *builder) sayNew() string {
	switch {
	case !b.heldBefore():
		return "What is new is not known: nothing is held from before the range."
	case !b.coversNew():
		return fmt.Sprintf("What is new is not known: what is held begins %s before the range, new needs %d.",
			lengthText(b.now.from.Sub(b.held.from)), b.rep.Method.NewAfterDays) + b.unseen()
	case len(b.rep.New) == 0:
		return "Nothing is new against the 14 days before."
	}
	n := &b.rep.New[0]
	s := "1 error is new: "
	if b.rep.Found.New > 1 {
		s = out.Int(b.rep.Found.New) + " errors are new; " + b.most(n.Callers) + " "
	}
	return s + b.signalText(n) + "."
}

// unseen says how many errors the short history does not have.
func (b *builder) unseen() string {
	if b.rep.Found.New == 0 {
		return " Nothing was unseen in them."
	}
	return fmt.Sprintf(" Unseen in them: %s.", out.Count(b.rep.Found.New, "error", "errors"))
}

// most introduces the first of a list.
func (b *builder) most(callers *int64) string {
	if callers == nil {
		return "the most frequent:"
	}
	return "the one with most callers:"
}

// signalText names an error and what it counts.
func (b *builder) signalText(s *Signal) string {
	return b.errorText(s.Source, s.Type, s.Code, "", s.Route, s.Param) + ", " + countsText(s.Errors, s.Callers, s.CallersError)
}

func countsText(errors int64, callers *int64, stderr *float64) string {
	s := out.Count(errors, "error", "errors")
	if callers == nil {
		return s
	}
	return callersText(*callers, stderr) + ", " + s
}

// errorText names an error for people.
func (b *builder) errorText(source, typ, code, method, route, param string) string {
	var s strings.Builder
	switch typ {
	case "":
		s.WriteString("an error without a type")
	case store.NoBody:
		s.WriteString("an error without a logged body")
	default:
		s.WriteString(short(typ))
	}
	if code != "" && code != store.NoBody {
		s.WriteString(" (code " + short(code) + ")")
	}
	s.WriteString(" on ")
	if method != "" {
		s.WriteString(short(method) + " ")
	}
	s.WriteString(short(route))
	if param != "" && param != store.NoBody {
		s.WriteString(", param " + short(param))
	}
	if len(b.rep.Sources) > 1 {
		s.WriteString(", source " + short(source))
	}
	return s.String()
}

// short is the beginning of a text from a log, printable.
func short(s string) string {
	v := out.Visible(s)
	if len(v) <= longText {
		return v
	}
	r := []rune(v)
	if len(r) <= longText {
		return v
	}
	return string(r[:longText-1]) + "…"
}

// sayChanges: what moved most and what is gone, or that nothing did.
func (b *builder) sayChanges() string {
	if b.then == nil {
		return ""
	}
	var parts []string
	if n := b.rep.Found.Movers; n > 0 {
		up, down := b.strongest("up"), b.strongest("down")
		s := out.Count(n, "error moved beyond noise", "errors moved beyond noise")
		if up != nil {
			s += "; up most: " + b.moverText(up)
		}
		if down != nil {
			s += "; down most: " + b.moverText(down)
		}
		parts = append(parts, s)
	}
	if n := b.rep.Found.Gone; n > 0 {
		g := &b.rep.Gone[0]
		s := "1 error is gone: "
		if n > 1 {
			s = out.Int(n) + " errors are gone; " + b.most(g.Callers) + " "
		}
		parts = append(parts, s+b.signalText(g))
	}
	if len(parts) > 0 {
		return strings.Join(parts, "; ") + "."
	}
	if b.rep.Found.New == 0 && b.coversNew() && !b.partial() {
		what := "range"
		if b.rep.Range.Week != "" {
			what = "week"
		}
		return "Nothing is gone and nothing moved beyond noise: a quiet " + what + "."
	}
	return "Nothing is gone and nothing moved beyond noise."
}

// strongest is the first mover in a direction: they are ordered by change.
func (b *builder) strongest(direction string) *Mover {
	i := slices.IndexFunc(b.rep.Movers, func(m Mover) bool { return m.Direction == direction })
	if i < 0 {
		return nil
	}
	return &b.rep.Movers[i]
}

func (b *builder) moverText(m *Mover) string {
	s := b.errorText(m.Source, m.Type, m.Code, m.Method, m.Route, m.Param) + ", from "
	if m.Basis == basisErrors {
		return s + out.Int(m.PreviousErrors) + " to " + out.Count(m.Errors, "error", "errors")
	}
	return s + about(valueOf(m.PreviousCallersError)) + out.Int(*m.PreviousCallers) + " to " + callersText(*m.Callers, m.CallersError)
}

// sayWarning: what limits the numbers, else the demand.
func (b *builder) sayWarning() string {
	t, c, d := &b.rep.Totals, &b.rep.Coverage, &b.rep.Demand
	switch {
	case c.Value != nil && *c.Value < goodCoverage:
		return fmt.Sprintf("Coverage is %s %%: the other failed requests stand in no log with bodies, so what they were is not known.", percent(*c.Value))
	case t.Entries > 0 && float64(t.DeadLetters) >= manyDead*float64(t.Entries):
		return fmt.Sprintf("%s of %s entries could not be counted: see the dead letters.", out.Int(t.DeadLetters), out.Int(t.Entries))
	case demandOf(d) != "" && !b.misses(missedDemand): // demand of all would answer another question
		return demandOf(d)
	case c.Value == nil && c.Reason != "" && t.Errors > 0:
		return "Coverage is not known: " + c.Reason + "."
	default:
		return ""
	}
}

// demandOf says what switched-off feature is asked for most.
func demandOf(d *Demand) string {
	for i := range d.Rows {
		r := &d.Rows[i]
		if r.Attempts == 0 {
			continue
		}
		s := "Of what answers 501, most asked for is " + short(r.Feature)
		if r.AvailableFrom != "" {
			s += " (available from " + short(r.AvailableFrom) + ")"
		}
		s += ": " + out.Count(r.Attempts, "attempt", "attempts")
		if r.Callers != nil {
			s += " by " + callersText(*r.Callers, r.CallersError)
		}
		return s + "."
	}
	return ""
}

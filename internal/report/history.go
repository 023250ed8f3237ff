package report

import (
	"context"
	"errors"
	"fmt"
	"time"

	"errata/store"
)

// ranges decides on the range, the one compared with, and what of both is held.
func (b *builder) ranges(ctx context.Context) error {
	// An empty range reads nothing but what is held at all; every filter is
	// judged by it as the errors' query will judge it.
	at := time.Unix(day, 0).UTC()
	if err := store.Validate(store.Query{Since: b.o.Since, Until: b.o.Until, By: keyDims(), Where: b.o.Where}); err != nil {
		return err
	}
	r, err := b.r.Query(ctx, store.Query{Since: at, Until: at, By: keyDims(), Where: b.o.Where})
	if err != nil {
		return err
	}
	if r.HeldFrom != nil && r.HeldTo != nil {
		b.held = window{r.HeldFrom.In(b.zone), r.HeldTo.In(b.zone)}
	}
	b.now = b.reported()
	b.rep.Range = rangeOf(b.now)
	if err := b.compare(); err != nil {
		return err
	}
	b.history()
	return nil
}

// reported is the range of the report: an open end is that of what is held.
func (b *builder) reported() window {
	w := window{b.o.Since.In(b.zone), b.o.Until.In(b.zone)}
	none := b.held.empty()
	switch {
	case !b.o.Since.IsZero() && !b.o.Until.IsZero():
	case b.o.Since.IsZero() && b.o.Until.IsZero():
		w = b.held
		if none { // there is no range: an empty one that is at hand
			w.from = b.o.Now.Truncate(time.Minute).In(b.zone)
			w.to = w.from
		}
	case b.o.Since.IsZero():
		if w.from = b.held.from; none || w.from.After(w.to) {
			w.from = w.to
		}
	default:
		if w.to = b.held.to; none || w.to.Before(w.from) {
			w.to = w.from
		}
	}
	return w
}

// compare decides on the range compared with.
func (b *builder) compare() error {
	m := &b.rep.Method
	switch b.o.Compare {
	case CompareNone:
		m.Compare = "none"
		return nil
	case CompareRange:
		w := window{b.o.CompareSince.In(b.zone), b.o.CompareUntil.In(b.zone)}
		m.Compare = endsText(w)
		if b.o.CompareSince.IsZero() || b.o.CompareUntil.IsZero() || w.empty() {
			return errors.New("report: the range to compare with has no length")
		}
		b.asked = &w
		if !w.meet(b.now).empty() {
			b.note("The compared range overlaps the range: what lies in both is counted on both sides.")
		}
	default:
		m.Compare = "previous"
		if b.now.empty() {
			return nil
		}
		w := before(b.now)
		b.asked = &w
	}
	// Whether something is held of it is known when it has been read.
	if w := b.asked.meet(b.held); !w.empty() {
		b.then = b.asked
	}
	return nil
}

// history says how far back what is held reaches, and whether that is enough.
func (b *builder) history() {
	h := &b.rep.History
	if b.held.empty() {
		h.Reason = "no events are held"
		return
	}
	from := b.held.from
	h.From = &from
	back := b.now.from.Sub(from)
	switch {
	case back <= 0:
		h.Reason = "nothing is held from before the range: what is new cannot be told"
	case back < newAfter*time.Second:
		h.Reason = fmt.Sprintf("what is held begins %s before the range, new needs %d", lengthText(back), newAfter/day)
	case b.asked != nil && from.After(b.asked.from):
		h.Reason = "what is held begins later than the compared range"
	case b.asked != nil && b.unfinished(*b.asked):
		h.Reason = "what is held ends before the compared range does"
	default:
		h.Enough = true
	}
}

// coversNew tells whether what is held covers the time that new asks for.
func (b *builder) coversNew() bool {
	return !b.held.empty() && b.now.from.Sub(b.held.from) >= newAfter*time.Second
}

// heldBefore tells whether anything is held from before the range.
func (b *builder) heldBefore() bool { return !b.held.empty() && b.held.from.Before(b.now.from) }

// explainRanges notes what of the ranges is not held.
func (b *builder) explainRanges() {
	switch {
	case b.held.empty():
		b.note("No events are held" + b.ofFilters() + ".")
		return
	case b.now.meet(b.held).empty():
		b.note("Nothing is held of the range: events are held " + inSpan(b.held) + ".")
	case b.unfinished(b.now) && !b.o.Until.IsZero():
		b.note("The newest event is from before " + timeText(b.held.to) + ": the range ends later.")
	}
	switch {
	case b.asked == nil:
	case b.then == nil:
		b.note("Nothing is held of the compared range, " + spanText(*b.asked) + ": there is nothing to compare with.")
	case b.held.from.After(b.then.from):
		b.note(fmt.Sprintf("The compared range is held in part only, from %s on: %s of %s.",
			timeText(b.held.from), lengthText(b.then.to.Sub(b.held.from)), lengthText(b.then.to.Sub(b.then.from))))
	}
	if b.then != nil && b.unfinished(*b.then) {
		b.note("The compared range is held in part only, up to " + timeText(b.held.to) + ".")
	}
}

// partial tells whether only a part of the compared range is held.
func (b *builder) partial() bool {
	return b.then != nil && (b.held.from.After(b.then.from) || b.unfinished(*b.then))
}

// endShare is the part of a range, one in so many, that must be left after the
// newest event until it counts as held in part: its last hours are often silent.
const endShare = 10

// unfinished tells whether w is not over yet, or what is held ends well before it.
func (b *builder) unfinished(w window) bool {
	left := w.to.Sub(b.held.to)
	return !b.held.empty() && left > 0 && (w.to.After(b.o.Now) || left > w.to.Sub(w.from)/endShare)
}

func (b *builder) ofFilters() string {
	if len(b.o.Where) > 0 {
		return " that the filters let through"
	}
	return ""
}

func timeText(t time.Time) string {
	if isMidnight(t) {
		return t.Format("2006-01-02")
	}
	return t.Format("2006-01-02 15:04")
}

// momentText is a time as people write it.
func momentText(t time.Time) string {
	if isMidnight(t) {
		return t.Format(dateLayout)
	}
	return t.Format(momentLayout)
}

// How people write a day and a moment.
const (
	dateLayout   = "2 January 2006"
	momentLayout = dateLayout + " 15:04"
)

// endsText is a range by its ends, of which the last is not in it.
func endsText(w window) string {
	if s := weekOf(w); s != "" {
		return s
	}
	return timeText(w.from) + " to " + timeText(w.to)
}

// spanText names a range for people: as an ISO week, else whole days by the
// first and the last one, as in "18 to 24 November 2026", else by its ends.
func spanText(w window) string {
	if s := weekOf(w); s != "" {
		return s
	}
	const date, clock, moment = dateLayout, "15:04", momentLayout
	from, to := w.from, w.to
	if isMidnight(from) && isMidnight(to) && from.Before(to) {
		to = addDays(to, -1)
		if sameDay(from, to) {
			return to.Format(date)
		}
		switch {
		case from.Year() != to.Year():
			return from.Format(date) + " to " + to.Format(date)
		case from.Month() != to.Month():
			return from.Format("2 January") + " to " + to.Format(date)
		}
		return from.Format("2") + " to " + to.Format(date)
	}
	if sameDay(from, to) {
		return from.Format(moment) + " to " + to.Format(clock)
	}
	return from.Format(moment) + " to " + to.Format(moment)
}

func sameDay(x, y time.Time) bool { return midnight(x).Equal(midnight(y)) }

// inSpan is spanText with the preposition that it has in a sentence.
func inSpan(w window) string {
	whole := isMidnight(w.from) && isMidnight(w.to)
	switch {
	case weekOf(w) != "":
		return "in " + spanText(w)
	case whole && w.from.Before(w.to) && sameDay(w.from, addDays(w.to, -1)):
		return "on " + spanText(w)
	default:
		return "from " + spanText(w)
	}
}

// lengthText is a length of time in its largest unit and, where it is not whole,
// the next one.
func lengthText(d time.Duration) string {
	unit := func(n int64, one string) string {
		if n == 1 {
			return "1 " + one
		}
		return fmt.Sprintf("%d %ss", n, one)
	}
	two := func(first string, n int64, one string) string {
		if n == 0 {
			return first
		}
		return first + " " + unit(n, one)
	}
	switch {
	case d >= 24*time.Hour:
		return two(unit(int64(d/(24*time.Hour)), "day"), int64(d%(24*time.Hour)/time.Hour), "hour")
	case d >= time.Hour:
		return two(unit(int64(d/time.Hour), "hour"), int64(d%time.Hour/time.Minute), "minute")
	default:
		return unit(int64(d/time.Minute), "minute")
	}
}

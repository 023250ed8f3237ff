package demand

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"errata/aggregate"
)

// notes are sentences for people, each once.
type notes struct{ first, last []string }

// add notes what is about the whole answer.
func (n *notes) add(format string, args ...any) { n.first = addOnce(n.first, format, args) }

// later notes what is about a column, behind all that is about the answer.
func (n *notes) later(format string, args ...any) { n.last = addOnce(n.last, format, args) }

func addOnce(list []string, format string, args []any) []string {
	if s := fmt.Sprintf(format, args...); !slices.Contains(list, s) {
		list = append(list, s)
	}
	return list
}

func (n *notes) list() []string {
	return append(append(make([]string, 0, len(n.first)+len(n.last)), n.first...), n.last...)
}

// explain adds what a reader must know of the rows.
func (b *build) explain() {
	u := &b.unnamed
	if b.held.clamped > 0 {
		b.notes.add("%s with a time that cannot be right, in no range", plural(b.held.clamped, "entry", "entries"))
	}
	switch {
	case b.empty || b.held.from.IsZero() || !b.held.to.After(b.from) || !b.held.from.Before(b.to):
		b.explainSpan()
		if b.empty {
			zero := func() *int64 { return new(int64) }
			b.totals = Totals{Attempts: zero(), Callers: zero(), CallersError: new(float64), NoFeature: zero()}
		}
	case b.totals.Attempts == nil:
		b.notes.add("attempts are not known: status 501 was answered %s, and no feed with bodies was read to tell whether features were asked for: %s",
			plural(u.noBody, "time", "times"), howBodies)
	default:
		if u.noBody > 0 {
			b.notes.add("%s with status 501 of %s without a logged body, which can be no attempts here: %s",
				plural(u.noBody, "answer", "answers"), names(u.sources), howBodies)
		}
		if b.attempts == 0 {
			b.explainNone()
		}
	}
	if b.attempts > 0 {
		b.explainCallers()
	}
	if len(b.rows) > 0 && !b.single {
		b.explainCompared()
	}
	b.explainOther()
	b.explainSuccess()
}

// explainSpan says what is held where the range lies beside it.
func (b *build) explainSpan() {
	if b.held.from.IsZero() {
		if len(b.o.Where) > 0 {
			b.notes.add("nothing is held of this source")
		} else {
			b.notes.add("no events are held")
		}
		return
	}
	held := fmt.Sprintf("events are held from %s to %s", show(b.held.from), show(b.held.to))
	switch {
	case !b.from.IsZero() && !b.held.to.After(b.from):
		b.notes.add("the range is newer than the newest event: %s", held)
	case !b.to.IsZero() && !b.held.from.Before(b.to):
		b.notes.add("the range is older than the oldest event: %s", held)
	default:
		b.notes.add("%s", held)
	}
}

// explainNone says why there is no attempt.
func (b *build) explainNone() {
	u := &b.unnamed
	switch {
	case len(u.features) > 0 && b.o.Feature != "":
		b.notes.add("nobody asked for %s in this range; asked for were %s", quoted(b.o.Feature), names(u.features))
	case u.noFeature > 0:
		b.notes.add("no attempts: of %s with status 501 whose body was read, none names a feature", plural(u.noFeature, "answer", "answers"))
	case u.noBody <= 0:
		b.notes.add("no attempts: no answer in this range has status 501")
	default:
		b.notes.add("no attempts: no answer with status 501 has a logged body")
	}
}

func (b *build) explainCallers() {
	share := func(n int64) float64 { return 100 * float64(n) / float64(b.attempts) }
	if n := b.noCaller - b.capped; n > 0 {
		b.notes.later("%s (%.1f %%) without a caller, in no count of callers", plural(n, "attempt", "attempts"), share(n))
	}
	if b.capped > 0 {
		b.notes.later("the callers of %s (%.1f %%) were cut off by a cap: raise %s %s",
			plural(b.capped, "attempt", "attempts"), share(b.capped), capsOfCallers, raiseAndAgain)
	}
	if b.tooMany {
		b.notes.later("more than %d callers are too many to hold each one: ask for fewer days or for one --feature", b.limit)
	}
	if b.unknown.estimated {
		b.notes.later("where callers could not be counted one by one they are estimates: the standard error is callers_error")
	}
	if b.unknown.callers {
		b.notes.later("callers is null where they could neither be counted one by one nor estimated")
	}
	if b.unknown.nobody {
		b.notes.later("callers is null where no caller was logged")
	}
}

func (b *build) explainCompared() {
	switch {
	case b.before.IsZero():
		b.notes.later("new, returning and gone are null: the range before begins at %s, and what is held begins later, at %s",
			show(b.from.Add(b.from.Sub(b.to))), show(b.held.from))
	case b.tooMany:
		b.notes.later("new, returning and gone are null: the callers are too many to compare")
	case b.unknown.compared:
		b.notes.later("new, returning and gone are null where a cap cut off callers: raise %s %s", capsOfCallers, raiseAndAgain)
	}
}

// explainOther says how much has lost its name to a cap.
func (b *build) explainOther() {
	var other int64
	before := false
	for k, t := range b.rows {
		if k.feature == aggregate.Other || k.from == aggregate.Other {
			other += t.attempts
			before = before || t.prevNoCaller > 0 || t.anyBefore()
		}
	}
	if other > 0 {
		b.notes.later("%.1f %% of attempts stand under (other): raise %s %s",
			100*float64(other)/float64(b.attempts), capsOfFeatures, raiseAndAgain)
	}
	if (other > 0 || before) && !b.before.IsZero() && !b.tooMany {
		b.notes.later("new, returning and gone are not certain: attempts under (other), of this range or the one before, may be of any row")
	}
}

func (b *build) explainSuccess() {
	switch {
	case b.single || b.attempts == 0:
	case b.o.Names == nil:
		b.notes.later("orgs is null: no file of caller names is configured (privacy.caller_names_file)")
	case b.unknown.orgs:
		b.notes.later("orgs counts the organisations of those callers that the file of names has, and is null where it has none of them")
	}
	if b.unknown.adopters && b.adopters != nil {
		b.notes.later("converted is null where no available_from is named, and where somebody unknown succeeded with it")
	}
	if b.single {
		return
	}
	if b.unknown.reach {
		b.notes.later("reach is null where more callers asked than were active: the request log knows them by another name")
	}
	if b.active != nil && b.activeError > 0 {
		b.notes.later("reach is an estimate: the active callers are ~%d with a standard error of %.0f", *b.active, b.activeError)
	}
}

// compareCounts orders by the first numbers, then by the second, descending.
func compareCounts(x, y, x2, y2 int64) int {
	return cmp.Or(cmp.Compare(y, x), cmp.Compare(y2, x2))
}

// plural is a number and its noun.
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func value(n *int64) int64 {
	if n == nil {
		return 0
	}
	return *n
}

func micro(us int64) *time.Time {
	t := time.UnixMicro(us).UTC()
	return &t
}

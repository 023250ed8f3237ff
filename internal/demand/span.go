package demand

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"errata/store"
)

// span is what the store holds of the sources asked for.
type span struct {
	from, to time.Time // zero: nothing
	clamped  int64     // entries in no range
}

// resolve settles the range, on whole UTC days, and the one before it.
func (b *build) resolve(ctx context.Context) error {
	// Of an empty range nothing is read but what is held.
	anyTime := time.Unix(0, 0)
	h, err := b.r.Query(ctx, store.Query{Since: anyTime, Until: anyTime, Where: b.where()})
	if err != nil {
		return err
	}
	b.held.clamped = h.Coverage.Clamped
	if h.HeldFrom != nil && h.HeldTo != nil {
		b.held.from, b.held.to = h.HeldFrom.UTC(), h.HeldTo.UTC()
	}
	since, until := b.o.Since.UTC(), b.o.Until.UTC()
	b.from, b.to = floor(since), ceil(until)
	switch {
	case !since.IsZero() && !until.IsZero() && !since.Before(until):
		b.from, b.to, b.empty = since, until, true
		b.notes.add("the range is empty: it ends before it begins, or where it begins")
		return nil
	case since.IsZero():
		b.from = floor(b.held.from)
	}
	if until.IsZero() {
		b.to = ceil(b.held.to)
	}
	if b.from.IsZero() || b.to.IsZero() || !b.from.Before(b.to) {
		// An end is open, and nothing is held on that side.
		b.from, b.to, b.empty = floor(since), ceil(until), true
		return nil
	}
	if !since.IsZero() && !b.from.Equal(since) || !until.IsZero() && !b.to.Equal(until) {
		b.notes.add("the range was widened to whole UTC days: %s to %s", show(b.from), show(b.to))
	}
	if before := b.from.Add(-b.to.Sub(b.from)); !b.held.from.IsZero() && !b.held.from.After(before) {
		b.before = before
	}
	return nil
}

// floor and ceil are the whole UTC days around a time; of none they are none.
func floor(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(day)
}

func ceil(t time.Time) time.Time {
	f := floor(t)
	if f.Equal(t) {
		return f
	}
	return f.Add(day)
}

func show(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// parseCaller reads a caller as a Listing gives it; ok: there is one.
func parseCaller(s string) (caller uint64, ok bool, err error) {
	if s == "" {
		return 0, false, nil
	}
	caller, err = strconv.ParseUint(s, 16, 64)
	if err != nil || len(s) != 16 {
		return 0, false, fmt.Errorf("the store names a caller %q, which is no hash of 16 hex digits", s)
	}
	return caller, true, nil
}

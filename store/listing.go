package store

import (
	"context"
	"slices"
	"time"

	"errata/aggregate"
)

// Listing asks for the merged cells of one kind, for what a Query does not
// sum up: samples, texts of templates, demand by caller. Times are half-open
// and in UTC.
type Listing struct {
	Kind         aggregate.Kind
	Since, Until time.Time     // zero: unbounded; widened to the kind's grain
	By           []string      // key columns of the kind; caller in 16 hex digits ("" for none), pos and status in decimal
	Step         time.Duration // as in a Query; 0: one bucket
	Where        []Filter      // on key columns of the kind
}

// Cell is one merged cell of a Listing.
type Cell struct {
	Time        int64    // start of the bucket in Unix seconds; 0 without a step
	Dims        []string // in the order of Listing.By; they belong to the callee
	N           int64    // 0 where the kind has none: samples
	First, Last int64    // event time in Unix microseconds, 0 where the kind has none
	Text        string   // the smallest one
}

// List yields each merged cell of l once, in any order, as the adapter finds
// them: nothing is held in memory here. A mistake in l is a *UsageError; what
// yield returns ends the listing and is returned as it is.
func List(ctx context.Context, l Listing, sc Scanner, yield func(Cell) error) error {
	s, empty, err := l.scan()
	if err != nil || empty {
		return err
	}
	return sc.Scan(ctx, s, func(g Group) error {
		return yield(Cell{Time: g.Time, Dims: g.Dims, N: g.N, First: g.First, Last: g.Last, Text: g.Text})
	})
}

// listed are the kinds that a Listing may ask for: marks and ledger are the
// store's own.
func listed() []aggregate.Kind {
	return []aggregate.Kind{
		aggregate.KindRequest, aggregate.KindError, aggregate.KindRClient, aggregate.KindEClient,
		aggregate.KindFinding, aggregate.KindRead, aggregate.KindSample, aggregate.KindTemplate,
		aggregate.KindDemand, aggregate.KindAdopt, aggregate.KindActive,
	}
}

// scan is the one pass that answers a listing; empty: there is nothing to read.
func (l Listing) scan() (s Scan, empty bool, err error) {
	if !slices.Contains(listed(), l.Kind) {
		return s, false, usagef("cells of kind %d cannot be listed", l.Kind)
	}
	columns := l.Kind.Columns()
	for i, d := range l.By {
		if !contains(columns, d) {
			return s, false, unknownName("key column of "+l.Kind.String(), d, columns)
		}
		if contains(l.By[:i], d) {
			return s, false, usagef("key column %q is asked for twice", d)
		}
	}
	for _, f := range l.Where {
		if !contains(columns, f.Dim) {
			return s, false, unknownName("key column of "+l.Kind.String(), f.Dim, columns)
		}
		if f.Op > Prefix {
			return s, false, usagef("unknown operator in the filter on %q", f.Dim)
		}
	}
	r, err := rangeOf(l.Since, l.Until, l.Kind.Grain())
	if err != nil {
		return s, false, err
	}
	s = Scan{Kind: l.Kind, From: max(r.from, daySeconds), To: r.to, By: l.By, Where: l.Where, Want: WantSpan | WantText}
	if s.To == 0 {
		s.To = endOfTime
	}
	s.Step, s.Origin, err = stepOf(l.Step, l.Kind.Grain(), "kind "+l.Kind.String())
	return s, r.empty, err
}

// CallerText is a caller as a key column shows it: 16 hex digits, "" for none.
func CallerText(hash uint64) string {
	if hash == 0 {
		return ""
	}
	const digits = "0123456789abcdef"
	var b [16]byte
	for i := range b {
		b[i] = digits[hash>>(60-4*i)&15]
	}
	return string(b[:])
}

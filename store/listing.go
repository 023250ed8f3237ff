package store

import (
	"context"
	"errors"
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
	Dims        []string // in the order of Listing.By
	N           int64
	First, Last int64  // event time in Unix microseconds, 0 where the kind has none
	Text        string // the smallest one
}

// List yields each merged cell of l once, in any order. Dims belong to the
// callee; a mistake in l is a *UsageError.
func List(_ context.Context, _ Listing, _ Scanner, _ func(Cell) error) error {
	return errors.New("store: listings are not built yet")
}

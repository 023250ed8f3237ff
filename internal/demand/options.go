package demand

import (
	"time"

	"errata/store"
)

// Options say which demand is asked for.
type Options struct {
	Since, Until time.Time      // zero: unbounded; widened to whole UTC days
	Feature      string         // "": all
	Where        []store.Filter // on source
	Names        Names          // nil: callers have no names

	maxPairs int // 0: maxPairs; for tests
}

// Names tells who a caller is, by its 16 hex digits.
type Names interface {
	Lookup(caller string) (name, org string, ok bool)
}

package store

import (
	"time"

	"errata/aggregate"
	"errata/ingest"
)

// Batch is what a store writes at once: rows and mark in one transaction.
type Batch struct {
	ID     ingest.BatchID
	Source string
	Rows   []aggregate.Row
	File   *ingest.FileMark // the file's state after the batch; nil for lanes that are no files
	Ledger Ledger
}

// Ledger accounts for a batch: offsets or bytes in, entries out.
type Ledger struct {
	Records int64 `json:"records"` // records with at least one entry
	Blank   int64 `json:"skipped_records"`
	Entries int64 `json:"entries"`
	Counted int64 `json:"counted"`
	Dead    int64 `json:"dead"`
	Skipped int64 `json:"skipped"`
}

// Coverage is what a store holds of a lane.
type Coverage struct {
	Watermark int64 // the lane is in the store up to here; 0: nothing
}

// Op is the operator of a filter.
type Op uint8

// The operators. Prefix compares byte by byte.
const (
	Eq Op = iota
	Ne
	Prefix
)

// Filter restricts a dimension. Filters on one dimension: any of the Eq and
// Prefix ones holds, and none of the Ne ones does.
type Filter struct {
	Dim   string
	Op    Op
	Value string
}

// Query is the one way to read rollups. Times are half-open and in UTC.
type Query struct {
	Since, Until time.Time // zero: unbounded
	By           []string  // dimensions: see Dimensions
	Step         time.Duration
	Where        []Filter
	Measures     []string // see Measures; default errors
	Order        string   // a measure or dimension, "-" before it: descending; "" = default order
	Limit        int      // 0: all
}

// Result answers a Query. JSON names are a contract.
type Result struct {
	From       *time.Time       `json:"from"`
	To         *time.Time       `json:"to"`
	Columns    []string         `json:"-"` // time (with a step), dimensions, measures in the order asked
	Rows       []map[string]any `json:"rows"`
	Totals     map[string]any   `json:"totals"`
	Coverage   CoverageValue    `json:"coverage"`
	OtherShare float64          `json:"other_share"`
	Notes      []string         `json:"notes"`

	// HeldFrom and HeldTo are the span of events held of the sources asked for,
	// whatever the range: null where there are none. An empty range reads
	// nothing else.
	HeldFrom *time.Time `json:"-"`
	HeldTo   *time.Time `json:"-"`
}

// CoverageValue is error rows with status >= 400 over requests with status >= 400.
type CoverageValue struct {
	Value   *float64 `json:"value"`
	Reason  string   `json:"reason,omitempty"`
	Clamped int64    `json:"clamped"` // entries on the clamp day, in no range
	Undated int64    `json:"undated"` // dead letters without a time that is kept
}

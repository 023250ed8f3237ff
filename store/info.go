package store

import (
	"time"

	"errata/ingest"
)

// The columns of an answer that are neither dimension nor measure.
const (
	ColumnTime               = "time"
	ColumnCallersError       = "callers_error"
	ColumnActiveCallersError = "active_callers_error"
)

// FeedUse is one feed that a source was ever read as, in one format.
type FeedUse struct {
	Source string      `json:"source"`
	Format string      `json:"format"`
	Feed   ingest.Feed `json:"feed"`
}

// Requests tells whether a feed stands for requests: one line per request.
func Requests(f ingest.Feed) bool { return f == ingest.FeedAccess || f == ingest.FeedBoth }

// Bodies tells whether a feed carries response bodies.
func Bodies(f ingest.Feed) bool { return f == ingest.FeedResponse || f == ingest.FeedBoth }

// Info says what a store holds.
type Info struct {
	Bytes   int64        `json:"bytes"`
	Schema  int64        `json:"schema"`
	Sources []SourceInfo `json:"sources"`
}

// SourceInfo is the rows of one kind of one source.
type SourceInfo struct {
	Source  string    `json:"source"`
	Kind    string    `json:"kind"`
	From    time.Time `json:"from"` // start of the first grain outside of the clamp day; zero: there is none
	To      time.Time `json:"to"`   // end of the last one
	Rows    int64     `json:"rows"`
	Clamped int64     `json:"clamped"` // rows on the clamp day
}

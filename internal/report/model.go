package report

import (
	"context"
	"time"

	"errata/internal/demand"
	"errata/store"
)

// SchemaVersion is that of the JSON form of a Report. It rises when a member
// goes or changes its meaning; new members do not raise it.
const SchemaVersion = 1

// Reader is what a report is read from: a store at one moment.
type Reader interface {
	Query(ctx context.Context, q store.Query) (store.Result, error)
	List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error
}

// Report is the one model that every format renders. JSON names are a
// contract. A null cannot be known, and a note or reason beside it says why.
type Report struct {
	SchemaVersion int      `json:"schema_version"`
	Version       string   `json:"version"` // of the program
	Now           string   `json:"now"`     // RFC 3339 in the report's zone
	Zone          string   `json:"zone"`
	Range         Range    `json:"range"`
	Filters       []string `json:"filters"` // as --where
	Sources       []string `json:"sources"`
	Verdict       []string `json:"verdict"` // 3 to 5 sentences; what they hold of logs is printable

	Numbers            // of the range
	Previous *Compared `json:"previous"` // of the compared range; null: --compare none, or nothing is held of it
	Change   *Numbers  `json:"change"`   // range less previous; null as previous, members null where either is
	History  History   `json:"history"`
	Coverage Coverage  `json:"coverage"`
	Timeline Timeline  `json:"timeline"`
	New      []Signal  `json:"new"`
	Gone     []Signal  `json:"gone"` // counts are those of the compared range
	Movers   []Mover   `json:"movers"`
	Top      []Error   `json:"top"`
	Mistakes []Mistake `json:"client_mistakes"`
	Demand   Demand    `json:"demand"`
	Findings []Finding `json:"findings"`
	Found    Found     `json:"found"` // how long the lists were before they were cut
	Method   Method    `json:"method"`
	Notes    []string  `json:"notes"`
}

// Demand is the 501 demand of the report, on whole UTC days: the same as
// errata demand prints.
type Demand = demand.Demand

// Range is a half-open span of time.
type Range struct {
	From time.Time `json:"from"` // RFC 3339 in the report's zone
	To   time.Time `json:"to"`
	Week string    `json:"week,omitempty"` // 2026-W46 where it is an ISO week of the zone
}

// Numbers are the totals of a range. Entries, requests and errors are counts
// of log entries; see docs/report.md.
type Numbers struct {
	Totals   Totals           `json:"totals"`
	ByStatus map[string]int64 `json:"by_status"` // request rows; in an hour of a source without them error rows
	ByType   map[string]int64 `json:"by_type"`   // errors; "" without a type, "(no body)" where none was logged; sums to totals.errors
}

// Totals of a range.
type Totals struct {
	Entries      int64    `json:"entries"` // all that was read, successes and dead letters included
	Requests     *int64   `json:"requests"`
	Errors       int64    `json:"errors"`
	Envelopes    *int64   `json:"envelopes"`
	DeadLetters  int64    `json:"dead_letters"`  // entries
	Callers      *int64   `json:"callers"`       // distinct callers of errors
	CallersError *float64 `json:"callers_error"` // standard error in callers, 0 where exact; in a change that of the difference
	Ratio        *float64 `json:"ratio"`         // errors / requests
	P50          *float64 `json:"p50"`           // ms
	P95          *float64 `json:"p95"`
	P99          *float64 `json:"p99"`
}

// Compared is the range compared with.
type Compared struct {
	Range Range `json:"range"`
	Numbers
}

// History says how far back the store reaches.
type History struct {
	From   *time.Time `json:"from"`   // the first event held
	Enough bool       `json:"enough"` // it covers the compared range and the 14 days before the range
	Reason string     `json:"reason"` // why not, else empty
}

// Coverage says what the numbers rest on.
type Coverage struct {
	Value   *float64     `json:"value"`   // error rows with status >= 400 over requests with status >= 400
	Reason  string       `json:"reason"`  // why value is null or over 1, else empty
	Clamped int64        `json:"clamped"` // entries with a time that cannot be right, in no range
	Undated int64        `json:"undated"` // dead letters without a time, in no range
	Read    []ReadCount  `json:"read"`    // entries of the range by what became of them
	Inputs  []Input      `json:"inputs"`  // of a one-shot report: what was read; empty from a store
	NotRead []NotRead    `json:"not_read"`
	Silent  []Gap        `json:"silent"` // longest first, at most 20: hours of a source without any entry, between its first and last, which may lie before and after the range
	Hours   SilentTotals `json:"silent_hours"`
}

// SilentTotals counts hours without any entry.
type SilentTotals struct {
	Silent int64 `json:"silent"`
	All    int64 `json:"all"` // hours of the range times sources
}

// ReadCount is how many entries had one fate.
type ReadCount struct {
	Source   string `json:"source"`
	Reason   string `json:"reason"` // counted, success (in a response log), else the dead letter's
	Entries  int64  `json:"entries"`
	Previous *int64 `json:"previous"`
}

// Input is a file that a one-shot report read.
type Input struct {
	Name    string `json:"name"`
	Format  string `json:"format"`
	Feed    string `json:"feed"`
	Entries int64  `json:"entries"`
	Counted int64  `json:"counted"`
	Dead    int64  `json:"dead"`
	Skipped int64  `json:"skipped"` // successes in a response log
}

// NotRead is an input that was left out or of which nothing was recognised.
type NotRead struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// Gap is a span of hours in which a source logged nothing.
type Gap struct {
	Source string    `json:"source"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
	Hours  int64     `json:"hours"`
}

// Timeline is errors and requests over time.
type Timeline struct {
	Step   string  `json:"step"` // 1h, 1d where the range is over 62 days, 7d where over 3,660 days are held of it
	Points []Point `json:"points"`
}

// Point is one step of the time line.
type Point struct {
	Time     time.Time `json:"time"`
	Errors   int64     `json:"errors"`
	Requests *int64    `json:"requests"`
	Callers  *int64    `json:"callers"`
	Previous *int64    `json:"previous"` // errors of the same step of the compared range
	Silent   bool      `json:"silent"`   // no source logged anything
}

// Sample is a kept example.
type Sample struct {
	RequestID string `json:"request_id"`
	Time      string `json:"time"`
	Position  string `json:"position"`
	Message   string `json:"message"` // redacted
}

// Signal is an error that is new or gone. Its key is source, type, code, route
// and param.
type Signal struct {
	Source       string    `json:"source"`
	Type         string    `json:"type"`
	Code         string    `json:"code"`
	Route        string    `json:"route"`
	Param        string    `json:"param"`
	Errors       int64     `json:"errors"`
	Callers      *int64    `json:"callers"`
	CallersError *float64  `json:"callers_error"`
	FirstSeen    time.Time `json:"first_seen"` // within its range
	LastSeen     time.Time `json:"last_seen"`
	Sample       *Sample   `json:"sample"`
}

// ErrorKey is what makes an error one and the same in top and movers.
type ErrorKey struct {
	Source       string `json:"source"`
	Method       string `json:"method"`
	Route        string `json:"route"`
	Status       int    `json:"status"`
	Type         string `json:"type"`
	Code         string `json:"code"`
	Param        string `json:"param"`
	Feature      string `json:"feature"`
	Template     string `json:"template"`      // id
	TemplateText string `json:"template_text"` // "" where there is none
}

// Error is one error of top.
type Error struct {
	ErrorKey
	Errors               int64    `json:"errors"`
	PreviousErrors       *int64   `json:"previous_errors"`
	Change               *int64   `json:"change"` // of errors
	Share                float64  `json:"share"`  // of all errors of the range
	Callers              *int64   `json:"callers"`
	CallersError         *float64 `json:"callers_error"`
	PreviousCallers      *int64   `json:"previous_callers"`
	PreviousCallersError *float64 `json:"previous_callers_error"`
	TopCallerShare       *float64 `json:"top_caller_share"` // at least
	State                string   `json:"state"`            // new, known, or "" where history does not tell
	Days                 []int64  `json:"days"`             // errors by day of the range, at most 31
	Sample               *Sample  `json:"sample"`
}

// Mover is an error that reached significantly more or fewer callers than in
// the compared range.
type Mover struct {
	ErrorKey
	Basis                string   `json:"basis"`     // callers, or errors where no callers are known
	Direction            string   `json:"direction"` // up or down
	Errors               int64    `json:"errors"`
	PreviousErrors       int64    `json:"previous_errors"`
	Callers              *int64   `json:"callers"`
	CallersError         *float64 `json:"callers_error"`
	PreviousCallers      *int64   `json:"previous_callers"`
	PreviousCallersError *float64 `json:"previous_callers_error"`
	Change               int64    `json:"change"` // of the basis
	Factor               *float64 `json:"factor"` // of the basis per day, null where it was 0
	P                    float64  `json:"p"`      // two-sided, two significant digits
	Q                    float64  `json:"q"`      // Benjamini-Hochberg
}

// Mistake is a 4xx that a caller can mend.
type Mistake struct {
	Source         string        `json:"source"`
	Method         string        `json:"method"`
	Route          string        `json:"route"`
	Type           string        `json:"type"`
	Param          string        `json:"param"`
	Template       string        `json:"template"`
	TemplateText   string        `json:"template_text"`
	Errors         int64         `json:"errors"`
	PreviousErrors *int64        `json:"previous_errors"`
	Callers        *int64        `json:"callers"`
	CallersError   *float64      `json:"callers_error"`
	Clients        []ClientCount `json:"clients"` // of this source, route, type and param; most first
	Sample         *Sample       `json:"sample"`
}

// ClientCount is errors of one client library.
type ClientCount struct {
	Client string `json:"client"`
	Errors int64  `json:"errors"`
}

// Finding is a conformance finding of a route.
type Finding struct {
	Finding  string  `json:"finding"`
	Source   string  `json:"source"`
	Method   string  `json:"method"`
	Route    string  `json:"route"`
	Status   int     `json:"status"`
	Type     string  `json:"type"`
	Entries  int64   `json:"entries"`
	Previous *int64  `json:"previous"`
	Meaning  string  `json:"meaning"`
	Sample   *Sample `json:"sample"`
}

// Found counts what the lists were cut from.
type Found struct {
	New      int64 `json:"new"`
	Gone     int64 `json:"gone"`
	Movers   int64 `json:"movers"`
	Tested   int64 `json:"tested"` // errors that were tested for movers
	Top      int64 `json:"top"`    // distinct errors of the range
	Mistakes int64 `json:"client_mistakes"`
	Findings int64 `json:"findings"`
}

// Method says how the numbers were made.
type Method struct {
	Compare      string   `json:"compare"` // previous, none or the range as asked
	Top          int      `json:"top"`     // lists are cut here; 0: not
	Significance float64  `json:"significance"`
	BucketError  float64  `json:"bucket_error"`  // largest relative error of a percentile
	ExactCallers int64    `json:"exact_callers"` // distinct counts up to here are exact
	NewAfterDays int      `json:"new_after_days"`
	Caps         []CapHit `json:"caps"`
	Widened      []string `json:"widened"` // sections on a coarser grain than the range asked for, with theirs
	Sentences    []string `json:"sentences"`
}

// CapHit is a cap that put errors under (other).
type CapHit struct {
	Setting string  `json:"setting"` // to raise
	Share   float64 `json:"share"`   // of errors under (other)
}

// Options say what to report.
type Options struct {
	Since, Until time.Time      // zero: all that is held
	Zone         *time.Location // nil: UTC
	ZoneName     string         // as asked for
	Compare      Comparison
	CompareSince time.Time // of CompareRange
	CompareUntil time.Time
	Where        []store.Filter
	Filters      []string // Where as asked for
	Top          int      // 0: all
	Now          time.Time
	Version      string
	Inputs       []Input
	NotRead      []NotRead
	Demand       demand.Options
}

// Comparison says what the range is compared with.
type Comparison uint8

// The comparisons.
const (
	ComparePrevious Comparison = iota // the equally long range before; of an ISO week or whole days of the zone, in its local time
	CompareRange
	CompareNone
)

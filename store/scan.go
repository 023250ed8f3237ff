package store

import (
	"context"

	"errata/aggregate"
)

// Scanner is what an adapter offers to Answer: it filters and groups, Answer
// decides. All calls of one Answer must see one state of the store.
type Scanner interface {
	// Facts tells what the store holds of the sources that pass the filters.
	Facts(ctx context.Context, s FactScan) (Facts, error)
	// Scan yields each group of merged rows once, in any order. The group
	// belongs to the callee again when yield returns; its slices do not.
	Scan(ctx context.Context, s Scan, yield func(Group) error) error
}

// FactScan asks for facts of a range of hours.
type FactScan struct {
	From, To int64    // Unix seconds on the hour; To 0: unbounded
	Where    []Filter // on source only
}

// Facts are what the answer's choices depend on.
type Facts struct {
	Oldest, Newest int64        // span of event time held, [Oldest, Newest) in Unix seconds; 0, 0: nothing
	Hours          []HourFact   // of the range, outside of the clamp day, ascending by source and hour
	Sources        []SourceFact // ascending by name
	Clamped        int64        // entries counted on the clamp day
	Undated        int64        // dead letters on the clamp day
}

// HourFact tells which kinds a source has in a UTC hour.
type HourFact struct {
	Source           string
	Hour             int64 // Unix seconds
	Requests, Errors bool
}

// SourceFact tells what a source ever had.
type SourceFact struct {
	Name     string
	Requests bool // request rows, or a feed that writes them
	Bodies   bool // error rows, or a feed with bodies
}

// Hours restricts a scan to (source, UTC hour) pairs.
type Hours uint8

// The choices of hours.
const (
	HoursAll Hours = iota
	HoursWithRequests
	HoursWithoutRequests
	HoursWithoutErrors
)

// Want says which measures of a scan are needed besides n.
type Want uint8

// The measures of a scan.
const (
	WantBytes Want = 1 << iota
	WantHist
	WantCallers // Callers, NoCaller and Expired; of demand rows the caller column
	WantHeavy
	WantEnveloped
	WantSpan // First and Last
	WantText
)

// Scan is one pass over the rows of one kind. It groups by and filters on any
// key columns of the kind, compared as text: status and pos in decimal, caller
// as CallerText.
type Scan struct {
	Kind         aggregate.Kind
	From, To     int64 // Unix seconds, half-open; From is after the clamp day
	By           []string
	Step, Origin int64 // width of the time buckets and where they begin; 0: one bucket
	Where        []Filter
	Hours        Hours
	FailedOnly   bool // only rows with status >= 400
	Want         Want
}

// Group is the merged rows of one group.
type Group struct {
	Time      int64    // start of the bucket; 0 without a step
	Dims      []string // in the order of Scan.By, as text
	N         int64    // 0 where the kind has none
	Failed    int64    // of N, with status >= 400
	Extra     int64
	Enveloped int64 // of N, with shape envelope
	Bytes     int64
	NoCaller  int64
	Hist      []aggregate.BucketCount // ascending by bucket
	Callers   []aggregate.CallerCount // the K smallest hashes
	Heavy     []aggregate.CallerCount
	Expired   bool // a cell's caller map is older than MapsExpire

	First, Last int64  // Unix microseconds; cells without one (0) are passed over; 0 where the kind has none
	Text        string // the smallest one by bytes; "" where the kind has none
}

// MapsExpire is how long after the writing of a cell its caller maps are
// valid, in seconds: 70 days. Readers take older ones as gone, removed or not.
const MapsExpire = 70 * 86400

// Bucket is the start of the time bucket that holds t.
func (s Scan) Bucket(t int64) int64 {
	if s.Step == 0 {
		return 0
	}
	return floorTo(t-s.Origin, s.Step) + s.Origin
}

// CallerMap is the value of the internal measure caller_map.
type CallerMap struct {
	Callers  []aggregate.CallerCount // the K smallest hashes with their rows, ascending
	Heavy    []aggregate.CallerCount // the heaviest beyond those: at least
	NoCaller int64
	Expired  bool // older than MapsExpire: the maps are not to be used
}

package ingest

import "context"

// Feed says what kind of lines a lane carries.
type Feed string

// The feeds. FeedAuto is decided at the first ingest of a source and format.
const (
	FeedAuto     Feed = ""
	FeedAccess   Feed = "access"   // one line per request, no body
	FeedResponse Feed = "response" // with bodies, maybe errors only
	FeedBoth     Feed = "both"     // one line per request, with bodies
)

// Record is one line of a file or one Kafka message. Value belongs to the lane
// and is valid until the next Fetch.
type Record struct {
	Offset int64 // decompressed byte offset of the line, or the Kafka offset
	Next   int64 // offset after the record: what a mark would say
	Line   int64 // from 1; 0 where the source has no lines
	Time   int64 // the source's timestamp in Unix nanoseconds, 0: none
	Value  []byte
	// TooLong: the record was longer than the limit; Value holds its first bytes only.
	TooLong bool
}

// LaneID names a lane for good: a nonce drawn at first sight for a file;
// cluster, topic id, partition and epoch for Kafka.
type LaneID string

// Range is the half-open range [From, To) of a lane's offsets.
type Range struct{ From, To int64 }

// BatchID identifies a batch across crashes.
type BatchID struct {
	Lane  LaneID
	Range Range
	Nonce string
}

// FileMark is what a store keeps of a file, so that it is known again when it
// was renamed, rotated or compressed.
type FileMark struct {
	Source   string
	Lane     LaneID
	Name     string // base name or as given; for people
	Feed     Feed
	Format   string // preset of its first counted entry
	Length   int64  // the mark: decompressed bytes counted so far
	Lines    int64  // lines counted so far
	HeadHash string // of the first min(4 KiB, Length) bytes, hex
	TailHash string // of the 4 KiB before Length, hex
}

// Source hands out lanes.
type Source interface {
	// Next blocks until there is a lane; io.EOF: there are no more. After an *InputError the
	// next call goes on with the next input. A lane is closed before the next is asked for.
	Next(ctx context.Context) (Lane, error)
	Close(ctx context.Context) error
}

// Lane is one ordered stream of records.
type Lane interface {
	ID() LaneID
	// Name is what messages and sample positions call the lane: the file's name or topic/partition.
	Name() string
	// Known is the mark at which the lane continues; the zero mark: seen for the first time.
	Known() FileMark
	// Fetch returns the next records, at least one unless the error is not nil; io.EOF: drained.
	// The records and their values are valid until the next Fetch. An *InputError ends the
	// lane after what could be read was delivered.
	Fetch(ctx context.Context) ([]Record, error)
	// Mark is the state to store with a batch that ends at offset to, the Next of a record of
	// the last Fetch, with lines its Line. From then on the source takes it as stored.
	Mark(to, lines int64) (FileMark, error)
	Close() error
}

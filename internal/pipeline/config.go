package pipeline

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/internal/dlq"
	"errata/parse"
	"errata/store"
)

// Sink is where batches go.
type Sink interface {
	// Covered is how far the lane is in the store.
	Covered(ctx context.Context, lane ingest.LaneID) (store.Coverage, error)
	// Write stores rows and mark at once; the same batch twice is once.
	Write(ctx context.Context, b store.Batch) error
}

// DeadLetters is where entries go that nobody could decode.
type DeadLetters interface {
	// Put returns when the letters are kept for good.
	Put(ctx context.Context, letters ...dlq.Letter) error
}

// FeedBook remembers as what kind of lines a source was read, per format.
type FeedBook interface {
	Feeds(ctx context.Context, source string) ([]store.FeedUse, error)
	// DeclareFeed refuses a feed that would count requests twice with store.ErrFeed.
	DeclareFeed(ctx context.Context, source, format string, feed ingest.Feed) error
}

// Parser turns a record into events; *parse.Parser is one.
type Parser interface {
	Reset(record []byte, timestamp int64)
	Next() bool
	Event() *parse.Event
}

// Fold turns events into rows; *aggregate.Aggregator is one.
type Fold interface {
	Add(ev *parse.Event, pos aggregate.Position)
	Rows() int
	Bytes() int64
	Flush(dst []aggregate.Row) []aggregate.Row
}

const (
	// feedEntries is how many entries of a file decide what its lines are.
	feedEntries = 10_000
	// bytesEvery is how many records pass between two looks at the fold's memory.
	bytesEvery = 64
)

// Config is what a run depends on besides its source.
type Config struct {
	Source   string      // the source's name
	Feed     ingest.Feed // FeedAuto: decided per file
	Formats  []string    // the formats there are, for the hint when nothing is recognised
	Bodyless []string    // formats that cannot carry a body: an access feed from their first entry on

	Parser  Parser
	NewFold func(feed ingest.Feed) (Fold, error) // asked once per feed
	Feeds   FeedBook

	MaxRows    int           // rows of a batch, 0: 50,000
	MaxBytes   int64         // memory of a fold, 0: 64 MiB
	MaxInput   int64         // bytes of lines in a batch, 0: 256 MiB; bounds what a crash makes read again
	MaxLetters int           // dead letters of a batch, 0: 4,096 (of at most some 2 KiB each)
	Grace      time.Duration // for the last write after the context ended, 0: 10 s

	Notice func(ingest.Notice) // nil: nobody listens
	Now    func() time.Time    // nil: time.Now
	Nonce  func() string       // of a batch, nil: 64 random bits in hex
}

// DefaultConfig has the bounds of a batch.
func DefaultConfig() Config {
	return Config{
		Source: "default", MaxRows: 50_000, MaxBytes: 64 << 20, MaxInput: 256 << 20, MaxLetters: 4096,
		Grace: 10 * time.Second,
	}
}

// Validate says what is wrong with c.
func (c *Config) Validate() error {
	var errs []error
	if c.Source == "" {
		errs = append(errs, errors.New("pipeline: no source name"))
	}
	switch c.Feed {
	case ingest.FeedAuto, ingest.FeedAccess, ingest.FeedResponse, ingest.FeedBoth:
	default:
		errs = append(errs, fmt.Errorf("pipeline: no feed is named %q (access, response, both)", c.Feed))
	}
	if c.Parser == nil || c.NewFold == nil || c.Feeds == nil {
		errs = append(errs, errors.New("pipeline: parser, fold or feed book is missing"))
	}
	if c.MaxRows < 0 || c.MaxBytes < 0 || c.MaxInput < 0 || c.MaxLetters < 0 || c.Grace < 0 {
		errs = append(errs, errors.New("pipeline: a bound is negative"))
	}
	return errors.Join(errs...)
}

func (c *Config) fill() {
	d := DefaultConfig()
	if c.MaxRows == 0 {
		c.MaxRows = d.MaxRows
	}
	if c.MaxBytes == 0 {
		c.MaxBytes = d.MaxBytes
	}
	if c.MaxInput == 0 {
		c.MaxInput = d.MaxInput
	}
	if c.MaxLetters == 0 {
		c.MaxLetters = d.MaxLetters
	}
	if c.Grace == 0 {
		c.Grace = d.Grace
	}
	if c.Notice == nil {
		c.Notice = func(ingest.Notice) {}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Nonce == nil {
		c.Nonce = func() string {
			var b [8]byte
			_, _ = rand.Read(b[:]) // documented never to fail
			return hex.EncodeToString(b[:])
		}
	}
}

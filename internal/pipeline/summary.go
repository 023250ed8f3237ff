package pipeline

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"errata/ingest"
	"errata/parse"
	"errata/store"
)

// Counts account for records and entries. Records in a range = Records + Blank
// + Covered; Entries = Counted + Dead + Skipped.
type Counts struct {
	Records int64 // with at least one entry
	Blank   int64 // without any
	Covered int64 // in the store already
	Entries int64
	Counted int64
	Dead    int64
	Skipped int64 // successes of a response feed
	Bytes   int64 // of lines, decompressed
	DeadBy  map[parse.Reason]int64
}

func (c *Counts) add(o *Counts) {
	c.Records += o.Records
	c.Blank += o.Blank
	c.Covered += o.Covered
	c.Entries += o.Entries
	c.Counted += o.Counted
	c.Dead += o.Dead
	c.Skipped += o.Skipped
	c.Bytes += o.Bytes
	if len(o.DeadBy) > 0 && c.DeadBy == nil {
		c.DeadBy = map[parse.Reason]int64{}
	}
	for r, n := range o.DeadBy {
		c.DeadBy[r] += n
	}
}

// Reasons lists the dead by reason, "3 not_json, 1 cut": the most frequent
// first, ties by name.
func (c *Counts) Reasons() string {
	rs := slices.SortedFunc(maps.Keys(c.DeadBy), func(a, b parse.Reason) int {
		return cmp.Or(cmp.Compare(c.DeadBy[b], c.DeadBy[a]), cmp.Compare(a, b))
	})
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = fmt.Sprintf("%d %s", c.DeadBy[r], r)
	}
	return strings.Join(parts, ", ")
}

func (c *Counts) ledger() store.Ledger {
	return store.Ledger{
		Records: c.Records, Blank: c.Blank + c.Covered,
		Entries: c.Entries, Counted: c.Counted, Dead: c.Dead, Skipped: c.Skipped,
	}
}

// File is what became of one lane. Counts are what is in the store.
type File struct {
	Name   string
	Lane   ingest.LaneID
	Feed   ingest.Feed // auto: no entry told
	Format string      // of the first counted entry
	Known  bool        // seen in an earlier run, or earlier in this one
	From   int64       // where the lane began, in decompressed bytes
	To     int64       // how far it is in the store
	Counts
	Err error // it could not be read, or not to its end, or was refused
}

// Unread says why a file, or a part of it, is in no count: it could not be
// read, was refused, or no entry of it was recognised. "" if there is no such
// reason.
func (f *File) Unread() string {
	switch {
	case f.Err != nil:
		return strings.TrimPrefix(f.Err.Error(), f.Name+": ")
	case f.Entries > 0 && f.Dead == f.Entries:
		return "no entry recognised: " + f.Reasons()
	default:
		return ""
	}
}

// NotRead is an input, or the rest of one, that is in no count.
type NotRead struct {
	Name   string
	Reason string
}

// Summary is what a run did. It holds what is committed, also after an error.
type Summary struct {
	Files    []File
	Total    Counts
	Batches  int64
	Rows     int64
	Duration time.Duration
	NotRead  []NotRead // of a one-shot run
}

// Err joins the errors of the files.
func (s *Summary) Err() error {
	var errs []error
	for i := range s.Files {
		errs = append(errs, s.Files[i].Err)
	}
	return errors.Join(errs...)
}

// Unrecognised tells that there were entries and not one was recognised.
func (s *Summary) Unrecognised() bool {
	return s.Total.Entries > 0 && s.Total.Dead == s.Total.Entries
}

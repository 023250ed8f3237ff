package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// Reader is what a store is asked by.
type Reader interface {
	Query(ctx context.Context, q store.Query) (store.Result, error)
	List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error
}

// Store is rows in and answers out: what RunAnswers needs. Where a store also
// has methods of Durable, the answers that depend on them are looked at too.
type Store interface {
	Reader
	Write(ctx context.Context, b store.Batch) error
}

// Durable is a store that outlives its process.
type Durable interface {
	Store
	rower
	printer
	declarer
	Covered(ctx context.Context, lane ingest.LaneID) (store.Coverage, error)
	Feeds(ctx context.Context, source string) ([]store.FeedUse, error)
	Files(ctx context.Context, source string) ([]ingest.FileMark, error)
	Drop(ctx context.Context, source string, dryRun bool) (store.Dropped, error)
	Close() error
}

// What RunAnswers uses where a store has it.
type (
	rower interface {
		Rows(ctx context.Context, yield func(aggregate.Row) error) error
	}
	printer interface {
		SQL(q store.Query) (string, error)
	}
	declarer interface {
		DeclareFeed(ctx context.Context, source, format string, feed ingest.Feed) error
	}
)

// Harness makes durable stores for the suite.
type Harness struct {
	// Open makes an empty store, or opens again the one in dir. The store is
	// closed by the suite.
	Open func(t *testing.T, dir string, now func() time.Time) Durable
	// Break makes the next writes fail at a step: after the rows were written
	// and before the marks ("rows"), or after both and before the end ("marks");
	// of a drop, after the rows went ("rows"). An empty step mends it.
	Break func(s Durable, step string)
	// View calls f with one moment of the store; nil: it has no such thing.
	View func(ctx context.Context, s Durable, f func(Reader) error) error
}

// errBroken is what a broken store returns.
var errBroken = errors.New("storetest: broken on purpose")

// ErrBroken is the error that Harness.Break must make writes fail with.
func ErrBroken() error { return errBroken }

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	RunAnswers(t, func(t *testing.T) Store { return h.open(t) })
	t.Run("write twice is once", h.writeTwice)
	t.Run("overlap is refused", h.overlap)
	t.Run("crash before the mark", h.crash)
	t.Run("marks", h.marks)
	t.Run("feeds", h.feeds)
	t.Run("expired caller maps", h.expired)
	t.Run("reopened", h.reopened)
	t.Run("cancelled", h.cancelled)
	t.Run("view", h.view)
	t.Run("drop", h.drop)
	t.Run("drop that breaks", h.dropBreaks)
}

// RunAnswers runs the part of the suite that is about what a store answers.
// Open makes an empty store; who opens also closes.
func RunAnswers(t *testing.T, open func(t *testing.T) Store) {
	a := answers{open}
	t.Run("merges are additive", a.merges)
	t.Run("any order", a.anyOrder)
	t.Run("random queries", a.randomQueries)
	t.Run("splits sum to errors", a.splits)
	t.Run("feed choice", a.feedChoice)
	t.Run("responses", a.responses)
	t.Run("active callers", a.activeCallers)
	t.Run("ranges", a.ranges)
	t.Run("order and ties", a.order)
	t.Run("filters by bytes", a.filters)
	t.Run("hostile texts", a.hostile)
	t.Run("many callers", a.manyCallers)
	t.Run("estimates within bounds", a.bounds)
	t.Run("nulls have reasons", a.nulls)
	t.Run("other share", a.otherShare)
	t.Run("empty store", a.empty)
	t.Run("random listings", a.randomListings)
	t.Run("listings", a.listings)
	t.Run("listings that cannot be", a.badListings)
	t.Run("cancelled questions", a.cancelled)
}

// answers are the tests of RunAnswers.
type answers struct {
	open func(t *testing.T) Store // an empty one
}

// clock is a time that only tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{t: time.Unix(base+10*86400, 0)} }

// open makes an empty store that the test closes.
func (h Harness) open(t *testing.T) Durable {
	t.Helper()
	return h.openAt(t, t.TempDir(), newClock())
}

func (h Harness) openAt(t *testing.T, dir string, c *clock) Durable {
	t.Helper()
	s := h.Open(t, dir, c.now)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// batch makes a batch of a lane; each carries a thousand positions.
func batch(lane string, i int64, rows []aggregate.Row) store.Batch {
	src := "s"
	if len(rows) > 0 {
		src = rows[0].Source
	}
	return store.Batch{
		ID:     ingest.BatchID{Lane: ingest.LaneID(lane), Range: ingest.Range{From: 1000 * i, To: 1000 * (i + 1)}, Nonce: "n"},
		Source: src, Rows: rows, Ledger: store.Ledger{Records: 1000, Entries: 1000, Counted: 1000},
	}
}

func write(t *testing.T, s Store, b store.Batch) {
	t.Helper()
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatalf("write: %v", err)
	}
}

// cells are all rows of a store by key. Left out is what equal cells need not
// share: heavy.
func cells(t *testing.T, s rower) map[aggregate.Key]aggregate.Row {
	t.Helper()
	out := map[aggregate.Key]aggregate.Row{}
	err := s.Rows(t.Context(), func(r aggregate.Row) error {
		if _, ok := out[r.Key]; ok {
			t.Errorf("cell %+v stands there twice", r.Key)
		}
		out[r.Key] = plainRow(r)
		return nil
	})
	if err != nil {
		t.Fatalf("rows: %v", err)
	}
	return out
}

// plainRow drops heavy, and empty lists.
func plainRow(r aggregate.Row) aggregate.Row {
	r.Heavy = nil
	if len(r.Callers) == 0 {
		r.Callers = nil
	}
	if len(r.Hist) == 0 {
		r.Hist = nil
	}
	return r
}

// merged is what the cells of several batches must be.
func merged(batches ...[]aggregate.Row) map[aggregate.Key]aggregate.Row {
	var rows []aggregate.Row
	for _, b := range batches {
		rows = append(rows, b...)
	}
	out := map[aggregate.Key]aggregate.Row{}
	for _, r := range aggregate.Merge(rows) {
		out[r.Key] = plainRow(r)
	}
	return out
}

// sameCells compares all cells. Of a store that does not hand them out it
// compares what listings tell.
func sameCells(t *testing.T, s Store, want map[aggregate.Key]aggregate.Row) {
	t.Helper()
	r, ok := s.(rower)
	if !ok {
		sameListed(t, s, want)
		return
	}
	got := cells(t, r)
	// cmp.Diff of thousands of cells is slow: it sees only those that differ.
	for k, w := range want {
		if g, ok := got[k]; ok && reflect.DeepEqual(g, w) {
			delete(got, k)
			continue
		} else if diff := cmp.Diff(w, g); diff != "" {
			t.Errorf("cell %+v differs (-want +got):\n%s", k, diff)
		}
		delete(got, k)
	}
	for k := range got {
		t.Errorf("cell %+v should not be there", k)
	}
}

func query(t *testing.T, s Store, q store.Query) store.Result {
	t.Helper()
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("query %+v: %v", q, err)
	}
	return r
}

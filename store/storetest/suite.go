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

// Store is what the suite exercises.
type Store interface {
	Write(ctx context.Context, b store.Batch) error
	Covered(ctx context.Context, lane ingest.LaneID) (store.Coverage, error)
	Query(ctx context.Context, q store.Query) (store.Result, error)
	SQL(q store.Query) (string, error)
	Rows(ctx context.Context, yield func(aggregate.Row) error) error
	DeclareFeed(ctx context.Context, source, format string, feed ingest.Feed) error
	Feeds(ctx context.Context, source string) ([]store.FeedUse, error)
	Files(ctx context.Context, source string) ([]ingest.FileMark, error)
	Close() error
}

// Harness makes stores for the suite.
type Harness struct {
	// Open makes an empty store, or opens again the one in dir. The store is
	// closed by the suite.
	Open func(t *testing.T, dir string, now func() time.Time) Store
	// Break makes the next writes fail at a step: after the rows were written
	// and before the marks ("rows"), or after both and before the end ("marks").
	// An empty step mends it.
	Break func(s Store, step string)
}

// errBroken is what a broken store returns.
var errBroken = errors.New("storetest: broken on purpose")

// ErrBroken is the error that Harness.Break must make writes fail with.
func ErrBroken() error { return errBroken }

// Run runs the whole suite.
func Run(t *testing.T, h Harness) {
	t.Run("write twice is once", h.writeTwice)
	t.Run("merges are additive", h.merges)
	t.Run("any order", h.anyOrder)
	t.Run("overlap is refused", h.overlap)
	t.Run("crash before the mark", h.crash)
	t.Run("marks", h.marks)
	t.Run("feeds", h.feeds)
	t.Run("random queries", h.randomQueries)
	t.Run("splits sum to errors", h.splits)
	t.Run("feed choice", h.feedChoice)
	t.Run("ranges", h.ranges)
	t.Run("order and ties", h.order)
	t.Run("filters by bytes", h.filters)
	t.Run("hostile texts", h.hostile)
	t.Run("many callers", h.manyCallers)
	t.Run("expired caller maps", h.expired)
	t.Run("nulls have reasons", h.nulls)
	t.Run("other share", h.otherShare)
	t.Run("empty store", h.empty)
	t.Run("reopened", h.reopened)
	t.Run("cancelled", h.cancelled)
}

// clock is a time that only tests move.
type clock struct{ t time.Time }

func (c *clock) now() time.Time { return c.t }

func newClock() *clock { return &clock{t: time.Unix(base+10*86400, 0)} }

// open makes an empty store that the test closes.
func (h Harness) open(t *testing.T) Store {
	t.Helper()
	return h.openAt(t, t.TempDir(), newClock())
}

func (h Harness) openAt(t *testing.T, dir string, c *clock) Store {
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
func cells(t *testing.T, s Store) map[aggregate.Key]aggregate.Row {
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

func sameCells(t *testing.T, s Store, want map[aggregate.Key]aggregate.Row) {
	t.Helper()
	got := cells(t, s)
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

package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

func (h Harness) writeTwice(t *testing.T) {
	s := h.open(t)
	rows := randomRows(1, 200)
	b := batch("lane", 0, rows)
	write(t, s, b)
	write(t, s, b)
	again := b
	again.ID.Nonce = "another process"
	write(t, s, again)
	sameCells(t, s, merged(rows))
	if c, err := s.Covered(t.Context(), "lane"); err != nil || c.Watermark != 1000 {
		t.Errorf("covered = %+v, %v; want 1000", c, err)
	}
}

func (a answers) merges(t *testing.T) {
	s := a.open(t)
	var all [][]aggregate.Row
	for i := range int64(6) {
		rows := randomRows(uint64(i), 150)
		all = append(all, rows)
		write(t, s, batch("lane", i, rows))
	}
	sameCells(t, s, merged(all...))
}

// anyOrder writes the batches of several lanes in two orders: late data is one
// more delta, nothing waits for it.
func (a answers) anyOrder(t *testing.T) {
	var batches []store.Batch
	var all [][]aggregate.Row
	for i := range int64(8) {
		rows := randomRows(uint64(10+i), 60)
		all = append(all, rows)
		batches = append(batches, batch([]string{"x", "y", "z"}[i%3], i/3, rows))
	}
	want := merged(all...)
	rng := rand.New(rand.NewPCG(7, 7))
	for range 3 {
		s := a.open(t)
		for _, b := range batches {
			write(t, s, b)
		}
		sameCells(t, s, want)
		rng.Shuffle(len(batches), func(i, j int) { batches[i], batches[j] = batches[j], batches[i] })
	}
}

func (h Harness) overlap(t *testing.T) {
	s := h.open(t)
	rows := randomRows(2, 50)
	write(t, s, batch("lane", 1, rows))
	for _, r := range []ingest.Range{{From: 500, To: 1500}, {From: 1500, To: 2500}, {From: 1000, To: 1999}, {From: 0, To: 5000}} {
		b := batch("lane", 0, rows)
		b.ID.Range = r
		if err := s.Write(t.Context(), b); err == nil || !strings.Contains(err.Error(), "overlaps") {
			t.Errorf("a batch of %v over [1000, 2000): error %v", r, err)
		}
	}
	bad := batch("lane", 5, rows)
	bad.ID.Range.To = bad.ID.Range.From
	if err := s.Write(t.Context(), bad); err == nil {
		t.Error("rows in an empty range were taken")
	}
	bad = batch("lane", 5, []aggregate.Row{{Key: aggregate.Key{Kind: 99, Source: "s"}, N: 1}})
	if err := s.Write(t.Context(), bad); err == nil {
		t.Error("a row of an unknown kind was taken")
	}
	sameCells(t, s, merged(rows))
}

// crash lets the store fail between rows and marks: nothing of the batch may
// be there, and written again it is there once.
func (h Harness) crash(t *testing.T) {
	s := h.open(t)
	first, second := randomRows(3, 100), randomRows(4, 100)
	write(t, s, batch("lane", 0, first))
	for _, step := range []string{"rows", "marks"} {
		h.Break(s, step)
		b := batch("lane", 1, second)
		b.File = &ingest.FileMark{Source: b.Source, Lane: "lane", Name: "a.log", Length: 2000}
		if err := s.Write(t.Context(), b); !errors.Is(err, errBroken) {
			t.Fatalf("a write that breaks at %s: error %v", step, err)
		}
		sameCells(t, s, merged(first))
		if c, err := s.Covered(t.Context(), "lane"); err != nil || c.Watermark != 1000 {
			t.Errorf("after a break at %s: covered = %+v, %v", step, c, err)
		}
		if f, err := s.Files(t.Context(), b.Source); err != nil || len(f) > 0 {
			t.Errorf("after a break at %s: files = %v, %v", step, f, err)
		}
	}
	h.Break(s, "")
	write(t, s, batch("lane", 1, second))
	sameCells(t, s, merged(first, second))
}

func (h Harness) marks(t *testing.T) {
	s := h.open(t)
	if c, err := s.Covered(t.Context(), "nobody"); err != nil || c.Watermark != 0 {
		t.Errorf("an unknown lane is covered: %+v, %v", c, err)
	}
	mark := ingest.FileMark{
		Source: "s", Lane: "lane", Name: "it's a.log", Feed: ingest.FeedAccess, Format: "combined",
		Length: 1000, Lines: 7, HeadHash: "aa", TailHash: "bb",
	}
	b := batch("lane", 0, nil)
	b.File = &mark
	write(t, s, b)
	// Renamed: an empty range moves the mark's other facts only.
	mark.Name = "a.log.1"
	b = batch("lane", 1, nil)
	b.ID.Range = ingest.Range{From: 1000, To: 1000}
	b.File = &mark
	write(t, s, b)
	got, err := s.Files(t.Context(), "s")
	if diff := cmp.Diff([]ingest.FileMark{mark}, got); err != nil || diff != "" {
		t.Errorf("files: %v (-want +got):\n%s", err, diff)
	}
	if got, err := s.Files(t.Context(), "other"); err != nil || len(got) != 0 {
		t.Errorf("files of another source: %v, %v", got, err)
	}
	if c, err := s.Covered(t.Context(), "lane"); err != nil || c.Watermark != 1000 {
		t.Errorf("covered = %+v, %v", c, err)
	}
	b.File = &ingest.FileMark{Source: "s", Lane: "another"}
	if err := s.Write(t.Context(), b); err == nil {
		t.Error("a mark of another lane was taken")
	}
}

func (h Harness) feeds(t *testing.T) {
	ctx := t.Context()
	for _, c := range []struct{ first, second ingest.Feed }{
		{ingest.FeedAccess, ingest.FeedBoth}, {ingest.FeedBoth, ingest.FeedAccess},
	} {
		s := h.open(t)
		for _, f := range []ingest.Feed{c.first, ingest.FeedResponse, c.first} {
			if err := s.DeclareFeed(ctx, "s", "combined", f); err != nil {
				t.Fatalf("declare %s: %v", f, err)
			}
		}
		err := s.DeclareFeed(ctx, "s", "kong", c.second)
		if err == nil || !strings.Contains(err.Error(), "--logs response") || !strings.Contains(err.Error(), `"s"`) {
			t.Errorf("%s after %s: error %v", c.second, c.first, err)
		}
		if err := s.DeclareFeed(ctx, "another", "kong", c.second); err != nil {
			t.Errorf("%s of another source: %v", c.second, err)
		}
		if err := s.DeclareFeed(ctx, "s", "kong", "whatever"); err == nil {
			t.Error("an unknown feed was taken")
		}
		got, err := s.Feeds(ctx, "s")
		want := []store.FeedUse{
			{Source: "s", Format: "combined", Feed: c.first}, {Source: "s", Format: "combined", Feed: ingest.FeedResponse},
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("feeds: %v (-want +got):\n%s", err, diff)
		}
	}
}

// reopened: what was written is there for the next process.
func (h Harness) reopened(t *testing.T) {
	dir, c := t.TempDir(), newClock()
	rows := randomRows(5, 100)
	s := h.Open(t, dir, c.now)
	write(t, s, batch("lane", 0, rows))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = h.openAt(t, dir, c)
	write(t, s, batch("lane", 0, rows))
	sameCells(t, s, merged(rows))
	more := randomRows(6, 100)
	write(t, s, batch("lane", 1, more))
	sameCells(t, s, merged(rows, more))
}

// cancelled: a question that is given up ends with the reason.
func (a answers) cancelled(t *testing.T) {
	s := a.open(t)
	write(t, s, batch("lane", 0, randomRows(1, 10)))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Query(ctx, store.Query{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled query: error %v", err)
	}
	err := s.List(ctx, store.Listing{Kind: aggregate.KindError}, func(store.Cell) error { return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled listing: error %v", err)
	}
}

func (h Harness) cancelled(t *testing.T) {
	s := h.open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Write(ctx, batch("lane", 0, randomRows(1, 10))); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled write: error %v", err)
	}
	if _, err := s.Drop(ctx, "s", false); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled drop: error %v", err)
	}
	sameCells(t, s, map[aggregate.Key]aggregate.Row{})
}

package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// view: what is written while one looks is in none of the answers, by
// whatever they are given.
func (h Harness) view(t *testing.T) {
	if h.View == nil {
		t.Skip("this store has no view")
	}
	s := h.open(t)
	first, second := randomRows(31, 200), randomRows(32, 200)
	write(t, s, batch("lane", 0, first))
	all := store.Listing{Kind: aggregate.KindError, By: aggregate.KindError.Columns()}
	q := store.Query{By: []string{"type"}, Measures: []string{"errors", "callers"}}
	before := query(t, s, q)
	err := h.View(t.Context(), s, func(r Reader) error {
		// Nothing was asked yet: the moment is that of the call.
		write(t, s, batch("lane", 1, second))
		if got, err := r.Query(t.Context(), q); err != nil || !cmp.Equal(before, got) {
			t.Errorf("a query of the view: %v (-want +got):\n%s", err, cmp.Diff(before, got))
		}
		checkList(t, r, first, all)
		// In the midst of a listing one may ask for more.
		cells := 0
		err := r.List(t.Context(), all, func(store.Cell) error {
			if cells++; cells > 1 {
				return nil
			}
			write(t, s, batch("lane", 2, randomRows(33, 50)))
			checkList(t, r, first, store.Listing{Kind: aggregate.KindRead, By: []string{"reason"}})
			return nil
		})
		if want := len(relist(first, all)); err != nil || cells != want {
			t.Errorf("a listing in which others run: %d cells, want %d, error %v", cells, want, err)
		}
		var usage *store.UsageError
		if _, err := r.Query(t.Context(), store.Query{By: []string{"x"}}); !asUsage(err, &usage) {
			t.Errorf("a mistake: error %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("view: %v", err)
	}
	// The next one sees all.
	if err := h.View(t.Context(), s, func(r Reader) error {
		checkList(t, r, slices.Concat(first, second, randomRows(33, 50)), all)
		return nil
	}); err != nil {
		t.Fatalf("view: %v", err)
	}
	mine := errors.New("mine")
	if err := h.View(t.Context(), s, func(Reader) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("an error of one's own: %v", err)
	}
	write(t, s, batch("lane", 3, nil)) // nobody is in the way
}

// ingestOf writes what a source's files hold, as an ingest does.
func ingestOf(t *testing.T, s Durable, source string, seed uint64) []aggregate.Row {
	t.Helper()
	if err := s.DeclareFeed(t.Context(), source, "kong", ingest.FeedBoth); err != nil {
		t.Fatal(err)
	}
	var all []aggregate.Row
	for i := range int64(3) {
		var rows []aggregate.Row
		for _, r := range randomRows(seed+uint64(i), 120) {
			if r.Key.Source == "both" {
				r.Key.Source = source
				rows = append(rows, r)
			}
		}
		rows = aggregate.Merge(rows)
		all = append(all, rows...)
		b := batch(source+"-lane", i, rows)
		b.File = &ingest.FileMark{
			Source: source, Lane: b.ID.Lane, Name: source + ".log", Feed: ingest.FeedBoth, Format: "kong",
			Length: 1000 * (i + 1), HeadHash: "aa", TailHash: "bb",
		}
		write(t, s, b)
	}
	return all
}

// drop: nothing of the source is left, so that it can be read again, and the
// others do not notice.
func (h Harness) drop(t *testing.T) {
	s := h.open(t)
	ctx := t.Context()
	var usage *store.UsageError
	if _, err := s.Drop(ctx, "gone", false); !asUsage(err, &usage) || !strings.Contains(err.Error(), "none at all") {
		t.Errorf("a drop in an empty store: %v", err)
	}
	const hostile = "it's; DROP TABLE strings;--\x01\""
	gone, kept := ingestOf(t, s, "gone", 50), ingestOf(t, s, hostile, 60)
	both := merged(gone, kept)
	for _, dry := range []bool{true, false} {
		d, err := s.Drop(ctx, "gone", dry)
		if err != nil {
			t.Fatalf("drop: %v", err)
		}
		if diff := cmp.Diff(wantDropped("gone", gone), d); diff != "" {
			t.Errorf("dry run %v (-want +got):\n%s", dry, diff)
		}
		if dry {
			sameCells(t, s, both)
		}
	}
	sameCells(t, s, merged(kept))
	for source, want := range map[string]int{"gone": 0, hostile: 1} {
		files, err := s.Files(ctx, source)
		feeds, err2 := s.Feeds(ctx, source)
		if err != nil || err2 != nil || len(files) != want || len(feeds) != want {
			t.Errorf("of %q there are the files %v and the feeds %v: %v, %v", source, files, feeds, err, err2)
		}
		if c, err := s.Covered(ctx, ingest.LaneID(source+"-lane")); err != nil || c.Watermark != int64(3000*want) {
			t.Errorf("%q is covered up to %d, %v", source, c.Watermark, err)
		}
	}
	r := query(t, s, store.Query{By: []string{"source"}, Measures: []string{"errors", "requests"}})
	if len(r.Rows) != 1 || r.Rows[0]["source"] != hostile {
		t.Errorf("by source: %v", r.Rows)
	}
	if r := query(t, s, store.Query{Where: []store.Filter{{Dim: "source", Value: "gone"}}}); !hasNote(r, "nothing is held of this source") {
		t.Errorf("of the one that is gone: rows %v, notes %q", r.Rows, r.Notes)
	}
	for _, dry := range []bool{true, false} {
		_, err := s.Drop(ctx, "gone", dry)
		if !asUsage(err, &usage) || !strings.Contains(err.Error(), `no source "gone"`) || !strings.Contains(err.Error(), `it's; DROP TABLE strings;--\x01\"`) {
			t.Errorf("a source that is not there, dry run %v: error %v", dry, err)
		}
	}
	// Read again, it is what it was; it may also have another feed now.
	if again := ingestOf(t, s, "gone", 50); len(again) != len(gone) {
		t.Fatalf("the second ingest has %d rows, the first had %d", len(again), len(gone))
	}
	sameCells(t, s, both)
	if _, err := s.Drop(ctx, "gone", false); err != nil {
		t.Fatal(err)
	}
	if err := s.DeclareFeed(ctx, "gone", "kong", ingest.FeedAccess); err != nil {
		t.Errorf("another feed after a drop: %v", err)
	}
	// What has a feed but nothing else yet can be dropped as well.
	d, err := s.Drop(ctx, "gone", false)
	if err != nil || len(d.Feeds) != 1 || d.Rows() != 0 {
		t.Errorf("a source with a feed only: %+v, %v", d, err)
	}
	if err := s.DeclareFeed(ctx, "gone", "kong", ingest.FeedBoth); err != nil {
		t.Errorf("another feed after a drop: %v", err)
	}
}

// wantDropped is what a drop after ingestOf must tell.
func wantDropped(source string, rows []aggregate.Row) store.Dropped {
	d := store.Dropped{
		Source: source, Batches: 3, Files: []string{source + ".log"},
		Feeds: []store.FeedUse{{Source: source, Format: "kong", Feed: ingest.FeedBoth}},
	}
	cells := merged(rows)
	for _, k := range kinds() {
		var n int64
		for c := range cells {
			if c.Kind == k {
				n++
			}
		}
		if n > 0 {
			d.Kinds = append(d.Kinds, store.KindRows{Kind: k.String(), Rows: n})
		}
	}
	return d
}

// dropBreaks: a drop that does not reach its end did nothing.
func (h Harness) dropBreaks(t *testing.T) {
	s := h.open(t)
	rows := ingestOf(t, s, "gone", 70)
	for _, step := range []string{"rows", "marks"} {
		h.Break(s, step)
		if d, err := s.Drop(t.Context(), "gone", false); !errors.Is(err, errBroken) || d.Rows() != 0 {
			t.Fatalf("a drop that breaks at %s: %+v, error %v", step, d, err)
		}
		sameCells(t, s, merged(rows))
		f, err := s.Files(t.Context(), "gone")
		if err != nil || len(f) != 1 {
			t.Errorf("after a break at %s: files %v, %v", step, f, err)
		}
		if c, err := s.Covered(t.Context(), "gone-lane"); err != nil || c.Watermark != 3000 {
			t.Errorf("after a break at %s: covered %+v, %v", step, c, err)
		}
	}
	h.Break(s, "")
	if _, err := s.Drop(t.Context(), "gone", false); err != nil {
		t.Fatal(err)
	}
	sameCells(t, s, merged())
	if r := query(t, s, store.Query{}); !hasNote(r, "the store holds no events") {
		t.Errorf("after all is dropped: %+v", r)
	}
}

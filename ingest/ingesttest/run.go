package ingesttest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"errata/ingest"
)

// Open makes a source that holds lines, each ended as its medium ends records,
// and that takes the given marks as stored.
type Open func(t *testing.T, lines [][]byte, known []ingest.FileMark) ingest.Source

// Run runs the suite.
func Run(t *testing.T, open Open) {
	t.Run("order", func(t *testing.T) { order(t, open) })
	t.Run("resume", func(t *testing.T) { resume(t, open) })
	t.Run("marks", func(t *testing.T) { marks(t, open) })
	t.Run("end", func(t *testing.T) { end(t, open) })
	t.Run("cancel", func(t *testing.T) { cancel(t, open) })
}

// Lines are n records of various lengths, some blank, some longer than a
// common read.
func Lines(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		size := []int{0, 1, 40, 300, 5000, 20_000}[i*i%6]
		out[i] = append(fmt.Appendf(nil, "%d ", i), bytes.Repeat([]byte{byte('a' + i%26)}, size)...)
		if i%17 == 3 {
			out[i] = nil
		}
	}
	return out
}

func next(t *testing.T, src ingest.Source) ingest.Lane {
	t.Helper()
	lane, err := src.Next(t.Context())
	if err != nil {
		t.Fatalf("Next: %v", err)
	}
	return lane
}

// order: records come whole, in order and without gaps.
func order(t *testing.T, open Open) {
	lines := Lines(400)
	src := open(t, lines, nil)
	lane := next(t, src)
	if lane.ID() == "" || lane.Name() == "" {
		t.Errorf("a lane without id or name: %q, %q", lane.ID(), lane.Name())
	}
	if k := lane.Known(); k != (ingest.FileMark{}) {
		t.Errorf("known from before: %+v", k)
	}
	var at, n int64
	for {
		recs, err := lane.Fetch(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(recs) == 0 {
			t.Fatal("Fetch returned neither records nor an error")
		}
		for _, r := range recs {
			if r.Offset != at || r.Next <= r.Offset {
				t.Fatalf("record %d lies in [%d, %d), the one before ended at %d", n, r.Offset, r.Next, at)
			}
			if r.Line != 0 && r.Line != n+1 {
				t.Fatalf("record %d has line %d", n, r.Line)
			}
			if n >= int64(len(lines)) || !bytes.Equal(r.Value, lines[n]) || r.TooLong {
				t.Fatalf("record %d differs: %d bytes", n, len(r.Value))
			}
			at = r.Next
			n++
		}
	}
	if n != int64(len(lines)) {
		t.Errorf("%d of %d records", n, len(lines))
	}
	done(t, src, lane)
}

// resume: from a mark after any record, exactly the records after it come.
func resume(t *testing.T, open Open) {
	lines := Lines(40)
	for stop := 1; stop <= len(lines); stop++ {
		src := open(t, lines, nil)
		lane := next(t, src)
		mark, first := take(t, lane, stop)
		id := lane.ID()
		done(t, src, lane)

		src = open(t, lines, []ingest.FileMark{mark})
		lane = next(t, src)
		if lane.ID() != id {
			t.Errorf("after %d records: lane %s became %s", stop, id, lane.ID())
		}
		if k := lane.Known(); k.Length != mark.Length || k.Lines != mark.Lines {
			t.Errorf("after %d records: known %+v, the mark was %+v", stop, k, mark)
		}
		_, rest := take(t, lane, len(lines))
		done(t, src, lane)
		got := append(first, rest...)
		if len(got) != len(lines) {
			t.Fatalf("after %d records: %d in all, not %d", stop, len(got), len(lines))
		}
		for i := range got {
			if !bytes.Equal(got[i].Value, lines[i]) {
				t.Fatalf("after %d records: record %d differs", stop, i)
			}
			if got[i].Line != 0 && got[i].Line != int64(i+1) {
				t.Fatalf("after %d records: record %d has line %d", stop, i, got[i].Line)
			}
		}
	}
}

// take fetches up to n records, copies them and marks the last one.
func take(t *testing.T, lane ingest.Lane, n int) (ingest.FileMark, []ingest.Record) {
	t.Helper()
	var out []ingest.Record
	var mark ingest.FileMark
	for len(out) < n {
		recs, err := lane.Fetch(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range recs[:min(len(recs), n-len(out))] {
			r.Value = bytes.Clone(r.Value)
			out = append(out, r)
		}
		last := out[len(out)-1]
		if mark, err = lane.Mark(last.Next, last.Line); err != nil {
			t.Fatal(err)
		}
	}
	return mark, out
}

// marks: only ends of records just fetched can be marked.
func marks(t *testing.T, open Open) {
	src := open(t, Lines(10), nil)
	lane := next(t, src)
	if _, err := lane.Mark(1, 1); err == nil {
		t.Error("a mark before anything was fetched")
	}
	recs, err := lane.Fetch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	last := recs[len(recs)-1]
	if _, err := lane.Mark(last.Next+1, last.Line); err == nil {
		t.Error("a mark beyond what was fetched")
	}
	if _, err := lane.Mark(recs[0].Offset, 0); err == nil {
		t.Error("a mark before the first record of the fetch")
	}
	for _, r := range recs {
		m, err := lane.Mark(r.Next, r.Line)
		if err != nil {
			t.Fatal(err)
		}
		if m.Length != r.Next || m.Lines != r.Line || m.Lane != lane.ID() {
			t.Errorf("mark %+v of record %d..%d, line %d", m, r.Offset, r.Next, r.Line)
		}
	}
	done(t, src, lane)
}

// end: a drained lane and a drained source stay drained, and nothing comes twice.
func end(t *testing.T, open Open) {
	lines := Lines(20)
	src := open(t, lines, nil)
	lane := next(t, src)
	mark, _ := take(t, lane, len(lines))
	for range 3 {
		if recs, err := lane.Fetch(t.Context()); !errors.Is(err, io.EOF) || len(recs) != 0 {
			t.Errorf("after the end: %d records, %v", len(recs), err)
		}
	}
	if m, err := lane.Mark(mark.Length, mark.Lines); err != nil || m != mark {
		t.Errorf("the mark of the end: %+v, %v; before %+v", m, err, mark)
	}
	done(t, src, lane)
	src = open(t, lines, []ingest.FileMark{mark})
	lane = next(t, src)
	if recs, err := lane.Fetch(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("all was counted, and %d records came, %v", len(recs), err)
	}
	done(t, src, lane)
}

// cancel: an ended context ends Next and Fetch, and what was fetched can still
// be marked.
func cancel(t *testing.T, open Open) {
	ctx, stop := context.WithCancel(t.Context())
	src := open(t, Lines(400), nil)
	lane, err := src.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	recs, err := lane.Fetch(ctx)
	if err != nil {
		t.Fatal(err)
	}
	last := recs[len(recs)-1]
	stop()
	if _, err := lane.Fetch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Fetch after the context ended: %v", err)
	}
	if m, err := lane.Mark(last.Next, last.Line); err != nil || m.Length != last.Next {
		t.Errorf("the mark after the context ended: %+v, %v", m, err)
	}
	if err := lane.Close(); err != nil {
		t.Error(err)
	}
	if _, err := src.Next(ctx); !errors.Is(err, io.EOF) && !errors.Is(err, context.Canceled) {
		t.Errorf("Next after the context ended: %v", err)
	}
	if err := src.Close(context.WithoutCancel(ctx)); err != nil {
		t.Error(err)
	}
}

func done(t *testing.T, src ingest.Source, lane ingest.Lane) {
	t.Helper()
	if err := lane.Close(); err != nil {
		t.Errorf("Close of the lane: %v", err)
	}
	if lane, err := src.Next(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("another lane %v, %v", lane, err)
	}
	if err := src.Close(t.Context()); err != nil {
		t.Errorf("Close of the source: %v", err)
	}
}

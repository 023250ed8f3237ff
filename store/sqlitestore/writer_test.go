package sqlitestore

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// A row with a column that its kind does not have would share a cell with rows
// of another key.
func TestForeignColumns(t *testing.T) {
	for _, tb := range tables() {
		has, not := tb.split()
		if len(has) != len(tb.dims) || len(has)+len(not) != len(keyColumns()) {
			t.Errorf("%s: %d of %d columns, %d others", tb.name, len(has), len(tb.dims), len(not))
		}
		for _, c := range not {
			s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
			r := aggregate.Row{Key: aggregate.Key{Kind: tb.kind, Time: 1793577600, Source: "gw"}, N: 1}
			if c.text == nil {
				r.Status = 500
			} else {
				*c.text(&r.Key) = "x"
			}
			b := store.Batch{ID: ingest.BatchID{Lane: "l", Range: ingest.Range{To: 1}}, Source: "gw", Rows: []aggregate.Row{r}}
			if err := s.Write(t.Context(), b); err == nil || !strings.Contains(err.Error(), " "+c.name) {
				t.Errorf("%s with %s: %v", tb.kind, c.name, err)
			}
			if c, err := s.Covered(t.Context(), "l"); err != nil || c.Watermark != 0 {
				t.Errorf("a refused batch left the mark %+v, %v", c, err)
			}
			break
		}
	}
}

// The ids of a transaction that was rolled back are forgotten: a text gets one
// that exists.
func TestRollbackForgetsIDs(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	row := func(route string) aggregate.Row {
		return aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindRequest, Time: 1793577600, Source: "gw", Route: route, Status: 200}, N: 1}
	}
	write := func(to int64, rows ...aggregate.Row) error {
		return s.Write(t.Context(), store.Batch{ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: to - 1, To: to}}, Source: "gw", Rows: rows})
	}
	s.hook = func(string) error { return errors.New("no") }
	if err := write(1, row("/first"), row("/second")); err == nil {
		t.Fatal("the hook did not fail the write")
	}
	s.hook = nil
	for i, route := range []string{"/second", "/first"} {
		if err := write(int64(i+1), row(route)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	if err := s.Rows(t.Context(), func(r aggregate.Row) error {
		got = append(got, r.Source+r.Route)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	if !slices.Equal(got, []string{"gw/first", "gw/second"}) {
		t.Errorf("the rows are %q", got)
	}
}

package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/internal/config"
	"errata/internal/dlq"
	"errata/store"
	"errata/store/sqlitestore"

	"github.com/google/go-cmp/cmp"
)

func ingestFile(t *testing.T, a *App, names ...string) {
	t.Helper()
	sum, err := a.Ingest(context.Background(), IngestOptions{Inputs: names})
	if err != nil || sum.Err() != nil {
		t.Fatalf("ingest: %v, %v", err, sum.Err())
	}
}

// all are the listed cells of every kind, and an answer over them.
func all(t *testing.T, r Reader) map[string]any {
	t.Helper()
	out := map[string]any{}
	for k := aggregate.KindRequest; k <= aggregate.KindActive; k++ {
		cells := map[string]int64{}
		err := r.List(t.Context(), store.Listing{Kind: k, By: k.Columns()}, func(c store.Cell) error {
			cells[strings.Join(c.Dims, "|")] += c.N + 1
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		out[k.String()] = cells
	}
	q, err := r.Query(t.Context(), store.Query{By: []string{"source", "status"}, Measures: []string{"requests", "errors", "callers"}})
	if err != nil {
		t.Fatal(err)
	}
	out["query"] = q
	return out
}

func viewed(t *testing.T, a *App) (out map[string]any) {
	t.Helper()
	if err := a.View(t.Context(), func(r Reader) error { out = all(t, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestViewIsOneMoment(t *testing.T) {
	a, _ := newApp(t, nil)
	write(t, "a.log", line+line)
	write(t, "b.log", strings.ReplaceAll(line, "404", "500"))
	if err := a.View(t.Context(), func(Reader) error { return nil }); !errors.Is(err, sqlitestore.ErrNoStore) {
		t.Errorf("a view of no store: %v", err)
	}
	ingestFile(t, a, "a.log")
	var before map[string]any
	err := a.View(t.Context(), func(r Reader) error {
		before = all(t, r)
		ingestFile(t, a, "b.log")
		if d := cmp.Diff(before, all(t, r)); d != "" {
			t.Errorf("the view changed (-before +after an ingest): %s", d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if after := viewed(t, a); cmp.Equal(before, after) {
		t.Error("the next view does not see the ingest")
	}
	mine := errors.New("mine")
	if err := a.View(t.Context(), func(Reader) error { return mine }); !errors.Is(err, mine) {
		t.Errorf("an error of the caller: %v", err)
	}
}

func TestDropAndReadAgain(t *testing.T) {
	keep, _ := newApp(t, func(l *config.Loaded) { l.Ingest.Source = "kept" })
	write(t, "a.log", line+"no log line\n"+line)
	write(t, "b.log", line+strings.ReplaceAll(line, "404", "500"))
	a, _ := again(func(l *config.Loaded) { l.Ingest.Source = "gone" })

	for _, dry := range []bool{true, false} {
		if _, err := a.Drop(t.Context(), "gone", dry); !errors.Is(err, sqlitestore.ErrNoStore) {
			t.Errorf("a drop without a store, dry run %v: %v", dry, err)
		}
	}
	if _, err := os.Stat(a.StorePath()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("a drop made a store: %v", err)
	}

	ingestFile(t, keep, "b.log")
	kept := viewed(t, a)
	ingestFile(t, a, "a.log", "b.log")
	want := viewed(t, a)
	for _, dry := range []bool{true, false} {
		d, err := a.Drop(t.Context(), "gone", dry)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"a.log", "b.log"}, d.Files); diff != "" || d.Rows() == 0 || len(d.Feeds) != 1 {
			t.Errorf("dry run %v: %+v; files (-want +got):\n%s", dry, d, diff)
		}
		if got := viewed(t, a); dry && !cmp.Equal(want, got) {
			t.Errorf("a dry run changed the store: %s", cmp.Diff(want, got))
		}
	}
	if d := cmp.Diff(kept, viewed(t, a)); d != "" {
		t.Errorf("what is left (-want +got): %s", d)
	}
	dead := 0
	if _, err := a.DeadLetters(t.Context(), func(dlq.Letter) error { dead++; return nil }); err != nil || dead != 1 {
		t.Errorf("%d dead letters are left, %v", dead, err)
	}
	ingestFile(t, a, "a.log", "b.log")
	if d := cmp.Diff(want, viewed(t, a)); d != "" {
		t.Errorf("read again (-first time +second): %s", d)
	}
	var usage *store.UsageError
	if _, err := a.Drop(t.Context(), "gome", false); !errors.As(err, &usage) || !strings.Contains(err.Error(), `did you mean "gone"? It holds "gone", "kept"`) {
		t.Errorf("a source misspelt: %v", err)
	}
}

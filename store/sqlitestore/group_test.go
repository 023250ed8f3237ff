package sqlitestore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// grouped is a store with 40 callers on each of 9 days.
func grouped(t *testing.T) *Store {
	t.Helper()
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	var rows []aggregate.Row
	for i := range int64(360) {
		rows = append(rows, aggregate.Row{
			Key: aggregate.Key{
				Kind: aggregate.KindDemand, Time: 86400 * (20_000 + i/40), Source: "s", Feature: fmt.Sprint(i % 3), Caller: uint64(1 + i%40),
			},
			N: 1 + i, First: (1000 - i) * (i / 120), Last: 1000 + i, Text: string(rune('a' + i%26)),
		})
	}
	err := s.Write(t.Context(), store.Batch{
		ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: 0, To: 1}}, Source: "s", Rows: rows,
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Whatever the bound on groups in memory, the cells are the same, and no table
// of groups outlives its statement.
func TestGroupsWithinBounds(t *testing.T) {
	s := grouped(t)
	for _, step := range []time.Duration{0, 24 * time.Hour, 7 * 24 * time.Hour} {
		var want map[string]store.Cell
		for _, groups := range []int{1000, 1, 39, 40, 41, 80, 200} {
			s.groups = groups
			got := map[string]store.Cell{}
			l := store.Listing{Kind: aggregate.KindDemand, By: []string{"caller", "feature"}, Step: step}
			err := s.List(t.Context(), l, func(c store.Cell) error {
				k := fmt.Sprint(c.Time, c.Dims)
				if _, ok := got[k]; ok {
					t.Errorf("step %s, %d groups: cell %s comes twice", step, groups, k)
				}
				got[k] = c
				return nil
			})
			if err != nil {
				t.Fatalf("step %s, %d groups: %v", step, groups, err)
			}
			if want == nil {
				want = got
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("step %s, %d groups (-want +got):\n%s", step, groups, diff)
			}
		}
		if len(want) < 40 {
			t.Errorf("step %s: only %d cells", step, len(want))
		}
	}
	if n := len(s.groupers.run); n > 0 {
		t.Errorf("%d tables of groups are left", n)
	}
}

// What is broken off leaves the store as it was.
func TestGroupsBrokenOff(t *testing.T) {
	s := grouped(t)
	mine := errors.New("mine")
	for _, groups := range []int{1, 100, 1000} {
		s.groups = groups
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		l := store.Listing{Kind: aggregate.KindDemand, By: []string{"caller"}, Step: 24 * time.Hour}
		err := s.List(ctx, l, func(store.Cell) error {
			if calls++; calls == 50 {
				return mine
			}
			return nil
		})
		if !errors.Is(err, mine) || calls != 50 {
			t.Errorf("%d groups: %d calls, error %v", groups, calls, err)
		}
		cancel()
		if err := s.List(ctx, l, func(store.Cell) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("%d groups, cancelled: error %v", groups, err)
		}
		if n := len(s.groupers.run); n > 0 {
			t.Errorf("%d groups: %d tables are left", groups, n)
		}
	}
}

// The function of groups has nothing to give to a statement of somebody else.
func TestGroupFunctionIsOurs(t *testing.T) {
	s := grouped(t)
	for _, q := range []string{"SELECT errata_group(1, 2)", "SELECT errata_group('x')", "SELECT errata_group(NULL, time) FROM rollup_demand"} {
		var v any
		err := s.db.QueryRowContext(t.Context(), q).Scan(&v)
		if err == nil || !strings.Contains(err.Error(), "not for people") {
			t.Errorf("%s: %v, error %v", q, v, err)
		}
	}
}

// A damaged store is an error and not an empty name.
func TestMissingText(t *testing.T) {
	s := grouped(t)
	if _, err := s.w.conn.ExecContext(t.Context(), "DELETE FROM strings WHERE text = '2'"); err != nil {
		t.Fatal(err)
	}
	for _, groups := range []int{1, 1000} {
		s.groups = groups
		l := store.Listing{Kind: aggregate.KindDemand, By: []string{"feature"}}
		err := s.List(t.Context(), l, func(store.Cell) error { return nil })
		if err == nil || !strings.Contains(err.Error(), "of a key is missing") {
			t.Errorf("%d groups: error %v", groups, err)
		}
	}
}

package sqlitestore

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// FuzzFilter: a filter's value is compared byte by byte whatever it holds, and
// what is printed of it is a statement that runs and finds the same.
func FuzzFilter(f *testing.F) {
	texts := []string{"", "a", "A", "ab", "a%", "a_b", "'", "' OR 1=1 --", "ä", "a\u0308", "?", "?1", "\x01", "x'41'", "\U0001f600"}
	s, err := Open(context.Background(), Config{Path: filepath.Join(f.TempDir(), "a.db")})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = s.Close() })
	var rows []aggregate.Row
	for i, x := range texts {
		rows = append(rows, aggregate.Row{
			Key: aggregate.Key{Kind: aggregate.KindError, Time: 1793577600, Source: "s", Type: x, Status: uint16(400 + i)}, N: 1,
		})
	}
	err = s.Write(context.Background(), store.Batch{ID: ingest.BatchID{Lane: "l", Range: ingest.Range{To: 1}}, Source: "s", Rows: rows})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string, op byte) {
		q := store.Query{Where: []store.Filter{{Dim: "type", Op: store.Op(op % 3), Value: value}}}
		var want int64
		for _, x := range texts {
			hit := x == value
			switch q.Where[0].Op {
			case store.Ne:
				hit = !hit
			case store.Prefix:
				hit = strings.HasPrefix(x, value)
			}
			if hit {
				want++
			}
		}
		r, err := s.Query(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		if r.Totals["errors"] != want {
			t.Errorf("%q with %d: %v rows, want %d", value, q.Where[0].Op, r.Totals["errors"], want)
		}
		text, err := s.SQL(q)
		if err != nil {
			t.Fatal(err)
		}
		var got int64
		printed := strings.TrimSuffix(text, ";\n")
		err = s.read(t.Context(), func(snap *snapshot) error {
			return snap.each(t.Context(), statement{sql: printed}, func(rows *sql.Rows) error {
				var source string
				var n, failed, extra int64
				if err := rows.Scan(&source, &n, &failed, &extra); err != nil {
					return err
				}
				got += n
				return nil
			})
		})
		if err != nil || got != want {
			t.Errorf("%q with %d: the printed statement finds %d, %v, want %d\n%s", value, q.Where[0].Op, got, err, want, text)
		}
	})
}

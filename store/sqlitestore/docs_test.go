package sqlitestore

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/migrations"
	"errata/store"
)

// docStore holds one row of each kind.
func docStore(t *testing.T) *Store {
	t.Helper()
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	key := aggregate.Key{
		Time: 1793577600, Source: "gw", Route: "/a", Method: "GET", Status: 501, Type: "feature_not_available", Code: "c", Param: "p",
		ParamSource: "field", Feature: "batch", AvailableFrom: "v-2026-01-01", Reason: "no_header", Shape: "envelope", Origin: "app",
		Template: "00112233445566aa", Client: "curl", Auth: "bearer", Retry: "0", Finding: "missing_type",
	}
	var rows []aggregate.Row
	for _, tb := range tables() {
		r := aggregate.Row{Key: key, N: 3, Extra: 1, Bytes: 90, First: 1793577600_250000, Last: 1793577601_500000, Text: "t"}
		r.Kind = tb.kind
		_, not := tb.split()
		for _, c := range not {
			if c.text == nil {
				r.Status = 0
			} else {
				*c.text(&r.Key) = ""
			}
		}
		if tb.key == "caller" {
			r.Caller = 0xab
		}
		rows = append(rows, r)
	}
	b := store.Batch{
		ID: ingest.BatchID{Lane: "l", Range: ingest.Range{To: 100}}, Source: "gw", Rows: rows,
		File:   &ingest.FileMark{Source: "gw", Lane: "l", Name: "a.log", Length: 100},
		Ledger: store.Ledger{Records: 4, Blank: 1, Entries: 9, Counted: 3, Dead: 2, Skipped: 4},
	}
	if err := s.Write(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	return s
}

// The SQL of docs/schema.md runs as it stands and finds rows.
func TestDocumentedSQL(t *testing.T) {
	page, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(page), "\n## SQLite\n")
	if !ok {
		t.Fatal("docs/schema.md has no section on SQLite")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, code, _ := strings.Cut(section, "```sql\n")
	code, _, _ = strings.Cut(code, "```")
	s := docStore(t)
	n := 0
	for q := range strings.SplitSeq(code, ";\n") {
		if strings.TrimSpace(q) == "" {
			continue
		}
		n++
		found := 0
		rows, err := s.db.QueryContext(t.Context(), q)
		if err != nil {
			t.Errorf("%s: %v", q, err)
			continue
		}
		for rows.Next() {
			found++
		}
		if err := rows.Err(); err != nil || found == 0 {
			t.Errorf("%s: %d rows, %v", q, found, err)
		}
		_ = rows.Close()
	}
	if n != 5 {
		t.Errorf("ran %d statements of docs/schema.md", n)
	}
	// Every table of the schema is on the page.
	var tables []string
	rows, err := s.db.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		tables = append(tables, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for _, name := range tables {
		if name == migrations.VersionTable || strings.HasPrefix(name, "rollup_") {
			continue
		}
		if !strings.Contains(section, name) {
			t.Errorf("docs/schema.md does not name %s", name)
		}
	}
}

func TestViews(t *testing.T) {
	s := docStore(t)
	for _, c := range []struct {
		view, columns string
		want          []any
	}{
		{
			"requests", "minute source method route status requests bytes",
			[]any{"2026-11-02T00:00:00Z", "gw", "GET", "/a", int64(501), int64(3), int64(90)},
		},
		{
			"errors", "minute source type code param param_source feature available_from status method route template shape origin entries extra",
			[]any{
				"2026-11-02T00:00:00Z", "gw", "feature_not_available", "c", "p", "field", "batch", "v-2026-01-01", int64(501), "GET", "/a",
				"00112233445566aa", "envelope", "app", int64(3), int64(1),
			},
		},
		{
			"demand", "day source feature available_from reason client caller attempts first_seen last_seen",
			[]any{
				"2026-11-02", "gw", "batch", "v-2026-01-01", "no_header", "curl", "00000000000000ab", int64(3),
				"2026-11-02T00:00:00.250Z", "2026-11-02T00:00:01.500Z",
			},
		},
		{
			"ledger", "topic partition from to records lost entries counted dead skipped",
			[]any{"a.log", int64(0), int64(0), int64(100), int64(4), int64(0), int64(9), int64(3), int64(2), int64(4)},
		},
	} {
		rows, err := s.db.QueryContext(t.Context(), "SELECT * FROM "+c.view)
		if err != nil {
			t.Fatal(err)
		}
		cols, err := rows.Columns()
		if err != nil || strings.Join(cols, " ") != c.columns {
			t.Errorf("%s has the columns %q, %v", c.view, cols, err)
		}
		if !rows.Next() {
			t.Fatalf("%s is empty: %v", c.view, rows.Err())
		}
		got := make([]any, len(cols))
		dst := make([]any, len(cols))
		for i := range dst {
			dst[i] = &got[i]
		}
		if err := rows.Scan(dst...); err != nil {
			t.Fatal(err)
		}
		_ = rows.Close()
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.view, diff)
		}
	}
}

func TestInfo(t *testing.T) {
	s := docStore(t)
	info, err := s.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(info.Sources) != len(tables()) || info.Bytes == 0 {
		t.Fatalf("info is %+v", info)
	}
	for i, x := range info.Sources {
		k := tables()[i].kind
		if x.Source != "gw" || x.Kind != k.String() || x.Rows != 1 || x.Clamped != 0 ||
			x.From.Unix() != 1793577600 || x.To.Unix() != 1793577600+k.Grain() {
			t.Errorf("%s: %+v", k, x)
		}
	}
}

// What --sql prints runs as it stands, and hostile values cannot leave their quotes.
func TestPrintedSQLRuns(t *testing.T) {
	s := docStore(t)
	for _, v := range []string{"/a", "", "it's", "'; DROP TABLE strings; --", "?", "a\nb", "\x00", "\xff", "ä", "\u202e", `"`} {
		for op := store.Eq; op <= store.Prefix; op++ {
			for _, q := range []store.Query{
				{By: []string{"route", "type"}, Measures: []string{"errors", "callers", "p95"}, Where: []store.Filter{{Dim: "route", Op: op, Value: v}}},
				{By: []string{"status"}, Where: []store.Filter{{Dim: "status", Op: op, Value: v}, {Dim: "source", Op: store.Ne, Value: v}}},
			} {
				text, err := s.SQL(q)
				if err != nil {
					t.Fatal(err)
				}
				for st := range strings.SplitSeq(text, ";\n") {
					if strings.TrimSpace(st) == "" || strings.HasPrefix(st, "--") {
						continue
					}
					rows, err := s.db.QueryContext(t.Context(), st)
					if err != nil {
						t.Errorf("value %q: %v\n%s", v, err, st)
						continue
					}
					for rows.Next() {
					}
					if err := rows.Err(); err != nil {
						t.Errorf("value %q: %v\n%s", v, err, st)
					}
					_ = rows.Close()
				}
			}
		}
	}
	if _, err := s.SQL(store.Query{By: []string{"nothing"}}); err == nil {
		t.Error("a query that cannot be asked was printed")
	}
}

func TestLiteral(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{int64(-5), "-5"},
		{"a", "'a'"},
		{"it's", "'it''s'"},
		{"a\nb", "CAST(x'610a62' AS TEXT)"},
		{"\xff", "CAST(x'ff' AS TEXT)"},
		{[]byte("ab"), "CAST('ab' AS BLOB)"},
		{[]byte{0, 1}, "x'0001'"},
		{true, "NULL /* bool */"},
	} {
		if got := literal(c.v); got != c.want {
			t.Errorf("literal(%#v) = %s, want %s", c.v, got, c.want)
		}
	}
}

// Stored maps that are not ours are errors, never wrong numbers.
func TestDamagedMaps(t *testing.T) {
	for _, column := range []string{"callers", "hist"} {
		s := docStore(t)
		if _, err := s.w.conn.ExecContext(t.Context(), "UPDATE rollup_request SET "+column+" = x'0203'"); err != nil {
			t.Fatal(err)
		}
		q := store.Query{Measures: []string{"p50"}}
		if column == "callers" {
			if _, err := s.w.conn.ExecContext(t.Context(), "DELETE FROM rollup_error; UPDATE hours SET errors = 0"); err != nil {
				t.Fatal(err)
			}
			q.Measures[0] = "callers"
		}
		if _, err := s.Query(t.Context(), q); err == nil {
			t.Errorf("damaged %s were read", column)
		}
	}
	for _, b := range [][]byte{{1}, {200}, {5, 1}, {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}} {
		if _, _, err := splitMaps(b); err == nil && len(b) > 0 {
			t.Errorf("joined maps %v were read", b)
		}
	}
}

func TestJoinedMaps(t *testing.T) {
	callers := []aggregate.CallerCount{{Hash: 1, N: 2}, {Hash: 1 << 62, N: 300}}
	heavy := []aggregate.CallerCount{{Hash: 1<<63 - 1, N: 9}}
	for _, c := range [][2][]aggregate.CallerCount{{nil, nil}, {callers, nil}, {callers, heavy}} {
		v, _ := joinMaps(c[0], c[1]).([]byte)
		gotC, gotH, err := splitMaps(v)
		if err != nil || !slices.Equal(gotC, c[0]) || !slices.Equal(gotH, c[1]) {
			t.Errorf("%v and %v became %v and %v, %v", c[0], c[1], gotC, gotH, err)
		}
	}
}

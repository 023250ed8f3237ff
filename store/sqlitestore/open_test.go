package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"errata/ingest"
	"errata/migrations"
	"errata/parse/normal"
	"errata/store"
	"errata/store/storetest"
)

var _ storetest.Durable = (*Store)(nil)

func mustOpen(t *testing.T, cfg Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func wantError(t *testing.T, what string, err, is error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("%s: no error", what)
		return
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("%s: error %q is not %q", what, err, is)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("%s: error %q does not say %q", what, err, p)
		}
	}
}

func TestOpenWhatIsNoStore(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	text := file("access.log", "127.0.0.1 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n")
	short := file("short", "SQLite")
	empty := file("empty", "")
	cut := file("cut", magic+strings.Repeat("x", 200))
	foreign := filepath.Join(dir, "foreign.db")
	runSQL(t, foreign, "CREATE TABLE songs (title TEXT)")
	for _, c := range []struct {
		name, path string
		readOnly   bool
		is         error
		part       string
	}{
		{"no path", "", false, nil, "no path"},
		{"missing", filepath.Join(dir, "missing.db"), true, ErrNoStore, "make one with errata ingest"},
		{"missing folder", filepath.Join(dir, "a/b.db"), true, ErrNoStore, ""},
		{"folder", dir, false, ErrNotStore, "is a directory"},
		{"folder to read", dir, true, ErrNotStore, "is a directory"},
		{"text", text, false, ErrNotStore, "no SQLite database"},
		{"text to read", text, true, ErrNotStore, "no SQLite database"},
		{"short", short, false, ErrNotStore, "no SQLite database"},
		{"empty to read", empty, true, ErrNoStore, "empty"},
		{"broken head", cut, false, nil, "cut"},
		{"another program's", foreign, false, ErrNotStore, "another program"},
		{"another program's to read", foreign, true, ErrNotStore, "another program"},
		{"a file as folder", filepath.Join(text, "x.db"), false, nil, "access.log"},
		{"a device", "/dev/null", false, ErrNotStore, "no regular file"},
	} {
		before, _ := os.ReadFile(c.path)
		s, err := Open(t.Context(), Config{Path: c.path, ReadOnly: c.readOnly, Wait: -1})
		if s != nil {
			_ = s.Close()
		}
		wantError(t, c.name, err, c.is, c.part)
		if after, _ := os.ReadFile(c.path); string(after) != string(before) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	// An empty file becomes a store, so that mktemp names one.
	mustOpen(t, Config{Path: empty})
}

// runSQL runs statements on a database behind the store's back.
func runSQL(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := openDB(path, url.Values{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, q := range statements {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestPathsAreTakenAsTheyAre(t *testing.T) {
	for _, name := range []string{"a?mode=memory", "50%25.db", "sp ace#x.db", "ü.db", "file:x", "a'b\"c"} {
		dir := t.TempDir()
		p := filepath.Join(dir, name)
		s := mustOpen(t, Config{Path: p})
		if err := s.SetMeta(t.Context(), "x", "y"); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		// The store and nothing else, under this very name.
		if found, err := os.ReadDir(dir); err != nil || len(found) != 1 || found[0].Name() != name {
			t.Errorf("%s: the folder holds %v, %v", name, found, err)
		}
		if v, ok, err := mustOpen(t, Config{Path: p, ReadOnly: true}).Meta(t.Context(), "x"); v != "y" || !ok || err != nil {
			t.Errorf("%s: read %q, %v, %v", name, v, ok, err)
		}
	}
}

func TestFilesAreTheOwners(t *testing.T) {
	p := filepath.Join(t.TempDir(), "new", "a.db")
	s := mustOpen(t, Config{Path: p})
	if err := s.SetMeta(t.Context(), "x", "y"); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm", lockSuffix} {
		st, err := os.Stat(p + suffix)
		if err != nil {
			t.Errorf("%s: %v", suffix, err)
		} else if st.Mode().Perm() != 0o600 {
			t.Errorf("%s%s has mode %v", p, suffix, st.Mode())
		}
	}
}

func TestOneWriter(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, Config{Path: p})
	_, err := Open(t.Context(), Config{Path: p, Wait: -1})
	wantError(t, "a second writer", err, ErrBusy, "process ", "try again")
	r := mustOpen(t, Config{Path: p, ReadOnly: true})
	if _, err := r.Info(t.Context()); err != nil {
		t.Errorf("read beside a writer: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close again: %v", err)
	}
	mustOpen(t, Config{Path: p, Wait: -1})
}

// TestWritersTakeTurns: of many who want the lock at once one has it at a time,
// although each removes its file.
func TestWritersTakeTurns(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.db")
	var holding, most atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 40 {
				f, err := tryLock(p)
				if err != nil {
					t.Errorf("lock: %v", err)
					return
				}
				if f == nil {
					continue
				}
				most.Store(max(most.Load(), holding.Add(1)))
				runtime.Gosched()
				holding.Add(-1)
				if err := unlock(p, f); err != nil {
					t.Errorf("unlock: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d held the lock at once", most.Load())
	}
}

func TestReadOnlyRefusesWrites(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.db")
	mustOpen(t, Config{Path: p})
	r := mustOpen(t, Config{Path: p, ReadOnly: true})
	wantError(t, "write", r.Write(t.Context(), store.Batch{}), ErrReadOnly)
	wantError(t, "meta", r.SetMeta(t.Context(), "a", "b"), ErrReadOnly)
	wantError(t, "feed", r.DeclareFeed(t.Context(), "s", "kong", ingest.FeedBoth), ErrReadOnly)
	if _, err := r.db.ExecContext(t.Context(), "DELETE FROM meta"); err == nil {
		t.Error("the engine lets a reader write")
	}
}

func TestClosed(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantError(t, "write", s.Write(t.Context(), store.Batch{}), nil, "closed")
	_, err := s.Query(t.Context(), store.Query{})
	wantError(t, "query", err, nil, "closed")
}

func TestCallerKey(t *testing.T) {
	key := func(b byte) *normal.CallerKey {
		k := normal.CallerKey{b}
		return &k
	}
	open := func(path string, k *normal.CallerKey, readOnly bool) (*Store, error) {
		s, err := Open(t.Context(), Config{Path: path, CallerKey: k, ReadOnly: readOnly})
		if s != nil {
			t.Cleanup(func() { _ = s.Close() })
		}
		return s, err
	}
	stored := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	own := filepath.Join(t.TempDir(), "own.db")
	s, err := open(own, nil, false)
	if err != nil {
		t.Fatal(err)
	}
	first, ok := s.CallerKey()
	if !ok || first == (normal.CallerKey{}) {
		t.Errorf("a new store has the key %v, %v", first, ok)
	}
	_ = s.Close()
	if s, err = open(own, nil, true); err != nil {
		t.Fatal(err)
	}
	if k, ok := s.CallerKey(); !ok || k != first {
		t.Error("the store forgot its key")
	}
	_ = s.Close()
	_, err = open(own, key(1), false)
	wantError(t, "another key for a store with its own", err, ErrCallerKey, first.Fingerprint(), key(1).Fingerprint(), "caller_key_file unset")
	if s, err = open(own, &first, false); err != nil {
		t.Errorf("the store's own key from a file: %v", err)
	} else {
		_ = s.Close()
	}

	given := filepath.Join(t.TempDir(), "given.db")
	if s, err = open(given, key(7), false); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if strings.Contains(stored(given), "07000000000000000000000000000000") {
		t.Error("a key from a file stands in the store")
	}
	_, err = open(given, key(8), false)
	wantError(t, "another key", err, ErrCallerKey, "name the right file")
	_, err = open(given, key(8), true)
	wantError(t, "another key to read", err, ErrCallerKey)
	_, err = open(given, nil, false)
	wantError(t, "no key for a store of a key file", err, ErrCallerKey, "privacy.caller_key_file")
	if s, err = open(given, nil, true); err != nil {
		t.Errorf("to read without the key: %v", err)
	} else if _, ok := s.CallerKey(); ok {
		t.Error("a reader without the key has one")
	}
}

func TestSchemaVersions(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, Config{Path: p})
	info, err := s.Info(t.Context())
	if err != nil || info.Schema != 1 || info.Bytes == 0 || len(info.Sources) != 0 {
		t.Errorf("info of a new store: %+v, %v", info, err)
	}
	_ = s.Close()
	runSQL(t, p, "INSERT INTO "+migrations.VersionTable+" (version_id, is_applied) VALUES (99, 1)")
	_, err = Open(t.Context(), Config{Path: p})
	wantError(t, "a newer schema", err, migrations.ErrNewer, "99", "newer errata")
	_, err = Open(t.Context(), Config{Path: p, ReadOnly: true})
	wantError(t, "a newer schema to read", err, migrations.ErrNewer, "99", "newer errata")
	runSQL(t, p, "DELETE FROM "+migrations.VersionTable+" WHERE version_id > 0")
	_, err = Open(t.Context(), Config{Path: p, ReadOnly: true})
	wantError(t, "an older schema to read", err, nil, "version 0", "errata ingest")
}

func TestMeta(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	ctx := t.Context()
	if v, ok, err := s.Meta(ctx, "nothing"); v != "" || ok || err != nil {
		t.Errorf("an unknown name: %q, %v, %v", v, ok, err)
	}
	for _, v := range []string{"", "a", "'; --"} {
		if err := s.SetMeta(ctx, "k", v); err != nil {
			t.Fatal(err)
		}
		if got, ok, err := s.Meta(ctx, "k"); got != v || !ok || err != nil {
			t.Errorf("wrote %q, read %q, %v, %v", v, got, ok, err)
		}
	}
	for _, name := range []string{"", metaKey, metaFingerprint, metaClear} {
		if err := s.SetMeta(ctx, name, "x"); err == nil {
			t.Errorf("the name %q was taken", name)
		}
	}
}

func TestDamagedFile(t *testing.T) {
	p := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, Config{Path: p})
	_ = s.Close()
	b, err := os.ReadFile(p)
	if err != nil {
		t.Fatal(err)
	}
	for i := 100; i < len(b); i++ {
		b[i] ^= 0xa5
	}
	if err := os.WriteFile(p, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, readOnly := range []bool{false, true} {
		s, err := Open(context.Background(), Config{Path: p, ReadOnly: readOnly})
		if s != nil {
			_ = s.Close()
		}
		wantError(t, "a damaged file", err, nil, "damaged")
	}
}

func TestErrorsOfTheEngineAreExplained(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	if err := s.explain("x", nil); err != nil {
		t.Error(err)
	}
	wantError(t, "any error", s.explain("write a batch", sql.ErrConnDone), sql.ErrConnDone, s.path, "write a batch")
	runSQL(t, s.path, "CREATE TABLE spare (a)")
	conn, err := s.db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	// A statement that waits for somebody else's lock ends with a clear error.
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.w.conn.ExecContext(t.Context(), "PRAGMA busy_timeout = 1"); err != nil {
		t.Fatal(err)
	}
	wantError(t, "a locked database", s.SetMeta(t.Context(), "a", "b"), ErrBusy, "try again")
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if err := s.SetMeta(t.Context(), "a", "b"); err != nil {
		t.Errorf("after the lock is gone: %v", err)
	}
	// A full disk: nothing of the batch is stored, and the store goes on.
	if _, err := s.w.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 1"); err != nil {
		t.Fatal(err)
	}
	rows := benchRows(5000, 0)
	b := store.Batch{ID: ingest.BatchID{Lane: "l", Range: ingest.Range{To: 1}}, Source: "gw", Rows: rows}
	wantError(t, "a full disk", s.Write(t.Context(), b), nil, "disk is full")
	if _, err := s.w.conn.ExecContext(t.Context(), "PRAGMA max_page_count = 1000000"); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), b); err != nil {
		t.Errorf("after there is room: %v", err)
	}
	r, err := s.Query(t.Context(), store.Query{Measures: []string{"requests"}})
	if err != nil || r.Totals["requests"] != int64(3*2500) {
		t.Errorf("after there is room: %v, %v", r.Totals, err)
	}
}

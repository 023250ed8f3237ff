package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"errata/migrations"
	"errata/parse/normal"
)

// appID marks the file as ours for `file` and for Open: "erra".
const appID = 0x65727261

const (
	busyMillis   = 10_000 // how long a statement waits for a lock, in ms
	writerCache  = 32_000 // page cache of the writer in KiB: the hot end of each table
	readerCache  = 16_000 // of each reader
	maxReaders   = 4      // connections of the pool
	walPages     = 4_000  // pages in the log before it is folded into the file
	walKeepBytes = 64 << 20
	magic        = "SQLite format 3\x00"
)

// Store is an open store.
type Store struct {
	path     string
	readOnly bool
	now      func() time.Time
	db       *sql.DB // readers
	lock     *os.File
	key      normal.CallerKey
	hasKey   bool

	groupers groupers // of running statements
	groups   int      // bound on groups in memory, not 0 in tests

	mu sync.Mutex // writes
	w  *writer    // nil in a read-only store
	// hook runs at the named steps of a write; tests make it fail.
	hook func(step string) error
}

// Open opens the store, and for writing creates it where it is missing.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.Path == "" {
		return nil, errors.New("store: no path is given")
	}
	path, err := filepath.Abs(cfg.Path)
	if err != nil {
		return nil, explainFile(cfg.Path, err)
	}
	s := &Store{path: path, readOnly: cfg.ReadOnly, now: cfg.Now}
	if s.now == nil {
		s.now = time.Now
	}
	if err := s.open(ctx, cfg); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, cfg Config) error {
	if err := s.checkFile(); err != nil {
		return err
	}
	if s.readOnly {
		if err := s.openReader(ctx); err != nil {
			return err
		}
		return s.loadKey(ctx, cfg.CallerKey)
	}
	wait := cfg.Wait
	if wait == 0 {
		wait = DefaultWait
	}
	var err error
	if s.lock, err = lockWriter(s.path, wait); err != nil {
		return err
	}
	if err := s.openWriter(ctx); err != nil {
		return err
	}
	return s.loadKey(ctx, cfg.CallerKey)
}

// checkFile tells missing, foreign and unreadable files apart, where the
// engine would say "unable to open database file" to all of them.
func (s *Store) checkFile() error {
	st, err := os.Stat(s.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.readOnly:
		return fmt.Errorf("store %s: %w: make one with errata ingest", s.path, ErrNoStore)
	case errors.Is(err, fs.ErrNotExist):
		return s.create()
	case err != nil:
		return explainFile(s.path, err)
	case st.IsDir():
		return fmt.Errorf("store %s: %w: it is a directory", s.path, ErrNotStore)
	case !st.Mode().IsRegular():
		return fmt.Errorf("store %s: %w: it is no regular file", s.path, ErrNotStore)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return explainFile(s.path, err)
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return explainFile(s.path, err)
	case n == 0 && s.readOnly:
		return fmt.Errorf("store %s: %w: the file is empty", s.path, ErrNoStore)
	case n > 0 && string(head[:n]) != magic:
		return fmt.Errorf("store %s: %w: it is no SQLite database", s.path, ErrNotStore)
	}
	return nil
}

// create makes the file for its owner alone; the engine gives its side files
// the same mode.
func (s *Store) create() error {
	if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
		return explainFile(s.path, err)
	}
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return explainFile(s.path, err)
	}
	return f.Close()
}

func pragmas(list ...string) url.Values {
	v := url.Values{"_pragma": {"busy_timeout(" + strconv.Itoa(busyMillis) + ")"}}
	for _, p := range list {
		v.Add("_pragma", p)
	}
	return v
}

func (s *Store) openPool(params url.Values) error {
	db, err := openDB(s.path, params, &s.groupers)
	if err != nil {
		return err
	}
	db.SetMaxOpenConns(maxReaders)
	s.db = db
	return nil
}

// openReader opens a store that exists. Where the folder is not writable and
// nobody writes, the engine cannot make its shared memory and must be told
// that the file does not change.
func (s *Store) openReader(ctx context.Context) error {
	params := pragmas("query_only(1)", "cache_size(-"+strconv.Itoa(readerCache)+")")
	params.Set("mode", "ro")
	if err := s.openPool(params); err != nil {
		return err
	}
	version, err := s.version(ctx)
	if err != nil && !exists(s.path+"-wal") {
		first := err
		_ = s.db.Close()
		params.Set("immutable", "1")
		if err := s.openPool(params); err != nil {
			return err
		}
		if version, err = s.version(ctx); err != nil {
			return first
		}
	} else if err != nil {
		return err
	}
	m, err := migrations.NewSQLite(s.db)
	if err != nil {
		return err
	}
	switch newest := m.Newest(); {
	case version > newest:
		return fmt.Errorf("store %s: %w: it has version %d, the program knows up to %d: use a newer errata",
			s.path, migrations.ErrNewer, version, newest)
	case version < newest:
		return fmt.Errorf("store %s: its schema has version %d, the program needs %d: any errata ingest into it brings it up to date",
			s.path, version, newest)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// version reads the schema version of a store that claims to be ours.
func (s *Store) version(ctx context.Context) (int64, error) {
	var id int64
	if err := s.db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, s.explain("open it", err)
	}
	if id != appID {
		return 0, fmt.Errorf("store %s: %w: it is a SQLite database of another program", s.path, ErrNotStore)
	}
	var v, tables int64
	err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema WHERE name = ?", migrations.VersionTable).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, s.explain("read its schema version", err)
	}
	err = s.db.QueryRowContext(ctx,
		"SELECT coalesce(max(version_id), 0) FROM "+migrations.VersionTable+" WHERE is_applied").Scan(&v)
	if err != nil {
		return 0, s.explain("read its schema version", err)
	}
	return v, nil
}

// openWriter brings the schema up to date and prepares the writer. The lock is held.
func (s *Store) openWriter(ctx context.Context) error {
	params := pragmas("foreign_keys(0)", "synchronous(NORMAL)", "cache_size(-"+strconv.Itoa(readerCache)+")",
		"wal_autocheckpoint("+strconv.Itoa(walPages)+")", "journal_size_limit("+strconv.Itoa(walKeepBytes)+")")
	params.Set("mode", "rw")
	if err := s.openPool(params); err != nil {
		return err
	}
	if err := s.claim(ctx); err != nil {
		return err
	}
	m, err := migrations.NewSQLite(s.db)
	if err != nil {
		return err
	}
	if err := m.Up(ctx); err != nil {
		if errors.Is(err, migrations.ErrNewer) {
			return fmt.Errorf("store %s: %w: use a newer errata", s.path, err)
		}
		return s.explain("bring its schema up to date", err)
	}
	w, err := newWriter(ctx, s.db)
	if err != nil {
		return s.explain("open it for writing", err)
	}
	s.w = w
	return nil
}

// claim marks an empty database as ours and refuses one of somebody else.
func (s *Store) claim(ctx context.Context) error {
	var id, tables int64
	if err := s.db.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return s.explain("open it", err)
	}
	if id == appID {
		return nil
	}
	if err := s.db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		return s.explain("open it", err)
	}
	if id != 0 || tables > 0 {
		return fmt.Errorf("store %s: %w: it is a SQLite database of another program", s.path, ErrNotStore)
	}
	for _, q := range []string{"PRAGMA journal_mode = WAL", "PRAGMA application_id = " + strconv.Itoa(appID)} {
		if _, err := s.db.ExecContext(ctx, q); err != nil {
			return s.explain("create it", err)
		}
	}
	return nil
}

// Close ends the store's use. It is safe to call more than once.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.w != nil {
		errs = append(errs, s.w.close())
		s.w = nil
	}
	if s.db != nil {
		errs = append(errs, s.db.Close())
		s.db = nil
	}
	if s.lock != nil {
		errs = append(errs, unlock(s.path, s.lock))
		s.lock = nil
	}
	if err := errors.Join(errs...); err != nil {
		return s.explain("close it", err)
	}
	return nil
}

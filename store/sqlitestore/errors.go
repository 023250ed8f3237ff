package sqlitestore

import (
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

var (
	// ErrNoStore is a store that is not there.
	ErrNoStore = errors.New("there is no store")
	// ErrNotStore is a file that is something else.
	ErrNotStore = errors.New("not an errata store")
	// ErrBusy is a store that another process is writing.
	ErrBusy = errors.New("another process is writing the store")
	// ErrCallerKey is a caller key that is not the one that the store was written with.
	ErrCallerKey = errors.New("caller key does not fit the store")
	// ErrReadOnly is a write to a store that was opened for reading.
	ErrReadOnly = errors.New("the store is open for reading only")
)

// explain adds to an error of the engine what it means and what to do.
func (s *Store) explain(op string, err error) error {
	if err == nil {
		return nil
	}
	hint := ""
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return fmt.Errorf("store %s: %s: %w: try again when it is done", s.path, op, ErrBusy)
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
			hint = ": the file or its folder is not writable"
		case sqlite3.SQLITE_CANTOPEN:
			hint = ": the file or its folder is not accessible"
		case sqlite3.SQLITE_FULL:
			hint = ": the disk is full; nothing of this batch was stored"
		case sqlite3.SQLITE_IOERR:
			hint = ": the disk reports an error"
		case sqlite3.SQLITE_CORRUPT:
			hint = ": the file is damaged; restore it or ingest into a new one"
		case sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("store %s: %w: it is no SQLite database", s.path, ErrNotStore)
		}
	}
	return fmt.Errorf("store %s: %s%s: %w", s.path, op, hint, err)
}

// explainFile does the same for errors of the file system.
func explainFile(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("store %s: permission denied: the file or its folder is not accessible to this user: %w", path, err)
	default:
		return fmt.Errorf("store %s: %w", path, err)
	}
}

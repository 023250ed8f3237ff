package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed sqlite/*.sql
var files embed.FS

// ErrNewer is a database whose schema this program does not know yet.
var ErrNewer = errors.New("the schema is newer than this program")

// SQLite brings an open SQLite database to the newest schema.
type SQLite struct{ p *goose.Provider }

// NewSQLite prepares the migrations for a database. It reads nothing yet.
func NewSQLite(db *sql.DB) (*SQLite, error) {
	sub, err := fs.Sub(files, "sqlite")
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, sub,
		goose.WithTableName(VersionTable), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return nil, fmt.Errorf("migrations: %w", err)
	}
	return &SQLite{p: p}, nil
}

// VersionTable is where the versions that were applied are recorded.
const VersionTable = "schema_version"

// Newest is the version that Up leads to.
func (s *SQLite) Newest() int64 {
	src := s.p.ListSources()
	return src[len(src)-1].Version
}

// Up applies what is missing. A database with a newer schema is refused with
// ErrNewer and left as it is. Only one process at a time may call it.
func (s *SQLite) Up(ctx context.Context) error {
	current, err := s.p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("migrations: read the schema version: %w", err)
	}
	if newest := s.Newest(); current > newest {
		return fmt.Errorf("%w: it has version %d, the program knows up to %d", ErrNewer, current, newest)
	}
	if _, err := s.p.Up(ctx); err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	return nil
}

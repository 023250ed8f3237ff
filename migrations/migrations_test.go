package migrations

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// noDB is a database that cannot be reached: the engine's own tests are in the
// adapters, which may import it.
type noDB struct{}

var errNoDB = errors.New("no database")

func (noDB) Connect(context.Context) (driver.Conn, error) { return nil, errNoDB }
func (noDB) Driver() driver.Driver                        { return nil }

func TestUnreachable(t *testing.T) {
	if _, err := NewSQLite(nil); err == nil {
		t.Error("no database at all was taken")
	}
	m, err := NewSQLite(sql.OpenDB(noDB{}))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Up(t.Context()); !errors.Is(err, errNoDB) {
		t.Errorf("an unreachable database: error %v", err)
	}
}

// Each file says that it is a migration and is numbered without gaps.
func TestFiles(t *testing.T) {
	names, err := fs.Glob(files, "sqlite/*.sql")
	if err != nil || len(names) == 0 {
		t.Fatalf("%v, %v", names, err)
	}
	for i, name := range names {
		b, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(b), "-- +goose Up\n") {
			t.Errorf("%s does not begin with -- +goose Up", name)
		}
		if want := i + 1; !strings.HasPrefix(filepath.Base(name), "0000"+string(rune('0'+want))) {
			t.Errorf("%s should have number %d", name, want)
		}
	}
	m, err := NewSQLite(sql.OpenDB(noDB{}))
	if err != nil {
		t.Fatal(err)
	}
	if m.Newest() != int64(len(names)) {
		t.Errorf("the newest version is %d of %d files", m.Newest(), len(names))
	}
}

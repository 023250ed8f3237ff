package sqlitestore

import (
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"errata/migrations"
)

func emptyDB(t *testing.T) *sql.DB {
	t.Helper()
	db, err := openDB(filepath.Join(t.TempDir(), "a.db"), url.Values{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func schema(t *testing.T, db *sql.DB) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SELECT name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var b strings.Builder
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			t.Fatal(err)
		}
		b.WriteString(name + "\n" + text + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestMigrateTwiceIsOnce(t *testing.T) {
	db := emptyDB(t)
	m, err := migrations.NewSQLite(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	first := schema(t, db)
	if !strings.Contains(first, "rollup_error") || !strings.Contains(first, migrations.VersionTable) {
		t.Fatalf("the schema is\n%s", first)
	}
	again, err := migrations.NewSQLite(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if second := schema(t, db); second != first {
		t.Errorf("the second time changed the schema to\n%s", second)
	}
}

func TestMigrateRefusesNewer(t *testing.T) {
	db := emptyDB(t)
	m, err := migrations.NewSQLite(db)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := schema(t, db)
	if _, err := db.ExecContext(t.Context(), "INSERT INTO "+migrations.VersionTable+" (version_id, is_applied) VALUES (1000, 1)"); err != nil {
		t.Fatal(err)
	}
	if err := m.Up(t.Context()); !errors.Is(err, migrations.ErrNewer) || !strings.Contains(err.Error(), "1000") {
		t.Errorf("a newer schema: error %v", err)
	}
	if after := schema(t, db); after != before {
		t.Errorf("the newer schema was changed to\n%s", after)
	}
}

// A migration that fails at some statement leaves nothing behind and runs
// again from its start when the cause is gone.
func TestMigrateInterrupted(t *testing.T) {
	for _, blocker := range []string{"meta", "rollup_demand", "feeds"} {
		db := emptyDB(t)
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE "+blocker+" (x)"); err != nil {
			t.Fatal(err)
		}
		m, err := migrations.NewSQLite(db)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Up(t.Context()); err == nil {
			t.Fatalf("%s in the way was no error", blocker)
		}
		if s := schema(t, db); strings.Contains(s, "rollup_request") {
			t.Errorf("%s in the way: half a schema is there:\n%s", blocker, s)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TABLE "+blocker); err != nil {
			t.Fatal(err)
		}
		if err := m.Up(t.Context()); err != nil {
			t.Errorf("after %s is gone: %v", blocker, err)
		}
	}
}

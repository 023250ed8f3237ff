package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"errata/ingest"
	"errata/store"
)

// ofSource is the condition on a column that holds the source's id; of a
// source without one nothing is found.
const ofSource = " WHERE source = (SELECT id FROM strings WHERE text = ?)"

// Drop removes every trace of a source, rollup rows, marks, ledger and feeds,
// so that its logs can be read again as if for the first time. It is all gone
// or nothing is. A dry run only tells what would go. A source that the store
// does not hold is a *store.UsageError.
//
// The file does not get smaller: what is free is used again. Texts of keys
// stay in it.
func (s *Store) Drop(ctx context.Context, source string, dryRun bool) (store.Dropped, error) {
	var d store.Dropped
	var err error
	if dryRun {
		err = s.read(ctx, func(snap *snapshot) error {
			var err error
			d, err = (&dropper{ctx, snap.conn, true}).drop(source, func(string) error { return nil })
			return s.explain("read it", err)
		})
	} else {
		err = s.update(ctx, "drop a source", func() error {
			var err error
			d, err = (&dropper{ctx, s.w.conn, false}).drop(source, s.step)
			return err
		})
	}
	if u, ok := errors.AsType[*store.UsageError](err); ok {
		return store.Dropped{}, u // it is not the store's fault
	}
	if err != nil {
		return store.Dropped{}, err
	}
	return d, nil
}

// dropper drops on a connection, or counts what it would.
type dropper struct {
	ctx  context.Context //nolint:containedctx // it lives as long as one call
	conn *sql.Conn
	dry  bool
}

func (x *dropper) drop(source string, step func(string) error) (store.Dropped, error) {
	d := store.Dropped{Source: source, Kinds: []store.KindRows{}, Files: []string{}, Feeds: []store.FeedUse{}}
	err := x.rows(&d)
	if err == nil {
		err = step("rows")
	}
	var marks int64
	if err == nil {
		marks, err = x.marks(&d)
	}
	if err == nil && d.Rows() == 0 && d.Batches == 0 && marks == 0 {
		err = x.unknown(source)
	}
	if err == nil {
		err = step("marks")
	}
	if c := x.ctx.Err(); err != nil && c != nil {
		err = c // not that the engine was interrupted
	}
	return d, err
}

// remove deletes or counts the rows of a table that a condition on the source
// is about.
func (x *dropper) remove(table, where, source string) (n int64, err error) {
	if x.dry {
		err = x.conn.QueryRowContext(x.ctx, "SELECT count(*) FROM "+table+where, source).Scan(&n)
		return n, err
	}
	res, err := x.conn.ExecContext(x.ctx, "DELETE FROM "+table+where, source) //nolint:gosec // the names are those of our own tables
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

func (x *dropper) rows(d *store.Dropped) error {
	for _, t := range tables() {
		n, err := x.remove(t.name, ofSource, d.Source)
		if err != nil {
			return err
		}
		if n > 0 {
			d.Kinds = append(d.Kinds, store.KindRows{Kind: t.kind.String(), Rows: n})
		}
	}
	return nil
}

// marks removes all else, and counts what Dropped does not.
func (x *dropper) marks(d *store.Dropped) (n int64, err error) {
	if err := x.names(d); err != nil {
		return 0, err
	}
	if d.Batches, err = x.remove("batches", ofSource, d.Source); err != nil {
		return 0, err
	}
	for _, t := range []struct{ table, where string }{
		{"hours", ofSource}, {"watermarks", ofSource}, {"files", " WHERE source = ?"}, {"feeds", " WHERE source = ?"},
	} {
		removed, err := x.remove(t.table, t.where, d.Source)
		if err != nil {
			return 0, err
		}
		n += removed
	}
	return n, nil
}

// names reads the names of the source's files and its feeds.
func (x *dropper) names(d *store.Dropped) error {
	err := x.each("SELECT name FROM files WHERE source = ? ORDER BY name", d.Source, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		d.Files = append(d.Files, name)
		return err
	})
	if err != nil {
		return err
	}
	return x.each("SELECT format, feed FROM feeds WHERE source = ? ORDER BY format, feed", d.Source, func(r *sql.Rows) error {
		u := store.FeedUse{Source: d.Source}
		var feed string
		err := r.Scan(&u.Format, &feed)
		u.Feed = ingest.Feed(feed)
		d.Feeds = append(d.Feeds, u)
		return err
	})
}

// unknown is the error about a source that is not there.
func (x *dropper) unknown(source string) error {
	var held []string
	err := x.each(`SELECT text FROM strings WHERE id IN (SELECT source FROM hours UNION SELECT source FROM batches)
		UNION SELECT source FROM files UNION SELECT source FROM feeds ORDER BY 1`, nil, func(r *sql.Rows) error {
		var name string
		err := r.Scan(&name)
		held = append(held, name)
		return err
	})
	if err != nil {
		return fmt.Errorf("list the sources: %w", err)
	}
	return store.UnknownSource(source, held)
}

// each calls row for each row; arg nil: the statement has no parameter.
func (x *dropper) each(query string, arg any, row func(*sql.Rows) error) error {
	var args []any
	if arg != nil {
		args = append(args, arg)
	}
	return (&snapshot{conn: x.conn}).each(x.ctx, statement{query, args}, row)
}

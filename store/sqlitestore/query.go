package sqlitestore

import (
	"context"
	"strings"

	"errata/ingest"
	"errata/store"
)

// View is the store at one moment: what is written meanwhile is in none of its
// answers. It ends with the call of Store.View that it was given to, and is
// used by one goroutine at a time.
type View struct{ snap *snapshot }

// View calls f with the store as it is now. A writer does not wait for it, but
// the store's log can only be folded back when it has ended.
func (s *Store) View(ctx context.Context, f func(*View) error) error {
	return s.read(ctx, func(snap *snapshot) error {
		// The transaction begins with its first read, not before.
		var n int64
		if err := snap.conn.QueryRowContext(ctx, "SELECT count(*) FROM strings WHERE id = 0").Scan(&n); err != nil {
			return s.explain("read it", err)
		}
		return f(&View{snap})
	})
}

// Query answers a query; a mistake in it is a *store.UsageError.
func (v *View) Query(ctx context.Context, q store.Query) (store.Result, error) {
	return store.Answer(ctx, q, v.snap)
}

// List yields the merged cells of a listing; a mistake in it is a
// *store.UsageError. Yield may ask the view for more.
func (v *View) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	return store.List(ctx, l, v.snap, yield)
}

// Query is View.Query of the moment.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Result, error) {
	var r store.Result
	err := s.read(ctx, func(snap *snapshot) error {
		var err error
		r, err = store.Answer(ctx, q, snap)
		return err
	})
	return r, err
}

// List is View.List of the moment.
func (s *Store) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	return s.read(ctx, func(snap *snapshot) error { return store.List(ctx, l, snap, yield) })
}

// SQL prints the statements that Query would run, for people to read. Which
// they are depends on what the store holds, so that is looked up; the
// statements themselves are not run.
func (s *Store) SQL(q store.Query) (string, error) {
	if err := store.Validate(q); err != nil {
		return "", err
	}
	ctx := context.Background()
	var log []statement
	err := s.read(ctx, func(snap *snapshot) error {
		snap.log = &log
		_, err := store.Answer(ctx, q, snap)
		return err
	})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	if len(log) == 0 {
		return "-- the store holds nothing in this range: no statement is run\n", nil
	}
	for i, st := range log {
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(st.String())
		b.WriteString(";\n")
	}
	return b.String(), nil
}

// CallerMap is the answer of the internal measure caller_map: each row has a
// store.CallerMap under that name.
func (s *Store) CallerMap(ctx context.Context, q store.Query) (store.Result, error) {
	q.Measures = []string{store.MeasureCallerMap}
	q.Order = ""
	return s.Query(ctx, q)
}

func feedOf(s string) ingest.Feed { return ingest.Feed(s) }

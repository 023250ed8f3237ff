package app

import (
	"context"
	"errors"

	"errata/store"
	"errata/store/sqlitestore"
)

// Reader is rollups at one moment: all its answers are of one state.
type Reader interface {
	// Query answers a query; a mistake in it is a *store.UsageError.
	Query(ctx context.Context, q store.Query) (store.Result, error)
	// List yields the merged cells of a listing; yield may ask the reader for more.
	List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error
}

// View calls fn with the store as it is now, opened for reading. The reader
// ends with the call.
func (a *App) View(ctx context.Context, fn func(Reader) error) error {
	return a.with(ctx, func(s *sqlitestore.Store) error {
		return s.View(ctx, func(v *sqlitestore.View) error { return fn(v) })
	})
}

// Drop removes what the store holds of a source, with its marks, so that its
// logs can be read again; a dry run only tells what would go. A store that is
// not there is not made. Dead letters of the source stay in their file: they
// are what could not be read, and reading again adds them again.
func (a *App) Drop(ctx context.Context, source string, dryRun bool) (d store.Dropped, err error) {
	if dryRun {
		err = a.with(ctx, func(s *sqlitestore.Store) error {
			d, err = s.Drop(ctx, source, true)
			return err
		})
		return d, err
	}
	if err := a.with(ctx, func(*sqlitestore.Store) error { return nil }); err != nil {
		return d, err
	}
	s, err := a.open(ctx, false)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Drop(ctx, source, false)
}

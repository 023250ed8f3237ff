package app

import (
	"context"

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

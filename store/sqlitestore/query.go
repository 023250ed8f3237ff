package sqlitestore

import (
	"context"
	"strings"

	"errata/ingest"
	"errata/store"
)

// Query answers a query; a mistake in it is a *store.UsageError.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Result, error) {
	var r store.Result
	err := s.read(ctx, func(snap *snapshot) error {
		var err error
		r, err = store.Answer(ctx, q, snap)
		return err
	})
	return r, err
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

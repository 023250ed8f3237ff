package sqlitestore

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"errata/store"
)

// sourceFilter is the condition on a source id column.
func (b *builder) sourceFilter(where []store.Filter) {
	for _, f := range where {
		if f.Dim == "source" {
			b.filters(where)
			return
		}
	}
}

// Facts reads what the store holds.
func (s *snapshot) Facts(ctx context.Context, fs store.FactScan) (store.Facts, error) {
	var f store.Facts
	for _, step := range []func(context.Context, store.FactScan, *store.Facts) error{
		s.factHours, s.factSpan, s.factSources, s.factClamped,
	} {
		if err := step(ctx, fs, &f); err != nil {
			return f, s.s.explain("query it", err)
		}
	}
	return f, nil
}

func (s *snapshot) each(ctx context.Context, st statement, row func(*sql.Rows) error) error {
	rows, err := s.conn.QueryContext(ctx, st.sql, st.args...)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

func (s *snapshot) factHours(ctx context.Context, fs store.FactScan, f *store.Facts) error {
	var b builder
	b.add("SELECT t.text, f.hour, f.requests, f.errors FROM hours f JOIN strings t ON t.id = f.source WHERE f.hour >= ?",
		max(fs.From, daySeconds))
	if fs.To > 0 {
		b.add(" AND f.hour < ?", fs.To)
	}
	b.sourceFilter(fs.Where)
	b.add(" ORDER BY t.text, f.hour")
	return s.each(ctx, b.statement(), func(r *sql.Rows) error {
		var h store.HourFact
		if err := r.Scan(&h.Source, &h.Hour, &h.Requests, &h.Errors); err != nil {
			return err
		}
		f.Hours = append(f.Hours, h)
		return nil
	})
}

// factSpan finds the first and last minute with events: the first and last
// hour are in a small table, only these are read.
func (s *snapshot) factSpan(ctx context.Context, fs store.FactScan, f *store.Facts) error {
	var b builder
	b.add("SELECT min(f.hour), max(f.hour) FROM hours f WHERE f.hour >= ?", int64(daySeconds))
	b.sourceFilter(fs.Where)
	st := b.statement()
	var first, last sql.NullInt64
	if err := s.conn.QueryRowContext(ctx, st.sql, st.args...).Scan(&first, &last); err != nil || !first.Valid {
		return err
	}
	f.Oldest, f.Newest = first.Int64, last.Int64+hourSeconds
	minute := func(fn string, hour int64) (sql.NullInt64, error) {
		var at sql.NullInt64
		for _, table := range []string{"rollup_request", "rollup_error"} {
			var b builder
			b.add("SELECT "+fn+"(f.time) FROM "+table+" f WHERE f.time >= ? AND f.time < ?",
				hour, hour+hourSeconds)
			b.sourceFilter(fs.Where)
			st := b.statement()
			var t sql.NullInt64
			if err := s.conn.QueryRowContext(ctx, st.sql, st.args...).Scan(&t); err != nil {
				return at, err
			}
			if t.Valid && (!at.Valid || (fn == "min") == (t.Int64 < at.Int64)) {
				at = t
			}
		}
		return at, nil
	}
	t, err := minute("min", first.Int64)
	if err != nil {
		return err
	}
	if t.Valid {
		f.Oldest = t.Int64
	}
	if t, err = minute("max", last.Int64); err != nil {
		return err
	}
	if t.Valid {
		f.Newest = t.Int64 + 60
	}
	return nil
}

func (s *snapshot) factSources(ctx context.Context, fs store.FactScan, f *store.Facts) error {
	var b builder
	b.add("SELECT t.text, max(f.requests), max(f.errors) FROM hours f JOIN strings t ON t.id = f.source WHERE true")
	b.sourceFilter(fs.Where)
	b.add(" GROUP BY t.text")
	facts := map[string]*store.SourceFact{}
	err := s.each(ctx, b.statement(), func(r *sql.Rows) error {
		var x store.SourceFact
		if err := r.Scan(&x.Name, &x.Requests, &x.Bodies); err != nil {
			return err
		}
		facts[x.Name] = &x
		return nil
	})
	if err != nil {
		return err
	}
	// A feed that was read but wrote no row yet: a response log without errors.
	err = s.each(ctx, statement{sql: "SELECT source, feed FROM feeds UNION SELECT source, feed FROM files"}, func(r *sql.Rows) error {
		var source, feed string
		if err := r.Scan(&source, &feed); err != nil {
			return err
		}
		if x := facts[source]; x != nil {
			x.Requests = x.Requests || store.Requests(feedOf(feed))
			x.Bodies = x.Bodies || store.Bodies(feedOf(feed))
		}
		return nil
	})
	for _, x := range facts {
		f.Sources = append(f.Sources, *x)
	}
	slices.SortFunc(f.Sources, func(a, b store.SourceFact) int { return strings.Compare(a.Name, b.Name) })
	return err
}

func (s *snapshot) factClamped(ctx context.Context, fs store.FactScan, f *store.Facts) error {
	var b builder
	b.add(`SELECT coalesce(sum(CASE WHEN r.text IN ('', 'success') THEN f.n ELSE 0 END), 0),
		coalesce(sum(CASE WHEN r.text IN ('', 'success') THEN 0 ELSE f.n END), 0)
		FROM rollup_read f JOIN strings r ON r.id = f.reason WHERE f.time < ?`, int64(daySeconds))
	b.sourceFilter(fs.Where)
	st := b.statement()
	return s.conn.QueryRowContext(ctx, st.sql, st.args...).Scan(&f.Clamped, &f.Undated)
}

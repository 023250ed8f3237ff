package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// snapshot reads one state of the store: all statements of one answer run in
// one read transaction.
type snapshot struct {
	s    *Store
	conn *sql.Conn
	log  *[]statement // not nil: scans are written down here and not run
}

// read runs f on a snapshot.
func (s *Store) read(ctx context.Context, f func(*snapshot) error) error {
	if s.db == nil {
		return fmt.Errorf("store %s: it is closed", s.path)
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.explain("read it", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(ctx, "BEGIN"); err != nil {
		return s.explain("read it", err)
	}
	defer func() { _, _ = conn.ExecContext(engine(), "ROLLBACK") }()
	return f(&snapshot{s: s, conn: conn})
}

// compile makes the statement of a scan. Groups are made of ids first; only
// what is left is joined with its texts.
func (s *snapshot) compile(sc store.Scan) (statement, error) {
	t, ok := tableOf(sc.Kind)
	if !ok {
		return statement{}, fmt.Errorf("sqlitestore: kind %s cannot be scanned", sc.Kind)
	}
	var b builder
	b.add("SELECT g.bucket")
	for i, d := range sc.By {
		if d == "status" {
			b.add(fmt.Sprintf(", CAST(g.d%d AS TEXT) AS status", i))
		} else {
			b.add(fmt.Sprintf(", s%d.text AS %s", i, d))
		}
	}
	b.add(", g.n, g.failed, g.extra, g.enveloped, g.bytes, g.nocaller, g.expired, g.hist, g.maps\nFROM (\n  SELECT ")
	groups := []string{"bucket"}
	if sc.Step > 0 {
		b.add(fmt.Sprintf("f.time - (f.time - %d) %% %d AS bucket", sc.Origin, sc.Step))
	} else {
		b.add("0 AS bucket")
	}
	for i, d := range sc.By {
		b.add(fmt.Sprintf(", k.%s AS d%d", d, i))
		groups = append(groups, "d"+strconv.Itoa(i))
	}
	s.measures(&b, t, sc)
	b.add(fmt.Sprintf("\n  FROM %s f JOIN keys k ON k.id = f.key\n  WHERE f.time >= %d AND f.time < %d", t.name, sc.From, sc.To))
	if sc.FailedOnly {
		b.add(" AND k.status >= 400")
	}
	b.filters(sc.Where)
	s.hours(&b, sc.Hours)
	b.add("\n  GROUP BY " + strings.Join(groups, ", ") + " HAVING count(*) > 0\n) g")
	for i, d := range sc.By {
		if d != "status" {
			b.add(fmt.Sprintf(" JOIN strings s%d ON s%d.id = g.d%d", i, i, i))
		}
	}
	return b.statement(), nil
}

// measures are the sums of a scan; what was not asked for is a constant.
func (s *snapshot) measures(b *builder, t table, sc store.Scan) {
	sum := func(ok bool, expr, name string) {
		if ok {
			b.add(", sum(" + expr + ") AS " + name)
		} else {
			b.add(", 0 AS " + name)
		}
	}
	sum(t.has("n"), "f.n", "n")
	sum(t.has("n"), "CASE WHEN k.status >= 400 THEN f.n ELSE 0 END", "failed")
	sum(t.has("extra"), "f.extra", "extra")
	sum(sc.Want&store.WantEnveloped != 0 && sc.Kind == aggregate.KindError,
		"CASE WHEN k.shape = (SELECT id FROM strings WHERE text = 'envelope') THEN f.n ELSE 0 END", "enveloped")
	sum(t.has("bytes") && sc.Want&store.WantBytes != 0, "f.bytes", "bytes")
	callers := sc.Want&store.WantCallers != 0
	switch {
	case callers && t.has("callers"):
		b.add(", sum(f.n_nocaller) AS nocaller")
		b.add(", max(f.written < ?) AS expired", cutoff(s.s.now()))
	case callers && t.key == "caller":
		b.add(", sum(CASE f.caller WHEN 0 THEN f.n ELSE 0 END) AS nocaller, 0 AS expired")
	default:
		b.add(", 0 AS nocaller, 0 AS expired")
	}
	if t.has("hist") && sc.Want&store.WantHist != 0 {
		b.add(", " + fnSumHist + "(f.hist) AS hist")
	} else {
		b.add(", NULL AS hist")
	}
	switch {
	case callers && t.has("callers") && sc.Want&store.WantHeavy != 0:
		b.add(", " + fnSumMaps + "(f.callers, f.heavy) AS maps")
	case callers && t.has("callers"):
		b.add(", " + fnSumMaps + "(f.callers, NULL) AS maps")
	case callers && t.key == "caller":
		b.add(", " + fnSumCaller + "(f.caller, f.n) AS maps")
	default:
		b.add(", NULL AS maps")
	}
}

// hours restricts to (source, hour) pairs.
func (s *snapshot) hours(b *builder, h store.Hours) {
	const pair = "(SELECT 1 FROM hours h WHERE h.source = k.source AND h.hour = f.time - f.time % 3600 AND h."
	switch h {
	case store.HoursWithRequests:
		b.add("\n    AND EXISTS " + pair + "requests = 1)")
	case store.HoursWithoutRequests:
		b.add("\n    AND NOT EXISTS " + pair + "requests = 1)")
	case store.HoursWithoutErrors:
		b.add("\n    AND NOT EXISTS " + pair + "errors = 1)")
	}
}

// Scan runs a scan.
func (s *snapshot) Scan(ctx context.Context, sc store.Scan, yield func(store.Group) error) error {
	st, err := s.compile(sc)
	if err != nil {
		return err
	}
	if s.log != nil {
		*s.log = append(*s.log, st)
		return nil
	}
	rows, err := s.conn.QueryContext(ctx, st.sql, st.args...)
	if err != nil {
		return s.s.explain("query it", err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		g := store.Group{Dims: make([]string, len(sc.By))}
		var hist, maps []byte
		dst := []any{&g.Time}
		for i := range g.Dims {
			dst = append(dst, &g.Dims[i])
		}
		dst = append(dst, &g.N, &g.Failed, &g.Extra, &g.Enveloped, &g.Bytes, &g.NoCaller, &g.Expired, &hist, &maps)
		if err := rows.Scan(dst...); err != nil {
			return s.s.explain("query it", err)
		}
		if g.Hist, err = aggregate.DecodeHist(nil, hist); err != nil {
			return s.s.explain("query it", err)
		}
		if g.Callers, g.Heavy, err = splitMaps(maps); err != nil {
			return s.s.explain("query it", err)
		}
		if err := yield(g); err != nil {
			return err
		}
	}
	return s.s.explain("query it", rows.Err())
}

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
	b.add("SELECT t.text, k.hour, k.requests, k.errors FROM hours k JOIN strings t ON t.id = k.source WHERE k.hour >= ?",
		max(fs.From, daySeconds))
	if fs.To > 0 {
		b.add(" AND k.hour < ?", fs.To)
	}
	b.sourceFilter(fs.Where)
	b.add(" ORDER BY t.text, k.hour")
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
	b.add("SELECT min(k.hour), max(k.hour) FROM hours k WHERE k.hour >= ?", int64(daySeconds))
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
			b.add("SELECT "+fn+"(f.time) FROM "+table+" f JOIN keys k ON k.id = f.key WHERE f.time >= ? AND f.time < ?",
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
	b.add("SELECT t.text, max(k.requests), max(k.errors) FROM hours k JOIN strings t ON t.id = k.source WHERE true")
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
		FROM rollup_read f JOIN keys k ON k.id = f.key JOIN strings r ON r.id = k.reason WHERE f.time < ?`, int64(daySeconds))
	b.sourceFilter(fs.Where)
	st := b.statement()
	return s.conn.QueryRowContext(ctx, st.sql, st.args...).Scan(&f.Clamped, &f.Undated)
}

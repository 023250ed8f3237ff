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

// column is what a scan's statement selects besides the dimensions, as an
// expression over f and its name.
type column struct{ expr, name string }

// compile makes the statement of a scan, and the names of its columns after
// the dimensions. Groups are made of ids first; only what is left is joined
// with its texts.
func (s *snapshot) compile(sc store.Scan) (statement, []string, error) {
	t, ok := tableOf(sc.Kind)
	if !ok {
		return statement{}, nil, fmt.Errorf("sqlitestore: kind %s cannot be scanned", sc.Kind)
	}
	cols := s.measures(t, sc)
	var outer, inner, groups, names []string
	if sc.Step > 0 {
		outer = append(outer, "g.bucket")
		since := "f.time"
		if sc.Origin != 0 {
			since = fmt.Sprintf("(f.time - %d)", sc.Origin)
		}
		inner = append(inner, fmt.Sprintf("f.time - %s %% %d AS bucket", since, sc.Step))
		groups = append(groups, "bucket")
	}
	for i, d := range sc.By {
		if expr, ok := numberText(d, fmt.Sprintf("g.d%d", i)); ok {
			outer = append(outer, expr+" AS "+d)
		} else {
			outer = append(outer, fmt.Sprintf("s%d.text AS %s", i, d))
		}
		inner = append(inner, fmt.Sprintf("f.%s AS d%d", d, i))
		groups = append(groups, "d"+strconv.Itoa(i))
	}
	for _, c := range cols {
		outer = append(outer, "g."+c.name)
		inner = append(inner, c.expr+" AS "+c.name)
		names = append(names, c.name)
	}
	var b builder
	b.add("SELECT " + strings.Join(outer, ", ") + "\nFROM (\n  SELECT " + strings.Join(inner, ",\n    "))
	b.add(fmt.Sprintf("\n  FROM %s f\n  WHERE f.time >= %d AND f.time < %d", t.name, sc.From, sc.To))
	if sc.FailedOnly {
		b.add(" AND f.status >= 400")
	}
	b.filters(sc.Where)
	s.hours(&b, sc.Hours)
	if len(groups) > 0 {
		b.add("\n  GROUP BY " + strings.Join(groups, ", "))
	} else {
		b.add("\n  HAVING count(*) > 0")
	}
	b.add("\n) g")
	for i, d := range sc.By {
		if _, ok := numberText(d, ""); !ok {
			b.add(fmt.Sprintf(" CROSS JOIN strings s%d ON s%d.id = g.d%d", i, i, i))
		}
	}
	return b.statement(), names, nil
}

// measures are the sums of a scan: those that its kind has and that are asked.
func (s *snapshot) measures(t table, sc store.Scan) []column {
	cols := []column{{"0", "n"}, {"0", "failed"}}
	if t.has("n") {
		cols[0].expr = "sum(f.n)"
	}
	switch {
	case !t.failed() || !t.has("n"):
	case sc.FailedOnly:
		cols[1].expr = "sum(f.n)"
	default:
		cols[1].expr = "sum(CASE WHEN f.status >= 400 THEN f.n ELSE 0 END)"
	}
	add := func(ok bool, expr, name string) {
		if ok {
			cols = append(cols, column{expr, name})
		}
	}
	add(t.has("extra"), "sum(f.extra)", "extra")
	add(sc.Kind == aggregate.KindError && sc.Want&store.WantEnveloped != 0,
		"sum(CASE WHEN f.shape = (SELECT id FROM strings WHERE text = 'envelope') THEN f.n ELSE 0 END)", "enveloped")
	add(t.has("bytes") && sc.Want&store.WantBytes != 0, "sum(f.bytes)", "bytes")
	add(t.has("hist") && sc.Want&store.WantHist != 0, fnSumHist+"(f.hist)", "hist")
	switch {
	case sc.Want&store.WantCallers == 0:
	case t.has("callers"):
		heavy := "NULL"
		if sc.Want&store.WantHeavy != 0 {
			heavy = "f.heavy"
		}
		add(true, "sum(f.n_nocaller)", "nocaller")
		add(true, fmt.Sprintf("max(f.written < %d)", cutoff(s.s.now())), "expired")
		add(true, fnSumMaps+"(f.callers, "+heavy+")", "maps")
	case t.key == "caller":
		add(true, "sum(CASE f.caller WHEN 0 THEN f.n ELSE 0 END)", "nocaller")
		add(true, fnSumCaller+"(f.caller, f.n)", "maps")
	}
	span := t.has("first") && sc.Want&store.WantSpan != 0
	add(span, "coalesce(min(nullif(f.first, 0)), 0)", "first")
	add(span, "max(f.last)", "last")
	add(t.has("text") && sc.Want&store.WantText != 0, "min(f.text)", "text")
	return cols
}

// columnOf is where a column of a scan goes.
func columnOf(name string, g *store.Group, hist, maps *[]byte) any {
	switch name {
	case "n":
		return &g.N
	case "failed":
		return &g.Failed
	case "extra":
		return &g.Extra
	case "enveloped":
		return &g.Enveloped
	case "bytes":
		return &g.Bytes
	case "nocaller":
		return &g.NoCaller
	case "expired":
		return &g.Expired
	case "first":
		return &g.First
	case "last":
		return &g.Last
	case "text":
		return &g.Text
	case "hist":
		return hist
	default:
		return maps
	}
}

// hours restricts to (source, hour) pairs.
func (s *snapshot) hours(b *builder, h store.Hours) {
	const pair = "(SELECT 1 FROM hours h WHERE h.source = f.source AND h.hour = f.time - f.time % 3600 AND h."
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
	st, names, err := s.compile(sc)
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
		var dst []any
		if sc.Step > 0 {
			dst = append(dst, &g.Time)
		}
		for i := range g.Dims {
			dst = append(dst, &g.Dims[i])
		}
		for _, name := range names {
			dst = append(dst, columnOf(name, &g, &hist, &maps))
		}
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

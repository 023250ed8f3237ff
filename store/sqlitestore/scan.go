package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// snapshot reads one state of the store: all statements of one answer run in
// one read transaction.
type snapshot struct {
	s     *Store
	conn  *sql.Conn
	log   *[]statement     // not nil: scans are written down here and not run
	texts map[int64]string // of strings, as far as they were asked for
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

// op is how a measure of several rows becomes that of their group.
type op uint8

const (
	opSum op = iota
	opMax
	opFirst  // the smallest that is not 0
	opText   // the smallest text
	opHist   // of histograms
	opMaps   // of callers and heavy
	opCaller // the map of caller and n
)

// column is a measure of a scan: an expression over a row f, and how rows are
// joined.
type column struct {
	name, row string
	op        op
}

// sql is the column's value of a group.
func (c column) sql() string {
	switch c.op {
	case opMax:
		return "max(" + c.row + ")"
	case opFirst:
		return "coalesce(min(nullif(" + c.row + ", 0)), 0)"
	case opText:
		return "min(" + c.row + ")"
	case opHist:
		return fnSumHist + "(" + c.row + ")"
	case opMaps:
		return fnSumMaps + "(" + c.row + ")"
	case opCaller:
		return fnSumCaller + "(" + c.row + ")"
	default:
		return "sum(" + c.row + ")"
	}
}

// plan is a scan to be run.
type plan struct {
	store.Scan
	table  table
	groups []string // expressions over a row f: the bucket, where there is a step, and the dimensions
	cols   []column
}

func (s *snapshot) plan(sc store.Scan) (plan, error) {
	t, ok := tableOf(sc.Kind)
	if !ok {
		return plan{}, fmt.Errorf("sqlitestore: kind %s cannot be scanned", sc.Kind)
	}
	p := plan{Scan: sc, table: t, cols: s.measures(t, sc)}
	if sc.Step > 0 {
		since := "f.time"
		if sc.Origin != 0 {
			since = fmt.Sprintf("(f.time - %d)", sc.Origin)
		}
		p.groups = append(p.groups, fmt.Sprintf("f.time - %s %% %d", since, sc.Step))
	}
	for _, d := range sc.By {
		p.groups = append(p.groups, "f."+d)
	}
	return p, nil
}

// measures are the columns of a scan: those that its kind has and that are asked.
func (s *snapshot) measures(t table, sc store.Scan) []column {
	var cols []column
	add := func(ok bool, name, row string, o op) {
		if ok {
			cols = append(cols, column{name, row, o})
		}
	}
	add(t.has("n"), "n", "f.n", opSum)
	failed := "CASE WHEN f.status >= 400 THEN f.n ELSE 0 END"
	if sc.FailedOnly {
		failed = "f.n"
	}
	add(t.has("n") && t.failed(), "failed", failed, opSum)
	add(t.has("extra"), "extra", "f.extra", opSum)
	add(sc.Kind == aggregate.KindError && sc.Want&store.WantEnveloped != 0, "enveloped",
		"CASE WHEN f.shape = (SELECT id FROM strings WHERE text = 'envelope') THEN f.n ELSE 0 END", opSum)
	add(t.has("bytes") && sc.Want&store.WantBytes != 0, "bytes", "f.bytes", opSum)
	add(t.has("hist") && sc.Want&store.WantHist != 0, "hist", "f.hist", opHist)
	switch {
	case sc.Want&store.WantCallers == 0:
	case t.has("callers"):
		maps := "f.callers, NULL"
		if sc.Want&store.WantHeavy != 0 {
			maps = "f.callers, f.heavy"
		}
		add(true, "nocaller", "f.n_nocaller", opSum)
		add(true, "expired", fmt.Sprintf("f.written < %d", cutoff(s.s.now())), opMax)
		add(true, "maps", maps, opMaps)
	case t.key == "caller":
		add(true, "nocaller", "CASE f.caller WHEN 0 THEN f.n ELSE 0 END", opSum)
		add(true, "maps", "f.caller, f.n", opCaller)
	}
	span := t.has("first") && sc.Want&store.WantSpan != 0
	add(span, "first", "f.first", opFirst)
	add(span, "last", "f.last", opMax)
	add(t.has("text") && sc.Want&store.WantText != 0, "text", "f.text", opText)
	return cols
}

// from adds the rows of a plan.
func (p *plan) from(b *builder) {
	b.add(fmt.Sprintf("\n  FROM %s f\n  WHERE f.time >= %d AND f.time < %d", p.table.name, p.From, p.To))
	if p.FailedOnly {
		b.add(" AND f.status >= 400")
	}
	b.filters(p.Where)
	b.hours(p.Hours)
}

// grouped is the statement that groups: the bucket and ids of dimensions,
// then the measures.
func (p *plan) grouped() statement {
	var b builder
	b.add("SELECT ")
	names := make([]string, len(p.groups))
	for i, g := range p.groups {
		names[i] = "d" + strconv.Itoa(i)
		b.add(g + " AS " + names[i] + ",\n    ")
	}
	for i, c := range p.cols {
		if i > 0 {
			b.add(",\n    ")
		}
		b.add(c.sql() + " AS " + c.name)
	}
	if len(p.cols) == 0 {
		b.add("count(*) AS cells")
	}
	p.from(&b)
	if len(names) > 0 {
		b.add("\n  GROUP BY " + strings.Join(names, ", "))
	} else {
		b.add("\n  HAVING count(*) > 0")
	}
	return b.statement()
}

// named is the statement for people: the groups with their texts.
func (p *plan) named() statement {
	st := p.grouped()
	var b builder
	b.add("SELECT ")
	first := 0
	if p.Step > 0 {
		first = 1
		b.add("g.d0 AS bucket, ")
	}
	var joins strings.Builder
	for i, d := range p.By {
		id := fmt.Sprintf("g.d%d", i+first)
		if expr, ok := numberText(d, id); ok {
			b.add(expr + " AS " + d + ", ")
			continue
		}
		b.add(fmt.Sprintf("s%d.text AS %s, ", i, d))
		fmt.Fprintf(&joins, " JOIN strings s%d ON s%d.id = %s", i, i, id)
	}
	for i, c := range p.cols {
		if i > 0 {
			b.add(", ")
		}
		b.add("g." + c.name)
	}
	if len(p.cols) == 0 {
		b.add("g.cells")
	}
	b.add("\nFROM (\n  "+st.sql+"\n) g"+joins.String(), st.args...)
	return b.statement()
}

// hours restricts to (source, hour) pairs.
func (b *builder) hours(h store.Hours) {
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
	p, err := s.plan(sc)
	if err != nil {
		return err
	}
	switch {
	case s.log != nil:
		*s.log = append(*s.log, p.named())
		return nil
	case len(p.groups) == 0:
		return s.sorted(ctx, p, yield)
	default:
		return s.hashed(ctx, p, yield)
	}
}

// readAhead is how many groups of a running statement are held, so that the
// texts of their ids are fetched together.
const readAhead = 512

// sorted lets the engine group: it sorts, in files where memory does not do,
// so that any number of groups can be read.
func (s *snapshot) sorted(ctx context.Context, p plan, yield func(store.Group) error) error {
	st := p.grouped()
	rows, err := s.conn.QueryContext(ctx, st.sql, st.args...)
	if err != nil {
		return s.s.explain("query it", err)
	}
	defer func() { _ = rows.Close() }()
	var (
		groups = make([]store.Group, 0, readAhead)
		ids    []int64
		keys   = make([]int64, len(p.groups))
		maps   []byte
		hist   []byte
		cells  int64
	)
	flush := func() error {
		if err := s.load(ctx, &p, ids); err != nil {
			return s.s.explain("query it", err)
		}
		for i := range groups {
			s.key(&p, &groups[i], ids[i*len(keys):][:len(keys)])
			if err := yield(groups[i]); err != nil {
				return err
			}
		}
		groups, ids = groups[:0], ids[:0]
		return nil
	}
	for rows.Next() {
		groups = append(groups, store.Group{})
		g := &groups[len(groups)-1]
		dst := make([]any, 0, len(keys)+len(p.cols)+1)
		for i := range keys {
			dst = append(dst, &keys[i])
		}
		for _, c := range p.cols {
			dst = append(dst, columnOf(c.name, g, &hist, &maps))
		}
		if len(p.cols) == 0 {
			dst = append(dst, &cells)
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
		if ids = append(ids, keys...); len(groups) == readAhead {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := rows.Err(); err != nil {
		return s.s.explain("query it", err)
	}
	return flush()
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

// key sets time and dimensions of a group. The texts are loaded.
func (s *snapshot) key(p *plan, g *store.Group, ids []int64) {
	if p.Step > 0 {
		g.Time, ids = ids[0], ids[1:]
	}
	g.Dims = make([]string, len(ids))
	for i, id := range ids {
		switch p.By[i] {
		case "status", "pos":
			g.Dims[i] = strconv.FormatInt(id, 10)
		case "caller":
			g.Dims[i] = store.CallerText(uint64(id))
		default:
			g.Dims[i] = s.texts[id]
		}
	}
}

// load fetches the texts of the ids among the keys of groups.
func (s *snapshot) load(ctx context.Context, p *plan, keys []int64) error {
	if s.texts == nil || len(s.texts) > maxInterned {
		s.texts = map[int64]string{0: ""}
	}
	first := len(p.groups) - len(p.By)
	missing := map[int64]bool{}
	var list []string
	fetch := func() error {
		if len(list) == 0 {
			return nil
		}
		st := statement{sql: "SELECT id, text FROM strings WHERE id IN (" + strings.Join(list, ",") + ")"}
		list = list[:0]
		return s.each(ctx, st, func(r *sql.Rows) error {
			var id int64
			var text string
			err := r.Scan(&id, &text)
			s.texts[id] = text
			return err
		})
	}
	for i := range len(p.By) {
		if _, number := numberText(p.By[i], ""); number {
			continue
		}
		for at := first + i; at < len(keys); at += len(p.groups) {
			id := keys[at]
			if _, ok := s.texts[id]; ok || missing[id] {
				continue
			}
			missing[id] = true
			if list = append(list, strconv.FormatInt(id, 10)); len(list) == readAhead {
				if err := fetch(); err != nil {
					return err
				}
			}
		}
	}
	if err := fetch(); err != nil {
		return err
	}
	for id := range missing {
		if _, ok := s.texts[id]; !ok {
			return fmt.Errorf("the text %d of a key is missing", id)
		}
	}
	return nil
}

package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"errata/aggregate"
)

// chunk is how many rows one statement inserts: past a few dozen the calls
// into the engine are a small part of the cost.
const chunk = 64

// maxInterned bounds the ids held in memory; when there are more, all are
// forgotten and looked up again.
const maxInterned = 200_000

// writer is the one connection that writes, with its prepared statements and
// the ids that it knows. It is used under Store.mu.
//
// Rows go to the driver's own statements: database/sql would check, wrap and
// box each of the million values of a batch once more.
type writer struct {
	conn *sql.Conn
	rows map[aggregate.Kind]*rowStmts

	findString, addString driver.Stmt
	strings               map[string]driver.Value // ids, boxed once

	args []driver.NamedValue // of the chunk being bound
	blob []byte              // maps of the chunk being bound
}

// rowStmts insert into the table of one kind.
type rowStmts struct {
	table
	has, not  []keyColumn
	last      []interned // of each column in has: rows are sorted, so it often comes again
	one, many driver.Stmt
}

// interned is a text with its id.
type interned struct {
	text string
	id   driver.Value
}

// zero is the id of the empty text.
var zero driver.Value = int64(0) //nolint:gochecknoglobals // a constant that needs no boxing

// engine is the context of statements inside a transaction: they are short,
// and a cancellable one would cost a goroutine each.
func engine() context.Context { return context.Background() }

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: conn, rows: map[aggregate.Kind]*rowStmts{}, strings: map[string]driver.Value{}}
	_, err = conn.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = -%d", writerCache))
	if err == nil {
		err = w.prepare(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

func (w *writer) prepare(ctx context.Context) error {
	return w.conn.Raw(func(dc any) error {
		c, ok := dc.(driver.ConnPrepareContext)
		if !ok {
			return errDriver
		}
		var err error
		prepare := func(q string) driver.Stmt {
			if err != nil {
				return nil
			}
			var s driver.Stmt
			s, err = c.PrepareContext(ctx, q)
			return s
		}
		for _, t := range tables() {
			s := &rowStmts{table: t, one: prepare(t.upsert(1)), many: prepare(t.upsert(chunk))}
			s.has, s.not = t.split()
			s.last = make([]interned, len(s.has))
			w.rows[t.kind] = s
		}
		w.findString = prepare("SELECT id FROM strings WHERE text = ?")
		w.addString = prepare("INSERT INTO strings (text) VALUES (?)")
		w.forget()
		return err
	})
}

// errDriver cannot happen with the driver that is linked in.
var errDriver = errors.New("sqlitestore: the driver lacks an interface")

// close gives the connection back, and before it its statements.
func (w *writer) close() error {
	err := w.conn.Raw(func(any) error {
		var errs []error
		for _, st := range w.statements() {
			if st != nil {
				errs = append(errs, st.Close())
			}
		}
		return errors.Join(errs...)
	})
	return errors.Join(err, w.conn.Close())
}

func (w *writer) statements() []driver.Stmt {
	all := []driver.Stmt{w.findString, w.addString}
	for _, s := range w.rows {
		all = append(all, s.one, s.many)
	}
	return all
}

// forget drops the ids known so far: those made in a transaction that was
// rolled back do not exist.
func (w *writer) forget() {
	clear(w.strings)
	w.strings[""] = zero
	for _, s := range w.rows {
		for i := range s.last {
			s.last[i] = interned{"", zero}
		}
	}
}

// sourceID is stringID outside of a raw section.
func (w *writer) sourceID(source string) (id driver.Value, err error) {
	rawErr := w.conn.Raw(func(any) error {
		id, err = w.stringID(source)
		return nil
	})
	return id, errors.Join(err, rawErr)
}

// stringID interns a text. The connection is held by Raw.
func (w *writer) stringID(s string) (driver.Value, error) {
	if id, ok := w.strings[s]; ok {
		return id, nil
	}
	id, err := w.lookUp(s)
	if err == nil && id == nil {
		id, err = w.addText(s)
	}
	if err != nil {
		return nil, err
	}
	if len(w.strings) >= maxInterned {
		w.forget()
	}
	w.strings[s] = id
	return id, nil
}

func oneArg(s string) []driver.NamedValue { return []driver.NamedValue{{Ordinal: 1, Value: s}} }

// lookUp finds the id of a text, nil: there is none.
func (w *writer) lookUp(s string) (id driver.Value, err error) {
	q, ok := w.findString.(driver.StmtQueryContext)
	if !ok {
		return nil, errDriver
	}
	rows, err := q.QueryContext(engine(), oneArg(s))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	dst := make([]driver.Value, 1)
	switch err := rows.Next(dst); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return dst[0], nil
}

func (w *writer) addText(s string) (driver.Value, error) {
	q, ok := w.addString.(driver.StmtExecContext)
	if !ok {
		return nil, errDriver
	}
	res, err := q.ExecContext(engine(), oneArg(s))
	if err != nil {
		return nil, err
	}
	return boxed(res.LastInsertId())
}

func boxed(id int64, err error) (driver.Value, error) { return id, err }

// insert merges rows of one kind into their cells.
func (w *writer) insert(s *rowStmts, rows []aggregate.Row, written int64) error {
	return w.conn.Raw(func(any) error {
		for len(rows) > 0 {
			n, stmt := 1, s.one
			if len(rows) >= chunk {
				n, stmt = chunk, s.many
			}
			if err := w.insertChunk(s, stmt, rows[:n], written); err != nil {
				return err
			}
			rows = rows[n:]
		}
		return nil
	})
}

func (w *writer) insertChunk(s *rowStmts, stmt driver.Stmt, rows []aggregate.Row, written int64) error {
	w.args, w.blob = w.args[:0], w.blob[:0]
	var at, now driver.Value = rows[0].Time, written
	for i := range rows {
		if i > 0 && rows[i].Time != rows[i-1].Time {
			at = rows[i].Time
		}
		w.add(at)
		if err := w.bind(s, &rows[i]); err != nil {
			return err
		}
		w.add(now)
	}
	exec, ok := stmt.(driver.StmtExecContext)
	if !ok {
		return errDriver
	}
	_, err := exec.ExecContext(engine(), w.args)
	return err
}

func (w *writer) add(v driver.Value) {
	w.args = append(w.args, driver.NamedValue{Ordinal: len(w.args) + 1, Value: v})
}

// bind appends the values of a row in the order of table.columns, without the
// time and the time of writing.
func (w *writer) bind(s *rowStmts, r *aggregate.Row) error {
	for i := range s.has {
		c := &s.has[i]
		if c.text == nil {
			w.add(int64(r.Status))
			continue
		}
		last, text := &s.last[i], *c.text(&r.Key)
		if last.text != text {
			id, err := w.stringID(text)
			if err != nil {
				return err
			}
			*last = interned{text, id}
		}
		w.add(last.id)
	}
	for i := range s.not {
		// It would silently share a cell with rows of another key.
		if c := &s.not[i]; c.text != nil && *c.text(&r.Key) != "" || c.text == nil && r.Status != 0 {
			return fmt.Errorf("a row of kind %s has a %s, which is no part of its key", s.kind, c.name)
		}
	}
	switch s.key {
	case "caller":
		if r.Caller > maxCaller {
			return fmt.Errorf("caller hash %016x is wider than 63 bits", r.Caller)
		}
		w.add(int64(r.Caller))
	case "pos":
		w.add(r.Pos)
	}
	for _, m := range s.measures {
		w.add(w.measure(m, r))
	}
	return nil
}

// maxCaller is the largest caller hash.
const maxCaller = 1<<63 - 1

func (w *writer) measure(m string, r *aggregate.Row) driver.Value {
	from := len(w.blob)
	switch m {
	case "n":
		return r.N
	case "extra":
		return r.Extra
	case "bytes":
		return r.Bytes
	case "n_nocaller":
		return r.NNoCaller
	case "first":
		return r.First
	case "last":
		return r.Last
	case "text":
		return r.Text
	case "hist":
		w.blob = aggregate.AppendHist(w.blob, r.Hist)
	case "callers":
		w.blob = aggregate.AppendCallers(w.blob, r.Callers)
	case "heavy":
		w.blob = aggregate.AppendCallers(w.blob, r.Heavy)
	}
	if len(w.blob) == from {
		return nil
	}
	// A later append may move the buffer; this slice keeps the old one alive.
	return w.blob[from:len(w.blob):len(w.blob)]
}

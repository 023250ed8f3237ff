package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
type writer struct {
	conn *sql.Conn
	rows map[aggregate.Kind]*rowStmts

	findString, addString *sql.Stmt
	findKey, addKey       *sql.Stmt
	strings               map[string]int64
	keys                  map[aggregate.Key]int64

	args []any  // of the chunk being bound
	blob []byte // maps of the chunk being bound
}

// rowStmts insert into the table of one kind.
type rowStmts struct {
	table
	one, many *sql.Stmt
}

// engine is the context of statements inside a transaction: they are short,
// and a cancellable one would cost a goroutine each.
func engine() context.Context { return context.Background() }

func newWriter(ctx context.Context, db *sql.DB) (*writer, error) {
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{
		conn: conn, rows: map[aggregate.Kind]*rowStmts{},
		strings: map[string]int64{}, keys: map[aggregate.Key]int64{},
	}
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA cache_size = -%d", writerCache)); err != nil {
		return nil, errors.Join(err, w.close())
	}
	prepare := func(q string) *sql.Stmt {
		if err != nil {
			return nil
		}
		var s *sql.Stmt
		s, err = conn.PrepareContext(ctx, q)
		return s
	}
	for _, t := range tables() {
		w.rows[t.kind] = &rowStmts{table: t, one: prepare(t.upsert(1)), many: prepare(t.upsert(chunk))}
	}
	w.findString = prepare("SELECT id FROM strings WHERE text = ?")
	w.addString = prepare("INSERT INTO strings (text) VALUES (?)")
	w.findKey = prepare("SELECT id FROM keys WHERE " + keyMatch())
	w.addKey = prepare("INSERT INTO keys (" + keyList() + ") VALUES (" + keyMarks() + ")")
	if err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// close gives the connection back, and with it its statements.
func (w *writer) close() error {
	var errs []error
	for _, s := range w.rows {
		for _, st := range []*sql.Stmt{s.one, s.many} {
			if st != nil {
				errs = append(errs, st.Close())
			}
		}
	}
	for _, st := range []*sql.Stmt{w.findString, w.addString, w.findKey, w.addKey} {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	return errors.Join(append(errs, w.conn.Close())...)
}

// forget drops the ids known so far: those made in a transaction that was
// rolled back do not exist.
func (w *writer) forget() {
	clear(w.strings)
	clear(w.keys)
}

// stringID interns a text.
func (w *writer) stringID(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	if id, ok := w.strings[s]; ok {
		return id, nil
	}
	var id int64
	err := w.findString.QueryRowContext(engine(), s).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		var res sql.Result
		if res, err = w.addString.ExecContext(engine(), s); err == nil {
			id, err = res.LastInsertId()
		}
	}
	if err != nil {
		return 0, err
	}
	if len(w.strings) >= maxInterned {
		clear(w.strings)
	}
	w.strings[s] = id
	return id, nil
}

// keyID interns a row's key without kind, time, caller, lane and pos.
func (w *writer) keyID(k aggregate.Key) (int64, error) {
	k.Kind, k.Time, k.Caller, k.Lane, k.Pos = 0, 0, 0, "", 0
	if id, ok := w.keys[k]; ok {
		return id, nil
	}
	args := make([]any, 0, len(keyColumns()))
	for _, c := range keyColumns() {
		if c.text == nil {
			args = append(args, int64(k.Status))
			continue
		}
		id, err := w.stringID(*c.text(&k))
		if err != nil {
			return 0, err
		}
		args = append(args, id)
	}
	var id int64
	err := w.findKey.QueryRowContext(engine(), args...).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		var res sql.Result
		if res, err = w.addKey.ExecContext(engine(), args...); err == nil {
			id, err = res.LastInsertId()
		}
	}
	if err != nil {
		return 0, err
	}
	if len(w.keys) >= maxInterned {
		clear(w.keys)
	}
	w.keys[k] = id
	return id, nil
}

// insert merges rows of one kind into their cells.
func (w *writer) insert(s *rowStmts, rows []aggregate.Row, written int64) error {
	for len(rows) > 0 {
		n, stmt := 1, s.one
		if len(rows) >= chunk {
			n, stmt = chunk, s.many
		}
		w.args, w.blob = w.args[:0], w.blob[:0]
		for i := range rows[:n] {
			if err := w.bind(s.table, &rows[i], written); err != nil {
				return err
			}
		}
		if _, err := stmt.ExecContext(engine(), w.args...); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

// bind appends the values of a row in the order of table.columns.
func (w *writer) bind(t table, r *aggregate.Row, written int64) error {
	id, err := w.keyID(r.Key)
	if err != nil {
		return err
	}
	w.args = append(w.args, r.Time, id)
	switch t.key {
	case "caller":
		if r.Caller > maxCaller {
			return fmt.Errorf("caller hash %016x is wider than 63 bits", r.Caller)
		}
		w.args = append(w.args, int64(r.Caller))
	case "pos":
		w.args = append(w.args, r.Pos)
	}
	for _, m := range t.measures {
		w.args = append(w.args, w.measure(m, r))
	}
	w.args = append(w.args, written)
	return nil
}

// maxCaller is the largest caller hash.
const maxCaller = 1<<63 - 1

func (w *writer) measure(m string, r *aggregate.Row) any {
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

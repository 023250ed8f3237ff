package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// The positions of watermarks.
const (
	posDay  = 0
	posLane = 1
)

const (
	daySeconds  = 86400
	hourSeconds = 3600
	// clearEvery is how often a writer looks for expired caller maps: it reads
	// the tables that have them from end to end.
	clearEvery = daySeconds
	metaClear  = "maps_cleared_at"
)

// Write stores a batch: rows, marks and ledger in one transaction. A batch
// that is there already is left alone; one that overlaps what is there is
// refused, since its rows would count twice.
func (s *Store) Write(ctx context.Context, b store.Batch) error {
	if s.readOnly {
		return fmt.Errorf("store %s: %w", s.path, ErrReadOnly)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.w == nil {
		return fmt.Errorf("store %s: it is closed", s.path)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := checkBatch(&b); err != nil {
		return fmt.Errorf("store %s: %w", s.path, err)
	}
	return s.transact("write a batch", func() error {
		known, err := s.w.known(b.ID)
		if err != nil || known {
			return err
		}
		now := s.now().Unix()
		if err := s.w.clearExpired(now); err != nil {
			return err
		}
		if err := s.w.writeRows(b.Rows, now); err != nil {
			return err
		}
		if err := s.step("rows"); err != nil {
			return err
		}
		if err := s.w.writeMarks(&b, now); err != nil {
			return err
		}
		return s.step("marks")
	})
}

// step runs the test hook.
func (s *Store) step(name string) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(name)
}

// transact runs f in an immediate transaction: it is all there or nothing.
func (s *Store) transact(op string, f func() error) error {
	if _, err := s.w.conn.ExecContext(engine(), "BEGIN IMMEDIATE"); err != nil {
		return s.explain(op, err)
	}
	err := f()
	if err == nil {
		_, err = s.w.conn.ExecContext(engine(), "COMMIT")
	}
	if err != nil {
		s.w.forget()
		// A rollback fails where the engine has rolled back by itself.
		_, _ = s.w.conn.ExecContext(engine(), "ROLLBACK")
		return s.explain(op, err)
	}
	return nil
}

// checkBatch finds what can only be a mistake of the caller.
func checkBatch(b *store.Batch) error {
	switch {
	case b.Source == "":
		return errors.New("the batch has no source")
	case b.ID.Lane == "":
		return errors.New("the batch has no lane")
	case b.ID.Range.From < 0 || b.ID.Range.To < b.ID.Range.From:
		return fmt.Errorf("the batch has the range [%d, %d)", b.ID.Range.From, b.ID.Range.To)
	case b.ID.Range.From == b.ID.Range.To && len(b.Rows) > 0:
		return fmt.Errorf("the batch has %d rows and an empty range at %d", len(b.Rows), b.ID.Range.From)
	case b.File != nil && (b.File.Lane != b.ID.Lane || b.File.Source != b.Source):
		return fmt.Errorf("the batch of lane %s carries the mark of lane %s", b.ID.Lane, b.File.Lane)
	}
	for i := range b.Rows {
		if k := b.Rows[i].Kind; k < aggregate.KindRequest || k > aggregate.KindActive {
			return fmt.Errorf("row %d has kind %d, which no batch carries", i, b.Rows[i].Kind)
		}
	}
	return nil
}

// known tells whether a batch is in the store. One that overlaps others without
// being one of them is an error.
func (w *writer) known(id ingest.BatchID) (bool, error) {
	if id.Range.From == id.Range.To {
		return false, nil // it carries a file's mark only
	}
	var from, to int64
	err := w.conn.QueryRowContext(engine(),
		`SELECT "from", "to" FROM batches WHERE lane = ? AND "from" < ? ORDER BY "from" DESC LIMIT 1`,
		string(id.Lane), id.Range.To).Scan(&from, &to)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, err
	case from == id.Range.From && to == id.Range.To:
		return true, nil
	case to <= id.Range.From:
		return false, nil
	default:
		return false, fmt.Errorf("the range [%d, %d) of lane %s overlaps [%d, %d), which is counted already",
			id.Range.From, id.Range.To, id.Lane, from, to)
	}
}

// writeRows merges the rows, kind by kind as they come, and marks their hours.
func (w *writer) writeRows(rows []aggregate.Row, now int64) error {
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j].Kind == rows[i].Kind {
			j++
		}
		if err := w.insert(w.rows[rows[i].Kind], rows[i:j], now); err != nil {
			return err
		}
		i = j
	}
	return w.writeHours(rows)
}

// hourOf is a (source, hour) pair of the table hours.
type hourOf struct {
	source string
	hour   int64
}

// writeHours keeps which kinds a source has in an hour.
func (w *writer) writeHours(rows []aggregate.Row) error {
	type has struct{ requests, errors bool }
	hours := map[hourOf]has{}
	for i := range rows {
		r := &rows[i]
		k := hourOf{r.Source, r.Time - r.Time%hourSeconds}
		switch r.Kind {
		case aggregate.KindRequest:
			h := hours[k]
			h.requests = true
			hours[k] = h
		case aggregate.KindError:
			h := hours[k]
			h.errors = true
			hours[k] = h
		case aggregate.KindRead:
			if r.Reason == "" || r.Reason == "success" {
				if _, known := hours[k]; !known {
					hours[k] = has{} // events were read, of whatever kind
				}
			}
		}
	}
	for k, h := range hours {
		id, err := w.sourceID(k.source)
		if err != nil {
			return err
		}
		_, err = w.conn.ExecContext(engine(),
			`INSERT INTO hours (source, hour, requests, errors) VALUES (?, ?, ?, ?) ON CONFLICT (source, hour)
			DO UPDATE SET requests = max(requests, excluded.requests), errors = max(errors, excluded.errors)`,
			id, k.hour, h.requests, h.errors)
		if err != nil {
			return err
		}
	}
	return nil
}

// ledgerText is the text of a ledger row.
type ledgerText struct {
	Topic     string `json:"topic"`
	Partition int    `json:"partition"`
	From      int64  `json:"from"`
	To        int64  `json:"to"`
	store.Ledger
	Lost int64 `json:"lost"`
}

// writeMarks stores how far the lane is, and the batch's ledger row.
func (w *writer) writeMarks(b *store.Batch, now int64) error {
	if b.File != nil {
		if err := w.writeFile(b.File); err != nil {
			return err
		}
	}
	if b.ID.Range.From == b.ID.Range.To {
		return nil
	}
	source, err := w.sourceID(b.Source)
	if err != nil {
		return err
	}
	to := b.ID.Range.To
	if err := w.mark(b.ID.Lane, posLane, 0, source, to, now); err != nil {
		return err
	}
	for _, day := range daysOf(b.Rows) {
		if err := w.mark(b.ID.Lane, posDay, day, source, to, now); err != nil {
			return err
		}
	}
	topic := string(b.ID.Lane)
	if b.File != nil {
		topic = b.File.Name
	}
	text, err := json.Marshal(ledgerText{Topic: topic, From: b.ID.Range.From, To: to, Ledger: b.Ledger})
	if err != nil {
		return err
	}
	_, err = w.conn.ExecContext(engine(),
		`INSERT INTO batches (lane, "from", "to", source, nonce, text, written) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		string(b.ID.Lane), b.ID.Range.From, to, source, b.ID.Nonce, string(text), now)
	return err
}

func (w *writer) mark(lane ingest.LaneID, pos, day int64, source driver.Value, to, now int64) error {
	_, err := w.conn.ExecContext(engine(),
		`INSERT INTO watermarks (lane, pos, day, source, wm, written) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (lane, pos, day) DO UPDATE SET wm = max(wm, excluded.wm), written = min(written, excluded.written)`,
		string(lane), pos, day, source, to, now)
	return err
}

// daysOf are the event days that rows touch, ascending.
func daysOf(rows []aggregate.Row) []int64 {
	var days []int64
	for i := range rows {
		d := rows[i].Time - rows[i].Time%daySeconds
		if n := len(days); n == 0 || days[n-1] != d {
			days = append(days, d)
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

func (w *writer) writeFile(f *ingest.FileMark) error {
	_, err := w.conn.ExecContext(engine(),
		`INSERT OR REPLACE INTO files (lane, source, name, feed, format, length, lines, head_hash, tail_hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(f.Lane), f.Source, f.Name, string(f.Feed), f.Format, f.Length, f.Lines, f.HeadHash, f.TailHash)
	return err
}

// clearExpired removes the caller maps of cells that were first written too
// long ago, at most once a day. Readers do not count on it: they look at
// `written` themselves.
func (w *writer) clearExpired(now int64) error {
	var last string
	err := w.conn.QueryRowContext(engine(), "SELECT value FROM meta WHERE key = ?", metaClear).Scan(&last)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if at, err := strconv.ParseInt(last, 10, 64); err == nil && now-at < clearEvery && now >= at {
		return nil
	}
	for _, t := range tables() {
		if !t.has("callers") {
			continue
		}
		_, err := w.conn.ExecContext(engine(),
			"UPDATE "+t.name+" SET callers = NULL, heavy = NULL WHERE written < ? AND callers IS NOT NULL", //nolint:gosec // the names are those of our own tables
			now-store.MapsExpire)
		if err != nil {
			return err
		}
	}
	_, err = w.conn.ExecContext(engine(),
		"INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", metaClear, strconv.FormatInt(now, 10))
	return err
}

// Covered tells how far a lane is in the store.
func (s *Store) Covered(ctx context.Context, lane ingest.LaneID) (store.Coverage, error) {
	var c store.Coverage
	err := s.db.QueryRowContext(ctx, "SELECT wm FROM watermarks WHERE lane = ? AND pos = ? AND day = 0",
		string(lane), posLane).Scan(&c.Watermark)
	if errors.Is(err, sql.ErrNoRows) {
		return c, nil
	}
	return c, s.explain("read a mark", err)
}

// cutoff is the writing time before which caller maps are expired.
func cutoff(now time.Time) int64 { return now.Unix() - store.MapsExpire }

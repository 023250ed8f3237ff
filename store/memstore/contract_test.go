package memstore

import (
	"context"
	"testing"

	"errata/aggregate"
	"errata/store"
	"errata/store/storetest"
)

// written is a store as the suite writes to it.
type written struct{ *Store }

func (w written) Write(ctx context.Context, b store.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.Add(b.Rows)
}

// Rows are the merged cells: what is in the file and in memory may share keys.
func (w written) Rows(_ context.Context, yield func(aggregate.Row) error) error {
	var rows []aggregate.Row
	for _, t := range w.tables[firstKind:] {
		err := w.each(t, func(c *cell) error {
			r, err := w.row(t, c)
			rows = append(rows, r)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, r := range aggregate.Merge(rows) {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}

// row reads a cell back.
func (w written) row(t *table, c *cell) (r aggregate.Row, err error) {
	r.Kind, r.Time = t.kind, int64(c.w[atTime])
	name := t.names.entry(int(t.place[c.w[atName]]))
	for _, f := range t.fields {
		switch {
		case f.text != nil:
			*f.text(&r.Key) = w.texts.text(name[f.at])
		case f.name == "status":
			r.Status = uint16(name[f.at])
		case f.name == "caller":
			r.Caller = uint64(get(c.w, f.at))
		default:
			r.Pos = int64(c.w[f.at])
		}
	}
	for at, v := range map[int]*int64{
		t.n: &r.N, t.extra: &r.Extra, t.bytes: &r.Bytes, t.noCaller: &r.NNoCaller,
		t.first: &r.First, t.last: &r.Last,
	} {
		if at != 0 {
			*v = get(c.w, at)
		}
	}
	if t.text != 0 {
		r.Text = string(c.blob(t.text))
	}
	if t.hist != 0 {
		if r.Hist, err = aggregate.DecodeHist(nil, c.blob(t.hist)); err != nil {
			return r, err
		}
	}
	if t.callers != 0 {
		if r.Callers, err = aggregate.DecodeCallers(nil, c.blob(t.callers)); err != nil {
			return r, err
		}
		r.Heavy, err = aggregate.DecodeCallers(nil, c.blob(t.heavy))
	}
	return r, err
}

func open(t testing.TB, cfg Config) *Store {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	storetest.RunAnswers(t, func(t *testing.T) storetest.Store { return written{open(t, Config{})} })
}

// TestContractFromFile: with a bound of a byte every write moves to the file.
func TestContractFromFile(t *testing.T) {
	storetest.RunAnswers(t, func(t *testing.T) storetest.Store { return written{open(t, Config{Memory: 1})} })
}

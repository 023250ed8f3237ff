package sqlitestore

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"time"

	"errata/aggregate"
	"errata/store"
)

// Info tells span and rows per source and kind, and the bytes of the files.
func (s *Store) Info(ctx context.Context) (store.Info, error) {
	var info store.Info
	err := s.read(ctx, func(snap *snapshot) error {
		for _, t := range tables() {
			st := statement{sql: `SELECT s.text, count(*), coalesce(min(CASE WHEN f.time >= 86400 THEN f.time END), -1),
				coalesce(max(CASE WHEN f.time >= 86400 THEN f.time END), -1), sum(f.time < 86400)
				FROM ` + t.name + ` f JOIN strings s ON s.id = f.source GROUP BY s.text`}
			err := snap.each(ctx, st, func(r *sql.Rows) error {
				x := store.SourceInfo{Kind: t.kind.String()}
				var from, to int64
				if err := r.Scan(&x.Source, &x.Rows, &from, &to, &x.Clamped); err != nil {
					return err
				}
				if from >= 0 {
					x.From = time.Unix(from, 0).UTC()
					x.To = time.Unix(to+t.kind.Grain(), 0).UTC()
				}
				info.Sources = append(info.Sources, x)
				return nil
			})
			if err != nil {
				return s.explain("read it", err)
			}
		}
		return nil
	})
	if err != nil {
		return info, err
	}
	sortInfo(info.Sources)
	if info.Schema, err = s.version(ctx); err != nil {
		return info, err
	}
	for _, name := range []string{s.path, s.path + "-wal"} {
		if st, err := os.Stat(name); err == nil {
			info.Bytes += st.Size()
		}
	}
	return info, nil
}

// sortInfo orders by source; the kinds of one stay in their order.
func sortInfo(l []store.SourceInfo) {
	// Insertion sort: stable, and there are few.
	for i := 1; i < len(l); i++ {
		for j := i; j > 0 && l[j].Source < l[j-1].Source; j-- {
			l[j], l[j-1] = l[j-1], l[j]
		}
	}
}

// Rows yields every cell as one merged row, in the order of its kind, time and
// key ids. Marks and ledger are no cells.
func (s *Store) Rows(ctx context.Context, yield func(aggregate.Row) error) error {
	return s.read(ctx, func(snap *snapshot) error {
		for _, t := range tables() {
			if err := snap.rows(ctx, t, yield); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *snapshot) rows(ctx context.Context, t table, yield func(aggregate.Row) error) error {
	cols := []string{"f.time"}
	if t.key != "" {
		cols = append(cols, "f."+t.key)
	}
	for _, m := range t.measures {
		cols = append(cols, "f."+m)
	}
	dims, _ := t.split()
	var joins []string
	for i, c := range dims {
		if c.text == nil {
			cols = append(cols, "f."+c.name)
			continue
		}
		cols = append(cols, fmt.Sprintf("s%d.text", i))
		joins = append(joins, fmt.Sprintf("JOIN strings s%d ON s%d.id = f.%s", i, i, c.name))
	}
	st := statement{sql: "SELECT " + strings.Join(cols, ", ") + " FROM " + t.name +
		" f " + strings.Join(joins, " ") + " ORDER BY " +
		strings.Join(prefixed("f.", t.keyColumns()), ", ")}
	err := s.each(ctx, st, func(rows *sql.Rows) error {
		r := aggregate.Row{Key: aggregate.Key{Kind: t.kind}}
		var blobs maps
		dst := []any{&r.Time}
		switch t.key {
		case "caller":
			dst = append(dst, &r.Caller)
		case "pos":
			dst = append(dst, &r.Pos)
		}
		for _, m := range t.measures {
			dst = append(dst, target(m, &r, &blobs))
		}
		for _, c := range dims {
			if c.text == nil {
				dst = append(dst, &r.Status)
			} else {
				dst = append(dst, c.text(&r.Key))
			}
		}
		if err := rows.Scan(dst...); err != nil {
			return err
		}
		if err := blobs.decode(&r); err != nil {
			return err
		}
		return yield(r)
	})
	return err
}

func prefixed(p string, list []string) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = p + s
	}
	return out
}

// maps are the stored forms of a row's maps.
type maps struct{ hist, callers, heavy []byte }

func (m *maps) decode(r *aggregate.Row) (err error) {
	if r.Hist, err = aggregate.DecodeHist(nil, m.hist); err != nil {
		return err
	}
	if r.Callers, err = aggregate.DecodeCallers(nil, m.callers); err != nil {
		return err
	}
	r.Heavy, err = aggregate.DecodeCallers(nil, m.heavy)
	return err
}

// target is where a measure is scanned into.
func target(m string, r *aggregate.Row, b *maps) any {
	switch m {
	case "n":
		return &r.N
	case "extra":
		return &r.Extra
	case "bytes":
		return &r.Bytes
	case "n_nocaller":
		return &r.NNoCaller
	case "first":
		return &r.First
	case "last":
		return &r.Last
	case "text":
		return &r.Text
	case "hist":
		return &b.hist
	case "callers":
		return &b.callers
	default:
		return &b.heavy
	}
}

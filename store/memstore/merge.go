package memstore

import (
	"errata/aggregate"
)

// merger is the scratch of merges.
type merger struct {
	hist    []aggregate.BucketCount
	callers []aggregate.CallerCount
	heavy   []aggregate.CallerCount
	bytes   []byte
}

// merge adds a row to its cell by the merge rules of docs/schema.md.
func (s *Store) merge(t *table, w []uint32, r *aggregate.Row, made bool) error {
	sum := func(at int, v int64) {
		if at != 0 {
			put(w, at, get(w, at)+v)
		}
	}
	sum(t.n, r.N)
	sum(t.extra, r.Extra)
	sum(t.bytes, r.Bytes)
	sum(t.noCaller, r.NNoCaller)
	if t.first != 0 {
		first, last := r.First, r.Last
		if !made {
			first, last = min(first, get(w, t.first)), max(last, get(w, t.last))
		}
		put(w, t.first, first)
		put(w, t.last, last)
	}
	if t.text != 0 {
		if old := s.blobs.get(w[t.text]); made || r.Text < string(old) {
			s.m.bytes = append(s.m.bytes[:0], r.Text...)
			if err := s.set(w, t.text); err != nil {
				return err
			}
		}
	}
	if t.hist != 0 && len(r.Hist) > 0 {
		if err := s.mergeHist(w, t.hist, r.Hist); err != nil {
			return err
		}
	}
	if t.callers != 0 && len(r.Callers)+len(r.Heavy) > 0 {
		return s.mergeCallers(w, t, r)
	}
	return nil
}

// set writes the merger's bytes as the blob of a cell.
func (s *Store) set(w []uint32, at int) (err error) {
	w[at], err = s.blobs.set(w[at], s.m.bytes)
	return err
}

func (s *Store) mergeHist(w []uint32, at int, h []aggregate.BucketCount) (err error) {
	m := &s.m
	if old := s.blobs.get(w[at]); len(old) > 0 {
		if m.hist, err = aggregate.DecodeHist(m.hist[:0], old); err != nil {
			return err
		}
		h = aggregate.MergeHist(m.hist, h)
	}
	m.bytes = aggregate.AppendHist(m.bytes[:0], h)
	return s.set(w, at)
}

func (s *Store) mergeCallers(w []uint32, t *table, r *aggregate.Row) (err error) {
	m := &s.m
	callers, heavy := r.Callers, r.Heavy
	if old := s.blobs.get(w[t.callers]); len(old) > 0 {
		if m.callers, err = aggregate.DecodeCallers(m.callers[:0], old); err != nil {
			return err
		}
		if m.heavy, err = aggregate.DecodeCallers(m.heavy[:0], s.blobs.get(w[t.heavy])); err != nil {
			return err
		}
		callers, heavy = aggregate.MergeCallers(m.callers, m.heavy, callers, heavy)
	}
	m.bytes = aggregate.AppendCallers(m.bytes[:0], callers)
	if err := s.set(w, t.callers); err != nil {
		return err
	}
	m.bytes = aggregate.AppendCallers(m.bytes[:0], heavy)
	return s.set(w, t.heavy)
}

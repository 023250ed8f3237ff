package memstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

const (
	hourSeconds = 3600
	daySeconds  = 86400
)

// Store is rollups in memory. Make one with New.
type Store struct {
	cfg    Config
	tables [lastKind + 1]*table
	texts  *dict
	blobs  blobs
	hours  map[hourKey]*hour
	counts map[uint32]*clamped // by source
	feeds  []store.FeedUse
	file   *spill // nil: everything is in memory
	closed bool
	m      merger
}

// hourKey is a source and a UTC hour.
type hourKey struct {
	source uint32
	hour   uint32 // Unix seconds
}

// hour is what a source has in an hour.
type hour struct {
	requests, errors bool
	first, last      int64 // minutes with request or error rows, in Unix seconds
	rows             bool  // there are any
}

// clamped counts what was read on the clamp day.
type clamped struct{ entries, dead int64 }

// New makes an empty store. Close ends it.
func New(cfg Config) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.fill()
	s := &Store{cfg: cfg, texts: newDict(cfg.Texts), hours: map[hourKey]*hour{}, counts: map[uint32]*clamped{}}
	for k := firstKind; k <= lastKind; k++ {
		s.tables[k] = newTable(layoutOf(k))
	}
	return s, nil
}

// errClosed is the answer of a store that is closed.
var errClosed = errors.New("memstore: the store is closed")

// Add merges rows into their cells. Where it fails the store is of no more use:
// some of the rows may be in it.
func (s *Store) Add(rows []aggregate.Row) error {
	if s.closed {
		return errClosed
	}
	for i := range rows {
		if err := s.add(&rows[i]); err != nil {
			return err
		}
	}
	if s.held() > s.cfg.Memory {
		return s.move()
	}
	return nil
}

// spared is what cells may take while memory is needed elsewhere.
const spared = 2 << 20

// Spare keeps names to their bound, and moves the cells to the file if they
// take more than a little: what comes next needs the memory.
func (s *Store) Spare() error {
	if s.closed {
		return errClosed
	}
	for _, t := range s.tables[firstKind:] {
		t.fold(t.bound(s.cfg.Names), s.texts.other)
	}
	if s.held() > min(spared, s.cfg.Memory) {
		return s.move()
	}
	return nil
}

// held is the memory of all cells.
func (s *Store) held() int64 {
	n := s.blobs.size()
	for _, t := range s.tables[firstKind:] {
		n += t.held()
	}
	return n
}

// add merges one row.
func (s *Store) add(r *aggregate.Row) error {
	if r.Kind < firstKind || r.Kind > lastKind {
		return fmt.Errorf("memstore: a row has kind %d, which no batch carries", r.Kind)
	}
	if r.Time < 0 || r.Time > math.MaxUint32 || r.Pos < 0 || r.Pos > math.MaxUint32 {
		return fmt.Errorf("memstore: a %s row has time %d and position %d", r.Kind, r.Time, r.Pos)
	}
	t := s.tables[r.Kind]
	t.key[atTime] = uint32(r.Time)
	for i := range t.fields {
		f := &t.fields[i]
		switch {
		case f.text != nil:
			text, memo := *f.text(&r.Key), &t.memo[i]
			if memo.text != text {
				*memo = interned{text, s.texts.id(text, f.bounded)}
			}
			t.name[f.at] = memo.id
		case !f.own:
			t.name[f.at] = uint32(r.Status)
		case f.at == t.caller:
			put(t.key, f.at, int64(r.Caller))
		default:
			t.key[f.at] = uint32(r.Pos)
		}
	}
	s.mark(r, t.name[atSource])
	t.key[atName] = t.number(max(r.N, 1))
	place, made := t.cells.at(t.key)
	if err := s.merge(t, t.cells.entry(place), r, made); err != nil {
		return err
	}
	if bound := t.bound(s.cfg.Names); t.names.n > bound+bound/2+nameSlack {
		t.fold(bound, s.texts.other)
	}
	return nil
}

// mark notes which kinds a source has in the row's hour, and when.
func (s *Store) mark(r *aggregate.Row, source uint32) {
	if r.Kind > aggregate.KindError && r.Kind != aggregate.KindRead {
		return
	}
	counted := r.Kind != aggregate.KindRead || r.Reason == "" || r.Reason == "success"
	if r.Kind == aggregate.KindRead && r.Time < daySeconds {
		s.clamp(source, counted, r.N)
	}
	if !counted {
		return
	}
	k := hourKey{source, uint32(r.Time - r.Time%hourSeconds)}
	h := s.hours[k]
	if h == nil {
		h = &hour{}
		s.hours[k] = h
	}
	h.requests = h.requests || r.Kind == aggregate.KindRequest
	h.errors = h.errors || r.Kind == aggregate.KindError
	switch {
	case s.cfg.Grain == 0 && r.Kind != aggregate.KindRead:
		h.span(r.Time, r.Time)
	case s.cfg.Grain != 0 && r.Kind == aggregate.KindRead && r.Last > 0:
		h.span(r.First/1e6/60*60, r.Last/1e6/60*60)
	}
}

func (h *hour) span(first, last int64) {
	if !h.rows {
		*h = hour{h.requests, h.errors, first, last, true}
		return
	}
	h.first, h.last = min(h.first, first), max(h.last, last)
}

func (s *Store) clamp(source uint32, counted bool, n int64) {
	c := s.counts[source]
	if c == nil {
		c = &clamped{}
		s.counts[source] = c
	}
	if counted {
		c.entries += n
	} else {
		c.dead += n
	}
}

// Feeds are the feeds that a source was declared as.
func (s *Store) Feeds(_ context.Context, source string) ([]store.FeedUse, error) {
	var out []store.FeedUse
	for _, u := range s.feeds {
		if u.Source == source {
			out = append(out, u)
		}
	}
	return out, nil
}

// DeclareFeed keeps that a source has a feed in a format. Two feeds of one
// source that both stand for requests would count each request twice and are
// refused with a *store.FeedError.
func (s *Store) DeclareFeed(_ context.Context, source, format string, feed ingest.Feed) error {
	use := store.FeedUse{Source: source, Format: format, Feed: feed}
	if err := store.CheckFeed(s.feeds, use); err != nil {
		return err
	}
	if !slices.Contains(s.feeds, use) {
		s.feeds = append(s.feeds, use)
		slices.SortFunc(s.feeds, func(a, b store.FeedUse) int {
			return cmp.Or(strings.Compare(a.Source, b.Source), strings.Compare(a.Format, b.Format), cmp.Compare(a.Feed, b.Feed))
		})
	}
	return nil
}

// Query answers a query; a mistake in it is a *store.UsageError.
func (s *Store) Query(ctx context.Context, q store.Query) (store.Result, error) {
	return store.Answer(ctx, q, s)
}

// List yields the merged cells of a listing, each once, in any order.
func (s *Store) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	return store.List(ctx, l, s, yield)
}

// Close gives memory and file back.
func (s *Store) Close() error {
	if s.closed {
		return nil
	}
	f := s.file
	*s = Store{closed: true}
	if f == nil {
		return nil
	}
	return f.close()
}

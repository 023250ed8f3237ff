package memstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"errata/store"
)

// Facts tells what the store holds of the sources that pass the filters.
func (s *Store) Facts(ctx context.Context, fs store.FactScan) (store.Facts, error) {
	var f store.Facts
	if s.closed {
		return f, errClosed
	}
	if err := ctx.Err(); err != nil {
		return f, err
	}
	x := &facting{s: s, fs: fs, f: &f, sources: map[uint32]*store.SourceFact{}, names: map[uint32]string{}}
	for k, h := range s.hours {
		if name, ok := x.name(k.source); ok {
			x.hour(k, h, name)
		}
	}
	x.span()
	for id, c := range s.counts {
		if _, ok := x.name(id); ok {
			f.Clamped += c.entries
			f.Undated += c.dead
		}
	}
	x.feeds()
	for _, src := range x.sources {
		f.Sources = append(f.Sources, *src)
	}
	// They come out of maps.
	slices.SortFunc(f.Sources, func(a, b store.SourceFact) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(f.Hours, func(a, b store.HourFact) int {
		return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Hour, b.Hour))
	})
	return f, nil
}

// facting gathers facts.
type facting struct {
	s       *Store
	fs      store.FactScan
	f       *store.Facts
	sources map[uint32]*store.SourceFact
	names   map[uint32]string // of the sources that pass
	oldest  spanHour
	newest  spanHour
}

// spanHour is the first or last hour with events.
type spanHour struct {
	hour        int64
	rows        bool // there are request or error rows in it
	first, last int64
}

// name of a source, if it passes the filters.
func (x *facting) name(id uint32) (string, bool) {
	name, ok := x.names[id]
	if !ok {
		name = x.s.texts.text(id)
		var fs []store.Filter
		for _, f := range x.fs.Where {
			if f.Dim == "source" {
				fs = append(fs, f)
			}
		}
		if !pass(fs, name) {
			return "", false
		}
		x.names[id] = name
	}
	return name, true
}

func (x *facting) hour(k hourKey, h *hour, name string) {
	src := x.sources[k.source]
	if src == nil {
		src = &store.SourceFact{Name: name}
		x.sources[k.source] = src
	}
	src.Requests = src.Requests || h.requests
	src.Bodies = src.Bodies || h.errors
	t := int64(k.hour)
	if t < daySeconds {
		return
	}
	if t >= x.fs.From && (x.fs.To == 0 || t < x.fs.To) {
		x.f.Hours = append(x.f.Hours, store.HourFact{Source: name, Hour: t, Requests: h.requests, Errors: h.errors})
	}
	if x.oldest.hour == 0 || t < x.oldest.hour {
		x.oldest = spanHour{hour: t}
	}
	if t > x.newest.hour {
		x.newest = spanHour{hour: t}
	}
	for _, e := range []*spanHour{&x.oldest, &x.newest} {
		if e.hour == t && h.rows {
			if !e.rows {
				e.rows, e.first, e.last = true, h.first, h.last
			}
			e.first, e.last = min(e.first, h.first), max(e.last, h.last)
		}
	}
}

// span is from the first minute with events to the last one; of an hour that
// only successes of a response feed lie in, the minute is not known.
func (x *facting) span() {
	if x.oldest.hour == 0 {
		return
	}
	x.f.Oldest, x.f.Newest = x.oldest.hour, x.newest.hour+hourSeconds
	if x.oldest.rows {
		x.f.Oldest = x.oldest.first
	}
	if x.newest.rows {
		x.f.Newest = x.newest.last + 60
	}
}

// feeds adds what a source was read as, also where it wrote no row: a response
// log without errors.
func (x *facting) feeds() {
	for _, u := range x.s.feeds {
		for _, src := range x.sources {
			if src.Name == u.Source {
				src.Requests = src.Requests || store.Requests(u.Feed)
				src.Bodies = src.Bodies || store.Bodies(u.Feed)
			}
		}
	}
}

package report

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"errata/aggregate"
	"errata/store"
)

// leastSignals is how many new and gone errors a report has at least before
// they are cut: they are what changed.
const leastSignals = 1000

// signalKey is the key of new and gone.
type signalKey struct{ source, typ, code, route, param string }

func signalDims() []string { return []string{"source", "type", "code", "route", "param"} }

func signalOf(k *ErrorKey) signalKey { return signalKey{k.Source, k.Type, k.Code, k.Route, k.Param} }

func (k signalKey) vague() bool { return vague(k.source, k.typ, k.code, k.route, k.param) }

func (k signalKey) compare(o signalKey) int {
	return cmp.Or(strings.Compare(k.source, o.source), strings.Compare(k.typ, o.typ), strings.Compare(k.code, o.code),
		strings.Compare(k.route, o.route), strings.Compare(k.param, o.param))
}

// signal is the errors of one signal key, and which errors they are.
type signal struct {
	tally
	keys []ErrorKey
}

// signals groups the errors of a side, without those of which it is not known
// what they are.
func (s side) signals() map[signalKey]*signal {
	out := map[signalKey]*signal{}
	for k, t := range s {
		sk := signalOf(&k)
		if sk.vague() {
			continue
		}
		g := out[sk]
		if g == nil {
			g = &signal{}
			out[sk] = g
		}
		g.add(t)
		g.keys = append(g.keys, k)
	}
	return out
}

// span is when a signal was seen first and last, in Unix microseconds.
type span struct{ first, last int64 }

// spans reads when each signal of w was seen.
func (b *builder) spans(ctx context.Context, w window) (map[signalKey]span, error) {
	out := map[signalKey]span{}
	err := b.list(ctx, aggregate.KindError, w, signalDims(), 0, func(c store.Cell) error {
		k := signalKey{c.Dims[0], c.Dims[1], c.Dims[2], c.Dims[3], c.Dims[4]}
		out[k] = span{c.First, c.Last}
		return nil
	})
	return out, err
}

// signalLists finds what is new and what is gone.
func (b *builder) signalLists(ctx context.Context) error {
	b.signals, b.oldSignals = b.cur.signals(), b.old.signals()
	var fresh, gone []Signal
	var err error
	history := window{b.now.from.Add(-newAfter * time.Second), b.now.from}
	if b.seen, err = b.spans(ctx, history); err != nil {
		return err
	}
	known := func(k signalKey) bool { _, ok := b.seen[k]; return ok }
	if fresh, err = b.signalList(ctx, b.now, b.signals, known); err != nil {
		return err
	}
	switch {
	case len(fresh) == 0:
	case !b.heldBefore():
		b.note("Nothing is held from before the range: all errors count as new, which says nothing.")
	default:
		if err = b.noteFreshSources(ctx, history, fresh); err != nil {
			return err
		}
	}
	if b.then != nil {
		still := func(k signalKey) bool { return b.signals[k] != nil }
		if gone, err = b.signalList(ctx, *b.then, b.oldSignals, still); err != nil {
			return err
		}
	}
	b.rep.Found.New, b.rep.Found.Gone = int64(len(fresh)), int64(len(gone))
	if b.o.Top > 0 {
		n := max(b.o.Top, leastSignals)
		fresh, gone = cut(fresh, n), cut(gone, n)
	}
	b.rep.New, b.rep.Gone = fresh, gone
	for i := range fresh {
		b.samples[0].wantAny(b.signals[fresh[i].key()].keys, &fresh[i].Sample)
	}
	for i := range gone {
		b.samples[1].wantAny(b.oldSignals[gone[i].key()].keys, &gone[i].Sample)
	}
	return nil
}

// state is whether an error is new: "" where that is not known.
func (b *builder) state(k signalKey) string {
	_, seen := b.seen[k]
	switch {
	case k.vague():
		return ""
	case seen:
		return "known"
	case b.coversNew():
		return "new"
	default:
		return ""
	}
}

// noteFreshSources names sources of which everything is new because nothing
// was read of them before.
func (b *builder) noteFreshSources(ctx context.Context, history window, fresh []Signal) error {
	known := map[string]bool{}
	err := b.list(ctx, aggregate.KindRead, history, []string{"source"}, 0, func(c store.Cell) error {
		known[c.Dims[0]] = true
		return nil
	})
	if err != nil {
		return err
	}
	strange := map[string]bool{}
	for i := range fresh {
		strange[fresh[i].Source] = !known[fresh[i].Source]
	}
	for _, s := range slices.Sorted(maps.Keys(strange)) {
		if strange[s] {
			b.note(fmt.Sprintf("Nothing was read of source %s in the 14 days before the range: that its errors are new says nothing.",
				strconv.Quote(s)))
		}
	}
	return nil
}

// signalList is the signals of w that elsewhere does not have.
func (b *builder) signalList(
	ctx context.Context, w window, groups map[signalKey]*signal, elsewhere func(signalKey) bool,
) ([]Signal, error) {
	var list []Signal
	for k, g := range groups {
		if elsewhere(k) {
			continue
		}
		s := Signal{Source: k.source, Type: k.typ, Code: k.code, Route: k.route, Param: k.param, Errors: g.errors}
		s.Callers, s.CallersError = g.distinct()
		list = append(list, s)
	}
	if len(list) == 0 {
		return nil, nil
	}
	at, err := b.spans(ctx, w)
	if err != nil {
		return nil, err
	}
	for i := range list {
		t := at[list[i].key()]
		list[i].FirstSeen = time.UnixMicro(t.first).In(b.zone)
		list[i].LastSeen = time.UnixMicro(t.last).In(b.zone)
	}
	slices.SortFunc(list, func(x, y Signal) int {
		return cmp.Or(moreFirst(x.Callers, y.Callers), cmp.Compare(y.Errors, x.Errors), x.key().compare(y.key()))
	})
	return list, nil
}

func (s *Signal) key() signalKey { return signalKey{s.Source, s.Type, s.Code, s.Route, s.Param} }

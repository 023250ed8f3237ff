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
	"errata/internal/cli/out"
	"errata/store"
)

// maxGaps is how many silent spans a report names.
const maxGaps = 20

// quietEnd is for how many hours before the end of what is held a source may
// have logged nothing until a note says so.
const quietEnd = 24

// list lists cells of a kind with those of the report's filters that it has.
// What they do not reach is noted at the end.
func (b *builder) list(
	ctx context.Context, kind aggregate.Kind, w window, by []string, step int64, yield func(store.Cell) error,
) error {
	l := store.Listing{Kind: kind, By: by, Step: time.Duration(step) * time.Second, Where: b.filtersOf(kind)}
	if !w.from.IsZero() {
		l.Since, l.Until = w.from.UTC(), w.to.UTC()
	}
	return b.r.List(ctx, l, yield)
}

// filtersOf are the filters that a kind has the dimensions of.
func (b *builder) filtersOf(kind aggregate.Kind) []store.Filter {
	var where []store.Filter
	for _, f := range b.o.Where {
		if slices.Contains(kind.Columns(), f.Dim) {
			where = append(where, f)
			continue
		}
		switch kind { // the others are only looked up by the keys of errors that passed all filters
		case aggregate.KindRead:
			b.missed(f.Dim, missedEntries)
		case aggregate.KindFinding:
			b.missed(f.Dim, "findings")
		case aggregate.KindEClient:
			b.missed(f.Dim, "the clients of client mistakes")
		}
	}
	return where
}

// Sections that the verdict has sentences of.
const (
	missedEntries = "entries, dead letters and silent hours"
	missedDemand  = "501 demand"
)

// misses tells whether a filter does not reach a section.
func (b *builder) misses(section string) bool {
	for _, sections := range b.unfiltered {
		if slices.Contains(sections, section) {
			return true
		}
	}
	return false
}

// missed keeps that a filter does not reach a section.
func (b *builder) missed(dim, section string) {
	if !slices.Contains(b.unfiltered[dim], section) {
		b.unfiltered[dim] = append(b.unfiltered[dim], section)
	}
}

// noteFilters says which sections a filter does not reach.
func (b *builder) noteFilters() {
	for _, d := range slices.Sorted(maps.Keys(b.unfiltered)) {
		b.note(fmt.Sprintf("The filter on %s does not reach %s: they are not kept by it.", d, strings.Join(b.unfiltered[d], ", ")))
	}
}

// readKey is one fate of the entries of a source.
type readKey struct{ source, reason string }

// The reasons that are no dead letter's.
const (
	reasonCounted = ""
	reasonSuccess = "success"
)

// readEntries reads what became of all entries of both ranges.
func (b *builder) readEntries(ctx context.Context) error {
	b.entries, b.before, b.logged = map[readKey]int64{}, map[readKey]int64{}, map[string][]int64{}
	if !b.now.empty() {
		err := b.list(ctx, aggregate.KindRead, b.now, []string{"source", "reason"}, hour, func(c store.Cell) error {
			k := readKey{c.Dims[0], c.Dims[1]}
			b.entries[k] += c.N
			b.logged[k.source] = append(b.logged[k.source], c.Time)
			return nil
		})
		if err != nil {
			return err
		}
	}
	for s, hours := range b.logged {
		slices.Sort(hours)
		b.logged[s] = slices.Compact(hours)
	}
	if err := b.readAround(ctx); err != nil || b.then == nil {
		return err
	}
	return b.list(ctx, aggregate.KindRead, *b.then, []string{"source", "reason"}, 0, func(c store.Cell) error {
		b.before[readKey{c.Dims[0], c.Dims[1]}] += c.N
		return nil
	})
}

// readAround finds the sources with entries shortly before and after the range:
// their silence reaches from its start or to its end.
func (b *builder) readAround(ctx context.Context) error {
	w, _ := b.now.widen(hour)
	for i, near := range []window{{w.from.Add(-newAfter * time.Second), w.from}, {w.to, w.to.Add(newAfter * time.Second)}} {
		b.around[i] = map[string]bool{}
		if b.now.empty() || near.meet(b.held).empty() {
			continue
		}
		err := b.list(ctx, aggregate.KindRead, near, []string{"source"}, 0, func(c store.Cell) error {
			b.around[i][c.Dims[0]] = true
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// sumRead sums up entries, and of them the dead letters.
func sumRead(m map[readKey]int64) (entries, dead int64) {
	for k, n := range m {
		entries += n
		if k.reason != reasonCounted && k.reason != reasonSuccess {
			dead += n
		}
	}
	return entries, dead
}

// coverage fills in what was read and where nothing was.
func (b *builder) coverage() {
	c := &b.rep.Coverage
	c.Inputs, c.NotRead = b.o.Inputs, b.o.NotRead
	keys := maps.Clone(b.entries)
	if b.then != nil {
		for k := range b.before {
			keys[k] += 0
		}
	}
	for k, n := range keys {
		r := ReadCount{Source: k.source, Reason: k.reason, Entries: n}
		if b.then != nil {
			old := b.before[k]
			r.Previous = &old
		}
		if r.Reason == reasonCounted {
			r.Reason = "counted"
		}
		c.Read = append(c.Read, r)
	}
	slices.SortFunc(c.Read, func(x, y ReadCount) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), cmp.Compare(y.Entries, x.Entries), strings.Compare(x.Reason, y.Reason))
	})
	sources := map[string]bool{}
	for k := range b.entries {
		sources[k.source] = true
	}
	for k := range b.cur {
		sources[k.Source] = true
	}
	b.rep.Sources = slices.Sorted(maps.Keys(sources))
	lost := map[string]bool{}
	for k := range b.before {
		lost[k.source] = !sources[k.source]
	}
	for _, s := range slices.Sorted(maps.Keys(lost)) {
		if lost[s] {
			b.note(fmt.Sprintf("Nothing was read of source %s in the range: that its errors are gone says nothing.", strconv.Quote(s)))
		}
	}
	b.silence()
	if c.Clamped > 0 {
		b.note(out.Count(c.Clamped, "entry has a time that cannot be right and is", "entries have a time that cannot be right and are") + " in no range.")
	}
	if c.Undated > 0 {
		b.note(out.Count(c.Undated, "dead letter has no time and is", "dead letters have no time and are") + " in no range.")
	}
}

// silence finds the hours of each source without any entry, between its first
// and its last one, of which either may lie before or after the range.
func (b *builder) silence() {
	c := &b.rep.Coverage
	w, _ := b.now.widen(hour)
	hours := int64(w.to.Sub(w.from) / time.Hour)
	var gaps []Gap
	end := b.now.meet(b.held).to
	heard := maps.Clone(b.logged)
	for s := range b.around[0] {
		if b.around[1][s] && heard[s] == nil {
			heard[s] = nil // silent all the time
		}
	}
	for _, s := range slices.Sorted(maps.Keys(heard)) {
		list := slices.Clone(heard[s])
		if b.around[0][s] {
			list = slices.Insert(list, 0, w.from.Unix()-hour)
		}
		if b.around[1][s] {
			list = append(list, w.to.Unix())
		}
		c.Hours.All += hours
		for i := 1; i < len(list); i++ {
			if n := (list[i] - list[i-1]) / hour; n > 1 {
				from := list[i-1] + hour
				gaps = append(gaps, Gap{Source: s, From: b.at(from), To: b.at(list[i]), Hours: n - 1})
				c.Hours.Silent += n - 1
			}
		}
		last := b.at(list[len(list)-1] + hour)
		if !b.around[1][s] && end.Sub(last) > quietEnd*time.Hour {
			b.note(fmt.Sprintf("Nothing was read of source %s after %s.", strconv.Quote(s), timeText(last)))
		}
	}
	slices.SortFunc(gaps, func(x, y Gap) int {
		return cmp.Or(cmp.Compare(y.Hours, x.Hours), x.From.Compare(y.From), strings.Compare(x.Source, y.Source))
	})
	c.Silent = cut(gaps, maxGaps)
}

// at is a time of the report's zone.
func (b *builder) at(sec int64) time.Time { return time.Unix(sec, 0).In(b.zone) }

func (b *builder) between(from, to int64) window { return window{b.at(from), b.at(to)} }

func statusText(status int) string { return strconv.Itoa(status) }

package gen

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
)

// spans count what reports ask of: weeks and single errors.
type spans struct {
	weeks   map[int64]*week // by the Unix day of their Monday
	signals map[signalKey]*signal
}

type week struct {
	w        WeekCount
	statuses [1000]int64
	callers  map[uint64]struct{}
	features map[featureKey]*askedFeature
}

type signalKey struct{ typ, code, route, param string }

type signal struct {
	days        map[int64]int64
	first, last int64
}

func newSpans() spans { return spans{weeks: map[int64]*week{}, signals: map[signalKey]*signal{}} }

// week finds the counter of a time's ISO week in UTC; the clamp day is in none.
func (s *spans) week(at int64) *week {
	n := at / 86400e9
	monday := n - (n+3)%7 // 1970-01-01 was a Thursday
	w := s.weeks[monday]
	if w == nil {
		from := time.Unix(monday*86400, 0).UTC()
		year, number := from.ISOWeek()
		w = &week{
			w: WeekCount{
				Week: fmt.Sprintf("%04d-W%02d", year, number), From: from, To: from.AddDate(0, 0, 7),
				ByStatus: map[string]int64{}, ByType: map[string]int64{},
			},
			callers: map[uint64]struct{}{}, features: map[featureKey]*askedFeature{},
		}
		s.weeks[monday] = w
	}
	return w
}

// failed counts one of the week's errors.
func (w *week) failed(event bool, caller uint64) {
	w.w.Errors++
	if event {
		w.w.Extra++
	}
	if caller == 0 {
		w.w.NoCaller++
	} else {
		w.callers[caller] = struct{}{}
	}
}

// row counts one of the week's error rows.
func (w *week) row(status uint16, x facts) {
	w.w.ByType[x.typ]++
	if x.shape == "envelope" {
		w.w.Envelopes++
	}
	if status == 501 && x.feature == "" {
		w.w.NoFeature++
	}
}

// row counts an error row under what makes an error new or gone.
func (s *spans) row(route string, x facts, at int64) {
	k := signalKey{x.typ, x.code, route, x.param}
	r := s.signals[k]
	if r == nil {
		r = &signal{days: map[int64]int64{}, first: at, last: at}
		s.signals[k] = r
	}
	r.days[at/86400e9]++
	r.first, r.last = min(r.first, at), max(r.last, at)
}

// byWeek are the weeks in order.
func (s *spans) byWeek() []WeekCount {
	out := []WeekCount{}
	for _, monday := range slices.Sorted(maps.Keys(s.weeks)) {
		w := s.weeks[monday]
		for status, n := range w.statuses {
			if n > 0 {
				w.w.ByStatus[strconv.Itoa(status)] = n
			}
		}
		w.w.Callers = int64(len(w.callers))
		var before map[featureKey]*askedFeature
		if b := s.weeks[monday-7]; b != nil {
			before = b.features
		}
		w.w.Features = weekFeatures(w.features, before)
		out = append(out, w.w)
	}
	return out
}

// bySignal are the errors in the order of their keys.
func (s *spans) bySignal() []Signal {
	out := []Signal{}
	for k, r := range s.signals {
		x := Signal{
			Type: k.typ, Code: k.code, Route: k.route, Param: k.param, ByDay: map[string]int64{},
			First: time.Unix(0, r.first).UTC(), Last: time.Unix(0, r.last).UTC(),
		}
		for d, n := range r.days {
			x.ByDay[dayName(d)] = n
			x.Errors += n
		}
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Signal) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Param, b.Param))
	})
	return out
}

// weekFeatures are the features of a week, and those that only the week before
// asked for.
func weekFeatures(now, before map[featureKey]*askedFeature) []WeekFeature {
	out := []WeekFeature{}
	for k, d := range now {
		f := WeekFeature{Feature501: d.feature(k)}
		for c := range d.callers {
			if before[k] != nil && before[k].callers[c] > 0 {
				f.Returning++
			} else {
				f.New++
			}
		}
		if before[k] != nil {
			f.Gone = int64(len(before[k].callers)) - f.Returning
		}
		out = append(out, f)
	}
	for k, d := range before {
		if now[k] == nil && len(d.callers) > 0 {
			f := WeekFeature{Gone: int64(len(d.callers))}
			f.Feature, f.AvailableFrom = k.feature, k.available
			f.Reasons, f.ByDay, f.ByCaller = map[string]int64{}, map[string]int64{}, []CallerCount{}
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b WeekFeature) int { return a.compare(b.Feature501) })
	return out
}

func (f Feature501) compare(g Feature501) int {
	return cmp.Or(cmp.Compare(f.Feature, g.Feature), cmp.Compare(f.AvailableFrom, g.AvailableFrom))
}

// feature is what was counted of one feature.
func (d *askedFeature) feature(k featureKey) Feature501 {
	f := Feature501{
		Feature: k.feature, AvailableFrom: k.available, Attempts: d.n, Callers: int64(len(d.callers)), NoCaller: d.nobody,
		Days: int64(len(d.days)), First: time.Unix(0, d.first).UTC(), Last: time.Unix(0, d.last).UTC(), Reasons: d.reasons,
		ByDay: map[string]int64{}, ByCaller: []CallerCount{},
	}
	for n, count := range d.days {
		f.ByDay[dayName(n)] = count
	}
	for _, c := range d.by {
		f.ByCaller = append(f.ByCaller, CallerCount{
			Attempts: c.n, Days: int64(len(c.days)), First: time.Unix(0, c.first).UTC(), Last: time.Unix(0, c.last).UTC(), Reason: c.reason(),
		})
	}
	for _, n := range d.callers {
		f.TopCaller = max(f.TopCaller, n)
	}
	sortCallers(f.ByCaller)
	return f
}

// sortCallers leaves no two callers in an order that a map decides.
func sortCallers(list []CallerCount) {
	slices.SortFunc(list, func(a, b CallerCount) int {
		return cmp.Or(cmp.Compare(b.Attempts, a.Attempts), a.First.Compare(b.First), a.Last.Compare(b.Last), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.Days, b.Days))
	})
}

// askedBy is what one caller asked for; caller 0 is nobody.
type askedBy struct {
	n           int64
	days        map[int64]struct{}
	first, last int64
	reasons     map[string]int64
}

func (c *askedBy) add(why string, at int64) {
	if c.n == 0 {
		*c = askedBy{days: map[int64]struct{}{}, first: at, last: at, reasons: map[string]int64{}}
	}
	c.n++
	c.days[at/86400e9] = struct{}{}
	c.first, c.last = min(c.first, at), max(c.last, at)
	c.reasons[why]++
}

// reason is that of most attempts, the first in this order of two.
func (c *askedBy) reason() string {
	best := ""
	for _, why := range []string{"no_header", "other_feature", "older_value", "right_value", "unknown"} {
		if c.reasons[why] > c.reasons[best] {
			best = why
		}
	}
	return best
}

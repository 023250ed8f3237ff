package report

import (
	"context"
	"time"

	"errata/store"
)

// bucketsPerQuery bounds what one query of the time line holds in memory: each
// bucket may have a caller map.
const bucketsPerQuery = 2000

// timeline counts errors, requests and callers over the whole range.
func (b *builder) timeline(ctx context.Context) error {
	t := &b.rep.Timeline
	steps := hours
	t.Step = "1h"
	if b.now.to.Sub(b.now.from) > hourlyDays*day*time.Second {
		steps, t.Step = days, "1d"
	}
	w := b.now
	if b.now.to.Sub(b.now.from) > maxPoints*day*time.Second {
		w = b.now.meet(b.held)
		b.note("The time line shows what is held only: the range is over ten years.")
	}
	if w.empty() {
		return nil
	}
	bounds := steps(w)
	points := make([]Point, len(bounds)-1)
	tallies := make([]tally, len(points))
	for i := range points {
		points[i].Time = b.at(bounds[i])
	}
	err := b.buckets(ctx, w, bounds, nil, func(i int, row map[string]any) {
		tallies[i].add(tallyOf(row))
		if n := countOr(row, store.MeasureRequests); n != nil {
			if points[i].Requests == nil {
				points[i].Requests = new(int64)
			}
			*points[i].Requests += *n
		}
	}, store.MeasureErrors, store.MeasureRequests, store.MeasureCallerMap)
	if err != nil {
		return err
	}
	for i := range points {
		points[i].Errors = tallies[i].errors
		points[i].Callers, _ = tallies[i].distinct()
	}
	b.silentPoints(bounds, points)
	t.Points = points
	return b.comparePoints(ctx, steps)
}

// comparePoints puts the errors of the compared range beside those of the
// range: the first step beside the first one.
func (b *builder) comparePoints(ctx context.Context, steps func(window) []int64) error {
	points := b.rep.Timeline.Points
	if b.then == nil {
		return nil
	}
	bounds := steps(*b.then)
	old := make([]int64, len(bounds)-1)
	err := b.buckets(ctx, *b.then, bounds, nil, func(i int, row map[string]any) {
		old[i] += countOf(row, store.MeasureErrors)
	}, store.MeasureErrors)
	for i := range points[:min(len(points), len(old))] {
		points[i].Previous = &old[i]
	}
	return err
}

// buckets asks for measures of w in steps that each lie in one span of bounds.
func (b *builder) buckets(
	ctx context.Context, w window, bounds []int64, by []string, add func(i int, row map[string]any), measures ...string,
) error {
	step := stepOf(bounds)
	spans := max(1, bucketsPerQuery*step/max(step, bounds[1]-bounds[0]))
	for from := 0; from < len(bounds)-1; from += int(spans) {
		to := min(from+int(spans), len(bounds)-1)
		r, err := b.query(ctx, b.between(bounds[from], bounds[to]).meet(w), step, by, measures...)
		if err != nil {
			return err
		}
		for _, row := range r.Rows {
			t, err := time.Parse(time.RFC3339, textOf(row, store.ColumnTime))
			if err != nil {
				return err
			}
			add(spanAt(bounds, t.Unix()), row)
		}
	}
	return nil
}

// silentPoints marks the steps in which no source logged anything.
func (b *builder) silentPoints(bounds []int64, points []Point) {
	for i := range points {
		points[i].Silent = true
	}
	for _, list := range b.logged {
		for _, h := range list {
			// An hour of UTC may touch two of a zone that is half an hour off.
			for _, t := range []int64{h, h + hour - 1} {
				if t >= bounds[0] && t < bounds[len(bounds)-1] {
					points[spanAt(bounds, t)].Silent = false
				}
			}
		}
	}
}

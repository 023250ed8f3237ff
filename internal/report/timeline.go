package report

import (
	"context"
	"strconv"
	"time"

	"errata/store"
)

// bucketsPerQuery bounds what one query of the time line holds in memory: each
// bucket may have a caller map for each status.
const bucketsPerQuery = 400

// timeline counts errors, requests and callers over the whole range, and by
// status what is in it: both in one pass over all requests.
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
		if w.to.Sub(w.from) > maxPoints*day*time.Second {
			steps, t.Step = weeks, "7d"
		}
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
	status := b.statusMeasure()
	measures := []string{store.MeasureErrors, store.MeasureRequests, store.MeasureCallerMap}
	if status != store.MeasureErrors {
		measures = append(measures, status)
	}
	err := b.buckets(ctx, w, bounds, []string{"status"}, func(i int, row map[string]any) {
		addStatus(b.rep.ByStatus, row, status)
		tallies[i].add(tallyOf(row))
		if n := countOr(row, store.MeasureRequests); n != nil {
			if points[i].Requests == nil {
				points[i].Requests = new(int64)
			}
			*points[i].Requests += *n
		}
	}, measures...)
	if err != nil {
		return err
	}
	for i := range points {
		points[i].Errors = tallies[i].errors
		points[i].Callers, _ = tallies[i].distinct()
	}
	b.silentPoints(bounds, points)
	t.Points = points
	if b.then == nil {
		return nil
	}
	return b.comparePoints(ctx, steps, status)
}

// statusMeasure is what is counted by status: answers, but errors where a
// filter is on what answers without a body do not have.
func (b *builder) statusMeasure() string {
	if b.filtersBodies() {
		b.note("By status stand errors only: requests cannot be filtered by what only a body tells.")
		return store.MeasureErrors
	}
	return store.MeasureResponses
}

func addStatus(m map[string]int64, row map[string]any, measure string) {
	if n := countOf(row, measure); n != 0 {
		m[strconv.FormatInt(countOf(row, "status"), 10)] += n
	}
}

// comparePoints puts the errors of the compared range beside those of the
// range: the first step beside the first one.
func (b *builder) comparePoints(ctx context.Context, steps func(window) []int64, status string) error {
	points := b.rep.Timeline.Points
	w := *b.then
	if w.to.Sub(w.from) > maxPoints*day*time.Second {
		w = w.meet(b.held)
	}
	bounds := steps(w)
	old := make([]int64, len(bounds)-1)
	measures := []string{store.MeasureErrors}
	if status != store.MeasureErrors {
		measures = append(measures, status)
	}
	err := b.buckets(ctx, w, bounds, []string{"status"}, func(i int, row map[string]any) {
		addStatus(b.rep.Previous.ByStatus, row, status)
		old[i] += countOf(row, store.MeasureErrors)
	}, measures...)
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

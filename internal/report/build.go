package report

import (
	"context"
	"slices"
	"time"

	"errata/store"
)

// keyDims are the dimensions of ErrorKey in its order.
func keyDims() []string {
	return []string{"source", "method", "route", "status", "type", "code", "param", "feature", "template"}
}

// Build builds the report of a range from what a store holds at one moment. A
// mistake in the options is a *store.UsageError.
func Build(_ context.Context, _ Reader, o Options) (*Report, error) {
	if err := store.Validate(store.Query{Since: o.Since, Until: o.Until, By: keyDims(), Where: o.Where}); err != nil {
		return nil, err
	}
	zone := o.Zone
	if zone == nil {
		zone = time.UTC
	}
	rep := &Report{
		SchemaVersion: SchemaVersion,
		Version:       o.Version,
		Now:           o.Now.In(zone).Format(time.RFC3339),
		Zone:          o.ZoneName,
		Range:         rangeOf(window{o.Since.In(zone), o.Until.In(zone)}),
		Filters:       slices.Concat([]string{}, o.Filters),
	}
	fillEmpty(rep)
	return rep, nil
}

// fillEmpty makes lists of nothing [] in JSON and not null.
func fillEmpty(r *Report) {
	fill(&r.Filters)
	fill(&r.Sources)
	fill(&r.Verdict)
	fill(&r.Coverage.Read)
	fill(&r.Coverage.Inputs)
	fill(&r.Coverage.NotRead)
	fill(&r.Coverage.Silent)
	fill(&r.Timeline.Points)
	fill(&r.New)
	fill(&r.Gone)
	fill(&r.Movers)
	fill(&r.Top)
	fill(&r.Mistakes)
	fill(&r.Demand.Rows)
	fill(&r.Demand.Notes)
	fill(&r.Findings)
	fill(&r.Method.Caps)
	fill(&r.Method.Widened)
	fill(&r.Method.Sentences)
	fill(&r.Notes)
	for i := range r.Top {
		fill(&r.Top[i].Days)
	}
	for i := range r.Mistakes {
		fill(&r.Mistakes[i].Clients)
	}
	for _, n := range []*Numbers{&r.Numbers, r.Change} {
		fillMaps(n)
	}
	if r.Previous != nil {
		fillMaps(&r.Previous.Numbers)
	}
}

func fill[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

func fillMaps(n *Numbers) {
	if n == nil {
		return
	}
	if n.ByStatus == nil {
		n.ByStatus = map[string]int64{}
	}
	if n.ByType == nil {
		n.ByType = map[string]int64{}
	}
}


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

// builder builds one report, section by section: the later ones rest on what
// the earlier ones read.
type builder struct {
	r    Reader
	o    Options
	zone *time.Location
	rep  *Report

	held  window  // events held of the filtered sources; empty: none
	now   window  // the range
	asked *window // the range to compare with, nil: none
	then  *window // the same where something is held of it, else nil

	entries map[readKey]int64  // entries read in the range
	before  map[readKey]int64  // entries read in the compared range
	logged  map[string][]int64 // source -> UTC hours of the range with an entry, ascending
	around  [2]map[string]bool // sources with an entry in the days before and after the range

	cur, old            side // errors of the range and of the compared range
	signals, oldSignals map[signalKey]*signal
	seen                map[signalKey]span // signals of the time before the range that new asks for
	samples             [2]wanted          // of the range, of the compared range
	templates           wantedTexts

	notes      []string
	unfiltered map[string][]string // dimension of a filter -> the sections that it does not reach
}

// Build builds the report of a range from what a store holds at one moment. A
// mistake in the options is a *store.UsageError.
func Build(ctx context.Context, r Reader, o Options) (*Report, error) {
	b := &builder{r: r, o: o, zone: o.Zone, unfiltered: map[string][]string{}}
	if b.zone == nil {
		b.zone = time.UTC
	}
	b.rep = &Report{
		SchemaVersion: SchemaVersion,
		Version:       o.Version,
		Now:           o.Now.In(b.zone).Format(time.RFC3339),
		Zone:          o.ZoneName,
		Filters:       o.Filters,
	}
	if b.rep.Zone == "" {
		b.rep.Zone = b.zone.String()
	}
	for _, step := range []func(context.Context) error{
		b.ranges, b.readEntries, b.totals, b.timeline, b.errors, b.signalLists, b.topErrors, b.movers, b.mistakes,
		b.findings, b.texts, b.demand, b.method,
	} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	b.noteFilters()
	b.rep.Verdict = b.verdict()
	b.rep.Notes = b.notes
	fillEmpty(b.rep)
	return b.rep, nil
}

// note adds a sentence for people, once.
func (b *builder) note(s string) {
	if !slices.Contains(b.notes, s) {
		b.notes = append(b.notes, s)
	}
}

// query asks for the errors of w with all filters of the report.
func (b *builder) query(ctx context.Context, w window, step int64, by []string, measures ...string) (store.Result, error) {
	return b.r.Query(ctx, store.Query{
		Since: w.from.UTC(), Until: w.to.UTC(), By: by, Step: time.Duration(step) * time.Second,
		Where: b.o.Where, Measures: measures,
	})
}

// cut is the first n of a list, all of it where n is 0.
func cut[T any](list []T, n int) []T {
	if n > 0 && len(list) > n {
		return list[:n:n]
	}
	return list
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
}

func fill[T any](s *[]T) {
	if *s == nil {
		*s = []T{}
	}
}

// textOf, countOf, countOr and floatOr read the cells of an answer.
func textOf(row map[string]any, col string) string {
	s, _ := row[col].(string)
	return s
}

func countOf(row map[string]any, col string) int64 {
	n, _ := row[col].(int64)
	return n
}

func countOr(row map[string]any, col string) *int64 {
	if n, ok := row[col].(int64); ok {
		return &n
	}
	return nil
}

func floatOr(row map[string]any, col string) *float64 {
	if f, ok := row[col].(float64); ok {
		return &f
	}
	return nil
}

package report

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"errata/aggregate"
	"errata/internal/cli/out"
	"errata/internal/demand"
	"errata/store"
)

// bucketError is the largest relative error of a percentile: half the width of
// a duration bucket.
const bucketError = 0.0625

// demand asks who wants what answers 501, over the same range.
func (b *builder) demand(ctx context.Context) error {
	if b.now.empty() { // an empty range asks for nothing, an open one for everything
		from, to := b.now.from.UTC(), b.now.to.UTC()
		b.rep.Demand = Demand{From: &from, To: &to}
		return nil
	}
	o := b.o.Demand
	o.Since, o.Until, o.Where = b.now.from.UTC(), b.now.to.UTC(), nil
	for _, f := range b.o.Where {
		switch {
		case f.Dim == "source":
			o.Where = append(o.Where, f)
		case f.Dim == "feature" && f.Op == store.Eq && o.Feature == "" && b.filters("feature") == 1:
			o.Feature = f.Value
		default:
			b.missed(f.Dim, missedDemand)
		}
	}
	d, err := demand.Build(ctx, b.r, o)
	if err != nil {
		return err
	}
	b.rep.Demand = *d
	return nil
}

// filters counts the filters on a dimension.
func (b *builder) filters(dim string) (n int) {
	for _, f := range b.o.Where {
		if f.Dim == dim {
			n++
		}
	}
	return n
}

// method says how the numbers were made, and completes coverage.
func (b *builder) method(ctx context.Context) error {
	b.coverage()
	m := &b.rep.Method
	m.Top = b.o.Top
	m.Significance = significance
	m.BucketError = bucketError
	m.ExactCallers = aggregate.K - 1
	m.NewAfterDays = newAfter / day
	if err := b.caps(ctx); err != nil {
		return err
	}
	b.widened()
	b.sentences()
	return nil
}

// caps are the shares of errors that caps put under (other).
func (b *builder) caps(ctx context.Context) error {
	count := map[string]int64{}
	var all int64
	for k, t := range b.cur {
		all += t.errors
		for setting, value := range map[string]string{
			"caps.methods": k.Method, "caps.routes": k.Route, "caps.types": k.Type, "caps.codes": k.Code,
			"caps.params": k.Param, "caps.features": k.Feature, "caps.templates": k.Template,
		} {
			if value == aggregate.Other {
				count[setting] += t.errors
			}
		}
	}
	if all > 0 && len(b.rep.Mistakes) > 0 && !b.now.empty() {
		r, err := b.r.Query(ctx, store.Query{
			Since: b.now.from.UTC(), Until: b.now.to.UTC(), By: []string{"client"}, Where: b.filtersOf(aggregate.KindEClient),
		})
		if err != nil {
			return err
		}
		for _, row := range r.Rows {
			if textOf(row, "client") == aggregate.Other {
				count["caps.clients"] += countOf(row, store.MeasureErrors)
			}
		}
	}
	for setting, n := range count {
		if n > 0 && all > 0 {
			b.rep.Method.Caps = append(b.rep.Method.Caps, CapHit{Setting: setting, Share: float64(n) / float64(all)})
		}
	}
	slices.SortFunc(b.rep.Method.Caps, func(x, y CapHit) int { return strings.Compare(x.Setting, y.Setting) })
	return nil
}

// widened says which sections stand on a coarser grain than the range asks for.
func (b *builder) widened() {
	for _, s := range []struct {
		grain         int64
		unit, section string
	}{
		{minute, "minutes", "errors, requests and callers"},
		{10 * minute, "10 minutes", "samples"},
		{hour, "hours", "entries, silent hours, findings and clients"},
		{day, "days", "501 demand"},
	} {
		if w, wider := b.now.widen(s.grain); wider {
			b.rep.Method.Widened = append(b.rep.Method.Widened,
				fmt.Sprintf("%s: whole %s, %s to %s UTC", s.section, s.unit, timeText(w.from.UTC()), timeText(w.to.UTC())))
		}
	}
}

// sentences define the numbers in one line each.
func (b *builder) sentences() {
	m := &b.rep.Method
	add := func(format string, args ...any) { m.Sentences = append(m.Sentences, fmt.Sprintf(format, args...)) }
	add("All times are of the zone %s; ranges are half-open: their end is not in them.", b.rep.Zone)
	if b.now.empty() {
		add("The range is empty.")
	} else {
		add("The range is %s (%s).", spanText(b.now), lengthText(b.now.to.Sub(b.now.from)))
	}
	switch {
	case b.asked == nil:
		add("It is compared with nothing.")
	case b.then == nil:
		add("It would be compared with %s, of which nothing is held.", spanText(*b.asked))
	default:
		add("It is compared with %s (%s).", spanText(*b.asked), lengthText(b.asked.to.Sub(b.asked.from)))
	}
	add("Entries are all that was read in the range, successes and dead letters included; dead letters are entries that could not be counted.")
	add("Errors are requests with status >= 400 and errors sent in a success; in an hour of a source without request rows they are its logged error bodies. Failed requests without a logged body stand under %s.", store.NoBody)
	add("Callers are distinct callers of errors: exact up to %d, above that estimates (~) with a standard error of about 6 %%.", m.ExactCallers)
	add("p50, p95 and p99 are read from duration buckets: at most %s %% off.", out.Fixed(100*bucketError, 2))
	add("By status counts requests; in an hour of a source without request rows it counts errors.")
	add("An error is new where its source, type, code, route and param had none in the %d days (of 24 hours) before the range, and gone where they had some in the compared range and have none now; %s and %s are neither.",
		m.NewAfterDays, aggregate.Other, store.NoBody)
	add("In top errors and movers an error is its source, method, route, status, type, code, param, feature and message template.")
	add("Movers are tested on distinct callers, or on errors where callers are not known, with at least %d callers (or %d errors) in one of the ranges: a quasi-likelihood test of two rates, p two-sided, false discovery rate by Benjamini and Hochberg over all %s tested errors, q <= %s.",
		leastCallers, leastErrors, out.Int(b.rep.Found.Tested), out.Fixed(significance, 2))
	add("Its dispersion is how the counts of the error by day (by hour in ranges under 4 days) vary between the ranges beyond a common change, drawn to what the errors of its source have at that size, at least 1.")
	add("Coverage is errors in logs with bodies over failed requests in logs of all requests, of the sources that have both.")
	add("501 demand stands on whole UTC days.")
	for _, c := range m.Caps {
		add("%s %% of errors stand under %s for the bound %s: raise it (or caps.keys) and ingest again.", share(c.Share), aggregate.Other, c.Setting)
	}
}

// share is a part of one in percent, never 0 where it is some.
func share(x float64) string {
	p := 100 * x
	if p > 0 && p < 0.1 {
		return "under 0.1"
	}
	return out.Fixed(p, 1)
}

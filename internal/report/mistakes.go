package report

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"errata/aggregate"
	"errata/store"
)

// mistakeKey is the key of a client mistake.
type mistakeKey struct{ source, method, route, typ, param, template string }

func (s side) mistakes() map[mistakeKey]*signal {
	out := map[mistakeKey]*signal{}
	for k, t := range s {
		if k.Status < 400 || k.Status > 499 {
			continue
		}
		mk := mistakeKey{k.Source, k.Method, k.Route, k.Type, k.Param, k.Template}
		g := out[mk]
		if g == nil {
			g = &signal{}
			out[mk] = g
		}
		g.add(t)
		g.keys = append(g.keys, k)
	}
	return out
}

// mistakes lists the 4xx that callers can mend.
func (b *builder) mistakes(ctx context.Context) error {
	groups, old := b.cur.mistakes(), b.old.mistakes()
	list := make([]Mistake, 0, len(groups))
	for k, g := range groups {
		m := Mistake{
			Source: k.source, Method: k.method, Route: k.route, Type: k.typ, Param: k.param, Template: k.template,
			Errors: g.errors,
		}
		m.Callers, m.CallersError = g.distinct()
		if b.then != nil {
			var n int64
			if o := old[k]; o != nil {
				n = o.errors
			}
			m.PreviousErrors = &n
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(x, y Mistake) int {
		return cmp.Or(moreFirst(x.Callers, y.Callers), cmp.Compare(y.Errors, x.Errors),
			strings.Compare(x.Source, y.Source), strings.Compare(x.Method, y.Method), strings.Compare(x.Route, y.Route),
			strings.Compare(x.Type, y.Type), strings.Compare(x.Param, y.Param), strings.Compare(x.Template, y.Template))
	})
	b.rep.Found.Mistakes = int64(len(list))
	b.rep.Mistakes = cut(list, b.o.Top)
	for i := range b.rep.Mistakes {
		m := &b.rep.Mistakes[i]
		k := mistakeKey{m.Source, m.Method, m.Route, m.Type, m.Param, m.Template}
		b.samples[0].wantAny(groups[k].keys, &m.Sample)
	}
	return b.mistakeClients(ctx)
}

// clientKey is what the clients of a mistake are known by: clients are not
// kept by method and template.
type clientKey struct{ source, route, typ, param string }

// mistakeClients reads who made the kept mistakes.
func (b *builder) mistakeClients(ctx context.Context) error {
	if len(b.rep.Mistakes) == 0 {
		return nil
	}
	clients := map[clientKey]map[string]int64{}
	var sources, routes []string
	for i := range b.rep.Mistakes {
		m := &b.rep.Mistakes[i]
		clients[clientKey{m.Source, m.Route, m.Type, m.Param}] = map[string]int64{}
		sources, routes = append(sources, m.Source), append(routes, m.Route)
	}
	where := b.filtersOf(aggregate.KindEClient)
	if len(b.rep.Mistakes) <= few {
		where = append(b.only(where, "source", sources), b.only(nil, "route", routes)...)
	}
	r, err := b.r.Query(ctx, store.Query{
		Since: b.now.from.UTC(), Until: b.now.to.UTC(), Where: where,
		By: []string{"source", "route", "status", "type", "param", "client"},
	})
	if err != nil {
		return err
	}
	for _, row := range r.Rows {
		if s := countOf(row, "status"); s < 400 || s > 499 {
			continue
		}
		m := clients[clientKey{textOf(row, "source"), textOf(row, "route"), textOf(row, "type"), textOf(row, "param")}]
		if m != nil {
			m[textOf(row, "client")] += countOf(row, store.MeasureErrors)
		}
	}
	for i := range b.rep.Mistakes {
		m := &b.rep.Mistakes[i]
		for c, n := range clients[clientKey{m.Source, m.Route, m.Type, m.Param}] {
			if n != 0 {
				m.Clients = append(m.Clients, ClientCount{Client: c, Errors: n})
			}
		}
		slices.SortFunc(m.Clients, func(x, y ClientCount) int {
			return cmp.Or(cmp.Compare(y.Errors, x.Errors), strings.Compare(x.Client, y.Client))
		})
	}
	return nil
}

// findingKey is the key of a conformance finding.
type findingKey struct {
	finding, source, method, route, status, typ string
}

// meaning says what a finding means.
func meaning(finding string) string {
	switch finding {
	case "type_status":
		return "The error type does not belong to the status that it came with: clients that go by one of them do the wrong thing."
	case "missing_type":
		return "The error envelope has no type: clients cannot tell what went wrong."
	case "missing_message":
		return "The error envelope has no message: people cannot tell what to do."
	case "feature_outside_501":
		return "The envelope names a feature or when it is available, but the status is not 501."
	case "missing_feature":
		return "The error says that something is not available and does not name the feature."
	case "outer_type":
		return "The body holds an error but lacks the outer \"type\": \"error\"."
	case "error_in_success":
		return "The answer has a status below 400 and an error envelope as its body: clients take it for a success."
	case "feed_mismatch":
		return "The entry does not fit its log: a body in an access log, or a failed answer without one in a response log."
	default:
		return ""
	}
}

// findings lists the breaches of the envelope contract.
func (b *builder) findings(ctx context.Context) error {
	counts, err := b.findingCounts(ctx, b.now)
	if err != nil {
		return err
	}
	var old map[findingKey]int64
	if b.then != nil {
		if old, err = b.findingCounts(ctx, *b.then); err != nil {
			return err
		}
	}
	list := make([]Finding, 0, len(counts))
	for k, n := range counts {
		status, err := strconv.Atoi(k.status)
		if err != nil {
			return err
		}
		f := Finding{
			Finding: k.finding, Source: k.source, Method: k.method, Route: k.route, Status: status, Type: k.typ,
			Entries: n, Meaning: meaning(k.finding),
		}
		if b.then != nil {
			o := old[k]
			f.Previous = &o
		}
		list = append(list, f)
	}
	slices.SortFunc(list, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(y.Entries, x.Entries), strings.Compare(x.Finding, y.Finding), strings.Compare(x.Source, y.Source),
			strings.Compare(x.Method, y.Method), strings.Compare(x.Route, y.Route), cmp.Compare(x.Status, y.Status),
			strings.Compare(x.Type, y.Type))
	})
	b.rep.Found.Findings = int64(len(list))
	b.rep.Findings = cut(list, b.o.Top)
	for i := range b.rep.Findings {
		f := &b.rep.Findings[i]
		b.samples[0].want(sampleKey{
			source: f.Source, route: f.Route, method: f.Method, status: statusText(f.Status), typ: f.Type, finding: f.Finding,
		}, &f.Sample)
	}
	return nil
}

func (b *builder) findingCounts(ctx context.Context, w window) (map[findingKey]int64, error) {
	counts := map[findingKey]int64{}
	if w.empty() {
		return counts, nil
	}
	by := []string{"finding", "source", "method", "route", "status", "type"}
	err := b.list(ctx, aggregate.KindFinding, w, by, 0, func(c store.Cell) error {
		counts[findingKey{c.Dims[0], c.Dims[1], c.Dims[2], c.Dims[3], c.Dims[4], c.Dims[5]}] += c.N
		return nil
	})
	return counts, err
}

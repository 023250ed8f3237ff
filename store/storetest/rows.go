package storetest

import (
	"fmt"
	"math/rand/v2"
	"sort"

	"errata/aggregate"
)

// base is a Monday, 2026-11-02T00:00:00Z; the rows lie in the 40 hours after it.
const (
	base  = 1793577600
	hours = 40
)

// hostile are texts that break what quotes, folds, cuts or matches carelessly.
var hostile = []string{
	"'", `"`, "`", `\`, "%", "_", "a%", "a_", "A", "a", "ä", "Ä", "é", "é", "\u202e", "�",
	"'); DROP TABLE strings;--", "?", "?1", ":x", "@x", "$x", "--", "/*", "line\nbreak", "tab\t", "\r",
	"(other)", "(no body)", "(none)", "NULL", "0", "00", "1e3", "😀", "😀x", "\x01", " ", "  ", "a ", " a",
	"x'41'", "[]", "{}", "*", "?*[a-z]", "messages[].content",
}

// generator makes random rows that agree with each other as a fold's do.
type generator struct {
	rng  *rand.Rand
	rows map[aggregate.Key]*aggregate.Row
}

func (g *generator) pick(list ...string) string { return list[g.rng.IntN(len(list))] }

func (g *generator) add(r aggregate.Row) {
	if old := g.rows[r.Key]; old != nil {
		merged := aggregate.Merge([]aggregate.Row{*old, r})
		*old = merged[0]
		return
	}
	g.rows[r.Key] = &r
}

func (g *generator) callers(n int64) (m []aggregate.CallerCount, none int64) {
	for range n {
		if g.rng.IntN(5) == 0 {
			none++
			continue
		}
		h := uint64(g.rng.IntN(40)) * 0x0123_4567_89ab_cdef % (1 << 63)
		m = append(m, aggregate.CallerCount{Hash: h, N: 1})
	}
	return aggregate.SumCallers(m), none
}

// source is a feed mix: which kinds a source's entries write.
type source struct {
	name                 string
	access, bodies       bool
	bodiesFrom, bodiesTo int // hours in which there are bodies
	accessFrom, accessTo int
}

// sources: one has both feeds for different hours, one each, one of them all.
func sources() []source {
	return []source{
		{name: "both", access: true, bodies: true, bodiesFrom: 5, bodiesTo: 30, accessFrom: 10, accessTo: hours},
		{name: "logs'; --", access: true, accessTo: hours},
		{name: "errs", bodies: true, bodiesTo: hours},
		{name: "Both", access: true, bodies: true, bodiesTo: hours, accessTo: hours},
	}
}

// entry makes the rows of one random entry of a source.
func (g *generator) entry(s source) {
	hour := g.rng.IntN(hours)
	t := int64(base + 3600*hour + 60*g.rng.IntN(60))
	clamped := g.rng.IntN(40) == 0
	day := t - t%86400
	hourT := t - t%3600
	if clamped {
		t, day, hourT = 0, 0, 0
	}
	method := g.pick("GET", "POST", "")
	route := g.pick("/a", "/a/{id}", "/b", "(other)", hostile[g.rng.IntN(len(hostile))])
	status := []uint16{200, 204, 0, 400, 404, 429, 500, 501, 503}[g.rng.IntN(9)]
	x := g.pick("", "", "acme")
	client := g.pick("", "qoder-go/1", "curl", hostile[g.rng.IntN(len(hostile))])
	auth := g.pick("", "bearer", "none")
	retry := g.pick("", "0", "3+")
	n := int64(1 + g.rng.IntN(3))
	access := s.access && (clamped || hour >= s.accessFrom && hour < s.accessTo)
	bodies := s.bodies && (clamped || hour >= s.bodiesFrom && hour < s.bodiesTo) && g.rng.IntN(4) > 0
	key := aggregate.Key{Time: t, Source: s.name, Route: route, Method: method, Status: status}
	count := func(k aggregate.Kind, at int64, set func(*aggregate.Key), fill func(*aggregate.Row)) {
		r := aggregate.Row{Key: key, N: n}
		r.Kind, r.Time = k, at
		if set != nil {
			set(&r.Key)
		}
		if fill != nil {
			fill(&r)
		}
		g.add(r)
	}
	if access {
		count(aggregate.KindRequest, t, func(k *aggregate.Key) { k.X1 = x }, func(r *aggregate.Row) {
			r.Bytes = int64(g.rng.IntN(2) * g.rng.IntN(5000))
			if g.rng.IntN(3) > 0 {
				r.Hist = []aggregate.BucketCount{{Bucket: uint8(g.rng.IntN(aggregate.Buckets)), N: n}}
			}
			if status >= 400 {
				r.Callers, r.NNoCaller = g.callers(n)
			}
		})
		count(aggregate.KindRClient, hourT, func(k *aggregate.Key) { k.Client, k.Auth, k.Retry = client, auth, retry }, nil)
		active := aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindActive, Time: hourT, Source: s.name}, N: n}
		active.Callers, active.NNoCaller = g.callers(n)
		g.add(active)
	}
	event := status < 400 && g.rng.IntN(6) == 0
	if bodies && (status >= 400 || event) {
		var extra int64
		if event {
			extra = n
		}
		typ := g.pick("", "api_error", "rate_limit_error", "(other)", hostile[g.rng.IntN(len(hostile))])
		param := g.pick("", "messages[].content", hostile[g.rng.IntN(len(hostile))])
		feature := g.pick("", "batch", hostile[g.rng.IntN(len(hostile))])
		from := g.pick("", "batch-2026-01-01")
		count(aggregate.KindError, t, func(k *aggregate.Key) {
			k.Type, k.Param, k.Feature, k.AvailableFrom, k.X1 = typ, param, feature, from, x
			k.Code, k.ParamSource = g.pick("", "E1", "e1"), g.pick("", "field", "message")
			k.Shape, k.Origin = g.pick("envelope", "flat", "none"), g.pick("app", "gateway", "unknown")
			k.Template = g.pick("", "00112233445566ff", aggregate.Other)
		}, func(r *aggregate.Row) {
			r.Extra = extra
			r.Callers, r.NNoCaller = g.callers(n)
			r.First, r.Last = t*1e6, t*1e6+int64(g.rng.IntN(60e6))
			if clamped {
				r.First, r.Last = 0, 0
			}
		})
		count(aggregate.KindEClient, hourT, func(k *aggregate.Key) {
			k.Type, k.Param, k.Client, k.Auth, k.Retry = typ, param, client, auth, retry
		}, func(r *aggregate.Row) { r.Extra = extra })
		if typ != "" {
			g.add(aggregate.Row{
				Key: aggregate.Key{Kind: aggregate.KindTemplate, Time: day, Source: s.name, Type: typ, Template: "00112233445566ff"},
				N:   n, Text: g.pick("b", "a", "'", "ä"),
			})
		}
		if status == 501 && feature != "" {
			g.add(aggregate.Row{
				Key: aggregate.Key{
					Kind: aggregate.KindDemand, Time: day, Source: s.name, Feature: feature, AvailableFrom: from,
					Reason: g.pick("no_header", "unknown"), Client: client, Caller: uint64(g.rng.IntN(4)) * 1e15,
				},
				N: n, First: t * 1e6, Last: t*1e6 + 5, Text: g.pick("b", "a", ""),
			})
		}
		for i := range g.rng.IntN(3) {
			count(aggregate.KindFinding, hourT, func(k *aggregate.Key) {
				k.Type, k.Finding = typ, []string{"missing_type", "type_status"}[i%2]
			}, nil)
		}
		g.add(aggregate.Row{
			Key: aggregate.Key{
				Kind: aggregate.KindSample, Time: t - t%600, Source: s.name, Route: route, Method: method, Status: status,
				Type: typ, Pos: int64(g.rng.IntN(3)),
			},
			Text: fmt.Sprintf("%016x {}", g.rng.Uint64()),
		})
	}
	if access || bodies {
		reason := ""
		if !access && status < 400 && !event {
			reason = "success"
		}
		g.add(aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindRead, Time: hourT, Source: s.name, Reason: reason}, N: n})
	}
	if g.rng.IntN(20) == 0 {
		g.add(aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindRead, Time: hourT, Source: s.name, Reason: "not_json"}, N: n})
	}
	if access && status < 300 && g.rng.IntN(10) == 0 {
		g.add(aggregate.Row{
			Key: aggregate.Key{Kind: aggregate.KindAdopt, Time: day, Source: s.name, Caller: g.rng.Uint64() >> 1, AvailableFrom: "batch-2026-01-01"},
			N:   n, First: t * 1e6, Last: t * 1e6,
		})
	}
}

// randomRows makes the rows of one batch, sorted by key as a fold's are.
func randomRows(seed uint64, entries int) []aggregate.Row {
	g := &generator{rng: rand.New(rand.NewPCG(seed, 1)), rows: map[aggregate.Key]*aggregate.Row{}}
	for range entries {
		all := sources()
		g.entry(all[g.rng.IntN(len(all))])
	}
	var out []aggregate.Row
	for _, r := range g.rows {
		out = append(out, *r)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Compare(&out[j].Key) < 0 })
	return out
}

package aggregate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/parse"
	"errata/parse/normal"
)

// model is the fold as docs/schema.md says it, with maps and strings, and no
// thought of speed or memory. It knows no caps.
type model struct {
	feed   string
	routes []string // those for which adoption keeps the route
	rows   map[Key]*modelRow
}

type modelRow struct {
	Row
	hist    map[uint8]int64
	callers map[uint64]int64
	seen    bool
}

func (m *model) row(kind Kind, at time.Time, edit func(*Key)) *modelRow {
	k := Key{Kind: kind, Source: "api"}
	if !at.IsZero() {
		k.Time = at.Truncate(time.Duration(kind.Grain()) * time.Second).Unix()
	}
	edit(&k)
	r := m.rows[k]
	if r == nil {
		r = &modelRow{Row: Row{Key: k}, hist: map[uint8]int64{}, callers: map[uint64]int64{}}
		m.rows[k] = r
	}
	r.N++
	return r
}

func (r *modelRow) span(at time.Time) {
	us := int64(0)
	if !at.IsZero() {
		us = at.UnixMicro()
	}
	if !r.seen {
		r.First, r.Last, r.seen = us, us, true
	}
	r.First, r.Last = min(r.First, us), max(r.Last, us)
}

func (r *modelRow) smallest(text string) {
	if r.N == 1 || text < r.Text {
		r.Text = text
	}
}

func (r *modelRow) caller(ev *parse.Event) {
	if ev.CallerKind == normal.CallerNone {
		r.NNoCaller++
	} else {
		r.callers[ev.Caller]++
	}
}

func (m *model) add(ev *parse.Event, pos Position) {
	var at time.Time // zero: the clamp day
	if t := time.Unix(0, ev.Time).UTC(); ev.HasTime && ev.Flags&parse.FlagClampedTime == 0 && t.Year() >= 2000 && t.Year() < 2100 {
		at = t
	}
	isError := ev.Status >= 400 || ev.ErrorEvent
	requests, bodies := m.feed != FeedResponse, m.feed != FeedAccess
	reason := string(ev.Dead)
	if reason == "" && !requests && !isError {
		reason = "success"
	}
	m.row(KindRead, at, func(k *Key) { k.Reason = reason })
	if reason != "" {
		return
	}
	basic := func(k *Key) { k.Route, k.Method, k.Status = string(ev.Route), string(ev.Method), ev.Status }
	typ := string(ev.Env.Type.Key())
	typed := func(k *Key) { basic(k); k.Type = typ }
	who := func(k *Key) { k.Client, k.Auth, k.Retry = string(ev.Client), ev.Auth.String(), ev.Retry.String() }
	caller := ev.Caller
	if ev.CallerKind == normal.CallerNone {
		caller = 0
	}
	if requests {
		r := m.row(KindRequest, at, basic)
		if ev.Bytes > 0 {
			r.Bytes += ev.Bytes
		}
		if ev.Duration >= 0 {
			r.hist[HistBucket(ev.Duration)]++
		}
		if !bodies && ev.Status >= 400 {
			r.caller(ev)
		}
		m.row(KindRClient, at, func(k *Key) { basic(k); who(k) })
		m.row(KindActive, at, func(*Key) {}).caller(ev)
		values := map[string]bool{}
		for _, b := range ev.Beta {
			values[string(b)] = true
		}
		for v := range values {
			if ev.Status < 200 || ev.Status > 299 || v == "" {
				continue
			}
			m.row(KindAdopt, at, func(k *Key) {
				k.Caller, k.AvailableFrom = caller, v
				if slices.Contains(m.routes, string(ev.Route)) {
					k.Route = string(ev.Route)
				}
			}).span(at)
		}
	}
	template := ""
	if len(ev.Template) > 0 {
		template = fmt.Sprintf("%016x", ev.TemplateID)
	}
	if bodies && isError {
		extra := int64(0)
		if ev.ErrorEvent {
			extra = 1
		}
		feature, from := string(ev.Env.Feature.Key()), string(ev.Env.AvailableFrom.Key())
		r := m.row(KindError, at, func(k *Key) {
			typed(k)
			k.Code, k.Param, k.ParamSource = string(ev.Env.Code.Key()), string(ev.Param), ev.ParamFrom.String()
			k.Feature, k.AvailableFrom, k.Template = feature, from, template
			k.Shape, k.Origin = ev.Shape.String(), ev.Origin.String()
		})
		r.Extra += extra
		r.caller(ev)
		r.span(at)
		m.row(KindEClient, at, func(k *Key) { typed(k); who(k); k.Param = string(ev.Param) }).Extra += extra
		if template != "" {
			m.row(KindTemplate, at, func(k *Key) { k.Type, k.Template = typ, template }).Text = string(ev.Template)
		}
		if ev.Status == 501 && feature != "" {
			var betas []string
			for _, b := range ev.Beta {
				betas = append(betas, string(b))
			}
			slices.Sort(betas)
			r := m.row(KindDemand, at, func(k *Key) {
				k.Feature, k.AvailableFrom, k.Client, k.Caller = feature, from, string(ev.Client), caller
				k.Reason = demandReasons[demandReason(ev.HasBeta, ev.Beta, []byte(from))]
			})
			r.span(at)
			r.smallest(strings.Join(betas, ","))
		}
	}
	var findings []string
	for i, name := range parse.FindingNames[:7] {
		if ev.Findings>>i&1 == 1 {
			findings = append(findings, name)
		}
	}
	if bodies && ev.Status >= 400 && ev.Shape == parse.ShapeNone || !bodies && ev.HasBody {
		findings = append(findings, "feed_mismatch")
	}
	sampled := bodies && isError || !bodies && ev.Status >= 400
	if sampled {
		m.sample(ev, pos, at, func(k *Key) { typed(k); k.Param, k.Template = string(ev.Param), template })
	}
	for _, f := range findings {
		m.row(KindFinding, at, func(k *Key) { typed(k); k.Finding = f })
		if sampled {
			m.sample(ev, pos, at, func(k *Key) { typed(k); k.Finding = f })
		}
	}
}

func (m *model) sample(ev *parse.Event, pos Position, at time.Time, edit func(*Key)) {
	key, id := testKey, ev.RequestRaw
	if len(id) == 0 {
		id = ev.Raw
	}
	h := key.Hash64(id)
	r := m.row(KindSample, at, func(k *Key) { edit(k); k.Pos = int64(h % 3) })
	message := ""
	if ev.Env.Message.Kind == parse.MemberString {
		message = string(ev.Env.Message.Value)
	}
	r.smallest(fmt.Sprintf(`%016x {"request_id":"%s","time":"%s","message":"%s","position":"%s:%d"}`,
		h, ev.RequestID, time.Unix(0, ev.Time).UTC().Format(time.RFC3339Nano), message, pos.Name, pos.Line))
}

func (m *model) finish() []Row {
	var out []Row
	for _, r := range m.rows {
		if r.Kind == KindSample {
			r.N = 0
		}
		for b := range uint8(Buckets) {
			if n := r.hist[b]; n > 0 {
				r.Hist = append(r.Hist, BucketCount{b, n})
			}
		}
		if all := mapOf(r.callers); len(all) > K {
			r.Callers = all[:K:K]
			r.Heavy = slices.Clone(all[K:])
			slices.SortFunc(r.Heavy, byWeight)
			r.Heavy = r.Heavy[:min(M, len(r.Heavy))]
			sortByHash(r.Heavy)
		} else {
			r.Callers = all
		}
		out = append(out, r.Row)
	}
	slices.SortFunc(out, func(a, b Row) int { return a.Compare(&b.Key) })
	return out
}

// TestFoldIsTheModel: over random traffic every cell is that of the plain
// count; heavy too, as long as a row's callers fit into the fold.
func TestFoldIsTheModel(t *testing.T) {
	for _, feed := range []string{FeedAccess, FeedResponse, FeedBoth} {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, 77))
			g := &traffic{r: r, callers: []int{3, 100, maxKept - 1, 5000}[seed%4], values: 1 + r.IntN(5)}
			m := &model{feed: feed, routes: []string{"/route0"}, rows: map[Key]*modelRow{}}
			a := mustNew(t, feed, func(c *Config) { c.DemandRoutes = m.routes })
			for i := range 1500 {
				ev, pos := g.next(), Position{"a.log", int64(i + 1)}
				a.Add(ev, pos)
				m.add(ev, pos)
			}
			want, got := m.finish(), a.Flush(nil)
			if g.callers > maxKept {
				want, got = bare(want), bare(got)
			}
			sameRows(t, fmt.Sprintf("model (-) and fold (+), %s, seed %d", feed, seed), want, got)
		}
	}
}

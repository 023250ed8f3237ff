package aggregate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"errata/parse"
	"errata/parse/normal"
)

// at0 is the time of most events in these tests: 2026-09-22T08:15:30.123456789Z.
var at0 = time.Date(2026, 9, 22, 8, 15, 30, 123456789, time.UTC)

// event makes a counted success and lets edit change it.
func event(edit ...func(*parse.Event)) *parse.Event {
	ev := &parse.Event{
		Raw: []byte("raw"), Format: "combined",
		HasTime: true, Time: at0.UnixNano(),
		HasStatus: true, Status: 200, Method: []byte("GET"), Path: []byte("/agents"), Route: []byte("/agents"), RouteKnown: true,
		Duration: -1, Bytes: -1,
	}
	for _, f := range edit {
		f(ev)
	}
	return ev
}

func str(s string) parse.Member { return parse.Member{Kind: parse.MemberString, Value: []byte(s)} }

// failed makes an event a 400 with an envelope.
func failed(ev *parse.Event) {
	ev.Status, ev.Method, ev.Route = 400, []byte("POST"), []byte("/sessions")
	ev.HasBody, ev.Shape, ev.Origin = true, parse.ShapeEnvelope, parse.OriginApp
	setID(ev, []byte("req_1"))
	ev.Env = parse.Envelope{Type: str("invalid_request_error"), Message: str("Field 'name' is required."), Param: str("name"), Code: str("bad")}
	ev.Param, ev.ParamFrom = []byte("name"), parse.ParamField
	ev.Template, ev.TemplateID = []byte("Field '*' is required."), 0x00ab
}

// unavailable makes an event a 501 for a feature.
func unavailable(feature, from string) func(*parse.Event) {
	return func(ev *parse.Event) {
		failed(ev)
		ev.Status = 501
		ev.Env = parse.Envelope{Type: str("feature_not_available"), Message: str("m"), Feature: str(feature), AvailableFrom: str(from)}
		ev.Param, ev.ParamFrom = nil, parse.ParamNone
	}
}

func setID(ev *parse.Event, id []byte) { ev.RequestID, ev.RequestRaw = id, id }

func caller(h uint64) func(*parse.Event) {
	return func(ev *parse.Event) { ev.Caller, ev.CallerKind = h, normal.CallerCredential }
}

func at(t time.Time) func(*parse.Event) {
	return func(ev *parse.Event) { ev.Time = t.UnixNano() }
}

func betas(vals ...string) func(*parse.Event) {
	return func(ev *parse.Event) {
		ev.HasBeta = true
		ev.Beta = nil
		for _, v := range vals {
			ev.Beta = append(ev.Beta, []byte(v))
		}
	}
}

func dead(r parse.Reason, hasTime bool) *parse.Event {
	return event(func(ev *parse.Event) { *ev = parse.Event{Dead: r, HasTime: hasTime, Time: ev.Time, Raw: []byte("?")} })
}

var testKey = normal.CallerKey{1, 2, 3}

func mustNew(t testing.TB, feed string, edit ...func(*Config)) *Aggregator {
	t.Helper()
	cfg := Config{Source: "api", Feed: feed, CallerKey: testKey}
	for _, f := range edit {
		f(&cfg)
	}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func fold(t testing.TB, a *Aggregator, evs ...*parse.Event) []Row {
	t.Helper()
	for i, ev := range evs {
		a.Add(ev, Position{Name: "x.log", Line: int64(i + 1)})
	}
	return a.Flush(nil)
}

// text prints a row: kind, time, every key column and measure that is set.
func text(r *Row) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", r.Kind, time.Unix(r.Time, 0).UTC().Format("01-02T15:04"))
	if r.Source != "api" {
		fmt.Fprintf(&b, " source=%s", r.Source)
	}
	put := func(name string, v any, set bool) {
		if set {
			fmt.Fprintf(&b, " %s=%v", name, v)
		}
	}
	for _, c := range []struct{ name, v string }{
		{"route", r.Route},
		{"method", r.Method},
		{"type", r.Type},
		{"code", r.Code},
		{"param", r.Param},
		{"psource", r.ParamSource},
		{"feature", r.Feature},
		{"from", r.AvailableFrom},
		{"reason", r.Reason},
		{"shape", r.Shape},
		{"origin", r.Origin},
		{"template", r.Template},
		{"client", r.Client},
		{"auth", r.Auth},
		{"retry", r.Retry},
		{"finding", r.Finding},
		{"x", r.X1 + r.X2 + r.X3},
		{"lane", r.Lane},
	} {
		put(c.name, c.v, c.v != "")
	}
	put("status", r.Status, r.Status != 0)
	put("caller", r.Caller, r.Caller != 0)
	put("pos", r.Pos, r.Pos != 0)
	put("n", r.N, r.N != 0)
	put("extra", r.Extra, r.Extra != 0)
	put("bytes", r.Bytes, r.Bytes != 0)
	put("hist", r.Hist, len(r.Hist) > 0)
	put("callers", r.Callers, len(r.Callers) > 0)
	put("heavy", r.Heavy, len(r.Heavy) > 0)
	put("nocaller", r.NNoCaller, r.NNoCaller != 0)
	put("first", r.First, r.First != 0)
	put("last", r.Last, r.Last != 0)
	put("wm", r.WM, r.WM != 0)
	put("text", r.Text, r.Text != "")
	return b.String()
}

func texts(rows []Row, kinds ...Kind) []string {
	var out []string
	for i := range rows {
		ok := len(kinds) == 0
		for _, k := range kinds {
			ok = ok || rows[i].Kind == k
		}
		if ok {
			out = append(out, text(&rows[i]))
		}
	}
	return out
}

// traffic makes random events of every sort: few values of each dimension, so
// that rows meet, and times over three days.
type traffic struct {
	r       *rand.Rand
	callers int
	values  int // of each open dimension
}

func (g *traffic) pick(prefix string) []byte {
	return fmt.Appendf(nil, "%s%d", prefix, g.r.IntN(g.values))
}

func (g *traffic) maybe(prefix string) []byte {
	if g.r.IntN(3) == 0 {
		return nil
	}
	return g.pick(prefix)
}

func (g *traffic) member(prefix string) parse.Member {
	if v := g.maybe(prefix); v != nil {
		return parse.Member{Kind: parse.MemberString, Value: v}
	}
	return parse.Member{}
}

func (g *traffic) next() *parse.Event {
	r := g.r
	ev := event()
	ev.Time = at0.Add(time.Duration(r.Int64N(int64(72 * time.Hour)))).UnixNano()
	switch r.IntN(40) {
	case 0:
		ev.Flags |= parse.FlagClampedTime
	case 1:
		return dead([]parse.Reason{parse.Cut, parse.NotJSON, parse.NoTime}[r.IntN(3)], r.IntN(2) == 0)
	}
	ev.Raw = fmt.Appendf(nil, "raw %d", r.Uint64())
	ev.Route, ev.RouteKnown = g.pick("/route"), r.IntN(2) == 0
	if !ev.RouteKnown {
		ev.Route = g.pick("/fallback")
	}
	ev.Method = []byte([]string{"GET", "POST", ""}[r.IntN(3)])
	ev.Duration, ev.Bytes = r.Int64N(5_000_000)-1, r.Int64N(5000)-1
	ev.Client = g.maybe("client")
	ev.Auth, ev.Retry = normal.Auth(r.IntN(6)), normal.Retry(r.IntN(5))
	if r.IntN(8) > 0 {
		// The top callers make most of the rows.
		c := uint64(r.IntN(g.callers))
		if r.IntN(4) == 0 {
			c %= 5
		}
		ev.Caller, ev.CallerKind = mix(c+1, 0x9e3779b97f4a7c15)>>1, normal.CallerCredential
	}
	if r.IntN(3) == 0 {
		ev.HasBeta = true
		for range r.IntN(4) {
			ev.Beta = append(ev.Beta, g.pick("beta-2026-01-0"))
		}
	}
	ev.Status = []uint16{200, 201, 204, 302, 400, 401, 404, 429, 500, 501, 501, 0}[r.IntN(12)]
	ev.ErrorEvent = ev.Status < 400 && r.IntN(6) == 0
	if ev.Status == 0 && !ev.ErrorEvent {
		ev.HasStatus = r.IntN(2) == 0
	}
	if !ev.IsError() {
		ev.HasBody = r.IntN(2) == 0
		return ev
	}
	ev.Shape = parse.Shape(1 + r.IntN(7))
	if ev.ErrorEvent {
		ev.Shape = parse.ShapeEnvelope
	}
	ev.HasBody = ev.Shape != parse.ShapeNone
	ev.Origin = parse.Origin(1 + r.IntN(3))
	few := r.IntN(1 << 7)
	ev.Findings = parse.Findings(few & r.IntN(1<<7))
	if r.IntN(3) > 0 {
		setID(ev, fmt.Appendf(nil, "req_%d", r.IntN(5000)))
	}
	ev.Env.Type, ev.Env.Code = g.member("type"), g.member("code")
	ev.Env.Feature, ev.Env.AvailableFrom = g.member("feature"), g.member("beta-2026-01-0")
	ev.Param = g.maybe("param")
	if ev.Param != nil {
		ev.ParamFrom = parse.ParamSource(1 + r.IntN(2))
	}
	if m := g.maybe("message "); m != nil {
		ev.Env.Message = parse.Member{Kind: parse.MemberString, Value: m}
		ev.Template = m
		ev.TemplateID = mix(uint64(len(ev.Env.Type.Value))<<8+uint64(m[len(m)-1]), 0x9e3779b97f4a7c15)
	}
	return ev
}

package aggregate

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"errata/parse"
	"errata/parse/normal"

	"github.com/google/go-cmp/cmp"
)

// sums are what must hold whatever a cap cuts off: everything that adds up, by
// kind, time, status and the columns whose values are a closed list.
type sums struct {
	N, Extra, Bytes, NoCaller, Callers, Hist int64
	First, Last                              int64
}

func totals(rows []Row) map[string]sums {
	out := map[string]sums{}
	for i := range rows {
		r := &rows[i]
		if r.Kind == KindSample {
			continue // counts nothing
		}
		k := fmt.Sprint(r.Kind, r.Time, r.Status, r.ParamSource, r.Shape, r.Origin, r.Reason, r.Auth, r.Retry, r.Finding)
		s, ok := out[k]
		if !ok {
			s.First, s.Last = r.First, r.Last
		}
		s.N += r.N
		s.Extra += r.Extra
		s.Bytes += r.Bytes
		s.NoCaller += r.NNoCaller
		s.First, s.Last = min(s.First, r.First), max(s.Last, r.Last)
		for _, c := range append(r.Callers, r.Heavy...) {
			s.Callers += c.N
		}
		for _, b := range r.Hist {
			s.Hist += b.N
		}
		out[k] = s
	}
	return out
}

// columns is how many entries name a value of a column, in the rows of a kind.
func columns(rows []Row) map[string]int64 {
	out := map[string]int64{}
	for i := range rows {
		r := &rows[i]
		for _, c := range []struct{ name, v string }{
			{"route", r.Route},
			{"method", r.Method},
			{"type", r.Type},
			{"code", r.Code},
			{"param", r.Param},
			{"feature", r.Feature},
			{"from", r.AvailableFrom},
			{"template", r.Template},
			{"client", r.Client},
			{"caller", fmt.Sprint(r.Caller)},
		} {
			out[fmt.Sprint(r.Kind, " ", c.name, "=", c.v)] += r.N
		}
	}
	return out
}

// TestCapsKeepTotals: every cap hit, at the end of the batch and again and
// again in its midst: totals hold, and no name is above its true count.
func TestCapsKeepTotals(t *testing.T) {
	for _, feed := range []string{FeedAccess, FeedResponse, FeedBoth} {
		for _, slack := range []int{0, 10, pruneSlack} {
			t.Run(fmt.Sprint(feed, slack), func(t *testing.T) {
				g := &traffic{r: rand.New(rand.NewPCG(11, uint64(slack))), callers: 60, values: 30}
				evs := make([]*parse.Event, 1000)
				for i := range evs {
					evs[i] = g.next()
				}
				want := fold(t, mustNew(t, feed), evs...)
				a := mustNew(t, feed, func(c *Config) { c.Caps = smallCaps() })
				a.slack = slack
				got := fold(t, a, evs...)
				sorted(t, got)
				if d := cmp.Diff(totals(want), totals(got)); d != "" {
					t.Errorf("totals (-want +got):\n%s", d)
				}
				truth, named := columns(want), columns(got)
				for name, n := range named {
					if _, v, _ := strings.Cut(name, "="); v != Other && v != "0" && n > truth[name] {
						t.Errorf("%s: %d, truly %d", name, n, truth[name])
					}
				}
				checkBounds(t, got, smallCaps())
				checkOverflow(t, feed, a.Stats().Overflow)
			})
		}
	}
}

func checkBounds(t *testing.T, rows []Row, caps Caps) {
	t.Helper()
	values := map[string]map[string]bool{}
	keys := map[Kind]int{}
	see := func(dim, v string) {
		if v == "" || v == Other || v == "0" || strings.HasPrefix(v, "/route") {
			return
		}
		if values[dim] == nil {
			values[dim] = map[string]bool{}
		}
		values[dim][v] = true
	}
	for i := range rows {
		r := &rows[i]
		see("route", r.Route)
		see("method", r.Method)
		see("type", r.Type)
		see("code", r.Code)
		see("param", r.Param)
		see("feature", r.Feature)
		if r.Kind == KindAdopt {
			see("beta", r.AvailableFrom)
		} else {
			see("from", r.AvailableFrom)
		}
		see("template", r.Template)
		see("client", r.Client)
		see("caller of "+r.Kind.String(), fmt.Sprint(r.Caller))
		if r.Template == Other && r.Kind == KindTemplate && r.Text != Other {
			t.Errorf("text of the other templates: %q", r.Text)
		}
		if !strings.Contains(text(r), Other) {
			keys[r.Kind]++
		}
	}
	for dim, limit := range map[string]int{
		"route": caps.Routes, "method": caps.Methods, "type": caps.Types, "code": caps.Codes, "param": caps.Params, "feature": caps.Features,
		"from": caps.Features, "beta": caps.Features, "template": caps.Templates, "client": caps.Clients,
		"caller of demand": caps.DemandCallers, "caller of adopt": caps.AdoptCallers,
	} {
		if n := len(values[dim]); n > limit {
			t.Errorf("%d values of %s, the cap is %d", n, dim, limit)
		}
	}
	for kind, n := range keys {
		if n > caps.Keys {
			t.Errorf("%d named rows of kind %s, the cap is %d", n, kind, caps.Keys)
		}
	}
}

func checkOverflow(t *testing.T, feed string, o Overflow) {
	t.Helper()
	for name, n := range map[string]int64{
		"keys": o.Keys, "routes": o.Routes, "templates": o.Templates, "params": o.Params, "types": o.Types, "methods": o.Methods, "clients": o.Clients,
	} {
		if n == 0 {
			t.Errorf("%s: cap hit but no overflow", name)
		}
	}
	if (o.Codes == 0 || o.DemandCallers == 0) == (feed != FeedAccess) {
		t.Errorf("codes %d, demand callers %d in a feed %s", o.Codes, o.DemandCallers, feed)
	}
	if (o.AdoptCallers == 0) == (feed != FeedResponse) {
		t.Errorf("adopt callers %d in a feed %s", o.AdoptCallers, feed)
	}
}

// TestLargestAreKept, ties by the smaller in byte order.
func TestLargestAreKept(t *testing.T) {
	caps := DefaultCaps()
	caps.Routes, caps.Clients, caps.Templates = 2, 2, 1
	a := mustNew(t, FeedBoth, func(c *Config) { c.Caps = caps })
	add := func(n int, route, client string, known bool) {
		for range n {
			a.Add(event(failed, func(ev *parse.Event) {
				ev.Route, ev.Client, ev.RouteKnown = []byte(route), []byte(client), known
				ev.TemplateID, ev.Template = uint64(len(client)), []byte("t "+client)
			}), Position{"x", 1})
		}
	}
	add(1, "/z", "ccc", false)
	add(3, "/c", "bb", false)
	add(3, "/b", "a", false)
	add(3, "/a", "bb", false)
	add(1, "/known", "a", true)
	add(1, normal.NotHTTP, "a", false)
	add(1, Other, Other, false)
	rows := a.Flush(nil)
	want := []string{
		"request 09-22T08:15 route=(not http) method=POST status=400 n=1",
		"request 09-22T08:15 route=(other) method=POST status=400 n=5",
		"request 09-22T08:15 route=/a method=POST status=400 n=3",
		"request 09-22T08:15 route=/b method=POST status=400 n=3",
		"request 09-22T08:15 route=/known method=POST status=400 n=1",
		"template 09-22T00:00 type=invalid_request_error template=(other) n=7 text=(other)",
		"template 09-22T00:00 type=invalid_request_error template=0000000000000002 n=6 text=t bb",
	}
	if d := cmp.Diff(want, texts(rows, KindRequest, KindTemplate)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	if d := cmp.Diff(Overflow{Routes: 4, Clients: 1, Templates: 7}, a.Stats().Overflow); d != "" {
		t.Errorf("overflow (-want +got):\n%s", d)
	}
}

// TestKeysFold: the smallest rows lose their names, not what is a closed list.
func TestKeysFold(t *testing.T) {
	caps := DefaultCaps()
	caps.Keys = 2
	a := mustNew(t, FeedResponse, func(c *Config) { c.Caps = caps })
	for n, p := range []string{"a", "b", "c", "d", "e"} {
		for range 5 - n {
			a.Add(event(failed, caller(uint64(n+1)), func(ev *parse.Event) {
				ev.Param = []byte(p)
				ev.Env.Code = parse.Member{}
				if p == "e" {
					ev.Shape = parse.ShapeFlat
				}
			}), Position{"x", 1})
		}
	}
	rows := a.Flush(nil)
	const span = "first=1790064930123456 last=1790064930123456"
	want := []string{
		"error 09-22T08:15 route=(other) method=(other) type=(other) param=(other) psource=field shape=envelope origin=app template=(other) status=400 n=5 callers=[{3 3} {4 2}] " + span,
		"error 09-22T08:15 route=(other) method=(other) type=(other) param=(other) psource=field shape=flat origin=app template=(other) status=400 n=1 callers=[{5 1}] " + span,
		"error 09-22T08:15 route=/sessions method=POST type=invalid_request_error param=a psource=field shape=envelope origin=app template=00000000000000ab status=400 n=5 callers=[{1 5}] " + span,
		"error 09-22T08:15 route=/sessions method=POST type=invalid_request_error param=b psource=field shape=envelope origin=app template=00000000000000ab status=400 n=4 callers=[{2 4}] " + span,
		"eclient 09-22T08:00 route=(other) method=(other) type=(other) param=(other) status=400 n=6",
		"eclient 09-22T08:00 route=/sessions method=POST type=invalid_request_error param=a status=400 n=5",
		"eclient 09-22T08:00 route=/sessions method=POST type=invalid_request_error param=b status=400 n=4",
	}
	if d := cmp.Diff(want, texts(rows, KindError, KindEClient)); d != "" {
		t.Errorf("rows (-want +got):\n%s", d)
	}
	// Six entries of two kinds, and the samples of three params.
	if got := a.Stats().Overflow.Keys; got != 6+6+6 {
		t.Errorf("overflow of keys: %d", got)
	}
}

// TestMemoryIsBounded: hostile input in which every entry is new.
func TestMemoryIsBounded(t *testing.T) {
	caps := smallCaps()
	a := mustNew(t, FeedBoth, func(c *Config) { c.Caps = caps })
	a.slack = 100
	most, bytes := 0, int64(0)
	for i := range 6000 {
		s := fmt.Sprint(i)
		a.Add(event(unavailable("f"+s, "v"+s), caller(uint64(i)<<30), betas("b"+s), func(ev *parse.Event) {
			ev.Route, ev.RouteKnown, ev.Client, ev.Param = []byte("/"+s), false, []byte("c"+s), []byte("p"+s)
			ev.Env.Type, ev.Env.Code = str("t"+s), str("c"+s)
			setID(ev, []byte(s))
			ev.TemplateID, ev.Template = uint64(i), []byte("template "+s)
		}), Position{"x", 1})
		most, bytes = max(most, a.Rows()), max(bytes, a.Bytes())
	}
	if limit := 10 * (2*caps.Keys + a.slack + 10); most > limit {
		t.Errorf("%d rows, bounded by %d", most, limit)
	}
	if bytes > 2<<20 {
		t.Errorf("the fold took %d bytes", bytes)
	}
	var n int64
	for _, r := range a.Flush(nil) {
		if r.Kind == KindError {
			n += r.N
		}
	}
	if n != 6000 {
		t.Errorf("%d of 6000 errors", n)
	}
}

package aggregate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"errata/parse"
	"errata/parse/normal"
)

// TestAddDoesNotAllocate for keys, callers and values that the batch knows:
// every kind of every feed.
func TestAddDoesNotAllocate(t *testing.T) {
	for _, feed := range []string{FeedAccess, FeedResponse, FeedBoth} {
		g := &traffic{r: rand.New(rand.NewPCG(1, 1)), callers: 800, values: 3}
		evs := []*parse.Event{
			event(caller(1), betas("b", "a")), event(failed), event(unavailable("f", "f-2026-01-01"), caller(5), betas("f-2025-01-01")),
		}
		for range 2000 {
			evs = append(evs, g.next())
		}
		a := mustNew(t, feed)
		pos := Position{"x.log", 1}
		for range 3 { // the tables of callers settle
			for _, ev := range evs {
				a.Add(ev, pos)
			}
		}
		i := 0
		if n := testing.AllocsPerRun(5*len(evs), func() {
			a.Add(evs[i%len(evs)], pos)
			i++
		}); n != 0 {
			t.Errorf("%s: %v allocations per event", feed, n)
		}
	}
}

// TestNextBatchReusesBuffers: folding as much as the batch before takes
// memory for strings and rows only.
func TestNextBatchReusesBuffers(t *testing.T) {
	evs := benchEvents(20_000, 0.1)
	a := mustNew(t, FeedBoth)
	run := func() {
		for _, ev := range evs {
			a.Add(ev, Position{"x.log", 1})
		}
	}
	run()
	rows := a.Flush(nil)
	if n := testing.AllocsPerRun(3, func() {
		run()
		rows = a.Flush(rows[:0])
	}); n > float64(len(rows)) {
		t.Errorf("%v allocations for %d rows of %d entries", n, len(rows), len(evs))
	}
}

// benchEvents is traffic as a gateway logs it: some 40 routes, a few statuses,
// 3,000 callers of whom few make most requests, half an hour of time.
func benchEvents(n int, failing float64) []*parse.Event {
	r := rand.New(rand.NewPCG(42, 42))
	routes := make([][]byte, 40)
	for i := range routes {
		routes[i] = fmt.Appendf(nil, "/sessions/{id}/resources%d/{id}", i)
	}
	methods := [][]byte{[]byte("GET"), []byte("GET"), []byte("GET"), []byte("POST"), []byte("DELETE")}
	clients := [][]byte{[]byte("qoder-go/1"), []byte("qoder-python/2"), []byte("qoder-typescript/1"), []byte("curl"), []byte("okhttp")}
	types := []string{"invalid_request_error", "authentication_error", "not_found_error", "api_error"}
	evs := make([]*parse.Event, n)
	for i := range evs {
		ev := event(caller(mix(uint64(3000*r.Float64()*r.Float64()*r.Float64())+1, 0x9e3779b97f4a7c15)>>1), at(at0.Add(time.Duration(i)*30*time.Minute/time.Duration(n))))
		x := r.IntN(40)
		ev.Route, ev.Method = routes[x], methods[(x+r.IntN(2))%len(methods)]
		ev.Client, ev.Auth, ev.Retry = clients[r.IntN(1+r.IntN(len(clients)))], normal.AuthBearer, normal.Retry(r.IntN(1+r.IntN(3)))
		ev.Duration, ev.Bytes = int64(r.ExpFloat64()*40_000), int64(r.IntN(4000))
		ev.HasBody = true
		if r.Float64() < failing {
			route := ev.Route
			failed(ev)
			ev.Route = route
			j := r.IntN(len(types))
			ev.Env.Type = str(types[j])
			ev.Status = uint16(400 + j)
			p := r.IntN(5)
			ev.Param = fmt.Appendf(nil, "messages[].param%d", p)
			ev.TemplateID, ev.Template = mix(uint64(p)+7, uint64(j)+1<<40), fmt.Appendf(nil, "Field '*' of %d is required", p)
			setID(ev, fmt.Appendf(nil, "cb80235f-76a2-4ff3-9e28-%012d", i))
		}
		evs[i] = ev
	}
	return evs
}

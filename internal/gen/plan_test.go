package gen

import (
	"math"
	"slices"
	"testing"
	"time"
)

// planOf collects the entries of a plan, deep copies.
func planOf(t *testing.T, s *Scenario, seed uint64) ([]entry, *planner) {
	t.Helper()
	if err := s.validate(); err != nil {
		t.Fatal(err)
	}
	to := DefaultEnd()
	p := newPlanner(s, seed, to.Add(-time.Duration(s.Days)*day), to)
	var all []entry
	var e entry
	for p.next(&e) {
		x := e
		x.path, x.id, x.beta = slices.Clone(e.path), slices.Clone(e.id), slices.Clone(e.beta)
		all = append(all, x)
	}
	return all, p
}

func TestPlanIsInOrderOfTime(t *testing.T) {
	s := small()
	all, p := planOf(t, &s, 3)
	for i, e := range all {
		if e.seq != uint64(i+1) {
			t.Fatalf("entry %d has number %d", i, e.seq)
		}
		if i > 0 && e.t < all[i-1].t {
			t.Fatalf("entry %d is %d ns before the one before", i, all[i-1].t-e.t)
		}
		if e.t < p.from {
			t.Fatalf("entry %d lies before the traffic's begin", i)
		}
		if e.t >= p.to && e.attempt == 0 {
			t.Fatalf("entry %d lies behind the traffic's end and is no retry", i)
		}
	}
}

// TestProfile: the load follows the daily and the weekly shape, within five
// standard deviations of Poisson noise.
func TestProfile(t *testing.T) {
	s := demo()
	s.Days, s.RequestsPerDay, s.Callers = 7, 20_000, 50
	s.Incidents, s.Storms, s.Features, s.Errors = nil, nil, nil, 0
	all, _ := planOf(t, &s, 5)
	if n, want := float64(len(all)), 7*20_000.0; math.Abs(n-want) > 5*math.Sqrt(want) {
		t.Errorf("%d requests, want about %.0f", len(all), want)
	}
	var got [7][24]int
	for _, e := range all {
		at := time.Unix(0, e.t).UTC()
		got[(int(at.Weekday())+6)%7][at.Hour()]++
	}
	days, weeks := 0, 0
	for _, v := range s.Daily {
		days += v
	}
	for _, v := range s.Weekly {
		weeks += v
	}
	for d, dv := range s.Weekly {
		for h, hv := range s.Daily {
			want := 7 * 20_000.0 * float64(dv) / float64(weeks) * float64(hv) / float64(days)
			if math.Abs(float64(got[d][h])-want) > 5*math.Sqrt(want) {
				t.Errorf("day %d hour %d: %d requests, want about %.0f", d, h, got[d][h], want)
			}
		}
	}
}

func TestHoursWithoutLoadAreEmpty(t *testing.T) {
	s := small()
	s.Storms, s.Incidents = nil, nil
	for h := range s.Daily {
		if h < 8 || h > 17 {
			s.Daily[h] = 0
		}
	}
	s.Weekly[6] = 0
	all, _ := planOf(t, &s, 5)
	if len(all) < 3000 {
		t.Errorf("%d requests", len(all))
	}
	for _, e := range all {
		at := time.Unix(0, e.t).UTC()
		if e.attempt == 0 && (at.Hour() < 8 || at.Hour() > 17 || at.Weekday() == time.Sunday) {
			t.Fatalf("a request at %s", at)
		}
	}
}

func TestCallersHaveAHeavyTail(t *testing.T) {
	s := demo()
	s.Days, s.RequestsPerDay = 7, 10_000
	s.Incidents, s.Storms = nil, nil
	all, _ := planOf(t, &s, 6)
	count := map[int]int{}
	for _, e := range all {
		count[e.caller.index]++
	}
	top := 0
	for i := range 200 {
		top += count[i]
	}
	if share := float64(top) / float64(len(all)); share < 0.25 || share > 0.6 {
		t.Errorf("the first 200 callers send %.2f of all", share)
	}
	if len(count) < 10_000 {
		t.Errorf("%d callers of 20,000 sent anything", len(count))
	}
}

func TestAddressesAreTheirCallers(t *testing.T) {
	seen := map[string]int{}
	for id := -70_000; id < 70_000; id++ {
		a := address(id)
		if other, ok := seen[a]; ok {
			t.Fatalf("%s is of %d and %d", a, other, id)
		}
		seen[a] = id
	}
}

// TestRetriesFollowTheSDK: at most three attempts of the same request, a second
// and two apart, by SDKs, after 429 and for what is safe after 5xx.
func TestRetriesFollowTheSDK(t *testing.T) {
	s := small()
	s.Errors = 30_000
	all, _ := planOf(t, &s, 7)
	type id struct {
		caller int
		path   string
	}
	last := map[id]entry{}
	retries := [3]int{}
	for _, e := range all {
		k := id{e.caller.index, string(e.path)}
		if e.attempt > 2 {
			t.Fatalf("attempt %d", e.attempt)
		}
		if e.attempt > 0 {
			before, ok := last[k]
			switch {
			case e.caller.sdk == "":
				t.Fatal("a retry without an SDK")
			case !ok:
				t.Fatal("a retry of nothing")
			case before.attempt != e.attempt-1 || before.op != e.op || before.idem != e.idem:
				// another request of the caller came between: cannot be told apart here
			case before.status != 429 && before.status < 500:
				t.Fatalf("a retry after %d", before.status)
			case before.status != 429 && e.op.method != "GET" && e.idem == 0:
				t.Fatal("a retry of a write without an idempotency key")
			case e.t-before.t < int64(time.Second)<<before.attempt:
				t.Fatalf("a retry after %d ns", e.t-before.t)
			default:
				retries[e.attempt]++
			}
		}
		last[k] = e
	}
	if retries[1] < 30 || retries[2] < 10 || retries[2] >= retries[1] {
		t.Errorf("first and second retries: %d, %d", retries[1], retries[2])
	}
}

func TestIncidentsAndStorms(t *testing.T) {
	s := small()
	all, p := planOf(t, &s, 8)
	share := func(in *incident, inside bool) float64 {
		n, bad := 0, 0
		for _, e := range all {
			if (e.t >= in.from && e.t < in.to) != inside || in.Route != "*" && e.op.route != in.Route || in.Method != "" && e.op.method != in.Method || e.source < 0 {
				continue
			}
			n++
			if e.fault != nil && e.fault.kind == in.Type {
				bad++
			}
		}
		if n == 0 {
			t.Fatalf("no requests on %s, inside %v", in.Route, inside)
		}
		return float64(bad) / float64(n)
	}
	for i := range p.incidents {
		in, out := share(&p.incidents[i], true), share(&p.incidents[i], false)
		if in < 0.2 || in < 5*out {
			t.Errorf("incident %d: %.3f of the requests fail inside, %.3f outside", i, in, out)
		}
	}
	n := 0
	for _, e := range all {
		if e.source >= 0 {
			continue
		}
		n++
		st := p.storms[-e.source-1]
		if e.caller.index != st.Caller || e.op.route != st.Route || e.t < st.from || e.t >= st.to || e.fault == nil || e.fault.kind != st.Type {
			t.Fatalf("an entry of a storm is %+v", e)
		}
	}
	if n < 180 || n > 320 {
		t.Errorf("the storm has %d entries, want about 240", n)
	}
}

func TestAdoptersComeThrough(t *testing.T) {
	s := small()
	all, p := planOf(t, &s, 9)
	reasons := map[string]int{}
	through := 0
	for _, e := range all {
		if e.feature != nil {
			if e.status != 501 {
				t.Fatalf("a switched-off feature answers %d", e.status)
			}
			reasons[reason(true, e.beta, e.feature.AvailableFrom)]++
			continue
		}
		for i := range p.features {
			if f := &p.features[i]; f.AvailableFrom != "" && e.status < 300 && reason(true, e.beta, f.AvailableFrom) == "right_value" {
				through++
			}
		}
	}
	for _, r := range []string{"no_header", "other_feature", "older_value", "right_value", "unknown"} {
		if reasons[r] == 0 {
			t.Errorf("nobody fails for %s: %v", r, reasons)
		}
	}
	if through == 0 {
		t.Error("no adopter came through")
	}
}

func TestReasons(t *testing.T) {
	const available = "synthetic-feature-a-2026-07-14"
	for _, c := range []struct {
		logged    bool
		headers   []string
		available string
		want      string
	}{
		{false, nil, available, "unknown"},
		{true, nil, available, "no_header"},
		{true, []string{" , "}, available, "no_header"},
		{true, []string{available}, available, "right_value"},
		{true, []string{"x", "y, " + available + " "}, available, "right_value"},
		{true, []string{"synthetic-feature-a-2026-07-13"}, available, "older_value"},
		{true, []string{"synthetic-feature-a-2026-07-15"}, available, "unknown"},
		{true, []string{"synthetic-feature-a-2026-07-15", "synthetic-feature-a-2025-07-15"}, available, "older_value"},
		{true, []string{"synthetic-feature-b-2025-01-01"}, available, "other_feature"},
		{true, []string{"synthetic-feature-a"}, available, "other_feature"},
		{true, []string{"x"}, "", "unknown"},
		{true, nil, "", "no_header"},
		{true, []string{"m2"}, "synthetic-milestone-m3", "other_feature"},
	} {
		if got := reason(c.logged, c.headers, c.available); got != c.want {
			t.Errorf("%v %q %q: %s, want %s", c.logged, c.headers, c.available, got, c.want)
		}
	}
}

func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for i, o := range catalogue() {
		if o.index != i || o.weight <= 0 || o.route == "" {
			t.Errorf("operation %d: %+v", i, o)
		}
		name := o.method + " " + o.route
		if !o.odd && seen[name] {
			t.Errorf("%s stands twice", name)
		}
		seen[name] = true
		for _, p := range o.parts {
			if p.id != "" && p.id != "ver" && p.id != "chan" && idPrefixes[p.id] == "" {
				t.Errorf("%s: no ids of kind %q", name, p.id)
			}
		}
	}
	for i, f := range faults() {
		used := false
		for _, o := range catalogue() {
			used = used || f.matches(&o)
		}
		if !used {
			t.Errorf("fault %d (%s %s) befalls no operation", i, f.kind, f.on)
		}
		if !hasType(new(Types).list(), f.kind) {
			t.Errorf("fault %d is of kind %q, which has no weight", i, f.kind)
		}
	}
}

package store

import (
	"errors"
	"strings"
	"testing"
	"time"

	"errata/aggregate"
)

func TestValidate(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	where := func(dims ...string) (f []Filter) {
		for _, d := range dims {
			f = append(f, Filter{Dim: d, Value: "x"})
		}
		return f
	}
	for _, c := range []struct {
		name string
		q    Query
		want []string // parts of the error; none: allowed
	}{
		{"nothing asked", Query{}, nil},
		{"all of error", Query{By: kindDims(aggregate.KindError), Measures: Measures()[:10]}, nil},
		{"filter joins the kinds", Query{By: []string{"client"}, Where: where("type")}, nil},
		{"demand", Query{By: []string{"feature", "client", "reason"}}, nil},
		{"typo", Query{By: []string{"rout"}}, []string{`unknown dimension "rout"`, `did you mean "route"?`, "available_from"}},
		{"typo in a filter", Query{Where: where("Type")}, []string{`unknown dimension "Type"`, `did you mean "type"?`}},
		{"far off", Query{By: []string{"zzzzzzzzz"}}, []string{`unknown dimension "zzzzzzzzz": known are source, route`}},
		{"endless", Query{By: []string{strings.Repeat("r", 1e6)}}, []string{"known are source"}},
		{"empty name", Query{By: []string{""}}, []string{`unknown dimension ""`}},
		{"the caller itself", Query{By: []string{"caller"}}, []string{`unknown dimension "caller"`}},
		{"measure typo", Query{Measures: []string{"error"}}, []string{`unknown measure "error"`, `did you mean "errors"?`}},
		{"internal measure", Query{Measures: []string{MeasureCallerMap}}, []string{"unknown measure"}},
		{"twice", Query{By: []string{"type", "type"}}, []string{"twice"}},
		{"measure twice", Query{Measures: []string{"errors", "errors"}}, []string{"twice"}},
		{"two kinds", Query{By: []string{"client", "template"}}, []string{
			`dimension "template" is not kept together with client: with client go source, route, method, status, type, param`,
		}},
		{"two kinds by a filter", Query{By: []string{"finding"}, Where: where("code")}, []string{`dimension "code" is not kept together with finding`}},
		{"three kinds", Query{By: []string{"type", "client", "finding"}}, []string{`"finding" is not kept together with type, client`}},
		{"own measure, wrong dimension", Query{By: []string{"route"}, Measures: []string{"entries"}}, []string{
			"measure entries cannot be asked by route: its dimensions are source, reason",
		}},
		{"own measures mixed", Query{Measures: []string{"attempts", "entries"}}, []string{"cannot be asked together"}},
		{"callers of all requests", Query{By: []string{"source"}, Measures: []string{"active_callers", "requests"}}, nil},
		{"callers of all requests by route", Query{By: []string{"route"}, Measures: []string{"active_callers"}}, []string{"active_callers cannot be asked by route: its dimensions are source"}},
		{"callers of all requests and errors", Query{Measures: []string{"errors", "active_callers"}}, []string{"with active_callers go requests, active_callers"}},
		{"step off the grain", Query{By: []string{"client"}, Step: 90 * time.Minute}, []string{"step of 90m is no multiple", "by client", "a multiple of 1h"}},
		{"own measure with another", Query{Measures: []string{"requests", "findings"}}, []string{"findings and requests cannot be asked together", "with findings go errors, findings"}},
		{"negative limit", Query{Limit: -1}, []string{"limit"}},
		{"step", Query{Step: time.Minute}, nil},
		{"week", Query{Step: 168 * time.Hour}, nil},
		{"fine step", Query{Step: time.Second}, []string{"step of 1s is finer than the grain", "ask for 1m or more"}},
		{"step finer than the hour", Query{Step: time.Minute, By: []string{"client"}}, []string{"step of 1m is finer", "by client", "ask for 1h or more"}},
		{"step finer than the day", Query{Step: time.Hour, By: []string{"reason"}}, []string{"step of 1h is finer", "ask for 1d or more"}},
		{"odd step", Query{Step: 7 * time.Minute}, []string{"does not divide a day"}},
		{"part of a second", Query{Step: time.Minute + time.Millisecond}, []string{"does not divide a day"}},
		{"two days", Query{Step: 48 * time.Hour}, []string{"does not divide a day"}},
		{"negative step", Query{Step: -time.Minute}, []string{"must be positive"}},
		{"range backwards", Query{Since: at("2026-01-02T00:00:00Z"), Until: at("2026-01-01T00:00:00Z")}, []string{"ends (2026-01-01T00:00:00Z) before it begins"}},
		{"empty range", Query{Since: at("2026-01-02T00:00:00Z"), Until: at("2026-01-02T00:00:00Z")}, nil},
		{"order", Query{By: []string{"type"}, Order: "-type"}, nil},
		{"order by time", Query{Step: time.Hour, Order: "time"}, nil},
		{"order by time without a step", Query{Order: "time"}, []string{`unknown column to order by "time"`}},
		{"order typo", Query{By: []string{"type"}, Order: "-typ"}, []string{`did you mean "type"?`}},
		{"order by nothing", Query{Order: "-"}, []string{"names no column"}},
		{"operator", Query{Where: []Filter{{Dim: "type", Op: 9}}}, []string{"unknown operator"}},
	} {
		err := Validate(c.q)
		if len(c.want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if _, ok := errors.AsType[*UsageError](err); !ok {
			t.Errorf("%s: error %v is no usage error", c.name, err)
			continue
		}
		for _, w := range c.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: error %q does not say %q", c.name, err, w)
			}
		}
	}
}

// Every dimension lives in a kind, and each kind's columns are dimensions.
func TestDimensionsLiveInKinds(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range families() {
		for _, k := range []aggregate.Kind{f.requests, f.errors} {
			if k == 0 {
				continue
			}
			if g := k.Grain(); g != f.grain {
				t.Errorf("%s: kind %s has grain %d, not %d", f.name, k, g, f.grain)
			}
			for _, d := range kindDims(k) {
				seen[d] = true
				if !contains(Dimensions(), d) {
					t.Errorf("%s: %q is no dimension", k, d)
				}
				if !contains(f.dims(), d) {
					t.Errorf("%s: the errors of %s lack %q", f.name, k, d)
				}
			}
		}
		for _, m := range f.measures {
			if m != MeasureCallerMap && !contains(Measures(), m) {
				t.Errorf("%s: %q is no measure", f.name, m)
			}
		}
	}
	for _, d := range Dimensions() {
		if !seen[d] {
			t.Errorf("no kind has %q", d)
		}
	}
}

func TestRangeOnTheGrain(t *testing.T) {
	for _, c := range []struct {
		by           []string
		since, until string
		from, to     string
		widened      bool
	}{
		{nil, "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", false},
		{nil, "2026-01-01T00:00:59.999Z", "2026-01-01T00:01:00.000000001Z", "2026-01-01T00:00:00Z", "2026-01-01T00:02:00Z", true},
		{[]string{"client"}, "2026-01-01T00:01:00Z", "2026-01-01T01:00:00Z", "2026-01-01T00:00:00Z", "2026-01-01T01:00:00Z", true},
		{[]string{"reason"}, "2026-01-01T01:30:00+05:30", "2026-01-01T05:30:00+05:30", "2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", true},
		{nil, "1969-12-31T23:59:30Z", "2026-01-01T00:00:00Z", "1969-12-31T23:59:00Z", "2026-01-01T00:00:00Z", true},
	} {
		parse := func(s string) time.Time {
			v, err := time.Parse(time.RFC3339Nano, s)
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		p, err := newPlan(Query{By: c.by, Since: parse(c.since), Until: parse(c.until)})
		if err != nil {
			t.Fatal(err)
		}
		if p.from != parse(c.from).Unix() || p.to != parse(c.to).Unix() || p.widened != c.widened {
			t.Errorf("%s to %s by %v: %s to %s, widened %v", c.since, c.until, c.by, sec(p.from), sec(p.to), p.widened)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"route", "rout", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}

func TestJoinKeyIsUnambiguous(t *testing.T) {
	seen := map[string][]string{}
	for _, dims := range [][]string{
		nil, {""}, {"", ""}, {"a", "b"}, {"a b"}, {"ab", ""}, {"", "ab"}, {"1:a"}, {"a", "1:b"}, {"a 1:b"}, {"0:"},
	} {
		k := joinKey(0, dims)
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q have the key %q", dims, other, k)
		}
		seen[k] = dims
	}
	if joinKey(1, nil) == joinKey(2, nil) {
		t.Error("the time is not in the key")
	}
}

package e2e

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"errata/internal/gen"
	"errata/internal/oracle"
)

// manyErrors is a log of so many distinct errors in each of the last two weeks,
// by param, route and template. Every tenth error of a week is in no other, and
// every fourth of the last week reaches a second caller.
func manyErrors(n, params, routes, templates int) []byte {
	var b bytes.Buffer
	for week := range 2 {
		monday := lastMonday().AddDate(0, 0, 7*(week-1))
		for i := range n {
			at := monday.Add(time.Duration(i) * (7 * 24 * time.Hour / time.Duration(n)))
			template, code, callers := i/params/routes%templates, "", 1
			if i%10 == 0 {
				code = fmt.Sprintf(`,\"code\":\"week%d\"`, week)
			}
			if week == 1 && i%4 == 0 {
				callers = 2
			}
			for caller := range callers {
				fmt.Fprintf(&b, `{"started_at":%d,"request":{"method":"POST","uri":"/v9/r%s/things","headers":{"user-agent":"curl/8"}},"client_ip":"w%dc%d","latencies":{"request":12},`+
					`"response":{"status":400,"body":"{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"%s\",\"param\":\"p%d\"%s}}"}}`+"\n",
					at.UnixMilli()+int64(caller), letters(i/params%routes), week, i*2+caller, "cannot "+letters(template), i%params, code)
			}
		}
	}
	return b.Bytes()
}

// letters writes a number without digits, so that routes and templates stay apart.
func letters(n int) string {
	s := ""
	for {
		s = string(rune('a'+n%26)) + s
		if n /= 26; n == 0 {
			return "x" + s
		}
	}
}

// deadline is far above what a report of ten thousand errors needs, on any
// machine: what it takes is logged.
const deadline = time.Minute

// Ten thousand errors in one week: every format comes, no total is lost, and
// within the caps every error is there.
func TestTenThousandErrors(t *testing.T) {
	if testing.Short() {
		t.Skip("tens of thousands of lines")
	}
	t.Parallel()
	const n = 10_000
	for name, test := range map[string]struct {
		params, routes, templates int
		capped                    bool
	}{
		"within the caps": {100, 10, 10, false},
		"beyond the caps": {2_500, 4, 1, true},
		"one route each":  {1, n, 1, true},
	} {
		if test.routes == n && !full() {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			log := manyErrors(n, test.params, test.routes, test.templates)
			w := newWorld(t)
			w.write("a.log", log)
			w.must("ingest", "-q", "--logs", "response", "a.log")
			// Beyond the caps the totals are those of the lines; a recount would take longer than all reports.
			lines := int64(n + n/4)
			want := oracle.Report{Numbers: oracle.Numbers{
				Totals:   oracle.Totals{Entries: lines, Errors: lines, Envelopes: &lines},
				ByStatus: map[string]int64{"400": lines}, ByType: map[string]int64{"invalid_request_error": lines},
			}}
			if !test.capped {
				cells, err := oracle.Recount(oracle.Config{Source: "default", Feed: "response", CallerKey: callerKey()}, "a.log", bytes.NewReader(log))
				if err != nil {
					t.Fatal(err)
				}
				if want = cells.Report(weekOf(lastMonday())); len(want.Top) != n || want.Totals.Errors != lines {
					t.Fatalf("the log has %d errors, %d lines", len(want.Top), want.Totals.Errors)
				}
			}
			for what, args := range map[string][]string{"store": nil, "one shot": {"--logs", "response", "a.log"}} {
				for _, format := range formats {
					if (test.capped || args != nil) && format != "html" && !full() {
						continue // what is rendered is the same model
					}
					r := w.run(append([]string{"report", "-q", "--now", endOf, "--week", "2026-W39", "-o", format}, args...)...)
					t.Logf("%s, %s: %d KB in %.1f s", what, format, len(r.stdout)>>10, r.took.Seconds())
					if r.code != 0 || r.took > deadline {
						t.Errorf("%s, %s: exit %d in %v: %s", what, format, r.code, r.took, r.stderr)
					}
				}
				start := time.Now()
				js := w.report(append(args, "--week", "2026-W39")...)
				t.Logf("%s, json of whole lists: %d KB in %.1f s", what, len(js)>>10, time.Since(start).Seconds())
				got := readReport(t, js)
				if test.capped {
					want.Totals.Callers, want.Totals.CallersError = got.Totals.Callers, got.Totals.CallersError
				}
				if d := numbers(want.Numbers, got.Numbers); d != "" {
					t.Errorf("%s: totals: oracle (-), report (+): %s", what, d)
				}
				addsUp(t, what, withoutCuts(got))
				if !test.capped {
					if d := numbers(want.Top, got.Top); d != "" {
						t.Errorf("%s: top: %.2000s", what, d)
					}
					if got.Found.New != len(want.New) || got.Found.Gone != len(want.Gone) {
						t.Errorf("%s: found %+v, want %d new, %d gone", what, got.Found, len(want.New), len(want.Gone))
					}
					continue
				}
				neverAbove(t, what, got)
			}
		})
	}
}

// withoutCuts takes back that lists of new and gone errors have an end of
// their own.
func withoutCuts(r printed) printed {
	for _, l := range []struct {
		found *int
		have  int
	}{{&r.Found.New, len(r.New)}, {&r.Found.Gone, len(r.Gone)}} {
		if *l.found > 1000 && l.have == 1000 {
			*l.found = l.have
		}
	}
	return r
}

// neverAbove: beyond a cap no error that is named has more than its one or two
// lines, none of (other) is new or gone, and the report names the setting to raise.
func neverAbove(t *testing.T, what string, got printed) {
	t.Helper()
	others := int64(0)
	for _, e := range got.Top {
		k := e.ErrorKey
		if k.Route == "(other)" || k.Param == "(other)" || k.Template == "(other)" {
			others += e.Errors
			continue
		}
		if e.Errors > 2 {
			t.Errorf("%s: %+v has %d errors", what, k, e.Errors)
		}
	}
	if others == 0 || len(got.Method.Caps) == 0 || got.Method.Caps[0].Share <= 0 {
		t.Errorf("%s: %d errors under (other), caps %+v", what, others, got.Method.Caps)
	}
	for _, s := range append(got.New, got.Gone...) {
		if s.Route == "(other)" || s.Param == "(other)" {
			t.Errorf("%s: (other) is new or gone: %+v", what, s)
		}
	}
}

// What is held from before the range decides what can be called new. Where that
// begins is a matter of minutes, also where one shot keeps hours.
func TestReportAtTheBeginOfHistory(t *testing.T) {
	t.Parallel()
	for _, days := range []int{7, 14, 15} {
		s, err := gen.Load("small")
		if err != nil {
			t.Fatal(err)
		}
		s.RequestsPerDay = 60
		var log bytes.Buffer
		if _, err := gen.Run(t.Context(), gen.Config{Scenario: s, Seed: 2, Format: "apisix", Logs: gen.Both, Days: days}, &log, nil); err != nil {
			t.Fatal(err)
		}
		cells, err := oracle.Recount(oracle.Config{Source: "default", Feed: "both", CallerKey: callerKey()}, "a.log", bytes.NewReader(log.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t)
		w.write("a.log", log.Bytes())
		w.must("ingest", "-q", "--logs", "both", "a.log")
		stored := w.report("--week", "2026-W39")
		once := w.report("--week", "2026-W39", "--logs", "both", "a.log")
		what := fmt.Sprint(days, " days")
		sameReport(t, what, cells, weekOf(lastMonday()), stored)
		if a, b := withoutInputs(t, stored), withoutInputs(t, once); a != b {
			t.Errorf("%s: store and one shot differ: %s", what, firstDifference(a, b))
		}
		from, _ := cells.Held()
		if r := readReport(t, stored); r.History.From == nil || r.History.From.Unix() != from || r.History.Enough || r.History.Reason == "" {
			t.Errorf("%s: history %+v, want from %s", what, r.History, time.Unix(from, 0).UTC())
		}
	}
}

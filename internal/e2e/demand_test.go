package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/internal/gen"
	"errata/internal/oracle"
)

// errata demand, by feature and by caller, equals the plain recount, and of one
// feed what the generator knows.
func TestDemandEquals(t *testing.T) {
	t.Parallel()
	for i, format := range bodied {
		if testing.Short() && i > 0 {
			continue
		}
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			scenario := []string{"small", "hostile", "clean", "errors"}[i]
			c := newCorpus(t, format, scenario, 40, gen.Access, gen.Response, gen.Both)
			for _, kinds := range feeds {
				w, cells := newWorld(t), c.sum(kinds)
				for _, l := range kinds {
					w.write(fileOf(l), c.logs[l])
					w.must("ingest", "-q", "--logs", string(l), fileOf(l))
				}
				monday := lastMonday()
				for args, q := range map[string]oracle.DemandQuestion{
					"":                                      {},
					"--since 2026-09-21 --until 2026-09-28": {From: monday.Unix(), To: monday.AddDate(0, 0, 7).Unix()},
					"--since 2026-09-23T10:00 --until 2026-09-24T11:30": {From: monday.AddDate(0, 0, 2).Unix() + 36000, To: monday.AddDate(0, 0, 3).Unix() + 41400},
					"--since 2026-09-21 --until 2026-09-28 --feature synthetic-feature-b": {
						From: monday.Unix(), To: monday.AddDate(0, 0, 7).Unix(), Feature: "synthetic-feature-b",
					},
				} {
					what := join(kinds) + " " + args
					all := append([]string{"demand", "-q", "--now", endOf, "-o", "json"}, strings.Fields(args)...)
					var d oracle.Demand
					read(t, w.must(all...).stdout, &d)
					if diff := numbers(onlyKnown(cells.Demand(q), d), d); diff != "" {
						t.Errorf("%s: oracle (-), demand (+):\n%.3000s", what, diff)
					}
					for _, r := range d.Rows {
						if args == "" && kinds[0] == gen.Both && r.Callers != nil && (r.Reach == nil || r.Converted == nil && r.AvailableFrom != "") {
							t.Errorf("%s: converted or reach is null though all requests were logged: %+v", what, r)
						}
					}
					var by oracle.CallerDemand
					read(t, w.must(append(all, "--callers")...).stdout, &by)
					want := cells.DemandByCaller(q)
					for i := range min(len(want.Rows), len(by.Rows)) {
						if by.Rows[i].Converted == nil {
							want.Rows[i].Converted = nil
						} else if kinds[0] == gen.Response {
							t.Errorf("%s --callers: converted is known of a log of errors", what)
						}
					}
					if diff := numbers(want, by); diff != "" {
						t.Errorf("%s --callers: oracle (-), demand (+):\n%.3000s", what, diff)
					}
					if len(kinds) == 1 && strings.HasSuffix(args, "--until 2026-09-28") {
						callersTruth(t, what, c.truth[kinds[0]], by)
					}
				}
			}
		})
	}
}

func read(t *testing.T, js string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(js), v); err != nil {
		t.Fatalf("%v: %.300s", err, js)
	}
}

// callersTruth: the callers of the last week as the generator knows them, who
// have no names there.
func callersTruth(t *testing.T, what string, truth gen.Truth, d oracle.CallerDemand) {
	t.Helper()
	want, got := []string{}, []string{}
	line := func(feature, from string, attempts, days int64, first, last time.Time, reason string) string {
		return fmt.Sprint(feature, " ", from, " ", attempts, " ", days, " ", microText(first), " ", microText(last), " ", reason)
	}
	for _, w := range truth.ByWeek {
		if w.Week != "2026-W39" {
			continue
		}
		for _, f := range w.Features {
			for _, c := range f.ByCaller {
				want = append(want, line(f.Feature, f.AvailableFrom, c.Attempts, c.Days, c.First, c.Last, c.Reason))
			}
		}
	}
	for _, r := range d.Rows {
		got = append(got, line(r.Feature, r.AvailableFrom, r.Attempts, r.Days, r.FirstSeen, r.LastSeen, r.Reason))
	}
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: truth (-), demand --callers (+):\n%.3000s", what, diff)
	}
}

package gen

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"errata/internal/oracle"
)

// generate runs a builtin scenario into memory.
func generate(t *testing.T, scenario, format string, logs Logs, change func(*Config)) ([]byte, Truth) {
	t.Helper()
	s, err := Load(scenario)
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Scenario: s, Seed: 1, Format: format, Logs: logs}
	if change != nil {
		change(&cfg)
	}
	var b bytes.Buffer
	truth, err := Run(context.Background(), cfg, &b, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), truth
}

// everyLog calls f for each format with each kind of logs that it can show.
func everyLog(t *testing.T, f func(t *testing.T, format string, logs Logs)) {
	for _, format := range Formats() {
		for _, logs := range []Logs{Access, Response, Both} {
			if x, _ := formatOf(format); x.text && logs != Access {
				continue
			}
			t.Run(format+"/"+string(logs), func(t *testing.T) { f(t, format, logs) })
		}
	}
}

// TestTruthEqualsRecount compares the truth, which the generator counts from
// its plan, with a recount of the lines by code that knows nothing of it.
func TestTruthEqualsRecount(t *testing.T) {
	for _, name := range Scenarios()[1:] {
		if testing.Short() && name != "small" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			everyLog(t, func(t *testing.T, format string, logs Logs) {
				data, truth := generate(t, name, format, logs, func(c *Config) {
					// the recount is slow: other seeds and sizes are for whoever changes the generator
					c.Days, c.Seed = 1, uint64(len(format)+len(logs))
					c.Scenario.RequestsPerDay = min(c.Scenario.RequestsPerDay, 350)
					if name == "small" {
						c.Days, c.Scenario.RequestsPerDay = 2, 600
					}
				})
				cells, err := oracle.Recount(oracle.Config{Source: "s", Feed: string(logs)}, "log", bytes.NewReader(data))
				if err != nil {
					t.Fatal(err)
				}
				got := recounted(cells, logs)
				want := shared(truth)
				if diff := gocmp.Diff(want, got); diff != "" {
					t.Errorf("truth (-), recount (+):\n%s", diff)
				}
			})
		})
	}
}

// numbers are what truth and recount have in common.
type numbers struct {
	Entries, Counted, Skipped, Requests, Errors, Extra, ErrorRows, Envelopes, NoFeature, Bytes, Callers, NoCaller int64
	Dead, ByStatus, ErrorsByStatus, ByType, ByShape                                                               map[string]int64
	Routes                                                                                                        []RouteCount
	Params                                                                                                        []RouteParam
	Demand                                                                                                        []Demand
	Days                                                                                                          []DayCount
}

func shared(t Truth) numbers {
	n := numbers{
		Entries: t.Entries, Counted: t.Counted, Skipped: t.Skipped, Requests: t.Requests, Errors: t.Errors, Extra: t.Extra, ErrorRows: t.ErrorRows,
		Envelopes: t.Envelopes, NoFeature: t.NoFeature, Bytes: t.ResponseBytes, Callers: t.Callers, NoCaller: t.NoCaller,
		Dead: t.Dead, ByStatus: t.ByStatus, ErrorsByStatus: t.ErrorsByStatus, ByType: t.ByType, ByShape: t.ByShape,
		Routes: t.ByRoute, Params: t.ByRouteParam, Demand: t.Demand, Days: slices.Clone(t.ByDay),
	}
	if t.Logs == Response { // error rows hold no sizes
		n.Bytes = 0
	}
	for i := range n.Demand {
		// rows hold microseconds
		n.Demand[i].First = n.Demand[i].First.Truncate(time.Microsecond)
	}
	return n
}

type routeName struct{ method, route string }

// recounted sums the cells of a recount up.
func recounted(cells *oracle.Cells, logs Logs) numbers {
	n := numbers{
		Dead: map[string]int64{}, ByStatus: map[string]int64{}, ErrorsByStatus: map[string]int64{}, ByType: map[string]int64{}, ByShape: map[string]int64{},
		Routes: []RouteCount{}, Params: []RouteParam{}, Demand: []Demand{}, Days: []DayCount{},
	}
	callers := map[uint64]bool{}
	routes := map[routeName]*RouteCount{}
	params := map[RouteParam]int64{}
	demand := map[demandKey]*Demand{}
	demandCallers := map[demandKey]map[uint64]bool{}
	demandDays := map[demandKey]map[int64]bool{}
	days := map[int64]*DayCount{}
	day := func(at int64) *DayCount {
		d := days[at/86400]
		if d == nil {
			d = &DayCount{Day: time.Unix(at/86400*86400, 0).UTC().Format(time.DateOnly)}
			days[at/86400] = d
		}
		return d
	}
	route := func(k oracle.Key) *RouteCount {
		x := routeName{k.Method, k.Route}
		if routes[x] == nil {
			routes[x] = &RouteCount{Method: k.Method, Route: k.Route}
		}
		return routes[x]
	}
	for _, r := range cells.Rows() {
		status := strconv.Itoa(r.Status)
		switch r.Kind {
		case "read":
			n.Entries += r.N
			switch r.Reason {
			case "":
				n.Counted += r.N
			case "success":
				n.Skipped += r.N
				day(r.Time).Entries += r.N
			default:
				n.Dead[r.Reason] += r.N
				day(r.Time).Dead += r.N
			}
		case "request":
			n.Requests += r.N
			n.Bytes += r.Bytes
			n.ByStatus[status] += r.N
			day(r.Time).Entries += r.N
			route(r.Key).Entries += r.N
			if r.Status < 400 {
				continue
			}
			n.Errors += r.N
			n.ErrorsByStatus[status] += r.N
			day(r.Time).Errors += r.N
			route(r.Key).Errors += r.N
			n.NoCaller += r.NNoCaller
			for h := range r.Callers {
				callers[h] = true
			}
		case "error":
			n.ErrorRows += r.N
			n.ByType[r.Type] += r.N
			n.ByShape[r.Shape] += r.N
			if r.Shape == "envelope" {
				n.Envelopes += r.N
			}
			if r.Status == 501 && r.Feature == "" {
				n.NoFeature += r.N
			}
			params[RouteParam{Method: r.Method, Route: r.Route, Param: r.Param, Source: r.ParamSource}] += r.N
			n.NoCaller += r.NNoCaller
			for h := range r.Callers {
				callers[h] = true
			}
			add := r.Extra
			if logs == Response {
				add = r.N
				n.ByStatus[status] += r.N
				day(r.Time).Entries += r.N
				route(r.Key).Entries += r.N
			}
			n.Extra += r.Extra
			n.Errors += add
			day(r.Time).Errors += add
			day(r.Time).Extra += r.Extra
			route(r.Key).Errors += add
			if add > 0 {
				n.ErrorsByStatus[status] += add
			}
		case "demand":
			k := demandKey{featureKey{r.Feature, r.AvailableFrom}, r.Reason}
			d := demand[k]
			if d == nil {
				d = &Demand{Feature: r.Feature, AvailableFrom: r.AvailableFrom, Reason: r.Reason, First: time.UnixMicro(r.First).UTC(), Last: time.UnixMicro(r.Last).UTC()}
				demand[k], demandCallers[k], demandDays[k] = d, map[uint64]bool{}, map[int64]bool{}
			}
			d.Attempts += r.N
			demandDays[k][r.Time] = true
			if r.Caller == 0 {
				d.NoCaller += r.N
			} else {
				demandCallers[k][r.Caller] = true
			}
			if at := time.UnixMicro(r.First).UTC(); at.Before(d.First) {
				d.First = at
			}
			if at := time.UnixMicro(r.Last).UTC(); at.After(d.Last) {
				d.Last = at
			}
			day(r.Time).Demand += r.N
		}
	}
	n.Callers = int64(len(callers))
	for _, r := range routes {
		n.Routes = append(n.Routes, *r)
	}
	slices.SortFunc(n.Routes, func(a, b RouteCount) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method))
	})
	for k, v := range params {
		k.Errors = v
		n.Params = append(n.Params, k)
	}
	slices.SortFunc(n.Params, func(a, b RouteParam) int {
		return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method), cmp.Compare(a.Param, b.Param), cmp.Compare(a.Source, b.Source))
	})
	for k, d := range demand {
		d.Callers, d.Days = int64(len(demandCallers[k])), int64(len(demandDays[k]))
		n.Demand = append(n.Demand, *d)
	}
	slices.SortFunc(n.Demand, func(a, b Demand) int {
		return cmp.Or(cmp.Compare(a.Feature, b.Feature), cmp.Compare(a.AvailableFrom, b.AvailableFrom), cmp.Compare(a.Reason, b.Reason))
	})
	for _, d := range days {
		n.Days = append(n.Days, *d)
	}
	slices.SortFunc(n.Days, func(a, b DayCount) int { return strings.Compare(a.Day, b.Day) })
	return n
}

// TestTruthAddsUp: what must hold between the numbers of any truth.
func TestTruthAddsUp(t *testing.T) {
	sum := func(m map[string]int64) (n int64) {
		for _, v := range m {
			n += v
		}
		return n
	}
	for _, name := range Scenarios()[1:] {
		t.Run(name, func(t *testing.T) {
			everyLog(t, func(t *testing.T, format string, logs Logs) {
				data, tr := generate(t, name, format, logs, threeDays)
				equal := func(what string, a, b int64) {
					t.Helper()
					if a != b {
						t.Errorf("%s: %d and %d", what, a, b)
					}
				}
				equal("bytes", tr.Bytes, int64(len(data)))
				equal("lines", tr.Lines, int64(bytes.Count(data, []byte("\n"))))
				equal("entries = counted + skipped + dead", tr.Entries, tr.Counted+tr.Skipped+sum(tr.Dead))
				var params, days, extra, demand, attempts, reasons, routes int64
				for _, p := range tr.ByRouteParam {
					params += p.Errors
				}
				for _, d := range tr.ByDay {
					days += d.Errors
					extra += d.Extra
					demand += d.Demand
				}
				for _, d := range tr.Demand {
					attempts += d.Attempts
					if d.First.After(d.Last) || d.Callers > d.Attempts || d.Days < 1 {
						t.Errorf("demand: %+v", d)
					}
				}
				for _, f := range tr.Features {
					reasons += sum(f.Reasons)
					equal("feature by day", sum(f.ByDay), f.Attempts)
				}
				for _, r := range tr.ByRoute {
					routes += r.Entries
				}
				equal("routes", routes, tr.Counted)
				equal("days", days, tr.Errors)
				equal("days' extra", extra, tr.Extra)
				equal("errors by status", sum(tr.ErrorsByStatus), tr.Errors)
				equal("by status", sum(tr.ByStatus), tr.Counted)
				if logs == Access {
					equal("error rows of an access log", tr.ErrorRows, 0)
					equal("events of an access log", tr.Extra, 0)
					equal("demand of an access log", int64(len(tr.Demand)), 0)
				} else {
					equal("error rows", tr.ErrorRows, tr.Errors)
				}
				equal("by type", sum(tr.ByType), tr.ErrorRows)
				equal("by shape", sum(tr.ByShape), tr.ErrorRows)
				equal("params", params, tr.ErrorRows)
				equal("demand", demand, attempts)
				equal("features", reasons, attempts)
				equal("501", attempts+tr.NoFeature, tr.rows501())
				if logs == Response {
					equal("requests of a response log", tr.Requests, 0)
				} else {
					equal("requests", tr.Requests, tr.Counted)
				}
				if tr.First.Before(tr.From) || tr.Last.After(tr.To.Add(time.Hour)) {
					t.Errorf("span %s..%s outside of %s..%s", tr.First, tr.Last, tr.From, tr.To)
				}
			})
		})
	}
}

// rows501 are the error rows with status 501.
func (t *Truth) rows501() int64 {
	if t.ErrorRows == 0 {
		return 0
	}
	return t.ErrorsByStatus["501"]
}

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/internal/gen"
	"errata/internal/oracle"
)

// endOf is --now of all reports here: the moment at which generated traffic ends.
var endOf = gen.DefaultEnd().Format(time.RFC3339)

// feeds are the ways in which one traffic may have been logged.
var feeds = [][]gen.Logs{{gen.Both}, {gen.Access}, {gen.Response}, {gen.Access, gen.Response}}

func join(kinds []gen.Logs) string {
	names := make([]string, len(kinds))
	for i, l := range kinds {
		names[i] = string(l)
	}
	return strings.Join(names, "+")
}

// report is a report of a week with whole lists as JSON; inputs make it one shot.
func (w *world) report(args ...string) string {
	w.t.Helper()
	return w.must(append([]string{"report", "-q", "--now", endOf, "--top", "0", "-o", "json"}, args...)...).stdout
}

// weekOf is the question that a report of the ISO week from a Monday answers.
func weekOf(monday time.Time) oracle.Question {
	return oracle.Question{
		From: monday.Unix(), To: monday.AddDate(0, 0, 7).Unix(),
		Compare: true, CompareFrom: monday.AddDate(0, 0, -7).Unix(), CompareTo: monday.Unix(),
	}
}

// lastMonday begins the last week of generated traffic.
func lastMonday() time.Time { return gen.DefaultEnd().AddDate(0, 0, -7) }

// A report equals the plain recount of the same lines and, of one feed, what
// the generator knows, in every number: from a store, and one shot over the
// files. Both print the same bytes but for the inputs that only one shot names.
func TestReportEquals(t *testing.T) {
	t.Parallel()
	for i, scenario := range []string{"small", "clean", "hostile", "errors", "demo"} {
		for j, format := range bodied {
			if !full() && i%len(bodied) != j || testing.Short() && scenario != "hostile" {
				continue
			}
			t.Run(scenario+"/"+format, func(t *testing.T) {
				t.Parallel()
				c := newCorpus(t, format, scenario, 30, gen.Access, gen.Response, gen.Both)
				for _, kinds := range feeds {
					t.Run(join(kinds), func(t *testing.T) { reportEquals(t, c, kinds) })
				}
			})
		}
	}
	for _, format := range []string{"combined", "common"} {
		if testing.Short() {
			continue
		}
		t.Run("small/"+format, func(t *testing.T) {
			t.Parallel()
			reportEquals(t, newCorpus(t, format, "small", 60, gen.Access), []gen.Logs{gen.Access})
		})
	}
}

func reportEquals(t *testing.T, c corpus, kinds []gen.Logs) {
	t.Helper()
	w, cells := newWorld(t), c.sum(kinds)
	var files []string
	for _, l := range kinds {
		w.write(fileOf(l), c.logs[l])
		w.must("ingest", "-q", "--logs", string(l), fileOf(l))
		files = append(files, fileOf(l))
	}
	q := weekOf(lastMonday())
	stored := w.report("--week", "2026-W39")
	sameReport(t, "store", cells, q, stored)
	if len(kinds) == 1 {
		sameTruth(t, "store", c.truth[kinds[0]], readReport(t, stored))
		files = append([]string{"--logs", string(kinds[0])}, files...)
	} else if bytes.Contains(c.logs[gen.Response], []byte(`"status":200`)) {
		return // successes in a response log: nothing can tell it from a log of all requests
	}
	once := w.report(append(files, "--week", "2026-W39")...)
	sameReport(t, "one shot", cells, q, once)
	if a, b := withoutInputs(t, stored), withoutInputs(t, once); a != b {
		t.Errorf("store and one shot differ: %s", firstDifference(a, b))
	}
	// Without a range: all that the inputs hold.
	all := w.report(append(files, "--compare", "none")...)
	sameReport(t, "all", cells, oracle.Question{}, all)
}

// withoutInputs is a report as JSON without what only one shot knows: its
// inputs, and what of them was not read.
func withoutInputs(t *testing.T, js string) string {
	t.Helper()
	var m map[string]json.RawMessage
	if err := json.Unmarshal([]byte(js), &m); err != nil {
		t.Fatal(err)
	}
	var cover map[string]json.RawMessage
	if err := json.Unmarshal(m["coverage"], &cover); err != nil {
		t.Fatal(err)
	}
	delete(cover, "inputs")
	delete(cover, "not_read")
	text, err := json.Marshal(cover)
	if err != nil {
		t.Fatal(err)
	}
	m["coverage"] = text
	text, err = json.MarshalIndent(m, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// firstDifference shows where two texts part.
func firstDifference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d:\n%.400s\n%.400s", i+1, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d and %d lines", len(x), len(y))
}

// sources is a store of four APIs whose feeds begin and end at other times, so
// that each hour of each has its own choice of rows.
func sources(t *testing.T) (*world, *oracle.Cells) {
	t.Helper()
	w := newWorld(t)
	var parts []*oracle.Cells
	for i, s := range []struct {
		source, format string
		logs           gen.Logs
		cut            int // this part of the log's begin is lost, in percent
		seed           uint64
	}{
		{"a", "kong", gen.Both, 0, 1},
		{"b", "apisix", gen.Access, 33, 2},
		{"b", "apisix", gen.Response, 0, 2},
		{"c", "nginx-json", gen.Response, 50, 3},
		{"d", "kong", gen.Access, 25, 4},
	} {
		log, _ := traffic(t, s.format, "small", s.logs, s.seed, 40, 30)
		log = log[len(log)*s.cut/100:]
		if s.cut > 0 {
			log = log[bytes.IndexByte(log, '\n')+1:]
		}
		name := fmt.Sprintf("%d.log", i)
		w.write(name, log)
		w.must("ingest", "-q", "--logs", string(s.logs), "--source", s.source, name)
		cells, err := oracle.Recount(oracle.Config{Source: s.source, Feed: string(s.logs), CallerKey: callerKey()}, name, bytes.NewReader(log))
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, cells)
	}
	return w, oracle.Sum(parts...)
}

// Ranges off every grain, in other zones, compared with anything, under filters.
func TestReportRanges(t *testing.T) {
	t.Parallel()
	w, cells := sources(t)
	kolkata, york := zone(t, "Asia/Kolkata"), zone(t, "America/New_York")
	at := func(z *time.Location, month time.Month, day, h, m int) int64 {
		return time.Date(2026, month, day, h, m, 0, 0, z).Unix()
	}
	none := func(from, to int64) oracle.Question { return oracle.Question{From: from, To: to} }
	previous := func(from, to int64) oracle.Question {
		return oracle.Question{From: from, To: to, Compare: true, CompareFrom: 2*from - to, CompareTo: from}
	}
	against := func(q oracle.Question, from, to int64) oracle.Question {
		q.Compare, q.CompareFrom, q.CompareTo = true, from, to
		return q
	}
	under := func(q oracle.Question, where ...oracle.Filter) oracle.Question { q.Where = where; return q }
	week := weekOf(lastMonday())
	utc := time.UTC
	for args, q := range map[string]oracle.Question{
		"--week 2026-W39":                                  week,
		"--week 2026-W39 --compare none":                   none(week.From, week.To),
		"--week 2026-W39 --compare 2026-W37":               against(week, at(utc, 9, 7, 0, 0), at(utc, 9, 14, 0, 0)),
		"--week 2026-W39 --compare 2026-01-01..2026-02-01": against(week, at(utc, 1, 1, 0, 0), at(utc, 2, 1, 0, 0)),
		"":                                      week, // the last week that is over
		"--week 2026-W39 --tz Asia/Kolkata":     previous(at(kolkata, 9, 21, 0, 0), at(kolkata, 9, 28, 0, 0)),
		"--week 2026-W38 --tz America/New_York": previous(at(york, 9, 14, 0, 0), at(york, 9, 21, 0, 0)),
		"--since 2026-09-22T10:20:00Z --until 2026-09-23T11:50:00Z":                previous(at(utc, 9, 22, 10, 20), at(utc, 9, 23, 11, 50)),
		"--since 2026-09-22T10:20:30Z --until 2026-09-22T10:20:40Z --compare none": none(at(utc, 9, 22, 10, 20)+30, at(utc, 9, 22, 10, 20)+40),
		"--since 2026-09-22 --until 2026-09-24T06:30 --tz Asia/Kolkata":            previous(at(kolkata, 9, 22, 0, 0), at(kolkata, 9, 24, 6, 30)),
		"--since 2026-09-20 --until 2026-09-25 --compare 2026-09-01..2026-09-02":   against(none(at(utc, 9, 20, 0, 0), at(utc, 9, 25, 0, 0)), at(utc, 9, 1, 0, 0), at(utc, 9, 2, 0, 0)),
		"--last 36h":                            previous(at(utc, 9, 26, 12, 0), at(utc, 9, 28, 0, 0)),
		"--since 2026-11-01 --until 2026-11-02": previous(at(utc, 11, 1, 0, 0), at(utc, 11, 2, 0, 0)), // nothing is held of it

		"--week 2026-W39 --where source=a":                                   under(week, oracle.Filter{Dim: "source", Op: "=", Value: "a"}),
		"--week 2026-W39 --where source=c":                                   under(week, oracle.Filter{Dim: "source", Op: "=", Value: "c"}),
		"--week 2026-W39 --where source!=a --where status!=401":              under(week, oracle.Filter{Dim: "source", Op: "!=", Value: "a"}, oracle.Filter{Dim: "status", Op: "!=", Value: "401"}),
		"--week 2026-W39 --where route~/sessions":                            under(week, oracle.Filter{Dim: "route", Op: "~", Value: "/sessions"}),
		"--week 2026-W39 --where type=api_error --where type=conflict_error": under(week, oracle.Filter{Dim: "type", Op: "=", Value: "api_error"}, oracle.Filter{Dim: "type", Op: "=", Value: "conflict_error"}),
		"--week 2026-W39 --where method=POST --where type!=":                 under(week, oracle.Filter{Dim: "method", Op: "=", Value: "POST"}, oracle.Filter{Dim: "type", Op: "!=", Value: ""}),
		"--week 2026-W39 --where source=nobody":                              under(week, oracle.Filter{Dim: "source", Op: "=", Value: "nobody"}),
	} {
		t.Run(args, func(t *testing.T) {
			sameReport(t, "", cells, q, w.report(strings.Fields(args)...))
		})
	}
}

// Where the clock is changed a week has 167 or 169 hours, and is compared with
// the local week before it.
func TestReportOverAChangeOfClocks(t *testing.T) {
	t.Parallel()
	york := zone(t, "America/New_York")
	for name, test := range map[string]struct {
		end   time.Time // of the traffic
		week  string
		local time.Time
		hours float64
	}{
		"back":    {time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), "2026-W44", time.Date(2026, 10, 26, 0, 0, 0, 0, york), 169},
		"forward": {time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC), "2026-W10", time.Date(2026, 3, 2, 0, 0, 0, 0, york), 167},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := gen.Load("small")
			if err != nil {
				t.Fatal(err)
			}
			s.RequestsPerDay = 40
			var log bytes.Buffer
			if _, err := gen.Run(t.Context(), gen.Config{Scenario: s, Seed: 5, Format: "kong", Logs: gen.Both, Days: 30, End: test.end}, &log, nil); err != nil {
				t.Fatal(err)
			}
			cells, err := oracle.Recount(oracle.Config{Source: "default", Feed: "both", CallerKey: callerKey()}, "a.log", bytes.NewReader(log.Bytes()))
			if err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			w.write("a.log", log.Bytes())
			js := w.report("a.log", "--logs", "both", "--week", test.week, "--tz", "America/New_York")
			q := weekOf(test.local)
			if h := float64(q.To-q.From) / 3600; h != test.hours {
				t.Fatalf("the test's own week has %v hours", h)
			}
			r := sameReport(t, "", cells, q, js)
			if r.Range.From.Unix() != q.From || r.Range.To.Unix() != q.To || r.Range.Week != test.week {
				t.Errorf("range %+v", r.Range)
			}
			if n := len(r.Timeline.Points); n != int(test.hours) {
				t.Errorf("%d points of %v hours", n, test.hours)
			}
			days := 0
			for _, p := range r.Timeline.Points {
				if p.Time.In(york).Hour() == 0 {
					days++
				}
			}
			if days != 7 {
				t.Errorf("%d midnights", days)
			}
		})
	}
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// The order of lists is that of the documents, and a list that was cut is the
// begin of the whole one.
func TestReportLists(t *testing.T) {
	t.Parallel()
	c := newCorpus(t, "kong", "small", 60, gen.Both)
	w := newWorld(t)
	w.write("both.log", c.logs[gen.Both])
	args := []string{"both.log", "--logs", "both", "--week", "2026-W39"}
	type lists struct {
		Top      []json.RawMessage `json:"top"`
		New      []json.RawMessage `json:"new"`
		Gone     []json.RawMessage `json:"gone"`
		Movers   []json.RawMessage `json:"movers"`
		Mistakes []json.RawMessage `json:"client_mistakes"`
		Findings []json.RawMessage `json:"findings"`
		Found    json.RawMessage   `json:"found"`
	}
	read := func(js string) (l lists) {
		if err := json.Unmarshal([]byte(js), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	whole := read(w.report(args...))
	cut := read(w.must(append([]string{"report", "-q", "--now", endOf, "--top", "3", "-o", "json"}, args...)...).stdout)
	for name, l := range map[string][2][]json.RawMessage{
		"top": {whole.Top, cut.Top}, "movers": {whole.Movers, cut.Movers},
		"client_mistakes": {whole.Mistakes, cut.Mistakes}, "findings": {whole.Findings, cut.Findings},
	} {
		if !slices.EqualFunc(l[0][:min(3, len(l[0]))], l[1], func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: the first 3 of %d are not the %d of --top 3", name, len(l[0]), len(l[1]))
		}
	}
	for name, l := range map[string][2][]json.RawMessage{"new": {whole.New, cut.New}, "gone": {whole.Gone, cut.Gone}} {
		if len(l[0]) == 0 || !slices.EqualFunc(l[0], l[1], func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Errorf("%s: --top 3 has %d rows of %d: they are not cut there", name, len(l[1]), len(l[0]))
		}
	}
	if !bytes.Equal(whole.Found, cut.Found) {
		t.Errorf("found %s, cut %s", whole.Found, cut.Found)
	}
	var top []oracle.Error
	for _, row := range whole.Top {
		var e oracle.Error
		if err := json.Unmarshal(row, &e); err != nil {
			t.Fatal(err)
		}
		top = append(top, e)
	}
	if !slices.IsSortedFunc(top, func(a, b oracle.Error) int {
		n := func(c *int64) int64 {
			if c == nil {
				return -1
			}
			return *c
		}
		if d := n(b.Callers) - n(a.Callers); d != 0 {
			return int(d)
		}
		return int(b.Errors - a.Errors)
	}) {
		t.Error("top is not ordered by callers, then errors")
	}
}

package gen

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"errata/internal/oracle"
)

// recountLog is the plain recount of a generated log.
func recountLog(t *testing.T, data []byte, logs Logs) *oracle.Cells {
	t.Helper()
	cells, err := oracle.Recount(oracle.Config{Source: "s", Feed: string(logs)}, "log", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return cells
}

// TestWeeksEqualRecount compares what the truth says of each week, and of each
// error, with a recount of a report of that week. The traffic ends on a
// Wednesday and begins on a Sunday: two weeks are whole.
func TestWeeksEqualRecount(t *testing.T) {
	for _, name := range []string{"small", "hostile"} {
		if testing.Short() && name != "small" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			everyLog(t, func(t *testing.T, format string, logs Logs) {
				data, truth := generate(t, name, format, logs, func(c *Config) {
					c.Days, c.Seed = 17, uint64(len(format)+3*len(logs))
					c.End = DefaultEnd().AddDate(0, 0, 2)
					c.Scenario.RequestsPerDay = 30
				})
				cells := recountLog(t, data, logs)
				if len(truth.ByWeek) != 4 || truth.ByWeek[0].Week != "2026-W37" {
					t.Errorf("weeks %+v", truth.ByWeek)
				}
				for _, w := range truth.ByWeek {
					if d := gocmp.Diff(weekOf(w, logs), recountedWeek(cells, w, logs)); d != "" {
						t.Errorf("week %s: truth (-), recount (+):\n%s", w.Week, d)
					}
				}
				if d := gocmp.Diff(micro(truth.Signals), signalsOf(cells)); d != "" {
					t.Errorf("signals: truth (-), recount (+):\n%s", d)
				}
				dead := map[string]int64{}
				for _, r := range cells.Rows() {
					if r.Kind == "read" && r.Reason != "" && r.Reason != "success" {
						dead[time.Unix(r.Time, 0).UTC().Format(time.DateOnly)] += r.N
					}
				}
				for _, d := range truth.ByDay {
					if dead[d.Day] != d.Dead {
						t.Errorf("dead on %s: %d, recounted %d", d.Day, d.Dead, dead[d.Day])
					}
					delete(dead, d.Day)
				}
				if len(dead) > 0 {
					t.Errorf("dead besides the truth: %v", dead)
				}
			})
		})
	}
}

// weekOf is what a report of a week can say of what the truth says.
func weekOf(w WeekCount, logs Logs) WeekCount {
	w.Features = slices.Clone(w.Features)
	for i := range w.Features {
		f := &w.Features[i]
		f.First, f.Last = f.First.Truncate(time.Microsecond), f.Last.Truncate(time.Microsecond)
		f.ByCaller = slices.Clone(f.ByCaller)
		for j := range f.ByCaller {
			c := &f.ByCaller[j]
			c.First, c.Last = c.First.Truncate(time.Microsecond), c.Last.Truncate(time.Microsecond)
		}
		f.ByDay, f.NoCaller = map[string]int64{}, 0
		if f.Callers == 0 {
			f.TopCaller = 0
		}
	}
	w.Extra, w.NoCaller = 0, 0
	if logs == Access {
		w.NoFeature = 0
	}
	return w
}

func recountedWeek(cells *oracle.Cells, truth WeekCount, logs Logs) WeekCount {
	w := truth
	r := cells.Report(oracle.Question{From: w.From.Unix(), To: w.To.Unix()})
	n0 := func(n *int64) int64 {
		if n == nil {
			return 0
		}
		return *n
	}
	out := WeekCount{
		Week: w.Week, From: w.From, To: w.To, Entries: r.Totals.Entries, Dead: r.Totals.DeadLetters, Requests: n0(r.Totals.Requests),
		Errors: r.Totals.Errors, Envelopes: n0(r.Totals.Envelopes), Callers: r.Totals.Exact, ByStatus: r.ByStatus, ByType: r.ByType, Features: []WeekFeature{},
	}
	if logs == Access {
		out.ByType = map[string]int64{} // "(no body)" of them is no type
	}
	q := oracle.DemandQuestion{From: w.From.Unix(), To: w.To.Unix()}
	d := cells.Demand(q)
	out.NoFeature = n0(d.Totals.NoFeature)
	callers, unknown := cells.DemandByCaller(q), false
	for _, row := range d.Rows {
		f := WeekFeature{New: n0(row.New), Returning: n0(row.Returning), Gone: n0(row.Gone)}
		f.Feature, f.AvailableFrom, f.Attempts, f.Callers, f.Days = row.Feature, row.AvailableFrom, row.Attempts, n0(row.Callers), row.Days
		f.ByDay, f.ByCaller, f.Reasons = map[string]int64{}, []CallerCount{}, map[string]int64{}
		if row.FirstSeen != nil {
			f.First, f.Last = *row.FirstSeen, *row.LastSeen
		}
		if row.TopCallerShare != nil {
			f.TopCaller = int64(*row.TopCallerShare*float64(row.Attempts) + 0.5)
		}
		x := row.Reasons
		for reason, n := range map[string]int64{"no_header": x.NoHeader, "other_feature": x.OtherFeature, "older_value": x.OlderValue, "right_value": x.RightValue, "unknown": x.Unknown} {
			if n > 0 {
				f.Reasons[reason] = n
			}
		}
		if row.New == nil {
			// A report cannot tell who is new in what begins within a week of the log's
			// begin; the truth counts from there.
			for _, x := range truth.Features {
				if x.Feature == f.Feature && x.AvailableFrom == f.AvailableFrom {
					f.New, f.Returning, f.Gone = x.New, x.Returning, x.Gone
				}
			}
			unknown = true
		}
		for _, c := range callers.Rows {
			if c.Feature == row.Feature && c.AvailableFrom == row.AvailableFrom {
				f.ByCaller = append(f.ByCaller, CallerCount{Attempts: c.Attempts, Days: c.Days, First: c.FirstSeen, Last: c.LastSeen, Reason: c.Reason})
			}
		}
		sortCallers(f.ByCaller)
		out.Features = append(out.Features, f)
	}
	if unknown {
		for _, x := range truth.Features {
			if x.Attempts == 0 {
				out.Features = append(out.Features, x)
			}
		}
	}
	slices.SortFunc(out.Features, func(a, b WeekFeature) int { return a.compare(b.Feature501) })
	return out
}

func micro(list []Signal) []Signal {
	list = slices.Clone(list)
	for i := range list {
		list[i].First, list[i].Last = list[i].First.Truncate(time.Microsecond), list[i].Last.Truncate(time.Microsecond)
	}
	return list
}

// signalsOf are the error rows of a recount by the key of new and gone.
func signalsOf(cells *oracle.Cells) []Signal {
	m := map[signalKey]*Signal{}
	for _, r := range cells.Rows() {
		if r.Kind != "error" || r.Time == 0 {
			continue
		}
		k := signalKey{r.Type, r.Code, r.Route, r.Param}
		first, last := time.UnixMicro(r.First).UTC(), time.UnixMicro(r.Last).UTC()
		x := m[k]
		if x == nil {
			x = &Signal{Type: r.Type, Code: r.Code, Route: r.Route, Param: r.Param, ByDay: map[string]int64{}, First: first, Last: last}
			m[k] = x
		}
		x.Errors += r.N
		x.ByDay[first.Format(time.DateOnly)] += r.N
		if first.Before(x.First) {
			x.First = first
		}
		if last.After(x.Last) {
			x.Last = last
		}
	}
	out := []Signal{}
	for _, x := range m {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(a, b Signal) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Param, b.Param))
	})
	return out
}

// TestWeeksAddUp: what the weeks say is what the days say.
func TestWeeksAddUp(t *testing.T) {
	everyLog(t, func(t *testing.T, format string, logs Logs) {
		_, truth := generate(t, "small", format, logs, func(c *Config) { c.Days, c.Scenario.RequestsPerDay = 15, 100 })
		var entries, dead, errors, deadDays, deadAll, rows, attempts, signals int64
		for _, w := range truth.ByWeek {
			entries += w.Entries
			dead += w.Dead
			errors += w.Errors
			for _, n := range w.ByType {
				rows += n
			}
			for _, f := range w.Features {
				attempts += f.Attempts
				var by int64
				for _, c := range f.ByCaller {
					by += c.Attempts
				}
				if by != f.Attempts || f.New+f.Returning != f.Callers {
					t.Errorf("%s: %d attempts by caller of %d; %d new, %d returning of %d", f.Feature, by, f.Attempts, f.New, f.Returning, f.Callers)
				}
			}
		}
		var clampedRows int64
		for _, d := range truth.ByDay {
			deadAll += d.Dead
			if d.Day == "1970-01-01" {
				clampedRows = d.Errors
				continue
			}
			deadDays += d.Dead
			entries -= d.Entries + d.Dead
			errors -= d.Errors
		}
		if entries != 0 || errors != 0 || dead != deadDays {
			t.Errorf("off by %d entries, %d errors; dead %d of weeks, %d of days", entries, errors, dead, deadDays)
		}
		for _, n := range truth.Dead {
			deadAll -= n
		}
		for _, s := range truth.Signals {
			signals += s.Errors
		}
		for _, f := range truth.Features {
			attempts -= f.Attempts
		}
		if logs == Access {
			clampedRows = 0
		}
		if deadAll != 0 || attempts != 0 || signals != rows || rows != truth.ErrorRows-clampedRows {
			t.Errorf("dead off by %d, attempts by %d; %d of signals, %d of weeks, %d error rows", deadAll, attempts, signals, rows, truth.ErrorRows)
		}
	})
}

// TestWeeksBegin: a week begins on Monday in UTC, also at a year's turn.
func TestWeeksBegin(t *testing.T) {
	s := newSpans()
	got := map[string]string{}
	for _, at := range []string{"2026-09-20T23:59:59Z", "2026-09-21T00:00:00Z", "2026-12-31T12:00:00Z", "2027-01-03T23:59:59Z", "2027-01-04T00:00:00Z", "2001-01-01T00:00:00Z"} {
		x, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		w := s.week(x.UnixNano()).w
		got[at] = fmt.Sprint(w.Week, " ", w.From.Format(time.DateOnly), " ", w.To.Format(time.DateOnly))
	}
	want := map[string]string{
		"2026-09-20T23:59:59Z": "2026-W38 2026-09-14 2026-09-21", "2026-09-21T00:00:00Z": "2026-W39 2026-09-21 2026-09-28",
		"2026-12-31T12:00:00Z": "2026-W53 2026-12-28 2027-01-04", "2027-01-03T23:59:59Z": "2026-W53 2026-12-28 2027-01-04",
		"2027-01-04T00:00:00Z": "2027-W01 2027-01-04 2027-01-11", "2001-01-01T00:00:00Z": "2001-W01 2001-01-01 2001-01-08",
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(slices.Collect(maps.Keys(s.weeks))) != 5 {
		t.Errorf("%d weeks", len(s.weeks))
	}
}

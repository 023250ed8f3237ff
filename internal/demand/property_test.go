package demand

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"errata/store"

	gocmp "github.com/google/go-cmp/cmp"
)

// generate makes random attempts and other answers of three weeks, few enough
// values that ties, returning callers and empty days all come up.
func generate(rng *rand.Rand) []event {
	pick := func(list ...string) string { return list[rng.IntN(len(list))] }
	var events []event
	for range rng.IntN(200) {
		e := event{
			at:     monday.Add(time.Duration(rng.Int64N(int64(21 * 24 * time.Hour)))),
			source: pick("eu", "us"), status: []int{200, 400, 501, 501, 501}[rng.IntN(5)],
			reason: pick("unknown", "no_header", "right_value", "older_value", "other_feature"), client: pick("", "curl", "sdk"),
			caller: uint64(rng.IntN(12)), body: true, request: rng.IntN(2) == 0,
		}
		if e.status == 501 {
			e.feature, e.from = pick("", "files", "skills", "files "), pick("", "b-2026-01-01", "(other)")
		}
		if e.status == 200 {
			e.beta, e.request = pick("", "b-2026-01-01"), true
		}
		events = append(events, e)
	}
	return events
}

// recount is the demand of a range by its definitions, one row at a time and
// over all events each time.
func recount(events []event, from, to time.Time, feature, source string) ([]Row, []CallerRow, Totals) {
	attempts := func(from, to time.Time) []event {
		return slices.DeleteFunc(slices.Clone(events), func(e event) bool {
			return !e.attempt() || e.at.Before(from) || !e.at.Before(to) || feature != "" && e.feature != feature || source != "" && e.source != source
		})
	}
	callers := func(list []event) map[uint64]int64 {
		m := map[uint64]int64{}
		for _, e := range list {
			if e.caller != 0 {
				m[e.caller]++
			}
		}
		return m
	}
	of := func(list []event, r rowKey) []event {
		return slices.DeleteFunc(slices.Clone(list), func(e event) bool { return e.feature != r.feature || e.from != r.from })
	}
	now, before := attempts(from, to), attempts(from.Add(from.Sub(to)), from)
	known := false
	for _, e := range events {
		known = known || e.counted() && (source == "" || e.source == source) && !e.at.Truncate(time.Minute).After(from.Add(from.Sub(to)))
	}
	if !known {
		before = nil
	}
	var keys []rowKey
	for _, e := range slices.Concat(now, before) {
		if k := (rowKey{e.feature, e.from}); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	var rows []Row
	var single []CallerRow
	for _, k := range keys {
		mine, old := of(now, k), callers(of(before, k))
		set := callers(mine)
		r := Row{Feature: k.feature, AvailableFrom: k.from, Attempts: int64(len(mine))}
		days := map[string]bool{}
		for _, e := range mine {
			days[e.at.Format(time.DateOnly)] = true
			t := e.at.Truncate(time.Microsecond)
			if r.FirstSeen == nil || t.Before(*r.FirstSeen) {
				r.FirstSeen = &t
			}
			if r.LastSeen == nil || t.After(*r.LastSeen) {
				r.LastSeen = &t
			}
			r.Reasons.add(e.reason, 1)
		}
		r.Days = int64(len(days))
		var fresh, returning, gone, top int64
		for c, n := range set {
			top = max(top, n)
			if old[c] > 0 {
				returning++
			} else {
				fresh++
			}
		}
		for c := range old {
			if set[c] == 0 {
				gone++
			}
		}
		if len(mine) == 0 && gone == 0 {
			continue
		}
		if len(mine) == 0 || len(set) > 0 {
			r.Callers, r.CallersError = new(int64(len(set))), new(0.0)
			if known {
				r.New, r.Returning, r.Gone = &fresh, &returning, &gone
			}
			if len(mine) > 0 {
				r.TopCallerShare = new(float64(top) / float64(len(mine)))
			}
		}
		rows = append(rows, r)
		if len(mine) > 0 {
			single = append(single, recountCallers(k, mine)...)
		}
	}
	slices.SortFunc(rows, func(x, y Row) int {
		return cmp.Or(cmp.Compare(y.Attempts, x.Attempts), cmp.Compare(value(y.Callers), value(x.Callers)),
			cmp.Compare(x.Feature, y.Feature), cmp.Compare(x.AvailableFrom, y.AvailableFrom))
	})
	slices.SortFunc(single, func(x, y CallerRow) int {
		return cmp.Or(cmp.Compare(y.Attempts, x.Attempts), cmp.Compare(x.Feature, y.Feature),
			cmp.Compare(x.AvailableFrom, y.AvailableFrom), cmp.Compare(x.Caller, y.Caller))
	})
	t := Totals{Attempts: new(int64(len(now))), NoFeature: new(int64(0))}
	if set := callers(now); len(now) == 0 || len(set) > 0 {
		t.Callers, t.CallersError = new(int64(len(set))), new(0.0)
	}
	for _, e := range events {
		if e.status == 501 && e.feature == "" && !e.at.Before(from) && e.at.Before(to) && (source == "" || e.source == source) {
			*t.NoFeature++
		}
	}
	return rows, single, t
}

func recountCallers(k rowKey, list []event) []CallerRow {
	var out []CallerRow
	for c := range uint64(12) {
		r := CallerRow{Feature: k.feature, AvailableFrom: k.from}
		if c != 0 {
			r.Caller = fmt.Sprintf("%016x", c)
		}
		days, reasons, clients := map[string]bool{}, map[string]int{}, map[string]int{}
		for _, e := range list {
			if e.caller != c {
				continue
			}
			t := e.at.Truncate(time.Microsecond)
			if r.Attempts == 0 || t.Before(r.FirstSeen) {
				r.FirstSeen = t
			}
			if r.Attempts == 0 || t.After(r.LastSeen) {
				r.LastSeen = t
			}
			r.Attempts++
			days[e.at.Format(time.DateOnly)] = true
			reasons[e.reason]++
			clients[e.client]++
		}
		if r.Attempts == 0 {
			continue
		}
		r.Days = int64(len(days))
		for _, v := range []string{"no_header", "other_feature", "older_value", "right_value", "unknown"} {
			if reasons[v] > reasons[r.Reason] {
				r.Reason = v
			}
		}
		best := -1
		for _, v := range []string{"", "curl", "sdk"} {
			if clients[v] > best {
				best, r.Client = clients[v], v
			}
		}
		out = append(out, r)
	}
	return out
}

// Whatever the events, the range and the filters, rows and totals are those of
// a plain recount, in whatever order the store hands them out.
func TestRecount(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 7))
		events := generate(rng)
		first := rng.IntN(16)
		from := monday.AddDate(0, 0, first)
		to := from.AddDate(0, 0, 1+rng.IntN(8))
		o := Options{Since: from, Until: to}
		source := []string{"", "", "eu"}[rng.IntN(3)]
		if source != "" {
			o.Where = []store.Filter{{Dim: "source", Value: source}}
		}
		if rng.IntN(3) == 0 {
			o.Feature = "files"
		}
		rows, single, totals := recount(events, from, to, o.Feature, source)
		r := &plain{events: events, rng: rng}
		d, err := Build(t.Context(), r, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Rows {
			d.Rows[i].Converted, d.Rows[i].Reach = nil, nil // TestSuccess is about these
		}
		if diff := gocmp.Diff(append([]Row{}, rows...), d.Rows); diff != "" {
			t.Errorf("seed %d: rows: %s", seed, diff)
		}
		if diff := gocmp.Diff(totals, d.Totals); diff != "" {
			t.Errorf("seed %d: totals: %s", seed, diff)
		}
		c, err := BuildCallers(t.Context(), r, o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Rows {
			c.Rows[i].Converted = nil
		}
		if diff := gocmp.Diff(append([]CallerRow{}, single...), c.Rows); diff != "" {
			t.Errorf("seed %d: callers: %s", seed, diff)
		}
		if diff := gocmp.Diff(totals, c.Totals); diff != "" {
			t.Errorf("seed %d: totals by caller: %s", seed, diff)
		}
		var attempts int64
		for _, r := range d.Rows {
			attempts += r.Attempts
			if s := r.Reasons; s.NoHeader+s.OtherFeature+s.OlderValue+s.RightValue+s.Unknown != r.Attempts {
				t.Errorf("seed %d: the reasons of %q do not sum to its attempts", seed, r.Feature)
			}
		}
		if attempts != *d.Totals.Attempts {
			t.Errorf("seed %d: the rows sum to %d attempts of %d", seed, attempts, *d.Totals.Attempts)
		}
	}
}

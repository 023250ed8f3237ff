package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/store"
)

// kinds are those that a listing may ask for.
func kinds() []aggregate.Kind {
	var all []aggregate.Kind
	for k := aggregate.KindRequest; k <= aggregate.KindActive; k++ {
		all = append(all, k)
	}
	return all
}

// list collects a listing by bucket and key columns.
func list(t *testing.T, s Reader, l store.Listing) map[string]store.Cell {
	t.Helper()
	out := map[string]store.Cell{}
	err := s.List(t.Context(), l, func(c store.Cell) error {
		k := key(c.Time, c.Dims)
		if _, ok := out[k]; ok {
			t.Errorf("listing %+v: cell %s comes twice", l, k)
		}
		out[k] = c
		return nil
	})
	if err != nil {
		t.Fatalf("listing %+v: %v", l, err)
	}
	// What was yielded is ours: no later cell has changed it.
	for k, c := range out {
		if k != key(c.Time, c.Dims) {
			t.Errorf("listing %+v: cell %s became %s", l, k, key(c.Time, c.Dims))
		}
	}
	return out
}

// relist makes the cells of a listing the slow way.
func relist(rows []aggregate.Row, l store.Listing) map[string]store.Cell {
	c := &recounter{q: store.Query{Since: l.Since, Until: l.Until, Step: l.Step, Where: l.Where}}
	c.setRange(l.Kind.Grain())
	out := map[string]store.Cell{}
	for i := range rows {
		r := &rows[i]
		if r.Kind != l.Kind || !c.inRange(r.Time) || !c.passes(&r.Key, func(string) bool { return true }) {
			continue
		}
		at, dims := c.bucket(r.Time), c.dims(&r.Key, l.By)
		k := key(at, dims)
		o, ok := out[k]
		if !ok {
			o = store.Cell{Time: at, Dims: dims, Text: r.Text}
		}
		o.N += r.N
		if r.First != 0 && (o.First == 0 || r.First < o.First) {
			o.First = r.First
		}
		o.Last = max(o.Last, r.Last)
		o.Text = min(o.Text, r.Text)
		out[k] = o
	}
	return out
}

func checkList(t *testing.T, s Reader, rows []aggregate.Row, l store.Listing) {
	t.Helper()
	if diff := cmp.Diff(relist(rows, l), list(t, s, l)); diff != "" {
		t.Errorf("listing %+v (-want +got):\n%s", l, diff)
	}
}

// sameListed compares the cells of every kind by all of their key columns.
func sameListed(t *testing.T, s Reader, want map[aggregate.Key]aggregate.Row) {
	t.Helper()
	var rows []aggregate.Row
	for _, r := range want {
		rows = append(rows, r)
	}
	for _, k := range kinds() {
		checkList(t, s, rows, store.Listing{Kind: k, By: k.Columns()})
		checkList(t, s, rows, store.Listing{Kind: k, By: k.Columns(), Step: 24 * time.Hour})
	}
}

// randomListing draws a listing of a kind; many have a step that is not allowed.
func randomListing(rng *rand.Rand, k aggregate.Kind, rows []aggregate.Row) store.Listing {
	l := store.Listing{Kind: k}
	var same []aggregate.Row
	for _, r := range rows {
		if r.Kind == k {
			same = append(same, r)
		}
	}
	columns := k.Columns()
	l.By = slices.Clone(columns)
	rng.Shuffle(len(l.By), func(i, j int) { l.By[i], l.By[j] = l.By[j], l.By[i] })
	if rng.IntN(3) > 0 {
		l.By = l.By[:rng.IntN(1+min(3, len(l.By)))]
	}
	for range max(0, rng.IntN(5)-2) {
		d := columns[rng.IntN(len(columns))]
		v := dimOf(&same[rng.IntN(len(same))].Key, d)
		f := store.Filter{Dim: d, Op: store.Op(rng.IntN(3)), Value: v}
		if f.Op == store.Prefix && len(v) > 1 {
			f.Value = v[:1+rng.IntN(len(v)-1)]
		}
		l.Where = append(l.Where, f)
	}
	if rng.IntN(2) == 0 {
		l.Since = time.Unix(base+int64(rng.IntN(hours*3600)), 0).UTC()
	}
	if rng.IntN(2) == 0 {
		l.Until = time.Unix(base+int64(rng.IntN(hours*3600)), int64(rng.IntN(2))*5e8).UTC()
	}
	if rng.IntN(2) == 0 {
		l.Step = []time.Duration{
			time.Minute, 10 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 168 * time.Hour,
		}[rng.IntN(7)]
	}
	return l
}

func (a answers) randomListings(t *testing.T) {
	s, rows := a.filled(t, 500)
	rng := rand.New(rand.NewPCG(21, 22))
	refused := 0
	for _, k := range kinds() {
		asked := 0
		for asked < 20 && !t.Failed() {
			l := randomListing(rng, k, rows)
			step := int64(l.Step / time.Second)
			if step%k.Grain() != 0 || !l.Since.IsZero() && !l.Until.IsZero() && l.Since.After(l.Until) {
				refused++
				var usage *store.UsageError
				if err := s.List(t.Context(), l, nil); !asUsage(err, &usage) {
					t.Errorf("listing %+v: error %v is no usage error", l, err)
				}
				continue
			}
			asked++
			checkList(t, s, rows, l)
		}
	}
	if refused == 0 {
		t.Error("no listing was refused")
	}
}

// listings: what is easily got wrong, by hand.
func (a answers) listings(t *testing.T) {
	s := a.open(t)
	day := int64(base)
	demand := func(at int64, caller uint64, n, first, last int64, text string) aggregate.Row {
		return aggregate.Row{
			Key: aggregate.Key{
				Kind: aggregate.KindDemand, Time: at, Source: "s", Feature: "batch", AvailableFrom: "batch-2026-01-01",
				Reason: "no_header", Caller: caller,
			},
			N: n, First: first, Last: last, Text: text,
		}
	}
	const high = 1<<63 - 1
	rows := []aggregate.Row{
		demand(0, 7, 1, 0, 0, "\x01"), // the clamp day
		demand(day, 0, 2, day*1e6+5, day*1e6+6, ""),
		demand(day, 0x2a, 3, day*1e6+9, day*1e6+10, "b"),
		demand(day, high, 1, day*1e6+1, day*1e6+1, "ä"),
		demand(day+86400, high, 4, (day+86400)*1e6, (day+86400)*1e6+3, "z"),
		demand(day+86400, 0x2a, 0, 0, 0, "c"), // a first of 0 says nothing
		{
			Key:  aggregate.Key{Kind: aggregate.KindSample, Time: day + 600, Source: "s", Status: 500, Pos: 2},
			Text: "00 {}",
		},
	}
	write(t, s, batch("l", 0, rows))
	by := []string{"caller", "feature"}
	for _, c := range []struct {
		name string
		l    store.Listing
		want []store.Cell
	}{
		{
			"the whole range",
			store.Listing{Kind: aggregate.KindDemand, By: by},
			[]store.Cell{
				{Dims: []string{"", "batch"}, N: 2, First: day*1e6 + 5, Last: day*1e6 + 6},
				{Dims: []string{"000000000000002a", "batch"}, N: 3, First: day*1e6 + 9, Last: day*1e6 + 10, Text: "b"},
				{Dims: []string{"7fffffffffffffff", "batch"}, N: 5, First: day*1e6 + 1, Last: (day+86400)*1e6 + 3, Text: "z"},
			},
		},
		{
			"by day",
			store.Listing{
				Kind: aggregate.KindDemand, By: by[:1], Step: 24 * time.Hour,
				Where: []store.Filter{{Dim: "caller", Value: "7fffffffffffffff"}},
			},
			[]store.Cell{
				{Time: day, Dims: []string{"7fffffffffffffff"}, N: 1, First: day*1e6 + 1, Last: day*1e6 + 1, Text: "ä"},
				{Time: day + 86400, Dims: []string{"7fffffffffffffff"}, N: 4, First: (day + 86400) * 1e6, Last: (day+86400)*1e6 + 3, Text: "z"},
			},
		},
		{
			"widened to the day",
			store.Listing{
				Kind: aggregate.KindDemand, Since: time.Unix(day+50, 0), Until: time.Unix(day+51, 0),
				Where: []store.Filter{{Dim: "caller", Op: store.Ne, Value: ""}, {Dim: "caller", Op: store.Prefix, Value: "0000"}},
			},
			[]store.Cell{{Dims: []string{}, N: 3, First: day*1e6 + 9, Last: day*1e6 + 10, Text: "b"}},
		},
		{
			"no columns at all",
			store.Listing{Kind: aggregate.KindDemand, Step: 168 * time.Hour},
			[]store.Cell{{Time: day, Dims: []string{}, N: 10, First: day*1e6 + 1, Last: (day+86400)*1e6 + 3}},
		},
		{
			"a kind without a count",
			store.Listing{Kind: aggregate.KindSample, By: []string{"pos", "status"}, Where: []store.Filter{{Dim: "pos", Value: "2"}}},
			[]store.Cell{{Dims: []string{"2", "500"}, Text: "00 {}"}},
		},
		{"an empty range", store.Listing{Kind: aggregate.KindDemand, Since: time.Unix(day, 0), Until: time.Unix(day, 0)}, nil},
		{"the clamp day", store.Listing{Kind: aggregate.KindDemand, Until: time.Unix(86400, 0)}, nil},
		{"nothing passes", store.Listing{Kind: aggregate.KindDemand, Where: []store.Filter{{Dim: "caller", Value: "2a"}}}, nil},
		{"nothing is there", store.Listing{Kind: aggregate.KindAdopt}, nil},
	} {
		want := map[string]store.Cell{}
		for _, x := range c.want {
			want[key(x.Time, x.Dims)] = x
		}
		if diff := cmp.Diff(want, list(t, s, c.l)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	// The one who is told may have had enough.
	calls := 0
	enough := errors.New("enough")
	err := s.List(t.Context(), store.Listing{Kind: aggregate.KindDemand, By: by}, func(store.Cell) error {
		calls++
		return enough
	})
	if !errors.Is(err, enough) || calls != 1 {
		t.Errorf("a listing that is broken off: %d calls, error %v", calls, err)
	}
}

// badListings: what cannot be listed is said with what can.
func (a answers) badListings(t *testing.T) {
	s := a.open(t)
	for _, c := range []struct {
		name string
		l    store.Listing
		want []string
	}{
		{"no kind", store.Listing{}, []string{"kind 0 cannot be listed"}},
		{"marks", store.Listing{Kind: aggregate.KindWatermark}, []string{"cannot be listed"}},
		{"ledger", store.Listing{Kind: aggregate.KindLedger}, []string{"cannot be listed"}},
		{"no such kind", store.Listing{Kind: 200}, []string{"kind 200 cannot be listed"}},
		{
			"typo",
			store.Listing{Kind: aggregate.KindDemand, By: []string{"calller"}},
			[]string{`unknown key column of demand "calller"`, `did you mean "caller"?`, "available_from"},
		},
		{
			"of another kind",
			store.Listing{Kind: aggregate.KindRead, By: []string{"route"}},
			[]string{`unknown key column of read "route"`, "source, reason"},
		},
		{"filter", store.Listing{Kind: aggregate.KindRead, Where: []store.Filter{{Dim: "caller"}}}, []string{`"caller"`, "source, reason"}},
		{"twice", store.Listing{Kind: aggregate.KindRead, By: []string{"source", "source"}}, []string{"twice"}},
		{"operator", store.Listing{Kind: aggregate.KindRead, Where: []store.Filter{{Dim: "source", Op: 9}}}, []string{"operator"}},
		{"fine step", store.Listing{Kind: aggregate.KindDemand, Step: time.Hour}, []string{"step of 1h is finer", "kind demand", "ask for 1d or more"}},
		{"off the grain", store.Listing{Kind: aggregate.KindSample, Step: 15 * time.Minute}, []string{"step of 15m", "multiple of 10m"}},
		{"odd step", store.Listing{Kind: aggregate.KindError, Step: 7 * time.Minute}, []string{"does not divide a day"}},
		{"negative step", store.Listing{Kind: aggregate.KindError, Step: -time.Minute}, []string{"must be positive"}},
		{
			"backwards",
			store.Listing{Kind: aggregate.KindError, Since: time.Unix(base+1, 0), Until: time.Unix(base, 0)},
			[]string{"before it begins"},
		},
	} {
		err := s.List(t.Context(), c.l, func(store.Cell) error { t.Errorf("%s: a cell comes", c.name); return nil })
		var usage *store.UsageError
		if !asUsage(err, &usage) {
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

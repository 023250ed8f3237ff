package oracle

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Two UTC days of attempts, and one day before them.
func attempts() log {
	undated := `{"type":"feature_not_available","message":"off","feature":"g"}`
	nameless := `{"type":"feature_not_available","message":"off"}`
	return log{source: "s", feed: "both", lines: []said{
		{at: day - 86400 + 10, status: 501, who: "a", env: feature},
		{at: day - 86400 + 11, status: 501, who: "z", env: feature, beta: "f-2026-01-02"},
		{at: day - 86400 + 12, status: 501, who: "y", env: `{"type":"t","message":"m","feature":"h"}`},
		{at: day + 100, status: 501, who: "a", env: feature},
		{at: day + 200, status: 501, who: "a", env: feature, beta: "f-2025-01-01"},
		{at: day + 300, status: 501, who: "b", env: feature, beta: "x-2025-01-01"},
		{at: day + 400, status: 501, who: "", env: feature},
		{at: day + 500, status: 501, who: "b", env: undated, beta: "x"},
		{at: day + 600, status: 501, who: "b", env: nameless},
		{at: day + 700, status: 400, who: "b", env: feature}, // no attempt
		{at: day + 800, status: 200, who: "b"},
		{at: day + 86400, status: 501, who: "a", env: feature},
		{at: day + 250, status: 200, who: "b", beta: "f-2026-01-02"}, // before b asked
		{at: day + 900, status: 200, who: "a", beta: "x, f-2026-01-02"},
		{at: day + 901, status: 404, who: "b", beta: "f-2026-01-02"}, // no success
	}}
}

func TestDemandByHand(t *testing.T) {
	c := recounted(t, attempts())
	at := func(s int64) *time.Time { return new(time.Unix(s, 0).UTC()) }
	n := func(v int64) *int64 { return &v }
	exact := new(0.0)
	one := DemandRow{
		Feature: "f", AvailableFrom: "f-2026-01-02", Attempts: 4, Callers: n(2), CallersError: exact, Days: 1, FirstSeen: at(day + 100), LastSeen: at(day + 400),
		New: n(1), Returning: n(1), Gone: n(1), TopCallerShare: new(0.5), Reasons: Reasons{NoHeader: 2, OlderValue: 1, OtherFeature: 1},
		Converted: n(1), Reach: new(1.0),
	}
	other := DemandRow{
		Feature: "g", Attempts: 1, Callers: n(1), CallersError: exact, Days: 1, FirstSeen: at(day + 500), LastSeen: at(day + 500),
		New: n(1), Returning: n(0), Gone: n(0), TopCallerShare: new(1.0), Reasons: Reasons{Unknown: 1},
		Reach: new(0.5),
	}
	left := DemandRow{Feature: "h", Callers: n(0), CallersError: exact, New: n(0), Returning: n(0), Gone: n(1), Reach: new(0.0)}
	unknown := func(r DemandRow) DemandRow { r.New, r.Returning, r.Gone = nil, nil, nil; return r }
	whole := unknown(one)
	whole.Attempts, whole.Days, whole.LastSeen, whole.Reasons.NoHeader, whole.TopCallerShare = 5, 2, at(day+86400), 3, new(0.6)
	totals := DemandTotals{Attempts: n(5), Callers: n(2), CallersError: exact, NoFeature: n(1)}
	more := totals
	more.Attempts = n(6)
	for what, test := range map[string]struct {
		q    DemandQuestion
		want Demand
	}{
		"a day":                         {DemandQuestion{From: day, To: day + 86400}, Demand{[]DemandRow{one, other, left}, totals}},
		"a minute, widened to its day":  {DemandQuestion{From: day + 60, To: day + 120}, Demand{[]DemandRow{one, other, left}, totals}},
		"two days, less than that held": {DemandQuestion{From: day, To: day + 2*86400}, Demand{[]DemandRow{whole, unknown(other)}, more}},
		"one feature":                   {DemandQuestion{From: day, To: day + 86400, Feature: "g"}, Demand{[]DemandRow{other}, DemandTotals{n(1), n(1), exact, n(1)}}},
		"no such source": {
			DemandQuestion{From: day, To: day + 86400, Where: []Filter{{"source", "=", "x"}}},
			Demand{[]DemandRow{}, DemandTotals{n(0), n(0), exact, n(0)}},
		},
	} {
		if d := cmp.Diff(test.want, c.Demand(test.q)); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}
}

func TestDemandByCallerByHand(t *testing.T) {
	got := recounted(t, attempts()).DemandByCaller(DemandQuestion{From: day, To: day + 2*86400})
	hash := func(who string) string { return hexText(sipHash(fixedKey, []byte(who)) &^ (1 << 63)) }
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	const f = "f-2026-01-02"
	row := func(feature, from, caller string, n, days, first, last int64, reason string) CallerRow {
		r := CallerRow{feature, from, caller, n, days, at(day + first), at(day + last), reason, "curl", nil}
		if from != "" && caller != "" {
			r.Converted = new(feature == "f" && caller == hash("a"))
		}
		return r
	}
	want := []CallerRow{row("f", f, hash("a"), 3, 2, 100, 86400, "no_header")}
	// Equal attempts: by feature, available_from, caller.
	want = append(want, row("f", f, "", 1, 1, 400, 400, "no_header"), row("f", f, hash("b"), 1, 1, 300, 300, "other_feature"), row("g", "", hash("b"), 1, 1, 500, 500, "unknown"))
	if d := cmp.Diff(want, got.Rows); d != "" {
		t.Error(d)
	}
	if *got.Totals.Attempts != 6 || *got.Totals.NoFeature != 1 {
		t.Errorf("%+v", got.Totals)
	}
	if one := recounted(t, attempts()).DemandByCaller(DemandQuestion{Feature: "g"}); len(one.Rows) != 1 {
		t.Errorf("%+v", one)
	}
}

// Reasons and clients of one caller that are as many: the first in the order
// of reasons, the smaller client.
func TestTiesOfACaller(t *testing.T) {
	l := log{source: "s", feed: "response", lines: []said{
		{at: day, status: 501, who: "a", env: feature, beta: "f-2026-01-02"},
		{at: day, status: 501, who: "a", env: feature, beta: "f-2025-01-02"},
	}}
	if r := recounted(t, l).DemandByCaller(DemandQuestion{}).Rows; len(r) != 1 || r[0].Reason != "older_value" || r[0].Attempts != 2 {
		t.Errorf("%+v", r)
	}
	a := asked{}
	for _, client := range []string{"b", "a", ""} {
		a.add(Row{Key{Client: client, Caller: 1, Reason: "unknown"}, Cell{N: 1}})
	}
	if a.n != 3 || len(a.callers) != 1 || mostCommon(a.clients) != "" {
		t.Errorf("%+v: %q", a, mostCommon(a.clients))
	}
}

// An access log shows 501 and not what for; without any 501 there was no attempt.
func TestDemandOfAnAccessLog(t *testing.T) {
	with := recounted(t, log{source: "s", feed: "access", lines: []said{{at: day, status: 501, who: "a"}}})
	if d := with.Demand(DemandQuestion{}); len(d.Rows) != 0 || d.Totals != (DemandTotals{}) {
		t.Errorf("%+v", d)
	}
	without := recounted(t, log{source: "s", feed: "access", lines: []said{{at: day, status: 200, who: "a"}}})
	if d := without.Demand(DemandQuestion{}); len(d.Rows) != 0 || *d.Totals.Attempts != 0 || *d.Totals.NoFeature != 0 {
		t.Errorf("%+v", d)
	}
	// Attempts of which none names its caller.
	nobody := recounted(t, log{source: "s", feed: "both", lines: []said{{at: day, status: 501, env: feature}}}).Demand(DemandQuestion{})
	if r := nobody.Rows[0]; r.Callers != nil || r.TopCallerShare != nil || nobody.Totals.Callers != nil {
		t.Errorf("%+v", nobody)
	}
}

package render

import (
	"math"
	"testing"
	"time"

	"errata/internal/cli/out"
	"errata/internal/report"
)

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{num(1234567), "1,234,567"},
		{numOr(nil), "-"},
		{numOr(new(int64(0))), "0"},
		{estimate(nil, nil), "-"},
		{estimate(new(int64(255)), new(0.0)), "255"},
		{estimate(new(int64(255)), nil), "255"},
		{estimate(new(int64(1234)), new(77.01)), "~1,234 ± 78"},
		{estimate(new(int64(1234)), new(0.2)), "~1,234 ± 1"},
		{signed(5), "+5"},
		{signed(-5000), "-5,000"},
		{signed(0), "0"},
		{changed(nil, new(int64(1))), "-"},
		{changed(new(int64(5)), nil), "+5"},
		{changed(new(int64(5)), new(int64(0))), "+5"},
		{changed(new(int64(5)), new(int64(100))), "+5 (+5.0 %)"},
		{changed(new(int64(-51)), new(int64(100))), "-51 (-51.0 %)"},
		{changed(new(int64(0)), new(int64(100))), "0 (0.0 %)"},
		{changed(new(int64(1)), new(int64(100000))), "+1 (<0.1 %)"},
		{percent(0), "0.00 %"},
		{percent(1), "100.00 %"},
		{percent(0.1234), "12.34 %"},
		{percent(0.000001), "<0.01 %"},
		{percent(0.999999), ">99.99 %"},
		{percent(1.5), "150.00 %"},
		{percent(math.NaN()), "-"},
		{percentOr(nil), "-"},
		{atLeast(nil), "-"},
		{atLeast(new(0.254)), "≥ 25 %"},
		{ms(0), "0 ms"},
		{ms(0.0125), "0.013 ms"},
		{ms(7.219), "7.22 ms"},
		{ms(-7.219), "-7.22 ms"},
		{ms(77.8), "77.8 ms"},
		{ms(16253.4), "16,253 ms"},
		{msOr(nil), "-"},
		{pointsOr(nil), "-"},
		{pointsOr(new(0.0123)), "+1.23 points"},
		{pointsOr(new(-0.0123)), "-1.23 points"},
		{probability(0.5), "0.50"},
		{probability(0.049), "0.049"},
		{probability(0.0013), "0.0013"},
		{probability(0.000012), "0.000012"},
		{probability(1.5e-9), "<0.000001"},
		{probability(0), "0.00"},
		{factor(nil), "-"},
		{factor(new(1.234)), "×1.23"},
		{factor(new(12.34)), "×12.3"},
		{factor(new(1234.0)), "×1,234"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"abc", 3, "abc"}, {"abcd", 3, "ab…"}, {"日本語", 6, "日本語"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}, {"", 3, ""},
	} {
		if got := clip(c.in, c.n); got != c.want || out.Width(got) > c.n {
			t.Errorf("%q at %d: got %q", c.in, c.n, got)
		}
	}
}

func TestSpan(t *testing.T) {
	day := time.Date(2026, 11, 9, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		r    report.Range
		want string
	}{
		{report.Range{From: day, To: day.AddDate(0, 0, 7), Week: "2026-W46"}, "2026-W46, Mon 2026-11-09 to Sun 2026-11-15"},
		{report.Range{From: day, To: day.AddDate(0, 0, 1)}, "Mon 2026-11-09 to Mon 2026-11-09"},
		{report.Range{From: day.Add(time.Hour), To: day.Add(90*time.Minute + time.Second)}, "2026-11-09 01:00 to 2026-11-09 01:30:01"},
		{report.Range{From: day, To: day}, "2026-11-09 00:00 to 2026-11-09 00:00"}, // empty
		{report.Range{}, "- to -"},
	} {
		if got := span(c.r); got != c.want {
			t.Errorf("got %s, want %s", got, c.want)
		}
	}
}

// A total that is unknown says why, and what is compared with nothing has no change.
func TestFigures(t *testing.T) {
	r := nothingHeld()
	for _, f := range figures(r) {
		known := f.key == "entries" || f.key == "errors" || f.key == "dead_letters"
		if (f.now == unknown) == known || (f.now == unknown) != (len(f.note) > 9 && f.note[:9] == "not known") {
			t.Errorf("%s: %s, %q", f.key, f.now, f.note)
		}
		if f.previous != unknown || f.change != unknown {
			t.Errorf("%s: %s and %s where nothing is compared", f.key, f.previous, f.change)
		}
	}
	r = fixture(inTurn(plainTexts))
	trends := map[string]style{"entries": plain, "requests": plain, "errors": good, "ratio": bad, "callers": bad, "dead_letters": bad, "p95": bad}
	for _, f := range figures(r) {
		if want, ok := trends[f.key]; ok && f.trend() != want {
			t.Errorf("%s: %s is %v", f.key, f.change, f.trend())
		}
	}
}

// Counts by status ascend, those by type descend; what was only then is 0 now.
func TestCounted(t *testing.T) {
	r := nothingHeld()
	r.ByStatus, r.ByType = map[string]int64{"404": 1, "1000": 2, "99": 3}, map[string]int64{"a": 1, "b": 9, "c": 9}
	if rows := statusRows(r); rows[0].key != "99" || rows[1].key != "404" || rows[2].key != "1000" || rows[0].change != nil {
		t.Errorf("got %+v", rows)
	}
	r.Previous = &report.Compared{Numbers: report.Numbers{ByType: map[string]int64{"a": 4, "gone": 2}}}
	r.Change = &report.Numbers{ByType: map[string]int64{"a": -3, "b": 9, "c": 9, "gone": -2}}
	var got string
	for _, x := range typeRows(r) {
		got += x.key + " " + num(x.now) + " " + numOr(x.previous) + " " + numOr(x.change) + "|"
	}
	if want := "b 9 0 9|c 9 0 9|a 1 4 -3|gone 0 2 -2|"; got != want {
		t.Errorf("got %s", got)
	}
}

package render

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"errata/internal/report"
)

// full is a report with every list as long as it can be, of texts that need
// most bytes.
func full(rows int, text func() string) *report.Report {
	r := fixture(text)
	r.Method.Top = 0
	fill := func(n int) []int { return make([]int, n) }
	for range fill(rows) {
		r.New, r.Gone, r.Movers = append(r.New, r.New[0]), append(r.Gone, r.Gone[0]), append(r.Movers, r.Movers[0])
		r.Top, r.Mistakes, r.Findings = append(r.Top, r.Top[0]), append(r.Mistakes, r.Mistakes[0]), append(r.Findings, r.Findings[0])
		r.Demand.Rows = append(r.Demand.Rows, r.Demand.Rows[0])
		r.Coverage.Read, r.Coverage.Inputs = append(r.Coverage.Read, r.Coverage.Read[0]), append(r.Coverage.Inputs, r.Coverage.Inputs[0])
		r.Coverage.NotRead, r.Coverage.Silent = append(r.Coverage.NotRead, r.Coverage.NotRead[0]), append(r.Coverage.Silent, r.Coverage.Silent[0])
		r.Sources, r.Filters, r.Verdict = append(r.Sources, text()), append(r.Filters, text()), append(r.Verdict, text())
		r.Notes, r.Demand.Notes = append(r.Notes, text()), append(r.Demand.Notes, text())
		r.Method.Caps = append(r.Method.Caps, report.CapHit{Setting: text(), Share: 0.5})
		r.Method.Widened, r.Method.Sentences = append(r.Method.Widened, text()), append(r.Method.Sentences, text())
	}
	for i := range min(rows, 500) {
		k := strconv.Itoa(i) + text()
		r.ByType[k], r.Previous.ByType[k], r.Change.ByType[k] = 1, 2, -1
		r.ByStatus[k], r.Previous.ByStatus[k], r.Change.ByStatus[k] = 1, 2, -1
	}
	return r
}

// TestHTMLSize: the page stays under 300 KB, whatever the report holds, and
// says what it left out.
func TestHTMLSize(t *testing.T) {
	const most = 300_000
	worst := strings.Repeat("'\"<>&\U0010FFFF\u202e\x00", 400)
	days := fixture(inTurn(plainTexts))
	days.Timeline.Step = "1d"
	hours := fixture(inTurn(plainTexts))
	days.Timeline.Points, hours.Timeline.Points = nil, nil
	for i := range 366 * 30 {
		pt := report.Point{Time: days.Range.From.AddDate(0, 0, i), Errors: int64(i) * 1e12, Previous: new(int64(i) * 1e11), Silent: i%2 == 0}
		days.Timeline.Points = append(days.Timeline.Points, pt)
		if i < 62*24 {
			pt.Time = hours.Range.From.Add(time.Duration(i) * time.Hour)
			hours.Timeline.Points = append(hours.Timeline.Points, pt)
		}
	}
	year := fixture(inTurn(plainTexts))
	year.Timeline = report.Timeline{Step: "1d", Points: days.Timeline.Points[:366]}
	all := full(1_000, func() string { return worst })
	all.Timeline = hours.Timeline
	for name, r := range map[string]*report.Report{
		"rows": full(1_000, inTurn(plainTexts)), "hostile rows": full(1_000, func() string { return worst }), "hostile rows and hours": all,
		"thirty years of days": days, "two months of hours": hours, "a year of days": year, "a usual week": week(),
	} {
		b := htmlOf(t, r)
		t.Logf("%s: %d bytes", name, len(b))
		if len(b) > most {
			t.Errorf("%s: %d bytes, more than %d", name, len(b), most)
		}
		readPage(t, b)
	}
	for key, text := range sectionTexts(t, full(1_000, inTurn(plainTexts))) {
		if !slices.Contains([]string{secVerdict, secTimeline, secMethod}, key) && !strings.Contains(text, "the page ends the list here to stay small: errata report -o json") {
			t.Errorf("%s was cut and does not say so: %.300s", key, text)
		}
	}
	// Twenty rows in each list, the usual --top: what people mail to each other.
	usual := week()
	for len(usual.Top) < 20 {
		usual.Top = append(usual.Top, usual.Top...)[:min(20, 2*len(usual.Top))]
		usual.New, usual.Gone = append(usual.New, usual.New...), append(usual.Gone, usual.Gone...)
		usual.Mistakes, usual.Movers = append(usual.Mistakes, usual.Mistakes...), append(usual.Movers, usual.Movers...)
	}
	b := htmlOf(t, usual)
	t.Logf("usual lists: %d bytes", len(b))
	if len(b) > 200_000 {
		t.Errorf("a usual report has %d bytes", len(b))
	}
}

func FuzzHTML(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, int64(1), 0.5)
	}
	base := readPage(f, htmlOf(f, fixture(inTurn(plainTexts))))
	names := map[string]bool{}
	for _, e := range base.find("") {
		names[e.name] = true
		for a := range e.attrs {
			names[e.name+" "+a] = true
		}
	}
	f.Fuzz(func(t *testing.T, text string, n int64, x float64) {
		r := fixture(func() string { return text })
		r.Totals.Errors, r.Totals.Ratio, r.Totals.P95, r.Change.Totals.Errors = n, &x, &x, n
		r.Timeline.Points = r.Timeline.Points[:12] // more of the same is only slower
		r.Timeline.Points[3].Errors, r.Timeline.Points[2].Previous, r.Top[0].Days = n, &n, []int64{n, 1}
		r.Demand.Rows[0].Reasons.NoHeader, r.Movers[0].P, r.Movers[0].Factor = n, x, &x
		r.Range.Week, r.Zone, r.Version, r.Now = text, text, text, text
		b := htmlOf(t, r)
		for _, c := range string(b) {
			if c != '\n' && !unicode.IsPrint(c) {
				t.Fatalf("the page holds %U", c)
			}
		}
		for _, e := range readPage(t, b).find("") {
			if !names[e.name] {
				t.Errorf("<%s>", e.name)
			}
			for a := range maps.Keys(e.attrs) {
				if !names[e.name+" "+a] {
					t.Errorf("<%s %s>", e.name, a)
				}
			}
		}
	})
}

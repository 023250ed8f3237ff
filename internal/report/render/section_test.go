package render

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/internal/report"
)

// One entry is, several are.
func TestCoverageNotesAgree(t *testing.T) {
	for _, c := range []struct {
		n    int64
		want []string
	}{
		{0, nil},
		{1, []string{"1 entry has a time that cannot be right and is in no range.", "1 dead letter has no time and is in no range."}},
		{2, []string{"2 entries have a time that cannot be right and are in no range.", "2 dead letters have no time and are in no range."}},
	} {
		got := coverageNotes(&report.Report{Coverage: report.Coverage{Clamped: c.n, Undated: c.n}})
		if !slices.Equal(got, c.want) {
			t.Errorf("%d: %q", c.n, got)
		}
	}
}

// What is new is known where the compared range alone is not held whole.
func TestWhatIsNewIsKnown(t *testing.T) {
	at := time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		days int
		want string
	}{
		{15, "None: every error of the range was seen before."},
		{14, "None: every error of the range was seen before."},
		{13, "Not known: why not."},
	} {
		from := at.AddDate(0, 0, -c.days)
		r := &report.Report{Range: report.Range{From: at}, History: report.History{From: &from, Reason: "why not"}, Method: report.Method{NewAfterDays: 14}}
		if got := empty(r, secNew); got != c.want {
			t.Errorf("%d days before: %q", c.days, got)
		}
		r.New = []report.Signal{{}}
		if got, want := caution(r, secNew) != "", c.days < 14; got != want {
			t.Errorf("%d days before: caution %q", c.days, caution(r, secNew))
		}
	}
}

// A time line over decades has steps of seven days in every format.
func TestWeeksOfATimeLine(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	r.Timeline = report.Timeline{Step: "7d"}
	for i := range 5000 {
		r.Timeline.Points = append(r.Timeline.Points, report.Point{Time: r.Range.From.AddDate(0, 0, 7*(i-5000)), Errors: int64(i)})
	}
	var page bytes.Buffer
	if err := HTML(&page, r); err != nil {
		t.Fatal(err)
	}
	for want, s := range map[string]string{
		"Errors by seven days, each under its first day.": rendered(t, "txt", r),
		"The latest 62 weeks; and 4,938 more":             rendered(t, "md", r),
		"Errors by seven days, the highest of each":       page.String(),
	} {
		if !strings.Contains(s, want) || strings.Contains(s, "Errors by hour") {
			t.Errorf("no report says %q: %.3000s", want, s)
		}
	}
}

// Members of the JSON form are there also where there is nothing to say.
func TestReasonsAreAlwaysThere(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	r.Coverage.Reason, r.History.Reason = "", ""
	if json := rendered(t, "json", r); strings.Count(json, `"reason":""`) != 2 {
		t.Errorf("no empty reasons: %.600s", json)
	}
}

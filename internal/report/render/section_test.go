package render

import (
	"slices"
	"strings"
	"testing"

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

// Members of the JSON form are there also where there is nothing to say.
func TestReasonsAreAlwaysThere(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	r.Coverage.Reason, r.History.Reason = "", ""
	if json := rendered(t, "json", r); strings.Count(json, `"reason":""`) != 2 {
		t.Errorf("no empty reasons: %.600s", json)
	}
}

package render

import (
	"strings"
	"testing"
	"time"

	"errata/internal/report"
)

func hours(from time.Time, n int, errors func(i int) int64) *report.Report {
	r := nothingHeld()
	r.Timeline.Step = "1h"
	for i := range n {
		r.Timeline.Points = append(r.Timeline.Points, report.Point{Time: from.Add(time.Duration(i) * time.Hour), Errors: errors(i)})
	}
	return r
}

// Where clocks are set back two hours are one cell; where they are put forward
// one is blank.
func TestHeatClockChanges(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	one := func(int) int64 { return 1 }
	h := heatOf(hours(time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), 25, one))
	if len(h.rows) != 1 || h.rows[0].errors != 25 || h.rows[0].cells[2].errors != 2 || h.rows[0].cells[3].errors != 1 {
		t.Errorf("25 hours: %+v", h.rows)
	}
	h = heatOf(hours(time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), 23, one))
	if len(h.rows) != 1 || h.rows[0].errors != 23 || h.rows[0].cells[2].inside || h.rows[0].cells[2].held {
		t.Errorf("23 hours: %+v", h.rows)
	}
}

// Days stand in weeks; a range that begins amid one leaves the days before blank.
func TestHeatDays(t *testing.T) {
	r := nothingHeld()
	r.Timeline.Step = "1d"
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) // a Thursday
	for i := range 500 {
		r.Timeline.Points = append(r.Timeline.Points, report.Point{Time: from.AddDate(0, 0, i), Errors: int64(i), Silent: i == 4})
	}
	h := heatOf(r)
	if len(h.rows) != 72 || h.rows[0].name != "2025-12-29" || h.rows[0].cells[2].inside || h.rows[0].cells[3].errors != 0 || h.rows[0].cells[4].errors != 1 || h.rows[1].cells[0].held {
		t.Errorf("%d rows, %+v", len(h.rows), h.rows[0])
	}
	text := textOf(t, r, Options{})
	if !strings.Contains(text, "The latest 63 weeks; and 9 more: -o json has all.") || strings.Contains(text, "\n2025-12-29") || !strings.Contains(text, "Mon  Tue") {
		t.Errorf("the grid is not bounded: %s", text)
	}
	if md := rendered(t, "md", r); !strings.Contains(md, "The latest 62 days; and 438 more: -o json has all.") || strings.Contains(md, "by hour") {
		t.Errorf("the table of days is not bounded: %s", md)
	}
}

// Silence and what is outside of the range are blank, nothing but no errors is a dot.
func TestHeatShades(t *testing.T) {
	r := hours(time.Date(2026, 11, 9, 3, 0, 0, 0, time.UTC), 40, func(i int) int64 { return int64(i * 10) })
	r.Timeline.Points[5].Silent = true
	text := textOf(t, r, Options{})
	i := strings.Index(text, "Mon 2026-11-09")
	line, _, _ := strings.Cut(text[i:], "\n")
	cells := []rune(line)[len("Mon 2026-11-09  "):]
	for hour, want := range map[int]string{0: " ", 2: " ", 3: "·", 4: "░", 8: " ", 23: "░"} {
		if got := string(cells[3*hour]); got != want {
			t.Errorf("%02d: %q, want %q in %s", hour, got, want, line)
		}
	}
	if !strings.Contains(text, "Errors: · none, ░ 1-200, ▒ 201-350, ▓ 351-350") && !strings.Contains(text, "█ 351-390") {
		t.Errorf("legend: %s", text)
	}
}

// The levels show both the rhythm and one large incident, and hold for few counts.
func TestBounds(t *testing.T) {
	rows := func(counts ...int64) []heatRow {
		var r heatRow
		for _, n := range counts {
			r.cells = append(r.cells, heatCell{errors: n})
		}
		return []heatRow{r}
	}
	for _, c := range []struct {
		rows []heatRow
		want [heatLevels]int64
	}{
		{rows(), [4]int64{}},
		{rows(0, 0), [4]int64{}},
		{rows(0, 7), [4]int64{7, 7, 7, 7}},
		{rows(1, 2, 3, 4, 5, 6, 7, 8, 9, 500), [4]int64{5, 9, 250, 500}},
	} {
		if got := bounds(c.rows); got != c.want {
			t.Errorf("got %v, want %v", got, c.want)
		}
	}
	h := heat{bounds: [4]int64{5, 9, 250, 500}}
	for n, want := range map[int64]int{-1: 0, 0: 0, 1: 1, 5: 1, 6: 2, 9: 2, 250: 3, 251: 4, 500: 4, 501: 4} {
		if got := h.level(n); got != want {
			t.Errorf("%d is level %d, want %d", n, got, want)
		}
	}
}

func TestSpark(t *testing.T) {
	for _, c := range []struct {
		in   []int64
		want string
	}{
		{nil, ""}, {[]int64{0, 0}, "··"}, {[]int64{1, 0, 1000}, "▁·█"}, {[]int64{1, 2, 3, 4, 5, 6, 7, 8}, "▁▂▃▄▅▆▇█"}, {[]int64{-3, 1}, "·█"},
	} {
		if got := spark(c.in); got != c.want {
			t.Errorf("%v: got %s, want %s", c.in, got, c.want)
		}
	}
}

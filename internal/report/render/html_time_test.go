package render

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/internal/report"
	"errata/internal/svg"
)

func TestScale(t *testing.T) {
	many := func(n, of int64) (list []int64) {
		for range n {
			list = append(list, of)
		}
		return list
	}
	join := func(lists ...[]int64) (all []int64) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	for _, c := range []struct {
		name   string
		counts []int64
		want   string // shades with their numbers
	}{
		{"nothing", nil, "h0 0"},
		{"zeros", many(5, 0), "h0 0"},
		{"one error", join(many(50, 0), []int64{1}), "h0 0, h7 1"},
		{"few values", join(many(50, 1), many(50, 3)), "h0 0, h3 1, h5 2, h7 3"},
		{"no outlier", join(many(50, 0), many(50, 70)), "h0 0, h1 1–10, h2 11–20, h3 21–30, h4 31–40, h5 41–50, h6 51–60, h7 61–70"},
		{"one bad hour", join(many(90, 10), many(77, 120), []int64{14_360}), "h0 0, h1 1–20, h2 21–40, h3 41–60, h4 61–80, h5 81–100, h6 101–120, h7 121–14,360"},
		{"large numbers", many(3, 7e18), "h0 0, h1 1–1,000,000,000,000,000,000, h2 1,000,000,000,000,000,001–2,000,000,000,000,000,000, h3 2,000,000,000,000,000,001–3,000,000,000,000,000,000, h4 3,000,000,000,000,000,001–4,000,000,000,000,000,000, h5 4,000,000,000,000,000,001–5,000,000,000,000,000,000, h6 5,000,000,000,000,000,001–6,000,000,000,000,000,000, h7 6,000,000,000,000,000,001–7,000,000,000,000,000,000"},
	} {
		s := newScale(c.counts)
		var got []string
		for _, v := range s.views() {
			got = append(got, v.Class+" "+v.Text)
		}
		if g := strings.Join(got, ", "); g != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, g, c.want)
		}
		for _, n := range c.counts { // each number has a shade that is named
			found := false
			for _, v := range s.views() {
				found = found || v.Class == s.class(n)
			}
			if !found {
				t.Errorf("%s: %d has the shade %s, which is not named", c.name, n, s.class(n))
			}
		}
	}
}

func TestCompact(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 5: "5", 500: "500", 1000: "1k", 1500: "1.5k", 20_000: "20k", 250_000: "250k", 2_500_000: "2.5M", 3e9: "3G", 4e12: "4T", 5e15: "5000T",
	} {
		if got := compact(n); got != want {
			t.Errorf("%d reads %s, want %s", n, got, want)
		}
	}
}

// points are steps from a time on, the first with 1 error, the next with 2.
func points(from time.Time, n int, step time.Duration) (list []report.Point) {
	for i := range n {
		list = append(list, report.Point{Time: from.Add(time.Duration(i) * step), Errors: int64(i + 1)})
	}
	return list
}

func TestGrid(t *testing.T) {
	berlin := week().Range.From.Location()
	gridOf := func(pts []report.Point, daily bool) grid {
		p := painter{r: &report.Report{Range: report.Range{From: pts[0].Time}}}
		return p.grid(pts, daily)
	}
	t.Run("the day when clocks are set back has an hour of two steps", func(t *testing.T) {
		g := gridOf(points(time.Date(2026, 10, 25, 0, 0, 0, 0, berlin), 25, time.Hour), false)
		if len(g.rows) != 1 || g.rows[0] != "Sun 25 Oct" {
			t.Fatalf("rows %q", g.rows)
		}
		if diff := cmp.Diff([]int{2, 3}, g.cells[0][2]); diff != "" {
			t.Errorf("02 (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]int{24}, g.cells[0][23]); diff != "" {
			t.Errorf("23 (-want +got):\n%s", diff)
		}
	})
	t.Run("the day when they are set forward has an hour of none", func(t *testing.T) {
		g := gridOf(points(time.Date(2026, 3, 29, 0, 0, 0, 0, berlin), 23, time.Hour), false)
		if len(g.cells[0][2]) != 0 || len(g.cells[0][3]) != 1 {
			t.Errorf("02 %v, 03 %v", g.cells[0][2], g.cells[0][3])
		}
	})
	t.Run("weeks are laid over each other", func(t *testing.T) {
		g := gridOf(points(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 14*24, time.Hour), false)
		if !g.sums || len(g.rows) != 7 {
			t.Fatalf("sums %v, rows %q", g.sums, g.rows)
		}
		if diff := cmp.Diff([]int{0, 7 * 24}, g.cells[0][0]); diff != "" {
			t.Errorf("Mondays at 00 (-want +got):\n%s", diff)
		}
	})
	t.Run("days stand in weeks", func(t *testing.T) {
		g := gridOf(points(time.Date(2026, 11, 4, 0, 0, 0, 0, time.UTC), 70, 24*time.Hour), true)
		if len(g.rows) != 7 || len(g.columns) != 11 || g.columns[0] != "2 Nov" {
			t.Fatalf("rows %q, columns %q", g.rows, g.columns)
		}
		if len(g.cells[0][0]) != 0 || len(g.cells[2][0]) != 1 || len(g.cells[1][10]) != 1 || len(g.cells[2][10]) != 0 {
			t.Error("the range does not begin on a Wednesday and end on a Tuesday")
		}
	})
	t.Run("years have no map and say so", func(t *testing.T) {
		g := gridOf(points(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), 800, 24*time.Hour), true)
		if len(g.cells) != 0 || !strings.Contains(g.caption, "too long") {
			t.Errorf("%d rows, %q", len(g.cells), g.caption)
		}
	})
}

// Sums and what is silent stand in the table too.
func TestHTMLTableOfWeeks(t *testing.T) {
	r := week()
	r.Timeline.Points = points(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 14*24, time.Hour)
	r.Range.From = r.Timeline.Points[0].Time
	r.Timeline.Points[5].Silent, r.Timeline.Points[5+7*24].Silent = true, true
	page := readPage(t, htmlOf(t, r))
	var grid *element
	for _, e := range page.find("table") {
		if e.within("grid") {
			grid = e
		}
	}
	if grid == nil {
		t.Fatal("no table")
	}
	cells := grid.find("td")
	if len(cells) != 7*24 {
		t.Fatalf("%d cells", len(cells))
	}
	for i, want := range []int64{1 + 1 + 7*24, 2 + 2 + 7*24} {
		if got := cells[i].content(); got != num(want) {
			t.Errorf("cell %d: %s, want %d", i, got, want)
		}
	}
	titles := 0
	for _, e := range page.find("title") {
		if e.within("hs") && e.content() == "Mon 05: nothing logged" {
			titles++
		}
	}
	if titles != 1 {
		t.Errorf("%d fields say that nothing was logged", titles)
	}
}

func TestMerged(t *testing.T) {
	pts := points(time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), 7, time.Hour)
	pts[0].Silent, pts[1].Silent, pts[2].Silent, pts[3].Silent = true, true, true, false
	pts[1].Previous = new(int64(9))
	pts[0].Previous = new(int64(4))
	got, each := merged(pts, 3)
	want := []report.Point{
		{Time: pts[0].Time, Errors: 3, Silent: true, Previous: new(int64(9))}, {Time: pts[3].Time, Errors: 6}, {Time: pts[6].Time, Errors: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" || each != 3 {
		t.Errorf("each %d (-want +got):\n%s", each, diff)
	}
	if got, each := merged(pts, 7); each != 1 || len(got) != 7 {
		t.Errorf("what fits was merged: %d of %d", len(got), each)
	}
}

func TestDayTicks(t *testing.T) {
	ticks := func(from time.Time, n int, step time.Duration, daily bool, most int) []svg.Tick {
		p := painter{r: &report.Report{Range: report.Range{From: from}}}
		return p.dayTicks(points(from, n, step), daily, most)
	}
	labels := func(list []svg.Tick) (s []string) {
		for _, k := range list {
			s = append(s, k.Label)
		}
		return s
	}
	monday := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		got  []svg.Tick
		want []string
	}{
		{"week", ticks(monday, 7*24, time.Hour, false, 8), []string{"Mon 2", "Tue 3", "Wed 4", "Thu 5", "Fri 6", "Sat 7", "Sun 8"}},
		{"week on a phone", ticks(monday, 7*24, time.Hour, false, 5), []string{"Mon 2", "Wed 4", "Fri 6", "Sun 8"}},
		{"rolling week", ticks(monday.Add(23*time.Hour), 7*24, time.Hour, false, 8), []string{"Tue 3", "Wed 4", "Thu 5", "Fri 6", "Sat 7", "Sun 8", "Mon 9"}},
		{"months", ticks(monday, 60, 24*time.Hour, true, 8), []string{"2 Nov", "10 Nov", "18 Nov", "26 Nov", "4 Dec", "12 Dec", "20 Dec", "28 Dec"}},
		{"years", ticks(monday, 5000/7, 7*24*time.Hour, true, 5), []string{"Nov 2026", "Jul 2029", "Apr 2032", "Jan 2035", "Oct 2037"}},
		{"an hour", ticks(monday.Add(time.Hour), 1, time.Hour, false, 8), []string{"Mon 2"}},
	} {
		if diff := cmp.Diff(c.want, labels(c.got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

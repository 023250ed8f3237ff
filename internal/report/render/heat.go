package render

import (
	"slices"

	"errata/internal/report"
)

// heat is the time line as a grid: local days by hours where the steps are
// hours, weeks by days of the week where they are days. A sum of two steps
// falls into one cell where clocks are set back.
type heat struct {
	columns []string
	rows    []heatRow
	bounds  [heatLevels]int64 // the largest count of each level
	days    bool              // cells are days
}

// heatLevels is how many shades there are above nothing.
const heatLevels = 4

type heatRow struct {
	name   string
	cells  []heatCell
	errors int64
}

type heatCell struct {
	errors int64
	held   bool // the range has it, and some source logged something
	inside bool // the range has it
}

// heatOf lays out a time line. Steps are in the report's zone.
func heatOf(r *report.Report) heat {
	h := heat{days: r.Timeline.Step != "1h"}
	if h.days {
		h.columns = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}
	} else {
		for hour := range 24 {
			h.columns = append(h.columns, string([]byte{byte('0' + hour/10), byte('0' + hour%10)}))
		}
	}
	for _, p := range r.Timeline.Points {
		name, col := p.Time.Format("Mon "+dayLayout), p.Time.Hour()
		if h.days {
			col = (int(p.Time.Weekday()) + 6) % 7
			name = p.Time.AddDate(0, 0, -col).Format(dayLayout)
		}
		if len(h.rows) == 0 || h.rows[len(h.rows)-1].name != name {
			h.rows = append(h.rows, heatRow{name: name, cells: make([]heatCell, len(h.columns))})
		}
		row := &h.rows[len(h.rows)-1]
		c := &row.cells[col]
		c.errors += p.Errors
		c.held = c.held || !p.Silent
		c.inside = true
		row.errors += p.Errors
	}
	h.bounds = bounds(h.rows)
	return h
}

// bounds of the levels are the median and the ninth tenth of the cells with
// errors, half of the largest and the largest: both the rhythm of the week and an
// incident are seen, however large that is.
func bounds(rows []heatRow) (b [heatLevels]int64) {
	var counts []int64
	for _, row := range rows {
		for _, c := range row.cells {
			if c.errors > 0 {
				counts = append(counts, c.errors)
			}
		}
	}
	if len(counts) == 0 {
		return b
	}
	slices.Sort(counts)
	n := len(counts)
	b = [heatLevels]int64{counts[(n-1)/2], counts[(n-1)*9/10], counts[n-1] / 2, counts[n-1]}
	b[2] = max(b[1], b[2])
	return b
}

// level is the shade of a count: 0 for none, up to heatLevels.
func (h *heat) level(n int64) int {
	if n <= 0 {
		return 0
	}
	for i, b := range h.bounds {
		if n <= b {
			return i + 1
		}
	}
	return heatLevels
}

// sparks are eighths of a line's height; nothing is a blank line's foot.
var sparks = []rune("▁▂▃▄▅▆▇█")

// spark draws counts by their share of the largest; a count that is not 0 never
// looks like 0.
func spark(counts []int64) string {
	var most int64
	for _, n := range counts {
		most = max(most, n)
	}
	line := make([]rune, len(counts))
	for i, n := range counts {
		switch {
		case n <= 0:
			line[i] = '·'
		default:
			line[i] = sparks[int((n*int64(len(sparks))-1)/most)]
		}
	}
	return string(line)
}

package render

import (
	"io"
	"strings"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// defaultWidth is the width of text that goes to no terminal.
const defaultWidth = 100

// narrowest is the width below which text is not squeezed.
const narrowest = 60

// Text writes a report for a terminal or a mail. Nothing in it can drive a
// terminal but the colours that were asked for.
func Text(w io.Writer, r *report.Report, o Options) error {
	if o.Width == 0 {
		o.Width = defaultWidth
	}
	t := &textPage{writer: writer{w: w}, width: max(o.Width, narrowest), color: o.Color}
	body(t, r)
	return t.err
}

type textPage struct {
	writer
	width int
	color bool
}

// codes of the styles on a terminal.
var codes = map[style]string{bad: "31", good: "32", quiet: "2"}

func (t *textPage) paint(s, code string) string {
	if !t.color || code == "" || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// row writes one line without blanks at its end.
func (t *textPage) row(s string) { t.put(strings.TrimRight(s, " ") + "\n") }

func (t *textPage) title(s string) {
	t.row(t.paint(s, "1"))
	t.row(strings.Repeat("=", out.Width(s)))
	t.put("\n")
}

func (t *textPage) heading(s string) {
	t.put("\n")
	t.row(t.paint(s, "1"))
	t.row(strings.Repeat("-", out.Width(s)))
	t.put("\n")
}

func (t *textPage) subheading(s string) {
	t.row(t.paint(s, "1"))
	t.put("\n")
}

func (t *textPage) paragraph(s string) {
	if s == "" {
		return
	}
	for _, l := range wrap(words(s), t.width) {
		t.row(t.line(l))
	}
	t.put("\n")
}

func (t *textPage) list(items []string) {
	for _, s := range items {
		for i, l := range wrap(words(s), t.width-2) {
			lead := "  "
			if i == 0 {
				lead = "- "
			}
			t.row(lead + t.line(l))
		}
	}
	if len(items) > 0 {
		t.put("\n")
	}
}

// line is pieces with blanks between, in their colours.
func (t *textPage) line(l line) string {
	parts := make([]string, len(l))
	for i, p := range l {
		parts[i] = t.paint(p.text, codes[p.style])
	}
	return strings.Join(parts, " ")
}

// gap stands between columns.
const gap = "  "

// narrowWide is the width below which wide columns go to lines of their own.
const narrowWide = 30

func (t *textPage) table(tb table) {
	widths := make([]int, len(tb.columns))
	used, fixed, first := 0, 0, -1
	for i, c := range tb.columns {
		if c.kind == wide {
			if first < 0 {
				first = i
			}
			continue
		}
		widths[i] = out.Width(c.name)
		for _, row := range tb.rows {
			widths[i] = max(widths[i], row[i].width())
		}
		used += widths[i] + len(gap)
		fixed++
	}
	apart := first >= 0 && t.width-used < narrowWide // wide columns below the others
	indent, room := used, t.width-used
	if apart {
		indent, room = min(used, stackIndent), t.width-min(used, stackIndent)
	}

	head, rule := "", ""
	for i, c := range tb.columns {
		if c.kind == wide {
			continue
		}
		head += t.padded(words(c.name), widths[i], c.kind) + gap
		rule += strings.Repeat("-", widths[i]) + gap
	}
	if first >= 0 && !apart {
		head += tb.columns[first].name
		rule += strings.Repeat("-", t.wideWidth(tb, first, room))
	}
	t.row(head)
	t.row(rule)
	for _, row := range tb.rows {
		lead := ""
		for i, c := range tb.columns {
			if c.kind != wide {
				lead += t.padded(row[i], widths[i], c.kind) + gap
			}
		}
		if apart && fixed > 0 {
			t.row(lead)
			lead = strings.Repeat(" ", indent)
		}
		t.wide(tb, row, lead, indent, room)
	}
	t.put("\n")
}

// stackIndent is where what stands below a row begins.
const stackIndent = 8

// wideWidth is the widest content of the first wide column, at most room.
func (t *textPage) wideWidth(tb table, first, room int) int {
	w := out.Width(tb.columns[first].name)
	for _, row := range tb.rows {
		w = max(w, min(row[first].width(), room))
	}
	return w
}

// wide writes the wide columns of a row: the first behind lead, in room columns
// from indent on, the others below it, closer to the margin.
func (t *textPage) wide(tb table, row []cell, lead string, indent, room int) {
	first := true
	for i, c := range tb.columns {
		if c.kind != wide || len(row[i]) == 0 && !first {
			continue
		}
		content := row[i]
		if !first {
			indent = min(indent, stackIndent)
			room = t.width - indent
			lead = strings.Repeat(" ", indent)
			if c.lead != "" {
				content = append(cell{{c.lead, quiet}}, content...)
			}
		}
		for _, l := range wrap(content, room-2) { // the second line is set off by two
			t.row(lead + t.line(l))
			lead = strings.Repeat(" ", indent+2)
		}
		first = false
	}
	if first {
		t.row(lead)
	}
}

// padded is a cell in a column of its own.
func (t *textPage) padded(c cell, width int, k kind) string {
	pad := strings.Repeat(" ", max(0, width-c.width()))
	if k == number {
		return pad + t.line(line(c))
	}
	return t.line(line(c)) + pad
}

// mostHeatRows bounds the grid: two months of days, more than a year of weeks.
const mostHeatRows = 63

// shades of a cell of the grid by level.
var shades = [heatLevels + 1]string{"·", "░", "▒", "▓", "█"}

func (t *textPage) timeline(r *report.Report) {
	h := heatOf(r)
	if more := len(h.rows) - mostHeatRows; more > 0 {
		t.paragraph("The latest " + num(mostHeatRows) + " weeks; and " + num(int64(more)) + " more: -o json has all.")
		h.rows = h.rows[more:]
	}
	names, totals := 0, out.Width("errors")
	for _, row := range h.rows {
		names, totals = max(names, out.Width(row.name)), max(totals, out.Width(num(row.errors)))
	}
	// Cells are as wide as the width allows, up to three columns.
	size := min(3, (t.width-names-totals-2*len(gap))/len(h.columns))
	if h.days {
		size = 5
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(" ", names) + gap)
	for i, c := range h.columns {
		switch {
		case size >= 3: // hours need two columns and a blank
			b.WriteString(c + strings.Repeat(" ", size-len(c)))
		case i%3 == 0:
			b.WriteString(c + strings.Repeat(" ", max(0, 3*size-len(c))))
		}
	}
	b.WriteString(gap + strings.Repeat(" ", totals-out.Width("errors")) + "errors")
	t.row(b.String())
	for _, row := range h.rows {
		b.Reset()
		b.WriteString(row.name + strings.Repeat(" ", names-out.Width(row.name)) + gap)
		for _, c := range row.cells {
			shade := " "
			if c.held {
				shade = shades[h.level(c.errors)]
			}
			n := max(1, size-1)
			b.WriteString(strings.Repeat(shade, n) + strings.Repeat(" ", size-n))
		}
		total := num(row.errors)
		b.WriteString(gap + strings.Repeat(" ", totals-out.Width(total)) + total)
		t.row(b.String())
	}
	t.put("\n")
	t.paragraph(heatLegend(&h))
}

// heatLegend says what the shades mean.
func heatLegend(h *heat) string {
	parts := []string{shades[0] + " none"}
	from := int64(1)
	for i, b := range h.bounds {
		if b < from {
			continue
		}
		s := num(from)
		if b > from {
			s += "-" + num(b)
		}
		parts = append(parts, shades[i+1]+" "+s)
		from = b + 1
	}
	return "Errors: " + strings.Join(parts, ", ") + "; blank: nothing was logged, or outside of the range."
}

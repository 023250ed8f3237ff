package svg

import (
	"math"
	"strings"
)

// Tick is a label of an axis, at a value of it.
type Tick struct {
	At    float64
	Label string
}

// Line is one series of a Plot.
type Line struct {
	Class string
	Y     []float64 // by column; NaN is a gap
	Area  bool      // filled down to 0
}

// Band is what lies between two series: a range of what is usual.
type Band struct {
	Class     string
	Low, High []float64 // by column; NaN in either is a gap
}

// Span marks the columns from From up to, but not including, To.
type Span struct {
	Class    string
	From, To float64
	Title    string
}

// Plot is lines over columns that are equally wide. Values lie between 0 and
// Max. Columns are counted from 0; a point stands in the middle of its own.
type Plot struct {
	Class         string
	Name          string // read out in place of the picture
	Width, Height float64
	Left, Bottom  float64 // room for labels
	Columns       int
	Max           float64
	Spans         []Span
	Bands         []Band
	Lines         []Line
	XTicks        []Tick // At: a column's left edge
	YTicks        []Tick // At: a value
	Hover         []string
}

// above is room for half a line of text over the highest value.
const above = 10

// String is the picture.
func (c Plot) String() string {
	var p picture
	p.open(c.Class, c.Name, c.Width, c.Height)
	wide, high := c.Width-c.Left, c.Height-c.Bottom-above
	column := wide / float64(max(c.Columns, 1))
	x := func(at float64) float64 { return c.Left + float64(at*column) }
	y := func(v float64) float64 { return above + high - scale(v, c.Max, high) }

	for _, s := range c.Spans {
		p.rect(s.Class, x(s.From), above, (s.To-s.From)*column, high, s.Title)
	}
	for _, t := range c.YTicks {
		p.path("grid", "M"+num(c.Left)+" "+num(y(t.At))+"H"+num(c.Width))
		p.label("tick end", c.Left-6, y(t.At)+4, t.Label)
	}
	for _, t := range c.XTicks {
		p.path("grid", "M"+num(x(t.At))+" "+num(above)+"V"+num(above+high+4))
		p.label("tick", x(t.At)+4, c.Height-c.Bottom/2+6, t.Label)
	}
	mid := func(i int) float64 { return x(float64(i) + 0.5) }
	for _, b := range c.Bands {
		p.path(b.Class, ribbon(b, mid, y))
	}
	for _, l := range c.Lines {
		if l.Area {
			zero := make([]float64, len(l.Y))
			p.path(l.Class+" area", ribbon(Band{Low: zero, High: l.Y}, mid, y))
		}
		p.path(l.Class, stroke(l.Y, mid, y))
	}
	c.hover(&p, mid, column, high)
	return p.close()
}

// hover is a line over each column, as wide as the column and not seen: its
// title shows when a pointer rests on it.
func (c Plot) hover(p *picture, mid func(int) float64, column, high float64) {
	if len(c.Hover) == 0 {
		return
	}
	p.WriteString(`<g class="hit"`)
	p.attr("stroke-width", math.Max(column, 0))
	p.WriteByte('>')
	for i, title := range c.Hover {
		if title != "" {
			p.WriteString(`<path d="M` + num(mid(i)) + " " + num(above) + "v" + num(high) + `"><title>`)
			p.text(title)
			p.WriteString("</title></path>")
		}
	}
	p.WriteString("</g>")
}

// runs calls fn with each longest run of columns without a gap.
func runs(n int, gap func(int) bool, fn func(from, to int)) {
	for i := 0; i < n; {
		if gap(i) {
			i++
			continue
		}
		from := i
		for i < n && !gap(i) {
			i++
		}
		fn(from, i)
	}
}

// stroke is a path through the points; a point between two gaps is a dash as
// long as a tenth of a column is wide, for it would not be seen.
func stroke(v []float64, x func(int) float64, y func(float64) float64) string {
	var d strings.Builder
	runs(len(v), func(i int) bool { return math.IsNaN(v[i]) }, func(from, to int) {
		for i := from; i < to; i++ {
			d.WriteByte("ML"[min(i-from, 1)])
			d.WriteString(num(x(i)) + " " + num(y(v[i])))
		}
		if to-from == 1 {
			d.WriteString("h2")
		}
	})
	return d.String()
}

// ribbon is a closed path along High and back along Low.
func ribbon(b Band, x func(int) float64, y func(float64) float64) string {
	var d strings.Builder
	gap := func(i int) bool { return math.IsNaN(b.Low[i]) || math.IsNaN(b.High[i]) }
	runs(min(len(b.Low), len(b.High)), gap, func(from, to int) {
		for i := from; i < to; i++ {
			d.WriteByte("ML"[min(i-from, 1)])
			d.WriteString(num(x(i)) + " " + num(y(b.High[i])))
		}
		flat := true
		for i := from; i < to; i++ {
			flat = flat && b.Low[i] == 0
		}
		if flat { // down to the axis and back: most areas
			d.WriteString("V" + num(y(0)) + "H" + num(x(from)) + "z")
			return
		}
		for i := to - 1; i >= from; i-- {
			d.WriteString("L" + num(x(i)) + " " + num(y(b.Low[i])))
		}
		d.WriteByte('z')
	})
	return d.String()
}

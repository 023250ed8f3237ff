package render

import (
	"html/template"
	"math"
	"slices"
	"strconv"
	"time"

	"errata/internal/report"
	"errata/internal/svg"
)

// timeView is the time line: a picture of the steps, a map of the same numbers
// by day and hour, and a table behind it.
type timeView struct {
	Empty string
	Plot  template.HTML
	// The same for a phone: without titles, since nothing hovers there.
	SmallPlot, SmallHeat template.HTML
	Previous             bool // the picture shows the compared range too
	Silent               bool // some steps had no entry at all
	Caption              string
	Heat                 template.HTML
	HeatText             string
	Numbers              string // where they are, for those who do not see pictures
	Scale                []scaleView
	Corner               string
	Columns              []string
	Rows                 []timeRow
}

type scaleView struct{ Class, Text string }

type timeRow struct {
	Name  string
	Cells []template.HTML
}

// size is that of the pictures, in units that are about the pixels of where
// they are shown.
type size struct {
	class         string
	width, height float64 // of the plot
	left, bottom  float64
	tall          float64 // a row of the map
	days          int     // labels of days
	columns       int     // more points are not told apart
	small         bool
}

var (
	onDesk  = size{class: "wide", width: 1100, height: 240, left: 44, bottom: 28, tall: 26, days: 8, columns: 750}
	onPhone = size{class: "narrow", width: 330, height: 170, left: 34, bottom: 24, tall: 20, days: 5, columns: 280, small: true}
)

const (
	maxTitles   = 200 // those of more points would be most of the page
	maxMapDays  = 8   // up to here each day has its own row of hours
	maxMapWeeks = 53
	levels      = 7
)

func (p *painter) timeline() timeView {
	points := p.r.Timeline.Points
	v := timeView{}
	if len(points) == 0 {
		v.Empty = empty(p.r, secTimeline)
		return v
	}
	for _, pt := range points {
		v.Previous = v.Previous || pt.Previous != nil
		v.Silent = v.Silent || pt.Silent
	}
	daily := p.r.Timeline.Step != "1h"
	g := p.grid(points, daily)
	if v.Numbers = "; the table below has the numbers"; len(g.cells) == 0 {
		v.Numbers = "; errata report -o csv has the numbers"
	}
	v.Plot, v.SmallPlot = p.plot(points, daily, &v, onDesk), p.plot(points, daily, &v, onPhone)
	v.HeatText = g.caption
	v.Corner, v.Columns = g.corner, g.columns
	p.heat(g, points, daily, &v)
	return v
}

// merged joins neighbours where there are too many points: the highest stands
// for them.
func merged(points []report.Point, columns int) (out []report.Point, each int) {
	each = (len(points) + columns - 1) / columns
	if each <= 1 {
		return points, 1
	}
	for chunk := range slices.Chunk(points, each) {
		m := chunk[0]
		for _, pt := range chunk[1:] {
			m.Errors = max(m.Errors, pt.Errors)
			m.Silent = m.Silent && pt.Silent
			if pt.Previous != nil && (m.Previous == nil || *pt.Previous > *m.Previous) {
				m.Previous = pt.Previous
			}
		}
		out = append(out, m)
	}
	return out, each
}

func (p *painter) plot(all []report.Point, daily bool, v *timeView, s size) template.HTML {
	points, each := merged(all, s.columns)
	caption := "Errors by hour"
	if daily {
		caption = "Errors by day"
		if p.r.Timeline.Step == "7d" {
			caption = "Errors by seven days"
		}
	}
	if each > 1 {
		caption += ", the highest of each " + strconv.Itoa(each)
	}
	if !s.small {
		v.Caption = caption
	}
	now, before := svg.Line{Class: "now", Area: true}, svg.Line{Class: "before"}
	var most int64
	for _, pt := range points {
		y := float64(pt.Errors)
		if pt.Silent {
			y = math.NaN()
		}
		now.Y = append(now.Y, y)
		most = max(most, pt.Errors)
		y = math.NaN()
		if pt.Previous != nil {
			y = float64(*pt.Previous)
			most = max(most, *pt.Previous)
		}
		before.Y = append(before.Y, y)
	}
	steps := svg.Steps(most)
	c := svg.Plot{
		Class: s.class + " plot", Name: caption + v.Numbers,
		Width: s.width, Height: s.height, Left: s.left, Bottom: s.bottom,
		Columns: len(points), Max: float64(steps[len(steps)-1]), Lines: []svg.Line{before, now},
		XTicks: p.dayTicks(points, daily, s.days),
	}
	for _, n := range steps {
		c.YTicks = append(c.YTicks, svg.Tick{At: float64(n), Label: compact(n)})
	}
	for i := 0; i < len(points); i++ {
		from := i
		for i < len(points) && points[i].Silent {
			i++
		}
		if i > from {
			c.Spans = append(c.Spans, svg.Span{Class: "silent", From: float64(from), To: float64(i)})
		}
	}
	if len(points) <= maxTitles && !s.small {
		for _, pt := range points {
			c.Hover = append(c.Hover, p.said(pt, daily))
		}
	}
	return draw(c.String())
}

// said is one point in words.
func (p *painter) said(pt report.Point, daily bool) string {
	s := p.step(pt.Time, daily) + ": " + num(pt.Errors)
	if pt.Silent {
		return p.step(pt.Time, daily) + ": nothing logged"
	}
	if pt.Previous != nil {
		s += ", before " + num(*pt.Previous)
	}
	return s
}

func (p *painter) step(t time.Time, daily bool) string {
	if daily {
		return t.In(p.zone()).Format("Mon 2 Jan")
	}
	return t.In(p.zone()).Format("Mon 2 Jan 15:04")
}

// dayTicks names days where they begin, at most so many of them.
func (p *painter) dayTicks(points []report.Point, daily bool, most int) []svg.Tick {
	type day struct {
		at int
		t  time.Time
	}
	var days []day
	last := ""
	for i, pt := range points {
		t := pt.Time.In(p.zone())
		if d := t.Format(dayLayout); d != last {
			days = append(days, day{i, t})
			last = d
		}
	}
	layout := "2 Jan"
	if len(days) <= maxMapDays && !daily {
		layout = "Mon 2"
	}
	if len(days) > 1 && days[len(days)-1].t.Sub(days[0].t) > 300*24*time.Hour {
		layout = "Jan 2006"
	}
	each := (len(days) + most - 1) / most
	var ticks []svg.Tick
	for i := 0; i < len(days); i += each {
		// A first day that began before the range may leave no room for the next label.
		if i == 0 && len(days) > 1 && each == 1 && (days[1].at-days[0].at)*most*2 < len(points) {
			continue
		}
		ticks = append(ticks, svg.Tick{At: float64(days[i].at), Label: days[i].t.Format(layout)})
	}
	return ticks
}

// compact is a round number of an axis.
func compact(n int64) string {
	for _, u := range []struct {
		of   int64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e3, "k"}} {
		if n >= u.of {
			s := strconv.FormatInt(n/u.of, 10)
			if tenth := n % u.of / (u.of / 10); tenth != 0 {
				s += "." + strconv.FormatInt(tenth, 10)
			}
			return s + u.name
		}
	}
	return num(n)
}

// grid places points in rows and columns.
type grid struct {
	caption string
	corner  string
	rows    []string
	short   []string // names of rows in the picture
	columns []string
	cells   [][][]int // indexes of points
	ticks   []svg.Tick
	sums    bool // a cell is the sum of several weeks
}

var weekdays = []string{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"}

// grid is by day and hour for about a week, by day of the week and hour for
// some weeks, and by day of the week and week for what is longer.
func (p *painter) grid(points []report.Point, daily bool) grid {
	zone := p.zone()
	local := func(i int) time.Time { return points[i].Time.In(zone) }
	weekday := func(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }
	if daily {
		return weekGrid(len(points), local, weekday)
	}
	g := grid{corner: "Day"}
	for h := range 24 {
		g.columns = append(g.columns, (time.Time{}).Add(time.Duration(h)*time.Hour).Format("15"))
		if h%3 == 0 {
			g.ticks = append(g.ticks, svg.Tick{At: float64(h), Label: g.columns[h]})
		}
	}
	rowOf := map[string]int{}
	for i := range points {
		if d := local(i).Format(dayLayout); len(rowOf) <= maxMapDays {
			if _, ok := rowOf[d]; !ok {
				rowOf[d] = len(rowOf)
				g.rows = append(g.rows, local(i).Format("Mon 2 Jan"))
				g.short = append(g.short, local(i).Format("Mon"))
			}
		}
	}
	row := func(t time.Time) int { return rowOf[t.Format(dayLayout)] }
	g.caption = "Errors by day and hour"
	if len(rowOf) > maxMapDays {
		g.rows, g.short, row, g.sums = weekdays, weekdays, weekday, true
		g.caption = "Errors by day of the week and hour, all weeks of the range together"
	}
	g.cells = make([][][]int, len(g.rows))
	for i := range g.cells {
		g.cells[i] = make([][]int, 24)
	}
	for i := range points {
		t := local(i)
		cell := &g.cells[row(t)][t.Hour()]
		*cell = append(*cell, i)
	}
	return g
}

func weekGrid(n int, local func(int) time.Time, weekday func(time.Time) int) grid {
	g := grid{caption: "Errors by day", corner: "Day", rows: weekdays, short: weekdays, cells: make([][][]int, 7)}
	monday := ""
	for i := range n {
		t := local(i)
		d := weekday(t)
		if m := t.AddDate(0, 0, -d).Format(dayLayout); m != monday {
			monday = m
			if len(g.columns)%8 == 0 {
				g.ticks = append(g.ticks, svg.Tick{At: float64(len(g.columns)), Label: t.AddDate(0, 0, -d).Format("2 Jan")})
			}
			g.columns = append(g.columns, t.AddDate(0, 0, -d).Format("2 Jan"))
			for row := range g.cells {
				g.cells[row] = append(g.cells[row], nil)
			}
		}
		cell := &g.cells[d][len(g.columns)-1]
		*cell = append(*cell, i)
	}
	if len(g.columns) > maxMapWeeks {
		return grid{caption: "The range is too long for a map by day: errata report -o csv has the numbers."}
	}
	return g
}

func (p *painter) heat(g grid, points []report.Point, daily bool, v *timeView) {
	sum := func(cell []int) (n int64, silent bool) {
		silent = len(cell) > 0
		for _, i := range cell {
			n += points[i].Errors
			silent = silent && points[i].Silent
		}
		return n, silent
	}
	var counts []int64
	for _, row := range g.cells {
		for _, cell := range row {
			if n, silent := sum(cell); len(cell) > 0 && !silent {
				counts = append(counts, n)
			}
		}
	}
	shades := newScale(counts)
	h := svg.Heat{
		Name: g.caption + v.Numbers, Rows: g.short, Columns: g.ticks,
	}
	for r, row := range g.cells {
		line, cells := timeRow{Name: g.rows[r]}, []svg.Cell{}
		for c, cell := range row {
			n, silent := sum(cell)
			switch {
			case len(cell) == 0:
				cells = append(cells, svg.Cell{})
				line.Cells = append(line.Cells, "")
				continue
			case silent:
				cells = append(cells, svg.Cell{Class: "hs", Title: g.rows[r] + " " + g.columns[c] + ": nothing logged"})
			case g.sums:
				cells = append(cells, svg.Cell{Class: shades.class(n), Title: g.rows[r] + " " + g.columns[c] + ": " + num(n)})
			default:
				cells = append(cells, svg.Cell{Class: shades.class(n), Title: p.step(points[cell[0]].Time, daily) + ": " + num(n)})
			}
			if len(cell) == 1 {
				line.Cells = append(line.Cells, p.count(pointer("timeline", "points", cell[0], "errors"), n))
			} else {
				line.Cells = append(line.Cells, derived(n))
			}
		}
		h.Cells = append(h.Cells, cells)
		v.Rows = append(v.Rows, line)
	}
	if len(g.cells) > 0 {
		at := func(s size) template.HTML {
			h.Class, h.Width, h.Left, h.Bottom, h.Tall, h.Plain = s.class+" heat", s.width, s.left, s.bottom, s.tall, s.small || len(g.rows)*len(g.columns) > maxTitles
			return draw(h.String())
		}
		v.Heat, v.SmallHeat = at(onDesk), at(onPhone)
		v.Scale = shades.views()
	}
}

// scale is the shades of a map: what is usual in equal steps from 0, and the
// last shade for the few that are beyond, so that one bad hour does not make all
// others look alike.
type scale struct {
	bounds [levels]int64 // the largest number of each shade above 0
}

// usual is the share of fields, in per cent, that the equal steps cover.
const usual = 95

func newScale(counts []int64) scale {
	var s scale
	if len(counts) == 0 {
		return s
	}
	slices.Sort(counts)
	most := counts[len(counts)-1]
	steps, top := int64(levels-1), counts[(len(counts)-1)*usual/100]
	if top == 0 || top == most { // nothing is usual, or nothing is beyond
		steps, top = levels, most
	}
	for i := range s.bounds {
		l := int64(i + 1)
		s.bounds[i] = most
		if l <= steps {
			s.bounds[i] = top/steps*l + top%steps*l/steps
		}
	}
	return s
}

// class is the shade of a number: h0 for 0, h7 for the largest.
func (s scale) class(n int64) string {
	if n <= 0 {
		return "h0"
	}
	for i, bound := range s.bounds {
		if n <= bound {
			return "h" + strconv.Itoa(i+1)
		}
	}
	return "h" + strconv.Itoa(levels)
}

// views are the shades that any number can have, with their numbers.
func (s scale) views() []scaleView {
	views := []scaleView{{"h0", "0"}}
	low := int64(1)
	for i, high := range s.bounds {
		switch {
		case high < low:
			continue
		case high == low:
			views = append(views, scaleView{"h" + strconv.Itoa(i+1), num(low)})
		default:
			views = append(views, scaleView{"h" + strconv.Itoa(i+1), num(low) + "–" + num(high)})
		}
		low = high + 1
	}
	return views
}

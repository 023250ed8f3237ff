package svg

import "strings"

// Cell is one field of a Heat.
type Cell struct {
	Class string // "": the field is left out
	Title string
}

// Heat is a map of fields, each coloured by its class: days by hours.
type Heat struct {
	Class   string
	Name    string   // read out in place of the picture
	Rows    []string // labels, "" for none
	Columns []Tick   // At: a column, from 0
	Cells   [][]Cell // by row
	Width   float64
	Left    float64 // room for the labels of rows
	Bottom  float64 // room for those of columns
	Tall    float64 // of a row
	Plain   bool    // without titles, in a fraction of the bytes
}

// between is the room between fields.
const between = 2

// String is the picture.
func (h Heat) String() string {
	columns := 1
	for _, row := range h.Cells {
		columns = max(columns, len(row))
	}
	wide := (h.Width - h.Left) / float64(columns)
	high := float64(float64(len(h.Cells)) * h.Tall)
	var p picture
	p.open(h.Class, h.Name, h.Width, high+h.Bottom)
	for i, row := range h.Cells {
		y := float64(float64(i) * h.Tall)
		if i < len(h.Rows) && h.Rows[i] != "" {
			p.label("tick end", h.Left-6, y+h.Tall/2+4, h.Rows[i])
		}
		for j, c := range row {
			if c.Class != "" && !h.Plain {
				p.rect(c.Class, h.Left+float64(float64(j)*wide), y, wide-between, h.Tall-between, c.Title)
			}
		}
	}
	if h.Plain {
		h.plain(&p, wide)
	}
	for _, t := range h.Columns {
		p.label("tick", h.Left+float64(t.At*wide), high+h.Bottom/2+6, t.Label)
	}
	return p.close()
}

// plain draws all fields of one class as one path.
func (h Heat) plain(p *picture, wide float64) {
	paths := map[string]*strings.Builder{}
	var classes []string
	field := "h" + num(wide-between/2) + "v" + num(h.Tall-between/2) + "h-" + num(wide-between/2) + "z"
	for i, row := range h.Cells {
		for j, c := range row {
			if c.Class == "" {
				continue
			}
			if paths[c.Class] == nil {
				paths[c.Class] = &strings.Builder{}
				classes = append(classes, c.Class)
			}
			paths[c.Class].WriteString("M" + num(h.Left+float64(float64(j)*wide)) + " " + num(float64(float64(i)*h.Tall)) + field)
		}
	}
	for _, class := range classes {
		p.path(class, paths[class].String())
	}
}

// Part is one length of a Bar.
type Part struct {
	Class string
	Value float64
	Title string
}

// Bar is parts laid end to end, as long together as their sum is of Max.
type Bar struct {
	Class         string
	Name          string // read out in place of the picture
	Width, Height float64
	Max           float64
	Parts         []Part
}

// thin is the least width of a part that is not 0: it must be seen.
const thin = 1

// String is the picture.
func (b Bar) String() string {
	var p picture
	p.stretched(b.Class, b.Name, b.Width, b.Height)
	x := 0.0
	for _, part := range b.Parts {
		if !(part.Value > 0) {
			continue
		}
		width := max(scale(part.Value, b.Max, b.Width), thin)
		width = min(width, b.Width-x)
		p.rect(part.Class, x, 0, width, b.Height, part.Title)
		x += width
	}
	return p.close()
}

// Spark is a row of columns as high as their values, without axes: how an
// error went from day to day.
func Spark(class, name string, values []int64, width, height float64) string {
	var p picture
	p.open(class, name, width, height)
	var most int64
	for _, v := range values {
		most = max(most, v)
	}
	column := width / float64(max(len(values), 1))
	var d strings.Builder
	for i, v := range values {
		tall := scale(float64(v), float64(most), height)
		if v > 0 {
			tall = max(tall, thin)
		} else {
			tall = 0.5 // a day without any: the axis alone
		}
		room := min(between/2, column/4)
		d.WriteString("M" + num(float64(float64(i)*column)) + " " + num(height) + "v-" + num(tall) + "h" + num(column-room) + "v" + num(tall) + "z")
	}
	p.path("", d.String())
	return p.close()
}

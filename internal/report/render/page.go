package render

import (
	"io"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// Options say how a report is laid out. What it says is the model's affair.
type Options struct {
	Width  int  // columns of text; 0: 100
	Color  bool // text may use colours
	Screen bool // CSV goes to a terminal, which its bytes must not drive
}

// Text and Markdown are one sequence of blocks, written in two ways: what they
// say is the same.

// style is how a piece of text stands out, where a format can show it.
type style uint8

const (
	plain style = iota
	value       // from a log: Markdown shows it as code, so that nothing in it is markup
	bad         // a change for the worse
	good
	quiet
)

// piece is printable text of one style.
type piece struct {
	text  string
	style style
}

// cell is the content of a field of a table, pieces with blanks between.
type cell []piece

// words is a cell of our own words.
func words(s string) cell {
	if s == "" {
		return nil
	}
	return cell{{text: s}}
}

// logged is a cell of a value from a log, absent ones included.
func logged(s string) cell { return cell{{clip(label(s), longest), value}} }

// longest bounds values from logs, in columns: routes and messages may be pages.
const longest = 240

// width is the number of columns of a cell on one line.
func (c cell) width() int {
	w := max(len(c)-1, 0)
	for _, p := range c {
		w += out.Width(p.text)
	}
	return w
}

// kind is how a column is laid out.
type kind uint8

const (
	number kind = iota // right-aligned
	short              // left-aligned, never wrapped
	wide               // wrapped; text stacks all wide columns of a row
)

// column of a table. In text, lead stands before a stacked value that the
// reader could not tell from the one above.
type column struct {
	name string
	kind kind
	lead string
}

type table struct {
	columns []column
	rows    [][]cell
}

// page takes the blocks of a report. Strings are printable.
type page interface {
	title(s string)
	heading(s string)
	subheading(s string)
	paragraph(s string)
	list(items []string)
	table(t table)
	timeline(r *report.Report)
}

// writer keeps the first error of many small writes.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) put(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.w, s)
	}
}

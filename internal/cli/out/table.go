package out

import (
	"io"
	"strings"
)

// Column is one column of a table.
type Column struct {
	Name  string
	Right bool // numbers stand right-aligned
}

// Table is rows for people. Cells are written as they are: pass texts from
// logs through Visible first.
type Table struct {
	Columns []Column
	Rows    [][]string
	Foot    [][]string // behind a rule, the totals
}

// gap stands between columns.
const gap = "  "

// Write writes the table. Lines have no blanks at their ends.
func (t Table) Write(w io.Writer) error {
	widths := make([]int, len(t.Columns))
	head := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name
		widths[i] = Width(c.Name)
	}
	for _, rows := range [][][]string{t.Rows, t.Foot} {
		for _, r := range rows {
			for i, s := range r {
				widths[i] = max(widths[i], Width(s))
			}
		}
	}
	rule := make([]string, len(t.Columns))
	for i, n := range widths {
		rule[i] = strings.Repeat("-", n)
	}
	lines := append([][]string{head, rule}, t.Rows...)
	if len(t.Foot) > 0 {
		lines = append(append(lines, rule), t.Foot...)
	}
	var b strings.Builder
	for _, r := range lines {
		b.Reset()
		for i, s := range r {
			if i > 0 {
				b.WriteString(gap)
			}
			pad := strings.Repeat(" ", widths[i]-Width(s))
			if t.Columns[i].Right {
				b.WriteString(pad + s)
			} else {
				b.WriteString(s + pad)
			}
		}
		if _, err := io.WriteString(w, strings.TrimRight(b.String(), " ")+"\n"); err != nil {
			return err
		}
	}
	return nil
}

// WriteCSV writes records by RFC 4180: CRLF after each, quotes where needed.
// Values keep their bytes, line ends included, which encoding/csv would change.
func WriteCSV(w io.Writer, header []string, rows [][]string) error {
	var b []byte
	for i := -1; i < len(rows); i++ {
		record := header
		if i >= 0 {
			record = rows[i]
		}
		b = b[:0]
		for j, v := range record {
			if j > 0 {
				b = append(b, ',')
			}
			// A lone empty field would be an empty line, which readers skip.
			if strings.ContainsAny(v, ",\"\r\n") || v == "" && len(record) == 1 || strings.HasPrefix(v, " ") || strings.HasSuffix(v, " ") {
				b = append(b, '"')
				b = append(b, strings.ReplaceAll(v, `"`, `""`)...)
				b = append(b, '"')
			} else {
				b = append(b, v...)
			}
		}
		if _, err := w.Write(append(b, "\r\n"...)); err != nil {
			return err
		}
	}
	return nil
}

// Inert is a text that no spreadsheet takes for a formula: one that begins with
// a sign of one gets an apostrophe in front, and so does one that begins with an
// apostrophe, so that it can be taken off again. Numbers do not pass through it.
func Inert(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '=', '+', '-', '@', '\t', '\r', '\n', '\'':
		return "'" + s
	}
	for _, wide := range [...]string{"＝", "＋", "－", "＠"} { // taken for the narrow ones
		if strings.HasPrefix(s, wide) {
			return "'" + s
		}
	}
	return s
}

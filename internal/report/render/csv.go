package render

import (
	"io"
	"reflect"
	"strconv"
	"strings"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// columns of the CSV form.
var columns = [...]string{
	"section", "path", "source", "method", "route", "status", "type", "code", "param", "feature", "available_from",
	"template", "name", "time", "measure", "value", "previous", "change",
}

// The places of columns that are filled by name.
const (
	colSection = iota
	colPath
	colSource
	colMethod
	colRoute
	colStatus
	colType
	colCode
	colParam
	colFeature
	colAvailableFrom
	colTemplate
	colName
	colTime
	colMeasure
	colValue
	colPrevious
	colChange
	numColumns
)

// columnOf tells which column a member of a row of a list fills.
var columnOf = map[string]int{
	"source": colSource, "method": colMethod, "route": colRoute, "status": colStatus, "type": colType, "code": colCode,
	"param": colParam, "feature": colFeature, "available_from": colAvailableFrom, "template": colTemplate,
	"template_text": colName, "reason": colName, "finding": colName, "client": colName, "setting": colName, "name": colName,
	"time": colTime, "from": colTime,
}

// CSV writes one table with one row for each number of the JSON form: path is
// the JSON pointer of value. A number that cannot be known is an empty value.
// status is a key and stands in its column. previous and change repeat, for
// the reader, numbers that have rows of their own.
//
// Texts that a spreadsheet would take for a formula have an apostrophe in
// front.
func CSV(w io.Writer, r *report.Report, o Options) error {
	c := &csvWriter{w: w, r: r, o: o, err: out.WriteCSV(w, columns[:], nil)}
	c.object(reflect.ValueOf(r).Elem(), record{})
	return c.err
}

type record [numColumns]string

// csvWriter walks a report. The first error stays.
type csvWriter struct {
	w   io.Writer
	r   *report.Report
	o   Options
	err error
}

// emit writes a row. Texts are made inert, numbers stay as they are.
func (c *csvWriter) emit(rec record) {
	if c.err != nil {
		return
	}
	for i, s := range rec[:colValue] {
		if s == "" {
			continue
		}
		if c.o.Screen {
			s = out.Visible(s)
		}
		rec[i] = out.Inert(s)
	}
	c.err = out.WriteCSV(c.w, rec[:], nil)
}

// object walks the members of v, whose place rec names.
func (c *csvWriter) object(v reflect.Value, rec record) {
	ms := members(v)
	for _, m := range ms {
		c.value(m.name, m.value, ms, rec)
	}
}

// value walks one member. beside are its siblings.
func (c *csvWriter) value(name string, v reflect.Value, beside []member, rec record) {
	if isNumber(v.Type()) {
		if name == "status" {
			return // a key
		}
		s, _ := numberText(v)
		c.number(name, s, beside, rec)
		return
	}
	inner := rec
	inner[colPath] += "/" + escaped(name)
	inner[colSection] = join(rec[colSection], name)
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.value(name, v.Elem(), beside, rec)
		}
	case reflect.Struct:
		if v.Type() != timeType {
			c.object(v, inner)
		}
	case reflect.Map:
		for _, k := range sortedKeys(v) {
			c.count(name, k, v.MapIndex(reflect.ValueOf(k)).Int(), inner)
		}
	case reflect.Slice:
		for i := range v.Len() {
			c.item(name, i, v.Index(i), rec, inner)
		}
	}
}

// item walks an element of a list: what it names fills columns.
func (c *csvWriter) item(name string, i int, v reflect.Value, rec, inner record) {
	inner[colPath] += "/" + strconv.Itoa(i)
	if isNumber(v.Type()) { // days
		s, _ := numberText(v)
		inner[colSection] = rec[colSection]
		inner[colTime] = c.r.Range.From.AddDate(0, 0, i).Format(dayLayout)
		inner[colMeasure], inner[colValue] = name, s
		c.emit(inner)
		return
	}
	if v.Kind() != reflect.Struct {
		return
	}
	ms := members(v)
	for _, m := range ms {
		col, ok := columnOf[m.name]
		switch {
		case !ok:
		case m.value.Kind() == reflect.String:
			inner[col] = m.value.String()
		case m.value.Type() == timeType:
			inner[col] = timeText(m.value)
		case m.name == "status":
			inner[col] = strconv.FormatInt(m.value.Int(), 10)
		}
	}
	for _, m := range ms {
		c.value(m.name, m.value, ms, inner)
	}
}

// number adds the row of a number beside its previous one and its change.
func (c *csvWriter) number(name, text string, beside []member, rec record) {
	totals := rec[colSection] == secFigures
	rec[colPath] += "/" + escaped(name)
	rec[colMeasure], rec[colValue] = name, csvNumber(text)
	if rec[colSection] == "" {
		rec[colSection] = "report"
	}
	switch {
	case totals && c.r.Previous != nil:
		rec[colPrevious] = memberText(members(reflect.ValueOf(c.r.Previous.Totals)), name)
		if c.r.Change != nil {
			rec[colChange] = memberText(members(reflect.ValueOf(c.r.Change.Totals)), name)
		}
	case name == "errors" || name == "entries" || name == "callers" || name == "callers_error":
		rec[colPrevious] = memberText(beside, "previous_"+name)
		if rec[colPrevious] == "" && name != "callers" && name != "callers_error" {
			rec[colPrevious] = memberText(beside, "previous")
		}
		basis := "errors"
		for _, m := range beside {
			if m.name == "basis" {
				basis = m.value.String()
			}
		}
		if name == basis {
			rec[colChange] = memberText(beside, "change")
		}
	}
	c.emit(rec)
}

// isNumber tells whether a member is a number, known or not.
func isNumber(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.Kind() == reflect.Int || t.Kind() == reflect.Int64 || t.Kind() == reflect.Float64
}

// memberText is the number of a member, "" where there is none or no such member.
func memberText(ms []member, name string) string {
	for _, m := range ms {
		if m.name == name {
			s, _ := numberText(m.value)
			return csvNumber(s)
		}
	}
	return ""
}

// count adds the row of a count by status or type.
func (c *csvWriter) count(name, key string, n int64, rec record) {
	rec[colPath] += "/" + escaped(key)
	rec[colValue] = strconv.FormatInt(n, 10)
	of := func(n *report.Numbers) map[string]int64 { return n.ByType }
	if name == "by_status" {
		rec[colStatus], rec[colMeasure] = key, "responses"
		of = func(n *report.Numbers) map[string]int64 { return n.ByStatus }
	} else {
		rec[colType], rec[colMeasure] = key, "errors"
	}
	if rec[colSection] == name { // of the range itself
		if c.r.Previous != nil {
			rec[colPrevious] = strconv.FormatInt(of(&c.r.Previous.Numbers)[key], 10)
		}
		if c.r.Change != nil {
			rec[colChange] = strconv.FormatInt(of(c.r.Change)[key], 10)
		}
	}
	c.emit(rec)
}

// csvNumber is a number as a cell: what is not known is empty.
func csvNumber(s string) string {
	if s == "null" {
		return ""
	}
	return s
}

// pointerEscapes are those of a member's name in a JSON pointer, RFC 6901.
var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")

func escaped(name string) string { return pointerEscapes.Replace(name) }

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "." + b
}

package render

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"errata/internal/cli/out"
	"errata/internal/report"
)

// JSON writes the model: members in its order, one row of a list on a line,
// floats in their shortest form. Lists are never null.
func JSON(w io.Writer, r *report.Report) error {
	e := encoder{w: w}
	e.value(reflect.ValueOf(r).Elem(), 0)
	e.buf = append(e.buf, '\n')
	e.flush(0)
	return e.err
}

// member is one member of an object as JSON names it.
type member struct {
	name  string
	value reflect.Value
}

// members are those of a struct in the order of encoding/json: what is embedded
// stands in its place. It is the one list that JSON and CSV are written from.
func members(v reflect.Value) []member {
	t := v.Type()
	list := make([]member, 0, t.NumField())
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		if f.Anonymous && !tagged {
			list = append(list, members(v.Field(i))...)
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !f.IsExported() || name == "-" || options == "omitempty" && v.Field(i).IsZero() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		list = append(list, member{name, v.Field(i)})
	}
	return list
}

// sortedKeys are the keys of a map of counts in byte order.
func sortedKeys(v reflect.Value) []string {
	keys := make([]string, 0, v.Len())
	for _, k := range v.MapKeys() {
		keys = append(keys, k.String())
	}
	slices.Sort(keys)
	return keys
}

var timeType = reflect.TypeFor[time.Time]()

// encoder writes JSON. The first error stays.
type encoder struct {
	w   io.Writer
	buf []byte
	err error
}

// flushAt bounds what is held before it is written.
const flushAt = 32 << 10

func (e *encoder) flush(limit int) {
	if len(e.buf) <= limit {
		return
	}
	if e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

// value writes v. depth is 0 for the report itself, 1 for its members: their
// rows stand on lines of their own, what is deeper stands on one line.
func (e *encoder) value(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			e.buf = append(e.buf, "null"...)
			return
		}
		e.value(v.Elem(), depth)
	case reflect.Struct:
		if v.Type() == timeType {
			e.buf = out.AppendString(e.buf, timeText(v))
			return
		}
		e.object(v, depth)
	case reflect.Map:
		e.buf = append(e.buf, '{')
		for i, k := range sortedKeys(v) {
			if i > 0 {
				e.buf = append(e.buf, ',')
			}
			e.buf = append(out.AppendString(e.buf, k), ':')
			e.value(v.MapIndex(reflect.ValueOf(k)), depth+1)
		}
		e.buf = append(e.buf, '}')
	case reflect.Slice:
		e.list(v, depth)
	case reflect.String:
		e.buf = out.AppendString(e.buf, v.String())
	case reflect.Bool:
		e.buf = strconv.AppendBool(e.buf, v.Bool())
	default:
		s, ok := numberText(v)
		if !ok {
			e.err = fmt.Errorf("report: no JSON for a %s", v.Type())
		}
		e.buf = append(e.buf, s...)
	}
}

func (e *encoder) object(v reflect.Value, depth int) {
	e.buf = append(e.buf, '{')
	for i, m := range members(v) {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if depth == 0 {
			e.buf = append(e.buf, '\n')
		}
		e.buf = append(out.AppendString(e.buf, m.name), ':')
		e.value(m.value, depth+1)
		e.flush(flushAt)
	}
	if depth == 0 {
		e.buf = append(e.buf, '\n')
	}
	e.buf = append(e.buf, '}')
}

func (e *encoder) list(v reflect.Value, depth int) {
	lines := depth <= 2 && v.Type().Elem().Kind() == reflect.Struct
	if lines {
		depth = 2 // lists within these rows stand in their line
	}
	e.buf = append(e.buf, '[')
	for i := range v.Len() {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if lines {
			e.buf = append(e.buf, '\n')
		}
		e.value(v.Index(i), depth+1)
		e.flush(flushAt)
	}
	e.buf = append(e.buf, ']')
}

// timeText is a time in its own zone.
func timeText(v reflect.Value) string {
	t, _ := reflect.TypeAssert[time.Time](v)
	return t.Format(time.RFC3339Nano)
}

// numberText is a number as JSON has it, null where there is none.
func numberText(v reflect.Value) (string, bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return "null", true
		}
		return numberText(v.Elem())
	case reflect.Int, reflect.Int64:
		return strconv.FormatInt(v.Int(), 10), true
	case reflect.Float64:
		x := v.Float()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return "null", true
		}
		if b, err := json.Marshal(x); err == nil {
			return string(b), true
		}
	}
	return "null", false
}

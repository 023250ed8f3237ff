package cli

import (
	"encoding/json"
	"io"
	"math"
	"slices"
	"strconv"
	"time"

	"errata/internal/cli/out"
	"errata/store"
)

// appendResult writes an answer as JSON: the contract of errata query -o json.
// Rows have their columns in the order asked for.
func appendResult(dst []byte, r *store.Result) []byte {
	dst = append(dst, `{"from":`...)
	dst = appendTime(dst, r.From)
	dst = append(dst, `,"to":`...)
	dst = appendTime(dst, r.To)
	dst = append(dst, `,"rows":[`...)
	for i, row := range r.Rows {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '\n')
		dst = appendRow(dst, r.Columns, row)
	}
	dst = append(dst, "],\n\"totals\":"...)
	dst = appendRow(dst, r.Columns, r.Totals)
	dst = append(dst, ",\n\"coverage\":{\"value\":"...)
	if r.Coverage.Value != nil {
		dst = appendValue(dst, *r.Coverage.Value)
	} else {
		dst = append(dst, "null"...)
	}
	dst = append(dst, `,"reason":`...)
	dst = out.AppendString(dst, r.Coverage.Reason)
	dst = append(dst, `,"clamped":`...)
	dst = strconv.AppendInt(dst, r.Coverage.Clamped, 10)
	dst = append(dst, `,"undated":`...)
	dst = strconv.AppendInt(dst, r.Coverage.Undated, 10)
	dst = append(dst, "},\n\"other_share\":"...)
	dst = appendValue(dst, r.OtherShare)
	dst = append(dst, ",\n\"notes\":["...)
	for i, n := range r.Notes {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = out.AppendString(dst, n)
	}
	return append(dst, "]}\n"...)
}

func appendTime(dst []byte, t *time.Time) []byte {
	if t == nil || t.IsZero() {
		return append(dst, "null"...)
	}
	return out.AppendString(dst, t.UTC().Format(time.RFC3339Nano))
}

// appendRow writes the columns that a row has.
func appendRow(dst []byte, columns []string, row map[string]any) []byte {
	dst = append(dst, '{')
	first := true
	for _, c := range columns {
		v, ok := row[c]
		if !ok {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = out.AppendString(dst, c)
		dst = append(dst, ':')
		dst = appendValue(dst, v)
	}
	return append(dst, '}')
}

func appendValue(dst []byte, v any) []byte {
	switch x := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return out.AppendString(dst, x)
	case int64:
		return strconv.AppendInt(dst, x, 10)
	case int:
		return strconv.AppendInt(dst, int64(x), 10)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return append(dst, "null"...)
		}
		b, err := json.Marshal(x)
		if err != nil {
			return append(dst, "null"...)
		}
		return append(dst, b...)
	default:
		b, err := json.Marshal(x)
		if err != nil {
			return append(dst, "null"...)
		}
		return append(dst, b...)
	}
}

// csvRows are the rows as fields: absent and unknown values are empty.
func csvRows(r *store.Result) [][]string {
	rows := make([][]string, len(r.Rows))
	for i, row := range r.Rows {
		fields := make([]string, len(r.Columns))
		for j, c := range r.Columns {
			switch x := row[c].(type) {
			case nil:
			case string:
				fields[j] = x
			default:
				fields[j] = string(appendValue(nil, x))
			}
		}
		rows[i] = fields
	}
	return rows
}

// writeResult writes an answer as a table with its totals.
func writeResult(w io.Writer, r *store.Result, by []string) error {
	if len(r.Rows) == 0 {
		return nil
	}
	t := out.Table{}
	var columns []string
	for _, c := range r.Columns {
		if c == store.ColumnCallersError || c == store.ColumnActiveCallersError {
			continue // shown as ~ before the estimate
		}
		columns = append(columns, c)
		head := c
		switch c {
		case store.MeasureP50, store.MeasureP95, store.MeasureP99:
			head += " ms"
		}
		t.Columns = append(t.Columns, out.Column{Name: head, Right: c != store.ColumnTime && !slices.Contains(by, c)})
	}
	for _, row := range r.Rows {
		t.Rows = append(t.Rows, cells(columns, row))
	}
	foot := cells(columns, r.Totals)
	for i, c := range columns {
		if c == store.ColumnTime || slices.Contains(by, c) {
			foot[i] = ""
			if i == 0 {
				foot[i] = "total"
			}
		}
	}
	if len(by) > 0 || slices.Contains(columns, store.ColumnTime) {
		t.Foot = [][]string{foot}
	}
	return t.Write(w)
}

func cells(columns []string, row map[string]any) []string {
	res := make([]string, len(columns))
	for i, c := range columns {
		switch x := row[c].(type) {
		case nil:
			res[i] = out.None
		case string:
			res[i] = out.Visible(x)
		case int64:
			res[i] = out.Int(x)
			if e, ok := row[store.ErrorColumn(c)].(float64); ok && e > 0 {
				res[i] = "~" + res[i]
			}
			if c == "status" {
				res[i] = strconv.FormatInt(x, 10)
			}
		case float64:
			switch c {
			case store.MeasureRatio:
				res[i] = out.Fixed(100*x, 2) + " %"
			default:
				res[i] = out.Fixed(x, 1)
			}
		default:
			res[i] = out.Visible(string(appendValue(nil, x)))
		}
	}
	return res
}

package store

import (
	"cmp"
	"slices"
	"strings"
)

// sort orders rows: by the order asked for, else by time and the first measure
// descending; ties by time and the dimensions, ascending by bytes.
func (a *answer) sort(lines []line) {
	col, desc := a.measures[0], true
	timeFirst := a.step > 0
	if a.q.Order != "" {
		col, desc = strings.TrimPrefix(a.q.Order, "-"), strings.HasPrefix(a.q.Order, "-")
		timeFirst = false
	}
	slices.SortFunc(lines, func(x, y line) int {
		if timeFirst {
			if c := cmp.Compare(x.time, y.time); c != 0 {
				return c
			}
		}
		if c := a.compareColumn(&x, &y, col, desc); c != 0 {
			return c
		}
		if c := cmp.Compare(x.time, y.time); c != 0 {
			return c
		}
		return slices.Compare(x.dims, y.dims)
	})
}

// compareColumn compares by one column. What is null comes last either way.
func (a *answer) compareColumn(x, y *line, col string, desc bool) int {
	c := 0
	switch i := slices.Index(a.q.By, col); {
	case col == ColumnTime:
		c = cmp.Compare(x.time, y.time)
	case i >= 0:
		c = strings.Compare(x.dims[i], y.dims[i])
	default:
		vx, okx := number(x.values[col])
		vy, oky := number(y.values[col])
		switch {
		case !okx && !oky:
			return 0
		case !okx:
			return 1
		case !oky:
			return -1
		}
		c = cmp.Compare(vx, vy)
	}
	if desc {
		return -c
	}
	return c
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	default:
		return 0, false
	}
}

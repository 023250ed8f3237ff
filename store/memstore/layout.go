package memstore

import (
	"slices"

	"errata/aggregate"
)

// column is a key column of rows. Numbers have no text.
type column struct {
	name    string
	bounded bool // a cap bounds its values: what is over it stands under (other)
	text    func(*aggregate.Key) *string
}

// columns are the key columns of all kinds besides kind, time and lane.
func columns() []column {
	return []column{
		{"source", false, func(k *aggregate.Key) *string { return &k.Source }},
		{"route", true, func(k *aggregate.Key) *string { return &k.Route }},
		{"method", true, func(k *aggregate.Key) *string { return &k.Method }},
		{"status", false, nil},
		{"type", true, func(k *aggregate.Key) *string { return &k.Type }},
		{"code", true, func(k *aggregate.Key) *string { return &k.Code }},
		{"param", true, func(k *aggregate.Key) *string { return &k.Param }},
		{"param_source", false, func(k *aggregate.Key) *string { return &k.ParamSource }},
		{"feature", true, func(k *aggregate.Key) *string { return &k.Feature }},
		{"available_from", true, func(k *aggregate.Key) *string { return &k.AvailableFrom }},
		{"reason", false, func(k *aggregate.Key) *string { return &k.Reason }},
		{"shape", false, func(k *aggregate.Key) *string { return &k.Shape }},
		{"origin", false, func(k *aggregate.Key) *string { return &k.Origin }},
		{"template", true, func(k *aggregate.Key) *string { return &k.Template }},
		{"client", true, func(k *aggregate.Key) *string { return &k.Client }},
		{"auth", false, func(k *aggregate.Key) *string { return &k.Auth }},
		{"retry", false, func(k *aggregate.Key) *string { return &k.Retry }},
		{"finding", false, func(k *aggregate.Key) *string { return &k.Finding }},
		{"x1", false, func(k *aggregate.Key) *string { return &k.X1 }},
		{"x2", false, func(k *aggregate.Key) *string { return &k.X2 }},
		{"x3", false, func(k *aggregate.Key) *string { return &k.X3 }},
		{"caller", false, nil},
		{"pos", false, nil},
	}
}

// field is a key column of a kind, and its word: in the key's name or, where
// own is set, in the cell; of caller the first of two.
type field struct {
	column
	own bool
	at  int
}

// measures are where the measures of rows lie in a cell: two words of a
// number, or the place of a blob. Where a kind has none, 0: there lies the time.
type measures struct {
	n, extra, bytes, noCaller, first, last int
	hist, callers, heavy, text             int
}

// layout says which words of a kind's names and cells are what. A name is the
// key without its time, caller and position. A cell is the time, the number of
// the name, caller or position, the numbers, the places of blobs.
type layout struct {
	kind   aggregate.Kind
	fields []field
	measures
	status, shape int // words of the name; -1: the kind has none
	caller        int // word of the cell; 0: the kind has none
	names         int // words of a name
	keys          int // words of a cell's key
	blobs         int // first place of a blob
	size          int // words of a cell
}

// Words of every name and cell.
const (
	atSource = 0
	atTime   = 0
	atName   = 1
)

// The kinds that rows have.
const (
	firstKind = aggregate.KindRequest
	lastKind  = aggregate.KindActive
)

func layoutOf(k aggregate.Kind) layout {
	l := layout{kind: k, status: -1, shape: -1, keys: atName + 1}
	names := k.Columns()
	for _, c := range columns() {
		if !slices.Contains(names, c.name) {
			continue
		}
		switch c.name {
		case "caller":
			l.caller = l.keys
			l.fields = append(l.fields, field{c, true, l.keys})
			l.keys += 2
			continue
		case "pos":
			l.fields = append(l.fields, field{c, true, l.keys})
			l.keys++
			continue
		case "status":
			l.status = l.names
		case "shape":
			l.shape = l.names
		}
		l.fields = append(l.fields, field{c, false, l.names})
		l.names++
	}
	at := l.keys
	numbers, blobs := l.has()
	for _, m := range numbers {
		*m = at
		at += 2
	}
	l.blobs = at
	for _, m := range blobs {
		*m = at
		at++
	}
	l.size = at
	return l
}

// has are the measures that the kind keeps.
func (l *layout) has() (numbers, blobs []*int) {
	m := &l.measures
	switch l.kind {
	case aggregate.KindRequest:
		return []*int{&m.n, &m.bytes, &m.noCaller}, []*int{&m.hist, &m.callers, &m.heavy}
	case aggregate.KindError:
		return []*int{&m.n, &m.extra, &m.noCaller, &m.first, &m.last}, []*int{&m.callers, &m.heavy}
	case aggregate.KindEClient:
		return []*int{&m.n, &m.extra}, nil
	case aggregate.KindSample:
		return nil, []*int{&m.text}
	case aggregate.KindTemplate:
		return []*int{&m.n}, []*int{&m.text}
	case aggregate.KindDemand:
		return []*int{&m.n, &m.first, &m.last}, []*int{&m.text}
	case aggregate.KindAdopt:
		return []*int{&m.n, &m.first, &m.last}, nil
	case aggregate.KindActive:
		return []*int{&m.n, &m.noCaller}, []*int{&m.callers, &m.heavy}
	default:
		return []*int{&m.n}, nil
	}
}

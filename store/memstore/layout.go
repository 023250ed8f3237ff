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

// field is a key column in the cells of a kind.
type field struct {
	column
	at int // its word; of caller the first of two
}

// measures are where the measures of rows lie in a cell: two words of a
// number, or the place of a blob. Where a kind has none, 0: there lies the time.
type measures struct {
	n, extra, bytes, noCaller, first, last int
	hist, callers, heavy, text             int
}

// layout says which words of a kind's cells are what: the time, the key
// columns, the numbers, the places of blobs.
type layout struct {
	kind   aggregate.Kind
	fields []field
	measures
	status, shape, caller int // words of key columns; 0: the kind has none
	keys                  int // words of the key
	blobs                 int // first place of a blob
	size                  int // words of a cell
}

// The kinds that rows have.
const (
	firstKind = aggregate.KindRequest
	lastKind  = aggregate.KindActive
)

func layoutOf(k aggregate.Kind) layout {
	l := layout{kind: k}
	names := k.Columns()
	at := 1 // behind the time
	for _, c := range columns() {
		if !slices.Contains(names, c.name) {
			continue
		}
		l.fields = append(l.fields, field{c, at})
		switch c.name {
		case "status":
			l.status = at
		case "shape":
			l.shape = at
		case "caller":
			l.caller = at
			at++
		}
		at++
	}
	l.keys = at
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

// field finds a key column by its name.
func (l *layout) field(name string) (field, bool) {
	i := slices.IndexFunc(l.fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return field{}, false
	}
	return l.fields[i], true
}

// get and put read and write a number of two words.
func get(w []uint32, at int) int64 { return int64(uint64(w[at]) | uint64(w[at+1])<<32) }

func put(w []uint32, at int, v int64) { w[at], w[at+1] = uint32(v), uint32(uint64(v)>>32) }

package memstore

import (
	"cmp"
	"slices"

	"errata/aggregate"
)

// table holds the cells of one kind. What a cell is about, its name, is held
// once for all times: most names come again every hour.
type table struct {
	layout
	cells slab
	names slab     // of names; behind the words of the key lies the weight
	place []uint32 // of each name by number: names that were folded share one
	numb  []uint32 // number of the name at a place
	memo  []interned
	name  []uint32 // of the row at hand
	key   []uint32
}

// interned is the last text of a field: rows are sorted, so it often comes again.
type interned struct {
	text string
	id   uint32
}

func newTable(l layout) *table {
	return &table{
		layout: l, cells: slab{keys: l.keys, size: l.size}, names: slab{keys: l.names, size: l.names + 2},
		memo: make([]interned, len(l.fields)), name: make([]uint32, l.names), key: make([]uint32, l.keys),
	}
}

// number is that of the name at hand, which weighs more by weight.
func (t *table) number(weight int64) uint32 {
	place, made := t.names.at(t.name)
	if made {
		t.numb = append(t.numb, uint32(len(t.place)))
		t.place = append(t.place, uint32(place))
	}
	w := t.names.entry(place)
	put(w, t.layout.names, get(w, t.layout.names)+weight)
	return t.numb[place]
}

// bound is how many names a kind keeps: clients multiply what else there is.
func (t *table) bound(names int) int {
	if t.kind == aggregate.KindRClient || t.kind == aggregate.KindEClient {
		return 2 * names
	}
	return names
}

// nameSlack is how far beyond their bound and half of it names may grow before they are
// folded while rows come.
const nameSlack = 4096

// fold keeps the heaviest names (ties: the earlier) and makes the others
// (other) where a cap bounds a column, so that their cells lie under what
// cannot be folded further. Cells know their names by number and stay as they
// are, in the file too.
func (t *table) fold(keep int, other uint32) {
	if t.names.n <= keep {
		return
	}
	free := make([]int, 0, t.names.n) // places of names that could be folded
	for p := range t.names.n {
		copy(t.name, t.names.entry(p))
		if t.foldName(other) {
			free = append(free, p)
		}
	}
	if len(free) <= keep {
		return
	}
	weight := func(p int) int64 { return get(t.names.entry(p), t.layout.names) }
	slices.SortFunc(free, func(a, b int) int { return cmp.Or(cmp.Compare(weight(b), weight(a)), cmp.Compare(a, b)) })
	folded := make([]bool, t.names.n)
	for _, p := range free[keep:] {
		folded[p] = true
	}
	old := t.names
	t.names = slab{keys: old.keys, size: old.size}
	moved := make([]uint32, old.n)
	numb := t.numb
	t.numb = nil
	for p := range old.n {
		w := old.entry(p)
		copy(t.name, w)
		if folded[p] {
			t.foldName(other)
		}
		place, made := t.names.at(t.name)
		if made {
			t.numb = append(t.numb, numb[p])
		}
		v := t.names.entry(place)
		put(v, t.layout.names, get(v, t.layout.names)+get(w, t.layout.names))
		moved[p] = uint32(place)
	}
	for i, p := range t.place {
		t.place[i] = moved[p]
	}
}

// foldName folds the name at hand; false: it is what folding makes already.
func (t *table) foldName(other uint32) (changed bool) {
	for i := range t.fields {
		f := &t.fields[i]
		if f.bounded && t.name[f.at] != 0 && t.name[f.at] != other {
			t.name[f.at], changed = other, true
		}
	}
	return changed
}

// held is the memory of the cells.
func (t *table) held() int64 { return t.cells.held() }

package store

// Dropped is what was removed of a source, or would be.
type Dropped struct {
	Source  string     `json:"source"`
	Kinds   []KindRows `json:"kinds"`   // rollup rows, in the order of the kinds; without those that have none
	Batches int64      `json:"batches"` // entries of the ledger
	Files   []string   `json:"files"`   // names of the files that are unknown now, sorted; each as often as it was known
	Feeds   []FeedUse  `json:"feeds"`   // by format and feed
}

// KindRows counts the rows of one kind.
type KindRows struct {
	Kind string `json:"kind"`
	Rows int64  `json:"rows"`
}

// Rows is the sum over all kinds.
func (d *Dropped) Rows() int64 {
	var n int64
	for _, k := range d.Kinds {
		n += k.Rows
	}
	return n
}

// UnknownSource is the error about a source that a store does not hold; held
// are those that it does, sorted.
func UnknownSource(source string, held []string) error {
	if len(held) == 0 {
		return usagef("the store holds no source %q: it holds none at all", source)
	}
	best, bestDist := "", maxHintName
	for _, h := range held {
		if d := distance(source, h); len(h) <= maxHintName && d < bestDist {
			best, bestDist = h, d
		}
	}
	if best != "" && bestDist <= 1+len(best)/3 {
		return usagef("the store holds no source %q: did you mean %q? It holds %s", source, best, names(held))
	}
	return usagef("the store holds no source %q: it holds %s", source, names(held))
}

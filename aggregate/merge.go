package aggregate

import "slices"

// Merge folds rows of equal key into one by the merge rules of
// docs/schema.md and sorts the result by key. It is what every store does
// with the deltas of many batches. The given rows are not changed.
func Merge(rows []Row) []Row {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return rows[x].Compare(&rows[y].Key) })
	keys := 0
	for j, i := range order {
		if j == 0 || rows[order[j-1]].Key != rows[i].Key {
			keys++
		}
	}
	out := make([]Row, 0, keys)
	for _, i := range order {
		if n := len(out); n > 0 && out[n-1].Key == rows[i].Key {
			out[n-1].add(&rows[i])
		} else {
			out = append(out, rows[i])
		}
	}
	return out
}

// add merges another row of the same key. Lists of r are replaced, never
// written to.
func (r *Row) add(o *Row) {
	r.N += o.N
	r.Extra += o.Extra
	r.Bytes += o.Bytes
	r.NNoCaller += o.NNoCaller
	r.First, r.Last = min(r.First, o.First), max(r.Last, o.Last)
	r.Text = min(r.Text, o.Text)
	r.WM = max(r.WM, o.WM)
	r.Hist = MergeHist(r.Hist, o.Hist)
	r.Callers, r.Heavy = MergeCallers(r.Callers, r.Heavy, o.Callers, o.Heavy)
}

// MergeCallers merges the caller maps of two rows of one key into new ones:
// the K smallest hashes of both with their sums, and the M heaviest of the
// others. The K smallest of all batches, in any order and grouping, are those
// of one fold, with the same counts: whoever is among them is among the K
// smallest wherever it occurs.
func MergeCallers(callers1, heavy1, callers2, heavy2 []CallerCount) (callers, heavy []CallerCount) {
	callers = sumMaps(callers1, callers2)
	if len(callers) <= K && len(heavy1)+len(heavy2) == 0 {
		return callers, nil
	}
	rest := make([]CallerCount, 0, len(callers)+len(heavy1)+len(heavy2))
	if len(callers) > K {
		rest = append(rest, callers[K:]...)
		callers = callers[:K:K]
	}
	return callers, heaviest(append(append(rest, heavy1...), heavy2...))
}

// sumMaps sums two maps into a new one.
func sumMaps(a, b []CallerCount) []CallerCount {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := make([]CallerCount, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0].Hash < b[0].Hash:
			out, a = append(out, a[0]), a[1:]
		case a[0].Hash > b[0].Hash:
			out, b = append(out, b[0]), b[1:]
		default:
			out = append(out, CallerCount{a[0].Hash, a[0].N + b[0].N})
			a, b = a[1:], b[1:]
		}
	}
	return append(append(out, a...), b...)
}

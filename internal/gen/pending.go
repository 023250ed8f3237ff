package gen

// item is something that happens later: a retry, or the next entry of a storm.
type item struct {
	t     int64
	e     *entry
	storm int // index + 1
}

// pending is a heap by time.
type pending struct{ items []item }

func (q *pending) peek() (item, bool) {
	if len(q.items) == 0 {
		return item{}, false
	}
	return q.items[0], true
}

func (q *pending) push(it item) {
	q.items = append(q.items, it)
	for i := len(q.items) - 1; i > 0; {
		up := (i - 1) / 2
		if q.items[up].t <= q.items[i].t {
			return
		}
		q.items[up], q.items[i] = q.items[i], q.items[up]
		i = up
	}
}

func (q *pending) pop() {
	last := len(q.items) - 1
	q.items[0] = q.items[last]
	q.items[last] = item{}
	q.items = q.items[:last]
	for i := 0; ; {
		c := 2*i + 1
		if c >= last {
			return
		}
		if c+1 < last && q.items[c+1].t < q.items[c].t {
			c++
		}
		if q.items[i].t <= q.items[c].t {
			return
		}
		q.items[i], q.items[c] = q.items[c], q.items[i]
		i = c
	}
}

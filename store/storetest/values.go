package storetest

import (
	"math"
	"sort"
	"time"

	"errata/aggregate"
	"errata/store"
)

// valuer turns counted cells into the rows and totals that an answer shows.
type valuer struct {
	c                          *recounter
	measures, supported        []string
	envelopeBy, envelopeFilter bool
	anyReq, anyErr             bool
}

func (v *valuer) finish(cells map[string]*cell, total *cell) expected {
	e := expected{totals: v.values(total, true)}
	delete(e.totals, "time")
	q := v.c.q
	if len(cells) == 0 && len(q.By) == 0 && q.Step == 0 && v.c.anyEvents() {
		cells = map[string]*cell{"": newCell(0, nil)}
	}
	for _, o := range cells {
		row := v.values(o, false)
		for i, d := range q.By {
			if d == "status" {
				row[d] = int64(statusOf(o.dims[i]))
			} else {
				row[d] = o.dims[i]
			}
		}
		if q.Step > 0 {
			row["time"] = time.Unix(o.time, 0).UTC().Format(time.RFC3339)
		}
		if v.shown(row, o) {
			e.rows = append(e.rows, row)
		}
	}
	sortRows(e.rows, q, v.measures)
	if q.Limit > 0 && len(e.rows) > q.Limit {
		e.rows = e.rows[:q.Limit]
	}
	for i := range v.c.rows {
		r := &v.c.rows[i]
		if r.Kind == aggregate.KindRead && r.Time < 86400 && v.c.sourcePasses(r.Source) {
			if r.Reason == "" || r.Reason == "success" {
				e.clamped += r.N
			} else {
				e.undated += r.N
			}
		}
	}
	return e
}

// anyEvents: the hours of the range hold events of the sources asked for. Then
// a query without groups has its one row even where the filters pass nothing.
func (c *recounter) anyEvents() bool {
	for i := range c.rows {
		r := &c.rows[i]
		event := r.Kind == aggregate.KindRequest || r.Kind == aggregate.KindError ||
			r.Kind == aggregate.KindRead && (r.Reason == "" || r.Reason == "success")
		if event && c.hourInRange(r.Time) && c.sourcePasses(r.Source) {
			return true
		}
	}
	return false
}

func statusOf(s string) int {
	n := 0
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}

// shown: a row is left out where nothing that was asked happened in it.
func (v *valuer) shown(row map[string]any, o *cell) bool {
	if len(v.c.q.By) == 0 && v.c.q.Step == 0 {
		return true
	}
	counted := false
	for _, m := range v.measures {
		switch x := row[m].(type) {
		case int64:
			if x != 0 {
				return true
			}
		case float64:
			return true
		case store.CallerMap:
			if len(x.Callers) > 0 || x.NoCaller > 0 {
				return true
			}
		}
		counted = counted || m == "errors" || m == "attempts" || m == "entries" || m == "findings" ||
			m == "responses" && row[m] != nil
	}
	return o.errors != 0 && !counted
}

// requestsKnown: some hour that the row draws from has request rows of its source.
func (v *valuer) requestsKnown(o *cell, total bool) bool {
	if total {
		return v.anyReq
	}
	q := v.c.q
	for i := range v.c.rows {
		r := &v.c.rows[i]
		if r.Kind != aggregate.KindRequest || !v.c.hourInRange(r.Time) || !v.c.sourcePasses(r.Source) {
			continue
		}
		same := true
		for j, d := range q.By {
			if d == "source" && o.dims[j] != r.Source {
				same = false
			}
		}
		step := int64(q.Step / time.Second)
		hour := r.Time - r.Time%3600
		switch {
		case step == 0:
		case step < 3600:
			same = same && o.time-o.time%3600 == hour
		default:
			same = same && v.c.bucket(hour) == o.time
		}
		if same {
			return true
		}
	}
	return false
}

func (v *valuer) bodiesKnown(o *cell, total bool) bool {
	for s := range v.c.bodies {
		if !v.c.sourcePasses(s) {
			continue
		}
		ok := true
		for j, d := range v.c.q.By {
			if !total && d == "source" && o.dims[j] != s {
				ok = false
			}
		}
		if ok {
			return true
		}
	}
	return false
}

func (v *valuer) values(o *cell, total bool) map[string]any {
	row := map[string]any{}
	for _, m := range v.measures {
		row[m] = v.value(m, o, total)
		if m == "callers" || m == "active_callers" {
			row[m+"_error"] = nil
			if row[m] != nil {
				_, e := estimate(o.callers, o.named)
				row[m+"_error"] = e
			}
		}
	}
	return row
}

func (v *valuer) value(m string, o *cell, total bool) any {
	if !has(v.supported, m) {
		return nil
	}
	switch m {
	case "errors":
		return o.errors
	case "attempts", "entries", "findings":
		return o.n
	case "ratio":
		if o.ratioDen == 0 {
			return nil
		}
		return float64(o.ratioNum) / float64(o.ratioDen)
	case "envelopes":
		if !v.bodiesKnown(o, total) {
			return nil
		}
		return o.enveloped
	case "active_callers", "callers":
		if m == "active_callers" && !v.requestsKnown(o, total) || o.rest && v.anyErr && len(o.callers) == 0 {
			return nil
		}
		if len(o.callers) == 0 && o.noCaller > 0 && o.noCaller >= o.errors {
			return nil
		}
		n, _ := estimate(o.callers, o.named)
		return int64(math.Round(n))
	case "caller_map":
		return store.CallerMap{Callers: smallest(o.callers), NoCaller: o.noCaller}
	}
	if v.envelopeFilter || v.envelopeBy && !total {
		return nil
	}
	if m == "responses" {
		return o.responses
	}
	if !v.requestsKnown(o, total) {
		return nil
	}
	switch m {
	case "requests":
		return o.requests
	case "bytes":
		if o.bytes == 0 {
			return nil
		}
		return o.bytes
	case "p50":
		return percentile(o.hist, 0.50)
	case "p95":
		return percentile(o.hist, 0.95)
	case "p99":
		return percentile(o.hist, 0.99)
	}
	panic("storetest: unknown measure " + m)
}

// smallest are the k smallest hashes with their rows.
func smallest(m map[uint64]int64) []aggregate.CallerCount {
	var out []aggregate.CallerCount
	for h, n := range m {
		out = append(out, aggregate.CallerCount{Hash: h, N: n})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Hash < out[j].Hash })
	if len(out) > 256 {
		out = out[:256]
	}
	return out
}

// estimate is (k-1)*2^63/h_k, exact below k, and its standard error in callers;
// neither below k nor above the entries that have a caller.
func estimate(m map[uint64]int64, named int64) (n, stderr float64) {
	s := smallest(m)
	if len(s) < 256 {
		return float64(len(s)), 0
	}
	n = 255 * math.Pow(2, 63) / float64(s[255].Hash)
	if n > float64(named) {
		n = float64(named)
	}
	if n < 256 {
		n = 256
	}
	return n, math.Min(n/math.Sqrt(254), math.Max(0, float64(named)-256))
}

// percentile in ms of rank ceil(p*n), by walking all entries.
func percentile(hist map[uint8]int64, p float64) any {
	var n int64
	for _, c := range hist {
		n += c
	}
	if n == 0 {
		return nil
	}
	rank := int64(math.Ceil(p * float64(n)))
	for b := range 256 {
		rank -= hist[uint8(b)]
		if rank <= 0 {
			if b < 16 {
				return float64(b) / 1000
			}
			e, f := (b-16)/8+4, (b-16)%8
			width := math.Pow(2, float64(e-3))
			return (math.Pow(2, float64(e)) + float64(f)*width + width/2) / 1000
		}
	}
	return nil
}

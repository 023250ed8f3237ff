package render

import (
	"html/template"

	"errata/internal/report"
	"errata/internal/svg"
)

// figureView is one total.
type figureView struct {
	Key, Name, Note string
	Now, Change     template.HTML
	From            template.HTML
	Unit            string
}

// figureOrder is that of the page: what is asked first stands first.
var figureOrder = []string{"errors", "callers", "ratio", "requests", "dead_letters", "p50", "p95", "p99", "envelopes", "entries"}

// judged are the totals of which more is bad by itself.
var judged = map[string]bool{"errors": true, "callers": true, "ratio": true, "dead_letters": true, "p50": true, "p95": true, "p99": true}

func (p *painter) figures() []figureView {
	byKey := map[string]figure{}
	for _, f := range figures(p.r) {
		byKey[f.key] = f
	}
	var views []figureView
	for _, key := range figureOrder {
		f := byKey[key]
		v := figureView{Key: key, Name: f.name, Note: f.note, Now: nothing}
		if n, ok := total(&p.r.Totals, key); ok {
			v.Now = p.totalNumber("/totals", key, n, &p.r.Totals)
		}
		if p.r.Previous != nil && p.r.Change != nil {
			before, known := total(&p.r.Previous.Totals, key)
			diff, compared := total(&p.r.Change.Totals, key)
			if known {
				v.From = from(p.totalNumber("/previous/totals", key, before, &p.r.Previous.Totals))
			}
			if compared {
				v.Change = p.totalChange(key, diff, before)
			}
		}
		views = append(views, v)
	}
	return views
}

// total is one of the totals as an int64 or a float64.
func total(t *report.Totals, key string) (any, bool) {
	count := func(n *int64) (any, bool) {
		if n == nil {
			return nil, false
		}
		return *n, true
	}
	measure := func(x *float64) (any, bool) {
		if x == nil {
			return nil, false
		}
		return *x, true
	}
	switch key {
	case "entries":
		return t.Entries, true
	case "requests":
		return count(t.Requests)
	case "errors":
		return t.Errors, true
	case "envelopes":
		return count(t.Envelopes)
	case "dead_letters":
		return t.DeadLetters, true
	case "callers":
		return count(t.Callers)
	case "ratio":
		return measure(t.Ratio)
	case "p50":
		return measure(t.P50)
	case "p95":
		return measure(t.P95)
	case "p99":
		return measure(t.P99)
	}
	return nil, false
}

func (p *painter) totalNumber(at, key string, n any, t *report.Totals) template.HTML {
	path := at + pointer(key)
	if key == "callers" {
		return p.estimated(path, t.Callers, at+"/callers_error", t.CallersError)
	}
	switch n := n.(type) {
	case float64:
		if key == "ratio" {
			return p.share(path, n)
		}
		return datum(path, n, ms(n))
	case int64:
		return p.count(path, n)
	}
	return nothing
}

func (p *painter) totalChange(key string, diff, before any) template.HTML {
	w := neither
	if judged[key] {
		w = moreIsBad
	}
	path := "/change/totals" + pointer(key)
	switch d := diff.(type) {
	case int64:
		was, _ := before.(int64)
		rough := key == "callers" && (isEstimate(p.r.Totals.CallersError) || isEstimate(p.r.Previous.Totals.CallersError))
		return p.change(path, &d, &was, w, rough)
	case float64:
		if key == "ratio" {
			return arrowed(datum(path, d, same(d == 0, pointsOr(&d))), d, "", w)
		}
		text := ms(d)
		if d > 0 {
			text = "+" + text
		}
		was, _ := before.(float64)
		rel := ""
		if s := relative(d, was); s != "" && d != 0 {
			rel = "(" + s + ")"
		}
		return arrowed(datum(path, d, same(d == 0, text)), d, rel, w)
	}
	return ""
}

// countView is one row of a split of the totals.
type countView struct {
	Name              string
	Now, From, Change template.HTML
	Bar               template.HTML
}

// counts are responses by status or errors by type. Of statuses only what is an
// error is judged.
func (p *painter) counts(member string, rows []counted) rowList {
	var most int64
	for _, c := range rows {
		if member != "by_status" || statusWay(c.key) == moreIsBad {
			most = max(most, c.now)
		}
	}
	t := p.rows("count", len(rows), budgetCounts, func(i int) any {
		c := rows[i]
		w := moreIsBad
		if member == "by_status" {
			w = statusWay(c.key)
		}
		v := countView{Name: visible(c.key, 60), Now: p.count(pointer(member, c.key), c.now)}
		if _, ok := p.numbersOf(&p.r.Numbers, member)[c.key]; !ok { // only in the compared range
			v.Now = derived(0)
		}
		if c.previous != nil {
			if _, ok := p.numbersOf(&p.r.Previous.Numbers, member)[c.key]; ok {
				v.From = p.count(pointer("previous", member, c.key), *c.previous)
			} else {
				v.From = derived(0)
			}
			if _, ok := p.numbersOf(p.r.Change, member)[c.key]; ok {
				v.Change = p.change(pointer("change", member, c.key), c.change, c.previous, w, false)
			}
		}
		if w == moreIsBad { // successes would dwarf what the page is about
			v.Bar = draw(svg.Bar{Class: "bar", Width: 120, Height: 8, Max: float64(most), Parts: []svg.Part{{Value: float64(c.now)}}}.String())
		}
		return v
	})
	t.Compared = p.r.Previous != nil
	return p.cut(t, len(rows), int64(len(rows)))
}

func (p *painter) numbersOf(n *report.Numbers, member string) map[string]int64 {
	if member == "by_status" {
		return n.ByStatus
	}
	return n.ByType
}

func statusWay(status string) way {
	if len(status) == 3 && status >= "400" {
		return moreIsBad
	}
	return neither
}

// draw takes a picture of package svg into the page.
func draw(picture string) template.HTML { return template.HTML(picture) } // #nosec G203 -- escaped there

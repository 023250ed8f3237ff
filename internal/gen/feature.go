package gen

import "strings"

// feature is a Feature with its askers' behaviour.
type feature struct {
	Feature
	index int
	older string // the same name with an earlier date, "" where it has none
	later string
}

func (p *planner) setFeatures() {
	p.featOps = make([][]*feature, len(p.ops))
	p.features = make([]feature, len(p.s.Features))
	for i, f := range p.s.Features {
		x := &p.features[i]
		x.Feature, x.index = f, i
		if name, ok := dated(f.AvailableFrom); ok {
			x.older, x.later = name+"-2025-11-02", name+"-2031-01-01"
		}
		for j := range p.ops {
			if p.ops[j].route == f.Route && (f.Method == "" || f.Method == p.ops[j].method) && !p.ops[j].odd {
				p.featOps[j] = append(p.featOps[j], x)
			}
		}
	}
}

// dated splits NAME-YYYY-MM-DD.
func dated(v string) (name string, ok bool) {
	if len(v) < 12 {
		return "", false
	}
	for i, c := range []byte(v[len(v)-11:]) {
		if i == 0 || i == 5 || i == 8 {
			ok = c == '-'
		} else {
			ok = c >= '0' && c <= '9'
		}
		if !ok {
			return "", false
		}
	}
	return v[:len(v)-11], true
}

// ask decides whether the request asks for a switched-off feature, and ends it
// if it does.
func (p *planner) ask(e *entry) bool {
	if e.attempt > 0 && e.feature != nil {
		p.fail(e, &p.feature) // the SDK sends the same again
		return true
	}
	if e.attempt > 0 {
		return false
	}
	e.feature = nil
	e.beta = e.beta[:0]
	if e.caller.beta != "" {
		e.beta = append(e.beta, e.caller.beta)
	}
	for _, f := range p.featOps[e.op.index] {
		r := derive(p.seed, kindFeature+uint64(f.index), uint64(e.caller.index))
		if !r.per100k(f.Share) || !p.r.per100k(f.Ask) {
			continue
		}
		adopts, when, stage := r.percent(f.Adopters), p.from+(p.to-p.from)/100*int64(10+r.n(85)), r.n(100)
		if adopts && e.t >= when && f.AvailableFrom != "" {
			if p.r.percent(20) {
				e.beta = append(e.beta, "synthetic-other-2026-01-01, "+f.AvailableFrom)
			} else {
				e.beta = append(e.beta, f.AvailableFrom)
			}
			return false
		}
		e.feature = f
		switch {
		case stage < 42:
			if e.caller.beta != "" {
				e.beta = e.beta[:0]
			}
		case stage < 62 && f.older != "":
			e.beta = append(e.beta, f.older)
		case stage < 82:
			e.beta = append(e.beta, "synthetic-other-2026-01-01")
		case stage < 92 && f.AvailableFrom != "":
			e.beta = append(e.beta, f.AvailableFrom)
		case f.later != "":
			e.beta = append(e.beta, f.later)
		}
		p.fail(e, &p.feature)
		return true
	}
	return false
}

// reason is why an attempt at a feature failed, from the entry alone.
func reason(logged bool, headers []string, available string) string {
	if !logged {
		return "unknown"
	}
	name, hasDate := dated(available)
	sent, older, later := false, false, false
	for _, h := range headers {
		for v := range strings.SplitSeq(h, ",") {
			v = strings.TrimSpace(v)
			if v == "" {
				continue
			}
			sent = true
			if v == available {
				return "right_value"
			}
			if n, ok := dated(v); ok && hasDate && n == name {
				older = older || v < available
				later = later || v > available
			}
		}
	}
	switch {
	case !sent:
		return "no_header"
	case older:
		return "older_value"
	case later, available == "":
		return "unknown"
	}
	return "other_feature"
}

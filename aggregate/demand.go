package aggregate

import (
	"bytes"
	"slices"

	"errata/parse"
)

// demandReasons say why a switched-off feature was refused to a caller, as far
// as the entry alone tells.
var demandReasons = [...]string{"unknown", "no_header", "right_value", "older_value", "other_feature"}

const (
	demandUnknown = iota
	demandNoHeader
	demandRightValue
	demandOlderValue
	demandOtherFeature
)

// demandReason judges the beta values that were sent against the one that the
// feature asks for. An older date of the same name beats everything but the
// value itself; a later date, or nothing to compare with, tells nothing.
func demandReason(logged bool, betas [][]byte, want []byte) uint8 {
	switch {
	case !logged:
		return demandUnknown
	case len(betas) == 0:
		return demandNoHeader
	case len(want) == 0:
		return demandUnknown
	}
	name, date, dated := splitDate(want)
	reason := uint8(demandOtherFeature)
	for _, b := range betas {
		if bytes.Equal(b, want) {
			return demandRightValue
		}
		if !dated || reason == demandOlderValue {
			continue
		}
		if n, d, ok := splitDate(b); ok && bytes.Equal(n, name) {
			if bytes.Compare(d, date) < 0 {
				reason = demandOlderValue
			} else {
				reason = demandUnknown
			}
		}
	}
	return reason
}

// splitDate splits a value of the form NAME-YYYY-MM-DD.
func splitDate(v []byte) (name, date []byte, ok bool) {
	const form = "-dddd-dd-dd"
	if len(v) <= len(form) {
		return nil, nil, false
	}
	at := len(v) - len(form)
	for i, want := range []byte(form) {
		c := v[at+i]
		if want == 'd' && (c < '0' || c > '9') || want == '-' && c != '-' {
			return nil, nil, false
		}
	}
	return v[:at], v[at+1:], true
}

// maxJoined bounds the text of a demand row: a header may hold any number of
// values.
const maxJoined = 1024

// addSmallest adds values to a list of which only the smallest are used, those
// that fill a joined text: a header of megabytes is neither copied nor sorted
// whole.
func addSmallest(dst, values [][]byte) [][]byte {
	const enough = maxJoined + 1 // each value takes a comma at least
	for _, v := range values {
		if len(dst) == 4*enough {
			slices.SortFunc(dst, bytes.Compare)
			dst = dst[:enough]
		}
		dst = append(dst, v)
	}
	return dst
}

// appendJoined appends the values sorted and joined by commas. It reorders the
// list.
func appendJoined(dst []byte, betas [][]byte) []byte {
	slices.SortFunc(betas, bytes.Compare)
	for i, b := range betas {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, b...)
		if len(dst) > maxJoined {
			return clip(dst, maxJoined)
		}
	}
	return dst
}

// addAdopt counts each distinct beta value of a success.
func (a *Aggregator) addAdopt(ev *parse.Event, route uint32, t, us int64) {
	k := key{kind: KindAdopt, time: uint32(t - t%86400), caller: callerOf(ev)}
	if a.routed[a.dicts[dimRoute].vals[route].s] {
		k.route = route
	}
	d := &a.dicts[dimBeta]
	for _, b := range ev.Beta {
		id := a.id(dimBeta, b)
		if id == idNone || d.vals[id].stamp == a.stats.Entries {
			continue
		}
		d.vals[id].stamp = a.stats.Entries
		k.avail = id
		c := a.at(&k)
		c.n++
		c.span(us)
	}
}

// addDemand counts a request for a feature that is switched off.
func (a *Aggregator) addDemand(ev *parse.Event, feature, avail, client uint32, t, us int64) {
	k := key{
		kind: KindDemand, time: uint32(t - t%86400), feature: feature, avail: avail, client: client, caller: callerOf(ev),
		reason: demandReason(ev.HasBeta, ev.Beta, ev.Env.AvailableFrom.Key()),
	}
	a.betas = addSmallest(a.betas[:0], ev.Beta)
	a.joined = appendJoined(a.joined[:0], a.betas)
	c := a.at(&k)
	c.n++
	c.span(us)
	if c.n == 1 || string(a.joined) < a.texts[c.text] {
		a.setText(c, string(a.joined))
	}
}

package oracle

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Signal is an error that is new or gone.
type Signal struct {
	Source       string    `json:"source"`
	Type         string    `json:"type"`
	Code         string    `json:"code"`
	Route        string    `json:"route"`
	Param        string    `json:"param"`
	Errors       int64     `json:"errors"`
	Callers      *int64    `json:"callers"`
	CallersError *float64  `json:"callers_error"`
	FirstSeen    time.Time `json:"first_seen"`
	LastSeen     time.Time `json:"last_seen"`
}

// ErrorKey is what makes an error of top and movers.
type ErrorKey struct {
	Source   string `json:"source"`
	Method   string `json:"method"`
	Route    string `json:"route"`
	Status   int    `json:"status"`
	Type     string `json:"type"`
	Code     string `json:"code"`
	Param    string `json:"param"`
	Feature  string `json:"feature"`
	Template string `json:"template"`
}

// Error is one error of top.
type Error struct {
	ErrorKey
	TemplateText         string   `json:"template_text"`
	Errors               int64    `json:"errors"`
	PreviousErrors       *int64   `json:"previous_errors"`
	Change               *int64   `json:"change"`
	Share                float64  `json:"share"`
	Callers              *int64   `json:"callers"`
	CallersError         *float64 `json:"callers_error"`
	PreviousCallers      *int64   `json:"previous_callers"`
	PreviousCallersError *float64 `json:"previous_callers_error"`
	// TopCallerShare is exact; a report says "at least" where it estimates.
	TopCallerShare *float64 `json:"top_caller_share"`
}

// Mistake is a 4xx that a caller can mend.
type Mistake struct {
	Source         string        `json:"source"`
	Method         string        `json:"method"`
	Route          string        `json:"route"`
	Type           string        `json:"type"`
	Param          string        `json:"param"`
	Template       string        `json:"template"`
	TemplateText   string        `json:"template_text"`
	Errors         int64         `json:"errors"`
	PreviousErrors *int64        `json:"previous_errors"`
	Callers        *int64        `json:"callers"`
	CallersError   *float64      `json:"callers_error"`
	Clients        []ClientCount `json:"clients"`
}

// ClientCount is errors of one client library.
type ClientCount struct {
	Client string `json:"client"`
	Errors int64  `json:"errors"`
}

// Finding is a conformance finding of a route.
type Finding struct {
	Finding  string `json:"finding"`
	Source   string `json:"source"`
	Method   string `json:"method"`
	Route    string `json:"route"`
	Status   int    `json:"status"`
	Type     string `json:"type"`
	Entries  int64  `json:"entries"`
	Previous *int64 `json:"previous"`
}

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func union[K comparable, V any](a, b map[K]V) []K {
	out := slices.Collect(maps.Keys(a))
	for k := range b {
		if _, ok := a[k]; !ok {
			out = append(out, k)
		}
	}
	return out
}

func sortBy[T any](list []T, key func(T) []string) {
	slices.SortFunc(list, func(a, b T) int { return slices.Compare(key(a), key(b)) })
}

// Sort puts the lists into the order of their keys.
func (r *Report) Sort() {
	signal := func(s Signal) []string { return []string{s.Source, s.Type, s.Code, s.Route, s.Param} }
	sortBy(r.New, signal)
	sortBy(r.Gone, signal)
	sortBy(r.Top, func(e Error) []string {
		return []string{e.Source, e.Method, e.Route, strconv.Itoa(e.Status), e.Type, e.Code, e.Param, e.Feature, e.Template}
	})
	sortBy(r.Mistakes, func(m Mistake) []string { return []string{m.Source, m.Method, m.Route, m.Type, m.Param, m.Template} })
	sortBy(r.Findings, func(f Finding) []string {
		return []string{f.Finding, f.Source, f.Method, f.Route, strconv.Itoa(f.Status), f.Type}
	})
	sortBy(r.Coverage.Read, func(c ReadCount) []string { return []string{c.Source, c.Reason} })
}

// grouped adds the errors of the range up by a key; those that are 0 are none.
func grouped[K comparable](s scope, key func(Key) K, pass func(Key) bool) map[K]*group {
	m := map[K]*group{}
	for _, p := range s.errorParts() {
		if !pass(p.Key) {
			continue
		}
		k := key(p.Key)
		if m[k] == nil {
			m[k] = &group{}
		}
		m[k].add(p)
	}
	maps.DeleteFunc(m, func(_ K, g *group) bool { return g.n == 0 })
	return m
}

func errorKey(k Key) ErrorKey {
	return ErrorKey{k.Source, k.Method, k.Route, k.Status, k.Type, k.Code, k.Param, k.Feature, k.Template}
}

func every(Key) bool { return true }

type templateKey struct{ source, typ, id string }

// templateTexts are the texts of template ids: the smallest one of their rows.
func (l *ledger) templateTexts() map[templateKey]string {
	m := map[templateKey]string{}
	for _, r := range l.byKind["template"] {
		k := templateKey{r.Source, r.Type, r.Template}
		if text, ok := m[k]; !ok || r.Text < text {
			m[k] = r.Text
		}
	}
	return m
}

func (s scope) top(before *scope) []Error {
	out := []Error{}
	texts := s.templateTexts()
	now := grouped(s, errorKey, every)
	var previous map[ErrorKey]*group
	if before != nil {
		previous = grouped(*before, errorKey, every)
	}
	var all int64
	for _, g := range now {
		all += g.n
	}
	for k, g := range now {
		e := Error{ErrorKey: k, Errors: g.n, Share: float64(g.n) / float64(all), TemplateText: texts[templateKey{k.Source, k.Type, k.Template}]}
		e.Callers, e.CallersError = s.distinct(g)
		if e.Callers != nil {
			var most int64
			for _, n := range g.callers {
				most = max(most, n)
			}
			e.TopCallerShare = new(float64(most) / float64(g.n))
		}
		if before != nil {
			p := previous[k]
			if p == nil {
				p = &group{}
			}
			e.PreviousErrors, e.Change = &p.n, new(g.n-p.n)
			e.PreviousCallers, e.PreviousCallersError = before.distinct(p)
		}
		out = append(out, e)
	}
	(&Report{Top: out}).Sort()
	return out
}

type signalKey struct{ source, typ, code, route, param string }

// signals are the errors of the range by the key of new and gone. An error
// without a logged body has no type, and (other) is many errors.
func (s scope) signals() map[signalKey]*group {
	m := grouped(s, func(k Key) signalKey { return signalKey{k.Source, k.Type, k.Code, k.Route, k.Param} }, every)
	maps.DeleteFunc(m, func(k signalKey, g *group) bool {
		return g.rest || contains([]string{k.typ, k.code, k.route, k.param}, other)
	})
	return m
}

// fresh are the errors of the range of which there was none in the 14 days
// before; where nothing is held from before the range, all of them.
func (s scope) fresh(l *ledger) []Signal {
	known := l.scope(s.from-14*perDay, s.from, s.where).signals()
	return s.only(known)
}

// gone are the errors of this range of which there is none in the later one.
func (s scope) gone(now scope) []Signal { return s.only(now.signals()) }

func (s scope) only(others map[signalKey]*group) []Signal {
	out := []Signal{}
	for k, g := range s.signals() {
		if others[k] != nil {
			continue
		}
		x := Signal{Source: k.source, Type: k.typ, Code: k.code, Route: k.route, Param: k.param, Errors: g.n}
		x.Callers, x.CallersError = s.distinct(g)
		x.FirstSeen, x.LastSeen = time.UnixMicro(g.first).UTC(), time.UnixMicro(g.last).UTC()
		out = append(out, x)
	}
	(&Report{New: out}).Sort()
	return out
}

func (s scope) mistakes(before *scope) []Mistake {
	type key struct{ source, method, route, typ, param, template string }
	by := func(k Key) key { return key{k.Source, k.Method, k.Route, k.Type, k.Param, k.Template} }
	mendable := func(k Key) bool { return k.Status >= 400 && k.Status <= 499 }
	out := []Mistake{}
	texts := s.templateTexts()
	clients := s.clients(mendable)
	var previous map[key]*group
	if before != nil {
		previous = grouped(*before, by, mendable)
	}
	for k, g := range grouped(s, by, mendable) {
		m := Mistake{Source: k.source, Method: k.method, Route: k.route, Type: k.typ, Param: k.param, Template: k.template, Errors: g.n, Clients: []ClientCount{}}
		m.TemplateText = texts[templateKey{k.source, k.typ, k.template}]
		m.Callers, m.CallersError = s.distinct(g)
		if before != nil {
			m.PreviousErrors = new(int64(0))
			if p := previous[k]; p != nil {
				m.PreviousErrors = &p.n
			}
		}
		for c, n := range clients[[4]string{k.source, k.route, k.typ, k.param}] {
			m.Clients = append(m.Clients, ClientCount{c, n})
		}
		slices.SortFunc(m.Clients, func(a, b ClientCount) int {
			return cmp.Or(cmp.Compare(b.Errors, a.Errors), cmp.Compare(a.Client, b.Client))
		})
		out = append(out, m)
	}
	(&Report{Mistakes: out}).Sort()
	return out
}

// clients are errors by client of a source, route, type and param. They are
// split as errors are: what has no error row stands under "(no body)".
func (s scope) clients(pass func(Key) bool) map[[4]string]map[string]int64 {
	m := map[[4]string]map[string]int64{}
	add := func(r Row, typ, param string, n int64) {
		k := [4]string{r.Source, r.Route, typ, param}
		if m[k] == nil {
			m[k] = map[string]int64{}
		}
		m[k][r.Client] += n
	}
	for _, r := range s.rows("eclient") {
		if !pass(r.Key) {
			continue
		}
		add(r, r.Type, r.Param, r.N)
		if s.requests[r.spot()] && !s.byBodies() {
			add(r, noBody, noBody, r.Extra-r.N)
		}
	}
	if !s.byBodies() {
		for _, r := range s.rows("rclient") {
			if pass(r.Key) {
				add(r, noBody, noBody, r.N)
			}
		}
	}
	for _, clients := range m {
		noZeroes(clients)
	}
	return m
}

func (s scope) findings(before *scope) []Finding {
	count := func(s scope) map[Finding]int64 {
		m := map[Finding]int64{}
		for _, r := range s.rows("finding") {
			m[Finding{Finding: r.Key.Finding, Source: r.Source, Method: r.Method, Route: r.Route, Status: r.Status, Type: r.Type}] += r.N
		}
		return m
	}
	out := []Finding{}
	var previous map[Finding]int64
	if before != nil {
		previous = count(*before)
	}
	for f, n := range count(s) {
		f.Entries = n
		if before != nil {
			key := f
			key.Entries = 0
			f.Previous = new(previous[key])
		}
		out = append(out, f)
	}
	(&Report{Findings: out}).Sort()
	return out
}

package render

import (
	"slices"
	"strconv"
	"strings"

	"errata/internal/cli/out"
	"errata/internal/demand"
	"errata/internal/report"
)

// body writes all sections of a report on a page.
func body(p page, r *report.Report) {
	p.title(heading(r))
	p.list(subtitle(r))
	for _, s := range sections {
		p.heading(s.title)
		if text := caution(r, s.key); text != "" {
			p.paragraph(text)
		}
		parts[s.key](p, r)
	}
}

// parts writes each section's content below its heading.
var parts = map[string]func(page, *report.Report){
	secVerdict: verdict, secCoverage: coverage, secFigures: keyFigures, secTimeline: timeline,
	secNew: newErrors, secGone: goneErrors, secMovers: movers, secTop: topErrors,
	secMistakes: mistakes, secDemand: demandRows, secFindings: findings, secMethod: method,
}

func verdict(p page, r *report.Report) { p.list(printables(r.Verdict)) }

// printables are sentences that may carry values from logs.
func printables(list []string) []string {
	visible := make([]string, len(list))
	for i, s := range list {
		visible[i] = label(s)
	}
	return visible
}

func coverage(p page, r *report.Report) {
	c := &r.Coverage
	p.paragraph(strings.Join(append([]string{coverageText(r)}, coverageNotes(r)...), " "))
	if len(c.Read) > 0 {
		t := table{columns: []column{{name: "entries"}, {name: "before"}, {name: "source", kind: short}, {name: "what became of them", kind: wide}}}
		for _, x := range c.Read {
			t.rows = append(t.rows, []cell{words(num(x.Entries)), words(numOr(x.Previous)), logged(clip(x.Source, shortest)), words(readReason(x.Reason))})
		}
		p.table(t)
	}
	inputs(p, r)
	if len(c.NotRead) > 0 {
		p.subheading("Not read")
		t := table{columns: []column{{name: "input", kind: wide}, {name: "reason", kind: wide}}}
		n := min(len(c.NotRead), mostRows)
		for _, x := range c.NotRead[:n] {
			t.rows = append(t.rows, []cell{logged(x.Name), words(clip(label(x.Reason), longest))})
		}
		p.table(t)
		note(p, more(int64(len(c.NotRead)), n))
	}
	if len(c.Silent) > 0 {
		p.subheading("Silence")
		t := table{columns: []column{{name: "hours"}, {name: "from", kind: short}, {name: "to", kind: short}, {name: "source", kind: wide}}}
		for _, x := range c.Silent {
			t.rows = append(t.rows, []cell{words(num(x.Hours)), words(minute(x.From)), words(minute(x.To)), logged(x.Source)})
		}
		p.table(t)
	}
}

// shortest bounds values in columns that are not wrapped.
const shortest = 24

func inputs(p page, r *report.Report) {
	list := r.Coverage.Inputs
	if len(list) == 0 {
		return
	}
	p.subheading("Inputs")
	t := table{columns: []column{{name: "entries"}, {name: "counted"}, {name: "dead"}, {name: "passed over"}, {name: "feed", kind: short}, {name: "format", kind: short}, {name: "input", kind: wide}}}
	n := min(len(list), mostRows)
	for _, x := range list[:n] {
		t.rows = append(t.rows, []cell{
			words(num(x.Entries)), words(num(x.Counted)), words(num(x.Dead)), words(num(x.Skipped)),
			words(orNone(x.Feed)), words(orNone(x.Format)), logged(x.Name),
		})
	}
	p.table(t)
	note(p, more(int64(len(list)), n))
}

func orNone(s string) string { return clip(label(s), shortest) }

func note(p page, s string) {
	if s != "" {
		p.paragraph(s)
	}
}

func keyFigures(p page, r *report.Report) {
	t := table{columns: []column{{name: "", kind: short}, {name: "now"}, {name: "before"}, {name: "change"}, {name: "what it is", kind: wide}}}
	for _, f := range figures(r) {
		t.rows = append(t.rows, []cell{words(f.name), words(f.now), words(f.previous), {{f.change, f.trend()}}, words(f.note)})
	}
	p.table(t)
	countedTable(p, "Responses by status", "responses", "status", statusRows(r))
	countedTable(p, "Errors by type", "errors", "type", typeRows(r))
}

func countedTable(p page, title, measure, name string, rows []counted) {
	if len(rows) == 0 {
		return
	}
	p.subheading(title)
	t := table{columns: []column{{name: measure}, {name: "before"}, {name: "change"}, {name: name, kind: wide}}}
	n := min(len(rows), mostRows)
	for _, x := range rows[:n] {
		t.rows = append(t.rows, []cell{words(num(x.now)), words(numOr(x.previous)), words(changed(x.change, x.previous)), logged(x.key)})
	}
	p.table(t)
	note(p, more(int64(len(rows)), n))
}

func timeline(p page, r *report.Report) {
	if !slices.ContainsFunc(r.Timeline.Points, func(x report.Point) bool { return !x.Silent }) {
		p.paragraph(empty(r, secTimeline))
		return
	}
	p.paragraph(about(r, secTimeline))
	p.timeline(r)
}

// begin writes what a section shows, or why it has no rows.
func begin(p page, r *report.Report, key string, rows int) bool {
	p.paragraph(about(r, key))
	if rows == 0 {
		p.paragraph(empty(r, key))
	}
	return rows > 0
}

func newErrors(p page, r *report.Report)  { signals(p, r, secNew, r.New, r.Found.New) }
func goneErrors(p page, r *report.Report) { signals(p, r, secGone, r.Gone, r.Found.Gone) }

func signals(p page, r *report.Report, key string, list []report.Signal, found int64) {
	if !begin(p, r, key, len(list)) {
		return
	}
	t := table{columns: []column{{name: "errors"}, {name: "callers"}, {name: "first seen", kind: short}, {name: "last seen", kind: short}, {name: "error", kind: wide}, {name: "sample", kind: wide, lead: "sample"}}}
	n := shown(r, len(list))
	for i := range list[:n] {
		s := &list[i]
		k := report.ErrorKey{Source: s.Source, Type: s.Type, Code: s.Code, Route: s.Route, Param: s.Param}
		t.rows = append(t.rows, []cell{
			words(num(s.Errors)), words(estimate(s.Callers, s.CallersError)), words(s.FirstSeen.Format(minuteLayout)), words(s.LastSeen.Format(minuteLayout)),
			errorCell(r, k, false), sampleCell(s.Sample, ""),
		})
	}
	p.table(t)
	note(p, more(max(found, int64(len(list))), n))
}

// errorCell is what an error is. Signals have neither method nor status.
func errorCell(r *report.Report, k report.ErrorKey, withStatus bool) cell {
	var c cell
	if k.Method != "" {
		c = append(c, piece{clip(label(k.Method), shortest), value})
	}
	c = append(c, piece{clip(label(k.Route), longest), value})
	if withStatus {
		c = append(c, piece{text: strconv.Itoa(k.Status)})
	}
	c = append(c, piece{clip(label(k.Type), longest), value})
	for _, x := range []named{{"code", k.Code}, {"param", k.Param}, {"feature", k.Feature}} {
		if x.value != "" {
			c = append(c, piece{text: x.name}, piece{clip(label(x.value), longest), value})
		}
	}
	if severalSources(r) {
		c = append(c, piece{text: "source"}, piece{clip(label(k.Source), longest), value})
	}
	return c
}

// sampleCell is a kept example, nothing where there is none. Its message is left
// out where the template says the same.
func sampleCell(s *report.Sample, template string) cell {
	if s == nil {
		return nil
	}
	var c cell
	for i, x := range []string{s.RequestID, s.Time, s.Position, s.Message} {
		if x != "" && (i < 3 || x != template) {
			c = append(c, piece{clip(label(x), longest), value})
		}
	}
	return c
}

func templateCell(text string) cell {
	if text == "" {
		return nil
	}
	return logged(text)
}

func movers(p page, r *report.Report) {
	if !begin(p, r, secMovers, len(r.Movers)) {
		return
	}
	t := table{columns: []column{
		{name: "change", kind: short},
		{name: "times"},
		{name: "callers"},
		{name: "before"},
		{name: "errors"},
		{name: "before"},
		{name: "q"},
		{name: "error", kind: wide},
		{name: "message", kind: wide},
	}}
	for i := range r.Movers {
		m := &r.Movers[i]
		st := good
		if m.Direction == "up" {
			st = bad
		}
		t.rows = append(t.rows, []cell{
			{{moved(m), st}},
			words(factor(m.Factor)),
			words(estimate(m.Callers, m.CallersError)), words(estimate(m.PreviousCallers, m.PreviousCallersError)),
			words(num(m.Errors)), words(num(m.PreviousErrors)), words(probability(m.Q)),
			errorCell(r, m.ErrorKey, true), templateCell(m.TemplateText),
		})
	}
	p.table(t)
	note(p, more(r.Found.Movers, len(r.Movers)))
}

// moved is the change of a mover with what it counts.
func moved(m *report.Mover) string {
	s := signed(m.Change)
	if m.Basis == "callers" && (isEstimate(m.CallersError) || isEstimate(m.PreviousCallersError)) {
		s = "~" + s
	}
	return s + " " + label(m.Basis)
}

func topErrors(p page, r *report.Report) {
	if !begin(p, r, secTop, len(r.Top)) {
		return
	}
	t := table{columns: []column{
		{name: "errors"},
		{name: "before"},
		{name: "change"},
		{name: "share"},
		{name: "callers"},
		{name: "largest"},
		{name: "error", kind: wide},
		{name: "message", kind: wide},
		{name: "by day", kind: wide, lead: "by day"},
		{name: "sample", kind: wide, lead: "sample"},
	}}
	for i := range r.Top {
		x := &r.Top[i]
		st := plain
		if x.Change != nil && *x.Change != 0 {
			st = good
			if *x.Change > 0 {
				st = bad
			}
		}
		key := errorCell(r, x.ErrorKey, true)
		if x.State == "new" {
			key = append(key, piece{"(new)", bad})
		}
		t.rows = append(t.rows, []cell{
			words(num(x.Errors)), words(numOr(x.PreviousErrors)),
			{{changed(x.Change, x.PreviousErrors), st}},
			words(percent(x.Share)),
			words(estimate(x.Callers, x.CallersError)), words(atLeast(x.TopCallerShare)),
			key, templateCell(x.TemplateText), words(spark(x.Days)), sampleCell(x.Sample, x.TemplateText),
		})
	}
	p.table(t)
	note(p, more(r.Found.Top, len(r.Top)))
}

func mistakes(p page, r *report.Report) {
	if !begin(p, r, secMistakes, len(r.Mistakes)) {
		return
	}
	t := table{columns: []column{
		{name: "errors"},
		{name: "before"},
		{name: "callers"},
		{name: "error", kind: wide},
		{name: "message", kind: wide},
		{name: "clients", kind: wide, lead: "clients"},
		{name: "sample", kind: wide, lead: "sample"},
	}}
	for i := range r.Mistakes {
		m := &r.Mistakes[i]
		k := report.ErrorKey{Source: m.Source, Method: m.Method, Route: m.Route, Type: m.Type, Param: m.Param}
		t.rows = append(t.rows, []cell{
			words(num(m.Errors)), words(numOr(m.PreviousErrors)), words(estimate(m.Callers, m.CallersError)),
			errorCell(r, k, false), templateCell(m.TemplateText), clientsCell(m.Clients), sampleCell(m.Sample, m.TemplateText),
		})
	}
	p.table(t)
	note(p, more(r.Found.Mistakes, len(r.Mistakes)))
}

// mostClients bounds the clients of a row.
const mostClients = 8

func clientsCell(list []report.ClientCount) cell {
	var c cell
	n := min(len(list), mostClients)
	for i, x := range list[:n] {
		count := num(x.Errors)
		if i < len(list)-1 {
			count += ","
		}
		c = append(c, piece{clip(label(x.Client), shortest), value}, piece{text: count})
	}
	if n < len(list) {
		c = append(c, piece{text: "and " + num(int64(len(list)-n)) + " more"})
	}
	return c
}

func demandRows(p page, r *report.Report) {
	d := &r.Demand
	begin(p, r, secDemand, len(d.Rows))
	note(p, demandTotals(&d.Totals))
	if len(d.Rows) > 0 {
		t := table{columns: []column{
			{name: "attempts"},
			{name: "callers"},
			{name: "new"},
			{name: "returning"},
			{name: "gone"},
			{name: "days"},
			{name: "largest"},
			{name: "feature", kind: wide},
			{name: "seen", kind: wide, lead: "seen"},
			{name: "why", kind: wide, lead: "why"},
			{name: "adoption", kind: wide, lead: "adoption"},
		}}
		n := shown(r, len(d.Rows))
		for i := range d.Rows[:n] {
			x := &d.Rows[i]
			feature := logged(x.Feature)
			if x.AvailableFrom != "" {
				feature = append(feature, piece{text: "from"}, piece{clip(label(x.AvailableFrom), longest), value})
			}
			var seen cell
			if x.FirstSeen != nil && x.LastSeen != nil {
				seen = words(x.FirstSeen.Format(minuteLayout) + " to " + x.LastSeen.Format(minuteLayout) + zoneOf(r))
			}
			t.rows = append(t.rows, []cell{
				words(num(x.Attempts)), words(estimate(x.Callers, x.CallersError)), words(numOr(x.New)), words(numOr(x.Returning)), words(numOr(x.Gone)),
				words(num(x.Days)), words(percentOr(x.TopCallerShare)), feature, seen, words(reasonText(x.Reasons)), words(adoption(x)),
			})
		}
		p.table(t)
		note(p, more(int64(len(d.Rows)), n))
	}
	p.list(printables(d.Notes))
}

// demandTotals are the totals of the demand in a sentence, "" where there is
// nothing to say.
func demandTotals(t *demand.Totals) string {
	var s []string
	switch {
	case t.Attempts == nil || *t.Attempts == 0:
	case t.Callers == nil:
		s = append(s, out.Count(*t.Attempts, "attempt", "attempts")+"; by how many callers is not known.")
	default:
		s = append(s, out.Count(*t.Attempts, "attempt", "attempts")+" by "+estimate(t.Callers, t.CallersError)+" callers.")
	}
	if t.NoFeature != nil && *t.NoFeature > 0 {
		s = append(s, out.Count(*t.NoFeature, "error with status 501 names no feature.", "errors with status 501 name no feature."))
	}
	return strings.Join(s, " ")
}

// adoption is what is known of how far a feature has come.
func adoption(x *demand.Row) string {
	var list []string
	if x.Reach != nil {
		list = append(list, "reach ~"+percent(*x.Reach)+" of active callers")
	}
	if x.Converted != nil {
		list = append(list, "converted "+num(*x.Converted))
	}
	if x.Orgs != nil {
		list = append(list, out.Count(*x.Orgs, "organisation", "organisations"))
	}
	return strings.Join(list, ", ")
}

// reasonText is why attempts failed, those that occur.
func reasonText(x demand.Reasons) string {
	var list []string
	for _, p := range []struct {
		name string
		n    int64
	}{
		{"no beta header", x.NoHeader},
		{"header of another feature", x.OtherFeature},
		{"older value", x.OlderValue},
		{"right value", x.RightValue},
		{"unknown", x.Unknown},
	} {
		if p.n > 0 {
			list = append(list, p.name+" "+num(p.n))
		}
	}
	return strings.Join(list, ", ")
}

// zoneOf says that times of the demand are UTC where the report's are not.
func zoneOf(r *report.Report) string {
	if r.Zone == "UTC" {
		return ""
	}
	return " UTC"
}

func findings(p page, r *report.Report) {
	if !begin(p, r, secFindings, len(r.Findings)) {
		return
	}
	t := table{columns: []column{
		{name: "entries"}, {name: "before"}, {name: "finding", kind: wide}, {name: "where", kind: wide}, {name: "meaning", kind: wide}, {name: "sample", kind: wide, lead: "sample"},
	}}
	for i := range r.Findings {
		f := &r.Findings[i]
		k := report.ErrorKey{Source: f.Source, Method: f.Method, Route: f.Route, Status: f.Status, Type: f.Type}
		t.rows = append(t.rows, []cell{
			words(num(f.Entries)), words(numOr(f.Previous)), logged(f.Finding), errorCell(r, k, true), words(clip(label(f.Meaning), longest)), sampleCell(f.Sample, ""),
		})
	}
	p.table(t)
	note(p, more(r.Found.Findings, len(r.Findings)))
}

func method(p page, r *report.Report) {
	p.list(methodLines(r))
	if len(r.Notes) > 0 {
		p.subheading("Notes")
		p.list(printables(r.Notes))
	}
}

package render

import (
	"html/template"
	"strconv"
	"strings"
	"time"

	"errata/internal/demand"
	"errata/internal/report"
	"errata/internal/svg"
)

// part is a named property of an error.
type part struct{ Name, Value string }

// identity says which error a row is about.
type identity struct {
	Status   template.HTML
	Class    string // of the status: s4 or s5
	Title    string // its type, or what stands for it
	Method   string
	Route    string
	Parts    []part
	Text     string // of its template
	Badge    string // new
	Sample   *sampleView
	Up, Down bool
}

type sampleView struct{ RequestID, Time, Position, Message string }

// How many characters of a text the page shows.
const (
	maxName    = 64 // types, codes, sources, methods, clients
	maxRoute   = 140
	maxText    = 240
	maxMessage = 400
)

func sampleOf(s *report.Sample) *sampleView {
	if s == nil {
		return nil
	}
	v := &sampleView{Time: visible(s.Time, maxName)}
	for _, f := range []struct {
		to   *string
		from string
		n    int
	}{{&v.RequestID, s.RequestID, maxName}, {&v.Position, s.Position, maxRoute}, {&v.Message, s.Message, maxMessage}} {
		if f.from != "" {
			*f.to = visible(f.from, f.n)
		}
	}
	return v
}

func (p *painter) identity(path string, k report.ErrorKey, s *report.Sample) identity {
	id := identity{Title: visible(k.Type, maxName), Sample: sampleOf(s), Class: "s4"}
	if k.Status >= 500 {
		id.Class = "s5"
	}
	if k.Status != 0 {
		id.Status = datum(path+"/status", k.Status, strconv.Itoa(k.Status))
	}
	if k.Method != "" {
		id.Method = visible(k.Method, maxName)
	}
	if k.Route != "" {
		id.Route = visible(k.Route, maxRoute)
	}
	add := func(name, value string, n int) {
		if value != "" {
			id.Parts = append(id.Parts, part{name, visible(value, n)})
		}
	}
	add("code", k.Code, maxName)
	add("param", k.Param, maxRoute)
	add("feature", k.Feature, maxName)
	if p.several {
		add("source", k.Source, maxName)
	}
	switch {
	case k.TemplateText != "":
		id.Text = visible(k.TemplateText, maxText)
	case k.Template != "":
		id.Text = visible(k.Template, maxName)
	}
	return id
}

// errorView is a row of any list of errors.
type errorView struct {
	ID                   identity
	Errors, ErrorsFrom   template.HTML
	Share                template.HTML
	Change               template.HTML
	Callers, CallersFrom template.HTML
	TopCaller            template.HTML
	First, Last          template.HTML
	Spark                template.HTML
	Factor, P, Q         template.HTML
	Basis                string
	Clients              []clientView
	Meaning              string
}

type clientView struct {
	Name   string
	Errors template.HTML
}

func (p *painter) signals(member string, list []report.Signal, found int64, budget int) rowList {
	t := p.rows(member+"-row", shown(p.r, len(list)), budget, func(i int) any {
		s, at := list[i], pointer(member, i)
		return errorView{
			ID: p.identity(at, report.ErrorKey{
				Source: s.Source, Type: s.Type, Code: s.Code, Route: s.Route, Param: s.Param,
			}, s.Sample),
			Errors:  p.count(at+"/errors", s.Errors),
			Callers: p.estimated(at+"/callers", s.Callers, at+"/callers_error", s.CallersError),
			First:   p.stamp(s.FirstSeen), Last: p.stamp(s.LastSeen),
		}
	})
	return p.section(member, t, len(list), found)
}

func (p *painter) movers() rowList {
	list := p.r.Movers
	t := p.rows("movers-row", len(list), budgetMovers, func(i int) any {
		m, at := list[i], pointer("movers", i)
		v := errorView{
			ID:          p.identity(at, m.ErrorKey, nil),
			Errors:      p.count(at+"/errors", m.Errors),
			ErrorsFrom:  from(p.count(at+"/previous_errors", m.PreviousErrors)),
			Callers:     p.estimated(at+"/callers", m.Callers, at+"/callers_error", m.CallersError),
			CallersFrom: from(p.estimated(at+"/previous_callers", m.PreviousCallers, at+"/previous_callers_error", m.PreviousCallersError)),
			P:           datum(at+"/p", m.P, probability(m.P)),
			Q:           datum(at+"/q", m.Q, probability(m.Q)),
			Basis:       visible(m.Basis, maxName),
		}
		before := m.PreviousErrors
		if m.PreviousCallers != nil && m.Basis == "callers" {
			before = *m.PreviousCallers
		}
		v.Change = p.change(at+"/change", &m.Change, &before, moreIsBad, m.Basis == "callers" && (isEstimate(m.CallersError) || isEstimate(m.PreviousCallersError)))
		if m.Factor != nil {
			v.Factor = datum(at+"/factor", *m.Factor, factor(m.Factor))
		}
		return v
	})
	return p.section(secMovers, t, len(list), p.r.Found.Movers)
}

func (p *painter) top() rowList {
	list := p.r.Top
	t := p.rows("top-row", len(list), budgetTop, func(i int) any {
		e, at := list[i], pointer("top", i)
		v := errorView{
			ID:          p.identity(at, e.ErrorKey, e.Sample),
			Errors:      p.count(at+"/errors", e.Errors),
			ErrorsFrom:  from(p.countOr(at+"/previous_errors", e.PreviousErrors)),
			Share:       p.share(at+"/share", e.Share),
			Change:      p.change(at+"/change", e.Change, e.PreviousErrors, moreIsBad, false),
			Callers:     p.estimated(at+"/callers", e.Callers, at+"/callers_error", e.CallersError),
			CallersFrom: from(p.estimated(at+"/previous_callers", e.PreviousCallers, at+"/previous_callers_error", e.PreviousCallersError)),
		}
		if e.TopCallerShare != nil {
			v.TopCaller = datum(at+"/top_caller_share", *e.TopCallerShare, atLeast(e.TopCallerShare))
		}
		if e.State == "new" {
			v.ID.Badge = e.State
		}
		if len(e.Days) > 0 {
			v.Spark = draw(svg.Spark("spark", daysSaid(e.Days), e.Days, float64(max(7, len(e.Days))*8), 24))
		}
		return v
	})
	return p.section(secTop, t, len(list), p.r.Found.Top)
}

// daysSaid is what a picture of days says to those who do not see it.
func daysSaid(days []int64) string {
	texts := make([]string, len(days))
	for i, n := range days {
		texts[i] = strconv.FormatInt(n, 10)
	}
	return "Errors by day: " + strings.Join(texts, ", ")
}

func (p *painter) mistakes() rowList {
	const clients = 5
	list := p.r.Mistakes
	t := p.rows("mistakes-row", len(list), budgetMistakes, func(i int) any {
		m, at := list[i], pointer("client_mistakes", i)
		v := errorView{
			ID: p.identity(at, report.ErrorKey{
				Source: m.Source, Method: m.Method, Route: m.Route, Type: m.Type, Param: m.Param,
				Template: m.Template, TemplateText: m.TemplateText,
			}, m.Sample),
			Errors:     p.count(at+"/errors", m.Errors),
			ErrorsFrom: from(p.countOr(at+"/previous_errors", m.PreviousErrors)),
			Callers:    p.estimated(at+"/callers", m.Callers, at+"/callers_error", m.CallersError),
		}
		for j, c := range m.Clients[:min(len(m.Clients), clients)] {
			v.Clients = append(v.Clients, clientView{visible(c.Client, maxName), p.count(at+pointer("clients", j, "errors"), c.Errors)})
		}
		return v
	})
	return p.section(secMistakes, t, len(list), p.r.Found.Mistakes)
}

func (p *painter) findings() rowList {
	list := p.r.Findings
	t := p.rows("findings-row", len(list), budgetFindings, func(i int) any {
		f, at := list[i], pointer("findings", i)
		v := errorView{
			ID: p.identity(at, report.ErrorKey{
				Source: f.Source, Method: f.Method, Route: f.Route, Status: f.Status,
			}, f.Sample),
			Errors:     p.count(at+"/entries", f.Entries),
			ErrorsFrom: from(p.countOr(at+"/previous", f.Previous)),
			Meaning:    visible(f.Meaning, maxText),
		}
		v.ID.Title = visible(f.Finding, maxName)
		if f.Type != "" {
			v.ID.Parts = append(v.ID.Parts, part{"type", visible(f.Type, maxName)})
		}
		return v
	})
	return p.section(secFindings, t, len(list), p.r.Found.Findings)
}

type demandView struct {
	rowList
	Range                        template.HTML
	Attempts, Callers, NoFeature template.HTML
	Notes                        []string
}

// demandRow is one feature.
type demandRow struct {
	Feature, Available string
	Attempts, Callers  template.HTML
	Days, First, Last  template.HTML
	DaysWord           string
	New, Back, Gone    template.HTML
	TopCaller          template.HTML
	Orgs, Converted    template.HTML // "" where not known
	Reach              template.HTML
	Bar                template.HTML
	Reasons            []reasonView
}

type reasonView struct {
	Class, Name string
	Count       template.HTML
}

// reasons in the order of the model, each with its place and its colour.
var reasons = []struct {
	key, class, name string
	of               func(demand.Reasons) int64
}{
	{"no_header", "r1", "no beta header", func(r demand.Reasons) int64 { return r.NoHeader }},
	{"other_feature", "r2", "header of another feature", func(r demand.Reasons) int64 { return r.OtherFeature }},
	{"older_value", "r3", "older value", func(r demand.Reasons) int64 { return r.OlderValue }},
	{"right_value", "r4", "right value, still refused", func(r demand.Reasons) int64 { return r.RightValue }},
	{"unknown", "r5", "cannot be told", func(r demand.Reasons) int64 { return r.Unknown }},
}

// ofDemand leads from what is not known to the notes of demand.
func ofDemand(n template.HTML) template.HTML {
	if n == nothing {
		return nothingOfDemand
	}
	return n
}

func (p *painter) demand() demandView {
	d := p.r.Demand
	v := demandView{
		Attempts:  ofDemand(p.countOr("/demand/totals/attempts", d.Totals.Attempts)),
		Callers:   ofDemand(p.estimated("/demand/totals/callers", d.Totals.Callers, "/demand/totals/callers_error", d.Totals.CallersError)),
		NoFeature: ofDemand(p.countOr("/demand/totals/no_feature", d.Totals.NoFeature)),
	}
	if d.From != nil && d.To != nil {
		v.Range = p.dates(report.Range{From: d.From.UTC(), To: d.To.UTC()})
	}
	v.Notes, _ = sentences(d.Notes, maxMessage)
	v.rowList = p.rows("demand-row", shown(p.r, len(d.Rows)), budgetDemand, func(i int) any { return p.demandRow(i, d.Rows[i]) })
	v.rowList = p.section(secDemand, v.rowList, len(d.Rows), int64(len(d.Rows)))
	return v
}

func (p *painter) demandRow(i int, row demand.Row) demandRow {
	at := pointer("demand", "rows", i)
	v := demandRow{
		Feature:  visible(row.Feature, maxName),
		Attempts: p.count(at+"/attempts", row.Attempts),
		Callers:  ofDemand(p.estimated(at+"/callers", row.Callers, at+"/callers_error", row.CallersError)),
		Days:     p.count(at+"/days", row.Days),
		New:      ofDemand(p.countOr(at+"/new", row.New)),
		Back:     ofDemand(p.countOr(at+"/returning", row.Returning)),
		Gone:     ofDemand(p.countOr(at+"/gone", row.Gone)),
	}
	if v.DaysWord = "days"; row.Days == 1 {
		v.DaysWord = "day"
	}
	if row.AvailableFrom != "" {
		v.Available = visible(row.AvailableFrom, maxName)
	}
	if row.FirstSeen != nil {
		v.First = stampIn(*row.FirstSeen, time.UTC)
	}
	if row.LastSeen != nil {
		v.Last = stampIn(*row.LastSeen, time.UTC)
	}
	if row.TopCallerShare != nil {
		v.TopCaller = p.share(at+"/top_caller_share", *row.TopCallerShare)
	}
	if row.Orgs != nil {
		v.Orgs = p.count(at+"/orgs", *row.Orgs)
	}
	if row.Converted != nil {
		v.Converted = p.count(at+"/converted", *row.Converted)
	}
	if row.Reach != nil {
		v.Reach = p.share(at+"/reach", *row.Reach)
	}
	bar := svg.Bar{Class: "stack", Width: 160, Height: 10, Max: float64(row.Attempts)}
	var said []string
	for _, reason := range reasons {
		n := reason.of(row.Reasons)
		if n == 0 {
			continue
		}
		said = append(said, reason.name+" "+strconv.FormatInt(n, 10))
		bar.Parts = append(bar.Parts, svg.Part{Class: reason.class, Value: float64(n), Title: reason.name + ": " + num(n)})
		v.Reasons = append(v.Reasons, reasonView{reason.class, reason.name, p.count(at+pointer("reasons", reason.key), n)})
	}
	if len(said) > 0 {
		bar.Name = "Attempts by reason: " + strings.Join(said, ", ")
		v.Bar = draw(bar.String())
	}
	return v
}

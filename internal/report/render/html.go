package render

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page's template and style
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"errata/internal/report"
)

//go:embed html.tmpl
var htmlText string

//go:embed html.css
var htmlStyle string

// htmlPage is parsed once; a mistake in it is one of the program.
var htmlPage = template.Must(template.New("html").Funcs(template.FuncMap{"split": newSplit}).Parse(htmlText))

// Budgets in bytes. However many rows a report has and however long their texts
// are, the page stays under 300 KB, which every mail and chat takes: a list ends
// where its budget does, and says so. What one list leaves, the next may use.
// Style, pictures and key figures need up to 110 KB.
const (
	budgetLists = 184_000 // all lists together, at least the sum of what each is granted:

	budgetTop      = 36_000
	budgetMistakes = 24_000
	budgetNew      = 18_000
	budgetMovers   = 22_000
	budgetDemand   = 24_000
	budgetGone     = 12_000
	budgetFindings = 12_000
	budgetCounts   = 6_000 // by status and by type, each
	budgetCoverage = 4_000 // each of four lists of coverage
	budgetTexts    = 2_000 // each list of sentences
)

// page is all that the template shows. Numbers are ready-made elements, so that
// each carries its place in the model; texts are strings, which the template
// escapes.
type htmlView struct {
	CSP      string
	Style    template.CSS
	Title    string
	Heading  string
	Range    template.HTML
	Compared template.HTML
	// NotCompared says why there is no compared range.
	NotCompared string
	Sources     string
	Filters     []string
	Version     string
	Now         string
	Zone        string
	Contents    []htmlLink
	Verdict     []string
	Coverage    coverageView
	Figures     []figureView
	Status      rowList
	Types       rowList
	Time        timeView
	New, Gone   rowList
	Movers      rowList
	Top         rowList
	Mistakes    rowList
	Demand      demandView
	Findings    rowList
	Method      methodView
}

// link is one line of the contents.
type htmlLink struct {
	ID, Name string
	Count    template.HTML // how many are found, "" where nothing is counted
}

// rowList is one list: rows that are ready, or why there are none.
type rowList struct {
	Title    string
	Found    template.HTML // how many there are, "" where that is not counted
	Caution  string
	About    string
	Rows     template.HTML
	Count    int
	More     string // what is not shown, and where it is
	Empty    string
	Compared bool
}

// split is a list of counts with the words of its columns.
type split struct {
	Title, Key, Measure string
	List                rowList
}

func newSplit(title, key, measure string, list rowList) split {
	return split{title, key, measure, list}
}

// HTML writes the report as one page that stands alone: no script, no request,
// pictures inline, everything from logs shown as text.
func HTML(w io.Writer, r *report.Report) error {
	var b bytes.Buffer // a page that fails half way must not be half written
	p := painter{r: r, several: severalSources(r), left: budgetLists, granted: budgetLists}
	if err := htmlPage.ExecuteTemplate(&b, "page", p.page()); err != nil {
		return fmt.Errorf("report as HTML: %w", err)
	}
	if p.err != nil {
		return fmt.Errorf("report as HTML: %w", p.err)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("report as HTML: %w", err)
	}
	return nil
}

// painter builds the page of one report.
type painter struct {
	r       *report.Report
	several bool
	left    int // of the budget of all lists
	granted int // what of it belongs to the lists to come
	err     error
}

func (p *painter) page() *htmlView {
	r := p.r
	style := strings.TrimSpace(htmlStyle)
	sum := sha256.Sum256([]byte(style))
	v := &htmlView{
		CSP: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; img-src data:; base-uri 'none'; form-action 'none'",
		Style:   template.CSS(style), // #nosec G203 -- our own file
		Heading: headline(r.Range),
		Range:   p.dates(r.Range),
		Version: visible(r.Version, 40),
		Now:     visible(r.Now, 40),
		Zone:    visible(r.Zone, 60),
	}
	v.Title = visible("Error report "+strings.TrimSpace(r.Range.Week+" "+r.Range.From.Format(dayLayout)), maxRoute)
	sources, more := sentences(r.Sources, maxName)
	if v.Sources = strings.Join(sources, ", "); more > 0 {
		v.Sources += " and " + num(int64(more)) + " more"
	}
	v.Filters, _ = sentences(r.Filters, maxRoute)
	v.Verdict, _ = sentences(r.Verdict, maxMessage)
	if r.Previous != nil {
		v.Compared = p.dates(r.Previous.Range)
	}
	v.NotCompared = notCompared(r)
	v.Figures = p.figures()
	v.Time = p.timeline()
	// The order decides who may use what is left of the budget.
	v.Coverage = p.coverage()
	v.Types = p.counts("by_type", typeRows(r))
	v.Status = p.counts("by_status", statusRows(r))
	v.New = p.signals(secNew, r.New, r.Found.New, budgetNew)
	v.Top = p.top()
	v.Mistakes = p.mistakes()
	v.Demand = p.demand()
	v.Movers = p.movers()
	v.Gone = p.signals(secGone, r.Gone, r.Found.Gone, budgetGone)
	v.Findings = p.findings()
	v.Method = p.method()
	for _, s := range sections[1:] { // all but the verdict, which stands above
		v.Contents = append(v.Contents, htmlLink{s.key, s.title, p.found(s.key)})
	}
	return v
}

// rows executes the named template for one row after another until the budget
// is spent: what the list is granted, and what earlier ones left.
func (p *painter) rows(name string, n, grant int, row func(i int) any) rowList {
	var b bytes.Buffer
	p.granted -= grant
	budget := max(grant, p.left-p.granted)
	defer func() { p.left -= b.Len() }()
	t := rowList{}
	for i := range n {
		was := b.Len()
		if err := htmlPage.ExecuteTemplate(&b, name, row(i)); err != nil && p.err == nil {
			p.err = err
		}
		if b.Len() > budget {
			b.Truncate(was)
			break
		}
		t.Count++
	}
	t.Rows = template.HTML(b.String()) // #nosec G203 -- made by the template above
	return t
}

// found is how many rows a section has in all.
func (p *painter) found(key string) template.HTML {
	f := p.r.Found
	n, ok := map[string]int64{
		secNew: f.New, secGone: f.Gone, secMovers: f.Movers, secTop: f.Top, secMistakes: f.Mistakes, secFindings: f.Findings,
	}[key]
	if !ok {
		return ""
	}
	return p.count(pointer("found", key), n)
}

// section gives a list the words of its section.
func (p *painter) section(key string, t rowList, listed int, found int64) rowList {
	for _, s := range sections {
		if s.key == key {
			t.Title = s.title
		}
	}
	t.Found, t.About, t.Caution = p.found(key), about(p.r, key), caution(p.r, key)
	if listed == 0 {
		t.Empty = empty(p.r, key)
	}
	return p.cut(t, listed, found)
}

// cut says what a list does not show: what the report was cut to, or what the
// page has no room for.
func (p *painter) cut(t rowList, listed int, found int64) rowList {
	found = max(found, int64(listed))
	first := "The first " + num(int64(t.Count)) + " of " + num(found)
	switch {
	case int64(t.Count) == found || listed == 0:
	case t.Count < shown(p.r, listed):
		t.More = first + "; the page ends the list here to stay small: errata report -o json or -o csv has more."
	case t.Count < listed:
		t.More = first + ": errata report -o json or -o csv lists them all."
	default:
		t.More = first + ": --top 0 -o json or -o csv lists them all."
	}
	return t
}

// sentences are texts that fit into their budget, and how many did not.
func sentences(texts []string, each int) (shown []string, left int) {
	size := 0
	for i, s := range texts {
		s = visible(s, each)
		if size += len(template.HTMLEscapeString(s)); size > budgetTexts && i > 0 {
			return shown, len(texts) - i
		}
		shown = append(shown, s)
	}
	return shown, 0
}

// visible is a text from a log as the page shows it: no control character, no
// character that reorders its neighbours, and not longer than n characters.
func visible(s string, n int) string {
	if len(s) > 16*n { // what is cut away need not be looked at
		s = strings.ToValidUTF8(s[:16*n], "") + ellipsis
	}
	s = label(s)
	count := 0
	for i := range s {
		if count == n {
			return s[:i] + ellipsis
		}
		count++
	}
	return s
}

// notCompared says why nothing is compared.
func notCompared(r *report.Report) string {
	if r.Method.Compare == "none" {
		return "compared with nothing, as asked for"
	}
	return visible("not compared: "+reasonOr(r.History.Reason, "nothing is held of the range before"), maxMessage)
}

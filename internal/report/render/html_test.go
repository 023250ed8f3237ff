package render

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"errata/internal/report"
)

// pageReports are those that the page is tested with.
func pageReports() map[string]*report.Report {
	short := week() // too little is known for most
	short.Previous, short.Change = nil, nil
	short.History = report.History{Reason: "the store begins on 2026-11-08"}
	short.New, short.Gone, short.Movers = []report.Signal{}, []report.Signal{}, []report.Mover{}
	short.Found = report.Found{Top: short.Found.Top}
	short.Totals = report.Totals{Errors: 48213, Entries: 50000}
	short.Coverage.Value, short.Coverage.Reason = nil, "no log of every request was read"
	short.Demand.Totals.Attempts, short.Demand.Totals.Callers, short.Demand.Totals.NoFeature = nil, nil, nil
	for i := range short.Top {
		e := &short.Top[i]
		e.PreviousErrors, e.Change, e.Callers, e.CallersError, e.PreviousCallers, e.TopCallerShare = nil, nil, nil, nil, nil, nil
	}
	return map[string]*report.Report{
		"week": week(), "plain": fixture(inTurn(plainTexts)), "hostile": fixture(inTurn(hostile)), "short": short, "empty": emptyReport(),
	}
}

// emptyReport is that of a range without anything in it.
func emptyReport() *report.Report {
	return &report.Report{
		SchemaVersion: report.SchemaVersion, Range: week().Range, Zone: "Europe/Berlin", Now: "2026-11-16T09:00:00+01:00",
		Method: report.Method{Compare: "none"},
	}
}

// TestHTMLNumbersAreThoseOfJSON: each number on the page is that of the JSON
// form at the place that the page names, and the text for people says the same.
func TestHTMLNumbersAreThoseOfJSON(t *testing.T) {
	for name, r := range pageReports() {
		page, model := readPage(t, htmlOf(t, r)), jsonOf(t, r)
		seen := 0
		for _, e := range page.find("data") {
			path, ok := e.attrs["data-path"]
			if !ok {
				if !e.within("derived") {
					t.Errorf("%s: <data value=%q> names no place", name, e.attrs["value"])
				}
				continue
			}
			seen++
			got, err := resolve(model, path)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			n, ok := got.(json.Number)
			if !ok || n.String() != e.attrs["value"] {
				t.Errorf("%s: the page says %s = %s, JSON %v", name, path, e.attrs["value"], got)
				continue
			}
			x, err := n.Float64()
			text := e.content()
			if strings.HasSuffix(path, "callers_error") { // rounded up
				x = float64(int64(x + 0.999999))
			}
			if err != nil || !reads(text, x) {
				t.Errorf("%s: %s = %s reads %q", name, path, n, text)
			}
		}
		if seen < 20 {
			t.Errorf("%s: only %d numbers", name, seen)
		}
	}
}

// TestHTMLShowsEveryNumber: what the model has and the page does not show is
// listed here, and nothing else is left out.
func TestHTMLShowsEveryNumber(t *testing.T) {
	leftOut := regexp.MustCompile(`^/timeline/points/\d+/(requests|callers|previous)$` + // the picture shows previous
		`|^/top/\d+/days/\d+$` + // pictures, and their texts
		`|^/method/top$` +
		`|^/change/totals/callers_error$` + // a difference of errors says nothing
		`|_error$` + // those that are 0: a count is exact
		`|^/demand/rows/\d+/reasons/\w+$`) // those that are 0
	for name, r := range map[string]*report.Report{"week": week(), "plain": fixture(inTurn(plainTexts))} {
		shown := map[string]bool{}
		for _, e := range readPage(t, htmlOf(t, r)).find("data") {
			shown[e.attrs["data-path"]] = true
		}
		numbersIn(jsonOf(t, r), "", func(path string, n json.Number) {
			zero := n.String() == "0"
			switch {
			case shown[path]:
			case leftOut.MatchString(path) && (zero || path == "/change/totals/callers_error" || !strings.HasSuffix(path, "_error") && !strings.Contains(path, "/reasons/")):
			case strings.HasSuffix(path, "/status") && zero: // none was logged
			case path == "/change/by_type/"+plainTexts[0]: // a type of neither range
			default:
				t.Errorf("%s: the page does not show %s = %s", name, path, n)
			}
		})
	}
}

// TestHTMLNoNumberWithoutPlace: in tables and figures there is no digit that is
// not part of a number with its place, of a time, or of a text from logs.
func TestHTMLNoNumberWithoutPlace(t *testing.T) {
	for name, r := range pageReports() {
		readPage(t, htmlOf(t, r)).all(func(e *element) bool {
			if (e.within("td") || e.within("big") || e.within("delta")) &&
				!e.within("data", "time", "bdi", "svg", "rel") && strings.ContainsFunc(e.text, unicode.IsDigit) {
				t.Errorf("%s: <%s class=%q> says %q", name, e.name, e.attrs["class"], e.text)
			}
			return true
		})
	}
}

// TestHTMLPictures: the titles in pictures say what the model says.
func TestHTMLPictures(t *testing.T) {
	r := week()
	page := readPage(t, htmlOf(t, r))
	titles := func(class string) (list []string) {
		for _, e := range page.find("title") {
			if e.within("wide") && e.within(class) {
				list = append(list, e.content())
			}
		}
		return list
	}
	heat, plot := titles("heat"), titles("plot")
	if len(heat) != len(r.Timeline.Points) || len(plot) != len(r.Timeline.Points) {
		t.Fatalf("%d titles in the map and %d in the plot of %d points", len(heat), len(plot), len(r.Timeline.Points))
	}
	for i, pt := range r.Timeline.Points {
		at, n := pt.Time.Format("Mon 2 Jan 15:04"), num(pt.Errors)
		wantHeat, wantPlot := at+": "+n, at+": "+n+", before "+num(*pt.Previous)
		if pt.Silent {
			wantHeat, wantPlot = pt.Time.Format("Mon 2 Jan 15")+": nothing logged", at+": nothing logged"
		}
		if heat[i] != wantHeat || plot[i] != wantPlot {
			t.Errorf("point %d: %q and %q, want %q and %q", i, heat[i], plot[i], wantHeat, wantPlot)
		}
	}
	var sparks []string
	for _, e := range page.find("svg") {
		if e.within("spark") {
			sparks = append(sparks, e.attrs["aria-label"])
		}
	}
	if want := "Errors by day: " + strings.Trim(strings.ReplaceAll(fmt.Sprint(r.Top[0].Days), " ", ", "), "[]"); sparks[0] != want || len(sparks) != len(r.Top) {
		t.Errorf("%d sparklines, the first %q, want %q", len(sparks), sparks[0], want)
	}
	for _, e := range page.find("svg") {
		if hidden := e.attrs["aria-hidden"] == "true"; !hidden && (e.attrs["role"] != "img" || e.attrs["aria-label"] == "") {
			t.Errorf("a picture has no name: %v", e.attrs)
		}
	}
}

// TestHTMLStandsAlone: no script, no style attribute, no request, and a policy
// that would stop each of them.
func TestHTMLStandsAlone(t *testing.T) {
	for name, r := range pageReports() {
		b := htmlOf(t, r)
		page := readPage(t, b)
		styles := page.find("style")
		if len(styles) != 1 {
			t.Fatalf("%s: %d style elements", name, len(styles))
		}
		_, rest, _ := bytes.Cut(b, []byte("<style>"))
		style, _, _ := bytes.Cut(rest, []byte("</style>"))
		if bytes.Contains(style, []byte("url(")) || bytes.Contains(style, []byte("@import")) {
			t.Errorf("%s: the style asks for something", name)
		}
		sum := sha256.Sum256(style)
		want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; img-src data:; base-uri 'none'; form-action 'none'"
		policy := ""
		ids := map[string]int{}
		page.all(func(e *element) bool {
			if e.attrs["http-equiv"] == "Content-Security-Policy" {
				policy = e.attrs["content"]
			}
			if id, ok := e.attrs["id"]; ok {
				ids[id]++
			}
			if slices.Contains([]string{"script", "iframe", "object", "embed", "img", "form", "input", "button", "base", "audio", "video", "image", "use", "foreignObject"}, e.name) {
				t.Errorf("%s: <%s>", name, e.name)
			}
			for a, v := range e.attrs {
				switch {
				case a == "style" || strings.HasPrefix(a, "on") || a == "src" || a == "srcset" || a == "action":
					t.Errorf("%s: <%s %s=%q>", name, e.name, a, v)
				case a == "href" && !strings.HasPrefix(v, "#") && v != "data:,":
					t.Errorf("%s: <%s href=%q>", name, e.name, v)
				}
			}
			return true
		})
		if policy != want {
			t.Errorf("%s: the policy is\n%s, want\n%s", name, policy, want)
		}
		for _, a := range page.find("a") {
			if target := strings.TrimPrefix(a.attrs["href"], "#"); ids[target] != 1 {
				t.Errorf("%s: a link leads to %q, which is there %d times", name, target, ids[target])
			}
		}
	}
}

// TestHTMLStructure: one heading of the first rank, the sections in their order,
// tables with captions and headings of rows and columns.
func TestHTMLStructure(t *testing.T) {
	for name, r := range pageReports() {
		page := readPage(t, htmlOf(t, r))
		var got, want []string
		for _, e := range page.find("section") {
			h := e.find("h2")
			if len(h) != 1 {
				t.Fatalf("%s: section %s has %d headings", name, e.attrs["id"], len(h))
			}
			got = append(got, e.attrs["id"]+": "+strings.TrimSpace(h[0].children[0].text))
		}
		for _, s := range sections {
			want = append(want, s.key+": "+s.title)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: sections (-want +got):\n%s", name, diff)
		}
		if n := len(page.find("h1")); n != 1 {
			t.Errorf("%s: %d headings of the first rank", name, n)
		}
		for _, table := range page.find("table") {
			if c := table.find("caption"); len(c) != 1 || strings.TrimSpace(c[0].content()) == "" {
				t.Errorf("%s: a table has no caption: %.200s", name, table.content())
			}
			columns := len(table.find("thead")[0].find("th"))
			for _, th := range table.find("th") {
				if scope := th.attrs["scope"]; (scope != "col") == th.within("thead") || (scope != "row") == th.within("tbody") {
					t.Errorf("%s: <th scope=%q> %.60s", name, scope, th.content())
				}
			}
			for _, tr := range table.find("tbody")[0].find("tr") {
				if n := len(tr.children); n != columns {
					t.Errorf("%s: a row has %d cells under %d headings: %.200s", name, n, columns, tr.content())
				}
			}
		}
	}
}

// TestHTMLEmptySections: a section without rows says why.
func TestHTMLEmptySections(t *testing.T) {
	r := emptyReport()
	for key, text := range sectionTexts(t, r) {
		if sentence := empty(r, key); sentence != "" && !strings.Contains(text, sentence) {
			t.Errorf("%s does not say %q: %s", key, sentence, text)
		}
	}
	short := pageReports()["short"]
	texts := sectionTexts(t, short)
	for _, key := range []string{secNew, secGone, secMovers} {
		if !strings.Contains(texts[key], empty(short, key)) {
			t.Errorf("%s does not say %q: %s", key, empty(short, key), texts[key])
		}
	}
	if !strings.Contains(texts[secNew], "the store begins on 2026-11-08") {
		t.Errorf("new does not say how much history there is: %s", texts[secNew])
	}
	if text := texts[secCoverage]; !strings.Contains(text, "no log of every request was read") {
		t.Errorf("coverage does not say why it is not known: %s", text)
	}
	short.New = week().New
	if text := sectionTexts(t, short)[secNew]; !strings.Contains(text, caution(short, secNew)) || caution(short, secNew) == "" {
		t.Errorf("new errors without history are not doubted: %s", text)
	}
}

func sectionTexts(t *testing.T, r *report.Report) map[string]string {
	t.Helper()
	texts := map[string]string{}
	for _, e := range readPage(t, htmlOf(t, r)).find("section") {
		texts[e.attrs["id"]] = e.content()
	}
	return texts
}

// TestHTMLHonestNumbers: estimates, bounds, caps and lists that were cut say so.
func TestHTMLHonestNumbers(t *testing.T) {
	texts := sectionTexts(t, week())
	for _, c := range []struct{ section, says string }{
		{secFigures, "~2,310 ±145"},
		{secFigures, "within 6.25 %"},
		{secFigures, "+7,491 (+18.4 %)"},
		{secFigures, "-2.00 ms (-2.3 %)"},
		{secCoverage, "0.42 % of errors stand under (other): raise caps.routes"},
		{secCoverage, "of the failed requests stand in a log with bodies."},
		{secTop, "largest ≥ 30 %"},
		{secTop, "from ~650 ±41"},
		{secTop, "The first 8 of 134: --top 0"},
		{secMovers, "~+234 (+60.0 %)"},
		{secMovers, "q 0.000086"},
		{secDemand, "no beta header 610"},
		{secDemand, "reach and converted cannot be known yet"},
		{secMethod, "up to 255"},
	} {
		if !strings.Contains(texts[c.section], c.says) {
			t.Errorf("%s does not say %q: %s", c.section, c.says, texts[c.section])
		}
	}
}

// TestHTMLCut: a list says how many there are and where, whatever cut it.
func TestHTMLCut(t *testing.T) {
	r := week()
	r.Method.Top = 2
	r.Found.New = 9
	texts := sectionTexts(t, r)
	for key, want := range map[string]string{
		secNew:    "The first 2 of 9: errata report -o json or -o csv lists them all.", // the model has more
		secDemand: "The first 2 of 3: errata report -o json or -o csv lists them all.", // it has all
		secTop:    "The first 8 of 134: --top 0 -o json or -o csv lists them all.",     // it was cut itself
	} {
		if !strings.Contains(texts[key], want) {
			t.Errorf("%s does not say %q: %s", key, want, texts[key])
		}
	}
	if strings.Contains(texts[secGone], "The first") {
		t.Errorf("gone is whole and says it is not: %s", texts[secGone])
	}
}

// TestHTMLColours: colour stands only where more is bad by itself.
func TestHTMLColours(t *testing.T) {
	got := map[string]string{}
	for _, e := range readPage(t, htmlOf(t, week())).find("data") {
		path := e.attrs["data-path"]
		if strings.HasPrefix(path, "/change/") {
			got[path] = strings.TrimPrefix(e.parent.attrs["class"], "move")
		}
	}
	for path, want := range map[string]string{
		"/change/totals/errors": " up bad", "/change/totals/callers": " up bad", "/change/totals/ratio": " up bad", "/change/totals/dead_letters": " up bad",
		"/change/totals/requests": " up", "/change/totals/entries": " up", "/change/totals/envelopes": " up",
		"/change/totals/p50": " down good", "/change/totals/p95": " up bad", "/change/totals/p99": "",
		"/change/by_status/200": " up", "/change/by_status/429": " up bad", "/change/by_status/500": " down good",
		"/change/by_type/api_error": " down good", "/change/by_type/overloaded_error": " up bad",
	} {
		if class, ok := got[path]; !ok || class != want {
			t.Errorf("%s has the class %q, want %q", path, class, want)
		}
	}
}

// TestHTMLHostileTexts: a text from logs, in whatever field, makes no element,
// no attribute and no character that a browser would obey.
func TestHTMLHostileTexts(t *testing.T) {
	shape := func(text string) map[string]bool {
		set := map[string]bool{}
		b := htmlOf(t, fixture(func() string { return text }))
		if !utf8.Valid(b) {
			t.Errorf("%q: the page is no UTF-8", text)
		}
		for _, r := range string(b) {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%q: the page holds %U", text, r)
				break
			}
		}
		page := readPage(t, b)
		page.all(func(e *element) bool {
			set[e.name] = true
			for a, v := range e.attrs {
				if slices.Contains([]string{"class", "id", "href", "type", "http-equiv", "name", "rel"}, a) {
					a += "=" + v
				}
				set[e.name+" "+a] = true
			}
			return true
		})
		shown := slices.ContainsFunc(page.find("bdi"), func(e *element) bool { return e.content() == visible(text, maxName) })
		if !shown {
			t.Errorf("%q does not stand on the page", text)
		}
		return set
	}
	plain := shape("plain")
	for _, text := range append(slices.Clone(hostile), "\xff\xfe", strings.Repeat("e\u0301\u0302\u0303", 3000), "</style>", "-->", "]]>", "' onclick='x", "` onclick=`x") {
		for s := range shape(text) {
			if !plain[s] {
				t.Errorf("%q makes %s", text, s)
			}
		}
	}
}

// TestHTMLSameBytes: the page is a function of the report, not of the machine's
// zone or of the order of maps.
func TestHTMLSameBytes(t *testing.T) {
	first := htmlOf(t, week())
	was := time.Local
	t.Cleanup(func() { time.Local = was })
	for _, zone := range []string{"Asia/Kolkata", "America/St_Johns", "UTC"} {
		l, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		time.Local = l
		if !bytes.Equal(first, htmlOf(t, week())) {
			t.Errorf("TZ=%s: other bytes", zone)
		}
	}
}

type refuses struct{}

func (refuses) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestHTMLWriteFails(t *testing.T) {
	if err := HTML(refuses{}, week()); err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("got %v", err)
	}
}

func TestVisible(t *testing.T) {
	for _, c := range []struct {
		s    string
		n    int
		want string
	}{
		{"", 9, "(none)"},
		{"abc", 3, "abc"},
		{"abcd", 3, "abc…"},
		{"\x1b[m", 9, `\x1b[m`},
		{"\u202ea", 9, `\u202ea`},
		{"日本語", 2, "日本…"},
		{"e\u0301\u0301\u0301", 2, "e\u0301…"},
		{strings.Repeat("é", 1000), 3, "ééé…"},
	} {
		if got := visible(c.s, c.n); got != c.want {
			t.Errorf("visible(%q, %d) = %q, want %q", c.s, c.n, got, c.want)
		}
	}
}

func TestDays(t *testing.T) {
	day := func(s string) time.Time {
		d, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct{ from, to, want string }{
		{"2026-11-09 00:00", "2026-11-16 00:00", "9 to 15 November 2026"},
		{"2026-11-09 00:00", "2026-11-10 00:00", "9 November 2026"},
		{"2026-10-26 00:00", "2026-11-02 00:00", "26 October to 1 November 2026"},
		{"2026-12-28 00:00", "2027-01-04 00:00", "28 December 2026 to 3 January 2027"},
		{"2026-11-09 00:00", "2026-11-09 12:30", "9 November 2026 00:00 to 9 November 2026 12:30"},
		{"2026-11-09 00:00", "2026-11-09 00:00", "9 November 2026 00:00 to 9 November 2026 00:00"},
	} {
		if got := spanOfDays(report.Range{From: day(c.from), To: day(c.to)}); got != c.want {
			t.Errorf("%s to %s: %q, want %q", c.from, c.to, got, c.want)
		}
	}
}

package svg

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var nan = math.NaN()

// nodes are the names of elements, their attributes and their texts, of a
// picture that must be well-formed XML.
func nodes(t *testing.T, picture string) (elements, attributes, texts []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(picture))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return elements, attributes, texts
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, picture)
		}
		switch token := token.(type) {
		case xml.StartElement:
			elements = append(elements, token.Name.Local)
			for _, a := range token.Attr {
				attributes = append(attributes, a.Name.Local+"="+a.Value)
			}
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
}

func TestPictures(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{
			"plot",
			Plot{
				Class: "plot", Name: "errors", Width: 120, Height: 70, Left: 20, Bottom: 10, Columns: 4, Max: 10,
				Spans:  []Span{{Class: "silent", From: 1, To: 3, Title: "nothing"}},
				Bands:  []Band{{Class: "usual", Low: []float64{1, 2, 3, 4}, High: []float64{5, 6, 7, 8}}},
				Lines:  []Line{{Class: "now", Y: []float64{0, 5, nan, 10}, Area: true}},
				XTicks: []Tick{{At: 2, Label: "Tue"}}, YTicks: []Tick{{At: 5, Label: "5"}},
				Hover: []string{"first", "", "", "last"},
			}.String(),
			`<svg class="plot" viewBox="0 0 120 70" role="img" aria-label="errors">` +
				`<rect class="silent" x="45" y="10" width="50" height="50"><title>nothing</title></rect>` +
				`<path class="grid" d="M20 35H120"/><text class="tick end" x="14" y="39">5</text>` +
				`<path class="grid" d="M70 10V64"/><text class="tick" x="74" y="71">Tue</text>` +
				`<path class="usual" d="M32.5 35L57.5 30L82.5 25L107.5 20L107.5 40L82.5 45L57.5 50L32.5 55z"/>` +
				`<path class="now area" d="M32.5 60L57.5 35V60H32.5zM107.5 10V60H107.5z"/>` +
				`<path class="now" d="M32.5 60L57.5 35M107.5 10h2"/>` +
				`<g class="hit" stroke-width="25"><path d="M32.5 10v50"><title>first</title></path><path d="M107.5 10v50"><title>last</title></path></g></svg>`,
		},
		{
			"heat",
			Heat{
				Class: "heat", Name: "map", Rows: []string{"Mon", ""}, Columns: []Tick{{At: 1, Label: "01"}},
				Cells: [][]Cell{{{"h0", "a"}, {"h7", "b"}}, {{}, {"h3", ""}}}, Width: 60, Left: 20, Bottom: 12, Tall: 10,
			}.String(),
			`<svg class="heat" viewBox="0 0 60 32" role="img" aria-label="map"><text class="tick end" x="14" y="9">Mon</text>` +
				`<rect class="h0" x="20" y="0" width="18" height="8"><title>a</title></rect>` +
				`<rect class="h7" x="40" y="0" width="18" height="8"><title>b</title></rect>` +
				`<rect class="h3" x="40" y="10" width="18" height="8"/>` +
				`<text class="tick" x="40" y="32">01</text></svg>`,
		},
		{
			"plain heat",
			Heat{
				Class: "heat", Name: "map", Cells: [][]Cell{{{"h1", "a"}, {"h2", "b"}}, {{}, {"h1", "c"}}}, Width: 40, Tall: 10, Plain: true,
			}.String(),
			`<svg class="heat" viewBox="0 0 40 20" role="img" aria-label="map"><path class="h1" d="M0 0h19v9h-19zM20 10h19v9h-19z"/><path class="h2" d="M20 0h19v9h-19z"/></svg>`,
		},
		{
			"bar",
			Bar{
				Class: "stack", Name: "reasons", Width: 100, Height: 8, Max: 10,
				Parts: []Part{{"r1", 5, "five"}, {"r2", 0, "none"}, {"r3", 0.001, ""}, {"r4", nan, ""}, {"r5", 9, "too many"}},
			}.String(),
			`<svg class="stack" preserveAspectRatio="none" viewBox="0 0 100 8" role="img" aria-label="reasons">` +
				`<rect class="r1" x="0" y="0" width="50" height="8"><title>five</title></rect>` +
				`<rect class="r3" x="50" y="0" width="1" height="8"/>` +
				`<rect class="r5" x="51" y="0" width="49" height="8"><title>too many</title></rect></svg>`,
		},
		{
			"decoration", Bar{Class: "bar", Width: 10, Height: 1, Max: 1, Parts: []Part{{"", 1, ""}}}.String(),
			`<svg class="bar" preserveAspectRatio="none" viewBox="0 0 10 1" aria-hidden="true"><rect x="0" y="0" width="10" height="1"/></svg>`,
		},
		{
			"spark", Spark("spark", "by day: 4, 0, 1", []int64{4, 0, 1}, 30, 8),
			`<svg class="spark" viewBox="0 0 30 8" role="img" aria-label="by day: 4, 0, 1"><path d="M0 8v-8h9v8zM10 8v-0.5h9v0.5zM20 8v-2h9v2z"/></svg>`,
		},
		{"empty spark", Spark("spark", "none", nil, 30, 8), `<svg class="spark" viewBox="0 0 30 8" role="img" aria-label="none"></svg>`},
		{"empty heat", Heat{Class: "heat", Name: "none", Width: 10}.String(), `<svg class="heat" viewBox="0 0 10 0" role="img" aria-label="none"></svg>`},
		{"empty plot", Plot{Class: "plot", Name: "none", Width: 10, Height: 20}.String(), `<svg class="plot" viewBox="0 0 10 20" role="img" aria-label="none"></svg>`},
		{"empty bar", Bar{Class: "bar", Name: "none", Width: 10, Height: 2}.String(), `<svg class="bar" preserveAspectRatio="none" viewBox="0 0 10 2" role="img" aria-label="none"></svg>`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, c.got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			nodes(t, c.got)
		})
	}
}

// A reading that is over the axis, below 0, no number at all or beyond what a
// coordinate can be stays within the picture.
func TestPlotKeepsWithin(t *testing.T) {
	p := Plot{
		Name: "x", Width: 100, Height: 100, Columns: 5, Max: 10,
		Lines: []Line{{Y: []float64{-5, math.Inf(1), math.Inf(-1), 1e300, 20}}},
	}.String()
	want := `<path d="M10 100L30 10L50 100L70 10L90 10"/>`
	if !strings.Contains(p, want) {
		t.Errorf("%s does not hold %s", p, want)
	}
}

// A band or line with fewer columns than its neighbours ends there.
func TestBandOfUnequalEnds(t *testing.T) {
	p := Plot{
		Name: "x", Width: 40, Height: 20, Columns: 4, Max: 10,
		Bands: []Band{{Class: "b", Low: []float64{0, 0, 0}, High: []float64{10, nan, 10, 10}}},
	}.String()
	want := `<path class="b" d="M5 10V20H5zM25 10V20H25z"/>`
	if !strings.Contains(p, want) {
		t.Errorf("%s does not hold %s", p, want)
	}
}

func TestNum(t *testing.T) {
	for _, c := range []struct {
		x    float64
		want string
	}{
		{0, "0"},
		{math.Copysign(0, -1), "0"},
		{-0.04, "0"},
		{1, "1"},
		{1.25, "1.3"},
		{1.96, "2"},
		{-1.5, "-1.5"},
		{-1.26, "-1.3"},
		{1234.5678, "1234.6"},
		{0.05, "0.1"},
		{0.04, "0"},
		{nan, "0"},
		{math.Inf(1), "1000000"},
		{math.Inf(-1), "-1000000"},
		{1e18, "1000000"},
		{math.SmallestNonzeroFloat64, "0"},
	} {
		if got := num(c.x); got != c.want {
			t.Errorf("num(%v) = %s, want %s", c.x, got, c.want)
		}
	}
}

func TestSteps(t *testing.T) {
	for _, c := range []struct {
		limit int64
		want  []int64
	}{
		{-3, []int64{0, 1}},
		{0, []int64{0, 1}},
		{1, []int64{0, 1}},
		{4, []int64{0, 1, 2, 3, 4}},
		{5, []int64{0, 2, 4, 6}},
		{8, []int64{0, 2, 4, 6, 8}},
		{9, []int64{0, 5, 10}},
		{20, []int64{0, 5, 10, 15, 20}},
		{21, []int64{0, 10, 20, 30}},
		{1250, []int64{0, 500, 1000, 1500}},
		{99_999, []int64{0, 50_000, 100_000}},
	} {
		if diff := cmp.Diff(c.want, Steps(c.limit)); diff != "" {
			t.Errorf("Steps(%d) (-want +got):\n%s", c.limit, diff)
		}
	}
}

// An axis reaches its highest value with few labels, whatever the value.
func TestStepsReach(t *testing.T) {
	limits := []int64{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt64 / 2}
	for n := int64(1); n < 1e17; n = n*3 + 1 {
		limits = append(limits, n)
	}
	for _, n := range limits {
		s := Steps(n)
		if len(s) > 12 || s[0] != 0 || !slices.IsSorted(s) {
			t.Errorf("Steps(%d) = %v", n, s)
		}
		if n < math.MaxInt64/4 && s[len(s)-1] < n {
			t.Errorf("Steps(%d) ends at %d", n, s[len(s)-1])
		}
	}
}

func TestTextIsText(t *testing.T) {
	hostile := "</title><script>alert(1)</script>\" onload='x' & \x00\x1b[31m\uFFFE\x80\xff\u009bé\t"
	want := "</title><script>alert(1)</script>\" onload='x' & \uFFFD\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFDé\t"
	for name, p := range map[string]string{
		"name":  Plot{Name: hostile}.String(),
		"class": Plot{Class: hostile}.String(),
		"title": Bar{Name: "x", Width: 1, Height: 1, Max: 1, Parts: []Part{{Value: 1, Title: hostile}}}.String(),
		"label": Heat{Rows: []string{hostile}, Cells: [][]Cell{{{}}}}.String(),
		"hover": Plot{Columns: 1, Hover: []string{hostile}}.String(),
	} {
		elements, attributes, texts := nodes(t, p)
		if slices.Contains(elements, "script") {
			t.Errorf("%s: %s holds a script", name, p)
		}
		if !slices.ContainsFunc(slices.Concat(attributes, texts), func(s string) bool {
			// XML folds white space of attributes, as HTML does not.
			return strings.HasSuffix(strings.ReplaceAll(s, " ", ""), strings.ReplaceAll(want, " ", "")) ||
				strings.HasSuffix(strings.TrimRight(s, " \t"), strings.TrimRight(want, "\t"))
		}) {
			t.Errorf("%s: no text is %q in %s", name, want, p)
		}
	}
}

// FuzzPictures: whatever texts and numbers a picture is given, it is well-formed
// and has no elements or attributes but its own.
func FuzzPictures(f *testing.F) {
	f.Add("now", "errors <b>", 1.5, int64(3))
	f.Add("\" onload=\"x", "\x00\xff\uFFFE]]>", nan, int64(math.MinInt64))
	f.Add("", "&#0;", math.Inf(-1), int64(math.MaxInt64))
	known := []string{"svg", "g", "rect", "path", "text", "title"}
	names := []string{"class", "viewBox", "preserveAspectRatio", "role", "aria-label", "aria-hidden", "x", "y", "width", "height", "stroke-width", "d"}
	f.Fuzz(func(t *testing.T, class, text string, x float64, n int64) {
		y := []float64{x, 1, nan, -x, x * x}
		for _, p := range []string{
			Plot{
				Class: class, Name: text, Width: x, Height: 100, Columns: len(y), Max: x,
				Spans: []Span{{class, x, 3, text}}, Bands: []Band{{class, y, y}}, Lines: []Line{{class, y, true}},
				XTicks: []Tick{{x, text}}, YTicks: []Tick{{x, text}}, Hover: []string{text},
			}.String(),
			Heat{Class: class, Name: text, Rows: []string{text}, Columns: []Tick{{x, text}}, Cells: [][]Cell{{{class, text}, {}}}, Width: x, Tall: x}.String(),
			Heat{Class: class, Name: text, Cells: [][]Cell{{{class, text}, {class + "2", ""}}}, Width: x, Tall: x, Plain: true}.String(),
			Bar{Class: class, Name: text, Width: 10, Height: x, Max: x, Parts: []Part{{class, x, text}, {class, 1, text}}}.String(),
			Spark(class, text, []int64{n, 0, 5}, x, 10),
		} {
			elements, attributes, _ := nodes(t, p)
			for _, e := range elements {
				if !slices.Contains(known, e) {
					t.Errorf("element %s in %s", e, p)
				}
			}
			for _, a := range attributes {
				name, value, _ := strings.Cut(a, "=")
				if !slices.Contains(names, name) {
					t.Errorf("attribute %s in %s", name, p)
				}
				if name == "width" && strings.HasPrefix(value, "-") {
					t.Errorf("a negative width in %s", p)
				}
			}
			if strings.Contains(p, "NaN") && !strings.Contains(text+class, "NaN") {
				t.Errorf("no number in %s", p)
			}
		}
		for _, v := range Steps(n) {
			if v < 0 {
				t.Errorf("Steps(%d) holds %d", n, v)
			}
		}
	})
}

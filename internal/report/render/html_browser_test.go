package render

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"errata/internal/report"
	"errata/internal/testenv"
)

// onDisk writes the page of a report as a person would have it.
func onDisk(t *testing.T, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := HTML(&b, r); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

var views = map[string]testenv.View{
	"desktop":      {Width: 1280, Height: 800},
	"desktop-dark": {Width: 1280, Height: 800, Dark: true},
	"tablet":       {Width: 768, Height: 1024},
	"phone":        {Width: 360, Height: 740, Phone: true},
	"phone-dark":   {Width: 360, Height: 740, Phone: true, Dark: true},
	"small-phone":  {Width: 320, Height: 560, Phone: true},
	"print":        {Width: 700, Height: 1000, Print: true, Dark: true},
}

// TestHTMLInChromium opens the page as people do: on a desk and on a phone, by
// day and by night, and on paper.
func TestHTMLInChromium(t *testing.T) {
	b := testenv.NewBrowser(t)
	empty := &report.Report{SchemaVersion: report.SchemaVersion, Range: week().Range, Method: report.Method{Compare: "none"}}
	for name, r := range map[string]*report.Report{"week": week(), "hostile": fixture(inTurn(hostile)), "empty": empty} {
		t.Run(name, func(t *testing.T) {
			address := onDisk(t, r)
			p := b.Open(t, address, views["desktop"])
			testenv.Eval[bool](t, p, "document.querySelectorAll('details').forEach(d => d.open = true), true")
			for _, look := range slices.Sorted(maps.Keys(views)) {
				p.Look(t, views[look])
				if wide := testenv.Eval[[]string](t, p, tooWide); len(wide) != 0 {
					t.Errorf("%s: the page scrolls sideways: %s", look, strings.Join(wide, "\n\t"))
				}
				if views[look].Phone {
					if thin := testenv.Eval[[]string](t, p, squeezed); len(thin) != 0 {
						t.Errorf("%s: what a row is about has no room: %s", look, strings.Join(thin, "\n\t"))
					}
				}
				if pale := testenv.Eval[[]string](t, p, lowContrast); len(pale) != 0 {
					t.Errorf("%s: text that is hard to read: %s", look, strings.Join(pale, "\n\t"))
				}
			}
			testenv.Eval[bool](t, p, "document.querySelectorAll('details').forEach(d => d.open = false), true")
			for _, look := range slices.Sorted(maps.Keys(views)) {
				p.Look(t, views[look])
				p.Shoot(t, name+"-"+look)
			}
			p.Look(t, views["desktop"])
			pdf := p.PDF(t)
			testenv.Keep(t, name+".pdf", pdf)
			if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
				t.Error("nothing was printed")
			}
			if got := p.Problems(t); len(got) != 0 {
				t.Errorf("problems in the console: %s", strings.Join(got, "\n\t"))
			}
			for _, r := range p.Requests() {
				if r != address && !strings.HasPrefix(r, "data:,") {
					t.Errorf("the page asked for %s", r)
				}
			}
			if diff := cmp.Diff(wantHeadings(), testenv.Eval[[]string](t, p, headings)); diff != "" {
				t.Errorf("headings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHTMLHostileTextsInChromium: each hostile text, in every field, is a text
// to the browser, and makes no element, attribute, class or id.
func TestHTMLHostileTextsInChromium(t *testing.T) {
	b := testenv.NewBrowser(t)
	const shape = `[...new Set([...document.querySelectorAll('*')].flatMap(e =>
		[e.localName, ...[...e.attributes].map(a => e.localName + '[' + a.name + (['class', 'id', 'href', 'src', 'type'].includes(a.name) ? '=' + a.value : '') + ']')]))].sort()`
	plain := b.Open(t, onDisk(t, fixture(inTurn(plainTexts))), views["desktop"])
	want := testenv.Eval[[]string](t, plain, shape)
	// All texts on each page, each time in other fields; that all are harmless in
	// all fields is held without a browser (TestHTMLHostileTexts).
	for turn := range 4 {
		texts := slices.Concat(hostile[turn*7:], hostile[:turn*7])
		p := b.Open(t, onDisk(t, fixture(inTurn(texts))), views["desktop"])
		for _, s := range testenv.Eval[[]string](t, p, shape) {
			if _, known := slices.BinarySearch(want, s); !known {
				t.Errorf("turn %d: a text makes %s", turn, s)
			}
		}
		shown := testenv.Eval[[]string](t, p, "[...document.querySelectorAll('bdi')].map(e => e.textContent)")
		for _, text := range texts {
			if !slices.ContainsFunc([]int{maxName, maxRoute, maxText, maxMessage}, func(n int) bool { return slices.Contains(shown, visible(text, n)) }) {
				t.Errorf("turn %d: %q does not stand on the page as a text", turn, text)
			}
		}
		if got := p.Problems(t); len(got) != 0 {
			t.Errorf("turn %d: problems in the console: %q", turn, got)
		}
		for _, r := range p.Requests()[1:] {
			if !strings.HasPrefix(r, "data:,") {
				t.Errorf("turn %d: the page asked for %s", turn, r)
			}
		}
		p.Close()
	}
}

func wantHeadings() []string {
	var want []string
	for _, s := range sections {
		want = append(want, s.title)
	}
	return want
}

const headings = `[...document.querySelectorAll('h2')].map(e => e.firstChild.textContent.trim())`

// tooWide names what makes the page wider than the window. What scrolls within
// itself does not.
const tooWide = `(() => {
	// A phone shows a page that is too wide smaller, and then innerWidth grows.
	const width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth <= width && innerWidth <= width) return [];
	const out = [];
	for (const e of document.querySelectorAll('body *')) {
		const r = e.getBoundingClientRect();
		if (r.right > width + 0.5 && r.width > 1 && !e.closest('.scroll table') && !e.children.length)
			out.push(e.localName + '.' + e.getAttribute('class') + ' to ' + r.right + ': ' + e.textContent.slice(0, 60));
	}
	return ['scrollWidth ' + document.documentElement.scrollWidth + ' in ' + width, ...out.slice(0, 5)];
})()`

// squeezed lists headings of rows that do not take the width of their card.
const squeezed = `[...document.querySelectorAll('.cards tbody th')]
	.filter(e => e.getBoundingClientRect().width < 0.9 * e.closest('table').getBoundingClientRect().width)
	.slice(0, 5).map(e => e.textContent.slice(0, 60))`

// lowContrast lists texts below the ratio of 4.5 that WCAG 2 asks of text in
// its level AA, whatever their size.
const lowContrast = `(() => {
	const parse = c => { const n = c.match(/[\d.]+/g).map(Number); return [n[0], n[1], n[2], n.length > 3 ? n[3] : 1]; };
	const over = (a, b) => [0, 1, 2].map(i => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = c => { const l = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * l[0] + 0.7152 * l[1] + 0.0722 * l[2]; };
	const known = new Map();
	const behind = e => {
		if (!e) return matchMedia('print').matches ? [255, 255, 255, 1] : parse(getComputedStyle(document.body).backgroundColor);
		if (!known.has(e)) known.set(e, over(parse(getComputedStyle(e).backgroundColor), behind(e.parentElement)));
		return known.get(e);
	};
	const opacities = new Map();
	const opacity = e => {
		if (!e) return 1;
		if (!opacities.has(e)) opacities.set(e, Number(getComputedStyle(e).opacity) * opacity(e.parentElement));
		return opacities.get(e);
	};
	const found = new Map();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	let seen = 0;
	for (let n; n = walk.nextNode();) {
		const e = n.parentElement;
		if (!n.data.trim() || !e.checkVisibility({opacityProperty: true, visibilityProperty: true}) || e.closest('.sr, .skip, title, style')) continue;
		const r = e.getBoundingClientRect();
		if (r.width < 2 || r.height < 2) continue;
		seen++;
		const s = getComputedStyle(e), svg = e.closest('svg');
		const c = parse(svg ? s.fill : s.color), b = behind(svg ? svg.parentElement : e);
		c[3] *= opacity(e);
		const [x, y] = [light(over(c, b)), light(b)].sort((p, q) => q - p), ratio = (x + 0.05) / (y + 0.05);
		if (ratio < 4.5) found.set(e.localName + '.' + e.getAttribute('class') + ' ' + ratio.toFixed(2), n.data.slice(0, 40));
	}
	if (seen < 40) found.set('only ' + seen + ' texts', '');
	return [...found].slice(0, 8).map(f => f.join(': '));
})()`

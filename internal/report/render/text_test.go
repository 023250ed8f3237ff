package render

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"errata/internal/cli/out"
	"errata/internal/report"
)

func textOf(t *testing.T, r *report.Report, o Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Sections stand in their order, each once.
func TestSections(t *testing.T) {
	for name, r := range reports() {
		text, md := textOf(t, r, Options{}), rendered(t, "md", r)
		at, mdAt := 0, 0
		for _, s := range sections {
			head := "\n" + s.title + "\n" + strings.Repeat("-", len(s.title)) + "\n"
			if strings.Count(text, head) != 1 || strings.Count(md, "\n## "+s.title+"\n") != 1 {
				t.Errorf("%s: %s stands there not once", name, s.title)
			}
			i, j := strings.Index(text, head), strings.Index(md, "\n## "+s.title+"\n")
			if i < at || j < mdAt {
				t.Errorf("%s: %s is not in its place", name, s.title)
			}
			at, mdAt = i, j
		}
	}
}

// Lines fit the width whatever the values are, and no byte drives a terminal.
func TestTextFits(t *testing.T) {
	for name, r := range reports() {
		for _, width := range []int{0, 60, 80, 100, 140} {
			want := width
			if want == 0 {
				want = defaultWidth
			}
			for line := range strings.Lines(textOf(t, r, Options{Width: width})) {
				line = strings.TrimSuffix(line, "\n")
				// Tables of numbers are not squeezed below 80 columns.
				if w := out.Width(line); w > max(want, 80) {
					t.Errorf("%s in %d columns: a line of %d: %s", name, want, w, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s: a line ends in blanks: %q", name, line)
				}
				for _, c := range line {
					if !unicode.IsPrint(c) {
						t.Errorf("%s: the character %U in %q", name, c, line)
					}
				}
			}
		}
	}
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*m")

// Colours add nothing but colours.
func TestTextColour(t *testing.T) {
	r := fixture(inTurn(hostile))
	with, without := textOf(t, r, Options{Color: true}), textOf(t, r, Options{})
	if colour.ReplaceAllString(with, "") != without {
		t.Error("without its colours, text is another")
	}
	if strings.Contains(without, "\x1b") || strings.Count(with, "\x1b[31m") < 3 || strings.Count(with, "\x1b[32m") < 2 {
		t.Errorf("%d red, %d green", strings.Count(with, "\x1b[31m"), strings.Count(with, "\x1b[32m"))
	}
}

// Values from logs are there as people may see them, and every total is.
func TestTextSays(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	for format, text := range map[string]string{"text": textOf(t, r, Options{Width: 140}), "md": rendered(t, "md", r)} {
		flat := strings.NewReplacer("`", "", `\`, "").Replace(strings.Join(strings.Fields(text), " "))
		for _, f := range figures(r) {
			for _, s := range []string{f.name, f.now, f.previous, f.change} {
				if !strings.Contains(flat, s) {
					t.Errorf("%s: %s: %q is missing", format, f.name, s)
				}
			}
		}
		for _, s := range []string{
			"~1,168 ± 13", "within 6.25 %", "0.42 % of errors stand under (other): raise caps.routes", "and 97 more",
			"13.85 % of the failed requests stand in a log with bodies", "no entry was recognised", "1,469 of 1,476",
			"1,784 attempts by 1,791 callers. 1,798 errors with status 501 name no feature.", "no beta header 1,728",
			"feature_outside_501", "×0.16", "0.0013", "≥ 16 %", "<0.01 %", "▁·▁▁█▁▁", "reach ~", "13 organisations"[2:],
		} {
			if !strings.Contains(flat, s) {
				t.Errorf("%s: %q is missing", format, s)
			}
		}
	}
}

// Lists are cut at --top, of which 0 is all.
func TestListsAreCut(t *testing.T) {
	r := manyErrors(50)
	if text := textOf(t, r, Options{}); strings.Contains(text, " more: --top 0") {
		t.Errorf("new errors are cut where all are asked for: %s", text)
	}
	r.Method.Top = 7
	if text := textOf(t, r, Options{}); !strings.Contains(text, "and 43 more: --top 0 -o json has all") {
		t.Error("new errors are not cut at --top")
	}
	if got := more(5, 5); got != "" {
		t.Errorf("nothing more is told: %s", got)
	}
}

// Too little history is said where it matters.
func TestCaution(t *testing.T) {
	r := fixture(inTurn(plainTexts))
	r.History = report.History{Reason: "the store begins on 2026-11-08"}
	text := textOf(t, r, Options{})
	if !strings.Contains(text, "Too little history: the store begins on 2026-11-08. Some of these may be old.") {
		t.Error("new errors stand there without a word on the history")
	}
	r.New = nil
	if text := textOf(t, r, Options{}); !strings.Contains(text, "Not known: the store begins on 2026-11-08.") {
		t.Error("no new errors looks like good news")
	}
	r.Previous, r.Change, r.Gone, r.Movers = nil, nil, nil, nil
	r.Method.Compare = "none"
	if text := textOf(t, r, Options{}); strings.Count(text, "Not known: nothing is compared.") != 2 || !strings.Contains(text, "Compared with: nothing, as asked for") {
		t.Errorf("what is compared with nothing is not told: %s", text)
	}
}

func TestCoverageText(t *testing.T) {
	more := 1.04
	r := nothingHeld()
	r.Coverage.Value, r.Coverage.Reason = &more, ""
	if got := coverageText(r); got != "Coverage: 104.00 %: the feeds disagree." {
		t.Errorf("got %s", got)
	}
}

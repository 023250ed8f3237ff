package render

import (
	"strings"
	"testing"
	"unicode"

	"errata/internal/report"
)

// outside is a line without its code spans, as CommonMark finds them: a run of
// backticks up to the next run of the same length. code is what stands in them.
func outside(t *testing.T, line string) (rest string, code []string) {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(line); {
		if line[i] == '\\' && i+1 < len(line) {
			b.WriteString(line[i : i+2])
			i += 2
			continue
		}
		if line[i] != '`' {
			b.WriteByte(line[i])
			i++
			continue
		}
		n := 0
		for i+n < len(line) && line[i+n] == '`' {
			n++
		}
		end := -1
		for j := i + n; j < len(line); {
			m := 0
			for j+m < len(line) && line[j+m] == '`' {
				m++
			}
			if m == n {
				end = j
				break
			}
			j += max(m, 1)
		}
		if end < 0 {
			t.Errorf("a code span is not closed: %s", line)
			return b.String(), code
		}
		code = append(code, line[i+n:end])
		i = end + n
	}
	return b.String(), code
}

// tableCells is a table row in its cells: at each pipe that has no backslash before it.
func tableCells(line string) []string {
	var cells []string
	from := 0
	for i := range len(line) {
		if line[i] == '|' && (i == 0 || line[i-1] != '\\') {
			cells = append(cells, line[from:i])
			from = i + 1
		}
	}
	return append(cells, line[from:])
}

// Outside of code spans there is nothing that a renderer could take for markup
// but what this package puts there.
func TestMarkdownIsInert(t *testing.T) {
	for name, r := range reports() {
		columns := 0
		for line := range strings.Lines(rendered(t, "md", r)) {
			line = strings.TrimSuffix(line, "\n")
			for _, c := range line {
				if !unicode.IsPrint(c) {
					t.Errorf("%s: the character %U in %q", name, c, line)
				}
			}
			if !strings.HasPrefix(line, "|") {
				columns = 0
				rest, _ := outside(t, line)
				inert(t, name, strings.TrimLeft(strings.TrimPrefix(rest, "- "), "# "))
				continue
			}
			cells := tableCells(line)
			if columns == 0 {
				columns = len(cells)
			}
			if len(cells) != columns || cells[0] != "" || cells[len(cells)-1] != "" {
				t.Errorf("%s: %d cells, want %d: %s", name, len(cells), columns, line)
			}
			for _, c := range cells {
				rest, code := outside(t, c)
				if strings.Trim(rest, " -:") != "" {
					inert(t, name, rest)
				}
				for _, s := range code {
					if strings.Contains(s, "|") && !strings.Contains(s, `\|`) {
						t.Errorf("%s: a bare pipe in %q", name, s)
					}
				}
			}
		}
	}
}

func inert(t *testing.T, name, text string) {
	t.Helper()
	bare := strings.NewReplacer(`\~`, "", `\<`, "", `\>`, "", `\-`, "", `\+`, "").Replace(text)
	if strings.ContainsAny(bare, "`*_[]<>#|\\!~&@${}^=") || strings.Contains(bare, "//") || strings.Contains(strings.ToLower(bare), "www.") {
		t.Errorf("%s: not inert: %s", name, text)
	}
}

// Every value is shown whole, or cut with its beginning.
func TestMarkdownShowsValues(t *testing.T) {
	for _, s := range hostile {
		if strings.Trim(s, " ") == "" {
			continue
		}
		r := nothingHeld()
		r.Top = []report.Error{{ErrorKey: report.ErrorKey{Route: s}, Days: []int64{}}}
		found := false
		for line := range strings.Lines(rendered(t, "md", r)) {
			_, code := outside(t, line)
			for _, c := range code {
				c = strings.ReplaceAll(c, `\|`, "|")
				c = strings.ReplaceAll(c, `\x7c`, "|")
				want := clip(label(s), longest)
				found = found || c == want || c == " "+want+" "
			}
		}
		if !found {
			t.Errorf("%.60q is not shown: %s", s, rendered(t, "md", r))
		}
	}
}

func TestMdCode(t *testing.T) {
	for in, want := range map[string]string{
		"":      "",
		"a":     "`a`",
		"a`b":   "``a`b``",
		"`":     "`` ` ``",
		"``a":   "``` ``a ```",
		"a|b":   "`a\\|b`",
		"a\\|b": "`a\\\\x7cb`",
		"||":    "`\\|\\|`",
		" a ":   "`  a  `",
		" a":    "` a`",
		"  ":    "`  `",
		"\\":    "`\\`",
	} {
		if got := mdCode(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestMdText(t *testing.T) {
	for in, want := range map[string]string{
		"Errors fell to 1,021 (-4.8 %).":       "Errors fell to 1,021 (-4.8 %).",
		"~1,234 callers":                       `\~1,234 callers`,
		"(~1,234 callers)":                     `(\~1,234 callers)`,
		"<0.01 % and >99.99 %":                 `\<0.01 % and \>99.99 %`,
		"on /sessions/{id}/events.":            "on `/sessions/{id}/events`.",
		"type invalid_request_error, 4":        "type `invalid_request_error`, 4",
		"see (a_b) here":                       "see (`a_b`) here",
		"<b>x</b>":                             "`<b>x</b>`",
		"www.evil.example (www.evil.example":   "`www.evil.example` (`www.evil.example`",
		"http://evil.example":                  "`http://evil.example`",
		"a@b.example #1":                       "`a@b.example` `#1`",
		"at 10:05 UTC: yes":                    "at 10:05 UTC: yes",
		":tada: a::b":                          "`:tada`: `a::b`",
		"errors/requests 1/2":                  "errors/requests 1/2",
		"--- *** ___":                          "`---` `***` `___`",
		"a  b":                                 "a  b",
		"[x](y) ![z](y)":                       "`[x](y`) `![z](y`)",
		"~~x~~ 日本語 ▁▂":                         "`~~x~~` 日本語 ▁▂",
		"2026-W46: \"quoted\", it's – × ± ≥ 5": "2026-W46: \"quoted\", it's – × ± ≥ 5",
	} {
		if got := mdText(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	for in, want := range map[string]string{"1. one": `1\. one`, "- one": `\- one`, "+ one": `\+ one`, "12) x": `12\) x`, "-5 x": "-5 x", "1.5 x": "1.5 x"} {
		if got := mdLine(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence is a fenced block of a page.
type fence struct {
	lang string // the first word behind the backticks
	info string // the others
	text string
	line int // of its first line
}

// fences are the fenced blocks of a page below the module's root.
func fences(t testing.TB, page string) []fence {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	var all []fence
	var open *fence
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		info, isFence := strings.CutPrefix(line, "```")
		switch {
		case isFence && open == nil:
			lang, more, _ := strings.Cut(strings.TrimSpace(info), " ")
			open = &fence{lang: lang, info: more, line: n + 1}
		case isFence:
			all = append(all, *open)
			open = nil
		case open != nil:
			open.text += line
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: a block without an end", page, open.line)
	}
	return all
}

// newReader is a world as somebody has it who has just built the program:
// no settings, no key, the store at its usual place.
func newReader(t testing.TB) *world {
	t.Helper()
	return &world{t: t, dir: t.TempDir()}
}

// shell runs a script as a person types it, in the world's folder, and gives
// what a terminal would show: standard output and error together.
func (w *world) shell(script string) (output string, code int) {
	w.t.Helper()
	c := exec.CommandContext(w.t.Context(), "bash", "-euo", "pipefail", "-c", script)
	c.Dir = w.dir
	c.Env = append([]string{"HOME=" + w.dir, "PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH"), "NO_COLOR=1"}, w.more...)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return strings.ReplaceAll(out.String(), w.dir, "/home/you"), c.ProcessState.ExitCode()
}

// shows reports whether got is what a page shows. In the page, … stands for
// any text that does not leave the line, and a line of its own for any lines.
func shows(want, got string) bool {
	pattern := regexp.QuoteMeta(want)
	pattern = regexp.MustCompile(`(?m)^…\n`).ReplaceAllString(pattern, `(?:.*\n)*`)
	pattern = strings.ReplaceAll(pattern, "…", ".*")
	return regexp.MustCompile(`\A` + pattern + `\z`).MatchString(got)
}

func TestShows(t *testing.T) {
	for _, c := range []struct {
		want, got string
		ok        bool
	}{
		{"a\n", "a\n", true},
		{"a\n", "a\nb\n", false},
		{"a.c\n", "abc\n", false},
		{"in … ms\n", "in 12 ms\n", true},
		{"in …\n", "in 12 ms\nmore\n", false},
		{"a\n…\nc\n", "a\nb\nb\nc\n", true},
		{"a\n…\nc\n", "a\nc\n", true},
		{"a\n…\nc\n", "a\nb\nd\n", false},
	} {
		if got := shows(c.want, c.got); got != c.ok {
			t.Errorf("shows(%q, %q) = %v, want %v", c.want, c.got, got, c.ok)
		}
	}
}

// pages are all pages that people read, by path below the module's root.
func pages(t testing.TB) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob("../../" + pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range found {
			all = append(all, filepath.ToSlash(strings.TrimPrefix(p, "../../")))
		}
	}
	if len(all) < 10 {
		t.Fatalf("%d pages, want at least 10", len(all))
	}
	return all
}

// prose is a page without its fenced blocks.
func prose(t testing.TB, page string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(string(text), "")
}

// anchors are the names under which a page's headings can be linked to: lower
// case, without punctuation, blanks as dashes.
func anchors(t testing.TB, page string) map[string]bool {
	t.Helper()
	drop := regexp.MustCompile(`[^\pL\pN _-]`)
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(prose(t, page), -1) {
		names[strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-")] = true
	}
	return names
}

// TestLinks follows every link from page to page.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	n := 0
	for _, page := range pages(t) {
		for _, m := range link.FindAllStringSubmatch(prose(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			n++
			path, anchor, _ := strings.Cut(m[1], "#")
			target := page
			if path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(page), path))
			}
			if _, err := os.Stat(filepath.Join("../..", target)); err != nil {
				t.Errorf("%s: a link to %s, which is not there", page, m[1])
				continue
			}
			if anchor != "" && !anchors(t, target)[anchor] {
				t.Errorf("%s: a link to %s, and no heading has that name", page, m[1])
			}
		}
	}
	if n < 20 {
		t.Errorf("%d links followed, want at least 20", n)
	}
}

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

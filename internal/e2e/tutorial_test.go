package e2e

import (
	"os"
	"strings"
	"testing"
)

// building is the one block of the tutorial that the test does not type: it
// stands for the program that was built for these tests.
const building = "make build\nexport PATH=\"$PWD/bin:$PATH\"\n"

// TestTutorial types the tutorial, block by block in an empty folder, and
// compares what it prints with what the page shows.
func TestTutorial(t *testing.T) {
	const page = "docs/tutorial.md"
	w := newReader(t)
	typed, compared := 0, 0
	exports := "" // what a terminal would keep from block to block
	blocks := fences(t, page)
	for i, b := range blocks {
		switch {
		case b.lang == "output" && (i == 0 || blocks[i-1].lang != "sh"):
			t.Errorf("%s:%d: output of nothing", page, b.line)
			continue
		case b.lang != "sh":
			continue
		case i == 0:
			if b.text != building {
				t.Fatalf("%s:%d: begins with\n%swant\n%s", page, b.line, b.text, building)
			}
			continue
		}
		want := 0
		if b.info != "" {
			if b.info != "exit=1" {
				t.Fatalf("%s:%d: a block may only say exit=1, not %q", page, b.line, b.info)
			}
			want = 1
		}
		out, code := w.shell(exports + b.text)
		for line := range strings.Lines(b.text) {
			if strings.HasPrefix(line, "export ") {
				exports += line
			}
		}
		if code != want {
			t.Errorf("%s:%d: exit %d, want %d\n%s%s", page, b.line, code, want, b.text, out)
		}
		typed++
		if i+1 < len(blocks) && blocks[i+1].lang == "output" {
			compared++
			if o := blocks[i+1]; !shows(o.text, strings.TrimRight(out, "\n")+"\n") { // blank lines at the end do not count
				t.Errorf("%s:%d: prints\n%s", page, o.line, out)
			}
		}
	}
	if typed < 12 || compared < 8 {
		t.Errorf("%d blocks typed and %d outputs compared, want at least 12 and 8", typed, compared)
	}
	for _, name := range []string{"report.html", "mine.html"} {
		html, err := os.ReadFile(w.path(name))
		if err != nil || !strings.Contains(string(html), "<!DOCTYPE html>") && !strings.Contains(string(html), "<!doctype html>") {
			t.Errorf("%s is no page: %v", name, err)
		}
	}
}

// TestTutorialBuild holds the block that is not typed to the Makefile.
func TestTutorialBuild(t *testing.T) {
	text, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, target, ok := strings.Cut(string(text), "\nbuild:")
	target, _, _ = strings.Cut(target, "\n\n")
	if !ok || !strings.Contains(target, "-o bin/errata ") {
		t.Errorf("make build does not make bin/errata: %q", target)
	}
}

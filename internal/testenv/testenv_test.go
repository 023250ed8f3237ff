package testenv

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorder is a test that is told how it ends instead of ending.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper()           {}
func (r *recorder) Fatal(args ...any) { r.failed, _ = args[0].(string) }
func (r *recorder) Skip(args ...any)  { r.skipped, _ = args[0].(string) }

func TestChromiumMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for _, c := range []struct {
		ci           string
		fails, skips bool
	}{{"", false, true}, {"false", false, true}, {"true", true, false}} {
		t.Setenv("CI", c.ci)
		r := &recorder{TB: t}
		if path := Chromium(r); path != "" {
			t.Errorf("CI=%q: found %s in an empty PATH", c.ci, path)
		}
		if (r.failed != "") != c.fails || (r.skipped != "") != c.skips {
			t.Errorf("CI=%q: failed %q, skipped %q", c.ci, r.failed, r.skipped)
		}
		if said := r.failed + r.skipped; !strings.Contains(said, "tools/chromium.sh") {
			t.Errorf("CI=%q: %q does not say how to get one", c.ci, said)
		}
	}
}

func TestChromiumFound(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script is no program there")
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	for _, name := range []string{"google-chrome", "chromium"} { // the better one last
		want := filepath.Join(dir, name)
		if err := os.WriteFile(want, []byte("#!/bin/sh\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		if got := Chromium(t); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestBrowser: what the tests of pages rely on can fail.
func TestBrowser(t *testing.T) {
	t.Setenv("ERRATA_SCREENSHOTS", t.TempDir())
	b := NewBrowser(t)
	file := filepath.Join(t.TempDir(), "page.html")
	write := func(body string) string {
		html := `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: http:"><link rel="icon" href="data:,"><title>page</title><body>` + body
		if err := os.WriteFile(file, []byte(html), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file://" + file
	}
	t.Run("clean", func(t *testing.T) {
		p := b.Open(t, write("<p>text</p>"), View{Width: 800, Height: 600})
		if got := p.Problems(t); len(got) != 0 {
			t.Errorf("problems of a clean page: %q", got)
		}
		requests := p.Requests()
		if len(requests) == 0 || requests[0] != "file://"+file {
			t.Errorf("requests: %q", requests)
		}
		for _, r := range requests[1:] {
			if !strings.HasPrefix(r, "data:") {
				t.Errorf("requests: %q", requests)
			}
		}
		if got := Eval[string](t, p, "document.title"); got != "page" {
			t.Errorf("title %q", got)
		}
		p.Shoot(t, "clean")
		if pdf := p.PDF(t); !strings.HasPrefix(string(pdf), "%PDF-") {
			t.Error("no PDF was printed")
		}
		if png, err := os.ReadFile(filepath.Join(os.Getenv("ERRATA_SCREENSHOTS"), "clean.png")); err != nil || !strings.HasPrefix(string(png), "\x89PNG") {
			t.Errorf("no picture: %v", err)
		}
	})
	t.Run("views", func(t *testing.T) {
		p := b.Open(t, write("<p>text</p>"), View{Width: 360, Height: 640, Dark: true, Phone: true})
		facts := `[String(innerWidth), String(matchMedia('(prefers-color-scheme: dark)').matches), String(matchMedia('print').matches)]`
		if diff := cmp.Diff([]string{"360", "true", "false"}, Eval[[]string](t, p, facts)); diff != "" {
			t.Errorf("phone in the dark (-want +got):\n%s", diff)
		}
		p.Look(t, View{Width: 1280, Height: 800, Print: true})
		if diff := cmp.Diff([]string{"1280", "false", "true"}, Eval[[]string](t, p, facts)); diff != "" {
			t.Errorf("printed (-want +got):\n%s", diff)
		}
	})
	for _, c := range []struct{ name, body, problem, request string }{
		{"script", "<script>window.ran = 1</script>", "script-src", ""},
		{"style attribute", `<p style="color:red">x`, "style-src", ""},
		{"request", `<img src="http://errata.invalid/x.png">`, "ERR_NAME_NOT_RESOLVED", "http://errata.invalid/x.png"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := b.Open(t, write(c.body), View{Width: 800, Height: 600})
			if got := strings.Join(p.Problems(t), "\n"); !strings.Contains(got, c.problem) {
				t.Errorf("problems %q: no %s", got, c.problem)
			}
			if got := strings.Join(p.Requests(), "\n"); !strings.Contains(got, c.request) {
				t.Errorf("requests %q: no %s", got, c.request)
			}
			if Eval[bool](t, p, "'ran' in window") {
				t.Error("the script ran")
			}
		})
	}
}

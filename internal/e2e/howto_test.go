package e2e

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"errata/parse/format"

	"github.com/google/go-cmp/cmp"
)

// howTos are the pages on gateways, by path below the module's root.
func howTos(t testing.TB) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/howto/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no how-to: %v", err)
	}
	for i, p := range pages {
		pages[i] = filepath.ToSlash(strings.TrimPrefix(p, "../../"))
	}
	return pages
}

// objects are the JSON values of a text, one after the other.
func objects(t testing.TB, where, text string) []any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	var all []any
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v\n%s", where, err, text)
		}
		all = append(all, v)
	}
}

// TestHowToLines holds each line that a how-to shows to what the page says the
// program makes of it, and each built-in format to having such a line.
func TestHowToLines(t *testing.T) {
	w := newReader(t)
	shown := map[string]bool{}
	for _, page := range howTos(t) {
		blocks := fences(t, page)
		for i, b := range blocks {
			if b.lang == "json" {
				objects(t, page, b.text) // a snippet of configuration is JSON too
			}
			if b.lang != "log" {
				continue
			}
			if i+1 == len(blocks) || blocks[i+1].lang != "json" {
				t.Errorf("%s:%d: a line without what is made of it", page, b.line)
				continue
			}
			w.write("line.log", []byte(b.text))
			out, code := w.shell("errata parse --why line.log")
			if code != 0 {
				t.Errorf("%s:%d: exit %d\n%s", page, b.line, code, out)
				continue
			}
			got := objects(t, page, out)
			if diff := cmp.Diff(objects(t, page, blocks[i+1].text), got); diff != "" {
				t.Errorf("%s:%d: %s", page, b.line, diff)
			}
			for _, o := range got {
				shown[o.(map[string]any)["format"].(string)] = true
			}
		}
	}
	for _, p := range format.Presets() {
		if !shown[p.Name] {
			t.Errorf("no how-to shows a line of %s", p.Name)
		}
	}
}

// presetKeys are the keys that a format reads, each alternative of its own.
func presetKeys(p format.Preset) []string {
	var keys []string
	for _, c := range p.Claim {
		keys = append(keys, strings.Split(c, "|")...)
	}
	for _, f := range p.Fields {
		keys = append(keys, strings.Split(f.Path, "|")...)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// TestHowToKeys holds the table of each page to the keys that the format reads:
// all of them and no other.
func TestHowToKeys(t *testing.T) {
	code := regexp.MustCompile("`([a-z][A-Za-z0-9_.-]*)`")
	of := map[string]string{ // of a page that is named otherwise
		"nginx-apache-combined": "combined",
	}
	for _, page := range howTos(t) {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		if n, ok := of[name]; ok {
			name = n
		}
		i := slices.IndexFunc(format.Presets(), func(p format.Preset) bool { return p.Name == name })
		if i < 0 {
			t.Errorf("%s: no format of that name", page)
			continue
		}
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		_, section, _ := strings.Cut(string(text), "\n## What errata reads\n")
		section, _, _ = strings.Cut(section, "\n## ")
		var got []string
		for line := range strings.Lines(section) {
			if !strings.HasPrefix(line, "| ") {
				continue
			}
			for _, m := range code.FindAllStringSubmatch(line, -1) {
				got = append(got, m[1])
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(presetKeys(format.Presets()[i]), slices.Compact(got)); diff != "" {
			t.Errorf("%s: keys that the format reads (-) and the page names (+):\n%s", page, diff)
		}
	}
}

// TestHowToSnippets holds the configuration of the pages whose keys the
// operator chooses to the keys that the format reads.
func TestHowToSnippets(t *testing.T) {
	var nginx format.Preset
	for _, p := range format.Presets() {
		if p.Name == "nginx-json" {
			nginx = p
		}
	}
	var snippet string
	for _, b := range fences(t, "docs/howto/nginx-json.md") {
		if b.lang == "nginx" && strings.Contains(b.text, "log_format") {
			snippet = b.text
		}
	}
	keys := regexp.MustCompile(`"([a-z_]+)":"\$`).FindAllStringSubmatch(snippet, -1)
	if len(keys) < 15 {
		t.Fatalf("%d keys in the log_format, want at least 15", len(keys))
	}
	for _, k := range keys {
		if !slices.Contains(presetKeys(nginx), k[1]) {
			t.Errorf("the log_format writes %s, which nothing reads", k[1])
		}
	}

	// The first example line is what the snippet writes: the same keys in the
	// same order.
	for _, b := range fences(t, "docs/howto/nginx-json.md") {
		if b.lang != "log" {
			continue
		}
		var got, want []string
		for _, k := range regexp.MustCompile(`[{,]"([a-z_]+)":"`).FindAllStringSubmatch(b.text, -1) {
			got = append(got, k[1])
		}
		for _, k := range keys {
			want = append(want, k[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("keys of the log_format (-) and of the line beneath (+):\n%s", diff)
		}
		break
	}
}

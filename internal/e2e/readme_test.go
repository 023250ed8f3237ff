package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestReadme types what the README tells people to type.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.traffic("access.log", "combined", 1)
	if err := os.Mkdir(w.path("logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	w.traffic(filepath.Join("logs", "a.ndjson"), "apisix", 1)
	n := 0
	for line := range strings.Lines(string(text)) {
		args, ok := strings.CutPrefix(line, "errata ")
		if !ok {
			continue
		}
		args, _, _ = strings.Cut(args, " #")
		w.types(strings.Replace(args, "/var/log/nginx", "logs", 1))
		n++
	}
	if n < 5 {
		t.Errorf("the README shows %d commands of errata, want at least 5", n)
	}
}

// TestDemoSuggestions types what the demo suggests in the end, on a store of
// the same scenario.
func TestDemoSuggestions(t *testing.T) {
	text, err := os.ReadFile("../../tools/demo/run.sh")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	w.traffic("us.ndjson", "nginx-json", 14) // long enough that every feature is asked for
	w.must("ingest", "us.ndjson")
	tries := regexp.MustCompile(`(?m)^(?:try "|run "\$errata" )((?:query|report|demand|samples|store|dlq|parse) [^"\n]*)`).FindAllStringSubmatch(string(text), -1)
	if len(tries) < 12 {
		t.Fatalf("found %d commands in the demo, want at least 12", len(tries))
	}
	since := time.Now().UTC().AddDate(0, 0, -7).Format(time.DateOnly)
	for _, m := range tries {
		args, _, _ := strings.Cut(m[1], " | ")
		w.types(strings.NewReplacer("$store", w.path("s.db"), "$dir/logs/", "", "$since", since).Replace(args))
	}
}

// traffic writes a small log that ends now, as "--last" asks for.
func (w *world) traffic(name, format string, days int) {
	w.t.Helper()
	end := time.Now().UTC().Truncate(time.Hour).Format(time.RFC3339)
	w.must("gen", "--scenario", "small", "--days", strconv.Itoa(days), "--end", end, "--log-format", format, "-o", name)
}

// types runs a command line, which must succeed.
func (w *world) types(line string) {
	w.t.Helper()
	args := strings.Fields(line)
	r := w.must(args...)
	name, intoFile := "", false
	if i := slices.Index(args, "-o"); i >= 0 {
		name = args[i+1]
		intoFile = strings.Contains(name, ".")
	}
	switch {
	case intoFile:
		if info, err := os.Stat(w.path(name)); err != nil || info.Size() == 0 {
			w.t.Errorf("errata %s made no file %s: %v", line, name, err)
		}
	case r.stdout == "" && args[0] != "ingest":
		w.t.Errorf("errata %s printed nothing", line)
	}
}

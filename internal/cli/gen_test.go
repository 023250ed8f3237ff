package cli

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"errata/internal/gen"

	"github.com/google/go-cmp/cmp"
)

func TestGen(t *testing.T) {
	t.Chdir(t.TempDir())
	args := []string{"gen", "--scenario", "clean", "--seed", "9", "--days", "1"}
	plain := must(t, args...).stdout
	if again := must(t, args...).stdout; again != plain || plain == "" {
		t.Error("the same seed is another traffic")
	}
	if other := must(t, "gen", "--scenario", "clean", "--seed", "10", "--days", "1").stdout; other == plain {
		t.Error("another seed is the same traffic")
	}
	must(t, append(args, "-o", "x.ndjson.gz", "--truth", "truth.json")...)
	f, err := os.Open("x.ndjson.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(z)
	if err != nil || string(unzipped) != plain {
		t.Errorf("compressed, it is another traffic: %v", err)
	}
	var truth gen.Truth
	b, err := os.ReadFile("truth.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &truth); err != nil || truth.Seed != 9 || truth.Lines != int64(strings.Count(plain, "\n")) {
		t.Errorf("truth: %v, %d lines of %d", err, truth.Lines, strings.Count(plain, "\n"))
	}
	if r := must(t, append(args, "-o", os.DevNull, "--truth", "-")...); r.stdout != string(b) {
		t.Errorf("--truth -: %d bytes on standard output, want %d", len(r.stdout), len(b))
	}
	must(t, append(args, "-o", os.DevNull, "--truth", os.DevNull)...)
	end := must(t, append(args, "--end", "2026-11-20")...).stdout
	days := map[string]bool{}
	write(t, "end", end)
	for line := range strings.Lines(must(t, "parse", "end").stdout) {
		var e struct{ Time time.Time }
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		days[e.Time.Format(time.DateOnly)] = true
	}
	if d := cmp.Diff(map[string]bool{"2026-11-19": true}, days); d != "" {
		t.Errorf("--end 2026-11-20: %s", d)
	}
	for _, c := range []struct{ args, want string }{
		{"gen --log-format apisx", `did you mean "apisix"`},
		{"gen --logs bodies", "none of access, response, both"},
		{"gen --days -1", "negative"},
		{"gen --days 99999999", "between 2000 and 2100"},
		{"gen --seed x", "no whole number"},
		{"gen -o x.zst", "end in .gz"},
		{"gen extra", "takes no arguments"},
		{"gen --scenario clean --days 1 -o x.log --truth ./x.log", "a file of its own"},
		{"gen --scenario clean --days 1 --truth -", "a file of its own"},
	} {
		if r := errata(t, "", strings.Fields(c.args)...); r.code != 2 || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: exit code %d: %s", c.args, r.code, r.stderr)
		}
	}
	if _, err := os.Stat("x.zst"); err == nil {
		t.Error("a refused command left a file")
	}
	if left, _ := filepath.Glob(".*.tmp"); len(left) > 0 {
		t.Errorf("temporary files are left: %v", left)
	}
}

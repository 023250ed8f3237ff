package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"errata/internal/app"
	"errata/internal/config"

	"github.com/google/go-cmp/cmp"
)

// entry is an APISIX line with what the tests of configuration vary.
func entry(uri, headers, body string, status int) string {
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"start_time":1795428303000,"client_ip":"203.0.113.9","request":{"method":"GET","uri":%q,"headers":{%s}},"response":{"status":%d,"body":%s}}`+"\n",
		uri, headers, status, b)
}

func envelope(typ, message, more string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q%s}}`, typ, message, more)
}

// column is one column of the rows of an answer, joined.
func column(a answer, name string) string {
	var vs []string
	for _, r := range a.Rows {
		vs = append(vs, fmt.Sprint(r[name]))
	}
	return strings.Join(vs, " ")
}

// many is n lines that differ in what fn makes of their number.
func many(n int, fn func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(fn(i))
	}
	return b.String()
}

// capped checks that a cap of 1 keeps one value of a dimension and folds the
// others into (other), totals unchanged.
func capped(dim string, fn func(i int) string) func(t *testing.T) {
	return func(t *testing.T) {
		write(t, "log", many(4, fn)+fn(0))
		must(t, "ingest", "--store", "free.db", "log")
		must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		measure := "errors"
		if dim == "feature" {
			measure = "attempts"
		}
		capped := ask(t, "--by", dim, "--measure", measure).counts(dim, measure)
		if capped["(other)"] != 3 || len(capped) != 2 {
			t.Errorf("with a cap of 1: %v", capped)
		}
		a := ask(t, "--by", dim, "--measure", measure)
		if a.Totals[measure] != float64(5) {
			t.Errorf("totals are %v", a.Totals)
		}
	}
}

// effects has, for each key of the configuration, a value and a test that it
// does something. A key without an entry fails TestEveryKeyHasAnEffect.
var effects = map[string]struct {
	yaml string
	test func(t *testing.T)
}{
	"store.kind": {"store: {kind: sqlite, path: s.db}", func(t *testing.T) {
		write(t, "log", combinedLine)
		must(t, "ingest", "--config", "c.yaml", "log")
		b, err := os.ReadFile("s.db")
		if err != nil || !strings.HasPrefix(string(b), "SQLite format 3") {
			t.Errorf("no SQLite file: %v", err)
		}
	}},
	"store.path": {"store: {path: folder/x.db}", func(t *testing.T) {
		write(t, "log", combinedLine)
		must(t, "ingest", "--config", "c.yaml", "log")
		if _, err := os.Stat("folder/x.db"); err != nil {
			t.Error(err)
		}
	}},
	"ingest.source": {"ingest: {source: eu}", func(t *testing.T) {
		write(t, "log", combinedLine)
		must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		if got := column(ask(t, "--by", "source"), "source"); got != "eu" {
			t.Errorf("source %q", got)
		}
	}},
	"ingest.format": {"ingest: {format: kong}", func(t *testing.T) {
		write(t, "log", combinedLine)
		if r := errata(t, "", "parse", "--config", "c.yaml", "log"); r.code != 1 || !strings.Contains(r.stderr, "given as kong") {
			t.Errorf("%+v", r)
		}
		if r := errata(t, "", "parse", "--config", "c.yaml", "--log-format", "auto", "log"); r.code != 0 {
			t.Errorf("a flag does not win: %+v", r)
		}
	}},
	"ingest.logs": {"ingest: {logs: response}", func(t *testing.T) {
		write(t, "log", entry("/v1/agents", "", "{}", 200)+entry("/v1/agents", "", "x", 500))
		r := must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		if !strings.Contains(r.stderr, "passed over 1 success of response logs") {
			t.Errorf("%s", r.stderr)
		}
	}},
	"parse.routes": {"parse: {routes: ['/shop/{id}/cart']}", func(t *testing.T) {
		write(t, "log", entry("/shop/berlin/cart", "", "", 200))
		if r := must(t, "parse", "log"); !strings.Contains(r.stdout, `"route":"/shop/berlin/cart"`) {
			t.Errorf("without: %s", r.stdout)
		}
		if r := must(t, "parse", "--config", "c.yaml", "log"); !strings.Contains(r.stdout, `"route":"/shop/{id}/cart"`) {
			t.Errorf("with: %s", r.stdout)
		}
	}},
	"parse.caller_field": {"parse: {caller_field: request.headers.x-tenant}", func(t *testing.T) {
		write(t, "log", entry("/x", `"x-tenant":"t1"`, "", 200))
		if r := must(t, "parse", "--config", "c.yaml", "log"); !strings.Contains(r.stdout, `"caller_kind":"field"`) {
			t.Errorf("%s", r.stdout)
		}
	}},
	"parse.trusted_proxies": {"parse: {trusted_proxies: [203.0.113.0/24]}", func(t *testing.T) {
		write(t, "direct", strings.Replace(entry("/x", "", "", 200), "203.0.113.9", "198.51.100.1", 1))
		write(t, "proxied", entry("/x", `"x-forwarded-for":"198.51.100.1"`, "", 200))
		caller := func(args ...string) string {
			var e struct{ Caller string }
			if err := json.Unmarshal([]byte(must(t, args...).stdout), &e); err != nil {
				t.Fatal(err)
			}
			return e.Caller
		}
		want := caller("parse", "direct")
		if got := caller("parse", "--config", "c.yaml", "proxied"); got != want {
			t.Errorf("behind a trusted proxy: caller %s, want %s", got, want)
		}
		if got := caller("parse", "proxied"); got == want {
			t.Error("a header of an untrusted sender is believed")
		}
	}},
	"privacy.caller_key_file": {"privacy: {caller_key_file: key}", func(t *testing.T) {
		write(t, "key", strings.Repeat("0f", 16)+"\n")
		write(t, "log", combinedLine)
		if a, b := must(t, "parse", "log").stdout, must(t, "parse", "--config", "c.yaml", "log").stdout; a == b {
			t.Errorf("the key changes no hash: %s", a)
		}
	}},
	"privacy.caller_names_file": {"privacy: {caller_names_file: names.csv}", func(t *testing.T) {
		write(t, "log", attempt("2026-11-17T09:00:00Z", "k", 501, "files", "", ""))
		must(t, "ingest", "--store", "s.db", "log")
		var d struct {
			Rows []struct{ Caller, Name string }
		}
		if err := json.Unmarshal([]byte(must(t, "demand", "--store", "s.db", "--callers", "-o", "json").stdout), &d); err != nil || len(d.Rows) != 1 || d.Rows[0].Name != "" {
			t.Fatalf("%+v, %v", d, err)
		}
		write(t, "names.csv", d.Rows[0].Caller+",Ann Lee,Acme\n")
		if r := must(t, "demand", "--config", "c.yaml", "--store", "s.db", "--callers"); !strings.Contains(r.stdout, "Ann Lee") || !strings.Contains(r.stdout, "Acme") {
			t.Errorf("%s", r.stdout)
		}
	}},
	"caps.keys": {"caps: {keys: 1}", func(t *testing.T) {
		write(t, "log", many(5, func(i int) string {
			return entry("/v1/agents", "", envelope(fmt.Sprintf("t%d", i), "m", ""), 400)
		}))
		must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		a := ask(t, "--by", "type")
		if got := a.counts("type", "errors"); got["(other)"] < 3 || a.Totals["errors"] != float64(5) {
			t.Errorf("%v, totals %v", got, a.Totals)
		}
	}},
	"caps.routes": {"caps: {routes: 1}", capped("route", func(i int) string {
		return entry("/own/"+string(rune('a'+i)), "", envelope("t", "m", ""), 400)
	})},
	"caps.templates": {"caps: {templates: 1}", capped("template", func(i int) string {
		return entry("/v1/agents", "", envelope("t", "message "+string(rune('a'+i)), ""), 400)
	})},
	"caps.params": {"caps: {params: 1}", capped("param", func(i int) string {
		return entry("/v1/agents", "", envelope("t", "m", `,"param":"p_`+string(rune('a'+i))+`"`), 400)
	})},
	"caps.codes": {"caps: {codes: 1}", capped("code", func(i int) string {
		return entry("/v1/agents", "", envelope("t", "m", `,"code":"c`+string(rune('a'+i))+`"`), 400)
	})},
	"caps.types": {"caps: {types: 1}", capped("type", func(i int) string {
		return entry("/v1/agents", "", envelope("t"+string(rune('a'+i)), "m", ""), 400)
	})},
	"caps.features": {"caps: {features: 1}", capped("feature", func(i int) string {
		return entry("/v1/agents", "", envelope("feature_not_available", "m", `,"feature":"f`+string(rune('a'+i))+`"`), 501)
	})},
	"caps.methods": {"caps: {methods: 1}", capped("method", func(i int) string {
		return strings.Replace(entry("/v1/agents", "", envelope("t", "m", ""), 400), `"GET"`, `"GET`+string(rune('A'+i))+`"`, 1)
	})},
	"caps.clients": {"caps: {clients: 1}", capped("client", func(i int) string {
		return entry("/v1/agents", fmt.Sprintf(`"user-agent":"agent-%c/1"`, 'a'+i), envelope("t", "m", ""), 400)
	})},
	"caps.demand_callers": {"caps: {demand_callers: 1}", func(t *testing.T) { cappedCallers(t, 501) }},
	"caps.adopt_callers":  {"caps: {adopt_callers: 1}", func(t *testing.T) { cappedCallers(t, 200) }},
	"flush.rows": {"flush: {rows: 100}", func(t *testing.T) {
		write(t, "log", many(400, func(i int) string {
			return entry("/v1/agents", "", envelope(fmt.Sprintf("t%d", i%150), "m", ""), 400)
		}))
		if a, b := batches(t, "s.db", "c.yaml"), batches(t, "one.db", ""); a <= b {
			t.Errorf("%d batches, %d without the bound", a, b)
		}
	}},
	"flush.bytes": {"flush: {bytes: 1MiB}", func(t *testing.T) {
		write(t, "log", many(12_000, func(i int) string {
			return entry("/v1/agents", fmt.Sprintf(`"authorization":"Bearer k%d"`, i), envelope(fmt.Sprintf("t%d", i%190), "m", ""), 400+i%7)
		}))
		if a, b := batches(t, "s.db", "c.yaml"), batches(t, "one.db", ""); a <= b {
			t.Errorf("%d batches, %d without the bound", a, b)
		}
	}},
	"demand.routes": {"demand: {routes: [/agents]}", func(t *testing.T) {
		write(t, "log", many(3, func(i int) string {
			return entry("/v1/"+[]string{"agents", "files", "skills"}[i], `"x-qoder-beta":"b-2026-01-01","authorization":"Bearer k"`, "{}", 200)
		}))
		must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		must(t, "ingest", "--store", "none.db", "log")
		if a, b := kindRows(t, "s.db", "adopt"), kindRows(t, "none.db", "adopt"); a != 2 || b != 1 {
			t.Errorf("rows with the route %d, without %d", a, b)
		}
	}},
	"dlq.file": {"dlq: {file: dead/letters}", func(t *testing.T) {
		if err := os.Mkdir("dead", 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, "log", combinedLine+"dead\n")
		r := must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		if _, err := os.Stat(filepath.Join("dead", "letters")); err != nil {
			t.Error(err)
		}
		if !strings.Contains(r.stderr, "dead letters are in dead/letters") {
			t.Errorf("%s", r.stderr)
		}
		if r := must(t, "dlq", "list", "--config", "c.yaml"); !strings.Contains(r.stdout, "unknown_format") {
			t.Errorf("%s", r.stdout)
		}
	}},
	"log.format": {"log: {format: json}", func(t *testing.T) {
		write(t, "log", combinedLine+"dead\n")
		r := must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
		for line := range strings.Lines(r.stderr) {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
		}
		if r := errata(t, "", "query", "--config", "c.yaml", "--store", "none.db", "--by", "type"); r.code != 1 || !strings.Contains(r.stderr, `"level":"ERROR"`) {
			t.Errorf("an error: %+v", r)
		}
	}},
}

// cappedCallers checks that callers over a cap are one row, and that nothing is lost.
func cappedCallers(t *testing.T, status int) {
	body := "{}"
	if status == 501 {
		body = envelope("feature_not_available", "m", `,"feature":"f"`)
	}
	write(t, "log", many(5, func(i int) string {
		return entry("/v1/agents", fmt.Sprintf(`"x-qoder-beta":"b-2026-01-01","authorization":"Bearer k%d"`, i), body, status)
	}))
	must(t, "ingest", "--config", "c.yaml", "--store", "s.db", "log")
	must(t, "ingest", "--store", "free.db", "log")
	kind := map[int]string{501: "demand", 200: "adopt"}[status]
	if a, b := kindRows(t, "s.db", kind), kindRows(t, "free.db", kind); a != 2 || b != 5 {
		t.Errorf("%s: %d rows under the cap, %d without", kind, a, b)
	}
	if kind == "demand" {
		// Whom the cap cut off is counted all the same, and the setting is named.
		r := must(t, "demand", "--store", "s.db")
		if !strings.Contains(r.stderr, "the callers of 4 attempts (80.0 %) were cut off by a cap: raise caps.demand_callers") || !regexp.MustCompile(`\ntotal +5 +5\n`).MatchString(r.stdout) {
			t.Errorf("%+v", r)
		}
		if r := must(t, "demand", "--store", "free.db"); strings.Contains(r.stderr, "cap") {
			t.Errorf("no cap was hit: %s", r.stderr)
		}
	}
}

// kindRows is the number of rows of a kind.
func kindRows(t *testing.T, path, kind string) int64 {
	t.Helper()
	var i infoJSON
	if err := json.Unmarshal([]byte(must(t, "store", "info", "--store", path, "-o", "json").stdout), &i); err != nil {
		t.Fatal(err)
	}
	for _, s := range i.Sources {
		if s.Kind == kind {
			return s.Rows + s.Clamped
		}
	}
	return 0
}

// batches is the number of batches that an ingest of the log writes.
func batches(t *testing.T, path, file string) int64 {
	t.Helper()
	l, err := config.Load(config.Options{File: file, Flags: map[string]config.Flag{"store.path": {Name: "--store", Value: path}}})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := app.New(l, app.Options{}).Ingest(t.Context(), app.IngestOptions{Inputs: []string{"log"}})
	if err != nil {
		t.Fatal(err)
	}
	return sum.Batches
}

func TestEveryKeyHasAnEffect(t *testing.T) {
	known := config.Keys()
	var tested []string
	for _, k := range known {
		if _, ok := effects[k]; ok {
			tested = append(tested, k)
		}
	}
	if d := cmp.Diff(known, tested); d != "" || len(effects) != len(known) {
		t.Fatalf("keys and effects differ: %s", d)
	}
	for _, k := range known {
		t.Run(k, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "c.yaml", effects[k].yaml+"\n")
			effects[k].test(t)
		})
	}
}

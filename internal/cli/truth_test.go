package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"errata/internal/gen"

	"github.com/google/go-cmp/cmp"
)

// seed is the traffic of TestTruth: another one tries other lines.
var seed = flag.String("seed", "11", "seed of the traffic that TestTruth generates")

// answer is what errata query -o json prints.
type answer struct {
	Rows     []map[string]any `json:"rows"`
	Totals   map[string]any   `json:"totals"`
	Coverage struct {
		Value   *float64 `json:"value"`
		Clamped int64    `json:"clamped"`
		Undated int64    `json:"undated"`
	} `json:"coverage"`
}

func ask(t *testing.T, args ...string) answer {
	t.Helper()
	r := must(t, append([]string{"query", "--store", "s.db", "-o", "json"}, args...)...)
	var a answer
	if err := json.Unmarshal([]byte(r.stdout), &a); err != nil {
		t.Fatalf("%v: %s", err, r.stdout)
	}
	return a
}

// counts is one measure by one dimension, rows of 0 left out.
func (a answer) counts(dim, measure string) map[string]int64 {
	m := map[string]int64{}
	for _, r := range a.Rows {
		if n, ok := r[measure].(float64); ok && n != 0 {
			m[fmt.Sprint(r[dim])] += int64(n)
		}
	}
	return m
}

func nonZero(m map[string]int64) map[string]int64 {
	out := map[string]int64{}
	for k, n := range m {
		if n != 0 {
			out[k] = n
		}
	}
	return out
}

// TestTruth generates traffic, ingests it and asks: every number equals what the
// generator knows, and none of the secrets that it planted is in any output.
func TestTruth(t *testing.T) {
	for _, scenario := range []string{"small", "errors", "hostile", "clamped"} {
		for _, format := range gen.Formats() {
			for _, logs := range []string{"access", "response", "both"} {
				if logs != "access" && (format == "combined" || format == "common") {
					continue
				}
				if scenario != "hostile" && testing.Short() || scenario == "clamped" && format != "apisix" {
					continue
				}
				t.Run(scenario+"/"+format+"/"+logs, func(t *testing.T) { testTruth(t, scenario, format, logs) })
			}
		}
	}
}

func testTruth(t *testing.T, scenario, format, logs string) {
	t.Chdir(t.TempDir())
	// The truth has no split of what lies on the clamp day, so only one scenario has such times.
	text := "base: " + scenario + "\nlines: {out_of_range: 0}\n"
	if scenario == "clamped" {
		text = "base: small\n"
	}
	write(t, "scenario.yaml", text)
	must(t, "gen", "--scenario", "scenario.yaml", "--seed", *seed, "--days", "1", "--log-format", format, "--logs", logs, "-o", "log", "--truth", "truth.json")
	b, err := os.ReadFile("truth.json")
	if err != nil {
		t.Fatal(err)
	}
	var truth gen.Truth
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	same := func(what string, want, got any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", what, d)
		}
	}

	// What the lines were taken for, and what was dead.
	in := must(t, "ingest", "--store", "s.db", "--logs", logs, "--final", "log")
	var dead letters
	dl := must(t, "dlq", "list", "--store", "s.db", "-o", "json")
	if err := json.Unmarshal([]byte(dl.stdout), &dead); err != nil {
		t.Fatal(err)
	}
	byReason := map[string]int64{}
	for _, l := range dead.Rows {
		byReason[l.Reason] += l.Count
	}
	same("dead letters by reason", nonZero(truth.Dead), byReason)

	// Errors by day. Entries with a time that cannot be right are in no range.
	wantDays := map[string]int64{}
	var clamped int64
	for _, d := range truth.ByDay {
		if d.Day == "1970-01-01" {
			clamped = d.Errors
		} else if d.Errors != 0 {
			wantDays[d.Day+"T00:00:00Z"] = d.Errors
		}
	}
	days := ask(t, "--step", "1d", "--measure", "errors")
	same("errors by day", wantDays, days.counts("time", "errors"))
	if truth.Clamped != days.Coverage.Clamped {
		t.Errorf("clamped entries: got %d, want %d", days.Coverage.Clamped, truth.Clamped)
	}
	if got := days.Totals["errors"]; got != float64(truth.Errors-clamped) {
		t.Errorf("errors: got %v, want %d", got, truth.Errors-clamped)
	}

	// What is split by other dimensions has no clamp day in the truth.
	if truth.Clamped > 0 && scenario != "clamped" {
		t.Errorf("%d clamped entries", truth.Clamped)
	}
	if len(truth.Canaries) == 0 {
		t.Error("no secrets were planted")
	}
	if truth.Clamped == 0 {
		same("errors by status", nonZero(truth.ErrorsByStatus), ask(t, "--by", "status").counts("status", "errors"))
		if logs != "access" {
			got := ask(t, "--by", "type").counts("type", "errors")
			delete(got, "(no body)")
			same("errors by type", nonZero(truth.ByType), got)
			same("errors by shape", nonZero(truth.ByShape), func() map[string]int64 {
				m := ask(t, "--by", "shape").counts("shape", "errors")
				delete(m, "(no body)")
				return m
			}())
			want := map[string]int64{}
			for _, f := range truth.Features {
				want[f.Feature] += f.Attempts
			}
			same("attempts by feature", want, ask(t, "--by", "feature,reason", "--measure", "attempts").counts("feature", "attempts"))
		}
		if logs != "response" {
			same("requests by status", nonZero(truth.ByStatus), ask(t, "--by", "status", "--measure", "requests").counts("status", "requests"))
		}
		callers := ask(t, "--by", "source", "--measure", "callers")
		if e, ok := callers.Totals["callers_error"].(float64); ok && e == 0 && callers.Totals["callers"] != float64(truth.Callers) {
			t.Errorf("callers: got %v, want %d", callers.Totals["callers"], truth.Callers)
		}
	}
	canaries(t, truth.Canaries, in, dl)
}

// canaries looks for planted secrets in everything that errata prints or keeps.
func canaries(t *testing.T, secrets []string, rans ...ran) {
	t.Helper()
	var all bytes.Buffer
	add := func(r ran) { all.WriteString(r.stdout + r.stderr) }
	for _, r := range rans {
		add(r)
	}
	add(errata(t, "", "parse", "--why", "log"))
	for _, by := range []string{"type,code,param,feature,available_from,route,method,template", "client,auth,retry,type,param", "finding", "reason"} {
		measure := "errors"
		if by == "reason" {
			measure = "entries"
		}
		for _, o := range []string{"json", "csv", "table"} {
			add(must(t, "query", "--store", "s.db", "--by", by, "--measure", measure, "-o", o))
		}
	}
	add(must(t, "dlq", "list", "--store", "s.db"))
	add(must(t, "store", "info", "--store", "s.db"))
	for _, f := range []string{"s.db", "s.db-wal", "s.db.dead.ndjson"} {
		b, err := os.ReadFile(f)
		if err == nil {
			all.Write(b)
		}
	}
	for _, c := range secrets {
		if i := strings.Index(all.String(), c); i >= 0 {
			from, to := max(0, i-80), min(all.Len(), i+len(c)+80)
			t.Errorf("the secret %s is printed or kept: %s", c, strconv.Quote(all.String()[from:to]))
		}
	}
}

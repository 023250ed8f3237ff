package e2e

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"errata/internal/gen"
)

// formats are those that a report can be rendered in.
var formats = []string{"text", "md", "html", "json", "csv"}

// pointers flattens JSON: each number, and each null, by its JSON pointer.
func pointers(t *testing.T, js string) map[string]string {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(js))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	var walk func(path string, v any)
	walk = func(path string, v any) {
		switch x := v.(type) {
		case map[string]any:
			for k, e := range x {
				walk(path+"/"+strings.NewReplacer("~", "~0", "/", "~1").Replace(k), e)
			}
		case []any:
			for i, e := range x {
				walk(fmt.Sprint(path, "/", i), e)
			}
		case json.Number:
			out[path] = x.String()
		case nil:
			out[path] = ""
		}
	}
	walk("", v)
	return out
}

// In CSV each number of the JSON form stands in a row under its pointer, and
// nothing else does; HTML shows a part of them, each with its pointer.
func sameNumbers(t *testing.T, what, js, csvText, page string) {
	t.Helper()
	want := pointers(t, js)
	rows, err := csv.NewReader(strings.NewReader(csvText)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	seen := map[string]bool{}
	for _, row := range rows[1:] {
		path, value := row[column["path"]], row[column["value"]]
		n, ok := want[path]
		if !ok || n != value {
			t.Errorf("%s: csv: %s is %q, json %q (%v)", what, path, value, n, ok)
		}
		if seen[path] {
			t.Errorf("%s: csv: %s stands twice", what, path)
		}
		seen[path] = true
	}
	for path, n := range want {
		// A status names its row; objects and texts that are null are no numbers.
		if n != "" && !seen[path] && !strings.HasSuffix(path, "/status") {
			t.Errorf("%s: csv lacks %s, %s", what, path, n)
		}
	}
	shown := regexp.MustCompile(`<data value="([^"]*)" data-path="([^"]*)">`).FindAllStringSubmatch(page, -1)
	if len(shown) < 100 {
		t.Errorf("%s: html shows %d numbers", what, len(shown))
	}
	for _, m := range shown {
		if path := html.UnescapeString(m[2]); want[path] != m[1] {
			t.Errorf("%s: html: %s is %q, json %q", what, path, m[1], want[path])
		}
	}
	for path := range want {
		// What the page must show, whatever it leaves out.
		if m := regexp.MustCompile(`^/(totals|previous/totals|by_type|demand/totals)/`).FindString(path); m != "" && want[path] != "" &&
			!strings.Contains(page, `data-path="`+html.EscapeString(path)+`"`) && !strings.HasSuffix(path, "callers_error") {
			t.Errorf("%s: html lacks %s", what, path)
		}
	}
	if len(page) > 300<<10 {
		t.Errorf("%s: %d bytes of html", what, len(page))
	}
}

// sameText: the totals and the demand of a report stand in its texts for
// people, digit for digit.
func sameText(t *testing.T, what string, r printed, text string) {
	t.Helper()
	var rows [][]string // the words of each line, table marks and thousands separators taken off
	for line := range strings.Lines(text) {
		rows = append(rows, strings.Fields(strings.NewReplacer("|", " ", ",", "", "`", "", "\\", "").Replace(line)))
	}
	has := func(words ...string) {
		t.Helper()
		for _, row := range rows {
			if len(row) >= len(words) && slices.Equal(row[:len(words)], words) {
				return
			}
		}
		t.Errorf("%s: no line begins with %q", what, words)
	}
	n := func(v int64) string { return fmt.Sprint(v) }
	total := func(name string, now int64, before *int64) {
		t.Helper()
		words := append(strings.Fields(name), n(now))
		if before != nil {
			words = append(words, n(*before))
		}
		has(words...)
	}
	b := r.Prior.Totals
	total("Entries read", r.Totals.Entries, &b.Entries)
	total("Requests", *r.Totals.Requests, b.Requests)
	total("Errors", r.Totals.Errors, &b.Errors)
	total("Error envelopes", *r.Totals.Envelopes, b.Envelopes)
	total("Callers of errors", *r.Totals.Callers, b.Callers)
	total("Dead letters", r.Totals.DeadLetters, &b.DeadLetters)
	for i, d := range r.Demand.Rows {
		if i < 10 {
			has(n(d.Attempts), n(*d.Callers), n(*d.New), n(*d.Returning), n(*d.Gone), n(d.Days))
		}
	}
	for _, e := range r.Coverage.Read {
		has(n(e.Entries), n(*e.Previous), e.Source)
	}
}

// Every number is the same in HTML, JSON and CSV, from a store and one shot,
// over traffic that is mostly broken.
func TestReportFormatsAgree(t *testing.T) {
	t.Parallel()
	for scenario, format := range map[string]string{"hostile": "nginx-json", "small": "apisix"} {
		c := newCorpus(t, format, scenario, 40, gen.Both)
		w := newWorld(t)
		w.write("both.log", c.logs[gen.Both])
		w.must("ingest", "-q", "--logs", "both", "both.log")
		for what, args := range map[string][]string{"store": nil, "one shot": {"--logs", "both", "both.log"}} {
			out := map[string]string{}
			for _, f := range formats {
				out[f] = w.must(append([]string{"report", "-q", "--now", endOf, "--week", "2026-W39", "-o", f}, args...)...).stdout
			}
			sameNumbers(t, scenario+" "+what, out["json"], out["csv"], out["html"])
			r := readReport(t, out["json"])
			sameText(t, scenario+" "+what+", text", r, out["text"])
			sameText(t, scenario+" "+what+", md", r, out["md"])
		}
	}
}

// The same input gives the same bytes: again, in any zone of the process, on
// any number of cores and in any folder, in every format.
func TestReportIsDeterministic(t *testing.T) {
	t.Parallel()
	c := newCorpus(t, "apisix", "small", 40, gen.Access, gen.Response)
	fed := func(env ...string) *world {
		w := newWorld(t, env...)
		for _, l := range []gen.Logs{gen.Access, gen.Response} {
			w.write(fileOf(l), c.logs[l])
			w.must("ingest", "-q", "--logs", string(l), fileOf(l))
		}
		return w
	}
	first := fed("TZ=UTC", "GOMAXPROCS=2")
	others := map[string]*world{
		"again":       first,
		"Tokyo":       fed("TZ=Asia/Tokyo", "GOMAXPROCS=2", "LANG=de_DE.UTF-8"),
		"one core":    fed("GOMAXPROCS=1"),
		"New York":    fed("TZ=America/New_York", "GOMAXPROCS=1"),
		"four of two": fed("GOMAXPROCS=4", "ERRATA_FLUSH__ROWS=100"),
	}
	run := func(w *world, format string, args ...string) string {
		return w.must(append([]string{"report", "-q", "--now", endOf, "--week", "2026-W39", "--tz", "Asia/Kolkata", "-o", format}, args...)...).stdout
	}
	for _, format := range formats {
		for what, args := range map[string][]string{"store": nil, "one shot": {"access.log", "response.log"}} {
			want := run(first, format, args...)
			if len(want) < 1000 {
				t.Errorf("%s, %s: %q", format, what, want)
			}
			for name, w := range others {
				if got := run(w, format, args...); got != want {
					t.Errorf("%s, %s, %s: %s", format, what, name, firstDifference(want, got))
				}
			}
		}
	}
	// Nor does it matter in which order and how often the files were read.
	w := newWorld(t)
	for _, l := range []gen.Logs{gen.Response, gen.Access, gen.Response} {
		w.write(fileOf(l), c.logs[l])
		w.must("ingest", "-q", "--logs", string(l), fileOf(l))
	}
	if a, b := run(first, "json"), run(w, "json"); a != b {
		t.Errorf("the other order: %s", firstDifference(a, b))
	}
	if a, b := run(first, "json", "access.log", "response.log"), run(first, "json", "response.log", "access.log"); withoutInputs(t, a) != withoutInputs(t, b) {
		t.Errorf("one shot, the other order: %s", firstDifference(withoutInputs(t, a), withoutInputs(t, b)))
	}
}

// However a log is cut into files, packed, and handed over, the report is the
// same but for the names of what was read.
func TestReportOfParts(t *testing.T) {
	t.Parallel()
	log, _ := traffic(t, "kong", "hostile", gen.Both, 9, 60, 21)
	w := newWorld(t, "ERRATA_FLUSH__ROWS=300")
	w.write("all.log", log)
	if err := os.Mkdir(w.path("logs"), 0o700); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	for i, from := range []int{0, 100, 700} {
		to := []int{100, 700, len(lines)}[i]
		part := bytes.Join(lines[from:to], nil)
		if i == 1 {
			w.write("logs/1.log.gz", gz(t, part))
		} else {
			w.write(fmt.Sprintf("logs/%d.log", i), part)
		}
	}
	w.must("ingest", "-q", "--logs", "both", "logs")
	args := []string{"report", "-q", "--now", endOf, "--top", "0", "-o", "json", "--week", "2026-W39"}
	piped := w.command(t.Context(), append(args, "--logs", "both", "-")...)
	piped.Stdin = bytes.NewReader(log)
	fromPipe, err := piped.Output()
	if err != nil {
		t.Fatal(err)
	}
	want := unnamed(t, w.must(append(args, "--logs", "both", "all.log")...).stdout)
	for what, js := range map[string]string{
		"a folder":      w.must(append(args, "--logs", "both", "logs")...).stdout,
		"a glob":        w.must(append(args, "--logs", "both", "logs/*")...).stdout,
		"other order":   w.must(append(args, "--logs", "both", "logs/2.log", "logs/1.log.gz", "logs/0.log")...).stdout,
		"a pipe":        string(fromPipe),
		"a store of it": w.must(args...).stdout,
	} {
		if got := unnamed(t, js); got != want {
			t.Errorf("%s: %s", what, firstDifference(want, got))
		}
	}
}

// unnamed is a report without inputs and positions.
func unnamed(t *testing.T, js string) string {
	t.Helper()
	return regexp.MustCompile(`"position": "[^"]*"`).ReplaceAllString(withoutInputs(t, js), "")
}

// One shot leaves nothing behind.
func TestOneShotLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "TMPDIR=tmp")
	if err := os.Mkdir(w.path("tmp"), 0o700); err != nil {
		t.Fatal(err)
	}
	log, _ := traffic(t, "kong", "small", gen.Both, 1, 60, 7)
	w.write("a.log", log)
	w.report("a.log", "--logs", "both")
	var left []string
	if err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			left = append(left, filepath.Base(path))
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(left, " "); got != "a.log key" {
		t.Errorf("left behind: %s", got)
	}
}

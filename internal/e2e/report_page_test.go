package e2e

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"errata/internal/demand"
	errorreport "errata/internal/report"
)

// jsonNames adds the names of all members of a type's JSON form.
func jsonNames(t reflect.Type, names map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		jsonNames(t.Elem(), names)
	case reflect.Struct:
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && name != "-" {
				names[name] = true
			}
			if f.IsExported() {
				jsonNames(f.Type, names)
			}
		}
	}
}

// TestReportPage holds docs/report.md to what is printed: it names each member
// of the JSON forms and has a heading for each section.
func TestReportPage(t *testing.T) {
	const page = "docs/report.md"
	text, err := os.ReadFile("../../" + page)
	if err != nil {
		t.Fatal(err)
	}
	w := newReader(t)
	for _, b := range fences(t, "docs/howto/kong.md") {
		if b.lang == "log" {
			w.write("kong.log", []byte(b.text))
			break
		}
	}
	report, code := w.shell("errata report -q kong.log -o md")
	if code != 0 {
		t.Fatal(report)
	}
	sections := 0
	for line := range strings.Lines(report) {
		title, ok := strings.CutPrefix(line, "## ")
		if !ok {
			continue
		}
		sections++
		if !strings.Contains(string(text), "\n### "+title) && !strings.Contains(string(text), "\n## "+title) {
			t.Errorf("%s has no heading for the section %s", page, title)
		}
	}
	if sections < 10 {
		t.Errorf("the report has %d sections, want at least 10:\n%s", sections, report)
	}

	names := map[string]bool{}
	samples, code := w.shell("errata ingest -q kong.log && errata samples -q -o json")
	if code != 0 {
		t.Fatal(samples)
	}
	rows := objects(t, "samples", samples)[0].(map[string]any)["rows"].([]any)
	for name := range rows[0].(map[string]any) {
		names[name] = true
	}
	if !names["position"] {
		t.Errorf("a sample without a position: %s", samples)
	}
	for _, v := range []any{errorreport.Report{}, demand.Demand{}, demand.CallerDemand{}} {
		jsonNames(reflect.TypeOf(v), names)
	}
	if len(names) < 80 {
		t.Fatalf("%d members of the JSON forms, want at least 80", len(names))
	}
	for name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/report.md says nothing of the member %s", name)
		}
	}
}

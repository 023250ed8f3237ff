package render

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"errata/internal/report"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the expected reports")

// formats are those of this file's tests, by their file endings.
var formats = map[string]func(io.Writer, *report.Report) error{
	"txt":  func(w io.Writer, r *report.Report) error { return Text(w, r, Options{}) },
	"md":   func(w io.Writer, r *report.Report) error { return Markdown(w, r, Options{}) },
	"json": JSON,
	"csv":  func(w io.Writer, r *report.Report) error { return CSV(w, r, Options{}) },
}

func rendered(t *testing.T, format string, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	if err := formats[format](&b, r); err != nil {
		t.Fatalf("%s: %v", format, err)
	}
	return b.String()
}

// reports are models with every section filled, and one with none.
func reports() map[string]*report.Report {
	return map[string]*report.Report{
		"plain":   fixture(inTurn(plainTexts)),
		"hostile": fixture(inTurn(hostile)),
		"nothing": nothingHeld(),
	}
}

func TestGolden(t *testing.T) {
	for name, r := range reports() {
		for format := range formats {
			got := rendered(t, format, r)
			if again := rendered(t, format, r); again != got {
				t.Errorf("%s as %s: two runs differ", name, format)
			}
			file := filepath.Join("testdata", name+"."+format)
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s: %s", file, d)
			}
		}
	}
}

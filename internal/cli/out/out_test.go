package out

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseTarget(t *testing.T) {
	for in, want := range map[string]Target{
		"":             {FormatTable, ""},
		"table":        {FormatTable, ""},
		"json":         {FormatJSON, ""},
		"csv":          {FormatCSV, ""},
		"x.csv":        {FormatCSV, "x.csv"},
		"a/b.JSON":     {FormatJSON, "a/b.JSON"},
		"report.txt":   {FormatTable, "report.txt"},
		"./json/x.csv": {FormatCSV, "./json/x.csv"},
	} {
		got, err := ParseTarget(in, FormatTable, FormatJSON, FormatCSV)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
	for in, want := range map[string]string{
		"jsn":      `did you mean "json"?`,
		"x.html":   ".json",
		".csv":     "neither",
		"xml":      "(table, json, csv)",
		"x.ndjson": "neither", // not offered here
	} {
		if got, err := ParseTarget(in, FormatTable, FormatJSON, FormatCSV); err == nil {
			t.Errorf("%q: got %+v, want an error", in, got)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q", in, err)
		}
	}
}

func TestTargetWrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.csv")
	write := func(s string, fail error) error {
		return Target{FormatCSV, file}.Write(nil, func(w *bufio.Writer) error {
			_, _ = w.WriteString(s)
			return fail
		})
	}
	if err := write("one", nil); err != nil {
		t.Fatal(err)
	}
	if err := write("two", errors.New("broke")); err == nil {
		t.Error("want the error of the writer")
	}
	b, err := os.ReadFile(file)
	if err != nil || string(b) != "one" {
		t.Errorf("a failed write left %q, %v", b, err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Errorf("temporary files are left: %v", left)
	}
	var out bytes.Buffer
	if err := (Target{}).Write(&out, func(w *bufio.Writer) error { _, err := w.WriteString("x"); return err }); err != nil || out.String() != "x" {
		t.Errorf("standard output: %q, %v", out.String(), err)
	}
	err = Target{FormatCSV, filepath.Join(dir, "no", "x.csv")}.Write(nil, func(*bufio.Writer) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("a missing folder: %v", err)
	}
}

// The temporary file is new, whatever waits under its name.
func TestTargetWriteFollowsNoLink(t *testing.T) {
	dir := t.TempDir()
	file, other := filepath.Join(dir, "x.csv"), filepath.Join(dir, "other")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, filepath.Join(dir, fmt.Sprintf(".x.csv.%d.tmp", os.Getpid()))); err != nil {
		t.Skip(err)
	}
	err := Target{FormatCSV, file}.Write(nil, func(w *bufio.Writer) error { _, err := w.WriteString("one"); return err })
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{other: "precious", file: "one"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Errorf("left: %v", left)
	}
}

// What the writer says when it fails is told once.
func TestTargetWriteFails(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	err := Target{}.Write(failing{}, func(w *bufio.Writer) error { _, err := w.WriteString(big); return err })
	_, want := failing{}.Write(nil)
	if err == nil || want == nil || err.Error() != want.Error() {
		t.Errorf("got %q, want %q", err, want)
	}
	other := errors.New("other")
	err = Target{}.Write(failing{}, func(w *bufio.Writer) error { _, _ = w.WriteString("x"); return other })
	if !errors.Is(err, other) || !strings.Contains(err.Error(), want.Error()) {
		t.Errorf("got %q, want both errors", err)
	}
	if err := (Target{}).Write(io.Discard, func(w *bufio.Writer) error { _, err := w.WriteString("x"); return err }); err != nil {
		t.Error(err)
	}
}

func TestVisible(t *testing.T) {
	for in, want := range map[string]string{
		"":                    "(none)",
		"plain":               "plain",
		"Ünïcode 漢字":          "Ünïcode 漢字",
		"\x1b[31mred\x1b[0m":  `\x1b[31mred\x1b[0m`,
		"a\nb\rc\td":          `a\nb\rc\td`,
		"\x00\x07\x7f":        `\x00\x07\x7f`,
		"\u009b31m":           `\u009b31m`,
		"abc\u202edcba":       `abc\u202edcba`,
		"a\u200bb\ufeff":      `a\u200bb\ufeff`,
		"\u2028\u2066":        `\u2028\u2066`,
		"\xff\xfe":            `\xff\xfe`,
		"\ufffd":              "\ufffd",
		`C:\dir`:              `C:\dir`,
		`\x1b`:                `\\x1b`,
		`\n`:                  `\\n`,
		"\U000e0041":          `\U000e0041`,
		"nbsp\u00a0here":      `nbsp\u00a0here`,
		"(none)":              `\(none)`,
		"\U0001F600 and text": "\U0001F600 and text",
	} {
		if got := Visible(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0", 7: "7", 999: "999", 1000: "1,000", -1000: "-1,000", 123456: "123,456", 1234567: "1,234,567",
		-999: "-999", math.MinInt64: "-9,223,372,036,854,775,808", math.MaxInt64: "9,223,372,036,854,775,807",
	} {
		if got := Int(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
	for _, c := range []struct {
		x    float64
		d    int
		want string
	}{
		{1234.5, 1, "1,234.5"},
		{0.126, 2, "0.13"},
		{-1234.5, 0, "-1,234"},
		{-0.001, 1, "0.0"},
		{math.NaN(), 1, "(none)"},
		{math.Inf(1), 1, "(none)"},
		{999.96, 1, "1,000.0"},
	} {
		if got := Fixed(c.x, c.d); got != c.want {
			t.Errorf("%v: got %s, want %s", c.x, got, c.want)
		}
	}
	if got := Count(1, "line", "lines") + ", " + Count(1200, "line", "lines"); got != "1 line, 1,200 lines" {
		t.Error(got)
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1,023 B", 1536: "1.5 KiB", 3 << 20: "3.0 MiB", 5 << 30: "5.0 GiB"} {
		if got := Bytes(n); got != want {
			t.Errorf("%d: got %s, want %s", n, got, want)
		}
	}
}

func TestTable(t *testing.T) {
	var b bytes.Buffer
	tab := Table{
		Columns: []Column{{"type", false}, {"errors", true}},
		Rows:    [][]string{{"api_error", "1,200"}, {"漢字", "7"}, {"(none)", ""}},
		Foot:    [][]string{{"total", "1,207"}},
	}
	if err := tab.Write(&b); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"type       errors",
		"---------  ------",
		"api_error   1,200",
		"漢字            7",
		"(none)",
		"---------  ------",
		"total       1,207",
		"",
	}, "\n")
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	if err := tab.Write(failing{}); err == nil {
		t.Error("want the writer's error")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestCSV(t *testing.T) {
	rows := [][]string{{"a,b", `say "x"`}, {"line\nend", "cr\rlf\r\n"}, {"", " lead"}, {"漢字", "\x1b"}}
	var b bytes.Buffer
	if err := WriteCSV(&b, []string{"one", "two"}, rows); err != nil {
		t.Fatal(err)
	}
	want := "one,two\r\n\"a,b\",\"say \"\"x\"\"\"\r\n\"line\nend\",\"cr\rlf\r\n\"\r\n,\" lead\"\r\n漢字,\x1b\r\n"
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
	got, err := csv.NewReader(strings.NewReader(strings.ReplaceAll(b.String(), "cr\rlf\r\n", "x"))).ReadAll()
	if err != nil || len(got) != 5 || got[2][0] != "line\nend" {
		t.Errorf("read again: %q, %v", got, err)
	}
	b.Reset()
	if err := WriteCSV(&b, []string{"one"}, [][]string{{""}}); err != nil || b.String() != "one\r\n\"\"\r\n" {
		t.Errorf("a lone empty field: %q, %v", b.String(), err)
	}
	if err := WriteCSV(failing{}, []string{"one"}, nil); err == nil {
		t.Error("want the writer's error")
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "a\"b\\c", "\x00\x1f\x7f", "\u0080\u009f\u00a0", "\u2028 \xff\xc3", "漢字 \U0001F600", "\xed\xa0\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := AppendString([]byte("x"), s)
		if got[0] != 'x' || !bytes.Equal(got[1:], AppendString(nil, []byte(s))) {
			t.Fatal("strings and byte slices differ")
		}
		var back string
		if err := json.Unmarshal(got[1:], &back); err != nil {
			t.Fatalf("%q: %v", got, err)
		}
		if want := strings.ToValidUTF8(s, "\uFFFD"); utf8.ValidString(s) && back != want {
			t.Errorf("%q: read again %q", s, back)
		}
		viaStd, _ := json.Marshal(s)
		var std string
		if err := json.Unmarshal(viaStd, &std); err != nil || std != back {
			t.Errorf("%q: got %q, encoding/json %q", s, back, std)
		}
		if slices.ContainsFunc([]rune(string(got[1:])), func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }) {
			t.Errorf("%q: a control character is left in %q", s, got)
		}
	})
}

func TestAppendJSON(t *testing.T) {
	type letter struct {
		Payload string `json:"payload"`
	}
	in := letter{"\u009b31m\u0080\x7f\u00a0\u00c2 <a> \x1b 漢字\u009f"}
	got, err := AppendJSON([]byte("x"), in)
	if err != nil {
		t.Fatal(err)
	}
	want := `x{"payload":"\u009b31m\u0080\u007f` + "\u00a0\u00c2" + ` <a> \u001b 漢字\u009f"}` + "\n"
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	var back letter
	if err := json.Unmarshal(got[1:], &back); err != nil || back != in {
		t.Errorf("read again: %q, %v", back, err)
	}
	if _, err := AppendJSON(nil, math.NaN()); err == nil {
		t.Error("want the error of encoding/json")
	}
}

func FuzzVisible(f *testing.F) {
	f.Add("\x1b]0;x\x07")
	f.Add("a\\x1b\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := Visible(s)
		if strings.ContainsFunc(got, func(r rune) bool { return !printable(r) }) || !utf8.ValidString(got) {
			t.Errorf("%q: %q is not fit for a terminal", s, got)
		}
		if s != "" && got == None {
			t.Errorf("%q is shown as absent", s)
		}
	})
}

func FuzzIsNumber(f *testing.F) {
	for _, s := range []string{"0", "-0", "01", "1.5", "1.", ".5", "1e5", "1E+05", "-", "1e", "0x1", "", "1 ", "-1.25e-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var n json.Number
		want := json.Unmarshal([]byte(s), &n) == nil && s != "null" && !strings.ContainsAny(s, "\" \t\r\n")
		if got := IsNumber(s); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	})
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "a": "a", "a=1": "a=1", "=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"\n=1": "'\n=1", "'=1": "''=1", "'": "''", " =1": " =1", "＝1": "'＝1", "－1": "'－1", "＋1": "'＋1", "＠a": "'＠a",
	} {
		if got := Inert(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestTargetCheck(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("file", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{"": "", "x.json": "", "nowhere/x.json": "no such file", "file/x.json": "is no folder"} {
		err := Target{Format: FormatJSON, File: file}.Check()
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v", file, err)
		}
	}
}

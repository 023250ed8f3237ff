package names

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

const (
	ann = "0f3a5c7e9b1d2f40"
	bob = "7fffffffffffffff"
)

func TestRead(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want map[string]person
	}{
		"nothing":             {"", map[string]person{}},
		"a header only":       {"caller,name,org\n", map[string]person{}},
		"with a header":       {"caller,name,org\n" + ann + ",Ann,Acme\n", map[string]person{ann: {"Ann", "Acme"}}},
		"without":             {ann + ",Ann,Acme\n" + bob + ",Bob,Other\n", map[string]person{ann: {"Ann", "Acme"}, bob: {"Bob", "Other"}}},
		"another header":      {"Caller, Name, Organisation\n" + ann + ",Ann,Acme", map[string]person{ann: {"Ann", "Acme"}}},
		"no org":              {ann + ",Ann\n" + bob + ",Bob,\n", map[string]person{ann: {"Ann", ""}, bob: {"Bob", ""}}},
		"only an org":         {ann + ",,Acme\n", map[string]person{ann: {"", "Acme"}}},
		"as Windows writes":   {"\ufeffcaller,name,org\r\n" + ann + ",Ann,Acme\r\n", map[string]person{ann: {"Ann", "Acme"}}},
		"a mark, no header":   {"\ufeff" + ann + ",Ann,Acme", map[string]person{ann: {"Ann", "Acme"}}},
		"quotes and commas":   {ann + `,"Lee, Ann ""A""","Acme` + "\n" + `Ltd"` + "\n", map[string]person{ann: {`Lee, Ann "A"`, "Acme\nLtd"}}},
		"capitals and blanks": {" 0F3A5C7E9B1D2F40 , Ann , Acme \n", map[string]person{ann: {"Ann", "Acme"}}},
		"blank lines":         {"\n\n" + ann + ",Ann,Acme\n\n", map[string]person{ann: {"Ann", "Acme"}}},
		"no UTF-8":            {ann + ",A\xffnn\xc3,\xe2\x28\xa1\n", map[string]person{ann: {"A\ufffdnn\ufffd", "\ufffd(\ufffd"}}},
	} {
		f, err := Read(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if d := cmp.Diff(c.want, f.callers, cmp.AllowUnexported(person{})); d != "" || f.Len() != len(c.want) {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestReadErrors(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		line int
		want string
	}{
		"one field":             {ann + "\n", 1, "it has 1 of the 2 or 3 fields"},
		"four fields":           {ann + ",a,b,c\n", 1, "it has 4 of the 2 or 3 fields"},
		"semicolons":            {"caller,name,org\n" + ann + ";Ann;Acme\n", 2, "it has 1 of the 2 or 3 fields"},
		"a short caller":        {ann + ",Ann,Acme\n" + ann[1:] + ",Ann,Acme\n", 2, "no caller of 16 hex digits"},
		"no hex":                {"0x3a5c7e9b1d2f40,Ann,Acme\n", 1, "no caller of 16 hex digits"},
		"a raw key":             {"sk-live-4242,Ann,Acme\n", 1, "no caller of 16 hex digits"},
		"a header further down": {ann + ",Ann,Acme\ncaller,name,org\n", 2, "no caller of 16 hex digits"},
		"twice":                 {ann + ",Ann,Acme\n\n" + strings.ToUpper(ann) + ",Bob,Acme\n", 3, "has a line already"},
		"an open quote":         {ann + ",Ann,Acme\n" + bob + ",\"Bob,Acme\n", 2, "no CSV"},
		"a stray quote":         {ann + ",A\"nn,Acme\n", 1, "no CSV"},
		"a long name":           {ann + "," + strings.Repeat("ä", 129) + ",Acme\n", 1, "more than 256 bytes"},
		"behind a long field":   {ann + ",\"Ann\nLee\",Acme\nx,y,z\n", 3, "no caller of 16 hex digits"},
	} {
		_, err := Read(strings.NewReader(c.text))
		e, ok := errors.AsType[*LineError](err)
		if !ok || e.Line != c.line || !strings.Contains(e.Text, c.want) || !strings.Contains(err.Error(), "a line is caller,name,org") {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (strings.Contains(err.Error(), "sk-live") || strings.Contains(e.Text, "Ann")) {
			t.Errorf("%s: the message repeats the line: %v", name, err)
		}
	}
}

// endless never ends, as a device does.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = '\n'
	}
	return len(b), nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReadBounds(t *testing.T) {
	if _, err := Read(endless{}); err == nil || !strings.Contains(err.Error(), "larger than 64 MiB") {
		t.Errorf("got %v", err)
	}
	if _, err := Read(broken{}); err == nil || !strings.Contains(err.Error(), "unexpected EOF") {
		t.Errorf("got %v", err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "names.csv")
	if err := os.WriteFile(path, []byte(ann+",Ann,Acme\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if name, org, ok := f.Lookup(ann); name != "Ann" || org != "Acme" || !ok {
		t.Errorf("%q %q %v", name, org, ok)
	}
	if name, org, ok := f.Lookup(bob); name != "" || org != "" || ok {
		t.Errorf("%q %q %v", name, org, ok)
	}
	var none *File
	if _, _, ok := none.Lookup(ann); ok || none.Len() != 0 {
		t.Error("no file knows somebody")
	}
	for _, p := range []string{filepath.Join(dir, "none.csv"), dir} {
		if _, err := Open(p); err == nil || !strings.Contains(err.Error(), "cannot read the file of caller names") || strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v", p, err)
		}
	}
}

// Whatever stands in the file, it is refused with a line or read as names that
// may stand in an answer.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "caller,name,org\n" + ann + ",Ann,Acme\n", ann + ",\"A\nB\",C\r\n", "\ufeff" + ann + ",\xff\n", ann + ",a\n" + ann + ",b\n",
		"\"\n", ann + ",\x00,\x1b[31m\n", "caller\n", "a;b\n", ann + ",a,b,c",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := Read(strings.NewReader(string(b)))
		if err != nil {
			if e, ok := errors.AsType[*LineError](err); !ok || e.Line < 1 || got != nil {
				t.Fatalf("%v, %v", got, err)
			}
			return
		}
		var again strings.Builder
		for c, p := range got.callers {
			if len(c) != 16 || strings.ToLower(c) != c || !utf8.ValidString(p.name) || !utf8.ValidString(p.org) || len(p.name) > maxText {
				t.Fatalf("%q: %+v", c, p)
			}
			quote := func(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }
			fmt.Fprintf(&again, "%s,%s,%s\n", c, quote(p.name), quote(p.org))
		}
		// What was read can be written and read again.
		second, err := Read(strings.NewReader(again.String()))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(got.callers, second.callers, cmp.AllowUnexported(person{})); d != "" {
			t.Fatal(d)
		}
	})
}

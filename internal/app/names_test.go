package app

import (
	"errors"
	"os"
	"strings"
	"testing"

	"errata/internal/config"
)

// Names are nil without a file; a bad line is named as FILE:LINE, a file that
// cannot be read by the key that names it.
func TestNames(t *testing.T) {
	t.Chdir(t.TempDir())
	with := func(file string) *App {
		l, err := config.Load(config.Options{Flags: map[string]config.Flag{"privacy.caller_names_file": {Name: "--names", Value: file}}})
		if err != nil {
			t.Fatal(err)
		}
		return New(l, Options{})
	}
	if n, err := with("").Names(); n != nil || err != nil {
		t.Errorf("no file: %v, %v", n, err)
	}
	for text, want := range map[string]string{
		"0000000000000001,Ann,Acme\n":                "",
		"caller,name,org\n0000000000000001;Ann\n":    "names.csv:2: ",
		"0000000000000001,a\n0000000000000001,b,c\n": "names.csv:2: ",
	} {
		if err := os.WriteFile("names.csv", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		a := with("names.csv")
		n, err := a.Names()
		if want == "" {
			if err != nil || a.Check() != nil {
				t.Errorf("%q: %v", text, err)
			} else if name, org, ok := n.Lookup("0000000000000001"); name != "Ann" || org != "Acme" || !ok {
				t.Errorf("%q %q %v", name, org, ok)
			}
			continue
		}
		ps, ok := errors.AsType[config.Problems](err)
		if n != nil || !ok || len(ps) != 1 || !strings.HasPrefix(ps[0].String(), want) || a.Check() == nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	_, err := with("none.csv").Names()
	if ps, ok := errors.AsType[config.Problems](err); !ok || !strings.HasPrefix(ps[0].String(), "--names: privacy.caller_names_file: none.csv: cannot read") {
		t.Errorf("%v", err)
	}
}

package archtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPackageMapIsComplete(t *testing.T) {
	tr, m := mustLoad(t), mapped()
	if len(m) != len(packages) {
		t.Error("a package stands in the map twice")
	}
	for dir := range tr.dirs {
		if _, ok := m[dir]; !ok {
			t.Errorf("package %s is not in the map (table_test.go): give it a layer and its imports", dir)
		}
	}
	for path := range m {
		if len(tr.dirs[path]) == 0 {
			t.Errorf("package %s of the map does not exist", path)
		}
	}
}

// TestMapGoesDown keeps the table itself honest: what a line allows lies lower.
func TestMapGoesDown(t *testing.T) {
	m := mapped()
	for _, p := range packages {
		for _, o := range p.ours {
			if o == "*" {
				continue
			}
			low, ok := m[o]
			switch {
			case !ok:
				t.Errorf("%s may import %s, which is not in the map", p.path, o)
			case low.layer >= p.layer:
				t.Errorf("%s (layer %d) may import %s (layer %d): imports go down only", p.path, p.layer, o, low.layer)
			case low.tests && !p.tests:
				t.Errorf("%s may import %s, which exists for tests", p.path, o)
			}
		}
	}
}

func TestImports(t *testing.T) {
	tr, m := mustLoad(t), mapped()
	for dir, files := range tr.dirs {
		p, ok := m[dir]
		if !ok {
			continue // said by TestPackageMapIsComplete
		}
		for _, f := range files {
			for _, imp := range f.imports() {
				if why := refuse(p, f.test, imp, m); why != "" {
					t.Errorf("%s imports %s: %s", f.name, imp, why)
				}
			}
		}
	}
}

// refuse says why a file of p must not import imp; empty: it may.
func refuse(p pkg, test bool, imp string, m map[string]pkg) string {
	if imp == "C" {
		return "the binary is static, cgo is not used"
	}
	if thirdParty(imp) {
		switch {
		case under(imp, p.third), test && under(imp, inTests):
			return ""
		case test:
			return "neither the package nor tests in general may use it"
		default:
			return "not in the package's allowance of libraries"
		}
	}
	path, ok := own(imp)
	if !ok {
		return "" // the standard library
	}
	to, known := m[path]
	if !known {
		return "not in the package map"
	}
	if test || p.tests {
		// Tests may look down, sideways and at other tests' packages; what they
		// must not reach is held by TestForbidden.
		return ""
	}
	switch {
	case to.tests:
		return "that package exists for tests"
	case to.layer >= p.layer:
		return fmt.Sprintf("layer %d must not import layer %d", p.layer, to.layer)
	case slices.Contains(p.ours, "*"):
		if by, is := adapters[path]; is && !slices.Contains(by, p.path) {
			return "adapters are constructed by " + strings.Join(by, " and ") + " alone"
		}
		return ""
	case slices.Contains(p.ours, path):
		return ""
	default:
		return "not in the package's line of the map"
	}
}

// TestForbidden follows the imports of the packages that must be independent
// of others: an oracle that shares code with what it judges proves nothing.
func TestForbidden(t *testing.T) {
	tr, m := mustLoad(t), mapped()
	for _, p := range packages {
		if len(p.forbid) == 0 {
			continue
		}
		for path, via := range reach(tr, p.path) {
			if slices.Contains(p.forbid, path) {
				t.Errorf("%s reaches %s through %s", p.path, path, via)
			}
		}
		if _, ok := m[p.path]; !ok {
			t.Errorf("%s is not in the map", p.path)
		}
	}
}

// reach returns what a package's own files (not its tests) import of ours,
// directly or not, each with the file by which it is reached.
func reach(tr *tree, from string) map[string]string {
	seen := map[string]string{}
	var walk func(dir string)
	walk = func(dir string) {
		for _, f := range tr.dirs[dir] {
			if f.test {
				continue
			}
			for _, imp := range f.imports() {
				path, ok := own(imp)
				if _, done := seen[path]; !ok || done {
					continue
				}
				seen[path] = f.name
				walk(path)
			}
		}
	}
	walk(from)
	return seen
}

// TestRefuse shows that the rules can fail: each line breaks one of them.
func TestRefuse(t *testing.T) {
	m := mapped()
	for _, c := range []struct {
		from string
		test bool
		imp  string
		want string // a part of the reason; empty: allowed
	}{
		{"parse", false, "errata/parse/normal", ""},
		{"parse", false, "encoding/json", ""},
		{"parse", false, "errata/aggregate", "layer"},
		{"aggregate", false, "errata/ingest", "not in the package's line"},
		{"aggregate", false, "errata/internal/oracle", "exists for tests"},
		{"aggregate", true, "errata/internal/oracle", ""},
		{"store", false, "modernc.org/sqlite", "allowance"},
		{"store/sqlitestore", false, "modernc.org/sqlite", ""},
		{"store/sqlitestore", false, "modernc.org/sqlite/lib", ""},
		{"store/sqlitestore", false, "modernc.org/sqlitex", "allowance"},
		{"internal/cli", false, "github.com/spf13/viper", "allowance"},
		{"internal/cli", false, "errata/store/sqlitestore", "adapters are constructed"},
		{"internal/app", false, "errata/store/sqlitestore", ""},
		{"internal/app", false, "github.com/spf13/cobra", "allowance"},
		{"parse", true, "github.com/google/go-cmp/cmp", ""},
		{"parse", false, "github.com/google/go-cmp/cmp", "allowance"},
		{"parse", true, "github.com/stretchr/testify", "neither"},
		{"parse", false, "C", "cgo"},
		{"cmd/errata", false, "errata/internal/app", "not in the package's line"},
		{"parse", false, "errata/internal/util", "not in the package map"},
	} {
		got := refuse(m[c.from], c.test, c.imp, m)
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s imports %s (test %v): got %q, want %q", c.from, c.imp, c.test, got, c.want)
		}
	}
}

// TestOneOwner: these libraries have one package each that may know them.
func TestOneOwner(t *testing.T) {
	want := map[string][]string{
		"github.com/spf13/viper":      {"internal/config"},
		"github.com/spf13/cobra":      {"internal/cli"},
		"modernc.org/sqlite":          {"store/sqlitestore"},
		"github.com/pressly/goose/v3": {"migrations"},
	}
	got := map[string][]string{}
	for _, p := range packages {
		for _, m := range p.third {
			if _, ok := want[m]; ok {
				got[m] = append(got[m], p.path)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("owners of libraries (-want +got):\n%s", diff)
	}
}

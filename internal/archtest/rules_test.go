package archtest

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPackageDocs(t *testing.T) {
	for dir, files := range mustLoad(t).dirs {
		var docs []string
		var name string
		for _, f := range files {
			if f.test {
				continue
			}
			name = f.file.Name.Name
			if f.file.Doc != nil {
				docs = append(docs, f.file.Doc.Text())
			}
		}
		want := "Package " + name + " "
		if strings.HasPrefix(dir, "cmd/") {
			want = "Command " + dir[len("cmd/"):] + " "
		}
		switch {
		case len(docs) != 1:
			t.Errorf("%s has %d package comments, want one, in doc.go", dir, len(docs))
		case !strings.HasPrefix(docs[0], want):
			t.Errorf("%s: the package comment must begin with %q", dir, want)
		}
	}
}

// TestExportedAreDocumented: a name that others may use says what it is.
func TestExportedAreDocumented(t *testing.T) {
	tr := mustLoad(t)
	for _, files := range tr.dirs {
		for _, f := range files {
			if f.test || f.generated() {
				continue
			}
			for _, id := range undocumented(f.file) {
				t.Errorf("%s: %s has no comment", tr.fset.Position(id.Pos()), id.Name)
			}
		}
	}
}

// undocumented lists exported names without a comment. One comment may serve a
// whole group; String, Error and their like explain themselves.
func undocumented(f *ast.File) []*ast.Ident {
	plain := []string{"String", "Error", "Unwrap", "Is", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Len", "Less", "Swap", "Close"}
	var out []*ast.Ident
	for _, decl := range f.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if !d.Name.IsExported() || d.Doc != nil || d.Recv != nil && (slices.Contains(plain, d.Name.Name) || !exportedType(d.Recv)) {
				continue
			}
			out = append(out, d.Name)
		case *ast.GenDecl:
			if d.Tok == token.IMPORT || d.Doc != nil {
				continue
			}
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if s.Name.IsExported() && s.Doc == nil && s.Comment == nil {
						out = append(out, s.Name)
					}
				case *ast.ValueSpec:
					for _, id := range s.Names {
						if id.IsExported() && s.Doc == nil && s.Comment == nil {
							out = append(out, id)
						}
					}
				}
			}
		}
	}
	return out
}

func exportedType(recv *ast.FieldList) bool {
	typ := recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if idx, ok := typ.(*ast.IndexExpr); ok {
		typ = idx.X
	}
	id, ok := typ.(*ast.Ident)
	return ok && id.IsExported()
}

func TestSizes(t *testing.T) {
	for dir, files := range mustLoad(t).dirs {
		code, why := 0, false
		for _, f := range files {
			if f.generated() {
				continue
			}
			if f.lines > maxFileLines {
				t.Errorf("%s has %d lines, the bound is %d: one idea a file", f.name, f.lines, maxFileLines)
			}
			if !f.test {
				code += f.lines
			}
			if f.file.Doc != nil && strings.Contains(f.file.Doc.Text(), "1,500 lines") {
				why = true
			}
		}
		if code > maxPackageLines && !why {
			t.Errorf("%s has %d lines of code, more than %d, and its doc.go does not say why (\"over 1,500 lines because …\")", dir, code, maxPackageLines)
		}
	}
}

// minTestRatio is how many lines of tests each line of code has at least. The
// aim is 1.1, which the admired services reach: raise it, never lower it.
const minTestRatio = 0.95

// TestTestsOutweighCode counts lines that hold code: neither blank ones nor
// comments, of which code has more than its tests. What exists for tests
// (suites, the oracle) counts as test.
func TestTestsOutweighCode(t *testing.T) {
	var code, tests int
	for dir, files := range mustLoad(t).dirs {
		for _, f := range files {
			switch {
			case f.generated():
			case f.test || mapped()[dir].tests:
				tests += f.code
			default:
				code += f.code
			}
		}
	}
	t.Logf("%d lines of code, %d lines of tests: ratio %.2f", code, tests, float64(tests)/float64(code))
	if float64(tests) < minTestRatio*float64(code) {
		t.Errorf("%d lines of tests for %d lines of code: less than %.2f each", tests, code, minTestRatio)
	}
}

func TestCodeLines(t *testing.T) {
	src := "// Package p.\npackage p\n\nvar s = `a\n\nb` // text\n/* a\nb */\nfunc f() {\n}\n"
	if got := codeLines([]byte(src)); got != 6 {
		t.Errorf("got %d lines of code, want 6: the package, three of the text, two of the function", got)
	}
}

// goMod is what "go mod edit -json" says of a module.
type goMod struct {
	Module  struct{ Path string }
	Require []struct {
		Path     string
		Indirect bool
	}
	Replace []struct{ Old, New struct{ Path string } }
}

func readGoMod(t *testing.T, dir string) goMod {
	t.Helper()
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go mod edit -json in %s: %v", dir, err)
	}
	var m goMod
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// TestNoReplace: "go install errata/cmd/errata@latest" refuses a module with a
// replacement. Only the benchmarks' module, which nobody installs, points at ours.
func TestNoReplace(t *testing.T) {
	root := mustLoad(t).root
	if m := readGoMod(t, root); m.Module.Path != module || len(m.Replace) != 0 {
		t.Errorf("go.mod: module %s with %d replacements, want %s with none", m.Module.Path, len(m.Replace), module)
	}
	mods, err := filepath.Glob(filepath.Join(root, "tools", "*", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if len(mods) == 0 {
		t.Error("no modules under tools: are they somewhere else?")
	}
	for _, file := range mods {
		dir := filepath.Dir(file)
		for _, r := range readGoMod(t, dir).Replace {
			if r.Old.Path != module || r.New.Path != "../.." {
				t.Errorf("%s replaces %s by %s", file, r.Old.Path, r.New.Path)
			}
		}
	}
}

// TestDependenciesHaveReasons: DESIGN.md says of each library why it is there.
func TestDependenciesHaveReasons(t *testing.T) {
	root := mustLoad(t).root
	text, err := os.ReadFile(filepath.Join(root, "DESIGN.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range readGoMod(t, root).Require {
		if !r.Indirect && !strings.Contains(string(text), "`"+r.Path+"`") {
			t.Errorf("DESIGN.md has no line with the reason for `%s`", r.Path)
		}
	}
}

// TestDependenciesAreAllowed: what go.mod asks for is somebody's allowance.
func TestDependenciesAreAllowed(t *testing.T) {
	allowed := slices.Clone(inTests)
	for _, p := range packages {
		allowed = append(allowed, p.third...)
	}
	for _, r := range readGoMod(t, mustLoad(t).root).Require {
		if !r.Indirect && !slices.Contains(allowed, r.Path) {
			t.Errorf("go.mod requires %s, which no package of the map may import", r.Path)
		}
	}
}

// TestReadmeCommands: what the README tells people to type exists.
func TestReadmeCommands(t *testing.T) {
	root := mustLoad(t).root
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	targets := makeTargets(string(makefile))
	for _, name := range []string{"README.md", "CONTRIBUTING.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, cmd := range commands(string(text)) {
			words := strings.Fields(cmd)
			if words[0] != "make" {
				continue
			}
			n++
			if len(words) > 1 && !slices.Contains(targets, words[1]) {
				t.Errorf("%s says %q, the Makefile has no such target", name, cmd)
			}
		}
		if n == 0 {
			t.Errorf("%s names no make target: is the test blind?", name)
		}
	}
}

// commands are the lines of a Markdown text's fenced sh blocks, prompts,
// comments and blank lines taken off.
func commands(markdown string) []string {
	var out []string
	in := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimSpace(line)
		if lang, fence := strings.CutPrefix(line, "```"); fence {
			in = !in && lang == "sh"
			continue
		}
		cmd, _, _ := strings.Cut(line, " #")
		cmd = strings.TrimSpace(strings.TrimPrefix(cmd, "$ "))
		if in && cmd != "" && cmd[0] != '#' {
			out = append(out, cmd)
		}
	}
	return out
}

func makeTargets(makefile string) []string {
	var out []string
	for line := range strings.Lines(makefile) {
		name, rest, ok := strings.Cut(line, ":")
		if ok && !strings.HasPrefix(rest, "=") && !strings.ContainsAny(name, " \t#.$=") {
			out = append(out, name)
		}
	}
	return out
}

func TestCommands(t *testing.T) {
	text := "x\n```sh\n$ make demo   # four weeks\n\n# a comment\nerrata query --by type\n```\nmake nothing\n```json\nmake no\n```\n"
	if got, want := fmt.Sprint(commands(text)), "[make demo errata query --by type]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

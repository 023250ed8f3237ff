package archtest

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// module is the module path, and the prefix of our own imports.
const module = "errata"

type source struct {
	name  string // relative to the root, with slashes
	test  bool
	lines int
	code  int // lines that are neither blank nor comment
	file  *ast.File
}

// generated tells whether a tool wrote the file.
func (s source) generated() bool { return ast.IsGenerated(s.file) }

// imports are the paths that the file imports.
func (s source) imports() []string {
	var out []string
	for _, spec := range s.file.Imports {
		p, _ := strconv.Unquote(spec.Path.Value)
		out = append(out, p)
	}
	return out
}

type tree struct {
	root string
	fset *token.FileSet
	dirs map[string][]source // by package path below the module
}

// load reads the module once for all tests.
var load = sync.OnceValues(func() (*tree, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	return loadTree(root)
})

// loadTree parses every Go file of the module below root, whatever its build
// constraints. Other modules, testdata and hidden folders are no part of it.
func loadTree(root string) (*tree, error) {
	t := &tree{root: root, fset: token.NewFileSet(), dirs: map[string][]source{}}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if rel == "." {
				return nil
			}
			base := d.Name()
			if base == "testdata" || base == "vendor" || base[0] == '.' || base[0] == '_' {
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(path, "go.mod")); err == nil {
				return filepath.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() || !strings.HasSuffix(rel, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(t.fset, rel, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, _ := splitPath(rel)
		t.dirs[dir] = append(t.dirs[dir], source{
			name:  rel,
			test:  strings.HasSuffix(rel, "_test.go"),
			lines: strings.Count(string(text), "\n"),
			code:  codeLines(text),
			file:  file,
		})
		return nil
	})
	return t, err
}

// codeLines counts the lines on which a token of the program stands.
func codeLines(text []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, 0)
	lines := map[int]bool{}
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return len(lines)
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue // put in by the scanner
		}
		first := file.Line(pos)
		for l := range 1 + strings.Count(lit, "\n") {
			lines[first+l] = true
		}
	}
}

func splitPath(name string) (dir, base string) {
	if i := strings.LastIndexByte(name, '/'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return ".", name
}

func mustLoad(t *testing.T) *tree {
	t.Helper()
	tr, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// mapped is the package map by path.
func mapped() map[string]pkg {
	m := make(map[string]pkg, len(packages))
	for _, p := range packages {
		m[p.path] = p
	}
	return m
}

// own returns the path of one of our packages below the module.
func own(imp string) (string, bool) { return strings.CutPrefix(imp, module+"/") }

// thirdParty tells whether an import belongs to another module: by the same
// rule as the go command, its first element is a host name.
func thirdParty(imp string) bool {
	first, _, _ := strings.Cut(imp, "/")
	return strings.Contains(first, ".")
}

// under tells whether an import is a package of one of the modules.
func under(imp string, modules []string) bool {
	for _, m := range modules {
		if imp == m || strings.HasPrefix(imp, m+"/") {
			return true
		}
	}
	return false
}

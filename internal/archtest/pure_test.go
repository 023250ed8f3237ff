package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"testing"
)

// clock are the functions of package time that read or wait for the clock.
var clock = []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}

// TestPure holds the promise of the pure packages: same input, same output.
func TestPure(t *testing.T) {
	tr := mustLoad(t)
	for _, p := range packages {
		if !p.pure {
			continue
		}
		var files []*ast.File
		for _, f := range tr.dirs[p.path] {
			if !f.test {
				files = append(files, f.file)
			}
		}
		for _, breach := range impure(tr.fset, files) {
			t.Error(breach)
		}
	}
}

// impure lists what a pure package must not do: read the clock, start a
// goroutine, change a variable of the package, or hold one that is made to be
// changed.
func impure(fset *token.FileSet, files []*ast.File) []string {
	// Types of other packages do not matter here, only which names are the
	// package's own variables: so imports may fail.
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}}
	conf := types.Config{Importer: nothing{}, Error: func(error) {}, DisableUnusedImportCheck: true}
	scope := types.NewScope(nil, token.NoPos, token.NoPos, "")
	if pkg, _ := conf.Check("p", fset, files, info); pkg != nil {
		scope = pkg.Scope()
	}
	global := func(e ast.Expr) string {
		id := root(e)
		if id == nil {
			return ""
		}
		if v, ok := info.Uses[id].(*types.Var); ok && v.Parent() == scope {
			return id.Name
		}
		return ""
	}

	var out []string
	say := func(at ast.Node, format string, args ...any) {
		out = append(out, fmt.Sprintf("%s: %s", fset.Position(at.Pos()), fmt.Sprintf(format, args...)))
	}
	for _, f := range files {
		names := imported(f)
		for _, decl := range f.Decls {
			if g, ok := decl.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, spec := range g.Specs {
					if changing(spec, names) {
						say(spec, "a package variable of sync, atomic or rand is state")
					}
				}
			}
		}
		ast.Inspect(f, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				say(n, "starts a goroutine")
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && names[x.Name] == "time" && info.Uses[x] != nil && slices.Contains(clock, n.Sel.Name) {
					say(n, "uses the clock: time.%s", n.Sel.Name)
				}
			case *ast.AssignStmt:
				for _, l := range n.Lhs {
					if name := global(l); name != "" && n.Tok != token.DEFINE {
						say(n, "changes the package variable %s", name)
					}
				}
			case *ast.IncDecStmt:
				if name := global(n.X); name != "" {
					say(n, "changes the package variable %s", name)
				}
			case *ast.UnaryExpr:
				if name := global(n.X); name != "" && n.Op == token.AND && !field(n.X) {
					say(n, "takes the address of the package variable %s", name)
				}
			case *ast.RangeStmt:
				for _, l := range []ast.Expr{n.Key, n.Value} {
					if l == nil || n.Tok != token.ASSIGN {
						continue
					}
					if name := global(l); name != "" {
						say(n, "changes the package variable %s", name)
					}
				}
			case *ast.CallExpr:
				fn, ok := n.Fun.(*ast.Ident)
				if !ok || len(n.Args) == 0 {
					break
				}
				if _, builtin := info.Uses[fn].(*types.Builtin); !builtin {
					break
				}
				if fn.Name == "delete" || fn.Name == "clear" || fn.Name == "copy" {
					if name := global(n.Args[0]); name != "" {
						say(n, "changes the package variable %s", name)
					}
				}
			}
			return true
		})
	}
	return out
}

// field tells whether e goes through an element or a field: the address of an
// element of a table is how one reads a large one without copying it.
func field(e ast.Expr) bool {
	_, ident := ast.Unparen(e).(*ast.Ident)
	return !ident
}

// root is the variable that an assignment to e changes.
func root(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// changing tells whether a package variable is of a kind that exists to be changed.
func changing(spec ast.Spec, names map[string]string) bool {
	found := false
	ast.Inspect(spec, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok {
			return false
		}
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok {
				switch names[x.Name] {
				case "sync":
					// OnceValue is a table that is made when first read.
					found = found || !strings.HasPrefix(sel.Sel.Name, "OnceValue")
				case "sync/atomic", "math/rand", "math/rand/v2":
					found = true
				}
			}
		}
		return true
	})
	return found
}

// imported maps the names by which a file knows packages to their paths.
func imported(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		name := path[strings.LastIndexByte(path, '/')+1:]
		if path == "math/rand/v2" {
			name = "rand"
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = path
	}
	return names
}

// nothing is an importer that knows no package but unsafe.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	p := types.NewPackage(path, path[strings.LastIndexByte(path, '/')+1:])
	p.MarkComplete()
	return p, nil
}

var _ types.Importer = nothing{}

// TestImpure shows that each ban can fail, and what stays allowed.
func TestImpure(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`func f() { go g() }; func g() {}`, "starts a goroutine"},
		{`import "time"; func f() int64 { return time.Now().Unix() }`, "time.Now"},
		{`import clock "time"; func f() { clock.Sleep(1) }`, "time.Sleep"},
		{`import "time"; var now = time.Now`, "time.Now"},
		{`import "time"; func f() time.Time { return time.Unix(0, 0) }`, ""},
		{`type T struct{ Now int }; func f(time T) int { return time.Now }`, ""},
		{`var n int; func f() { n++ }`, "changes the package variable n"},
		{`var n int; func f() { n = 1 }`, "changes the package variable n"},
		{`var n int; func f() { n := 1; n++; _ = n }`, ""},
		{`var n [3]int; func f() { n[0] |= 1 }`, "changes the package variable n"},
		{`var m = map[string]int{}; func f() { delete(m, "a") }`, "changes the package variable m"},
		{`var b []byte; func f(x []byte) { copy(b[1:], x) }`, "changes the package variable b"},
		{`type s struct{ a int }; var v s; func f() { (v).a = 2 }`, "changes the package variable v"},
		{`var n int; func f() *int { return &n }`, "takes the address"},
		{`type s struct{ a int }; var tab [2]s; func f(i int) *s { return &tab[i] }`, ""},
		{`var n int; func f(x []int) { for n = range x {} }`, "changes the package variable n"},
		{`var n = 3; func f() int { return n }`, ""},
		{`import "sync"; var mu sync.Mutex`, "is state"},
		{`import "sync"; var pool = sync.Pool{}`, "is state"},
		{`import "sync"; var tab = sync.OnceValue(func() int { return 1 })`, ""},
		{`import "sync/atomic"; var n atomic.Int64`, "is state"},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "x.go", "package p; "+c.src, parser.SkipObjectResolution)
		if err != nil {
			t.Fatalf("%s: %v", c.src, err)
		}
		got := strings.Join(impure(fset, []*ast.File{f}), "\n")
		if (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s\n got %q\nwant %q", c.src, got, c.want)
		}
	}
}

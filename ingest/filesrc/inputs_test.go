package filesrc

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// zoo is a directory with everything in it that is no log.
func zoo(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.MkdirAll(filepath.Join(dir, "sub", "deep"), 0o700))
	must(os.Mkdir(filepath.Join(dir, "void"), 0o700))
	write(t, filepath.Join(dir, "a.log"), []byte("from a\n"))
	write(t, filepath.Join(dir, "empty.log"), nil)
	write(t, filepath.Join(dir, "sub", "deep", "c.log"), []byte("from c\n"))
	write(t, filepath.Join(dir, "sub", "b.log"), []byte("from b\n"))
	write(t, filepath.Join(dir, "bad\xffname.log"), []byte("from bad\n"))
	must(os.Symlink("nowhere", filepath.Join(dir, "dead")))
	must(os.Symlink("loop", filepath.Join(dir, "loop")))
	must(os.Symlink("..", filepath.Join(dir, "sub", "up")))
	must(os.Symlink("../a.log", filepath.Join(dir, "sub", "link.log")))
	must(syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	l, err := net.Listen("unix", filepath.Join(dir, "sock"))
	must(err)
	t.Cleanup(func() { _ = l.Close() })
	return dir
}

func TestDirectory(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("fifos and sockets as on Linux")
	}
	dir := zoo(t)
	g := newRig(t)
	out := g.run(dir)
	if len(out.errs) > 0 {
		t.Errorf("errors: %v", out.errs)
	}
	// In the order of their paths; the link to a.log adds nothing.
	sameLines(t, out.lines(), []string{"from a", "from bad", "from b", "from c"})
	var got []string
	for _, n := range out.notices {
		if n.Code != "continues" {
			got = append(got, strings.Replace(n.String(), dir, "D", 1))
		}
	}
	sameLines(t, got, []string{
		"D/dead: skipped: a dead link",
		"D/fifo: skipped: a fifo",
		"D/loop: skipped: a dead link",
		"D/sock: skipped: a socket",
		"D/sub/up: skipped: a link to a directory",
		"D/void: an empty directory",
		"D/empty.log: empty, nothing to read",
	})
	for _, m := range g.marks {
		if strings.ContainsRune(m.Name, 0xff) || !strings.HasPrefix(m.Name, dir) {
			t.Errorf("a mark's name is %q", m.Name)
		}
	}
}

// TestNamed: what cannot be read is an error where it was named, and the rest goes on.
func TestNamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("fifos and sockets as on Linux")
	}
	dir := zoo(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, tt := range []struct{ arg, text string }{
		{in("fifo"), "is a fifo, not a file (to read it, pipe it into \"-\")"},
		{in("sock"), "is a socket"},
		{"/dev/null", "is a device"},
		{in("dead"), "no such file"},
		{in("loop"), "too many levels"},
		{in("gone.log"), "no such file or directory"},
		{in("a.log/child"), "not a directory"},
		{in("gone*.log"), "no file matches this pattern"},
		{in("[.log"), "malformed"},
		{"", "no such file"},
		{"/proc/self/mem", "input/output error"},
	} {
		out := newRig(t).run(tt.arg, in("sub"))
		if len(out.errs) != 1 {
			t.Errorf("%s: errors %v", tt.arg, out.errs)
			continue
		}
		mustFail(t, out.errs[0], tt.arg+": ", tt.text)
		sameLines(t, out.lines(), []string{"from b", "from c", "from a"})
	}
	// A glob finds, it does not name.
	out := newRig(t).run(in("*"))
	if len(out.errs) > 0 || len(out.recs) != 4 {
		t.Errorf("glob: %d records, %v", len(out.recs), out.errs)
	}
	// A file whose name looks like a pattern is a file.
	odd := write(t, in("[x]*.log"), []byte("odd\n"))
	if out := newRig(t).run(odd); strings.Join(out.lines(), "|") != "odd" {
		t.Errorf("%s: %v %v", odd, out.lines(), out.errs)
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), []byte("a\n"))
	write(t, filepath.Join(dir, "b.log"), []byte("b\n"))
	if err := os.Chmod(filepath.Join(dir, "a.log"), 0); err != nil {
		t.Fatal(err)
	}
	out := newRig(t).run(dir)
	if len(out.errs) != 1 {
		t.Fatalf("errors %v", out.errs)
	}
	mustFail(t, out.errs[0], "a.log", "permission denied")
	sameLines(t, out.lines(), []string{"b"})
}

// TestChanged: what became something else after it was listed.
func TestChanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := openStream(t.Context(), input{name: "a", path: path}, nil); err == nil {
		t.Error("a directory opened")
	} else {
		mustFail(t, err, "is no longer a file")
	}
	if _, err := openStream(t.Context(), input{name: "a", path: filepath.Join(dir, "gone")}, nil); err == nil {
		t.Error("nothing opened")
	} else {
		mustFail(t, err, "no such file")
	}
}

func TestExclude(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.log"), []byte("a\n"))
	db := write(t, filepath.Join(dir, "errata.db"), []byte("SQLite format 3\x00\n"))
	link := filepath.Join(t.TempDir(), "db")
	if err := os.Symlink(db, link); err != nil {
		t.Fatal(err)
	}
	g := newRig(t)
	g.cfg.Exclude = []string{link, filepath.Join(dir, "errata.db-wal")}
	out := g.run(dir)
	sameLines(t, out.lines(), []string{"a"})
	if out.codes() != "skipped" || len(out.errs) > 0 {
		t.Errorf("notices %q, errors %v", out.codes(), out.errs)
	}
	out = g.run(db)
	if len(out.errs) != 1 {
		t.Fatalf("errors %v", out.errs)
	}
	mustFail(t, out.errs[0], "the store")
}

// TestDatabase: a store is no log, whatever its name; a log may speak of one.
func TestDatabase(t *testing.T) {
	const magic = "SQLite format 3"
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write(t, in("a.log"), []byte(magic+"\x00\x10\x00\x01\x01\x00@ \n"))
	write(t, in("b.log"), []byte(magic+"\n"))
	write(t, in("c.log"), []byte("SQLite\n"))
	out := newRig(t).run(dir)
	sameLines(t, out.lines(), []string{magic, "SQLite"})
	if len(out.errs) > 0 || len(out.notices) != 1 || out.notices[0].Name != in("a.log") || out.notices[0].Text != "skipped: "+database {
		t.Errorf("errors %v, notices %v", out.errs, out.notices)
	}
	out = newRig(t).run(in("a.log"), in("b.log"))
	if len(out.errs) != 1 {
		t.Fatalf("errors %v", out.errs)
	}
	mustFail(t, out.errs[0], "a.log: ", "--store FILE")
	sameLines(t, out.lines(), []string{magic})
}

func TestStdin(t *testing.T) {
	g := newRig(t)
	g.cfg.Stdin = strings.NewReader("\xef\xbb\xbfa\r\nb")
	out := g.run("-", "-")
	sameLines(t, out.lines(), []string{"\xef\xbb\xbfa"})
	if out.codes() != "skipped waiting" {
		t.Errorf("notices %q", out.codes())
	}
	if n := out.notices[1]; n.Line != 2 || !strings.Contains(n.String(), "-:2: the last line has no end yet (1 bytes)") {
		t.Errorf("notice %q", n)
	}
	g.cfg.Stdin = strings.NewReader("")
	if out := g.run("-"); out.codes() != "empty" {
		t.Errorf("notices %q", out.codes())
	}
	// A file as stdin is a stream like any other, whose size is known.
	f, err := os.Open(write(t, filepath.Join(t.TempDir(), "a"), logLines(500)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	g.cfg.Stdin = f
	if out := g.run("-"); out.total == 0 || out.done != out.total || len(out.recs) != 500 {
		t.Errorf("progress %d of %d, %d records", out.done, out.total, len(out.recs))
	}
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		text string
	}{
		{Config{Inputs: []string{"-"}}, "no source name"},
		{Config{Source: "s"}, "no inputs"},
		{Config{Source: "s", Inputs: []string{"-"}, MaxLine: 10}, "at least 4096"},
		{Config{Source: "s", Inputs: []string{"-"}, Chunk: -1}, "negative"},
		{Config{Source: "s", Inputs: []string{"-"}, SpoolMax: -1}, "negative"},
	} {
		if _, err := New(tt.cfg); err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%+v: %v, want %q", tt.cfg, err, tt.text)
		}
	}
	cfg := DefaultConfig()
	cfg.Inputs = []string{"-"}
	if err := cfg.Validate(); err != nil {
		t.Error(err)
	}
	if a, b := randomNonce(), randomNonce(); a == b || len(a) != 32 {
		t.Errorf("nonces %s, %s", a, b)
	}
	src, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := src.Next(closed(t.Context())); err == nil {
		t.Error("Next under an ended context")
	}
}

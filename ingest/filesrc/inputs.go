package filesrc

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"errata/ingest"
)

// input is one thing to read, or the reason why it cannot be.
type input struct {
	name  string // valid UTF-8, for people and for the store
	path  string
	stdin bool
	size  int64 // on disk when the inputs were listed
	err   error // named, but unreadable
}

// expander turns arguments into inputs: in the order given, a directory's
// files sorted by path.
type expander struct {
	cfg     *Config
	exclude []fs.FileInfo
	stdin   bool
	out     []input
}

func expand(cfg *Config) []input {
	e := &expander{cfg: cfg}
	for _, p := range cfg.Exclude {
		if fi, err := os.Stat(p); err == nil {
			e.exclude = append(e.exclude, fi)
		}
	}
	for _, arg := range cfg.Inputs {
		e.arg(arg)
	}
	return e.out
}

func (e *expander) fail(path, text string) { e.failed(path, errors.New(text)) }

func (e *expander) failed(path string, err error) {
	e.out = append(e.out, input{name: validName(path), path: path, err: err})
}

func (e *expander) skip(path, text string) {
	e.cfg.Notice(ingest.Notice{Code: ingest.NoticeSkipped, Name: validName(path), Text: text})
}

func (e *expander) arg(arg string) {
	if arg == "-" {
		e.addStdin()
		return
	}
	fi, err := os.Stat(arg)
	switch {
	case err == nil && fi.IsDir():
		e.dir(arg)
	case err == nil && fi.Mode().IsRegular():
		if e.excluded(fi) {
			e.fail(arg, "this is the store or one of its files, not a log")
			return
		}
		if isDatabase(arg) {
			e.fail(arg, database)
			return
		}
		e.file(arg, fi)
	case err == nil:
		e.fail(arg, "is a "+kindOf(fi.Mode())+", not a file (to read it, pipe it into \"-\")")
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(arg, "*?["):
		e.glob(arg)
	default:
		e.failed(arg, plainError(err))
	}
}

func (e *expander) addStdin() {
	if e.stdin {
		e.skip("-", "stdin was named twice and is read once")
		return
	}
	e.stdin = true
	in := input{name: "-", stdin: true}
	if f, ok := e.cfg.Stdin.(*os.File); ok {
		if fi, err := f.Stat(); err == nil && fi.Mode().IsRegular() {
			in.size = fi.Size()
		}
	}
	e.out = append(e.out, in)
}

func (e *expander) glob(pattern string) {
	found, err := filepath.Glob(pattern) // sorted
	if err != nil {
		e.fail(pattern, "this pattern is malformed")
		return
	}
	if len(found) == 0 {
		e.fail(pattern, "no file matches this pattern")
		return
	}
	for _, p := range found {
		e.entry(p)
	}
}

func (e *expander) dir(dir string) {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		e.failed(dir, plainError(err))
		return
	}
	if len(entries) == 0 {
		e.cfg.Notice(ingest.Notice{Code: ingest.NoticeEmpty, Name: validName(dir), Text: "an empty directory"})
	}
	for _, d := range entries {
		e.entry(filepath.Join(dir, d.Name()))
	}
}

// entry adds what was found rather than named: whatever is no file is left out
// with a message, and links to directories are not followed, so that a loop of
// links is no loop here.
func (e *expander) entry(path string) {
	lfi, err := os.Lstat(path)
	if err != nil {
		e.failed(path, plainError(err))
		return
	}
	fi, link := lfi, lfi.Mode()&fs.ModeSymlink != 0
	if link {
		if fi, err = os.Stat(path); err != nil {
			e.skip(path, "skipped: a dead link")
			return
		}
	}
	switch {
	case fi.IsDir() && link:
		e.skip(path, "skipped: a link to a directory")
	case fi.IsDir():
		e.dir(path)
	case !fi.Mode().IsRegular():
		e.skip(path, "skipped: a "+kindOf(fi.Mode()))
	case e.excluded(fi):
		e.skip(path, "skipped: a file of the store itself")
	case isDatabase(path):
		e.skip(path, "skipped: "+database)
	default:
		e.file(path, fi)
	}
}

func (e *expander) file(path string, fi fs.FileInfo) {
	e.out = append(e.out, input{name: validName(path), path: path, size: fi.Size()})
}

func (e *expander) excluded(fi fs.FileInfo) bool {
	for _, x := range e.exclude {
		if os.SameFile(x, fi) {
			return true
		}
	}
	return false
}

// database says what is done with a store that is not the one in use: its pages
// would be thousands of dead letters.
const database = "an SQLite database, not a log: a store is asked with --store FILE"

// isDatabase tells whether a regular file begins as SQLite's do. What cannot be
// read is said when it is read.
func isDatabase(path string) bool {
	const magic = "SQLite format 3\x00"
	f, err := os.Open(path) // #nosec G304 -- named by the user
	if err != nil {
		return false
	}
	defer func() { _ = f.Close() }()
	b := make([]byte, len(magic))
	n, err := io.ReadFull(f, b)
	return err == nil && string(b[:n]) == magic
}

func kindOf(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "fifo"
	case m&fs.ModeSocket != 0:
		return "socket"
	case m&fs.ModeDevice != 0:
		return "device"
	case m.IsDir():
		return "directory"
	default:
		return "special file"
	}
}

// plainError is the cause without operation and path, which the message has already.
func plainError(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		err = pe.Err
	}
	return fmt.Errorf("cannot be read: %w", err)
}

// validName keeps names that are no UTF-8 out of stores and JSON.
func validName(path string) string { return strings.ToValidUTF8(path, "\uFFFD") }

// Package out writes answers: tables for people, JSON and CSV for programs.
//
// What a table shows comes from logs, that is from anybody who can send a
// request. A table therefore never passes on a byte that could drive a
// terminal: control characters and characters that reorder or hide text are
// shown as escapes.
package out

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"errata/internal/near"
)

// Format is how an answer is written.
type Format string

// The formats.
const (
	FormatTable Format = "table"
	FormatJSON  Format = "json"
	FormatCSV   Format = "csv"
	FormatLines Format = "ndjson" // one JSON object a line

	FormatText     Format = "text"
	FormatMarkdown Format = "md"
	FormatHTML     Format = "html"
)

// endings of file names by format.
var endings = map[Format][]string{
	FormatTable: {".txt"}, FormatJSON: {".json"}, FormatCSV: {".csv"}, FormatLines: {".ndjson", ".jsonl"},
	FormatText: {".txt"}, FormatMarkdown: {".md", ".markdown"}, FormatHTML: {".html", ".htm"},
}

// Target is where an answer goes and how.
type Target struct {
	Format Format
	File   string // "": standard output
}

// ParseTarget reads the value of -o: the name of one of the formats, for
// standard output, or a file whose ending names it. The first is the default.
func ParseTarget(o string, formats ...Format) (Target, error) {
	if o == "" {
		return Target{Format: formats[0]}, nil
	}
	var names, ends []string
	ext := strings.ToLower(filepath.Ext(o))
	for _, f := range formats {
		if o == string(f) {
			return Target{Format: f}, nil
		}
		names = append(names, string(f))
		for _, e := range endings[f] {
			if ext == e && len(filepath.Base(o)) > len(e) {
				return Target{f, o}, nil
			}
			ends = append(ends, e)
		}
	}
	hint := ""
	if ext == "" {
		hint = near.DidYouMean(o, names)
	}
	return Target{}, fmt.Errorf("%q is neither a format (%s) nor a file whose ending names one (%s)%s",
		o, strings.Join(names, ", "), strings.Join(ends, ", "), hint)
}

// Check tells whether the folder of the target's file is there, for commands
// that work long before they write.
func (t Target) Check() error {
	if t.File == "" {
		return nil
	}
	fi, err := os.Stat(filepath.Dir(t.File))
	switch {
	case err != nil:
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return fmt.Errorf("cannot write %s: its folder: %w", t.File, err)
	case !fi.IsDir():
		return fmt.Errorf("cannot write %s: %s is no folder", t.File, filepath.Dir(t.File))
	}
	return nil
}

// Write calls fn with a buffered writer on the target. A file appears under its
// name only when it is complete.
func (t Target) Write(stdout io.Writer, fn func(w *bufio.Writer) error) error {
	if t.File == "" {
		w := bufio.NewWriterSize(stdout, 64<<10)
		err := fn(w)
		if flushed := w.Flush(); !errors.Is(err, flushed) { // a failed writer says the same again
			err = errors.Join(err, flushed)
		}
		return err
	}
	if fi, err := os.Stat(t.File); err == nil && !fi.Mode().IsRegular() {
		return t.into(fn, func() (*os.File, error) { return os.OpenFile(t.File, os.O_WRONLY, 0) }, nil)
	}
	tmp := filepath.Join(filepath.Dir(t.File), fmt.Sprintf(".%s.%d.tmp", filepath.Base(t.File), os.Getpid()))
	// What a killed run left behind goes; a link that waits there is not followed.
	fresh := func() (*os.File, error) {
		_ = os.Remove(tmp)
		return os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666) //nolint:gosec // an answer for whom the umask lets read it
	}
	return t.into(fn, fresh, func(ok bool) error {
		if !ok {
			return os.Remove(tmp)
		}
		return os.Rename(tmp, t.File)
	})
}

func (t Target) into(fn func(w *bufio.Writer) error, open func() (*os.File, error), done func(ok bool) error) error {
	f, err := open()
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return fmt.Errorf("cannot write %s: %w", t.File, err)
	}
	w := bufio.NewWriterSize(f, 64<<10)
	err = fn(w)
	if err == nil {
		err = w.Flush()
	}
	err = errors.Join(err, f.Close())
	if done != nil {
		err = errors.Join(err, done(err == nil))
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", t.File, err)
	}
	return nil
}

package names

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// maxFile bounds the file: a million callers fit, and whoever names a log by
// mistake is told so.
const maxFile = 64 << 20

// maxText bounds a name: it stands in every row of its caller.
const maxText = 256

// form says what a line of the file looks like, for messages and help.
const form = "caller,name,org, such as 0f3a5c7e9b1d2f40,Ann Lee,Acme (16 hex digits, as errata demand --callers prints them; org may be left out)"

// File is who stands behind callers. The nil File knows nobody.
type File struct{ callers map[string]person }

type person struct{ name, org string }

// Lookup tells who a caller is, by its 16 hex digits.
func (f *File) Lookup(caller string) (name, org string, ok bool) {
	if f == nil {
		return "", "", false
	}
	p, ok := f.callers[caller]
	return p.name, p.org, ok
}

// Len is the number of callers that the file names.
func (f *File) Len() int {
	if f == nil {
		return 0
	}
	return len(f.callers)
}

// LineError is a line that cannot be read. Its text does not repeat the line.
type LineError struct {
	Line int
	Text string
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.What()) }

// What says what is wrong and what would be right, without the line's number.
func (e *LineError) What() string { return fmt.Sprintf("%s; a line is %s", e.Text, form) }

// Open reads a file of names. A *LineError says which line is wrong.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return nil, fmt.Errorf("cannot read the file of caller names: %w", err)
	}
	defer f.Close()
	return Read(f)
}

// Read reads names in the form of CSV, with a header or without.
func Read(r io.Reader) (*File, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		if pe, ok := errors.AsType[*os.PathError](err); ok {
			err = pe.Err
		}
		return nil, fmt.Errorf("cannot read the file of caller names: %w", err)
	}
	if len(b) > maxFile {
		return nil, fmt.Errorf("the file of caller names is larger than %d MiB: is it the right file?", maxFile>>20)
	}
	c := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))))
	c.FieldsPerRecord = -1
	c.ReuseRecord = true
	f := &File{callers: map[string]person{}}
	for first := true; ; first = false {
		fields, err := c.Read()
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			if pe, ok := errors.AsType[*csv.ParseError](err); ok {
				return nil, &LineError{pe.StartLine, "no CSV: " + pe.Err.Error()}
			}
			return nil, err
		}
		if first && strings.EqualFold(strings.TrimSpace(fields[0]), "caller") {
			continue
		}
		line, _ := c.FieldPos(0)
		if text := f.add(fields); text != "" {
			return nil, &LineError{line, text}
		}
	}
}

// add takes one line; what is wrong with it comes back.
func (f *File) add(fields []string) string {
	if len(fields) < 2 || len(fields) > 3 {
		return fmt.Sprintf("it has %d of the 2 or 3 fields", len(fields))
	}
	caller := strings.ToLower(strings.TrimSpace(fields[0]))
	if len(caller) != 16 || strings.Trim(caller, "0123456789abcdef") != "" {
		return "the first field is no caller of 16 hex digits"
	}
	if _, ok := f.callers[caller]; ok {
		return "the caller " + caller + " has a line already"
	}
	var p person
	for i, to := range []*string{&p.name, &p.org} {
		if i+1 == len(fields) {
			break
		}
		// Clone: else each name would hold its whole line in memory.
		*to = strings.Clone(strings.TrimSpace(strings.ToValidUTF8(fields[i+1], string(utf8.RuneError))))
		if len(*to) > maxText {
			return fmt.Sprintf("a name of more than %d bytes", maxText)
		}
	}
	f.callers[strings.Clone(caller)] = p
	return ""
}

package dlq

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"errata/ingest"
)

// DefaultMaxBytes bounds a file of dead letters, and FILE.1 once more.
const DefaultMaxBytes = 256 << 20

// lineMax is longer than any letter that is written: 1 KiB of payload, each
// byte of which JSON may escape in six, and names.
const lineMax = 64 << 10

// Config says where dead letters go.
type Config struct {
	Path     string
	MaxBytes int64 // 0: DefaultMaxBytes
	Notice   func(ingest.Notice)
}

// Validate says what is wrong with c.
func (c *Config) Validate() error {
	switch {
	case c.Path == "":
		return errors.New("dlq: no path")
	case c.MaxBytes < 0:
		return fmt.Errorf("dlq: a bound of %d bytes", c.MaxBytes)
	}
	return nil
}

// File is a writer of dead letters. It makes the file with the first letter.
type File struct {
	cfg  Config
	f    *os.File
	size int64
	buf  bytes.Buffer
}

// New checks cfg; nothing is opened before the first letter.
func New(cfg Config) (*File, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = DefaultMaxBytes
	}
	if cfg.Notice == nil {
		cfg.Notice = func(ingest.Notice) {}
	}
	return &File{cfg: cfg}, nil
}

// Put appends letters and returns when they are on disk. On an error none or
// some of them are; the caller must not commit what they belong to.
func (w *File) Put(ctx context.Context, letters ...Letter) error {
	if len(letters) == 0 {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.open(); err != nil {
		return err
	}
	w.buf.Reset()
	enc := json.NewEncoder(&w.buf)
	enc.SetEscapeHTML(false)
	for i := range letters {
		if err := enc.Encode(&letters[i]); err != nil {
			return fmt.Errorf("dead letters %s: %w", w.cfg.Path, err)
		}
	}
	if w.size > 0 && w.size+int64(w.buf.Len()) > w.cfg.MaxBytes {
		if err := w.rotate(); err != nil {
			return err
		}
	}
	n, err := w.f.Write(w.buf.Bytes())
	w.size += int64(n)
	if err == nil {
		err = w.f.Sync()
	}
	if err != nil {
		// What was written of it may end in the middle of a line: look again before the next.
		_ = w.Close()
		return fmt.Errorf("dead letters %s: %w", w.cfg.Path, cause(err))
	}
	return nil
}

// Close closes the file; a later Put opens it again.
func (w *File) Close() error {
	if w.f == nil {
		return nil
	}
	err := w.f.Close()
	w.f = nil
	return err
}

func (w *File) open() error {
	if w.f != nil {
		return nil
	}
	f, err := openRegular(w.cfg.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND)
	if err != nil {
		return fmt.Errorf("dead letters %s: %w", w.cfg.Path, cause(err))
	}
	// A file made by hand, or restored, may be open to others.
	if err = f.Chmod(0o600); err == nil {
		w.size, err = repair(f)
	}
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("dead letters %s: %w", w.cfg.Path, cause(err))
	}
	w.f = f
	return nil
}

// openRegular opens a file and nothing else: no link, fifo or device that
// someone put in its place.
func openRegular(path string, flag int) (*os.File, error) {
	f, err := os.OpenFile(path, flag|openFlags, 0o600)
	if err != nil {
		if isLink(path) {
			return nil, errors.New("is a link, and links are not followed")
		}
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = errors.New("is not a regular file")
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func isLink(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && fi.Mode()&fs.ModeSymlink != 0
}

// repair makes the file end with a line end, and returns its size: a torn
// letter is cut off, one that only lacks its line end gets it.
func repair(f *os.File) (int64, error) {
	fi, err := f.Stat()
	if err != nil || fi.Size() == 0 {
		return 0, err
	}
	size := fi.Size()
	tail := make([]byte, min(size, lineMax))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil {
		return 0, err
	}
	if tail[len(tail)-1] == '\n' {
		return size, nil
	}
	i := bytes.LastIndexByte(tail, '\n')
	if _, ok := decode(tail[i+1:]); ok || (i < 0 && size > lineMax) {
		// Whole, or so long that it is none of ours: the reader passes over it.
		_, err := f.Write([]byte{'\n'})
		return size + 1, err
	}
	size -= int64(len(tail) - i - 1)
	return size, f.Truncate(size)
}

// rotate makes room: FILE becomes FILE.1.
func (w *File) rotate() error {
	old := w.cfg.Path + ".1"
	_, lost := os.Lstat(old)
	if err := w.Close(); err != nil {
		return fmt.Errorf("dead letters %s: %w", w.cfg.Path, cause(err))
	}
	if err := os.Rename(w.cfg.Path, old); err != nil {
		return fmt.Errorf("dead letters %s: no room for more: %w", w.cfg.Path, cause(err))
	}
	text := fmt.Sprintf("the dead letters reached their bound of %d bytes and go on in a new file; the older ones are in %s", w.cfg.MaxBytes, old)
	if lost == nil {
		text += ", whose former content was dropped"
	}
	w.cfg.Notice(ingest.Notice{Code: ingest.NoticeRotated, Name: w.cfg.Path, Text: text})
	return w.open()
}

func decode(line []byte) (Letter, bool) {
	var l Letter
	if err := json.Unmarshal(line, &l); err != nil {
		return Letter{}, false
	}
	return l, l.Reason != "" && l.Count > 0
}

// cause drops operation and path, which the message has already.
func cause(err error) error {
	if pe, ok := errors.AsType[*fs.PathError](err); ok {
		return pe.Err
	}
	if le, ok := errors.AsType[*os.LinkError](err); ok {
		return le.Err
	}
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

package filesrc

import (
	"bufio"
	"fmt"
	"io"
	"os"
)

// spool is a temporary file without a name that holds a part of stdin.
type spool struct {
	f     *os.File
	w     *bufio.Writer
	start int64 // offset of its first byte
	n     int64
	max   int64
}

func newSpool(dir string, limit, start int64) (*spool, error) {
	f, err := os.CreateTemp(dir, "errata-stdin-*") // 0600
	if err != nil {
		return nil, fmt.Errorf("stdin begins like a known file and cannot be held to compare them: %w", err)
	}
	// It holds raw log lines: no crash may leave it behind.
	if err := os.Remove(f.Name()); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("stdin begins like a known file and cannot be held to compare them: %w", err)
	}
	return &spool{f: f, w: bufio.NewWriterSize(f, 256<<10), start: start, max: limit}, nil
}

func (s *spool) write(p []byte) error {
	if s.n += int64(len(p)); s.n > s.max {
		return fmt.Errorf("begins like a known file but is not confirmed to be it within %d bytes of stdin: save it to a file and name that", s.max)
	}
	if _, err := s.w.Write(p); err != nil {
		return fmt.Errorf("stdin begins like a known file and cannot be held to compare them: %w", err)
	}
	return nil
}

// restart forgets what lies before offset start: it is confirmed.
func (s *spool) restart(start int64) error {
	s.w.Reset(s.f)
	s.start, s.n = start, 0
	if err := s.f.Truncate(0); err != nil {
		return err
	}
	_, err := s.f.Seek(0, io.SeekStart)
	return err
}

func (s *spool) reader() (io.Reader, error) {
	if err := s.w.Flush(); err != nil {
		return nil, err
	}
	if _, err := s.f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	return s.f, nil
}

func (s *spool) close() { _ = s.f.Close() }

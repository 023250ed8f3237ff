package filesrc

import (
	"context"
	"io"

	"errata/ingest"
)

// Source hands out the inputs as lanes, one after the other.
type Source struct {
	cfg    Config
	index  *index
	inputs []input
	listed bool
	total  int64    // bytes on disk of all inputs
	passed int64    // of those that are done
	spare  [][]byte // buffers of the lane before
	large  []byte   // its buffer for a line that is longer than those, if there was one
	shown  int64    // the progress as it was told last
}

// New checks cfg; inputs are looked at by the first Next.
func New(cfg Config) (*Source, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.fill()
	s := &Source{cfg: cfg, index: newIndex()}
	for _, m := range cfg.Known {
		if m.Source == cfg.Source {
			s.index.put(m)
		}
	}
	return s, nil
}

// Next opens the next input that holds anything.
func (s *Source) Next(ctx context.Context) (ingest.Lane, error) {
	if !s.listed {
		s.listed, s.inputs = true, expand(&s.cfg)
		for _, in := range s.inputs {
			s.total += in.size
		}
	}
	for len(s.inputs) > 0 {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		in := s.inputs[0]
		s.inputs = s.inputs[1:]
		if in.err != nil {
			return nil, &ingest.InputError{Name: in.name, Offset: -1, Err: in.err}
		}
		l, err := s.open(ctx, in)
		if l == nil {
			s.finished(in)
		}
		if err != nil {
			if cerr := ctx.Err(); cerr != nil {
				err = cerr
			}
			return nil, err
		}
		if l != nil {
			return l, nil
		}
	}
	return nil, io.EOF
}

// Close has nothing to end: lanes are closed one by one.
func (s *Source) Close(context.Context) error { return nil }

// progress never goes back, though a compressed file may be read twice.
func (s *Source) progress(read int64) {
	s.shown = max(s.shown, s.passed+read)
	if s.total > 0 {
		s.shown = min(s.shown, s.total)
	}
	s.cfg.Progress(s.shown, s.total)
}

func (s *Source) finished(in input) {
	s.passed += in.size
	if in.stdin && in.size == 0 {
		s.passed = s.shown
	}
	s.progress(0)
}

func (s *Source) notice(code string, in input, text string) {
	s.cfg.Notice(ingest.Notice{Code: code, Name: in.name, Text: text})
}

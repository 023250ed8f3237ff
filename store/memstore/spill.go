package memstore

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

// cell is a cell as a scan sees it, in memory or from the file.
type cell struct {
	w     []uint32
	s     *Store
	first int      // the first place of a blob
	file  [][]byte // blobs of a cell from the file; nil: in memory
}

// blob is a map or text of the cell; nil if it is empty.
func (c *cell) blob(at int) []byte {
	if c.file != nil {
		return c.file[at-c.first]
	}
	return c.s.blobs.get(c.w[at])
}

// each calls f with every cell of a kind: those of the file, then those in
// memory. A key may occur once in each part. The cell belongs to the callee
// until it returns.
func (s *Store) each(t *table, f func(*cell) error) error {
	c := &cell{s: s, first: t.blobs}
	if s.file != nil {
		if err := s.file.each(t, c, f); err != nil {
			return err
		}
	}
	c.file = nil
	for i := range t.cells.n {
		c.w = t.cells.entry(i)
		if err := f(c); err != nil {
			return err
		}
	}
	return nil
}

// spill is the temporary file of cells that were too many for memory: parts,
// each with all cells of a kind at the time. A cell is its words, little
// endian, with the length of each blob in its place, then the blobs.
type spill struct {
	f     *os.File
	path  string // to be removed; "": gone already
	size  int64
	parts [lastKind + 1][]part
}

type part struct {
	at    int64
	bytes int64
	cells int
}

// newSpill makes the file. Its name is taken away at once where the system
// lets an open file be without one.
func newSpill(dir string) (*spill, error) {
	f, err := os.CreateTemp(dir, "errata-*.cells") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("a temporary file for what memory does not hold (TMPDIR says where): %w", err)
	}
	p := &spill{f: f, path: f.Name()}
	if os.Remove(p.path) == nil {
		p.path = ""
	}
	return p, nil
}

func (p *spill) close() error {
	err := p.f.Close()
	if p.path != "" {
		err = errors.Join(err, os.Remove(p.path))
	}
	return err
}

// move writes all cells to the file and begins anew.
func (s *Store) move() error {
	if s.file == nil {
		var err error
		if s.file, err = newSpill(s.cfg.Dir); err != nil {
			return err
		}
	}
	if err := s.file.write(s); err != nil {
		return fmt.Errorf("a temporary file for what memory does not hold (TMPDIR says where): %w", err)
	}
	for _, t := range s.tables[firstKind:] {
		t.cells.empty()
	}
	s.blobs.reset()
	return nil
}

const bufBytes = 256 << 10

func (p *spill) write(s *Store) error {
	w := bufio.NewWriterSize(p.f, bufBytes)
	var words []byte
	for _, t := range s.tables[firstKind:] {
		if t.cells.n == 0 {
			continue
		}
		pt := part{at: p.size, cells: t.cells.n}
		for i := range t.cells.n {
			c := t.cells.entry(i)
			words = words[:0]
			for j, v := range c {
				if j >= t.blobs {
					v = uint32(len(s.blobs.get(v)))
				}
				words = binary.LittleEndian.AppendUint32(words, v)
			}
			n, err := w.Write(words)
			p.size += int64(n)
			for _, place := range c[t.blobs:] {
				if err == nil {
					n, err = w.Write(s.blobs.get(place))
					p.size += int64(n)
				}
			}
			if err != nil {
				return err
			}
		}
		pt.bytes = p.size - pt.at
		p.parts[t.kind] = append(p.parts[t.kind], pt)
	}
	return w.Flush()
}

// each reads the cells of a kind.
func (p *spill) each(t *table, c *cell, f func(*cell) error) error {
	words := make([]byte, 4*t.layout.size)
	c.w = make([]uint32, t.layout.size)
	c.file = make([][]byte, t.layout.size-t.blobs)
	r := bufio.NewReaderSize(nil, bufBytes)
	var blobs []byte
	for _, pt := range p.parts[t.kind] {
		r.Reset(io.NewSectionReader(p.f, pt.at, pt.bytes))
		for range pt.cells {
			if _, err := io.ReadFull(r, words); err != nil {
				return fmt.Errorf("the temporary file for what memory does not hold: %w", err)
			}
			n := 0
			for j := range c.w {
				c.w[j] = binary.LittleEndian.Uint32(words[4*j:])
				if j >= t.blobs {
					n += int(c.w[j])
				}
			}
			if n > cap(blobs) {
				blobs = make([]byte, 2*n)
			}
			blobs = blobs[:n]
			if _, err := io.ReadFull(r, blobs); err != nil {
				return fmt.Errorf("the temporary file for what memory does not hold: %w", err)
			}
			rest := blobs
			for j := range c.file {
				n := c.w[t.blobs+j]
				c.file[j], rest = rest[:n], rest[n:]
			}
			if err := f(c); err != nil {
				return err
			}
		}
	}
	return nil
}

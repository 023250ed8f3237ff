package filesrc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	"errata/ingest"
)

// index finds marks by the hash of a file's first bytes. Every mark covers
// min(identSize, Length) of them, so a file is hashed up to each such length.
type index struct {
	marks   map[ingest.LaneID]ingest.FileMark
	byHead  map[headKey][]ingest.LaneID
	lengths []int // of heads, ascending
}

type headKey struct {
	n    int
	hash string
}

func newIndex() *index {
	return &index{marks: map[ingest.LaneID]ingest.FileMark{}, byHead: map[headKey][]ingest.LaneID{}}
}

func keyOf(m ingest.FileMark) headKey {
	return headKey{int(min(identSize, m.Length)), m.HeadHash}
}

// put takes m as the state of its lane. Marks of nothing identify nothing.
func (x *index) put(m ingest.FileMark) {
	if m.Length <= 0 {
		return
	}
	k := keyOf(m)
	if old, ok := x.marks[m.Lane]; ok {
		if o := keyOf(old); o != k {
			x.byHead[o] = slices.DeleteFunc(x.byHead[o], func(id ingest.LaneID) bool { return id == m.Lane })
		}
	}
	x.marks[m.Lane] = m
	if !slices.Contains(x.byHead[k], m.Lane) {
		x.byHead[k] = append(x.byHead[k], m.Lane)
	}
	if i, ok := slices.BinarySearch(x.lengths, k.n); !ok {
		x.lengths = slices.Insert(x.lengths, i, k.n)
	}
}

// find returns the marks whose head is that of a file, by ascending length
// (ties: by lane, so that the choice is the same in every run).
func (x *index) find(head []byte) []ingest.FileMark {
	var found []ingest.FileMark
	h, done := sha256.New(), 0
	for _, n := range x.lengths {
		if n > len(head) {
			break
		}
		h.Write(head[done:n])
		done = n
		for _, id := range x.byHead[headKey{n, hex.EncodeToString(h.Sum(nil))}] {
			found = append(found, x.marks[id])
		}
	}
	slices.SortFunc(found, func(a, b ingest.FileMark) int {
		if a.Length != b.Length {
			return int(min(1, max(-1, a.Length-b.Length)))
		}
		return bytes.Compare([]byte(b.Lane), []byte(a.Lane))
	})
	return found
}

// verdict is where a file goes on.
type verdict struct {
	mark    ingest.FileMark // zero: a new file
	hist    []byte          // the bytes before the mark
	shorter bool            // ends before the mark of a file that begins alike
	alike   string          // the name of that file, or of one that differs later
}

// open opens in and finds out where it goes on. No lane and no error: there is
// nothing to read, and a notice says why.
func (s *Source) open(ctx context.Context, in input) (ingest.Lane, error) {
	st, err := openStream(ctx, in, s.cfg.Stdin)
	if err != nil {
		return nil, err
	}
	defer st.until(ctx)()
	l, err := s.identify(ctx, in, st)
	if l == nil {
		st.close()
		return nil, err // a nil *lane must not become a lane
	}
	return l, nil
}

func (s *Source) identify(ctx context.Context, in input, st *stream) (*lane, error) {
	head := make([]byte, identSize)
	n, herr := readFull(st.r, head)
	head = head[:n]
	if n == 0 && errors.Is(herr, io.EOF) {
		s.notice(ingest.NoticeEmpty, in, "empty, nothing to read")
		return nil, nil
	}
	l := &lane{src: s, st: st, in: in}
	w := &walker{ctx: ctx, src: s, l: l, head: head, err: herr}
	v, err := w.judge(s.index.find(head))
	if err != nil {
		w.drop()
		return nil, err
	}
	if v.shorter {
		w.drop()
		s.notice(ingest.NoticeShorter, in, fmt.Sprintf("begins like %s, which is counted further than this one goes: taken as a part of it, nothing added (another --source counts it)", v.alike))
		if w.err != nil && !errors.Is(w.err, io.EOF) {
			return nil, st.fail(w.err)
		}
		return nil, nil
	}
	if v.mark.Length == 0 {
		if v.alike != "" {
			s.notice(ingest.NoticeDiffers, in, fmt.Sprintf("begins like %s and goes on differently: taken as another file", v.alike))
		}
		l.id = ingest.LaneID(s.cfg.Nonce())
	} else {
		l.known, l.id = v.mark, v.mark.Lane
		s.notice(ingest.NoticeContinues, in, fmt.Sprintf("known as %s: goes on after line %d", v.mark.Name, v.mark.Lines))
	}
	r, err := w.from(v.mark.Length)
	if err != nil {
		w.drop()
		return nil, err
	}
	l.start(r, v.mark.Length, head[:min(int64(len(head)), v.mark.Length)], v.hist)
	return l, nil
}

// walker reads a stream up to the marks that it may have.
type walker struct {
	ctx  context.Context
	src  *Source
	l    *lane
	head []byte
	pos  int64 // of the stream, once it was read beyond the head
	err  error // what ended the reading
}

func (w *walker) drop() {
	if w.l.spool != nil {
		w.l.spool.close()
	}
}

// judge picks the longest of the marks (ascending) that the file confirms.
func (w *walker) judge(marks []ingest.FileMark) (verdict, error) {
	var v verdict
	w.pos = int64(len(w.head))
	if len(marks) == 0 {
		return v, nil
	}
	v.alike = marks[len(marks)-1].Name
	if w.l.st.plain() && w.err == nil {
		return w.judgePlain(marks, v)
	}
	return w.judgeStream(marks, v)
}

func (w *walker) judgePlain(marks []ingest.FileMark, v verdict) (verdict, error) {
	hist := make([]byte, identSize)
	for _, m := range slices.Backward(marks) {
		h := hist[:min(identSize, m.Length)]
		n, err := w.l.st.file.ReadAt(h, m.Length-int64(len(h)))
		switch {
		case n < len(h) && err == io.EOF:
			v.shorter = true
		case n < len(h):
			return v, w.l.st.fail(err)
		case hash(h) == m.TailHash:
			return verdict{mark: m, hist: h, alike: m.Name}, nil
		}
	}
	return v, nil
}

func (w *walker) judgeStream(marks []ingest.FileMark, v verdict) (verdict, error) {
	tail := append(make([]byte, 0, identSize), w.head...)
	buf := make([]byte, 64<<10)
	st := w.l.st
	for _, m := range marks {
		if m.Length <= int64(len(w.head)) {
			// The head is all that the mark covers.
			if h := w.head[:m.Length]; hash(h) == m.TailHash {
				v.mark, v.hist = m, h
			}
			continue
		}
		for w.pos < m.Length && w.err == nil {
			if err := w.ctx.Err(); err != nil {
				return v, err
			}
			n, err := readFull(st.r, buf[:min(int64(len(buf)), m.Length-w.pos)])
			if err := w.keep(buf[:n]); err != nil {
				return v, err
			}
			tail = lastBytes(tail, buf[:n])
			w.pos += int64(n)
			w.err = err
			w.src.progress(st.raw.n.Load())
		}
		if w.pos < m.Length {
			v.shorter = v.mark.Length == 0
			break
		}
		if hash(tail) == m.TailHash {
			v.mark, v.hist = m, bytes.Clone(tail)
			if w.l.spool != nil {
				if err := w.l.spool.restart(m.Length); err != nil {
					return v, err
				}
			}
		}
	}
	return v, nil
}

// keep holds what of stdin was read beyond the head: it cannot be read again.
func (w *walker) keep(p []byte) error {
	if !w.l.in.stdin || len(p) == 0 {
		return nil
	}
	if w.l.spool == nil {
		sp, err := newSpool(w.src.cfg.SpoolDir, w.src.cfg.SpoolMax, w.pos)
		if err != nil {
			return &ingest.InputError{Name: w.l.in.name, Offset: -1, Err: err}
		}
		w.l.spool = sp
	}
	if err := w.l.spool.write(p); err != nil {
		return &ingest.InputError{Name: w.l.in.name, Offset: -1, Err: err}
	}
	return nil
}

// from returns the stream from offset off on.
func (w *walker) from(off int64) (io.Reader, error) {
	st := w.l.st
	if st.plain() && w.err == nil {
		return st.r, st.seek(off)
	}
	var ahead []io.Reader
	switch headLen := int64(len(w.head)); {
	case w.pos == off && w.err == nil:
		return st.r, nil
	case w.pos == headLen:
		ahead = append(ahead, bytes.NewReader(w.head[off:]))
	case w.l.spool != nil:
		if off < headLen {
			ahead = append(ahead, bytes.NewReader(w.head[off:]))
		}
		r, err := w.l.spool.reader()
		if err != nil {
			return nil, &ingest.InputError{Name: w.l.in.name, Offset: -1, Err: err}
		}
		ahead = append(ahead, r)
	default:
		return w.again(off)
	}
	if w.err != nil {
		return io.MultiReader(append(ahead, &broken{err: w.err})...), nil
	}
	return io.MultiReader(append(ahead, st.r)...), nil
}

// again reads a compressed file from its beginning up to off.
func (w *walker) again(off int64) (io.Reader, error) {
	st := w.l.st
	if err := st.rewind(); err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, st.r, off); err != nil {
		return nil, st.fail(errors.Join(errors.New("the file changed while it was read"), err))
	}
	return st.r, nil
}

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

// lane is one file from its mark on. It is for one goroutine; the splitter
// reads ahead in another.
type lane struct {
	src   *Source
	st    *stream
	in    input
	known ingest.FileMark
	id    ingest.LaneID
	spool *spool

	split *splitter
	done  chan struct{} // closed when the splitter has ended
	head  []byte        // the first identSize bytes, as far as they were handed out
	cur   *chunk
	pos   int   // of the next line in cur's data
	line  int64 // of the last line handed out
	recs  []ingest.Record
	first int64 // offset of the first and after the last record of the last Fetch
	last  int64
	tail  []byte // the bytes before last, once their chunk was given back
	err   error  // ends the lane
}

// start begins to read at offset off, of which hist are the bytes before and
// head the first ones.
func (l *lane) start(r io.Reader, off int64, head, hist []byte) {
	l.head = append(make([]byte, 0, identSize), head...)
	l.line, l.last = l.known.Lines, off
	if len(hist) > 0 && hist[len(hist)-1] != '\n' {
		// The mark lies behind a line that had no end: what follows is the rest of it.
		l.line--
	}
	l.split = newSplitter(r, &l.src.cfg, l.src.spare, l.src.large, func(err error) error { return l.st.fail(err) })
	l.done = make(chan struct{})
	go func() {
		defer close(l.done)
		l.split.run(off, hist)
	}()
}

func (l *lane) ID() ingest.LaneID      { return l.id }
func (l *lane) Name() string           { return l.in.name }
func (l *lane) Known() ingest.FileMark { return l.known }

// Fetch returns the next lines of the current chunk, or waits for a chunk.
func (l *lane) Fetch(ctx context.Context) ([]ingest.Record, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l.cur != nil && l.pos < l.cur.n {
			l.cut()
			return l.recs, nil
		}
		if l.err != nil {
			return nil, l.err
		}
		if err := l.next(ctx); err != nil {
			return nil, err
		}
	}
}

// next exchanges the used chunk for the next one.
func (l *lane) next(ctx context.Context) error {
	if l.cur != nil {
		if l.cur.err != nil {
			return l.end()
		}
		c := l.cur
		l.cur, l.tail = nil, append(l.tail[:0], c.before(c.end)...)
		l.split.release(c)
	}
	l.src.progress(l.st.raw.n.Load())
	select {
	case c, ok := <-l.split.full:
		if !ok {
			l.err = errors.New("filesrc: the lane is closed")
			return l.err
		}
		l.cur, l.pos = c, 0
		if need := identSize - len(l.head); need > 0 {
			d := c.data()
			l.head = append(l.head, d[:min(need, len(d))]...)
		}
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// end turns what ended the stream into the lane's error. The last chunk is
// kept: a mark may still be asked for.
func (l *lane) end() error {
	c := l.cur
	l.err = c.err
	if ie, ok := errors.AsType[*ingest.InputError](c.err); ok {
		text := "what came before is counted"
		if l.line == 0 {
			text = "no whole line before it"
		}
		l.err = &ingest.InputError{Name: ie.Name, Offset: ie.Offset, Err: fmt.Errorf("%w; after line %d, byte %d of the text: %s", ie.Err, l.line, c.end, text)}
		return l.err
	}
	if c.rest > 0 {
		l.src.cfg.Notice(ingest.Notice{
			Code: ingest.NoticeWaiting, Name: l.in.name, Line: l.line + 1,
			Text: fmt.Sprintf("the last line has no end yet (%d bytes) and waits for it; --final counts it as it is", c.rest),
		})
	}
	return l.err
}

// cut makes records of the next lines of the current chunk.
func (l *lane) cut() {
	c, data := l.cur, l.cur.data()
	l.recs, l.first = l.recs[:0], c.start+int64(l.pos)
	if c.long {
		l.line++
		l.recs = append(l.recs, ingest.Record{Offset: c.start, Next: c.end, Line: l.line, Value: data, TooLong: true})
		l.pos, l.last = len(data), c.end
		return
	}
	pos, line, limit := l.pos, l.line, l.split.maxLine
	for pos < len(data) && len(l.recs) < fetchMax {
		next := len(data)
		v := data[pos:]
		if i := bytes.IndexByte(v, '\n'); i >= 0 {
			next, v = pos+i+1, v[:i]
		}
		if n := len(v); n > 0 && v[n-1] == '\r' {
			v = v[:n-1]
		}
		long := len(v) > limit
		if long {
			v = v[:min(len(v), identSize)]
		}
		line++
		l.recs = append(l.recs, ingest.Record{
			Offset: c.start + int64(pos), Next: c.start + int64(next), Line: line,
			Value: slices.Clip(v), TooLong: long,
		})
		pos = next
	}
	l.pos, l.line, l.last = pos, line, c.start+int64(pos)
}

// Mark hashes what stands before offset to.
func (l *lane) Mark(to, lines int64) (ingest.FileMark, error) {
	if to <= l.first || to > l.last || (l.cur == nil && to != l.last) {
		return ingest.FileMark{}, fmt.Errorf("filesrc: %s: no mark at %d: the last records lie in (%d, %d]", l.in.name, to, l.first, l.last)
	}
	tail := l.tail
	if l.cur != nil {
		tail = l.cur.before(to)
	}
	m := ingest.FileMark{
		Source: l.src.cfg.Source, Lane: l.id, Name: l.in.name, Feed: l.known.Feed, Format: l.known.Format,
		Length: to, Lines: lines,
		HeadHash: hash(l.head[:min(int64(len(l.head)), to)]), TailHash: hash(tail),
	}
	l.src.index.put(m)
	return m, nil
}

func hash(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Close ends the reading and waits for it.
func (l *lane) Close() error {
	if l.split == nil {
		return nil
	}
	close(l.split.stop)
	if l.st.pump != nil {
		l.st.pump.stop()
	}
	<-l.done
	l.st.close()
	if l.spool != nil {
		l.spool.close()
	}
	l.src.spare, l.src.large = l.split.spare(l.src.spare[:0], l.cur)
	l.src.finished(l.in)
	l.split, l.cur = nil, nil
	return nil
}

package filesrc

import (
	"bytes"
	"errors"
	"io"
)

// chunk is a run of whole lines with the bytes before them, which the identity
// of a mark needs. buf = identSize bytes of room for history, then data.
type chunk struct {
	buf   []byte
	hist  int   // bytes of history, which end where data begins
	n     int   // bytes of whole lines
	start int64 // offset of the first line

	long bool   // data is the beginning of one line that is too long to hold
	end  int64  // offset after the chunk
	tail []byte // long: the last bytes before end

	big  bool  // buf is the shared large buffer
	err  error // what came after the chunk; io.EOF: nothing
	rest int64 // bytes after end that are no whole line
}

func (c *chunk) data() []byte { return c.buf[identSize : identSize+c.n] }

// before is the up to identSize bytes before offset to, which lies in [start, end].
func (c *chunk) before(to int64) []byte {
	if to == c.start {
		return c.buf[identSize-c.hist : identSize]
	}
	if c.long {
		return c.tail
	}
	end := identSize + int(to-c.start)
	return c.buf[max(identSize-c.hist, end-identSize):end]
}

// splitter cuts a stream into chunks. It runs in the lane's goroutine; what it
// shares with the lane are the three channels.
type splitter struct {
	r       io.Reader
	chunk   int
	maxLine int
	final   bool
	fail    func(error) error

	full chan *chunk   // to the lane, in order
	free chan *chunk   // back from the lane
	big  chan []byte   // the one large buffer, when nobody uses it
	stop chan struct{} // closed by the lane
}

// newSplitter takes its buffers from spare as far as they go, and the large
// one, if there is one already.
func newSplitter(r io.Reader, cfg *Config, spare [][]byte, large []byte, fail func(error) error) *splitter {
	s := &splitter{
		r: r, chunk: cfg.Chunk, maxLine: cfg.MaxLine, final: cfg.Final, fail: fail,
		full: make(chan *chunk, 1), free: make(chan *chunk, 3), big: make(chan []byte, 1), stop: make(chan struct{}),
	}
	for i := range cap(s.free) {
		c := new(chunk)
		if i < len(spare) {
			c.buf = spare[i]
		}
		s.free <- c
	}
	s.big <- large
	return s
}

// spare appends the common buffers to dst, after run has ended, and returns the
// large one too. cur is the chunk that the lane still has.
func (s *splitter) spare(dst [][]byte, cur *chunk) (common [][]byte, large []byte) {
	add := func(c *chunk) {
		switch {
		case c == nil || c.buf == nil:
		case c.big:
			large = c.buf
		default:
			dst = append(dst, c.buf)
		}
	}
	add(cur)
	for c := range s.full {
		add(c)
	}
	for {
		select {
		case c := <-s.free:
			add(c)
		case b := <-s.big:
			large = b
		default:
			return dst, large
		}
	}
}

// release gives a chunk back. Called by the lane.
func (s *splitter) release(c *chunk) {
	if c.big {
		s.big <- c.buf
		c.buf, c.big = nil, false
	}
	s.free <- c
}

// run sends chunks until the stream ends; the last one has err set. hist are
// the up to identSize bytes before offset start.
func (s *splitter) run(start int64, hist []byte) {
	defer close(s.full)
	c := s.take(hist, nil, start)
	for held := 0; c != nil; {
		carry := s.fill(c, held)
		if c.err != nil {
			s.send(c)
			return
		}
		next := s.take(c.before(c.end), carry, c.end)
		held = len(carry)
		if next == nil || !s.send(c) {
			return
		}
		c = next
	}
}

func (s *splitter) send(c *chunk) bool {
	select {
	case s.full <- c:
		return true
	case <-s.stop:
		return false
	}
}

// take gets a free chunk and puts history and the begun line into it, before
// the chunk that they lie in is handed over.
func (s *splitter) take(hist, carry []byte, start int64) *chunk {
	var c *chunk
	select {
	case c = <-s.free:
	case <-s.stop:
		return nil
	}
	if c.buf == nil {
		c.buf = make([]byte, identSize+s.chunk)
	}
	c.hist, c.n, c.start, c.end, c.long, c.err, c.rest = len(hist), 0, start, start, false, nil, 0
	copy(c.buf[identSize-len(hist):], hist)
	copy(c.buf[identSize:], carry)
	return c
}

// fill reads until c holds at least one whole line, the stream ends or the
// line is too long to hold; the first held bytes of data are there already.
// It returns the begun line after the whole ones.
func (s *splitter) fill(c *chunk, held int) []byte {
	n, err := readFull(s.r, c.buf[identSize+held:])
	n += held
	i := bytes.LastIndexByte(c.buf[identSize:identSize+n], '\n')
	for err == nil && i < 0 {
		if n > s.maxLine+1 {
			return s.skip(c, n)
		}
		if !s.grow(c, n) {
			err = io.EOF // stopped: nobody will look
			break
		}
		// Short steps, so that what follows the line fits a common chunk.
		step := min(len(c.buf), identSize+n+max(s.chunk/2, 1))
		var m int
		m, err = readFull(s.r, c.buf[identSize+n:step])
		if i = bytes.LastIndexByte(c.buf[identSize+n:identSize+n+m], '\n'); i >= 0 {
			i += n
		}
		n += m
	}
	c.n = i + 1
	rest := c.buf[identSize+c.n : identSize+n]
	if err != nil {
		c.err = s.ended(err)
		if len(rest) > 0 && errors.Is(c.err, io.EOF) && (s.final || s.over(rest)) {
			c.n, rest = n, nil
		}
		c.rest = int64(len(rest))
	}
	c.end = c.start + int64(c.n)
	return rest
}

// over tells whether a line is too long already, however it ends.
func (s *splitter) over(line []byte) bool {
	return len(line) > s.maxLine+1 || (len(line) > s.maxLine && line[len(line)-1] != '\r')
}

func (s *splitter) ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return s.fail(err)
}

// grow gives c, whose n bytes of data hold no line end, a larger buffer. One
// chunk at a time is large: s waits for the buffer if the lane has it.
func (s *splitter) grow(c *chunk, n int) bool {
	if len(c.buf) > identSize+n {
		return true
	}
	want := min(identSize+max(4*n, s.chunk), identSize+s.maxLine+2)
	want = max(want, identSize+n+1)
	if c.big {
		b := make([]byte, want)
		copy(b, c.buf[:identSize+n])
		c.buf = b
		return true
	}
	var b []byte
	select {
	case b = <-s.big:
	case <-s.stop:
		return false
	}
	if len(b) < want {
		b = make([]byte, want)
	}
	copy(b, c.buf[:identSize+n])
	c.buf, c.big = b, true
	return true
}

// skip reads over the line that fills c, keeping its first and last identSize
// bytes, and returns what was read behind it.
func (s *splitter) skip(c *chunk, n int) []byte {
	data := c.buf[identSize : identSize+n]
	if c.tail == nil {
		c.tail = make([]byte, 0, identSize)
	}
	// The line alone is at least identSize long in any real configuration; with
	// a tiny limit the history before it completes the tail.
	c.tail = lastBytes(c.tail[:0], c.buf[identSize-c.hist:identSize], data)
	c.long, c.n, c.end = true, min(n, identSize), c.start+int64(n)
	keep := c.n
	if len(c.buf) < identSize+keep+1 {
		b := make([]byte, identSize+keep+s.chunk)
		copy(b, c.buf)
		c.buf = b
	}
	scratch := c.buf[identSize+keep : min(len(c.buf), identSize+keep+max(s.chunk/2, 1))]
	for {
		select {
		case <-s.stop:
			c.err = io.EOF
			return nil
		default:
		}
		m, err := readFull(s.r, scratch)
		got, rest := scratch[:m], []byte(nil)
		i := bytes.IndexByte(got, '\n')
		if i >= 0 {
			got, rest = got[:i+1], got[i+1:]
		}
		c.tail = lastBytes(c.tail, got)
		c.end += int64(len(got))
		if i >= 0 && err == nil {
			return rest
		}
		if err != nil {
			return s.skipEnd(c, rest, i >= 0, err)
		}
	}
}

// skipEnd ends the stream inside or after a line that was skipped.
func (s *splitter) skipEnd(c *chunk, rest []byte, whole bool, err error) []byte {
	if whole {
		// The rest is lines of its own; the error comes again behind them.
		s.r = &broken{rest: bytes.Clone(rest), err: err}
		return nil
	}
	c.err = s.ended(err)
	if !errors.Is(c.err, io.EOF) {
		// Cut: nobody knows where the line would have ended.
		c.long, c.n, c.rest, c.end = false, 0, c.end-c.start, c.start
	}
	return nil
}

// broken hands out what was read before an error, then the error.
type broken struct {
	rest []byte
	err  error
}

func (b *broken) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		return 0, b.err
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	return n, nil
}

// lastBytes makes dst the last identSize bytes of dst + all parts. dst has that capacity.
func lastBytes(dst []byte, parts ...[]byte) []byte {
	for _, p := range parts {
		if len(p) >= identSize {
			dst = append(dst[:0], p[len(p)-identSize:]...)
			continue
		}
		if over := len(dst) + len(p) - identSize; over > 0 {
			dst = dst[:copy(dst, dst[over:])]
		}
		dst = append(dst, p...)
	}
	return dst
}

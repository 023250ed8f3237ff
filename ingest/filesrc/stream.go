package filesrc

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"syscall"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"errata/ingest"
)

// rawBuffer is how much compressed input is read at once.
const rawBuffer = 256 << 10

// stream is an opened input: its decompressed bytes in order.
type stream struct {
	name   string
	file   *os.File // nil: stdin
	pump   *pump    // of stdin
	raw    counter
	br     *bufio.Reader
	r      io.Reader
	packed string // "", "gzip" or "zstd"
	free   func()
}

// counter counts the bytes on disk that were read; progress asks for it from
// another goroutine.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// openStream opens in and looks at its first bytes.
func openStream(ctx context.Context, in input, stdin io.Reader) (*stream, error) {
	st := &stream{name: in.name}
	if in.stdin {
		st.pump = newPump(stdin)
		st.raw.r = st.pump
	} else {
		// Non-blocking, so that a file which became a fifo since it was listed does not hang us.
		f, err := os.OpenFile(in.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			return nil, &ingest.InputError{Name: in.name, Offset: -1, Err: plainError(err)}
		}
		if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
			_ = f.Close()
			return nil, &ingest.InputError{Name: in.name, Offset: -1, Err: errors.New("is no longer a file")}
		}
		st.file, st.raw.r = f, f
	}
	defer st.until(ctx)()
	if err := st.begin(); err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

// until ends waiting for stdin when ctx does; what it returns undoes that.
func (st *stream) until(ctx context.Context) func() bool {
	if st.pump == nil {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, st.pump.stop)
}

// begin (again, after a seek to 0) chooses the decompressor by magic.
func (st *stream) begin() error {
	magic, err := st.magic()
	if err != nil && !errors.Is(err, io.EOF) {
		return st.fail(err)
	}
	if name, with := foreign(magic); name != "" {
		return &ingest.InputError{Name: st.name, Offset: -1, Err: fmt.Errorf("%s is not read: unpack it, as in %s FILE | errata ingest -", name, with)}
	}
	switch {
	case isGzip(magic):
		st.packed = "gzip"
		zr, err := gzip.NewReader(st.br)
		if err != nil {
			return st.fail(err)
		}
		st.r, st.free = zr, func() { _ = zr.Close() }
	case isZstd(magic):
		st.packed = "zstd"
		zr, err := zstd.NewReader(st.br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(1<<62))
		if err != nil {
			return st.fail(err)
		}
		st.r, st.free = zr, zr.Close
	case st.file != nil:
		st.br, st.r = nil, &st.raw // straight into the chunks
	default:
		st.r = st.br
	}
	return nil
}

// magic are the first four bytes, which are read again. Most files are plain:
// they get no buffer.
func (st *stream) magic() ([]byte, error) {
	if st.file == nil {
		st.br = bufio.NewReaderSize(&st.raw, rawBuffer)
		return st.br.Peek(4)
	}
	b := make([]byte, 4)
	n, err := readFull(st.file, b)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if err := st.seek(0); err != nil {
		return nil, err
	}
	if b = b[:n]; isGzip(b) || isZstd(b) {
		st.br = bufio.NewReaderSize(&st.raw, rawBuffer)
	}
	return b, nil
}

func isGzip(b []byte) bool {
	magic := []byte{0x1f, 0x8b, 0x08}
	return len(b) >= 2 && bytes.HasPrefix(magic, b[:min(3, len(b))])
}

// foreign names the packing of files that are not unpacked here, and what
// unpacks them: as text they would be nothing but dead letters.
func foreign(b []byte) (name, with string) {
	switch {
	case len(b) < 4:
		return "", ""
	case string(b) == "\xFD7zX":
		return "xz", "xz -dc"
	case string(b[:3]) == "BZh" && b[3] >= '1' && b[3] <= '9':
		return "bzip2", "bzip2 -dc"
	case string(b) == "PK\x03\x04":
		return "a zip archive", "unzip -p"
	case string(b) == "\x04\x22\x4D\x18":
		return "lz4", "lz4 -dc"
	}
	return "", ""
}

// isZstd also knows the skippable frames that some writers put first.
func isZstd(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	return bytes.Equal(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) || (b[0]&0xf0 == 0x50 && bytes.Equal(b[1:], []byte{0x2a, 0x4d, 0x18}))
}

// plain tells whether st can be read at any offset.
func (st *stream) plain() bool { return st.file != nil && st.packed == "" }

// seek sets a plain file to an offset.
func (st *stream) seek(off int64) error {
	if _, err := st.file.Seek(off, io.SeekStart); err != nil {
		return st.fail(err)
	}
	st.raw.n.Store(off)
	st.br, st.r = nil, &st.raw
	return nil
}

// rewind starts a file over.
func (st *stream) rewind() error {
	if st.free != nil {
		st.free()
		st.free = nil
	}
	if err := st.seek(0); err != nil {
		return err
	}
	return st.begin()
}

// offset is how many bytes on disk were used.
func (st *stream) offset() int64 {
	n := st.raw.n.Load()
	if st.br != nil {
		n -= int64(st.br.Buffered())
	}
	return n
}

// fail words an error of reading or decompressing. It belongs to the goroutine
// that reads.
func (st *stream) fail(err error) *ingest.InputError {
	if ie, ok := errors.AsType[*ingest.InputError](err); ok {
		return ie
	}
	e := &ingest.InputError{Name: st.name, Offset: st.offset()}
	switch {
	case st.packed == "":
		e.Err = plainError(err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		e.Err = fmt.Errorf("the %s data is cut: %w", st.packed, err)
	case errors.Is(err, zstd.ErrWindowSizeExceeded):
		e.Err = fmt.Errorf("its zstd window is over %d MiB, which would be held in memory: unpack it (zstd -d --long=31), or read it by zstd -dc --long=31 FILE | errata ingest -", maxWindow>>20)
	default:
		e.Err = fmt.Errorf("the %s data is broken: %w", st.packed, err)
	}
	return e
}

func (st *stream) close() {
	if st.free != nil {
		st.free()
		st.free = nil
	}
	if st.file != nil {
		_ = st.file.Close()
	}
	if st.pump != nil {
		st.pump.stop()
	}
}

// readFull fills p as far as it goes and hands on the reader's own error, where
// io.ReadFull would make a cut stream look like a short one.
func readFull(r io.Reader, p []byte) (n int, err error) {
	for idle := 0; n < len(p) && err == nil; {
		var m int
		m, err = r.Read(p[n:])
		n += m
		if m > 0 {
			idle = 0
		} else if idle++; idle >= 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	return n, err
}

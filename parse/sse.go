package parse

import (
	"bytes"
	"errors"
	"io"

	"github.com/klauspost/compress/gzip"
)

// frames reads the first error frame of SSE text; false: there is none.
func (r *bodyReader) frames(b []byte, cut bool) bool {
	if !startsSSE(b) {
		return false
	}
	var event []byte
	r.sse = r.sse[:0]
	var data []byte
	lines := 0
	for len(b) > 0 {
		line, rest, whole := cutLine(b)
		b = rest
		if len(line) == 0 && whole {
			if r.frame(event, data, false) {
				return true
			}
			event, data, lines = nil, nil, 0
			r.sse = r.sse[:0]
			continue
		}
		name, val, _ := bytes.Cut(line, []byte(":"))
		val = bytes.TrimPrefix(val, []byte(" "))
		switch string(name) {
		case "event":
			if !whole && cut {
				val = nil // the name may go on
			}
			event = val
		case "data":
			switch lines {
			case 0:
				data = val
			case 1:
				r.sse = append(r.sse, data...)
				fallthrough
			default:
				r.sse = append(append(r.sse, '\n'), val...)
				data = r.sse
			}
			lines++
		}
	}
	return r.frame(event, data, cut)
}

// frame judges one SSE frame: event "error" with an object, or an envelope under another name.
func (r *bodyReader) frame(event, data []byte, cut bool) bool {
	i := skipBlank(data, 0)
	if i == len(data) || data[i] != '{' || string(event) == "session.error" {
		return false
	}
	r.object(data[i:], cut)
	if r.shape == ShapeText || string(event) != "error" && (r.shape != ShapeEnvelope || !r.marked()) {
		return false
	}
	r.flags |= FlagSSE
	return true
}

// startsSSE tells whether text begins with a field of an event stream.
func startsSSE(b []byte) bool {
	for _, f := range [...]string{"event:", "data:", "id:", "retry:", ":"} {
		if bytes.HasPrefix(b, []byte(f)) {
			return true
		}
	}
	return false
}

// cutLine splits off the first line; whole: its end was there.
func cutLine(b []byte) (line, rest []byte, whole bool) {
	k := bytes.IndexAny(b, "\r\n")
	if k < 0 {
		return b, nil, false
	}
	if b[k] == '\r' && k+1 < len(b) && b[k+1] == '\n' {
		return b[:k], b[k+2:], true
	}
	return b[:k], b[k+1:], true
}

// inflater is a reusable gzip reader with a bounded output.
type inflater struct {
	in  bytes.Reader
	z   gzip.Reader
	out []byte
}

// inflate returns at most maxInflated bytes, and whether that is all.
func (f *inflater) inflate(b []byte) (out []byte, whole bool) {
	f.in.Reset(b)
	if err := f.z.Reset(&f.in); err != nil {
		return nil, false
	}
	f.z.Multistream(false)
	if f.out == nil {
		f.out = make([]byte, maxInflated+1)
	}
	n, err := io.ReadFull(&f.z, f.out)
	if n > maxInflated {
		return f.out[:maxInflated], false
	}
	return f.out[:n], errors.Is(err, io.ErrUnexpectedEOF) && f.done() || errors.Is(err, io.EOF)
}

// done tells whether the stream ended with its checksum.
func (f *inflater) done() bool {
	_, err := f.z.Read(f.out[maxInflated:])
	return errors.Is(err, io.EOF)
}

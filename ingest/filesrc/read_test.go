package filesrc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"errata/ingest"
)

// TestCut: a compressed file that ends early counts what came before, says
// where it ended, and goes on when the whole of it is there.
func TestCut(t *testing.T) {
	data := logLines(600)
	want := split(data, false)
	for _, form := range []string{"gz", "zst", "gz2"} {
		packed := pack(t, form, data)
		step := max(1, len(packed)/70)
		for cut := 1; cut < len(packed); cut += step {
			g := newRig(t)
			g.cfg.Final = true // a line that a cut ended is never whole
			path := filepath.Join(t.TempDir(), "a.log."+form)
			a := g.run(write(t, path, packed[:cut]))
			boundary := false
			switch {
			case len(a.errs) == 1:
				mustFail(t, a.errs[0], path, fmt.Sprintf("at byte %d", cut), "is cut")
			case cut < 4 && form == "zst" || cut < 2: // less than the magic is a text of some bytes
				boundary = true
			case form == "gz2" && len(a.errs) == 0:
				boundary = true // between two members: nobody can see that
			default:
				t.Fatalf("%s cut at %d of %d: errors %v", form, cut, len(packed), a.errs)
			}
			got := a.lines()
			if boundary {
				continue
			}
			if len(got) > len(want) || !sameLines(t, got, want[:len(got)]) {
				t.Fatalf("%s cut at %d", form, cut)
			}
			b := g.run(write(t, path, packed))
			if !sameLines(t, append(got, b.lines()...), want) || len(b.errs) > 0 {
				t.Fatalf("%s cut at %d, then whole: %v", form, cut, b.errs)
			}
			c := g.run(write(t, path, packed[:cut]))
			if whole := strings.Join(append(got, ""), "\n"); len(whole) < identSize && len(c.recs) > 0 {
				continue // too short to be known: it is another file
			}
			if len(c.recs) > 0 || len(c.errs) != 1 {
				t.Fatalf("%s whole, then cut at %d: %d records, errors %v", form, cut, len(c.recs), c.errs)
			}
			if len(g.marks) > 1 {
				t.Fatalf("%s cut at %d: %d lanes", form, cut, len(g.marks))
			}
		}
	}
}

// TestBroken: damaged bytes are an error with a place, never a wrong line that
// goes unnoticed to the end.
func TestBroken(t *testing.T) {
	data := logLines(2000)
	for _, form := range []string{"gz", "zst"} {
		packed := pack(t, form, data)
		for _, at := range []int{len(packed) / 3, len(packed) / 2, len(packed) - 10} {
			bad := bytes.Clone(packed)
			bad[at] ^= 0x55
			out := newRig(t).give(form+"-", "a", bad)
			if len(out.errs) != 1 {
				t.Errorf("%s damaged at %d: errors %v", form, at, out.errs)
				continue
			}
			mustFail(t, out.errs[0], form[:1], "at byte")
		}
		out := newRig(t).give("", "a", append(bytes.Clone(packed), "some garbage behind"...))
		sameLines(t, out.lines(), split(data, false))
		if len(out.errs) != 1 {
			t.Errorf("%s with garbage behind: errors %v", form, out.errs)
		}
	}
}

// FuzzSplit compares the splitter with the plain reference, over any data and
// any way of getting it in pieces.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\r\nlast"), uint64(1), false)
	f.Add([]byte("\xef\xbb\xbfa\n\x00\n"), uint64(2), true)
	f.Add(bytes.Repeat([]byte("0123456789"), 3000), uint64(3), true)
	f.Add(append(bytes.Repeat([]byte("long"), 4000), "\nshort\nx"...), uint64(4), false)
	f.Add(append(bytes.Repeat([]byte("r"), 8192), '\r', '\n', 'y', '\n'), uint64(5), true)
	f.Add(append(bytes.Repeat([]byte("r"), 8192), '\r'), uint64(6), false)
	f.Fuzz(func(t *testing.T, data []byte, seed uint64, final bool) {
		const maxLine = 2 * identSize
		rnd := rand.New(rand.NewPCG(seed, 1))
		g := newRig(t)
		g.cfg.Chunk, g.cfg.MaxLine, g.cfg.Final = 1+rnd.IntN(3*identSize), maxLine, final
		g.cfg.Stdin = &pieces{data: data, rnd: rnd}
		if isGzip(data) || isZstd(data[:min(4, len(data))]) {
			return
		}
		out := g.run("-")
		if len(out.errs) > 0 {
			t.Fatal(out.errs)
		}
		var at int64
		n := 0
		for rest := data; len(rest) > 0; n++ {
			line, next := rest, len(rest)
			ended := false
			if i := bytes.IndexByte(rest, '\n'); i >= 0 {
				line, next, ended = rest[:i], i+1, true
			}
			over := len(line) > maxLine+1 || (len(line) > maxLine && line[len(line)-1] != '\r')
			if !ended && !final && !over {
				break
			}
			line = bytes.TrimSuffix(line, []byte("\r"))
			if n == len(out.recs) {
				t.Fatalf("%d records, want more", n)
			}
			r := out.recs[n]
			if r.Offset != at || r.Next != at+int64(next) || r.Line != int64(n+1) || r.TooLong != over {
				t.Fatalf("record %d is [%d, %d) line %d too long %v, want [%d, %d) %v", n, r.Offset, r.Next, r.Line, r.TooLong, at, at+int64(next), over)
			}
			if over {
				line = line[:min(len(line), identSize)]
			}
			if !bytes.Equal(r.Value, line) {
				t.Fatalf("record %d differs", n)
			}
			at += int64(next)
			rest = rest[next:]
		}
		if n != len(out.recs) {
			t.Fatalf("%d records, want %d", len(out.recs), n)
		}
		for _, m := range g.marks {
			if m.HeadHash != hash(data[:min(at, identSize)]) || m.TailHash != hash(data[max(0, at-identSize):at]) || m.Length != at {
				t.Fatalf("the mark at %d is %+v", at, m)
			}
		}
		g.cfg.Stdin = bytes.NewReader(data)
		if out := g.run("-"); len(out.recs) > 0 {
			t.Fatalf("%d records again", len(out.recs))
		}
	})
}

// pieces hands out data in reads of any length, nothing included.
type pieces struct {
	data []byte
	rnd  *rand.Rand
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(len(b), p.rnd.IntN(2*identSize))], p.data)
	p.data = p.data[n:]
	return n, nil
}

// virtual is a large input that nobody holds.
type virtual struct {
	left  int64
	fill  byte
	end   string
	peak  uint64
	every int
}

func (v *virtual) Read(p []byte) (int, error) {
	if v.every++; v.every%256 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		v.peak = max(v.peak, m.HeapInuse+m.StackInuse)
	}
	if v.left == 0 {
		if v.end == "" {
			return 0, io.EOF
		}
		n := copy(p, v.end)
		v.end = v.end[n:]
		return n, nil
	}
	n := int(min(int64(len(p)), v.left))
	for i := range p[:n] {
		p[i] = v.fill
	}
	v.left -= int64(n)
	return n, nil
}

const memoryBound = 150 << 20 // of the 200 MB that everything may take

// limitMemory makes the collector work as in the program (internal/app sets
// the same limit) and lets it take what earlier tests left.
func limitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(112 << 20)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	debug.FreeOSMemory()
}

// each takes the records of a source as they come, without keeping them.
func each(t *testing.T, cfg Config, f func(r ingest.Record)) {
	t.Helper()
	cfg.Source = "s"
	src, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for {
		l, err := src.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for {
			recs, err := l.Fetch(t.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range recs {
				f(r)
			}
			last := recs[len(recs)-1]
			if _, err := l.Mark(last.Next, last.Line); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLongLines: a line of 1 GB, with and without an end, a line at the limit,
// and many long ones in a row take bounded memory.
func TestLongLines(t *testing.T) {
	size := int64(1 << 30)
	if testing.Short() {
		size = 60 << 20
	}
	for _, tt := range []struct {
		name string
		in   *virtual
		want []string
	}{
		{"no end", &virtual{left: size, fill: 'x'}, []string{fmt.Sprintf("1 %d true 4096", size)}},
		{"an end", &virtual{left: size, fill: 'x', end: "\nok\n"}, []string{fmt.Sprintf("1 %d true 4096", size+1), "2 3 false 2"}},
		{"32 MB", &virtual{left: 32 << 20, fill: 'x', end: "\r\nok\n"}, []string{"1 33554434 false 33554432", "2 3 false 2"}},
		{"at the limit", &virtual{left: 40 << 20, fill: 'x', end: "\r\nok\n"}, []string{"1 41943042 false 41943040", "2 3 false 2"}},
		{"one over", &virtual{left: 40<<20 + 1, fill: 'x', end: "\r\nok\n"}, []string{"1 41943043 true 4096", "2 3 false 2"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			limitMemory(t)
			var got []string
			each(t, Config{Inputs: []string{"-"}, Stdin: tt.in}, func(r ingest.Record) {
				got = append(got, fmt.Sprintf("%d %d %v %d", r.Line, r.Next-r.Offset, r.TooLong, len(r.Value)))
			})
			sameLines(t, got, tt.want)
			if tt.in.peak > memoryBound {
				t.Errorf("took %d MB", tt.in.peak>>20)
			}
		})
	}
}

func TestManyLongLines(t *testing.T) {
	limitMemory(t)
	n, size := 12, int64(30<<20)
	if testing.Short() {
		n = 3
	}
	var readers []io.Reader
	var vs []*virtual
	for range n {
		v := &virtual{left: size, fill: 'y', end: "\n"}
		vs = append(vs, v)
		readers = append(readers, v)
	}
	count := 0
	each(t, Config{Inputs: []string{"-"}, Stdin: io.MultiReader(readers...)}, func(r ingest.Record) {
		if count++; int64(len(r.Value)) != size || r.TooLong {
			t.Errorf("line %d: %d bytes", r.Line, len(r.Value))
		}
	})
	if count != n {
		t.Errorf("%d lines", count)
	}
	for _, v := range vs {
		if v.peak > memoryBound {
			t.Errorf("took %d MB", v.peak>>20)
		}
	}
}

// TestBomb: a small file that unpacks to a large one streams; a zstd frame that
// asks for a window of gigabytes is refused.
func TestBomb(t *testing.T) {
	limitMemory(t)
	size := int64(600 << 20)
	if testing.Short() {
		size = 64 << 20
	}
	for _, form := range []string{"gz", "zst"} {
		t.Run(form, func(t *testing.T) {
			var b bytes.Buffer
			var w io.WriteCloser = gzip.NewWriter(&b)
			if form == "zst" {
				zw, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
				if err != nil {
					t.Fatal(err)
				}
				w = zw
			}
			if _, err := io.Copy(w, &virtual{left: size, fill: 0, end: "\nok\n"}); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			var got []string
			path := write(t, filepath.Join(t.TempDir(), "bomb"), b.Bytes())
			each(t, Config{Inputs: []string{path}}, func(r ingest.Record) {
				runtime.ReadMemStats(&after)
				if after.HeapInuse > before.HeapInuse+memoryBound {
					t.Errorf("took %d MB", (after.HeapInuse-before.HeapInuse)>>20)
				}
				got = append(got, fmt.Sprintf("%d %v", r.Line, r.TooLong))
			})
			sameLines(t, got, []string{"1 true", "2 false"})
		})
	}
	// Magic, a descriptor without single segment, a window of 2^41 bytes, a raw block.
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 0x09, 0x00, 0x00, 'x'}
	out := newRig(t).give("", "window", frame)
	if len(out.errs) != 1 || len(out.recs) != 0 {
		t.Fatalf("a huge window: %v", out.errs)
	}
	mustFail(t, out.errs[0], "zstd window is over 64 MiB", "zstd -dc")
}

// TestAllocs: records cost nothing each.
func TestAllocs(t *testing.T) {
	data := bytes.Repeat([]byte("a line of a common length, which is some eighty bytes with all that is in it\n"), 50_000)
	path := write(t, filepath.Join(t.TempDir(), "a.log"), data)
	n := 0
	read := func() {
		each(t, Config{Inputs: []string{path}}, func(ingest.Record) { n++ })
	}
	read()
	n = 0
	allocs := testing.AllocsPerRun(3, read)
	if n != 4*50_000 {
		t.Fatalf("%d records", n)
	}
	if allocs > 300 {
		t.Errorf("%.0f allocations for 50,000 records", allocs)
	}
}

// TestStdinGivenUp: waiting for stdin ends with the context, in Next and in Fetch.
func TestStdinGivenUp(t *testing.T) {
	for _, first := range []string{"", "a line\nand a", strings.Repeat("x\n", identSize)} {
		pr, pw := io.Pipe()
		src, err := New(Config{Source: "s", Inputs: []string{"-"}, Stdin: pr, Chunk: 4096})
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			_, _ = pw.Write([]byte(first))
			stop()
		}()
		l, err := src.Next(ctx)
		for err == nil {
			_, err = l.Fetch(ctx)
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d bytes: %v", len(first), err)
		}
		if l != nil {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
		_ = pw.Close()
	}
}

// TestEarlyClose: a lane may be closed at any time.
func TestEarlyClose(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "a"), bytes.Repeat([]byte("z"), 1<<20))
	for range 50 {
		src, err := New(Config{Source: "s", Inputs: []string{path}, Chunk: 512, MaxLine: identSize})
		if err != nil {
			t.Fatal(err)
		}
		l, err := src.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := l.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestReadError: an error of the medium in the middle keeps what came before.
func TestReadError(t *testing.T) {
	data := logLines(300)
	for _, at := range []int{0, 10, identSize - 1, identSize, identSize + 1, len(data) - 3} {
		g := newRig(t)
		g.cfg.Final = true
		g.cfg.Stdin = &broken{rest: data[:at], err: errors.New("the medium is worn out")}
		out := g.run("-")
		if len(out.errs) != 1 {
			t.Fatalf("at %d: %v", at, out.errs)
		}
		mustFail(t, out.errs[0], "-: at byte", "worn out")
		sameLines(t, out.lines(), split(data[:at], false))
	}
	g := newRig(t)
	g.cfg.Stdin = idle{}
	if out := g.run("-"); len(out.errs) != 1 || !errors.Is(out.errs[0], io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", out.errs)
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// Packings that are not unpacked are named, with the way on; as text they would
// be dead letters.
func TestForeignPackings(t *testing.T) {
	for magic, want := range map[string]string{
		"\xFD7zXZ\x00": "xz -dc", "BZh91AY": "bzip2 -dc", "PK\x03\x04": "unzip -p", "\x04\x22\x4D\x18": "lz4 -dc",
	} {
		out := newRig(t).give("", "packed", []byte(magic+"some bytes\nand more\n"))
		if len(out.errs) != 1 || len(out.recs) != 0 {
			t.Fatalf("%q: %d records, %v", magic, len(out.recs), out.errs)
		}
		mustFail(t, out.errs[0], want, "errata ingest -")
	}
	for _, text := range []string{"BZhx", "PK\x03\n", "B\n", "xz"} {
		if out := newRig(t).give("", "text", []byte(text+"\n")); len(out.errs) != 0 || len(out.recs) == 0 {
			t.Errorf("%q: %d records, %v", text, len(out.recs), out.errs)
		}
	}
}

package filesrc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"errata/ingest"
)

var (
	_ ingest.Source = (*Source)(nil)
	_ ingest.Lane   = (*lane)(nil)
)

// rig ingests as a store would: it keeps the marks of each run for the next.
type rig struct {
	t     testing.TB
	cfg   Config // for every run
	marks map[ingest.LaneID]ingest.FileMark
	n     int
}

func newRig(t testing.TB) *rig {
	return &rig{t: t, cfg: Config{Source: "s", Chunk: 4096}, marks: map[ingest.LaneID]ingest.FileMark{}}
}

// outcome is what one run gave.
type outcome struct {
	recs    []ingest.Record // values copied
	lanes   []ingest.LaneID
	notices []ingest.Notice
	errs    []error
	done    int64
	total   int64
}

func (o *outcome) lines() []string {
	var out []string
	for _, r := range o.recs {
		out = append(out, string(r.Value))
	}
	return out
}

func (o *outcome) codes() string {
	var out []string
	for _, n := range o.notices {
		out = append(out, n.Code)
	}
	return strings.Join(out, " ")
}

func (g *rig) run(inputs ...string) *outcome {
	g.t.Helper()
	out := &outcome{}
	cfg := g.cfg
	cfg.Inputs = inputs
	for _, m := range g.marks {
		cfg.Known = append(cfg.Known, m)
	}
	cfg.Notice = func(n ingest.Notice) { out.notices = append(out.notices, n) }
	cfg.Progress = func(done, total int64) {
		if done < out.done {
			g.t.Errorf("progress went back from %d to %d", out.done, done)
		}
		out.done, out.total = done, total
	}
	cfg.Nonce = func() string { g.n++; return fmt.Sprintf("lane%d", g.n) }
	src, err := New(cfg)
	if err != nil {
		g.t.Fatal(err)
	}
	for {
		l, err := src.Next(g.t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			out.errs = append(out.errs, err)
			if _, ok := errors.AsType[*ingest.InputError](err); !ok {
				break
			}
			continue
		}
		g.drain(l, out)
	}
	return out
}

func (g *rig) drain(l ingest.Lane, out *outcome) {
	g.t.Helper()
	out.lanes = append(out.lanes, l.ID())
	for {
		recs, err := l.Fetch(g.t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			out.errs = append(out.errs, err)
			break
		}
		for _, r := range recs {
			r.Value = bytes.Clone(r.Value)
			out.recs = append(out.recs, r)
		}
		last := recs[len(recs)-1]
		m, err := l.Mark(last.Next, last.Line)
		if err != nil {
			g.t.Fatal(err)
		}
		g.marks[l.ID()] = m
	}
	if err := l.Close(); err != nil {
		g.t.Error(err)
	}
}

// pack makes data what a file of the given form holds.
func pack(t testing.TB, form string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch form {
	case "gz":
		w = gzip.NewWriter(&b)
	case "gz2": // members of some bytes each, as appending writers make
		for len(data) > 0 {
			n := min(len(data), 1000)
			b.Write(pack(t, "gz", data[:n]))
			data = data[n:]
		}
		return b.Bytes()
	case "zst":
		zw, err := zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1))
		if err != nil {
			t.Fatal(err)
		}
		w = zw
	default:
		return data
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t testing.TB, path string, data []byte) string {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// give runs data in a form: as a file of its own directory and name, or stdin.
func (g *rig) give(form, name string, data []byte) *outcome {
	g.t.Helper()
	p := pack(g.t, strings.TrimPrefix(form, "-"), data)
	if strings.HasPrefix(form, "-") {
		g.cfg.Stdin = bytes.NewReader(p)
		return g.run("-")
	}
	return g.run(write(g.t, filepath.Join(g.t.TempDir(), name), p))
}

// logLines are n different lines, a few of them blank or ended by CRLF.
func logLines(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		switch i % 9 {
		case 4:
			b.WriteString("\n")
		case 7:
			fmt.Fprintf(&b, "%06d crlf é %s\r\n", i, strings.Repeat("y", i%50))
		default:
			fmt.Fprintf(&b, "%06d %s\n", i, strings.Repeat("x", i*7%90))
		}
	}
	return b.Bytes()
}

// split is the plain reference: the whole lines of data, with the unterminated
// rest if final.
func split(data []byte, final bool) []string {
	parts := strings.Split(string(data), "\n")
	rest := parts[len(parts)-1]
	parts = parts[:len(parts)-1]
	if final && rest != "" {
		parts = append(parts, rest)
	}
	for i := range parts {
		parts[i] = strings.TrimSuffix(parts[i], "\r")
	}
	return parts
}

func sameLines(t testing.TB, got, want []string) bool {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
		return false
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("line %d is %.80q, want %.80q", i+1, got[i], want[i])
			return false
		}
	}
	return true
}

// mustFail checks that err is an input error which says all of texts.
func mustFail(t testing.TB, err error, texts ...string) {
	t.Helper()
	if _, ok := errors.AsType[*ingest.InputError](err); !ok {
		t.Errorf("%v (%T) is no input error", err, err)
		return
	}
	for _, s := range texts {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%q does not say %q", err, s)
		}
	}
}

func closed(ctx context.Context) context.Context {
	ctx, stop := context.WithCancel(ctx)
	stop()
	return ctx
}

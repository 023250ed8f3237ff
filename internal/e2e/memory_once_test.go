package e2e

import (
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"errata/internal/gen"
)

// wide writes entries of which hardly two are about the same: every dimension
// takes any of its many values, over four weeks.
func wide(w io.Writer, size int) {
	r := rand.New(rand.NewPCG(1, 1))
	word := func() string {
		var b [8]byte
		for i := range b {
			b[i] = byte('a' + r.IntN(26))
		}
		return string(b[:])
	}
	for written := 0; written < size; {
		n, err := fmt.Fprintf(w, `{"time":"2026-09-%02dT%02d:%02d:%02d+00:00","remote_addr":"10.%d.%d.%d","method":"X%s","uri":"/api/v%d/x%d/%s",`+
			`"status":%d,"request_time":%d.%03d,"request_id":"r%d","http_user_agent":"agent%d/1.0","body_bytes_sent":%d,`+
			`"headers":{"x-qoder-beta":"feature-%d-2026-01-01","authorization":"Bearer %016x"},`+
			`"resp_body":"{\"type\":\"error\",\"error\":{\"type\":\"type_%d\",\"code\":\"code_%d\",\"param\":\"param_%d\",`+
			`\"feature\":\"feat_%d\",\"available_from\":\"feature-%d-2026-01-01\",\"message\":\"%s went %s in %s\"}}"}`+"\n",
			1+r.IntN(28), r.IntN(24), r.IntN(60), r.IntN(60), r.IntN(256), r.IntN(256), r.IntN(256), "ABCDEFGH"[r.IntN(8):], r.IntN(1000), r.IntN(100000), word(),
			[]int{200, 400, 404, 422, 429, 500, 501, 503}[r.IntN(8)], r.IntN(100), r.IntN(1000), written, r.IntN(100000), r.IntN(100000),
			r.IntN(10000), r.Uint64(),
			r.IntN(100000), r.IntN(100000), r.IntN(100000),
			r.IntN(10000), r.IntN(10000), word(), word(), word())
		if err != nil {
			return // what reads the file will say so
		}
		written += n
	}
}

// A report in one shot holds what it read, and keeps to the same bounds.
func TestMemoryOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("reads hundreds of megabytes")
	}
	check := func(t *testing.T, w *world, limit int64, inputs ...string) {
		t.Helper()
		got := w.peak(0, append([]string{"report", "-q", "--logs", "both", "--now", "2026-10-01", "-o", "r.html"}, inputs...)...)
		t.Logf("%d MB", got/megabyte)
		if got > limit {
			t.Errorf("the peak is %d MB, over %d MB", got/megabyte, limit/megabyte)
		}
	}
	t.Run("usual", func(t *testing.T) {
		w := newWorld(t)
		w.file("a.ndjson", func(out io.Writer) {
			if err := gen.Corpus("resp_str", 42, 100<<20, out); err != nil {
				t.Fatal(err)
			}
		})
		check(t, w, usualMemory, "a.ndjson")
	})
	t.Run("wide", func(t *testing.T) {
		w := newWorld(t)
		w.file("a.ndjson", func(out io.Writer) { wide(out, 100*megabyte) })
		check(t, w, maxMemory, "a.ndjson")
	})
	t.Run("long lines", func(t *testing.T) {
		w := newWorld(t)
		all := []string{w.file("first.ndjson", func(out io.Writer) { wide(out, 50*megabyte) })}
		for name, write := range longLines() {
			all = append(all, w.file(name+".ndjson", write))
		}
		check(t, w, maxMemory, all...)
	})
}

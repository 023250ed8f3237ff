package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"errata/internal/gen"
)

const (
	megabyte = 1_000_000
	// maxMemory is what the program promises for every input.
	maxMemory = 200 * megabyte
	// usualMemory is what it needs for logs without lines of megabytes.
	usualMemory = 140 * megabyte
	lineSize    = 32 << 20
)

// peak runs errata on inputs and returns the most memory that it had resident,
// in bytes.
func (w *world) peak(code int, args ...string) int64 {
	w.t.Helper()
	if runtime.GOOS != "linux" {
		w.t.Skip("systems count the memory of a process in different units")
	}
	var out, errOut bytes.Buffer
	c := w.command(w.t.Context(), args...)
	self, err := os.Executable()
	if err != nil {
		w.t.Fatal(err)
	}
	c.Path, c.Args = self, append([]string{self, binary}, args...)
	c.Env = append(c.Env, watchEnv+"=1")
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		w.t.Fatalf("%v\n%s", err, errOut.String())
	}
	var got int
	var kib int64
	if _, err := fmt.Sscan(out.String(), &got, &kib); err != nil {
		w.t.Fatalf("%v: %q\n%s", err, out.String(), errOut.String())
	}
	if got != code {
		w.t.Fatalf("errata %q: exit %d, want %d\n%s", args, got, code, errOut.String())
	}
	return kib << 10
}

// watchEnv makes the test binary a watcher.
const watchEnv = "ERRATA_E2E_WATCH"

// watch runs the command in its arguments and prints its exit code and its
// peak in KiB. It is a process of its own because a child is charged with what
// its parent had resident when it was started, and the tests have a lot.
func watch() {
	c := exec.Command(os.Args[1], os.Args[2:]...)
	c.Stderr = os.Stderr
	if err := c.Run(); c.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	u, ok := c.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		os.Exit(1)
	}
	fmt.Println(c.ProcessState.ExitCode(), u.Maxrss)
	os.Exit(0)
}

// file writes a file piece by piece, so that the test itself stays small.
func (w *world) file(name string, write func(io.Writer)) string {
	w.t.Helper()
	f, err := os.Create(w.path(name))
	if err != nil {
		w.t.Fatal(err)
	}
	b := bufio.NewWriterSize(f, 1<<20)
	write(b)
	if err := b.Flush(); err != nil {
		w.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		w.t.Fatal(err)
	}
	return name
}

const entryStart = `{"time":"2026-09-22T16:00:00+08:00","remote_addr":"198.18.0.88","method":"GET","uri":"/api/v1/cloud/sessions",` +
	`"status":500,"request_time":0.055,"request_id":"r","http_user_agent":"curl/8.5.0","body_bytes_sent":830,"resp_body":"`

// longLines are valid entries of lineSize with a body that is nearly all of
// them, by what the body is made of.
func longLines() map[string]func(io.Writer) {
	const envelope = `{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"`
	entry := func(before, filler, after string) func(io.Writer) {
		return func(w io.Writer) {
			fmt.Fprint(w, entryStart, before, strings.Repeat(filler, lineSize/len(filler)), after, "\"}\n")
		}
	}
	return map[string]func(io.Writer){
		"plain":    entry(envelope, "a", `\"}}`),
		"escapes":  entry(envelope, `\\\"`, `\"}}`),
		"unicode":  entry(envelope, `\\u00e4`, `\"}}`),
		"secrets":  entry(envelope, "a@example.com Bearer abcdefghijklmnop ", `\"}}`),
		"members":  entry("{", `\"k\":1,`, envelope[1:]+`x\"}}`),
		"brackets": entry(`{\"a\":`, "[", ""),
		"html":     entry("<html>", "<p>", "</html>"),
		"base64":   entry("", base64.StdEncoding.EncodeToString([]byte(`{"type":"error","error":{"message":"xx"}}`)), ""),
		"array": func(w io.Writer) {
			one := entryStart + `"}`
			fmt.Fprint(w, "[", strings.Repeat(one+",", lineSize/len(one)), one, "]\n")
		},
		"beta": func(w io.Writer) {
			fmt.Fprint(w, strings.TrimSuffix(entryStart, `"resp_body":"`), `"headers":{"x-qoder-beta":"`, strings.Repeat("a,", lineSize/2), "\"}}\n")
		},
	}
}

// Memory does not grow with what is read: not with a line, nor with the number
// of lines and files, nor with how they are compressed.
func TestMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("reads gigabytes")
	}
	check := func(t *testing.T, w *world, limit int64, code int, args ...string) {
		t.Helper()
		got := w.peak(code, append([]string{"ingest", "-q", "--logs", "both"}, args...)...)
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
		check(t, w, usualMemory, 0, "a.ndjson")
	})
	t.Run("long lines", func(t *testing.T) {
		w := newWorld(t)
		var all []string
		for name, write := range longLines() {
			all = append(all, w.file(name+".ndjson", write))
		}
		// In one run and one process: what one leaves behind adds to the next.
		check(t, w, maxMemory, 0, all...)
	})
	t.Run("long lines in one gzip file", func(t *testing.T) {
		w := newWorld(t)
		pack := exec.CommandContext(t.Context(), "gzip", "-1", "-c")
		in, err := pack.StdinPipe()
		if err != nil {
			t.Skip(err)
		}
		out, err := os.Create(w.path("a.gz"))
		if err != nil {
			t.Fatal(err)
		}
		pack.Stdout = out
		if err := pack.Start(); err != nil {
			t.Skip(err)
		}
		for _, write := range longLines() {
			write(in)
		}
		_ = in.Close()
		if err := pack.Wait(); err != nil {
			t.Fatal(err)
		}
		_ = out.Close()
		check(t, w, maxMemory, 0, "a.gz")
	})
	for name, write := range map[string]func(*os.File) error{
		"a gigabyte of zeros without a newline": func(f *os.File) error { return f.Truncate(1 << 30) },
		"a gigabyte of text without a newline": func(f *os.File) error {
			b := bytes.Repeat([]byte("a"), 1<<20)
			for range 1 << 10 {
				if _, err := f.Write(b); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			f, err := os.Create(w.path("a.log"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if err := write(f); err != nil {
				t.Fatal(err)
			}
			check(t, w, usualMemory, 1, "--final", "a.log") // no entry recognised
		})
	}
	t.Run("many files", func(t *testing.T) {
		w := newWorld(t)
		log, _ := traffic(t, "apisix", "small", gen.Both, 3, 200, 1)
		packed := gz(t, log)
		if err := os.Mkdir(w.path("logs"), 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range 300 {
			// Another first line each, or they would all be one file.
			first := fmt.Appendf(nil, "%s\",\"n\":%d}\n", entryStart, i)
			name, b := fmt.Sprintf("logs/%d.log.gz", i), append(gz(t, first), packed...)
			if i%2 == 0 {
				name, b = fmt.Sprintf("logs/%d.log", i), append(first, log...)
			}
			w.write(name, b)
		}
		check(t, w, usualMemory, 0, "logs")
	})
}

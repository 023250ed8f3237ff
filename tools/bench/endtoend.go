package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// endToEnd measures what a user gets: the program reads a file into a new
// SQLite store, in a process of its own whose CPU time is all counted.
type endToEnd struct {
	errata string // the program
	dir    string
	file   string
	size   int64
}

func newEndToEnd(errata, dir string, data []byte) (*endToEnd, error) {
	e := &endToEnd{errata: errata, dir: dir, file: filepath.Join(dir, "response.ndjson"), size: int64(len(data))}
	return e, os.WriteFile(e.file, data, 0o600)
}

// feeds are the ways to take the lines: as a response log, which counts errors
// and passes over successes, and as one that stands for all requests too.
var feeds = []string{"response", "both"}

// command runs the program, without the user's own settings.
func (e *endToEnd) command(args ...string) (*os.ProcessState, error) {
	cmd := e.make("", args...)
	_, err := finish(cmd)
	return cmd.ProcessState, err
}

// output is what the program prints, with one more variable in its environment.
func (e *endToEnd) output(env string, args ...string) (string, error) {
	return finish(e.make(env, args...))
}

func (e *endToEnd) make(env string, args ...string) *exec.Cmd {
	cmd := exec.Command(e.errata, args...)
	cmd.Env = append(clean(os.Environ()), "HOME="+e.dir, "XDG_CONFIG_HOME="+e.dir, "XDG_DATA_HOME="+e.dir)
	if env != "" {
		cmd.Env = append(cmd.Env, env)
	}
	return cmd
}

func finish(cmd *exec.Cmd) (string, error) {
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("errata %s: %w: %s", cmd.Args[1], err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// run ingests the file once and returns MB per CPU-second.
func (e *endToEnd) run(feed string) (float64, error) {
	store := filepath.Join(e.dir, feed+".db")
	state, err := e.command("ingest", "--store", store, "--log-format", "nginx-json", "--logs", feed, e.file)
	if err != nil {
		return 0, err
	}
	used := state.UserTime() + state.SystemTime()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(store + suffix)
	}
	return float64(e.size) / 1e6 / used.Seconds(), nil
}

// report reports on the file in one shot and returns MB per second that passed,
// from the program's start to the report being written.
func (e *endToEnd) report() (float64, error) {
	start := time.Now()
	if _, err := e.command("report", "-q", "-o", filepath.Join(e.dir, "report.json"), e.file); err != nil {
		return 0, err
	}
	return float64(e.size) / 1e6 / time.Since(start).Seconds(), nil
}

// memory is the most that such a report has resident, in MB. It runs under a
// process of its own: a child is charged with what its parent had resident when
// it was started, and this program holds the corpora.
func (e *endToEnd) memory() (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	watched := *e
	watched.errata = self
	out, err := watched.output(watchEnv+"="+e.errata, "report", "-q", "-o", filepath.Join(e.dir, "report.json"), e.file)
	if err != nil {
		return 0, err
	}
	var kib float64
	if _, err := fmt.Sscan(out, &kib); err != nil {
		return 0, fmt.Errorf("errata report: %q is no size: %w", out, err)
	}
	return kib * 1024 / 1e6, nil
}

// watchEnv makes this program run the one that it names with its arguments, and
// print the peak of its memory in KiB.
const watchEnv = "BENCH_WATCH"

func watch(program string, args []string) error {
	cmd := exec.Command(program, args...)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return errors.New("this system does not tell the memory of a process")
	}
	fmt.Println(u.Maxrss)
	return nil
}

func clean(env []string) []string {
	var out []string
	for _, kv := range env {
		if !strings.HasPrefix(kv, "ERRATA_") {
			out = append(out, kv)
		}
	}
	return out
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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

// run ingests the file once and returns MB per CPU-second.
func (e *endToEnd) run(feed string) (float64, error) {
	store := filepath.Join(e.dir, feed+".db")
	cmd := exec.Command(e.errata, "ingest", "--store", store, "--log-format", "nginx-json", "--logs", feed, e.file)
	// Nothing of the user's own settings takes part.
	cmd.Env = append(clean(os.Environ()), "HOME="+e.dir, "XDG_CONFIG_HOME="+e.dir, "XDG_DATA_HOME="+e.dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("errata ingest: %w: %s", err, strings.TrimSpace(out.String()))
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(store + suffix)
	}
	return float64(e.size) / 1e6 / used.Seconds(), nil
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

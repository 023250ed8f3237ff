package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"errata/aggregate"
	"errata/internal/gen"
	"errata/internal/oracle"
	"errata/parse/normal"
	"errata/store/sqlitestore"
)

// binary is the program, built once for all tests.
var binary string

func TestMain(m *testing.M) {
	if os.Getenv(watchEnv) != "" {
		watch()
	}
	dir, err := os.MkdirTemp("", "errata-e2e")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "errata")
	build := exec.Command("go", "build", "-o", binary, "errata/cmd/errata")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// callerKey is the key of every run here, so that hashes can be compared.
func callerKey() normal.CallerKey {
	k := normal.FixedCallerKey()
	k[0] ^= 0x5a
	return k
}

// world is a folder with logs, a configuration and a store.
type world struct {
	t    testing.TB
	dir  string
	more []string // KEY=VALUE of the environment
}

func newWorld(t testing.TB, env ...string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), more: env}
	k := callerKey()
	w.write("key", []byte(hex.EncodeToString(k[:])+"\n"))
	return w
}

func (w *world) path(name string) string { return filepath.Join(w.dir, name) }

func (w *world) write(name string, b []byte) {
	w.t.Helper()
	if err := os.WriteFile(w.path(name), b, 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, binary, args...)
	c.Dir = w.dir
	c.Env = append([]string{
		"HOME=" + w.dir, "PATH=" + os.Getenv("PATH"), "NO_COLOR=1",
		"ERRATA_PRIVACY__CALLER_KEY_FILE=" + w.path("key"), "ERRATA_STORE__PATH=" + w.path("s.db"),
	}, w.more...)
	return c
}

type result struct {
	stdout, stderr string
	code           int
	took           time.Duration
}

func (w *world) run(args ...string) result {
	w.t.Helper()
	var out, errOut bytes.Buffer
	c := w.command(w.t.Context(), args...)
	c.Stdout, c.Stderr = &out, &errOut
	start := time.Now()
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatal(err)
	}
	return result{out.String(), errOut.String(), c.ProcessState.ExitCode(), time.Since(start)}
}

func (w *world) must(args ...string) result {
	w.t.Helper()
	r := w.run(args...)
	if r.code != 0 {
		w.t.Fatalf("errata %q: exit %d\n%s", args, r.code, r.stderr)
	}
	return r
}

// cells are the store's merged cells as text, by key.
func (w *world) cells() map[oracle.Key]string {
	w.t.Helper()
	k := callerKey()
	s, err := sqlitestore.Open(w.t.Context(), sqlitestore.Config{Path: w.path("s.db"), CallerKey: &k, ReadOnly: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer s.Close()
	m := map[oracle.Key]string{}
	if err := s.Rows(w.t.Context(), func(r aggregate.Row) error {
		o := rowOf(r)
		m[o.Key] = cellText(o.Kind, o.Cell)
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	return m
}

func rowOf(r aggregate.Row) oracle.Row {
	c := oracle.Cell{
		N: r.N, Extra: r.Extra, Bytes: r.Bytes, NNoCaller: r.NNoCaller, First: r.First, Last: r.Last, Text: r.Text,
		Hist: map[uint8]int64{}, Callers: map[uint64]int64{},
	}
	for _, b := range r.Hist {
		c.Hist[b.Bucket] = b.N
	}
	for _, x := range r.Callers {
		c.Callers[x.Hash] = x.N
	}
	return oracle.Row{Key: oracle.Key{
		Kind: r.Kind.String(), Time: r.Time, Source: r.Source, Route: r.Route, Method: r.Method, Status: int(r.Status),
		Type: r.Type, Code: r.Code, Param: r.Param, ParamSource: r.ParamSource, Feature: r.Feature, AvailableFrom: r.AvailableFrom,
		Reason: r.Reason, Shape: r.Shape, Origin: r.Origin, Template: r.Template, Client: r.Client, Auth: r.Auth, Retry: r.Retry,
		Finding: r.Finding, X1: r.X1, X2: r.X2, X3: r.X3, Caller: r.Caller, Lane: r.Lane, Pos: r.Pos,
	}, Cell: c}
}

// cellText is what must be equal of a cell: all but the position of a sample.
func cellText(kind string, c oracle.Cell) string {
	text := []byte(c.Text)
	if kind == "sample" {
		if k := bytes.LastIndex(text, []byte(`,"position":`)); k >= 0 {
			text = text[:k]
		}
	}
	callers := map[uint64]int64{}
	for _, h := range c.Smallest(aggregate.K) {
		callers[h] = c.Callers[h]
	}
	return fmt.Sprint(c.N, c.Extra, c.Bytes, c.NNoCaller, c.First, c.Last, c.Hist, callers, " ", string(text))
}

// recount is the oracle's answer to plain logs.
func recount(t testing.TB, feed string, logs map[string][]byte) map[oracle.Key]string {
	t.Helper()
	var cells *oracle.Cells
	for name, log := range logs {
		cfg := oracle.Config{Source: "default", Feed: feed, CallerKey: callerKey()}
		var err error
		if cells == nil {
			cells, err = oracle.Recount(cfg, name, bytes.NewReader(log))
		} else {
			err = cells.Add(cfg, name, bytes.NewReader(log))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m := map[oracle.Key]string{}
	for _, r := range cells.Rows() {
		m[r.Key] = cellText(r.Kind, r.Cell)
	}
	return m
}

// differ reports the first cells that are not equal.
func differ(t testing.TB, want, got map[oracle.Key]string) {
	t.Helper()
	n := 0
	for k, w := range want {
		if g, ok := got[k]; !ok || g != w {
			t.Errorf("cell %+v:\nwant %.500s\ngot  %.500s", k, w, g)
			if n++; n == 3 {
				t.FailNow()
			}
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("a cell that should not be: %+v: %.500s", k, g)
			if n++; n == 3 {
				t.FailNow()
			}
		}
	}
}

// traffic is a generated log.
func traffic(t testing.TB, format, scenario string, logs gen.Logs, seed uint64, perDay, days int) ([]byte, gen.Truth) {
	t.Helper()
	s, err := gen.Load(scenario)
	if err != nil {
		t.Fatal(err)
	}
	s.RequestsPerDay = perDay
	var out bytes.Buffer
	truth, err := gen.Run(t.Context(), gen.Config{Scenario: s, Seed: seed, Format: format, Logs: logs, Days: days}, &out, nil)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes(), truth
}

func gz(t testing.TB, b []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Bytes()
}

package sqlitestore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// childEnv names the store that a child process of the kill test writes.
const childEnv = "ERRATA_TEST_KILL_STORE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := childWrites(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv(dropEnv); path != "" {
		if err := childDrops(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if path := os.Getenv(permEnv); path != "" {
		childOpens(path)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const killBatches = 24

func killBatch(i int64) store.Batch {
	rows := benchRows(600, i%3) // hours come again, so that cells merge
	return store.Batch{
		ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: i, To: i + 1}}, Source: "gw", Rows: rows,
		File: &ingest.FileMark{Source: "gw", Lane: "l", Name: "a.log", Length: i + 1},
	}
}

// childWrites goes on where the store says that it is, and tells each step.
func childWrites(path string) error {
	ctx := context.Background()
	s, err := Open(ctx, Config{Path: path})
	if err != nil {
		return err
	}
	s.hook = func(step string) error {
		_, err := fmt.Println(step)
		return err
	}
	c, err := s.Covered(ctx, "l")
	if err != nil {
		return err
	}
	for i := c.Watermark; i < killBatches; i++ {
		if err := s.Write(ctx, killBatch(i)); err != nil {
			return err
		}
		fmt.Println("done")
	}
	return s.Close()
}

// TestKilled kills a writing process at a random step, again and again: the
// next one finds a whole store and goes on, and at the end each cell is that
// of a clean run.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	rng := rand.New(rand.NewPCG(1, 2))
	kills := 0
	for run := 0; ; run++ {
		if run > 300 {
			t.Fatal("the writers get nowhere")
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childEnv+"="+path)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The child runs on while the kill is on its way, so that it lands
		// anywhere between this step and the next ones.
		lines := bufio.NewReader(out)
		killed := false
		for steps := rng.IntN(6); steps >= 0; steps-- {
			_, err := lines.ReadString('\n')
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if steps == 0 {
				for range rng.IntN(200_000) {
					_ = rng.Uint64()
				}
				_ = cmd.Process.Kill()
				killed = true
			}
		}
		_, _ = io.Copy(io.Discard, lines)
		err = cmd.Wait()
		if killed && err != nil {
			kills++
			continue
		}
		if err != nil {
			t.Fatalf("the writer failed by itself: %v", err)
		}
		break
	}
	if kills < 8 {
		t.Errorf("only %d kills hit", kills)
	}
	s := mustOpen(t, Config{Path: path})
	var rows []aggregate.Row
	for i := range int64(killBatches) {
		rows = append(rows, killBatch(i).Rows...)
	}
	want := map[aggregate.Key]int64{}
	for _, r := range rows {
		want[r.Key] += r.N
	}
	err := s.Rows(t.Context(), func(r aggregate.Row) error {
		if want[r.Key] != r.N {
			return fmt.Errorf("cell %+v has n %d, want %d", r.Key, r.N, want[r.Key])
		}
		delete(want, r.Key)
		return nil
	})
	if err != nil || len(want) > 0 {
		t.Errorf("after %d kills: %v, %d cells missing", kills, err, len(want))
	}
	var verdict string
	if err := s.db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity: %q, %v", verdict, err)
	}
}

// TestReadWhileWriting: readers in other connections see whole batches only.
func TestReadWhileWriting(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	w := mustOpen(t, Config{Path: path})
	r := mustOpen(t, Config{Path: path, ReadOnly: true})
	count := func() (requests, errs int64) {
		t.Helper()
		res, err := r.Query(t.Context(), store.Query{Measures: []string{"requests", "envelopes"}})
		if err != nil {
			t.Fatalf("read while a batch is written: %v", err)
		}
		requests, _ = res.Totals["requests"].(int64)
		errs, _ = res.Totals["envelopes"].(int64)
		return requests, errs
	}
	var inside int
	for i := range int64(3) {
		w.hook = func(string) error {
			inside++
			if q, e := count(); q != 300*3*i || e != 300*3*i {
				t.Errorf("in batch %d a reader sees %d requests and %d errors", i, q, e)
			}
			return nil
		}
		if err := w.Write(t.Context(), killBatch(i)); err != nil {
			t.Fatal(err)
		}
		if q, e := count(); q != 300*3*(i+1) || e != 300*3*(i+1) {
			t.Errorf("after batch %d a reader sees %d requests and %d errors", i, q, e)
		}
	}
	if inside != 6 {
		t.Errorf("readers looked %d times", inside)
	}
}

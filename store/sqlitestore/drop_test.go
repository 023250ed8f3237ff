package sqlitestore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"errata/aggregate"
	"errata/store"
)

// dropEnv names the store from which a child process of TestKilledDrop drops.
const dropEnv = "ERRATA_TEST_DROP_STORE"

// childDrops drops, tells each step and waits there for its end.
func childDrops(path string) error {
	s, err := Open(context.Background(), Config{Path: path})
	if err != nil {
		return err
	}
	s.hook = func(step string) error {
		fmt.Println(step)
		_, err := bufio.NewReader(os.Stdin).ReadString('\n')
		return err
	}
	if _, err := s.Drop(context.Background(), "gw", false); err != nil {
		return err
	}
	return s.Close()
}

func allRows(t *testing.T, s *Store) (rows []aggregate.Row) {
	t.Helper()
	if err := s.Rows(t.Context(), func(r aggregate.Row) error { rows = append(rows, r); return nil }); err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestKilledDrop kills a process that has removed all and not yet said so: it
// did nothing. The next one goes through.
func TestKilledDrop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s := mustOpen(t, Config{Path: path})
	for i := range int64(4) {
		if err := s.Write(t.Context(), killBatch(i)); err != nil {
			t.Fatal(err)
		}
	}
	want := allRows(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for kill := 1; kill <= 3; kill++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), dropEnv+"="+path)
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewReader(out)
		for step := 1; step <= 2; step++ {
			if line, err := lines.ReadString('\n'); err != nil {
				t.Fatalf("the child ends before step %d: %q, %v", step, line, err)
			}
			if step == kill {
				_ = cmd.Process.Kill()
				break
			}
			if _, err := io.WriteString(in, "\n"); err != nil {
				t.Fatal(err)
			}
		}
		err = cmd.Wait()
		s := mustOpen(t, Config{Path: path})
		files, ferr := s.Files(t.Context(), "gw")
		rows := allRows(t, s)
		if kill <= 2 {
			if err == nil || ferr != nil || len(files) != 1 || !reflect.DeepEqual(rows, want) {
				t.Errorf("killed at step %d: child %v, files %v, %v, %d rows of %d", kill, err, files, ferr, len(rows), len(want))
			}
		} else if err != nil || len(files) != 0 || len(rows) != 0 {
			t.Errorf("not killed: child %v, files %v, %d rows", err, files, len(rows))
		}
		var verdict string
		if err := s.db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
			t.Errorf("integrity: %q, %v", verdict, err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A drop that is given up in its midst did nothing, and says why it ended.
func TestDropCancelled(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	if err := s.Write(t.Context(), killBatch(0)); err != nil {
		t.Fatal(err)
	}
	want := allRows(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.hook = func(string) error { cancel(); return nil }
	if _, err := s.Drop(ctx, "gw", false); !errors.Is(err, context.Canceled) {
		t.Errorf("a drop that is given up: error %v", err)
	}
	s.hook = nil
	if !reflect.DeepEqual(allRows(t, s), want) {
		t.Error("a drop that was given up removed rows")
	}
	if err := s.Write(t.Context(), killBatch(1)); err != nil {
		t.Errorf("writing goes on: %v", err)
	}
}

// Who may only read can ask what would go.
func TestDropReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	w := mustOpen(t, Config{Path: path})
	if err := w.Write(t.Context(), killBatch(0)); err != nil {
		t.Fatal(err)
	}
	r := mustOpen(t, Config{Path: path, ReadOnly: true})
	d, err := r.Drop(t.Context(), "gw", true)
	if err != nil || d.Rows() != 600 || d.Batches != 1 || len(d.Files) != 1 {
		t.Errorf("a dry run beside a writer: %+v, %v", d, err)
	}
	_, err = r.Drop(t.Context(), "gw", false)
	wantError(t, "a drop in a store that is open for reading", err, ErrReadOnly)
	if n := len(allRows(t, w)); n != 600 {
		t.Errorf("%d rows are left", n)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = w.Drop(t.Context(), "gw", false)
	wantError(t, "a drop in a closed store", err, nil, "closed")
	_, err = w.Drop(t.Context(), "gw", true)
	wantError(t, "a dry run in a closed store", err, nil, "closed")
}

// What is free is used again: a store that is dropped and filled in turns
// does not grow.
func TestDroppedSpaceIsUsedAgain(t *testing.T) {
	s := mustOpen(t, Config{Path: filepath.Join(t.TempDir(), "a.db")})
	var first int64
	for i := range int64(6) {
		b := killBatch(0)
		b.ID.Nonce = fmt.Sprint(i)
		if err := s.Write(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		var pages int64
		if err := s.db.QueryRowContext(t.Context(), "PRAGMA page_count").Scan(&pages); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = pages
		} else if pages > first+first/4 {
			t.Errorf("after %d drops the store has %d pages, at first %d", i, pages, first)
		}
		d, err := s.Drop(t.Context(), "gw", false)
		if err != nil || d.Rows() != 600 {
			t.Fatalf("drop: %+v, %v", d, err)
		}
	}
	if _, err := s.Drop(t.Context(), "gw", false); err == nil {
		t.Error("a source that is gone was dropped")
	} else if u, ok := errors.AsType[*store.UsageError](err); !ok || u.Error() != err.Error() {
		t.Errorf("a source that is gone: error %q is no usage error by itself", err)
	}
}

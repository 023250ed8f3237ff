package sqlitestore

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"errata/store"
)

// permEnv names a store that a child process without rights opens; how it goes
// is what it prints.
const permEnv = "ERRATA_TEST_PERM_STORE"

func childOpens(path string) {
	for _, readOnly := range []bool{true, false} {
		s, err := Open(context.Background(), Config{Path: path, ReadOnly: readOnly, Wait: -1})
		if err != nil {
			fmt.Printf("%v: %v\n", readOnly, err)
			continue
		}
		r, err := s.Query(context.Background(), store.Query{Measures: []string{"requests"}})
		fmt.Printf("%v: %v requests, %v\n", readOnly, r.Totals["requests"], err)
		_ = s.Close()
	}
}

// asNobody runs a child that has no rights beyond those of everybody.
func asNobody(t *testing.T, path string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), permEnv+"="+path)
	if os.Geteuid() == 0 {
		// The test binary lies in a folder of root alone.
		bin := filepath.Join(filepath.Dir(filepath.Dir(path)), "bin")
		b, err := os.ReadFile(os.Args[0])
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(bin, b, 0o755); err != nil {
			t.Fatal(err)
		}
		cmd.Path = bin
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the child: %v\n%s", err, out)
	}
	return string(out)
}

func TestPermissions(t *testing.T) {
	// Not t.TempDir: what lies above it is the owner's alone.
	base, err := os.MkdirTemp("", "perm") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(base, "d")
	path := filepath.Join(dir, "a.db")
	s := mustOpen(t, Config{Path: path})
	if err := s.Write(t.Context(), killBatch(0)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	chmod := func(d, f os.FileMode) {
		t.Helper()
		if err := os.Chmod(path, f); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(dir, d); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
	for _, c := range []struct {
		name      string
		dir, file os.FileMode
		want      []string
	}{
		{"a folder and file to read only", 0o555, 0o444, []string{"true: 900 requests, <nil>", "false: store " + path, "permission denied"}},
		{"an unreadable file", 0o555, 0o000, []string{"true: store " + path + ": permission denied", "not accessible to this user"}},
		{"an unreadable folder", 0o000, 0o444, []string{"true: store " + path + ": permission denied"}},
	} {
		chmod(0o700, c.file)
		chmod(c.dir, c.file)
		out := asNobody(t, path)
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: the child does not say %q:\n%s", c.name, w, out)
			}
		}
		if err := os.Chmod(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

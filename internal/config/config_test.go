package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

var update = flag.Bool("update", false, "write the expected files")

// load writes text as a file and loads it; messages name the file errata.yaml.
func load(t *testing.T, text string, env ...string) (*Loaded, error) {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("errata.yaml", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kv := range env {
		k, v, _ := strings.Cut(kv, "=")
		t.Setenv(k, v)
	}
	return Load(Options{File: "errata.yaml", Environ: env})
}

func TestDefaultIsSound(t *testing.T) {
	if fs := Default().check(); len(fs) > 0 {
		t.Errorf("the defaults are refused: %v", fs)
	}
	l, err := Load(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Default(), l.Config); d != "" {
		t.Error(d)
	}
	if got := l.Origin("store.path"); got != "default" {
		t.Errorf("origin: %q", got)
	}
}

// Every key is documented, has an example that loads, from the file and from
// the environment, and that is what the tree then holds.
func TestEveryKey(t *testing.T) {
	for _, s := range sections() {
		if s.doc == "" {
			t.Errorf("%s: no doc", s.name)
		}
		for _, k := range s.keys {
			t.Run(k.path, func(t *testing.T) {
				if k.doc == "" || k.example == "" || !strings.HasSuffix(k.doc, ".") {
					t.Fatal("doc (a sentence) or example is missing")
				}
				leaf := strings.TrimPrefix(k.path, s.name+".")
				fromFile, err := load(t, fmt.Sprintf("%s:\n  %s: %s\n", s.name, leaf, k.example))
				if err != nil {
					t.Fatal(err)
				}
				if got := fromFile.Origin(k.path); got != "errata.yaml:2" {
					t.Errorf("origin %q", got)
				}
				value := strings.NewReplacer(", ", ",", "'", "").Replace(strings.Trim(k.example, "[]"))
				fromEnv, err := load(t, "", k.env()+"="+value)
				if err != nil {
					t.Fatal(err)
				}
				if got := fromEnv.Origin(k.path); got != k.env() {
					t.Errorf("origin %q", got)
				}
				a, b := k.value(fromFile.Config).Interface(), k.value(fromEnv.Config).Interface()
				if fmt.Sprint(a) != fmt.Sprint(b) || reflect.ValueOf(a).IsZero() {
					t.Errorf("file %v, environment %v", a, b)
				}
				if want := strings.ReplaceAll(value, ",", " "); strings.Trim(fmt.Sprint(a), "[]") != want {
					t.Errorf("got %v, want %s", a, want)
				}
			})
		}
	}
}

func TestPaths(t *testing.T) {
	var c Config
	if got := c.StorePath(); !filepath.IsAbs(got) || !strings.HasSuffix(got, "/errata/errata.db") {
		t.Errorf("default store %q", got)
	}
	c.Store.Path = "x.db"
	if c.StorePath() != "x.db" || c.DeadPath() != "x.db.dead.ndjson" {
		t.Errorf("store %q, dead letters %q", c.StorePath(), c.DeadPath())
	}
	c.DLQ.File = "dead"
	if c.DeadPath() != "dead" {
		t.Errorf("dead letters %q", c.DeadPath())
	}
}

func TestPrecedence(t *testing.T) {
	text := "store: {path: file.db}\ningest: {source: file}\nflush: {rows: 200}\n"
	t.Setenv("ERRATA_INGEST__SOURCE", "env")
	t.Setenv("ERRATA_FLUSH__ROWS", "300")
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Load(Options{
		File: file, Environ: os.Environ(),
		Flags: map[string]Flag{"flush.rows": {"--rows", 400}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if l.Store.Path != "file.db" || l.Ingest.Source != "env" || l.Flush.Rows != 400 || l.Flush.Bytes != 64<<20 {
		t.Errorf("got %+v", l.Config)
	}
	for key, want := range map[string]string{
		"store.path": file + ":1", "ingest.source": "ERRATA_INGEST__SOURCE", "flush.rows": "--rows", "flush.bytes": "default",
	} {
		if got := l.Origin(key); got != want {
			t.Errorf("%s: origin %q, want %q", key, got, want)
		}
	}
}

// TestProblems: each file of testdata/bad has its messages beside it.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, f := range files {
		_, err := Load(Options{File: f})
		if _, ok := errors.AsType[Problems](err); !ok {
			t.Errorf("%s: got %v, want problems", f, err)
			continue
		}
		golden := strings.TrimSuffix(f, ".yaml") + ".txt"
		got := err.Error() + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(string(want), got); d != "" {
			t.Errorf("%s: %s", f, d)
		}
	}
}

func TestEnvironmentProblems(t *testing.T) {
	for kv, want := range map[string]string{
		"ERRATA_STOR__PATH=x":                `ERRATA_STOR__PATH: this variable sets no known key; did you mean "ERRATA_STORE__PATH"?`,
		"ERRATA_STORE_PATH=x":                `ERRATA_STORE_PATH: this variable sets no known key; did you mean "ERRATA_STORE__PATH"?`,
		"ERRATA_CAPS_DEMAND_CALLERS=1":       `ERRATA_CAPS_DEMAND_CALLERS: this variable sets no known key; did you mean "ERRATA_CAPS__DEMAND_CALLERS"?`,
		"ERRATA_STORE=x.db":                  `ERRATA_STORE: this variable sets no known key: there is ERRATA_STORE__KIND, ERRATA_STORE__PATH`,
		"ERRATA_FLUSH__ROWS=many":            `ERRATA_FLUSH__ROWS: "many" is no whole number: write one such as 50000`,
		"ERRATA_FLUSH__BYTES=64MB":           `ERRATA_FLUSH__BYTES: "64MB" is no size: write a whole number and B, KiB, MiB or GiB, such as 64MiB`,
		"ERRATA_FLUSH__ROWS=1":               `ERRATA_FLUSH__ROWS: flush.rows: 1 is not between 100 and 5000000`,
		"ERRATA_PARSE__TRUSTED_PROXIES=10/8": `ERRATA_PARSE__TRUSTED_PROXIES: "10/8" is no network: write one such as 10.0.0.0/8`,
		"ERRATA_DEMAND__ROUTES=/a,b":         `ERRATA_DEMAND__ROUTES: demand.routes[1]: "b" does not begin with /`,
	} {
		_, err := load(t, "", kv)
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v\nwant %s", kv, err, want)
		}
		name, _, _ := strings.Cut(kv, "=")
		os.Unsetenv(name)
	}
	if _, err := load(t, "", "ERRATA_TEST_SERVER=x", "ERRATA_CONFIG=y", "OTHER__X=z"); err != nil {
		t.Errorf("variables that are not meant for the configuration: %v", err)
	}
}

func TestFlagProblems(t *testing.T) {
	_, err := Load(Options{Flags: map[string]Flag{"ingest.logs": {"--logs", "acess"}}})
	if want := `--logs: "acess" is none of access, response, both; did you mean "access"?`; err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

func TestFileProblems(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, bytes.Repeat([]byte("# x\n"), maxFile/4+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "no such file",
		dir:                             "is a directory",
		big:                             "larger than 1MiB",
	} {
		if _, err := Load(Options{File: file}); err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), file) {
			t.Errorf("%s: got %v", file, err)
		}
	}
}

// What Print writes loads again to the same values.
func TestPrintRoundTrip(t *testing.T) {
	l, err := load(t, `
store: {path: "a: b.db"}
ingest: {source: "yes", format: kong, logs: both}
parse:
  routes: ['/a/{id}', "/b"]
  trusted_proxies: [10.0.0.0/8, 2001:db8::/32]
privacy: {caller_key_file: /run/key}
flush: {bytes: 128MiB}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, origin := range []bool{false, true} {
		var b bytes.Buffer
		if err := l.Print(&b, origin); err != nil {
			t.Fatal(err)
		}
		again, err := load(t, b.String())
		if err != nil {
			t.Fatalf("%v\n%s", err, b.String())
		}
		if a, b := fmt.Sprintf("%+v", l.Config), fmt.Sprintf("%+v", again.Config); a != b {
			t.Errorf("printed and read again:\n%s\n%s", a, b)
		}
		if got := strings.Contains(b.String(), "# errata.yaml:3"); got != origin {
			t.Errorf("origin %v: %s", origin, b.String())
		}
	}
}

func TestPrintMasks(t *testing.T) {
	c := Default()
	c.Ingest.Source = "Bearer abcdef0123456789abcdef"
	var b bytes.Buffer
	if err := (&Loaded{Config: c}).Print(&b, false); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "abcdef0123456789") {
		t.Errorf("a secret is printed: %s", b.String())
	}
}

func TestSecretNeverPrints(t *testing.T) {
	const text = "s3cr3t-value"
	s := NewSecret(text)
	type holder struct {
		S Secret
		P *Secret
	}
	h := holder{s, &s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%p", "%c", "%U", "%e"} {
		fmt.Fprintf(&out, verb+verb+verb+verb, s, &s, h, []Secret{s})
	}
	fmt.Fprintln(&out, s, h, map[string]Secret{"k": s}, fmt.Errorf("wrapped %v", s))
	for _, marshal := range []func(any) ([]byte, error){json.Marshal, yaml.Marshal} {
		b, err := marshal(map[string]any{"s": s, "p": &s, "h": h})
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "s", s, "h", h, "p", &s)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "s", s, "h", h, "p", &s)
	if got := out.String(); strings.Contains(got, text) || strings.Contains(got, fmt.Sprintf("%x", text)) {
		t.Errorf("the secret is printed:\n%s", got)
	}
	if s.Reveal() != text || s.IsZero() || !(Secret{}).IsZero() {
		t.Error("the secret is lost")
	}
}

func TestReadSecret(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{"abc": "abc", "abc\n": "abc", "abc\r\n": "abc", "a b \n\n": "a b \n"} {
		f := filepath.Join(dir, "s")
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := ReadSecret(f); err != nil || s.Reveal() != want {
			t.Errorf("%q: got %q, %v", text, s.Reveal(), err)
		}
	}
	for text, want := range map[string]string{"": "is empty", "\n": "is empty", strings.Repeat("canary", 1000): "longer than"} {
		f := filepath.Join(dir, "s")
		if err := os.WriteFile(f, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadSecret(f); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.10q: got %v", text, err)
		}
	}
	if _, err := ReadSecret(filepath.Join(dir, "none")); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("missing: %v", err)
	}
	if _, err := ReadSecret(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("a folder: %v", err)
	}
}

func TestByteSize(t *testing.T) {
	for in, want := range map[string]ByteSize{"0": 0, "1": 1, "512B": 512, "64KiB": 64 << 10, "64 MiB": 64 << 20, "2GiB": 2 << 30, "1TiB": 1 << 40} {
		got, err := ParseByteSize(in)
		if err != nil || got != want {
			t.Errorf("%q: got %d, %v", in, got, err)
		}
		if again, err := ParseByteSize(got.String()); err != nil || again != got {
			t.Errorf("%q: %s reads as %d, %v", in, got, again, err)
		}
	}
	for _, in := range []string{"", "x", "-1", "+1", "1.5MiB", "64MB", "64M", "MiB", "9223372036854775807KiB", "1e3"} {
		if got, err := ParseByteSize(in); err == nil {
			t.Errorf("%q: got %d, want an error", in, got)
		}
	}
	if got := ByteSize(1500).String(); got != "1500B" {
		t.Error(got)
	}
}

// A configuration is data from outside: whatever it holds, loading ends, says
// where what is wrong stands, and never panics.
func FuzzCheckYAML(f *testing.F) {
	for _, s := range []string{
		"", "store: {path: x.db}", "a: &a [*a]", "x: &x {y: *x}", "store: [1]", "parse: {routes: [/a, 1]}", "- 1", "---\na\n---\nb",
		"store: {path: }", "store: {<<: {path: x}}", "flush: {rows: 0x10, bytes: 1_000}", "\t", "{", "? [a]: b", "store: !!binary aGk=",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, ps := checkYAML("f.yaml", []byte(s))
		for _, p := range ps {
			if !strings.HasPrefix(p.Where, "f.yaml:") || p.Text == "" {
				t.Errorf("%q: %v", s, p)
			}
		}
	})
}

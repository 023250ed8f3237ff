package config

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// expect is Default with changes.
func expect(change func(c *Config)) Config {
	c := Default()
	change(&c)
	return c
}

var prefixes = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })

// Texts that load, and what they load to: spellings, quoting, what viper would
// lose, and sections that are there without saying anything.
func TestFiles(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Config
	}{
		"empty":         {"", Default()},
		"only comments": {"# nothing\n", Default()},
		"null document": {"---\nnull\n", Default()},
		"null section":  {"store:\nflush: ~\n", Default()},
		"null value":    {"store:\n  path:\nflush: {rows: null}\n", Default()},
		"empty section": {"store: {}\n", Default()},
		"byte order mark": {"\ufeffstore: {path: x.db}\n", expect(func(c *Config) {
			c.Store.Path = "x.db"
		})},
		"CRLF": {"store:\r\n  path: x.db\r\n", expect(func(c *Config) {
			c.Store.Path = "x.db"
		})},
		"case and dots of values are kept": {"ingest: {source: E.Payments.Declined}\nparse: {caller_field: Request.Headers.X-Tenant, routes: [/Own.Path/X]}\n", expect(func(c *Config) {
			c.Ingest.Source = "E.Payments.Declined"
			c.Parse.CallerField = "Request.Headers.X-Tenant"
			c.Parse.Routes = []string{"/Own.Path/X"}
		})},
		"text that looks like something else": {"ingest: {source: '12'}\nstore: {path: \"true\"}\nprivacy: {caller_key_file: 'null'}\n", expect(func(c *Config) {
			c.Ingest.Source, c.Store.Path, c.Privacy.CallerKeyFile = "12", "true", "null"
		})},
		"commas inside an element": {"parse: {routes: ['/a,b']}\n", expect(func(c *Config) {
			c.Parse.Routes = []string{"/a,b"}
		})},
		"lists in both styles": {"parse:\n  routes:\n    - /a\n    - /b\n  trusted_proxies: [10.0.0.0/8, '2001:db8::/32']\n", expect(func(c *Config) {
			c.Parse.Routes = []string{"/a", "/b"}
			c.Parse.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8::/32")}
		})},
		"aliases": {"parse: {routes: &r [/a]}\ndemand: {routes: *r}\n", expect(func(c *Config) {
			c.Parse.Routes, c.Demand.Routes = []string{"/a"}, []string{"/a"}
		})},
		"block text": {"privacy:\n  caller_key_file: >-\n    /run/\n", expect(func(c *Config) {
			c.Privacy.CallerKeyFile = "/run/"
		})},
		"sizes": {"flush: {bytes: 1 GiB}\n", expect(func(c *Config) {
			c.Flush.Bytes = 1 << 30
		})},
		"a size without a unit": {"flush: {bytes: 2097152}\n", expect(func(c *Config) {
			c.Flush.Bytes = 2 << 20
		})},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := load(t, c.text)
			if err != nil {
				t.Fatal(err)
			}
			got := l.Config
			for _, list := range []*[]string{&got.Parse.Routes, &got.Demand.Routes} {
				if len(*list) == 0 {
					*list = nil
				}
			}
			if d := cmp.Diff(c.want, got, prefixes); d != "" {
				t.Error(d)
			}
		})
	}
}

// A value from the environment is taken whole: no case is lost, nothing is expanded.
func TestEnvironmentValues(t *testing.T) {
	l, err := load(t, "ingest: {source: file}\n",
		"ERRATA_INGEST__SOURCE=E.Pay $HOME ${X}", "ERRATA_STORE__PATH=/Data/X.DB", "ERRATA_PARSE__ROUTES=/a/{id},/b",
		"ERRATA_PARSE__TRUSTED_PROXIES=10.0.0.0/8,192.168.0.0/16", "ERRATA_CAPS__KEYS=7", "ERRATA_FLUSH__BYTES=2MiB")
	if err != nil {
		t.Fatal(err)
	}
	if l.Ingest.Source != "E.Pay $HOME ${X}" || l.Store.Path != "/Data/X.DB" || l.Caps.Keys != 7 || l.Flush.Bytes != 2<<20 {
		t.Errorf("got %+v", l.Config)
	}
	if !slices.Equal(l.Parse.Routes, []string{"/a/{id}", "/b"}) || len(l.Parse.TrustedProxies) != 2 {
		t.Errorf("lists: %+v", l.Parse)
	}
	// An empty variable says nothing.
	l, err = load(t, "ingest: {source: file}\n", "ERRATA_INGEST__SOURCE=")
	if err != nil || l.Ingest.Source != "file" || l.Origin("ingest.source") != "errata.yaml:1" {
		t.Errorf("an empty variable: %v, %v", l, err)
	}
}

// A flag wins, of any type, and an empty one too.
func TestFlagValues(t *testing.T) {
	l, err := Load(Options{Flags: map[string]Flag{
		"parse.routes": {"--route", []string{"/a,b", "/c"}}, "caps.keys": {"--keys", 9}, "store.path": {"--store", "Flag.DB"}, "ingest.logs": {"--logs", ""},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(l.Parse.Routes, []string{"/a,b", "/c"}) || l.Caps.Keys != 9 || l.Store.Path != "Flag.DB" {
		t.Errorf("got %+v", l.Config)
	}
	if l.Origin("caps.keys") != "--keys" {
		t.Errorf("origin %q", l.Origin("caps.keys"))
	}
	if _, err := Load(Options{Flags: map[string]Flag{"ingest.source": {"--source", ""}}}); err == nil {
		t.Error("an empty name of a source is taken")
	}
}

// Everything that is wrong is told at once: file, environment and flags.
func TestAllProblemsAtOnce(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(file, []byte("stor: {}\nflush: {rows: x}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(Options{
		File: file, Environ: []string{"ERRATA_CAPS__KEY=1", "ERRATA_CAPS__ROUTES=y"},
		Flags: map[string]Flag{"flush.bytes": {"--bytes", "z"}},
	})
	want := []string{
		file + `:1: unknown key "stor"`, file + `:2: flush.rows: "x" is no whole number`,
		`ERRATA_CAPS__KEY: this variable sets no known key; did you mean "ERRATA_CAPS__KEYS"?`,
		`ERRATA_CAPS__ROUTES: "y" is no whole number`, `--bytes: "z" is no size`,
	}
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("no %q in\n%v", w, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != len(want) {
		t.Errorf("%d problems, want %d:\n%v", got, len(want), err)
	}
}

// Bounds are inclusive on both ends.
func TestBounds(t *testing.T) {
	for text, sound := range map[string]bool{
		"flush: {rows: 99}": false, "flush: {rows: 100}": true, "flush: {rows: 5000000}": true, "flush: {rows: 5000001}": false,
		"flush: {bytes: 1MiB}": true, "flush: {bytes: 1048575}": false, "flush: {bytes: 8GiB}": true, "flush: {bytes: 8589934593}": false,
		"caps: {keys: 1}": true, "caps: {keys: 0}": false, "caps: {keys: -1}": false, "caps: {keys: 99999999999999999999}": false,
		"ingest: {source: " + strings.Repeat("x", 128) + "}": true, "ingest: {source: " + strings.Repeat("x", 129) + "}": false,
		"ingest: {source: \"a\\tb\"}": false, "ingest: {source: \"a b\"}": true, "store: {path: \"a\\0b\"}": false,
		"ingest: {logs: \"\"}": true, "ingest: {logs: Access}": false, "store: {kind: SQLite}": false,
	} {
		_, err := load(t, text+"\n")
		if (err == nil) != sound {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}

// The reference names every key with its default, type, example and variable.
func TestReference(t *testing.T) {
	page := Reference()
	for _, k := range Keys() {
		row := ""
		for line := range strings.Lines(page) {
			if strings.HasPrefix(line, "| `"+k+"` |") {
				row = line
			}
		}
		key := keysByPath()[k]
		if row == "" || strings.Count(row, " | ") != 4 || !strings.Contains(row, key.doc) || !strings.Contains(row, key.example) {
			t.Errorf("%s: row %q", k, row)
		}
		if def := fmt.Sprint(key.value(Default()).Interface()); def != "" && def != "[]" && !strings.Contains(row, "`"+def+"`") {
			t.Errorf("%s: the default %s is not in %q", k, def, row)
		}
		if !strings.Contains(page, "`"+key.env()+"`") {
			t.Errorf("%s: %s is not on the page", k, key.env())
		}
	}
	if a, b := Reference(), Reference(); a != b {
		t.Error("the page is another each time")
	}
}

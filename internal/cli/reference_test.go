package cli

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"errata/internal/config"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the generated pages and the expected output of scripts")

// TestDocs compares the generated pages with the code; make docs writes them.
func TestDocs(t *testing.T) {
	dir := filepath.Join("..", "..", "docs", "reference")
	for name, text := range map[string]string{"cli.md": reference(), "config.md": config.Reference()} {
		file := filepath.Join(dir, name)
		if *update {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Errorf("%v: run make docs", err)
			continue
		}
		if d := cmp.Diff(text, string(got)); d != "" {
			t.Errorf("%s is not what the code says, run make docs:\n%s", name, d)
		}
	}
}

// Every command explains itself, has examples that are commands, and flags that
// say what they take.
func TestHelp(t *testing.T) {
	root := newRoot(&env{})
	walk(root, func(c *cobra.Command) {
		path := c.CommandPath()
		if c.Short == "" || c.Long == "" || c.Example == "" {
			t.Errorf("%s: short, long or example is missing", path)
		}
		if !strings.Contains(c.Example, path) {
			t.Errorf("%s: no example calls it:\n%s", path, c.Example)
		}
		for line := range strings.SplitSeq(c.Long+"\n"+c.Example, "\n") {
			if len(line) > 130 && !strings.HasPrefix(line, "Dimensions") && !strings.HasPrefix(line, "Measures") {
				t.Errorf("%s: a line of %d characters in the help: %s", path, len(line), line)
			}
		}
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if f.Usage == "" {
				t.Errorf("%s: --%s says nothing", path, f.Name)
			}
			if f.Value.Type() != "bool" && !strings.Contains(f.Usage, "`") {
				t.Errorf("%s: --%s does not name its value", path, f.Name)
			}
		})
		for line := range strings.SplitSeq(c.Example, "\n") {
			if !strings.HasPrefix(line, "  ") {
				t.Errorf("%s: examples are indented by two blanks: %q", path, line)
			}
		}
	})
}

// The flags of every example exist.
func TestExamplesParse(t *testing.T) {
	root := newRoot(&env{})
	walk(root, func(c *cobra.Command) {
		for line := range strings.SplitSeq(c.Example, "\n") {
			for part := range strings.SplitSeq(line, "|") {
				words := strings.Fields(part)
				for len(words) > 0 && words[0] != "errata" {
					words = words[1:]
				}
				if len(words) == 0 {
					continue
				}
				target, rest, err := newRoot(&env{}).Find(words[1:])
				if err != nil {
					t.Errorf("%q: %v", part, err)
					continue
				}
				for _, w := range rest {
					name, _, _ := strings.Cut(w, "=")
					switch {
					case strings.HasPrefix(name, "--") && name != "--":
						target.InheritedFlags() // merges the parents' flags
						if target.Flag(name[2:]) == nil {
							t.Errorf("%q: %s has no flag %s", part, target.CommandPath(), name)
						}
					case strings.HasPrefix(name, "-") && len(name) == 2 && name[1] >= 'a':
						target.InheritedFlags()
						if target.Flags().ShorthandLookup(name[1:]) == nil {
							t.Errorf("%q: %s has no flag %s", part, target.CommandPath(), name)
						}
					}
				}
			}
		}
	})
}

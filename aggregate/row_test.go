package aggregate

import (
	"os"
	"strings"
	"testing"
)

// The columns of each kind are those of the page.
func TestColumnsOfKinds(t *testing.T) {
	page, err := os.ReadFile("../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Kinds\n")
	section, _, _ = strings.Cut(section, "\n## ")
	documented := map[string]string{}
	for line := range strings.Lines(section) {
		if f := strings.Split(line, "|"); len(f) > 4 {
			documented[strings.TrimSpace(f[1])] = strings.TrimSpace(f[3])
		}
	}
	for k := KindRequest; k <= KindLedger; k++ {
		if got := strings.Join(k.Columns(), " "); got != documented[k.String()] {
			t.Errorf("%s has the columns %q, the page says %q", k, got, documented[k.String()])
		}
	}
	if got := Kind(0).Columns(); len(got) > 0 {
		t.Errorf("no kind has the columns %q", got)
	}
}

package cli

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// Whatever stands on the command line, the program ends with one of its exit
// codes, says something, and puts nothing unprintable on the terminal.
func FuzzArgs(f *testing.F) {
	for _, s := range []string{
		"query --by type", "parse -", "--", "-", "query --by", "query --by=,,", "query --where = --by x", "store info extra",
		"--config \x00 version", "query --by type\x1b[1m", "completion \x07", "dlq list --limit=99999999999999999999", "help help help",
		"config validate /dev/null", "__complete query --by ", "query --step 9999999w --by type",
	} {
		f.Add(s)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, line string) {
		args := strings.Fields(line)
		for _, a := range args {
			// Nothing is written, and nothing outside is read.
			if strings.ContainsAny(a, "/~") || strings.HasPrefix(a, "-o") || strings.Contains(a, "output") || strings.Contains(a, "truth") || strings.Contains(a, "days") || a == "ingest" || a == "gen" || a == "drop" {
				t.Skip()
			}
		}
		t.Chdir(dir)
		var stdout, stderr bytes.Buffer
		e := &env{
			stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
			getenv: func(string) string { return "" }, clock: func() time.Time { return fakeNow },
		}
		switch code := run(t.Context(), e, args); code {
		case exitOK, exitFailed, exitUsage, exitFound:
			if code != exitOK && stderr.Len() == 0 {
				t.Errorf("%q: exit code %d and not a word", args, code)
			}
		default:
			t.Errorf("%q: exit code %d", args, code)
		}
		if strings.ContainsAny(stderr.String(), "\x1b\x07\x00") {
			t.Errorf("%q: %q", args, stderr.String())
		}
	})
}

package testenv

import (
	"os"
	"os/exec"
	"testing"
)

// names of the browser's program, Debian's first.
var names = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"}

// Chromium is the path of a Chromium. Where there is none, the test is skipped
// with the way to get one; where CI is true it fails, since nobody reads what
// was skipped there.
func Chromium(t testing.TB) string {
	t.Helper()
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	missing(t, "no Chromium found: NOTHING of what a browser shows was tested. To get one: tools/chromium.sh (Debian, as root), or install chromium and have it in PATH")
	return ""
}

// missing ends the test for want of a program.
func missing(t testing.TB, message string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(message)
	} else {
		t.Skip(message)
	}
}

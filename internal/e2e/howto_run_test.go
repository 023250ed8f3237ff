package e2e

import (
	"path/filepath"
	"regexp"
	"testing"
)

// TestHowToCommands types the commands of each page over its own lines.
func TestHowToCommands(t *testing.T) {
	file := regexp.MustCompile(`/var/log/\S+\.log`)
	for _, page := range howTos(t) {
		w := newReader(t)
		var lines string
		n := 0
		for _, b := range fences(t, page) {
			switch b.lang {
			case "log":
				lines += b.text
			case "sh":
				for _, f := range file.FindAllString(b.text, -1) {
					w.write(filepath.Base(f), []byte(lines))
				}
				script := file.ReplaceAllStringFunc(b.text, filepath.Base)
				if out, code := w.shell(script); code != 0 {
					t.Errorf("%s:%d: exit %d\n%s\n%s", page, b.line, code, script, out)
				}
				n++
			}
		}
		if n == 0 {
			t.Errorf("%s shows no command", page)
		}
	}
}

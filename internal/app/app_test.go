package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"errata/ingest"
	"errata/internal/config"
	"errata/internal/dlq"
	"errata/parse"
	"errata/store"

	"github.com/google/go-cmp/cmp"
)

const line = `203.0.113.9 - - [23/Nov/2026:10:05:03 +0000] "GET /v1/agents/agent_1 HTTP/1.1" 404 162 "-" "curl/8.5.0"` + "\n"

// newApp makes an App in a new folder; change edits its configuration.
func newApp(t *testing.T, change func(*config.Loaded)) (*App, *[]ingest.Notice) {
	t.Helper()
	t.Chdir(t.TempDir())
	return again(change)
}

func again(change func(*config.Loaded)) (*App, *[]ingest.Notice) {
	l := &config.Loaded{Config: config.Default()}
	l.Store.Path = "s.db"
	if change != nil {
		change(l)
	}
	var heard []ingest.Notice
	return New(l, Options{Notice: func(n ingest.Notice) { heard = append(heard, n) }}), &heard
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestFormats(t *testing.T) {
	f := Formats()
	if f[0] != "auto" || len(f) != len(parse.Formats())+1 {
		t.Errorf("got %v", f)
	}
	if d := cmp.Diff([]string{"combined", "common"}, bodyless()); d != "" {
		t.Errorf("formats that cannot carry a body: %s", d)
	}
}

func TestIngestAndAsk(t *testing.T) {
	a, heard := newApp(t, nil)
	write(t, "a.log", line+"no log line\n"+line)
	var last, total int64
	sum, err := a.Ingest(context.Background(), IngestOptions{
		Inputs: []string{"a.log", "none.log"}, Progress: func(d, n int64) { last, total = d, n },
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum.Total.Counted != 2 || sum.Total.Dead != 1 || len(sum.Files) != 2 {
		t.Errorf("got %+v", sum)
	}
	if e, ok := errors.AsType[*ingest.InputError](sum.Err()); !ok || e.Name != "none.log" {
		t.Errorf("the missing input: %v", sum.Err())
	}
	if last != total || total == 0 {
		t.Errorf("progress ended at %d of %d", last, total)
	}
	if !slices.ContainsFunc(*heard, func(n ingest.Notice) bool { return n.Code == ingest.NoticeFeed }) {
		t.Errorf("the feed was not told: %v", *heard)
	}

	r, err := a.Query(context.Background(), store.Query{By: []string{"status"}, Measures: []string{"requests", "errors"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 1 || r.Rows[0]["requests"] != int64(2) || r.Rows[0]["errors"] != int64(2) {
		t.Errorf("got %v", r.Rows)
	}
	if text, err := a.SQL(context.Background(), store.Query{By: []string{"status"}}); err != nil || !strings.Contains(text, "SELECT") {
		t.Errorf("SQL: %q, %v", text, err)
	}
	if i, err := a.Info(context.Background()); err != nil || len(i.Sources) == 0 || i.Bytes == 0 {
		t.Errorf("info: %+v, %v", i, err)
	}
	var letters []dlq.Letter
	if _, err := a.DeadLetters(t.Context(), func(l dlq.Letter) error { letters = append(letters, l); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(letters) != 1 || letters[0].Line != 2 || letters[0].Reason != string(parse.UnknownFormat) {
		t.Errorf("dead letters: %+v", letters)
	}
	st, err := os.Stat(a.DeadPath())
	if err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("dead letters are open to others: %v, %v", st.Mode(), err)
	}
}

// A folder that holds the store is read without the store's own files.
func TestOwnFilesAreNoInputs(t *testing.T) {
	a, _ := newApp(t, func(l *config.Loaded) { l.Privacy.CallerKeyFile = "key" })
	write(t, "key", strings.Repeat("0f", 16))
	write(t, "a.log", line+"dead\n")
	for range 2 {
		sum, err := a.Ingest(context.Background(), IngestOptions{Inputs: []string{"."}})
		if err != nil {
			t.Fatal(err)
		}
		if len(sum.Files) != 1 || filepath.Base(sum.Files[0].Name) != "a.log" {
			t.Errorf("read %+v", sum.Files)
		}
	}
}

func TestCallerKey(t *testing.T) {
	withKey := func(l *config.Loaded) { l.Privacy.CallerKeyFile = "key" }
	a, _ := newApp(t, withKey)
	write(t, "a.log", line)
	for text, want := range map[string]string{
		"":                              "is empty",
		"zz":                            "holds no caller key",
		strings.Repeat("0", 31):         "holds no caller key",
		strings.Repeat("canary-0", 600): "longer than",
	} {
		write(t, "key", text)
		_, err := a.Ingest(context.Background(), IngestOptions{Inputs: []string{"a.log"}})
		if _, ok := errors.AsType[config.Problems](err); !ok || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%.8q: got %v", text, err)
		}
		if err := a.Check(); err == nil {
			t.Errorf("%.8q: Check finds nothing", text)
		}
	}
	write(t, "key", strings.Repeat("0f", 16)+"\n")
	if err := a.Check(); err != nil {
		t.Error(err)
	}
	if _, err := a.Ingest(context.Background(), IngestOptions{Inputs: []string{"a.log"}}); err != nil {
		t.Fatal(err)
	}
	// Another key, and none: both are refused, since callers would be counted twice.
	write(t, "key", strings.Repeat("f0", 16))
	if _, err := a.Ingest(context.Background(), IngestOptions{Inputs: []string{"a.log"}}); !errors.Is(err, ErrCallerKey) {
		t.Errorf("another key: %v", err)
	}
	b, _ := again(nil)
	if _, err := b.Ingest(context.Background(), IngestOptions{Inputs: []string{"a.log"}}); !errors.Is(err, ErrCallerKey) {
		t.Errorf("no key: %v", err)
	}
	if _, err := b.Query(context.Background(), store.Query{By: []string{"status"}}); err != nil {
		t.Errorf("asking needs no key: %v", err)
	}
}

func TestCheckRoutes(t *testing.T) {
	a, _ := newApp(t, func(l *config.Loaded) { l.Parse.Routes = []string{"/orders/{id}"} })
	if err := a.Check(); err != nil {
		t.Error(err)
	}
}

func TestParse(t *testing.T) {
	a, _ := newApp(t, nil)
	element := `{"start_time":1795428303000,"request":{"method":"GET","uri":"/x"},"response":{"status":200}}`
	write(t, "a.log", line+"\n"+"dead\n")
	write(t, "b.json", "\xef\xbb\xbf ["+element+",1]")
	var got []string
	sum, err := a.Parse(context.Background(), ParseOptions{Inputs: []string{"a.log", "none", "b.json", "-"}, Stdin: strings.NewReader(line)},
		func(at Place, ev *parse.Event) error {
			s := at.Name + " " + string(rune('0'+at.Line)) + " " + string(rune('0'+ev.Index)) + " " + ev.Format + string(ev.Dead)
			if at.Element {
				s += " element"
			}
			got = append(got, s)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"a.log 1 0 combined", "a.log 3 0 unknown_format", "b.json 1 0 apisix element", "b.json 1 1 unknown_format element", "- 1 0 combined"}
	for i, s := range got { // how standard input is called is the source's affair
		if strings.HasSuffix(s, " 1 0 combined") && !strings.HasPrefix(s, "a.log") {
			got[i] = "- 1 0 combined"
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(sum.Errs) != 1 || sum.Entries != 5 || sum.Dead != 2 || sum.Files != 3 {
		t.Errorf("got %+v", sum)
	}
	stop := errors.New("stop")
	if _, err := a.Parse(context.Background(), ParseOptions{Inputs: []string{"a.log"}}, func(Place, *parse.Event) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("an error of show: %v", err)
	}
}

func TestParseOneLine(t *testing.T) {
	a, _ := newApp(t, nil)
	write(t, "a.log", strings.Repeat(line, 5000))
	for _, c := range []struct {
		line  int64
		found bool
	}{{1, true}, {4999, true}, {5000, true}, {5001, false}} {
		n := 0
		sum, err := a.Parse(context.Background(), ParseOptions{Inputs: []string{"a.log"}, Line: c.line}, func(at Place, _ *parse.Event) error {
			if n++; at.Line != c.line {
				t.Errorf("line %d: got line %d", c.line, at.Line)
			}
			return nil
		})
		if err != nil || sum.Found != c.found || (n == 1) != c.found {
			t.Errorf("line %d: found %v, %d entries, %v", c.line, sum.Found, n, err)
		}
	}
}

// A line over the limit is one dead entry, and the next line is read.
func TestParseTooLong(t *testing.T) {
	a, _ := newApp(t, nil)
	long := append(bytes.Repeat([]byte("x"), parse.MaxRecord+1), '\n')
	if err := os.WriteFile("long.log", append(long, line...), 0o600); err != nil {
		t.Fatal(err)
	}
	var got []string
	_, err := a.Parse(context.Background(), ParseOptions{Inputs: []string{"long.log"}}, func(_ Place, ev *parse.Event) error {
		got = append(got, string(ev.Dead))
		return nil
	})
	if d := cmp.Diff([]string{"too_long", ""}, got); d != "" || err != nil {
		t.Errorf("%v %s", err, d)
	}
}

func TestIsArray(t *testing.T) {
	for in, want := range map[string]bool{"[": true, " \t[1]": true, "\xef\xbb\xbf[": true, "{": false, "": false, "x[": false, "  ": false} {
		if got := isArray([]byte(in)); got != want {
			t.Errorf("%q: got %v", in, got)
		}
	}
}

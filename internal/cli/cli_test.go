package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"errata/ingest"
	"errata/internal/app"
	"errata/internal/config"
	"errata/parse"
	"errata/store"

	"github.com/google/go-cmp/cmp"
)

func TestExitCode(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{errSaid, 1},
		{io.ErrUnexpectedEOF, 1},
		{&usageError{"x", ""}, 2},
		{fmt.Errorf("wrapped: %w", &usageError{"x", ""}), 2},
		{config.Problems{{Where: "f:1", Text: "x"}}, 2},
		{errors.Join(errors.New("x"), config.Problems{{Where: "f:1", Text: "x"}}), 2},
		{&store.UsageError{}, 2},
		{fmt.Errorf("store: %w", app.ErrCallerKey), 2},
		{&foundError{"x"}, 3},
		{context.Canceled, 130},
		{fmt.Errorf("reading: %w", context.Canceled), 130},
		{fmt.Errorf("write: %w", syscall.EPIPE), 0},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: got %d, want %d", c.err, got, c.want)
		}
	}
}

func TestParseFilter(t *testing.T) {
	for in, want := range map[string]store.Filter{
		"type=api_error":      {Dim: "type", Op: store.Eq, Value: "api_error"},
		"type!=api_error":     {Dim: "type", Op: store.Ne, Value: "api_error"},
		"route~/sessions":     {Dim: "route", Op: store.Prefix, Value: "/sessions"},
		"type=":               {Dim: "type", Op: store.Eq},
		"type=(none)":         {Dim: "type", Op: store.Eq},
		"type!=(none)":        {Dim: "type", Op: store.Ne},
		"type~(none)":         {Dim: "type", Op: store.Prefix, Value: "(none)"},
		`type=\(none)`:        {Dim: "type", Op: store.Eq, Value: "(none)"},
		"param=a=b":           {Dim: "param", Op: store.Eq, Value: "a=b"},
		"param==b":            {Dim: "param", Op: store.Eq, Value: "=b"},
		"param=a!=b~c":        {Dim: "param", Op: store.Eq, Value: "a!=b~c"},
		" type =x":            {Dim: "type", Op: store.Eq, Value: "x"},
		"route= /with blanks": {Dim: "route", Op: store.Eq, Value: " /with blanks"},
	} {
		got, err := parseFilter(in)
		if err != nil || got != want {
			t.Errorf("%q: got %+v, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "type", "=x", "!=x", "~x", "type!x", "type<5"} {
		if got, err := parseFilter(in); err == nil {
			t.Errorf("%q: got %+v, want an error", in, got)
		}
	}
}

func TestFileLine(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "is:7", "x")
	for in, want := range map[string]string{
		"a.log:12": "a.log 12", "a:b:3": "a:b 3", "dir/a.log:1": "dir/a.log 1",
		"a.log": "", "a.log:": "", ":5": "", "a.log:0": "", "a.log:-1": "", "a.log:+1": "", "a.log:x": "", "is:7": "", "-": "",
		"a:99999999999999999999": "",
	} {
		file, line, ok := fileLine(in)
		got := ""
		if ok {
			got = fmt.Sprintf("%s %d", file, line)
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// The contract of errata query -o json: keys, their order, nulls.
func TestResultJSON(t *testing.T) {
	from := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	half := 0.5
	r := store.Result{
		From: &from, Columns: []string{"time", "type", "errors", "callers", "callers_error", "ratio"},
		Rows: []map[string]any{
			{"time": "2026-11-23T00:00:00Z", "type": "", "errors": int64(3), "callers": int64(300), "callers_error": 18.75, "ratio": nil},
			{"time": "2026-11-23T00:00:00Z", "type": "a\"\x1b\u2028", "errors": int64(1), "callers": nil, "callers_error": nil, "ratio": 1e-9},
		},
		Totals:   map[string]any{"errors": int64(4), "callers": int64(300), "callers_error": 18.75, "ratio": nil},
		Coverage: store.CoverageValue{Value: &half, Clamped: 2}, OtherShare: 0.25, Notes: []string{"a note"},
	}
	got := appendResult(nil, &r)
	want := `{"from":"2026-11-23T00:00:00Z","to":null,"rows":[
{"time":"2026-11-23T00:00:00Z","type":"","errors":3,"callers":300,"callers_error":18.75,"ratio":null},
{"time":"2026-11-23T00:00:00Z","type":"a\"\u001b` + "\u2028" + `","errors":1,"callers":null,"callers_error":null,"ratio":1e-9}],
"totals":{"errors":4,"callers":300,"callers_error":18.75,"ratio":null},
"coverage":{"value":0.5,"reason":"","clamped":2,"undated":0},
"other_share":0.25,
"notes":["a note"]}
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}
	if !json.Valid(got) {
		t.Error("not valid JSON")
	}
	empty := appendResult(nil, &store.Result{})
	if want := `{"from":null,"to":null,"rows":[],
"totals":{},
"coverage":{"value":null,"reason":"","clamped":0,"undated":0},
"other_share":0,
"notes":[]}
`; string(empty) != want {
		t.Errorf("an empty answer: %s", empty)
	}
	var b bytes.Buffer
	if err := writeResult(&b, &r, []string{"type"}); err != nil {
		t.Fatal(err)
	}
	table := strings.Join([]string{
		"time                  type          errors  callers   ratio",
		"--------------------  ------------  ------  -------  ------",
		"2026-11-23T00:00:00Z  (none)             3     ~300  (none)",
		"2026-11-23T00:00:00Z  a\"\\x1b\\u2028       1   (none)  0.00 %",
		"--------------------  ------------  ------  -------  ------",
		"total                                    4     ~300  (none)",
		"",
	}, "\n")
	if d := cmp.Diff(table, b.String()); d != "" {
		t.Error(d)
	}
}

// An estimate of whatever callers is marked, what is exact is not.
func TestEstimatesAreMarked(t *testing.T) {
	r := store.Result{
		Columns: []string{"source", "active_callers", "active_callers_error", "requests"},
		Rows: []map[string]any{
			{"source": "a", "active_callers": int64(300), "active_callers_error": 18.75, "requests": int64(900)},
			{"source": "b", "active_callers": int64(30), "active_callers_error": 0.0, "requests": int64(90)},
		},
		Totals: map[string]any{"active_callers": int64(330), "active_callers_error": 18.75, "requests": int64(990)},
	}
	var b bytes.Buffer
	if err := writeResult(&b, &r, []string{"source"}); err != nil {
		t.Fatal(err)
	}
	table := strings.Join([]string{
		"source  active_callers  requests",
		"------  --------------  --------",
		"a                 ~300       900",
		"b                   30        90",
		"------  --------------  --------",
		"total             ~330       990",
		"",
	}, "\n")
	if d := cmp.Diff(table, b.String()); d != "" {
		t.Error(d)
	}
}

func TestCSVOnAScreen(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.log", `{"start_time":1795428303000,"request":{"method":"GET","uri":"/x"},"response":{"status":500,"body":"{\"type\":\"error\",\"error\":{\"type\":\"\\u001b[2J\"}}"}}`+"\n")
	must(t, "ingest", "--store", "s.db", "a.log")
	for _, screen := range []bool{false, true} {
		var stdout, stderr bytes.Buffer
		e := &env{stdout: &stdout, stderr: &stderr, screen: screen, getenv: func(string) string { return "" }, clock: time.Now}
		if code := run(context.Background(), e, []string{"query", "--store", "s.db", "--by", "type", "-o", "csv"}); code != 0 {
			t.Fatal(stderr.String())
		}
		if got := strings.Contains(stdout.String(), "\x1b"); got == screen {
			t.Errorf("screen %v: %q", screen, stdout.String())
		}
	}
}

func TestNotices(t *testing.T) {
	var b bytes.Buffer
	e := &env{stderr: &b}
	n := newNotices(e, &b)
	for i := range 50 {
		n.add(ingest.Notice{Code: "feed", Name: fmt.Sprintf("f%d\x1b", i), Text: "taken as both"})
	}
	n.add(ingest.Notice{Code: ingest.NoticeContinues, Name: "x.log", Text: "known as x.log: goes on after line 7"})
	n.add(ingest.Notice{Code: ingest.NoticeContinues, Name: "x.log.1", Text: "known as x.log: goes on after line 7"})
	n.rest()
	got := b.String()
	if c := strings.Count(got, "taken as both"); c != perCode {
		t.Errorf("%d notices of one kind, want %d", c, perCode)
	}
	if !strings.Contains(got, `and 30 more notices of the kind "feed"`) {
		t.Errorf("the rest is not told: %s", got)
	}
	if strings.Contains(got, "\x1b") {
		t.Errorf("a file's name drives the terminal: %q", got)
	}
	if strings.Contains(got, "x.log: known") || !strings.Contains(got, "x.log.1: known as x.log") {
		t.Errorf("only what changed its name is news: %s", got)
	}
	b.Reset()
	quiet := newNotices(&env{stderr: &b, quiet: true}, &b)
	quiet.add(ingest.Notice{Code: "feed", Text: "x"})
	if quiet.rest(); b.Len() > 0 {
		t.Errorf("not quiet: %s", b.String())
	}
}

// safeBuffer is a buffer that the bar and the test may use at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func TestProgress(t *testing.T) {
	for _, c := range []struct{ terminal, quiet bool }{{false, false}, {true, true}} {
		var b safeBuffer
		p := newProgress(&env{stderr: &b, terminal: c.terminal, quiet: c.quiet}, "read")
		p.set(1, 2)
		p.set(2, 2)
		p.end()
		if b.b.Len() > 0 || p.writer(io.Discard) != io.Discard {
			t.Errorf("%+v: a bar is drawn: %q", c, b.b.String())
		}
	}
	var b safeBuffer
	p := newProgress(&env{stderr: &b, terminal: true}, "wrote")
	p.set(1<<20, 2<<20)
	fmt.Fprintln(p.writer(&b), "a notice")
	p.set(2<<20, 2<<20)
	p.end()
	p.end()
	if !strings.Contains(b.b.String(), "a notice") {
		t.Errorf("the notice is lost: %q", b.b.String())
	}
}

func TestSmallThings(t *testing.T) {
	for in, want := range map[string]string{"a.db": "a.db", "/x/y-1.db": "/x/y-1.db", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := shellQuote(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	if got := reasons(map[parse.Reason]int64{"b": 2, "a": 2, "c": 1200}); got != "1,200 c, 2 a, 2 b" {
		t.Error(got)
	}
	var b bytes.Buffer
	say(&b, "two\nlines \x1b[1m and Bearer abcdef0123456789abcdef\n")
	if got := b.String(); got != "two\nlines \\x1b[1m and Bearer ***\n\n" {
		t.Errorf("%q", got)
	}
}

// A run that is interrupted before it began stores nothing and says so.
func TestInterrupted(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.log", strings.Repeat(combinedLine, 1000))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{
		{"ingest", "--store", "s.db", "a.log"}, {"parse", "a.log"}, {"gen", "--scenario", "demo", "-o", "x.ndjson"},
	} {
		var stdout, stderr bytes.Buffer
		e := &env{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, getenv: os.Getenv, clock: time.Now}
		if code := run(ctx, e, args); code != 130 || !strings.Contains(stderr.String(), "errata: interrupted") {
			t.Errorf("%v: exit code %d: %s", args, code, stderr.String())
		}
	}
	if _, err := os.Stat("x.ndjson"); err == nil {
		t.Error("half a file is left")
	}
}

// failingWriter is a full disk.
type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

func TestOutputThatFails(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a.log", strings.Repeat(combinedLine, 2000))
	must(t, "ingest", "--store", "s.db", "a.log")
	for _, args := range [][]string{
		{"parse", "a.log"},
		{"query", "--store", "s.db", "--by", "status"},
		{"gen", "--scenario", "small", "--days", "1"},
		{"store", "info", "--store", "s.db"},
		{"config", "print"},
		{"version"},
		{"completion", "bash"},
	} {
		for err, want := range map[error]int{syscall.ENOSPC: 1, syscall.EPIPE: 0} {
			var stderr bytes.Buffer
			e := &env{stdin: strings.NewReader(""), stdout: failingWriter{err}, stderr: &stderr, getenv: os.Getenv, clock: time.Now}
			if code := run(context.Background(), e, args); code != want || (want == 0 && stderr.Len() > 0) {
				t.Errorf("%v on %v: exit code %d: %s", args, err, code, stderr.String())
			}
		}
	}
}

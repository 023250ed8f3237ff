package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fakeNow is the clock of the tests.
var fakeNow = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// result is what a command did.
type ran struct {
	code           int
	stdout, stderr string
}

// errata runs a command line in the current folder.
func errata(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	e := &env{
		stdin: strings.NewReader(stdin), stdout: &stdout, stderr: &stderr,
		environ: os.Environ(), getenv: os.Getenv, clock: func() time.Time { return fakeNow },
	}
	code := run(context.Background(), e, args)
	return ran{code, stdout.String(), stderr.String()}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// must runs a command that prepares a test.
func must(t *testing.T, args ...string) ran {
	t.Helper()
	r := errata(t, "", args...)
	if r.code != 0 {
		t.Fatalf("errata %v: exit code %d\n%s", args, r.code, r.stderr)
	}
	return r
}

const combinedLine = `203.0.113.9 - - [23/Nov/2026:10:05:03 +0000] "GET /v1/agents/agent_1 HTTP/1.1" 404 162 "-" "curl/8.5.0"` + "\n"

// mistakes are what users are likely to get wrong, each with the exact text
// that they then see, in testdata/mistakes.txt. Standard error and the exit
// code are kept; every message says what to do.
var mistakes = []struct {
	what string
	args string
}{
	{"no command of that name", "qury --by type"},
	{"a flag misspelt", "query --mesure errors --by type"},
	{"one dash", "query -by type"},
	{"a flag without its value", "query --by"},
	{"query without anything to split by", "query"},
	{"dimensions without --by", "query type,status"},
	{"an unknown dimension", "query --by routes"},
	{"an unknown measure", "query --by route --measure error"},
	{"dimensions that do not live together", "query --by feature,retry"},
	{"a filter without a value", "query --by type --where status"},
	{"a filter on an unknown dimension", "query --by type --where statsu=500"},
	{"a bad time", "query --by type --since yesterday"},
	{"a day that does not exist", "query --by type --since 2026-02-29"},
	{"an empty range", "query --by type --since 2026-11-24 --until 2026-11-24"},
	{"--last with --since", "query --by type --last 24h --since 2026-11-24"},
	{"a step that is too fine", "query --by client --step 1m"},
	{"a limit that is no number", "query --by type --limit ten"},
	{"a format that is none", "query --by type -o jsn"},
	{"a file whose ending names no format", "query --by type -o errors.xlsx"},
	{"a range newer than the store", "query --store s.db --by type --last 24h"},
	{"a range older than the store", "query --store s.db --by type --until 2020-01-01"},
	{"no errors in the logs", "query --store ok.db --by type"},
	{"a measure that the logs do not give", "query --store s.db --by route --measure p95,envelopes"},
	{"the store is not there", "query --store none.db --by type"},
	{"the store is no database", "query --store access.log --by type"},
	{"the store is a folder", "query --store empty --by type"},
	{"ingest without inputs", "ingest"},
	{"a file that is not there", "ingest --store x.db acess.log"},
	{"a pattern that matches nothing", "ingest --store x.db *.gz2"},
	{"a folder without logs", "ingest --store x.db empty"},
	{"an empty file", "ingest --store x.db empty.log"},
	{"only blank lines", "ingest --store x.db blank.log"},
	{"a file of something else", "ingest --store x.db notes.txt"},
	{"a binary file", "ingest --store x.db random.bin"},
	{"a compressed file that was cut", "ingest --store x.db cut.gz"},
	{"a pipe by its name", "ingest --store x.db fifo"},
	{"an unknown log format", "ingest --store x.db --log-format apsix access.log"},
	{"the wrong log format", "ingest --store x.db --log-format kong access.log"},
	{"an unknown kind of logs", "ingest --store x.db --logs acess access.log"},
	{"two feeds that both count requests", "ingest --store s.db both.ndjson"},
	{"the last line is not finished", "ingest --store x.db unfinished.log"},
	{"a source without a name", "ingest --store x.db --source= access.log"},
	{"a store without a name", "ingest --store= access.log"},
	{"a store of another kind", "ingest --store clickhouse://db:8123/errata access.log"},
	{"--strict and there are dead letters", "ingest --store y.db --strict mixed.log"},
	{"a typo in the configuration", "query --config typo.yaml --by type"},
	{"a configuration that is not there", "query --config none.yaml --by type"},
	{"a configuration that is no YAML", "config validate broken.yaml"},
	{"validate without a file", "config validate"},
	{"a caller key that is none", "ingest --config key.yaml --store x.db access.log"},
	{"a caller key file that is not there", "config validate nokey.yaml"},
	{"another caller key than the store's", "ingest --config otherkey.yaml --store s.db access.log"},
	{"a line that is not there", "parse access.log:7"},
	{"a file to parse that is not there", "parse acess.log"},
	{"nothing that parse knows", "parse notes.txt"},
	{"a line among several files", "parse access.log access.log:1"},
	{"an unknown scenario", "gen --scenario demoo"},
	{"a log that cannot be", "gen --log-format combined --logs response"},
	{"a folder that is not there", "gen --scenario small --days 1 -o nowhere/x.ndjson"},
	{"an unknown reason", "dlq list --reason notjson"},
	{"a feature without its flag", "demand files"},
	{"an empty feature", "demand --feature="},
	{"a feature as a filter", "demand --store 501.db --where feature=files"},
	{"a dimension that demand is not filtered by", "demand --where route=/agents"},
	{"a filter of demand without a value", "demand --where source"},
	{"a feature that nobody asked for", "demand --store 501.db --feature flies"},
	{"no 501 in the logs", "demand --store ok.db"},
	{"only 501 without a feature", "demand --store plain501.db"},
	{"501 in an access log", "demand --store access501.db"},
	{"demand of a store that is not there", "demand --store none.db"},
	{"a store as if it were a log", "ingest --store x.db s.db"},
	{"a format that demand does not have", "demand -o html"},
	{"names of callers that are none", "demand --config names.yaml --store 501.db"},
	{"a file of names that is not there", "demand --config nonames.yaml --store 501.db"},
	{"a filter without its flag", "samples type=api_error"},
	{"a dimension that samples do not have", "samples --where feature=files"},
	{"a dimension of samples misspelt", "samples --where tipe=api_error"},
	{"a finding that is none", "samples --where finding=type_satus"},
	{"a limit below 0", "samples --limit -1"},
	{"samples of a range without any", "samples --store s.db --last 1h"},
	{"samples of a log without errors", "samples --store ok.db"},
	{"drop without a source", "store drop"},
	{"drop with the source as an argument", "store drop eu"},
	{"drop of a source that is not held", "store drop --store s.db --source defualt"},
	{"drop from a store that is not there", "store drop --store none.db --source default"},
	{"a dry run", "store drop --store s.db --source default --dry-run"},
	{"no dead letters", "dlq list --store s.db"},
	{"dead letters of a store that is not there", "dlq list --store none.db"},
	{"a status that is none", "query --store s.db --by status --where status=4xx"},
	{"a group without its command", "store"},
	{"a week that is none", "report --week 46"},
	{"a week that the year does not have", "report --week 2027-W53"},
	{"--week with another range", "report --week 2026-W46 --since 2026-11-01"},
	{"--last with --until in a report", "report --last 7d --until 2026-11-01"},
	{"an unknown time zone", "report --tz Berlin"},
	{"the zone of the machine", "report --tz local"},
	{"no time zone", "report --tz="},
	{"a range backwards, told in its zone", "report --since 2026-11-16 --until 2026-11-09 --tz Asia/Tokyo"},
	{"an hour that the zone does not have", "report --since 2026-03-29T02:30 --tz Europe/Berlin"},
	{"nothing that can be compared with", "report --compare before"},
	{"a week to compare with that is none", "report --compare 2026-W60"},
	{"a range to compare with that has no end", "report --compare 2026-10-01.."},
	{"a range to compare with that is backwards", "report --compare 2026-11-01..2026-10-01"},
	{"fewer rows than none", "report --top -1"},
	{"rows that are no number", "report --top many"},
	{"a report as something else", "report -o pdf"},
	{"a report in a file of something else", "report -o report.pdf"},
	{"a report filtered by what is no dimension", "report --where stauts=500"},
	{"a report filtered by nothing", "report --where status"},
	{"a report filtered by what errors are not kept by", "report access.log --where client=curl"},
	{"a store and inputs", "report --store s.db access.log"},
	{"a source without inputs", "report --store s.db --source default"},
	{"a kind of logs without inputs", "report --store s.db --logs access"},
	{"a report from a store that is not there", "report --store none.db"},
	{"a report from what is no store", "report --store access.log"},
	{"a report of a week of which nothing is held", "report --store s.db --week 2026-W40 -o report.json"},
	{"a report over a file that is not there", "report acess.log"},
	{"a report over a file and one that is not there", "report access.log none.log -o report.json"},
	{"a report over nothing that is known", "report notes.txt"},
	{"a report over a store as if it were a log", "report s.db"},
	{"a report over an empty file", "report empty.log -o report.json"},
	{"a report over a folder with other files", "report folder -o report.json"},
	{"a report over a folder without logs", "report empty"},
	{"a report over a file that was cut", "report cut.gz -o report.json"},
	{"a report in the wrong log format", "report --log-format kong access.log"},
	{"a report of an unknown kind of logs", "report --logs acess access.log"},
	{"a report into a folder that is not there", "report access.log -o nowhere/report.html"},
	{"a report with a caller key that is none", "report --config key.yaml access.log"},
	{"a report with names that are none", "report --config nonames.yaml access.log"},
	{"a shell that is none", "completion bahs"},
}

var fingerprint = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

var took = regexp.MustCompile(`, in \d+(\.\d+)?m?s`)

func TestMistakes(t *testing.T) {
	golden, err := filepath.Abs("testdata/mistakes.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_DATA_HOME", dir)
	prepareMistakes(t)

	var got strings.Builder
	for _, m := range mistakes {
		for _, side := range []string{"", "-wal", "-shm", ".lock", ".dead.ndjson"} {
			_ = os.Remove("x.db" + side) // a store of its own for each
		}
		r := errata(t, "", strings.Fields(m.args)...)
		text := strings.ReplaceAll(r.stderr, dir, "DIR")
		text = fingerprint.ReplaceAllString(text, "KEY")
		text = took.ReplaceAllString(text, ", in TIME")
		fmt.Fprintf(&got, "# %s\n$ errata %s\n%s-> %d\n\n", m.what, m.args, text, r.code)
		if strings.TrimSpace(r.stderr) == "" {
			t.Errorf("errata %s: says nothing", m.args)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Error(d)
	}
}

func prepareMistakes(t *testing.T) {
	t.Helper()
	write(t, "access.log", combinedLine)
	write(t, "mixed.log", combinedLine+"this is no log line\n")
	write(t, "unfinished.log", combinedLine+strings.TrimSuffix(combinedLine, "\n"))
	write(t, "notes.txt", "Dear diary,\n\ntoday I logged nothing.\n")
	write(t, "random.bin", "\x00\x01\x02\x7fELF\x00\x00\n\x00")
	write(t, "empty.log", "")
	write(t, "blank.log", "\n  \n\r\n")
	if err := os.Mkdir("empty", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("folder", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "folder/access.log", combinedLine)
	write(t, "folder/notes.txt", "Dear diary,\n\ntoday I logged nothing.\n")
	write(t, "folder/random.bin", "\x00\x01\x02\x7fELF\x00\x00\n\x00")
	write(t, "folder/picture.png", "\x89PNG\r\n\x1a\n\x00\x00")
	write(t, "folder/empty.log", "")
	must(t, "ingest", "--store", "s.db", "access.log")
	write(t, "ok.log", strings.ReplaceAll(combinedLine, " 404 ", " 200 "))
	must(t, "ingest", "--store", "ok.db", "ok.log")
	write(t, "501.log", attempt("2026-11-23T10:00:00Z", "k", 501, "files", "files-2026-10-01", ""))
	must(t, "ingest", "--store", "501.db", "501.log")
	write(t, "plain501.log", attempt("2026-11-23T10:00:00Z", "k", 501, "", "", ""))
	must(t, "ingest", "--store", "plain501.db", "plain501.log")
	write(t, "access501.log", strings.ReplaceAll(combinedLine, " 404 ", " 501 "))
	must(t, "ingest", "--store", "access501.db", "access501.log")
	write(t, "names.csv", "caller;name;org\nk1;Ann;Acme\n")
	write(t, "names.yaml", "privacy: {caller_names_file: names.csv}\n")
	write(t, "nonames.yaml", "privacy: {caller_names_file: none.csv}\n")
	must(t, "gen", "--scenario", "clean", "--days", "1", "-o", "both.ndjson")
	must(t, "gen", "--scenario", "clean", "--days", "1", "-o", "whole.gz")
	b, err := os.ReadFile("whole.gz")
	if err != nil {
		t.Fatal(err)
	}
	write(t, "cut.gz", string(b[:4000]))
	write(t, "typo.yaml", "stor:\n  path: s.db\nflush: {rows: many}\n")
	write(t, "broken.yaml", "store: {path: \"s.db\n")
	write(t, "key.txt", "not hex\n")
	write(t, "key.yaml", "privacy: {caller_key_file: key.txt}\n")
	write(t, "nokey.yaml", "privacy: {caller_key_file: none.txt}\n")
	write(t, "otherkey.txt", strings.Repeat("0f", 16)+"\n")
	write(t, "otherkey.yaml", "privacy: {caller_key_file: otherkey.txt}\n")
}

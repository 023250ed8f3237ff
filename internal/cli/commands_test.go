package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"errata/internal/config"

	"github.com/google/go-cmp/cmp"
)

// at is a line at a minute of 23 November 2026.
func at(minute int, method, uri, caller string, status int, typ string) string {
	body := "{}"
	if typ != "" {
		body = envelope(typ, "m", "")
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	ms := time.Date(2026, 11, 23, 10, minute, 3, 0, time.UTC).UnixMilli()
	return fmt.Sprintf(`{"start_time":%d,"latency":%d,"request":{"method":%q,"uri":%q,"headers":{"authorization":"Bearer %s"}},"response":{"status":%d,"size":100,"body":%s}}`+"\n",
		ms, 10*(minute+1), method, uri, caller, status, b)
}

func queryStore(t *testing.T) {
	t.Helper()
	write(t, "log", ""+
		at(0, "GET", "/v1/agents", "a", 200, "")+
		at(0, "POST", "/v1/agents", "a", 400, "invalid_request_error")+
		at(1, "POST", "/v1/agents", "b", 400, "invalid_request_error")+
		at(1, "GET", "/v1/sessions", "b", 500, "api_error")+
		at(7, "GET", "/v1/sessions", "b", 500, "api_error")+
		at(59, "GET", "/v1/files", "c", 404, "not_found_error")+
		at(60, "GET", "/v1/files", "c", 200, ""))
	must(t, "ingest", "--store", "s.db", "log")
}

func TestQueries(t *testing.T) {
	t.Chdir(t.TempDir())
	queryStore(t)
	for _, c := range []struct{ args, want string }{
		{"--by type", "type,errors|api_error,2|invalid_request_error,2|not_found_error,1"},
		{"--by type --limit 1", "type,errors|api_error,2"},
		{"--by type --order type", "type,errors|api_error,2|invalid_request_error,2|not_found_error,1"},
		{"--by type --order -type", "type,errors|not_found_error,1|invalid_request_error,2|api_error,2"},
		{"--by type --order errors", "type,errors|not_found_error,1|api_error,2|invalid_request_error,2"},
		{"--by type,status", "type,status,errors|api_error,500,2|invalid_request_error,400,2|not_found_error,404,1"},
		{"--by method,route --measure errors", "method,route,errors|GET,/sessions,2|POST,/agents,2|GET,/files,1"},
		{"--by status --measure requests", "status,requests|200,2|400,2|500,2|404,1"},
		{"--by route --measure requests,errors,ratio", "route,requests,errors,ratio|/agents,3,2,0.6666666666666666|/files,2,1,0.5|/sessions,2,2,1"},
		{"--by type --measure callers", "type,callers,callers_error|invalid_request_error,2,0|api_error,1,0|not_found_error,1,0"},
		{"--by status --measure responses", "status,responses|200,2|400,2|500,2|404,1"},
		{"--by source --measure active_callers,requests", "source,active_callers,active_callers_error,requests|default,3,0,7"},
		{"--by source --measure bytes", "source,bytes|default,700"},
		{"--measure errors,callers", "errors,callers,callers_error|5,3,0"},
		{"--by type --where status=400", "type,errors|invalid_request_error,2"},
		{"--by type --where status=400 --where status=500", "type,errors|api_error,2|invalid_request_error,2"},
		{"--by type --where status!=400", "type,errors|api_error,2|not_found_error,1"},
		{"--by type --where route~/s", "type,errors|api_error,2"},
		{"--by type --where route~/s --where type!=api_error", "type,errors"},
		{"--by type --since 2026-11-23T10:01 --until 2026-11-23T10:08", "type,errors|api_error,2|invalid_request_error,1"},
		{"--by type --since 2026-W48 --until 2026-W49", "type,errors|api_error,2|invalid_request_error,2|not_found_error,1"},
		{"--by type --since 2026-11-24", "type,errors"},
		{"--by type --last 2d", "type,errors|api_error,2|invalid_request_error,2|not_found_error,1"},
		{"--by type --until 1d", "type,errors|api_error,2|invalid_request_error,2|not_found_error,1"},
		{"--by type --last 1h", "type,errors"},
		{"--step 1h", "time,errors|2026-11-23T10:00:00Z,5"},
		{"--step 1h --measure requests", "time,requests|2026-11-23T10:00:00Z,6|2026-11-23T11:00:00Z,1"},
		{"--by status --step 5m --where status=500", "time,status,errors|2026-11-23T10:00:00Z,500,1|2026-11-23T10:05:00Z,500,1"},
		{"--by reason --measure entries", "reason,entries|,7"},
		{"--by shape", "shape,errors|envelope,5"},
	} {
		r := errata(t, "", append([]string{"query", "--store", "s.db", "-o", "csv"}, strings.Fields(c.args)...)...)
		got := strings.ReplaceAll(strings.TrimSuffix(r.stdout, "\r\n"), "\r\n", "|")
		if r.code != 0 || got != c.want {
			t.Errorf("%s: exit code %d\n got %s\nwant %s\n%s", c.args, r.code, got, c.want, r.stderr)
		}
	}
}

// Every format of an answer holds the same numbers, on standard output and in a file.
func TestQueryFormats(t *testing.T) {
	t.Chdir(t.TempDir())
	queryStore(t)
	args := []string{"query", "--store", "s.db", "--by", "type,status", "--measure", "errors,callers"}
	for _, f := range []struct{ name, ending string }{{"table", ".txt"}, {"json", ".json"}, {"csv", ".csv"}} {
		direct := must(t, append(args, "-o", f.name)...)
		filed := must(t, append(args, "-o", "answer"+f.ending)...)
		b, err := os.ReadFile("answer" + f.ending)
		if err != nil || string(b) != direct.stdout || filed.stdout != "" {
			t.Errorf("%s: the file differs from standard output: %v\n%s\n%s", f.name, err, b, direct.stdout)
		}
	}
	var a answer
	if err := json.Unmarshal([]byte(must(t, append(args, "-o", "json")...).stdout), &a); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(must(t, append(args, "-o", "csv")...).stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := strings.Split(must(t, append(args, "-o", "table")...).stdout, "\n")
	for i, row := range a.Rows {
		for j, col := range records[0] {
			if got := records[i+1][j]; got != fmt.Sprint(row[col]) {
				t.Errorf("row %d, %s: CSV %s, JSON %v", i, col, got, row[col])
			}
			if col != "callers_error" && !strings.Contains(table[i+2], records[i+1][j]) {
				t.Errorf("row %d, %s: %s is not in the table: %s", i, col, records[i+1][j], table[i+2])
			}
		}
	}
	if !strings.HasPrefix(table[len(table)-2], "total") || len(a.Totals) != 3 {
		t.Errorf("totals: %v, %s", a.Totals, table[len(table)-2])
	}
}

// Percentiles are in milliseconds, estimates of callers are marked.
func TestQueryTable(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "log", many(3000, func(i int) string { return at(i%50, "GET", "/v1/agents", fmt.Sprint("k", i), 500, "api_error") }))
	must(t, "ingest", "--store", "s.db", "--logs", "both", "log")
	r := must(t, "query", "--store", "s.db", "--by", "route", "--measure", "requests,ratio,callers,p50")
	lines := strings.Split(r.stdout, "\n")
	if !strings.HasSuffix(lines[0], "p50 ms") || !strings.Contains(lines[2], "3,000") || !strings.Contains(lines[2], "100.00 %") || !strings.Contains(lines[2], "~") {
		t.Errorf("got\n%s", r.stdout)
	}
	if !strings.Contains(r.stderr, "note: callers over 255 are estimates") {
		t.Errorf("the estimate is not explained: %s", r.stderr)
	}
	if r := must(t, "query", "-q", "--store", "s.db", "--by", "route", "--measure", "callers"); r.stderr != "" {
		t.Errorf("not quiet: %s", r.stderr)
	}
}

func TestStoreInfo(t *testing.T) {
	t.Chdir(t.TempDir())
	queryStore(t)
	write(t, "eu", at(5, "GET", "/v1/agents", "a", 200, ""))
	must(t, "ingest", "--store", "s.db", "--source", "eu", "eu")
	var i infoJSON
	if err := json.Unmarshal([]byte(must(t, "store", "info", "--store", "s.db", "-o", "json").stdout), &i); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat("s.db")
	if err != nil {
		t.Fatal(err)
	}
	if i.Path != "s.db" || i.Bytes < st.Size()/2 || i.Schema < 1 || i.From == nil || i.To == nil || !i.From.Before(*i.To) {
		t.Errorf("got %+v", i)
	}
	rows := map[string]int64{}
	for _, s := range i.Sources {
		rows[s.Source+" "+s.Kind] = s.Rows
	}
	if rows["default request"] != 7 || rows["default error"] != 5 || rows["eu request"] != 1 || rows["eu error"] != 0 {
		t.Errorf("got %v", rows)
	}
	records, err := csv.NewReader(strings.NewReader(must(t, "store", "info", "--store", "s.db", "-o", "csv").stdout)).ReadAll()
	if err != nil || len(records) != len(i.Sources)+1 {
		t.Errorf("CSV: %d records, %v", len(records), err)
	}
	if out := must(t, "store", "info", "--store", "s.db").stdout; !strings.Contains(out, "eu       request") || !strings.Contains(out, "total") {
		t.Errorf("table: %s", out)
	}
	// A store that holds nothing yet is no error.
	write(t, "empty", "")
	must(t, "ingest", "--store", "new.db", "empty")
	if out := must(t, "store", "info", "--store", "new.db").stdout; !strings.Contains(out, "holds nothing yet") {
		t.Errorf("an empty store: %s", out)
	}
	if out := must(t, "store", "info", "--store", "new.db", "-o", "json").stdout; !strings.Contains(out, `"from": null`) || !strings.Contains(out, `"sources": []`) {
		t.Errorf("an empty store: %s", out)
	}
}

func TestDLQList(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a", combinedLine+"dead\ndead\n"+combinedLine+"\x00\n")
	write(t, "b", combinedLine+`{"cut`+"\n"+"dead \x1b[31m pt-0123456789abcdef0123\n")
	must(t, "ingest", "--store", "s.db", "a")
	must(t, "ingest", "--store", "s.db", "--source", "eu", "b")
	list := func(args ...string) letters {
		t.Helper()
		var l letters
		r := must(t, append([]string{"dlq", "list", "--store", "s.db", "-o", "json"}, args...)...)
		if err := json.Unmarshal([]byte(r.stdout), &l); err != nil {
			t.Fatal(err)
		}
		return l
	}
	all := list()
	var got []string
	for _, l := range all.Rows {
		got = append(got, fmt.Sprintf("%s %s:%d %d %s", l.Source, l.Name, l.Line, l.Count, l.Reason))
	}
	want := []string{"default a:2 2 unknown_format", "default a:5 1 binary", "eu b:2 1 cut", "eu b:3 1 binary"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if all.Totals != (letterTotals{4, 5}) || all.File != "s.db.dead.ndjson" {
		t.Errorf("totals %+v of %s", all.Totals, all.File)
	}
	for args, n := range map[string]int{"--source eu": 2, "--source none": 0, "--reason binary": 2, "--reason binary --source eu": 1, "--limit 3": 3, "--limit 0": 4} {
		if l := list(strings.Fields(args)...); len(l.Rows) != n {
			t.Errorf("%s: %d letters, want %d", args, len(l.Rows), n)
		} else if strings.HasPrefix(args, "--limit") && l.Totals.Letters != 4 {
			t.Errorf("%s: totals stop at the limit: %+v", args, l.Totals)
		}
	}
	for _, o := range []string{"table", "json", "csv", "ndjson"} {
		r := must(t, "dlq", "list", "--store", "s.db", "-o", o)
		if strings.Contains(r.stdout, "pt-0123") || strings.Contains(r.stdout, "\x1b") && o != "csv" {
			t.Errorf("%s: %q", o, r.stdout)
		}
	}
	// A dead letter without a time is in no range, and that is told where they are counted.
	if r := must(t, "query", "--store", "s.db", "--by", "reason", "--measure", "entries"); !strings.Contains(r.stderr, "5 dead letters have no time and are in no range") {
		t.Errorf("dead letters without a time are not told: %s", r.stderr)
	}
	// What is no letter is passed over, and told.
	f, err := os.OpenFile("s.db.dead.ndjson", os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString("garbage\n")
	_ = f.Close()
	if r := must(t, "dlq", "list", "--store", "s.db"); !strings.Contains(r.stderr, "1 line of s.db.dead.ndjson are no dead letters") && !strings.Contains(r.stderr, "no dead letters") {
		t.Errorf("garbage is not told: %s", r.stderr)
	}
}

// The exit codes of ingest where a part went wrong, after the rest was done.
func TestIngestExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "good.log", combinedLine)
	write(t, "mixed.log", combinedLine+"dead\n")
	write(t, "dead.log", "dead\n")
	write(t, "empty.log", "")
	if err := os.Symlink("nowhere", "link.log"); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "dir/a.log", combinedLine+combinedLine)
	if err := os.Symlink("nowhere", "dir/link.log"); err != nil {
		t.Fatal(err)
	}
	for i, c := range []struct {
		args     string
		code     int
		requests string
	}{
		{"good.log", 0, "1"},
		{"mixed.log", 0, "1"},
		{"--strict good.log", 0, "1"},
		{"--strict mixed.log", 3, "1"},
		{"dead.log", 1, ""},
		{"--strict dead.log", 1, ""},
		{"dead.log good.log", 0, "1"},
		{"empty.log", 0, ""},
		{"--strict empty.log", 0, ""},
		{"none.log good.log", 1, "1"},
		{"good.log none.log", 1, "1"},
		{"--strict mixed.log none.log", 1, "1"},
		{"link.log good.log", 1, "1"}, // named directly it is unreadable
		{"dir", 0, "2"},               // in a folder it is skipped
	} {
		store := fmt.Sprintf("s%d.db", i)
		r := errata(t, "", append([]string{"ingest", "--store", store}, strings.Fields(c.args)...)...)
		if r.code != c.code {
			t.Errorf("%s: exit code %d, want %d\n%s", c.args, r.code, c.code, r.stderr)
		}
		q := errata(t, "", "query", "--store", store, "--by", "source", "--measure", "requests", "-o", "csv")
		_, got, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(q.stdout, "source,requests")), ",")
		if got != c.requests {
			t.Errorf("%s: %q requests, want %q", c.args, got, c.requests)
		}
		if c.args == "dir" && !strings.Contains(r.stderr, "link.log") {
			t.Errorf("what was skipped is not told: %s", r.stderr)
		}
	}
}

// Everything that is read while a line is still being written is read once.
func TestIngestUnfinishedLine(t *testing.T) {
	t.Chdir(t.TempDir())
	requests := func() any {
		a := ask(t, "--by", "source", "--measure", "requests")
		if len(a.Rows) == 0 {
			return 0.0
		}
		return a.Rows[0]["requests"]
	}
	half := len(combinedLine) / 2
	text := ""
	for i, part := range []struct {
		add  string
		want float64
	}{
		{combinedLine + combinedLine[:half], 1},
		{"", 1},
		{combinedLine[half : len(combinedLine)-1], 1}, // whole, but without its end
		{"\n", 2},
		{"\r\n" + combinedLine[:half], 2},
		{combinedLine[half:] + combinedLine, 4},
	} {
		text += part.add
		write(t, "live.log", text)
		must(t, "ingest", "--store", "s.db", "live.log")
		if got := requests(); got != part.want {
			t.Errorf("step %d: %v requests, want %v", i, got, part.want)
		}
	}
	write(t, "live.log", text+combinedLine[:len(combinedLine)-1])
	must(t, "ingest", "--store", "s.db", "--final", "live.log")
	if got := requests(); got != 5.0 {
		t.Errorf("--final: %v requests, want 5", got)
	}
}

// Help is on standard output, lists every command, and shows no default that
// depends on the machine.
func TestHelpOutput(t *testing.T) {
	home, err := os.UserHomeDir()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{},
		{"--help"},
		{"help"},
		{"ingest", "--help"},
		{"query", "-h"},
		{"help", "parse"},
		{"gen", "--help"},
		{"store", "info", "--help"},
		{"store", "drop", "--help"},
		{"demand", "--help"},
		{"samples", "--help"},
		{"dlq", "list", "--help"},
		{"config", "print", "--help"},
		{"config", "--help"},
	} {
		r := errata(t, "", args...)
		if r.code != 0 || r.stderr != "" || !strings.Contains(r.stdout, "Examples:") {
			t.Errorf("%v: exit code %d, %q\n%s", args, r.code, r.stderr, r.stdout)
		}
		if strings.Contains(r.stdout, home) && home != "/" {
			t.Errorf("%v: the help depends on the machine", args)
		}
	}
}

// A configuration that is printed is a configuration.
func TestConfigPrintRoundTrip(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "c.yaml", "parse: {routes: ['/a/{id}']}\nflush: {bytes: 1GiB}\nstore: {path: file.db}\n")
	printed := must(t, "config", "print", "--config", "c.yaml", "--store", "flag.db")
	if !strings.Contains(printed.stdout, "path: flag.db") || !strings.Contains(printed.stdout, "bytes: 1GiB") {
		t.Errorf("got %s", printed.stdout)
	}
	write(t, "again.yaml", printed.stdout)
	if r := must(t, "config", "validate", "again.yaml"); !strings.Contains(r.stderr, "again.yaml: sound") {
		t.Errorf("got %s", r.stderr)
	}
	if again := must(t, "config", "print", "--config", "again.yaml"); again.stdout != printed.stdout {
		t.Errorf("printed again:\n%s", cmp.Diff(printed.stdout, again.stdout))
	}
	// Each value says where it came from, and the later of two wins.
	t.Setenv("ERRATA_INGEST__SOURCE", "eu")
	t.Setenv("ERRATA_STORE__PATH", "env.db")
	t.Setenv("ERRATA_FLUSH__BYTES", "2GiB")
	origin := must(t, "config", "print", "--origin", "--config", "c.yaml", "--store", "flag.db").stdout
	for _, want := range []string{
		"path: flag.db # --store\n", "routes: ['/a/{id}'] # c.yaml:1\n", "rows: 50000 # default\n", "source: eu # ERRATA_INGEST__SOURCE\n", "bytes: 2GiB # ERRATA_FLUSH__BYTES\n",
		"caller_names_file: \"\" # default\n",
	} {
		if !strings.Contains(origin, want) {
			t.Errorf("no %q in\n%s", want, origin)
		}
	}
	values := 0
	for line := range strings.Lines(origin) {
		if strings.HasPrefix(line, "  ") {
			values++
			if !strings.Contains(line, " # ") {
				t.Errorf("no origin: %s", line)
			}
		}
	}
	if values != len(config.Keys()) {
		t.Errorf("%d values of %d keys:\n%s", values, len(config.Keys()), origin)
	}
}

func TestCompletion(t *testing.T) {
	for _, shell := range shells {
		if r := must(t, "completion", shell); !strings.Contains(r.stdout, "errata") {
			t.Errorf("%s: %.100s", shell, r.stdout)
		}
	}
	for args, want := range map[string]string{
		"query --by ty": "type", "query --measure req": "requests", "ingest --logs res": "response",
		"parse --log-format ko": "kong", "dlq list --reason no": "not_json", "gen --scenario ho": "hostile", "store ": "info",
		"query --step 1": "1h", "query -o ": "json", "demand --where so": "source=", "demand --ca": "--callers", "store dr": "drop",
		"samples --where ty": "type=", "samples --where finding=ou": "finding=outer_type", "samples -o ": "csv", "store drop --dr": "--dry-run",
	} {
		words := strings.Split(args, " ")
		r := must(t, append([]string{"__complete"}, words...)...)
		if !strings.Contains(r.stdout, want) {
			t.Errorf("%s: no %s in %q", args, want, r.stdout)
		}
	}
}

func TestVersion(t *testing.T) {
	var v struct{ Version, Go string }
	if err := json.Unmarshal([]byte(must(t, "version", "-o", "json").stdout), &v); err != nil || v.Version == "" || v.Go == "" {
		t.Errorf("%+v, %v", v, err)
	}
	if text := must(t, "version").stdout; !strings.HasPrefix(text, "errata "+v.Version) || strings.Count(text, "\n") != 1 {
		t.Errorf("%q", text)
	}
}

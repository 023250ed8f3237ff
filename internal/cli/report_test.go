package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/internal/cli/when"
	"errata/internal/report"

	"github.com/google/go-cmp/cmp"
)

// on is an APISIX line at a time.
func on(t time.Time, route, caller string, status int, typ string) string {
	body := "{}"
	if typ != "" {
		body = envelope(typ, "m", "")
	}
	b, err := json.Marshal(body)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"start_time":%d,"latency":10,"request":{"method":"GET","uri":%q,"headers":{"authorization":"Bearer %s"}},"response":{"status":%d,"size":100,"body":%s}}`+"\n",
		t.UnixMilli(), route, caller, status, b)
}

// fiveWeeks is a log of the weeks 2026-W44 to 2026-W48: an error an hour on
// weekdays, new ones in 2026-W47.
func fiveWeeks(t *testing.T) {
	t.Helper()
	var b strings.Builder
	from := time.Date(2026, 10, 26, 0, 30, 0, 0, time.UTC)
	for h := range 5 * 7 * 24 {
		at := from.Add(time.Duration(h) * time.Hour)
		if at.After(fakeNow) {
			break
		}
		b.WriteString(on(at, "/v1/agents", fmt.Sprint("k", h%7), 200, ""))
		b.WriteString(on(at, "/v1/agents", fmt.Sprint("k", h%7), 400, "invalid_request_error"))
		if h/168 == 3 {
			b.WriteString(on(at.Add(time.Minute), "/v1/sessions", fmt.Sprint("n", h%50), 500, "api_error"))
		}
	}
	write(t, "log", b.String())
	write(t, "key.txt", strings.Repeat("0f", 16)+"\n")
	write(t, "key.yaml", "privacy: {caller_key_file: key.txt}\n")
}

// reportOf runs errata report -o json.
func reportOf(t *testing.T, args ...string) *report.Report {
	t.Helper()
	var r report.Report
	out := must(t, append([]string{"report", "-q", "-o", "json"}, args...)...).stdout
	d := json.NewDecoder(strings.NewReader(out))
	d.DisallowUnknownFields()
	if err := d.Decode(&r); err != nil {
		t.Fatalf("%v in %.300s", err, out)
	}
	return &r
}

// From a store and in one shot, under one caller key, a report is the same but
// for what was read.
func TestReportBothWays(t *testing.T) {
	t.Chdir(t.TempDir())
	fiveWeeks(t)
	must(t, "ingest", "-q", "--config", "key.yaml", "--store", "s.db", "log")
	for _, args := range []string{
		"--week 2026-W47", "--since 2026-11-01 --until 2026-11-20 --compare 2026-W44", "--last 5d --compare none", "--week 2026-W47 --tz Asia/Kolkata",
		"--week 2026-W47 --where status=400 --top 1", "--since 2026-11-20T10:17 --until 2026-11-21T03:05", "--week 2026-W20",
	} {
		a := strings.Fields(args)
		store := reportOf(t, append(a, "--config", "key.yaml", "--store", "s.db")...)
		once := reportOf(t, append(a, "--config", "key.yaml", "log")...)
		if len(once.Coverage.Inputs) != 1 || once.Coverage.Inputs[0].Counted == 0 || len(store.Coverage.Inputs) != 0 {
			t.Errorf("%s: inputs are %+v in one shot, %+v from a store", args, once.Coverage.Inputs, store.Coverage.Inputs)
		}
		once.Coverage.Inputs = store.Coverage.Inputs
		if d := cmp.Diff(store, once); d != "" {
			t.Errorf("%s: %s", args, d)
		}
	}
}

// Ranges are those asked for, in the zone asked for.
func TestReportRanges(t *testing.T) {
	t.Chdir(t.TempDir())
	fiveWeeks(t)
	must(t, "ingest", "-q", "--store", "s.db", "log")
	for _, c := range []struct{ args, from, to, week, compared string }{
		{"--store s.db", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z", "2026-W47", "2026-11-09T00:00:00Z"}, // now is a Tuesday
		{"--store s.db --now 2026-11-22T23:59:59Z", "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z", "2026-W46", "2026-11-02T00:00:00Z"},
		{"--store s.db --tz Asia/Tokyo --now 2026-11-22T16:00:00Z", "2026-11-16T00:00:00+09:00", "2026-11-23T00:00:00+09:00", "2026-W47", "2026-11-09T00:00:00+09:00"},
		{"--store s.db --week 2026-W45", "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", "2026-W45", "2026-10-26T00:00:00Z"},
		{"--store s.db --since 2026-11-10 --until 2026-11-12", "2026-11-10T00:00:00Z", "2026-11-12T00:00:00Z", "", "2026-11-08T00:00:00Z"},
		{"--store s.db --tz Europe/Berlin --since 2026-11-10 --until 2026-11-12", "2026-11-10T00:00:00+01:00", "2026-11-12T00:00:00+01:00", "", "2026-11-08T00:00:00+01:00"},
		{"--store s.db --since 2026-11-10 --until 2026-11-12 --compare 2026-11-01..2026-11-05", "2026-11-10T00:00:00Z", "2026-11-12T00:00:00Z", "", "2026-11-01T00:00:00Z"},
		{"--store s.db --week 2026-W46 --compare 2026-W44", "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z", "2026-W46", "2026-10-26T00:00:00Z"},
		{"--store s.db --week 2026-W46 --compare none", "2026-11-09T00:00:00Z", "2026-11-16T00:00:00Z", "2026-W46", ""},
		{"--store s.db --last 24h", "2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z", "", "2026-11-22T12:00:00Z"},
		{"--week 2026-W45 log", "2026-11-02T00:00:00Z", "2026-11-09T00:00:00Z", "2026-W45", "2026-10-26T00:00:00Z"},
	} {
		r := reportOf(t, strings.Fields(c.args)...)
		compared := ""
		if r.Previous != nil {
			compared = r.Previous.Range.From.Format(time.RFC3339)
		}
		if from, to := r.Range.From.Format(time.RFC3339), r.Range.To.Format(time.RFC3339); from != c.from || to != c.to || r.Range.Week != c.week || compared != c.compared {
			t.Errorf("%s: %s to %s, %q, compared from %q", c.args, from, to, r.Range.Week, compared)
		}
	}
	// Inputs without a range: all they hold.
	if r := reportOf(t, "log"); r.Totals.Entries != 2*708+168 || r.Range.From.After(time.Date(2026, 10, 26, 0, 30, 0, 0, time.UTC)) {
		t.Errorf("%d entries from %s", r.Totals.Entries, r.Range.From)
	}
	if r := reportOf(t, "--store", "s.db", "--top", "1", "--where", "status=500"); len(r.Top) != 1 || r.Top[0].Status != 500 || r.Totals.Errors != 168 || len(r.Filters) != 1 || r.Filters[0] != "status=500" {
		t.Errorf("filtered: %+v, %v", r.Top, r.Filters)
	}
}

// The bytes are the same in every run, whatever the zone of the process, and a
// file holds what standard output does.
func TestReportBytes(t *testing.T) {
	t.Chdir(t.TempDir())
	fiveWeeks(t)
	local := time.Local
	defer func() { time.Local = local }()
	args := []string{"report", "--week", "2026-W47", "--tz", "Europe/Berlin", "--now", "2026-11-24T12:00:00Z", "log"}
	for _, f := range []struct{ name, ending string }{{"text", ".txt"}, {"md", ".md"}, {"html", ".html"}, {"json", ".json"}, {"csv", ".csv"}} {
		first := must(t, append(args, "-o", f.name)...).stdout
		for _, zone := range []string{"Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"} {
			z, err := when.Zone(zone)
			if err != nil {
				t.Fatal(err)
			}
			time.Local = z
			if again := must(t, append(args, "-o", f.name)...).stdout; again != first {
				t.Errorf("%s: another report in %s: %s", f.name, zone, cmp.Diff(first, again))
			}
		}
		time.Local = local
		filed := must(t, append(args, "-o", "report"+f.ending)...)
		if b, err := os.ReadFile("report" + f.ending); err != nil || string(b) != first || filed.stdout != "" {
			t.Errorf("%s: the file differs from standard output: %v", f.name, err)
		}
	}
	if text := must(t, args...).stdout; text != must(t, append(args, "-o", "text")...).stdout || !strings.HasPrefix(text, "Errors of the week 2026-W47\n") {
		t.Errorf("text is not the default: %.200s", text)
	}
}

// In CSV a total is what it is in JSON.
func TestReportCSV(t *testing.T) {
	t.Chdir(t.TempDir())
	fiveWeeks(t)
	r := reportOf(t, "--week", "2026-W47", "log")
	records, err := csv.NewReader(strings.NewReader(must(t, "report", "-q", "--week", "2026-W47", "-o", "csv", "log").stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := false
	value, previous := slices.Index(records[0], "value"), slices.Index(records[0], "previous")
	for _, rec := range records[1:] {
		if rec[1] == "/totals/errors" {
			found = true
			if rec[value] != fmt.Sprint(r.Totals.Errors) || rec[previous] != fmt.Sprint(r.Previous.Totals.Errors) {
				t.Errorf("%v, want %d and %d", rec, r.Totals.Errors, r.Previous.Totals.Errors)
			}
		}
	}
	if !found || r.Totals.Errors != 336 || r.Previous.Totals.Errors != 168 {
		t.Errorf("found %v; %d errors, before %d", found, r.Totals.Errors, r.Previous.Totals.Errors)
	}
}

// Colours and the width of the screen are for screens only.
func TestReportOnScreen(t *testing.T) {
	t.Chdir(t.TempDir())
	fiveWeeks(t)
	shown := func(environ map[string]string, columns int, args ...string) string {
		t.Helper()
		var stdout, stderr bytes.Buffer
		e := &env{
			stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, screen: true, columns: columns,
			getenv: func(k string) string { return environ[k] }, clock: func() time.Time { return fakeNow },
		}
		if code := run(t.Context(), e, append([]string{"report", "log", "--week", "2026-W47"}, args...)); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		return stdout.String()
	}
	plain := must(t, "report", "log", "--week", "2026-W47").stdout
	if strings.Contains(plain, "\x1b") {
		t.Error("colours in a pipe")
	}
	if s := shown(nil, 0); !strings.Contains(s, "\x1b[1m") {
		t.Error("no colours on a screen")
	}
	if s := shown(nil, 0, "-o", "x.txt"); s != "" {
		t.Errorf("a file is on the screen: %s", s)
	}
	for _, environ := range []map[string]string{{"NO_COLOR": "1"}, {"TERM": "dumb"}} {
		if s := shown(environ, 0); s != plain {
			t.Errorf("%v: %s", environ, cmp.Diff(plain, s))
		}
	}
	if s := shown(map[string]string{"NO_COLOR": "1"}, 140); s == plain {
		t.Error("the width of the screen is not used")
	}
}

// The exit codes of one shot where a part went wrong, after the rest was done.
func TestReportExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "good.log", combinedLine)
	write(t, "mixed.log", combinedLine+"dead\n")
	write(t, "dead.log", "dead\n")
	write(t, "empty.log", "")
	if err := os.Mkdir("dir", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "dir/a.log", combinedLine+combinedLine)
	write(t, "dir/b.txt", "Dear diary\n")
	for _, c := range []struct {
		args    string
		code    int
		entries int64 // -1: no report
		notRead int
	}{
		{"good.log", 0, 1, 0},
		{"mixed.log", 0, 2, 0},
		{"dead.log", 1, -1, 0},
		{"dead.log good.log", 0, 2, 1},
		{"empty.log", 0, 0, 0},
		{"none.log good.log", 1, 1, 1},
		{"none.log", 1, -1, 0},
		{"dir", 0, 3, 1},
		{"-", 0, 1, 0},
	} {
		r := errata(t, combinedLine, append([]string{"report", "-q", "-o", "json"}, strings.Fields(c.args)...)...)
		if r.code != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", c.args, r.code, c.code, r.stderr)
		}
		if c.entries < 0 {
			if r.stdout != "" {
				t.Errorf("%s: a report of nothing: %s", c.args, r.stdout)
			}
			continue
		}
		var got report.Report
		if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
			t.Errorf("%s: %v", c.args, err)
		} else if read := got.Totals.Entries + got.Coverage.Undated; read != c.entries || len(got.Coverage.NotRead) != c.notRead {
			t.Errorf("%s: %d entries, not read %+v", c.args, read, got.Coverage.NotRead)
		}
	}
	left, err := os.ReadDir(".")
	if err != nil || len(left) != 5 {
		t.Errorf("something is left behind: %v, %v", left, err)
	}
}

// Hours are enough where every bound is on one, and every day of the zone.
func TestGrain(t *testing.T) {
	at := func(s string) time.Time {
		x, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct {
		zone string
		o    report.Options
		want time.Duration
	}{
		{"UTC", report.Options{}, time.Hour},
		{"Europe/Berlin", report.Options{Since: at("2026-11-09T00:00:00+01:00"), Until: at("2026-11-16T00:00:00+01:00")}, time.Hour},
		{"Asia/Kolkata", report.Options{}, 0},
		{"UTC", report.Options{Since: at("2026-11-09T00:30:00Z")}, 0},
		{"UTC", report.Options{Until: at("2026-11-09T00:00:01Z")}, 0},
		{"UTC", report.Options{CompareSince: at("2026-11-09T00:30:00Z")}, 0},
		{"UTC", report.Options{CompareUntil: at("2026-11-09T00:30:00Z")}, 0},
	} {
		z, err := when.Zone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		c.o.Zone = z
		if got := grain(&c.o); got != c.want {
			t.Errorf("%s, %+v: got %s", c.zone, c.o, got)
		}
	}
}

package cli

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"errata/internal/demand"

	"github.com/google/go-cmp/cmp"
)

// attempt is an APISIX line of an answer 501, or of another status, by a caller
// who sends beta values.
func attempt(at, key string, status int, feature, from, betas string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	text := func(s string) []byte {
		b, err := json.Marshal(s)
		if err != nil {
			panic(err)
		}
		return b
	}
	var more string
	if feature != "" {
		more += fmt.Sprintf(`,"feature":%s`, text(feature))
	}
	if from != "" {
		more += fmt.Sprintf(`,"available_from":%s`, text(from))
	}
	headers := `"user-agent":"curl/8"`
	if key != "" {
		headers += fmt.Sprintf(`,"authorization":"Bearer %s"`, key)
	}
	if betas != "" {
		headers += fmt.Sprintf(`,"x-qoder-beta":%q`, betas)
	}
	body := "{}"
	if status >= 400 {
		body = envelope("feature_not_available", "Not yet.", more)
	}
	// Nobody's address, so that who sends no key is no caller.
	return fmt.Sprintf(`{"start_time":%d,"request":{"method":"POST","uri":"/v1/agents","headers":{%s}},"response":{"status":%d,"body":%s}}`+"\n",
		t.UnixMilli(), headers, status, text(body))
}

// demandLog is a week of attempts and something of the week before.
func demandLog() string {
	const b = "files-2026-10-01"
	return attempt("2026-11-09T00:00:10Z", "k9", 200, "", "", "") +
		attempt("2026-11-10T10:00:00Z", "k1", 501, "files", b, "") + attempt("2026-11-10T10:00:00Z", "k7", 501, "files", b, "") +
		attempt("2026-11-11T10:00:00Z", "k8", 501, "batches", "", "") +
		attempt("2026-11-16T00:00:00Z", "k1", 501, "files", b, "") + attempt("2026-11-17T09:00:00.5Z", "k1", 501, "files", b, "files-2026-09-01") +
		attempt("2026-11-17T09:30:00Z", "k2", 501, "files", b, b) + attempt("2026-11-22T23:59:59Z", "k3", 501, "files", b, "other-2026-01-01") +
		attempt("2026-11-18T10:00:00Z", "k2", 501, "=cmd|' /C calc'!A1", "", "") + attempt("2026-11-19T10:00:00Z", "k4", 501, "", "", "") +
		attempt("2026-11-20T10:00:00Z", "k1", 200, "", "", b) + attempt("2026-11-20T10:00:00Z", "k5", 200, "", "", "") + attempt("2026-11-20T10:00:00Z", "k6", 200, "", "", "")
}

const lastWeek = "--since 2026-W47 --until 2026-W48"

func demandStore(t *testing.T) {
	t.Helper()
	write(t, "log.ndjson", demandLog())
	must(t, "ingest", "-q", "--store", "s.db", "log.ndjson")
}

func demandArgs(more string) []string {
	return strings.Fields("demand --store s.db " + lastWeek + " " + more)
}

// The JSON form is a contract down to the order of its members.
func TestDemandJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	demandStore(t)
	got := must(t, demandArgs("-o json")...)
	want := `{"from":"2026-11-16T00:00:00Z","to":"2026-11-23T00:00:00Z","rows":[` +
		`{"feature":"files","available_from":"files-2026-10-01","attempts":4,"callers":3,"callers_error":0,"orgs":null,"days":3,` +
		`"first_seen":"2026-11-16T00:00:00Z","last_seen":"2026-11-22T23:59:59Z","new":2,"returning":1,"gone":1,"top_caller_share":0.5,` +
		`"reasons":{"no_header":1,"other_feature":1,"older_value":1,"right_value":1,"unknown":0},"converted":1,"reach":0.5},` +
		`{"feature":"=cmd|' /C calc'!A1","available_from":"","attempts":1,"callers":1,"callers_error":0,"orgs":null,"days":1,` +
		`"first_seen":"2026-11-18T10:00:00Z","last_seen":"2026-11-18T10:00:00Z","new":1,"returning":0,"gone":0,"top_caller_share":1,` +
		`"reasons":{"no_header":1,"other_feature":0,"older_value":0,"right_value":0,"unknown":0},"converted":null,"reach":0.16666666666666666},` +
		`{"feature":"batches","available_from":"","attempts":0,"callers":0,"callers_error":0,"orgs":null,"days":0,` +
		`"first_seen":null,"last_seen":null,"new":0,"returning":0,"gone":1,"top_caller_share":null,` +
		`"reasons":{"no_header":0,"other_feature":0,"older_value":0,"right_value":0,"unknown":0},"converted":null,"reach":0}],` +
		`"totals":{"attempts":5,"callers":3,"callers_error":0,"no_feature":1},` +
		`"notes":["orgs is null: no file of caller names is configured (privacy.caller_names_file)",` +
		`"converted is null where no available_from is named, and where somebody unknown succeeded with it"]}` + "\n"
	if d := cmp.Diff(want, got.stdout); d != "" || got.stderr != "" {
		t.Errorf("%s\n%s", d, got.stderr)
	}
	// By caller; their hashes are those of this store.
	one := must(t, demandArgs("-o json --callers --feature files")...)
	text := hash.ReplaceAllString(one.stdout, `"HASH"`)
	row := func(attempts, days int, first, last, reason, converted string) string {
		return fmt.Sprintf(`{"feature":"files","available_from":"files-2026-10-01","caller":"HASH","name":"","org":"","attempts":%d,"days":%d,`+
			`"first_seen":%q,"last_seen":%q,"reason":%q,"converted":%s,"client":"curl"}`, attempts, days, first, last, reason, converted)
	}
	for _, r := range []string{
		row(2, 2, "2026-11-16T00:00:00Z", "2026-11-17T09:00:00.5Z", "no_header", "true"),
		row(1, 1, "2026-11-17T09:30:00Z", "2026-11-17T09:30:00Z", "right_value", "false"),
		row(1, 1, "2026-11-22T23:59:59Z", "2026-11-22T23:59:59Z", "other_feature", "false"),
	} {
		if !strings.Contains(text, r) {
			t.Errorf("no %s in\n%s", r, text)
		}
	}
	if !strings.HasSuffix(text, `"totals":{"attempts":4,"callers":3,"callers_error":0,"no_feature":1},"notes":[]}`+"\n") {
		t.Errorf("got %s", text)
	}
}

var hash = regexp.MustCompile(`"[0-9a-f]{16}"`)

// Table, JSON and CSV hold the same numbers, on standard output and in a file.
func TestDemandFormats(t *testing.T) {
	t.Chdir(t.TempDir())
	demandStore(t)
	for _, more := range []string{"", " --callers"} {
		for _, f := range []struct{ name, ending string }{{"table", "txt"}, {"json", "json"}, {"csv", "csv"}} {
			direct := must(t, demandArgs("-o "+f.name+more)...)
			filed := must(t, demandArgs("-o answer."+f.ending+more)...)
			b, err := os.ReadFile("answer." + f.ending)
			if err != nil || string(b) != direct.stdout || filed.stdout != "" {
				t.Errorf("%s: the file differs from standard output: %v", f.name, err)
			}
		}
	}
	var d demand.Demand
	if err := json.Unmarshal([]byte(must(t, demandArgs("-o json")...).stdout), &d); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(must(t, demandArgs("-o csv")...).stdout)).ReadAll()
	if err != nil || len(records) != len(d.Rows)+1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	table := strings.Split(must(t, demandArgs("")...).stdout, "\n")
	for i, r := range d.Rows {
		got := map[string]string{}
		for j, name := range records[0] {
			got[name] = records[i+1][j]
		}
		for name, v := range map[string]any{
			"attempts": r.Attempts, "callers": r.Callers, "callers_error": r.CallersError, "orgs": r.Orgs, "days": r.Days, "first_seen": r.FirstSeen,
			"last_seen": r.LastSeen, "new": r.New, "returning": r.Returning, "gone": r.Gone, "top_caller_share": r.TopCallerShare,
			"no_header": r.Reasons.NoHeader, "unknown": r.Reasons.Unknown, "converted": r.Converted, "reach": r.Reach,
		} {
			b, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.Trim(strings.Replace(string(b), "null", "", 1), `"`); got[name] != want {
				t.Errorf("row %d, %s: CSV %q, JSON %s", i, name, got[name], b)
			}
		}
		if !strings.HasPrefix(table[i+2], r.Feature) || !strings.Contains(table[i+2], fmt.Sprintf("  %d  ", r.Attempts)) {
			t.Errorf("row %d: %s", i, table[i+2])
		}
	}
	if got := records[2][0]; got != "'=cmd|' /C calc'!A1" {
		t.Errorf("a formula stays one: %q", got)
	}
	want := []string{
		"feature                available_from    attempts  callers  days  first       last        new  returning  gone  top caller  reasons                                                     converted   reach",
		"files                  files-2026-10-01         4        3     3  2026-11-16  2026-11-22    2          1     1      50.0 %  no_header 1, other_feature 1, older_value 1, right_value 1          1  50.0 %",
	}
	if diff := cmp.Diff(want, []string{table[0], table[2]}); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile(`\ntotal +5 +3\n501 without a feature +1\n`).MatchString(strings.Join(table, "\n")) {
		t.Errorf("totals:\n%s", strings.Join(table, "\n"))
	}
}

// What is said beside the rows: the span, and what must be known of them.
func TestDemandSays(t *testing.T) {
	t.Chdir(t.TempDir())
	demandStore(t)
	write(t, "ok.log", strings.ReplaceAll(combinedLine, " 404 ", " 200 "))
	must(t, "ingest", "-q", "--store", "ok.db", "ok.log")
	write(t, "501.log", strings.ReplaceAll(combinedLine, " 404 ", " 501 "))
	must(t, "ingest", "-q", "--store", "501.db", "501.log")
	for args, want := range map[string][]string{
		"demand --store s.db":                              {"from 2026-11-09T00:00:00Z to 2026-11-23T00:00:00Z\n", "note: new, returning and gone are null: the range before begins at 2026-10-26T00:00:00Z"},
		"demand --store s.db --since 2026-11-17T09:00":     {"from 2026-11-17T00:00:00Z to 2026-11-23T00:00:00Z\n", "note: the range was widened to whole UTC days"},
		"demand --store s.db --feature filse":              {"no rows\n", `nobody asked for "filse" in this range; asked for were "=cmd|' /C calc'!A1", "batches", "files"`},
		"demand --store s.db --last 24h --feature batches": {"no rows\n", "events are held from 2026-11-09T00:00:00Z to 2026-11-23T00:00:00Z"},
		"demand --store s.db --last 7d --now 2026-11-23":   {"from 2026-11-16T00:00:00Z to 2026-11-23T00:00:00Z\n"},
		"demand --store s.db --where source=eu":            {"no rows\n", "nothing is held of this source"},
		"demand --store s.db --where source!=eu":           {"from 2026-11-09"},
		"demand --store ok.db":                             {"no rows\n", "no attempts: no answer in this range has status 501"},
		"demand --store ok.db --callers":                   {"no rows\n", "no attempts: no answer in this range has status 501"},
		"demand --store 501.db":                            {"no rows\n", "attempts are not known: status 501 was answered 1 time, and", "let the gateway log response bodies"},
	} {
		r := must(t, strings.Fields(args)...)
		for _, w := range want {
			if !strings.Contains(r.stderr, w) {
				t.Errorf("%s: no %q in\n%s", args, w, r.stderr)
			}
		}
		if strings.Contains(want[0], "no rows") && r.stdout != "" {
			t.Errorf("%s: %s", args, r.stdout)
		}
		if r := must(t, strings.Fields(args+" -q")...); r.stderr != "" {
			t.Errorf("%s: not quiet: %s", args, r.stderr)
		}
	}
	if got := must(t, "demand", "--store", "501.db", "-o", "json").stdout; !strings.Contains(got, `"rows":[],"totals":{"attempts":null,"callers":null,"callers_error":null,"no_feature":null}`) {
		t.Errorf("got %s", got)
	}
}

// Names stand behind callers where the operator has given them.
func TestDemandNames(t *testing.T) {
	t.Chdir(t.TempDir())
	demandStore(t)
	var d demand.CallerDemand
	if err := json.Unmarshal([]byte(must(t, demandArgs("--callers --feature files -o json")...).stdout), &d); err != nil {
		t.Fatal(err)
	}
	write(t, "names.csv", "caller,name,org\n"+d.Rows[0].Caller+",\"Ann \x1b[31m\",=Acme\n"+d.Rows[1].Caller+",Bob,=Acme\n")
	write(t, "c.yaml", "privacy: {caller_names_file: names.csv}\n")
	r := must(t, demandArgs("--callers --config c.yaml")...)
	if !strings.Contains(r.stdout, `Ann \x1b[31m  =Acme`) || !strings.Contains(r.stdout, "caller ") || strings.Contains(r.stdout, "\x1b") {
		t.Errorf("got %q", r.stdout)
	}
	if r := must(t, demandArgs("--callers --config c.yaml -o csv")...); !strings.Contains(r.stdout, ",Bob,'=Acme,") {
		t.Errorf("got %s", r.stdout)
	}
	if r := must(t, demandArgs("--config c.yaml -o json")...); !strings.Contains(r.stdout, `"orgs":1,`) {
		t.Errorf("got %s", r.stdout)
	}
	write(t, "names.csv", "caller,name,org\nk1,Ann,Acme\n")
	for _, args := range [][]string{demandArgs("--config c.yaml"), {"config", "validate", "c.yaml"}} {
		r := errata(t, "", args...)
		if r.code != 2 || r.stdout != "" || !strings.HasPrefix(r.stderr, "names.csv:2: the first field is no caller of 16 hex digits; a line is caller,name,org") {
			t.Errorf("%v: %+v", args, r)
		}
	}
	write(t, "c.yaml", "privacy:\n  caller_names_file: none.csv\n  caller_key_file: none.key\n")
	r = errata(t, "", "config", "validate", "c.yaml")
	for _, want := range []string{"c.yaml:2: privacy.caller_names_file: none.csv: cannot read the file of caller names", "c.yaml:3: privacy.caller_key_file: "} {
		if r.code != 2 || !strings.Contains(r.stderr, want) {
			t.Errorf("no %q in %+v", want, r)
		}
	}
}

// What comes from a log cannot drive the terminal, whatever column it is in.
func TestDemandHostile(t *testing.T) {
	t.Chdir(t.TempDir())
	for i, s := range []string{"\x1b[31mred", "a\u202eb", "tab\there", "line\nbreak", "(none)", "@SUM(A1)", strings.Repeat("long", 100)} {
		write(t, fmt.Sprint("log", i), attempt("2026-11-17T09:00:00Z", "k", 501, "F", s, "")+attempt("2026-11-17T09:00:00Z", "k", 501, s, "x", ""))
		must(t, "ingest", "-q", "--store", "s.db", fmt.Sprint("log", i))
	}
	for _, args := range []string{"demand --store s.db", "demand --store s.db --callers", "samples --store s.db"} {
		r := must(t, strings.Fields(args)...)
		if strings.ContainsAny(r.stdout+r.stderr, "\x1b\u202e\t") {
			t.Errorf("%s: %q", args, r.stdout)
		}
		lines := strings.Count(r.stdout, "\n")
		var rows struct{ Rows []any }
		if err := json.Unmarshal([]byte(must(t, strings.Fields(args+" -o json")...).stdout), &rows); err != nil || len(rows.Rows) == 0 {
			t.Errorf("%s: %v", args, err)
		}
		if lines < len(rows.Rows)+2 || lines > len(rows.Rows)+5 {
			t.Errorf("%s: %d lines for %d rows", args, lines, len(rows.Rows))
		}
	}
}

// Cells that are unknown, estimates, and all reasons.
func TestDemandCells(t *testing.T) {
	n, half, yes, no := int64(1234567), 0.5, true, false
	exact, about := 0.0, 78.5
	moment := time.Date(2026, 11, 2, 23, 59, 59, 999, time.FixedZone("", -3600))
	for got, want := range map[string]string{
		count(nil): "(none)", count(&n): "1,234,567", estimate(&n, &exact) + "!": "1,234,567!", estimate(&n, &about): "~1,234,567", estimate(nil, nil) + "!": "(none)!",
		percent(nil) + "%": "(none)%", percent(&half): "50.0 %", yesNo(nil) + "?": "(none)?", yesNo(&yes): "yes", yesNo(&no): "no",
		date(nil) + "d": "(none)d", date(&moment): "2026-11-03", callersWord(demand.Totals{}) + "c": "(none)c", callersWord(demand.Totals{Callers: &n}): "1,234,567 callers",
		whyFailed(demand.Reasons{}): "", whyFailed(demand.Reasons{NoHeader: 1, OtherFeature: 2000, OlderValue: 3, RightValue: 4, Unknown: 5}): "no_header 1, other_feature 2,000, older_value 3, right_value 4, unknown 5",
		field((*int64)(nil)) + "n": "n", field(&n): "1234567", field(int64(-1)): "-1", field(&half): "0.5", field(&yes): "true", field((*bool)(nil)) + "b": "b", field((*time.Time)(nil)) + "t": "t",
		field(moment.UTC()): "2026-11-03T00:59:59.000000999Z",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	// An estimate is marked in the table, and its error stands in the CSV.
	d := featureAnswer{Rows: []demand.Row{{Feature: "f", Attempts: 2, Callers: &n, CallersError: &about, Orgs: &n}}, Totals: demand.Totals{Callers: &n, CallersError: &about}}
	table := d.table(true)
	if table.Rows[0][3] != "~1,234,567" || table.Foot[0][3] != "~1,234,567" || table.Foot[0][2] != "(none)" || table.Columns[12].Name != "orgs" || table.Rows[0][12] != "1,234,567" || len(table.Columns) != 13 {
		t.Errorf("%+v", table)
	}
	header, rows := d.csv()
	if len(header) != len(rows[0]) || rows[0][4] != "78.5" || rows[0][7] != "" {
		t.Errorf("%q", rows)
	}
	c := callerAnswer{Rows: []demand.CallerRow{{Feature: "f", Caller: "", Attempts: 2, Converted: &no, Name: "@n"}}}
	if table := c.table(false); table.Rows[0][2] != "(none)" || table.Rows[0][len(table.Rows[0])-1] != "no" || len(table.Rows[0]) != len(table.Columns) || len(table.Foot[0]) != len(table.Columns) {
		t.Errorf("%+v", table)
	}
	if header, rows := c.csv(); len(header) != len(rows[0]) || rows[0][3] != "'@n" || rows[0][10] != "false" {
		t.Errorf("%q", rows)
	}
}

// An answer that cannot be written is an error, whatever the format.
func TestDemandUnwritable(t *testing.T) {
	t.Chdir(t.TempDir())
	demandStore(t)
	for _, ending := range []string{"txt", "json", "csv"} {
		for _, args := range []string{"demand --store s.db", "demand --callers --store s.db", "samples --store s.db"} {
			r := errata(t, "", strings.Fields(args+" -o nowhere/x."+ending)...)
			if r.code != 1 || !strings.Contains(r.stderr, "cannot write nowhere/x."+ending) || strings.Contains(r.stderr, "note: ") {
				t.Errorf("%s -o %s: %+v", args, ending, r)
			}
		}
	}
	// What was dropped is dropped: that is said, though the answer went nowhere.
	r := errata(t, "", "store", "drop", "--store", "s.db", "--source", "default", "-o", "nowhere/x.json")
	if r.code != 1 || !strings.Contains(r.stderr, `removed source "default"`) || !strings.Contains(r.stderr, "cannot write nowhere/x.json") {
		t.Errorf("%+v", r)
	}
}

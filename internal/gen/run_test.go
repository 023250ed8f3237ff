package gen

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var rewrite = flag.Bool("update", false, "write the golden files anew")

// TestBytesAreTheSameForEver holds the hash of each scenario's log in each
// format. When the generator is changed on purpose, run with -update.
func TestBytesAreTheSameForEver(t *testing.T) {
	got := map[string]string{}
	for _, name := range Scenarios()[1:] {
		everyLog(t, func(t *testing.T, format string, logs Logs) {
			data, truth := generate(t, name, format, logs, func(c *Config) { c.Days = 2 })
			again, truthAgain := generate(t, name, format, logs, func(c *Config) { c.Days = 2 })
			if !bytes.Equal(data, again) {
				t.Error("two runs differ")
			}
			if diff := cmp.Diff(truth, truthAgain); diff != "" {
				t.Errorf("the truths of two runs differ: %s", diff)
			}
			js, err := json.Marshal(truth)
			if err != nil {
				t.Fatal(err)
			}
			got[name+" "+format+" "+string(logs)] = short(data) + " " + short(js)
		})
	}
	for _, kind := range Corpora() {
		var b bytes.Buffer
		if err := Corpus(kind, 42, 256<<10, &b); err != nil {
			t.Fatal(err)
		}
		got["corpus "+kind] = short(b.Bytes())
	}
	const file = "testdata/hashes.json"
	if *rewrite {
		js, err := json.MarshalIndent(got, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(js, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	js, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]string
	if err := json.Unmarshal(js, &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the bytes changed (-update if that is meant):\n%s", diff)
	}
}

// threeDays are enough where a test asks for each log of each scenario.
func threeDays(c *Config) { c.Days = 3 }

func short(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

// TestOneTrafficInEachLog: formats and kinds of logs show the same requests.
func TestOneTrafficInEachLog(t *testing.T) {
	for _, name := range Scenarios()[1:] {
		var want *Traffic
		var incidents, storms []Window
		everyLog(t, func(t *testing.T, format string, logs Logs) {
			_, truth := generate(t, name, format, logs, threeDays)
			if want == nil {
				want, incidents, storms = &truth.Traffic, truth.Incidents, truth.Storms
			}
			if diff := cmp.Diff(*want, truth.Traffic); diff != "" {
				t.Errorf("%s: another traffic:\n%s", name, diff)
			}
			if diff := cmp.Diff([][]Window{incidents, storms}, [][]Window{truth.Incidents, truth.Storms}); diff != "" {
				t.Errorf("%s: other incidents:\n%s", name, diff)
			}
		})
		if want.Requests < 800 || want.Errors == 0 || want.Retries == 0 || want.Demand == 0 || want.Callers < 100 {
			t.Errorf("%s: %+v", name, *want)
		}
	}
}

// request is what all formats have in common.
type request struct {
	Sec    int64
	Method string
	Target string
	Status int
}

// TestFormatsShowTheSameRequests reads the clean scenario back, line for line.
func TestFormatsShowTheSameRequests(t *testing.T) {
	want := requestsOf(t, "apisix", Both)
	if len(want) < 1000 {
		t.Fatalf("%d requests", len(want))
	}
	var errs []request
	for _, r := range want {
		if r.Status >= 400 {
			errs = append(errs, r)
		}
	}
	everyLog(t, func(t *testing.T, format string, logs Logs) {
		expect := want
		if logs == Response {
			expect = errs
		}
		if diff := cmp.Diff(expect, requestsOf(t, format, logs)); diff != "" {
			t.Errorf("%.2000s", diff)
		}
	})
}

func requestsOf(t *testing.T, format string, logs Logs) []request {
	t.Helper()
	data, _ := generate(t, "clean", format, logs, threeDays)
	var out []request
	for line := range bytes.Lines(data) {
		line = bytes.TrimRight(line, "\r\n")
		switch format {
		case "combined", "common":
			f := strings.Fields(string(line))
			at, err := time.Parse("[02/Jan/2006:15:04:05 -0700]", f[3]+" "+f[4])
			if err != nil {
				t.Fatal(err)
			}
			var status int
			if err := json.Unmarshal([]byte(f[8]), &status); err != nil {
				t.Fatal(err)
			}
			out = append(out, request{at.Unix(), f[5][1:], f[6], status})
		case "nginx-json":
			var l struct {
				Time        time.Time
				Method, URI string
				Status      json.Number
			}
			unmarshal(t, bytes.ReplaceAll(line, []byte(`"status":"`), []byte(`"status":"`)), &l)
			n, err := l.Status.Int64()
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, request{l.Time.Unix(), l.Method, l.URI, int(n)})
		default:
			if format != "apisix-array" {
				line = slices.Concat([]byte{'['}, line, []byte{']'})
			}
			var ls []struct {
				StartTime int64 `json:"start_time"`
				StartedAt int64 `json:"started_at"`
				Request   struct{ Method, URI string }
				Response  struct{ Status int }
			}
			unmarshal(t, line, &ls)
			for _, l := range ls {
				out = append(out, request{max(l.StartTime, l.StartedAt) / 1000, l.Request.Method, l.Request.URI, l.Response.Status})
			}
		}
	}
	return out
}

func unmarshal(t *testing.T, data []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(data, v); err != nil {
		t.Fatalf("%v in %s", err, data)
	}
}

// TestAccessAndResponseLogsAgree: without broken lines both logs of a traffic
// count the same errors.
func TestAccessAndResponseLogsAgree(t *testing.T) {
	for _, format := range []string{"apisix", "apisix-array", "nginx-json", "kong"} {
		_, access := generate(t, "clean", format, Access, nil)
		_, response := generate(t, "clean", format, Response, nil)
		_, both := generate(t, "clean", format, Both, nil)
		if access.Errors != response.ErrorRows || both.Errors != access.Errors+both.Extra || access.Requests != both.Requests {
			t.Errorf("%s: %d errors of %d requests, %d error rows, %d errors of %d with %d events",
				format, access.Errors, access.Requests, response.ErrorRows, both.Errors, both.Requests, both.Extra)
		}
		if diff := cmp.Diff(access.ErrorsByStatus, response.ErrorsByStatus); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
		if access.Callers != response.Callers {
			t.Errorf("%s: %d and %d callers", format, access.Callers, response.Callers)
		}
		if diff := cmp.Diff(both.Demand, response.Demand); diff != "" {
			t.Errorf("%s: %s", format, diff)
		}
	}
}

// TestLinesAreJSONUnlessBroken: every line of a JSON format parses, but for
// those that are broken on purpose.
func TestLinesAreJSONUnlessBroken(t *testing.T) {
	for _, name := range []string{"small", "hostile"} {
		everyLog(t, func(t *testing.T, format string, logs Logs) {
			if f, _ := formatOf(format); f.text {
				t.Skip("lines of text")
			}
			whole, truth := generate(t, name, format, logs, func(c *Config) {
				threeDays(c)
				l := &c.Scenario.Lines
				*l = Lines{NoTime: l.NoTime, NoStatus: l.NoStatus, OutOfRange: l.OutOfRange, Duplicate: l.Duplicate, Shuffled: l.Shuffled, CRLF: l.CRLF, NoObject: l.NoObject, EmptyArray: l.EmptyArray}
			})
			for line := range bytes.Lines(whole) {
				if !json.Valid(line) {
					t.Fatalf("no JSON: %s", line)
				}
			}
			if n := truth.Dead["cut"] + truth.Dead["not_json"] + truth.Dead["binary"]; n > 0 {
				t.Errorf("%d broken lines though none are asked for", n)
			}
			broken, truth := generate(t, name, format, logs, threeDays)
			invalid := 0
			for line := range bytes.Lines(bytes.TrimPrefix(broken, []byte("\ufeff"))) {
				if len(bytes.TrimSpace(line)) > 0 && !json.Valid(line) {
					invalid++
				}
			}
			p := truth.Planted
			// of the lines between entries three garbage lines and one foreign one are JSON of another kind
			most := p["cut_head"] + p["cut_body"] + 2*p["split"] + p["not_json"] + p["binary"] + p["garbage"] + p["foreign"] + p["junk"]
			least := most - p["garbage"] - p["foreign"]
			if int64(invalid) < least || int64(invalid) > most {
				t.Errorf("%d lines are no JSON, planted were %d to %d", invalid, least, most)
			}
		})
	}
}

// TestEveryWeightOccurs: the small scenario has an example of everything.
func TestEveryWeightOccurs(t *testing.T) {
	want := []string{
		"absent_status", "base64", "binary", "blank", "crlf", "cut", "cut_body", "cut_head", "deep", "duplicate_key", "empty_array", "false_ok",
		"foreign", "garbage", "gzip", "junk", "no_headers", "no_object", "no_status", "no_time", "not_json", "null", "object", "odd", "out_of_range", "secret",
		"shape_empty", "shape_envelope", "shape_flat", "shape_html", "shape_none", "shape_other", "shape_text", "shuffled_keys", "split", "sse_error",
		"thrice", "twice",
	}
	for _, name := range []string{"small", "hostile"} {
		data, truth := generate(t, name, "apisix-array", Both, nil)
		for _, w := range want {
			if truth.Planted[w] == 0 {
				t.Errorf("%s: no %s", name, w)
			}
		}
		for _, r := range []string{"binary", "cut", "no_status", "no_time", "not_json", "too_deep", "unknown_format"} {
			if truth.Dead[r] == 0 {
				t.Errorf("%s: no dead letter for %s", name, r)
			}
		}
		for _, c := range truth.Canaries {
			if !bytes.Contains(data, []byte(c)) {
				t.Errorf("%s: no canary %q", name, c)
			}
		}
		for _, s := range []string{
			"\\\"request_id\\\"", "AGENT_001", "OUTER", "TOKEN_INVALID", "not_this_one", "synthetic-feature-a-2026-07-14", "x-qoder-beta\":[", "<script>",
			"H4sI"[:2], "502 Bad Gateway", "whsec_", "eyJhbGci", "X-Amz-Signature=", "password%3D", "\\\\\\\"", "\\u00e9", "\"status\":0,", "\"status\":499",
		} {
			if !bytes.Contains(data, []byte(s)) {
				t.Errorf("%s: %q is nowhere", name, s)
			}
		}
		types := []string{
			"", "api_error", "authentication_error", "billing_error", "conflict_error", "feature_not_available", "invalid_request_error", "not_found_error",
			"overloaded_error", "permission_error", "rate_limit_error",
		}
		for _, typ := range types {
			if truth.ByType[typ] == 0 {
				t.Errorf("%s: no error of type %q", name, typ)
			}
		}
		if truth.ByType["not_this_one"] > 0 {
			t.Error("a decoy is in the truth")
		}
		reasons := map[string]bool{}
		for _, d := range truth.Demand {
			reasons[d.Reason] = true
		}
		if len(reasons) != 5 {
			t.Errorf("%s: reasons %v, want all five", name, reasons)
		}
	}
}

func TestCleanIsClean(t *testing.T) {
	everyLog(t, func(t *testing.T, format string, logs Logs) {
		_, truth := generate(t, "clean", format, logs, nil)
		if len(truth.Dead) > 0 || truth.Clamped > 0 || truth.Truncated > 0 || truth.Blank > 0 || truth.Planted["secret"] > 0 {
			t.Errorf("dead %v, clamped %d, truncated %d, blank %d", truth.Dead, truth.Clamped, truth.Truncated, truth.Blank)
		}
	})
}

// TestDemoIsLargeEnough: three gateways' logs of the demo hold a million entries.
func TestDemoIsLargeEnough(t *testing.T) {
	if testing.Short() {
		t.Skip("makes four weeks of traffic")
	}
	s := demo()
	n, _ := planOf(t, &s, 1)
	if len(n) < 334_000 || len(n) > 450_000 {
		t.Errorf("%d entries", len(n))
	}
}

func TestMarksOfALine(t *testing.T) {
	data, truth := generate(t, "hostile", "apisix", Both, func(c *Config) { c.Scenario.Lines.Unterminated = true })
	if !bytes.HasPrefix(data, []byte("\ufeff")) {
		t.Error("no byte order mark")
	}
	if bytes.HasSuffix(data, []byte("\n")) || truth.Bytes != int64(len(data)) {
		t.Error("the last line has an end")
	}
	if bytes.Count(data, []byte("\r\n")) < 100 {
		t.Error("no CRLF")
	}
}

func TestRunStops(t *testing.T) {
	s := demo()
	ctx, cancel := context.WithCancel(context.Background())
	calls, lastDone := 0, int64(0)
	_, err := Run(ctx, Config{Scenario: s, Format: "combined"}, &bytes.Buffer{}, func(done, total int64) {
		calls++
		if done <= lastDone || total < done {
			t.Errorf("progress %d of %d after %d", done, total, lastDone)
		}
		lastDone = done
		if calls == 2 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) || calls != 2 {
		t.Errorf("%v after %d calls", err, calls)
	}
}

// failing is a writer that is full after some bytes.
type failing struct{ room int }

var errFull = errors.New("no space")

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestWriteErrorsComeBack(t *testing.T) {
	for _, room := range []int{0, 100_000, 1_000_000} {
		_, err := Run(context.Background(), Config{Scenario: small(), Format: "kong"}, &failing{room}, nil)
		if !errors.Is(err, errFull) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
		if err := Corpus("access", 1, 2_000_000, &failing{room}); !errors.Is(err, errFull) {
			t.Errorf("corpus, room for %d bytes: %v", room, err)
		}
	}
}

func TestProgressEndsAtItsTotal(t *testing.T) {
	var done, total int64
	s := small()
	s.RequestsPerDay = 10_000
	_, err := Run(context.Background(), Config{Scenario: s, Format: "combined"}, &bytes.Buffer{}, func(d, t int64) { done, total = d, t })
	if err != nil || done == 0 || done != total {
		t.Errorf("%d of %d, %v", done, total, err)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		want string
	}{
		{Config{Scenario: small(), Format: "envoy"}, `no log format "envoy": known are combined, common, apisix, apisix-array, nginx-json, kong`},
		{Config{Scenario: small(), Format: "combined", Logs: Both}, "format combined has no bodies: it can only be an access log"},
		{Config{Scenario: small(), Format: "kong", Logs: "all"}, `no kind of logs "all": known are access, response, both`},
		{Config{Scenario: small(), End: time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC), Days: 3000}, "3000 days up to 2001-01-01T00:00:00Z: traffic must lie between 2000 and 2100"},
		{Config{Scenario: small(), End: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}, "7 days up to 2100-01-01T00:00:00Z: traffic must lie between 2000 and 2100"},
		{Config{Scenario: small(), Days: -1}, "-1 days up to 2026-09-28T00:00:00Z: traffic must lie between 2000 and 2100"},
		{Config{Scenario: small(), Days: 4000, End: time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)}, "scenario: days: 4000 is not in 1..3660"},
	} {
		_, err := Run(context.Background(), c.cfg, &bytes.Buffer{}, nil)
		if err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

func TestDefaults(t *testing.T) {
	for _, c := range []struct {
		scenario, format string
		logs             Logs
		wantFormat       string
		wantLogs         Logs
	}{
		{"small", "", "", "apisix", Both},
		{"small", "combined", "", "combined", Access},
		{"small", "", Access, "combined", Access},
		{"errors", "", "", "apisix", Response},
		{"errors", "kong", Both, "kong", Both},
		{"errors", "common", "", "common", Access},
	} {
		_, truth := generate(t, c.scenario, c.format, c.logs, func(x *Config) { x.Days = 1 })
		if truth.Format != c.wantFormat || truth.Logs != c.wantLogs {
			t.Errorf("%+v: %s %s", c, truth.Format, truth.Logs)
		}
		if !truth.To.Equal(DefaultEnd()) || truth.To.Sub(truth.From) != day {
			t.Errorf("%s..%s", truth.From, truth.To)
		}
	}
}

// TestFewerDaysLeaveOutEarlierTrouble: what lies before the begin is left out.
func TestFewerDaysLeaveOutEarlierTrouble(t *testing.T) {
	_, truth := generate(t, "small", "apisix", Both, func(c *Config) { c.Days = 1 })
	if len(truth.Incidents) != 0 || len(truth.Storms) != 1 {
		t.Errorf("%d incidents, %d storms", len(truth.Incidents), len(truth.Storms))
	}
}

// TestSuccessesInAResponseLog: a filter that lets some through.
func TestSuccessesInAResponseLog(t *testing.T) {
	_, truth := generate(t, "small", "kong", Response, func(c *Config) {
		c.Scenario.Lines = Lines{}
		c.Scenario.Response = ResponseFilter{Events: true, Successes: 10_000}
	})
	if truth.Skipped < 200 || truth.Extra != truth.Traffic.Extra || truth.Errors != truth.Traffic.Errors+truth.Traffic.Extra {
		t.Errorf("skipped %d, extra %d of %d, errors %d of %d", truth.Skipped, truth.Extra, truth.Traffic.Extra, truth.Errors, truth.Traffic.Errors)
	}
}

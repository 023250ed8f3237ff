package parse

import (
	"bufio"
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"errata/parse/format"
	"errata/parse/normal"
)

// In steady state no line costs an allocation, whatever is in it.
func TestNoAllocations(t *testing.T) {
	for name, line := range seedLines() {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		rec := []byte(line)
		read := func() {
			p.Reset(rec, 0)
			for p.Next() {
			}
		}
		read()
		if n := testing.AllocsPerRun(100, read); n != 0 {
			t.Errorf("%s: %v allocations a record", name, n)
		}
	}
}

// The parser gives back what one huge record made it keep.
func TestGivesBackMemory(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	big := strings.Replace(seedLines()["apisix string"], "is not", strings.Repeat(`\\\\n`, 2<<20), 1)
	parseAll(t, p, []byte(big))
	parseAll(t, p, []byte("{}"))
	parseAll(t, p, []byte("{}"))
	kept := cap(p.arena) + 24*cap(p.entry.own.quotes) + 24*cap(p.body.own.quotes)
	for _, b := range p.body.buf {
		kept += cap(b)
	}
	if kept > 8*keepBuffers {
		t.Errorf("%d bytes kept", kept)
	}
}

func event(t *testing.T, cfg Config, rec string) Event {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	_, evs := parseAll(t, p, []byte(rec))
	if len(evs) != 1 {
		t.Fatalf("%d entries", len(evs))
	}
	return evs[0]
}

func TestCallers(t *testing.T) {
	key := normal.FixedCallerKey()
	hash := func(s string) uint64 { return key.Hash([]byte(s)) }
	kong := func(in string) string {
		return `{"started_at":1790064930123,"request":{"method":"GET","uri":"/a"` + in + `,"response":{"status":200}}`
	}
	tests := []struct {
		name, rec string
		cfg       Config
		kind      normal.CallerKind
		caller    string
	}{
		{"consumer", kong(`,"headers":{"authorization":"Bearer x"}},"consumer":{"id":"3","custom_id":"c","username":"u"},"client_ip":"1.2.3.4"`), Config{}, normal.CallerConsumer, "u"},
		{"consumer passed over", kong(`},"consumer":{"id":"3","username":"-"},"client_ip":"1.2.3.4"`), Config{}, normal.CallerConsumer, "3"},
		{"entity", kong(`},"authenticated_entity":{"id":"e"},"client_ip":"1.2.3.4"`), Config{}, normal.CallerConsumer, "e"},
		{"credential", kong(`,"headers":{"authorization":"Bearer tok-1","x-api-key":"k"}},"client_ip":"1.2.3.4"`), Config{}, normal.CallerCredential, "tok-1"},
		{"redacted", kong(`,"headers":{"authorization":"REDACTED","X-API-Key":"k"}},"client_ip":"1.2.3.4"`), Config{}, normal.CallerCredential, "k"},
		{"address", kong(`,"headers":{"authorization":"Bearer ***"}},"client_ip":"1.2.3.4:777"`), Config{}, normal.CallerAddress, "1.2.3.4"},
		{"address 6", kong(`},"client_ip":"[2001:db8::1]:443"`), Config{}, normal.CallerAddress, "2001:db8::1"},
		{"nobody", kong(`},"client_ip":"-"`), Config{}, normal.CallerNone, ""},
		{"field", kong(`,"headers":{"x-tenant":"t1"}},"consumer":{"username":"u"}`), Config{CallerField: "request.headers.x-tenant"}, normal.CallerField, "t1"},
		{"field of a header, whatever its case", kong(`,"headers":{"x-tenant":"t1"}},"consumer":{"username":"u"}`), Config{CallerField: "request.headers.X-Tenant"}, normal.CallerField, "t1"},
		{"field at a leaf", kong(`},"consumer":{"username":"u","tenant":"t1"}`), Config{CallerField: "consumer.tenant"}, normal.CallerField, "t1"},
		{"behind a proxy", kong(`,"headers":{"x-forwarded-for":"9.9.9.9, 8.8.8.8, 10.0.0.2"}},"client_ip":"10.0.0.1"`), Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, normal.CallerAddress, "8.8.8.8"},
		{"no trust", kong(`,"headers":{"x-forwarded-for":"9.9.9.9"}},"client_ip":"10.0.0.1"`), Config{}, normal.CallerAddress, "10.0.0.1"},
		{"cut below the highest rank", strings.TrimSuffix(kong(`,"headers":{"authorization":"Bearer tok-1"}},"client_ip":"1.2.3.4"`), "}"), Config{}, normal.CallerNone, ""},
		{"cut at the highest rank", strings.TrimSuffix(kong(`},"consumer":{"username":"u"}`), "}"), Config{}, normal.CallerConsumer, "u"},
	}
	for _, x := range tests {
		x.cfg.CallerKey = key
		ev := event(t, x.cfg, x.rec)
		if ev.Dead != "" {
			t.Fatalf("%s: dead %q", x.name, ev.Dead)
		}
		if ev.CallerKind != x.kind || x.kind != 0 && ev.Caller != hash(x.caller) {
			t.Errorf("%s: %v %x, want %v %x", x.name, ev.CallerKind, ev.Caller, x.kind, hash(x.caller))
		}
	}
}

// A key that no hash could tell from one of the formats' is refused, not
// looked for forever; its neighbours are none of those.
func TestCallerFieldLikeAnother(t *testing.T) {
	for _, f := range []string{"request.headers.X-Qoder-Runtime-Version", "http_x_qoder_runtime_version", "upstream-request_id"} {
		if _, err := New(Config{CallerField: f}); err == nil || !strings.Contains(err.Error(), "too like the key") || !strings.Contains(err.Error(), f) {
			t.Errorf("%s: got %v", f, err)
		}
	}
	for _, f := range []string{"request.headers.x-qoder-runtime-versions", "request.headers.x-qoder-package-version", "http_x_qoder_runtime_versio"} {
		if _, err := New(Config{CallerField: f}); err != nil {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestClientFacts(t *testing.T) {
	type want struct{ client, auth, retry, beta string }
	apisix := func(headers string) string {
		return `{"start_time":1790064930123,"response":{"status":200},"request":{"method":"GET","uri":"/a"` + headers + `}}`
	}
	nginx := func(more string) string {
		return `{"time":"2026-09-22T16:15:30Z","status":"200","uri":"/a","method":"GET"` + more + `}`
	}
	tests := []struct {
		name, rec string
		want      want
	}{
		{"not logged", apisix(``), want{"", "", "", "not logged"}},
		{"nothing sent", apisix(`,"headers":{}`), want{"", "none", "", "[]"}},
		{"sdk", apisix(`,"headers":{"X-Qoder-Lang":"Go","x-qoder-package-version":"v2.1.0","user-agent":"Qoder/Go","x-qoder-retry-count":"1","authorization":"bearer abc"}`), want{"qoder-go/2", "bearer", "1", "[]"}},
		{"sdk by its agent", apisix(`,"headers":{"user-agent":"Qoder/Go","x-api-key":"abc","x-qoder-retry-count":"7"}`), want{"qoder-go", "x-api-key", "3+", "[]"}},
		{"product", apisix(`,"headers":{"user-agent":"Mozilla/5.0 (X11)","authorization":"Basic abc"}`), want{"Mozilla", "other", "", "[]"}},
		{"redacted", apisix(`,"headers":{"authorization":"REDACTED"}`), want{"", "redacted", "", "[]"}},
		{"beta in a list", apisix(`,"headers":{"x-qoder-beta":"a-2026-01-01 , ,b"}`), want{"", "none", "", "[a-2026-01-01 b]"}},
		{"beta repeated", apisix(`,"headers":{"x-qoder-beta":["a","b,c"]}`), want{"", "none", "", "[a b c]"}},
		{"nginx not logged", nginx(``), want{"", "", "", "not logged"}},
		{"nginx not sent", nginx(`,"http_x_qoder_beta":"","http_authorization":"-"`), want{"", "none", "", "[]"}},
		{"nginx", nginx(`,"http_x_qoder_beta":"a,b","http_user_agent":"curl/8"`), want{"curl", "", "", "[a b]"}},
		{"cut: no lower rank", strings.TrimSuffix(apisix(`,"headers":{"user-agent":"curl/8","x-api-key":"k","x-qoder-lang":"go"}`), "}}"), want{"", "", "", "not logged"}},
		{"cut: the highest rank", strings.TrimSuffix(apisix(`,"headers":{"x-qoder-lang":"go","x-qoder-package-version":"1","authorization":"Bearer abcdef"}`), "}"), want{"qoder-go/1", "bearer", "", "not logged"}},
	}
	for _, x := range tests {
		ev := event(t, Config{}, x.rec)
		got := want{string(ev.Client), ev.Auth.String(), ev.Retry.String(), "not logged"}
		if ev.HasBeta {
			got.beta = fmt.Sprintf("%s", ev.Beta)
		}
		if diff := cmp.Diff(x.want, got, cmp.AllowUnexported(want{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.name, diff)
		}
	}
}

func TestRequestID(t *testing.T) {
	rec := func(status int, headers, body string) string {
		return fmt.Sprintf(`{"started_at":1790064930123,"request":{"id":"gw","method":"GET","uri":"/a"},"response":{"status":%d,"headers":%s,"body":%s}}`, status, headers, body)
	}
	tests := []struct{ name, rec, want string }{
		{"body", rec(500, `{"x-request-id":"h"}`, `"{\"error\":{},\"request_id\":\"b\"}"`), "b"},
		{"body null", rec(500, `{"x-request-id":"h"}`, `"{\"error\":{},\"request_id\":null}"`), "h"},
		{"header", rec(500, `{"X-Request-Id":"h"}`, `"x"`), "h"},
		{"other name", rec(200, `{"request-id":"h2"}`, `"{}"`), "h2"},
		{"gateway", rec(200, `{}`, `null`), "gw"},
		{"cut body", rec(500, `{"x-request-id":"h"}`, `"{\"error\":{},\"reques"`), ""},
		{"cut record", strings.TrimSuffix(rec(500, `{"x-request-id":"h"}`, `"{\"error\":{}}"`), "}"), ""},
		{"cut record, body's", strings.TrimSuffix(rec(500, `{"x-request-id":"h"}`, `"{\"request_id\":\"b\"}"`), "}"), "b"},
	}
	for _, x := range tests {
		if got := string(event(t, Config{}, x.rec).RequestID); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}

func TestNumbersAndTimes(t *testing.T) {
	rec := func(time, status, latency, size string) string {
		return `{"start_time":` + time + `,"latency":` + latency + `,"request":{"method":"get","uri":"http://h/p?q"},"response":{"status":` + status + `,"size":` + size + `}}`
	}
	tests := []struct {
		rec             string
		time            int64
		status          uint16
		duration, bytes int64
		clamped         bool
	}{
		{rec("1790064930123", "400", "41.999816894531", "402"), 1790064930123000000, 400, 42000, 402, false},
		{rec("1.790064930123e+12", `"404"`, "0.0004", `"7"`), 1790064930123000000, 404, 0, 7, false},
		{rec("1790064930123.4567891", "0", "0.0005", "-1"), 1790064930123456789, 0, 1, -1, false},
		{rec("1000", `"000"`, "-1", "null"), 1000000000, 0, -1, -1, true},
		{rec("4102444800000", `"502, 204"`, `"-"`, "1.5"), 4102444800000000000, 204, -1, -1, true},
		{rec("1e300", "200", "1e300", "0"), 1<<63 - 1, 200, 1<<63 - 1, 0, true},
	}
	for _, x := range tests {
		ev := event(t, Config{}, x.rec)
		if ev.Dead != "" || ev.Time != x.time || ev.Status != x.status || !ev.HasStatus || ev.Duration != x.duration || ev.Bytes != x.bytes || (ev.Flags&FlagClampedTime != 0) != x.clamped {
			t.Errorf("%s: %+v", x.rec, ev)
		}
		if string(ev.Path) != "/p" || len(ev.Method) != 0 || string(ev.Route) != "(not http)" {
			t.Errorf("%s: path %q, method %q, route %q", x.rec, ev.Path, ev.Method, ev.Route)
		}
	}
	for text, want := range map[string]int64{`"1790064930.123"`: 1790064930123000000, `1790064930.5`: 1790064930500000000, `"22/Sep/2026:16:15:30 +0800"`: 1790064930000000000, `"2026-09-22 16:15:30+0800"`: 1790064930000000000} {
		ev := event(t, Config{}, `{"time":`+text+`,"status":200,"method":"GET","uri":"/a"}`)
		if ev.Dead != "" || ev.Time != want {
			t.Errorf("nginx time %s: %d %s", text, ev.Time, ev.Dead)
		}
	}
	// A valid source timestamp clamps what lies far from it.
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for ts, want := range map[int64]bool{0: false, 1790064930123000000: false, 1790064930123000000 - 2*day: true, 1790064930123000000 + 401*day: true, 1: false} {
		p.Reset([]byte(rec("1790064930123", "200", "1", "1")), ts)
		p.Next()
		if got := p.Event().Flags&FlagClampedTime != 0; got != want {
			t.Errorf("timestamp %d: clamped %v", ts, got)
		}
	}
}

func TestFindings(t *testing.T) {
	tests := []struct {
		status int
		body   string
		want   Findings
	}{
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":"m"}}`, 0},
		{410, `{"type":"error","error":{"type":"not_found_error","message":"m"}}`, 0},
		{500, `{"type":"error","error":{"type":"invalid_request_error","message":"m"}}`, TypeStatus},
		{429, `{"type":"error","error":{"type":"rate_limit_error","message":"m"}}`, 0},
		{400, `{"type":"error","error":{"message":"m"}}`, MissingType},
		{400, `{"type":"error","error":{"type":"invalid_request_error","message":""}}`, MissingMessage},
		{400, `{"error":{"type":"invalid_request_error","message":"m","available_from":"x"}}`, OuterType | FeatureOutside501},
		{501, `{"type":"error","error":{"type":"feature_not_available","message":"m"}}`, MissingFeature},
		{200, `{"type":"error","error":{"type":"api_error","message":"m"}}`, TypeStatus | ErrorInSuccess},
		{200, `"event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n"`, 0},
		{400, `"{\"type\":\"error\",\"error\":{\"mess"`, 0},
		{502, `"<html>"`, 0},
	}
	for _, x := range tests {
		if got := event(t, Config{}, records("GET", "/a", x.status, x.body)["apisix"]).Findings; got != x.want {
			t.Errorf("%d %s: %b, want %b", x.status, x.body, got, x.want)
		}
	}
}

// Text formats and what auto makes of them.
func TestText(t *testing.T) {
	const head = `203.0.113.9 - bob smith [22/Sep/2026:16:15:30 +0800] "GET /a/b?x HTTP/1.1" 404 `
	tests := []struct {
		rec, format string
		dead        Reason
		truncated   bool
		bytes       int64
		client      string
	}{
		{head + `12 "-" "curl/8 x"`, "combined", "", false, 12, "curl"},
		{head + `- "a\"b" "c\\"`, "combined", "", false, -1, `c\\`},
		{head + `12 "-" "curl/8" "203.0.113.7" 0.1`, "combined", "", false, 12, "curl"},
		{head + `12`, "common", "", false, 12, ""},
		{head + `12 0.005`, "common", "", false, 12, ""},
		{head + `12 "-" "cu`, "combined", "", true, 12, ""},
		{head + `12 "htt`, "combined", "", true, 12, ""},
		{head + `12 `, "combined", "", true, 12, ""},
		{strings.TrimSuffix(head, " 404 ") + " 40", "combined", Cut, true, -1, ""},
		{strings.TrimSuffix(head, " 404 "), "combined", Cut, true, -1, ""},
		{strings.TrimSuffix(head, "404 ") + "- 12", "common", NoStatus, false, -1, ""},
		{`203.0.113.9 - - [22/Sep/2026:16:15:30`, "", UnknownFormat, false, -1, ""},
		{`203.0.113.9 - - [32/Sep/2026:16:15:30 +0000] "GET / HTTP/1.1" 200 1`, "", UnknownFormat, false, -1, ""},
		{`203.0.113.9 - - [22/Sep/2026:16:15:30 +0800] 'GET' 200 1`, "", UnknownFormat, false, -1, ""},
	}
	for _, x := range tests {
		ev := event(t, Config{}, x.rec)
		if ev.Format != x.format || ev.Dead != x.dead || (ev.Flags&FlagTruncated != 0) != x.truncated || x.dead == "" && (ev.Bytes != x.bytes || string(ev.Client) != x.client) {
			t.Errorf("%s: %s dead=%q flags=%b bytes=%d client=%q (%s)", x.rec, ev.Format, ev.Dead, ev.Flags, ev.Bytes, ev.Client, ev.Detail)
		}
	}
}

// Another format is a preset, not code.
func TestOwnPreset(t *testing.T) {
	own := []format.Preset{{
		Name:  "mine",
		Claim: []string{`log\.time`, "http"},
		Fields: []format.Field{
			{To: format.Time, Path: `log\.time`, As: format.UnixSeconds},
			{To: format.Status, Path: "http.code"},
			{To: format.Request, Path: "http.line"},
			{To: format.Duration, Path: "http.took", As: format.Nanos},
			{To: format.Body, Path: "http.reply", As: format.JSONOrString},
		},
	}, {
		Name:    "mytext",
		Pattern: `$when|$code|"$line"`,
		Fields:  []format.Field{{To: format.Time, Path: "when", As: format.RFC3339}, {To: format.Status, Path: "code"}, {To: format.Request, Path: "line"}},
	}}
	for rec, name := range map[string]string{
		`{"log.time":1790064930.5,"http":{"code":"418","line":"GET /teapots/1 HTTP/2","took":2500,"reply":"no"}}`: "mine",
		`2026-09-22T08:15:30.5Z|418|"GET /teapots/1 HTTP/2"`:                                                      "mytext",
	} {
		ev := event(t, Config{Presets: own}, rec)
		if ev.Dead != "" || ev.Format != name || ev.Status != 418 || ev.Time != 1790064930500000000 || string(ev.Method) != "GET" || string(ev.Route) != "/teapots/{id}" {
			t.Errorf("%s: %+v", rec, ev)
		}
	}
	if _, err := New(Config{Format: "mine"}); err == nil || !strings.Contains(err.Error(), "apisix") {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := New(Config{Presets: []format.Preset{{Name: "x", Pattern: "$a$b"}}}); err == nil {
		t.Error("a pattern without literals is accepted")
	}
}

// Two thousand lines of a real web server: totals by status, day and route as
// cut, awk and sort count them.
func TestRealLines(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "shared", "data", "apache-combined-sample.log"))
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED: the real lines are not here: %v", err)
	}
	defer f.Close()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	status, days, routes, errors := map[uint16]int{}, map[int64]int{}, map[string]int{}, 0
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		p.Reset(sc.Bytes(), 0)
		for p.Next() {
			ev := p.Event()
			if ev.Dead != "" || ev.Format != "combined" || ev.Flags != 0 {
				t.Fatalf("%s: %s %s", sc.Text(), ev.Dead, ev.Format)
			}
			status[ev.Status]++
			days[ev.Time/day]++
			routes[string(bytes.Clone(ev.Route))]++
			if ev.IsError() {
				errors++
			}
		}
	}
	if diff := cmp.Diff(map[uint16]int{200: 1845, 206: 21, 301: 62, 304: 37, 404: 35}, status); diff != "" {
		t.Error(diff)
	}
	if errors != 35 {
		t.Errorf("%d errors", errors)
	}
	if diff := cmp.Diff(map[int64]int{16572: 1632, 16573: 368}, days); diff != "" { // 17 and 18 May 2015
		t.Error(diff)
	}
	for route, n := range map[string]int{"/{id}": 406, "/presentations/{id}/images/{id}": 192, "/blog/geekery/{id}": 186, "/images/{id}": 160, "/": 123, "/images/web/{id}/{id}": 101, "/blog/tags/puppet": 97, "/projects/xdotool": 43} {
		if routes[route] != n {
			t.Errorf("%s: %d, want %d", route, routes[route], n)
		}
	}
}

package gen

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// sample is the request of the gateways' documentation: POST resources, 400.
func sample() *entry {
	f := &fault{kind: invalid, status: 400, typ: invalid, msg: "resources[0]: field 'file_id' must be a non-empty string.", inMsg: "resources[].file_id"}
	e := failed(f, "/sessions/{id}/resources")
	for _, o := range catalogue() {
		if o.method == "POST" && o.route == "/sessions/{id}/resources" {
			e.op = &o
		}
	}
	e.id = []byte("sess_019e392c0d1e74e095d21ea4c6b41def")
	e.path = []byte("/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources")
	e.us, e.size = 42_000, 402
	e.caller = &caller{index: 5, auth: authBearer, token: "pt-EXAMPLE", consumer: -1, addr: "203.0.113.9", addrID: 5, sdk: "go", version: "1.4.0", agent: "Qoder/Go"}
	return e
}

func newWriter(t testing.TB, s *Scenario, name string, withBody bool) *writer {
	t.Helper()
	f, ok := formatOf(name)
	if !ok {
		t.Fatalf("no format %s", name)
	}
	return &writer{s: s, seed: 1, f: f, withBody: withBody}
}

// TestSampleLines holds the sample request's line in each format and layout.
// They are meant to be compared with the gateways' documentation by eye.
func TestSampleLines(t *testing.T) {
	s := only(shapeReversed)
	var all strings.Builder
	for _, format := range Formats() {
		for layout := range 3 {
			for _, withBody := range []bool{false, true} {
				w := newWriter(t, s, format, withBody)
				if w.f.text && (withBody || layout > 0) || w.f.array || layout > 0 && !withBody {
					continue
				}
				e := sample()
				b := newBodies(s, 1)
				b.build(e, true)
				w.render(e, b, &mangle{headers: true, layout: layout, zone: 480})
				fmt.Fprintf(&all, "# %s, layout %d, body %v\n%s\n", format, layout, withBody, w.line)
				if !w.f.text && !json.Valid(w.line) {
					t.Errorf("%s: no JSON: %s", format, w.line)
				}
			}
		}
	}
	const file = "testdata/samples.txt"
	if *rewrite {
		if err := os.WriteFile(file, []byte(all.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != all.String() {
		t.Errorf("the sample lines changed (-update if that is meant):\n%s", all.String())
	}
}

// keysOfSample are the keys that the documentation shows for each format.
var keysOfSample = map[string]string{
	"apisix": `client_ip start_time latency upstream_latency apisix_latency upstream route_id service_id ` +
		`request.method request.uri request.url request.querystring request.size request.headers.authorization request.headers.x-qoder-retry-count ` +
		`response.status response.size response.headers.content-type response.headers.x-request-id response.body server.hostname server.version`,
	"kong": `request.id request.method request.uri request.url request.querystring request.size request.headers.authorization ` +
		`response.status response.size response.headers.content-type response.headers.x-request-id response.body ` +
		`latencies.kong latencies.proxy latencies.request latencies.receive upstream_status upstream_uri source started_at client_ip tries workspace_name`,
	"nginx-json": `time remote_addr method uri status request_time upstream_response_time upstream_status request_id upstream_request_id resp_body ` +
		`http_x_qoder_beta http_user_agent http_authorization http_x_qoder_retry_count remote_user body_bytes_sent`,
}

func TestLinesHaveTheDocumentedKeys(t *testing.T) {
	s := only(shapeReversed)
	for format, keys := range keysOfSample {
		for layout := range 3 {
			w := newWriter(t, s, format, true)
			e := sample()
			b := newBodies(s, 1)
			b.build(e, true)
			w.render(e, b, &mangle{headers: true, layout: layout})
			var line map[string]any
			if err := json.Unmarshal(w.line, &line); err != nil {
				t.Fatal(err)
			}
			for key := range strings.FieldsSeq(keys) {
				at := any(line)
				for part := range strings.SplitSeq(key, ".") {
					m, _ := at.(map[string]any)
					at = m[part]
				}
				if at == nil {
					t.Errorf("%s, layout %d: no %s", format, layout, key)
				}
			}
		}
	}
}

// TestOffsetsOfALine: what cutting relies on.
func TestOffsetsOfALine(t *testing.T) {
	s := only(shapePlain)
	for _, format := range Formats() {
		for layout := range 3 {
			w := newWriter(t, s, format, true)
			if w.f.text {
				w.withBody, layout = false, 0
			}
			e := sample()
			b := newBodies(s, 1)
			b.build(e, true)
			w.render(e, b, &mangle{headers: true, layout: layout})
			if got := string(w.line[w.pathFrom : w.pathFrom+4]); got != "/api" && got != `\/ap` {
				t.Errorf("%s %d: the path begins with %q", format, layout, got)
			}
			if got := strings.Trim(string(w.line[w.statusFrom:w.statusEnd]), `"`); got != "400" {
				t.Errorf("%s %d: the status is %q", format, layout, got)
			}
			if got := string(w.line[:w.timeEnd]); !regexp.MustCompile(`(1790064930123|2026-09-22T08:15:30\+00:00"|22/Sep/2026:08:15:30 \+0000\])$`).MatchString(got) {
				t.Errorf("%s %d: the time ends behind %s", format, layout, got)
			}
			if !w.withBody {
				continue
			}
			if got := string(w.line[w.bodyFrom:w.bodyEnd]); !strings.HasPrefix(got, `"{\"type`) || !strings.HasSuffix(got, "}") || w.line[w.bodyEnd] != '"' {
				t.Errorf("%s %d: the body is %s", format, layout, got)
			}
			if layout == 0 && (w.bodyFrom < w.statusEnd) {
				t.Errorf("%s: in layout 0 the body stands before the status", format)
			}
		}
	}
}

// TestWhatAFormatShowsOfACaller: equal keys are one caller, by the ranks of
// decoding: consumer, credential, user, address.
func TestWhatAFormatShowsOfACaller(t *testing.T) {
	const consumer, credential, user, addr = 1 << 32, 2 << 32, 3 << 32, 4 << 32
	bearer := caller{index: 7, auth: authBearer, token: "pt-x", consumer: -1, addrID: 8}
	org := bearer
	org.consumer = 3
	key := caller{index: 7, auth: authKey, token: "pt-x", consumer: -1, addrID: 8}
	basic := caller{index: 7, auth: authBasic, token: "eA==", user: "svc-7", consumer: -1, addrID: 8}
	nobody := caller{index: 7, auth: authNone, consumer: -1, addrID: 8}
	for _, c := range []struct {
		what                         string
		c                            caller
		auth                         authKind
		headers                      bool
		apisix, nginx, kong, combine uint64
	}{
		{"bearer", bearer, authBearer, true, credential | 7, credential | 7, addr | 8, addr | 8},
		{"bearer, no headers logged", bearer, authBearer, false, addr | 8, addr | 8, addr | 8, addr | 8},
		{"bearer forgot the header", bearer, authNone, true, addr | 8, addr | 8, addr | 8, addr | 8},
		{"bearer sent as a key", bearer, authKey, true, credential | 7, credential | 7, credential | 7, addr | 8},
		{"consumer", org, authBearer, true, consumer | 3, credential | 7, consumer | 3, addr | 8},
		{"consumer, no headers logged", org, authBearer, false, consumer | 3, addr | 8, consumer | 3, addr | 8},
		{"consumer forgot the header", org, authNone, true, addr | 8, addr | 8, addr | 8, addr | 8},
		{"key", key, authKey, true, credential | 7, credential | 7, credential | 7, addr | 8},
		{"basic", basic, authBasic, true, credential | 7, credential | 7, addr | 8, user | 7},
		{"basic, no headers logged", basic, authBasic, false, addr | 8, user | 7, addr | 8, user | 7},
		{"nobody", nobody, authNone, true, addr | 8, addr | 8, addr | 8, addr | 8},
	} {
		for format, want := range map[string]uint64{"apisix": c.apisix, "apisix-array": c.apisix, "nginx-json": c.nginx, "kong": c.kong, "combined": c.combine, "common": c.combine} {
			w := newWriter(t, only(shapePlain), format, false)
			if got := w.callerKey(&entry{caller: &c.c, auth: c.auth}, &mangle{headers: c.headers}); got != want {
				t.Errorf("%s in %s: %x, want %x", c.what, format, got, want)
			}
		}
	}
}

// TestBetaHeaders: one value is a string, several are an array, and nginx joins
// them with commas.
func TestBetaHeaders(t *testing.T) {
	for _, c := range []struct {
		beta          []string
		object, nginx string
	}{
		{nil, "", `"http_x_qoder_beta":"`},
		{[]string{"a-2026-01-01"}, `"x-qoder-beta":"a-2026-01-01"`, `"http_x_qoder_beta":"a-2026-01-01"`},
		{[]string{"a", "b, c"}, `"x-qoder-beta":["a","b, c"]`, `"http_x_qoder_beta":"a, b, c"`},
	} {
		for _, format := range []string{"apisix", "kong", "nginx-json"} {
			s := only(shapePlain)
			e := sample()
			e.beta = c.beta
			w := newWriter(t, s, format, false)
			w.render(e, newBodies(s, 1), &mangle{headers: true})
			want := c.object
			if format == "nginx-json" {
				want = c.nginx
			}
			if want == "" && strings.Contains(string(w.line), "beta") || !strings.Contains(string(w.line), want) {
				t.Errorf("%s: no %s in %s", format, want, w.line)
			}
			w.render(e, newBodies(s, 1), &mangle{})
			if strings.Contains(string(w.line), "beta") {
				t.Errorf("%s: no headers are logged, and yet: %s", format, w.line)
			}
		}
	}
}

// TestSecretsStandWhereTheySay: each place has its canary, and is a secret in
// the form that masking knows.
func TestSecretsStandWhereTheySay(t *testing.T) {
	places := map[secretPlace]string{
		secretInQuery:     `[?&]access_token=[0-9a-f]{12}c4n4ry`,
		secretInPath:      `sessions\\?/pt-[0-9a-f]{12}c4n4ry[0-9a-f]{10}\\?/resources`,
		secretInAgent:     `user.agent":"pt-[0-9a-f]{12}c4n4ry[0-9a-f]{10}\\?/1\.0"`,
		secretInCookie:    `cookie":"sid=[0-9a-f]{12}c4n4ry`,
		secretInBeta:      `beta":"pt-[0-9a-f]{12}c4n4ry`,
		secretInRequestID: `request_id\\":\\"(Bearer |pt-|whsec_)[0-9a-f]{12}c4n4ry`,
		secretInCode:      `code\\":\\"(Bearer |pt-|whsec_)[0-9a-f]{12}c4n4ry`,
	}
	s := only(shapeRequestID)
	for place, want := range places {
		for _, format := range []string{"apisix", "kong", "nginx-json"} {
			e := sample()
			e.secret = place
			b := newBodies(s, 1)
			b.build(e, true)
			w := newWriter(t, s, format, true)
			w.render(e, b, &mangle{headers: true})
			if !regexp.MustCompile(want).Match(w.line) {
				t.Errorf("place %d in %s: no %s in %s", place, format, want, w.line)
			}
			if !json.Valid(w.line) {
				t.Errorf("no JSON: %s", w.line)
			}
		}
	}
	found := map[string]bool{}
	for i := range uint64(400) {
		e := sample()
		e.seq, e.secret = i, secretInMessage
		b := newBodies(s, 1)
		b.build(e, true)
		secret := string(b.msg[strings.Index(string(b.msg), "(see ")+5:])
		form := regexp.MustCompile(`[0-9a-f]{12}c4n4ry[0-9a-f]{10}`).ReplaceAllString(strings.TrimSuffix(secret, " )"), "#")
		found[form] = true
	}
	for _, form := range secretForms {
		if !found[form] {
			t.Errorf("no message holds %s", form)
		}
	}
	if len(found) != len(secretForms) {
		t.Errorf("%d forms, want %d: %v", len(found), len(secretForms), found)
	}
}

// TestCardsAreCards: the planted numbers pass Luhn's check, else nobody masks them.
func TestCardsAreCards(t *testing.T) {
	for _, card := range []string{secretCard, secretCard2} {
		digits := regexp.MustCompile(`\D`).ReplaceAllString(card, "")
		sum := 0
		for i := range digits {
			d := int(digits[len(digits)-1-i] - '0')
			if i%2 == 1 {
				if d *= 2; d > 9 {
					d -= 9
				}
			}
			sum += d
		}
		if sum%10 != 0 || len(digits) < 13 || len(digits) > 19 {
			t.Errorf("%s is no card", card)
		}
	}
}

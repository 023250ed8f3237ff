package oracle

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func hashOf(s string) string { return hex16(sipHash(fixedKey, []byte(s)) &^ (1 << 63)) }

// The composed lines of the domain reference: the same request in every gateway's log.
func TestSampleLines(t *testing.T) {
	for _, test := range []struct{ format, line, id, caller, kind, auth, retry string }{
		{
			"apisix", `{"client_ip":"203.0.113.9","start_time":1790064930123,"latency":41.999816894531,"upstream_latency":38,"apisix_latency":3.9998168945312,"upstream":"10.0.4.17:8080","route_id":"cloud-agents","service_id":"","request":{"method":"POST","uri":"/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources","url":"https://api.example.com:443/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources","querystring":{},"size":612,"headers":{"authorization":"Bearer pt-EXAMPLE","x-qoder-retry-count":"0"}},"response":{"status":400,"size":402,"headers":{"content-type":"application/json","x-request-id":"cb80235f-76a2-4ff3-9e28-5aa2da12dc14"},"body":"{\"error\":{\"message\":\"resources[0]: field 'file_id' must be a non-empty string.\",\"type\":\"invalid_request_error\"},\"type\":\"error\"}"},"server":{"hostname":"apisix-0","version":"3.16.0"}}`,
			"cb80235f-76a2-4ff3-9e28-5aa2da12dc14", hashOf("pt-EXAMPLE"), "credential", "bearer", "0",
		},
		{
			"kong", `{"request":{"id":"2f6946328ffc4946b8c9120704a4a155","method":"POST","uri":"\/api\/v1\/cloud\/sessions\/sess_019e392c0d1e74e095d21ea4c6b41def\/resources","url":"https:\/\/api.example.com:8443\/api\/v1\/cloud\/sessions\/sess_019e392c0d1e74e095d21ea4c6b41def\/resources","querystring":{},"size":612,"headers":{"authorization":"REDACTED"}},"response":{"status":400,"size":402,"headers":{"content-type":"application\/json","x-request-id":"cb80235f-76a2-4ff3-9e28-5aa2da12dc14"},"body":"{\"error\":{\"message\":\"resources[0]: field 'file_id' must be a non-empty string.\",\"type\":\"invalid_request_error\"},\"type\":\"error\"}"},"latencies":{"kong":2,"proxy":38,"request":42,"receive":1},"upstream_status":"400","upstream_uri":"\/api\/v1\/cloud\/sessions\/sess_019e392c0d1e74e095d21ea4c6b41def\/resources","source":"upstream","started_at":1790064930123,"client_ip":"203.0.113.9","tries":[{"ip":"10.0.4.17","port":8080,"balancer_latency":0,"balancer_start_ns":1.790064930123e+18}],"workspace_name":"default"}`,
			"cb80235f-76a2-4ff3-9e28-5aa2da12dc14", hashOf("203.0.113.9"), "address", "redacted", "",
		},
		{
			"nginx-json", `{"time":"2026-09-22T16:15:30.123+08:00","remote_addr":"203.0.113.9","method":"POST","uri":"/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources","status":"400","request_time":"0.042","upstream_response_time":"0.038","upstream_status":"400","body_bytes_sent":402,"request_id":"7f1c0f3b1e0d4d6f9a53d0c7d0a1b2c3","upstream_request_id":"cb80235f-76a2-4ff3-9e28-5aa2da12dc14","resp_body":"{\"error\":{\"message\":\"resources[0]: field 'file_id' must be a non-empty string.\",\"type\":\"invalid_request_error\"},\"type\":\"error\"}"}`,
			"cb80235f-76a2-4ff3-9e28-5aa2da12dc14", hashOf("203.0.113.9"), "address", "", "",
		},
	} {
		for _, array := range []bool{false, true} {
			line := test.line
			if array {
				line = "[" + line + ", " + line + "]"
			}
			got := auto.Decode(1, []byte(line))
			if want := map[bool]int{false: 1, true: 2}[array]; len(got) != want {
				t.Fatalf("%s: %d entries", test.format, len(got))
			}
			for i, e := range got {
				text := fmt.Sprintln(e.Index, e.Format, e.Time, *e.Method, e.Route, *e.Status, *e.DurationMS, *e.Bytes, e.RequestID, e.Caller, e.CallerKind, e.Auth, e.Retry,
					e.Shape, e.Origin, e.Flags, e.Findings, e.Param, e.ParamSource, e.Envelope["type"])
				want := fmt.Sprintln(i, test.format, "2026-09-22T08:15:30.123Z", "POST", "/sessions/{id}/resources", 400, 42.0, 402, test.id, test.caller, test.kind, test.auth, test.retry,
					"envelope", "app", "[]", "[]", "resources[].file_id", "message", "invalid_request_error")
				if text != want {
					t.Errorf("%s:\n%s, want\n%s", test.format, text, want)
				}
			}
		}
	}
}

func TestTextLines(t *testing.T) {
	for _, test := range []struct{ line, want string }{
		{
			`203.0.113.9 - - [22/Sep/2026:16:15:30 +0800] "POST /v1/agents?x=1 HTTP/1.1" 400 402 "-" "Qoder/Go"`,
			"combined 2026-09-22T08:15:30Z POST /v1/agents /agents 400 402 address qoder-go [] none",
		},
		{
			`203.0.113.9 - ann [22/Sep/2026:16:15:30 +0800] "GET /v1/agents HTTP/1.1" 200 -`,
			"common 2026-09-22T08:15:30Z GET /v1/agents /agents 200 -1 user  [] ",
		},
		{
			`203.0.113.9 - ann [22/Sep/2026:16:15:30 +0800] "GET /v1/agents HTTP/1.1" 200 12 "a \"b\" c" "curl/8.1 \"x\""`,
			"combined 2026-09-22T08:15:30Z GET /v1/agents /agents 200 12 user curl [] ",
		},
		{
			`203.0.113.9 - - [22/Sep/2026:16:15:30 +0800] "GET /v1/agents HTTP/1.1" 200 12 "-" "cur`,
			"combined 2026-09-22T08:15:30Z GET /v1/agents /agents 200 12   [truncated] ",
		},
		{
			`203.0.113.9 - - [22/Sep/2026:16:15:30 +0800] "-" 000 0 "-" "-"`,
			"combined 2026-09-22T08:15:30Z   (not http) 0 0 address  [] ",
		},
	} {
		got := auto.Decode(1, []byte(test.line))[0]
		if got.Error != "" {
			t.Errorf("%s: %s", test.line, got.Error)
			continue
		}
		size, path := int64(-1), ""
		if got.Bytes != nil {
			size = *got.Bytes
		}
		if got.Path != nil {
			path = *got.Path
		}
		text := fmt.Sprint(got.Format, " ", got.Time, " ", got.e.method, " ", path, " ", got.Route, " ", *got.Status, " ", size, " ", got.CallerKind, " ", got.Client, " ", got.Flags, " ", got.Shape)
		if text != test.want {
			t.Errorf("%s:\n%s, want\n%s", test.line, text, test.want)
		}
	}
}

// headersLine is an APISIX entry with the given members before, and request headers.
func headersLine(more, headers string) string {
	return `{` + more + `"start_time":1790064930123,"client_ip":"203.0.113.9:4711","response":{"status":200},"request":{"method":"GET","uri":"/v1/agents","headers":` + headers + `}}`
}

func TestCallersAndClients(t *testing.T) {
	for _, test := range []struct{ more, headers, caller, kind, auth, retry, client, beta string }{
		{``, `{}`, "203.0.113.9", "address", "none", "", "", "[]"},
		{`"consumer":{"username":"ann"},`, `{"Authorization":"Bearer tok"}`, "ann", "consumer", "bearer", "", "", "[]"},
		{`"consumer":{"username":"-"},`, `{"authorization":"bearer tok"}`, "tok", "credential", "bearer", "", "", "[]"},
		{``, `{"authorization":"tok"}`, "tok", "credential", "other", "", "", "[]"},
		{``, `{"authorization":"Basic  x y "}`, "x y", "credential", "other", "", "", "[]"},
		{``, `{"authorization":"Bearer REDACTED","x-api-key":"k"}`, "k", "credential", "redacted", "", "", "[]"},
		{``, `{"x-api-key":"k"}`, "k", "credential", "x-api-key", "", "", "[]"},
		{``, `{"x-api-key":"***"}`, "203.0.113.9", "address", "redacted", "", "", "[]"},
		{``, `{"X-Qoder-Retry-Count":"2","X-Qoder-Lang":"Go","X-Qoder-Package-Version":"1.12.3","user-agent":"Qoder/Go"}`, "203.0.113.9", "address", "none", "2", "qoder-go/1", "[]"},
		{``, `{"x-qoder-retry-count":"14","x-qoder-lang":"Python","user-agent":"x"}`, "203.0.113.9", "address", "none", "3+", "qoder-python", "[]"},
		{``, `{"x-qoder-retry-count":"x","user-agent":"Qoder/Go"}`, "203.0.113.9", "address", "none", "", "qoder-go", "[]"},
		{``, `{"user-agent":"Mozilla/5.0 (X)"}`, "203.0.113.9", "address", "none", "", "Mozilla", "[]"},
		{``, `{"x-qoder-beta":"b, a ,,c"}`, "203.0.113.9", "address", "none", "", "", "[b a c]"},
		{``, `{"x-qoder-beta":["b,a","c"]}`, "203.0.113.9", "address", "none", "", "", "[b a c]"},
	} {
		got := auto.Decode(1, []byte(headersLine(test.more, test.headers)))[0]
		text := fmt.Sprint(got.Caller, " ", got.CallerKind, " ", got.Auth, " ", got.Retry, " ", got.Client, " ", got.Beta, " ", got.e.betaLogged)
		want := fmt.Sprint(hashOf(test.caller), " ", test.kind, " ", test.auth, " ", test.retry, " ", test.client, " ", test.beta, " ", true)
		if text != want {
			t.Errorf("%s %s:\n%s, want\n%s", test.more, test.headers, text, want)
		}
	}
}

// A record that ended early never invents a caller: only the highest rank counts.
func TestCutRecords(t *testing.T) {
	line := headersLine(`"consumer":{"username":"ann"},`, `{"authorization":"Bearer tok","x-qoder-beta":"b"}`)
	got := auto.Decode(1, []byte(line[:len(line)-3]))[0]
	if got.CallerKind != "consumer" || got.Auth != "bearer" || !got.has("truncated") || got.Error != "" {
		t.Errorf("consumer: %+v", got)
	}
	line = headersLine(``, `{"authorization":"Bearer tok","x-qoder-beta":"b"}`)
	got = auto.Decode(1, []byte(line[:len(line)-3]))[0]
	if got.CallerKind != "" || got.Auth != "bearer" || !slices.Equal(got.Beta, []string{"b"}) {
		t.Errorf("credential: %+v", got)
	}
	got = auto.Decode(1, []byte(line[:strings.Index(line, "x-qoder")]))[0]
	if got.e.betaLogged || got.Auth != "bearer" {
		t.Errorf("no beta: %+v", got)
	}
	got = auto.Decode(1, []byte(line[:strings.Index(line, `"status":200`)+len(`"status":20`)]))[0]
	if got.Error != "cut" {
		t.Errorf("status at the edge: %+v", got)
	}
}

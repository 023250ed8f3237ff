package oracle

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// brief is what a shape test looks at.
type brief struct {
	shape, origin string
	flags         string
	findings      string
	env           Envelope
	requestID     string
	template      string
}

func briefOf(e Entry) brief {
	return brief{e.Shape, e.Origin, strings.Join(e.Flags, ","), strings.Join(e.Findings, ","), e.Envelope, e.RequestID, e.Template}
}

func apisixBody(status int, body string) string {
	return fmt.Sprintf(`{"start_time":1790064930123,"request":{"method":"GET","uri":"/v1/agents"},"response":{"status":%d,"headers":{"x-request-id":"hdr"},"body":%s}}`, status, body)
}

func gz(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func TestShapes(t *testing.T) {
	long := strings.Repeat("x", 2<<20)
	for _, test := range []struct {
		name   string
		status int
		body   string // JSON text of the value
		want   brief
	}{
		{
			"A", 400, quote(`{"type":"error","error":{"type":"invalid_request_error","message":"m","param":"p"}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "invalid_request_error", "message": "m", "param": "p"}, requestID: "hdr", template: "m"},
		},
		{
			"B", 400, quote(`{"type":"error","request_id":"body","error":{"type":"invalid_request_error","message":"m"}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "invalid_request_error", "message": "m"}, requestID: "body", template: "m"},
		},
		{
			"C", 501, quote(`{"type":"error","error":{"type":"feature_not_available","message":"m","feature":"synthetic_a","available_from":"synthetic-a-2026-01-02"}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "feature_not_available", "message": "m", "feature": "synthetic_a", "available_from": "synthetic-a-2026-01-02"}, requestID: "hdr", template: "m"},
		},
		{
			"D", 404, quote(`{"type":"error","error":{"type":"not_found_error","message":"m","code":"NOT_FOUND"}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "not_found_error", "message": "m", "code": "NOT_FOUND"}, requestID: "hdr", template: "m"},
		},
		{
			"E", 400, quote(`{"error":{"message":"m","type":"invalid_request_error"},"type":"error"}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "invalid_request_error", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{
			"F", 401, quote(`{"code":"INVALID","message":"m","timestamp":"1789199957397"}`),
			brief{shape: "flat", origin: "gateway", env: Envelope{"code": "INVALID", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{"G text", 503, `"upstream connect error"`, brief{shape: "text", origin: "gateway", requestID: "hdr"}},
		{"G html", 502, `"  <html>"`, brief{shape: "html", origin: "gateway", requestID: "hdr"}},
		{"G empty", 502, `""`, brief{shape: "empty", origin: "unknown", requestID: "hdr"}},
		{"G dash", 502, `"-"`, brief{shape: "none", origin: "unknown", requestID: "hdr"}},
		{"G null", 502, `null`, brief{shape: "none", origin: "unknown", requestID: "hdr"}},
		{
			"H", 400, quote(`{"type":"error","message":"outer","code":"OUTER","error":{"type":"invalid_request_error","message":"inner","code":"INNER"}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "invalid_request_error", "message": "inner", "code": "INNER"}, requestID: "hdr", template: "inner"},
		},
		{
			"I", 400, quote(`{"type":"error","error":{"code":"AGENT_001","message":"m"},"request_id":"r"}`),
			brief{shape: "envelope", origin: "app", findings: "missing_type", env: Envelope{"code": "AGENT_001", "message": "m"}, requestID: "r", template: "m"},
		},
		{
			"J", 400, quote(`{"type":"error","error":{"type":"invalid_request_error","message":"half a mess`),
			brief{shape: "envelope", origin: "app", flags: "truncated", env: Envelope{"type": "invalid_request_error", "message": "half a mess"}, template: "(truncated)"},
		},
		{
			"J in a rune", 400, "\"{\\\"error\\\":{\\\"message\\\":\\\"caf\xc3\"",
			brief{shape: "envelope", origin: "app", flags: "truncated", env: Envelope{"message": "caf"}, template: "(truncated)"},
		},
		{
			"J in an escape", 400, quote(`{"error":{"message":"caf\u00`),
			brief{shape: "envelope", origin: "app", flags: "truncated", env: Envelope{"message": "caf"}, template: "(truncated)"},
		},
		{
			"J in the type", 400, quote(`{"error":{"message":"m","type":"inval`),
			brief{shape: "envelope", origin: "app", flags: "truncated", env: Envelope{"message": "m"}, template: "m"},
		},
		{"J before a member", 400, quote(`{`), brief{shape: "other", origin: "unknown", flags: "truncated"}},
		{
			"wrong status", 500, quote(`{"type":"error","error":{"type":"conflict_error","message":"m","feature":"synthetic_a"}}`),
			brief{shape: "envelope", origin: "app", findings: "type_status,feature_outside_501", env: Envelope{"type": "conflict_error", "message": "m", "feature": "synthetic_a"}, requestID: "hdr", template: "m"},
		},
		{
			"no outer type, no message", 400, quote(`{"error":{"type":"invalid_request_error","message":""}}`),
			brief{shape: "envelope", origin: "app", findings: "missing_message,outer_type", env: Envelope{"type": "invalid_request_error", "message": ""}, requestID: "hdr"},
		},
		{
			"501 without feature", 501, quote(`{"type":"error","error":{"type":"feature_not_available","message":"m"}}`),
			brief{shape: "envelope", origin: "app", findings: "missing_feature", env: Envelope{"type": "feature_not_available", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{
			"first of duplicates", 400, quote(`{"error":null,"error":{"type":"x"},"message":1,"message":"m"}`),
			brief{shape: "flat", origin: "gateway", env: Envelope{"message": number("1")}, requestID: "hdr"},
		},
		{
			"flat by error", 400, quote(`{"error":"m","code":7}`),
			brief{shape: "flat", origin: "gateway", env: Envelope{"message": "m", "code": number("7")}, requestID: "hdr", template: "m"},
		},
		{
			"flat by error_msg", 400, quote(`{"error":"no","error_msg":"m","message":null}`),
			brief{shape: "flat", origin: "gateway", env: Envelope{"message": "m"}, requestID: "hdr", template: "m"},
		},
		{
			"null and more", 400, quote(`{"type":"error","error":{"type":"invalid_request_error","message":"m","param":null,"code":400.0,"feature":[1],"available_from":{}}}`),
			brief{shape: "envelope", origin: "app", env: Envelope{"type": "invalid_request_error", "message": "m", "param": nil, "code": number("400.0")}, requestID: "hdr", template: "m"},
		},
		{"other", 400, quote(`{"a":1}`), brief{shape: "other", origin: "unknown", requestID: "hdr"}},
		{"array", 400, quote(`[{"error":{}}]`), brief{shape: "other", origin: "unknown", requestID: "hdr"}},
		{"scalar", 400, `"12"`, brief{shape: "other", origin: "unknown", requestID: "hdr"}},
		{"number", 400, `12`, brief{shape: "other", origin: "unknown", requestID: "hdr"}},
		{"broken, nothing before", 400, quote(`{oops}`), brief{shape: "text", origin: "gateway", requestID: "hdr"}},
		{
			"broken after a member", 400, quote(`{"code":"C",oops}`),
			brief{shape: "flat", origin: "gateway", flags: "truncated", env: Envelope{"code": "C"}},
		},
		{"success", 200, quote(`{"error":{"type":"x"},"id":"a"}`), brief{requestID: "hdr"}},
		{"success of a nested error", 200, quote(`{"paused_reason":{"type":"error","error":{"type":"x"}}}`), brief{requestID: "hdr"}},
		{
			"error in success", 200, quote(`{"type":"error","error":{"type":"x","message":"m"}}`),
			brief{shape: "envelope", origin: "app", findings: "error_in_success", env: Envelope{"type": "x", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{"empty success", 200, `""`, brief{requestID: "hdr"}},
		{
			"SSE error", 200, quote("\ufeff: hi\r\nevent: ping\r\ndata: {}\r\n\r\nevent: error\r\ndata: {\"error\":{\"message\":\"failed\"}}\r\n\r\n"),
			brief{shape: "envelope", origin: "app", flags: "sse", findings: "missing_type,outer_type", env: Envelope{"message": "failed"}, requestID: "hdr", template: "failed"},
		},
		{
			"SSE envelope, several data lines", 200, quote("id: 1\ndata: {\"type\":\"error\",\ndata: \"error\":{\"type\":\"x\",\"message\":\"m\"}}\n\n"),
			brief{shape: "envelope", origin: "app", flags: "sse", env: Envelope{"type": "x", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{"SSE session.error", 200, quote("event: session.error\ndata: {\"error\":\"m\",\"code\":\"c\"}\n\n"), brief{requestID: "hdr"}},
		{"SSE without an error", 500, quote("data: {\"id\":1}\n\n"), brief{shape: "text", origin: "gateway", requestID: "hdr"}},
		{
			"gzip in base64", 400, quote(base64.StdEncoding.EncodeToString([]byte(gz(`{"error":{"type":"x","message":"m"},"type":"error"}`)))),
			brief{shape: "envelope", origin: "app", flags: "base64,gzip", env: Envelope{"type": "x", "message": "m"}, requestID: "hdr", template: "m"},
		},
		{
			"gzip of too much", 400, quote(base64.StdEncoding.EncodeToString([]byte(gz(`{"error":{"type":"x"},"filler":"` + long + `"}`)))),
			brief{shape: "envelope", origin: "app", flags: "truncated,base64,gzip", env: Envelope{"type": "x"}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := auto.Decode(1, []byte(apisixBody(test.status, test.body)))
			if len(got) != 1 || got[0].Error != "" {
				t.Fatalf("%+v", got)
			}
			if d := cmp.Diff(test.want, briefOf(got[0]), cmp.AllowUnexported(brief{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestKongMarksTheOrigin(t *testing.T) {
	for mark, want := range map[string]string{"kong": "gateway", "upstream": "app", "other": "unknown"} {
		line := fmt.Sprintf(`{"started_at":1790064930123,"request":{},"response":{"status":502},"source":%q}`, mark)
		if got := auto.Decode(1, []byte(line)); got[0].Origin != want {
			t.Errorf("%s: %s, want %s", mark, got[0].Origin, want)
		}
	}
}

func TestReasons(t *testing.T) {
	const whole = `{"start_time":1790064930123,"request":{},"response":{"status":400}}`
	for _, test := range []struct {
		line string
		want []string // per entry; "" counted
	}{
		{"", nil},
		{" \t\r", nil},
		{"[]", nil},
		{" [ ] ", nil},
		{"\ufeff", nil},
		{whole, []string{""}},
		{"\ufeff" + whole + " \r\n", []string{""}},
		{"[" + whole + "," + whole + "]", []string{"", ""}},
		{"[1,null," + whole + "]", []string{"unknown_format", "unknown_format", ""}},
		{"[" + whole + "," + whole[:50], []string{"", "cut"}},
		{whole[:len(whole)-1], []string{""}},
		{whole[:len(whole)-2], []string{"cut"}},
		{whole + "x", []string{"not_json"}},
		{`{"a":1,}`, []string{"not_json"}},
		{strings.Repeat("[", 513), []string{"too_deep"}},
		{strings.Repeat("[", 512), []string{"cut"}},
		{"{\"a\":\"\t\"}", []string{"binary"}},
		{"\x00", []string{"binary"}},
		{"{\t\"a\":1}", []string{"unknown_format"}},
		{"hello", []string{"unknown_format"}},
		{`{"a":1}`, []string{"unknown_format"}},
		{`{"start_time":"soon","request":{},"response":{"status":400}}`, []string{"no_time"}},
		{`{"start_time":1,"request":{},"response":{"status":"-"}}`, []string{"no_status"}},
		{`{"start_time":1,"request":{},"response":{"status":"-","body":{"type":"error","error":{}}}}`, []string{""}},
	} {
		var got []string
		for _, e := range auto.Decode(1, []byte(test.line)) {
			got = append(got, e.Error)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%.60q: %q, want %q", test.line, got, test.want)
		}
	}
}

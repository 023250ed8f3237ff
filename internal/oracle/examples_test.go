package oracle

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var fixedKey = [16]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}

var auto = Config{Source: "s", Feed: "both", CallerKey: fixedKey}

// The examples of the API's documentation; rows without a printed body take
// their trigger as message.
var examples = []struct {
	n                int
	method, path     string
	status           int
	body             string
	route            string
	shape            string
	want             Envelope
	param, paramFrom string
	findings         []string
	template         string
}{
	{
		1, "POST", "/api/v1/cloud/agents", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Missing required field: name","param":"name"}}`,
		"/agents", "envelope",
		Envelope{"type": "invalid_request_error", "message": "Missing required field: name", "param": "name"},
		"name", "field", nil, "Missing required field: name",
	},
	{
		2, "GET", "/api/v1/cloud/sessions", 401, `{"code":"TOKEN_INVALID","message":"invalid pt-token","timestamp":"1789199957397"}`,
		"/sessions", "flat",
		Envelope{"code": "TOKEN_INVALID", "message": "invalid pt-token"},
		"", "", nil, "invalid pt-token",
	},
	{
		3, "POST", "/api/v1/cloud/files", 401, `{"type":"error","error":{"type":"-","message":"missing or invalid token"}}`,
		"/files", "envelope",
		Envelope{"type": "-", "message": "missing or invalid token"},
		"", "", nil, "missing or invalid token",
	},
	{
		4, "DELETE", "/api/v1/cloud/environments/env_019e3bb1e8c171fd9abbb1477ffb84cc", 403, `{"type":"error","error":{"type":"permission_error","message":"You do not have permission to access this resource."}}`,
		"/environments/{id}", "envelope",
		Envelope{"type": "permission_error", "message": "You do not have permission to access this resource."},
		"", "", nil, "You do not have permission to access this resource.",
	},
	{
		5, "GET", "/v1/files/file_019e3bb1e8c171fd9abbb1477ffb84cc/content", 403, `{"type":"error","error":{"type":"permission_error","message":"Only files with purpose 'tool_output' or 'skill_output' can be downloaded."}}`,
		"/files/{id}/content", "envelope",
		Envelope{"type": "permission_error", "message": "Only files with purpose 'tool_output' or 'skill_output' can be downloaded."},
		"", "", nil, "Only files with purpose '*' or '*' can be downloaded.",
	},
	{
		6, "POST", "/sessions/sess_1/resources", 404, `{"error":{"message":"File 'file_fake_test_id' was not found.","type":"not_found_error"},"type":"error"}`,
		"/sessions/{id}/resources", "envelope",
		Envelope{"type": "not_found_error", "message": "File 'file_fake_test_id' was not found."},
		"", "", nil, "File '*' was not found.",
	},
	{
		7, "GET", "/api/v1/cloud/skills/skill_x", 404, `{"type":"error","error":{"type":"not_found_error","message":"Skill '{skill_id}' was not found."}}`,
		"/skills/{id}", "envelope",
		Envelope{"type": "not_found_error", "message": "Skill '{skill_id}' was not found."},
		"", "", nil, "Skill '*' was not found.",
	},
	{
		8, "GET", "/api/v1/cloud/agents/ag-1", 404, `{"type":"error","request_id":"r8","error":{"type":"not_found_error","message":"Agent 'ag-1' was not found.","code":"NOT_FOUND"}}`,
		"/agents/{id}", "envelope",
		Envelope{"type": "not_found_error", "message": "Agent 'ag-1' was not found.", "code": "NOT_FOUND"},
		"", "", nil, "Agent '*' was not found.",
	},
	{
		9, "GET", "/api/v1/cloud/memory_stores/memstore_1/versions/memver_a", 404, `{"type":"error","error":{"type":"not_found_error","message":"store or version missing"}}`,
		"/memory_stores/{id}/versions/{id}", "envelope",
		Envelope{"type": "not_found_error", "message": "store or version missing"},
		"", "", nil, "store or version missing",
	},
	{
		10, "POST", "/api/v1/cloud/vaults/vault_a/credentials/vcred_b/archive", 404, `{"type":"error","error":{"type":"not_found_error","message":"vault or credential missing"}}`,
		"/vaults/{id}/credentials/{id}/archive", "envelope",
		Envelope{"type": "not_found_error", "message": "vault or credential missing"},
		"", "", nil, "vault or credential missing",
	},
	{
		11, "POST", "/api/v1/cloud/files", 400, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"invalid `purpose`\"}}",
		"/files", "envelope",
		Envelope{"type": "invalid_request_error", "message": "invalid `purpose`"},
		"purpose", "message", nil, "invalid `*`",
	},
	{
		12, "POST", "/api/v1/cloud/sessions/sess_1/resources", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"resources[0]: field 'type' must be 'file'."}}`,
		"/sessions/{id}/resources", "envelope",
		Envelope{"type": "invalid_request_error", "message": "resources[0]: field 'type' must be 'file'."},
		"resources[].type", "message", nil, "resources[{n}]: field '*' must be '*'.",
	},
	{
		13, "POST", "/api/v1/cloud/sessions/sess_1/resources", 400, `{"error":{"message":"resources[0]: field 'file_id' must be a non-empty string.","type":"invalid_request_error"},"type":"error"}`,
		"/sessions/{id}/resources", "envelope",
		Envelope{"type": "invalid_request_error", "message": "resources[0]: field 'file_id' must be a non-empty string."},
		"resources[].file_id", "message", nil, "resources[{n}]: field '*' must be a non-empty string.",
	},
	{
		14, "POST", "/api/v1/cloud/vaults/vault_a/credentials", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Field 'access_token' is required for static_bearer type."}}`,
		"/vaults/{id}/credentials", "envelope",
		Envelope{"type": "invalid_request_error", "message": "Field 'access_token' is required for static_bearer type."},
		"access_token", "message", nil, "Field '*' is required for static_bearer type.",
	},
	{
		15, "PUT", "/api/v1/cloud/skills/skill_a", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"Request body must be valid JSON."}}`,
		"/skills/{id}", "envelope",
		Envelope{"type": "invalid_request_error", "message": "Request body must be valid JSON."},
		"", "", nil, "Request body must be valid JSON.",
	},
	{
		16, "POST", "/api/v1/cloud/files", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"limit exceeded"}}`,
		"/files", "envelope",
		Envelope{"type": "invalid_request_error", "message": "limit exceeded"},
		"", "", nil, "limit exceeded",
	},
	{
		17, "GET", "/api/v1/cloud/agents?limit=0", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"limit 0 or negative"}}`,
		"/agents", "envelope",
		Envelope{"type": "invalid_request_error", "message": "limit 0 or negative"},
		"", "", nil, "limit {n} or negative",
	},
	{
		18, "POST", "/api/v1/cloud/memory_stores/memstore_a/memories", 400, "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"path starts with `/`\"}}",
		"/memory_stores/{id}/memories", "envelope",
		Envelope{"type": "invalid_request_error", "message": "path starts with `/`"},
		"", "", nil, "path starts with `*`",
	},
	{
		19, "POST", "/api/v1/cloud/dreams/drm_a/archive", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"dream still pending or running"}}`,
		"/dreams/{id}/archive", "envelope",
		Envelope{"type": "invalid_request_error", "message": "dream still pending or running"},
		"", "", nil, "dream still pending or running",
	},
	{
		20, "POST", "/api/v1/forward/environments/env_default", 400, `{"type":"error","error":{"type":"invalid_request_error","message":"explicit null config or metadata","code":null}}`,
		"/forward/environments/{id}", "envelope",
		Envelope{"type": "invalid_request_error", "message": "explicit null config or metadata", "code": nil},
		"", "", nil, "explicit null config or metadata",
	},
	{
		21, "POST", "/api/v1/cloud/agents", 409, `{"type":"error","error":{"type":"conflict_error","message":"Idempotency key reused with a different request body."}}`,
		"/agents", "envelope",
		Envelope{"type": "conflict_error", "message": "Idempotency key reused with a different request body."},
		"", "", nil, "Idempotency key reused with a different request body.",
	},
	{
		22, "POST", "/api/v1/cloud/vaults/vault_a/credentials/vcred_b/archive", 409, `{"type":"error","error":{"type":"conflict_error","message":"credential already archived"}}`,
		"/vaults/{id}/credentials/{id}/archive", "envelope",
		Envelope{"type": "conflict_error", "message": "credential already archived"},
		"", "", nil, "credential already archived",
	},
	{
		23, "PUT", "/api/v1/cloud/memory_stores/memstore_a/memories/mem_b", 409, `{"type":"error","error":{"type":"conflict_error","message":"version mismatch"}}`,
		"/memory_stores/{id}/memories/{id}", "envelope",
		Envelope{"type": "conflict_error", "message": "version mismatch"},
		"", "", nil, "version mismatch",
	},
	{
		24, "POST", "/api/v1/cloud/sessions/sess_a/events", 409, `{"type":"error","error":{"type":"conflict_error","message":"operating on a terminated session; duplicate unique name"}}`,
		"/sessions/{id}/events", "envelope",
		Envelope{"type": "conflict_error", "message": "operating on a terminated session; duplicate unique name"},
		"", "", nil, "operating on a terminated session; duplicate unique name",
	},
	{
		25, "POST", "/api/v1/forward/sessions/sess_a/cancel", 409, `{"type":"error","error":{"type":"conflict_error","code":"session_archived","message":"session archived"}}`,
		"/forward/sessions/{id}/cancel", "envelope",
		Envelope{"type": "conflict_error", "code": "session_archived", "message": "session archived"},
		"", "", nil, "session archived",
	},
	{
		26, "POST", "/api/v1/forward/templates/tmpl_support/archive", 409, `{"type":"error","error":{"type":"conflict_error","message":"state forbids it"}}`,
		"/forward/templates/{id}/archive", "envelope",
		Envelope{"type": "conflict_error", "message": "state forbids it"},
		"", "", nil, "state forbids it",
	},
	{
		27, "GET", "/v1/forward/batches/batch_a/error", 404, `{"type":"error","error":{"type":"not_found_error","code":"batch_not_found","message":"missing or other user's"}}`,
		"/forward/batches/{id}/error", "envelope",
		Envelope{"type": "not_found_error", "code": "batch_not_found", "message": "missing or other user's"},
		"", "", nil, "missing or other user's",
	},
	{
		28, "GET", "/forward/batches/batch_a/error", 410, `{"type":"error","error":{"type":"not_found_error","code":"file_expired","message":"past 30 days"}}`,
		"/forward/batches/{id}/error", "envelope",
		Envelope{"type": "not_found_error", "code": "file_expired", "message": "past 30 days"},
		"", "", nil, "past {n} days",
	},
	{
		29, "POST", "/api/v1/forward/dreams/drm_a/cancel", 404, `{"type":"error","error":{"type":"not_found_error","code":"dream_not_found","message":"identity SAT refused"}}`,
		"/forward/dreams/{id}/cancel", "envelope",
		Envelope{"type": "not_found_error", "code": "dream_not_found", "message": "identity SAT refused"},
		"", "", nil, "identity SAT refused",
	},
	{
		30, "POST", "/api/v1/forward/dreams/drm_a/cancel", 503, `{"type":"error","error":{"type":"api_error","message":"dependency down"}}`,
		"/forward/dreams/{id}/cancel", "envelope",
		Envelope{"type": "api_error", "message": "dependency down"},
		"", "", nil, "dependency down",
	},
	{
		31, "GET", "/api/v1/forward/schedules", 403, `{"type":"error","error":{"message":"identity-bound SAT names another identity"}}`,
		"/forward/schedules", "envelope",
		Envelope{"message": "identity-bound SAT names another identity"},
		"", "",
		[]string{"missing_type"},
		"identity-bound SAT names another identity",
	},
}

func quote(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// bodies are the ways in which a log holds a body.
var bodies = []struct {
	name, flag string
	in         func(string) string
}{
	{"string", "", quote},
	{"object", "", func(s string) string { return s }},
	{"twice", "", func(s string) string { return quote(quote(s)) }},
	{"thrice", "", func(s string) string { return quote(quote(quote(s))) }},
	{"base64", "base64", func(s string) string { return quote(base64.StdEncoding.EncodeToString([]byte(s))) }},
	{"base64url", "base64", func(s string) string { return quote(base64.RawURLEncoding.EncodeToString([]byte(s))) }},
}

// lines are the formats with bodies.
var lines = []struct {
	format string
	line   func(method, path string, status int, body string) string
}{
	{"apisix", func(m, p string, s int, b string) string {
		return fmt.Sprintf(`{"client_ip":"203.0.113.9","start_time":1790064930123,"latency":41.999816894531,"request":{"method":%q,"uri":%q},"response":{"status":%d,"size":402,"headers":{},"body":%s}}`, m, p, s, b)
	}},
	{"kong", func(m, p string, s int, b string) string {
		return fmt.Sprintf(`{"response":{"body":%s,"status":%d,"size":402},"latencies":{"request":42},"started_at":1790064930123,"client_ip":"203.0.113.9","request":{"method":%q,"uri":%q}}`, b, s, m, p)
	}},
	{"nginx-json", func(m, p string, s int, b string) string {
		return fmt.Sprintf(`{"time":"2026-09-22T16:15:30.123+08:00","remote_addr":"203.0.113.9","method":%q,"uri":%q,"status":"%d","request_time":"0.042","body_bytes_sent":"402","resp_body":%s}`, m, p, s, b)
	}},
}

func TestExamplesInEveryFormatAndBody(t *testing.T) {
	for _, l := range lines {
		for _, b := range bodies {
			for _, ex := range examples {
				t.Run(fmt.Sprintf("%s/%s/%d", l.format, b.name, ex.n), func(t *testing.T) {
					got := auto.Decode(7, []byte(l.line(ex.method, ex.path, ex.status, b.in(ex.body))))
					if len(got) != 1 {
						t.Fatalf("%d entries", len(got))
					}
					path, _, _ := strings.Cut(ex.path, "?")
					ms, size := 42.0, int64(402)
					want := Entry{
						Line: 7, Time: "2026-09-22T08:15:30.123Z", Format: l.format, Method: &ex.method, Path: &path,
						Route: ex.route, Status: &ex.status, DurationMS: &ms, Bytes: &size,
						Caller: hex16(sipHash(fixedKey, []byte("203.0.113.9")) &^ (1 << 63)), CallerKind: "address",
						Shape: ex.shape, Origin: map[string]string{"envelope": "app", "flat": "gateway"}[ex.shape],
						Flags: []string{}, Findings: []string{}, Envelope: ex.want,
						Param: ex.param, ParamSource: ex.paramFrom, Template: ex.template,
					}
					want.Findings = append(want.Findings, ex.findings...)
					if b.flag != "" {
						want.Flags = append(want.Flags, b.flag)
					}
					if ex.n == 8 {
						want.RequestID = "r8"
					}
					typ, _ := ex.want["type"].(string)
					want.TemplateID = templateID(typ, ex.template)
					if d := cmp.Diff(want, got[0], cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".e" }, cmp.Ignore())); d != "" {
						t.Error(d)
					}
				})
			}
		}
	}
}

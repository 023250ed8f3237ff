package gen

import "strings"

// form is what an error body looks like.
type form uint8

const (
	formEnvelope form = iota
	formFlat
	formText
	formHTML
	formEmpty // a body of no bytes
	formNone  // no body logged
	formOther
)

// fault is one way in which a request fails. Messages hold placeholders in
// braces (see appendMessage).
type fault struct {
	kind    string // key of Types
	on      string // "", a class, "id", "write", "forward" or "METHOD /route"
	weight  int
	status  uint16
	typ     string
	code    string // digits alone are written as a number
	param   string // as the API writes it
	norm    string // and normalised
	msg     string
	inMsg   string // the param that the message names, normalised
	form    form
	body    string // of forms but envelope
	auth    authKind
	hasAuth bool // auth replaces the caller's
}

const (
	invalid   = "invalid_request_error"
	authn     = "authentication_error"
	permitted = "permission_error"
	missing   = "not_found_error"
	conflict  = "conflict_error"
	apiError  = "api_error"
)

// faults are the errors of domain.md 2.2 and the gateway's own.
func faults() []fault {
	return []fault{
		{kind: invalid, on: "POST /agents", weight: 60, status: 400, typ: invalid, param: "name", norm: "name", msg: "Missing required field: name", inMsg: "name"},
		{kind: invalid, on: "POST /agents", weight: 20, status: 400, typ: invalid, msg: "Field 'model' is required.", inMsg: "model"},
		{kind: invalid, on: "POST /agents", weight: 20, status: 400, typ: invalid, param: "tools[{n}].type", norm: "tools[].type", msg: "Unknown tool type \"{name}\"."},
		{kind: invalid, on: "POST /sessions/{id}/resources", weight: 40, status: 400, typ: invalid, msg: "resources[{n}]: field 'type' must be 'file'.", inMsg: "resources[].type"},
		{kind: invalid, on: "POST /sessions/{id}/resources", weight: 90, status: 400, typ: invalid, msg: "resources[{n}]: field 'file_id' must be a non-empty string.", inMsg: "resources[].file_id"},
		{kind: invalid, on: "POST /vaults/{id}/credentials", weight: 60, status: 400, typ: invalid, msg: "Field 'access_token' is required for static_bearer type.", inMsg: "access_token"},
		{kind: invalid, on: "POST /vaults", weight: 40, status: 400, typ: invalid, msg: "Field 'access_token' is required for static_bearer type.", inMsg: "access_token"},
		{kind: invalid, on: "POST /files", weight: 60, status: 400, typ: invalid, msg: "invalid `purpose`", inMsg: "purpose"},
		{kind: invalid, on: "write", weight: 30, status: 400, typ: invalid, msg: "Request body must be valid JSON."},
		{kind: invalid, on: "write", weight: 4, status: 400, typ: invalid, msg: "limit exceeded: request body of {n} bytes is over 32 MB"},
		{kind: invalid, on: "list", weight: 25, status: 400, typ: invalid, param: "limit", norm: "limit", msg: "limit must be between 1 and 100, got -{n}."},
		{kind: invalid, on: "list", weight: 8, status: 400, typ: invalid, msg: "after_id and before_id are mutually exclusive."},
		{kind: invalid, on: "POST /memory_stores/{id}/memories", weight: 40, status: 400, typ: invalid, param: "path", norm: "path", msg: "path must start with \"/\": \"{name}\""},
		{kind: invalid, on: "POST /dreams/{id}/archive", weight: 40, status: 400, typ: invalid, msg: "Dream '{id}' is still running."},
		{kind: invalid, on: "POST /forward/environments/{id}", weight: 40, status: 400, typ: invalid, param: "/config/{n}/value", norm: "config[].value", msg: "explicit null is not allowed"},
		{kind: invalid, on: "POST /sessions/{id}/events", weight: 70, status: 400, typ: invalid, param: "messages[{n}].content", norm: "messages[].content", msg: "messages[{n}].content: {name} is not a valid content block"},
		{kind: invalid, on: "POST /sessions/{id}/events", weight: 30, status: 400, typ: invalid, param: "messages.{n}.role", norm: "messages[].role", msg: "unexpected role {name}"},
		{kind: invalid, on: "POST /sessions", weight: 60, status: 400, typ: invalid, msg: "Missing required parameter: agent_id", inMsg: "agent_id"},
		{kind: invalid, on: "POST /forward/sessions", weight: 40, status: 400, typ: invalid, code: "invalid_identity", param: "identity_id", norm: "identity_id", msg: "Identity '{idn}' cannot start sessions."},
		{kind: invalid, on: "POST /forward/batches", weight: 40, status: 400, typ: invalid, code: "400", param: "input_file_id", norm: "input_file_id", msg: "Batch input '{file}' has {n} malformed rows."},

		{kind: authn, weight: 30, status: 401, typ: authn, msg: "Missing Authorization header.", auth: authNone, hasAuth: true},
		{kind: authn, weight: 30, status: 401, typ: authn, msg: "Invalid or expired personal access token."},
		{kind: authn, weight: 8, status: 401, typ: authn, msg: "x-api-key is not supported, use Authorization: Bearer.", auth: authKey, hasAuth: true},
		{kind: authn, weight: 24, status: 401, form: formFlat, code: "TOKEN_INVALID", body: `{"code":"TOKEN_INVALID","message":"invalid pt-token","timestamp":"{ms}"}`},
		{kind: authn, on: "POST /files", weight: 30, status: 401, typ: authn, msg: "missing or invalid token", auth: authNone, hasAuth: true},

		{kind: permitted, weight: 30, status: 403, typ: permitted, msg: "You do not have permission to access this resource."},
		{kind: permitted, on: "GET /files/{id}/content", weight: 120, status: 403, typ: permitted, msg: "Only files with purpose 'tool_output' or 'skill_output' can be downloaded."},
		{kind: permitted, on: "POST /forward/dreams/{id}/cancel", weight: 40, status: 403, typ: permitted, msg: "The identity's service token may not cancel dreams."},
		{kind: permitted, on: "GET /forward/schedules", weight: 40, status: 403, typ: permitted, msg: "The service token is bound to identity '{idn}'."},

		{kind: missing, on: "id", weight: 30, status: 404, typ: missing, msg: "Resource '{id}' was not found."},
		{kind: missing, on: "POST /sessions/{id}/resources", weight: 60, status: 404, typ: missing, msg: "File '{file}' was not found."},
		{kind: missing, on: "GET /skills/{id}", weight: 60, status: 404, typ: missing, msg: "Skill '{id}' was not found."},
		{kind: missing, on: "GET /agents/{id}", weight: 60, status: 404, typ: missing, code: "NOT_FOUND", msg: "Agent '{id}' was not found."},
		{kind: missing, on: "GET /memory_stores/{id}/memory_versions/{id}", weight: 40, status: 404, typ: missing, msg: "Memory store or version {id} not found"},
		{kind: missing, on: "POST /vaults/{id}/credentials/{id}/archive", weight: 40, status: 404, typ: missing, msg: "vault or credential missing"},
		{kind: missing, on: "GET /forward/batches/{id}/error", weight: 40, status: 404, typ: missing, code: "batch_not_found", msg: "Batch {id} was not found."},
		{kind: missing, on: "GET /forward/batches/{id}/error", weight: 30, status: 410, typ: missing, code: "file_expired", msg: "The error file expired on {date}."},
		{kind: missing, on: "POST /forward/dreams/{id}/cancel", weight: 30, status: 404, typ: missing, code: "dream_not_found", msg: "Dream {id} not found"},
		{kind: missing, on: "id", weight: 4, status: 404, form: formFlat, body: `{"error_msg":"404 Route Not Found"}`},

		{kind: conflict, on: "write", weight: 20, status: 409, typ: conflict, msg: "Idempotency key reused with a different request body."},
		{kind: conflict, on: "POST /sessions/{id}/events", weight: 60, status: 409, typ: conflict, msg: "Session '{id}' is terminated."},
		{kind: conflict, on: "create", weight: 10, status: 409, typ: conflict, param: "name", norm: "name", msg: "An object named {name} exists already."},
		{kind: conflict, on: "POST /vaults/{id}/credentials/{id}/archive", weight: 40, status: 409, typ: conflict, msg: "Credential {id} is already archived"},
		{kind: conflict, on: "POST /memory_stores/{id}/memories/{id}", weight: 40, status: 409, typ: conflict, msg: "version mismatch: expected {n}, got {n}"},
		{kind: conflict, on: "POST /forward/sessions/{id}/archive", weight: 60, status: 409, typ: conflict, code: "session_archived", msg: "Session {id} is archived."},
		{kind: conflict, on: "POST /forward/sessions/{id}/cancel", weight: 60, status: 409, typ: conflict, code: "session_archived", msg: "Session {id} is archived."},
		{kind: conflict, on: "POST /forward/templates/{id}/archive", weight: 40, status: 409, typ: conflict, msg: "The template's state forbids archiving."},

		{kind: apiError, weight: 40, status: 500, typ: apiError, msg: "The service is temporarily unavailable."},
		{kind: apiError, weight: 14, status: 500, typ: apiError, msg: "Component failure in {host} (request {hex}) at {time}."},
		{kind: apiError, weight: 14, status: 500, typ: apiError, msg: "database timeout after {n} ms on {ip}"},
		{kind: apiError, weight: 6, status: 503, typ: apiError, msg: "dependency down: {uuid}"},
		{kind: apiError, on: "forward", weight: 10, status: 502, typ: apiError, code: "DEPENDENCY_DOWN", msg: "dependency down"},

		{kind: "rate_limit_error", weight: 30, status: 429, typ: "rate_limit_error", msg: "Too many requests: retry after {n} seconds."},

		{kind: "gateway", weight: 20, status: 429, form: formFlat, body: `{"message":"API rate limit exceeded"}`},
		{kind: "gateway", weight: 20, status: 502, form: formHTML, body: "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"},
		{kind: "gateway", weight: 30, status: 503, form: formText, body: "upstream connect error or disconnect/reset before headers. reset reason: connection timeout"},
		{kind: "gateway", weight: 10, status: 503, form: formText, body: "no healthy upstream"},
		{kind: "gateway", weight: 14, status: 504, form: formEmpty},
		{kind: "gateway", weight: 12, status: 504, form: formHTML, body: "<html><head><title>504 Gateway Time-out</title></head><body>{host}</body></html>"},
		{kind: "gateway", weight: 10, status: 502, form: formFlat, body: `{"message":"An invalid response was received from the upstream server","request_id":"{hex}"}`},

		{kind: "client", weight: 30, status: 499, form: formNone},
		{kind: "client", weight: 20, status: 0, form: formNone},
		{kind: "client", weight: 6, status: 499, form: formEmpty},

		{kind: "unknown", weight: 6, status: 529, typ: "overloaded_error", msg: "Overloaded"},
		{kind: "unknown", weight: 6, status: 402, typ: "billing_error", msg: "Your credit balance is too low."},
		{kind: "unknown", weight: 6, status: 413, typ: "request_too_large", msg: "Request exceeds {n} bytes."},
		{kind: "unknown", weight: 6, status: 504, typ: "timeout_error", msg: "Request timed out after {n} s"},
		{kind: "unknown", weight: 4, status: 404, typ: apiError, msg: "Type and status disagree."},
		{kind: "unknown", weight: 4, status: 400, typ: "", code: "AGENT_001", msg: "参数 {name} 无效"},
		{kind: "unknown", weight: 4, status: 400, typ: "synthetic_unknown_error", param: "7", norm: "7", msg: ""},
		{kind: "unknown", weight: 4, status: 501, typ: "feature_not_available", msg: "This feature is not available."},
	}
}

// brokenBodies are error bodies of shape flat and other that no contract knows.
var brokenBodies = []struct {
	body string
	flat bool
	code string
}{
	{`{"error":"something failed"}`, true, ""},
	{`{"error":null,"code":500}`, true, "500"},
	{`{"error":["a","b"],"detail":"x"}`, false, ""},
	{`{"detail":"Not Found"}`, false, ""},
	{`[{"type":"error","error":{"type":"not_this_one"}}]`, false, ""},
	{`{}`, false, ""},
	{`{"type":"error","error":null}`, false, ""},
	{`{"code":null,"message":{"text":"x"}}`, false, ""},
	{`{"message":"Unauthorized"}`, true, ""},
}

// matches tells whether the fault can befall an operation.
func (f *fault) matches(o *op) bool {
	switch f.on {
	case "":
		return true
	case "id":
		return strings.Contains(o.route, "{id}")
	case "write":
		return o.method != "GET"
	case "forward":
		return o.forward
	case "list":
		return o.class == list
	case "create":
		return o.class == create
	}
	return f.on == o.method+" "+o.route
}

var hosts = []string{"agents-api-7f9c", "session-store-2", "vault-proxy-0"}

var plainNames = []string{"report", "draft-7", "weekly_sync", "tool use", "data.csv", "Main Agent"}

var unicodeNames = []string{
	"名前", "naïve café", "данные", "😀 smile", "zero\u200bwidth", "a\u0301ccent", "line\nbreak", "tab\tstop", `quoted "word"`, `back\slash`, "𝒳 math",
}

// hostileNames try to be more than text wherever they are shown.
var hostileNames = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `=cmd|' /C calc'!A0`, `@SUM(1+1)*cmd`, `+1+1`, `-2+3`, `'; DROP TABLE rollups; --`,
	"\u202egnp.exe", "\x1b[31mred\x1b[0m", "nul\x00byte", `{{7*7}}`, `${jndi:ldap://x}`, `%s%n%x`, "a\r\nSet-Cookie: x=1", `</td></tr></table>`, `\u0000`, "\ufeffbom",
	`{"type":"error","error":{"type":"not_this_one","message":"inner"}}`,
}

// hostileKeys stand where a type, a code or a param is expected.
var hostileKeys = []string{`<b>type</b>`, `=1+1`, `@SUM(A1)`, `"quoted"`, "with\ttab", "наименование", "a|b|c", `__proto__`, "(none)"}

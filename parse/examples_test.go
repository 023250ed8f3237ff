package parse

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// example is one row of the documented error replies; message is the printed
// text, or the trigger where the documentation prints none.
type example struct {
	row                       int
	method, path, route       string
	status                    int
	typ, code, param, message string
	flat                      bool // the gateway's flat body
	reversed                  bool // key order of the add-resource page
	from                      string
}

func examples() []example {
	return []example{
		{1, "POST", "/api/v1/cloud/agents", "/agents", 400, "invalid_request_error", "", "name", "Missing required field: name", false, false, "field"},
		{2, "GET", "/api/v1/cloud/sessions", "/sessions", 401, "", "TOKEN_INVALID", "", "invalid pt-token", true, false, ""},
		{3, "POST", "/api/v1/cloud/files", "/files", 401, "-", "", "", "missing or invalid token", false, false, ""},
		{4, "DELETE", "/api/v1/cloud/environments/env_1", "/environments/{id}", 403, "permission_error", "", "", "You do not have permission to access this resource.", false, false, ""},
		{5, "GET", "/api/v1/cloud/files/file_1/content", "/files/{id}/content", 403, "permission_error", "", "", "Only files with purpose 'tool_output' or 'skill_output' can be downloaded.", false, false, ""},
		{6, "POST", "/api/v1/cloud/sessions/sess_1/resources", "/sessions/{id}/resources", 404, "not_found_error", "", "", "File 'file_fake_test_id' was not found.", false, true, ""},
		{7, "GET", "/v1/skills/skill_1", "/skills/{id}", 404, "not_found_error", "", "", "Skill 'skill_1' was not found.", false, false, ""},
		{8, "GET", "/agents/ag-1", "/agents/{id}", 404, "not_found_error", "NOT_FOUND", "", "Agent 'ag-1' was not found.", false, false, ""},
		{9, "GET", "/api/v1/cloud/memory_stores/memstore_1/versions/memver_1", "/memory_stores/{id}/versions/{id}", 404, "not_found_error", "", "", "store or version missing", false, false, ""},
		{10, "POST", "/api/v1/cloud/vaults/vault_1/credentials/vcred_1/archive", "/vaults/{id}/credentials/{id}/archive", 404, "not_found_error", "", "", "vault or credential missing", false, false, ""},
		{11, "POST", "/api/v1/cloud/files", "/files", 400, "invalid_request_error", "", "purpose", "invalid `purpose`", false, false, "message"},
		{12, "POST", "/api/v1/cloud/sessions/sess_1/resources", "/sessions/{id}/resources", 400, "invalid_request_error", "", "resources[].type", "resources[0]: field 'type' must be 'file'.", false, true, "message"},
		{13, "POST", "/api/v1/cloud/sessions/sess_1/resources", "/sessions/{id}/resources", 400, "invalid_request_error", "", "resources[].file_id", "resources[0]: field 'file_id' must be a non-empty string.", false, true, "message"},
		{14, "POST", "/api/v1/cloud/vaults", "/vaults", 400, "invalid_request_error", "", "access_token", "Field 'access_token' is required for static_bearer type.", false, false, "message"},
		{15, "PUT", "/api/v1/cloud/skills/skill_1", "/skills/{id}", 400, "invalid_request_error", "", "", "Request body must be valid JSON.", false, false, ""},
		{16, "POST", "/api/v1/cloud/agents", "/agents", 400, "invalid_request_error", "", "", "limit exceeded", false, false, ""},
		{17, "GET", "/api/v1/cloud/agents", "/agents", 400, "invalid_request_error", "", "", "limit 0 or negative", false, false, ""},
		{18, "POST", "/api/v1/cloud/memory_stores/memstore_1/memories", "/memory_stores/{id}/memories", 400, "invalid_request_error", "", "", "path starts with `/`", false, false, ""},
		{19, "POST", "/api/v1/cloud/dreams/drm_1/archive", "/dreams/{id}/archive", 400, "invalid_request_error", "", "", "dream still pending or running", false, false, ""},
		{20, "POST", "/api/v1/forward/environments/env_1", "/forward/environments/{id}", 400, "invalid_request_error", "", "", "explicit null config or metadata", false, false, ""},
		{21, "POST", "/api/v1/cloud/sessions", "/sessions", 409, "conflict_error", "", "", "Idempotency key reused with a different request body.", false, false, ""},
		{22, "POST", "/api/v1/cloud/vaults/vault_1/credentials/vcred_1/archive", "/vaults/{id}/credentials/{id}/archive", 409, "conflict_error", "", "", "credential already archived", false, false, ""},
		{23, "PUT", "/api/v1/cloud/memory_stores/memstore_1/memories/mem_1", "/memory_stores/{id}/memories/{id}", 409, "conflict_error", "", "", "version mismatch", false, false, ""},
		{24, "POST", "/api/v1/cloud/sessions/sess_1/events", "/sessions/{id}/events", 409, "conflict_error", "", "", "operating on a terminated session; duplicate unique name", false, false, ""},
		{25, "POST", "/api/v1/forward/sessions/sess_1/archive", "/forward/sessions/{id}/archive", 409, "conflict_error", "session_archived", "", "state forbids it", false, false, ""},
		{26, "POST", "/api/v1/forward/templates/tmpl_1/archive", "/forward/templates/{id}/archive", 409, "conflict_error", "", "", "state forbids it", false, false, ""},
		{27, "GET", "/api/v1/forward/batches/batch_1/error", "/forward/batches/{id}/error", 404, "not_found_error", "batch_not_found", "", "missing or other user's", false, false, ""},
		{28, "GET", "/api/v1/forward/batches/batch_1/error", "/forward/batches/{id}/error", 410, "not_found_error", "file_expired", "", "past 30 days", false, false, ""},
		{29, "POST", "/api/v1/forward/dreams/drm_1/cancel", "/forward/dreams/{id}/cancel", 404, "not_found_error", "dream_not_found", "", "identity SAT refused", false, false, ""},
		{30, "POST", "/api/v1/forward/dreams/drm_1/cancel", "/forward/dreams/{id}/cancel", 502, "api_error", "", "", "dependency down", false, false, ""},
		{31, "GET", "/api/v1/forward/schedules", "/forward/schedules", 403, "permission_error", "", "", "identity-bound SAT names another identity", false, false, ""},
	}
}

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func (e example) body() string {
	if e.flat {
		return fmt.Sprintf(`{"code":%s,"message":%s,"timestamp":"1789199957397"}`, quoted(e.code), quoted(e.message))
	}
	in := []string{`"type":` + quoted(e.typ), `"message":` + quoted(e.message)}
	if e.reversed {
		in[0], in[1] = in[1], in[0]
	}
	if e.code != "" {
		in = append(in, `"code":`+quoted(e.code))
	}
	if e.from == "field" {
		in = append(in, `"param":`+quoted(e.param))
	}
	obj := `{` + strings.Join(in, ",") + `}`
	if e.reversed {
		return `{"error":` + obj + `,"type":"error"}`
	}
	return `{"type":"error","error":` + obj + `,"request_id":"req_body"}`
}

// records wraps a body value in each format with bodies.
func records(method, path string, status int, body string) map[string]string {
	slashed := strings.ReplaceAll(path, "/", `\/`)
	return map[string]string{
		"apisix":       fmt.Sprintf(`{"client_ip":"203.0.113.9","start_time":1790064930123,"latency":41.9,"request":{"method":%q,"uri":%q,"headers":{}},"response":{"status":%d,"size":402,"headers":{},"body":%s}}`, method, path, status, body),
		"apisix array": fmt.Sprintf(`[{"response":{"body":%[4]s,"status":%[3]d},"request":{"uri":%[2]q,"method":%[1]q},"start_time":1790064930123}]`, method, path, status, body),
		"kong":         fmt.Sprintf(`{"request":{"id":"2f","method":%q,"uri":"%s","headers":{}},"response":{"status":%d,"body":%s},"latencies":{"request":41},"started_at":1790064930123}`, method, slashed, status, body),
		"nginx-json":   fmt.Sprintf(`{"time":"2026-09-22T16:15:30+08:00","method":%q,"uri":%q,"status":"%d","resp_body":%s}`, method, path, status, body),
	}
}

// encodings are the ways in which a body object gets into a log.
func encodings(body string) map[string]string {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = w.Write([]byte(body))
	_ = w.Close()
	return map[string]string{
		"object":      body,
		"level 1":     quoted(body),
		"level 2":     quoted(quoted(body)),
		"level 3":     quoted(quoted(quoted(body))),
		"base64":      quoted(base64.StdEncoding.EncodeToString([]byte(body))),
		"base64 gzip": quoted(base64.RawURLEncoding.EncodeToString(z.Bytes())),
		"padded":      quoted("\ufeff \n" + body + "\n"),
		"gzip":        gzipString(z.Bytes()),
	}
}

// gzipString writes compressed bytes as lua-cjson does: control bytes escaped, the rest raw.
func gzipString(b []byte) string {
	var s strings.Builder
	s.WriteByte('"')
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&s, `\u%04x`, c)
		default:
			s.WriteByte(c)
		}
	}
	s.WriteByte('"')
	return s.String()
}

func TestExamples(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range examples() {
		for enc, body := range encodings(e.body()) {
			for name, rec := range records(e.method, e.path, e.status, body) {
				got, evs := parseAll(t, p, []byte(rec))
				if len(evs) != 1 || evs[0].Dead != "" {
					t.Fatalf("row %d, %s, %s: %d entries, dead %q: %s\n%s", e.row, enc, name, len(evs), evs[0].Dead, evs[0].Detail, rec)
				}
				want := map[string]string{"type": e.typ, "code": e.code, "message": e.message, "route": e.route, "method": e.method, "status": fmt.Sprint(e.status)}
				have := map[string]string{}
				for k := range want {
					have[k] = got[0][k]
				}
				want["param"], have["param"] = e.param, string(evs[0].Param)
				want["param_source"], have["param_source"] = e.from, evs[0].ParamFrom.String()
				want["shape"], have["shape"] = "envelope", evs[0].Shape.String()
				want["origin"], have["origin"] = "app", evs[0].Origin.String()
				if e.flat {
					want["shape"], want["origin"] = "flat", "gateway"
				}
				if diff := cmp.Diff(want, have); diff != "" {
					t.Fatalf("row %d, %s, %s (-want +got):\n%s\n%s", e.row, enc, name, diff, rec)
				}
				if evs[0].Flags&FlagTruncated != 0 {
					t.Fatalf("row %d, %s, %s: flagged truncated", e.row, enc, name)
				}
			}
		}
	}
}

// Shapes by body, under status 500 and under 200.
func TestShapes(t *testing.T) {
	type want struct {
		shape, origin, typ, code, msg string
		event, truncated              bool
	}
	tests := []struct {
		name, body string
		at500      want
		at200      want // shape "" where nothing counts
	}{
		{"A", `{"type":"error","error":{"type":"api_error","message":"m"}}`, want{"envelope", "app", "api_error", "", "m", false, false}, want{"envelope", "app", "api_error", "", "m", true, false}},
		{"no outer type", `{"error":{"type":"api_error","message":"m"}}`, want{"envelope", "app", "api_error", "", "m", false, false}, want{}},
		{"H inner wins", `{"type":"error","message":"outer","code":"OUTER","error":{"type":"invalid_request_error","message":"inner","code":"INNER"}}`, want{"envelope", "app", "invalid_request_error", "INNER", "inner", false, false}, want{"envelope", "app", "invalid_request_error", "INNER", "inner", true, false}},
		{"I no type", `{"type":"error","error":{"code":400,"message":"m"},"request_id":"r"}`, want{"envelope", "app", "", "400", "m", false, false}, want{"envelope", "app", "", "400", "m", true, false}},
		{"error null", `{"type":"run","error":null,"code":null}`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"error string", `{"error":"no route","code":"X"}`, want{"flat", "gateway", "", "X", "no route", false, false}, want{}},
		{"error_msg", `{"error_msg":"404 Route Not Found"}`, want{"flat", "gateway", "", "", "404 Route Not Found", false, false}, want{}},
		{"first duplicate", `{"error":{"type":"a","type":"b","message":"m"},"error":{"type":"c"},"type":"error","type":"x"}`, want{"envelope", "app", "a", "", "m", false, false}, want{"envelope", "app", "a", "", "m", true, false}},
		{"escaped names", `{"\u0065rror":{"t\u0079pe":"api_error","message":"m"},"type":"\u0065rror"}`, want{"envelope", "app", "api_error", "", "m", false, false}, want{"envelope", "app", "api_error", "", "m", true, false}},
		{"nested decoy", `{"id":"run_1","data":{"type":"error","error":{"type":"api_error"}}}`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"decoy string", `{"id":"x","text":"}\"error\":{\"type\":\"not_this\"}"}`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"array", `[{"error":{}}]`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"html", `<html>502</html>`, want{"html", "gateway", "", "", "", false, false}, want{}},
		{"text", `upstream connect error`, want{"text", "gateway", "", "", "", false, false}, want{}},
		{"number", `404`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"json string", `"no"`, want{"other", "unknown", "", "", "", false, false}, want{}},
		{"no json", `{oops}`, want{"text", "gateway", "", "", "", false, false}, want{}},
		{"broken in the middle", `{"error":{"type":"api_error"},"x":1 2,"type":"error"}`, want{"envelope", "app", "api_error", "", "", false, true}, want{}},
		{"cut message", `{"type":"error","error":{"type":"api_error","message":"half é`, want{"envelope", "app", "api_error", "", "half é", false, true}, want{"envelope", "app", "api_error", "", "half é", true, true}},
		{"cut early", `{"err`, want{"other", "unknown", "", "", "", false, true}, want{}},
		{"no value", `{"type":"error","error":{"type":&x","message":"m"}}`, want{"envelope", "app", "", "", "", false, true}, want{"envelope", "app", "", "", "", true, true}},
		{"values of other kinds", `{"type":"error","error":{"type":true,"code":["x"],"param":{},"message":17}}`, want{"envelope", "app", "", "", "", false, false}, want{"envelope", "app", "", "", "", true, false}},
		{"empty", ``, want{"empty", "unknown", "", "", "", false, false}, want{}},
		{"dash", `-`, want{"none", "unknown", "", "", "", false, false}, want{}},
		{"blank", ` `, want{"text", "gateway", "", "", "", false, false}, want{}},
		{"sse", "event: ping\r\ndata: {}\r\n\r\nevent: error\r\ndata: {\"error\":{\"message\":\"failed\"}}\r\n\r\n", want{"envelope", "app", "", "", "failed", false, false}, want{"envelope", "app", "", "", "failed", true, false}},
		{"sse envelope by data", "id: 1\ndata: {\"type\":\"error\",\ndata: \"error\":{\"type\":\"api_error\",\"message\":\"m\"}}\n\n", want{"envelope", "app", "api_error", "", "m", false, false}, want{"envelope", "app", "api_error", "", "m", true, false}},
		{"sse session.error", "event: session.error\ndata: {\"error\":\"boom\",\"code\":\"X\"}\n\n", want{"text", "gateway", "", "", "", false, false}, want{}},
		{"sse cut", ": hi\nevent: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"mess", want{"envelope", "app", "api_error", "", "", false, true}, want{"envelope", "app", "api_error", "", "", true, true}},
	}
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tests {
		for _, status := range []int{500, 200} {
			w := x.at500
			if status == 200 {
				w = x.at200
			}
			_, evs := parseAll(t, p, []byte(records("GET", "/agents", status, quoted(x.body))["apisix"]))
			ev := evs[0]
			got := want{ev.Shape.String(), ev.Origin.String(), string(ev.Env.Type.Key()), string(ev.Env.Code.Key()), "", ev.ErrorEvent, ev.Flags&FlagTruncated != 0}
			if ev.Env.Message.Kind == MemberString {
				got.msg = string(ev.Env.Message.Value)
			}
			if diff := cmp.Diff(w, got, cmp.AllowUnexported(want{})); diff != "" {
				t.Errorf("%s under %d (-want +got):\n%s", x.name, status, diff)
			}
		}
	}
}

func TestReasons(t *testing.T) {
	const head = `{"start_time":1790064930123,"request":{"method":"GET","uri":"/a"},"response":{"status":`
	tests := []struct {
		name, rec string
		want      []Reason // of the entries; "" counts
	}{
		{"whole", head + `200}}`, []Reason{""}},
		{"crlf and bom", "\xef\xbb\xbf" + head + "200}}\r", []Reason{""}},
		{"blank", " \t\r", nil},
		{"empty array", " [ ] ", nil},
		{"nested too deep", head + `200},"x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + "}", []Reason{TooDeep}},
		{"deep enough", head + `200},"x":` + strings.Repeat("[", 511) + strings.Repeat("]", 511) + "}", []Reason{""}},
		{"deep before binary", head + `200},"y":"` + "\x01" + `","x":` + strings.Repeat("[", 600) + strings.Repeat("]", 600) + "}", []Reason{TooDeep}},
		{"nul", head + "200}}\x00", []Reason{Binary}},
		{"tab in a string", head + "200},\"x\":\"a\tb\"}", []Reason{Binary}},
		{"tab outside", head + "200},\t\"x\":\"ab\"}", []Reason{""}},
		{"control in text", "203.0.113.9 - - \x01", []Reason{Binary}},
		{"cut before the status", head, []Reason{Cut}},
		{"cut in the status", head + "40", []Reason{Cut}},
		{"cut behind the status", head + "404,", []Reason{""}},
		{"broken", head + `200}} x`, []Reason{NotJSON}},
		{"no comma", `{"start_time":1 "request":{}}`, []Reason{NotJSON}},
		{"single quotes", `{'a':1}`, []Reason{NotJSON}},
		{"trailing comma", head + `200},}`, []Reason{NotJSON}},
		{"crossed brackets", head + `200},"x":[{]}}`, []Reason{NotJSON}},
		{"bare dash", head + `200},"x":-}`, []Reason{""}},
		{"unknown keys", `{"a":1}`, []Reason{UnknownFormat}},
		{"text", "hello world", []Reason{UnknownFormat}},
		{"no time", `{"start_time":"x","request":{"uri":"/"},"response":{"status":200}}`, []Reason{NoTime}},
		{"no status", `{"start_time":1790064930123,"request":{"uri":"/"},"response":{}}`, []Reason{NoStatus}},
		{"status dash", `{"time":"2026-09-22T16:15:30Z","status":"-"}`, []Reason{NoStatus}},
		{"no status but an envelope", `{"time":"2026-09-22T16:15:30Z","status":"-","resp_body":{"type":"error","error":{}}}`, []Reason{""}},
		{"array", "[" + head + "200}},1," + head + "x}}]", []Reason{"", UnknownFormat, NotJSON}},
		{"array of a null", "[null]", []Reason{UnknownFormat}},
		{"array without a comma", "[" + head + "200}} " + head + "200}}]", []Reason{"", NotJSON}},
		{"array cut between", "[" + head + "200}},", []Reason{"", Cut}},
		{"array cut inside", "[" + head + "200}}," + head, []Reason{"", Cut}},
		{"array cut in a counted one", "[" + head + "200}}," + head + "404,", []Reason{"", ""}},
		{"array with a binary element", "[" + head + "200},\"x\":\"\x02\"}," + head + "200}}]", []Reason{Binary, ""}},
		{"behind the array", "[" + head + "200}}] x", []Reason{"", NotJSON}},
		{"behind an empty array", "[] x", []Reason{NotJSON}},
		{"trailing comma in an array", "[" + head + "200}},]", []Reason{"", NotJSON}},
	}
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range tests {
		_, evs := parseAll(t, p, []byte(x.rec))
		var got []Reason
		for _, ev := range evs {
			got = append(got, ev.Dead)
			if ev.Dead != "" && ev.Detail == "" {
				t.Errorf("%s: no detail for %s", x.name, ev.Dead)
			}
		}
		if diff := cmp.Diff(x.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", x.name, diff)
		}
	}
	long := append([]byte(`{"x":"`), bytes.Repeat([]byte("y"), MaxRecord)...)
	if _, evs := parseAll(t, p, long); len(evs) != 1 || evs[0].Dead != TooLong {
		t.Errorf("a record over the limit: %v", evs)
	}
}

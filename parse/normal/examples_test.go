package normal

import (
	"math"
	"testing"
)

// examples are messages as the API, its siblings and gateways word them, with
// the param and template of each.
var examples = []struct{ msg, param, template string }{
	{"Missing required field: name", "name", "Missing required field: name"},
	{"invalid pt-token", "", "invalid pt-token"},
	{"missing or invalid token", "", "missing or invalid token"},
	{"You do not have permission to access this resource.", "", "You do not have permission to access this resource."},
	{"Only files with purpose 'tool_output' or 'skill_output' can be downloaded.", "", "Only files with purpose '*' or '*' can be downloaded."},
	{"File 'file_fake_test_id' was not found.", "", "File '*' was not found."},
	{"Skill 'skill_019e3bb1e8c171fd9abbb1477ffb84cc' was not found.", "", "Skill '*' was not found."},
	{"Agent 'ag-1' was not found.", "", "Agent '*' was not found."},
	{"store or version missing", "", "store or version missing"},
	{"vault or credential missing", "", "vault or credential missing"},
	{"invalid `purpose`", "purpose", "invalid `*`"},
	{"resources[0]: field 'type' must be 'file'.", "resources[].type", "resources[{n}]: field '*' must be '*'."},
	{"resources[0]: field 'file_id' must be a non-empty string.", "resources[].file_id", "resources[{n}]: field '*' must be a non-empty string."},
	{"Field 'access_token' is required for static_bearer type.", "access_token", "Field '*' is required for static_bearer type."},
	{"Request body must be valid JSON.", "", "Request body must be valid JSON."},
	{"limit exceeded", "", "limit exceeded"},
	{"limit 0 or negative", "", "limit {n} or negative"},
	{"path starts with `/`", "", "path starts with `*`"},
	{"dream still pending or running", "", "dream still pending or running"},
	{"explicit null config or metadata", "", "explicit null config or metadata"},
	{"Idempotency key reused with a different request body.", "", "Idempotency key reused with a different request body."},
	{"credential already archived", "", "credential already archived"},
	{"version mismatch", "", "version mismatch"},
	{"operating on a terminated session", "", "operating on a terminated session"},
	{"state forbids it", "", "state forbids it"},
	{"missing or other user's", "", "missing or other user's"},
	{"past 30 days", "", "past {n} days"},
	{"identity SAT refused", "", "identity SAT refused"},
	{"dependency down", "", "dependency down"},
	{"upstream connect error or disconnect/reset before headers. reset reason: connection timeout", "", "upstream connect error or disconnect/reset before headers. reset reason: connection timeout"},
	{"Feature 'synthetic_feature_a' is not available; send X-Qoder-Beta: synthetic-feature-a-2026-07-14.", "", "Feature '*' is not available; send X-Qoder-Beta: synthetic-feature-a-{time}."},
	{"messages.3.content: field 'text' must be at most 32768 bytes", "messages[].content.text", "messages.{n}.content: field '*' must be at most {n} bytes"},
	{"请求体必须是合法的 JSON，字段 'tools[2].name' 缺失", "", "请求体必须是合法的 JSON，字段 '*' 缺失"},
	{"rate limit of 60 requests per 1m0s for org_01HXYZ9 reached, retry in 12.5s", "", "rate limit of {n} requests per {n} for {id} reached, retry in {n}"},
}

func TestExamples(t *testing.T) {
	for _, e := range examples {
		if masked := string(AppendMasked(nil, []byte(e.msg))); masked != e.msg {
			t.Errorf("%q holds no secret and became %q", e.msg, masked)
		}
		param, ok := AppendParamFromMessage(nil, []byte(e.msg))
		if string(param) != e.param || ok != (e.param != "") {
			t.Errorf("param of %q is %q, want %q", e.msg, param, e.param)
		}
		if got := string(AppendTemplate(nil, []byte(e.msg))); got != e.template {
			t.Errorf("template of %q\n got %q\nwant %q", e.msg, got, e.template)
		}
	}
}

// TestTemplatesMerge holds messages together that differ in what varies only.
func TestTemplatesMerge(t *testing.T) {
	for _, group := range [][]string{
		{"Agent 'a' was not found.", "Agent 'agent_019e392c' was not found.", "Agent 'Bob's agent' was not found.", "Agent '' was not found."},
		{"took 153ms", "took 1.5s", "took 2", "took -1"},
		{"Session sess_019e392c0d1e74e095d21ea4c6b41def ended", "Session sess_00jjujk9fbnr4wkj2gh8 ended", "Session agent_abc123 ended"},
		{"upstream 10.0.4.17:8080 reset", "upstream 10.0.4.18:80 reset"},
		{"as of 2026-09-22T08:15:30Z", "as of 2026-09-22T08:15:30.123+08:00", "as of 2026-09-22", "as of 23:59:59"},
		{"see https://docs.example.com/a.", "see http://localhost:8080/?q=1."},
		{"hash 0a1b2c3d4e5f", "hash deadbeef00", "hash 0xff"},
		{"too\tmany   blanks", " too many blanks\n"},
	} {
		first := ""
		for i, msg := range group {
			got := string(AppendTemplate(nil, []byte(msg)))
			if i == 0 {
				first = got
			}
			if got != first {
				t.Errorf("%q has the template %q, its like %q", msg, got, first)
			}
		}
	}
	// And these apart.
	seen := map[string]string{}
	for _, msg := range []string{
		"Agent 'a' was not found.", "File 'a' was not found.", "Agent \"a\" was not found.", "Agent agent_abc123 was not found.",
		"Agent gpt4 was not found.", "Agent gpt5 was not found.", "Agent 4 was not found.", "agent 4 was not found.", "Agent was not found.",
	} {
		tmpl := string(AppendTemplate(nil, []byte(msg)))
		if other, ok := seen[tmpl]; ok {
			t.Errorf("%q and %q share the template %q", msg, other, tmpl)
		}
		seen[tmpl] = msg
	}
}

// TestHashSpreads guards against a hash that drops input: the smallest of
// many hashes must lie where chance puts it, since readers count callers by it.
func TestHashSpreads(t *testing.T) {
	k := FixedCallerKey()
	const n = 100_000
	least, seen := uint64(math.MaxUint64), make(map[uint64]bool, n)
	raw := []byte("caller 000000")
	for range n {
		for i := len(raw) - 1; ; i-- {
			if raw[i]++; raw[i] <= '9' {
				break
			}
			raw[i] = '0'
		}
		h := k.Hash(raw)
		if h>>63 != 0 {
			t.Fatalf("Hash(%s) = %#x has its top bit set", raw, h)
		}
		if seen[h] {
			t.Fatalf("Hash(%s) = %#x is there twice", raw, h)
		}
		seen[h] = true
		least = min(least, h)
	}
	if mean := uint64(1) << 63 / n; least > 20*mean {
		t.Errorf("the smallest of %d hashes is %#x", n, least)
	}
	other := CallerKey{1}
	if k.Hash(raw) == other.Hash(raw) {
		t.Error("two keys, one hash")
	}
}

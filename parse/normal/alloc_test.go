package normal

import (
	"strings"
	"testing"
)

const (
	cleanPath = "/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources"
	longText  = `Agent 'Bob's agent' (agent_abc123) failed at 2026-09-22T08:15:30Z from 203.0.113.9: see https://docs.example.com/x`
)

// steady are the calls that run for every record or error; none allocates
// once its buffer has grown.
func steady(t testing.TB) map[string]func() {
	r := newRoutes(t, "/orders/{id}/items")
	k := FixedCallerKey()
	buf := make([]byte, 0, 1<<16)
	b := func(s string) []byte { return []byte(s) }
	path, id, unknown := b(cleanPath), b("cb80235f-76a2-4ff3-9e28-5aa2da12dc14"), b("/wp-content/plugins/x1/readme.txt")
	secret, escaped := b("failed: Authorization: Bearer pt-EXAMPLE and bob@example.com, 4111 1111 1111 1111"), b("/x/bob%40example.com/%70t-abcdefgh")
	long := b(strings.Repeat("/x/bob%40example.com", 200))
	msg, field := b(longText), b("resources[0]: field 'file_id' must be a non-empty string.")
	typ, param := b("invalid_request_error"), b("messages[3].content")
	auth, ua, lang, version := b("Bearer pt-EXAMPLE"), b("Mozilla/5.0 (X11; Linux x86_64)"), b("Go"), b("1.2.3")
	var sink uint64
	return map[string]func(){
		"mask path":     func() { buf = AppendMasked(buf[:0], path) },
		"mask id":       func() { buf = AppendMasked(buf[:0], id) },
		"mask message":  func() { buf = AppendMasked(buf[:0], msg) },
		"mask secrets":  func() { buf = AppendMasked(buf[:0], secret) },
		"mask escaped":  func() { buf = AppendMasked(buf[:0], escaped) },
		"mask long":     func() { buf = AppendMasked(buf[:0], long) },
		"has path":      func() { HasSecret(path) },
		"has escaped":   func() { HasSecret(escaped) },
		"route known":   func() { buf, _ = r.Append(buf[:0], path) },
		"route unknown": func() { buf, _ = r.Append(buf[:0], unknown) },
		"target":        func() { Target(path) },
		"param":         func() { buf = AppendParam(buf[:0], param) },
		"param message": func() { buf, _ = AppendParamFromMessage(buf[:0], field) },
		"param none":    func() { buf, _ = AppendParamFromMessage(buf[:0], msg) },
		"template":      func() { buf = AppendTemplate(buf[:0], msg) },
		"template id":   func() { sink ^= TemplateID(typ, msg) },
		"caller":        func() { sink ^= k.Hash(Credential(auth)) },
		"client sdk":    func() { buf = AppendClient(buf[:0], lang, version, ua) },
		"client agent":  func() { buf = AppendClient(buf[:0], nil, nil, ua) },
		"auth":          func() { AuthOf(auth, nil, true, false, true) },
		"retry":         func() { RetryOf(version, true) },
		"no caller":     func() { IsNoCaller(auth) },
		"clip":          func() { buf = AppendClip(buf[:0], msg, 50) },
		"valid":         func() { buf = AppendValid(buf[:0], msg) },
	}
}

func TestNoAllocations(t *testing.T) {
	for name, f := range steady(t) {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkNormal(b *testing.B) {
	for name, f := range steady(b) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f()
			}
		})
	}
}

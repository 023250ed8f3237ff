package parse

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// seedLines are whole records of every format, each with as much in it as the format can carry.
func seedLines() map[string]string {
	env := `{"type":"error","error":{"type":"feature_not_available","message":"Feature 'synthetic-x' é😀 is not \"ready\"","param":"tools[0].name","feature":"synthetic-x","available_from":"synthetic-x-2026-07-14","code":404},"request_id":"req_1"}`
	esc := func(s string) string {
		s = strings.ReplaceAll(s, `\`, `\\`)
		return strings.ReplaceAll(s, `"`, `\"`)
	}
	uni := strings.NewReplacer("é", `\u00e9`, "😀", `\ud83d\ude00`).Replace(env)
	headers := `{"authorization":"Bearer pt-EXAMPLE12345","x-qoder-beta":["a-2026-01-01, b","c"],"x-qoder-lang":"go","x-qoder-package-version":"1.2.3","x-qoder-retry-count":"2","user-agent":"Qoder/Go"}`
	apisix := func(body string) string {
		return `{"client_ip":"203.0.113.9","start_time":1790064930123.5,"latency":41.999816894531,"request":{"method":"POST","uri":"/api/v1/cloud/sessions/sess_019e392c0d1e74e0/resources?x=1","headers":` + headers + `},"response":{"status":501,"size":402,"headers":{"x-request-id":"cb80235f"},"body":` + body + `},"consumer":{"username":"team-a"}}`
	}
	return map[string]string{
		"apisix string":  apisix(`"` + esc(env) + `"`),
		"apisix level 2": apisix(`"` + esc(`"`+esc(uni)+`"`) + `"`),
		"apisix level 3": apisix(`"` + esc(`"`+esc(`"`+esc(env)+`"`)+`"`) + `"`),
		"apisix object":  apisix(env),
		"apisix array":   `[` + apisix(`"`+esc(env)+`"`) + `,` + apisix(env) + `]`,
		"apisix sse":     strings.Replace(apisix(`": hi\n\nevent: error\ndata: `+esc(env)+`\n\n"`), `"status":501`, `"status":200`, 1),
		"kong":           `{"request":{"id":"2f69","method":"DELETE","uri":"\/agents\/agent_abc123","headers":` + headers + `},"response":{"status":501,"size":402,"headers":{"x-request-id":"cb80"},"body":"` + strings.ReplaceAll(esc(uni), "/", `\/`) + `"},"latencies":{"request":41},"source":"upstream","started_at":1.790064930123e+12,"client_ip":"203.0.113.9","consumer":{"username":"u1","custom_id":"c1"}}`,
		"nginx-json":     `{"time":"2026-09-22T16:15:30+08:00","remote_addr":"203.0.113.9","remote_user":"bob","method":"POST","uri":"/v1/agents","status":"502, 501","request_time":"0.042","body_bytes_sent":"77","request_id":"7f1c","upstream_request_id":"cb80","http_authorization":"Bearer pt-EXAMPLE12345","http_x_qoder_beta":"-","http_user_agent":"curl/8.1","resp_body":"` + esc(env) + `"}`,
		"combined":       `203.0.113.9 - bob [22/Sep/2026:16:15:30 +0800] "GET /v1/agents/agent_1?x=\"y\" HTTP/1.1" 404 1234 "https://example.com/a" "Mozilla/5.0 (X11)"`,
	}
}

// facts are the fields of an event as text; an absent one has no key.
func facts(ev *Event) map[string]string {
	m := map[string]string{}
	put := func(k string, there bool, v any) {
		if there {
			switch v := v.(type) {
			case []byte:
				m[k] = string(v)
			default:
				m[k] = fmt.Sprint(v)
			}
		}
	}
	put("format", true, ev.Format)
	put("time", ev.HasTime, ev.Time)
	put("status", ev.HasStatus, ev.Status)
	put("method", len(ev.Method) > 0, ev.Method)
	put("path", len(ev.Path) > 0, ev.Path)
	put("route", len(ev.Route) > 0, ev.Route)
	put("duration", ev.Duration >= 0, ev.Duration)
	put("bytes", ev.Bytes >= 0, ev.Bytes)
	put("caller", ev.CallerKind != 0, ev.Caller)
	put("request_id", len(ev.RequestID) > 0, ev.RequestID)
	put("beta", ev.HasBeta, string(bytes.Join(ev.Beta, []byte("|"))))
	put("client", len(ev.Client) > 0, ev.Client)
	put("auth", ev.Auth != 0, ev.Auth)
	put("retry", ev.Retry != 0, ev.Retry)
	put("param", len(ev.Param) > 0 && ev.ParamFrom == ParamField, ev.Param)
	for k, e := range map[string]Member{"type": ev.Env.Type, "code": ev.Env.Code, "eparam": ev.Env.Param, "feature": ev.Env.Feature, "available_from": ev.Env.AvailableFrom, "message": ev.Env.Message} {
		put(k, e.Kind >= MemberString, e.Value)
	}
	return m
}

func parseAll(t testing.TB, p *Parser, rec []byte) (all []map[string]string, evs []Event) {
	t.Helper()
	p.Reset(rec, 0)
	for p.Next() {
		evs = append(evs, *p.Event())
		all = append(all, facts(p.Event()))
	}
	return all, evs
}

// A record cut at any byte yields a subset of what the whole one yields, with
// equal values, flagged; only the message may be partial.
func TestCutAtEveryByte(t *testing.T) {
	for name, line := range seedLines() {
		t.Run(name, func(t *testing.T) {
			cfg := Config{}
			if name == "combined" {
				cfg.Format = "combined" // a cut inside its size is a whole line of common
			}
			p, err := New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			whole, evs := parseAll(t, p, []byte(line))
			for i, ev := range evs {
				if ev.Dead != "" || ev.Flags&FlagTruncated != 0 {
					t.Fatalf("the whole entry %d: %q, flags %b", i, ev.Dead, ev.Flags)
				}
			}
			for cut := 1; cut < len(line); cut++ {
				got, evs := parseAll(t, p, []byte(line[:cut]))
				for i, ev := range evs {
					if i >= len(whole) {
						if ev.Dead == Cut {
							continue // an array that lost its bracket says so
						}
						t.Fatalf("cut at %d: %d entries, the whole line has %d", cut, len(evs), len(whole))
					}
					if ev.Dead != "" {
						if ev.Dead != Cut && !(name == "combined" && ev.Dead == UnknownFormat) {
							t.Fatalf("cut at %d: dead with %q (%s)", cut, ev.Dead, ev.Detail)
						}
						continue
					}
					if i == len(evs)-1 && ev.Flags&FlagTruncated == 0 && !maps.Equal(got[i], whole[i]) {
						t.Fatalf("cut at %d: not flagged", cut)
					}
					subset(t, cut, got[i], whole[i])
				}
			}
		})
	}
}

func subset(t *testing.T, cut int, got, whole map[string]string) {
	t.Helper()
	for _, k := range slices.Sorted(maps.Keys(got)) {
		switch w, ok := whole[k]; {
		case !ok:
			t.Fatalf("cut at %d: %s = %q, absent in the whole", cut, k, got[k])
		case k == "message":
			if !strings.HasPrefix(w, got[k]) {
				t.Fatalf("cut at %d: message %q is no prefix of %q", cut, got[k], w)
			}
		case got[k] != w:
			t.Fatalf("cut at %d: %s = %q, the whole has %q", cut, k, got[k], w)
		}
	}
}

// A body cut at any byte inside a whole record likewise, and status, time and route stay.
func TestBodyCutAtEveryByte(t *testing.T) {
	body := `{"type":"error","error":{"type":"feature_not_available","message":"Feature é \ud83d\ude00 x","param":"a.b","feature":"f1","available_from":"f1-2026-07-14","code":"C"},"request_id":"req_1"}`
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	line := func(b string) []byte {
		b = strings.ReplaceAll(strings.ReplaceAll(b, `\`, `\\`), `"`, `\"`)
		return []byte(`{"started_at":1790064930123,"request":{"method":"GET","uri":"/agents"},"response":{"status":501,"body":"` + b + `"}}`)
	}
	whole, _ := parseAll(t, p, line(body))
	for cut := 1; cut < len(body); cut++ {
		got, evs := parseAll(t, p, line(body[:cut]))
		if len(evs) != 1 || evs[0].Dead != "" || evs[0].Flags&FlagTruncated == 0 {
			t.Fatalf("cut at %d: %d events, dead %q, flags %b", cut, len(evs), evs[0].Dead, evs[0].Flags)
		}
		if evs[0].Shape != ShapeEnvelope && evs[0].Shape != ShapeOther {
			t.Fatalf("cut at %d: shape %v", cut, evs[0].Shape)
		}
		if got[0]["status"] != "501" || got[0]["route"] != whole[0]["route"] {
			t.Fatalf("cut at %d: lost the record's own fields: %v", cut, got[0])
		}
		subset(t, cut, got[0], whole[0])
	}
}

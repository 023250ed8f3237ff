package eventjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"errata/parse"
	"errata/parse/normal"

	"github.com/google/go-cmp/cmp"
)

// full has every field that an event can have.
func full() *parse.Event {
	return &parse.Event{
		Index: 2, Raw: []byte("never printed"), Format: "apisix", Why: "keys start_time",
		HasTime: true, Time: time.Date(2026, 9, 28, 1, 2, 3, 120_000_000, time.UTC).UnixNano(),
		HasStatus: true, Status: 501, Method: []byte("POST"), Path: []byte("/v1/sessions"), Route: []byte("/sessions"), RouteKnown: true,
		Duration: 12_340, Bytes: 0, Caller: 0x1f, CallerKind: normal.CallerCredential, RequestID: []byte("req_1"),
		HasBeta: true, Beta: [][]byte{[]byte("a-2026-01-01"), []byte(`b"`)}, Client: []byte("qoder-go/1"), Auth: normal.AuthBearer, Retry: normal.Retry3,
		HasBody: true, Shape: parse.ShapeEnvelope, Origin: parse.OriginApp,
		Flags: parse.FlagTruncated | parse.FlagGzip, Findings: parse.TypeStatus | parse.FeatureOutside501,
		Env: parse.Envelope{
			Type:          parse.Member{Kind: parse.MemberString, Value: []byte("feature_not_available")},
			Message:       parse.Member{Kind: parse.MemberString, Value: []byte("no \u2028\x1b\xff")},
			Param:         parse.Member{Kind: parse.MemberNull},
			Feature:       parse.Member{Kind: parse.MemberNumber, Value: []byte("1.50")},
			AvailableFrom: parse.Member{Kind: parse.MemberNumber, Value: []byte("01")},
			Code:          parse.Member{Kind: parse.MemberNumber, Value: []byte("-7e2")},
		},
		Param: []byte("messages[].content"), ParamFrom: parse.ParamMessage,
		Template: []byte("no {n}"), TemplateID: 0xabcdef0123456789,
	}
}

func TestAppendFull(t *testing.T) {
	want := `{"line":7,"entry":2,"time":"2026-09-28T01:02:03.12Z","format":"apisix","method":"POST","path":"/v1/sessions","route":"/sessions",` +
		`"status":501,"duration_ms":12.34,"bytes":0,"caller":"000000000000001f","caller_kind":"credential","request_id":"req_1",` +
		`"beta":["a-2026-01-01","b\""],"client":"qoder-go/1","auth":"bearer","retry":"3+","shape":"envelope","origin":"app",` +
		`"flags":["truncated","gzip"],"findings":["type_status","feature_outside_501"],` +
		"\"envelope\":{\"type\":\"feature_not_available\",\"message\":\"no \u2028\\u001b\ufffd\",\"param\":null,\"feature\":1.50,\"available_from\":\"01\",\"code\":-7e2}," +
		`"param":"messages[].content","param_source":"message","template":"no {n}","template_id":"abcdef0123456789","why":"keys start_time"}` + "\n"
	got := string(Append(nil, full(), Line{Number: 7, Element: true, Why: true}))
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if !json.Valid([]byte(got)) {
		t.Error("not valid JSON")
	}
	if without := string(Append(nil, full(), Line{Number: 7})); strings.Contains(without, `"why"`) {
		t.Error("why without being asked")
	}
}

func TestAppendLeastAndDead(t *testing.T) {
	for _, c := range []struct {
		ev   parse.Event
		at   Line
		want string
	}{
		{
			parse.Event{Duration: -1, Bytes: -1, HasTime: true, HasStatus: true, Status: 0, Route: []byte("(not http)")},
			Line{Number: 1},
			`{"line":1,"entry":0,"time":"1970-01-01T00:00:00Z","route":"(not http)","status":0,"flags":[],"findings":[]}`,
		},
		{ // beta headers logged, none sent: the log did not have the key
			parse.Event{Duration: 1, Bytes: 5, HasBeta: true, Status: 404, HasStatus: true, Shape: parse.ShapeNone, Origin: parse.OriginUnknown},
			Line{Number: 1},
			`{"line":1,"entry":0,"status":404,"duration_ms":0.001,"bytes":5,"shape":"none","origin":"unknown","flags":[],"findings":[]}`,
		},
		{ // an envelope without members
			parse.Event{Duration: 0, Bytes: -1, Shape: parse.ShapeEnvelope},
			Line{Number: 1},
			`{"line":1,"entry":0,"duration_ms":0,"shape":"envelope","flags":[],"findings":[],"envelope":{}}`,
		},
		{ // members of a flat body
			parse.Event{Duration: -1, Bytes: -1, Shape: parse.ShapeFlat, Env: parse.Envelope{Message: parse.Member{Kind: parse.MemberString, Value: []byte("")}}},
			Line{Number: 1},
			`{"line":1,"entry":0,"shape":"flat","flags":[],"findings":[],"envelope":{"message":""}}`,
		},
		{
			parse.Event{Dead: parse.NotJSON, Detail: "unexpected \"}\" at byte 7", Format: "kong", HasTime: true},
			Line{Number: 9},
			`{"line":9,"error":"not_json","detail":"unexpected \"}\" at byte 7"}`,
		},
		{
			parse.Event{Index: 3, Dead: parse.UnknownFormat, Why: "keys x"},
			Line{Number: 9, Element: true, Why: true},
			`{"line":9,"entry":3,"error":"unknown_format","detail":"","why":"keys x"}`,
		},
	} {
		if d := cmp.Diff(c.want+"\n", string(Append(nil, &c.ev, c.at))); d != "" {
			t.Error(d)
		}
	}
}

func TestMillis(t *testing.T) {
	for us, want := range map[int64]string{0: "0", 1: "0.001", 10: "0.01", 999: "0.999", 1000: "1", 1500: "1.5", 12_345_678: "12345.678"} {
		if got := string(appendMillis(nil, us)); got != want {
			t.Errorf("%d: got %s, want %s", us, got, want)
		}
	}
}

// Nothing of Raw is ever printed, and whatever an event holds is one line of valid JSON.
func TestHostileStrings(t *testing.T) {
	hostile := []byte("\x00\n\"\\\u009b\xff\xed\xa0\x80</script>\u202e")
	ev := full()
	ev.Raw = []byte("canary")
	for _, p := range []*[]byte{&ev.Method, &ev.Path, &ev.Route, &ev.RequestID, &ev.Client, &ev.Param, &ev.Template, &ev.Beta[0]} {
		*p = hostile
	}
	ev.Format, ev.Why = string(hostile), string(hostile)
	for _, m := range []*parse.Member{&ev.Env.Type, &ev.Env.Message, &ev.Env.Param, &ev.Env.Feature, &ev.Env.AvailableFrom, &ev.Env.Code} {
		*m = parse.Member{Kind: parse.MemberNumber, Value: hostile}
	}
	got := Append(nil, ev, Line{Number: 1, Why: true})
	if !json.Valid(got) || bytes.Count(got, []byte("\n")) != 1 || bytes.Contains(got, []byte("canary")) {
		t.Errorf("got %q", got)
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	ev, dead := full(), &parse.Event{Dead: parse.Cut, Detail: "the record ends inside its JSON"}
	buf := Append(nil, ev, Line{Number: 1})
	if n := testing.AllocsPerRun(100, func() {
		buf = Append(buf[:0], ev, Line{Number: 1 << 40, Why: true})
		buf = Append(buf[:0], dead, Line{Number: 1 << 40, Element: true})
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkAppend(b *testing.B) {
	ev := full()
	var buf []byte
	for b.Loop() {
		buf = Append(buf[:0], ev, Line{Number: 1})
	}
	b.SetBytes(int64(len(buf)))
}

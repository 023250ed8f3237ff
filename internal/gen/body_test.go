package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// only makes bodies of one shape, with nothing done to them.
func only(shape int) *Scenario {
	s := small()
	s.Bodies = Bodies{}
	s.Shapes = Shapes{}
	w := []*int{&s.Shapes.Plain, &s.Shapes.RequestID, &s.Shapes.Code, &s.Shapes.Reversed, &s.Shapes.Outer, &s.Shapes.NoType, &s.Shapes.Shuffled}
	*w[shape] = 1
	return &s
}

// failing makes an entry that fails.
func failed(f *fault, route string) *entry {
	e := &entry{seq: 9, t: 1_790_064_930_123_000_000, fault: f, status: f.status, id: []byte("agent_abc123"), caller: &caller{}}
	for _, o := range catalogue() {
		if o.route == route {
			e.op = &o
			break
		}
	}
	return e
}

var uuids = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}`)

// TestShapesOfBodies: each shape is exactly what the API's documents print.
func TestShapesOfBodies(t *testing.T) {
	name := fault{kind: invalid, status: 400, typ: invalid, param: "name", norm: "name", msg: "Missing required field: name", inMsg: "name"}
	coded := fault{kind: missing, status: 404, typ: missing, code: "NOT_FOUND", msg: "Agent '{id}' was not found."}
	number := fault{kind: invalid, status: 400, typ: invalid, code: "400", param: "7", norm: "7", msg: "x"}
	for _, c := range []struct {
		shape int
		f     *fault
		want  string
		code  string
	}{
		{shapePlain, &name, `{"type":"error","error":{"type":"invalid_request_error","message":"Missing required field: name","param":"name"}}`, ""},
		{shapeRequestID, &name, `{"type":"error","request_id":"UUID","error":{"type":"invalid_request_error","message":"Missing required field: name","param":"name"}}`, ""},
		{shapeCode, &coded, `{"type":"error","request_id":"UUID","error":{"type":"not_found_error","message":"Agent 'agent_abc123' was not found.","code":"NOT_FOUND"}}`, "NOT_FOUND"},
		{shapeReversed, &coded, `{"error":{"message":"Agent 'agent_abc123' was not found.","type":"not_found_error","code":"NOT_FOUND"},"type":"error"}`, "NOT_FOUND"},
		{shapeOuter, &name, `{"type":"error","message":"outer","code":"OUTER","error":{"type":"invalid_request_error","message":"Missing required field: name","param":"name","code":"INNER"}}`, "INNER"},
		{shapeNoType, &name, `{"type":"error","error":{"code":"AGENT_001","message":"Missing required field: name","param":"name"},"request_id":"UUID"}`, "AGENT_001"},
		{shapePlain, &number, `{"type":"error","error":{"type":"invalid_request_error","message":"x","param":7,"code":400}}`, "400"},
	} {
		s := only(c.shape)
		b := newBodies(s, 1)
		b.build(failed(c.f, "/agents/{id}"), false)
		got := uuids.ReplaceAllString(string(b.text), "UUID")
		if got = strings.ReplaceAll(got, `"param":null,`, ""); got != c.want {
			t.Errorf("shape %s:\ngot  %s\nwant %s", shapeKeys[c.shape], got, c.want)
		}
		wantType := c.f.typ
		if c.shape == shapeNoType {
			wantType = ""
		}
		want := facts{shape: "envelope", typ: wantType, param: c.f.norm, fromField: c.f.norm, inMessage: c.f.inMsg, code: c.code}
		if c.f.norm != "" {
			want.source = "field"
		}
		if b.facts != want {
			t.Errorf("shape %s: facts %+v, want %+v", shapeKeys[c.shape], b.facts, want)
		}
	}
}

// TestFeatureBodies: a 501 carries its feature and where it is available from.
func TestFeatureBodies(t *testing.T) {
	f := fault{kind: "feature", status: 501, typ: "feature_not_available", msg: "Feature '{feature}' is not available yet: send its beta header."}
	e := failed(&f, "/sessions")
	e.feature = &feature{Feature: Feature{Name: "synthetic-feature-a", AvailableFrom: "synthetic-feature-a-2026-07-14"}}
	b := newBodies(only(shapePlain), 1)
	b.build(e, false)
	const want = `{"type":"error","error":{"type":"feature_not_available","message":"Feature 'synthetic-feature-a' is not available yet: send its beta header.",` +
		`"feature":"synthetic-feature-a","available_from":"synthetic-feature-a-2026-07-14"}}`
	if got := strings.ReplaceAll(string(b.text), `"param":null,`, ""); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if b.facts.feature != "synthetic-feature-a" || b.facts.available != "synthetic-feature-a-2026-07-14" || b.facts.typ != "feature_not_available" {
		t.Errorf("%+v", b.facts)
	}
	e.feature.AvailableFrom = ""
	b.build(e, false)
	if bytes.Contains(b.text, []byte("available_from")) || b.facts.available != "" {
		t.Errorf("%s", b.text)
	}
	// a 501 is an envelope with a type in every shape: the attempt counts
	for shape := range shapeKeys {
		b := newBodies(only(shape), 2)
		b.build(e, false)
		if b.facts.feature != "synthetic-feature-a" || b.facts.typ != "feature_not_available" || !json.Valid(b.text) {
			t.Errorf("shape %s: %+v", shapeKeys[shape], b.facts)
		}
	}
}

// TestExamplesOfTheDocuments: every printed error of the API's documents can
// come out of the generator, with its status, type, code and message.
func TestExamplesOfTheDocuments(t *testing.T) {
	have := map[string]bool{}
	for _, f := range faults() {
		have[fmt.Sprintf("%s|%d|%s|%s|%s", f.on, f.status, f.typ, f.code, f.msg)] = true
	}
	for _, want := range []string{
		"POST /agents|400|invalid_request_error||Missing required field: name",
		"GET /files/{id}/content|403|permission_error||Only files with purpose 'tool_output' or 'skill_output' can be downloaded.",
		"|403|permission_error||You do not have permission to access this resource.",
		"POST /sessions/{id}/resources|404|not_found_error||File '{file}' was not found.",
		"GET /skills/{id}|404|not_found_error||Skill '{id}' was not found.",
		"GET /agents/{id}|404|not_found_error|NOT_FOUND|Agent '{id}' was not found.",
		"POST /sessions/{id}/resources|400|invalid_request_error||resources[{n}]: field 'type' must be 'file'.",
		"POST /sessions/{id}/resources|400|invalid_request_error||resources[{n}]: field 'file_id' must be a non-empty string.",
		"POST /vaults|400|invalid_request_error||Field 'access_token' is required for static_bearer type.",
		"write|400|invalid_request_error||Request body must be valid JSON.",
		"write|409|conflict_error||Idempotency key reused with a different request body.",
		"POST /forward/sessions/{id}/archive|409|conflict_error|session_archived|Session {id} is archived.",
		"GET /forward/batches/{id}/error|404|not_found_error|batch_not_found|Batch {id} was not found.",
		"GET /forward/batches/{id}/error|410|not_found_error|file_expired|The error file expired on {date}.",
		"POST /forward/dreams/{id}/cancel|404|not_found_error|dream_not_found|Dream {id} not found",
		"forward|502|api_error|DEPENDENCY_DOWN|dependency down",
		"|503|api_error||dependency down: {uuid}",
	} {
		if !have[want] {
			t.Errorf("no fault %s", want)
		}
	}
	for _, f := range faults() {
		if f.form == formFlat && !json.Valid([]byte(strings.ReplaceAll(f.body, "{hex}", "x"))) {
			t.Errorf("a flat body that is no JSON: %s", f.body)
		}
	}
}

// TestMarks: behind a mark the member is complete, before it it is not. The
// text up to the mark, closed, must hold the member's value.
func TestMarks(t *testing.T) {
	for shape := range shapeKeys {
		s := only(shape)
		s.Bodies.Unicode, s.Bodies.Hostile, s.Bodies.Duplicate = 30_000, 30_000, 30_000
		b := newBodies(s, 3)
		b0 := newBodies(s, 3)
		for i := range uint64(300) {
			s.Bodies.ASCII, s.Bodies.Spaced = int(i%2)*100_000, int(i/2%2)*100_000
			list := faults()
			e := failed(&list[i%uint64(len(list))], "/agents/{id}")
			e.seq = i
			if e.fault.form != formEnvelope {
				continue
			}
			b.build(e, false)
			b0.build(e, false)
			if !bytes.Equal(b.text, b0.text) {
				t.Fatal("two builds of one entry differ")
			}
			if !json.Valid(b.text) {
				t.Fatalf("no JSON: %s", b.text)
			}
			check := func(what string, at int, want string) {
				t.Helper()
				if at == 0 {
					return
				}
				for cut, whole := range map[int]bool{at: true, at - 1: false} {
					head := string(b.text[:cut])
					if !strings.HasSuffix(head, `"`) && whole && want != "7" {
						t.Fatalf("%s: the mark does not stand behind a string: %s", what, head)
					}
					inner := head[b.marks.object-1:] + "}"
					var got map[string]any
					err := json.Unmarshal([]byte(strings.Replace(inner, ",}", "}", 1)), &got)
					if whole && want != "7" && (err != nil || got[what] != want) {
						t.Fatalf("%s: %q of %s: %v %v", what, want, inner, got[what], err)
					}
					if !whole && err == nil && got[what] == want {
						t.Fatalf("%s: complete before its mark: %s", what, inner)
					}
				}
			}
			// a duplicate type stands behind every mark, so the first one is judged
			check("type", b.marks.typ, b.facts.typ)
			check("message", b.marks.message, strings.ToValidUTF8(string(b.msg), "\ufffd"))
			if e.fault.param != "" && !strings.Contains(e.fault.param, "{n}") {
				check("param", b.marks.param, e.fault.param)
			}
		}
	}
}

// TestDecoysAreNoErrors: no success is an envelope at its top level.
func TestDecoysAreNoErrors(t *testing.T) {
	s := small()
	s.Bodies.Decoy = 100_000
	b := newBodies(&s, 4)
	kinds := map[string]bool{}
	for i := range uint64(400) {
		e := failed(&fault{}, "/deployment_runs/{id}")
		e.fault, e.status, e.seq = nil, 200, i
		b.build(e, true)
		var top struct {
			Type  any
			Error any
		}
		if err := json.Unmarshal(b.text, &top); err != nil {
			t.Fatalf("%v: %s", err, b.text)
		}
		if _, object := top.Error.(map[string]any); object && top.Type == "error" {
			t.Fatalf("an envelope: %s", b.text)
		}
		if b.facts != (facts{}) {
			t.Fatalf("facts of a success: %+v", b.facts)
		}
		kinds[string(b.text[bytes.IndexByte(b.text, ','):])] = true
	}
	if len(kinds) < 8 {
		t.Errorf("%d kinds of decoys, want 8", len(kinds))
	}
}

// frame is one frame of a stream.
type frame struct{ event, data string }

// framesOf reads a stream as a browser would.
func framesOf(text string) (frames []frame) {
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for block := range strings.SplitSeq(text, "\n\n") {
		var f frame
		var data []string
		for line := range strings.SplitSeq(block, "\n") {
			k, v, _ := strings.Cut(line, ":")
			v = strings.TrimPrefix(v, " ")
			switch k {
			case "event":
				f.event = v
			case "data":
				data = append(data, v)
			}
		}
		if f.data = strings.Join(data, "\n"); data != nil {
			frames = append(frames, f)
		}
	}
	return frames
}

// errorFrame is the first frame that is an error event, nil for none.
func errorFrame(frames []frame) map[string]any {
	for _, f := range frames {
		var data map[string]any
		if json.Unmarshal([]byte(f.data), &data) != nil {
			continue
		}
		inner, object := data["error"].(map[string]any)
		if f.event == "error" || data["type"] == "error" && object {
			return inner
		}
	}
	return nil
}

// TestStreams: an error event has an error frame that says what the facts say,
// a healthy stream has none, and the decoys in both are none.
func TestStreams(t *testing.T) {
	s := small()
	b := newBodies(&s, 5)
	multi, crlf, bom, bare := 0, 0, 0, 0
	for i := range uint64(600) {
		e := failed(&fault{}, "/sessions/{id}/events/stream")
		e.fault, e.status, e.seq = nil, 200, i
		if i%2 == 0 {
			e.event = sseEvent
		}
		b.build(e, true)
		text := string(b.text)
		inner := errorFrame(framesOf(text))
		if e.event == noEvent {
			if inner != nil || b.facts.shape != "" {
				t.Fatalf("an error in a healthy stream: %q", text)
			}
			continue
		}
		typ, _ := inner["type"].(string)
		if inner == nil || b.facts.shape != "envelope" {
			t.Fatalf("no error frame, facts %+v: %q", b.facts, text)
		}
		if typ != b.facts.typ && !strings.Contains(text, `"not_this_one"`) {
			t.Fatalf("type %q, facts %+v: %q", typ, b.facts, text)
		}
		if strings.HasPrefix(text, "\ufeff") {
			bom++
		}
		if strings.Contains(text, "\r\n") {
			crlf++
		}
		if strings.Contains(text, "data: {\n") || strings.Contains(text, "data: {\r\n") {
			multi++
		}
		if b.facts.typ == "" {
			bare++
		}
		if i := slices.IndexFunc(framesOf(text), func(f frame) bool { return f.event == "session.error" }); i >= 0 && b.facts.typ == "not_this_one" {
			t.Fatalf("session.error is no error event: %q", text)
		}
	}
	if multi == 0 || crlf == 0 || bom == 0 || bare == 0 {
		t.Errorf("data of two lines %d, CRLF %d, byte order mark %d, no type %d", multi, crlf, bom, bare)
	}
}

// TestPlaceholders: what no placeholder is known for becomes an id, and nothing
// that stands in a scenario makes the generator fail.
func TestPlaceholders(t *testing.T) {
	s := small()
	b := newBodies(&s, 6)
	e := failed(&fault{}, "/agents")
	for in, want := range map[string]string{
		"":                  `^$`,
		"plain":             `^plain$`,
		"{id}":              `^agent_abc123$`,
		"{n} of {n}":        `^\d+ of \d+$`,
		"{file}":            `^file_\w+$`,
		"{uuid}":            `^[0-9a-f-]{36}$`,
		"{hex}":             `^[0-9a-f]{16}$`,
		"{ip}":              `^10\.0\.\d+\.\d+$`,
		"{date}":            `^2026-09-22$`,
		"{time}":            `^2026-09-22T08:15:30\+00:00$`,
		"{ms}":              `^1790064930123$`,
		"{feature}":         `^$`,
		"{what}":            `^\w+$`,
		"{open":             `^\w+$`,
		"{":                 `^\{$`,
		`{"a":{"b":"{n}"}}`: `^\{"a":\{"b":"\d+"\}\}$`,
	} {
		got := string(b.appendMessage(nil, in, e))
		if !regexp.MustCompile(want).MatchString(got) {
			t.Errorf("%q became %q, want %s", in, got, want)
		}
	}
}

package gen

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// counted runs single entries through a writer and a tally of their own, so
// that each rule of the truth is seen by itself.
func counted(t *testing.T, format string, logs Logs, m mangle, es ...*entry) (string, Truth) {
	t.Helper()
	s := only(shapePlain)
	s.Features = nil
	cfg := Config{Scenario: *s, Seed: 1, Format: format, Logs: logs}
	f, from, to, err := cfg.resolve()
	if err != nil {
		t.Fatal(err)
	}
	r := &run{
		cfg: cfg, f: f, array: f.array,
		w: &writer{s: s, seed: 1, f: f, withBody: logs != Access},
		b: newBodies(s, 1),
		p: newPlanner(s, 1, from, to),
	}
	r.tally = newTally(&r.cfg, r.p, from, to)
	for _, e := range es {
		e := *e
		// the sample's operation, as this planner numbers it
		for i := range r.p.ops {
			if r.p.ops[i].method == e.op.method && r.p.ops[i].route == e.op.route {
				e.op = &r.p.ops[i]
				break
			}
		}
		r.b.build(&e, true)
		if e.fault != nil {
			e.size = int64(len(r.b.text))
		}
		m := m
		m.r = rng{7}
		if m.body == modeCut && m.at == 0 {
			m.at = r.b.marks.typ + 3
		}
		r.w.render(&e, r.b, &m)
		r.tally.entry(&e, r.b, &m, r.w, r.write(&e, &m))
	}
	r.closeArray(false)
	return string(r.buf), r.tally.truth()
}

// fate is what became of one entry.
type fate struct {
	Dead                                   string
	Counted, Errors, Extra, Rows, NoCaller int64
	Type, Param, Source                    string
}

func fateOf(t Truth) fate {
	f := fate{Counted: t.Counted, Errors: t.Errors, Extra: t.Extra, Rows: t.ErrorRows, NoCaller: t.NoCaller}
	for reason, n := range t.Dead {
		f.Dead += strings.Repeat(reason+" ", int(n))
	}
	words := strings.Fields(f.Dead)
	slices.Sort(words)
	f.Dead = strings.Join(words, " ")
	for typ := range t.ByType {
		f.Type = typ
	}
	for _, p := range t.ByRouteParam {
		f.Param, f.Source = p.Param, p.Source
	}
	return f
}

func TestFates(t *testing.T) {
	whole400 := fate{Counted: 1, Errors: 1, Rows: 1, Type: invalid, Param: "resources[].file_id", Source: "message"}
	noBody := fate{Counted: 1, Errors: 1, Rows: 1}
	for _, c := range []struct {
		what         string
		format       string
		logs         Logs
		m            mangle
		want         fate
		wantFragment string
	}{
		{"whole", "apisix", Both, mangle{headers: true}, whole400, `"status":400`},
		{"whole in a response log", "kong", Response, mangle{headers: true}, whole400, `"status":400`},
		{"whole in an access log", "kong", Access, mangle{headers: true}, fate{Counted: 1, Errors: 1}, `"status":400`},
		{"a body as an object", "nginx-json", Both, mangle{body: modeObject}, whole400, `"resp_body":{"type":"error"`},
		{"a string in a string", "apisix", Both, mangle{body: modeTwice}, whole400, `"body":"\"{\\\"type\\\":\\\"error\\\"`},
		{"a string in a string in a string", "apisix", Both, mangle{body: modeThrice}, whole400, `"body":"\"\\\"{\\\\\\\"type`},
		{"base64", "apisix", Both, mangle{body: modeBase64}, whole400, `"body":"eyJ0eXBlIjoiZXJyb3I`},
		{"gzip", "apisix", Both, mangle{body: modeGzip}, whole400, `"body":"H4sI`},
		{"no body logged", "apisix", Both, mangle{body: modeNull}, noBody, `"status":400`},
		{"a body cut behind its type", "apisix", Both, mangle{body: modeCut}, fate{Counted: 1, Errors: 1, Rows: 1, Type: invalid}, `"status":400`},
		{"a body cut behind its first brace", "apisix", Both, mangle{body: modeCut, at: 25}, fate{Counted: 1, Errors: 1, Rows: 1}, `"status":400`},
		{"a line cut in the body", "apisix", Both, mangle{line: cutBody, body: modeCut}, fate{Counted: 1, Errors: 1, Rows: 1, Type: invalid, NoCaller: 1}, `"status":400`},
		{"a line cut in the body before its time", "kong", Both, mangle{line: cutBody, body: modeCut}, fate{Dead: "cut"}, `"status":400`},
		{"a line cut early", "nginx-json", Both, mangle{line: cutHead}, fate{Dead: "cut"}, `{`},
		{"a line cut early, body first", "nginx-json", Both, mangle{line: cutHead, layout: 1}, fate{Dead: "cut"}, `{`},
		{"a line of text cut", "combined", Access, mangle{line: cutHead}, fate{Dead: "cut"}, `"POST /`},
		{"a line break in the middle", "apisix", Both, mangle{line: split}, fate{Dead: "cut unknown_format"}, "/api\n/v1"},
		{"a line break in the middle of text", "common", Access, mangle{line: split}, fate{Dead: "cut unknown_format"}, "/api\n/v1"},
		{"not JSON", "kong", Both, mangle{line: notJSON}, fate{Dead: "not_json"}, `"request"`},
		{"binary", "kong", Both, mangle{line: binary}, fate{Dead: "binary"}, `"request"`},
		{"binary text", "combined", Access, mangle{line: binary}, fate{Dead: "binary"}, `POST`},
		{"no time", "kong", Both, mangle{line: noTime}, fate{Dead: "no_time"}, `"started_at":null`},
		{"no time in nginx", "nginx-json", Both, mangle{line: noTime}, fate{Dead: "no_time"}, `"time":"-"`},
		{"no status", "apisix", Access, mangle{line: noStatus}, fate{Dead: "no_status"}, `"status":"-"`},
		{"no status in text", "combined", Access, mangle{line: noStatus}, fate{Dead: "no_status"}, `" - `},
		{"no status but an envelope", "apisix", Both, mangle{line: noStatus, absent: true}, fate{Counted: 1, Errors: 1, Extra: 1, Rows: 1, Type: invalid, Param: "resources[].file_id", Source: "message"}, `"status":"-"`},
		{"a second status", "apisix", Both, mangle{duplicate: true}, whole400, `,"status":299`},
		{"a second status and time", "nginx-json", Both, mangle{duplicate: true}, whole400, `,"time":"2001-01-01T00:00:00Z"`},
		{"an element of an array", "apisix-array", Both, mangle{}, whole400, `[{"client_ip"`},
		{"a cut array", "apisix-array", Both, mangle{line: cutHead}, fate{Dead: "cut"}, `[{`},
		{"CRLF", "kong", Both, mangle{crlf: true}, whole400, "\r\n"},
	} {
		e := sample()
		line, truth := counted(t, c.format, c.logs, c.m, e)
		if diff := cmp.Diff(c.want, fateOf(truth)); diff != "" {
			t.Errorf("%s (%s): %s", c.what, c.format, diff)
		}
		if !strings.Contains(line, c.wantFragment) {
			t.Errorf("%s (%s): no %q in %s", c.what, c.format, c.wantFragment, line)
		}
		if !strings.HasSuffix(line, "\n") || truth.Lines != int64(strings.Count(line, "\n")) {
			t.Errorf("%s: %d lines in %q", c.what, truth.Lines, line)
		}
		valid := true
		for l := range strings.Lines(line) {
			valid = valid && json.Valid([]byte(l))
		}
		broken := c.m.line != whole && c.m.line != noTime && c.m.line != noStatus
		if text := c.format == "combined" || c.format == "common"; !text && valid == broken {
			t.Errorf("%s (%s): valid JSON is %v: %s", c.what, c.format, valid, line)
		}
	}
}

// TestCutsNeverLeaveTimeAndStatus: wherever an early cut falls, the entry is dead.
func TestCutsNeverLeaveTimeAndStatus(t *testing.T) {
	status := regexp.MustCompile(`"status":"?400[",}]`)
	for _, format := range []string{"apisix", "kong", "nginx-json", "combined"} {
		logs := Both
		if format == "combined" {
			logs = Access
		}
		s := only(shapePlain)
		w := newWriter(t, s, format, logs == Both)
		r := &run{f: w.f, w: w}
		for i := range uint64(600) {
			e := sample()
			e.seq = i
			m := mangle{headers: true, layout: int(i % 3), r: rng{i}}
			b := newBodies(s, 1)
			b.build(e, true)
			w.render(e, b, &m)
			at := r.cutHead(&m)
			if at < 1 || at >= len(w.line) {
				t.Fatalf("%s: cut at %d of %d", format, at, len(w.line))
			}
			head := string(w.line[:at])
			hasTime := strings.Contains(head, "1790064930123,") || strings.Contains(head, `08:15:30+00:00"`)
			if format == "combined" {
				hasTime = true
				if !strings.Contains(head, "] \"") {
					t.Fatalf("cut before the request: %s", head)
				}
			}
			if hasTime && (status.MatchString(head) || strings.Contains(head, `" 400`) || strings.Contains(head, `\"error\":`)) {
				t.Fatalf("%s: time and status or an envelope before the cut: %s", format, head)
			}
		}
	}
}

// TestDemandIsCounted: attempts by reason, callers, days, first and last.
func TestDemandIsCounted(t *testing.T) {
	f := fault{kind: "feature", status: 501, typ: "feature_not_available", msg: "x"}
	const available = "synthetic-feature-a-2026-07-14"
	ask := func(caller int, at time.Duration, beta ...string) *entry {
		e := sample()
		e.fault, e.status, e.beta = &f, 501, beta
		e.feature = &feature{Feature: Feature{Name: "synthetic-feature-a", AvailableFrom: available}}
		c := *e.caller
		c.index, c.token = caller, c.token+string(rune('a'+caller))
		e.caller = &c
		e.t += int64(at)
		return e
	}
	_, truth := counted(t, "apisix", Both, mangle{headers: true},
		ask(1, 0), ask(1, time.Hour), ask(2, 30*time.Hour), ask(2, 31*time.Hour, available), ask(3, 32*time.Hour, "synthetic-feature-a-2025-01-01"))
	at := func(d time.Duration) time.Time { return time.UnixMilli(1_790_064_930_123).UTC().Add(d) }
	want := []Demand{
		{"synthetic-feature-a", available, "no_header", 3, 2, 0, 2, at(0), at(30 * time.Hour)},
		{"synthetic-feature-a", available, "older_value", 1, 1, 0, 1, at(32 * time.Hour), at(32 * time.Hour)},
		{"synthetic-feature-a", available, "right_value", 1, 1, 0, 1, at(31 * time.Hour), at(31 * time.Hour)},
	}
	if diff := cmp.Diff(want, truth.Demand); diff != "" {
		t.Error(diff)
	}
	wantFeature := []Feature501{{
		Feature: "synthetic-feature-a", AvailableFrom: available, Attempts: 5, Callers: 3, TopCaller: 2, Days: 2, First: at(0), Last: at(32 * time.Hour),
		Reasons: map[string]int64{"no_header": 3, "older_value": 1, "right_value": 1}, ByDay: map[string]int64{"2026-09-22": 2, "2026-09-23": 3},
		ByCaller: []CallerCount{
			{2, 1, at(0), at(time.Hour), "no_header"},
			// of two reasons that are as many, the first
			{2, 1, at(30 * time.Hour), at(31 * time.Hour), "no_header"},
			{1, 1, at(32 * time.Hour), at(32 * time.Hour), "older_value"},
		},
	}}
	if diff := cmp.Diff(wantFeature, truth.Features); diff != "" {
		t.Error(diff)
	}
	if truth.NoFeature != 0 || truth.Callers != 3 || truth.ErrorsByStatus["501"] != 5 {
		t.Errorf("%d without a feature, %d callers, %v", truth.NoFeature, truth.Callers, truth.ErrorsByStatus)
	}

	// the same where no headers are logged: nobody knows why, and who is an address
	_, truth = counted(t, "apisix", Both, mangle{}, ask(1, 0), ask(2, 0, available))
	if len(truth.Demand) != 1 || truth.Demand[0].Reason != "unknown" || truth.Demand[0].Attempts != 2 || truth.Demand[0].Callers != 1 {
		t.Errorf("%+v", truth.Demand)
	}
	// and with bodies that are not logged there is no demand, only a 501
	_, truth = counted(t, "apisix", Both, mangle{headers: true, body: modeNull}, ask(1, 0))
	if len(truth.Demand) != 0 || truth.NoFeature != 1 {
		t.Errorf("%+v, %d without a feature", truth.Demand, truth.NoFeature)
	}
}

// TestClampedEntriesLieOnTheClampDay: errors and entries, and no span.
func TestClampedEntriesLieOnTheClampDay(t *testing.T) {
	line, truth := counted(t, "kong", Both, mangle{headers: true, clamped: true}, sample())
	if want := []DayCount{{Day: "1970-01-01", Entries: 1, Errors: 1}}; cmp.Diff(want, truth.ByDay) != "" || truth.Clamped != 1 || !truth.First.IsZero() {
		t.Errorf("%+v, clamped %d, first %s", truth.ByDay, truth.Clamped, truth.First)
	}
	var l struct {
		At int64 `json:"started_at"`
	}
	if err := json.Unmarshal([]byte(line), &l); err != nil {
		t.Fatal(err)
	}
	if y := time.UnixMilli(l.At).UTC().Year(); y >= 2000 && y < 2100 {
		t.Errorf("clamped, and yet in %d", y)
	}
}

// TestArraysHoldSeveralEntries: until they are full, broken off or closed.
func TestArraysHoldSeveralEntries(t *testing.T) {
	var es []*entry
	for range 40 {
		es = append(es, sample())
	}
	log, truth := counted(t, "apisix-array", Both, mangle{headers: true}, es...)
	n := 0
	for line := range strings.Lines(log) {
		var elements []json.RawMessage
		if err := json.Unmarshal([]byte(line), &elements); err != nil {
			t.Fatal(err)
		}
		if len(elements) < 1 || len(elements) > 12 {
			t.Errorf("%d elements", len(elements))
		}
		n += len(elements)
	}
	if n != 40 || truth.Counted != 40 || truth.Lines >= 40 {
		t.Errorf("%d elements in %d lines, %d counted", n, truth.Lines, truth.Counted)
	}
}

// TestTruthFileHasNoNulls: readers of the JSON find lists and objects.
func TestTruthFileHasNoNulls(t *testing.T) {
	_, truth := counted(t, "common", Access, mangle{})
	js, err := json.Marshal(truth)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(js, []byte("null")) {
		t.Errorf("%s", js)
	}
	var back Truth
	if err := json.Unmarshal(js, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(truth, back); diff != "" {
		t.Error(diff)
	}
}

func TestPendingComesByTime(t *testing.T) {
	var q pending
	r := rng{11}
	if _, ok := q.peek(); ok {
		t.Error("something in an empty heap")
	}
	var want []int64
	for range 500 {
		v := int64(r.n(1000))
		want = append(want, v)
		q.push(item{t: v})
	}
	slices.Sort(want)
	for i, w := range want {
		it, ok := q.peek()
		if !ok || it.t != w {
			t.Fatalf("number %d is %d, want %d", i, it.t, w)
		}
		q.pop()
	}
	if _, ok := q.peek(); ok {
		t.Error("something is left")
	}
}

// TestBetween: the lines between entries, each with its reason, and none of
// them inside an array.
func TestBetween(t *testing.T) {
	for _, c := range []struct {
		set    func(*Lines)
		reason string
		blank  bool
		array  bool
		format string
	}{
		{func(l *Lines) { l.Garbage = 100_000 }, "unknown_format", false, false, ""},
		{func(l *Lines) { l.Foreign = 100_000 }, "unknown_format", false, false, ""},
		{func(l *Lines) { l.Junk = 100_000 }, "binary", false, false, ""},
		{func(l *Lines) { l.Deep = 100_000 }, "too_deep", false, false, ""},
		{func(l *Lines) { l.Blank = 100_000 }, "", true, false, ""},
		{func(l *Lines) { l.EmptyArray = 100_000 }, "", true, true, "apisix-array"},
		{func(l *Lines) { l.NoObject = 100_000 }, "unknown_format", false, true, "apisix-array"},
	} {
		for _, format := range []string{"kong", "apisix-array"} {
			_, truth := generate(t, "clean", format, Both, func(x *Config) {
				x.Days = 1
				c.set(&x.Scenario.Lines)
			})
			n := truth.Counted
			if c.array && format != "apisix-array" {
				n = 0
			}
			wantDead := map[string]int64{}
			if c.reason != "" && n > 0 {
				wantDead[c.reason] = n
			}
			if diff := cmp.Diff(wantDead, truth.Dead); diff != "" || truth.Counted == 0 {
				t.Errorf("%s, %s: %d counted, dead %s", format, c.reason, truth.Counted, diff)
			}
			if c.blank && truth.Blank != n {
				t.Errorf("%s: %d blank lines for %d entries", format, truth.Blank, n)
			}
		}
	}
}

// TestDemoTellsItsStory: trouble in the last week, and only there, so that a
// weekly report has something to say.
func TestDemoTellsItsStory(t *testing.T) {
	if testing.Short() {
		t.Skip("makes four weeks of traffic")
	}
	_, truth := generate(t, "demo", "combined", Access, nil)
	week := truth.To.Add(-7 * day)
	for _, w := range append(slices.Clone(truth.Incidents), truth.Storms...) {
		if w.From.Before(week) || w.To.After(truth.To) || w.Entries < 30 || w.Callers < 1 {
			t.Errorf("%+v", w)
		}
	}
	if len(truth.Incidents) < 3 || len(truth.Storms) != 1 || truth.Storms[0].Callers != 1 || truth.Storms[0].Entries < 3_000 {
		t.Errorf("%d incidents, storms %+v", len(truth.Incidents), truth.Storms)
	}
	asked, converted := int64(0), int64(0)
	for _, a := range truth.Adopters {
		asked += a.Asked
		converted += a.Converted
		if a.Converted > a.Asked || a.AvailableFrom == "" && a.Converted > 0 {
			t.Errorf("%+v", a)
		}
	}
	if asked < 300 || converted < 30 {
		t.Errorf("%d asked, %d converted", asked, converted)
	}
	if truth.Entries < 340_000 {
		t.Errorf("%d entries: three gateways hold less than a million", truth.Entries)
	}
}

package oracle

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// said is one request of the corpora here.
type said struct {
	at     int64 // Unix seconds
	status int
	who    string // "": nobody
	env    string // the error object, "": no body
	path   string // "": /v1/agents
	beta   string // "": none sent
}

func (s said) line() string {
	who, body, path, headers := "", "", "/v1/agents", `{"user-agent":"curl/8"}`
	if s.who != "" {
		who = fmt.Sprintf(`"client_ip":%q,`, s.who)
	}
	if s.path != "" {
		path = s.path
	}
	if s.beta != "" {
		headers = fmt.Sprintf(`{"user-agent":"curl/8","x-qoder-beta":%q}`, s.beta)
	}
	if s.env != "" {
		text, _ := json.Marshal(`{"type":"error","error":` + s.env + `}`)
		body = `,"body":` + string(text)
	}
	return fmt.Sprintf(`{"start_time":%d,"latency":20,%s"request":{"method":"POST","uri":%q,"headers":%s},"response":{"status":%d%s}}`,
		s.at*1000, who, path, headers, s.status, body) + "\n"
}

const (
	notFound = `{"type":"not_found_error","message":"no","code":"c1","param":"id"}`
	invalid  = `{"type":"invalid_request_error","message":"bad","param":"p"}`
	conflict = `{"type":"conflict_error","message":"again"}`
	feature  = `{"type":"feature_not_available","message":"off","feature":"f","available_from":"f-2026-01-02"}`
)

// log is what one feed of one source says.
type log struct {
	source, feed string
	lines        []said
	more         string
}

func recounted(t *testing.T, logs ...log) *Cells {
	t.Helper()
	c := &Cells{cells: map[Key]*Cell{}}
	for _, l := range logs {
		text := l.more
		for _, s := range l.lines {
			text += s.line()
		}
		if err := c.Add(Config{Source: l.source, Feed: l.feed, CallerKey: fixedKey}, "f", strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

const t0 = int64(hour) // 2026-09-22T08:00:00Z

// twoFeeds is an access log and the response log of the same requests, of
// which one body was lost; behind the access log's end, and before its begin,
// there are errors all the same. Two dead letters, one without a time.
func twoFeeds() []log {
	return []log{
		{source: "s", feed: "access", lines: []said{
			{at: t0 + 60, status: 200, who: "a"},
			{at: t0 + 61, status: 404, who: "a"},
			{at: t0 + 62, status: 500, who: "b"},
			{at: t0 + 63, status: 501, who: "c"},
		}},
		{source: "s", feed: "response", lines: []said{
			{at: t0 - 3600, status: 404, who: "a", env: notFound},
			{at: t0 - 3599, status: 409, who: "e", env: conflict},
			{at: t0 + 61, status: 404, who: "a", env: notFound},
			{at: t0 + 63, status: 501, who: "c", env: feature},
			{at: t0 + 3605, status: 400, who: "d", env: invalid},
			{at: t0 + 3606, status: 400, env: invalid},
		}, more: "nonsense\n" + fmt.Sprintf(`{"start_time":%d,"request":{"method":"GET","uri":"/v1/agents"},"response":{}}`, (t0+100)*1000) + "\n"},
	}
}

func TestReportByHand(t *testing.T) {
	c := recounted(t, twoFeeds()...)
	ms := 19.456 // 20 ms lie in the bucket that begins at 18432 us and is 2048 us wide
	at := func(s int64) time.Time { return time.Unix(s, 0).UTC() }
	bad, gone, off := templateID("invalid_request_error", "bad"), templateID("not_found_error", "no"), templateID("feature_not_available", "off")
	want := Report{
		Numbers: Numbers{
			Totals: Totals{
				Entries: 9, Requests: new(int64(4)), Errors: 5, Envelopes: new(int64(4)), DeadLetters: 1,
				// b's request has no error row, in an hour in which others have: callers come from those.
				Callers: new(int64(3)), CallersError: new(0.0), Ratio: new(0.75), P50: &ms, P95: &ms, P99: &ms, Exact: 3,
			},
			ByStatus: map[string]int64{"200": 1, "404": 1, "500": 1, "501": 1, "400": 2},
			ByType:   map[string]int64{"not_found_error": 1, "feature_not_available": 1, "invalid_request_error": 2, "(no body)": 1},
		},
		Previous: &Compared{Numbers{
			Totals: Totals{
				Entries: 2, Errors: 2, Envelopes: new(int64(2)), Callers: new(int64(2)), CallersError: new(0.0), Exact: 2,
			},
			ByStatus: map[string]int64{"404": 1, "409": 1},
			ByType:   map[string]int64{"not_found_error": 1, "conflict_error": 1},
		}},
		Coverage: Coverage{Value: new(2.0 / 3.0), Undated: 1, Read: []ReadCount{
			{"s", "counted", 8, new(int64(2))},
			{"s", "no_status", 1, new(int64(0))},
		}},
		New: []Signal{
			{"s", "feature_not_available", "", "/agents", "", 1, new(int64(1)), new(0.0), at(t0 + 63), at(t0 + 63)},
			{"s", "invalid_request_error", "", "/agents", "p", 2, new(int64(1)), new(0.0), at(t0 + 3605), at(t0 + 3606)},
		},
		Gone: []Signal{{"s", "conflict_error", "", "/agents", "", 1, new(int64(1)), new(0.0), at(t0 - 3599), at(t0 - 3599)}},
		Top: []Error{
			{
				ErrorKey: ErrorKey{"s", "POST", "/agents", 400, "invalid_request_error", "", "p", "", bad}, TemplateText: "bad", Errors: 2,
				PreviousErrors: new(int64(0)), Change: new(int64(2)), Share: 0.4, Callers: new(int64(1)), CallersError: new(0.0),
				PreviousCallers: new(int64(0)), PreviousCallersError: new(0.0), TopCallerShare: new(0.5),
			},
			{
				ErrorKey: ErrorKey{"s", "POST", "/agents", 404, "not_found_error", "c1", "id", "", gone}, TemplateText: "no", Errors: 1,
				PreviousErrors: new(int64(1)), Change: new(int64(0)), Share: 0.2, Callers: new(int64(1)), CallersError: new(0.0),
				PreviousCallers: new(int64(1)), PreviousCallersError: new(0.0), TopCallerShare: new(1.0),
			},
			{
				ErrorKey: ErrorKey{"s", "POST", "/agents", 500, noBody, noBody, noBody, noBody, noBody}, Errors: 1,
				PreviousErrors: new(int64(0)), Change: new(int64(1)), Share: 0.2, PreviousCallers: new(int64(0)), PreviousCallersError: new(0.0),
			},
			{
				ErrorKey: ErrorKey{"s", "POST", "/agents", 501, "feature_not_available", "", "", "f", off}, TemplateText: "off", Errors: 1,
				PreviousErrors: new(int64(0)), Change: new(int64(1)), Share: 0.2, Callers: new(int64(1)), CallersError: new(0.0),
				PreviousCallers: new(int64(0)), PreviousCallersError: new(0.0), TopCallerShare: new(1.0),
			},
		},
		Mistakes: []Mistake{
			{"s", "POST", "/agents", "invalid_request_error", "p", bad, "bad", 2, new(int64(0)), new(int64(1)), new(0.0), []ClientCount{{"curl", 2}}},
			{"s", "POST", "/agents", "not_found_error", "id", gone, "no", 1, new(int64(1)), new(int64(1)), new(0.0), []ClientCount{{"curl", 1}}},
		},
	}
	got := c.Report(Question{From: t0, To: t0 + 7200, Compare: true, CompareFrom: t0 - 7200, CompareTo: t0})
	for i := range got.Findings {
		if got.Findings[i].Finding == "" || got.Findings[i].Entries < 1 || got.Findings[i].Previous == nil {
			t.Errorf("%+v", got.Findings[i])
		}
	}
	got.Findings = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestReportOfPartsOfTheRange(t *testing.T) {
	c := recounted(t, twoFeeds()...)
	for what, test := range map[string]struct {
		q                         Question
		entries, errors           int64
		requests                  int64 // -1: null
		byType                    string
		callers                   int64
		top, fresh, gone, mistake int
	}{
		// Entries are counted by the hour, errors by the minute.
		"a minute":           {Question{From: t0 + 3600, To: t0 + 3660}, 2, 2, -1, "map[invalid_request_error:2]", 1, 1, 1, 0, 1},
		"all":                {Question{}, 11, 7, 4, "map[(no body):1 conflict_error:1 feature_not_available:1 invalid_request_error:2 not_found_error:2]", 4, 5, 4, 0, 3},
		"nothing":            {Question{From: t0 + 90000, To: t0 + 93600}, 0, 0, -1, "map[]", 0, 0, 0, 0, 0},
		"by type":            {Question{From: t0, To: t0 + 7200, Where: []Filter{{"type", "=", "not_found_error"}}}, 9, 1, -1, "map[not_found_error:1]", 1, 1, 0, 0, 1},
		"by type's prefix":   {Question{From: t0, To: t0 + 7200, Where: []Filter{{"type", "~", "in"}, {"type", "=", "not_found_error"}}}, 9, 3, -1, "map[invalid_request_error:2 not_found_error:1]", 2, 2, 1, 0, 2},
		"not a status":       {Question{From: t0, To: t0 + 7200, Where: []Filter{{"status", "!=", "500"}}}, 9, 4, 3, "map[feature_not_available:1 invalid_request_error:2 not_found_error:1]", 3, 3, 2, 0, 2},
		"another source":     {Question{From: t0, To: t0 + 7200, Where: []Filter{{"source", "=", "x"}}}, 0, 0, -1, "map[]", 0, 0, 0, 0, 0},
		"another route":      {Question{From: t0, To: t0 + 7200, Where: []Filter{{"route", "=", "/x"}}}, 9, 0, 0, "map[]", 0, 0, 0, 0, 0},
		"gone when compared": {Question{From: t0, To: t0 + 3600, Compare: true, CompareFrom: t0 - 3600, CompareTo: t0}, 7, 3, 4, "map[(no body):1 feature_not_available:1 not_found_error:1]", 2, 3, 1, 1, 1},
	} {
		r := c.Report(test.q)
		requests := int64(-1)
		if r.Totals.Requests != nil {
			requests = *r.Totals.Requests
		}
		callers := int64(-1)
		if r.Totals.Callers != nil {
			callers = *r.Totals.Callers
		}
		got := fmt.Sprint(r.Totals.Entries, r.Totals.Errors, requests, fmt.Sprint(r.ByType), callers, len(r.Top), len(r.New), len(r.Gone), len(r.Mistakes))
		want := fmt.Sprint(test.entries, test.errors, test.requests, test.byType, test.callers, test.top, test.fresh, test.gone, test.mistake)
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
		}
		if (r.Previous != nil) != test.q.Compare {
			t.Errorf("%s: previous %v", what, r.Previous)
		}
		var sum, all int64
		for _, n := range r.ByType {
			sum += n
		}
		for _, e := range r.Top {
			all += e.Errors
		}
		if sum != r.Totals.Errors || all != sum {
			t.Errorf("%s: by type %d, top %d, errors %d", what, sum, all, r.Totals.Errors)
		}
	}
	if r := c.Report(Question{From: t0, To: t0 + 3600, Compare: true, CompareFrom: t0 - 86400*3, CompareTo: t0 - 86400*2}); r.Previous != nil || r.Gone != nil || r.Top[0].PreviousErrors != nil {
		t.Error("compared with a range of which nothing is held")
	}
	if from, to := c.Held(); from != t0-3600 || to != t0+3660 {
		t.Error(from, to)
	}
}

// An access log alone: its failed requests carry the callers, and nothing tells a type.
func TestReportOfAnAccessLog(t *testing.T) {
	r := recounted(t, twoFeeds()[0]).Report(Question{From: t0, To: t0 + 3600})
	if r.Totals.Envelopes != nil || r.Coverage.Value != nil || len(r.New) != 0 || len(r.Mistakes) != 1 {
		t.Errorf("%+v", r)
	}
	if d := cmp.Diff(map[string]int64{noBody: 3}, r.ByType); d != "" || *r.Totals.Callers != 3 || r.Totals.Errors != 3 || len(r.Top) != 3 {
		t.Error(d, r.Totals)
	}
	for _, e := range r.Top {
		if *e.Callers != 1 || *e.TopCallerShare != 1 {
			t.Errorf("%+v", e)
		}
	}
}

// Where nobody is named, the number of callers is not 0.
func TestCallersUnknown(t *testing.T) {
	r := recounted(t, log{source: "s", feed: "both", lines: []said{{at: t0, status: 404, env: notFound}}}).Report(Question{})
	if r.Totals.Callers != nil || r.Totals.CallersError != nil || r.Top[0].Callers != nil || r.Top[0].TopCallerShare != nil || r.New[0].Callers != nil {
		t.Errorf("%+v", r)
	}
}

func TestManyCallersAreEstimated(t *testing.T) {
	var lines []said
	for i := range 255 {
		lines = append(lines, said{at: t0 + int64(i), status: 404, who: fmt.Sprint("c", i), env: notFound})
	}
	few := recounted(t, log{source: "s", feed: "both", lines: lines}).Report(Question{}).Totals
	if *few.Callers != 255 || *few.CallersError != 0 || few.Exact != 255 {
		t.Errorf("%+v", few)
	}
	var hashes []uint64
	for i := range 1000 {
		lines = append(lines, said{at: t0 + int64(i), status: 404, who: fmt.Sprint("d", i), env: notFound})
	}
	for _, l := range lines {
		hashes = append(hashes, sipHash(fixedKey, []byte(l.who))&^(1<<63))
	}
	slices.Sort(hashes)
	want := 255 * math.Exp2(63) / float64(hashes[255])
	// Nobody failed twice: there are no more callers than errors.
	once := recounted(t, log{source: "s", feed: "both", lines: lines}).Report(Question{}).Totals
	if want <= 1255 || *once.Callers != 1255 {
		t.Errorf("%+v: callers %d, estimated %v", once, *once.Callers, want)
	}
	many := recounted(t, log{source: "s", feed: "both", lines: append(lines, lines...)}).Report(Question{}).Totals
	if many.Exact != 1255 || *many.Callers != int64(math.Round(want)) || math.Abs(*many.CallersError-want/math.Sqrt(254)) > 1e-6 {
		t.Errorf("%+v: callers %d ± %v, want %v", many, *many.Callers, *many.CallersError, want)
	}
	if off := math.Abs(want-1255) / 1255; off > 0.25 {
		t.Errorf("%v of 1255: %.0f %% off", want, 100*off)
	}
}

// The percentile of rank ceil(p·n), for numbers of entries at which a rank in
// binary fractions goes wrong.
func TestPercentileRanks(t *testing.T) {
	for _, n := range []int64{1, 2, 19, 20, 21, 99, 100, 101, 700, 2000} {
		var hist [256]int64
		hist[3], hist[9] = n-n/20, n/20 // a twentieth is above
		if p := percentile(hist, 95); *p != 0.003 {
			t.Errorf("%d: p95 %v", n, *p)
		}
		if p := percentile(hist, 99); n >= 20 && *p != 0.009 || n < 20 && *p != 0.003 {
			t.Errorf("%d: p99 %v", n, *p)
		}
	}
	var hist [256]int64
	if percentile(hist, 50) != nil {
		t.Error("a percentile of nothing")
	}
	hist[bucket(1000)] = 1 // 960..1023
	if p := percentile(hist, 50); *p != 0.992 {
		t.Error(*p)
	}
}

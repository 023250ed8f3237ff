package render

import (
	"fmt"
	"math"
	"time"

	"errata/internal/demand"
	"errata/internal/report"
)

// week is a report as a team would get it: what the page is looked at with.
func week() *report.Report {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	from := time.Date(2026, 11, 9, 0, 0, 0, 0, berlin)
	at := func(day, hour, minute int) time.Time {
		return time.Date(2026, 11, 9+day, hour, minute, 0, 0, berlin)
	}
	sample := func(id, message string) *report.Sample {
		return &report.Sample{RequestID: id, Time: "2026-11-12T14:03:21.512Z", Position: "logs/eu.ndjson:181233", Message: message}
	}
	r := &report.Report{
		SchemaVersion: report.SchemaVersion, Version: "0.3.0", Now: "2026-11-16T09:00:00+01:00", Zone: "Europe/Berlin",
		Range:   report.Range{From: from, To: at(7, 0, 0), Week: "2026-W46"},
		Sources: []string{"eu", "us", "asia"},
		Verdict: []string{
			"Errors rose by 18.4 % to 48,213 of 1,204,551 requests (4.00 %, before 3.51 %) and reached ~2,310 callers.",
			"Worst new error: overloaded_error on POST /sessions/{id}/events, 6,120 errors by ~412 callers since Thursday 14:00.",
			"Best fixed: invalid_request_error on PUT /files/{id}, 1,904 errors in the week before and none now.",
			"Three of 41 tested errors moved more than chance explains, two of them up.",
			"Coverage is 99.12 %; two files were not read.",
		},
		Numbers: report.Numbers{
			Totals: report.Totals{
				Entries: 1204890, Requests: new(int64(1204551)), Errors: 48213, Envelopes: new(int64(45012)), DeadLetters: 339,
				Callers: new(int64(2310)), CallersError: new(144.6), Ratio: new(0.040026), P50: new(84.5), P95: new(1290.0), P99: new(4860.0),
			},
			ByStatus: map[string]int64{"200": 1148338, "202": 8000, "400": 21240, "401": 2310, "404": 3902, "429": 11820, "500": 411, "501": 1820, "503": 6710},
			ByType: map[string]int64{
				"invalid_request_error": 23010, "rate_limit_error": 11820, "overloaded_error": 6120, "authentication_error": 2310,
				"not_supported_error": 1752, "(no body)": 2790, "api_error": 411,
			},
		},
		Previous: &report.Compared{
			Range: report.Range{From: at(-7, 0, 0), To: from, Week: "2026-W45"},
			Numbers: report.Numbers{
				Totals: report.Totals{
					Entries: 1160544, Requests: new(int64(1160322)), Errors: 40722, Envelopes: new(int64(38120)), DeadLetters: 222,
					Callers: new(int64(2190)), CallersError: new(137.1), Ratio: new(0.035095), P50: new(86.5), P95: new(1210.0), P99: new(4860.0),
				},
				ByStatus: map[string]int64{"200": 1113600, "202": 6000, "400": 22390, "401": 2290, "404": 3988, "429": 9020, "500": 512, "501": 1322, "503": 1200},
				ByType:   map[string]int64{"invalid_request_error": 24914, "rate_limit_error": 9020, "authentication_error": 2290, "not_supported_error": 1251, "(no body)": 2735, "api_error": 512},
			},
		},
		Change: &report.Numbers{
			Totals: report.Totals{
				Entries: 44346, Requests: new(int64(44229)), Errors: 7491, Envelopes: new(int64(6892)), DeadLetters: 117,
				Callers: new(int64(120)), Ratio: new(0.004931), P50: new(-2.0), P95: new(80.0), P99: new(0.0),
			},
			ByStatus: map[string]int64{"200": 34738, "202": 2000, "400": -1150, "401": 20, "404": -86, "429": 2800, "500": -101, "501": 498, "503": 5510},
			ByType: map[string]int64{
				"invalid_request_error": -1904, "rate_limit_error": 2800, "overloaded_error": 6120, "authentication_error": 20,
				"not_supported_error": 501, "(no body)": 55, "api_error": -101,
			},
		},
		History: report.History{From: new(at(-28, 0, 0)), Enough: true},
		Coverage: report.Coverage{
			Value: new(0.9912), Clamped: 3, Undated: 12,
			Read: []report.ReadCount{
				{Source: "eu", Reason: "counted", Entries: 602113, Previous: new(int64(580001))},
				{Source: "us", Reason: "counted", Entries: 402438, Previous: new(int64(390321))},
				{Source: "asia", Reason: "counted", Entries: 200000, Previous: new(int64(190000))},
				{Source: "eu", Reason: "cut", Entries: 301, Previous: new(int64(201))},
				{Source: "us", Reason: "no_time", Entries: 38, Previous: new(int64(21))},
			},
			NotRead: []report.NotRead{
				{Name: "logs/core.2026-11-10.dump", Reason: "binary: the first bytes are those of no supported format"},
				{Name: "logs/readme.md", Reason: "no entry was recognised in its first 10,000 lines"},
			},
			Silent: []report.Gap{{Source: "asia", From: at(2, 3, 0), To: at(2, 9, 0), Hours: 6}},
			Hours:  report.SilentTotals{Silent: 6, All: 504},
		},
		Timeline: report.Timeline{Step: "1h"},
		New: []report.Signal{
			{Source: "eu", Type: "overloaded_error", Route: "/sessions/{id}/events", Errors: 6120, Callers: new(int64(412)), CallersError: new(25.8), FirstSeen: at(3, 14, 1), LastSeen: at(6, 23, 41), Sample: sample("req_01J9Z3M7T2", "The model is overloaded, please try again")},
			{Source: "us", Type: "invalid_request_error", Code: "E4107", Route: "/sessions", Param: "tools[].input_schema", Errors: 218, Callers: new(int64(31)), CallersError: new(0.0), FirstSeen: at(1, 9, 12), LastSeen: at(6, 18, 2), Sample: sample("req_01J9YXP1D8", "tools[3].input_schema: additionalProperties must be a boolean")},
			{Source: "asia", Type: "not_supported_error", Route: "/batches/{id}", Errors: 44, Callers: new(int64(9)), CallersError: new(0.0), FirstSeen: at(5, 1, 30), LastSeen: at(6, 22, 12)},
		},
		Gone: []report.Signal{
			{Source: "eu", Type: "invalid_request_error", Route: "/files/{id}", Param: "purpose", Errors: 1904, Callers: new(int64(140)), CallersError: new(0.0), FirstSeen: at(-7, 0, 3), LastSeen: at(-2, 16, 58), Sample: sample("req_01J8K2C0QF", "purpose: must be one of 'input', 'output'")},
		},
		Movers: []report.Mover{
			{ErrorKey: report.ErrorKey{Source: "us", Method: "POST", Route: "/sessions", Status: 429, Type: "rate_limit_error", TemplateText: "Rate limit of <n> requests per minute reached, try again in <n> s", Template: "9f2c5a1b00aa1177"}, Basis: "callers", Direction: "up", Errors: 7210, PreviousErrors: 4800, Callers: new(int64(624)), CallersError: new(39.1), PreviousCallers: new(int64(390)), PreviousCallersError: new(24.4), Change: 234, Factor: new(1.6), P: 0.0000021, Q: 0.000086},
			{ErrorKey: report.ErrorKey{Source: "eu", Method: "GET", Route: "/sessions/{id}", Status: 404, Type: "not_found_error", TemplateText: "No session with id <id>", Template: "1f2c5a1b00aa1178"}, Basis: "callers", Direction: "up", Errors: 1210, PreviousErrors: 640, Callers: new(int64(201)), CallersError: new(0.0), PreviousCallers: new(int64(120)), PreviousCallersError: new(0.0), Change: 81, Factor: new(1.675), P: 0.00041, Q: 0.0084},
			{ErrorKey: report.ErrorKey{Source: "asia", Method: "POST", Route: "/files", Status: 400, Type: "invalid_request_error", Param: "file", TemplateText: "file: size <n> is over the limit of <n>", Template: "3f2c5a1b00aa1179"}, Basis: "callers", Direction: "down", Errors: 310, PreviousErrors: 1120, Callers: new(int64(22)), CallersError: new(0.0), PreviousCallers: new(int64(95)), PreviousCallersError: new(0.0), Change: -73, Factor: new(0.2315), P: 0.0000102, Q: 0.00021},
		},
		Demand: report.Demand{
			From: new(time.Date(2026, 11, 8, 0, 0, 0, 0, time.UTC)), To: new(time.Date(2026, 11, 16, 0, 0, 0, 0, time.UTC)),
			Rows: []demand.Row{
				{Feature: "web_search", AvailableFrom: "web-search-2027-01-15", Attempts: 1101, Callers: new(int64(188)), CallersError: new(0.0), Days: 7, FirstSeen: new(at(0, 1, 4)), LastSeen: new(at(6, 23, 2)), New: new(int64(74)), Returning: new(int64(114)), Gone: new(int64(31)), TopCallerShare: new(0.1262), Reasons: demand.Reasons{NoHeader: 610, OtherFeature: 240, OlderValue: 181, RightValue: 12, Unknown: 58}},
				{Feature: "code_execution", AvailableFrom: "code-execution-2026-12-01", Attempts: 512, Callers: new(int64(96)), CallersError: new(0.0), Days: 7, FirstSeen: new(at(0, 3, 14)), LastSeen: new(at(6, 21, 32)), New: new(int64(22)), Returning: new(int64(74)), Gone: new(int64(12)), TopCallerShare: new(0.311), Reasons: demand.Reasons{NoHeader: 90, OlderValue: 402, RightValue: 20}},
				{Feature: "memory", Attempts: 139, Callers: new(int64(17)), CallersError: new(0.0), Days: 4, FirstSeen: new(at(2, 8, 0)), LastSeen: new(at(6, 11, 3)), New: new(int64(17)), Returning: new(int64(0)), Gone: new(int64(0)), TopCallerShare: new(0.52), Reasons: demand.Reasons{Unknown: 139}},
			},
			Totals: demand.Totals{Attempts: new(int64(1752)), Callers: new(int64(266)), CallersError: new(0.0), NoFeature: new(int64(68))},
			Notes:  []string{"orgs needs a file of caller names", "reach and converted cannot be known yet"},
		},
		Findings: []report.Finding{
			{Finding: "type_status", Source: "eu", Method: "POST", Route: "/sessions/{id}/events", Status: 503, Type: "rate_limit_error", Entries: 512, Previous: new(int64(20)), Meaning: "the type is one of another status"},
			{Finding: "no_type", Source: "us", Method: "GET", Route: "/files/{id}/content", Status: 404, Entries: 88, Previous: new(int64(91)), Meaning: "an error without a type: callers cannot tell what happened"},
		},
		Found: report.Found{New: 3, Gone: 1, Movers: 3, Tested: 41, Top: 134, Mistakes: 3, Findings: 2},
		Method: report.Method{
			Compare: "previous", Top: 20, Significance: 0.05, BucketError: 0.0625, ExactCallers: 255, NewAfterDays: 14,
			Caps: []report.CapHit{{Setting: "caps.routes", Share: 0.0042}}, Sentences: []string{"Movers are tested by a quasi-Poisson model of distinct callers a day; q is the share of false ones among those listed."},
		},
		Notes: []string{"callers over 255 are estimates: ~ marks them, with the standard error", "p50, p95 and p99 are of all requests, of errors and successes"},
	}
	for _, t := range []struct {
		status                             int
		typ, method, route, param, text    string
		errors, previous, callers, prevCal int64
		state                              string
	}{
		{400, "invalid_request_error", "POST", "/sessions/{id}/events", "messages[].content", "Input should be a valid string", 14210, 15022, 620, 650, "known"},
		{429, "rate_limit_error", "POST", "/sessions", "", "Rate limit of <n> requests per minute reached, try again in <n> s", 7210, 4800, 624, 390, "known"},
		{503, "overloaded_error", "POST", "/sessions/{id}/events", "", "The model is overloaded, please try again", 6120, 0, 412, 0, "new"},
		{400, "invalid_request_error", "POST", "/sessions", "max_tokens", "max_tokens: must be at most <n>", 3110, 3090, 188, 190, "known"},
		{401, "authentication_error", "POST", "/sessions", "", "The API key is not valid", 2310, 2290, 302, 299, "known"},
		{501, "not_supported_error", "POST", "/sessions", "tools[].type", "This feature is not available yet", 1101, 902, 188, 150, "known"},
		{404, "not_found_error", "GET", "/sessions/{id}", "", "No session with id <id>", 1210, 640, 201, 120, "known"},
		{500, "api_error", "GET", "/files/{id}/content", "", "Internal error, the team has been told", 411, 512, 88, 97, "known"},
	} {
		e := report.Error{
			ErrorKey: report.ErrorKey{Source: "eu", Method: t.method, Route: t.route, Status: t.status, Type: t.typ, Param: t.param, Template: "00000000000000aa", TemplateText: t.text},
			Errors:   t.errors, PreviousErrors: new(t.previous), Change: new(t.errors - t.previous), Share: float64(t.errors) / 48213,
			Callers: new(t.callers), CallersError: new(0.0), PreviousCallers: new(t.prevCal), PreviousCallersError: new(0.0),
			TopCallerShare: new(float64(t.callers%37)/100 + 0.02), State: t.state,
			Sample: sample(fmt.Sprintf("req_01J9%06X", t.errors), t.text),
		}
		if t.callers > 255 {
			e.CallersError = new(float64(t.callers) * 0.0626)
		}
		if t.prevCal > 255 {
			e.PreviousCallersError = new(float64(t.prevCal) * 0.0626)
		}
		for d := range 7 {
			share := []int64{17, 18, 16, 19, 17, 7, 6}[d]
			if t.state == "new" {
				share = []int64{0, 0, 0, 48, 30, 12, 10}[d]
			}
			e.Days = append(e.Days, t.errors*share/100)
		}
		r.Top = append(r.Top, e)
		if t.status == 400 {
			r.Mistakes = append(r.Mistakes, report.Mistake{
				Source: "eu", Method: t.method, Route: t.route, Type: t.typ, Param: t.param, Template: "00000000000000aa", TemplateText: t.text,
				Errors: t.errors, PreviousErrors: new(t.previous), Callers: e.Callers, CallersError: e.CallersError,
				Clients: []report.ClientCount{{Client: "qoder-python/1", Errors: t.errors * 6 / 10}, {Client: "qoder-typescript/2", Errors: t.errors * 3 / 10}, {Client: "curl", Errors: t.errors / 10}},
				Sample:  sample("req_01J9Z3M7T2", t.text),
			})
		}
	}
	for h := range 7 * 24 {
		day, hour := h/24, h%24
		usual := 190 + 150*math.Sin(float64(hour-8)/24*2*math.Pi)
		if day >= 5 {
			usual *= 0.4
		}
		pt := report.Point{Time: at(day, hour, 0), Errors: int64(usual) + int64(h*h*31%47), Previous: new(int64(usual*0.86) + int64(h*h*17%41))}
		pt.Requests = new(pt.Errors * 25)
		if day == 3 && hour >= 14 && hour < 19 {
			pt.Errors += int64(900 - 150*(hour-14))
		}
		if day == 2 && hour >= 3 && hour < 5 {
			pt.Errors, pt.Silent = 0, true
		}
		r.Timeline.Points = append(r.Timeline.Points, pt)
	}
	return r
}

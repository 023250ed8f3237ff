package render

import (
	"fmt"
	"strings"
	"time"

	"errata/internal/demand"
	"errata/internal/report"
)

// hostile are texts that anybody can put into a log: each format must show them
// as text and as nothing else.
var hostile = []string{
	"\x1b[31mred\x1b[0m\x07", "\u202egnp.exe\u2066x\u2069", "a|b\\|[click](http://evil.example/)|", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "\t=1", "\r=1",
	"<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "```\n# heading\n```", "``x`y", "`", "![i](http://evil.example/i.png)", "www.evil.example",
	"http://evil.example/?a=1&b=2", "@everyone #1 :tada: $x$ ~~gone~~ **bold**", "line\nbreak\r\nand\u2028more\u0085", "\u0000\u0001\u009b31m", "&lt;b&gt; &#124;",
	"(none)", "(other)", "\\x1b", "'quoted'", "--- ===", "1. one", "日本語のエラー", "e\u0301\u200b\ufeff", "{{.}} ${x} %s",
	strings.Repeat("very-long/", 120), strings.Repeat("x", 1024), " ", "  two  ", "\\", "ends in \\",
}

// fixture is a report with every section filled. Numbers differ from each other
// so that a swap shows; texts are what text gives, in turn.
func fixture(text func() string) *report.Report {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	from := time.Date(2026, 11, 9, 0, 0, 0, 0, berlin)
	to := from.AddDate(0, 0, 7)
	n := int64(1000)
	next := func() int64 { n += 7; return n }
	nextP := func() *int64 { v := next(); return &v }
	share := func() *float64 { v := float64(next()) / 10000; return &v }
	at := func(h int) time.Time { return from.Add(time.Duration(h)*time.Hour + 3*time.Second) }
	atP := func(h int) *time.Time { t := at(h).UTC(); return &t }
	exact, inexact := 0.0, 12.25
	sample := func() *report.Sample {
		return &report.Sample{RequestID: text(), Time: "2026-11-10T10:05:03Z", Position: text(), Message: text()}
	}
	key := func(status int) report.ErrorKey {
		return report.ErrorKey{
			Source: text(), Method: "POST", Route: text(), Status: status, Type: text(), Code: text(), Param: text(),
			Feature: text(), Template: fmt.Sprintf("%016x", next()), TemplateText: text(),
		}
	}
	numbers := func() report.Numbers {
		return report.Numbers{
			Totals: report.Totals{
				Entries: next() * 1000, Requests: nextP(), Errors: next(), Envelopes: nextP(), DeadLetters: next(),
				Callers: nextP(), CallersError: &inexact, Ratio: share(), P50: share(), P95: share(), P99: share(),
			},
			ByStatus: map[string]int64{"0": next(), "200": next(), "400": next(), "501": next()},
			ByType:   map[string]int64{"": next(), "(no body)": next(), "a/b~c": next(), text(): next()},
		}
	}
	change := numbers()
	change.Totals.Errors = -51
	r := &report.Report{
		SchemaVersion: report.SchemaVersion, Version: "1.2.3", Now: "2026-11-24T12:00:00+01:00", Zone: "Europe/Berlin",
		Range:   report.Range{From: from, To: to, Week: "2026-W46"},
		Filters: []string{"type!=" + text()}, Sources: []string{"default", text()},
		Verdict:  []string{"Errors fell to 1,021 (-4.8 %).", "New: " + text() + " on " + text() + ".", text(), "~1,234 callers, <0.01 % of all."},
		Numbers:  numbers(),
		Previous: &report.Compared{Range: report.Range{From: from.AddDate(0, 0, -7), To: from, Week: "2026-W45"}, Numbers: numbers()},
		Change:   &change,
		History:  report.History{From: atP(-700), Enough: true},
		Coverage: report.Coverage{
			Value: share(), Reason: "of 2 of 3 hours", Clamped: next(), Undated: next(),
			Read: []report.ReadCount{
				{Source: text(), Reason: "counted", Entries: next(), Previous: nextP()},
				{Source: text(), Reason: "success", Entries: next()},
				{Source: text(), Reason: "not_json", Entries: next(), Previous: nextP()},
			},
			Inputs:  []report.Input{{Name: text(), Format: "kong", Feed: "both", Entries: next(), Counted: next(), Dead: next(), Skipped: next()}, {Name: text()}},
			NotRead: []report.NotRead{{Name: text(), Reason: "no entry was recognised: " + text()}},
			Silent:  []report.Gap{{Source: text(), From: at(5).Add(-3 * time.Second), To: at(9).Add(-3 * time.Second), Hours: 4}},
			Hours:   report.SilentTotals{Silent: next(), All: next()},
		},
		Timeline: report.Timeline{Step: "1h"},
		New: []report.Signal{
			{Source: text(), Type: text(), Code: text(), Route: text(), Param: text(), Errors: next(), Callers: nextP(), CallersError: &inexact, FirstSeen: at(1), LastSeen: at(50), Sample: sample()},
			{Route: "/sessions", Errors: next(), FirstSeen: at(2), LastSeen: at(2)},
		},
		Gone: []report.Signal{{Source: text(), Type: text(), Code: text(), Route: text(), Param: text(), Errors: next(), Callers: nextP(), CallersError: &exact, FirstSeen: at(-50), LastSeen: at(-4), Sample: sample()}},
		Movers: []report.Mover{
			{ErrorKey: key(429), Basis: "callers", Direction: "up", Errors: next(), PreviousErrors: next(), Callers: nextP(), CallersError: &inexact, PreviousCallers: nextP(), PreviousCallersError: &exact, Change: 120, Factor: share(), P: 0.000012, Q: 0.0013},
			{ErrorKey: key(500), Basis: "errors", Direction: "down", Errors: next(), PreviousErrors: next(), Change: -99, P: 1.5e-9, Q: 0.049},
		},
		Top: []report.Error{
			{ErrorKey: key(400), Errors: next(), PreviousErrors: nextP(), Change: nextP(), Share: 0.1234, Callers: nextP(), CallersError: &inexact, PreviousCallers: nextP(), PreviousCallersError: &inexact, TopCallerShare: share(), State: "new", Days: []int64{1, 0, 3, 4, 900, 6, 7}, Sample: sample()},
			{ErrorKey: key(503), Errors: next(), Share: 0.00001, Days: []int64{}},
		},
		Mistakes: []report.Mistake{
			{Source: text(), Method: "PUT", Route: text(), Type: text(), Param: text(), Template: "00000000000000aa", TemplateText: text(), Errors: next(), PreviousErrors: nextP(), Callers: nextP(), CallersError: &exact, Clients: []report.ClientCount{{Client: text(), Errors: next()}, {Client: "", Errors: next()}}, Sample: sample()},
		},
		Demand: report.Demand{
			From: atP(0), To: atP(168),
			Rows: []demand.Row{
				{Feature: text(), AvailableFrom: text(), Attempts: next(), Callers: nextP(), CallersError: &exact, Orgs: nextP(), Days: 5, FirstSeen: atP(3), LastSeen: atP(99), New: nextP(), Returning: nextP(), Gone: nextP(), TopCallerShare: share(), Reasons: demand.Reasons{NoHeader: next(), OtherFeature: next(), OlderValue: next(), RightValue: next(), Unknown: next()}, Converted: nextP(), Reach: share()},
				{Feature: text(), Gone: nextP()},
			},
			Totals: demand.Totals{Attempts: nextP(), Callers: nextP(), CallersError: &exact, NoFeature: nextP()},
			Notes:  []string{"new is of callers " + text()},
		},
		Findings: []report.Finding{
			{Finding: "feature_outside_501", Source: text(), Method: "GET", Route: text(), Status: 400, Type: text(), Entries: next(), Previous: nextP(), Meaning: "a feature outside of 501", Sample: sample()},
			{Finding: "type_missing", Route: "/x", Entries: next(), Meaning: "no type"},
		},
		Found: report.Found{New: 99, Gone: 98, Movers: 97, Tested: 996, Top: 95, Mistakes: 94, Findings: 93},
		Method: report.Method{
			Compare: "previous", Top: 10, Significance: 0.05, BucketError: 0.0625, ExactCallers: 255, NewAfterDays: 14,
			Caps: []report.CapHit{{Setting: "caps.routes", Share: 0.0042}}, Widened: []string{"demand: 1d, " + text()}, Sentences: []string{"Movers are tested by " + text() + "."},
		},
		Notes: []string{"callers is null where no caller was logged", text()},
	}
	for h := range 7 * 24 {
		p := report.Point{Time: from.Add(time.Duration(h) * time.Hour), Errors: int64(h % 24 * (h / 24)), Silent: h >= 30 && h < 34}
		if h%2 == 0 {
			p.Requests, p.Callers, p.Previous = nextP(), nextP(), nextP()
		}
		r.Timeline.Points = append(r.Timeline.Points, p)
	}
	return r
}

// inTurn gives texts one after another.
func inTurn(texts []string) func() string {
	i := -1
	return func() string {
		i++
		return texts[i%len(texts)]
	}
}

// plainTexts are what honest logs hold.
var plainTexts = []string{
	"invalid_request_error", "/sessions/{id}/events", "messages[].content", "E1001", "default", "req_0123456789", "access.log:12", "Input should be a valid string",
	"qoder-python/1", "beta-2026-01-01", "overloaded_error", "Rate limit of <n> requests reached, try again in <n> s", "web-search",
}

// nothingHeld is the report of a range in which nothing was logged.
func nothingHeld() *report.Report {
	from := time.Date(2026, 11, 9, 12, 30, 0, 0, time.UTC)
	return &report.Report{
		SchemaVersion: 1, Version: "1.2.3", Now: "2026-11-24T12:00:00Z", Zone: "UTC",
		Range:    report.Range{From: from, To: from.Add(90 * time.Minute)},
		Verdict:  []string{"Nothing was logged."},
		Coverage: report.Coverage{Reason: "no entries"},
		History:  report.History{Reason: "the store holds nothing"},
		Method:   report.Method{Compare: "previous", Top: 10, Significance: 0.05, BucketError: 0.0625, ExactCallers: 255, NewAfterDays: 14},
	}
}

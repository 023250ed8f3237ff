package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"errata/internal/gen"
	"errata/internal/oracle"
)

type sample struct {
	RequestID string `json:"request_id"`
	Time      string `json:"time"`
	Position  string `json:"position"`
	Message   string `json:"message"`
}

// A sample is one of the error beside which it stands, but for its code: its
// position leads to a line of the log that says so.
func TestReportSamples(t *testing.T) {
	t.Parallel()
	for scenario, format := range map[string]string{"small": "apisix-array", "clean": "kong"} {
		log, _ := traffic(t, format, scenario, gen.Both, 3, 100, 21)
		w := newWorld(t)
		w.write("both.log", log)
		cfg := oracle.Config{Source: "default", Feed: "both", CallerKey: callerKey()}
		lines := bytes.SplitAfter(log, []byte("\n"))
		// entries of a position, as errata parse prints them
		at := func(position string) []oracle.Entry {
			name, text, ok := strings.Cut(position, ":")
			n, err := strconv.Atoi(text)
			if !ok || err != nil || name != "both.log" || n < 1 || n > len(lines) {
				t.Fatalf("position %q", position)
			}
			return cfg.Decode(int64(n), lines[n-1])
		}
		var r struct {
			Top []struct {
				oracle.ErrorKey
				Sample *sample `json:"sample"`
			} `json:"top"`
			New []struct {
				oracle.Signal
				Sample *sample `json:"sample"`
			} `json:"new"`
			Gone []struct {
				oracle.Signal
				Sample *sample `json:"sample"`
			} `json:"gone"`
			Mistakes []struct {
				oracle.Mistake
				Sample *sample `json:"sample"`
			} `json:"client_mistakes"`
			Findings []struct {
				oracle.Finding
				Sample *sample `json:"sample"`
			} `json:"findings"`
		}
		if err := json.Unmarshal([]byte(w.report("both.log", "--logs", "both", "--week", "2026-W39")), &r); err != nil {
			t.Fatal(err)
		}
		text := func(e oracle.Entry, member string) string {
			switch v := e.Envelope[member].(type) {
			case nil:
				return ""
			default:
				return fmt.Sprint(v)
			}
		}
		checked := map[string]int{}
		check := func(list string, key any, s *sample, is func(oracle.Entry) bool) {
			t.Helper()
			if s == nil {
				return
			}
			checked[list]++
			for _, e := range at(s.Position) {
				if e.RequestID == s.RequestID && e.Time == s.Time && is(e) {
					return
				}
			}
			t.Errorf("%s: %s: the sample %+v is none of %+v", scenario, list, *s, key)
		}
		status := func(e oracle.Entry) int {
			if e.Status == nil {
				return 0
			}
			return *e.Status
		}
		for _, x := range r.Top {
			check("top", x.ErrorKey, x.Sample, func(e oracle.Entry) bool {
				return e.Route == x.Route && *e.Method == x.Method && status(e) == x.Status && text(e, "type") == x.Type && e.Param == x.Param &&
					e.TemplateID == x.Template
			})
		}
		for _, x := range append(r.New, r.Gone...) {
			check("new", x.Signal, x.Sample, func(e oracle.Entry) bool {
				return e.Route == x.Route && text(e, "type") == x.Type && e.Param == x.Param
			})
		}
		for _, x := range r.Mistakes {
			check("client_mistakes", x.Mistake, x.Sample, func(e oracle.Entry) bool {
				return e.Route == x.Route && *e.Method == x.Method && status(e) >= 400 && status(e) < 500 && text(e, "type") == x.Type && e.Param == x.Param && e.TemplateID == x.Template
			})
		}
		for _, x := range r.Findings {
			check("findings", x.Finding, x.Sample, func(e oracle.Entry) bool {
				return e.Route == x.Route && *e.Method == x.Method && status(e) == x.Status && text(e, "type") == x.Type
			})
		}
		for list, least := range map[string]int{"top": 50, "new": 20, "client_mistakes": 30} {
			if checked[list] < least {
				t.Errorf("%s: %d samples in %s", scenario, checked[list], list)
			}
		}
	}
}

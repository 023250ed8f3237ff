package gen

import "time"

const day = 24 * time.Hour

// Scenarios names the builtin scenarios in the order in which help shows them.
func Scenarios() []string { return []string{"demo", "small", "clean", "hostile", "errors"} }

// builtin returns a scenario that the caller may change.
func builtin(name string) (Scenario, bool) {
	switch name {
	case "demo":
		return demo(), true
	case "small":
		return small(), true
	case "clean":
		s := small()
		s.Name = "clean"
		s.Lines = Lines{}
		s.Bodies = Bodies{Spaced: 10_000, ASCII: 5_000, Unicode: 3_000}
		s.Odd, s.NoHeaders = 0, 0
		s.Types.Unknown, s.Types.Client = 0, 0
		s.Shapes = Shapes{Plain: 20, RequestID: 50, Code: 10, Reversed: 20}
		return s, true
	case "hostile":
		return hostile(), true
	case "errors":
		s := small()
		s.Name, s.Logs = "errors", Response
		s.RequestsPerDay, s.Errors = 1_500, 45_000
		return s, true
	}
	return Scenario{}, false
}

// demo is four weeks of a healthy API with trouble in the last one. Three
// gateways' logs of it hold over a million entries.
func demo() Scenario {
	return Scenario{
		Name:           "demo",
		Days:           28,
		RequestsPerDay: 12_400,
		Callers:        20_000,
		Tail:           12,
		Forward:        28,
		Odd:            400,
		Errors:         3_600,
		NoHeaders:      1_500,
		DurationMS:     60,
		Daily:          [24]int{31, 26, 23, 22, 24, 30, 42, 58, 77, 92, 100, 98, 90, 94, 99, 97, 92, 84, 74, 66, 58, 50, 43, 36},
		Weekly:         [7]int{100, 104, 105, 103, 95, 48, 42},
		Types: Types{
			InvalidRequest: 380, Authentication: 160, Permission: 70, NotFound: 200, Conflict: 60,
			API: 50, RateLimit: 10, Gateway: 40, Client: 25, Unknown: 5,
		},
		Incidents: []Incident{
			{Type: "api_error", Method: "POST", Route: "/sessions/{id}/events", Before: 5*day + 9*time.Hour, Lasts: 150 * time.Minute, Factor: 450, Message: "Upstream component 'session-store' timed out after {n} ms."},
			{Type: "invalid_request_error", Method: "POST", Route: "/sessions/{id}/resources", Before: 3*day + 20*time.Hour, Lasts: 14 * time.Hour, Factor: 60, Message: "resources[0]: field 'mount_path' must be an absolute path.", Param: "resources[].mount_path"},
			{Type: "gateway", Route: "*", Before: 2*day + 3*time.Hour, Lasts: 55 * time.Minute, Factor: 300},
			{Type: "not_found_error", Method: "GET", Route: "/sessions/{id}", Before: 30 * time.Hour, Lasts: 7 * time.Hour, Factor: 45},
		},
		Storms: []Storm{
			{Type: "authentication_error", Method: "GET", Route: "/environments/{id}/work/poll", Before: 4*day + 5*time.Hour, Lasts: 40 * time.Minute, PerMinute: 120, Caller: 7},
		},
		Features: features(),
		Shapes:   Shapes{Plain: 16, RequestID: 48, Code: 12, Reversed: 14, Outer: 2, NoType: 3, Shuffled: 5},
		Bodies: Bodies{
			Object: 500, Twice: 300, Thrice: 60, Base64: 150, Gzip: 60, Cut: 500, Null: 100, ASCII: 4_000, Spaced: 10_000,
			Duplicate: 60, Unicode: 1_500, Secret: 400, Long: 40, Decoy: 800, SSEError: 900, FalseOK: 20,
			NoBody: 600, StringErr: 300,
		},
		Lines: Lines{
			Cut: 60, Split: 6, NotJSON: 6, Binary: 4, NoTime: 4, NoStatus: 5, OutOfRange: 3, Duplicate: 20, Shuffled: 2_000,
			Garbage: 8, Foreign: 6, Junk: 2, Deep: 1, Blank: 5, NoObject: 4, EmptyArray: 20,
		},
	}
}

func features() []Feature {
	return []Feature{
		{Name: "synthetic-feature-a", AvailableFrom: "synthetic-feature-a-2026-07-14", Method: "POST", Route: "/sessions", Share: 8_000, Ask: 60_000, Adopters: 45},
		{Name: "synthetic-feature-b", AvailableFrom: "synthetic-feature-b-2026-08-02", Method: "POST", Route: "/sessions/{id}/events", Share: 2_500, Ask: 50_000, Adopters: 25},
		{Name: "synthetic-feature-c", AvailableFrom: "synthetic-feature-c-2026-09-01", Method: "POST", Route: "/agents/{id}", Share: 8_000, Ask: 70_000, Adopters: 30},
		{Name: "synthetic-feature-d", AvailableFrom: "synthetic-feature-d-2026-06-30", Method: "GET", Route: "/sessions/{id}/threads", Share: 6_000, Ask: 60_000, Adopters: 65},
		{Name: "synthetic-feature-e", AvailableFrom: "", Method: "POST", Route: "/files", Share: 5_000, Ask: 50_000, Adopters: 0},
		{Name: "synthetic-feature-f", AvailableFrom: "synthetic-milestone-m3", Method: "POST", Route: "/memory_stores", Share: 10_000, Ask: 70_000, Adopters: 35},
		{Name: "synthetic-feature-g", AvailableFrom: "synthetic-feature-g-2026-10-05", Method: "POST", Route: "/forward/sessions", Share: 8_000, Ask: 60_000, Adopters: 40},
	}
}

// small touches everything in about 5,000 entries, so that tests are fast: one
// week, so that it is as large whatever weekday it ends on.
func small() Scenario {
	s := demo()
	s.Name = "small"
	s.Days, s.RequestsPerDay, s.Callers, s.Tail = 7, 700, 400, 4
	s.Odd, s.Errors, s.NoHeaders = 1_500, 18_000, 3_000
	s.Types.Client, s.Types.Unknown, s.Types.RateLimit = 40, 40, 30
	s.Incidents = []Incident{
		{Type: "api_error", Method: "POST", Route: "/sessions/{id}/events", Before: 30 * time.Hour, Lasts: 6 * time.Hour, Factor: 90, Message: "Upstream component 'session-store' timed out after {n} ms."},
		{Type: "gateway", Route: "*", Before: 58 * time.Hour, Lasts: 90 * time.Minute, Factor: 60},
	}
	s.Storms = []Storm{{Type: "authentication_error", Method: "GET", Route: "/environments/{id}/work/poll", Before: 8 * time.Hour, Lasts: 6 * time.Minute, PerMinute: 40, Caller: 3}}
	for i := range s.Features {
		s.Features[i].Share = 40_000
		s.Features[i].Ask = 40_000
	}
	s.Bodies = Bodies{
		Object: 8_000, Twice: 4_000, Thrice: 2_000, Base64: 2_500, Gzip: 2_000, Cut: 5_000, Null: 2_000, ASCII: 8_000, Spaced: 10_000,
		Duplicate: 2_500, Unicode: 6_000, Hostile: 4_000, Secret: 20_000, Long: 400, Decoy: 6_000, SSEError: 12_000, FalseOK: 600,
		NoBody: 3_000, StringErr: 4_000,
	}
	s.Lines = Lines{
		Cut: 1_500, Split: 400, NotJSON: 400, Binary: 300, NoTime: 300, NoStatus: 500, OutOfRange: 300, Duplicate: 800, Shuffled: 6_000,
		Garbage: 400, Foreign: 300, Junk: 200, Deep: 150, Blank: 300, NoObject: 300, EmptyArray: 2_000, CRLF: 1_000,
	}
	return s
}

// hostile is mostly broken.
func hostile() Scenario {
	s := small()
	s.Name = "hostile"
	s.Errors, s.Odd = 40_000, 8_000
	s.Types.Unknown, s.Types.Client, s.Types.Gateway = 200, 80, 120
	s.Shapes = Shapes{Plain: 1, RequestID: 1, Code: 1, Reversed: 1, Outer: 1, NoType: 1, Shuffled: 2}
	s.Bodies = Bodies{
		Object: 15_000, Twice: 8_000, Thrice: 4_000, Base64: 5_000, Gzip: 5_000, Cut: 12_000, Null: 4_000, ASCII: 20_000, Spaced: 20_000,
		Duplicate: 12_000, Unicode: 30_000, Hostile: 30_000, Secret: 30_000, Long: 1_500, Decoy: 25_000, SSEError: 30_000, FalseOK: 4_000,
		NoBody: 10_000, StringErr: 12_000,
	}
	s.Lines = Lines{
		Cut: 15_000, Split: 4_000, NotJSON: 6_000, Binary: 5_000, NoTime: 4_000, NoStatus: 5_000, OutOfRange: 3_000, Duplicate: 8_000, Shuffled: 40_000,
		Garbage: 6_000, Foreign: 5_000, Junk: 4_000, Deep: 1_000, Blank: 5_000, NoObject: 5_000, EmptyArray: 6_000, CRLF: 20_000, BOM: true,
	}
	s.Response = ResponseFilter{Events: true, Successes: 3_000}
	return s
}

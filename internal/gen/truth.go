package gen

import "time"

// Truth is what one output of a traffic holds, as its generator knows it. Its
// JSON form is the truth file. What the log kind cannot tell is zero or empty:
// an access log has no types, an errors-only response log has no requests.
type Truth struct {
	Version  int       `json:"version"` // of this structure: 1
	Scenario string    `json:"scenario"`
	Seed     uint64    `json:"seed"`
	Format   string    `json:"format"`
	Logs     Logs      `json:"logs"`
	From     time.Time `json:"from"` // the traffic's span; retries may end a little later
	To       time.Time `json:"to"`
	First    time.Time `json:"first"` // of the counted entries' times in range, as logged
	Last     time.Time `json:"last"`

	// Traffic is the whole plan, whatever this output shows of it.
	Traffic Traffic `json:"traffic"`

	Lines   int64 `json:"lines"`   // lines of the output, blank ones too
	Bytes   int64 `json:"bytes"`   // bytes of the output
	Blank   int64 `json:"blank"`   // lines without entries: blank, or an empty array
	Entries int64 `json:"entries"` // counted + skipped + dead
	Counted int64 `json:"counted"` // entries with a time and a status or an envelope, less the skipped
	Skipped int64 `json:"skipped"` // successes in a response log

	Dead      map[string]int64 `json:"dead"` // dead entries by reason
	Clamped   int64            `json:"clamped"`
	Truncated int64            `json:"truncated"` // counted entries of which the line or the body was cut

	Requests      int64            `json:"requests"` // counted entries of an access or both log
	ResponseBytes int64            `json:"response_bytes"`
	ByStatus      map[string]int64 `json:"by_status"` // requests; in a response log error rows
	ByRoute       []RouteCount     `json:"by_route"`  // requests and those with status >= 400; in a response log error rows

	// Errors = counted entries with status >= 400 + Extra.
	Errors    int64 `json:"errors"`
	Extra     int64 `json:"extra"`      // error events: an envelope under a status < 400 or none
	ErrorRows int64 `json:"error_rows"` // entries that write an error row; 0 in an access log
	Envelopes int64 `json:"envelopes"`  // error rows with shape envelope
	NoFeature int64 `json:"no_feature"` // error rows with status 501 and no feature

	ErrorsByStatus map[string]int64 `json:"errors_by_status"` // as Errors, "0" holds events without a status
	ByType         map[string]int64 `json:"by_type"`          // error rows; "" without a type
	ByShape        map[string]int64 `json:"by_shape"`         // error rows
	ByRouteParam   []RouteParam     `json:"by_route_param"`   // error rows, param normalised, "" without one
	Demand         []Demand         `json:"demand"`           // error rows with status 501 and a feature
	Features       []Feature501     `json:"features"`         // the same without the reason

	// Callers are distinct by what the format shows of them: the consumer, else
	// the credential, the remote user, the client address.
	Callers  int64 `json:"callers"`   // of the entries in Errors
	NoCaller int64 `json:"no_caller"` // entries in Errors without a caller

	ByDay  []DayCount  `json:"by_day"`  // UTC; the clamp day 1970-01-01 included
	ByWeek []WeekCount `json:"by_week"` // ISO weeks in UTC; the clamp day is in none

	// Signals are the error rows by what makes an error new or gone.
	Signals []Signal `json:"signals"`

	Incidents []Window   `json:"incidents"`
	Storms    []Window   `json:"storms"`
	Adopters  []Adoption `json:"adopters"`

	// Canaries are secrets, or parts that every planted secret of a kind shares:
	// none of them may be found in anything that errata stores or prints.
	Canaries []string `json:"canaries"`
	// Planted counts what the scenario's weights did, by name.
	Planted map[string]int64 `json:"planted"`
}

// Traffic counts the plan: what complete and unbroken logs would show.
type Traffic struct {
	Requests int64 `json:"requests"` // attempts, retries included
	Retries  int64 `json:"retries"`
	Errors   int64 `json:"errors"` // status >= 400
	Extra    int64 `json:"extra"`
	Demand   int64 `json:"demand"`  // 501 with a feature
	Adopted  int64 `json:"adopted"` // 2xx requests with the right beta value of a feature
	Callers  int64 `json:"callers"` // distinct callers who sent anything
}

// RouteCount counts the entries of one route.
type RouteCount struct {
	Method  string `json:"method"`
	Route   string `json:"route"`
	Entries int64  `json:"entries"`
	Errors  int64  `json:"errors"` // status >= 400, and events where bodies are logged
}

// RouteParam counts the error rows of one route and param.
type RouteParam struct {
	Method string `json:"method"`
	Route  string `json:"route"`
	Param  string `json:"param"`
	Source string `json:"source"` // field, message or ""
	Errors int64  `json:"errors"`
}

// Demand counts the attempts at a switched-off feature that failed for one reason.
type Demand struct {
	Feature       string    `json:"feature"`
	AvailableFrom string    `json:"available_from"`
	Reason        string    `json:"reason"`
	Attempts      int64     `json:"attempts"`
	Callers       int64     `json:"callers"`
	NoCaller      int64     `json:"no_caller"`
	Days          int64     `json:"days"` // UTC days with an attempt
	First         time.Time `json:"first"`
	Last          time.Time `json:"last"`
}

// Feature501 counts the attempts at a switched-off feature.
type Feature501 struct {
	Feature       string           `json:"feature"`
	AvailableFrom string           `json:"available_from"`
	Attempts      int64            `json:"attempts"`
	Callers       int64            `json:"callers"`
	NoCaller      int64            `json:"no_caller"`
	TopCaller     int64            `json:"top_caller"` // attempts of the caller with most
	Days          int64            `json:"days"`
	First         time.Time        `json:"first"`
	Last          time.Time        `json:"last"`
	Reasons       map[string]int64 `json:"reasons"`
	ByDay         map[string]int64 `json:"by_day"`
	ByCaller      []CallerCount    `json:"by_caller"` // most attempts first; attempts without a caller are one of them
}

// CallerCount is what one caller, who has no name here, asked for.
type CallerCount struct {
	Attempts int64     `json:"attempts"`
	Days     int64     `json:"days"`
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Reason   string    `json:"reason"` // of most attempts, ties as in a report
}

// WeekCount counts one ISO week as a report of it does.
type WeekCount struct {
	Week      string           `json:"week"` // 2026-W39
	From      time.Time        `json:"from"`
	To        time.Time        `json:"to"`
	Entries   int64            `json:"entries"` // dead ones included
	Dead      int64            `json:"dead"`
	Requests  int64            `json:"requests"`
	Errors    int64            `json:"errors"`
	Extra     int64            `json:"extra"`
	Envelopes int64            `json:"envelopes"`
	NoFeature int64            `json:"no_feature"`
	Callers   int64            `json:"callers"`
	NoCaller  int64            `json:"no_caller"`
	ByStatus  map[string]int64 `json:"by_status"` // as Truth.ByStatus
	ByType    map[string]int64 `json:"by_type"`   // as Truth.ByType
	Features  []WeekFeature    `json:"features"`
}

// WeekFeature is the demand of a week, against the week before.
type WeekFeature struct {
	Feature501
	New       int64 `json:"new"`
	Returning int64 `json:"returning"`
	Gone      int64 `json:"gone"`
}

// Signal counts the error rows of one type, code, route and param.
type Signal struct {
	Type   string           `json:"type"`
	Code   string           `json:"code"`
	Route  string           `json:"route"`
	Param  string           `json:"param"`
	Errors int64            `json:"errors"`
	First  time.Time        `json:"first"`
	Last   time.Time        `json:"last"`
	ByDay  map[string]int64 `json:"by_day"`
}

// DayCount counts one UTC day of event time.
type DayCount struct {
	Day     string `json:"day"`
	Entries int64  `json:"entries"` // counted ones and, in a response log, skipped ones
	Dead    int64  `json:"dead"`    // dead ones; those whose time cannot be read on the clamp day
	Errors  int64  `json:"errors"`  // as Truth.Errors
	Extra   int64  `json:"extra"`
	Demand  int64  `json:"demand"`
}

// Window is an incident or a retry storm as it took place.
type Window struct {
	Type    string    `json:"type"`
	Method  string    `json:"method,omitempty"`
	Route   string    `json:"route"`
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Entries int64     `json:"entries"` // entries of the plan that it made, retries included
	Callers int64     `json:"callers"`
}

// Adoption tells of one feature how many of its askers later sent the right
// beta value and got through.
type Adoption struct {
	Feature       string `json:"feature"`
	AvailableFrom string `json:"available_from"`
	Asked         int64  `json:"asked"`     // callers of the plan with a 501
	Converted     int64  `json:"converted"` // of these, callers with a later 2xx under the right value
	Succeeded     int64  `json:"succeeded"` // 2xx requests under the right value
}

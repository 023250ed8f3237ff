package gen

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Scenario describes traffic. The zero value is not usable: start from a
// builtin one (Load). In a YAML file each key that is not given keeps the value
// of the scenario named by base (default: small).
type Scenario struct {
	Name string `yaml:"name"`
	Base string `yaml:"base"`
	Logs Logs   `yaml:"logs"` // the kind of logs that is written unless another is asked for; "": the format's

	Days           int `yaml:"days"`
	RequestsPerDay int `yaml:"requests_per_day"` // of callers' own accord: retries and storms come on top
	Callers        int `yaml:"callers"`
	Tail           int `yaml:"tail"`       // the n-th caller asks 1/(n+tail) as often as the first: small is a heavy tail
	Forward        int `yaml:"forward"`    // callers of the forward API, percent
	Odd            int `yaml:"odd"`        // requests that are none of the API's, per 100,000
	Errors         int `yaml:"errors"`     // failing requests besides incidents, storms and 501s, per 100,000
	NoHeaders      int `yaml:"no_headers"` // requests through a gateway that logs no request headers, per 100,000
	DurationMS     int `yaml:"duration_ms"`

	Daily  [24]int `yaml:"daily"`  // load by UTC hour, in any unit
	Weekly [7]int  `yaml:"weekly"` // load by day from Monday, in any unit

	Types     Types          `yaml:"types"`
	Incidents []Incident     `yaml:"incidents"`
	Storms    []Storm        `yaml:"storms"`
	Features  []Feature      `yaml:"features"`
	Shapes    Shapes         `yaml:"shapes"`
	Bodies    Bodies         `yaml:"bodies"`
	Lines     Lines          `yaml:"lines"`
	Response  ResponseFilter `yaml:"response"`
}

// Types weighs the kinds of errors against each other.
type Types struct {
	InvalidRequest int `yaml:"invalid_request_error"`
	Authentication int `yaml:"authentication_error"`
	Permission     int `yaml:"permission_error"`
	NotFound       int `yaml:"not_found_error"`
	Conflict       int `yaml:"conflict_error"`
	API            int `yaml:"api_error"`
	RateLimit      int `yaml:"rate_limit_error"`
	Gateway        int `yaml:"gateway"` // 429, 502, 503, 504 that the gateway made: no type
	Client         int `yaml:"client"`  // status 0 and 499
	Unknown        int `yaml:"unknown"` // types and statuses that the API's contract does not have
}

// Incident raises one error type on one route for a while.
type Incident struct {
	Type    string        `yaml:"type"` // an error type, or gateway
	Method  string        `yaml:"method"`
	Route   string        `yaml:"route"`  // template such as /sessions/{id}/events; "*" is each one
	Before  time.Duration `yaml:"before"` // its begin, back from the traffic's end
	Lasts   time.Duration `yaml:"lasts"`
	Factor  int           `yaml:"factor"`  // times the usual rate of the type; at most 95 % of the requests fail
	Message string        `yaml:"message"` // instead of the type's own; placeholders such as {n} and {id}
	Param   string        `yaml:"param"`   // the param that the message names, normalised: the truth's word for it
}

// Storm is one caller who repeats one failing request.
type Storm struct {
	Type      string        `yaml:"type"`
	Method    string        `yaml:"method"`
	Route     string        `yaml:"route"`
	Before    time.Duration `yaml:"before"`
	Lasts     time.Duration `yaml:"lasts"`
	PerMinute int           `yaml:"per_minute"`
	Caller    int           `yaml:"caller"` // rank of the caller, from 0
}

// Feature is one that answers 501 until its callers send its beta value.
type Feature struct {
	Name          string `yaml:"name"`
	AvailableFrom string `yaml:"available_from"` // may be empty
	Method        string `yaml:"method"`
	Route         string `yaml:"route"`
	Share         int    `yaml:"share"`    // callers who ask for it, per 100,000
	Ask           int    `yaml:"ask"`      // their requests on the route that ask for it, per 100,000
	Adopters      int    `yaml:"adopters"` // askers who come to send the right value, percent
}

// Shapes weighs the renderings of an error body (domain.md 2.1) against each other.
type Shapes struct {
	Plain     int `yaml:"plain"`      // A
	RequestID int `yaml:"request_id"` // B
	Code      int `yaml:"code"`       // D
	Reversed  int `yaml:"reversed"`   // E
	Outer     int `yaml:"outer"`      // H: both levels set
	NoType    int `yaml:"no_type"`    // I
	Shuffled  int `yaml:"shuffled"`   // B in any order, with unknown members
}

// Bodies are what happens to bodies, per 100,000 entries with one.
type Bodies struct {
	Object    int `yaml:"object"`       // not a string but an object
	Twice     int `yaml:"twice"`        // a string in a string
	Thrice    int `yaml:"thrice"`       // a string in a string in a string
	Base64    int `yaml:"base64"`       //
	Gzip      int `yaml:"gzip"`         // in base64
	Cut       int `yaml:"cut"`          // at a byte, the line is whole
	Null      int `yaml:"null"`         // null or "-" though there was one
	ASCII     int `yaml:"ascii"`        // escaped as \uXXXX
	Spaced    int `yaml:"spaced"`       // blanks after commas and colons
	Duplicate int `yaml:"duplicate"`    // members that stand twice: the first counts
	Unicode   int `yaml:"unicode"`      // messages with what is no ASCII
	Hostile   int `yaml:"hostile"`      // markup, formulas, control characters in names and messages
	Secret    int `yaml:"secret"`       // a canary in a message, path, header or code
	Long      int `yaml:"long"`         // 2 to 60 KB
	Decoy     int `yaml:"decoy"`        // successes that look like errors
	SSEError  int `yaml:"sse_error"`    // streams with an error frame under 200
	FalseOK   int `yaml:"false_ok"`     // an envelope under 200
	NoBody    int `yaml:"no_body"`      // errors without a logged body
	StringErr int `yaml:"string_error"` // errors whose error is a string, an array, or that are other JSON
}

// Lines are what happens to lines, per 100,000 entries.
type Lines struct {
	Cut          int  `yaml:"cut"`          // ends early, half of them inside the body
	Split        int  `yaml:"split"`        // a line break in the middle
	NotJSON      int  `yaml:"not_json"`     // a comma lost, bytes after the end
	Binary       int  `yaml:"binary"`       // control bytes in the middle
	NoTime       int  `yaml:"no_time"`      //
	NoStatus     int  `yaml:"no_status"`    //
	OutOfRange   int  `yaml:"out_of_range"` // 1970 or 2100
	Duplicate    int  `yaml:"duplicate"`    // a key that stands twice: the first counts
	Shuffled     int  `yaml:"shuffled"`     // another order of keys
	Garbage      int  `yaml:"garbage"`      // between two entries: a line that is none
	Foreign      int  `yaml:"foreign"`      // between two entries: a line of another program
	Junk         int  `yaml:"junk"`         // between two entries: binary bytes
	Deep         int  `yaml:"deep"`         // between two entries: JSON nested too deeply
	Blank        int  `yaml:"blank"`        // between two entries
	NoObject     int  `yaml:"no_object"`    // apisix-array: an element that is no object
	EmptyArray   int  `yaml:"empty_array"`  // apisix-array
	CRLF         int  `yaml:"crlf"`         //
	BOM          bool `yaml:"bom"`          // the output begins with one
	Unterminated bool `yaml:"unterminated"` // its last line has no end
}

// ResponseFilter says what a response log holds besides status >= 400.
type ResponseFilter struct {
	Events    bool `yaml:"events"`    // the error events under a status < 400
	Successes int  `yaml:"successes"` // other entries, per 100,000
}

// maxPerDay keeps a day's mean distance between requests above a microsecond.
const maxPerDay = 1_000_000_000

// validate reports everything that is wrong, each with its key.
func (s *Scenario) validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	between := func(key string, v, lo, hi int) {
		if v < lo || v > hi {
			bad("%s: %d is not in %d..%d", key, v, lo, hi)
		}
	}
	between("days", s.Days, 1, 3660)
	between("requests_per_day", s.RequestsPerDay, 1, maxPerDay)
	between("callers", s.Callers, 1, 10_000_000)
	between("tail", s.Tail, 0, 1_000_000)
	between("forward", s.Forward, 0, 100)
	between("odd", s.Odd, 0, 100_000)
	between("errors", s.Errors, 0, 100_000)
	between("no_headers", s.NoHeaders, 0, 100_000)
	between("duration_ms", s.DurationMS, 1, 3_600_000)
	day, week := 0, 0
	for i, v := range s.Daily {
		between(fmt.Sprintf("daily[%d]", i), v, 0, 1_000_000)
		day += v
	}
	for i, v := range s.Weekly {
		between(fmt.Sprintf("weekly[%d]", i), v, 0, 1_000_000)
		week += v
	}
	if day == 0 || week == 0 {
		bad("daily and weekly: all zero")
	}
	switch s.Logs {
	case "", Access, Response, Both:
	default:
		bad("logs: %q is none of access, response, both", s.Logs)
	}
	types := s.Types.list()
	sum := 0
	for _, t := range types {
		between("types."+t.name, t.v, 0, 1_000_000)
		sum += t.v
	}
	if sum == 0 {
		bad("types: all zero")
	}
	sum = 0
	for i, v := range s.Shapes.weights() {
		between("shapes."+shapeKeys[i], v, 0, 1_000_000)
		sum += v
	}
	if sum == 0 {
		bad("shapes: all zero")
	}
	for _, w := range s.weights() {
		between(w.name, w.v, 0, 100_000)
	}
	ops := catalogue()
	span := time.Duration(s.Days) * 24 * time.Hour
	when := func(key string, before, lasts time.Duration) {
		switch {
		case s.Days < 1: // said already
		case before <= 0 || before > span:
			bad("%s.before: %s is not inside the %d days", key, before, s.Days)
		case lasts <= 0 || lasts > before:
			bad("%s.lasts: %s is not between 0 and before (%s)", key, lasts, before)
		}
	}
	for i, in := range s.Incidents {
		key := fmt.Sprintf("incidents[%d]", i)
		when(key, in.Before, in.Lasts)
		between(key+".factor", in.Factor, 1, 1_000_000)
		if !hasType(types, in.Type) {
			bad("%s.type: %q is none of %s", key, in.Type, typeNames(types))
		}
		if in.Route != "*" && !hasRoute(ops, in.Method, in.Route) {
			bad("%s.route: no operation %s", key, opName(in.Method, in.Route))
		}
	}
	for i, st := range s.Storms {
		key := fmt.Sprintf("storms[%d]", i)
		when(key, st.Before, st.Lasts)
		between(key+".per_minute", st.PerMinute, 1, 1_000_000)
		if s.Callers > 0 {
			between(key+".caller", st.Caller, 0, s.Callers-1)
		}
		if !hasType(types, st.Type) {
			bad("%s.type: %q is none of %s", key, st.Type, typeNames(types))
		}
		if !hasRoute(ops, st.Method, st.Route) {
			bad("%s.route: no operation %s", key, opName(st.Method, st.Route))
		}
	}
	for i, f := range s.Features {
		key := fmt.Sprintf("features[%d]", i)
		if f.Name == "" || len(f.Name) > 200 || len(f.AvailableFrom) > 200 {
			bad("%s.name: empty, or a name of over 200 bytes", key)
		}
		if strings.ContainsAny(f.Name+f.AvailableFrom, ", \t\r\n\"\\") {
			bad("%s: blanks, commas, quotes and backslashes cannot stand in a beta header", key)
		}
		between(key+".share", f.Share, 0, 100_000)
		between(key+".ask", f.Ask, 0, 100_000)
		between(key+".adopters", f.Adopters, 0, 100)
		if !hasRoute(ops, f.Method, f.Route) {
			bad("%s.route: no operation %s", key, opName(f.Method, f.Route))
		}
	}
	return errors.Join(errs...)
}

type named struct {
	name string
	v    int
}

func (t *Types) list() []named {
	return []named{
		{"invalid_request_error", t.InvalidRequest},
		{"authentication_error", t.Authentication},
		{"permission_error", t.Permission},
		{"not_found_error", t.NotFound},
		{"conflict_error", t.Conflict},
		{"api_error", t.API},
		{"rate_limit_error", t.RateLimit},
		{"gateway", t.Gateway},
		{"client", t.Client},
		{"unknown", t.Unknown},
	}
}

func hasType(list []named, name string) bool {
	for _, t := range list {
		if t.name == name {
			return true
		}
	}
	return false
}

func typeNames(list []named) string {
	var b strings.Builder
	for i, t := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(t.name)
	}
	return b.String()
}

func opName(method, route string) string {
	if method == "" {
		return fmt.Sprintf("%q", route)
	}
	return fmt.Sprintf("%q", method+" "+route)
}

var shapeKeys = [...]string{"plain", "request_id", "code", "reversed", "outer", "no_type", "shuffled"}

func (s *Shapes) weights() []int {
	return []int{s.Plain, s.RequestID, s.Code, s.Reversed, s.Outer, s.NoType, s.Shuffled}
}

// weights lists each share per 100,000 with its key.
func (s *Scenario) weights() []named {
	b, l := &s.Bodies, &s.Lines
	return []named{
		{"bodies.object", b.Object},
		{"bodies.twice", b.Twice},
		{"bodies.thrice", b.Thrice},
		{"bodies.base64", b.Base64},
		{"bodies.gzip", b.Gzip},
		{"bodies.cut", b.Cut},
		{"bodies.null", b.Null},
		{"bodies.ascii", b.ASCII},
		{"bodies.spaced", b.Spaced},
		{"bodies.duplicate", b.Duplicate},
		{"bodies.unicode", b.Unicode},
		{"bodies.hostile", b.Hostile},
		{"bodies.secret", b.Secret},
		{"bodies.long", b.Long},
		{"bodies.decoy", b.Decoy},
		{"bodies.sse_error", b.SSEError},
		{"bodies.false_ok", b.FalseOK},
		{"bodies.no_body", b.NoBody},
		{"bodies.string_error", b.StringErr},
		{"lines.cut", l.Cut},
		{"lines.split", l.Split},
		{"lines.not_json", l.NotJSON},
		{"lines.binary", l.Binary},
		{"lines.no_time", l.NoTime},
		{"lines.no_status", l.NoStatus},
		{"lines.out_of_range", l.OutOfRange},
		{"lines.duplicate", l.Duplicate},
		{"lines.shuffled", l.Shuffled},
		{"lines.garbage", l.Garbage},
		{"lines.foreign", l.Foreign},
		{"lines.junk", l.Junk},
		{"lines.deep", l.Deep},
		{"lines.blank", l.Blank},
		{"lines.no_object", l.NoObject},
		{"lines.empty_array", l.EmptyArray},
		{"lines.crlf", l.CRLF},
		{"response.successes", s.Response.Successes},
	}
}

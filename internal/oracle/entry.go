package oracle

import (
	"bytes"
	"slices"
	"strings"
)

// Config says how to read and to fold, as the flags of errata ingest do.
type Config struct {
	Source       string
	Feed         string // access, response or both
	CallerKey    [16]byte
	Format       string // auto or empty: by the record; else the preset's name
	Routes       []string
	DemandRoutes []string
}

// named: one format is named, and no other reads a record.
func (cfg Config) named() bool { return cfg.Format != "" && cfg.Format != "auto" }

func (cfg Config) want() *want {
	if cfg.named() {
		return wants[cfg.Format]
	}
	return wants["auto"]
}

// Envelope holds the members that a body had: string, number as written
// (json.Number) or nil for null.
type Envelope map[string]any

// Entry is what errata parse prints of one entry: a counted one, or a dead
// letter (Error is not empty).
type Entry struct {
	Line        int64    `json:"line"`
	Index       int      `json:"entry"`
	Error       string   `json:"error,omitempty"`
	Time        string   `json:"time,omitempty"`
	Format      string   `json:"format,omitempty"`
	Method      *string  `json:"method,omitempty"`
	Path        *string  `json:"path,omitempty"`
	Route       string   `json:"route,omitempty"`
	Status      *int     `json:"status,omitempty"`
	DurationMS  *float64 `json:"duration_ms,omitempty"`
	Bytes       *int64   `json:"bytes,omitempty"`
	Caller      string   `json:"caller,omitempty"`
	CallerKind  string   `json:"caller_kind,omitempty"`
	RequestID   string   `json:"request_id,omitempty"`
	Beta        []string `json:"beta,omitempty"`
	Client      string   `json:"client,omitempty"`
	Auth        string   `json:"auth,omitempty"`
	Retry       string   `json:"retry,omitempty"`
	Shape       string   `json:"shape,omitempty"`
	Origin      string   `json:"origin,omitempty"`
	Flags       []string `json:"flags"`
	Findings    []string `json:"findings"`
	Envelope    Envelope `json:"envelope,omitempty"`
	Param       string   `json:"param,omitempty"`
	ParamSource string   `json:"param_source,omitempty"`
	Template    string   `json:"template,omitempty"`
	TemplateID  string   `json:"template_id,omitempty"`

	e event
}

// An event is an entry with what the fold needs beside the printed values.
type event struct {
	raw        []byte
	ns         int64
	hasTime    bool
	status     int
	micros     int64 // -1 absent
	bytes      int64 // -1 absent
	caller     uint64
	hasCaller  bool
	rawID      string
	betaLogged bool
	hasBody    bool
	errorEvent bool
	env        map[string]value
	method     string
}

// noCaller are the values that name nobody.
func noCaller(s string) bool { return s == "" || s == "-" || s == "REDACTED" || s == "***" }

// sent: a header or variable with a value; nginx writes "-" or "" for none.
func sent(s string) bool { return s != "" && s != "-" }

// first is the first rank of a field whose value passes.
func (r record) first(field string, pass func(string) bool) (string, bool) {
	for i := range r.ranks(field) {
		if s, ok := r.get(field, i); ok && pass(s) {
			return s, true
		}
		if list := r.list(field, i); len(list) > 0 && pass(list[0]) {
			return list[0], true
		}
	}
	return "", false
}

func any1(string) bool { return true }

func isThere(r record, field string) bool {
	for i := range r.ranks(field) {
		if r.there(field, i) {
			return true
		}
	}
	return false
}

// name makes a counted entry of a record, or a dead one.
func name(cfg Config, r record) Entry {
	e := Entry{Format: r.format, Flags: []string{}, Findings: []string{}}
	e.e = event{raw: r.raw, ns: r.time, hasTime: r.hasT, micros: -1, bytes: -1}
	if r.hasT {
		e.Time = printTime(r.time)
	}
	statusCode, hasStatus := 0, false
	if s, ok := r.first("status", any1); ok {
		statusCode, hasStatus = status(s)
	}
	b := readBody(r.body, statusCode)
	if !hasStatus || statusCode < 400 {
		if b.isError {
			e.e.errorEvent = true
		} else { // nobody judges the body of a success
			b = body{logged: b.logged}
		}
	}
	switch {
	case r.ended && (!r.hasT || !hasStatus && !e.e.errorEvent):
		return dead(e, "cut")
	case !r.hasT:
		return dead(e, "no_time")
	case !hasStatus && !e.e.errorEvent:
		return dead(e, "no_status")
	}
	if hasStatus {
		e.Status = &statusCode
	}
	e.e.status, e.e.hasBody = statusCode, b.logged
	e.flag("truncated", r.ended || b.cut)
	e.flag("clamped_time", clamped(r.time))
	e.flag("sse", b.sse)
	e.flag("base64", b.base64)
	e.flag("gzip", b.gzip)
	nameRequest(cfg, r, &e)
	nameCaller(cfg, r, &e)
	nameRequestID(r, b, &e)
	if statusCode >= 400 || e.e.errorEvent {
		nameError(r, b, &e)
	}
	return e
}

func (e *Entry) flag(name string, set bool) {
	if set {
		e.Flags = append(e.Flags, name)
	}
}

func (e *Entry) has(flag string) bool { return slices.Contains(e.Flags, flag) }

// dead leaves of an entry what holds for a dead one.
func dead(e Entry, reason string) Entry {
	d := Entry{Error: reason, Format: e.Format, Time: e.Time, Flags: []string{}, Findings: []string{}}
	d.e = event{raw: e.e.raw, ns: e.e.ns, hasTime: e.e.hasTime}
	d.flag("clamped_time", e.e.hasTime && clamped(e.e.ns))
	return d
}

// splitRequest takes a request line apart: the method before the first blank
// (without a blank there is none), the target, the protocol behind the last.
func splitRequest(line string) (method, target string) {
	method, target, ok := strings.Cut(line, " ")
	if !ok {
		return "", ""
	}
	if i := strings.LastIndexByte(target, ' '); i >= 0 && strings.HasPrefix(target[i+1:], "HTTP/") {
		target = target[:i]
	}
	return method, trim(target)
}

func nameRequest(cfg Config, r record, e *Entry) {
	method, hasMethod := r.first("method", sent)
	target, hasTarget := r.first("uri", sent)
	if line, ok := r.first("request", any1); ok {
		first, second := splitRequest(line)
		// In a record that ended early the field of its own might follow.
		if !hasMethod && (!r.ended || r.ranks("method") == 0) {
			method, hasMethod = first, true
		}
		if !hasTarget && (!r.ended || r.ranks("uri") == 0) {
			target, hasTarget = second, true
		}
	}
	if hasMethod {
		if !methodText.MatchString(method) {
			method = ""
		}
		e.Method = &method
	}
	e.e.method = method
	path, http := splitTarget(target)
	if hasTarget {
		p := mask(valid([]byte(path)))
		e.Path = &p
		path = p
	}
	e.Route = notHTTP
	if http && method != "" {
		e.Route, _ = route(cfg.Routes, path)
	}
	if s, ok := r.first("duration", any1); ok {
		if us := microseconds(s, r.unit); us >= 0 {
			ms := float64(us) / 1000
			e.DurationMS, e.e.micros = &ms, us
		}
	}
	if s, ok := r.first("bytes", any1); ok {
		if n := size(s); n >= 0 {
			e.Bytes, e.e.bytes = &n, n
		}
	}
}

func nameCaller(cfg Config, r record, e *Entry) {
	type rank struct{ kind, value string }
	var ranks []rank
	top := "" // the highest rank that the format can carry
	add := func(kind, value string, can bool) {
		if can && top == "" {
			top = kind
		}
		if !noCaller(trim(value)) {
			ranks = append(ranks, rank{kind, value})
		}
	}
	pick := func(field string) string {
		s, _ := r.first(field, func(s string) bool { return !noCaller(trim(s)) })
		return s
	}
	json := r.format != "combined" && r.format != "common"
	add("consumer", pick("consumer"), r.ranks("consumer") > 0)
	credential := ""
	authorization, hasAuth := r.first("authorization", sent)
	if hasAuth {
		credential = authorization
		if i := strings.IndexAny(authorization, " \t"); i >= 0 {
			credential = trim(authorization[i:])
		}
	}
	if noCaller(trim(credential)) && !r.ended { // in a record that ended early authorization may stand behind the cut
		credential = pick("apikey")
	}
	add("credential", credential, r.ranks("authorization") > 0)
	add("user", pick("user"), !json || r.ranks("user") > 0)
	address := pick("address")
	address = host(address)
	add("address", address, true)
	if len(ranks) > 0 && (!r.ended || ranks[0].kind == top) {
		e.e.hasCaller = true
		e.e.caller = sipHash(cfg.CallerKey, []byte(valid([]byte(ranks[0].value)))) &^ (1 << 63)
		e.CallerKind = ranks[0].kind
		e.Caller = hex16(e.e.caller)
	}
	_, hasKey := r.first("apikey", sent)
	apikey, _ := r.first("apikey", sent)
	switch {
	case hasAuth:
		e.Auth = authOf(authorization)
	case r.ended:
	case hasKey && (apikey == "REDACTED" || apikey == "***"):
		e.Auth = "redacted"
	case hasKey:
		e.Auth = "x-api-key"
	case isThere(r, "headers") || isThere(r, "authorization") || isThere(r, "apikey"):
		e.Auth = "none"
	}
	if s, ok := r.first("retry", sent); ok {
		e.Retry = retryOf(trim(s))
	}
	lang, _ := r.first("lang", sent)
	version, _ := r.first("version", sent)
	agent, _ := r.first("agent", sent)
	if !r.ended || lang != "" && version != "" || !json {
		e.Client = client(lang, version, agent)
	}
	e.e.betaLogged = isThere(r, "beta") || isThere(r, "headers") && !r.ended
	for i := range r.ranks("beta") {
		if !r.there("beta", i) {
			continue
		}
		for _, s := range r.list("beta", i) {
			for v := range strings.SplitSeq(s, ",") {
				if v = strings.TrimSpace(v); v != "" && v != "-" && len(e.Beta) < 1024 {
					e.Beta = append(e.Beta, clip(mask(valid([]byte(v))), 256))
				}
			}
		}
		break
	}
}

func retryOf(s string) string {
	if !digitsText.MatchString(s) {
		return ""
	}
	switch s = strings.TrimLeft(s, "0"); s {
	case "":
		return "0"
	case "1", "2":
		return s
	}
	return "3+"
}

// host is the ip of ip:port, [ip]:port or [ip].
func host(s string) string {
	if rest, ok := strings.CutPrefix(s, "["); ok {
		s, _, _ = strings.Cut(rest, "]")
	} else if strings.Count(s, ":") == 1 {
		s, _, _ = strings.Cut(s, ":")
	}
	return s
}

func authOf(authorization string) string {
	scheme := authorization
	if i := strings.IndexAny(scheme, " \t"); i >= 0 {
		scheme = scheme[:i]
	}
	switch {
	case authorization == "REDACTED", authorization == "***",
		authorization == "Bearer REDACTED", authorization == "Bearer ***":
		return "redacted"
	case asciiLower(scheme) == "bearer":
		return "bearer"
	}
	return "other"
}

func nameRequestID(r record, b body, e *Entry) {
	id := b.requestID
	if id == "" {
		if !r.ended && !b.cut {
			id, _ = r.first("idheader", sent)
			if id == "" {
				id, _ = r.first("idgateway", sent)
			}
		}
	}
	e.e.rawID = id
	e.RequestID = clip(mask(valid([]byte(id))), 256)
}

// knownStatus are the statuses that the contract lists for a type.
var knownStatus = map[string][]int{
	"invalid_request_error": {400}, "authentication_error": {401}, "permission_error": {403},
	"not_found_error": {404, 410}, "conflict_error": {409}, "api_error": {500, 502, 503},
	"feature_not_available": {501},
}

func nameError(r record, b body, e *Entry) {
	e.Shape = b.shape
	e.Origin = originOf(r, b.shape)
	e.e.env = map[string]value{}
	for _, n := range memberNames {
		v := b.env[n]
		v.text = mask(v.text)
		if n != "message" {
			v.text = clip(v.text, 256)
		}
		e.e.env[n] = v
		if v.kind != 0 && e.Envelope == nil {
			e.Envelope = Envelope{}
		}
		switch v.kind {
		case '0':
			e.Envelope[n] = nil
		case 's':
			e.Envelope[n] = v.text
		case 'n':
			e.Envelope[n] = number(v.text)
		}
	}
	message := e.e.env["message"]
	if message.kind != 's' {
		message = value{}
	}
	if p := e.e.env["param"].key(); p != "" {
		e.Param, e.ParamSource = clip(param(p), 256), "field"
	} else if p, ok := paramFromMessage(message.text); ok {
		e.Param, e.ParamSource = clip(param(p), 256), "message"
	}
	switch {
	case message.part && message.text != "":
		e.Template = "(truncated)"
	default:
		e.Template = template(message.text)
	}
	if e.Template != "" {
		e.TemplateID = templateID(e.e.env["type"].key(), e.Template)
	}
	nameFindings(b, e)
}

func originOf(r record, shape string) string {
	if mark, ok := r.first("mark", any1); ok {
		switch mark {
		case "kong":
			return "gateway"
		case "upstream":
			return "app"
		}
	}
	switch shape {
	case "envelope":
		return "app"
	case "flat", "text", "html":
		return "gateway"
	}
	return "unknown"
}

func nameFindings(b body, e *Entry) {
	find := func(name string, found bool) {
		if found {
			e.Findings = append(e.Findings, name)
		}
	}
	env, code := e.e.env, e.e.status
	typ, feature, from := env["type"].key(), env["feature"].key(), env["available_from"].key()
	envelope := b.shape == "envelope"
	statuses, known := knownStatus[typ]
	truncated := e.has("truncated")
	judged := code > 0 && !b.sse
	find("type_status", judged && known && !slices.Contains(statuses, code))
	find("missing_type", envelope && typ == "" && !truncated)
	find("missing_message", envelope && (env["message"].kind != 's' || env["message"].text == "") && !truncated)
	find("feature_outside_501", judged && code != 501 && (feature != "" || from != ""))
	find("missing_feature", typ == "feature_not_available" && feature == "" && !truncated)
	find("outer_type", envelope && b.outer.key() != "error" && !truncated)
	find("error_in_success", judged && envelope && e.e.errorEvent)
}

// lexical looks at a JSON record byte by byte: control bytes and depth.
func lexical(in []byte) (control bool, deepest int) {
	inString, depth := false, 0
	for i := 0; i < len(in); i++ {
		c := in[i]
		switch {
		case c < 0x20 && (inString || !bytes.ContainsRune([]byte("\t\n\r"), rune(c))):
			control = true
		case c == '\\':
			if i+1 < len(in) && (inString && in[i+1] >= 0x20 || in[i+1] == '"' || in[i+1] == '\\') {
				i++
			}
		case c == '"':
			inString = !inString
		case !inString && (c == '{' || c == '['):
			depth++
			deepest = max(deepest, depth)
		case !inString && (c == '}' || c == ']'):
			depth--
		}
	}
	return control, deepest
}

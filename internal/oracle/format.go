package oracle

import (
	"bytes"
	"strings"
)

// A place is where a format keeps one value: ranks in order, each a dotted
// path whose last name may have alternatives. What parse/format/presets.go
// says, written down once more.
type place []string

// layout says where a JSON format keeps what.
type layout struct {
	name   string
	claim  []string // top-level names, alternatives with |
	fields map[string]place
	clock  map[string]func(string) (int64, bool)
	unit   int64 // of the duration, in ns
}

func headerPlaces(at string, m map[string]place) {
	for field, name := range map[string]string{
		"authorization": "authorization", "apikey": "x-api-key", "beta": "x-qoder-beta", "lang": "x-qoder-lang",
		"version": "x-qoder-package-version", "retry": "x-qoder-retry-count", "agent": "user-agent",
	} {
		m[field] = append(m[field], "^"+at+"."+name)
	}
}

// layouts are the formats in their rank.
var layouts = makeLayouts()

func makeLayouts() []layout {
	apisix := map[string]place{
		"time": {"start_time"}, "status": {"response.status"}, "method": {"request.method"},
		"uri": {"request.uri", "request.url"}, "duration": {"latency"}, "bytes": {"response.size"},
		"consumer": {"consumer.username"}, "address": {"client_ip"},
		"idheader": {"^response.headers.x-request-id|request-id"}, "body": {"response.body"},
		"headers": {"request.headers"},
	}
	headerPlaces("request.headers", apisix)
	kong := map[string]place{
		"time": {"started_at"}, "status": {"response.status"}, "method": {"request.method"},
		"uri": {"request.uri", "request.url"}, "duration": {"latencies.request"}, "bytes": {"response.size"},
		"consumer": {"consumer.username", "consumer.custom_id", "consumer.id", "authenticated_entity.id"},
		"address":  {"client_ip"}, "idheader": {"^response.headers.x-request-id|request-id"},
		"idgateway": {"request.id"}, "body": {"response.body"}, "mark": {"source"},
		"headers": {"request.headers"},
	}
	headerPlaces("request.headers", kong)
	nginx := map[string]place{
		"time": {"time|time_iso8601", "msec", "time_local"}, "status": {"status"}, "method": {"method|request_method"},
		"uri": {"uri|request_uri|path"}, "request": {"request"}, "duration": {"request_time"},
		"bytes": {"body_bytes_sent|bytes_sent"}, "authorization": {"http_authorization"}, "apikey": {"http_x_api_key"},
		"user": {"remote_user"}, "address": {"remote_addr"},
		"idheader":  {"upstream_request_id|sent_http_x_request_id|sent_http_request_id|upstream_http_x_request_id"},
		"idgateway": {"request_id"}, "beta": {"http_x_qoder_beta"}, "lang": {"http_x_qoder_lang"},
		"version": {"http_x_qoder_package_version"}, "retry": {"http_x_qoder_retry_count"},
		"agent": {"http_user_agent"}, "body": {"resp_body|response_body"}, "headers": {"headers"},
	}
	headerPlaces("headers", nginx)
	ms := func(s string) (int64, bool) { return nanoseconds(s, 1e6) }
	s := func(s string) (int64, bool) { return nanoseconds(s, 1e9) }
	return []layout{
		{
			name: "apisix", claim: []string{"start_time", "request", "response"}, fields: apisix, unit: 1e6,
			clock: map[string]func(string) (int64, bool){"start_time": ms},
		},
		{
			name: "kong", claim: []string{"started_at", "request"}, fields: kong, unit: 1e6,
			clock: map[string]func(string) (int64, bool){"started_at": ms},
		},
		{
			name: "nginx-json", claim: []string{"time|time_iso8601|msec|time_local", "status"}, fields: nginx, unit: 1e9,
			clock: map[string]func(string) (int64, bool){"time|time_iso8601": anyTime(rfc3339, clf, s), "msec": s, "time_local": clf},
		},
	}
}

// wants are what each format asks of a record, and under "auto" what any does.
var wants = makeWants()

func makeWants() map[string]*want {
	// Text formats look at the members of a JSON record, and into none.
	nothing := &want{members: map[string]*want{}}
	out := map[string]*want{"auto": {}, "combined": nothing, "common": nothing}
	for _, l := range layouts {
		out[l.name] = &want{}
		for _, places := range l.fields {
			for _, p := range places {
				out[l.name].ask(p) // a body that is an object is passed over here and judged by itself
				out["auto"].ask(p)
			}
		}
	}
	return out
}

// at finds the value of one rank of a place: the first member in the record
// that bears one of the names.
func at(root *node, path string) *node {
	path, fold := strings.CutPrefix(path, "^")
	parts := strings.Split(path, ".")
	for _, p := range parts[:len(parts)-1] {
		root = root.get(p, false)
	}
	if root == nil || root.kind != 'o' {
		return nil
	}
	names := strings.Split(parts[len(parts)-1], "|")
	for _, m := range root.members {
		for _, name := range names {
			if m.name == name || fold && asciiLower(m.name) == name {
				return m.value
			}
		}
	}
	return nil
}

// texts are the strings of a value: one, or the elements of an array.
func texts(n *node) []string {
	switch {
	case n == nil || !n.whole:
		return nil
	case n.kind == 's' || n.kind == 'n':
		return []string{string(n.text)}
	case n.kind == 'a':
		var out []string
		list, _ := walk(n.raw, nil)
		for _, e := range list.elems {
			if e.kind == 's' && e.whole {
				out = append(out, string(e.text))
			}
		}
		return out
	}
	return nil
}

// scalar is a value as text: of a string or a number.
func scalar(n *node) (string, bool) {
	if n == nil || !n.whole || n.kind != 's' && n.kind != 'n' {
		return "", false
	}
	return string(n.text), true
}

// A record is what one line holds before anything is named.
type record struct {
	format string
	ended  bool // the record ended early
	raw    []byte
	get    func(field string, rank int) (string, bool) // scalar of a rank; ok false: not there
	list   func(field string, rank int) []string
	there  func(field string, rank int) bool
	ranks  func(field string) int
	time   int64
	hasT   bool
	unit   int64
	body   *node
}

// jsonRecord claims an entry for a format.
func jsonRecord(cfg Config, root *node, raw []byte, ended bool) (record, bool) {
	for _, l := range layouts {
		if cfg.named() && cfg.Format != l.name {
			continue
		}
		claimed := true // a format that is named reads every record
		for _, names := range l.claim {
			if cfg.named() {
				break
			}
			found := false
			for name := range strings.SplitSeq(names, "|") {
				for _, m := range root.members {
					found = found || m.name == name && (m.value.whole || m.value.kind != 'n' && m.value.kind != '?')
				}
			}
			claimed = claimed && found
		}
		if !claimed {
			continue
		}
		r := record{format: l.name, ended: ended, raw: raw, unit: l.unit}
		r.get = func(f string, i int) (string, bool) { return scalar(at(root, l.fields[f][i])) }
		r.list = func(f string, i int) []string { return texts(at(root, l.fields[f][i])) }
		r.there = func(f string, i int) bool { n := at(root, l.fields[f][i]); return n != nil && n.kind != '0' }
		r.ranks = func(f string) int { return len(l.fields[f]) }
		if ended { // only the first of several places: the cut may hide a better one
			r.ranks = func(f string) int { return min(1, len(l.fields[f])) }
		}
		for _, p := range l.fields["time"][:r.ranks("time")] {
			if s, ok := scalar(at(root, p)); ok && !r.hasT {
				r.time, r.hasT = l.clock[p](s)
			}
		}
		for _, p := range l.fields["body"] {
			r.body = at(root, p)
		}
		return r, true
	}
	return record{}, false
}

// quoted takes a quoted field: to a quote before which stands an even number
// of backslashes. in begins behind the opening quote.
func quoted(in []byte) (text, rest []byte, ok bool) {
	slashes := 0
	for i, c := range in {
		switch {
		case c == '"' && slashes%2 == 0:
			return in[:i], in[i+1:], true
		case c == '\\':
			slashes++
		default:
			slashes = 0
		}
	}
	return in, nil, false
}

// textRecord claims a line of an access log: for the first format that is
// followed to its end, else for the first inside which the record ends.
func textRecord(cfg Config, raw []byte) (record, bool) {
	var cut *record
	for _, format := range []string{"combined", "common"} {
		if cfg.named() && cfg.Format != format {
			continue
		}
		r, e := followText(format, raw)
		switch {
		case e == complete:
			return r, true
		case e == cutShort && cut == nil:
			cut = &r
		}
	}
	if cut == nil {
		return record{}, false
	}
	cut.ended = true
	return *cut, true
}

// followText reads a line by a format: complete, cutShort where the line ends
// inside the format behind its time, else broken.
func followText(format string, raw []byte) (record, ending) {
	values := map[string]string{}
	r := record{format: format, raw: raw, unit: 1e9}
	r.get = func(f string, _ int) (string, bool) { v, ok := values[f]; return v, ok }
	r.list = func(f string, _ int) []string {
		if v, ok := values[f]; ok {
			return []string{v}
		}
		return nil
	}
	r.there = func(f string, _ int) bool { _, ok := values[f]; return ok }
	r.ranks = func(f string) int {
		if _, ok := values[f]; ok {
			return 1
		}
		return 0
	}
	// until takes a value up to the text that follows it in the format.
	until := func(field, stop string) bool {
		v, rest, ok := bytes.Cut(raw, []byte(stop))
		if ok {
			values[field], raw = string(v), rest
		}
		return ok
	}
	// field takes a quoted value and the text behind it.
	field := func(name, stop string) ending {
		v, rest, ok := quoted(raw)
		switch {
		case !ok, len(rest) < len(stop) && strings.HasPrefix(stop, string(rest)):
			if ok {
				values[name] = string(v)
			}
			return cutShort
		case !bytes.HasPrefix(rest, []byte(stop)):
			return broken
		}
		values[name], raw = string(v), rest[len(stop):]
		return complete
	}
	if !until("address", " ") || !until("ident", " ") || !until("user", " [") || !until("clock", "] \"") {
		return r, broken
	}
	if r.time, r.hasT = clf(values["clock"]); !r.hasT {
		return r, broken
	}
	if e := field("request", " "); e != complete {
		return r, e
	}
	if !until("status", " ") {
		return r, cutShort
	}
	if format == "common" {
		size, rest, more := bytes.Cut(raw, []byte(" "))
		switch {
		case len(raw) == 0:
			return r, cutShort
		case len(size) == 0:
			return r, broken
		case more && len(rest) == 0 || bytes.HasPrefix(rest, []byte(`"`)):
			return r, broken // that is combined, or may be behind the cut
		}
		values["bytes"] = string(size)
		return r, complete
	}
	if !until("bytes", ` "`) {
		size, rest, blank := bytes.Cut(raw, []byte(" "))
		if len(rest) > 0 {
			return r, broken
		}
		if blank {
			values["bytes"] = string(size)
		}
		return r, cutShort
	}
	if e := field("referer", ` "`); e != complete {
		return r, e
	}
	agent, rest, ok := quoted(raw)
	switch {
	case !ok:
		return r, cutShort
	case len(rest) > 0 && rest[0] != ' ':
		return r, broken
	}
	values["agent"] = string(agent)
	return r, complete
}

// anyTime is the first of several readings that works.
func anyTime(readings ...func(string) (int64, bool)) func(string) (int64, bool) {
	return func(text string) (int64, bool) {
		for _, read := range readings {
			if t, ok := read(text); ok {
				return t, true
			}
		}
		return 0, false
	}
}

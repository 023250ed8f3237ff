package oracle

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

const notHTTP = "(not http)"

// The managed endpoints, relative to /api/v1/cloud; C is the collection itself.
const managedText = `
agents: C {id} {id}/archive {id}/versions
environments: C {id} {id}/archive {id}/work {id}/work/poll {id}/work/stats {id}/work/{id} {id}/work/{id}/ack {id}/work/{id}/heartbeat {id}/work/{id}/stop
sessions: C {id} {id}/archive {id}/cancel {id}/events {id}/events/stream {id}/resources {id}/resources/{id} {id}/threads {id}/threads/{id} {id}/threads/{id}/archive {id}/threads/{id}/events {id}/threads/{id}/stream
deployments: C {id} {id}/archive {id}/pause {id}/unpause {id}/run {id}/runs {id}/runs/{id}
deployment_runs: C {id}
dreams: C {id} {id}/archive {id}/cancel
files: C {id} {id}/content
skills: C {id} {id}/versions {id}/versions/{id} {id}/versions/{id}/content
vaults: C {id} {id}/archive {id}/credentials {id}/credentials/{id} {id}/credentials/{id}/archive {id}/credentials/{id}/mcp_oauth_validate
memory_stores: C {id} {id}/archive {id}/memories {id}/memories/{id} {id}/memory_versions {id}/memory_versions/{id} {id}/memory_versions/{id}/redact {id}/versions {id}/versions/{id} {id}/versions/{id}/redact
models: C
`

// The forward endpoints, relative to /api/v1/forward.
const forwardText = `
templates: C {id} {id}/archive {id}/clone
identities: C admin/ensure stats {id} {id}/agents {id}/clear {id}/disable {id}/enable {id}/templates {id}/templates/{id}/config {id}/templates/{id}/effective {id}/templates/{id}/memory_stores {id}/memory_stores/{id}
sessions: C {id} {id}/archive {id}/cancel {id}/events {id}/events/stream {id}/resources {id}/threads {id}/threads/{id} {id}/threads/{id}/archive {id}/threads/{id}/events {id}/threads/{id}/stream
schedules: C archive {id} {id}/archive {id}/pause {id}/unpause {id}/run
schedule_runs: C {id}
batches: C {id} {id}/cancel {id}/error {id}/output {id}/tasks
channels: C {id} {id}/qr_sessions
qr_sessions: {id}
channel_pairings: C {id}
environments: C {id} {id}/archive
files: C {id} {id}/content
skills: C {id} {id}/versions {id}/versions/{id} {id}/versions/{id}/content
vaults: C {id} {id}/archive {id}/credentials {id}/credentials/{id} {id}/credentials/{id}/archive {id}/credentials/{id}/mcp_oauth_validate
memory_stores: C {id} {id}/archive {id}/memories {id}/memories/{id} {id}/memory_versions {id}/memory_versions/{id} {id}/memory_versions/{id}/redact
models: C
dreams: {id}/cancel
webhook: endpoints
resources: C
`

func catalogue(text string, front []string) [][]string {
	var out [][]string
	for line := range strings.Lines(text) {
		name, list, ok := strings.Cut(strings.TrimSpace(line), ": ")
		if !ok {
			continue
		}
		for t := range strings.FieldsSeq(list) {
			if t == "C" {
				out = append(out, append(slices.Clone(front), name))
			} else {
				out = append(out, append(append(slices.Clone(front), name), strings.Split(t, "/")...))
			}
		}
	}
	return out
}

var (
	managed = catalogue(managedText, nil)
	forward = catalogue(forwardText, []string{"forward"})

	schemeHost  = regexp.MustCompile(`\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*`)
	versionPart = regexp.MustCompile(`^v[0-9]+$`)
	literalPart = regexp.MustCompile(`^[a-z][a-z_-]{0,23}$`)
)

// splitTarget takes scheme, host, query and fragment off a request target.
func splitTarget(target string) (path string, http bool) {
	rest := schemeHost.ReplaceAllString(target, "")
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	if !strings.HasPrefix(rest, "/") {
		return target, false
	}
	return rest, true
}

// best is the matching template that has its literals first, nil for none.
func best(templates [][]string, segments []string) []string {
	var found []string
	for _, t := range templates {
		if len(t) != len(segments) {
			continue
		}
		ok := true
		for i := range t {
			ok = ok && (t[i] == "{id}" || t[i] == segments[i])
		}
		if ok && (found == nil || literalsFirst(t, found)) {
			found = t
		}
	}
	return found
}

func literalsFirst(a, b []string) bool {
	for i := range a {
		if x, y := a[i] == "{id}", b[i] == "{id}"; x != y {
			return y
		}
	}
	return false
}

// route names a path; known: by an own route or the catalogue.
func route(own []string, path string) (name string, known bool) {
	segments := slices.DeleteFunc(strings.Split(path, "/"), func(s string) bool { return s == "" })
	all := map[bool][][]string{false: managed, true: forward}
	for _, o := range own {
		t := slices.DeleteFunc(strings.Split(o, "/"), func(s string) bool { return s == "" })
		for i := range t {
			if strings.HasPrefix(t[i], "{") && strings.HasSuffix(t[i], "}") {
				t[i] = "{id}"
			}
		}
		isForward := len(t) > 0 && t[0] == "forward"
		all[isForward] = append(slices.Clip(all[isForward]), t)
	}
	both := append(slices.Clone(all[false]), all[true]...)
	for _, p := range []struct {
		prefix    []string
		templates [][]string
	}{{[]string{"api", "v1", "cloud"}, all[false]}, {[]string{"api", "v1"}, all[true]}, {[]string{"v1"}, both}, {nil, both}} {
		if len(segments) >= len(p.prefix) && slices.Equal(segments[:len(p.prefix)], p.prefix) {
			if t := best(p.templates, segments[len(p.prefix):]); t != nil {
				return "/" + strings.Join(t, "/"), true
			}
		}
	}
	var b bytes.Buffer
	for i, s := range segments {
		switch {
		case i == 8:
			b.WriteString("/*")
			return b.String(), false
		case versionPart.MatchString(s), literalPart.MatchString(s):
			b.WriteString("/" + s)
		default:
			b.WriteString("/{id}")
		}
	}
	if b.Len() == 0 {
		return "/", false
	}
	return b.String(), false
}

package gen

import "strings"

// class says how a request of an operation behaves.
type class uint8

const (
	read class = iota
	list
	create
	update
	action
	remove
	content
	stream
)

// op is one operation of the API. In its path a name in braces is the kind of
// an id; the route that errata names has {id} in each such place.
type op struct {
	method  string
	path    string
	class   class
	weight  int
	forward bool
	odd     bool   // none of the API's: path and route are literal
	status  uint16 // of an odd one

	route  string
	logged string // the method as errata names it, "" for what is none
	parts  []part
	index  int
}

// part is a literal piece of a path, or an id.
type part struct {
	lit string
	id  string
}

// managedOps are the operations of domain.md 1.5 that the traffic uses.
const managedOps = `
GET    /agents list 260
POST   /agents create 60
GET    /agents/{agent} read 420
POST   /agents/{agent} update 90
POST   /agents/{agent}/archive action 12
GET    /agents/{agent}/versions list 24
GET    /environments list 90
POST   /environments create 18
GET    /environments/{env} read 140
POST   /environments/{env} update 20
DELETE /environments/{env} remove 8
POST   /environments/{env}/archive action 5
GET    /environments/{env}/work list 40
GET    /environments/{env}/work/poll read 700
GET    /environments/{env}/work/stats read 30
GET    /environments/{env}/work/{work} read 60
POST   /environments/{env}/work/{work}/ack action 160
POST   /environments/{env}/work/{work}/heartbeat action 320
POST   /environments/{env}/work/{work}/stop action 20
GET    /sessions list 300
POST   /sessions create 420
GET    /sessions/{sess} read 900
POST   /sessions/{sess} update 60
DELETE /sessions/{sess} remove 25
POST   /sessions/{sess}/archive action 40
GET    /sessions/{sess}/events list 700
POST   /sessions/{sess}/events create 1100
GET    /sessions/{sess}/events/stream stream 520
GET    /sessions/{sess}/resources list 60
POST   /sessions/{sess}/resources create 130
GET    /sessions/{sess}/resources/{res} read 30
DELETE /sessions/{sess}/resources/{res} remove 15
GET    /sessions/{sess}/threads list 70
GET    /sessions/{sess}/threads/{thread} read 40
POST   /sessions/{sess}/threads/{thread}/archive action 6
GET    /sessions/{sess}/threads/{thread}/events list 45
GET    /sessions/{sess}/threads/{thread}/stream stream 30
GET    /deployments list 30
POST   /deployments create 10
GET    /deployments/{dep} read 40
POST   /deployments/{dep}/pause action 3
POST   /deployments/{dep}/unpause action 3
POST   /deployments/{dep}/run action 25
GET    /deployment_runs list 20
GET    /deployment_runs/{drun} read 35
GET    /dreams list 12
POST   /dreams create 8
GET    /dreams/{drm} read 18
POST   /dreams/{drm}/archive action 4
POST   /dreams/{drm}/cancel action 4
GET    /files list 60
POST   /files create 140
GET    /files/{file} read 110
DELETE /files/{file} remove 20
GET    /files/{file}/content content 210
GET    /skills list 50
POST   /skills create 12
GET    /skills/{skill} read 60
DELETE /skills/{skill} remove 4
GET    /skills/{skill}/versions list 15
POST   /skills/{skill}/versions create 9
GET    /skills/{skill}/versions/{ver} read 12
GET    /skills/{skill}/versions/{ver}/content content 14
GET    /vaults list 20
POST   /vaults create 10
GET    /vaults/{vault} read 26
DELETE /vaults/{vault} remove 3
POST   /vaults/{vault}/credentials create 22
GET    /vaults/{vault}/credentials/{cred} read 18
POST   /vaults/{vault}/credentials/{cred}/archive action 6
POST   /vaults/{vault}/credentials/{cred}/mcp_oauth_validate action 9
GET    /memory_stores list 24
POST   /memory_stores create 16
GET    /memory_stores/{memstore} read 30
GET    /memory_stores/{memstore}/memories list 55
POST   /memory_stores/{memstore}/memories create 70
GET    /memory_stores/{memstore}/memories/{mem} read 60
POST   /memory_stores/{memstore}/memories/{mem} update 35
GET    /memory_stores/{memstore}/memory_versions list 8
GET    /memory_stores/{memstore}/memory_versions/{memver} read 8
POST   /memory_stores/{memstore}/memory_versions/{memver}/redact action 2
GET    /models list 160
`

// forwardOps are those of domain.md 1.6, under /forward.
const forwardOps = `
GET    /templates list 60
POST   /templates create 14
GET    /templates/{tmpl} read 90
POST   /templates/{tmpl}/archive action 6
POST   /templates/{tmpl}/clone action 5
GET    /identities list 70
POST   /identities create 30
POST   /identities/admin/ensure action 45
GET    /identities/stats read 25
GET    /identities/{idn} read 120
POST   /identities/{idn}/disable action 4
GET    /identities/{idn}/templates list 20
GET    /identities/{idn}/templates/{tmpl}/config read 30
GET    /identities/{idn}/templates/{tmpl}/effective read 22
GET    /sessions list 80
POST   /sessions create 210
GET    /sessions/{sess} read 260
POST   /sessions/{sess}/archive action 18
POST   /sessions/{sess}/cancel action 20
GET    /sessions/{sess}/events list 190
POST   /sessions/{sess}/events create 330
GET    /sessions/{sess}/events/stream stream 180
GET    /schedules list 40
POST   /schedules create 14
POST   /schedules/archive action 4
GET    /schedules/{sched} read 30
POST   /schedules/{sched}/run action 12
GET    /schedule_runs list 30
GET    /schedule_runs/{sched} read 20
GET    /batches list 20
POST   /batches create 16
GET    /batches/{batch} read 70
GET    /batches/{batch}/error content 18
GET    /batches/{batch}/output content 30
GET    /batches/{batch}/tasks list 24
GET    /channels list 12
POST   /channels/{chan}/qr_sessions create 9
POST   /channel_pairings create 6
POST   /environments/{env} update 12
GET    /files list 20
POST   /files create 30
GET    /files/{file}/content content 26
POST   /dreams/{drm}/cancel action 5
`

// oddOps are requests that are none of the API's: their routes follow from
// the fallback rule, or are no HTTP.
func oddOps() []op {
	return []op{
		{method: "GET", path: "/healthz", route: "/healthz", logged: "GET", weight: 30, status: 200},
		{method: "GET", path: "/api/v1/cloud/widgets/w9x7", route: "/api/v1/cloud/widgets/{id}", logged: "GET", weight: 20, status: 404},
		{method: "POST", path: "/v2/agents/Agent-One", route: "/v2/agents/{id}", logged: "POST", weight: 12, status: 404},
		{method: "GET", path: "/wp-login.php", route: "/{id}", logged: "GET", weight: 16, status: 404},
		{method: "GET", path: "/a/b/c/d/e/f/g/h/i/j", route: "/a/b/c/d/e/f/g/h/*", logged: "GET", weight: 6, status: 404},
		{method: "GET", path: "/%2e%2e/%2e%2e/etc/passwd", route: "/{id}/{id}/etc/passwd", logged: "GET", weight: 8, status: 400},
		{method: "GET", path: "/", route: "/", logged: "GET", weight: 16, status: 200},
		{method: "OPTIONS", path: "*", route: "(not http)", logged: "OPTIONS", weight: 4, status: 400},
		{method: "PRI", path: "*", route: "(not http)", logged: "PRI", weight: 5, status: 400},
		{method: "get", path: "/agents", route: "(not http)", logged: "", weight: 4, status: 400},
		{method: "CONNECT", path: "example.com:443", route: "(not http)", logged: "CONNECT", weight: 4, status: 405},
		{method: "PROPFINDPROPFINDX", path: "/files", route: "(not http)", logged: "", weight: 2, status: 405},
	}
}

var classNames = map[string]class{
	"read": read, "list": list, "create": create, "update": update,
	"action": action, "remove": remove, "content": content, "stream": stream,
}

// catalogue returns all operations, the odd ones last; each knows its index.
func catalogue() []op {
	ops := parseOps(nil, managedOps, false)
	ops = parseOps(ops, forwardOps, true)
	for _, o := range oddOps() {
		o.odd = true
		ops = append(ops, o)
	}
	for i := range ops {
		ops[i].index = i
	}
	return ops
}

func parseOps(ops []op, table string, forward bool) []op {
	for line := range strings.Lines(table) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		o := op{method: f[0], logged: f[0], path: f[1], class: classNames[f[2]], forward: forward}
		for _, c := range f[3] {
			o.weight = o.weight*10 + int(c-'0')
		}
		rest := o.path
		if forward {
			o.route = "/forward"
		}
		for rest != "" {
			i := strings.IndexByte(rest, '{')
			if i < 0 {
				o.parts = append(o.parts, part{lit: rest})
				o.route += rest
				break
			}
			j := strings.IndexByte(rest, '}')
			o.parts = append(o.parts, part{lit: rest[:i]}, part{id: rest[i+1 : j]})
			o.route += rest[:i] + "{id}"
			rest = rest[j+1:]
		}
		ops = append(ops, o)
	}
	return ops
}

// hasRoute tells whether the API has the route, under the method if one is given.
func hasRoute(ops []op, method, route string) bool {
	for _, o := range ops {
		if !o.odd && o.route == route && (method == "" || o.method == method) {
			return true
		}
	}
	return false
}

// idPrefixes are what ids of a kind begin with (domain.md 1.4); kinds that are
// not listed have none that is documented.
var idPrefixes = map[string]string{
	"agent": "agent_", "env": "env_", "sess": "sess_", "file": "file_", "skill": "skill_", "vault": "vault_", "cred": "vcred_",
	"memstore": "memstore_", "mem": "mem_", "memver": "memver_", "dep": "dep_", "drun": "drun_", "drm": "drm_", "idn": "idn_",
	"tmpl": "tmpl_", "sched": "sched_", "batch": "batch_", "evt": "evt_", "work": "work_", "res": "res_", "thread": "thread_",
}

// appendID writes an id of a kind. Most are a prefix and a UUIDv7 without
// dashes, some the shapes seen in older documents.
func appendID(dst []byte, kind string, t int64, r *rng) []byte {
	switch kind {
	case "ver":
		if r.percent(50) {
			return appendInt(dst, int64(1+r.n(20)))
		}
		return appendInt(dst, 1_786_000_000_000_000+int64(r.n(1<<31))*100)
	case "chan", "pair":
		return appendUUID(dst, r)
	}
	dst = append(dst, idPrefixes[kind]...)
	switch r.n(40) {
	case 0:
		const base32 = "0123456789abcdefghjkmnpqrstvwxyz"
		dst = append(dst, '0', '0')
		for range 18 {
			dst = append(dst, base32[r.n(32)])
		}
		return dst
	case 1:
		dst = append(dst, "abc"...)
		return appendInt(dst, int64(100+r.n(900)))
	}
	dst = appendHex(dst, uint64(t/1e6), 12)
	dst = append(dst, '7')
	dst = appendHex(dst, r.next(), 3)
	return appendHex(dst, r.next()|1<<63, 16)
}

// appendUUID writes a random UUID with dashes.
func appendUUID(dst []byte, r *rng) []byte {
	a, b := r.next(), r.next()
	dst = append(appendHex(dst, a>>32, 8), '-')
	dst = append(appendHex(dst, a>>16, 4), '-', '4')
	dst = append(appendHex(dst, a, 3), '-', 'a')
	dst = append(appendHex(dst, b>>48, 3), '-')
	return appendHex(dst, b, 12)
}

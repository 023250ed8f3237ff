package gen

// canary is part of every secret that a caller holds or that is planted in
// plain text: where it turns up behind errata, a secret leaked.
const canary = "c4n4ry"

type authKind uint8

const (
	authBearer authKind = iota
	authKey             // x-api-key
	authBasic
	authNone
)

// caller is one client of the API.
type caller struct {
	index    int
	auth     authKind
	token    string // after the scheme
	consumer int    // the gateway's name for it, -1 none; several callers share one
	user     string // remote user, of Basic alone
	addr     string
	addrID   int // callers behind one NAT share an address
	prefix   uint8
	forward  bool
	sdk      string // language, "" for none
	version  string
	agent    string // User-Agent
	clumsy   int    // errors, in percent of the average
	beta     string // a value that it always sends, "" none
}

var agents = []string{
	"python-httpx/0.27.0", "curl/8.5.0", "okhttp/4.12.0", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "axios/1.7.2",
	"Go-http-client/2.0", "node", "PostmanRuntime/7.39.0", "acme-agent (build \"7\")", "",
}

var sdks = []struct{ lang, version, agent string }{
	{"go", "1.4.0", "Qoder/Go"},
	{"go", "1.2.3", "Qoder/Go"},
	{"go", "0.9.11", "Qoder/Go"},
	{"python", "2.1.0", "Qoder/Python 2.1.0"},
	{"python", "1.19.2", "Qoder/Python 1.19.2"},
	{"typescript", "3.0.1", "Qoder/JS 3.0.1"},
	{"java", "v1.0.0-beta", "Qoder/Java"},
}

// newCallers makes the callers of a traffic. The first ones ask most.
func newCallers(s *Scenario, seed uint64) []caller {
	cs := make([]caller, s.Callers)
	for i := range cs {
		r := derive(seed, kindCaller, uint64(i))
		c := &cs[i]
		c.index, c.consumer = i, -1
		switch k := r.n(100); {
		case k < 90:
			c.auth = authBearer
			c.token = string(appendToken([]byte("pt-"), &r))
		case k < 94:
			c.auth = authKey
			c.token = string(appendToken([]byte("pt-"), &r))
		case k < 97:
			c.auth = authBasic
			c.user = string(appendInt([]byte("svc-"), int64(i)))
			c.token = string(appendToken([]byte("U3Zj"), &r))
		default:
			c.auth = authNone
		}
		if r.percent(25) {
			c.consumer = i / 3
		}
		c.addrID = i
		if r.percent(12) {
			c.addrID = -1 - i/16
		}
		c.addr = address(c.addrID)
		c.prefix = uint8([]int{0, 0, 0, 0, 0, 0, 1, 1, 2, 0}[r.n(10)])
		c.forward = r.percent(s.Forward)
		if r.percent(64) {
			k := sdks[r.n(len(sdks))]
			c.sdk, c.version, c.agent = k.lang, k.version, k.agent
		} else {
			c.agent = agents[r.n(len(agents))]
		}
		c.clumsy = 40 + r.n(60)
		switch r.n(20) {
		case 0:
			c.clumsy = 900
		case 1, 2:
			c.clumsy = 250
		}
		if r.percent(4) {
			c.beta = "browser-use-2026-07-14"
		}
	}
	return cs
}

// address is an address of the ranges for benchmarks and documentation, a
// different one for each id; negative ids are NATs.
func address(id int) string {
	b := []byte("2001:db8::")
	if id < 0 {
		id = -1 - id
		if id < 64_000 {
			return string(appendInt(append(appendInt([]byte("198.19."), int64(id/250)), '.'), int64(id%250)))
		}
		b = []byte("2001:db8:1::")
	} else if id < 1<<16 && id%11 != 3 {
		return string(appendInt(append(appendInt([]byte("198.18."), int64(id>>8)), '.'), int64(id&255)))
	}
	b = append(appendHex(b, uint64(id>>16|0x1000), 4), ':')
	return string(appendHex(b, uint64(id&0xffff|0x10000), 4))
}

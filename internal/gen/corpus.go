package gen

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Corpora names the benchmark corpora.
func Corpora() []string { return []string{"access", "resp_str", "resp_obj"} }

// Corpus writes whole lines of a benchmark corpus, at least size bytes of them.
// The lines are an nginx's with the names of log_format escape=json (time,
// method, uri, status, request_time, request_id, remote_addr, http_user_agent,
// body_bytes_sent, …), their times spread over 60 minutes:
//
//	access    20 keys in three orders, no body; 0.2 % of the lines are cut
//	resp_str  19 keys in five layouts, in two of them the body before status; the body (resp_body) is an escaped string
//	resp_obj  the same records, the body is an object; what is no JSON stays a string
//
// A nested object headers holds x-qoder-beta. 2 % of the lines have their keys
// in any order. 12.1 % of the records are envelopes of 9 types, 14 params, 12
// features and 6 dates, a fifth of these with shuffled members. Of the response
// lines 1.1 % are cut at 2 or 4 KB, and one in 592 has a body that was cut
// inside the whole line; a quarter is ASCII-escaped, a tenth has blanks after
// commas and colons; one body in 80 has 20 KB, one envelope in 50 a message of
// 1.5 to 5.5 KB. Texts hold quotes, backslashes and regexes, successes hold
// decoys, and some errors are no envelopes. No key stands twice in an object.
func Corpus(kind string, seed uint64, size int64, out io.Writer) error {
	c := &corpus{kind: kind, seed: seed}
	switch kind {
	case "access":
		c.orders, c.mean = accessOrders, 517
	case "resp_str", "resp_obj":
		c.orders, c.mean = respOrders, 1446
	default:
		return fmt.Errorf("no corpus %q: known are %s", kind, strings.Join(Corpora(), ", "))
	}
	c.lines = max(size/c.mean, 1)
	c.init()
	var buf []byte
	for done, n := int64(0), uint64(0); done < size; n++ {
		from := len(buf)
		buf = append(c.line(buf, n), '\n')
		done += int64(len(buf) - from)
		if len(buf) >= flushAt || done >= size {
			if _, err := out.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	return nil
}

// corpus makes the records. They depend on the seed and their number alone, not
// on the kind, but for what the kind shows of them.
type corpus struct {
	kind   string
	seed   uint64
	orders [][]int
	mean   int64 // bytes of a line, about
	lines  int64 // about

	ops     alias
	list    []op
	clients alias
	addrs   []string
	begin   int64
	civil   civil

	// the current record
	r              rng
	order          []int
	sep, colon     string
	q              quoting
	envelope       bool
	status         int
	op             *op
	us             int64
	client         int
	path, id, body []byte
	isJSON         bool
	scratch        []byte
}

// The keys of a line. Orders name all that a kind of line has.
const (
	kTime = iota
	kAddr
	kUser
	kMethod
	kURI
	kProtocol
	kStatus
	kDuration
	kUpTime
	kUpStatus
	kUpAddr
	kRequestID
	kAgent
	kReferer
	kBodyBytes
	kBytes
	kHost
	kScheme
	kLength
	kHeaders
	kBody
)

var accessOrders = [][]int{
	{kTime, kAddr, kUser, kMethod, kURI, kProtocol, kStatus, kDuration, kUpTime, kUpStatus, kUpAddr, kRequestID, kAgent, kReferer, kBodyBytes, kBytes, kHost, kScheme, kLength, kHeaders},
	{kRequestID, kHost, kScheme, kMethod, kURI, kProtocol, kHeaders, kAgent, kReferer, kAddr, kUser, kStatus, kBodyBytes, kBytes, kLength, kDuration, kUpTime, kUpStatus, kUpAddr, kTime},
	{kStatus, kTime, kDuration, kMethod, kHost, kURI, kScheme, kProtocol, kUpAddr, kUpStatus, kUpTime, kBytes, kBodyBytes, kLength, kAgent, kHeaders, kReferer, kUser, kAddr, kRequestID},
}

var respOrders = [][]int{
	{kTime, kAddr, kMethod, kURI, kStatus, kDuration, kUpTime, kUpStatus, kUpAddr, kRequestID, kAgent, kBodyBytes, kHost, kScheme, kLength, kUser, kReferer, kHeaders, kBody},
	{kRequestID, kTime, kStatus, kMethod, kURI, kHeaders, kBody, kAddr, kUser, kDuration, kUpTime, kUpStatus, kUpAddr, kAgent, kReferer, kBodyBytes, kHost, kScheme, kLength},
	{kHost, kScheme, kMethod, kURI, kHeaders, kBody, kStatus, kBodyBytes, kDuration, kUpTime, kUpStatus, kUpAddr, kTime, kRequestID, kAddr, kUser, kAgent, kReferer, kLength},
	{kStatus, kDuration, kTime, kAddr, kUser, kURI, kMethod, kRequestID, kAgent, kReferer, kHost, kScheme, kLength, kUpStatus, kUpTime, kUpAddr, kBodyBytes, kBody, kHeaders},
	{kBody, kTime, kRequestID, kMethod, kURI, kStatus, kHeaders, kDuration, kAddr, kAgent, kReferer, kUser, kHost, kScheme, kLength, kBodyBytes, kUpStatus, kUpTime, kUpAddr},
}

func (c *corpus) init() {
	c.begin = time.Date(2026, 9, 22, 8, 0, 0, 0, time.UTC).Unix()
	c.list = catalogue()
	var weights []int
	for _, o := range c.list {
		w := o.weight
		if o.odd {
			w = 0
		}
		weights = append(weights, w)
	}
	c.ops = newAlias(weights)
	const clients = 5_000
	weights = weights[:0]
	for i := range clients {
		weights = append(weights, 1_000_000_000/(i+12))
		c.addrs = append(c.addrs, address(i))
	}
	c.clients = newAlias(weights)
}

// line appends the n-th line.
func (c *corpus) line(dst []byte, n uint64) []byte {
	from := len(dst)
	c.r = derive(c.seed, kindPlan, n)
	r := &c.r
	c.record(n)
	c.order = append(c.order[:0], c.orders[int(n*2654435761>>8)%len(c.orders)]...)
	shuffled := r.percent(2)
	if shuffled {
		shuffle(c.order, r)
	}
	dst = append(dst, '{')
	for i, k := range c.order {
		if i > 0 {
			dst = append(dst, c.sep...)
		}
		dst = c.field(dst, k, n)
	}
	dst = append(dst, '}')
	size := len(dst) - from
	switch {
	case c.kind != "access" && size > 2048 && c.cut(n):
		end := 2048
		if size > 4096 && mix(n)&1 == 0 {
			end = 4096
		}
		dst = dst[:from+end]
	case c.kind == "access" && mix(c.seed^n<<1)%1000 < 2:
		dst = dst[:from+20+int(mix(n)%uint64(size-21))]
	}
	return dst
}

// cut picks the lines that are cut: nine in a thousand, all of them with a long
// body, and some more that are long anyway.
func (c *corpus) cut(n uint64) bool { return mix(c.seed+n*3)%1000 < 11 }

// record draws all that a record is, in the same order for every kind.
func (c *corpus) record(n uint64) {
	r := &c.r
	c.sep, c.colon, c.q = ",", ":", quotePlain
	if r.percent(10) {
		c.sep, c.colon = ", ", ": "
	}
	if r.percent(25) {
		c.q = quoteASCII
	}
	c.op = &c.list[c.ops.pick(r)]
	c.client = c.clients.pick(r)
	c.us = 3_000 + r.exp(80_000)
	c.path = append(c.path[:0], prefixes[0][btoi(c.op.forward)]...)
	c.id = c.id[:0]
	for _, p := range c.op.parts {
		c.path = append(c.path, p.lit...)
		if p.id != "" {
			at := len(c.path)
			c.path = appendID(c.path, p.id, c.begin*1e9, r)
			c.id = append(c.id[:0], c.path[at:]...)
		}
	}
	if c.op.class == list {
		c.path = append(c.path, queries[1+r.n(len(queries)-3)]...)
	}
	c.envelope = r.n(1000) < 121
	c.status = []int{200, 200, 200, 201}[r.n(4)]
	c.body, c.isJSON = c.body[:0], true
	switch {
	case c.envelope:
		c.envelopeBody(n)
	case r.n(1000) < 18:
		c.otherError()
	default:
		c.successBody(n)
	}
	if c.isJSON && c.kind != "access" && mix(c.seed+n*5)%592 == 0 {
		c.body = c.body[:1+int(mix(n+7)%uint64(len(c.body)-1))]
		c.isJSON = false
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

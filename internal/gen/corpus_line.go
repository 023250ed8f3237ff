package gen

var corpusKeys = [...]string{
	"time", "remote_addr", "remote_user", "method", "uri", "server_protocol", "status", "request_time", "upstream_response_time", "upstream_status",
	"upstream_addr", "request_id", "http_user_agent", "http_referer", "body_bytes_sent", "bytes_sent", "host", "scheme", "request_length", "headers", "resp_body",
}

// field appends one key with its value.
func (c *corpus) field(dst []byte, k int, n uint64) []byte {
	dst = append(append(append(dst, '"'), corpusKeys[k]...), '"')
	dst = append(dst, c.colon...)
	h := mix(c.seed ^ n)
	switch k {
	case kTime:
		sec := min(int64(n)*3600/c.lines, 3599)
		dst = append(c.civil.appendISO(append(dst, '"'), c.begin+sec, 480), '"')
	case kAddr:
		dst = appendString(dst, c.addrs[c.client], quotePlain)
	case kUser:
		dst = append(dst, `"-"`...)
	case kMethod:
		dst = appendString(dst, c.op.method, quotePlain)
	case kURI:
		dst = appendString(dst, c.path, quotePlain)
	case kProtocol:
		dst = append(dst, `"HTTP/2.0"`...)
	case kStatus:
		dst = appendInt(dst, int64(c.status))
	case kDuration:
		dst = appendMillis(dst, c.us)
	case kUpTime:
		dst = append(appendMillis(append(dst, '"'), c.us*9/10), '"')
	case kUpStatus:
		dst = append(appendInt(append(dst, '"'), int64(c.status)), '"')
	case kUpAddr:
		dst = append(append(append(dst, `"10.0.4.`...), byte('1'+h%8)), `:8080"`...)
	case kRequestID:
		dst = append(appendHex(appendHex(append(dst, '"'), h, 16), mix(h), 16), '"')
	case kAgent:
		dst = appendString(dst, agents[c.client%3], quotePlain)
	case kReferer:
		if h>>40&7 == 0 {
			return append(dst, `"https://console.example.com/agents?tab=\"all\""`...)
		}
		dst = append(dst, `"-"`...)
	case kBodyBytes:
		dst = appendInt(dst, int64(200+h>>8&4095))
	case kBytes:
		dst = appendInt(dst, int64(500+h>>8&4095))
	case kHost:
		dst = append(dst, `"api.example.com"`...)
	case kScheme:
		dst = append(dst, `"https"`...)
	case kLength:
		dst = appendInt(dst, int64(300+h>>20&1023))
	case kHeaders:
		dst = c.headers(dst, h)
	case kBody:
		dst = c.bodyValue(dst)
	}
	return dst
}

func (c *corpus) headers(dst []byte, h uint64) []byte {
	pair := func(k, v string, first bool) {
		if !first {
			dst = append(dst, c.sep...)
		}
		dst = appendString(dst, k, quotePlain)
		dst = appendString(append(dst, c.colon...), v, quotePlain)
	}
	dst = append(dst, '{')
	beta := h>>4%10 < 3
	if c.kind != "access" {
		pair("accept", "application/json", true)
		pair("x-qoder-retry-count", []string{"0", "0", "0", "1", "2"}[h%5], false)
	}
	if beta {
		pair("x-qoder-beta", corpusBetas[h>>8%uint64(len(corpusBetas))], c.kind == "access")
	}
	return append(dst, '}')
}

var corpusBetas = []string{"browser-use-2026-07-14", "synthetic-feature-a-2026-07-14", "synthetic-feature-b-2026-01-02"}

func (c *corpus) bodyValue(dst []byte) []byte {
	if c.kind == "resp_obj" && c.isJSON {
		return append(dst, c.body...)
	}
	return appendString(dst, c.body, quotePlain)
}

var corpusTypes = []struct {
	typ    string
	status int
}{
	{invalid, 400},
	{authn, 401},
	{permitted, 403},
	{missing, 404},
	{conflict, 409},
	{apiError, 500},
	{"feature_not_available", 501},
	{"rate_limit_error", 429},
	{"overloaded_error", 529},
}

var corpusParams = []string{
	"name", "model", "limit", "path", "agent_id", "file_id", "tools[0].type", "tools[12].input_schema", "messages[3].content", "messages[0].role",
	"resources[1].file_id", "metadata.owner", "config.env[2].value", "schedule.cron",
}

var corpusDates = []string{"2026-06-30", "2026-07-14", "2026-08-02", "2026-09-01", "2026-10-05", "2026-11-11"}

var corpusMessages = []string{
	`Field 'name' must match "^[a-z][a-z0-9_-]{0,63}$".`, `path "C:\temp\new" is not allowed`, "The resource was not found.", "Missing required field: name",
	`Unexpected token "}" in JSON at position 17`, "Größe über dem Limit: 32 MB", "参数 \"model\" 无效", "You do not have permission to access this resource 😀.",
	`pattern \d+(\.\d+)?\s*$ did not match`, "Idempotency key reused with a different request body.",
}

func (c *corpus) key(k string, first bool) {
	if !first {
		c.body = append(c.body, c.sep...)
	}
	c.body = append(append(append(c.body, '"'), k...), '"')
	c.body = append(c.body, c.colon...)
}

func (c *corpus) text(k, v string, first bool) {
	c.key(k, first)
	c.body = appendString(c.body, v, c.q)
}

// envelopeBody writes an error of the API.
func (c *corpus) envelopeBody(n uint64) {
	r := &c.r
	t := corpusTypes[[]int{0, 0, 0, 0, 1, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8}[r.n(15)]]
	c.status = t.status
	inner := []int{memType, memMessage, memParam, memFeature, memAvailable}
	outer := []int{0, 1, 2}
	if r.percent(20) {
		shuffle(inner, r)
		shuffle(outer, r)
	}
	message := corpusMessages[r.n(len(corpusMessages))]
	long := r.n(50) == 0
	length := 1_500 + r.n(4_000)
	param, feature, date := r.n(len(corpusParams)), r.n(12), r.n(len(corpusDates))
	hasParam := t.status == 400 && r.percent(70)
	name := string(rune('a' + feature))
	c.body = append(c.body, '{')
	for i, o := range outer {
		switch o {
		case 0:
			c.text("type", "error", i == 0)
		case 1:
			c.key("request_id", i == 0)
			c.body = append(appendUUID(append(c.body, '"'), r), '"')
		case 2:
			c.key("error", i == 0)
			c.body = append(c.body, '{')
			first := true
			for _, m := range inner {
				switch {
				case m == memType:
					c.text("type", t.typ, first)
				case m == memMessage && long:
					c.key("message", first)
					c.scratch = appendFiller(append(append(c.scratch[:0], message...), ' '), length, r)
					c.body = appendString(c.body, c.scratch, c.q)
				case m == memMessage:
					c.text("message", message, first)
				case m == memParam && hasParam:
					c.text("param", corpusParams[param], first)
				case m == memFeature && t.status == 501:
					c.text("feature", "synthetic-feature-"+name, first)
				case m == memAvailable && t.status == 501:
					c.text("available_from", "synthetic-feature-"+name+"-"+corpusDates[date], first)
				default:
					continue
				}
				first = false
			}
			c.body = append(c.body, '}')
		}
	}
	c.body = append(c.body, '}')
	c.lengthen(n)
}

// otherError writes an error that is no envelope.
func (c *corpus) otherError() {
	r := &c.r
	switch r.n(4) {
	case 0:
		c.status = 401
		c.body = append(c.body, `{"code":"TOKEN_INVALID","message":"invalid pt-token","timestamp":"1789199957397"}`...)
	case 1:
		c.status, c.isJSON = 502, false
		c.body = append(c.body, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"...)
	case 2:
		c.status, c.isJSON = 503, false
		c.body = append(c.body, "upstream connect error or disconnect/reset before headers. reset reason: connection timeout"...)
	case 3:
		c.status = 429
		c.body = append(c.body, `{"message":"API rate limit exceeded"}`...)
	}
}

// successBody writes a reply of a few hundred bytes, some with decoys.
func (c *corpus) successBody(n uint64) {
	r := &c.r
	c.body = append(c.body, '{')
	c.text("object", "list", true)
	if r.percent(4) {
		c.key("paused_reason", false)
		c.body = append(c.body, `{"type":"error","error":{"type":"not_this_one","message":"\"}"}}`...)
	}
	if r.percent(2) {
		c.key("error", false)
		c.body = append(c.body, `{"type":"not_this_one"}`...)
	}
	c.key("data", false)
	c.body = append(c.body, '[')
	for i := range 1 + r.n(4) {
		if i > 0 {
			c.body = append(c.body, c.sep...)
		}
		c.body = append(c.body, '{')
		c.key("id", true)
		c.body = append(appendID(append(c.body, '"'), "evt", c.begin*1e9, r), '"')
		c.text("type", "agent.message", false)
		c.key("content", false)
		c.body = append(c.body, '[', '{')
		c.text("type", "text", true)
		c.key("text", false)
		c.scratch = appendFiller(c.scratch[:0], 20+r.n(90), r)
		c.body = appendString(c.body, c.scratch, c.q)
		c.body = append(c.body, '}', ']')
		c.key("n", false)
		c.body = append(appendInt(c.body, int64(r.n(100_000))), ".5e1"...)
		c.body = append(c.body, '}')
	}
	c.body = append(c.body, ']')
	c.key("has_more", false)
	c.body = append(c.body, "false"...)
	c.key("next_page", false)
	c.body = append(c.body, "null}"...)
	c.lengthen(n)
}

// lengthen adds 20 KB to one body in 80, and to those whose lines are cut.
func (c *corpus) lengthen(n uint64) {
	if c.kind == "access" || c.r.n(80) != 0 && !c.cut(n) {
		return
	}
	c.body = c.body[:len(c.body)-1]
	c.key("content", false)
	c.scratch = appendFiller(c.scratch[:0], 20_000, &c.r)
	c.body = appendString(c.body, c.scratch, c.q)
	c.body = append(c.body, '}')
}

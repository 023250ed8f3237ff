package gen

// apisix writes an entry of APISIX's kafka-logger (domain.md 4.2).
func (w *writer) apisix(e *entry, b *bodies, m *mangle) {
	w.lit("{")
	switch m.layout {
	case 0:
		w.apisixHead(e, m)
		w.lit(",")
		w.apisixRequest(e, m)
		w.lit(",")
		w.response(e, b, m, m.layout == 1)
	case 1:
		w.response(e, b, m, m.layout == 1)
		w.lit(",")
		w.apisixHead(e, m)
		w.lit(",")
		w.apisixRequest(e, m)
	case 2:
		w.apisixRequest(e, m)
		w.lit(",")
		w.response(e, b, m, m.layout == 1)
		w.lit(",")
		w.apisixHead(e, m)
	}
	w.lit(`,"server":{"hostname":"apisix-`)
	w.line = append(w.line, byte('0'+w.seqHex%3))
	w.lit(`","version":"3.16.0"}`)
	if c := e.caller; c.consumer >= 0 && e.auth == c.auth {
		w.lit(`,"consumer":{"username":"org-`)
		w.line = appendInt(w.line, int64(c.consumer))
		w.lit(`"}`)
	}
	w.lit("}")
}

func (w *writer) apisixHead(e *entry, m *mangle) {
	w.lit(`"client_ip":"`)
	w.lit(e.caller.addr)
	w.lit(`","start_time":`)
	if m.line == noTime {
		w.lit("null")
	} else {
		w.line = appendInt(w.line, w.t/1e6)
	}
	w.timeEnd = len(w.line)
	w.lit(`,"latency":`)
	w.line = appendCJSON(w.line, e.us, uint32(w.seqHex))
	up := e.us * 9 / 10
	if e.fault == nil || e.fault.form == formEnvelope {
		w.lit(`,"upstream_latency":`)
		w.line = appendInt(w.line, up/1000)
	}
	w.lit(`,"apisix_latency":`)
	w.line = appendCJSON(w.line, e.us-up, uint32(w.seqHex>>32))
	w.lit(`,"upstream":"10.0.4.`)
	w.line = appendInt(w.line, int64(w.seqHex>>8&15))
	w.lit(`:8080","route_id":"cloud-agents","service_id":""`)
}

func (w *writer) apisixRequest(e *entry, m *mangle) {
	w.lit(`"request":{`)
	w.claims()
	w.lit(`"method":"`)
	w.line = append(w.line, e.op.method...)
	w.lit(`","uri":`)
	w.path()
	w.lit(`,"url":"https://api.example.com:443`)
	w.line = appendEscaped(w.line, w.target, quotePlain)
	w.lit(`","querystring":{},"size":`)
	w.line = appendInt(w.line, int64(300+w.seqHex&1023))
	if m.headers {
		w.lit(`,"headers":`)
		w.headers(e, false)
	}
	w.lit("}")
}

// response writes the response object that APISIX and Kong have alike. With the
// body first, its status is only known behind it.
func (w *writer) response(e *entry, b *bodies, m *mangle, bodyFirst bool) {
	w.lit(`"response":{`)
	if w.f.name != "kong" {
		w.claims()
	}
	if bodyFirst {
		w.lit(`"size":`)
		w.line = appendInt(w.line, e.size)
		w.body("body", e, b, m)
		w.lit(`,"status":`)
		w.status(e, m, false)
	} else {
		w.lit(`"status":`)
		w.status(e, m, false)
		w.lit(`,"size":`)
		w.line = appendInt(w.line, e.size)
	}
	w.responseHeaders(e)
	if !bodyFirst {
		w.body("body", e, b, m)
	}
	if m.duplicate {
		w.lit(`,"status":299`)
	}
	w.lit("}")
}

func (w *writer) responseHeaders(e *entry) {
	w.lit(`,"headers":{"content-type":"application`)
	if w.quoting() == quoteSlash {
		w.lit(`\`)
	}
	w.lit(`/json","x-request-id":"`)
	w.requestUUID(e)
	w.lit(`"}`)
}

// kong writes an entry of Kong's http-log and kafka-log (domain.md 4.3) with
// the response's body as a custom field.
func (w *writer) kong(e *entry, b *bodies, m *mangle) {
	w.lit("{")
	if m.layout == 1 {
		w.kongTail(e, m)
		w.lit(",")
	}
	w.lit(`"request":{`)
	w.claims()
	w.lit(`"id":"`)
	w.gatewayID()
	w.lit(`","method":"`)
	w.line = append(w.line, e.op.method...)
	w.lit(`","uri":`)
	w.path()
	w.lit(`,"url":"https:\/\/api.example.com:8443`)
	w.line = appendEscaped(w.line, w.target, quoteSlash)
	w.lit(`","querystring":{},"size":`)
	w.line = appendInt(w.line, int64(300+w.seqHex&1023))
	if m.headers {
		w.lit(`,"headers":`)
		w.headers(e, true)
	}
	w.lit("},")
	w.response(e, b, m, m.layout == 2)
	if m.layout != 1 {
		w.lit(",")
		w.kongTail(e, m)
	}
	c := e.caller
	if c.consumer >= 0 && e.auth == c.auth {
		// the first of username, custom_id and id that is there names the consumer
		switch c.consumer % 5 {
		case 1:
			w.lit(`,"consumer":{"id":"`)
			w.line = appendHex(w.line, mix(uint64(c.consumer)), 16)
			w.lit(`","custom_id":"org-`)
		case 2:
			w.lit(`,"consumer":{"id":"org-`)
		case 3:
			w.lit(`,"authenticated_entity":{"id":"org-`)
		default:
			w.lit(`,"consumer":{"custom_id":"x","username":"org-`)
		}
		w.line = appendInt(w.line, int64(c.consumer))
		w.lit(`"}`)
	}
	w.lit("}")
}

func (w *writer) kongTail(e *entry, m *mangle) {
	up := e.us * 9 / 10
	w.lit(`"latencies":{"kong":`)
	w.line = appendInt(w.line, (e.us-up)/1000)
	w.lit(`,"proxy":`)
	gateway := e.fault != nil && e.fault.form != formEnvelope
	if gateway {
		w.lit("-1")
	} else {
		w.line = appendInt(w.line, up/1000)
	}
	w.lit(`,"request":`)
	w.line = appendInt(w.line, e.us/1000)
	w.lit(`,"receive":1},"upstream_status":"`)
	if !gateway {
		w.line = appendInt(w.line, int64(e.status))
	}
	w.lit(`","upstream_uri":`)
	w.line = appendString(w.line, w.target, quoteSlash)
	w.lit(`,"source":"`)
	if gateway {
		w.lit("kong")
	} else {
		w.lit("upstream")
	}
	w.lit(`","started_at":`)
	if m.line == noTime {
		w.lit("null")
	} else {
		w.line = appendInt(w.line, w.t/1e6)
	}
	w.timeEnd = len(w.line)
	w.lit(`,"client_ip":"`)
	w.lit(e.caller.addr)
	w.lit(`","tries":[{"ip":"10.0.4.17","port":8080,"balancer_latency":0,"balancer_start_ns":`)
	w.line = appendExponent(w.line, e.t/1e6)
	w.lit(`}],"workspace_name":"default"`)
}

// appendExponent writes milliseconds as nanoseconds, as lua-cjson writes large
// numbers: 1.790064930123e+18.
func appendExponent(dst []byte, ms int64) []byte {
	digits, exp := appendInt(nil, ms), 6
	exp += len(digits) - 1
	for len(digits) > 1 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	dst = append(dst, digits[0])
	if len(digits) > 1 {
		dst = append(append(dst, '.'), digits[1:]...)
	}
	return appendInt(append(dst, "e+"...), int64(exp))
}

// nginx writes a line of nginx's escape=json with the names of domain.md 4.4.
func (w *writer) nginx(e *entry, b *bodies, m *mangle) {
	w.lit("{")
	switch m.layout {
	case 0:
		w.nginxTime(m)
		w.nginxRequest(e, m)
		w.body("resp_body", e, b, m)
		w.nginxHeaders(e, m)
	case 1:
		w.nginxTime(m)
		w.body("resp_body", e, b, m)
		w.nginxHeaders(e, m)
		w.nginxRequest(e, m)
	case 2:
		w.lit(`"host":"api.example.com"`)
		w.nginxHeaders(e, m)
		w.nginxRequest(e, m)
		w.body("resp_body", e, b, m)
		w.lit(",")
		w.nginxTime(m)
	}
	if m.duplicate {
		w.lit(`,"status":"299","time":"2001-01-01T00:00:00Z"`)
	}
	w.lit("}")
}

func (w *writer) nginxTime(m *mangle) {
	w.lit(`"time":"`)
	if m.line == noTime {
		w.lit("-")
	} else {
		w.line = w.civil.appendISO(w.line, w.t/1e9, m.zone)
	}
	w.lit(`"`)
	w.timeEnd = len(w.line)
}

func (w *writer) nginxRequest(e *entry, m *mangle) {
	w.lit(`,"remote_addr":"`)
	w.lit(e.caller.addr)
	w.lit(`","remote_user":"`)
	if e.caller.user != "" && e.auth == authBasic {
		w.lit(e.caller.user)
	} else if w.seqHex&1 == 0 {
		w.lit("-")
	}
	w.lit(`","method":"`)
	w.line = append(w.line, e.op.method...)
	w.lit(`","uri":`)
	w.path()
	w.lit(`,"status":`)
	w.status(e, m, w.seqHex>>4&7 != 0)
	w.lit(`,"request_time":"`)
	w.line = appendMillis(w.line, e.us)
	w.lit(`","upstream_response_time":"`)
	gateway := e.fault != nil && e.fault.form != formEnvelope
	switch {
	case gateway:
		w.lit(`-","upstream_status":"-`)
	case w.seqHex>>8&63 == 0: // two upstreams were tried
		w.lit("0.010, ")
		w.line = appendMillis(w.line, e.us*9/10)
		w.lit(`","upstream_status":"502, `)
		w.line = appendInt(w.line, int64(e.status))
	default:
		w.line = appendMillis(w.line, e.us*9/10)
		w.lit(`","upstream_status":"`)
		w.line = appendInt(w.line, int64(e.status))
	}
	w.lit(`","request_id":"`)
	w.gatewayID()
	w.lit(`","upstream_request_id":"`)
	w.requestUUID(e)
	w.lit(`","body_bytes_sent":"`)
	w.line = appendInt(w.line, e.size)
	w.lit(`"`)
}

func (w *writer) nginxHeaders(e *entry, m *mangle) {
	w.lit(`,"http_user_agent":`)
	w.line = appendString(w.line, w.agent, quotePlain)
	if !m.headers {
		return
	}
	w.lit(`,"http_authorization":"`)
	w.line = appendAuthorization(w.line, e)
	w.lit(`"`)
	if e.auth == authKey {
		w.lit(`,"http_x_api_key":`)
		w.str(e.caller.token)
	}
	if e.caller.sdk != "" {
		w.lit(`,"http_x_qoder_lang":"` + e.caller.sdk + `","http_x_qoder_package_version":"` + e.caller.version + `","http_x_qoder_retry_count":"`)
		w.line = append(w.line, '0'+e.attempt, '"')
	}
	w.lit(`,"http_x_qoder_beta":"`)
	beta := w.betaHeaders(e)
	if len(beta) == 0 && w.seqHex>>20&1 == 0 {
		w.lit("-")
	}
	for i, v := range beta {
		if i > 0 {
			w.lit(", ")
		}
		w.line = appendEscaped(w.line, v, quotePlain)
	}
	w.lit(`"`)
	if e.secret == secretInCookie {
		w.lit(`,"http_cookie":"sid=`)
		r := derive(w.seed, kindSecret, ^e.seq)
		w.line = append(appendToken(w.line, &r), '"')
	}
}

package format

// Presets returns the built-in formats in the order of rank: where two claim a
// record, the first one decodes it. Sources: the gateways' documentation and
// source, see docs/reference.
func Presets() []Preset {
	return []Preset{apisix(), kong(), nginxJSON(), combined(), common()}
}

// headers are the request header fields that every format with a header object has.
func headers(at string) []Field {
	return []Field{
		{To: Headers, Path: at},
		{To: Authorization, Path: at + ".authorization", Fold: true},
		{To: APIKey, Path: at + ".x-api-key", Fold: true},
		{To: ForwardedFor, Path: at + ".x-forwarded-for", Fold: true},
		{To: Beta, Path: at + ".x-qoder-beta", Fold: true},
		{To: Lang, Path: at + ".x-qoder-lang", Fold: true},
		{To: PackageVersion, Path: at + ".x-qoder-package-version", Fold: true},
		{To: RetryCount, Path: at + ".x-qoder-retry-count", Fold: true},
		{To: UserAgent, Path: at + ".user-agent", Fold: true},
	}
}

// apisix is kafka-logger, http-logger and file-logger of Apache APISIX with the default log format.
func apisix() Preset {
	return Preset{
		Name:  "apisix",
		Claim: []string{"start_time", "request", "response"},
		Fields: append([]Field{
			{To: Time, Path: "start_time", As: UnixMillis},
			{To: Status, Path: "response.status", As: StatusCode},
			{To: Method, Path: "request.method"},
			{To: URI, Path: "request.uri"},
			{To: URI, Path: "request.url"},
			{To: Duration, Path: "latency", As: Millis},
			{To: Bytes, Path: "response.size", As: Int},
			{To: Consumer, Path: "consumer.username"},
			{To: Address, Path: "client_ip", As: AddressPort},
			{To: RequestIDHeader, Path: "response.headers.x-request-id|response.headers.request-id", Fold: true},
			{To: Body, Path: "response.body", As: JSONOrString},
		}, headers("request.headers")...),
	}
}

// kong is http-log, file-log and kafka-log: the body is a custom field that the operator names response.body.
func kong() Preset {
	return Preset{
		Name:  "kong",
		Claim: []string{"started_at", "request"},
		Fields: append([]Field{
			{To: Time, Path: "started_at", As: UnixMillis},
			{To: Status, Path: "response.status", As: StatusCode},
			{To: Method, Path: "request.method"},
			{To: URI, Path: "request.uri"},
			{To: URI, Path: "request.url"},
			{To: Duration, Path: "latencies.request", As: Millis},
			{To: Bytes, Path: "response.size", As: Int},
			{To: Consumer, Path: "consumer.username"},
			{To: Consumer, Path: "consumer.custom_id"},
			{To: Consumer, Path: "consumer.id"},
			{To: Consumer, Path: "authenticated_entity.id"},
			{To: Address, Path: "client_ip", As: AddressPort},
			{To: RequestIDHeader, Path: "response.headers.x-request-id|response.headers.request-id", Fold: true},
			{To: RequestIDGateway, Path: "request.id"},
			{To: Body, Path: "response.body", As: JSONOrString},
			{To: OriginMark, Path: "source", As: OriginIsKong},
		}, headers("request.headers")...),
	}
}

// nginxJSON is log_format escape=json with the key names of docs/howto/nginx-json.md, or nginx's variable names.
func nginxJSON() Preset {
	return Preset{
		Name:  "nginx-json",
		Claim: []string{"time|time_iso8601|msec|time_local", "status"},
		Fields: append([]Field{
			{To: Time, Path: "time|time_iso8601", As: AnyTime}, // the key is the operator's, so is what stands there
			{To: Time, Path: "msec", As: UnixSeconds},
			{To: Time, Path: "time_local", As: CLF},
			{To: Status, Path: "status", As: StatusCode},
			{To: Method, Path: "method|request_method"},
			{To: URI, Path: "uri|request_uri|path"},
			{To: Request, Path: "request"},
			{To: Duration, Path: "request_time", As: Seconds},
			{To: Bytes, Path: "body_bytes_sent|bytes_sent", As: Int},
			{To: Authorization, Path: "http_authorization"},
			{To: APIKey, Path: "http_x_api_key"},
			{To: User, Path: "remote_user"},
			{To: Address, Path: "remote_addr", As: AddressPort},
			{To: ForwardedFor, Path: "http_x_forwarded_for"},
			{To: RequestIDHeader, Path: "upstream_request_id|sent_http_x_request_id|sent_http_request_id|upstream_http_x_request_id"},
			{To: RequestIDGateway, Path: "request_id"},
			{To: Beta, Path: "http_x_qoder_beta"},
			{To: Lang, Path: "http_x_qoder_lang"},
			{To: PackageVersion, Path: "http_x_qoder_package_version"},
			{To: RetryCount, Path: "http_x_qoder_retry_count"},
			{To: UserAgent, Path: "http_user_agent"},
			{To: Body, Path: "resp_body|response_body", As: JSONOrString},
		}, headers("headers")...),
	}
}

// textFields are the variables of the access log formats of Apache and nginx.
func textFields() []Field {
	return []Field{
		{To: Time, Path: "time_local", As: CLF},
		{To: Status, Path: "status", As: StatusCode},
		{To: Request, Path: "request"},
		{To: Bytes, Path: "body_bytes_sent", As: Int},
		{To: User, Path: "remote_user"},
		{To: Address, Path: "remote_addr", As: AddressPort},
	}
}

// combined is Apache's and nginx's "combined".
func combined() Preset {
	return Preset{
		Name:    "combined",
		Pattern: `$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`,
		Fields:  append(textFields(), Field{To: UserAgent, Path: "http_user_agent"}),
	}
}

// common is the Common Log Format: what combined is without its last two fields.
func common() Preset {
	return Preset{
		Name:      "common",
		Pattern:   `$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent`,
		NotBefore: ` "`,
		Fields:    textFields(),
	}
}

package oracle_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"errata/internal/oracle"
)

// The values that a field may hold, far more often odd than any log is.
var (
	oddNumbers = []string{
		`0`, `-1`, `-0`, `1`, `42`, `42.5`, `41.999816894531`, `0.0005`, `1e3`, `1.5E-2`, `12345678901234567890`, `1e400`, `-`, `"-"`, `""`,
		`"42"`, `"0.042"`, `"0.010, 0.038"`, `"0.010 : 0.038"`, `"-, 0.5"`, `" 7 "`, `null`, `true`, `[]`, `{}`, `[1]`, `"x"`, `3600.0000004`, `99999999`,
	}
	oddTimes = []string{
		`1790064930123`, `1790064930123.4567891`, `1.790064930123e+12`, `"1790064930123"`, `0`, `-1`, `946684799999`, `946684800000`,
		`4102444799999.999999`, `4102444800000`, `1e30`, `-1e30`, `null`, `"soon"`, `[]`, `1790064930.123`, `"1790064930.165"`,
		`"2026-09-22T16:15:30+08:00"`, `"2026-09-22T08:15:30.1234567899Z"`, `"2026-09-22T08:15:30Z"`, `"1999-12-31T23:59:59.999999999Z"`,
		`"2100-01-01T00:00:00Z"`, `"22/Sep/2026:16:15:30 +0800"`, `"22/Sep/2026:16:15:30"`, `""`, `"-"`,
	}
	oddStatuses = []string{
		`200`, `"200"`, `400`, `404`, `410`, `500`, `501`, `502`, `"502, 400"`, `"400 : 502"`, `"-"`, `"000"`, `0`, `"0"`, `null`, `""`, `99`, `1000`,
		`4e2`, `400.0`, `-400`, `[400]`, `"400, -"`, `204`, `299`, `399`, `401`,
	}
	oddMethods = []string{`"GET"`, `"POST"`, `"get"`, `""`, `"-"`, `"PROPFINDPROPFIND"`, `"PROPFINDPROPFINDX"`, `null`, `1`, `"G T"`}
	oddTargets = []string{
		`"/api/v1/cloud/sessions/sess_1/events?x=1"`, `"/v1/agents/"`, `"/agents"`, `"https://h:443/v1/files/file_1/content#x"`, `"*"`, `"h:443"`, `""`, `"-"`,
		`"/"`, `"//"`, `"/a/b/c/d/e/f/g/h/i"`, `"/v1/forward/identities/stats"`, `"/forward/schedules/archive"`, `"/api/v1/forward/identities/x/agents"`,
		`"/x/pt-EXAMPLE/y"`, `"/x?password=abc"`, `"/caf\u00e9/%41"`, "\"/bad\xff/x\"", `"/environments/env_default/work/poll"`, `"/v1beta/v2/x_y-z"`,
		`"\/api\/v1\/cloud\/agents"`, `null`, `7`, `"/api/v1/cloud/forward/agents"`, `"/v1/v1/agents"`, `"http://host"`, `"/a b"`,
	}
	oddCallers = []string{
		`"ann"`, `"-"`, `""`, `"REDACTED"`, `"***"`, `" ann "`, `" "`, `null`, `7`, `["ann"]`, `"caf\u00e9"`, "\"\xff\"", `"pt-EXAMPLE"`,
	}
	oddAddresses = []string{`"203.0.113.9"`, `"203.0.113.9:4711"`, `"[2001:db8::1]:443"`, `"2001:db8::1"`, `"-"`, `""`, `"[2001:db8::1]"`, `"unix:"`, `null`}
	oddAuth      = []string{
		`"Bearer tok"`, `"bearer tok"`, `"BEARER  tok "`, `"Bearer"`, `"Basic dXNlcg=="`, `"tok"`, `"REDACTED"`, `"***"`, `"Bearer REDACTED"`, `"Bearer ***"`,
		`""`, `"-"`, `null`, `["Bearer a","Bearer b"]`, `"Bearer\ttok"`, `7`,
	}
	oddBetas = []string{
		`"synthetic-a-2026-01-02"`, `"a, b,,a"`, `["a,b","c"]`, `[]`, `""`, `"-"`, `null`, `" a "`, `["a",7,null,"b"]`, `"synthetic-a-2025-01-02,x"`, `","`, `7`, `"pt-EXAMPLE, x"`,
	}
	oddLangs    = []string{`"Go"`, `"python"`, `""`, `"-"`, `null`, `"TypeScript "`, `["Go"]`, `"a/b"`}
	oddVersions = []string{`"1.2.3"`, `"v10.0"`, `"x"`, `""`, `null`, `" 2"`, `7`, `["1.0"]`}
	oddRetries  = []string{`"0"`, `"1"`, `"2"`, `"3"`, `"14"`, `"007"`, `"00"`, `" 1 "`, `"x"`, `""`, `"-1"`, `2`, `null`, `["1"]`}
	oddAgents   = []string{`"Qoder/Go"`, `"Qoder/Go 1"`, `"Qoder/"`, `"curl/8.5"`, `"Mozilla/5.0 (X)"`, `"-"`, `""`, `"one two"`, `"a\tb"`, `["x/1"]`, `"` + strings.Repeat("é", 200) + `"`, `" Qoder/Java "`}
	oddIDs      = []string{`"r-1"`, `""`, `"-"`, `null`, `["r-2","r-3"]`, `7`, `"` + strings.Repeat("x", 300) + `"`, `"bob@example.com"`}
	oddValues   = []string{
		`"invalid_request_error"`, `"feature_not_available"`, `"api_error"`, `"not_found_error"`, `"conflict_error"`, `""`, `null`, `7`, `-1.50`, `1e3`, `true`, `{"a":1}`, `["x"]`,
		`"messages[3].content"`, `"/messages/3/content"`, `"messages.3.content"`, `"a.12.b"`, `"` + strings.Repeat("ü", 200) + `"`, `"pt-EXAMPLE"`, `"error"`, `"x\u0000y"`, `"\ud800"`,
		`"synthetic-a-2026-01-02"`, "\"\xffz\"", `4111111111111111`, `"x\ny"`,
	}
	oddMessages = []string{
		`"Missing required field: name."`, `"resources[0]: field 'file_id' must be a non-empty string."`, `"Field 'access_token' is required"`, "\"invalid `purpose`\"",
		`"Skill 'x' was not found at 2026-09-22T08:15:30Z from 10.0.0.1, id sess_019e392c0d1e, took 1.5s and 32MB"`, `""`, `" "`, `"-"`, `null`, `7`,
		`"see https://h/f?Expires=1&Signature=abc."`, `"it isn't 'quoted"`, `"` + strings.Repeat("word 7 ", 200) + `"`, `"` + strings.Repeat("日本", 300) + `"`,
		`"mail bob@example.com or 4111 1111 1111 1111"`, `"a\tb\nc  d"`, `"limit 0 or -5 of 1,000 (0xff, deadbeef01)"`, `"2001:db8::1 and 019e3bb1-e8c1-71fd-9abb-b1477ffb84cc"`,
	}
)

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }

// members writes an object of some of the given members, in any order, now and then one twice.
func members(rng *rand.Rand, share float64, list [][2]string) string {
	var out []string
	for _, m := range list {
		for range 2 {
			if rng.Float64() > share {
				break
			}
			out = append(out, fmt.Sprintf("%q:%s", m[0], m[1]))
			if rng.IntN(20) > 0 {
				break
			}
		}
	}
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return "{" + strings.Join(out, ",") + "}"
}

func oddBody(rng *rand.Rand) string {
	env := func() string {
		return members(rng, 0.6, [][2]string{
			{"type", pick(rng, oddValues)},
			{"message", pick(rng, oddMessages)},
			{"param", pick(rng, oddValues)},
			{"feature", pick(rng, oddValues)},
			{"available_from", pick(rng, oddValues)},
			{"code", pick(rng, oddValues)},
			{"extra", `{"error":{"type":"no"}}`},
		})
	}
	errors := []string{env(), env(), env(), `"a string"`, `null`, `7`, `[]`, `""`}
	object := members(rng, 0.8, [][2]string{
		{"type", pick(rng, []string{`"error"`, `"error"`, `"error"`, `"event"`, `null`})}, {"error", pick(rng, errors)}, {"request_id", pick(rng, oddIDs)},
	})
	if rng.IntN(3) == 0 {
		object = members(rng, 0.5, [][2]string{
			{"code", pick(rng, oddValues)},
			{"message", pick(rng, oddMessages)},
			{"error_msg", pick(rng, oddMessages)},
			{"error", pick(rng, errors)},
			{"type", pick(rng, oddValues)},
			{"param", pick(rng, oddValues)},
			{"feature", pick(rng, oddValues)},
			{"timestamp", `"1"`},
		})
	}
	text := object
	switch rng.IntN(12) {
	case 0:
		text = "event: error\ndata: " + object + "\n\n"
	case 1:
		text = ": hi\r\nid: 1\r\ndata: {}\r\n\r\ndata: " + object + "\r\n\r\ndata: [DONE]\r\n\r\n"
	case 2:
		text = pick(rng, []string{"upstream connect error", "<html>x", "", " ", "-", "null", "12", "true", "[1]", `"x"`, "{", "{}", "{\"", "event: error", "data:", "\ufeffdata: {}\n\n"})
	case 3:
		text = object[:rng.IntN(len(object))]
	case 4:
		text = " \n" + object + "\r\n "
	}
	switch rng.IntN(8) {
	case 0:
		return object
	case 1:
		return pick(rng, []string{`null`, `"-"`, `""`, `7`, `true`, `[]`, `{}`})
	case 2:
		return quote(quote(text))
	case 3:
		return quote(base64Of(text))
	case 4:
		return quote(base64Of(zip(text)))
	}
	return quote(text)
}

func oddHeaders(rng *rand.Rand, name func(string) string) [][2]string {
	return [][2]string{
		{name("authorization"), pick(rng, oddAuth)},
		{name("x-api-key"), pick(rng, oddAuth)},
		{name("x-qoder-beta"), pick(rng, oddBetas)},
		{name("x-qoder-lang"), pick(rng, oddLangs)},
		{name("x-qoder-package-version"), pick(rng, oddVersions)},
		{name("x-qoder-retry-count"), pick(rng, oddRetries)},
		{name("user-agent"), pick(rng, oddAgents)},
	}
}

func oddLine(rng *rand.Rand, format string) string {
	headers := func() string {
		return members(rng, 0.5, oddHeaders(rng, func(s string) string {
			if rng.IntN(4) == 0 {
				return strings.ToUpper(s)
			}
			return s
		}))
	}
	time := func(good string) string {
		if rng.IntN(3) > 0 {
			return good
		}
		return pick(rng, oddTimes)
	}
	share := 0.9
	if format == "nginx-json" {
		list := [][2]string{
			{"time", time(`"2026-09-22T16:15:30+08:00"`)},
			{pick(rng, []string{"time_iso8601", "msec", "time_local"}), pick(rng, oddTimes)},
			{"status", pick(rng, oddStatuses)},
			{pick(rng, []string{"method", "request_method"}), pick(rng, oddMethods)},
			{pick(rng, []string{"uri", "request_uri", "path"}), pick(rng, oddTargets)},
			{"request", pick(rng, []string{`"GET /v1/agents HTTP/1.1"`, `"-"`, `""`, `"GET /x"`, `null`})},
			{"request_time", pick(rng, oddNumbers)},
			{pick(rng, []string{"body_bytes_sent", "bytes_sent"}), pick(rng, oddNumbers)},
			{"remote_user", pick(rng, oddCallers)},
			{"remote_addr", pick(rng, oddAddresses)},
			{"upstream_request_id", pick(rng, oddIDs)},
			{"sent_http_x_request_id", pick(rng, oddIDs)},
			{"request_id", pick(rng, oddIDs)},
			{"resp_body", oddBody(rng)},
		}
		if rng.IntN(4) == 0 { // one way of logging headers or the other
			return members(rng, share, append(list, [2]string{"headers", headers()}))
		}
		return members(rng, share, append(list, oddHeaders(rng, func(s string) string { return "http_" + strings.ReplaceAll(s, "-", "_") })...))
	}
	request := members(rng, share, [][2]string{
		{"method", pick(rng, oddMethods)}, {"uri", pick(rng, oddTargets)}, {"url", pick(rng, oddTargets)}, {"id", pick(rng, oddIDs)}, {"headers", headers()},
	})
	response := members(rng, share, [][2]string{
		{"status", pick(rng, oddStatuses)},
		{"size", pick(rng, oddNumbers)},
		{"body", oddBody(rng)},
		{"headers", members(rng, 0.5, [][2]string{{"x-request-id", pick(rng, oddIDs)}, {"Request-Id", pick(rng, oddIDs)}})},
	})
	list := [][2]string{{"request", request}, {"response", response}, {"client_ip", pick(rng, oddAddresses)}, {"x", `[{"start_time":1}]`}}
	if format == "apisix" {
		list = append(list, [2]string{"start_time", time("1790064930123")}, [2]string{"latency", pick(rng, oddNumbers)},
			[2]string{"consumer", members(rng, 0.5, [][2]string{{"username", pick(rng, oddCallers)}})})
	} else {
		list = append(list, [2]string{"started_at", time("1790064930123")}, [2]string{"latencies", members(rng, share, [][2]string{{"request", pick(rng, oddNumbers)}})},
			[2]string{"source", pick(rng, []string{`"kong"`, `"upstream"`, `"exit"`, `null`})},
			[2]string{"consumer", members(rng, 0.5, [][2]string{{"username", pick(rng, oddCallers)}, {"custom_id", pick(rng, oddCallers)}, {"id", pick(rng, oddCallers)}})},
			[2]string{"authenticated_entity", members(rng, 0.5, [][2]string{{"id", pick(rng, oddCallers)}})})
	}
	return members(rng, share, list)
}

// Lines made of odd values for every field: each decodes alike, whole and cut
// anywhere, and every cell of the whole corpus is equal.
func TestOddValues(t *testing.T) {
	for _, format := range []string{"apisix", "kong", "nginx-json"} {
		t.Run(format, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(3, 4))
			p, cfg := newParser(t), config("both")
			var log strings.Builder
			bad := 0
			for range oddLines {
				line := oddLine(rng, format)
				cut := line[:1+rng.IntN(len(line))]
				if format == "nginx-json" && strings.Contains(cut, `"headers"`) {
					cut = line // both ways of logging headers at once: nobody does
				}
				if leveled := diffLine(p, cfg, 1, []byte(line)) == ""; leveled && !strings.Contains(line, `"request":"`) && !strings.Contains(line, "-1e30") {
					log.WriteString(line + "\n")
				}
				for _, l := range []string{line, cut} {
					if d := diffLine(p, cfg, 1, []byte(l)); d != "" {
						t.Errorf("%q (-oracle +parse):\n%s", l, d)
						if bad++; bad == maxBad {
							t.FailNow()
						}
					}
				}
			}
			if bad > 0 {
				return // the cells would say it again
			}
			for _, feed := range []string{"access", "response", "both"} {
				cfg := config(feed)
				cells, err := oracle.Recount(cfg, "f", strings.NewReader(log.String()))
				if err != nil {
					t.Fatal(err)
				}
				compareCells(t, cells, foldLog(t, cfg, "f", []byte(log.String()), 97))
			}
		})
	}
}

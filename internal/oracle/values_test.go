package oracle

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTimes(t *testing.T) {
	ms := func(s string) (int64, bool) { return nanoseconds(s, 1e6) }
	sec := func(s string) (int64, bool) { return nanoseconds(s, 1e9) }
	for _, test := range []struct {
		read func(string) (int64, bool)
		in   string
		want string // "" unreadable
	}{
		{ms, "1790064930123", "2026-09-22T08:15:30.123Z"},
		{ms, "1790064930123.0004567", "2026-09-22T08:15:30.123000456Z"},
		{ms, "1.790064930123e+12", "2026-09-22T08:15:30.123Z"},
		{ms, "17900649301230E-1", "2026-09-22T08:15:30.123Z"},
		{ms, "-1", "1969-12-31T23:59:59.999Z"},
		{ms, "1e30", "2262-04-11T23:47:16.854775807Z"},
		{ms, "-1e30", "1677-09-21T00:12:43.145224192Z"},
		{ms, "", ""},
		{ms, "-", ""},
		{ms, "0x10", ""},
		{ms, "NaN", ""},
		{sec, "1790064930.165", "2026-09-22T08:15:30.165Z"},
		{rfc3339, "2026-09-22T16:15:30+08:00", "2026-09-22T08:15:30Z"},
		{rfc3339, "2026-09-22T08:15:30.1234567899Z", "2026-09-22T08:15:30.123456789Z"},
		{rfc3339, "2026-02-30T00:00:00Z", ""},
		{rfc3339, "2026-09-22", ""},
		{clf, "22/Sep/2026:16:15:30 +0800", "2026-09-22T08:15:30Z"},
		{clf, "22/Foo/2026:16:15:30 +0800", ""},
	} {
		ns, ok := test.read(test.in)
		got := ""
		if ok {
			got = printTime(ns)
		}
		if got != test.want {
			t.Errorf("%q: %q, want %q", test.in, got, test.want)
		}
	}
}

func TestStatusDurationSize(t *testing.T) {
	for in, want := range map[string]int{
		"400": 400, "502, 400": 400, "502 : 404": 404, "0": 0, "000": 0, "": -1, "-": -1, "4000": -1, "4e2": -1, "400, -": -1, " 201 ": 201,
	} {
		n, ok := status(in)
		if !ok {
			n = -1
		}
		if n != want {
			t.Errorf("status %q: %d, want %d", in, n, want)
		}
	}
	for _, test := range []struct {
		in   string
		unit int64
		want int64
	}{
		{"41.999816894531", 1e6, 42000},
		{"41.9995", 1e6, 42000},
		{"0.0005", 1e6, 1},
		{"0.00049", 1e6, 0},
		{"0.042", 1e9, 42000},
		{"0.010 : 0.038", 1e9, 38000},
		{"-1", 1e6, -1},
		{"-", 1e9, -1},
		{"", 1e9, -1},
		{"4e1", 1e6, 40000},
		{"0.010, -", 1e9, -1},
	} {
		if got := microseconds(test.in, test.unit); got != test.want {
			t.Errorf("duration %q: %d, want %d", test.in, got, test.want)
		}
	}
	for in, want := range map[string]int64{"0": 0, "402": 402, "-": -1, "": -1, "-1": -1, "1.5": -1, "99999999999999999999": -1} {
		if got := size(in); got != want {
			t.Errorf("bytes %q: %d, want %d", in, got, want)
		}
	}
}

func TestBuckets(t *testing.T) {
	for us, want := range map[int64]uint8{0: 0, 15: 15, 16: 16, 17: 16, 18: 17, 31: 23, 32: 24, 42000: 106, 3_600_000_000: 237, 1 << 62: 237} {
		if got := bucket(us); got != want {
			t.Errorf("%d µs: bucket %d, want %d", us, got, want)
		}
	}
}

func TestClip(t *testing.T) {
	s := strings.Repeat("é", 200)
	if got := clip(s, 255); len(got) != 254 || !utf8.ValidString(got) {
		t.Errorf("%d bytes", len(got))
	}
	if got := clip("ab", 2); got != "ab" {
		t.Errorf("%q", got)
	}
}

func TestTargetsAndRoutes(t *testing.T) {
	for _, test := range []struct{ target, path, route string }{
		{"/api/v1/cloud/sessions/sess_1/events", "", "/sessions/{id}/events"},
		{"/v1/sessions/sess_1/events/", "", "/sessions/{id}/events"},
		{"/sessions//sess_1/events", "", "/sessions/{id}/events"},
		{"http://host?x", "http://host?x", notHTTP},
		{"https://api.example.com:443/sessions/x/events?a=/b#c", "/sessions/x/events", "/sessions/{id}/events"},
		{"/v1/forward/identities/stats", "", "/forward/identities/stats"},
		{"/forward/identities/admin/ensure", "", "/forward/identities/admin/ensure"},
		{"/forward/identities/admin/agents", "", "/forward/identities/{id}/agents"},
		{"/forward/schedules/archive", "", "/forward/schedules/archive"},
		{"/environments/env_default/work/poll", "", "/environments/{id}/work/poll"},
		{"/environments/env_default/work/other", "", "/environments/{id}/work/{id}"},
		{"/api/v1/cloud/unknown/abc", "", "/api/v1/cloud/unknown/abc"},
		{"/api/v2/Users/42/x-y_z/", "", "/api/v2/{id}/{id}/x-y_z"},
		{"/a/b/c/d/e/f/g/h/i/j", "", "/a/b/c/d/e/f/g/h/*"},
		{"/a/b/c/d/e/f/g/h/", "", "/a/b/c/d/e/f/g/h"},
		{"/abcdefghijklmnopqrstuvwx/abcdefghijklmnopqrstuvwxy", "", "/abcdefghijklmnopqrstuvwx/{id}"},
		{"/", "", "/"},
		{"/%61gents", "", "/{id}"},
		{"*", "*", notHTTP},
		{"host:443", "host:443", notHTTP},
		{"", "", notHTTP},
		{"-", "-", notHTTP},
	} {
		path, http := splitTarget(test.target)
		name := notHTTP
		if http {
			name, _ = route(nil, path)
		}
		if want := test.path; want != "" && path != want || name != test.route {
			t.Errorf("%q: %q %q, want %q", test.target, path, name, test.route)
		}
	}
	if name, known := route([]string{"/x/{name}/y"}, "/x/abc/y"); name != "/x/{id}/y" || !known {
		t.Errorf("own route: %q %t", name, known)
	}
}

func TestParams(t *testing.T) {
	for in, want := range map[string]string{
		"messages[3].content": "messages[].content", "messages.3.content": "messages[].content", "/messages/3/content": "messages[].content",
		"a.12.b": "a[].b", "/a/12/b": "a[].b", "name": "name", "7": "7",
	} {
		if got := param(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"resources[0]: field 'file_id' must be": "resources[].file_id", "The Field 'x' is": "x", "a field 'b.c[2]' x": "b.c[]",
		"Missing required field: name": "name", "Missing required parameter: a-b": "a-b", "invalid `purpose`": "purpose", "nothing here": "",
	} {
		got, ok := paramFromMessage(in)
		if param(got) != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", in, param(got), want)
		}
	}
}

package normal

import (
	"strings"
	"testing"
)

func newRoutes(t testing.TB, own ...string) *Routes {
	t.Helper()
	r, err := NewRoutes(own)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTarget(t *testing.T) {
	for in, want := range map[string]string{
		"/a/b":                         "/a/b",
		"/a?b=/c#d":                    "/a",
		"/a#d?e":                       "/a",
		"https://api.example.com/a?b":  "/a",
		"https://api.example.com:443/": "/",
		"h2+x.y-z://u@h/a":             "/a",
		"/a://b/c":                     "/a://b/c",
		"//host/a":                     "//host/a",
		"/":                            "/",
		"/?x":                          "/",
	} {
		if got, http := Target([]byte(in)); string(got) != want || !http {
			t.Errorf("Target(%q) = %q, %v; want %q", in, got, http, want)
		}
	}
	for _, in := range []string{
		"*", "host:443", "", "-", "?x", "#", "a/b", "http://", "https://host", "https://host?x=/y", "https://host#/y",
		"1http://h/a", "://h/a", "ht_tp://h/a", "http:/h/a", "http:", "\x16\x03\x01",
	} {
		if got, http := Target([]byte(in)); string(got) != in || http {
			t.Errorf("Target(%q) = %q, %v; want it as it is and no HTTP", in, got, http)
		}
	}
}

func TestRoutes(t *testing.T) {
	r := newRoutes(t, "/orders/{order_id}/items", "/orders/{order_id}/items/first", "/v1/legacy/{x}", "/forward/mine/{x}", "/odd-Name9/", "/")
	known := map[string]string{
		"/agents":                                                  "/agents",
		"/v1/agents":                                               "/agents",
		"/api/v1/cloud/agents":                                     "/agents",
		"/api/v1/cloud/agents/":                                    "/agents",
		"//api//v1/cloud///agents//":                               "/agents",
		"/api/v1/cloud/agents/agent_1":                             "/agents/{id}",
		"/api/v1/cloud/sessions/sess_1/events":                     "/sessions/{id}/events",
		"/v1/sessions/sess_1/events/stream":                        "/sessions/{id}/events/stream",
		"/sessions/sess_1/threads/t/stream":                        "/sessions/{id}/threads/{id}/stream",
		"/environments/env_1/work/poll":                            "/environments/{id}/work/poll",
		"/environments/env_1/work/w1":                              "/environments/{id}/work/{id}",
		"/environments/env_1/work/poll/ack":                        "/environments/{id}/work/{id}/ack",
		"/memory_stores/m/versions/1786973491821648":               "/memory_stores/{id}/versions/{id}",
		"/vaults/v/credentials/c/mcp_oauth_validate":               "/vaults/{id}/credentials/{id}/mcp_oauth_validate",
		"/forward/templates":                                       "/forward/templates",
		"/v1/forward/templates/x/clone":                            "/forward/templates/{id}/clone",
		"/api/v1/forward/sessions/s":                               "/forward/sessions/{id}",
		"/api/v1/forward/identities/stats":                         "/forward/identities/stats",
		"/api/v1/forward/identities/admin/ensure":                  "/forward/identities/admin/ensure",
		"/api/v1/forward/identities/admin":                         "/forward/identities/{id}",
		"/api/v1/forward/identities/admin/agents":                  "/forward/identities/{id}/agents",
		"/api/v1/forward/schedules/archive":                        "/forward/schedules/archive",
		"/api/v1/forward/schedules/sched_1/archive":                "/forward/schedules/{id}/archive",
		"/api/v1/forward/identities/i/templates/t/memory_stores/m": "/forward/identities/{id}/templates/{id}/memory_stores/{id}",
		"/forward/files/f/content":                                 "/forward/files/{id}/content",
		"/forward/skills/s/versions/1":                             "/forward/skills/{id}/versions/{id}",
		"/orders/77/items":                                         "/orders/{id}/items",
		"/api/v1/cloud/orders/77/items":                            "/orders/{id}/items",
		"/orders/77/items/first":                                   "/orders/{id}/items/first",
		"/v1/legacy/1":                                             "/v1/legacy/{id}",
		"/v1/v1/legacy/1":                                          "/v1/legacy/{id}",
		"/v1/forward/mine/1":                                       "/forward/mine/{id}",
		"/odd-Name9":                                               "/odd-Name9",
		"/":                                                        "/",
		"/agents/***":                                              "/agents/{id}",
		"/agents/" + strings.Repeat("x", 3000):                     "/agents/{id}",
	}
	for in, want := range known {
		if got, ok := r.Append([]byte("keep "), []byte(in)); string(got) != "keep "+want || !ok {
			t.Errorf("%q: %q, known %v; want %q", in, got, ok, want)
		}
	}
	unknown := map[string]string{
		"/api/v1/cloud/forward/templates": "/api/v1/cloud/forward/templates",
		"/api/v1/agents":                  "/api/v1/agents",
		"/api/v1/cloud/unknown/1":         "/api/v1/cloud/unknown/{id}",
		"/api/v2/cloud/agents":            "/api/v2/cloud/agents",
		"/agents/a/b/c":                   "/agents/a/b/c",
		"/Agents":                         "/{id}",
		"/index.html":                     "/{id}",
		"/v":                              "/v",
		"/v12/x":                          "/v12/x",
		"/v1a":                            "/{id}",
		"/a-b_c/_x/-":                     "/a-b_c/{id}/{id}",
		"/é":                              "/{id}",
		"/x1":                             "/{id}",
		"/" + strings.Repeat("a", 24):     "/" + strings.Repeat("a", 24),
		"/" + strings.Repeat("a", 25):     "/{id}",
		"/a/b/c/d/e/f/g/h":                "/a/b/c/d/e/f/g/h",
		"/a/b/c/d/e/f/g/h/i":              "/a/b/c/d/e/f/g/h/*",
		"/a/b/c/d/e/f/g/h/" + strings.Repeat("x/", 50): "/a/b/c/d/e/f/g/h/*",
		"/agents/a/b/c/d/e/f/g/h/i":                    "/agents/a/b/c/d/e/f/g/*",
		"/v" + strings.Repeat("1", 400):                "/v" + strings.Repeat("1", 254),
		"/%61gents":                                    "/{id}",
	}
	for in, want := range unknown {
		if got, ok := r.Append([]byte("keep "), []byte(in)); string(got) != "keep "+want || ok {
			t.Errorf("%q: %q, known %v; want %q", in, got, ok, want)
		}
	}
	if got, ok := newRoutes(t).Append(nil, []byte("/v1/")); string(got) != "/v1" || ok {
		t.Errorf("/v1/ is %q, %v", got, ok)
	}
}

// TestCatalogue walks the operations that the API documents.
func TestCatalogue(t *testing.T) {
	r := newRoutes(t)
	n := 0
	var walk func(*node)
	walk = func(n0 *node) {
		if n0.route != "" {
			n++
			got, known := r.Append(nil, []byte(n0.route))
			if !known || string(got) != n0.route {
				t.Errorf("the route %s is named %s, known %v", n0.route, got, known)
			}
			prefixes := []string{"/v1", "/api/v1/cloud"}
			if strings.HasPrefix(n0.route, "/forward/") {
				prefixes[1] = "/api/v1"
			}
			for _, p := range prefixes {
				if got, known := r.Append(nil, []byte(p+n0.route)); !known || string(got) != n0.route {
					t.Errorf("%s%s is named %s, known %v", p, n0.route, got, known)
				}
			}
		}
		for _, e := range n0.literals {
			walk(e.to)
		}
		if n0.any != nil {
			walk(n0.any)
		}
	}
	walk(r.root)
	if n != 154 { // so that none gets lost unnoticed
		t.Errorf("%d routes in the catalogue, want 154", n)
	}
}

func TestNewRoutesRefuses(t *testing.T) {
	for route, want := range map[string]string{
		"orders":                       "must begin with /",
		"":                             "must begin with /",
		"/orders/{id":                  "whole segment",
		"/orders/{}":                   "whole segment",
		"/orders/x{id}":                "whole segment",
		"/orders/{id}.json":            "whole segment",
		"/orders/{a{b}}":               "whole segment",
		"/orders/:id":                  "not as :name",
		"/orders?x":                    "may not hold",
		"/orders/*":                    "may not hold",
		"/a b":                         "may not hold",
		"/a\x00":                       "may not hold",
		"/a\xff":                       "not UTF-8",
		"/pt-EXAMPLE":                  "secret",
		"/" + strings.Repeat("a/", 17): "more than 16 segments",
		"/" + strings.Repeat("a", 256): "longer than 256 bytes",
	} {
		if _, err := NewRoutes([]string{"/fine", route}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewRoutes(%q): %v, want %q", route, err, want)
		}
	}
}

func FuzzRoute(f *testing.F) {
	for _, s := range []string{
		"/api/v1/cloud/sessions/sess_1/events", "/api/v1/forward/identities/admin/ensure", "/v1/agents//x/",
		"/a/b/c/d/e/f/g/h/i", "/", "", "*", "https://h/a?b", "/orders/1/items", "/api/v1/forward/identities/x/templates/y/memory_stores/z/w",
	} {
		f.Add(s)
	}
	r := newRoutes(f, "/orders/{id}/items", "/{any}/x/{id}")
	f.Fuzz(func(t *testing.T, in string) {
		path, http := Target([]byte(in))
		if http && (len(path) == 0 || path[0] != '/') || !http && string(path) != in {
			t.Fatalf("Target(%q) = %q, %v", in, path, http)
		}
		got, known := r.Append(nil, path)
		if len(got) == 0 || got[0] != '/' || len(got) > maxRoute {
			t.Fatalf("route of %q is %q", path, got)
		}
		if strings.HasSuffix(string(got), "/*") {
			return // as a path, its last segment is one that a placeholder may match
		}
		if again, ok := r.Append(nil, got); string(again) != string(got) || ok != known {
			t.Fatalf("route of %q is %q (%v), of that %q (%v)", path, got, known, again, ok)
		}
	})
}

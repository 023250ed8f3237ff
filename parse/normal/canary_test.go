package normal

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// canaries are secrets in the ways that logs write them. The part behind the
// bar may not be seen in anything that is masked, however it is wrapped.
var canaries = []string{
	"Authorization: Bearer |Zq7canary", "authorization=Basic |Wm9vY2FuYXJ5", "proxy-authorization: |Zq7canary",
	"X-API-Key: |Zq7canary", "x-api-key=|Zq7canary", "Cookie: sid=|Zq7canary; theme=dark", "set-cookie: |Zq7canary",
	`"authorization":"Bearer |Zq7canary"`, `"x-api-key": "|Zq7canary"`, `"password":"|Zq7canary"`, `'secret': '|Zq7canary'`,
	`"cookie":["|Zq7canary"]`, `"token":{"value":"|Zq7canary"}`, `"client_secret" => "|Zq7canary"`,
	"access_token=|Zq7canary", "refresh_token: |Zq7canary", "id_token=|Zq7canary", "password: |Zq7canary", "passwd=|Zq7canary",
	"db_password = |Zq7canary", "PWD=|Zq7canary", "private_key=|Zq7canary", "AWS_SECRET_ACCESS_KEY=|Zq7canary", "apikey=|Zq7canary",
	"X-Hub-Signature: |Zq7canary",
	"Bearer |Zq7canary", "bearer  |Zq7canary", "BASIC |Wm9vY2FuYXJ5", "Bearer pt-|Zq7canary", "|pt-Zq7canary", "|pt-canarycanary",
	"|whsec_Zq7canary", "|eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl", "|eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ",
	"https://b.s3.amazonaws.com/k?X-Amz-Credential=x&X-Amz-Signature=|Zq7canary",
	"https://b.oss-cn-hangzhou.aliyuncs.com/k?OSSAccessKeyId=|Zq7canary&Expires=1",
	"https://b.oss-cn-hangzhou.aliyuncs.com/k?x-oss-date=1&x-oss-signature=|Zq7canary",
	"https://storage.googleapis.com/k?X-Goog-Signature=|Zq7canary", "https://b.blob.core.windows.net/k?sv=1&sig=|Zq7canary",
	"https://x.example.com/k?a=1&sign=|Zq7canary", "https://x.example.com/k?q-signature=|Zq7canary", "/k?Signature=|Zq7canary",
	"|zq7canary@example.com", "mailto:|zq7.canary+x@mail.example.co.uk", "|4111111111111111", "|4111 1111 1111 1111", "|3782-822463-10005",
}

// wraps are the places that a secret is found in.
var wraps = map[string]func(string) string{
	"bare":           func(s string) string { return s },
	"sentence":       func(s string) string { return "Request failed with " + s + " for agent_abc123 (see log)." },
	"after a colon":  func(s string) string { return "error: " + s },
	"quoted":         func(s string) string { return `value "` + s + `" refused` },
	"parentheses":    func(s string) string { return "refused (" + s + ")" },
	"line":           func(s string) string { return "first\n" + s + "\nlast" },
	"json string":    quoteJSON,
	"json twice":     func(s string) string { return quoteJSON(`{"message":` + quoteJSON(s) + `}`) },
	"path segment":   func(s string) string { return "/v1/files/" + url.PathEscape(s) },
	"query":          func(s string) string { return "/v1/files?x=" + url.QueryEscape(s) },
	"escaped twice":  func(s string) string { return "/v1/files/" + url.PathEscape(url.PathEscape(s)) },
	"every byte":     func(s string) string { return "/v1/files/" + escapeAll(s) },
	"after a secret": func(s string) string { return "bob@example.com " + s },
	"before another": func(s string) string { return s + " pt-0a1b2c3d4e" },
}

func quoteJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func escapeAll(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "%%%02x", s[i])
	}
	return b.String()
}

func TestCanaries(t *testing.T) {
	for _, c := range canaries {
		lead, secret, _ := strings.Cut(c, "|")
		// What may not be seen: the secret up to the first byte that ends a word.
		head := secret
		if i := strings.IndexAny(secret, `"';&} `); i > 0 && !isDigit(secret[0]) {
			head = secret[:i]
		}
		for name, wrap := range wraps {
			in := wrap(lead + secret)
			out := string(AppendMasked(nil, []byte(in)))
			if !HasSecret([]byte(in)) || !strings.Contains(out, "***") {
				t.Errorf("%s, %s: nothing masked in %q", c, name, in)
			}
			for _, form := range []string{head, url.PathEscape(head), url.QueryEscape(head), escapeAll(head), "anary", "ANARY", "2FuYXJ5"} {
				if strings.Contains(out, form) {
					t.Errorf("%s, %s: %q leaves %q", c, name, in, out)
					break
				}
			}
		}
	}
}

// TestCutSecrets masks texts that end early, as a gateway's cap makes them:
// nothing is taken for a secret that was not one, and masking stays stable.
func TestCutSecrets(t *testing.T) {
	for _, c := range maskCases {
		for end := range len(c.in) {
			once := AppendMasked(nil, []byte(c.in[:end]))
			if twice := AppendMasked(nil, once); string(twice) != string(once) {
				t.Errorf("%q: once %q, twice %q", c.in[:end], once, twice)
			}
			if c.in == c.want && !strings.HasPrefix(c.in, "41111111") && string(once) != c.in[:end] {
				t.Errorf("%q holds no secret, its beginning %q became %q", c.in, c.in[:end], once)
			}
		}
	}
}

// TestLongInputs would not come to an end here if a rule took a look at
// everything behind each of its beginnings.
func TestLongInputs(t *testing.T) {
	const size = 1 << 18
	for _, piece := range []string{
		"a", "'", " '", `"`, "`", "?", "?&", "?a=", "&sig", "a@", "a@b.", "@", "%25", "%", "%2", "%41", "token", "token:", "token: ", `token"`,
		`token:"`, `token:\"`, `\`, "token:[", "authorization", "authorization:", "authorization: =", "cookie=:", ":", "= ", "Bearer", "Bearer ",
		"basic+", "pt-", "pt-a", "whsec_", "eyJ", "eyJ-", "eyJ.", "eyJa.b", "1", "1 ", "1-", "12345678-", "a://", "://", "a://.", "x_", "::", "1:", "a:b::",
		"2026-09-22", "'a'b", " 'a", "field '", "Missing required field: ", "`a", "/", "/a", "/1", "a.", "[1]", "é", "\xff", "\x00",
	} {
		in := []byte(strings.Repeat(piece, size/len(piece)))
		masked := AppendMasked(nil, in)
		if HasSecret(masked) {
			t.Errorf("a long run of %q has a secret after masking", piece)
		}
		HasSecret(in)
		if n := len(AppendTemplate(nil, in)); n > maxTemplate {
			t.Errorf("a long run of %q has a template of %d bytes", piece, n)
		}
		AppendParam(nil, in)
		AppendParamFromMessage(nil, in)
		AppendClient(nil, nil, nil, in)
		AppendValid(nil, in)
		if out, _ := newRoutes(t).Append(nil, in); len(out) > maxRoute {
			t.Errorf("a long run of %q has a route of %d bytes", piece, len(out))
		}
	}
}

package normal

import (
	"bytes"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// slowMasker masks as docs/secrets.md says, by its regular expressions.
type slowMasker struct {
	t  testing.TB
	re *regexp.Regexp
}

func newSlowMasker(t testing.TB) slowMasker {
	_, patterns := docRules(t, "secrets.md", "rules")
	if len(patterns) != 9 {
		t.Fatalf("%d rules in the page, want 9", len(patterns))
	}
	return slowMasker{t, compileAt(t, patterns)}
}

func (m slowMasker) mask(s string) string { return m.decoded(m.plain(s)) }

func (m slowMasker) plain(s string) string {
	out, at := "", 0
	for _, f := range m.find(s) {
		out += s[at:f[0]] + "***"
		at = f[1]
	}
	return out + s[at:]
}

var escape = regexp.MustCompile(`%(?:25)*([0-9A-Fa-f]{2})`)

func (m slowMasker) decoded(s string) string {
	var shadow []byte
	var source []int
	for i := 0; i < len(s); {
		source = append(source, i)
		loc := escape.FindStringSubmatchIndex(s[i:])
		if loc == nil || loc[0] != 0 {
			shadow = append(shadow, s[i])
			i++
			continue
		}
		shadow = append(shadow, nibble(s[i+loc[2]])<<4|nibble(s[i+loc[2]+1]))
		i += loc[1]
	}
	source = append(source, len(s))
	out, at := "", 0
	for _, f := range m.find(string(shadow)) {
		out += s[at:source[f[0]]] + "***"
		at = source[f[1]]
	}
	return out + s[at:]
}

// find returns the secrets of a text.
func (m slowMasker) find(s string) (found [][2]int) {
	for i := 0; i < len(s); {
		ctx := context(s, i)
		if loc := m.re.FindStringSubmatchIndex(ctx + s[i:]); loc != nil && loc[1] > 1 {
			end := i + loc[1] - 1
			for g := 2; g < len(loc); g += 2 {
				if loc[g] >= 0 {
					found = append(found, [2]int{i + loc[g] - 1, end})
				}
			}
			i = end
			continue
		}
		if end := slowCard(s, i); end > 0 {
			found = append(found, [2]int{i, end})
			i = end
			continue
		}
		i++
	}
	return found
}

var card = regexp.MustCompile(`\A[0-9](?:[ +-]?[0-9])*\z`)

func slowCard(s string, i int) int {
	if context(s, i) == "a" {
		return 0
	}
	for end := min(len(s), i+2*maxCard); end > i; end-- {
		if end < len(s) && isWord(s[end]) || !card.MatchString(s[i:end]) {
			continue
		}
		digits := strings.NewReplacer(" ", "", "-", "", "+", "").Replace(s[i:end])
		sum := 0
		for k, c := range digits {
			v := int(c - '0')
			if (len(digits)-k)%2 == 0 {
				v *= 2
			}
			sum += v/10 + v%10
		}
		if len(digits) >= 13 && len(digits) <= 19 && sum%10 == 0 && strings.Trim(digits, "0") != "" {
			return end
		}
	}
	return 0
}

// maskCases are texts and what is left of them.
var maskCases = []struct{ in, want string }{
	// Named values in every way of writing.
	{`Authorization: Bearer pt-EXAMPLE`, `Authorization: ***`},
	{`proxy-authorization=Basic dXNlcjpwYXNz`, `proxy-authorization=***`},
	{`{"authorization":"Bearer abc","x":1}`, `{"authorization":"***","x":1}`},
	{`{\"authorization\":\"Bearer abc\",\"x\":1}`, `{\"authorization\":\"***\",\"x\":1}`},
	{`{\"x-api-key\":\"a\\\"b\",\"x\":1}`, `{\"x-api-key\":\"***\",\"x\":1}`},
	{`{\\\"token\\\":\\\"abc\\\",\\\"x\\\":1}`, `{\\\"token\\\":\\\"***\\\",\\\"x\\\":1}`},
	{`{"password":"a\"b","x":1}`, `{"password":"***","x":1}`},
	{`{"password" : "abc`, `{"password" : "***`},
	{`{"authorization":["Bearer a","Bearer b"],"x":1}`, `{"authorization":[***],"x":1}`},
	{`{"cookie":{"sid":"1"},"x":1}`, `{"cookie":{***},"x":1}`},
	{`{'secret': 'abc', 'x': 1}`, `{'secret': '***', 'x': 1}`},
	{`:password=>"abc", :x`, `:password=>"***", :x`},
	{"Cookie: a=b; c=d\r\nHost: x", "Cookie: ***\r\nHost: x"},
	{`Authorization: Digest username="Mufasa", response="6629"` + "\nHost: x", "Authorization: ***\nHost: x"},
	{`curl -H "Authorization: Bearer abc" -H "X: y"`, `curl -H "Authorization: ***" -H "X: y"`},
	{`https://h/cb?access_token=abc&state=1`, `https://h/cb?access_token=***&state=1`},
	{`client_secret=abc&grant_type=x`, `client_secret=***&grant_type=x`},
	{`password: hunter2 is wrong`, `password: *** is wrong`},
	{`token: password: hunter2 x`, `token: *** x`},
	{`token: password: "hunter2" x`, `token: *** x`},
	{`X-API-Key: k1`, `X-API-Key: ***`},
	{`aws_secret_access_key = wJalr/K7`, `aws_secret_access_key = ***`},
	{`"token":12345,"x":1`, `"token":***"x":1`},
	{`"token":"","x":1`, `"token":"","x":1`},
	{`"token":[],"x":1`, `"token":[],"x":1`},
	// Known looks.
	{`got bearer abcdef1 there`, `got bearer *** there`},
	{`Basic  dXNlcjpwYXNz`, `Basic  ***`},
	{`Basic dXN\/lcjpw`, `Basic ***`},
	{`token pt-0a1b, pt-abcdefgh and pt-Abc`, `token ***, *** and ***`},
	{`/v1/keys/pt-live-0123/x`, `/v1/keys/***/x`},
	{`whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, `***`},
	{`jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln ok`, `jwt *** ok`},
	{`eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.`, `***`},
	{`see https://b.s3.amazonaws.com/k?X-Amz-Expires=9&X-Amz-Signature=abc for it`, `see https://b.s3.amazonaws.com/k?*** for it`},
	{`https://b.oss.com/k?OSSAccessKeyId=a&Expires=1&Signature=b%2Fc`, `https://b.oss.com/k?***`},
	{`https://b.blob.net/k?sv=1&sig=abc`, `https://b.blob.net/k?***`},
	{`"https:\/\/b.com\/k?a=1\u0026X-Goog-Signature=abc"`, `"https:\/\/b.com\/k?***"`},
	{`{"uri":"/f?a=x%20y&sign=abc"}`, `{"uri":"/f?***"}`},
	{`mail bob.smith+x@mail.example.com.`, `mail ***.`},
	{`card 4111 1111 1111 1111 declined`, `card *** declined`},
	{`card 4111-1111-1111-1111, 378282246310005`, `card ***, ***`},
	{`on 11 4111111111111111`, `on 11 ***`},
	// Percent-encoded, once and twice.
	{`/x/Bearer%20abcdef1/y`, `/x/Bearer%20***`},
	{`/x/bob%40example.com/y`, `/x/***/y`},
	{`/x/bob%2540example.com/y`, `/x/***/y`},
	{`/x?u=%3Faccess_token%3Dabc%26y`, `/x?u=%3Faccess_token%3D***%26y`},
	{`/x/4111%201111%201111%201111`, `/x/***`},
	{`/x/%70t-abcdefgh`, `/x/***`},
	{`/x/https%3A%2F%2Fh%2Fk%3Fsig%3Dabc`, `/x/https%3A%2F%2Fh%2Fk%3F***`},
	// What stays.
	{`invalid pt-token`, `invalid pt-token`},
	{`Accept-Language pt-BR`, `Accept-Language pt-BR`},
	{`script-abcdefghi`, `script-abcdefghi`},
	{`Bearer token missing`, `Bearer token missing`},
	{`missing or invalid token`, `missing or invalid token`},
	{`Field 'access_token' is required for static_bearer type.`, `Field 'access_token' is required for static_bearer type.`},
	{`max_tokens: 4096`, `max_tokens: 4096`},
	{`resources[0]: field 'file_id' must be a non-empty string.`, `resources[0]: field 'file_id' must be a non-empty string.`},
	{`/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources`, `/api/v1/cloud/sessions/sess_019e392c0d1e74e095d21ea4c6b41def/resources`},
	{`cb80235f-76a2-4ff3-9e28-5aa2da12dc14`, `cb80235f-76a2-4ff3-9e28-5aa2da12dc14`},
	{`41111111-1111-1111-4111-111111111111`, `41111111-1111-1111-4111-111111111111`},
	{`41111111111111114111111111111111`, `41111111111111114111111111111111`},
	{`id_4111111111111111`, `id_4111111111111111`},
	{`4111111111111112`, `4111111111111112`},
	{`0000000000000000`, `0000000000000000`},
	{`/npm/react@18.2.0/umd`, `/npm/react@18.2.0/umd`},
	{`/search?q=design&signal=1`, `/search?q=design&signal=1`},
	{`100%`, `100%`},
	{``, ``},
}

func TestAppendMasked(t *testing.T) {
	slow := newSlowMasker(t)
	for _, c := range maskCases {
		got := string(AppendMasked([]byte("keep "), []byte(c.in)))
		if want := "keep " + c.want; got != want {
			t.Errorf("AppendMasked(%q)\n got %q\nwant %q", c.in, got, want)
		}
		if got := slow.mask(c.in); got != c.want {
			t.Errorf("the page's rules make of %q\n got %q\nwant %q", c.in, got, c.want)
		}
		if got, want := HasSecret([]byte(c.in)), c.in != c.want; got != want {
			t.Errorf("HasSecret(%q) = %v", c.in, got)
		}
		if HasSecret([]byte(c.want)) {
			t.Errorf("%q is masked and still has a secret", c.want)
		}
	}
}

func FuzzMask(f *testing.F) {
	for _, c := range maskCases {
		f.Add(c.in)
		f.Add(c.want)
	}
	slow := newSlowMasker(f)
	f.Fuzz(func(t *testing.T, in string) {
		// (?i) folds these two into k and s; the rules speak of ASCII.
		in = strings.NewReplacer("\u212a", "k", "\u017f", "s").Replace(in)
		if len(in) > 400 {
			return
		}
		got := AppendMasked(nil, []byte(in))
		if want := slow.mask(in); string(got) != want {
			t.Fatalf("mask(%q)\n fast %q\n slow %q", in, got, want)
		}
		if again := AppendMasked(nil, got); !bytes.Equal(again, got) {
			t.Fatalf("mask(%q)\n once  %q\n twice %q", in, got, again)
		}
		if HasSecret([]byte(in)) == (in == string(got)) {
			t.Fatalf("HasSecret(%q) = %v, masked %q", in, in == string(got), got)
		}
		if HasSecret(got) {
			t.Fatalf("%q has a secret left", got)
		}
	})
}

// pieces are what random texts are made of: the ends and beginnings of every rule.
var pieces = strings.Fields(`authorization cookie token secret_access_key secret password api_key x-api-key signature a
 : = => == \ \\ \\\ " ' [ ] { } & ; , < > ? / . - _ + % @ * *** %25 %3A %3D %22 %20 %40 %2 %5C %26 %3f
 Bearer basic Bearer%20 abcdef abc123 pt- pt-abcdefgh pt-A1b %70t- whsec_ abc= eyJ eyJhb .eyJx .sig
 ?a=1 &sig= Signature= x-oss-signature= \u0026 \\u0026 \u003e \/ \\/ u003e + http:// bob@ ex.com a@b.co 4111 1111 41111111 411111111111111 1 0
 12345678-1234-1234-1234-123456789012 deadbeef é`)

// TestMaskRandom compares the scanner with the page's rules on texts that fuzzing takes long to find.
func TestMaskRandom(t *testing.T) {
	slow := newSlowMasker(t)
	rnd := rand.New(rand.NewPCG(1, seed()))
	for range rounds(2000) {
		in := randomText(rnd, pieces)
		got := string(AppendMasked(nil, []byte(in)))
		if want := slow.mask(in); got != want {
			t.Fatalf("mask(%q)\n fast %q\n slow %q", in, got, want)
		}
		if again := string(AppendMasked(nil, []byte(got))); again != got {
			t.Errorf("mask(%q)\n once  %q\n twice %q", in, got, again)
		}
		if HasSecret([]byte(in)) == (in == got) || HasSecret([]byte(got)) {
			t.Fatalf("HasSecret disagrees on %q, masked %q", in, got)
		}
	}
}

// randomText strings pieces together, sometimes with blanks between.
func randomText(rnd *rand.Rand, pieces []string) string {
	var b strings.Builder
	for range 1 + rnd.IntN(12) {
		b.WriteString(pieces[rnd.IntN(len(pieces))])
		switch rnd.IntN(8) {
		case 0:
			b.WriteByte(' ')
		case 1:
			b.WriteByte("\t\n\r\f"[rnd.IntN(4)])
		}
	}
	return b.String()
}

// rounds is how often a random test goes round; ERRATA_ROUNDS multiplies it.
func rounds(n int) int {
	if m, err := strconv.Atoi(os.Getenv("ERRATA_ROUNDS")); err == nil {
		return n * m
	}
	return n
}

// seed is that of the random tests; where ERRATA_ROUNDS asks for more of them, it asks for others too.
func seed() uint64 { return uint64(rounds(1)) }

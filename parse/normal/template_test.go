package normal

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// slowTemplate masks as docs/decoding.md says, by its regular expressions.
func slowTemplate(t testing.TB) func(string) string {
	names, patterns := docRules(t, "decoding.md", "masks")
	if len(names) != 10 {
		t.Fatalf("%d masks in the page, want 10", len(names))
	}
	for i, p := range patterns {
		if i > 0 {
			p = "(" + p + ")"
		}
		patterns[i] = p
	}
	re := regexp.MustCompile(strings.Join(patterns, "|"))
	blanks := regexp.MustCompile(`\s+`)
	return func(s string) string {
		var b strings.Builder
		at := 0
		for _, loc := range re.FindAllStringSubmatchIndex(s, -1) {
			b.WriteString(s[at:loc[0]])
			for g := 1; g <= re.NumSubexp(); g++ {
				if loc[2*g] < 0 {
					continue
				}
				if g == 1 {
					b.WriteString(s[loc[2]:loc[3]])
				}
				b.WriteString(names[g-1])
			}
			at = loc[1]
		}
		b.WriteString(s[at:])
		out := strings.Trim(blanks.ReplaceAllString(b.String(), " "), " ")
		if len(out) > maxTemplate {
			n := 0 // the runes that fit
			for _, r := range out {
				size := utf8.RuneLen(r)
				if r == utf8.RuneError && !strings.HasPrefix(out[n:], "\uFFFD") {
					size = 1
				}
				if n+size > maxTemplate {
					break
				}
				n += size
			}
			out = strings.TrimRight(out[:n], " ")
		}
		return out
	}
}

var templateCases = []struct{ in, want string }{
	{"Missing required field: name", "Missing required field: name"},
	{"invalid pt-token", "invalid pt-token"},
	{"Only files with purpose 'tool_output' or 'skill_output' can be downloaded.", "Only files with purpose '*' or '*' can be downloaded."},
	{"File 'file_fake_test_id' was not found.", "File '*' was not found."},
	{"Agent 'ag-1' was not found.", "Agent '*' was not found."},
	{"invalid `purpose`", "invalid `*`"},
	{"resources[0]: field 'type' must be 'file'.", "resources[{n}]: field '*' must be '*'."},
	{`value "a b" is wrong`, `value "*" is wrong`},
	{"Agent 'Bob's agent' was not found", "Agent '*' was not found"},
	{"the users' file isn't 'x', it's 'y'", "the users' file isn't '*', it's '*'"},
	{"don't", "don't"},
	{"'never closed", "'never closed"},
	{"文件'abc'不存在", "文件'*'不存在"},
	{"第3个", "第{n}个"},
	{"see https://docs.example.com/a?b=1, please", "see {url}, please"},
	{"(https://x.y/z).", "({url})."},
	{"a://", "a://"},
	{"id cb80235f-76a2-4ff3-9e28-5aa2da12dc14 gone", "id {uuid} gone"},
	{"Session sess_019e392c0d1e74e095d21ea4c6b41def is terminated", "Session {id} is terminated"},
	{"agent_abc123, evt_00jjujk9fbnr4wkj2gh8 and req_018EeWyXxfu5", "{id}, {id} and {id}"},
	{"tmpl_support and memory_store", "tmpl_support and memory_store"},
	{"trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace {hex}"},
	{"deadbeef at 0x1F", "deadbeef at {hex}"},
	{"at 2026-09-22T08:15:30.123Z, 2026-09-22 08:15 and 2026/09/22", "at {time}, {time} and {time}"},
	{"at 2026-09-22T16:15:30+08:00 or 08:15:30.5", "at {time} or {time}"},
	{"browser-use-2026-07-14 is required", "browser-use-{time} is required"},
	{"2026-09-22T08:1", "{n}-{n}-{n}:{n}"},
	{"from 203.0.113.9:8080 and 10.0.0.0/8", "from {ip}:{n} and {ip}/{n}"},
	{"from 2001:db8::1 and fe80::", "from {ip} and {ip}"},
	{"from 1:2:3:4:5:6:7:8.", "from {ip}."},
	{"limit -1, +2 of 3.5 and 1,000", "limit {n}, {n} of {n} and {n}"},
	{"took 153ms of 1.5s, 32MB", "took {n} of {n}, {n}"},
	{"1790064930123 and 12345678", "{n} and {n}"},
	{"gpt4 v2 M2", "gpt4 v2 M2"},
	{"  a\r\n\t b  ", "a b"},
	{" \n", ""},
	{"", ""},
}

func TestAppendTemplate(t *testing.T) {
	slow := slowTemplate(t)
	for _, c := range templateCases {
		got := string(AppendTemplate([]byte("keep "), []byte(c.in)))
		if want := "keep " + c.want; got != want {
			t.Errorf("AppendTemplate(%q)\n got %q\nwant %q", c.in, got, want)
		}
		if got := slow(c.in); got != c.want {
			t.Errorf("the page's masks make of %q\n got %q\nwant %q", c.in, got, c.want)
		}
	}
}

// TestTemplateCut cuts long templates at every place that a rune, a word, a
// blank or a mask may have.
func TestTemplateCut(t *testing.T) {
	slow := slowTemplate(t)
	for _, tail := range []string{"é", "日本 ", "😀", "a ", " 12 ", "'x' ", "deadbeef01 ", "x\xffy", "\xe6\x97", "  "} {
		for lead := range 8 {
			in := strings.Repeat("x", lead) + strings.Repeat(tail, maxTemplate)
			got, want := string(AppendTemplate(nil, []byte(in))), slow(in)
			if got != want {
				t.Errorf("%d bytes and many %q:\n got …%q\nwant …%q", lead, tail, got[max(0, len(got)-20):], want[max(0, len(want)-20):])
			}
			if len(got) > maxTemplate {
				t.Errorf("%d bytes and many %q: a template of %d bytes", lead, tail, len(got))
			}
		}
	}
}

// TestTemplateID fixes ids that stores hold: a change here is a new MaskSet.
func TestTemplateID(t *testing.T) {
	for _, c := range []struct {
		typ, text string
		want      uint64
	}{
		{"invalid_request_error", "Missing required field: name", 0xf14ba8a02ae725c7},
		{"", Truncated, 0x9f8d102ab63bf8c0},
		{strings.Repeat("t", 300), strings.Repeat("x", 1000), 0x7abe4c64ecbec1e6},
	} {
		if got := TemplateID([]byte(c.typ), []byte(c.text)); got != c.want {
			t.Errorf("TemplateID(%.20q, %.20q) = %#x, want %#x", c.typ, c.text, got, c.want)
		}
	}
}

func checkTemplate(t *testing.T, slow func(string) string, in string) {
	t.Helper()
	got := string(AppendTemplate(nil, []byte(in)))
	if want := slow(in); got != want {
		t.Fatalf("template(%q)\n fast %q\n slow %q", in, got, want)
	}
	if len(got) >= maxTemplate-4 {
		return // the cut may have made an id of a part of a word
	}
	if again := string(AppendTemplate(nil, []byte(got))); again != got {
		t.Fatalf("template(%q)\n once  %q\n twice %q", in, got, again)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, c := range templateCases {
		f.Add(c.in)
	}
	slow := slowTemplate(f)
	f.Fuzz(func(t *testing.T, in string) { checkTemplate(t, slow, in) })
}

func TestTemplateRandom(t *testing.T) {
	slow := slowTemplate(t)
	rnd := rand.New(rand.NewPCG(3, seed()))
	pieces := strings.Fields(`a it's n't 'x ' ' " ` + "` `" + ` :// http:// x/y ?q .) ) ]. { } {n} {url}
	sess_ 019e abc123 deadbeef dead :: : 1 12 123 1234 12345 -07-14 /07/14 T08:15 :30 .5 Z +08:00 -0700 ZZ
	12345678-1234-1234-1234-123456789012 1.2.3.4 .5 a:b:c:d:e:f:1:2 0x1f 0xg - + , . é 第 _ abcdef12 ab_cdefg1 µ`)
	for range rounds(5000) {
		checkTemplate(t, slow, randomText(rnd, pieces))
	}
}

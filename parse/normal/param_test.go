package normal

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
)

var (
	numberText = regexp.MustCompile(`\A-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?\z`)
	indexText  = regexp.MustCompile(`\[[0-9]+\]`)
	digitsText = regexp.MustCompile(`\A[0-9]+\z`)
)

// slowParam folds a param as docs/decoding.md says.
func slowParam(s string) string {
	if numberText.MatchString(s) {
		return s
	}
	if rest, ok := strings.CutPrefix(s, "/"); ok {
		s = strings.ReplaceAll(rest, "/", ".")
	}
	s = indexText.ReplaceAllString(s, "[]")
	out := ""
	for i, part := range strings.Split(s, ".") {
		switch {
		case digitsText.MatchString(part):
			out += "[]"
		case i > 0:
			out += "." + part
		default:
			out += part
		}
	}
	return out
}

const paramX = `([A-Za-z_][A-Za-z0-9_.\[\]-]*)`

var fromMessage = []*regexp.Regexp{
	regexp.MustCompile(`\A` + paramX + `: field '` + paramX + `'`),
	regexp.MustCompile(`[Ff]ield '` + paramX + `'`),
	regexp.MustCompile(`Missing required field: ` + paramX),
	regexp.MustCompile(`Missing required parameter: ` + paramX),
	regexp.MustCompile("`" + paramX + "`"),
}

// slowParamFromMessage derives a param as docs/decoding.md says.
func slowParamFromMessage(msg string) (string, bool) {
	for i, re := range fromMessage {
	next:
		for _, m := range re.FindAllStringSubmatch(msg, -1) {
			var xs []string
			for _, x := range m[1:] {
				if i == 2 || i == 3 {
					x = strings.TrimRight(x, ".-")
				}
				if len(x) > maxParamName {
					continue next
				}
				xs = append(xs, slowParam(x))
			}
			return strings.Join(xs, "."), true
		}
	}
	return "", false
}

func TestAppendParam(t *testing.T) {
	for in, want := range map[string]string{
		"name":                  "name",
		"messages[3].content":   "messages[].content",
		"messages.3.content":    "messages[].content",
		"/messages/3/content":   "messages[].content",
		"a.12.b":                "a[].b",
		"/a/12/b":               "a[].b",
		"/0/name":               "[].name",
		"0.name":                "[].name",
		"a[1][22].b":            "a[][].b",
		"a.1.2":                 "a[][]",
		"12":                    "12",
		"-1.5e3":                "-1.5e3",
		"3.5":                   "3.5",
		"1.2.3":                 "[][][]",
		"/5":                    "[]",
		"a[x].b[]":              "a[x].b[]",
		"a[12":                  "a[12",
		"messages[].content":    "messages[].content",
		"created_at[gte]":       "created_at[gte]",
		"":                      "",
		"/":                     "",
		"a..b":                  "a..b",
		"metadata.a1.b":         "metadata.a1.b",
		"tools.10.input.0.text": "tools[].input[].text",
	} {
		if got := string(AppendParam([]byte("keep "), []byte(in))); got != "keep "+want {
			t.Errorf("AppendParam(%q) = %q, want %q", in, got, "keep "+want)
		}
		if got := slowParam(in); got != want {
			t.Errorf("the page's rule makes %q of %q, want %q", got, in, want)
		}
	}
}

var long = strings.Repeat("x", maxParamName)

var messageCases = []struct{ in, want string }{
	{"resources[0]: field 'file_id' must be a non-empty string.", "resources[].file_id"},
	{"resources[0]: field 'type' must be 'file'.", "resources[].type"},
	{"Field 'access_token' is required for static_bearer type.", "access_token"},
	{"the field 'a.0.b' is wrong", "a[].b"},
	{"In resources: field 'x' is wrong", "x"},
	{"Missing required field: name", "name"},
	{"Missing required field: name.", "name"},
	{"Missing required parameter: tools[3].name", "tools[].name"},
	{"invalid `purpose`", "purpose"},
	{"`a b` then `c`", "c"},
	{"field 'a b' and field 'c'", "c"},
	{"Missing required field: x, see field 'y'", "y"},
	{"field '" + long + "'", long},
	{"field '" + long + "x' and field 'y'", "y"},
	{"Missing required field: " + long + "x", ""},
	{"path starts with `/`", ""},
	{"File 'file_fake_test_id' was not found.", ""},
	{"Missing required field: ", ""},
	{"field '", ""},
	{"ield 'x'", ""},
	{"`", ""},
	{"x: ", ""},
	{"x", ""},
	{"", ""},
}

func TestAppendParamFromMessage(t *testing.T) {
	for _, c := range messageCases {
		got, ok := AppendParamFromMessage([]byte("keep "), []byte(c.in))
		if string(got) != "keep "+c.want || ok != (c.want != "") {
			t.Errorf("from %q: %q, %v; want %q", c.in, got, ok, "keep "+c.want)
		}
		if got, _ := slowParamFromMessage(c.in); got != c.want {
			t.Errorf("the page's rule finds %q in %q, want %q", got, c.in, c.want)
		}
	}
}

func checkParam(t *testing.T, in string) {
	t.Helper()
	got := string(AppendParam(nil, []byte(in)))
	if want := slowParam(in); got != want {
		t.Fatalf("AppendParam(%q) = %q, want %q", in, got, want)
	}
	if again := string(AppendParam(nil, []byte(got))); got != "" && got[0] != '/' && again != got {
		t.Fatalf("AppendParam(%q) = %q, again %q", in, got, again)
	}
	fast, ok := AppendParamFromMessage(nil, []byte(in))
	if want, wantOK := slowParamFromMessage(in); string(fast) != want || ok != wantOK {
		t.Fatalf("from %q: %q, %v; want %q, %v", in, fast, ok, want, wantOK)
	}
}

func FuzzParam(f *testing.F) {
	for _, c := range messageCases {
		f.Add(c.in)
	}
	for _, s := range []string{"messages[3].content", "/a/12/b", "a.1.2", "-1.5e3", "[1][2]", "a[12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) { checkParam(t, in) })
}

func TestParamRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, seed()))
	pieces := strings.Split("a|b1|12|0|-|.|/|[|]|[3]|[x]|e5|field '|Field '|'|: |`|Missing required field: |Missing required parameter: |ield '| ", "|")
	for range rounds(20000) {
		checkParam(t, randomText(rnd, pieces))
	}
}

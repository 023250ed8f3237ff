package normal

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAppendClip(t *testing.T) {
	for _, c := range []struct {
		in    string
		limit int
		want  string
	}{
		{"abc", 3, "abc"},
		{"abc", 2, "ab"},
		{"abc", 0, ""},
		{"abc", -1, ""},
		{"", 0, ""},
		{"", -1, ""},
		{"aé", 2, "a"},
		{"aé", 3, "aé"},
		{"éé", 3, "é"},
		{"x第", 3, "x"},
		{"😀", 3, ""},
		{"😀a", 4, "😀"},
		{"\xff\xff\xff\xff\xff", 3, "\xff\xff\xff"},
		{"\x80\x80\x80\x80\x80\x80", 5, "\x80\x80\x80\x80\x80"},
		{"a\xc3\xc3", 2, "a\xc3"},
	} {
		if got := string(AppendClip([]byte("keep "), []byte(c.in), c.limit)); got != "keep "+c.want {
			t.Errorf("AppendClip(%q, %d) = %q, want %q", c.in, c.limit, got, "keep "+c.want)
		}
	}
}

func TestAppendValid(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"abc é 第 😀":          "abc é 第 😀",
		"a\xffb":             "a\uFFFDb",
		"a\x00\x00b\x01":     "a\uFFFD\uFFFDb\x01",
		"\xe7\xac":           "\uFFFD\uFFFD",
		"\xed\xa0\x80":       "\uFFFD\uFFFD\uFFFD",
		"\xff\xfe":           "\uFFFD\uFFFD",
		"a\xf0\x9f\x98":      "a\uFFFD\uFFFD\uFFFD",
		"\uFFFD ok \xc0\xaf": "\uFFFD ok \uFFFD\uFFFD",
	} {
		if got := string(AppendValid([]byte("keep "), []byte(in))); got != "keep "+want {
			t.Errorf("AppendValid(%q) = %q, want %q", in, got, "keep "+want)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"abc", "é第😀", "a\xffb", "\xe7\xac", "\xed\xa0\x80", "\xf0\x9f\x98"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, in []byte, limit int) {
		valid := AppendValid(nil, in)
		var want string
		quoted := append(append([]byte{'"'}, strings.NewReplacer(`"`, "q", `\`, "b").Replace(string(in))...), '"')
		if json.Unmarshal(quoted, &want) == nil && strings.NewReplacer(`"`, "q", `\`, "b").Replace(string(valid)) != want {
			t.Fatalf("AppendValid(%q) = %q, encoding/json %q", in, valid, want)
		}
		if !utf8.Valid(valid) {
			t.Fatalf("AppendValid(%q) = %q", in, valid)
		}
		clip := AppendClip(nil, valid, limit)
		if !utf8.Valid(clip) || len(clip) > max(limit, 0) || !strings.HasPrefix(string(valid), string(clip)) {
			t.Fatalf("AppendClip(%q, %d) = %q", valid, limit, clip)
		}
		if limit > 0 && len(clip) < min(len(valid), limit-utf8.UTFMax+1) {
			t.Fatalf("AppendClip(%q, %d) = %q: too short", valid, limit, clip)
		}
		if dirty := AppendClip(nil, in, limit); len(dirty) > max(limit, 0) {
			t.Fatalf("AppendClip(%q, %d) = %q", in, limit, dirty)
		}
	})
}

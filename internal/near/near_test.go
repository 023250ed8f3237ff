package near

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	dims := []string{"route", "method", "status", "type", "code", "param", "feature", "available_from", "client", "auth", "retry"}
	for in, want := range map[string]string{
		"rout": "route", "routes": "route", "Route": "route", "staus": "status", "tpye": "type", "typ": "type",
		"avail": "available_from", "available-from": "available_from", "methd": "method", "parma": "param",
		"zzz": "", "": "", "x": "", "completely_different": "", "ab": "", "features": "feature",
	} {
		if got := Nearest(in, dims); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Nearest("route", nil); got != "" {
		t.Errorf("of nothing: %q", got)
	}
	if got := Nearest(strings.Repeat("x", 1000), dims); got != "" {
		t.Errorf("a long word: %q", got)
	}
	if got := DidYouMean("rout", dims); got != `; did you mean "route"?` {
		t.Error(got)
	}
	if got := DidYouMean("zzzzzz", dims); got != "" {
		t.Error(got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"a", "", 1},
		{"", "ab", 2},
		{"kitten", "sitting", 3},
		{"ab", "ba", 1},
		{"abcd", "acbd", 1},
		{"type", "tpye", 1},
		{"flaw", "lawn", 2},
		{"same", "same", 0},
	} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("%q, %q: got %d, want %d", c.a, c.b, got, c.want)
		}
		if got := distance(c.b, c.a); got != c.want {
			t.Errorf("%q, %q: not symmetric", c.b, c.a)
		}
	}
}

package render

import (
	"math/rand/v2"
	"strings"
	"testing"

	"errata/internal/cli/out"

	"github.com/google/go-cmp/cmp"
)

func wrapped(c cell, width int) []string {
	var lines []string
	for _, l := range wrap(c, width) {
		parts := make([]string, len(l))
		for i, p := range l {
			parts[i] = p.text
		}
		lines = append(lines, strings.Join(parts, " "))
	}
	return lines
}

func TestWrap(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  []string
	}{
		{"one two three", 20, []string{"one two three"}},
		{"one two three", 9, []string{"one two", "three"}},
		{"/sessions/{id}/events/stream", 16, []string{"/sessions/{id}/", "events/stream"}},
		{"a /sessions/{id}/events/stream", 16, []string{"a /sessions/{id}", "/events/stream"}},
		{strings.Repeat("x", 20), 8, []string{"xxxxxxxx", "xxxxxxxx", "xxxx"}},
		{"日本語日本語", 8, []string{"日本語日", "本語"}},
		{"", 10, []string{""}},
	} {
		if d := cmp.Diff(c.want, wrapped(words(c.in), c.width)); d != "" {
			t.Errorf("%q at %d: %s", c.in, c.width, d)
		}
	}
}

// Whatever is wrapped, lines fit and nothing but blanks is lost.
func TestWrapKeepsText(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	alphabet := []rune("ab/._-  日é{}")
	for range 3000 {
		var c cell
		all := ""
		for range rng.IntN(4) + 1 {
			var b strings.Builder
			for range rng.IntN(60) {
				b.WriteRune(alphabet[rng.IntN(len(alphabet))])
			}
			c = append(c, piece{b.String(), style(rng.IntN(3))})
			all += b.String()
		}
		width := 8 + rng.IntN(40)
		got := ""
		for _, l := range wrapped(c, width) {
			if out.Width(l) > width {
				t.Fatalf("a line of %d in %d: %q", out.Width(l), width, l)
			}
			got += l
		}
		if strip := strings.NewReplacer(" ", ""); strip.Replace(got) != strip.Replace(all) {
			t.Fatalf("text is lost: %q of %q", got, all)
		}
	}
}

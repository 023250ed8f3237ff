package normal

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// docRules reads the regular expressions of a page: the lines "name: pattern"
// of its fenced block, with the macros "NAME = pattern" put in. What the pages
// say is so what the fast code is tested against.
func docRules(t testing.TB, page, fence string) (names, patterns []string) {
	t.Helper()
	b, err := os.ReadFile("../../docs/" + page)
	if err != nil {
		t.Fatal(err)
	}
	_, block, ok := strings.Cut(string(b), "\n```"+fence+"\n")
	if !ok {
		t.Fatalf("%s has no block of %s", page, fence)
	}
	block, _, _ = strings.Cut(block, "\n```")
	macros := strings.NewReplacer()
	var pairs []string
	for line := range strings.Lines(block) {
		line = strings.TrimSpace(line)
		if name, pattern, ok := strings.Cut(line, " = "); ok && strings.ToUpper(name) == name && !strings.ContainsAny(name, " :") {
			pairs = append(pairs, "<"+name+">", "(?:"+macros.Replace(pattern)+")")
			macros = strings.NewReplacer(pairs...)
			continue
		}
		if name, pattern, ok := strings.Cut(line, ": "); ok {
			names = append(names, name)
			patterns = append(patterns, macros.Replace(pattern))
		}
	}
	return names, patterns
}

// compileAt makes a regexp that matches at the start of a text whose first
// byte is context only.
func compileAt(t testing.TB, patterns []string) *regexp.Regexp {
	t.Helper()
	re, err := regexp.Compile(`\A[a ](?:` + strings.Join(patterns, "|") + `)`)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

// context is a byte that stands for the one before s[i]: all that \b asks.
func context(s string, i int) string {
	if i > 0 && isWord(s[i-1]) {
		return "a"
	}
	return " "
}

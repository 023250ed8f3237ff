package oracle

import (
	"os"
	"strings"
	"testing"
)

// The rules here are those of the page.
func TestSecretRulesAreThePages(t *testing.T) {
	page, err := os.ReadFile("../../docs/secrets.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```rules\n")
	block, _, _ = strings.Cut(block, "```")
	if block != secretRules {
		t.Error("docs/secrets.md has other rules")
	}
	if len(secrets) != 9 {
		t.Errorf("%d rules", len(secrets))
	}
}

func TestMaskSetIsThePages(t *testing.T) {
	page, err := os.ReadFile("../../docs/decoding.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(page), "```masks\n")
	block, _, _ = strings.Cut(block, "\n```")
	if block+"\n" != maskRules {
		t.Error("docs/decoding.md has another mask set")
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"Proxy-Authorization: Basic dXNlcjpwYXNz": "Proxy-Authorization: ***",
		`"access_token":"abc"`:                    `"access_token":"***"`,
		`{\"access_token\":\"abc\"}`:              `{\"access_token\":\"***\"}`,
		"password=abc&x=1":                        "password=***&x=1",
		"token: abc":                              "token: ***",
		"Bearer 0a1b2c3d":                         "Bearer ***",
		"Bearer token missing":                    "Bearer token missing",
		"use pt-EXAMPLE now":                      "use *** now",
		"invalid pt-token in pt-BR":               "invalid pt-token in pt-BR",
		"whsec_MfKQ9r":                            "***",
		"eyJhbGciOi.eyJzdWIi.c2ln":                "***",
		"https://host/f?Expires=1&Signature=abc":  "https://host/f?***",
		"https://host/f?limit=1":                  "https://host/f?limit=1",
		"mail bob@example.com.":                   "mail ***.",
		"pay 4111 1111 1111 1111!":                "pay ***!",
		"pay 4111 1111 1111 1112!":                "pay 4111 1111 1111 1112!",
		"0000000000000000":                        "0000000000000000",
		"019e3bb1-e8c1-71fd-9abb-b1477ffb84cc":    "019e3bb1-e8c1-71fd-9abb-b1477ffb84cc",
		"bob%40example.com and bob%2540x.org":     "*** and ***",
		"%70t-EXAMPLE%20x":                        "***%20x",
		"nothing":                                 "nothing",
	} {
		if got := mask(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := mask(mask(in)); got != mask(in) {
			t.Errorf("%q: masked twice is %q", in, got)
		}
	}
}

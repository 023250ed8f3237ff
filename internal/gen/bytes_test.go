package gen

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestEscapedTextIsReadBack(t *testing.T) {
	texts := append(append([]string{"", "plain", "a/b", "\x00\x01\x1f\x7f", "é日本😀", "\u2028"}, hostileNames...), unicodeNames...)
	texts = append(texts, filler...)
	for _, q := range []quoting{quotePlain, quoteSlash, quoteASCII} {
		for _, s := range texts {
			b := appendString(nil, s, q)
			var got string
			if err := json.Unmarshal(b, &got); err != nil || got != s {
				t.Errorf("quoting %d of %q: %s reads back as %q, %v", q, s, b, got, err)
			}
			if q == quoteASCII && !isASCII(b) {
				t.Errorf("%s is not ASCII", b)
			}
			if q == quoteSlash && bytes.Contains(bytes.ReplaceAll(b, []byte(`\/`), nil), []byte("/")) {
				t.Errorf("%s has a bare slash", b)
			}
		}
	}
	// what is no UTF-8 is copied, as gateways do
	if got := appendEscaped(nil, "a\xffb", quotePlain); string(got) != "a\xffb" {
		t.Errorf("%q", got)
	}
	if got := appendEscaped(nil, "a\xffb", quoteASCII); string(got) != `a\ufffdb` {
		t.Errorf("%q", got)
	}
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func TestTimesAreThoseOfTheStandardLibrary(t *testing.T) {
	var c civil
	r := rng{1}
	for range 2000 {
		sec := int64(r.n(1<<31)) * 2
		for _, zone := range zones {
			at := time.Unix(sec, 0).In(time.FixedZone("", zone*60))
			if got, want := string(c.appendCLF(nil, sec, zone)), at.Format("02/Jan/2006:15:04:05 -0700"); got != want {
				t.Fatalf("CLF %s, want %s", got, want)
			}
			if got, want := string(c.appendISO(nil, sec, zone)), at.Format("2006-01-02T15:04:05-07:00"); got != want {
				t.Fatalf("ISO %s, want %s", got, want)
			}
		}
	}
}

func TestNumbersAsLuaWritesThem(t *testing.T) {
	r := rng{2}
	for range 5000 {
		us := r.exp(200_000)
		b := string(appendCJSON(nil, us, uint32(r.next())))
		if !json.Valid([]byte(b)) {
			t.Fatalf("%s is no number", b)
		}
		if digits := len(strings.TrimLeft(strings.ReplaceAll(b, ".", ""), "0")); digits > 14 {
			t.Fatalf("%s has %d digits", b, digits)
		}
		if strings.Contains(b, ".") && strings.HasSuffix(b, "0") {
			t.Fatalf("%s ends in a zero", b)
		}
		v, ok := new(big.Rat).SetString(b)
		low := big.NewRat(us, 1000)
		if high := big.NewRat(us+1, 1000); !ok || v.Cmp(low) < 0 || v.Cmp(high) >= 0 {
			t.Fatalf("%s is not %d µs and a little", b, us)
		}
	}
	for ms, want := range map[int64]string{1_790_064_930_123: "1.790064930123e+18", 1_790_064_930_000: "1.79006493e+18", 7: "7e+6", 10: "1e+7"} {
		if got := string(appendExponent(nil, ms)); got != want {
			t.Errorf("%d: %s, want %s", ms, got, want)
		}
	}
	if got := string(appendMillis(nil, 1_234_567)); got != "1.234" {
		t.Errorf("%s", got)
	}
}

func TestGzipIsReadBack(t *testing.T) {
	for _, n := range []int{0, 1, 100, 65_535, 65_536, 200_000} {
		text := bytes.Repeat([]byte("x\x00é"), n/4+1)[:n]
		z, err := gzip.NewReader(bytes.NewReader(appendGzip(nil, text)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(z)
		if err != nil || !bytes.Equal(got, text) {
			t.Errorf("%d bytes: %d read back, %v", n, len(got), err)
		}
	}
}

func TestQuotedFieldsEndWhereTheyShould(t *testing.T) {
	for in, want := range map[string]string{
		`a"b`: `a\"b`, `a\b`: `a\\b`, "a\nb\x7f": `a\x0ab\x7f`, "é": "é", `\"`: `\\\"`,
	} {
		if got := string(appendQuoted(nil, []byte(in))); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

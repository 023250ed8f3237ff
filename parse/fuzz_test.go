package parse

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"errata/parse/format"
	"errata/parse/normal"
)

// Whatever the bytes: no panic, entries in order, each either dead or whole,
// every string valid and without NUL, and the same again from a used parser.
func FuzzParse(f *testing.F) {
	for _, l := range seedLines() {
		f.Add([]byte(l), int64(0))
		f.Add([]byte(l[:len(l)/2]), int64(1790064930123000000))
	}
	for _, l := range []string{"", " ", "[]", "[1,{}]", `{"a":`, "\xef\xbb\xbf{}", `[{"start_time":1`, "\x00", `{"time":"2026-09-22T16:15:30Z","status":200,"resp_body":"H4sIAAAAAAAA"}`} {
		f.Add([]byte(l), int64(0))
	}
	used, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rec []byte, ts int64) {
		fresh, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		before := slices.Clone(rec)
		fresh.Reset(rec, ts)
		used.Reset(rec, ts)
		for i := 0; ; i++ {
			a, b := fresh.Next(), used.Next()
			if a != b {
				t.Fatal("a used parser sees other entries")
			}
			if !a {
				break
			}
			ev := fresh.Event()
			if ev.Index != i {
				t.Fatalf("entry %d has index %d", i, ev.Index)
			}
			x, y := facts(ev), facts(used.Event())
			for k, v := range x {
				if y[k] != v {
					t.Fatalf("a used parser reads %s = %q, a new one %q", k, y[k], v)
				}
				if !utf8.ValidString(v) || strings.IndexByte(v, 0) >= 0 {
					t.Fatalf("%s = %q is no clean text", k, v)
				}
			}
			if ev.Dead != used.Event().Dead || ev.Flags != used.Event().Flags || ev.Shape != used.Event().Shape || ev.TemplateID != used.Event().TemplateID {
				t.Fatalf("a used parser judges otherwise: %+v %+v", ev, used.Event())
			}
			if ev.Dead == "" && !(ev.HasTime && (ev.HasStatus || ev.ErrorEvent)) {
				t.Fatal("counted without time or status")
			}
			if ev.Dead == "" && len(ev.Route) == 0 {
				t.Fatal("a counted entry has no route")
			}
			if ev.IsError() && ev.Dead == "" && (ev.Shape == ShapeUnset || ev.Origin == OriginUnset) {
				t.Fatalf("an error has shape %v, origin %v", ev.Shape, ev.Origin)
			}
		}
		if !bytes.Equal(rec, before) {
			t.Fatal("the record was changed")
		}
	})
}

// The marks of the vector code, of the plain code and of a byte loop are equal.
func FuzzIndex(f *testing.F) {
	for _, l := range seedLines() {
		f.Add([]byte(l))
	}
	f.Add([]byte(strings.Repeat(`\`, 63) + `\"{"\\"`))
	f.Add([]byte(strings.Repeat(`\"`, 100)))
	f.Fuzz(func(t *testing.T, b []byte) {
		var x index
		x.build(b)
		n := len(b) / 64
		q, s, br, h := make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)
		ctl, high := markBlocksGo(b[:n*64], q, s, br, h)
		q2, s2, br2, h2 := make([]uint64, n), make([]uint64, n), make([]uint64, n), make([]uint64, n)
		ctl2, high2 := markBlocks(b[:n*64], q2, s2, br2, h2)
		if !slices.Equal(h, h2) || !slices.Equal(q, q2) || !slices.Equal(s, s2) || !slices.Equal(br, br2) || (ctl != 0) != (ctl2 != 0) || (high != 0) != (high2 != 0) {
			t.Fatal("the two ways to mark differ")
		}
		plain := index{quotes: q, slashes: s, brackets: br}
		plain.resolveGo()
		if !slices.Equal(q, x.quotes[:n]) || !slices.Equal(br, x.brackets[:n]) {
			t.Fatal("the two ways to resolve differ")
		}
		inString, escaped := false, false
		control, highSeen := false, false
		for i, c := range b {
			bit := func(m []uint64) bool { return m[i>>6]>>(uint(i)&63)&1 == 1 }
			quote := c == '"' && !escaped
			if bit(x.quotes) != quote {
				t.Fatalf("quote at %d: %v", i, bit(x.quotes))
			}
			if bit(x.highs) != (c >= 0x80) {
				t.Fatalf("byte from 0x80 at %d", i)
			}
			if bit(x.slashes) != (c == '\\') {
				t.Fatalf("backslash at %d", i)
			}
			if want := !inString && (c == '{' || c == '}' || c == '[' || c == ']'); bit(x.brackets) != want {
				t.Fatalf("bracket at %d: %v", i, bit(x.brackets))
			}
			if quote {
				inString = !inString
			}
			escaped = c == '\\' && !escaped
			control, highSeen = control || c < 0x20, highSeen || c >= 0x80
		}
		if x.control != control || x.high != highSeen {
			t.Fatalf("control %v %v, high %v %v", x.control, control, x.high, highSeen)
		}
	})
}

// scanString agrees with a byte loop, and unescaping with encoding/json.
func FuzzString(f *testing.F) {
	for _, s := range []string{`abc"`, `a\"b\\"x`, `\u00e9\ud83d\ude00\ud800x\udc00"`, `\\\\\\\"`, strings.Repeat("x", 70) + `"`, `\x41\"`, "tab\there\"", `é\u0000"`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end, fl := scanString(b, 0)
		want, i, esc := len(b), 0, false
		for ; i < len(b); i++ {
			if b[i] == '"' {
				want = i
				break
			}
			if b[i] == '\\' {
				esc = true
				i++
			}
		}
		if end != want || (fl&strEscaped != 0) != esc {
			t.Fatalf("end %d, want %d; escaped %v, want %v", end, want, fl&strEscaped != 0, esc)
		}
		var s string
		if json.Unmarshal(append(append([]byte{'"'}, b[:end]...), '"'), &s) == nil {
			got := normal.AppendValid(nil, appendUnescaped(nil, b[:end], false))
			if string(got) != strings.ReplaceAll(s, "\x00", "\ufffd") {
				t.Fatalf("%q becomes %q, encoding/json says %q", b[:end], got, s)
			}
		}
	})
}

// Numbers are read exactly: as big.Rat has them.
func FuzzDecimal(f *testing.F) {
	for _, s := range []string{"1790064930123", "41.999816894531", "1.790064930123e+18", "0.0005", "-0", "1e-7", "00012.50", "9999999999999999999999", "0.00049999999999999999999"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, ok := parseDecimal([]byte(s))
		if len(s) > 40 || strings.ContainsAny(s, "eE") && len(s[strings.IndexAny(s, "eE"):]) > 4 {
			return
		}
		r, rok := new(big.Rat).SetString(s)
		if strings.ContainsAny(s, "_/xXoObBpPiI") || strings.HasSuffix(s, ".") || strings.Contains(s, ".e") || strings.Contains(s, ".E") {
			return // big.Rat knows spellings that JSON does not
		}
		if !ok || !rok {
			if ok != rok {
				t.Fatalf("%q: ok %v, big.Rat %v", s, ok, rok)
			}
			return
		}
		digits := strings.TrimLeft(strings.Map(func(c rune) rune {
			if c < '0' || c > '9' {
				return -1
			}
			return c
		}, strings.SplitN(strings.ToLower(s), "e", 2)[0]), "0")
		if len(digits) > 19 {
			return // beyond what is kept
		}
		for _, k := range []int{-3, 0, 3, 6, 9} {
			x := new(big.Rat).Abs(r)
			p := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(k, -k))), nil)
			if k >= 0 {
				x.Mul(x, new(big.Rat).SetInt(p))
			} else {
				x.Quo(x, new(big.Rat).SetInt(p))
			}
			down := new(big.Int).Quo(x.Num(), x.Denom())
			y := new(big.Rat).Add(x, big.NewRat(1, 2))
			up := new(big.Int).Quo(y.Num(), y.Denom())
			if down.IsInt64() && d.scaled(k, false) != down.Int64() || up.IsInt64() && d.scaled(k, true) != up.Int64() {
				t.Fatalf("%q * 10^%d: %d %d, want %v %v", s, k, d.scaled(k, false), d.scaled(k, true), down, up)
			}
		}
	})
}

// Times agree with package time wherever that can read them.
func FuzzTime(f *testing.F) {
	for _, s := range []string{"2026-09-22T16:15:30+08:00", "2026-02-29T00:00:00Z", "2024-02-29T23:59:59.999999999-11:30", "0000-03-01T00:00:00Z", "22/Sep/2026:16:15:30 +0800", "31/Feb/2026:16:15:30 +0800", "9999-12-31T23:59:59Z"} {
		f.Add(s)
	}
	var times timeReader
	f.Fuzz(func(t *testing.T, s string) {
		// Package time takes an hour of one digit, and offsets of 60 minutes and 24 hours.
		odd := func(s string) bool {
			return s[13] != ':' || strings.HasSuffix(s, ":60") || strings.Contains(s[19:], "24:")
		}
		if want, err := time.Parse(time.RFC3339Nano, s); err == nil && !odd(s) {
			got, ok := times.parse([]byte(s), format.RFC3339)
			if !ok {
				t.Fatalf("%q is a time", s)
			}
			if y := want.Year(); y > 1678 && y < 2262 && got != want.UnixNano() {
				t.Fatalf("%q: %d, want %d", s, got, want.UnixNano())
			}
		}
		want, err := time.Parse("02/Jan/2006:15:04:05 -0700", s)
		got, ok := times.parse([]byte(s), format.CLF)
		if ok && err != nil {
			t.Fatalf("%q: read as %d, package time says %v", s, got, err)
		}
		if y := want.Year(); ok && y > 1678 && y < 2262 && got != want.UnixNano() {
			t.Fatalf("%q: %d, want %d", s, got, want.UnixNano())
		}
	})
}

// What the quick look at a success's body passes over holds no error event.
func FuzzQuickLook(f *testing.F) {
	for _, s := range []string{
		`{\"type\":\"error\",\"error\":{\"type\":\"api_error\"}}`,
		`{ \"error\" : {},\n\"type\" :\n\t\"error\"}`,
		`event: error\ndata: {}\n\n`, `id: 1\ndata: {\"error\":\ndata: {},\"type\":\ndata: \"error\"}\n\n`,
		`{\"\\u0065rror\":{},\"type\":\"e\\u0072ror\"}`,
		`eyJ0eXBlIjoiZXJyb3IiLCJlcnJvciI6e319`,
		`\"{\\\"type\\\":\\\"error\\\",\\\"error\\\":{}}\"`,
		strings.Repeat("r0", 40) + `{\"type\":\"error\",\"error\":{}}`,
	} {
		f.Add([]byte(s))
	}
	p, err := New(Config{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		end, _ := scanString(b, 0)
		b = b[:end]
		r := &p.body
		r.shape, r.truncated, r.flags = ShapeUnset, false, 0
		r.begin()
		r.text(r.unescape(0, b, true, false), false, 1)
		if (r.flags&FlagSSE != 0 || r.shape == ShapeEnvelope && r.marked()) && !mayHoldEnvelope(b) {
			t.Fatalf("%q holds an error event", b)
		}
	})
}

package gen

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCorpora(t *testing.T) {
	for _, kind := range Corpora() {
		t.Run(kind, func(t *testing.T) {
			const size = 4 << 20
			var b bytes.Buffer
			if err := Corpus(kind, 42, size, &b); err != nil {
				t.Fatal(err)
			}
			if b.Len() < size || b.Len() > size+64<<10 {
				t.Errorf("%d bytes, want about %d", b.Len(), size)
			}
			n := map[string]int{}
			types, params, features, dates, orders := map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}
			var first, last time.Time
			for line := range bytes.Lines(b.Bytes()) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				n["lines"]++
				if !json.Valid(line) {
					n["cut"]++
					if l := len(line); kind != "access" && l != 2048 && l != 4096 {
						t.Fatalf("a line cut at %d bytes", l)
					}
					continue
				}
				var rec struct {
					Time      time.Time
					Status    int
					Method    string
					URI       string
					Duration  float64 `json:"request_time"`
					RequestID string  `json:"request_id"`
					Addr      string  `json:"remote_addr"`
					Headers   map[string]string
					Body      json.RawMessage `json:"resp_body"`
				}
				var keys map[string]json.RawMessage
				if err := json.Unmarshal(line, &rec); err != nil {
					t.Fatalf("%v in %s", err, line)
				}
				if err := json.Unmarshal(line, &keys); err != nil {
					t.Fatal(err)
				}
				want := 19
				if kind == "access" {
					want = 20
				}
				if len(keys) != want {
					t.Fatalf("%d keys, want %d: %s", len(keys), want, line)
				}
				if rec.Status == 0 || rec.Method == "" || !strings.HasPrefix(rec.URI, "/") || rec.RequestID == "" || rec.Addr == "" || rec.Duration == 0 {
					t.Fatalf("missing values: %s", line)
				}
				if first.IsZero() {
					first = rec.Time
				}
				last = rec.Time
				if rec.Headers["x-qoder-beta"] != "" {
					n["beta"]++
				}
				if bytes.Contains(line, []byte(`", "`)) && bytes.Contains(line, []byte(`": `)) {
					n["spaced"]++
				}
				orders[order(line)]++
				if kind == "access" {
					continue
				}
				if bytes.Index(line, []byte(`"resp_body"`)) < bytes.Index(line, []byte(`"status"`)) {
					n["body first"]++
				}
				body := []byte(rec.Body)
				if body[0] == '"' {
					n["string"]++
					var s string
					if err := json.Unmarshal(body, &s); err != nil {
						t.Fatal(err)
					}
					body = []byte(s)
				} else {
					n["object"]++
				}
				if len(body) > 15_000 {
					n["long"]++
				}
				var e struct {
					Type  string
					Error struct {
						Type, Message, Param, Feature string
						AvailableFrom                 string `json:"available_from"`
					}
				}
				if body[0] == '{' && json.Unmarshal(body, &e) != nil {
					n["body cut"]++
					continue
				}
				if e.Type != "error" {
					if rec.Status >= 400 {
						n["other error"]++
					}
					continue
				}
				if rec.Status < 400 {
					t.Fatalf("an envelope under %d", rec.Status)
				}
				n["envelope"]++
				types[e.Error.Type] = true
				if e.Error.Param != "" {
					params[e.Error.Param] = true
				}
				if e.Error.Feature != "" {
					features[e.Error.Feature] = true
					dates[e.Error.AvailableFrom[len(e.Error.AvailableFrom)-10:]] = true
				}
				if len(e.Error.Message) > 1_500 {
					n["long message"]++
				}
			}
			share := func(what string, per, of int, lo, hi float64) {
				t.Helper()
				if p := 100 * float64(per) / float64(of); p < lo || p > hi {
					t.Errorf("%s: %.2f %% of %d, want %.2f to %.2f", what, p, of, lo, hi)
				}
			}
			t.Logf("%s: mean %d, %v", kind, b.Len()/n["lines"], n)
			share("beta", n["beta"], n["lines"], 25, 35)
			share("spaced", n["spaced"], n["lines"], 8, 12.5)
			if span := last.Sub(first); span < 50*time.Minute || span > time.Hour {
				t.Errorf("the lines span %s", span)
			}
			common, other := 0, 0
			for _, k := range orders {
				if k > n["lines"]/20 {
					common++
				} else {
					other += k
				}
			}
			share("keys in any order", other, n["lines"], 1, 3)
			mean, layouts := 517, 3
			if kind == "access" {
				share("cut", n["cut"], n["lines"], 0.1, 0.4)
			} else {
				mean, layouts = 1446, 5
				share("cut", n["cut"], n["lines"], 0.8, 1.5)
				share("envelopes", n["envelope"], n["lines"], 11, 13)
				share("body before status", n["body first"], n["lines"], 35, 45)
				share("other errors", n["other error"], n["lines"], 1, 2.5)
				share("long bodies", n["long"], n["lines"], 0.6, 1.8)
				share("long messages", n["long message"], n["envelope"], 0.8, 3.2)
				share("cut bodies", n["body cut"], n["lines"], 0.05, 0.4)
				if len(types) != 9 || len(params) != 14 || len(features) != 12 || len(dates) != 6 {
					t.Errorf("%d types, %d params, %d features, %d dates; want 9, 14, 12, 6", len(types), len(params), len(features), len(dates))
				}
			}
			if common != layouts {
				t.Errorf("%d layouts, want %d", common, layouts)
			}
			if got := b.Len() / n["lines"]; got < mean*85/100 || got > mean*115/100 {
				t.Errorf("mean line %d bytes, want about %d", got, mean)
			}
			if kind == "resp_obj" && n["object"] < n["string"]*10 {
				t.Errorf("%d objects, %d strings", n["object"], n["string"])
			}
			if kind == "resp_str" && n["object"] > 0 {
				t.Errorf("%d objects", n["object"])
			}
		})
	}
}

// order is the sequence of a line's keys, but for the one that bodies have too.
func order(line []byte) string {
	var at [len(corpusKeys)]int
	keys := make([]int, 0, len(corpusKeys))
	for i, k := range corpusKeys {
		if at[i] = bytes.Index(line, []byte(`"`+k+`"`)); at[i] >= 0 && i != kRequestID {
			keys = append(keys, i)
		}
	}
	slices.SortFunc(keys, func(a, b int) int { return at[a] - at[b] })
	return fmt.Sprint(keys)
}

func TestCorpusIsDeterministic(t *testing.T) {
	for _, kind := range Corpora() {
		var a, b, c bytes.Buffer
		for out, seed := range map[*bytes.Buffer]uint64{&a: 42, &b: 42, &c: 43} {
			if err := Corpus(kind, seed, 1<<18, out); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: two runs of one seed differ", kind)
		}
		if bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: two seeds are the same", kind)
		}
	}
}

func TestCorpusRefusesUnknownKinds(t *testing.T) {
	err := Corpus("nope", 1, 100, &bytes.Buffer{})
	if err == nil || err.Error() != `no corpus "nope": known are access, resp_str, resp_obj` {
		t.Errorf("got %v", err)
	}
}

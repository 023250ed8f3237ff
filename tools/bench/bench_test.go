package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestDecodersAgree is what makes the figures worth printing: every decoder
// finds on every whole line what encoding/json finds.
func TestDecodersAgree(t *testing.T) {
	for _, kind := range kinds {
		data, err := generate(kind, 1_000_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range candidates() {
			d, err := c.new(kind)
			if err != nil {
				t.Fatal(err)
			}
			if c.names {
				var s sink
				run(d, data, &s)
				if s.whole == 0 {
					t.Errorf("%s read no line of %s", c.name, kind)
				}
				continue
			}
			lines, err := agree(kind, d, data)
			if err != nil {
				t.Errorf("%s on %s: %v", c.name, kind, err)
			}
			if all := bytes.Count(data, []byte("\n")); lines < all*9/10 {
				t.Errorf("%s on %s: only %d of %d lines are compared", c.name, kind, lines, all)
			}
		}
	}
}

// TestCorporaHoldTheJob: a corpus without errors, or without one of the
// fields, would flatter whoever does not look for them.
func TestCorporaHoldTheJob(t *testing.T) {
	for _, kind := range kinds {
		data, err := generate(kind, 4_000_000)
		if err != nil {
			t.Fatal(err)
		}
		std, err := newStd(kind)
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]int{}
		count := func(what string, there bool) {
			if there {
				seen[what]++
			}
		}
		for line := range bytes.Lines(data) {
			var f fields
			if !std.decode(bytes.TrimSuffix(line, []byte("\n")), &f) {
				seen["cut"]++
				continue
			}
			count("time", f.time != "")
			count("method", f.method != "")
			count("target", f.target != "")
			count("request id", f.requestID != "")
			count("duration", f.micros > 0)
			count("address", f.address != "")
			count("beta", f.beta != "")
			count("errors", f.status >= 400)
			if kind != "access" {
				count("type", f.env.typ != "")
				count("message", f.env.message != "")
				count("param", f.env.param != "")
				count("feature", f.env.feature != "")
				count("available_from", f.env.availableFrom != "")
			}
		}
		want := []string{"cut", "time", "method", "target", "request id", "duration", "address", "beta", "errors"}
		if kind != "access" {
			want = append(want, "type", "message", "param", "feature", "available_from")
		}
		for _, what := range want {
			if seen[what] == 0 {
				t.Errorf("%s has no %s", kind, what)
			}
		}
	}
}

// wrong finds the wrong status.
type wrong struct{ decoder }

func (w wrong) decode(line []byte, f *fields) bool {
	ok := w.decoder.decode(line, f)
	f.status++
	return ok
}

func TestAgreeCanFail(t *testing.T) {
	data := []byte(`{"time":"2026-09-01T00:00:00Z","status":404,"resp_body":"{\"error\":{\"type\":\"x\"}}"}` + "\n")
	d, err := newStd("resp_str")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := agree("resp_str", wrong{d}, data); err == nil {
		t.Error("a decoder with another status agrees")
	}
	if n, err := agree("resp_str", d, data); n != 1 || err != nil {
		t.Errorf("got %d lines and %v, want 1 and none", n, err)
	}
	if _, err := agree("resp_str", d, []byte("{\"status\":40\n")); err == nil {
		t.Error("without a whole line nothing was compared, yet they agree")
	}
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		s            series
		median, best float64
	}{
		{nil, 0, 0},
		{series{3}, 3, 3},
		{series{9, 1, 5}, 5, 9},
		{series{4, 1, 3, 2}, 2.5, 4},
	} {
		if c.s.median() != c.median || c.s.best() != c.best {
			t.Errorf("%v: median %v, best %v", c.s, c.s.median(), c.s.best())
		}
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		bars []bar
		met  bool
		want string
	}{
		{[]bar{{what: "a", ratio: 1.2, least: 1}}, true, "met"},
		{[]bar{{what: "a", ratio: 1, least: 1}}, true, "met"},
		{[]bar{{what: "a", ratio: 1.2, least: 1}, {what: "b", ratio: .99, least: 1}}, false, "MISSED"},
	} {
		var b strings.Builder
		if got := report(&b, c.bars); got != c.met || !strings.Contains(b.String(), c.want) {
			t.Errorf("%v: met %v:\n%s", c.bars, got, b.String())
		}
	}
}

func TestNamed(t *testing.T) {
	cmp := &comparison{corpora: []corpus{{kind: "a"}, {kind: "b"}}, ms: []measurement{
		{candidate: candidate{name: "x", ours: true}, dram: []series{{1}, {2}}},
		{candidate: candidate{name: foldName}, dram: []series{{3}, {4}}},
	}}
	for _, c := range []struct {
		got  series
		want float64
	}{{cmp.ours("b"), 2}, {cmp.named(foldName, "b"), 4}, {cmp.named(foldName, "a"), 3}, {cmp.named("none", "a"), 0}, {cmp.ours("c"), 0}} {
		if c.got.median() != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	found := false
	for _, c := range candidates() {
		found = found || c.name == foldName
	}
	if !found {
		t.Errorf("nothing is named %q", foldName)
	}
}

func TestHeadEndsWithALine(t *testing.T) {
	c := corpus{data: []byte("aaa\nbbb\nccc\n")}
	for n, want := range map[int]string{5: "aaa\n", 8: "aaa\nbbb\n", 100: "aaa\nbbb\nccc\n"} {
		if got := string(c.head(n)); got != want {
			t.Errorf("head(%d) is %q, want %q", n, got, want)
		}
	}
}

func TestBenchRefusesNothing(t *testing.T) {
	for _, c := range [][2]int{{0, 8}, {8, 0}} {
		if _, err := bench(c[0], c[1], "errata"); err == nil {
			t.Errorf("%d MB in %d rounds are measured", c[0], c[1])
		}
	}
}

func TestEndToEndSaysWhatFailed(t *testing.T) {
	e, err := newEndToEnd("/nonexistent/errata", t.TempDir(), []byte("x\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.run("both"); err == nil {
		t.Error("a program that is not there ran")
	}
	if _, err := e.report(); err == nil || !strings.Contains(err.Error(), "errata report") {
		t.Errorf("a program that is not there reported: %v", err)
	}
	if err := watch(e.errata, nil); err == nil {
		t.Error("a program that is not there was watched")
	}
}

func TestCleanKeepsNoSettings(t *testing.T) {
	got := clean([]string{"PATH=/bin", "ERRATA_STORE__PATH=x", "HOME=/h"})
	if len(got) != 2 || got[0] != "PATH=/bin" || got[1] != "HOME=/h" {
		t.Errorf("got %v", got)
	}
}

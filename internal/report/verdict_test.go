package report

import (
	"slices"
	"strings"
	"testing"

	"errata/store"
)

func TestVerdict(t *testing.T) {
	quiet := func(typ string, from, to int) []entry {
		var out []entry
		for d := from; d <= to; d++ {
			for i := range 6 {
				out = append(out, fail(at(d, 4*i, 0), typ, "/r", uint64(1+i)<<40), ok(at(d, 4*i, 30), 50))
			}
		}
		return out
	}
	old := quiet("bad", 1, 22)
	for _, c := range []struct {
		name    string
		entries []entry
		change  func(*Options)
		want    []string
	}{
		{
			name: "a quiet week", entries: old,
			want: []string{
				"42 errors in 2026-W47, as many as in 2026-W46; 2.0 % of 2,142 requests failed, before 2.0 %.",
				"They reached 6 callers, as many as before.",
				"Nothing is new against the 14 days before.",
				"Nothing is gone and nothing moved beyond noise: a quiet week.",
			},
		},
		{
			name: "new and gone", entries: slices.Concat(old, []entry{
				fail(at(10, 1, 0), "old", "/old", 99<<40), fail(at(17, 1, 0), "worse", "/new", 98<<40),
				fail(at(17, 2, 0), "worse", "/new", 97<<40), fail(at(17, 2, 0), "worst", "/new\n", 97<<40),
			}),
			want: []string{
				"45 errors in 2026-W47, 2 more than in 2026-W46 (43, +5 %); 2.1 % of 2,145 requests failed, before 2.0 %.",
				"They reached 8 callers, 1 more than before.",
				"2 errors are new; the one with most callers: worse on /new, 2 callers, 2 errors.",
				"1 error is gone: old on /old, 1 caller, 1 error.",
			},
		},
		{
			name: "a mover", entries: slices.Concat(old, fortnight("x", 5, 25)),
			want: []string{
				"217 errors in 2026-W47, 140 more than in 2026-W46 (77, +182 %); 9.4 % of 2,317 requests failed, before 3.5 %.",
				"They reached 181 callers, 145 more than before; the largest part of the rise is bad on POST /r, 140 more.", // five are the others'
				"Nothing is new against the 14 days before.",
				"1 error moved beyond noise; up most: bad (code x) on POST /r, from 35 to 175 callers.",
			},
		},
		{
			name: "little history", entries: quiet("bad", 13, 22),
			want: []string{
				"42 errors in 2026-W47, 24 more than in 2026-W46 (18, +133 %), of which only a part is held; 2.0 % of 2,142 requests failed, before 2.0 %.",
				"They reached 6 callers, as many as before.",
				"What is new is not known: what is held begins 3 days before the range, new needs 14. Nothing was unseen in them.",
				"Nothing is gone and nothing moved beyond noise.",
			},
		},
		{
			name: "no history", entries: quiet("bad", 16, 22),
			want: []string{
				"42 errors in 2026-W47; there is nothing to compare with; 2.0 % of 2,142 requests failed.",
				"They reached 6 callers.",
				"What is new is not known: nothing is held from before the range.",
			},
		},
		{
			name: "no errors", entries: []entry{ok(at(1, 0, 0), 1), ok(at(10, 0, 0), 3), ok(at(17, 0, 0), 5)},
			want: []string{
				"No errors in 2026-W47 (held only up to 17 November 2026 00:01), nor in 2026-W46; 0.0 % of 5 requests failed, before 0.0 %.",
				"5 entries were read.",
				"Nothing is new against the 14 days before.",
				"Nothing is gone and nothing moved beyond noise: a quiet week.",
			},
		},
		{
			name: "demand", entries: append(slices.Clone(old), entry{
				at: at(17, 0, 0), source: "a", method: "POST", route: "/r", status: 501, typ: "no", feature: "batch",
				caller: 5, n: 3, access: true, body: true,
			}),
			change: func(o *Options) { o.Compare = CompareNone },
			want: []string{
				"45 errors in 2026-W47; there is nothing to compare with; 2.1 % of 2,145 requests failed.",
				"They reached 7 callers.",
				"1 error is new: no on /r, 1 caller, 3 errors.",
				"Of what answers 501, most asked for is batch: 3 attempts by 1 caller.",
			},
		},
		{
			name: "a filter that does not reach demand", entries: append(slices.Clone(old), entry{
				at: at(17, 0, 0), source: "a", method: "POST", route: "/r", status: 501, typ: "no", feature: "batch",
				caller: 5, n: 3, access: true, body: true,
			}),
			change: func(o *Options) { o.Where = []store.Filter{{Dim: "status", Op: store.Eq, Value: "200"}} },
			want: []string{
				"No errors in 2026-W47, nor in 2026-W46; 0.0 % of 2,100 requests failed, before 0.0 %.",
				"Whatever the filters, 2,145 entries were read.",
				"Nothing is new against the 14 days before.",
				"Nothing is gone and nothing moved beyond noise: a quiet week.",
			},
		},
		{
			name: "a filter that reaches demand", entries: append(slices.Clone(old), entry{
				at: at(17, 0, 0), source: "a", method: "POST", route: "/r", status: 501, typ: "no", feature: "batch",
				caller: 5, n: 3, access: true, body: true,
			}),
			change: func(o *Options) { o.Where = []store.Filter{{Dim: "feature", Op: store.Eq, Value: "batch"}} },
			want:   []string{"", "", "", "", "Of what answers 501, most asked for is batch: 3 attempts by 1 caller."},
		},
		{
			name: "dead letters", entries: append(slices.Clone(old), entry{at: at(17, 0, 0), source: "a", reason: "not_json", n: 40}),
			want: []string{"", "", "", "", "40 of 2,182 entries could not be counted: see the dead letters."},
		},
		{
			name: "coverage", entries: append(slices.Clone(old), entry{
				at: at(17, 0, 0), source: "a", method: "GET", route: "/x", status: 500, caller: 5, n: 14, access: true,
			}),
			want: []string{"", "", "", "", "Coverage is 75.0 %: the other failed requests stand in no log with bodies, so what they were is not known."},
		},
	} {
		o := week()
		if c.change != nil {
			c.change(&o)
		}
		got := build(t, hold(t, c.entries), o).Verdict
		if len(got) != len(c.want) || len(got) < 3 || len(got) > 5 {
			t.Errorf("%s: verdict %q", c.name, got)
			continue
		}
		for i, w := range c.want {
			if w != "" && got[i] != w {
				t.Errorf("%s: sentence %d is\n%s\nwant\n%s", c.name, i, got[i], w)
			}
		}
	}
}

// TestVerdictIsPrintable: what a log says cannot break a sentence.
func TestVerdictIsPrintable(t *testing.T) {
	evil := "\x1b[31m\n<b>" + strings.Repeat("x", 500) + "\u202e"
	entries := []entry{fail(at(1, 0, 0), "old", "/r", 1)}
	e := fail(at(17, 0, 0), evil, evil, 2)
	e.code, e.param, e.source = evil, evil, evil
	rep := build(t, hold(t, append(entries, e)), week())
	for _, s := range slices.Concat(rep.Verdict, rep.Notes, rep.Method.Sentences) {
		if strings.ContainsAny(s, "\x1b\n\u202e") || len(s) > 900 {
			t.Errorf("sentence %q", s)
		}
	}
	if !contains(rep.Verdict, `\x1b[31m\n<b>xxx`) || !contains(rep.Verdict, "…") {
		t.Errorf("verdict %q", rep.Verdict)
	}
}

func TestEstimatesInTheVerdict(t *testing.T) {
	var entries []entry
	for i := range 3000 {
		h := uint64(i+1) * 0x9e3779b97f4a7c15 >> 1
		entries = append(entries, fail(at(10+i%3, i%24, i%60), "bad", "/r", h), fail(at(17+i%3, i%24, i%60), "bad", "/r", h))
	}
	rep := build(t, hold(t, entries), week())
	if !contains(rep.Verdict, "They reached ~") || !contains(rep.Verdict, ", about as many as before (~") {
		t.Errorf("verdict %q", rep.Verdict)
	}
	c := rep.Change.Totals
	if e := *rep.Totals.CallersError; e <= 0 || *c.CallersError < e*1.3 || *c.CallersError > e*1.6 {
		t.Errorf("errors of callers: %v, of the change %v", e, *c.CallersError)
	}
	if top := rep.Top[0]; *top.CallersError <= 0 || top.Callers == nil || *top.Callers != *rep.Totals.Callers {
		t.Errorf("top %+v, totals %+v", top, rep.Totals)
	}
}

// TestCause: what makes up a large change of the total is named, and the caller
// behind it.
func TestCause(t *testing.T) {
	old := fortnight("x", 20, 20)
	storm := func(d int, n int64, caller uint64) entry {
		e := fail(at(d, 3, 0), "storm", "/s", caller)
		e.method, e.n = "GET", n
		return e
	}
	for _, c := range []struct {
		name    string
		entries []entry
		want    string // "": none
	}{
		{"one caller", []entry{storm(17, 300, 5), storm(18, 100, 6)}, "the largest part of the rise is storm on GET /s, 400 more (one caller made at least 75.0 % of them)."},
		{"no caller", []entry{storm(17, 400, 0)}, "the largest part of the rise is storm on GET /s, 400 more."},
		{"a fall", []entry{storm(10, 400, 5)}, "the largest part of the fall is storm on GET /s, 400 fewer."},
		{"a small change", []entry{storm(17, 20, 5)}, ""},
		{"few errors", []entry{storm(17, 40, 5)}, ""},
		{"many places", func() (list []entry) {
			for i := range 10 {
				e := storm(17, 20, 5)
				e.route = "/s/" + string(rune('a'+i))
				list = append(list, e)
			}
			return list
		}(), ""},
		{"what a cap folded", func() []entry {
			e := storm(17, 400, 5)
			e.route = "(other)"
			return []entry{e}
		}(), ""},
		{"ties go by name", func() []entry {
			x, y := storm(17, 100, 0), storm(17, 100, 0)
			x.route, y.route = "/y", "/x"
			return []entry{x, y}
		}(), "the largest part of the rise is storm on GET /x, 100 more."},
	} {
		got := build(t, hold(t, append(slices.Clone(old), c.entries...)), week()).Verdict[1]
		if c.want != "" && !strings.HasSuffix(got, c.want) || c.want == "" && strings.Contains(got, "part of the") {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWordsOfNumbers(t *testing.T) {
	for _, c := range []struct {
		now, old int64
		want     string
	}{
		{5, 5, "as many as before"},
		{5, 0, "none before"},
		{150, 100, "50 more than before (100, +50 %)"},
		{50, 100, "50 fewer than before (100, -50 %)"},
		{1001, 1000, "1 more than before (1,000, under 1 %)"},
		{30_000, 2, "29,998 more than before (2, 15,000 times as many)"},
		{0, 3, "3 fewer than before (3, -100 %)"},
	} {
		if got := against(c.now, c.old, "before"); got != c.want {
			t.Errorf("%d against %d: %q, want %q", c.now, c.old, got, c.want)
		}
	}
	for x, want := range map[float64]string{0: "0.0", 1: "100.0", 0.5: "50.0", 0.0123: "1.2", 0.00123: "0.12", 0.00001: "under 0.01"} {
		if got := percent(x); got != want {
			t.Errorf("%v is %q percent, want %q", x, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0.0", 1: "100.0", 0.0004: "under 0.1", 0.25: "25.0"} {
		if got := share(x); got != want {
			t.Errorf("%v is the share %q, want %q", x, got, want)
		}
	}
	e := 12.5
	if got := callersText(1234, &e); got != "~1,234 callers" {
		t.Errorf("an estimate is %q", got)
	}
	if got := callersText(1, nil); got != "1 caller" {
		t.Errorf("one caller is %q", got)
	}
	for s, want := range map[string]string{
		"": "(none)", "a\tb": `a\tb`, strings.Repeat("ä", 60): strings.Repeat("ä", 60), strings.Repeat("ä", 61): strings.Repeat("ä", 59) + "…",
	} {
		if got := short(s); got != want {
			t.Errorf("%q is %q, want %q", s, got, want)
		}
	}
}

// TestErrorText: what an error lacks is not said, and where there is more than
// one source it is.
func TestErrorText(t *testing.T) {
	b := &builder{rep: &Report{Sources: []string{"a"}}}
	for _, c := range []struct{ typ, code, method, route, param, want string }{
		{"bad", "E1", "POST", "/r", "limit", "bad (code E1) on POST /r, param limit"},
		{"bad", "", "", "/r", "", "bad on /r"},
		{"", "", "GET", "/r", "", "an error without a type on GET /r"},
		{"(no body)", "(no body)", "GET", "/r", "(no body)", "an error without a logged body on GET /r"},
	} {
		if got := b.errorText("a", c.typ, c.code, c.method, c.route, c.param); got != c.want {
			t.Errorf("%+v is %q", c, got)
		}
	}
	b.rep.Sources = []string{"a", "b"}
	if got := b.errorText("a", "bad", "", "", "/r", ""); got != "bad on /r, source a" {
		t.Errorf("of two sources: %q", got)
	}
}

// TestMoverByErrors: where callers are not known the verdict counts errors.
func TestMoverByErrors(t *testing.T) {
	var entries []entry
	for i := range 14 * 10 {
		e := fail(at(9+i/10, i%10, 0), "bad", "/nobody", 0)
		e.n = int64(1 + i/70*4)
		entries = append(entries, e)
	}
	got := build(t, hold(t, append(entries, ok(at(1, 0, 0), 1))), week()).Verdict
	if !contains(got, "How many callers they reached is not known") || !contains(got, "up most: bad on POST /nobody, from 70 to 350 errors") {
		t.Errorf("verdict %q", got)
	}
}

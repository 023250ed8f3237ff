package filesrc

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"errata/ingest"
	"errata/ingest/ingesttest"
)

func TestContract(t *testing.T) {
	for _, form := range []string{"plain", "gz", "zst", "-plain", "-gz"} {
		t.Run(form, func(t *testing.T) {
			ingesttest.Run(t, func(t *testing.T, lines [][]byte, known []ingest.FileMark) ingest.Source {
				data := append(bytes.Join(lines, []byte("\n")), '\n')
				p := pack(t, strings.TrimPrefix(form, "-"), data)
				cfg := Config{Source: "s", Known: known, Chunk: 4096, Inputs: []string{"-"}, Stdin: bytes.NewReader(p)}
				if !strings.HasPrefix(form, "-") {
					cfg.Inputs = []string{write(t, filepath.Join(t.TempDir(), "a.log"), p)}
				}
				src, err := New(cfg)
				if err != nil {
					t.Fatal(err)
				}
				return src
			})
		})
	}
}

// TestGrowth cuts a file at every byte, counts the first part, then the whole.
func TestGrowth(t *testing.T) {
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"small": logLines(12),
		"large": logLines(130),
		"rest":  append(logLines(11), "no end"...),
		"blank": []byte("\n\r\n\n x\n"),
	} {
		t.Run(name, func(t *testing.T) {
			want := split(data, false)
			for cut := 0; cut <= len(data); cut++ {
				if len(data) > 1000 && cut%41 != 0 && (cut < identSize-20 || cut > identSize+20) {
					continue
				}
				g := newRig(t)
				path := filepath.Join(dir, name)
				a := g.run(write(t, path, data[:cut]))
				if !sameLines(t, a.lines(), split(data[:cut], false)) {
					t.Fatalf("cut at %d", cut)
				}
				b := g.run(write(t, path, data))
				if !sameLines(t, append(a.lines(), b.lines()...), want) {
					t.Fatalf("grown from %d", cut)
				}
				for i, r := range append(a.recs, b.recs...) {
					if r.Line != int64(i+1) {
						t.Fatalf("grown from %d: record %d has line %d", cut, i, r.Line)
					}
				}
				if len(a.recs) > 0 && b.lanes[0] != a.lanes[0] {
					t.Fatalf("grown from %d: another lane", cut)
				}
				if again := g.run(path); len(again.recs) > 0 {
					t.Fatalf("grown from %d: %d records again", cut, len(again.recs))
				}
			}
		})
	}
}

// TestFinal: a line without its end that was counted as whole, and then grew.
func TestFinal(t *testing.T) {
	for _, tt := range []struct{ first, then, rest string }{
		{"a\nb", "a\nb\n", ""},
		{"a\nb", "a\nb\r\n", ""},
		{"a\nb", "a\nb\nc\n", "|c"},
		{"a\nb", "a\nbcd\ne\n", "cd|e"},
		{"a\r\nb\r", "a\r\nb\r\nc\n", "|c"},
	} {
		g := newRig(t)
		path := filepath.Join(t.TempDir(), "a.log")
		g.cfg.Final = true
		a := g.run(write(t, path, []byte(tt.first)))
		if got := strings.Join(a.lines(), "|"); got != "a|b" {
			t.Errorf("%q: %q", tt.first, got)
		}
		b := g.run(write(t, path, []byte(tt.then)))
		if got := strings.Join(b.lines(), "|"); got != tt.rest {
			t.Errorf("%q to %q: %q, want %q", tt.first, tt.then, got, tt.rest)
		}
		if len(b.recs) > 0 && b.recs[0].Line != 2 {
			t.Errorf("%q to %q: goes on in line %d, want 2", tt.first, tt.then, b.recs[0].Line)
		}
	}
}

// TestForms: a file that is given in one form, then grown in another, each
// short and long, is counted once.
func TestForms(t *testing.T) {
	forms := []string{"plain", "gz", "gz2", "zst", "-plain", "-gz", "-zst"}
	for _, lines := range []int{3, 60, 400} {
		first := logLines(lines)
		second := append(bytes.Clone(first), "and more\nand the end\n"...)
		other := append([]byte("another beginning\n"), first...)
		for _, a := range forms {
			for _, b := range forms {
				g := newRig(t)
				x := g.give(a, "access.log", first)
				sameLines(t, x.lines(), split(first, false))
				if y := g.give(b, "access.log.1", first); len(y.recs) != 0 {
					t.Errorf("%d lines, %s then %s: %d again", lines, a, b, len(y.recs))
				} else if len(y.lanes) != 1 || y.lanes[0] != x.lanes[0] {
					t.Errorf("%d lines, %s then %s: lane %v, was %v", lines, a, b, y.lanes, x.lanes)
				}
				if y := g.give(b, "access.log.2", second); strings.Join(y.lines(), "|") != "and more|and the end" {
					t.Errorf("%d lines, %s then %s grown: %d lines", lines, a, b, len(y.recs))
				}
				if y := g.give(a, "access.log.3", second); len(y.recs) != 0 {
					t.Errorf("%d lines, %s at last: %d again", lines, a, len(y.recs))
				}
				if y := g.give(b, "access.log", other); !sameLines(t, y.lines(), split(other, false)) {
					t.Errorf("%d lines, %s then another file as %s", lines, a, b)
				}
				if len(g.marks) != 2 {
					t.Errorf("%d lines, %s then %s: %d lanes", lines, a, b, len(g.marks))
				}
			}
		}
	}
}

// TestOneRun: the same file twice in one run, by name and compressed.
func TestOneRun(t *testing.T) {
	dir := t.TempDir()
	data := logLines(200)
	write(t, filepath.Join(dir, "a.log"), data)
	write(t, filepath.Join(dir, "a.log.gz"), pack(t, "gz", data))
	write(t, filepath.Join(dir, "b.log.zst"), pack(t, "zst", append(bytes.Clone(data), "more\n"...)))
	g := newRig(t)
	out := g.run(filepath.Join(dir, "a.log"), dir, filepath.Join(dir, "*.gz"))
	sameLines(t, out.lines(), append(split(data, false), "more"))
	if len(g.marks) != 1 || len(out.errs) > 0 {
		t.Errorf("%d lanes, errors %v", len(g.marks), out.errs)
	}
	if out.done != out.total || out.total == 0 {
		t.Errorf("progress ended at %d of %d", out.done, out.total)
	}
}

// TestSources: a file is known within its source only.
func TestSources(t *testing.T) {
	g := newRig(t)
	data := logLines(100)
	g.give("plain", "a", data)
	g.cfg.Source = "other"
	if out := g.give("plain", "a", data); len(out.recs) == 0 {
		t.Error("a file of another source was taken as known")
	}
}

// TestAlike: files that begin like a known one but are not it.
func TestAlike(t *testing.T) {
	base := logLines(400)
	cut := bytes.LastIndexByte(base[:identSize+5000], '\n') + 1
	shorter := base[:cut]
	differs := append(bytes.Clone(base[:len(base)-6]), "other\nand on\n"...)
	for _, form := range []string{"plain", "gz", "zst", "-plain", "-zst"} {
		t.Run(form, func(t *testing.T) {
			g := newRig(t)
			g.cfg.SpoolDir = t.TempDir()
			g.give("plain", "a", base)
			out := g.give(form, "b", shorter)
			if len(out.recs) != 0 || out.codes() != "shorter" || len(out.errs) != 0 {
				t.Errorf("a part: %d records, notices %q, %v", len(out.recs), out.codes(), out.errs)
			}
			out = g.give(form, "c", differs)
			if !sameLines(t, out.lines(), split(differs, false)) || out.codes() != "differs" {
				t.Errorf("one that differs: notices %q, %v", out.codes(), out.errs)
			}
			// Both are known now, and told apart.
			for _, data := range [][]byte{base, differs} {
				more := append(bytes.Clone(data), "tail\n"...)
				if out := g.give(form, "d", more); strings.Join(out.lines(), "|") != "tail" {
					t.Errorf("grown: %d lines", len(out.recs))
				}
			}
			if left, err := os.ReadDir(g.cfg.SpoolDir); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// TestBranch: two known files share a long beginning; a third one is the
// shorter of them, grown, so that the reading goes beyond its mark first.
func TestBranch(t *testing.T) {
	base := logLines(300)
	long := append(bytes.Clone(base), logLines(200)...)
	short := append(bytes.Clone(base), "short\n"...)
	for _, form := range []string{"plain", "gz", "zst", "-plain", "-gz"} {
		g := newRig(t)
		g.give("plain", "short", short)
		g.give("plain", "long", long)
		if len(g.marks) != 2 {
			t.Fatalf("%d lanes", len(g.marks))
		}
		for _, grown := range []string{"g1\n", strings.Repeat("g2\n", 20_000)} {
			data := append(bytes.Clone(short), grown...)
			out := g.give(form, "x", data)
			if !sameLines(t, out.lines(), split([]byte(grown), false)) {
				t.Errorf("%s: the shorter one grew: %v %v", form, out.notices, out.errs)
			}
			g = newRig(t)
			g.give("plain", "short", short)
			g.give("plain", "long", long)
		}
	}
}

func TestSpoolBound(t *testing.T) {
	base := logLines(3000)
	g := newRig(t)
	g.give("plain", "a", base)
	g.cfg.SpoolMax = 10_000
	out := g.give("-plain", "", base)
	if len(out.errs) != 1 {
		t.Fatalf("errors: %v", out.errs)
	}
	mustFail(t, out.errs[0], "save it to a file")
	g.cfg.SpoolMax, g.cfg.SpoolDir = 0, filepath.Join(t.TempDir(), "gone")
	out = g.give("-plain", "", base)
	if len(out.errs) != 1 {
		t.Fatalf("errors: %v", out.errs)
	}
	mustFail(t, out.errs[0], "cannot be held")
}

// TestIndex: a mark that grew beyond the head is found by its new hash only.
func TestIndex(t *testing.T) {
	x := newIndex()
	head := bytes.Repeat([]byte("0123456789abcdef"), identSize/16)
	mark := func(lane ingest.LaneID, n int64) ingest.FileMark {
		return ingest.FileMark{Lane: lane, Length: n, HeadHash: hash(head[:min(n, identSize)])}
	}
	x.put(mark("zero", 0))
	x.put(mark("a", 10))
	x.put(mark("b", 100_000))
	x.put(mark("a", 20))
	x.put(mark("c", 20))
	var got []string
	for _, m := range x.find(head) {
		got = append(got, string(m.Lane))
	}
	if s := strings.Join(got, " "); s != "c a b" {
		t.Errorf("found %q", s)
	}
	if m := x.find(head[:15]); len(m) != 0 {
		t.Errorf("found %v by the hash of an older mark", m)
	}
	if m := x.find(head[:25]); len(m) != 2 {
		t.Errorf("found %v of a short file", m)
	}
}

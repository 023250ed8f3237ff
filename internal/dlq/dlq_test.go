//go:build unix

package dlq

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"errata/ingest"
)

func letter(i int) Letter {
	return Letter{
		Source: "s", Name: "a.log", Lane: "lane", Line: int64(i + 1), Offset: int64(i * 100), Count: int64(i%3 + 1),
		Reason: "not_json", Detail: "at byte 4", Payload: fmt.Sprintf("{\"broken %d\u2028 <&>", i),
	}
}

type box struct {
	t       *testing.T
	path    string
	notices []ingest.Notice
	*File
}

func newBox(t *testing.T, limit int64) *box {
	t.Helper()
	b := &box{t: t, path: filepath.Join(t.TempDir(), "x.dead.ndjson")}
	f, err := New(Config{Path: b.path, MaxBytes: limit, Notice: func(n ingest.Notice) { b.notices = append(b.notices, n) }})
	if err != nil {
		t.Fatal(err)
	}
	b.File = f
	t.Cleanup(func() { _ = f.Close() })
	return b
}

func (b *box) put(ls ...Letter) {
	b.t.Helper()
	if err := b.Put(b.t.Context(), ls...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) list() ([]Letter, Stats) {
	b.t.Helper()
	var out []Letter
	st, err := List(b.path, func(l Letter) error { out = append(out, l); return nil })
	if err != nil {
		b.t.Fatal(err)
	}
	return out, st
}

func (b *box) raw() string {
	b.t.Helper()
	data, err := os.ReadFile(b.path)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(data)
}

func TestPut(t *testing.T) {
	b := newBox(t, 0)
	if ls, _ := b.list(); len(ls) != 0 {
		t.Errorf("letters before any: %v", ls)
	}
	b.put()
	if _, err := os.Stat(b.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file without a letter: %v", err)
	}
	b.put(letter(0), letter(1))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b.put(letter(2))
	fi, err := os.Stat(b.path)
	if err != nil || fi.Mode() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
	got, st := b.list()
	if d := cmp.Diff([]Letter{letter(0), letter(1), letter(2)}, got); d != "" {
		t.Error(d)
	}
	if st != (Stats{Letters: 3, Entries: 6}) {
		t.Errorf("%+v", st)
	}
	want := `{"source":"s","name":"a.log","lane":"lane","line":1,"offset":0,"entry":0,"count":1,"reason":"not_json","detail":"at byte 4","payload":"{\"broken 0\u2028 <&>"}`
	if line, _, _ := strings.Cut(b.raw(), "\n"); line != want {
		t.Errorf("a line is %s", line)
	}
}

// TestAgain: after a kill between the letters and the commit, the same entries
// come once more, in another lane and in a longer letter.
func TestAgain(t *testing.T) {
	b := newBox(t, 0)
	b.put(letter(0), letter(1))
	again := letter(1)
	again.Lane, again.Count = "another", 9
	other := letter(1) // the same place in a file of that name which was rotated
	other.Payload = "something else"
	b.put(again, other, letter(2))
	got, st := b.list()
	if d := cmp.Diff([]Letter{letter(0), again, other, letter(2)}, got); d != "" {
		t.Error(d)
	}
	if st.Again != 1 || st.Entries != 1+9+2+3 {
		t.Errorf("%+v", st)
	}
	// Each part of an identity counts.
	for _, change := range []func(*Letter){
		func(l *Letter) { l.Source = "x" }, func(l *Letter) { l.Name = "x" }, func(l *Letter) { l.Offset++ },
		func(l *Letter) { l.Entry++ }, func(l *Letter) { l.Payload += "x" },
		func(l *Letter) { l.Source, l.Name = l.Source+l.Name[:1], l.Name[1:] },
	} {
		l, base := letter(0), letter(0)
		change(&l)
		if l.identity() == base.identity() {
			t.Errorf("the identity of %+v is that of %+v", l, base)
		}
	}
}

// TestTorn cuts the file at every byte, as a crash may, and goes on.
func TestTorn(t *testing.T) {
	b := newBox(t, 0)
	b.put(letter(0), letter(1))
	whole := b.raw()
	first := strings.IndexByte(whole, '\n') + 1
	for cut := 0; cut <= len(whole); cut++ {
		_ = b.Close()
		if err := os.WriteFile(b.path, []byte(whole[:cut]), 0o644); err != nil {
			t.Fatal(err)
		}
		want := []Letter{letter(5)}
		switch {
		case cut >= len(whole)-1: // only the line end is missing
			want = []Letter{letter(0), letter(1), letter(5)}
		case cut >= first-1:
			want = []Letter{letter(0), letter(5)}
		}
		b.put(letter(5))
		got, st := b.list()
		if d := cmp.Diff(want, got); d != "" || st.Garbage != 0 {
			t.Fatalf("cut at %d: %d lines of garbage, %s", cut, st.Garbage, d)
		}
		if fi, err := os.Stat(b.path); err != nil || fi.Mode() != 0o600 {
			t.Fatalf("mode %v, %v", fi.Mode(), err)
		}
	}
	// A last line that is no letter and longer than any.
	_ = b.Close()
	long := whole + strings.Repeat("x", 3*lineMax)
	if err := os.WriteFile(b.path, []byte(long), 0o600); err != nil {
		t.Fatal(err)
	}
	b.put(letter(5))
	if got, st := b.list(); len(got) != 3 || st.Garbage > 1 {
		t.Errorf("%d letters, %+v", len(got), st)
	}
}

func TestGarbage(t *testing.T) {
	b := newBox(t, 0)
	b.put(letter(0))
	_ = b.Close()
	garbage := "not json\n{}\n\n[1]\n{\"reason\":\"x\",\"count\":0}\n\x00\xff\n" + strings.Repeat("y", 2*lineMax) + "\n" + strings.Repeat("z", lineMax) + "\n"
	if err := os.WriteFile(b.path, []byte(b.raw()+garbage), 0o600); err != nil {
		t.Fatal(err)
	}
	b.put(letter(1))
	got, st := b.list()
	if d := cmp.Diff([]Letter{letter(0), letter(1)}, got); d != "" {
		t.Error(d)
	}
	if st.Garbage != 8 {
		t.Errorf("%+v", st)
	}
	stop := errors.New("enough")
	if _, err := List(b.path, func(Letter) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}

func TestRotate(t *testing.T) {
	b := newBox(t, 1000)
	for i := range 20 {
		b.put(letter(i))
		for _, p := range []string{b.path, b.path + ".1"} {
			if fi, err := os.Stat(p); err == nil && (fi.Size() > 1000 || fi.Mode() != 0o600) {
				t.Fatalf("%s: %d bytes, %v", p, fi.Size(), fi.Mode())
			}
		}
	}
	got, _ := b.list()
	if len(got) < 6 || len(got) > 12 {
		t.Fatalf("%d letters are left", len(got))
	}
	for i, l := range got {
		if d := cmp.Diff(letter(20-len(got)+i), l); d != "" {
			t.Fatal(d)
		}
	}
	if len(b.notices) < 2 || b.notices[0].Code != ingest.NoticeRotated {
		t.Fatalf("notices %v", b.notices)
	}
	if first, second := b.notices[0].Text, b.notices[1].Text; strings.Contains(first, "dropped") || !strings.Contains(second, "dropped") {
		t.Errorf("said %q, then %q", first, second)
	}
	// More than the bound at once is kept: nothing of a batch is dropped.
	var many []Letter
	for i := range 50 {
		many = append(many, letter(100+i))
	}
	b.put(many...)
	if got, _ := b.list(); len(got) < 50 {
		t.Errorf("%d letters", len(got))
	}
}

// TestPlace: nothing but a regular file is written to or read.
func TestPlace(t *testing.T) {
	dir := t.TempDir()
	target := filepath.Join(dir, "target")
	if err := os.WriteFile(target, []byte("precious\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	makeFifo(t, fifo)
	for path, text := range map[string]string{
		link:                              "is a link, and links are not followed",
		fifo:                              "fifo",
		dir:                               "is a directory",
		filepath.Join(dir, "gone", "x"):   "no such file or directory",
		filepath.Join(target, "x.ndjson"): "not a directory",
	} {
		f, err := New(Config{Path: path})
		if err != nil {
			t.Fatal(err)
		}
		err = f.Put(t.Context(), letter(0))
		if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q", path, err, text)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{link, fifo, dir} {
		if _, err := List(path, func(Letter) error { return nil }); err == nil {
			t.Errorf("%s was listed", path)
		}
	}
	if data, err := os.ReadFile(target); err != nil || string(data) != "precious\n" {
		t.Errorf("%q, %v", data, err)
	}
}

func TestErrors(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("no path and no error")
	}
	if _, err := New(Config{Path: "x", MaxBytes: -1}); err == nil {
		t.Error("a negative bound")
	}
	// A device that is always full: the letters are not kept, and that is an error.
	b := newBox(t, 0)
	b.put(letter(0))
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	_ = b.f.Close()
	b.f = full
	if err := b.Put(t.Context(), letter(1)); err == nil || !strings.Contains(err.Error(), "no space left") {
		t.Errorf("%v", err)
	}
	b.put(letter(1)) // opened anew
	if got, _ := b.list(); len(got) != 2 {
		t.Errorf("%d letters", len(got))
	}
}

func TestPayload(t *testing.T) {
	for _, tt := range []struct {
		name, raw string
		cut       bool
		want      string
	}{
		{"plain", `{"a":1`, false, `{"a":1`},
		{"empty", "", false, ""},
		{"invalid", "a\xffb\xc3", false, "a\uFFFDb\uFFFD"},
		{"cut", "one two thr", true, "one two "},
		{"secret", "Authorization: Bearer abcdefgh12345678", false, "Authorization: ***"},
	} {
		if got := Payload([]byte(tt.raw), tt.cut); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	// At most 1 KiB, cut at a rune.
	for pad := range 4 {
		got := Payload([]byte(strings.Repeat("x", pad)+strings.Repeat("\u20ac", 1000)), false)
		if len(got) > payloadMax || len(got) < payloadMax-3 || !utf8.ValidString(got) {
			t.Errorf("pad %d: %d bytes", pad, len(got))
		}
	}
}

// TestPayloadSecrets moves a secret over every place where something is cut.
func TestPayloadSecrets(t *testing.T) {
	const canary = "kAnArY0123456789kAnArY"
	for _, form := range []string{
		"Bearer " + canary, `"authorization":"` + canary + `"`, "token=" + canary, "pt-" + canary, "whsec_" + canary,
		"user.kAnArY@example.com",
	} {
		for _, edge := range []int{payloadMax, maskWindow} {
			for at := edge - len(form) - 4; at < edge+4; at++ {
				for _, fill := range []string{"x ", "Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, "} {
					head := strings.Repeat(fill, at/len(fill)+1)[:at-1] + " "
					for _, tail := range []string{"", " and more of it " + strings.Repeat("y ", 100)} {
						got := Payload([]byte(head+form+tail), false)
						if i := strings.Index(got, "kAn"); i >= 0 {
							t.Fatalf("%q at %d of %q: %q", form, at, fill, got[max(0, i-40):])
						}
					}
				}
			}
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add([]byte("{\"reason\":\"cut\",\"count\":1}\n"), true)
	f.Add([]byte("{\"reason\":\"cut\",\"count\":1}"), false)
	f.Add([]byte("\n\n{\"reason\":"), true)
	f.Add([]byte("[]\n{\"reason\":1,\"count\":\"x\"}\n"), false)
	f.Fuzz(func(t *testing.T, data []byte, again bool) {
		b := newBox(t, 0)
		if err := os.WriteFile(b.path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		before, _ := b.list()
		b.put(letter(0))
		if again {
			b.put(letter(0))
		}
		after, st := b.list()
		// What was there stays, but for what the new letter replaces.
		if len(after) > len(before)+1 || len(after) < len(before) || after[len(after)-1] != letter(0) {
			t.Fatalf("%d letters, then %d", len(before), len(after))
		}
		if again && st.Again == 0 {
			t.Fatal("written twice, and nobody saw")
		}
	})
}

package aggregate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"errata/parse"

	"github.com/google/go-cmp/cmp"
)

type sampleJSON struct {
	RequestID string `json:"request_id"`
	Time      string `json:"time"`
	Message   string `json:"message"`
	Position  string `json:"position"`
}

func splitSample(t *testing.T, text string) (hash string, s sampleJSON) {
	t.Helper()
	hash, js, ok := strings.Cut(text, " ")
	if !ok || len(hash) != 16 {
		t.Fatalf("sample %q does not begin with a hash", text)
	}
	dec := json.NewDecoder(strings.NewReader(js))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		t.Fatalf("sample %q: %v", text, err)
	}
	return hash, s
}

func TestSampleText(t *testing.T) {
	ev := event(failed, func(ev *parse.Event) { ev.Env.Message = str("a \"b\" <c>\n") })
	rows := fold(t, mustNew(t, FeedBoth), ev)
	key := testKey
	h := key.Hash64([]byte("req_1"))
	want := fmt.Sprintf("sample 09-22T08:10 route=/sessions method=POST type=invalid_request_error param=name template=00000000000000ab status=400%s text=%016x %s",
		map[uint64]string{0: "", 1: " pos=1", 2: " pos=2"}[h%3], h,
		`{"request_id":"req_1","time":"2026-09-22T08:15:30.123456789Z","message":"a \"b\" <c>\n","position":"x.log:1"}`)
	if d := cmp.Diff([]string{want}, texts(rows, KindSample)); d != "" {
		t.Errorf("sample (-want +got):\n%s", d)
	}
}

// TestSampleKeys: once with the param and template, and once per finding
// without them.
func TestSampleKeys(t *testing.T) {
	tests := []struct {
		name, feed string
		ev         *parse.Event
		want       []string
	}{
		{"findings", FeedResponse, event(failed, func(ev *parse.Event) { ev.Findings = parse.TypeStatus | parse.OuterType }), []string{
			"invalid_request_error  00000000000000 ",
		}},
		{"a failure without a body", FeedAccess, event(func(ev *parse.Event) { ev.Status = 502 }), nil},
		{"a success", FeedAccess, event(), nil},
		{"a success with a body", FeedAccess, event(func(ev *parse.Event) { ev.HasBody = true }), nil},
	}
	tests[0].want = []string{"type=invalid_request_error param= template= finding=outer_type", "type=invalid_request_error param= template= finding=type_status", "type=invalid_request_error param=name template=00000000000000ab finding="}
	tests[1].want = []string{"type= param= template= finding="}
	for _, tt := range tests {
		var got []string
		var hashes []string
		for _, r := range fold(t, mustNew(t, tt.feed), tt.ev) {
			if r.Kind == KindSample {
				got = append(got, fmt.Sprintf("type=%s param=%s template=%s finding=%s", r.Type, r.Param, r.Template, r.Finding))
				hash, _ := splitSample(t, r.Text)
				hashes = append(hashes, hash)
			}
		}
		if d := cmp.Diff(tt.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, d)
		}
		for _, h := range hashes {
			if h != hashes[0] {
				t.Errorf("%s: samples of one entry have hashes %v", tt.name, hashes)
			}
		}
	}
}

func TestSampleWithoutRequestIDHashesTheEntry(t *testing.T) {
	key := testKey
	rows := fold(t, mustNew(t, FeedAccess), event(func(ev *parse.Event) { ev.Status, ev.Raw = 500, []byte("the entry") }))
	for _, r := range rows {
		if r.Kind != KindSample {
			continue
		}
		hash, s := splitSample(t, r.Text)
		if want := fmt.Sprintf("%016x", key.Hash64([]byte("the entry"))); hash != want {
			t.Errorf("hash %s, want %s", hash, want)
		}
		if s.RequestID != "" || s.Message != "" {
			t.Errorf("sample %+v", s)
		}
	}
}

// TestSmallestSampleWins in any order, in every slot.
func TestSmallestSampleWins(t *testing.T) {
	key := testKey
	var evs []*parse.Event
	want := map[int64]uint64{}
	for i := range 100 {
		id := fmt.Appendf(nil, "req_%d", i)
		evs = append(evs, event(failed, func(ev *parse.Event) { setID(ev, id) }))
		h := key.Hash64(id)
		if old, ok := want[int64(h%3)]; !ok || h < old {
			want[int64(h%3)] = h
		}
	}
	for range 2 {
		got := map[int64]uint64{}
		for _, r := range fold(t, mustNew(t, FeedBoth), evs...) {
			if r.Kind == KindSample {
				var h uint64
				hash, _ := splitSample(t, r.Text)
				fmt.Sscanf(hash, "%x", &h)
				got[r.Pos] = h
				if r.N != 0 {
					t.Errorf("a sample counts %d entries", r.N)
				}
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("winners (-want +got):\n%s", d)
		}
		for i := range evs[:50] {
			evs[i], evs[99-i] = evs[99-i], evs[i]
		}
	}
}

// TestRetriesOfOneRequest share the hash: the smaller text wins, whatever the
// order.
func TestRetriesOfOneRequest(t *testing.T) {
	x := event(failed)
	y := event(failed, at(at0.Add(time.Second)))
	for _, evs := range [][]*parse.Event{{x, y}, {y, x}, {y, x, y}} {
		for _, r := range fold(t, mustNew(t, FeedBoth), evs...) {
			if r.Kind != KindSample {
				continue
			}
			if _, s := splitSample(t, r.Text); s.Time != "2026-09-22T08:15:30.123456789Z" {
				t.Errorf("the sample is of %s", s.Time)
			}
		}
	}
}

// TestSampleHashesTheRawID, which is never stored.
func TestSampleHashesTheRawID(t *testing.T) {
	key := testKey
	ev := event(failed, func(ev *parse.Event) { ev.RequestID, ev.RequestRaw = []byte("***"), []byte("pt-secret") })
	for _, r := range fold(t, mustNew(t, FeedBoth), ev) {
		if strings.Contains(text(&r), "pt-secret") {
			t.Errorf("a secret in %s", text(&r))
		}
		if r.Kind != KindSample {
			continue
		}
		hash, s := splitSample(t, r.Text)
		if want := fmt.Sprintf("%016x", key.Hash64([]byte("pt-secret"))); hash != want || s.RequestID != "***" {
			t.Errorf("%s of %q, want the hash %s", hash, s.RequestID, want)
		}
	}
}

func TestSampleBounds(t *testing.T) {
	ev := event(failed, func(ev *parse.Event) {
		setID(ev, []byte(strings.Repeat("é", 200)))
		ev.Env.Message = str(strings.Repeat("€", 600))
		ev.HasTime = false
	})
	for _, r := range fold(t, mustNew(t, FeedBoth), ev) {
		if r.Kind != KindSample {
			continue
		}
		_, s := splitSample(t, r.Text)
		if len(s.RequestID) != 256 || len(s.Message) != 1023 || !utf8.ValidString(s.Message) || s.Time != "" {
			t.Errorf("id %d bytes, message %d bytes, time %q", len(s.RequestID), len(s.Message), s.Time)
		}
	}
}

// FuzzAppendJSON: as encoding/json without HTML escaping.
func FuzzAppendJSON(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\b\f\n\r\t\x00\x1f\x7f", "<a&b>", "é€\U0001f600", "\u2028\u2029\u202a", "\xff\xc3", "a\xe2\x80", "\xed\xa0\x80", "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want bytes.Buffer
		enc := json.NewEncoder(&want)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(s); err != nil {
			t.Fatal(err)
		}
		w := strings.TrimSuffix(want.String(), "\n")
		if got := string(appendJSON(nil, s)); got != w {
			t.Errorf("%q: %s, want %s", s, got, w)
		}
		if got := string(appendJSON(nil, []byte(s))); got != w {
			t.Errorf("%q as bytes: %s, want %s", s, got, w)
		}
	})
}

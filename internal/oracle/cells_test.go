package oracle

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// A corpus small enough to count by hand: 2026-09-22 is a Tuesday, 08:15:30.123 UTC is in
// minute 1790064900, ten minutes 1790064600, hour 1790064000, day 1790035200.
const (
	minute, tenMinutes, hour, day = 1790064900, 1790064600, 1790064000, 1790035200
	firstUS                       = 1790064930123000
)

func tinyLine(ms int64, status int, more, headers, body string) string {
	return fmt.Sprintf(`{"start_time":%d,"latency":0.02,%s"request":{"method":"POST","uri":"/v1/agents","headers":%s},"response":{"status":%d,"size":10%s}}`,
		ms, more, headers, status, body)
}

var tiny = strings.Join([]string{
	tinyLine(1790064930123, 200, `"client_ip":"a",`, `{"x-qoder-beta":"v-2026-01-02, u,v-2026-01-02","user-agent":"curl/8"}`, ``),
	tinyLine(1790064931123, 501, `"client_ip":"a",`, `{"x-qoder-beta":"v-2025-12-31","user-agent":"curl/8"}`,
		`,"body":"{\"type\":\"error\",\"request_id\":\"r1\",\"error\":{\"type\":\"feature_not_available\",\"message\":\"m\",\"feature\":\"f\",\"available_from\":\"v-2026-01-02\"}}"`),
	tinyLine(1790064930623, 501, ``, `{"user-agent":"curl/8"}`,
		`,"body":"{\"type\":\"error\",\"request_id\":\"r1\",\"error\":{\"type\":\"feature_not_available\",\"message\":\"m\",\"feature\":\"f\",\"available_from\":\"v-2026-01-02\"}}"`),
	tinyLine(1000, 404, `"client_ip":"b",`, `{}`, ``),
	`nonsense`, ``,
}, "\n")

func TestCellsOfATinyCorpus(t *testing.T) {
	cells, err := Recount(Config{Source: "s", Feed: "both", CallerKey: fixedKey}, "f.log", strings.NewReader(tiny))
	if err != nil {
		t.Fatal(err)
	}
	a := sipHash(fixedKey, []byte("a")) &^ (1 << 63)
	b := sipHash(fixedKey, []byte("b")) &^ (1 << 63)
	h := sipHash(fixedKey, []byte("r1"))
	id := templateID("feature_not_available", "m")
	key := func(kind string, time int64) Key { return Key{Kind: kind, Time: time, Source: "s"} }
	of := func(kind string, time int64, status int, more func(*Key)) Key {
		k := key(kind, time)
		k.Route, k.Method, k.Status = "/agents", "POST", status
		if more != nil {
			more(&k)
		}
		return k
	}
	with := func(k Key, more func(*Key)) Key { more(&k); return k }
	none := func(c Cell) Cell {
		if c.Hist == nil {
			c.Hist = map[uint8]int64{}
		}
		if c.Callers == nil {
			c.Callers = map[uint64]int64{}
		}
		return c
	}
	feature := func(k *Key) { k.Type, k.Feature, k.AvailableFrom = "feature_not_available", "f", "v-2026-01-02" }
	want := map[Key]Cell{
		of("request", minute, 200, nil): {N: 1, Bytes: 10, Hist: map[uint8]int64{18: 1}},
		of("request", minute, 501, nil): {N: 2, Bytes: 20, Hist: map[uint8]int64{18: 2}},
		of("request", 0, 404, nil):      {N: 1, Bytes: 10, Hist: map[uint8]int64{18: 1}},

		of("error", minute, 501, func(k *Key) { feature(k); k.Shape, k.Origin, k.Template = "envelope", "app", id }): {
			N: 2, Callers: map[uint64]int64{a: 1}, NNoCaller: 1, First: firstUS + 500000, Last: firstUS + 1000000,
		},
		of("error", 0, 404, func(k *Key) { k.Shape, k.Origin = "none", "unknown" }): {N: 1, Callers: map[uint64]int64{b: 1}},

		of("rclient", hour, 200, func(k *Key) { k.Client, k.Auth = "curl", "none" }): {N: 1},
		of("rclient", hour, 501, func(k *Key) { k.Client, k.Auth = "curl", "none" }): {N: 2},
		of("rclient", 0, 404, func(k *Key) { k.Auth = "none" }):                      {N: 1},

		of("eclient", hour, 501, func(k *Key) { k.Client, k.Auth, k.Type = "curl", "none", "feature_not_available" }): {N: 2},
		of("eclient", 0, 404, func(k *Key) { k.Auth = "none" }):                                                       {N: 1},

		of("finding", 0, 404, func(k *Key) { k.Finding = "feed_mismatch" }): {N: 1},

		key("read", hour): {N: 3},
		key("read", 0):    {N: 1},
		with(key("read", 0), func(k *Key) { k.Reason = "unknown_format" }): {N: 1},

		of("sample", tenMinutes, 501, func(k *Key) { k.Type, k.Template, k.Pos = "feature_not_available", id, int64(h%3) }): {
			Text: fmt.Sprintf(`%016x {"request_id":"r1","time":"2026-09-22T08:15:30.623Z","message":"m","position":"f.log:3"}`, h),
		},

		with(key("template", day), func(k *Key) { k.Type, k.Template = "feature_not_available", id }): {N: 2, Text: "m"},

		with(key("demand", day), func(k *Key) {
			k.Feature, k.AvailableFrom, k.Reason, k.Client, k.Caller = "f", "v-2026-01-02", "older_value", "curl", a
		}): {N: 1, First: firstUS + 1000000, Last: firstUS + 1000000, Text: "v-2025-12-31"},
		with(key("demand", day), func(k *Key) {
			k.Feature, k.AvailableFrom, k.Reason, k.Client = "f", "v-2026-01-02", "no_header", "curl"
		}): {N: 1, First: firstUS + 500000, Last: firstUS + 500000},

		with(key("adopt", day), func(k *Key) { k.Caller, k.AvailableFrom = a, "u" }):            {N: 1, First: firstUS, Last: firstUS},
		with(key("adopt", day), func(k *Key) { k.Caller, k.AvailableFrom = a, "v-2026-01-02" }): {N: 1, First: firstUS, Last: firstUS},

		key("active", hour): {N: 3, Callers: map[uint64]int64{a: 2}, NNoCaller: 1},
		key("active", 0):    {N: 1, Callers: map[uint64]int64{b: 1}},
	}
	// The sample of the entry in the clamp day: its slot comes from its own bytes.
	raw := sipHash(fixedKey, []byte(strings.Split(tiny, "\n")[3]))
	for _, finding := range []string{"", "feed_mismatch"} {
		want[of("sample", 0, 404, func(k *Key) { k.Pos, k.Finding = int64(raw%3), finding })] = Cell{
			Text: fmt.Sprintf(`%016x {"request_id":"","time":"1970-01-01T00:00:01Z","message":"","position":"f.log:4"}`, raw),
		}
	}
	got := map[Key]Cell{}
	for _, r := range cells.Rows() {
		got[r.Key] = r.Cell
	}
	for k, c := range want {
		want[k] = none(c)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestFeedsWriteTheirKinds(t *testing.T) {
	for feed, want := range map[string]string{
		"access":   "active:4 adopt:2 finding:2 rclient:4 read:5 request:4",
		"response": "demand:2 eclient:3 error:3 finding:1 read:5 template:2",
	} {
		cells, err := Recount(Config{Source: "s", Feed: feed}, "f", strings.NewReader(tiny))
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int64{}
		for _, r := range cells.Rows() {
			if r.Kind != "sample" {
				n[r.Kind] += r.N
			}
			if r.Kind == "request" && r.Status == 200 && (len(r.Callers) != 0 || r.NNoCaller != 0) {
				t.Errorf("%s: a success has callers", feed)
			}
			if r.Kind == "request" && r.Status == 501 && r.NNoCaller != 1 {
				t.Errorf("%s: n_nocaller %d, want 1", feed, r.NNoCaller)
			}
			if r.Kind == "read" && r.Time == hour && feed == "response" && r.Reason == "success" && r.N != 1 {
				t.Errorf("%d successes", r.N)
			}
		}
		got := strings.Trim(strings.ReplaceAll(fmt.Sprint(n), "map[", ""), "]")
		if got != want {
			t.Errorf("%s: %s, want %s", feed, got, want)
		}
	}
}

func TestDemandReasons(t *testing.T) {
	for _, test := range []struct {
		logged bool
		beta   []string
		from   string
		want   string
	}{
		{false, nil, "v-2026-01-02", "unknown"},
		{true, nil, "v-2026-01-02", "no_header"},
		{true, []string{"x", "v-2026-01-02"}, "v-2026-01-02", "right_value"},
		{true, []string{"v-2026-02-02", "v-2026-01-01"}, "v-2026-01-02", "older_value"},
		{true, []string{"v-2026-02-02"}, "v-2026-01-02", "unknown"},
		{true, []string{"v"}, "", "unknown"},
		{true, []string{"w-2025-01-01"}, "v-2026-01-02", "other_feature"},
		{true, []string{"M1"}, "M2", "other_feature"},
	} {
		e := &Entry{Beta: test.beta}
		e.e.betaLogged = test.logged
		if got := demandReason(e, test.from); got != test.want {
			t.Errorf("%v %q: %s, want %s", test.beta, test.from, got, test.want)
		}
	}
}

func TestSplitFilesCountTheSame(t *testing.T) {
	all, err := Recount(auto, "f", strings.NewReader(tiny))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(tiny, "\n")
	parts := &Cells{cells: map[Key]*Cell{}}
	for i := len(lines) - 1; i >= 0; i-- {
		if err := parts.Add(auto, "f", strings.NewReader(lines[i])); err != nil {
			t.Fatal(err)
		}
	}
	if all.Len() != parts.Len() {
		t.Errorf("%d cells, want %d", parts.Len(), all.Len())
	}
	for _, r := range all.Rows() {
		got := parts.Get(r.Key)
		if got == nil {
			t.Errorf("no %+v", r.Key)
			continue
		}
		want := r.Cell
		want.Text, got.Text = "", "" // positions differ
		if d := cmp.Diff(want, *got); d != "" {
			t.Error(d)
		}
	}
	parts = &Cells{}
	for i := len(lines) - 1; i >= 0; i-- {
		one := &Cells{cells: map[Key]*Cell{}}
		if err := one.Add(auto, "f", strings.NewReader(lines[i])); err != nil {
			t.Fatal(err)
		}
		parts = Sum(one, parts)
	}
	for _, r := range all.Rows() {
		want, got := r.Cell, *parts.Get(r.Key)
		want.Text, got.Text = "", ""
		if d := cmp.Diff(want, got); d != "" || parts.Len() != all.Len() {
			t.Error(d, parts.Len())
		}
	}
	var dump strings.Builder
	if err := all.Dump(&dump); err != nil || strings.Count(dump.String(), "\n") != all.Len() {
		t.Errorf("dump: %v", err)
	}
	if len((Cell{Callers: map[uint64]int64{3: 1, 1: 1, 2: 1}}).Smallest(2)) != 2 {
		t.Error("smallest")
	}
}

func TestReadErrorsComeBack(t *testing.T) {
	want := errors.New("unreadable")
	if _, err := Recount(auto, "f", iotest.ErrReader(want)); !errors.Is(err, want) {
		t.Errorf("%v", err)
	}
}

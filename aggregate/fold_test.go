package aggregate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/parse"
	"errata/parse/normal"

	"github.com/google/go-cmp/cmp"
)

// TestKinds has the rows of each kind, by feed, for events whose answer can be
// read off docs/schema.md.
func TestKinds(t *testing.T) {
	full := func(ev *parse.Event) {
		ev.Client, ev.Auth, ev.Retry = []byte("qoder-go/1"), normal.AuthBearer, normal.Retry1
	}
	sse := func(ev *parse.Event) {
		failed(ev)
		ev.Status, ev.ErrorEvent, ev.Flags = 200, true, parse.FlagSSE
	}
	tests := []struct {
		name  string
		feeds string
		kinds []Kind
		evs   []*parse.Event
		want  []string
	}{
		{
			"a success", "access both",
			[]Kind{KindRequest, KindError, KindRClient, KindEClient, KindActive, KindRead, KindSample, KindFinding},
			[]*parse.Event{event(full, caller(7), func(ev *parse.Event) { ev.Duration, ev.Bytes = 1000, 12 })},
			[]string{
				"request 09-22T08:15 route=/agents method=GET status=200 n=1 bytes=12 hist=[{63 1}]",
				"rclient 09-22T08:00 route=/agents method=GET client=qoder-go/1 auth=bearer retry=1 status=200 n=1",
				"read 09-22T08:00 n=1",
				"active 09-22T08:00 n=1 callers=[{7 1}]",
			},
		},
		{
			"a success of a response feed is skipped", "response", nil,
			[]*parse.Event{event(full, caller(7), betas("b"))},
			[]string{"read 09-22T08:00 reason=success n=1"},
		},
		{
			"durations and sizes that were not logged", "both",
			[]Kind{KindRequest},
			[]*parse.Event{event(), event(func(ev *parse.Event) { ev.Duration, ev.Bytes = 0, 5 })},
			[]string{"request 09-22T08:15 route=/agents method=GET status=200 n=2 bytes=5 hist=[{0 1}]"},
		},
		{
			"an access feed's failures carry the callers", "access",
			[]Kind{KindRequest},
			[]*parse.Event{
				event(caller(1), func(ev *parse.Event) { ev.Status = 404 }), event(caller(1), func(ev *parse.Event) { ev.Status = 404 }),
				event(caller(2), func(ev *parse.Event) { ev.Status = 404 }), event(func(ev *parse.Event) { ev.Status = 404 }), event(caller(3)),
			},
			[]string{
				"request 09-22T08:15 route=/agents method=GET status=200 n=1",
				"request 09-22T08:15 route=/agents method=GET status=404 n=4 callers=[{1 2} {2 1}] nocaller=1",
			},
		},
		{
			"requests of a feed with bodies carry none", "both",
			[]Kind{KindRequest},
			[]*parse.Event{event(failed, caller(1))},
			[]string{"request 09-22T08:15 route=/sessions method=POST status=400 n=1"},
		},
		{
			"an error", "response both",
			[]Kind{KindError, KindEClient, KindTemplate, KindRead, KindFinding},
			[]*parse.Event{event(failed, full, caller(9)), event(failed, full, at(at0.Add(time.Second)))},
			[]string{
				"error 09-22T08:15 route=/sessions method=POST type=invalid_request_error code=bad param=name psource=field shape=envelope origin=app template=00000000000000ab status=400 n=2 callers=[{9 1}] nocaller=1 first=1790064930123456 last=1790064931123456",
				"eclient 09-22T08:00 route=/sessions method=POST type=invalid_request_error param=name client=qoder-go/1 auth=bearer retry=1 status=400 n=2",
				"read 09-22T08:00 n=2",
				"template 09-22T00:00 type=invalid_request_error template=00000000000000ab n=2 text=Field '*' is required.",
			},
		},
		{
			"an error of an access feed", "access",
			[]Kind{KindError, KindEClient, KindTemplate, KindDemand},
			[]*parse.Event{event(unavailable("f", "f-2026-01-01"))},
			nil,
		},
		{
			"an error event", "response both",
			[]Kind{KindError, KindEClient, KindRead},
			[]*parse.Event{event(sse)},
			[]string{
				"error 09-22T08:15 route=/sessions method=POST type=invalid_request_error code=bad param=name psource=field shape=envelope origin=app template=00000000000000ab status=200 n=1 extra=1 nocaller=1 first=1790064930123456 last=1790064930123456",
				"eclient 09-22T08:00 route=/sessions method=POST type=invalid_request_error param=name status=200 n=1 extra=1",
				"read 09-22T08:00 n=1",
			},
		},
		{
			"an error event without a status counts under 0", "both",
			[]Kind{KindRequest, KindError},
			[]*parse.Event{event(sse, func(ev *parse.Event) { ev.HasStatus, ev.Status = false, 0 })},
			[]string{
				"request 09-22T08:15 route=/sessions method=POST n=1",
				"error 09-22T08:15 route=/sessions method=POST type=invalid_request_error code=bad param=name psource=field shape=envelope origin=app template=00000000000000ab n=1 extra=1 nocaller=1 first=1790064930123456 last=1790064930123456",
			},
		},
		{
			"an error event of an access feed is a request and nothing else", "access",
			[]Kind{KindRequest, KindError, KindSample, KindRead},
			[]*parse.Event{event(sse)},
			[]string{
				"request 09-22T08:15 route=/sessions method=POST status=200 n=1",
				"read 09-22T08:00 n=1",
			},
		},
		{
			"null and absent members are absent", "response",
			[]Kind{KindError},
			[]*parse.Event{event(failed, func(ev *parse.Event) {
				ev.Env = parse.Envelope{Type: parse.Member{Kind: parse.MemberNull, Value: []byte("x")}, Code: parse.Member{Kind: parse.MemberNumber, Value: []byte("1e3")}}
				ev.Param, ev.ParamFrom, ev.Template = nil, 0, nil
			})},
			[]string{"error 09-22T08:15 route=/sessions method=POST code=1e3 shape=envelope origin=app status=400 n=1 nocaller=1 first=1790064930123456 last=1790064930123456"},
		},
		{
			"findings", "response both",
			[]Kind{KindFinding},
			[]*parse.Event{
				event(failed, func(ev *parse.Event) { ev.Findings = parse.TypeStatus | parse.OuterType }),
				event(failed, func(ev *parse.Event) { ev.Findings = parse.OuterType }),
			},
			[]string{
				"finding 09-22T08:00 route=/sessions method=POST type=invalid_request_error finding=outer_type status=400 n=2",
				"finding 09-22T08:00 route=/sessions method=POST type=invalid_request_error finding=type_status status=400 n=1",
			},
		},
		{
			"a failure without a body does not belong into a feed with bodies", "response both",
			[]Kind{KindFinding},
			[]*parse.Event{event(func(ev *parse.Event) { ev.Status, ev.Shape = 503, parse.ShapeNone })},
			[]string{"finding 09-22T08:00 route=/agents method=GET finding=feed_mismatch status=503 n=1"},
		},
		{
			"a body does not belong into an access feed", "access",
			[]Kind{KindFinding},
			[]*parse.Event{event(func(ev *parse.Event) { ev.HasBody = true }), event(failed)},
			[]string{
				"finding 09-22T08:00 route=/agents method=GET finding=feed_mismatch status=200 n=1",
				"finding 09-22T08:00 route=/sessions method=POST type=invalid_request_error finding=feed_mismatch status=400 n=1",
			},
		},
		{
			"only the fold judges the feed", "both",
			[]Kind{KindFinding},
			[]*parse.Event{event(failed, func(ev *parse.Event) { ev.Findings = parse.FeedMismatch })},
			nil,
		},
		{
			"dead letters", "access response both", nil,
			[]*parse.Event{dead(parse.NoStatus, true), dead(parse.NoTime, false), dead(parse.Cut, true), dead(parse.Cut, true)},
			[]string{
				"read 01-01T00:00 reason=no_time n=1",
				"read 09-22T08:00 reason=cut n=2",
				"read 09-22T08:00 reason=no_status n=1",
			},
		},
		{
			"a dead letter whose time is not kept", "both", nil,
			[]*parse.Event{
				func() *parse.Event {
					e := dead(parse.NoStatus, true)
					e.Time = time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC).UnixNano()
					return e
				}(),
				func() *parse.Event {
					e := dead(parse.NoStatus, true)
					e.Flags = parse.FlagClampedTime
					return e
				}(),
			},
			[]string{"read 01-01T00:00 reason=no_status n=2"},
		},
		{
			"demand", "response both",
			[]Kind{KindDemand},
			[]*parse.Event{
				event(unavailable("browser", "browser-2026-07-14"), caller(4), full, betas("z", "a", "a")),
				event(unavailable("browser", "browser-2026-07-14"), caller(4), full, betas("b"), at(at0.Add(-time.Hour))),
				event(unavailable("browser", "browser-2026-07-14"), betas()),
				event(unavailable("", "x")), // no feature
				event(unavailable("browser", ""), func(ev *parse.Event) { ev.Status = 500 }),
			},
			[]string{
				"demand 09-22T00:00 feature=browser from=browser-2026-07-14 reason=no_header n=1 nocaller=0 first=1790064930123456 last=1790064930123456",
				"demand 09-22T00:00 feature=browser from=browser-2026-07-14 reason=other_feature client=qoder-go/1 caller=4 n=2 first=1790061330123456 last=1790064930123456 text=a,a,z",
			},
		},
		{
			"adoption", "access both",
			[]Kind{KindAdopt},
			[]*parse.Event{
				event(caller(4), betas("b", "a", "b")),
				event(caller(4), betas("b"), func(ev *parse.Event) { ev.Route = []byte("/sessions") }),
				event(caller(4), betas("b"), func(ev *parse.Event) { ev.Status = 302 }),
				event(betas("")),
			},
			[]string{
				"adopt 09-22T00:00 from=a caller=4 n=1 first=1790064930123456 last=1790064930123456",
				"adopt 09-22T00:00 from=b caller=4 n=1 first=1790064930123456 last=1790064930123456",
				"adopt 09-22T00:00 route=/sessions from=b caller=4 n=1 first=1790064930123456 last=1790064930123456",
			},
		},
		{
			"a clamped entry lies at 1970 in every kind", "both",
			[]Kind{KindRequest, KindError, KindRClient, KindEClient, KindTemplate, KindDemand, KindActive, KindRead},
			[]*parse.Event{event(unavailable("f", "g"), func(ev *parse.Event) { ev.Flags = parse.FlagClampedTime })},
			[]string{
				"request 01-01T00:00 route=/sessions method=POST status=501 n=1",
				"error 01-01T00:00 route=/sessions method=POST type=feature_not_available feature=f from=g shape=envelope origin=app template=00000000000000ab status=501 n=1 nocaller=1",
				"rclient 01-01T00:00 route=/sessions method=POST status=501 n=1",
				"eclient 01-01T00:00 route=/sessions method=POST type=feature_not_available status=501 n=1",
				"read 01-01T00:00 n=1",
				"template 01-01T00:00 type=feature_not_available template=00000000000000ab n=1 text=Field '*' is required.",
				"demand 01-01T00:00 feature=f from=g reason=unknown n=1",
				"active 01-01T00:00 n=1 nocaller=1",
			},
		},
		{
			"the ends of what is kept", "both",
			[]Kind{KindRequest},
			[]*parse.Event{
				event(at(time.Date(1999, 12, 31, 23, 59, 59, 999999999, time.UTC))), event(at(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))),
				event(at(time.Date(2099, 12, 31, 23, 59, 59, 999999999, time.UTC))), event(at(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))),
			},
			[]string{
				"request 01-01T00:00 route=/agents method=GET status=200 n=2",
				"request 01-01T00:00 route=/agents method=GET status=200 n=1",
				"request 12-31T23:59 route=/agents method=GET status=200 n=1",
			},
		},
	}
	for _, tt := range tests {
		for feed := range strings.FieldsSeq(tt.feeds) {
			t.Run(tt.name+"/"+feed, func(t *testing.T) {
				a := mustNew(t, feed, func(c *Config) { c.DemandRoutes = []string{"/sessions"} })
				got := texts(fold(t, a, tt.evs...), tt.kinds...)
				want := tt.want
				for i := range want {
					want[i] = strings.Replace(want[i], " nocaller=0", "", 1)
				}
				if d := cmp.Diff(want, got); d != "" {
					t.Errorf("rows (-want +got):\n%s", d)
				}
			})
		}
	}
}

func TestDemandReason(t *testing.T) {
	const want = "browser-use-2026-07-14"
	tests := []struct {
		name   string
		logged bool
		betas  []string
		want   string
		reason string
	}{
		{"not logged", false, nil, want, "unknown"},
		{"none sent", true, nil, want, "no_header"},
		{"none sent, nothing wanted", true, nil, "", "no_header"},
		{"the value", true, []string{"x", want}, want, "right_value"},
		{"the value after an older one", true, []string{"browser-use-2026-01-01", want}, want, "right_value"},
		{"an older date", true, []string{"x", "browser-use-2026-07-13"}, want, "older_value"},
		{"a later date", true, []string{"browser-use-2026-07-15"}, want, "unknown"},
		{"a later and an older date", true, []string{"browser-use-2026-07-15", "browser-use-2025-07-15"}, want, "older_value"},
		{"an older and a later date", true, []string{"browser-use-2025-07-15", "browser-use-2026-07-15"}, want, "older_value"},
		{"another name", true, []string{"browser-2026-07-13"}, want, "other_feature"},
		{"no date", true, []string{"browser-use"}, want, "other_feature"},
		{"nearly a date", true, []string{"browser-use-2026-7-13", "browser-use-2026-07-1x", "browser-use_2026-07-13"}, want, "other_feature"},
		{"only a date", true, []string{"-2026-07-13"}, "-2026-07-14", "other_feature"},
		{"nothing wanted", true, []string{"x"}, "", "unknown"},
		{"a milestone", true, []string{"M2"}, "M3", "other_feature"},
		{"the same milestone", true, []string{"M3"}, "M3", "right_value"},
	}
	for _, tt := range tests {
		var betas [][]byte
		for _, b := range tt.betas {
			betas = append(betas, []byte(b))
		}
		if got := demandReasons[demandReason(tt.logged, betas, []byte(tt.want))]; got != tt.reason {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.reason)
		}
	}
}

func TestJoinedBetasAreBounded(t *testing.T) {
	long := strings.Repeat("é", 128)
	var vals []string
	for range 10_000 {
		vals = append(vals, long)
	}
	rows := fold(t, mustNew(t, FeedResponse), event(unavailable("f", "g"), betas(vals...)))
	for i := range rows {
		if rows[i].Kind != KindDemand {
			continue
		}
		if n := len(rows[i].Text); n > maxJoined || n < maxJoined-1 || strings.ContainsRune(rows[i].Text, '�') {
			t.Errorf("text of %d bytes: %q", n, rows[i].Text[:40])
		}
	}
}

// A long header gives the text of all of its values sorted.
func TestJoinedBetasAreTheSmallest(t *testing.T) {
	var vals []string
	for i := range 20_000 {
		vals = append(vals, fmt.Sprintf("%05d", (i*7919+5000)%20_000))
	}
	rows := fold(t, mustNew(t, FeedResponse), event(unavailable("f", "g"), betas(vals...)))
	slices.Sort(vals)
	want := strings.Join(vals, ",")[:maxJoined]
	for i := range rows {
		if rows[i].Kind == KindDemand && rows[i].Text != want {
			t.Errorf("the text is %q, want %q", rows[i].Text, want)
		}
	}
}

func TestStats(t *testing.T) {
	evs := []*parse.Event{
		event(), event(failed), event(failed, at(at0.AddDate(0, 0, 1))), dead(parse.Cut, true), dead(parse.NoTime, false),
		dead("never heard of", true), event(func(ev *parse.Event) { ev.Flags = parse.FlagClampedTime }),
	}
	a := mustNew(t, FeedResponse)
	rows := fold(t, a, evs...)
	want := Stats{
		Entries: 7, Counted: 2, Skipped: 2, Days: 3,
		Dead: map[parse.Reason]int64{parse.Cut: 1, parse.NoTime: 1, parse.Reason(Other): 1},
	}
	if d := cmp.Diff(want, a.Stats()); d != "" {
		t.Errorf("stats after a flush (-want +got):\n%s", d)
	}
	s := a.Stats()
	total := s.Counted + s.Skipped
	for _, n := range s.Dead {
		total += n
	}
	if s.Entries != total {
		t.Errorf("entries are not conserved: %+v", s)
	}
	var read int64
	for i := range rows {
		if rows[i].Kind == KindRead {
			read += rows[i].N
		}
	}
	if read != 7 {
		t.Errorf("read rows count %d of 7 entries", read)
	}
	a.Add(event(), Position{})
	if d := cmp.Diff(Stats{Entries: 1, Skipped: 1, Days: 1}, a.Stats()); d != "" {
		t.Errorf("stats of the next batch (-want +got):\n%s", d)
	}
}

func TestConfig(t *testing.T) {
	for _, tt := range []struct {
		cfg  Config
		want string
	}{
		{Config{Source: "s", Feed: "access"}, ""},
		{Config{Source: "s", Feed: "both", Caps: DefaultCaps()}, ""},
		{Config{Feed: "both"}, "source: empty"},
		{Config{Source: "s"}, `feed: "" is none of access, response, both`},
		{Config{Source: "s", Feed: "both", Caps: Caps{Keys: 1}}, "caps.routes: 0 is not between 1 and 10000000"},
	} {
		_, err := New(tt.cfg)
		switch {
		case err == nil && tt.want != "", err != nil && tt.want == "":
			t.Errorf("New(%+v): %v", tt.cfg, err)
		case err != nil && !strings.Contains(err.Error(), tt.want):
			t.Errorf("New(%+v): %v, want %s", tt.cfg, err, tt.want)
		}
	}
}

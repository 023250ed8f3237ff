package memstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"

	"github.com/google/go-cmp/cmp"
)

// noon is 2026-09-22T12:00:00Z.
const noon = int64(1790078400)

func errorRow(at int64, route, param string, n int64) aggregate.Row {
	return aggregate.Row{
		Key: aggregate.Key{
			Kind: aggregate.KindError, Time: at, Source: "s", Route: route, Method: "GET", Status: 400,
			Type: "t", Param: param, Shape: "envelope", Origin: "app",
		},
		N: n, NNoCaller: n, First: at * 1e6, Last: at*1e6 + 1,
	}
}

func add(t testing.TB, s *Store, rows ...aggregate.Row) {
	t.Helper()
	if err := s.Add(rows); err != nil {
		t.Fatal(err)
	}
}

// by asks for errors by dimensions and returns "values count" lines.
func by(t testing.TB, s *Store, q store.Query) []string {
	t.Helper()
	r, err := s.Query(t.Context(), q)
	if err != nil {
		t.Fatalf("%+v: %v", q, err)
	}
	out := []string{}
	for _, row := range r.Rows {
		var b strings.Builder
		for _, d := range q.By {
			fmt.Fprintf(&b, "%v ", row[d])
		}
		fmt.Fprint(&b, row["errors"])
		out = append(out, b.String())
	}
	return out
}

// TestNamesAreBounded: of too many keys the heaviest keep their names and
// their exact counts, the rest is (other), and totals hold; wherever the cells
// lie.
func TestNamesAreBounded(t *testing.T) {
	for _, memory := range []int64{0, 1} {
		s := open(t, Config{Names: 3, Memory: memory})
		for i := range int64(20) {
			for h := range int64(3) {
				add(t, s, errorRow(noon+3600*h, fmt.Sprintf("/r%02d", i), "p", 1+i%10))
			}
		}
		want := []string{"/r08 27", "/r09 30", "/r19 30", aggregate.Other + " 243"}
		slices.Sort(want)
		for range 2 {
			got := by(t, s, store.Query{By: []string{"route"}})
			slices.Sort(got)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("memory %d (-want +got):\n%s", memory, d)
			}
		}
		// What comes later under a folded name begins again, and the columns that
		// no cap bounds are never folded.
		add(t, s, errorRow(noon, "/r00", "p", 100))
		got := by(t, s, store.Query{By: []string{"route", "status", "shape"}})
		if !slices.Contains(got, "/r00 400 envelope 100") || !slices.ContainsFunc(got, func(l string) bool {
			return strings.HasPrefix(l, aggregate.Other+" 400 envelope ")
		}) {
			t.Errorf("memory %d: got %q", memory, got)
		}
		if r, err := s.Query(t.Context(), store.Query{}); err != nil || r.Totals["errors"] != int64(430) {
			t.Errorf("totals %v, %v", r.Totals, err)
		}
	}
}

// TestNamesWhileAdding: a flood of keys folds as it comes, and memory for names
// stays what it was.
func TestNamesWhileAdding(t *testing.T) {
	s := open(t, Config{Names: 10})
	for i := range int64(3 * nameSlack) {
		add(t, s, errorRow(noon, fmt.Sprint("/x", i), "p", 1), errorRow(noon, "/busy", "p", 1))
	}
	if n := s.tables[aggregate.KindError].names.n; n > 15+nameSlack+2 {
		t.Errorf("%d names are held", n)
	}
	got := by(t, s, store.Query{By: []string{"route"}})
	if len(got) > 12 || !slices.Contains(got, fmt.Sprint("/busy ", 3*nameSlack)) {
		t.Errorf("got %q", got)
	}
}

// TestTextsAreBounded: past the limit a new text of a bounded column is
// (other); one of another column is kept.
func TestTextsAreBounded(t *testing.T) {
	s := open(t, Config{Texts: 400})
	long := strings.Repeat("x", 500)
	r := errorRow(noon, "/known", "p", 1)
	add(t, s, r, errorRow(noon, "/"+long, "p", 2), errorRow(noon, "/known", long, 4))
	r.Source, r.Route = long, "/known"
	add(t, s, r)
	got := by(t, s, store.Query{By: []string{"source", "route", "param"}})
	slices.Sort(got)
	want := []string{"s (other) p 2", "s /known (other) 4", "s /known p 1", long + " /known p 1"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

// TestGrain: bounds and steps finer than the rows are refused where they would
// make a difference, and exact where they would not.
func TestGrain(t *testing.T) {
	s := open(t, Config{Grain: hourSeconds})
	hour := func(h int64, first, last int64) {
		at := noon + h*hourSeconds
		add(t, s, errorRow(at, "/a", "", 1), aggregate.Row{
			Key: aggregate.Key{Kind: aggregate.KindRead, Time: at, Source: "s"},
			N:   1, First: (at+first)*1e6 + 5, Last: (at+last)*1e6 + 7,
		})
	}
	hour(0, 600, 1800)
	hour(1, 0, 3599)
	at := func(sec int64) time.Time { return time.Unix(noon+sec, 0).UTC() }
	r, err := s.Query(t.Context(), store.Query{})
	if err != nil || !r.From.Equal(at(600)) || !r.To.Equal(at(7200)) {
		t.Errorf("held from %v to %v, %v", r.From, r.To, err)
	}
	for _, c := range []struct {
		since, until int64
		step         time.Duration
		want         int64 // -1: an error
	}{
		{0, 7200, 0, 2},
		{600, 7200, 0, 2},
		{540, 3600, 0, 1},
		{660, 7200, 0, -1},
		{1860, 7200, 0, 1},
		{0, 1860, 0, 1},
		{0, 600, 0, 0},
		{0, 1200, 0, -1},
		{0, 3660, 0, -1},
		{-3600, 86400, time.Hour, 2},
		{0, 7200, time.Minute, -1},
	} {
		r, err := s.Query(t.Context(), store.Query{Since: at(c.since), Until: at(c.until), Step: c.step})
		switch {
		case c.want < 0:
			if err == nil || !strings.Contains(err.Error(), "rows are kept by 3600 s") {
				t.Errorf("%+v: error %v", c, err)
			}
		case err != nil || r.Totals["errors"] != c.want:
			t.Errorf("%+v: %v, %v", c, r.Totals, err)
		}
	}
}

// TestFile: what moves to the file has no name there, and comes back as it was.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	s := open(t, Config{Memory: 1, Dir: dir})
	r := errorRow(noon, "/a", "p", 3)
	r.Callers, r.NNoCaller = []aggregate.CallerCount{{Hash: 5, N: 2}, {Hash: 9, N: 1}}, 0
	r.Heavy = []aggregate.CallerCount{{Hash: 11, N: 4}}
	sample := aggregate.Row{
		Key:  aggregate.Key{Kind: aggregate.KindSample, Time: noon, Source: "s", Route: "/a", Status: 400, Pos: 2},
		Text: strings.Repeat("text ", 5000),
	}
	req := aggregate.Row{
		Key: aggregate.Key{Kind: aggregate.KindRequest, Time: noon, Source: "s", Route: "/a", Method: "GET", Status: 400},
		N:   3, Bytes: 77, Hist: []aggregate.BucketCount{{Bucket: 1, N: 2}, {Bucket: 200, N: 1}},
	}
	all := []aggregate.Row{req, r, sample}
	for range 3 {
		add(t, s, all...)
	}
	if s.file == nil || len(s.file.parts[aggregate.KindError]) != 3 || s.tables[aggregate.KindError].cells.n != 0 {
		t.Fatalf("the cells did not move: %+v", s.file)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the file has a name: %v, %v", left, err)
	}
	var got []aggregate.Row
	if err := (written{s}).Rows(t.Context(), func(r aggregate.Row) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(aggregate.Merge(slices.Concat(all, all, all)), got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	// A part that is gone is an error, not an answer.
	if err := s.file.f.Truncate(10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(t.Context(), store.Query{}); err == nil || !strings.Contains(err.Error(), "temporary file") {
		t.Errorf("error %v", err)
	}
}

// TestSpare: what takes more than a little moves to the file when memory is
// needed elsewhere, and nothing of it stays.
func TestSpare(t *testing.T) {
	s := open(t, Config{})
	if err := s.Spare(); err != nil || s.file != nil {
		t.Errorf("an empty store moved: %v", err)
	}
	for i := range int64(40_000) {
		add(t, s, errorRow(noon+60*i, "/a", "p", 1))
	}
	if s.held() < spared {
		t.Fatalf("%d bytes are held", s.held())
	}
	if err := s.Spare(); err != nil || s.file == nil || s.held() != 0 {
		t.Errorf("%d bytes are held, %v", s.held(), err)
	}
	if d := cmp.Diff([]string{"/a 40000"}, by(t, s, store.Query{By: []string{"route"}})); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Spare(); !errors.Is(err, errClosed) {
		t.Errorf("error %v", err)
	}
}

// TestFileThatCannotBe: a folder that is not there, a disk that is full.
func TestFileThatCannotBe(t *testing.T) {
	s := open(t, Config{Memory: 1, Dir: "/nonexistent/folder"})
	if err := s.Add([]aggregate.Row{errorRow(noon, "/a", "", 1)}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v", err)
	}
	s = open(t, Config{Memory: 1})
	add(t, s, errorRow(noon, "/a", "", 1))
	if err := s.file.f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Add([]aggregate.Row{errorRow(noon, "/b", "", 1)}); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error %v", err)
	}
	s.file = nil // its Close would fail
}

func TestClosed(t *testing.T) {
	s := open(t, Config{})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Add(nil); !errors.Is(err, errClosed) {
		t.Errorf("add: %v", err)
	}
	if _, err := s.Query(t.Context(), store.Query{}); !errors.Is(err, errClosed) {
		t.Errorf("query: %v", err)
	}
	l := store.Listing{Kind: aggregate.KindError, By: []string{"route"}}
	if err := s.List(t.Context(), l, func(store.Cell) error { return nil }); !errors.Is(err, errClosed) {
		t.Errorf("list: %v", err)
	}
}

func TestBadRows(t *testing.T) {
	s := open(t, Config{})
	for _, r := range []aggregate.Row{
		{Key: aggregate.Key{Kind: 99}},
		{Key: aggregate.Key{Kind: aggregate.KindLedger, Source: "s"}},
		{Key: aggregate.Key{Kind: aggregate.KindError, Time: -1}},
		{Key: aggregate.Key{Kind: aggregate.KindError, Time: 1 << 32}},
		{Key: aggregate.Key{Kind: aggregate.KindSample, Pos: 1 << 33}},
	} {
		if err := s.Add([]aggregate.Row{r}); err == nil {
			t.Errorf("%+v was taken", r.Key)
		}
	}
	big := aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindSample, Time: noon, Source: "s"}, Text: strings.Repeat("x", maxBlob+1)}
	if err := s.Add([]aggregate.Row{big}); err == nil || !strings.Contains(err.Error(), "at most") {
		t.Errorf("a text of %d bytes: error %v", len(big.Text), err)
	}
	if err := s.Scan(t.Context(), store.Scan{Kind: 99}, nil); err == nil {
		t.Error("an unknown kind was scanned")
	}
	for _, sc := range []store.Scan{
		{Kind: aggregate.KindRead, By: []string{"route"}},
		{Kind: aggregate.KindRead, Where: []store.Filter{{Dim: "route"}}},
	} {
		if err := s.Scan(t.Context(), sc, nil); err == nil || !strings.Contains(err.Error(), "no route") {
			t.Errorf("%+v: error %v", sc, err)
		}
	}
}

func TestConfig(t *testing.T) {
	for text, cfg := range map[string]Config{
		"negative": {Memory: -1}, "names -1": {Names: -1}, "texts -1": {Texts: -1}, "a grain of 60": {Grain: 60},
	} {
		if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: error %v, want %q", cfg, err, text)
		}
	}
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
}

func TestFeeds(t *testing.T) {
	ctx := context.Background()
	s := open(t, Config{})
	for _, u := range []store.FeedUse{
		{Source: "s", Format: "kong", Feed: ingest.FeedResponse},
		{Source: "s", Format: "combined", Feed: ingest.FeedAccess},
		{Source: "s", Format: "combined", Feed: ingest.FeedAccess},
		{Source: "r", Format: "kong", Feed: ingest.FeedBoth},
	} {
		if err := s.DeclareFeed(ctx, u.Source, u.Format, u.Feed); err != nil {
			t.Fatalf("%+v: %v", u, err)
		}
	}
	err := s.DeclareFeed(ctx, "s", "kong", ingest.FeedBoth)
	if fe, ok := errors.AsType[*store.FeedError](err); !ok || !strings.Contains(fe.Error(), "--logs response") {
		t.Errorf("a second feed of requests: error %v", err)
	}
	if err := s.DeclareFeed(ctx, "s", "kong", "whatever"); err == nil {
		t.Error("an unknown feed was taken")
	}
	got, err := s.Feeds(ctx, "s")
	want := []store.FeedUse{
		{Source: "s", Format: "combined", Feed: ingest.FeedAccess}, {Source: "s", Format: "kong", Feed: ingest.FeedResponse},
	}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v (-want +got):\n%s", err, d)
	}
	// A response log without errors has bodies all the same.
	add(t, s, aggregate.Row{Key: aggregate.Key{Kind: aggregate.KindRead, Time: noon, Source: "s", Reason: "success"}, N: 1})
	f, err := s.Facts(ctx, store.FactScan{})
	if err != nil || len(f.Sources) != 1 || !f.Sources[0].Bodies || !f.Sources[0].Requests || f.Oldest != noon || f.Newest != noon+3600 {
		t.Errorf("facts %+v, %v", f, err)
	}
}

// TestCallers: sums of many maps are those of aggregate.Union, which every
// store goes by.
func TestCallers(t *testing.T) {
	for seed := range uint64(8) {
		r := rand.New(rand.NewPCG(seed, 2))
		var c callers
		var u aggregate.Union
		distinct := 1 << (seed + 4)
		for range 6000 {
			h := uint64(r.IntN(distinct))*0x9e3779b97f4a7c15>>1 | 1
			n := 1 + r.Int64N(3)
			c.add(h, n)
			u.Add([]aggregate.CallerCount{{Hash: h, N: n}}, nil)
		}
		want, _ := u.Maps()
		got, heavy := c.maps(true)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d callers (-want +got):\n%s", distinct, d)
		}
		if len(heavy) != min(aggregate.M, max(0, distinct-aggregate.K)) {
			t.Errorf("%d callers: %d heavy ones", distinct, len(heavy))
		}
		if _, none := c.maps(false); none != nil {
			t.Error("heavy ones that nobody asked for")
		}
	}
}

// TestBlobs: what is set is got, in place or moved, of any length.
func TestBlobs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var b blobs
	places, want := make([]uint32, 200), make([][]byte, 200)
	for range 20_000 {
		i := r.IntN(len(places))
		n := r.IntN(40)
		if r.IntN(50) == 0 {
			n = r.IntN(9000)
		}
		want[i] = bytes.Repeat([]byte{byte(r.IntN(256))}, n)
		var err error
		if places[i], err = b.set(places[i], want[i]); err != nil {
			t.Fatal(err)
		}
		j := r.IntN(len(places))
		if got := b.get(places[j]); !bytes.Equal(got, want[j]) {
			t.Fatalf("blob %d is %d bytes, want %d", j, len(got), len(want[j]))
		}
	}
	if n := len(b.chunks); n > 12 {
		t.Errorf("%d chunks for 200 blobs: what was given back is not used", n)
	}
	for n := 1; n <= maxBlob; n = n*5/4 + 1 {
		if class, room := classOf(n + headBytes); class < 0 || class >= classes || room < n+headBytes || room > max(2*unit, 2*(n+headBytes)) || room%unit != 0 {
			t.Errorf("%d bytes: class %d of %d", n, class, room)
		}
	}
	if class, room := classOf(maxBlob + headBytes); class != classes-1 || room != chunkBytes {
		t.Errorf("the longest: class %d of %d", class, room)
	}
}

// TestDict: numbers are given once, and texts are found by both.
func TestDict(t *testing.T) {
	d := newDict(1 << 20)
	ids := map[string]uint32{"": 0, aggregate.Other: d.other}
	r := rand.New(rand.NewPCG(3, 1))
	for range 5000 {
		s := strings.Repeat("é", r.IntN(3)) + fmt.Sprint(r.IntN(900))
		id := d.id(s, true)
		if old, ok := ids[s]; ok && old != id {
			t.Fatalf("%q is %d, then %d", s, old, id)
		}
		ids[s] = id
	}
	for s, id := range ids {
		if got, ok := d.find(s); !ok || got != id || d.text(id) != s {
			t.Errorf("%q is %d (%v) and %q", s, got, ok, d.text(id))
		}
	}
	if _, ok := d.find("never seen"); ok {
		t.Error("a text that was never seen is there")
	}
	if d.len() != len(ids) {
		t.Errorf("%d numbers for %d texts", d.len(), len(ids))
	}
}

// TestListNested: who lists may ask for more meanwhile.
func TestListNested(t *testing.T) {
	s := open(t, Config{Memory: 1})
	add(t, s, errorRow(noon, "/a", "p", 1), errorRow(noon, "/b", "q", 2))
	add(t, s, errorRow(noon+60, "/b", "q", 3))
	var got []string
	l := store.Listing{Kind: aggregate.KindError, By: []string{"route"}}
	if err := s.List(t.Context(), l, func(c store.Cell) error {
		in := store.Listing{Kind: aggregate.KindError, By: []string{"param"}, Where: []store.Filter{{Dim: "route", Value: c.Dims[0]}}}
		return s.List(t.Context(), in, func(d store.Cell) error {
			got = append(got, fmt.Sprint(c.Dims[0], d.Dims[0], d.N, d.First == noon*1e6, d.Last))
			return nil
		})
	}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{fmt.Sprint("/a", "p", 1, true, noon*1e6+1), fmt.Sprint("/b", "q", 5, true, (noon+60)*1e6+1)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	stop := errors.New("stop")
	if err := s.List(t.Context(), l, func(store.Cell) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
}

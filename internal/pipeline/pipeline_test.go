package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"errata/aggregate"
	"errata/ingest"
	"errata/internal/dlq"
	"errata/parse"
	"errata/parse/normal"
	"errata/store"
)

func TestSummary(t *testing.T) {
	g := newRig(t)
	g.cfg.Now = stopwatch()
	sum := g.give("200,500b\n\n404b\nxcut\n \t\nxcut,xcut,xno_time\n200\n")
	want := Summary{
		Files: []File{{
			Name: "-", Lane: "lane1", Feed: ingest.FeedBoth, Format: "toy", To: 46,
			Counts: Counts{
				Records: 5, Blank: 2, Entries: 8, Counted: 4, Dead: 4, Bytes: 46,
				DeadBy: map[parse.Reason]int64{parse.Cut: 3, parse.NoTime: 1},
			},
		}},
		Batches: 1, Rows: sum.Rows, Duration: time.Second,
	}
	want.Total = want.Files[0].Counts
	if d := cmp.Diff(want, sum); d != "" {
		t.Error(d)
	}
	if sum.Rows == 0 || sum.Err() != nil || sum.Unrecognised() {
		t.Errorf("%d rows, %v", sum.Rows, sum.Err())
	}
	if s := sum.Total.Reasons(); s != "3 cut, 1 no_time" {
		t.Errorf("reasons %q", s)
	}
	if l := g.mem.batches[0].Ledger; l != (store.Ledger{Records: 5, Blank: 2, Entries: 8, Counted: 4, Dead: 4}) {
		t.Errorf("ledger %+v", l)
	}
	m := g.mem.marks["lane1"]
	if m.Feed != ingest.FeedBoth || m.Format != "toy" || m.Length != 46 || m.Lines != 7 {
		t.Errorf("mark %+v", m)
	}
	// Blank lines between dead entries do not part them; another reason does.
	letter := func(line, offset int64, entry int, count int64, reason, payload string) dlq.Letter {
		return dlq.Letter{
			Source: "s", Name: "-", Line: line, Offset: offset, Entry: entry, Count: count, Reason: reason,
			Detail: "toy detail", Time: "2023-11-14T22:13:20Z", Payload: payload,
		}
	}
	if d := cmp.Diff([]dlq.Letter{letter(4, 15, 0, 3, "cut", "xcut"), letter(6, 23, 2, 1, "no_time", "xno_time")}, g.list()); d != "" {
		t.Error(d)
	}
	if s := g.said(ingest.NoticeDead); s != "-:4: cut: toy detail\n-:6: no_time: toy detail" {
		t.Errorf("said %q", s)
	}
	if c := strings.Join(g.mem.calls, " "); c != "declare put write" {
		t.Errorf("calls %q", c)
	}
	again := g.give("200,500b\n\n404b\nxcut\n \t\nxcut,xcut,xno_time\n200\n")
	if again.Total.Entries != 0 || !again.Files[0].Known || again.Batches != 0 {
		t.Errorf("again: %+v", again)
	}
}

// TestBatches: the same rows, letters and marks however small the batches are.
func TestBatches(t *testing.T) {
	text := corpus(300)
	whole := newRig(t)
	whole.give(text)
	for i, limit := range []func(*Config){
		func(c *Config) { c.MaxRows = 1 },
		func(c *Config) { c.MaxRows = 12 },
		func(c *Config) { c.MaxBytes = 1 },
		func(c *Config) { c.MaxInput = 100 },
		func(c *Config) { c.MaxInput = 1 },
		func(c *Config) { c.MaxLetters = 8 },
	} {
		g := newRig(t)
		limit(&g.cfg)
		sum := g.give(text)
		if sum.Batches < 2 || sum.Batches != int64(len(g.mem.batches)) {
			t.Errorf("limit %d: %d batches", i, sum.Batches)
		}
		sameCells(t, g.mem.cells, whole.mem.cells)
		var n, ledger int64
		for _, l := range g.list() {
			n += l.Count
		}
		for _, b := range g.mem.batches {
			ledger += b.Ledger.Dead
		}
		if n != sum.Total.Dead || ledger != n || n == 0 {
			t.Errorf("%d entries in letters, %d in ledgers, %d dead", n, ledger, sum.Total.Dead)
		}
	}
}

// corpus is n lines of all sorts, successes and bodies among them from the start.
func corpus(n int) string {
	var b strings.Builder
	b.WriteString("200b\n")
	for i := range n {
		switch i % 11 {
		case 3:
			b.WriteString("xcut\n")
		case 4:
			b.WriteString("xcut,xno_time,404b\n")
		case 7:
			b.WriteString("\n")
		default:
			fmt.Fprintf(&b, "%d,%db\n", 200+i%5, 400+i%103)
		}
	}
	return b.String()
}

// TestKill fails the store or the dead letters at every call, before or after
// its effect, and runs again: cells and letters are those of a clean run.
func TestKill(t *testing.T) {
	text := corpus(200)
	setup := func() *rig {
		g := newRig(t)
		g.cfg.MaxInput = 150
		return g
	}
	clean := setup()
	clean.give(text)
	writes, puts := clean.mem.writes, clean.dead.puts
	if writes < 10 || puts < 5 {
		t.Fatalf("%d writes, %d puts: too few to fail", writes, puts)
	}
	for _, effect := range []bool{false, true} {
		for at := 1; at <= writes; at++ {
			g := setup()
			g.mem.failAt, g.mem.effect = at, effect
			killed(t, g, text, clean)
		}
		for at := 1; at <= puts; at++ {
			g := setup()
			g.dead.failAt, g.dead.effect = at, effect
			killed(t, g, text, clean)
		}
	}
}

func killed(t *testing.T, g *rig, text string, clean *rig) {
	t.Helper()
	g.src.Stdin = strings.NewReader(text)
	sum, err := g.run(t.Context())
	if !errors.Is(err, errStore) {
		t.Fatalf("the run ended with %v", err)
	}
	var in int64
	for _, b := range g.mem.batches {
		in += b.Ledger.Entries
	}
	if !g.mem.effect && sum.Total.Entries != in {
		t.Errorf("the summary has %d entries, the store %d", sum.Total.Entries, in)
	}
	g.mem.failAt, g.dead.failAt = 0, 0
	g.give(text)
	sameCells(t, g.mem.cells, clean.mem.cells)
	if d := cmp.Diff(clean.list(), g.list()); d != "" {
		t.Fatalf("letters: %s", d)
	}
}

// TestCancel ends the context while the nth batch is written: what was folded
// is in the store whole or not at all, and a second run does the rest.
func TestCancel(t *testing.T) {
	text := corpus(200)
	clean := newRig(t)
	clean.give(text)
	for n := 1; n <= 8; n++ {
		g := newRig(t)
		g.cfg.MaxInput = 150
		ctx, stop := context.WithCancel(t.Context())
		g.mem.on = func(w int) {
			if w == n {
				stop()
			}
		}
		g.src.Stdin = strings.NewReader(text)
		sum, err := g.run(ctx)
		if !errors.Is(err, context.Canceled) && int(sum.Batches) != len(g.mem.batches) {
			t.Fatalf("cancelled in write %d: %v", n, err)
		}
		if int(sum.Batches) != len(g.mem.batches) || len(g.mem.batches) < n {
			t.Errorf("cancelled in write %d: the summary has %d batches, the store %d", n, sum.Batches, len(g.mem.batches))
		}
		g.mem.on = nil
		g.give(text)
		sameCells(t, g.mem.cells, clean.mem.cells)
	}
	t.Run("before anything", func(t *testing.T) {
		g := newRig(t)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		g.src.Stdin = strings.NewReader(text)
		if _, err := g.run(ctx); !errors.Is(err, context.Canceled) || len(g.mem.batches) > 0 {
			t.Errorf("%v, %d batches", err, len(g.mem.batches))
		}
	})
	t.Run("a feed not told", func(t *testing.T) {
		g := newRig(t)
		pr, pw := io.Pipe()
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			_, _ = pw.Write([]byte(strings.Repeat("500b\n", 3000)))
			stop()
			<-ctx.Done()
		}()
		g.src.Stdin = pr
		sum, err := g.run(ctx)
		if !errors.Is(err, context.Canceled) || len(g.mem.batches) > 0 || sum.Total.Entries > 0 || len(g.mem.feeds) > 0 {
			t.Errorf("%v, %d batches, feeds %v", err, len(g.mem.batches), g.mem.feeds)
		}
	})
	t.Run("a store that hangs", func(t *testing.T) {
		g := newRig(t)
		g.cfg.Grace, g.mem.block = time.Nanosecond, true
		ctx, stop := context.WithCancel(t.Context())
		g.mem.on = func(int) { stop() }
		g.src.Stdin = strings.NewReader(text)
		sum, err := g.run(ctx)
		if !errors.Is(err, context.Canceled) || sum.Batches != 0 || len(g.mem.cells) > 0 {
			t.Errorf("%v, %+v", err, sum)
		}
	})
}

// TestManyLetters: one record may hold any number of dead entries of changing
// reasons; they do not pile up.
func TestManyLetters(t *testing.T) {
	g := newRig(t)
	g.cfg.MaxLetters = 50
	sum := g.give("200b\n" + strings.Repeat("xcut,xno_time,", 2000) + "200\n")
	if sum.Total.Dead != 4000 || sum.Total.Counted != 2 {
		t.Errorf("%+v", sum.Total)
	}
	if n := len(g.list()); n != 4000 {
		t.Errorf("%d letters", n)
	}
	if g.dead.puts < 4000/50 {
		t.Errorf("%d puts", g.dead.puts)
	}
	if c := cap(g.mem.batches); c == 0 {
		t.Error("no batch")
	}
	// Of one reason they are one letter.
	g = newRig(t)
	g.cfg.MaxLetters = 1
	sum = g.give("200b\n" + strings.Repeat("xcut,", 2000) + "200\n")
	if ls := g.list(); sum.Total.Dead != 2000 || len(ls) != 1 || ls[0].Count != 2000 {
		t.Errorf("%d dead, letters %+v", sum.Total.Dead, ls)
	}
}

func TestTooLong(t *testing.T) {
	g := newRig(t)
	g.src.MaxLine = 4096
	secret := "Authorization: Bearer sekrit-token-0123456789"
	sum := g.give("200b\n" + secret + strings.Repeat(" 404", 10_000) + "\n200\n")
	if sum.Total.DeadBy[parse.TooLong] != 1 || sum.Total.Counted != 2 {
		t.Errorf("%+v", sum.Total)
	}
	ls := g.list()
	if len(ls) != 1 || ls[0].Line != 2 || !strings.Contains(ls[0].Detail, "40046 bytes") || len(ls[0].Payload) > 1024 {
		t.Fatalf("%+v", ls)
	}
	if strings.Contains(ls[0].Payload, "sekrit") || !strings.Contains(ls[0].Payload, "***") {
		t.Errorf("payload %q", ls[0].Payload)
	}
}

// TestInputs: what cannot be read ends its own lane, after what was read is kept.
func TestInputs(t *testing.T) {
	g := newRig(t)
	path := filepath.Join(g.dir, "a.log")
	if err := os.WriteFile(path, []byte("200b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	g.src.Inputs = []string{filepath.Join(g.dir, "gone"), "-", path, path}
	g.src.Stdin = io.MultiReader(strings.NewReader("200b\n404b\nhalf"), failing{})
	sum, err := g.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(sum.Files) != 4 || sum.Files[0].Err == nil || sum.Files[1].Err == nil || sum.Files[2].Err != nil || sum.Files[3].Err != nil {
		t.Fatalf("%+v", sum.Files)
	}
	if f := sum.Files[1]; f.Counted != 2 || f.Feed != ingest.FeedBoth || !strings.Contains(f.Err.Error(), "after line 2, byte 10") {
		t.Errorf("cut: %+v", f)
	}
	if sum.Files[2].Counted != 1 || !sum.Files[3].Known || sum.Files[3].Entries != 0 || sum.Err() == nil {
		t.Errorf("%+v", sum.Files[2:])
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("worn out") }

func TestNothing(t *testing.T) {
	g := newRig(t)
	g.cfg.Formats = []string{"combined", "kong"}
	sum := g.give("what\nis\n\nthis\n")
	if !sum.Unrecognised() || sum.Files[0].Feed != ingest.FeedAuto || len(g.mem.feeds) > 0 {
		t.Errorf("%+v", sum)
	}
	if s := g.said(ingest.NoticeUnknown); s != "-: no entry recognised: 3 unknown_format; formats are combined, kong" {
		t.Errorf("said %q", s)
	}
	if m := g.mem.marks["lane1"]; m.Length != 14 || m.Feed != ingest.FeedAuto {
		t.Errorf("mark %+v", m)
	}
	sum = g.give("\n\n \n")
	if sum.Unrecognised() || sum.Total.Blank != 3 || g.said(ingest.NoticeBlank) != "-: only blank lines" {
		t.Errorf("%+v, said %v", sum, g.notices)
	}
	if sum = g.give("\n\n \n"); sum.Total.Blank != 0 {
		t.Errorf("blank lines again: %+v", sum.Total)
	}
}

// covered is a store that has more of a lane than its mark says.
type covered struct {
	*memory
	to int64
}

func (c covered) Covered(context.Context, ingest.LaneID) (store.Coverage, error) {
	return store.Coverage{Watermark: c.to}, nil
}

func TestCovered(t *testing.T) {
	lane := &fake{id: "k", recs: []string{"200b", "404b", "", "500b"}}
	mem := newMemory(t)
	p, err := New(Config{Source: "s", Parser: &toy{}, NewFold: newFold, Feeds: mem}, covered{mem, 2}, &letters{m: mem})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := p.Run(t.Context(), closer{lane})
	if err != nil {
		t.Fatal(err)
	}
	if c := sum.Total; c.Covered != 2 || c.Records != 1 || c.Blank != 1 || c.Entries != 1 {
		t.Errorf("%+v", c)
	}
	if l := mem.batches[0].Ledger; l.Blank != 3 || mem.batches[0].File != nil {
		t.Errorf("%+v", mem.batches[0])
	}
}

// fake is a lane without lines and marks, as a partition is.
type fake struct {
	id   ingest.LaneID
	recs []string
	done bool
	err  error
}

func (f *fake) ID() ingest.LaneID      { return f.id }
func (f *fake) Name() string           { return "topic/0" }
func (f *fake) Known() ingest.FileMark { return ingest.FileMark{} }
func (f *fake) Fetch(context.Context) ([]ingest.Record, error) {
	if len(f.recs) == 0 {
		if f.err != nil {
			return nil, f.err
		}
		return nil, io.EOF
	}
	var out []ingest.Record
	for i, s := range f.recs {
		out = append(out, ingest.Record{Offset: int64(i), Next: int64(i + 1), Value: []byte(s)})
	}
	f.recs = nil
	return out, nil
}
func (f *fake) Mark(int64, int64) (ingest.FileMark, error) { return ingest.FileMark{}, nil }
func (f *fake) Close() error                               { return nil }

// closer makes a source of it.
type closer struct{ *fake }

func (c closer) Close(context.Context) error { return nil }
func (c closer) Next(context.Context) (ingest.Lane, error) {
	if c.done {
		return nil, io.EOF
	}
	c.done = true
	return c.fake, nil
}

// TestFatal: an error of the source that is no input's ends the run.
func TestFatal(t *testing.T) {
	mem := newMemory(t)
	p, err := New(Config{Source: "s", Parser: &toy{}, NewFold: newFold, Feeds: mem}, mem, &letters{m: mem})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Run(t.Context(), closer{&fake{id: "k", recs: []string{"200"}, err: errStore}}); !errors.Is(err, errStore) || len(mem.batches) > 0 {
		t.Errorf("%v, %d batches", err, len(mem.batches))
	}
}

// lossy is a fold that loses an entry.
type lossy struct{ Fold }

func (l lossy) Add(ev *parse.Event, pos aggregate.Position) {
	if ev.Status != 404 {
		l.Fold.Add(ev, pos)
	}
}

// TestConservation: what does not add up is never written.
func TestConservation(t *testing.T) {
	g := newRig(t)
	g.cfg.NewFold = func(feed ingest.Feed) (Fold, error) {
		f, err := newFold(feed)
		return lossy{f}, err
	}
	g.src.Stdin = strings.NewReader("200b\n404b\n")
	if _, err := g.run(t.Context()); err == nil || !strings.Contains(err.Error(), "a bug: 2 entries, the fold counted 1") {
		t.Errorf("%v", err)
	}
	if len(g.mem.batches) > 0 {
		t.Error("it was written")
	}
	b := batch{taken: 3, counts: Counts{Records: 2}}
	if err := b.account(ingest.FeedBoth, 0); err == nil || !strings.Contains(err.Error(), "3 records") {
		t.Errorf("%v", err)
	}
	b = batch{taken: 2, line: 4, last: 7, counts: Counts{Records: 2}}
	if err := b.account(ingest.FeedBoth, 0); err == nil || !strings.Contains(err.Error(), "4 records") {
		t.Errorf("%v", err)
	}
	b = batch{alive: 1, counts: Counts{Entries: 2}}
	if err := b.account(ingest.FeedBoth, 0); err == nil || !strings.Contains(err.Error(), "2 entries") {
		t.Errorf("%v", err)
	}
}

func TestConfig(t *testing.T) {
	mem := newMemory(t)
	good := Config{Source: "s", Parser: &toy{}, NewFold: newFold, Feeds: mem}
	for text, change := range map[string]func(*Config){
		"no source":   func(c *Config) { c.Source = "" },
		"no feed is":  func(c *Config) { c.Feed = "sometimes" },
		"missing":     func(c *Config) { c.Parser = nil },
		"is negative": func(c *Config) { c.MaxInput = -1 },
	} {
		c := good
		change(&c)
		if _, err := New(c, mem, &letters{}); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := New(good, nil, nil); err == nil {
		t.Error("no sink and no error")
	}
	p, err := New(good, mem, &letters{})
	if err != nil {
		t.Fatal(err)
	}
	if n := p.cfg.Nonce(); p.cfg.MaxRows != 50_000 || n == p.cfg.Nonce() {
		t.Errorf("defaults: %d rows a batch, the nonce is always %q", p.cfg.MaxRows, n)
	}
}

// TestReal runs the real decoder.
func TestReal(t *testing.T) {
	p, err := parse.New(parse.Config{Format: "auto", CallerKey: normal.FixedCallerKey()})
	if err != nil {
		t.Fatal(err)
	}
	g := newRig(t)
	g.cfg.Parser = p
	g.cfg.Bodyless = []string{"combined"}
	line := `192.0.2.1 - - [24/Nov/2026:10:00:00 +0000] "GET /v1/sessions/sess_1 HTTP/1.1" 404 12 "-" "Qoder/Go"` + "\r\n"
	sum := g.give("\xef\xbb\xbf" + line + line + "{\"broken\n" + line)
	if sum.Total.Counted != 3 || sum.Total.Dead != 1 || sum.Files[0].Format != "combined" || sum.Files[0].Feed != ingest.FeedAccess {
		t.Errorf("%+v", sum.Files)
	}
	if s := g.said(ingest.NoticeFeed); s != "-: taken as access: combined lines have no body (--logs says otherwise)" {
		t.Errorf("said %q", s)
	}
}

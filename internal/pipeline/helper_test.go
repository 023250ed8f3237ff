package pipeline

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/ingest/filesrc"
	"errata/internal/dlq"
	"errata/parse"
	"errata/parse/normal"
	"errata/store"
)

var (
	_ Parser      = (*parse.Parser)(nil)
	_ Fold        = (*aggregate.Aggregator)(nil)
	_ DeadLetters = (*dlq.File)(nil)
)

// toy is a parser whose records are entries apart by commas: a status, then
// "b" for a body; "x" and a reason for a dead entry; "F:" before a status names
// the format.
type toy struct {
	rest [][]byte
	n    int
	ev   parse.Event
}

func (p *toy) Reset(rec []byte, _ int64) {
	p.rest, p.n = nil, 0
	if len(bytes.TrimSpace(rec)) > 0 {
		p.rest = bytes.Split(rec, []byte(","))
	}
}

func (p *toy) Next() bool {
	if p.n >= len(p.rest) {
		return false
	}
	raw := p.rest[p.n]
	p.ev = parse.Event{Index: p.n, Raw: raw, Format: "toy", HasTime: true, Time: 1_700_000_000e9, Duration: -1, Bytes: -1}
	p.n++
	s := string(raw)
	if reason, ok := strings.CutPrefix(s, "x"); ok {
		p.ev.Dead, p.ev.Detail = parse.Reason(reason), "toy detail"
		return true
	}
	if f, rest, ok := strings.Cut(s, ":"); ok {
		p.ev.Format, s = f, rest
	}
	s, p.ev.HasBody = strings.CutSuffix(s, "b")
	status, err := strconv.Atoi(s)
	if err != nil {
		p.ev.Dead = parse.UnknownFormat
		return true
	}
	p.ev.HasStatus, p.ev.Status = true, uint16(status)
	p.ev.Method, p.ev.Route, p.ev.RouteKnown = []byte("GET"), []byte("/"+s), true
	return true
}

func (p *toy) Event() *parse.Event { return &p.ev }

// memory is a store that is all there or nothing, and fails when told to.
type memory struct {
	t       *testing.T
	cells   map[aggregate.Key]int64
	marks   map[ingest.LaneID]ingest.FileMark
	batches []store.Batch
	feeds   []store.FeedUse
	refuse  error
	calls   []string // in order, letters and feeds too
	busy    atomic.Bool

	failAt int  // of the writes, from 1
	effect bool // the failing write is in the store all the same
	writes int
	block  bool // writes wait for their context
	on     func(n int)
}

var errStore = errors.New("the store is gone")

func newMemory(t *testing.T) *memory {
	return &memory{t: t, cells: map[aggregate.Key]int64{}, marks: map[ingest.LaneID]ingest.FileMark{}}
}

func (m *memory) Covered(_ context.Context, lane ingest.LaneID) (store.Coverage, error) {
	return store.Coverage{}, nil
}

func (m *memory) Write(ctx context.Context, b store.Batch) error {
	if !m.busy.CompareAndSwap(false, true) {
		m.t.Error("two writes at once")
	}
	defer m.busy.Store(false)
	m.writes++
	m.calls = append(m.calls, "write")
	if m.on != nil {
		m.on(m.writes)
	}
	if m.block {
		<-ctx.Done()
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	fail := m.writes == m.failAt
	if fail && !m.effect {
		return errStore
	}
	if b.ID.Range.From != m.marks[b.ID.Lane].Length {
		m.t.Errorf("batch [%d, %d) of a lane whose mark is %d", b.ID.Range.From, b.ID.Range.To, m.marks[b.ID.Lane].Length)
	}
	for _, r := range b.Rows {
		k := r.Key
		if k.Kind == aggregate.KindSample {
			continue
		}
		m.cells[k] += r.N
	}
	if b.File != nil {
		m.marks[b.ID.Lane] = *b.File
	}
	b.Rows = nil
	m.batches = append(m.batches, b)
	if fail {
		return errStore
	}
	return nil
}

func (m *memory) Feeds(context.Context, string) ([]store.FeedUse, error) { return m.feeds, nil }

func (m *memory) DeclareFeed(_ context.Context, source, format string, feed ingest.Feed) error {
	if m.busy.Load() {
		m.t.Error("a feed was declared while a batch was written")
	}
	m.calls = append(m.calls, "declare")
	if m.refuse != nil {
		return m.refuse
	}
	m.feeds = append(m.feeds, store.FeedUse{Source: source, Format: format, Feed: feed})
	return nil
}

// letters keeps dead letters in a file and fails when told to.
type letters struct {
	m      *memory
	file   *dlq.File
	puts   int
	failAt int
	effect bool
}

func (l *letters) Put(ctx context.Context, ls ...dlq.Letter) error {
	l.puts++
	l.m.calls = append(l.m.calls, "put")
	if l.puts == l.failAt && !l.effect {
		return errStore
	}
	if err := l.file.Put(ctx, ls...); err != nil {
		return err
	}
	if l.puts == l.failAt {
		return errStore
	}
	return nil
}

// rig runs pipelines over one store.
type rig struct {
	t       *testing.T
	dir     string
	cfg     Config
	src     filesrc.Config
	mem     *memory
	dead    *letters
	notices []ingest.Notice
	n       int
}

func newRig(t *testing.T) *rig {
	g := &rig{t: t, dir: t.TempDir(), mem: newMemory(t)}
	f, err := dlq.New(dlq.Config{Path: filepath.Join(g.dir, "dead.ndjson")})
	if err != nil {
		t.Fatal(err)
	}
	g.dead = &letters{m: g.mem, file: f}
	g.cfg = Config{Source: "s", Parser: &toy{}, NewFold: newFold, Feeds: g.mem}
	g.src = filesrc.Config{Source: "s", Chunk: 4096, Inputs: []string{"-"}}
	return g
}

func newFold(feed ingest.Feed) (Fold, error) {
	return aggregate.New(aggregate.Config{Source: "s", Feed: string(feed), CallerKey: normal.FixedCallerKey()})
}

func (g *rig) run(ctx context.Context) (Summary, error) {
	g.t.Helper()
	g.notices = nil
	hear := func(n ingest.Notice) { g.notices = append(g.notices, n) }
	g.src.Notice, g.cfg.Notice = hear, hear
	g.src.Nonce = func() string { g.n++; return fmt.Sprintf("lane%d", g.n) }
	g.src.Known = nil
	for _, m := range g.mem.marks {
		g.src.Known = append(g.src.Known, m)
	}
	src, err := filesrc.New(g.src)
	if err != nil {
		g.t.Fatal(err)
	}
	p, err := New(g.cfg, g.mem, g.dead)
	if err != nil {
		g.t.Fatal(err)
	}
	sum, err := p.Run(ctx, src)
	if cerr := src.Close(ctx); cerr != nil {
		g.t.Error(cerr)
	}
	check(g.t, &sum)
	return sum, err
}

// give runs text as stdin.
func (g *rig) give(text string) Summary {
	g.t.Helper()
	g.src.Stdin = strings.NewReader(text)
	sum, err := g.run(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	return sum
}

// check holds the conservation laws over a summary.
func check(t *testing.T, s *Summary) {
	t.Helper()
	var total Counts
	for _, f := range s.Files {
		c := f.Counts
		var dead int64
		for _, n := range c.DeadBy {
			dead += n
		}
		if c.Entries != c.Counted+c.Dead+c.Skipped || dead != c.Dead || c.Bytes != f.To-f.From {
			t.Errorf("%s does not add up: %+v", f.Name, f)
		}
		total.add(&c)
	}
	if fmt.Sprint(total) != fmt.Sprint(s.Total) {
		t.Errorf("the total is %+v, of the files %+v", s.Total, total)
	}
}

// list are the dead letters as the commands show them.
func (g *rig) list() (out []dlq.Letter) {
	g.t.Helper()
	_, err := dlq.List(filepath.Join(g.dir, "dead.ndjson"), func(l dlq.Letter) error {
		l.Lane = ""
		out = append(out, l)
		return nil
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *rig) said(code string) string {
	var out []string
	for _, n := range g.notices {
		if n.Code == code {
			out = append(out, n.String())
		}
	}
	return strings.Join(out, "\n")
}

func sameCells(t *testing.T, got, want map[aggregate.Key]int64) {
	t.Helper()
	if maps.Equal(got, want) {
		return
	}
	for k, n := range want {
		if got[k] != n {
			t.Errorf("cell %+v is %d, want %d", k, got[k], n)
		}
	}
	for k := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("cell %+v should not be", k)
		}
	}
}

// stopwatch makes durations something that a test can know.
func stopwatch() func() time.Time {
	t := time.Unix(0, 0)
	return func() time.Time { t = t.Add(time.Second); return t }
}

func newFileSource(in io.Reader) (*filesrc.Source, error) {
	return filesrc.New(filesrc.Config{Source: "s", Inputs: []string{"-"}, Stdin: in})
}

// null is a store that keeps nothing.
type null struct{}

func (*null) Covered(context.Context, ingest.LaneID) (store.Coverage, error) {
	return store.Coverage{}, nil
}
func (*null) Write(context.Context, store.Batch) error                       { return nil }
func (*null) Put(context.Context, ...dlq.Letter) error                       { return nil }
func (*null) Feeds(context.Context, string) ([]store.FeedUse, error)         { return nil, nil }
func (*null) DeclareFeed(context.Context, string, string, ingest.Feed) error { return nil }

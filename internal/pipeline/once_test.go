package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/ingest/filesrc"
	"errata/parse"
	"errata/store"

	"github.com/google/go-cmp/cmp"
)

// sums is where a one-shot run puts rows.
type sums struct {
	t     *testing.T
	cells map[aggregate.Key]int64
	calls int
	fail  int // at this call, from 1
	on    func(n int)
}

func (s *sums) Add(rows []aggregate.Row) error {
	if s.calls++; s.calls == s.fail {
		return errStore
	}
	if s.on != nil {
		s.on(s.calls)
	}
	for i := range rows {
		s.cells[rows[i].Key] += max(rows[i].N, 1)
	}
	return nil
}

// shot is a one-shot run over what a rig would run.
type shot struct {
	cfg     OnceConfig
	to      *sums
	mem     *memory
	notices []ingest.Notice
}

func newShot(t *testing.T, g *rig, feeds ...store.FeedUse) *shot {
	s := &shot{mem: newMemory(t), to: &sums{t: t, cells: map[aggregate.Key]int64{}}}
	s.mem.feeds = feeds
	s.cfg = OnceConfig{Config: g.cfg, NewParser: func() (Parser, error) { return &toy{}, nil }, Workers: 3, Block: 50, BlockRows: 7}
	s.cfg.Config.Parser = nil
	s.cfg.Feeds = s.mem
	s.cfg.Notice = func(n ingest.Notice) { s.notices = append(s.notices, n) }
	return s
}

func (s *shot) run(ctx context.Context, t *testing.T, cfg filesrc.Config) (Summary, error) {
	t.Helper()
	o, err := NewOnce(s.cfg)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	cfg.Notice, cfg.Known, cfg.Nonce = o.Notice, nil, func() string { n++; return fmt.Sprintf("lane%d", n) }
	src, err := filesrc.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	sum, err := o.Run(ctx, src, s.to)
	check(t, &sum)
	return sum, err
}

// files of a summary without what a one-shot run does otherwise.
func files(s *Summary) []string {
	var out []string
	for _, f := range s.Files {
		out = append(out, fmt.Sprintf("%s feed %q format %q known %v [%d, %d) %+v: %v", f.Name, f.Feed, f.Format, f.Known, f.From, f.To, f.Counts, f.Err))
	}
	return out
}

// sameOnce runs text in one shot and compares all with what Run made of it.
func sameOnce(t *testing.T, g *rig, feeds []store.FeedUse, text string, want *Summary) {
	t.Helper()
	s := newShot(t, g, feeds...)
	cfg := g.src
	cfg.Stdin = strings.NewReader(text)
	got, err := s.run(t.Context(), t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(files(want), files(&got)); d != "" {
		t.Errorf("files, Run (-) and Once (+):\n%s", d)
	}
	sortNotices := func(l []ingest.Notice) []string {
		var out []string
		for _, n := range l {
			out = append(out, n.Code+" "+n.String())
		}
		slices.Sort(out)
		return out
	}
	if d := cmp.Diff(sortNotices(g.notices), sortNotices(s.notices)); d != "" {
		t.Errorf("notices, Run (-) and Once (+):\n%s", d)
	}
	if d := cmp.Diff(g.mem.feeds, s.mem.feeds); d != "" {
		t.Errorf("feeds, Run (-) and Once (+):\n%s", d)
	}
	counted := map[aggregate.Key]int64{}
	for k, n := range s.to.cells {
		if k.Kind != aggregate.KindSample {
			counted[k] = n
		}
	}
	want2 := map[aggregate.Key]int64{}
	for k, n := range g.mem.cells {
		if k.Kind != aggregate.KindSample {
			want2[k] = n
		}
	}
	sameCells(t, counted, want2)
}

// TestOnceIsRun: over random text, with blocks and batches of any size.
func TestOnceIsRun(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 60 {
		var b strings.Builder
		for range r.IntN(400) {
			for e := range 1 + r.IntN(3)*r.IntN(3) {
				if e > 0 {
					b.WriteByte(',')
				}
				b.WriteString([]string{"200", "200b", "404b", "500", "xcut", "xnot_json", "", "F:404b"}[r.IntN(8)])
			}
			b.WriteString("\n")
		}
		text := b.String()
		g := newRig(t)
		g.src.Final = true
		g.cfg.Feed = []ingest.Feed{"", "", "both", "response", "access"}[r.IntN(5)]
		sum := g.give(text)
		sameOnce(t, g, nil, text, &sum)
	}
}

// TestOnceLargeRecords: what is too large to be copied, too long to be held or
// holds more entries than a fold may is folded as any other record.
func TestOnceLargeRecords(t *testing.T) {
	long := strings.Repeat("404b,200,", 2*maxCopied/9)
	text := "200b\n404b\n" + long + "\n200\n" + long + "500\n\n" + strings.Repeat("y", 5<<20) + "\n404\n"
	g := newRig(t)
	g.src.MaxLine = 4 << 20
	sum := g.give(text)
	if sum.Total.Dead < 1 || sum.Total.DeadBy[parse.TooLong] != 1 {
		t.Fatalf("%+v", sum.Total)
	}
	sameOnce(t, g, nil, text, &sum)
}

// TestOnceSpares: before a record of many megabytes all before it is merged and
// the rows are asked for memory; an error of theirs ends the run.
func TestOnceSpares(t *testing.T) {
	big := strings.Repeat("200,", sparing/4) + "200b\n"
	for name, text := range map[string]string{
		"first":       big + "404b\n",
		"amid others": strings.Repeat("200b\n404b\n", 400) + big + big + "404b\n",
	} {
		g := newRig(t)
		s := newShot(t, g)
		to := &sparer{sums: s.to, before: int64(strings.Count(strings.Split(text, big)[0], "\n"))}
		run := func() error {
			o, err := NewOnce(s.cfg)
			if err != nil {
				t.Fatal(err)
			}
			src, err := newFileSource(strings.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			_, err = o.Run(t.Context(), src, to)
			return err
		}
		if err := run(); err != nil || to.asked != strings.Count(text, big) || to.wrong != "" {
			t.Errorf("%s: asked %d times, %s, %v", name, to.asked, to.wrong, err)
		}
		to.err = errStore
		if err := run(); !errors.Is(err, errStore) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// sparer is asked to spare memory.
type sparer struct {
	*sums
	before int64 // entries before the first large record
	asked  int
	wrong  string
	err    error
}

func (s *sparer) Spare() error {
	if s.asked++; s.asked == 1 {
		var n int64
		for k, v := range s.cells {
			if k.Kind == aggregate.KindRead {
				n += v
			}
		}
		if n != s.before {
			s.wrong = fmt.Sprintf("%d entries were merged before, want %d", n, s.before)
		}
	}
	return s.err
}

// TestOnceManyLines: more records than a block may have, all of them empty, and
// more dead entries than a batch may hold before anything is known of the file.
func TestOnceManyLines(t *testing.T) {
	g := newRig(t)
	text := "200b\n" + strings.Repeat("\n", 3*blockRecords) + "404b\n"
	sum := g.give(text)
	sameOnce(t, g, nil, text, &sum)

	g = newRig(t)
	g.cfg.MaxInput = 1000
	text = strings.Repeat("xcut\n\nxnot_json\n", 3000)
	sum = g.give(text)
	sameOnce(t, g, nil, text, &sum)
}

// TestOnceFiles: several files, one twice, one grown, one that cannot be read,
// one whose feed is refused, one foreign.
func TestOnceFiles(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	first := strings.Repeat("200b\n404b\n", 700)
	g := newRig(t)
	g.src.Inputs = []string{
		put("a", first), put("a.copy", first), put("a.more", first+"500b\n"), filepath.Join(dir, "none"),
		put("b", "xcut\n\n404\n200\n"), put("c", "F:404b\n"), put("d", strings.Repeat("xcut\n", 40)), put("e", "\n\n"),
	}
	sum, err := g.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sameOnce(t, g, nil, "", &sum)
	if sum.Files[1].From != int64(len(first)) || sum.Files[2].Records != 1 {
		t.Errorf("the file given again: %+v", sum.Files[1:3])
	}
}

// TestOnceRefused: a feed that is refused ends its file and nothing of it
// counts; the others go on.
func TestOnceRefused(t *testing.T) {
	g := newRig(t)
	s := newShot(t, g)
	s.mem.refuse = errors.New("twice")
	cfg := g.src
	dir := t.TempDir()
	cfg.Inputs = nil
	for i, text := range []string{"xcut\n200b\n404b\n", "xcut\n", "200b\n"} {
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg.Inputs = append(cfg.Inputs, path)
	}
	sum, err := s.run(t.Context(), t, cfg)
	if err != nil {
		t.Fatal(err)
	}
	for i, refused := range []bool{true, false, true} {
		f := sum.Files[i]
		if (f.Err != nil) != refused || refused && (f.Entries != 0 || !strings.HasPrefix(f.Unread(), "twice")) {
			t.Errorf("file %d: %+v", i, f)
		}
	}
	if sum.Total.Dead != 1 || sum.Files[1].Unread() != "no entry recognised: 1 cut" {
		t.Errorf("%+v", sum.Files)
	}
}

// TestOnceFails: an error of any stage ends the run, with all goroutines, and
// is what comes back.
func TestOnceFails(t *testing.T) {
	text := strings.Repeat("200b\n404b\n", 5000)
	errFold := errors.New("no fold")
	for name, c := range map[string]struct {
		change func(*shot)
		want   string
	}{
		"rows, first":   {func(s *shot) { s.to.fail = 1 }, errStore.Error()},
		"rows, later":   {func(s *shot) { s.to.fail = 40 }, errStore.Error()},
		"the bug check": {func(s *shot) { s.cfg.NewFold = lossyFold }, "a bug"},
		"a parser": {func(s *shot) {
			n := 0
			s.cfg.NewParser = func() (Parser, error) {
				if n++; n > 3 {
					return nil, errFold
				}
				return &toy{}, nil
			}
		}, errFold.Error()},
		"a fold of a worker": {func(s *shot) {
			n := 0
			s.cfg.Workers = 1
			s.cfg.NewFold = func(feed ingest.Feed) (Fold, error) {
				if n++; n > 3 {
					return nil, errFold
				}
				return newFold(feed)
			}
		}, errFold.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			g := newRig(t)
			s := newShot(t, g)
			c.change(s)
			cfg := g.src
			cfg.Stdin = strings.NewReader(text)
			sum, err := s.run(t.Context(), t, cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
			if len(sum.Files) > 0 {
				t.Errorf("a summary of a run that failed: %+v", sum)
			}
		})
	}
}

func lossyFold(feed ingest.Feed) (Fold, error) {
	f, err := newFold(feed)
	return lossy{f}, err
}

// TestOnceCancel: at any time the end of the context ends the run.
func TestOnceCancel(t *testing.T) {
	for _, at := range []int{1, 3, 20} {
		g := newRig(t)
		s := newShot(t, g)
		ctx, cancel := context.WithCancel(t.Context())
		s.to.on = func(n int) {
			if n == at {
				cancel()
			}
		}
		cfg := g.src
		cfg.Stdin = io.MultiReader(strings.NewReader(strings.Repeat("200b\n404b\n", 5000)), stuck{})
		if _, err := s.run(ctx, t, cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("at %d: error %v", at, err)
		}
	}
}

// stuck never has anything to read.
type stuck struct{}

func (stuck) Read([]byte) (int, error) { select {} }

// TestOnceSameCalls: the rows come in the same pieces whatever the workers.
func TestOnceSameCalls(t *testing.T) {
	var b strings.Builder
	for i := range 9000 {
		fmt.Fprintf(&b, "%db\n", 200+i%400)
	}
	var want []string
	for _, workers := range []int{1, 2, 7} {
		g := newRig(t)
		s := newShot(t, g)
		s.cfg.Workers, s.cfg.Block, s.cfg.BlockRows = workers, 3000, 500
		rec := &recorder{}
		o, err := NewOnce(s.cfg)
		if err != nil {
			t.Fatal(err)
		}
		src, err := newFileSource(strings.NewReader(b.String()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Run(t.Context(), src, rec); err != nil {
			t.Fatal(err)
		}
		if want == nil {
			want = rec.calls
		}
		if d := cmp.Diff(want, rec.calls); d != "" {
			t.Errorf("1 worker (-) and %d (+):\n%s", workers, d)
		}
		if len(rec.calls) < 10 {
			t.Errorf("%d calls: nothing was cut", len(rec.calls))
		}
	}
}

type recorder struct{ calls []string }

func (r *recorder) Add(rows []aggregate.Row) error {
	var n int64
	for i := range rows {
		n += rows[i].N
	}
	r.calls = append(r.calls, fmt.Sprintf("%d rows of %d, first %+v", len(rows), n, rows[0].Key))
	return nil
}

func TestOnceConfig(t *testing.T) {
	g := newRig(t)
	for text, change := range map[string]func(*OnceConfig){
		"parsers are missing": func(c *OnceConfig) { c.NewParser = nil },
		"no source name":      func(c *OnceConfig) { c.Source = "" },
		"blocks is negative":  func(c *OnceConfig) { c.Block = -1 },
		"no parser today": func(c *OnceConfig) {
			c.NewParser = func() (Parser, error) { return nil, errors.New("no parser today") }
		},
	} {
		s := newShot(t, g)
		change(&s.cfg)
		if _, err := NewOnce(s.cfg); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v, want %q", err, text)
		}
	}
	c := OnceConfig{Config: g.cfg, NewParser: func() (Parser, error) { return &toy{}, nil }}
	o, err := NewOnce(c)
	if err != nil {
		t.Fatal(err)
	}
	if o.cfg.Workers < 1 || o.cfg.Workers > maxWorkers || o.cfg.Block != blockBytes {
		t.Errorf("got %+v", o.cfg)
	}
}

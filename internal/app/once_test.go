package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/internal/config"
	"errata/internal/gen"
	"errata/internal/pipeline"
	"errata/store"
	"errata/store/memstore"

	gocmp "github.com/google/go-cmp/cmp"
)

// traffic writes a log and returns its name.
func traffic(t *testing.T, name, scenario, format string, logs gen.Logs, perDay, days int) string {
	t.Helper()
	s, err := gen.Load(scenario)
	if err != nil {
		t.Fatal(err)
	}
	s.RequestsPerDay = perDay
	var b bytes.Buffer
	if _, err := gen.Run(t.Context(), gen.Config{Scenario: s, Seed: 7, Format: format, Logs: logs, Days: days}, &b, nil); err != nil {
		t.Fatal(err)
	}
	write(t, name, b.String())
	return name
}

// keyed has the fixed key for the store too: one caller key, the same hashes.
func keyed(l *config.Loaded) {
	if err := os.WriteFile("key", []byte(strings.Repeat("0f", 16)), 0o600); err != nil {
		panic(err)
	}
	l.Privacy.CallerKeyFile = "key"
}

// question is a query or a listing.
type question struct {
	q *store.Query
	l *store.Listing
}

// questions are one of each kind, and random ones, of whole hours if asked.
func questions(seed uint64, hours bool) []question {
	rng := rand.New(rand.NewPCG(seed, 5))
	var all []question
	for k := aggregate.KindRequest; k <= aggregate.KindActive; k++ {
		all = append(all, question{l: &store.Listing{Kind: k, By: k.Columns()}})
		if k.Grain() >= 3600 {
			all = append(all, question{l: &store.Listing{Kind: k, By: k.Columns()[1:], Step: 24 * time.Hour}})
		}
	}
	families := [][]string{
		{"source", "route", "method", "status", "type", "code", "param", "param_source", "feature", "available_from", "shape", "origin", "template"},
		{"route", "method", "status", "type", "param", "client", "auth", "retry"},
		{"finding", "route", "type"},
		{"reason"},
		{"feature", "available_from", "reason", "client"},
	}
	measures := []string{"requests", "errors", "ratio", "envelopes", "callers", "bytes", "p50", "p95", "p99"}
	for i := range 60 {
		dims := slices.Clone(families[i%len(families)])
		rng.Shuffle(len(dims), func(i, j int) { dims[i], dims[j] = dims[j], dims[i] })
		q := &store.Query{By: dims[:rng.IntN(min(5, len(dims))+1)], Measures: measures[:1+rng.IntN(len(measures))]}
		switch i % len(families) {
		case 3:
			q.By, q.Measures = []string{"reason"}, []string{"entries"}
		case 2:
			q.Measures = []string{"findings"}
			q.By = []string{"finding"}
		}
		if rng.IntN(2) == 0 {
			end := gen.DefaultEnd().Add(-time.Duration(rng.IntN(24*3)) * time.Hour)
			q.Until, q.Since = end, end.Add(-time.Duration(1+rng.IntN(48))*time.Hour)
			if !hours {
				q.Since = q.Since.Add(17 * time.Minute)
			}
		}
		if rng.IntN(3) == 0 {
			q.Step = 24 * time.Hour
			if i%len(families) < 2 {
				q.Step = time.Hour
			}
		}
		if rng.IntN(3) == 0 && i%len(families) < 2 {
			q.Where = append(q.Where, store.Filter{Dim: "route", Op: store.Op(rng.IntN(3)), Value: "/v1/"})
		}
		all = append(all, question{q: q})
	}
	return all
}

// answers asks everything and returns the answers as text, each on its own.
func answers(t *testing.T, r Reader, asked []question) []string {
	t.Helper()
	var out []string
	for _, a := range asked {
		if a.q != nil {
			res, err := r.Query(t.Context(), *a.q)
			if err != nil {
				t.Fatalf("%+v: %v", a.q, err)
			}
			text, err := json.Marshal([]any{res, res.Columns})
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, fmt.Sprintf("%+v\n%s", *a.q, text))
			continue
		}
		var cells []store.Cell
		if err := r.List(t.Context(), *a.l, func(c store.Cell) error { cells = append(cells, c); return nil }); err != nil {
			t.Fatalf("%+v: %v", a.l, err)
		}
		slices.SortFunc(cells, func(a, b store.Cell) int {
			return cmp.Or(cmp.Compare(a.Time, b.Time), slices.Compare(a.Dims, b.Dims))
		})
		var b strings.Builder
		fmt.Fprintf(&b, "%+v\n", *a.l)
		for _, c := range cells {
			fmt.Fprintf(&b, "%+v\n", c)
		}
		out = append(out, b.String())
	}
	return out
}

func sameAnswers(t *testing.T, what string, want, got []string) {
	t.Helper()
	for i := range want {
		if want[i] != got[i] {
			t.Errorf("%s:\n%s", what, gocmp.Diff(strings.Split(want[i], "\n"), strings.Split(got[i], "\n")))
			return
		}
	}
}

// counts is what a summary says of the inputs.
func counts(sum *pipeline.Summary) []pipeline.File {
	files := slices.Clone(sum.Files)
	for i := range files {
		files[i].Lane = ""
		if files[i].Err != nil {
			files[i].Err = errors.New(files[i].Err.Error())
		}
	}
	return files
}

func once(t *testing.T, a *App, o OnceOptions, asked []question) ([]string, pipeline.Summary) {
	t.Helper()
	var got []string
	var sum pipeline.Summary
	if err := a.Once(t.Context(), o, func(r Reader, s pipeline.Summary) error {
		got, sum = answers(t, r, asked), s
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return got, sum
}

// TestOnceEqualsStore: one shot and a store say the same of the same files,
// also from the file for what memory does not hold, by the hour, and on one
// core.
func TestOnceEqualsStore(t *testing.T) {
	for _, c := range []struct {
		name   string
		inputs func(t *testing.T) []string
		change func(*config.Loaded)
	}{
		{"both feeds in one", func(t *testing.T) []string {
			return []string{traffic(t, "a.ndjson", "hostile", "apisix", gen.Both, 1200, 3), traffic(t, "b.ndjson", "demo", "kong", gen.Both, 1200, 2)}
		}, nil},
		{"access and response", func(t *testing.T) []string {
			return []string{
				traffic(t, "access.log", "demo", "combined", gen.Access, 3000, 3),
				traffic(t, "response.ndjson", "demo", "nginx-json", gen.Response, 3000, 4),
			}
		}, nil},
		{"two files that refuse each other", func(t *testing.T) []string {
			return []string{traffic(t, "a.log", "small", "combined", gen.Access, 900, 2), traffic(t, "b.ndjson", "small", "apisix-array", gen.Both, 900, 2)}
		}, nil},
		{"given feed", func(t *testing.T) []string {
			return []string{traffic(t, "a.ndjson", "demo", "apisix-array", gen.Both, 2500, 2)}
		}, func(l *config.Loaded) { l.Ingest.Logs = "response" }},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, _ := newApp(t, func(l *config.Loaded) {
				keyed(l)
				if c.change != nil {
					c.change(l)
				}
			})
			inputs := c.inputs(t)
			ingested, err := a.Ingest(t.Context(), IngestOptions{Inputs: inputs, Final: true})
			if err != nil {
				t.Fatal(err)
			}
			for _, hours := range []bool{false, true} {
				asked := questions(3, hours)
				if hours {
					// Kinds by minutes and their listings need the hour, too.
					asked = slices.DeleteFunc(asked, func(q question) bool { return q.l != nil && q.l.Step > 0 })
				}
				var want []string
				if err := a.View(t.Context(), func(r Reader) error { want = answers(t, r, asked); return nil }); err != nil {
					t.Fatal(err)
				}
				grain := time.Duration(0)
				if hours {
					grain = time.Hour
				}
				for _, o := range []OnceOptions{{}, {Memory: 1}, {Memory: 300_000}} {
					o.Inputs, o.Grain = inputs, grain
					got, sum := once(t, a, o, asked)
					sameAnswers(t, fmt.Sprintf("store (-), one shot with %+v (+)", o), want, got)
					if d := gocmp.Diff(counts(&ingested), counts(&sum), gocmp.Comparer(func(a, b error) bool {
						return (a == nil) == (b == nil) && (a == nil || a.Error() == b.Error())
					})); d != "" {
						t.Errorf("files, ingested (-), one shot (+):\n%s", d)
					}
				}
			}
		})
	}
}

// TestOnceOnAnyMachine: neither cores nor timing show in answers, counts or
// the order of notices.
func TestOnceOnAnyMachine(t *testing.T) {
	run := func(procs int, files ...string) ([]string, pipeline.Summary, []ingest.Notice) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
		a, heard := again(nil)
		asked := append(questions(4, false), question{q: &store.Query{By: []string{"status"}, Measures: []string{store.MeasureCallerMap}}})
		got, sum := once(t, a, OnceOptions{Inputs: files, Memory: 1 << 20}, asked)
		sum.Duration = 0
		return got, sum, *heard
	}
	newApp(t, nil)
	files := []string{
		traffic(t, "a.ndjson", "hostile", "apisix", gen.Both, 5000, 2), traffic(t, "b.ndjson", "demo", "kong", gen.Both, 3000, 2),
		traffic(t, "c.ndjson", "errors", "nginx-json", gen.Both, 1500, 2),
	}
	write(t, "d.txt", strings.Repeat("no log at all\n", 50_000))
	files = append(files, "d.txt")
	want, wantSum, wantHeard := run(1, files...)
	for _, procs := range []int{2, 5} {
		got, sum, heard := run(procs, files...)
		sameAnswers(t, fmt.Sprintf("1 core (-) and %d (+)", procs), want, got)
		if d := gocmp.Diff(wantSum, sum); d != "" {
			t.Errorf("summary, 1 core (-) and %d (+):\n%s", procs, d)
		}
		if d := gocmp.Diff(wantHeard, heard); d != "" {
			t.Errorf("notices, 1 core (-) and %d (+):\n%s", procs, d)
		}
	}
}

// TestOnceBounds: raising caps.keys above its default names more keys in one
// shot too, as the note on (other) promises.
func TestOnceBounds(t *testing.T) {
	for keys, want := range map[int]memstore.Config{
		10:      {Grain: 3600},
		50_000:  {Grain: 3600},
		200_000: {Grain: 3600, Names: 200_000, Texts: 200_000 << 10},
	} {
		if got := onceBounds(keys, memstore.Config{Grain: 3600}); got != want {
			t.Errorf("caps.keys %d: got %+v, want %+v", keys, got, want)
		}
	}
}

// TestOnceSaysWhatItLeftOut: foreign files in a folder are named with a reason,
// and their lines are dead letters as they are when ingested.
func TestOnceSaysWhatItLeftOut(t *testing.T) {
	a, heard := newApp(t, nil)
	if err := os.Mkdir("logs", 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, "logs/a.log", line+line+line[:len(line)-1]) // the last line has no end
	write(t, "logs/again.log", line+line+line[:len(line)-1])
	write(t, "logs/notes.txt", "to do: nothing\n\nnothing else\n")
	write(t, "logs/cut.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03cut")
	write(t, "logs/empty.log", "")
	if err := os.Symlink("nowhere", "logs/link"); err != nil {
		t.Fatal(err)
	}
	_, sum := once(t, a, OnceOptions{Inputs: []string{"logs", "none.log"}}, nil)
	want := []pipeline.NotRead{
		{Name: "logs/link", Reason: "skipped: a dead link"},
		{Name: "logs/cut.gz"},
		{Name: "logs/notes.txt", Reason: "no entry recognised: 2 unknown_format"},
		{Name: "none.log"},
	}
	if d := gocmp.Diff(want, sum.NotRead, gocmp.FilterPath(func(p gocmp.Path) bool { return p.Last().String() == ".Reason" },
		gocmp.Comparer(func(a, b string) bool { return a == b || min(a, b) == "" && len(max(a, b)) > 10 }))); d != "" {
		t.Errorf("not read (-want +got):\n%s", d)
	}
	if c := sum.Total; c.Counted != 3 || c.Dead != 2 || c.Blank != 1 || c.Records != 5 {
		t.Errorf("got %+v", c)
	}
	if !slices.ContainsFunc(*heard, func(n ingest.Notice) bool { return n.Code == ingest.NoticeContinues }) {
		t.Errorf("the file given twice: %v", *heard)
	}
	if left, err := filepath.Glob("*"); err != nil || len(left) != 1 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestOnceEnds: an interrupt and an error of what is done with the answers end
// it, and nothing is left behind.
func TestOnceEnds(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	a, _ := newApp(t, nil)
	traffic(t, "a.ndjson", "small", "apisix", gen.Both, 4000, 3)
	errAsk := errors.New("enough")
	if err := a.Once(t.Context(), OnceOptions{Inputs: []string{"a.ndjson"}, Memory: 1}, func(Reader, pipeline.Summary) error {
		return errAsk
	}); !errors.Is(err, errAsk) {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := a.Once(ctx, OnceOptions{
		Inputs: []string{"-"}, Memory: 1,
		Stdin: io.MultiReader(strings.NewReader(strings.Repeat(line, 100)), stop{cancel}),
	}, func(Reader, pipeline.Summary) error { t.Error("it was answered"); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	a.cfg.Privacy.CallerKeyFile = "missing"
	if err := a.Once(t.Context(), OnceOptions{Inputs: []string{"a.ndjson"}}, nil); err == nil {
		t.Error("a key that is not there was read")
	}
	if left, err := os.ReadDir(os.Getenv("TMPDIR")); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// stop ends a run when it is read, and then waits for ever.
type stop struct{ cancel context.CancelFunc }

func (s stop) Read([]byte) (int, error) {
	s.cancel()
	select {}
}

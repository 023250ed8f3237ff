package oracle_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"errata/aggregate"
	"errata/internal/gen"
	"errata/internal/oracle"
	"errata/parse"
	"errata/parse/normal"
)

const (
	maxBad   = 3
	oddLines = 1000
)

var demandRoutes = []string{"/sessions", "/agents", "/sessions/{id}/events"}

func config(feed string) oracle.Config {
	return oracle.Config{Source: "s", Feed: feed, CallerKey: normal.FixedCallerKey(), DemandRoutes: demandRoutes}
}

func newParser(t testing.TB) *parse.Parser {
	t.Helper()
	p, err := parse.New(parse.Config{CallerKey: normal.FixedCallerKey()})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// entryOf is what errata parse prints of an event.
func entryOf(line int64, e *parse.Event) oracle.Entry {
	text := func(b []byte) *string { s := string(b); return &s }
	out := oracle.Entry{Line: line, Index: e.Index, Error: string(e.Dead), Format: e.Format, Flags: []string{}, Findings: []string{}}
	if e.HasTime {
		out.Time = time.Unix(0, e.Time).UTC().Format(time.RFC3339Nano)
	}
	for i, name := range []string{"truncated", "clamped_time", "sse", "base64", "gzip"} {
		if e.Flags&(1<<i) != 0 {
			out.Flags = append(out.Flags, name)
		}
	}
	if e.Dead != "" {
		out.Flags, out.Format = nil, "" // a skipped line prints none
		return out
	}
	if e.HasStatus {
		s := int(e.Status)
		out.Status = &s
	}
	out.Method, out.Path, out.Route = text(e.Method), text(e.Path), string(e.Route)
	if e.Duration >= 0 {
		ms := float64(e.Duration) / 1000
		out.DurationMS = &ms
	}
	if e.Bytes >= 0 {
		n := e.Bytes
		out.Bytes = &n
	}
	if e.CallerKind != normal.CallerNone {
		out.Caller, out.CallerKind = fmt.Sprintf("%016x", e.Caller), e.CallerKind.String()
	}
	out.RequestID, out.Client = string(e.RequestID), string(e.Client)
	out.Auth, out.Retry = e.Auth.String(), e.Retry.String()
	for _, b := range e.Beta {
		out.Beta = append(out.Beta, string(b))
	}
	out.Shape, out.Origin = e.Shape.String(), e.Origin.String()
	for i, name := range parse.FindingNames {
		if e.Findings&(1<<i) != 0 {
			out.Findings = append(out.Findings, name)
		}
	}
	for name, m := range map[string]parse.Member{
		"type": e.Env.Type, "message": e.Env.Message, "param": e.Env.Param, "feature": e.Env.Feature,
		"available_from": e.Env.AvailableFrom, "code": e.Env.Code,
	} {
		if m.Kind != parse.MemberAbsent && out.Envelope == nil {
			out.Envelope = oracle.Envelope{}
		}
		switch m.Kind {
		case parse.MemberNull:
			out.Envelope[name] = nil
		case parse.MemberString:
			out.Envelope[name] = string(m.Value)
		case parse.MemberNumber:
			out.Envelope[name] = json.Number(m.Value)
		}
	}
	out.Param, out.ParamSource = string(e.Param), e.ParamFrom.String()
	out.Template = string(e.Template)
	if out.Template != "" {
		out.TemplateID = fmt.Sprintf("%016x", e.TemplateID)
	}
	return out
}

// Method and path are compared as text: an event has no way to say absent.
func flatten(e oracle.Entry) oracle.Entry {
	empty := ""
	if e.Error != "" {
		e.Flags, e.Format = nil, ""
	}
	if e.Error == "" && e.Method == nil {
		e.Method = &empty
	}
	if e.Error == "" && e.Path == nil {
		e.Path = &empty
	}
	return e
}

// diffLine compares what parse and the oracle say of one line; "" is nothing to say.
func diffLine(p *parse.Parser, cfg oracle.Config, n int64, line []byte) (diff string) {
	defer func() {
		if r := recover(); r != nil {
			diff = fmt.Sprintf("panic: %v", r)
		}
	}()
	var got []oracle.Entry
	p.Reset(line, 0)
	for p.Next() {
		got = append(got, entryOf(n, p.Event()))
	}
	var want []oracle.Entry
	for _, e := range cfg.Decode(n, line) {
		want = append(want, flatten(e))
	}
	want = level(line, want, got)
	return cmp.Diff(want, got, cmpopts.IgnoreUnexported(oracle.Entry{}), cmpopts.EquateEmpty())
}

// rowOf is an aggregate row as the oracle writes one.
func rowOf(r aggregate.Row) oracle.Row {
	k := oracle.Key{
		Kind: r.Kind.String(), Time: r.Time, Source: r.Source, Route: r.Route, Method: r.Method, Status: int(r.Status),
		Type: r.Type, Code: r.Code, Param: r.Param, ParamSource: r.ParamSource, Feature: r.Feature, AvailableFrom: r.AvailableFrom,
		Reason: r.Reason, Shape: r.Shape, Origin: r.Origin, Template: r.Template, Client: r.Client, Auth: r.Auth, Retry: r.Retry,
		Finding: r.Finding, X1: r.X1, X2: r.X2, X3: r.X3, Caller: r.Caller, Lane: r.Lane, Pos: r.Pos,
	}
	c := oracle.Cell{
		N: r.N, Extra: r.Extra, Bytes: r.Bytes, NNoCaller: r.NNoCaller, First: r.First, Last: r.Last, Text: r.Text,
		Hist: map[uint8]int64{}, Callers: map[uint64]int64{},
	}
	for _, b := range r.Hist {
		c.Hist[b.Bucket] = b.N
	}
	for _, x := range r.Callers {
		c.Callers[x.Hash] = x.N
	}
	return oracle.Row{Key: k, Cell: c}
}

// kSmallest keeps of a cell's callers the k smallest, as a rollup row does.
func kSmallest(c oracle.Cell) oracle.Cell {
	callers := map[uint64]int64{}
	for _, h := range c.Smallest(aggregate.K) {
		callers[h] = c.Callers[h]
	}
	c.Callers = callers
	return c
}

// foldLog is the real way of a log into rows, in batches of so many lines.
func foldLog(t testing.TB, cfg oracle.Config, name string, log []byte, batch int) []aggregate.Row {
	t.Helper()
	p := newParser(t)
	a, err := aggregate.New(aggregate.Config{Source: cfg.Source, Feed: cfg.Feed, CallerKey: cfg.CallerKey, DemandRoutes: cfg.DemandRoutes})
	if err != nil {
		t.Fatal(err)
	}
	var rows []aggregate.Row
	for i, line := range lines(log) {
		p.Reset(line, 0)
		for p.Next() {
			a.Add(p.Event(), aggregate.Position{Name: name, Line: int64(i + 1)})
		}
		if (i+1)%batch == 0 {
			rows = a.Flush(rows)
		}
	}
	return aggregate.Merge(a.Flush(rows))
}

func lines(log []byte) [][]byte {
	ls := bytes.Split(log, []byte("\n"))
	if len(ls[len(ls)-1]) == 0 {
		ls = ls[:len(ls)-1]
	}
	for i := range ls {
		ls[i] = bytes.TrimSuffix(ls[i], []byte("\r"))
	}
	return ls
}

func corpus(t testing.TB, format, scenario string, logs gen.Logs, seed uint64, perDay int) []byte {
	t.Helper()
	s, err := gen.Load(scenario)
	if err != nil {
		t.Fatal(err)
	}
	if s.RequestsPerDay > perDay {
		s.RequestsPerDay = perDay
	}
	var out bytes.Buffer
	if _, err := gen.Run(context.Background(), gen.Config{Scenario: s, Seed: seed, Format: format, Logs: logs, Days: 2}, &out, nil); err != nil {
		t.Skipf("%s %s: %v", format, logs, err)
	}
	return out.Bytes()
}

// Every generated corpus, of every format, kind of log and scenario: each line
// decodes alike, and every rollup cell is equal.
func TestGeneratedCorpora(t *testing.T) {
	for _, format := range gen.Formats() {
		for _, scenario := range gen.Scenarios() {
			for i, logs := range []gen.Logs{gen.Access, gen.Response, gen.Both} {
				t.Run(fmt.Sprintf("%s/%s/%s", format, scenario, logs), func(t *testing.T) {
					log := corpus(t, format, scenario, logs, uint64(i+1), 120)
					compareLog(t, config(string(logs)), log)
				})
			}
		}
	}
}

func compareLog(t *testing.T, cfg oracle.Config, log []byte) {
	t.Helper()
	p := newParser(t)
	bad := 0
	for i, line := range lines(log) {
		if d := diffLine(p, cfg, int64(i+1), line); d != "" {
			t.Errorf("line %d differs (-oracle +parse):\n%.2000s\n%s", i+1, line, d)
			if bad++; bad == 3 {
				t.FailNow()
			}
		}
	}
	cells, err := oracle.Recount(cfg, "f.log", bytes.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	compareCells(t, cells, foldLog(t, cfg, "f.log", log, 777))
}

func compareCells(t *testing.T, cells *oracle.Cells, rows []aggregate.Row) {
	t.Helper()
	got := map[oracle.Key]oracle.Cell{}
	for _, r := range rows {
		o := rowOf(r)
		got[o.Key] = o.Cell
	}
	bad := 0
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf(format, args...)
		if bad++; bad == 5 {
			t.FailNow()
		}
	}
	for _, r := range cells.Rows() {
		g, ok := got[r.Key]
		if !ok {
			fail("no row %+v %+v", r.Key, r.Cell)
			continue
		}
		if d := cmp.Diff(kSmallest(r.Cell), g); d != "" {
			fail("row %+v (-oracle +fold):\n%s", r.Key, d)
		}
		delete(got, r.Key)
	}
	for k, c := range got {
		fail("a row too many: %+v %+v", k, c)
	}
}

// Lines of the corpora changed at random: cut, flipped, spliced.
func TestMutatedLines(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	p, cfg := newParser(t), config("both")
	for _, format := range gen.Formats() {
		logs := gen.Both
		if format == "combined" || format == "common" {
			logs = gen.Access
		}
		all := lines(corpus(t, format, "small", logs, 7, 400))
		all = slices.DeleteFunc(all, func(l []byte) bool { return len(l) == 0 || len(l) > 1<<16 })
		t.Run(format, func(t *testing.T) {
			bad := 0
			for range 2000 {
				line := mutate(rng, all)
				if d := diffLine(p, cfg, 1, line); d != "" {
					t.Errorf("%s (-oracle +parse):\n%s", strconv.Quote(string(line)), d)
					if bad++; bad == maxBad {
						t.FailNow()
					}
				}
			}
		})
	}
}

func mutate(rng *rand.Rand, all [][]byte) []byte {
	line := bytes.Clone(all[rng.IntN(len(all))])
	switch rng.IntN(4) {
	case 0: // cut
		return line[:rng.IntN(len(line))+1]
	case 1: // a flipped byte
		line[rng.IntN(len(line))] ^= 1 << rng.IntN(8)
	case 2: // spliced with another
		other := all[rng.IntN(len(all))]
		line = append(line[:rng.IntN(len(line))], other[rng.IntN(len(other)):]...)
	default: // a byte put in or taken out
		i := rng.IntN(len(line))
		if rng.IntN(2) == 0 {
			return slices.Delete(line, i, i+1)
		}
		const odd = "{}[]\",:\\ \t\x00\x01u09-ntf\xff\xc3"
		line = slices.Insert(line, i, odd[rng.IntN(len(odd))])
	}
	return line
}

func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err)
	}
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func zip(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

// A format that is named reads its own lines as auto does, and is no other's.
func TestNamedFormats(t *testing.T) {
	for _, format := range []string{"combined", "common", "apisix", "nginx-json", "kong"} {
		log := lines(corpus(t, format, "hostile", "", 5, 100))
		for _, name := range []string{"combined", "common", "apisix", "nginx-json", "kong"} {
			t.Run(format+" as "+name, func(t *testing.T) {
				p, err := parse.New(parse.Config{CallerKey: normal.FixedCallerKey(), Format: name})
				if err != nil {
					t.Fatal(err)
				}
				cfg := config("both")
				cfg.Format = name
				bad := 0
				for i, line := range log {
					if d := diffLine(p, cfg, int64(i+1), line); d != "" {
						t.Errorf("%q (-oracle +parse):\n%s", line, d)
						if bad++; bad == maxBad {
							t.FailNow()
						}
					}
				}
			})
		}
	}
}

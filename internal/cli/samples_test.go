package cli

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"errata/store"

	"github.com/google/go-cmp/cmp"
)

// failure is an APISIX line of an error with a request id.
func failure(at, id, uri, typ, message string, status int) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		panic(err)
	}
	b, err := json.Marshal(fmt.Sprintf(`{"type":"error","request_id":%q,"error":{"type":%q,"message":%q}}`, id, typ, message))
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"start_time":%d,"client_ip":"203.0.113.9","request":{"method":"GET","uri":%q,"headers":{}},"response":{"status":%d,"body":%s}}`+"\n",
		t.UnixMilli(), uri, status, b)
}

func sampleStore(t *testing.T) {
	t.Helper()
	write(t, "log.ndjson",
		failure("2026-11-20T10:00:00Z", "req_1", "/v1/agents", "api_error", "First.", 500)+
			failure("2026-11-20T10:00:00.25Z", "req_2", "/v1/files", "not_found_error", "Second.", 404)+
			failure("2026-11-20T10:30:00Z", "req_3", "/v1/agents", "api_error", "The key pt-0123456789abcdef0123 is no good.", 500)+
			failure("2026-11-21T10:00:00Z", "req_4", "/v1/agents", "not_found_error", "Fourth.", 400)+
			failure("2026-11-21T10:00:00Z", "req_5", "/v1/skills", "api_error", "Fifth.", 500))
	must(t, "ingest", "-q", "--store", "s.db", "log.ndjson")
}

func readRows(t *testing.T, args string) []sample {
	t.Helper()
	var s samples
	if err := json.Unmarshal([]byte(must(t, strings.Fields("samples --store s.db -o json "+args)...).stdout), &s); err != nil {
		t.Fatal(err)
	}
	return s.Rows
}

func ids(rows []sample) string {
	var list []string
	for _, r := range rows {
		list = append(list, strings.TrimPrefix(r.RequestID, "req_"))
	}
	return strings.Join(list, " ")
}

func TestSamples(t *testing.T) {
	t.Chdir(t.TempDir())
	sampleStore(t)
	for args, want := range map[string]string{
		"":                       "4 5 3 2 1",
		"--limit 2":              "4 5",
		"--limit 0":              "4 5 3 2 1",
		"--where type=api_error": "5 3 1",
		"--where finding!=type_status --where finding!=": "",
		"--where finding=":                                         "4 5 3 2 1",
		"--where type!=api_error":                                  "4 2",
		"--where type~no":                                          "4 2",
		"--where type=api_error --where route=/agents":             "3 1",
		"--where status=404 --where status=400":                    "4 2",
		"--where finding=type_status":                              "4",
		"--where source=default --where method=GET --limit 1":      "4",
		"--since 2026-11-21":                                       "4 5",
		"--since 2026-11-20T10:00:00.25Z --until 2026-11-20T10:30": "2",
		"--until 2026-11-21":                                       "3 2 1",
		"--last 4d":                                                "4 5",
		"--last 7d --now 2026-11-27T10:30":                         "4 5 3",
		"--where source=eu":                                        "",
	} {
		got := ids(readRows(t, args))
		if got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
}

// The JSON form is a contract down to the order of its members; the other forms
// hold the same.
func TestSamplesFormats(t *testing.T) {
	t.Chdir(t.TempDir())
	sampleStore(t)
	got := must(t, strings.Fields("samples --store s.db -o json --where status=404")...).stdout
	template := readRows(t, "--where status=404")[0].TemplateID
	want := `{"rows":[{"request_id":"req_2","time":"2026-11-20T10:00:00.25Z","position":"log.ndjson:2","source":"default","route":"/files","method":"GET",` +
		`"status":404,"type":"not_found_error","param":"","template_id":"` + template + `","message":"Second."}]}` + "\n"
	if d := cmp.Diff(want, got); d != "" || len(template) != 16 {
		t.Error(d)
	}
	rows := readRows(t, "")
	records, err := csv.NewReader(strings.NewReader(must(t, strings.Fields("samples --store s.db -o csv")...).stdout)).ReadAll()
	if err != nil || len(records) != len(rows)+1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	table := strings.Split(must(t, strings.Fields("samples --store s.db")...).stdout, "\n")
	for i, r := range rows {
		want := []string{r.RequestID, r.Time, r.Position, r.Source, r.Route, r.Method, fmt.Sprint(r.Status), r.Type, r.Param, r.TemplateID, r.Message}
		if d := cmp.Diff(want, records[i+1]); d != "" {
			t.Errorf("CSV: %s", d)
		}
		for _, v := range []string{r.RequestID, r.Position, r.Message, r.TemplateID} {
			if !strings.Contains(table[i+2], v) {
				t.Errorf("no %s in %s", v, table[i+2])
			}
		}
		if strings.Contains(r.Message, "pt-0123") {
			t.Errorf("a secret: %s", r.Message)
		}
	}
	must(t, strings.Fields("samples --store s.db -o x.csv")...)
	if b, err := os.ReadFile("x.csv"); err != nil || !strings.HasPrefix(string(b), "request_id,time,position,source,route,method,status,type,param,template_id,message\r\n") {
		t.Errorf("%s, %v", b, err)
	}
}

// An empty answer says what the store holds, in every format.
func TestSamplesNone(t *testing.T) {
	t.Chdir(t.TempDir())
	sampleStore(t)
	write(t, "ok.log", strings.ReplaceAll(combinedLine, " 404 ", " 200 "))
	must(t, "ingest", "-q", "--store", "ok.db", "ok.log")
	write(t, "empty", "")
	must(t, "ingest", "-q", "--store", "new.db", "empty")
	const held = "the store holds events from 2026-11-20T10:00:00Z to 2026-11-21T10:01:00Z"
	for args, want := range map[string]string{
		"--store s.db --since 2026-11-23":            "no samples: the range is newer than the newest event: " + held,
		"--store s.db --until 2026-11-20":            "no samples: the range is older than the oldest event: " + held,
		"--store s.db --where type=x":                "no samples: none in this range that the filters let through: " + held,
		"--store s.db --where finding=feed_mismatch": "no samples: none in this range that the filters let through: " + held,
		"--store ok.db":                              "no samples: there is no error in this range: the store holds events from 2026-11-23T10:05:00Z",
		"--store new.db":                             "no samples: the store holds no events",
	} {
		for _, o := range []string{"table", "json", "csv"} {
			r := must(t, strings.Fields("samples "+args+" -o "+o)...)
			if !strings.Contains(r.stderr, want) || o == "table" && r.stdout != "" || o == "json" && r.stdout != "{\"rows\":[]}\n" {
				t.Errorf("%s -o %s: %+v", args, o, r)
			}
		}
		if r := must(t, strings.Fields("samples -q "+args)...); r.stderr != "" {
			t.Errorf("%s: not quiet: %s", args, r.stderr)
		}
	}
}

// listed is a reader of cells in random order.
type listed struct {
	cells []store.Cell
	rng   *rand.Rand
}

func (listed) Query(context.Context, store.Query) (store.Result, error) { panic("no query") }

func (l listed) List(_ context.Context, _ store.Listing, yield func(store.Cell) error) error {
	for _, i := range l.rng.Perm(len(l.cells)) {
		if err := yield(l.cells[i]); err != nil {
			return err
		}
	}
	return nil
}

func sampleCell(hash uint64, at time.Time, source, message string) store.Cell {
	text := fmt.Sprintf(`%016x {"request_id":"r%d","time":%q,"message":%q,"position":"f:1"}`, hash, hash, at.Format(time.RFC3339Nano), message)
	return store.Cell{Time: at.Unix() / 600 * 600, Dims: []string{source, "/r", "GET", "500", "", "", "", "", "0"}, Text: text}
}

// Each request stands once, with its message if one of its logs has one, and
// the newest are shown whatever the order in which a store hands them out.
func TestSamplesOnce(t *testing.T) {
	start := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	var cells []store.Cell
	for h := range uint64(3000) {
		at := start.Add(time.Duration(h/2) * time.Second) // two of each second
		cells = append(cells, sampleCell(h, at, "response", fmt.Sprint("m", h)), sampleCell(h, at.Add(300*time.Millisecond), "access", ""))
		if h%7 == 0 {
			cells = append(cells, sampleCell(h, at, "response", fmt.Sprint("m", h))) // of a finding
		}
	}
	var first []sample
	for seed := range uint64(5) {
		got, err := readSamples(t.Context(), listed{cells, rand.New(rand.NewPCG(seed, 1))}, store.Listing{}, 7)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, s := range got {
			names = append(names, s.RequestID+" "+s.Message+" "+s.Source)
		}
		want := []string{
			"r2998 m2998 response", "r2999 m2999 response", "r2996 m2996 response", "r2997 m2997 response",
			"r2994 m2994 response", "r2995 m2995 response", "r2992 m2992 response",
		}
		if d := cmp.Diff(want, names); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
		if first == nil {
			first = got
		}
		if d := cmp.Diff(first, got, cmp.AllowUnexported(sample{})); d != "" {
			t.Errorf("seed %d: %s", seed, d)
		}
	}
	all, err := readSamples(t.Context(), listed{cells, rand.New(rand.NewPCG(1, 1))}, store.Listing{}, 0)
	if err != nil || len(all) != 3000 {
		t.Errorf("%d samples, %v", len(all), err)
	}
	if !slices.IsSortedFunc(all, func(x, y sample) int { return y.at.Compare(x.at) }) {
		t.Error("not newest first")
	}
}

// A text that is no sample is an error, not a row.
func TestSamplesBroken(t *testing.T) {
	good := sampleCell(1, time.Unix(1e9, 0).UTC(), "s", "m")
	for name, change := range map[string]func(c *store.Cell){
		"nothing":      func(c *store.Cell) { c.Text = "" },
		"no hash":      func(c *store.Cell) { c.Text = `{"request_id":""}` },
		"a short hash": func(c *store.Cell) { c.Text = c.Text[1:] },
		"no hex":       func(c *store.Cell) { c.Text = "g" + c.Text[1:] },
		"cut":          func(c *store.Cell) { c.Text = c.Text[:40] },
		"no status":    func(c *store.Cell) { c.Dims = slices.Clone(c.Dims); c.Dims[3] = "x" },
	} {
		c := good
		change(&c)
		_, err := readSamples(t.Context(), listed{[]store.Cell{c}, rand.New(rand.NewPCG(1, 1))}, store.Listing{}, 1)
		if err == nil || !strings.HasPrefix(err.Error(), "the store holds a sample") {
			t.Errorf("%s: %v", name, err)
		}
	}
	wrong := errors.New("wrong")
	if _, err := readSamples(t.Context(), failing{wrong}, store.Listing{}, 1); !errors.Is(err, wrong) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (failing) Query(context.Context, store.Query) (store.Result, error) { panic("no query") }

func (f failing) List(context.Context, store.Listing, func(store.Cell) error) error { return f.err }

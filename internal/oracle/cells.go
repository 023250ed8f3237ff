package oracle

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"regexp"
	"slices"
	"strings"
)

// Key is the logical key of a rollup row, see docs/schema.md.
type Key struct {
	Kind          string
	Time          int64
	Source        string
	Route         string
	Method        string
	Status        int
	Type          string
	Code          string
	Param         string
	ParamSource   string
	Feature       string
	AvailableFrom string
	Reason        string
	Shape         string
	Origin        string
	Template      string
	Client        string
	Auth          string
	Retry         string
	Finding       string
	X1, X2, X3    string
	Caller        uint64
	Lane          string
	Pos           int64
}

// Cell holds the measures of a key, with every caller.
type Cell struct {
	N, Extra, Bytes int64
	Hist            map[uint8]int64
	Callers         map[uint64]int64
	NNoCaller       int64
	First, Last     int64
	Text            string
}

// Row is a key with its cell.
type Row struct {
	Key
	Cell
}

// Cells is the recount of a corpus: every kind but watermark and ledger.
type Cells struct {
	cells map[Key]*Cell
	feeds map[string]map[string]bool // by source
	ready *ledger                    // what reports ask; nil: to be made anew
}

// Recount reads the lines of a plain file and counts them; name is the file's
// name in the positions of samples.
func Recount(cfg Config, name string, r io.Reader) (*Cells, error) {
	c := &Cells{cells: map[Key]*Cell{}}
	return c, c.Add(cfg, name, r)
}

// Add counts one more file.
func (c *Cells) Add(cfg Config, name string, r io.Reader) error {
	c.ready = nil
	if c.feeds == nil {
		c.feeds = map[string]map[string]bool{}
	}
	if c.feeds[cfg.Source] == nil {
		c.feeds[cfg.Source] = map[string]bool{}
	}
	c.feeds[cfg.Source][cfg.Feed] = true
	in := bufio.NewReader(r)
	for n := int64(1); ; n++ {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			for _, e := range cfg.Decode(n, line) {
				c.count(cfg, &e, fmt.Sprintf("%s:%d", name, n))
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// Sum counts what several recounts counted, such as those of two feeds.
func Sum(parts ...*Cells) *Cells {
	sum := &Cells{cells: map[Key]*Cell{}, feeds: map[string]map[string]bool{}}
	for _, part := range parts {
		for source, feeds := range part.feeds {
			if sum.feeds[source] == nil {
				sum.feeds[source] = map[string]bool{}
			}
			maps.Copy(sum.feeds[source], feeds)
		}
		for k, c := range part.cells {
			fresh := sum.cells[k] == nil
			into := sum.cell(k)
			into.N, into.Extra, into.Bytes, into.NNoCaller = into.N+c.N, into.Extra+c.Extra, into.Bytes+c.Bytes, into.NNoCaller+c.NNoCaller
			for b, n := range c.Hist {
				into.Hist[b] += n
			}
			for h, n := range c.Callers {
				into.Callers[h] += n
			}
			if fresh {
				into.First, into.Last, into.Text = c.First, c.Last, c.Text
				continue
			}
			into.First, into.Last, into.Text = min(into.First, c.First), max(into.Last, c.Last), min(into.Text, c.Text)
		}
	}
	return sum
}

// Len is the number of cells.
func (c *Cells) Len() int { return len(c.cells) }

// Get is the cell of a key, nil where there is none.
func (c *Cells) Get(k Key) *Cell { return c.cells[k] }

// Rows are the cells in the order of their keys.
func (c *Cells) Rows() []Row {
	keys := slices.SortedFunc(maps.Keys(c.cells), compareKeys)
	rows := make([]Row, len(keys))
	for i, k := range keys {
		rows[i] = Row{k, *c.cells[k]}
	}
	return rows
}

var kinds = []string{
	"request", "error", "rclient", "eclient", "finding", "read", "sample", "template", "demand", "adopt", "active",
}

func compareKeys(a, b Key) int {
	fields := func(k Key) []string {
		return []string{
			k.Type, k.Code, k.Param, k.ParamSource, k.Feature, k.AvailableFrom, k.Reason, k.Shape, k.Origin,
			k.Template, k.Client, k.Auth, k.Retry, k.Finding, k.X1, k.X2, k.X3,
		}
	}
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
		cmp.Compare(a.Time, b.Time), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Route, b.Route),
		cmp.Compare(a.Method, b.Method), cmp.Compare(a.Status, b.Status),
		slices.Compare(fields(a), fields(b)),
		cmp.Compare(a.Caller, b.Caller), cmp.Compare(a.Lane, b.Lane), cmp.Compare(a.Pos, b.Pos),
	)
}

// Smallest are the k smallest caller hashes, ascending.
func (c Cell) Smallest(k int) []uint64 {
	all := slices.Sorted(maps.Keys(c.Callers))
	return all[:min(k, len(all))]
}

// Dump writes the cells for people to compare, one a line.
func (c *Cells) Dump(w io.Writer) error {
	for _, r := range c.Rows() {
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w, "%s\n", text); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cells) cell(k Key) *Cell {
	cell := c.cells[k]
	if cell == nil {
		cell = &Cell{Hist: map[uint8]int64{}, Callers: map[uint64]int64{}}
		c.cells[k] = cell
	}
	return cell
}

// bump counts an entry in a cell.
func (c *Cells) bump(k Key) *Cell {
	cell := c.cell(k)
	cell.N++
	return cell
}

func (c *Cell) caller(e *Entry) {
	if e.e.hasCaller {
		c.Callers[e.e.caller]++
	} else {
		c.NNoCaller++
	}
}

func (c *Cell) span(us int64) {
	if c.N == 1 || us < c.First {
		c.First = us
	}
	if c.N == 1 || us > c.Last {
		c.Last = us
	}
}

func (c *Cell) text(s string) {
	if c.Text == "" || s < c.Text {
		c.Text = s
	}
}

// floor is the start of the bucket of the given width that ns lies in.
func floor(ns, seconds int64) int64 {
	width := seconds * 1e9
	q := ns / width
	if ns%width < 0 {
		q--
	}
	return q * seconds
}

func (c *Cells) count(cfg Config, e *Entry, position string) {
	ns := e.e.ns
	if !e.e.hasTime || clamped(ns) {
		ns = 0
	}
	at := func(kind string, grain int64) Key { return Key{Kind: kind, Time: floor(ns, grain), Source: cfg.Source} }
	isError := e.Error == "" && (e.e.status >= 400 || e.e.errorEvent)
	read := at("read", 3600)
	switch {
	case e.Error != "":
		read.Reason = e.Error
	case cfg.Feed == "response" && !isError:
		read.Reason = "success"
	}
	c.bump(read)
	if e.Error != "" {
		return
	}
	v := view{cfg: cfg, e: e, us: floor(ns, 1) * 1e6, position: position, typ: e.e.env["type"].key()}
	v.us += (ns - floor(ns, 1)*1e9) / 1000
	v.request = func(kind string, grain int64) Key {
		k := at(kind, grain)
		k.Route, k.Method, k.Status = e.Route, e.e.method, e.e.status
		return k
	}
	findings := slices.Clone(e.Findings)
	if cfg.Feed == "access" && e.e.hasBody || cfg.Feed != "access" && e.e.status >= 400 && e.Shape == "none" {
		findings = append(findings, "feed_mismatch")
	}
	for _, f := range findings {
		k := v.request("finding", 3600)
		k.Type, k.Finding = v.typ, f
		c.bump(k)
	}
	if cfg.Feed != "response" {
		c.countRequest(v, at)
	}
	if cfg.Feed != "access" && isError {
		c.countError(v, at)
	}
	if cfg.Feed == "access" && e.e.status >= 400 || cfg.Feed != "access" && isError {
		c.sample(v, findings)
	}
}

// view is one counted entry, ready to be counted.
type view struct {
	cfg      Config
	e        *Entry
	us       int64
	typ      string
	position string
	request  func(kind string, grain int64) Key
}

func (c *Cells) countRequest(v view, at func(string, int64) Key) {
	e := v.e
	cell := c.bump(v.request("request", 60))
	cell.Bytes += max(e.e.bytes, 0)
	if e.e.micros >= 0 {
		cell.Hist[bucket(e.e.micros)]++
	}
	if v.cfg.Feed == "access" && e.e.status >= 400 {
		cell.caller(e)
	}
	k := v.request("rclient", 3600)
	k.Client, k.Auth, k.Retry = e.Client, e.Auth, e.Retry
	c.bump(k)
	c.bump(at("active", 3600)).caller(e)
	if e.e.status < 200 || e.e.status > 299 {
		return
	}
	for _, value := range slices.Compact(slices.Sorted(slices.Values(e.Beta))) {
		k := at("adopt", 86400)
		k.Caller, k.AvailableFrom = e.e.caller, value
		if slices.Contains(v.cfg.DemandRoutes, e.Route) {
			k.Route = e.Route
		}
		c.bump(k).span(v.us)
	}
}

func (c *Cells) countError(v view, at func(string, int64) Key) {
	e := v.e
	var extra int64
	if e.e.errorEvent {
		extra = 1
	}
	k := v.request("error", 60)
	k.Type, k.Code = v.typ, e.e.env["code"].key()
	k.Param, k.ParamSource = e.Param, e.ParamSource
	k.Feature, k.AvailableFrom = e.e.env["feature"].key(), e.e.env["available_from"].key()
	k.Shape, k.Origin, k.Template = e.Shape, e.Origin, e.TemplateID
	cell := c.bump(k)
	cell.Extra += extra
	cell.caller(e)
	cell.span(v.us)
	feature, from := k.Feature, k.AvailableFrom

	k = v.request("eclient", 3600)
	k.Type, k.Param = v.typ, e.Param
	k.Client, k.Auth, k.Retry = e.Client, e.Auth, e.Retry
	c.bump(k).Extra += extra

	if e.Template != "" {
		k = at("template", 86400)
		k.Type, k.Template = v.typ, e.TemplateID
		c.bump(k).text(e.Template)
	}
	if e.e.status == 501 && feature != "" {
		k = at("demand", 86400)
		k.Feature, k.AvailableFrom, k.Reason = feature, from, demandReason(e, from)
		k.Client, k.Caller = e.Client, e.e.caller
		cell = c.bump(k)
		cell.span(v.us)
		joined := clip(strings.Join(slices.Sorted(slices.Values(e.Beta)), ","), 1024)
		// The smallest text wins, and "no values" is one of them.
		if cell.N == 1 || joined < cell.Text {
			cell.Text = joined
		}
	}
}

var dated = regexp.MustCompile(`(?s)^(.+)-([0-9]{4}-[0-9]{2}-[0-9]{2})$`)

func demandReason(e *Entry, from string) string {
	switch {
	case !e.e.betaLogged:
		return "unknown"
	case len(e.Beta) == 0:
		return "no_header"
	case from != "" && slices.Contains(e.Beta, from):
		return "right_value"
	}
	older, unknown := false, from == ""
	if want := dated.FindStringSubmatch(from); want != nil {
		for _, v := range e.Beta {
			if m := dated.FindStringSubmatch(v); m != nil && m[1] == want[1] {
				older = older || m[2] < want[2]
				unknown = unknown || m[2] > want[2]
			}
		}
	}
	switch {
	case older:
		return "older_value"
	case unknown:
		return "unknown"
	}
	return "other_feature"
}

func (c *Cells) sample(v view, findings []string) {
	e := v.e
	id := []byte(e.e.rawID)
	if len(id) == 0 {
		id = e.e.raw
	}
	hash := sipHash(v.cfg.CallerKey, id)
	message := ""
	if m := e.e.env["message"]; m.kind == 's' {
		message = clip(m.text, 1024)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `%016x {"request_id":%s,"time":%s,"message":%s,"position":%s}`,
		hash, jsonText(clip(e.RequestID, 256)), jsonText(e.Time), jsonText(message), jsonText(v.position))
	k := v.request("sample", 600)
	k.Type, k.Pos = v.typ, int64(hash%3)
	for _, f := range findings {
		k.Finding = f
		c.cell(k).text(b.String())
	}
	k.Finding, k.Param, k.Template = "", e.Param, e.TemplateID
	c.cell(k).text(b.String())
}

func jsonText(s string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic("BUG: oracle: a string does not encode: " + err.Error())
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// bucket is the duration's bucket, see docs/schema.md.
func bucket(us int64) uint8 {
	us = min(us, 3_600_000_000)
	if us < 16 {
		return uint8(us)
	}
	e := int64(bits.Len64(uint64(us)) - 1)
	return uint8(16 + (e-4)*8 + us>>(e-3)&7)
}

package config

import (
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"errata/aggregate"
	"errata/internal/near"

	"github.com/adrg/xdg"
)

// Config is everything that can be configured. The zero value is not usable:
// begin with Default.
type Config struct {
	Store   Store   `mapstructure:"store" doc:"Where the numbers are kept."`
	Ingest  Ingest  `mapstructure:"ingest" doc:"How inputs are read, where a command's flags do not say otherwise."`
	Parse   Parse   `mapstructure:"parse" doc:"How entries are decoded and named."`
	Privacy Privacy `mapstructure:"privacy" doc:"What is done so that callers stay unknown."`
	Caps    Caps    `mapstructure:"caps" doc:"How many different values one batch keeps apart; what is over a cap is counted under (other). Raise the one that an answer names."`
	Flush   Flush   `mapstructure:"flush" doc:"When a batch is written. Larger batches are faster and take more memory."`
	Demand  Demand  `mapstructure:"demand" doc:"What is kept about features that callers ask for."`
	DLQ     DLQ     `mapstructure:"dlq" doc:"Where dead letters go: entries that could not be read."`
	Log     Log     `mapstructure:"log" doc:"What the program says on standard error."`
}

// Store says where the numbers are kept.
type Store struct {
	Kind string `mapstructure:"kind" doc:"Kind of store. Only sqlite: one file, nothing to install." example:"sqlite"`
	Path string `mapstructure:"path" doc:"The SQLite file. It is made by the first ingest, with its folder. Empty: errata/errata.db in the XDG data directory." example:"/var/lib/errata/errata.db"`
}

// Ingest says how inputs are read.
type Ingest struct {
	Source string `mapstructure:"source" doc:"Name of the API behind one gateway that the lines belong to." example:"eu-gateway"`
	Format string `mapstructure:"format" doc:"Log format; auto recognises it from each line." example:"apisix"`
	Logs   string `mapstructure:"logs" doc:"What kind of lines the inputs hold: access (one line per request, no body), response (with bodies, maybe errors only) or both (one line per request, with bodies). Empty: decided by looking, and said." example:"response"`
}

// Parse says how entries are decoded and named.
type Parse struct {
	Routes         []string       `mapstructure:"routes" doc:"Own route templates, matched before the fallback rule. A segment {id} stands for any." example:"['/orders/{id}', '/orders/{id}/items']"`
	CallerField    string         `mapstructure:"caller_field" doc:"Dotted path of a field that names the caller, first in rank. JSON formats only. Names of headers are compared without case." example:"request.headers.x-tenant"`
	TrustedProxies []netip.Prefix `mapstructure:"trusted_proxies" doc:"Networks whose X-Forwarded-For is believed." example:"[10.0.0.0/8, 192.0.2.7/32]"`
}

// Privacy says what is done so that callers stay unknown.
type Privacy struct {
	CallerKeyFile   string `mapstructure:"caller_key_file" doc:"File with the key under which callers are hashed: 32 hex digits, a final newline is ignored. Without it a store makes its own key and keeps it; commands without a store use a fixed one." example:"/etc/errata/caller-key"`
	CallerNamesFile string `mapstructure:"caller_names_file" doc:"CSV file that says who callers are, for errata demand and the report: caller,name,org, the caller as 16 hex digits as errata demand --callers prints it; with a header or without." example:"/etc/errata/callers.csv"`
}

// Caps bound the cardinality of one batch.
type Caps struct {
	Keys          int `mapstructure:"keys" doc:"Rows of one kind." example:"100000"`
	Routes        int `mapstructure:"routes" doc:"Routes that neither the catalogue nor parse.routes knows." example:"1000"`
	Templates     int `mapstructure:"templates" doc:"Message templates." example:"5000"`
	Params        int `mapstructure:"params" doc:"Params." example:"2000"`
	Codes         int `mapstructure:"codes" doc:"Error codes." example:"500"`
	Types         int `mapstructure:"types" doc:"Error types." example:"500"`
	Features      int `mapstructure:"features" doc:"Features, values of available_from, and beta values, each." example:"500"`
	Methods       int `mapstructure:"methods" doc:"Methods." example:"50"`
	Clients       int `mapstructure:"clients" doc:"Clients." example:"512"`
	DemandCallers int `mapstructure:"demand_callers" doc:"Callers who asked for a feature." example:"200000"`
	AdoptCallers  int `mapstructure:"adopt_callers" doc:"Callers who use a beta." example:"200000"`
}

// Flush says when a batch is written.
type Flush struct {
	Rows  int      `mapstructure:"rows" doc:"Rollup rows after which a batch is written." example:"50000"`
	Bytes ByteSize `mapstructure:"bytes" doc:"Memory of the fold after which a batch is written." example:"64MiB"`
}

// Demand says what is kept about features that callers ask for.
type Demand struct {
	Routes []string `mapstructure:"routes" doc:"Routes for which the use of a beta is kept per route." example:"['/sessions', '/sessions/{id}/events']"`
}

// DLQ says where dead letters go.
type DLQ struct {
	File string `mapstructure:"file" doc:"File for dead letters, one JSON object a line. Empty: the path of the store with .dead.ndjson behind it." example:"/var/lib/errata/dead.ndjson"`
}

// Log says how the program's own log looks.
type Log struct {
	Format string `mapstructure:"format" doc:"text: lines for people; json: one JSON object a line." example:"json"`
}

// Default is the configuration without file, environment and flags.
func Default() Config {
	return Config{
		Store:  Store{Kind: "sqlite"},
		Ingest: Ingest{Source: "default", Format: "auto"},
		Caps:   Caps(aggregate.DefaultCaps()),
		Flush:  Flush{Rows: 50_000, Bytes: 64 << 20},
		Log:    Log{Format: "text"},
	}
}

// StorePath is the file of the store: the one configured, else one in the XDG
// data directory.
func (c Config) StorePath() string {
	if c.Store.Path != "" {
		return c.Store.Path
	}
	return filepath.Join(xdg.DataHome, "errata", "errata.db")
}

// DeadPath is the file of the dead letters.
func (c Config) DeadPath() string {
	if c.DLQ.File != "" {
		return c.DLQ.File
	}
	return c.StorePath() + ".dead.ndjson"
}

// Bounds of flushing: below the least, transactions eat the time; above the
// most, a batch no longer fits a small machine.
const (
	minFlushRows  = 100
	maxFlushRows  = 5_000_000
	minFlushBytes = ByteSize(1 << 20)
	maxFlushBytes = ByteSize(8 << 30)
)

// maxName bounds the name of a source: it stands in the key of every row.
const maxName = 128

// fault is what is wrong with the value of one key.
type fault struct {
	key  string // dotted
	text string // what is wrong and what would be right, without the key
}

// check reports every value that cannot be meant.
func (c Config) check() []fault {
	var fs []fault
	bad := func(key, format string, args ...any) { fs = append(fs, fault{key, fmt.Sprintf(format, args...)}) }
	oneOf := func(key, v string, known ...string) {
		for _, k := range known {
			if v == k {
				return
			}
		}
		var shown []string
		for _, k := range known {
			if k != "" {
				shown = append(shown, k)
			}
		}
		bad(key, "%q is none of %s%s", v, strings.Join(shown, ", "), near.DidYouMean(v, shown))
	}
	if c.Store.Kind != "sqlite" {
		bad("store.kind", "%q is not supported: write sqlite", c.Store.Kind)
	}
	if i := strings.Index(c.Store.Path, "://"); i > 0 {
		bad("store.path", "a store of kind %q is not supported: give the path of a SQLite file, such as errata.db", c.Store.Path[:i])
	}
	if strings.ContainsRune(c.Store.Path, 0) || strings.HasSuffix(c.Store.Path, "/") {
		bad("store.path", "%q is no path of a file: give one such as errata.db", c.Store.Path)
	}
	switch s := c.Ingest.Source; {
	case s == "":
		bad("ingest.source", "empty: give the API a name, such as eu-gateway")
	case len(s) > maxName:
		bad("ingest.source", "longer than %d bytes", maxName)
	case hasControl(s) || strings.TrimSpace(s) != s:
		bad("ingest.source", "%q has control characters or blanks at its ends", s)
	}
	oneOf("ingest.logs", c.Ingest.Logs, "", "access", "response", "both")
	if c.Ingest.Format == "" {
		bad("ingest.format", "empty: write auto to recognise the format")
	}
	for i, r := range c.Parse.Routes {
		if !strings.HasPrefix(r, "/") {
			bad(fmt.Sprintf("parse.routes[%d]", i), "%q does not begin with /", r)
		}
	}
	for i, r := range c.Demand.Routes {
		if !strings.HasPrefix(r, "/") {
			bad(fmt.Sprintf("demand.routes[%d]", i), "%q does not begin with /", r)
		}
	}
	for _, e := range split(aggregate.Caps(c.Caps).Validate()) {
		key, text, _ := strings.Cut(e.Error(), ": ")
		bad(key, "%s", text)
	}
	if c.Flush.Rows < minFlushRows || c.Flush.Rows > maxFlushRows {
		bad("flush.rows", "%d is not between %d and %d", c.Flush.Rows, minFlushRows, maxFlushRows)
	}
	if c.Flush.Bytes < minFlushBytes || c.Flush.Bytes > maxFlushBytes {
		bad("flush.bytes", "%s is not between %s and %s", c.Flush.Bytes, minFlushBytes, maxFlushBytes)
	}
	oneOf("log.format", c.Log.Format, "text", "json")
	return fs
}

// split is the errors that errors.Join joined.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if j, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		return j.Unwrap()
	}
	return []error{err}
}

func hasControl(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 })
}

package aggregate

import (
	"errors"
	"fmt"

	"errata/parse/normal"
)

// The feeds: what kind of lines a batch holds. See docs/schema.md for the
// kinds of rows that each writes.
const (
	FeedAccess   = "access"   // one line per request, no body
	FeedResponse = "response" // with bodies, maybe errors only
	FeedBoth     = "both"     // one line per request, with bodies
)

// Caps bound the cardinality of one batch: what is over a cap is counted under
// Other. Each is the number of named values or rows that are kept.
type Caps struct {
	Keys          int // rows of one kind
	Routes        int // fallback routes; those of the catalogue and of the user's list have no cap
	Templates     int
	Params        int
	Codes         int
	Types         int
	Features      int // feature, available_from and beta values, each
	Methods       int
	Clients       int
	DemandCallers int
	AdoptCallers  int
}

// DefaultCaps are the defaults of docs/schema.md.
func DefaultCaps() Caps {
	return Caps{
		Keys: 50_000, Routes: 300, Templates: 2_000, Params: 1_000, Codes: 200, Types: 200, Features: 200,
		Methods: 50, Clients: 256, DemandCallers: 50_000, AdoptCallers: 50_000,
	}
}

// maxCap keeps every dictionary far inside its 32-bit ids, and a batch inside
// the memory of a machine.
const maxCap = 10_000_000

// Validate reports every cap that is out of range.
func (c Caps) Validate() error {
	var errs []error
	for _, f := range [...]struct {
		name string
		n    int
	}{
		{"keys", c.Keys},
		{"routes", c.Routes},
		{"templates", c.Templates},
		{"params", c.Params},
		{"codes", c.Codes},
		{"types", c.Types},
		{"features", c.Features},
		{"methods", c.Methods},
		{"clients", c.Clients},
		{"demand_callers", c.DemandCallers},
		{"adopt_callers", c.AdoptCallers},
	} {
		if f.n < 1 || f.n > maxCap {
			errs = append(errs, fmt.Errorf("caps.%s: %d is not between 1 and %d", f.name, f.n, maxCap))
		}
	}
	return errors.Join(errs...)
}

// Config is what a fold depends on besides the events.
type Config struct {
	Source    string           // the source's name, a key column of every row
	Feed      string           // FeedAccess, FeedResponse or FeedBoth
	Caps      Caps             // the zero value stands for DefaultCaps
	CallerKey normal.CallerKey // keys the hashes of samples
	// DemandRoutes are the routes for which adoption rows keep the route.
	DemandRoutes []string
	// Grain, in seconds, is the narrowest time bucket: rows of kinds with a finer
	// one lie in it, which makes fewer of them. It is 0 or an hour, since the
	// choice of feeds is made by hours. First and last stay exact, and the read
	// rows of what was counted have them too: they tell the span of time held.
	Grain int64
}

// Validate reports what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Source == "" {
		errs = append(errs, errors.New("source: empty"))
	}
	switch c.Feed {
	case FeedAccess, FeedResponse, FeedBoth:
	default:
		errs = append(errs, fmt.Errorf("feed: %q is none of %s, %s, %s", c.Feed, FeedAccess, FeedResponse, FeedBoth))
	}
	if c.Caps != (Caps{}) {
		errs = append(errs, c.Caps.Validate())
	}
	if c.Grain != 0 && c.Grain != 3600 {
		errs = append(errs, fmt.Errorf("grain: %d s is neither 0 nor an hour", c.Grain))
	}
	return errors.Join(errs...)
}

// Position says where an entry stands, for people: file and line, or topic,
// partition and offset.
type Position struct {
	Name string
	Line int64
}

package demand

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"errata/store"
)

// failing is a reader whose call of a number fails.
type failing struct {
	plain

	at, calls int
}

var errReader = errors.New("the disk is gone")

func (f *failing) next() error {
	f.calls++
	if f.calls == f.at {
		return errReader
	}
	return nil
}

func (f *failing) Query(ctx context.Context, q store.Query) (store.Result, error) {
	if err := f.next(); err != nil {
		return store.Result{}, err
	}
	return f.plain.Query(ctx, q)
}

func (f *failing) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	if err := f.next(); err != nil {
		return err
	}
	return f.plain.List(ctx, l, yield)
}

// everything is events that make a demand ask all that it ever asks.
func everything() []event {
	events := []event{failed(at(0, "00:00")), asked(at(1, "10:00"), "files", 0), asked(at(8, "10:00"), "files", 0), asked(at(8, "10:00"), "files", 1)}
	for i := range events {
		events[i].request = true
	}
	return append(events, event{at: at(9, "10:00"), source: "eu", status: 200, caller: 1, request: true, beta: "beta-2026-10-01"})
}

// Whatever call of the store fails, the answer is that error and no answer.
func TestReaderFails(t *testing.T) {
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00")}
	for name, fn := range map[string]func(r Reader) (any, error){
		"Build": func(r Reader) (any, error) {
			d, err := Build(t.Context(), r, o)
			if d == nil {
				return nil, err
			}
			return d, err
		},
		"BuildCallers": func(r Reader) (any, error) {
			d, err := BuildCallers(t.Context(), r, o)
			if d == nil {
				return nil, err
			}
			return d, err
		},
	} {
		n := 0
		for n = 1; ; n++ {
			f := &failing{plain: plain{events: everything()}, at: n}
			d, err := fn(f)
			if f.calls < n {
				if err != nil || d == nil {
					t.Errorf("%s: %v", name, err)
				}
				break
			}
			if !errors.Is(err, errReader) || d != nil {
				t.Errorf("%s, call %d: %v, %v", name, n, d, err)
			}
		}
		if n < 9 {
			t.Errorf("%s asks %d times only", name, n-1)
		}
	}
}

// strange hands out callers that are none.
type strange struct {
	plain

	caller string
}

func (s *strange) List(ctx context.Context, l store.Listing, yield func(store.Cell) error) error {
	return s.plain.List(ctx, l, func(c store.Cell) error {
		for i, d := range l.By {
			if d == "caller" && c.Dims[i] != "" {
				c.Dims[i] = s.caller
			}
		}
		return yield(c)
	})
}

func TestStrangeCaller(t *testing.T) {
	for _, caller := range []string{"x", "123", "0x34567890123456", "-123456789012345", "00000000000000001"} {
		for _, o := range []Options{{}, {Since: at(7, "00:00"), Until: at(14, "00:00")}, {Since: at(14, "00:00"), Until: at(21, "00:00")}} {
			events := append(everything(), asked(at(15, "10:00"), "skills", 0), failed(at(20, "10:00")))
			if _, err := Build(t.Context(), &strange{plain{events: events}, caller}, o); err == nil || !strings.Contains(err.Error(), "no hash of 16 hex digits") {
				t.Errorf("%q: %v", caller, err)
			}
			if o.Since.Equal(at(14, "00:00")) {
				continue // nobody with a name in the range itself
			}
			if _, err := BuildCallers(t.Context(), &strange{plain{events: events}, caller}, o); err == nil || !strings.Contains(err.Error(), "no hash of 16 hex digits") {
				t.Errorf("%q: %v", caller, err)
			}
		}
	}
}

// clamped is a store with entries in no range.
type clamped struct{ plain }

func (c *clamped) Query(ctx context.Context, q store.Query) (store.Result, error) {
	r, err := c.plain.Query(ctx, q)
	r.Coverage.Clamped = 1
	return r, err
}

func TestNotes(t *testing.T) {
	d, err := Build(t.Context(), &clamped{plain{events: everything()}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	hasNote(t, d.Notes, "1 entry with a time that cannot be right, in no range")
	// What is about the whole answer stands before what is about a column.
	if !strings.HasPrefix(d.Notes[0], "1 entry") {
		t.Errorf("%q", d.Notes)
	}
	var events []event
	for _, s := range []string{"a", "b", "c", "d", "e", "f", "g"} {
		e := asked(at(1, "10:00"), "files", 1)
		e.source = s
		events = append(events, e)
	}
	hasNote(t, ask(t, events, Options{}).Notes, `no request rows of "a", "b", "c", "d", "e" and 2 more were read`)
	n := notes{}
	n.later("b")
	n.add("a")
	n.later("b")
	n.add("a")
	if got := strings.Join(n.list(), " "); got != "a b" {
		t.Errorf("got %s", got)
	}
}

// In the fallback of too many callers nothing is compared, and it is said.
func TestTooManyCompared(t *testing.T) {
	events := []event{failed(at(0, "00:00"))}
	for c := range uint64(10) {
		events = append(events, asked(at(1, "10:00"), "files", 100+c), asked(at(8, "10:00"), "files", 1+c))
	}
	o := Options{Since: at(7, "00:00"), Until: at(14, "00:00"), maxPairs: 12} // those of the range have room, those before have not
	d := ask(t, events, o)
	if r := d.Rows[0]; *r.Callers != 10 || r.New != nil || r.Gone != nil || len(d.Rows) != 1 {
		t.Errorf("%+v", d.Rows)
	}
	hasNote(t, d.Notes, "new, returning and gone are null: the callers are too many to compare")
}

// Caps cut off callers at random: no count is ever wrong, it is right or null.
func TestCapsRecount(t *testing.T) {
	exact, null := 0, 0
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 11))
		events := generate(rng)
		for i := range events {
			events[i].capped = events[i].caller != 0 && rng.IntN(20) == 0
		}
		from := monday.AddDate(0, 0, rng.IntN(14))
		to := from.Add(time.Duration(1+rng.IntN(7)) * day)
		want, _, totals := recount(events, from, to, "", "")
		d, err := Build(t.Context(), &plain{events: events, rng: rng}, Options{Since: from, Until: to})
		if err != nil {
			t.Fatal(err)
		}
		rows := map[rowKey]Row{}
		for _, r := range want {
			rows[rowKey{r.Feature, r.AvailableFrom}] = r
		}
		same := func(what string, got, want *int64) {
			switch {
			case got == nil:
				null++
			case want == nil || *got != *want:
				t.Errorf("seed %d: %s: %d", seed, what, *got)
			default:
				exact++
			}
		}
		for _, r := range d.Rows {
			w := rows[rowKey{r.Feature, r.AvailableFrom}]
			if r.Attempts != w.Attempts || r.Reasons != w.Reasons || r.Days != w.Days {
				t.Errorf("seed %d: %+v, want %+v", seed, r, w)
			}
			same("callers", r.Callers, w.Callers)
			same("new", r.New, w.New)
			same("returning", r.Returning, w.Returning)
			same("gone", r.Gone, w.Gone)
		}
		same("all callers", d.Totals.Callers, totals.Callers)
	}
	if exact < 1000 || null < 1000 {
		t.Errorf("%d exact, %d null: the test shows nothing", exact, null)
	}
}

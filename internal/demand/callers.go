package demand

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"errata/store"
)

// TooManyError says that callers were asked for one by one and are too many.
type TooManyError struct{ Limit int }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d callers asked for features in this range: ask for fewer days, or for one feature", e.Limit)
}

// callerKey names a row of callers.
type callerKey struct {
	row    int32 // place among the rows by feature and available_from
	known  bool  // false: attempts without a caller
	caller uint64
}

// callerTally is a row of callers in the making; a million of them are held.
type callerTally struct {
	callerKey

	reason             uint8 // place in reasonOrder
	client             int32 // place among the clients
	days               int32
	attempts           int64
	first, last        int64 // Unix microseconds
	byReason, byClient int64 // attempts of those
}

// reasonOrder is that of Reasons, which settles ties.
var reasonOrder = []string{"no_header", "other_feature", "older_value", "right_value", "unknown"}

// BuildCallers answers who asked for what, caller by caller. More than maxPairs
// of them are a *TooManyError.
func BuildCallers(ctx context.Context, r Reader, o Options) (*CallerDemand, error) {
	b, err := newBuild(ctx, r, o)
	if err != nil {
		return nil, err
	}
	b.single, b.before = true, time.Time{}
	d := &CallerDemand{Rows: []CallerRow{}}
	if !b.empty {
		if err := b.gather(ctx); err != nil {
			return nil, err
		}
		if b.tooMany {
			return nil, &TooManyError{b.limit}
		}
		if err := b.judge(ctx); err != nil {
			return nil, err
		}
		b.finish() // for its totals
		if d.Rows, err = b.callerRows(ctx); err != nil {
			return nil, err
		}
	}
	b.explain()
	d.From, d.To, d.Totals, d.Notes = stamp(b.from), stamp(b.to), b.totals, b.notes.list()
	return d, nil
}

// callerRows reads the rows of callers: once for what is summed up by day, and
// once each for reason and client, so that of those the best is all that is kept.
func (b *build) callerRows(ctx context.Context) ([]CallerRow, error) {
	keys := b.keys()
	places := make(map[rowKey]int32, len(keys))
	for i, k := range keys {
		places[k] = int32(i)
		b.rows[k].callers = nil // they were needed for the totals
	}
	known := make(map[callerKey]int32, b.pairs)
	tallies := make([]callerTally, 0, b.pairs)
	each := func(step time.Duration, column string, add func(t *callerTally, c store.Cell)) error {
		by := []string{colFeature, colFrom, colCaller}
		if column != "" {
			by = append(by, column)
		}
		return b.list(ctx, b.from, b.to, step, by, func(c store.Cell) error {
			caller, ok, err := parseCaller(c.Dims[2])
			if err != nil {
				return err
			}
			place, same := places[rowKey{c.Dims[0], c.Dims[1]}]
			if !same {
				return errors.New("the store changed while demand was read from it: ask again")
			}
			k := callerKey{place, ok, caller}
			i, ok := known[k]
			if !ok {
				i = int32(len(tallies)) // at most maxPairs, and a row without a caller for each feature
				known[k] = i
				tallies = append(tallies, callerTally{callerKey: k, client: -1})
			}
			add(&tallies[i], c)
			return nil
		})
	}
	if err := each(day, "", (*callerTally).addDay); err != nil {
		return nil, err
	}
	if err := each(0, colReason, (*callerTally).addReason); err != nil {
		return nil, err
	}
	clients := &texts{places: map[string]int32{}}
	if err := each(0, colClient, func(t *callerTally, c store.Cell) { t.addClient(c, clients) }); err != nil {
		return nil, err
	}
	slices.SortFunc(tallies, func(x, y callerTally) int {
		if c := cmp.Or(cmp.Compare(y.attempts, x.attempts), cmp.Compare(x.row, y.row)); c != 0 || x.known == y.known {
			return cmp.Or(c, cmp.Compare(x.caller, y.caller))
		}
		if x.known {
			return 1 // "" stands before every caller
		}
		return -1
	})
	rows := make([]CallerRow, len(tallies))
	for i := range tallies {
		rows[i] = b.callerRow(&tallies[i], keys, clients)
	}
	return rows, nil
}

// texts are texts that many rows share.
type texts struct {
	places map[string]int32
	list   []string
}

func (t *texts) place(s string) int32 {
	i, ok := t.places[s]
	if !ok {
		i = int32(len(t.list)) // there are no more than rows
		t.places[s] = i
		t.list = append(t.list, s)
	}
	return i
}

func (t *callerTally) addDay(c store.Cell) {
	t.attempts += c.N
	t.days++
	if c.First != 0 && (t.first == 0 || c.First < t.first) {
		t.first = c.First
	}
	t.last = max(t.last, c.Last)
}

func (t *callerTally) addReason(c store.Cell) {
	at := slices.Index(reasonOrder, c.Dims[3])
	if at < 0 {
		at = len(reasonOrder) - 1
	}
	if reason := uint8(at); c.N > t.byReason || c.N == t.byReason && reason < t.reason { // five reasons
		t.byReason, t.reason = c.N, reason
	}
}

func (t *callerTally) addClient(c store.Cell, clients *texts) {
	if c.N > t.byClient || c.N == t.byClient && c.Dims[3] < clients.list[t.client] {
		t.byClient, t.client = c.N, clients.place(c.Dims[3])
	}
}

func (b *build) callerRow(t *callerTally, keys []rowKey, clients *texts) CallerRow {
	k := keys[t.row]
	r := CallerRow{
		Feature: k.feature, AvailableFrom: k.from, Attempts: t.attempts, Days: int64(t.days),
		FirstSeen: *micro(t.first), LastSeen: *micro(t.last), Reason: reasonOrder[t.reason], Client: clients.list[t.client],
	}
	if !t.known {
		return r
	}
	r.Caller = store.CallerText(t.caller)
	if b.o.Names != nil {
		r.Name, r.Org, _ = b.o.Names.Lookup(r.Caller)
	}
	if m := b.adopters[r.AvailableFrom]; m != nil {
		later := m[t.caller] > t.first
		r.Converted = &later
	}
	return r
}

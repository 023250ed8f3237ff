package demand

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"errata/store"
)

// TooManyError says that callers were asked for one by one and are too many.
type TooManyError struct{ Limit int }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("more than %d callers asked for features in this range: ask for fewer days, or for one feature", e.Limit)
}

// pairKey names a row of callers.
type pairKey struct {
	rowKey
	caller uint64
	known  bool // false: no caller
}

// pair is what the choice of a reason and a client needs besides the row.
type pair struct {
	CallerRow
	key         pairKey
	first, last int64
	reason      int // place in reasonOrder
	byReason    int64
	byClient    int64
}

// reasonOrder is that of Reasons, which settles ties.
var reasonOrder = []string{"no_header", "other_feature", "older_value", "right_value", "unknown"}

// BuildCallers answers who asked for what, caller by caller. More than MaxPairs
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
	pairs := make(map[pairKey]*pair, b.pairs)
	each := func(step time.Duration, column string, add func(p *pair, c store.Cell)) error {
		by := []string{colFeature, colFrom, colCaller}
		if column != "" {
			by = append(by, column)
		}
		return b.list(ctx, b.from, b.to, step, by, func(c store.Cell) error {
			caller, known, err := parseCaller(c.Dims[2])
			if err != nil {
				return err
			}
			k := pairKey{rowKey{c.Dims[0], c.Dims[1]}, caller, known}
			p := pairs[k]
			if p == nil {
				p = &pair{CallerRow: CallerRow{Feature: k.feature, AvailableFrom: k.from, Caller: c.Dims[2]}, key: k}
				pairs[k] = p
			}
			add(p, c)
			return nil
		})
	}
	if err := each(day, "", (*pair).addDay); err != nil {
		return nil, err
	}
	if err := each(0, colReason, (*pair).addReason); err != nil {
		return nil, err
	}
	if err := each(0, colClient, (*pair).addClient); err != nil {
		return nil, err
	}
	rows := make([]CallerRow, 0, len(pairs))
	for _, p := range pairs {
		rows = append(rows, b.callerRow(p))
	}
	slices.SortFunc(rows, func(x, y CallerRow) int {
		return cmp.Or(cmp.Compare(y.Attempts, x.Attempts), strings.Compare(x.Feature, y.Feature),
			strings.Compare(x.AvailableFrom, y.AvailableFrom), strings.Compare(x.Caller, y.Caller))
	})
	return rows, nil
}

func (p *pair) addDay(c store.Cell) {
	p.Attempts += c.N
	p.Days++
	if c.First != 0 && (p.first == 0 || c.First < p.first) {
		p.first = c.First
	}
	p.last = max(p.last, c.Last)
}

func (p *pair) addReason(c store.Cell) {
	at := slices.Index(reasonOrder, c.Dims[3])
	if at < 0 {
		at = len(reasonOrder) - 1
	}
	if c.N > p.byReason || c.N == p.byReason && at < p.reason {
		p.byReason, p.reason = c.N, at
	}
}

func (p *pair) addClient(c store.Cell) {
	if c.N > p.byClient || c.N == p.byClient && c.Dims[3] < p.Client {
		p.byClient, p.Client = c.N, c.Dims[3]
	}
}

func (b *build) callerRow(p *pair) CallerRow {
	r := p.CallerRow
	r.FirstSeen, r.LastSeen = *micro(p.first), *micro(p.last)
	r.Reason = reasonOrder[p.reason]
	if !p.key.known {
		return r
	}
	if b.o.Names != nil {
		r.Name, r.Org, _ = b.o.Names.Lookup(r.Caller)
	}
	if m := b.adopters[r.AvailableFrom]; m != nil {
		later := m[p.key.caller] > p.first
		r.Converted = &later
	}
	return r
}

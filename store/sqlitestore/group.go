package sqlitestore

import (
	"context"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"strings"
	"sync"

	"modernc.org/sqlite"

	"errata/aggregate"
	"errata/store"
)

// The engine groups by sorting: of a few hundred thousand rows that is most of
// the time of an answer. So groups are made in a table of ours, by a function
// that the statement calls for each row, as long as they are not too many; then
// time is halved, or the engine sorts after all.

const (
	// maxGroups bounds the groups in memory: some 200 bytes each.
	maxGroups = 200_000
	// mapGroups bounds those that have maps: up to some 10 KB each.
	mapGroups = maxGroups / 10
)

// groupers finds the table of a running statement by the number that it was given.
type groupers struct {
	mu   sync.Mutex
	last int64
	run  map[int64]*grouper
}

func (l *groupers) add(g *grouper) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.run == nil {
		l.run = map[int64]*grouper{}
	}
	l.last++
	l.run[l.last] = g
	return l.last
}

func (l *groupers) remove(token int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.run, token)
}

func (l *groupers) find(token driver.Value) *grouper {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, _ := token.(int64)
	return l.run[n]
}

// grouper is a table of groups.
type grouper struct {
	keys  int // group columns
	cols  []column
	limit int
	full  bool // there were more groups than the limit

	index  map[string]int // packed key -> group
	packed []byte
	ids    []int64 // keys of each group
	nums   []int64 // one of each column and group
	texts  []string
	maps   []aggregate.Union
	hists  []*[256]int64

	unions         aggregate.Unions
	callers, heavy []aggregate.CallerCount
	hist           []aggregate.BucketCount
}

// errFull ends a statement that makes too many groups.
var errFull = errors.New("sqlitestore: too many groups")

// add adds a row: its keys, then its columns.
func (g *grouper) add(args []driver.Value) error {
	g.packed = g.packed[:0]
	for _, a := range args[:g.keys] {
		id, ok := a.(int64)
		if !ok {
			return errArg
		}
		g.packed = binary.AppendVarint(g.packed, id)
	}
	at, known := g.index[string(g.packed)]
	if !known {
		if at = len(g.index); at == g.limit {
			g.full = true
			return errFull
		}
		g.index[string(g.packed)] = at
		g.grow(args[:g.keys])
	}
	return g.join(at, known, args[g.keys:])
}

// grow makes room for one more group.
func (g *grouper) grow(keys []driver.Value) {
	for _, a := range keys {
		id, _ := a.(int64)
		g.ids = append(g.ids, id)
	}
	for _, c := range g.cols {
		switch c.op {
		case opText:
			g.texts = append(g.texts, "")
		case opHist:
			g.hists = append(g.hists, nil)
		case opMaps, opCaller:
			g.maps = append(g.maps, g.unions.New())
		}
		g.nums = append(g.nums, 0)
	}
}

// join adds the columns of a row to a group; a scan has at most one text, one
// histogram and one map.
func (g *grouper) join(at int, known bool, args []driver.Value) error {
	nums := g.nums[at*len(g.cols):]
	for i, c := range g.cols {
		switch c.op {
		case opText:
			text, ok := args[0].(string)
			if !ok {
				return errArg
			}
			if !known || text < g.texts[at] {
				g.texts[at] = strings.Clone(text) // it is the engine's memory
			}
		case opHist:
			if err := g.addHist(at, args[0]); err != nil {
				return err
			}
		case opMaps:
			if err := g.addMaps(at, args[0], args[1]); err != nil {
				return err
			}
			args = args[1:]
		case opCaller:
			if err := g.addCaller(at, args[0], args[1]); err != nil {
				return err
			}
			args = args[1:]
		default:
			n, ok := args[0].(int64)
			if !ok {
				return errArg
			}
			switch {
			case c.op == opSum:
				nums[i] += n
			case c.op == opMax && (!known || n > nums[i]),
				c.op == opFirst && n != 0 && (nums[i] == 0 || n < nums[i]):
				nums[i] = n
			}
		}
		args = args[1:]
	}
	return nil
}

func (g *grouper) addHist(at int, v driver.Value) error {
	b, err := blobArg(v)
	if err != nil || len(b) == 0 {
		return err
	}
	if g.hist, err = aggregate.DecodeHist(g.hist[:0], b); err != nil {
		return err
	}
	if g.hists[at] == nil {
		g.hists[at] = new([256]int64)
	}
	for _, c := range g.hist {
		g.hists[at][c.Bucket] += c.N
	}
	return nil
}

func (g *grouper) addMaps(at int, callers, heavy driver.Value) error {
	c, err := blobArg(callers)
	if err != nil {
		return err
	}
	h, err := blobArg(heavy)
	if err != nil {
		return err
	}
	if g.callers, err = aggregate.DecodeCallers(g.callers[:0], c); err != nil {
		return err
	}
	if g.heavy, err = aggregate.DecodeCallers(g.heavy[:0], h); err != nil {
		return err
	}
	g.maps[at].Add(g.callers, g.heavy)
	return nil
}

func (g *grouper) addCaller(at int, caller, n driver.Value) error {
	hash, ok := caller.(int64)
	rows, ok2 := n.(int64)
	if !ok || !ok2 || hash < 0 {
		return errArg
	}
	if hash != 0 && rows > 0 {
		g.callers = append(g.callers[:0], aggregate.CallerCount{Hash: uint64(hash), N: rows})
		g.maps[at].Add(g.callers, nil)
	}
	return nil
}

// group is a group without its key.
func (g *grouper) group(at int) store.Group {
	var out store.Group
	for i, c := range g.cols {
		switch c.op {
		case opText:
			out.Text = g.texts[at]
		case opHist:
			if h := g.hists[at]; h != nil {
				for b, n := range h {
					if n > 0 {
						out.Hist = append(out.Hist, aggregate.BucketCount{Bucket: uint8(b), N: n})
					}
				}
			}
		case opMaps, opCaller:
			out.Callers, out.Heavy = g.maps[at].Maps()
		default:
			n := g.nums[at*len(g.cols)+i]
			switch p := columnOf(c.name, &out, nil, nil).(type) {
			case *int64:
				*p = n
			case *bool:
				*p = n != 0
			}
		}
	}
	return out
}

// groupCall is the function as one statement runs it.
type groupCall struct {
	noWindow
	all *groupers
	g   *grouper
}

// Step takes the number of the table, then a row.
func (c *groupCall) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	if c.g == nil {
		if c.g = c.all.find(args[0]); c.g == nil {
			return errors.New("sqlitestore: " + fnGroup + " is not for people")
		}
	}
	return c.g.add(args[1:])
}

// WindowValue has nothing to tell: the groups are in the table.
func (c *groupCall) WindowValue(*sqlite.FunctionContext) (driver.Value, error) { return nil, nil }

// hashed makes groups in memory. Where they get too many, it halves the time,
// since groups of different buckets have nothing in common.
func (s *snapshot) hashed(ctx context.Context, p plan, yield func(store.Group) error) error {
	g := &grouper{keys: len(p.groups), cols: p.cols, limit: s.s.maxGroups(&p), index: map[string]int{}}
	token := s.s.groupers.add(g)
	defer s.s.groupers.remove(token)
	var b builder
	b.add("SELECT "+fnGroup+"(?", token)
	for _, e := range p.groups {
		b.add(", " + e)
	}
	for _, c := range p.cols {
		b.add(", " + c.row)
	}
	b.add(")")
	p.from(&b)
	st := b.statement()
	var none any
	err := s.conn.QueryRowContext(ctx, st.sql, st.args...).Scan(&none)
	if g.full {
		*g = grouper{} // its memory is not needed while the rest is read
		return s.halved(ctx, p, yield)
	}
	if err == nil {
		err = s.load(ctx, &p, g.ids)
	}
	if err != nil {
		return s.s.explain("query it", err)
	}
	for at := range len(g.index) {
		out := g.group(at)
		s.key(&p, &out, g.ids[at*g.keys:][:g.keys])
		if err := yield(out); err != nil {
			return err
		}
	}
	return nil
}

// maxGroups is the bound on the groups of a plan.
func (s *Store) maxGroups(p *plan) int {
	if s.groups > 0 {
		return s.groups
	}
	for _, c := range p.cols {
		switch c.op {
		case opHist, opMaps, opCaller:
			return mapGroups
		}
	}
	return maxGroups
}

// halved runs a plan over the first and the second half of its buckets; where
// there is only one, it is left to the engine.
func (s *snapshot) halved(ctx context.Context, p plan, yield func(store.Group) error) error {
	if p.Step == 0 {
		return s.sorted(ctx, p, yield)
	}
	span := func(fn string) (at int64, err error) {
		// The first and the last row are found by the key.
		q := "SELECT coalesce(" + fn + "(time), 0) FROM " + p.table.name + " WHERE time >= ? AND time < ?"
		err = s.conn.QueryRowContext(ctx, q, p.From, p.To).Scan(&at)
		return p.Bucket(at), s.s.explain("query it", err)
	}
	lo, err := span("min")
	if err != nil {
		return err
	}
	hi, err := span("max")
	if err != nil {
		return err
	}
	if lo >= hi {
		return s.sorted(ctx, p, yield)
	}
	first, second := p, p
	first.To = lo + ((hi-lo)/p.Step+1)/2*p.Step
	second.From = first.To
	if err := s.hashed(ctx, first, yield); err != nil {
		return err
	}
	return s.hashed(ctx, second, yield)
}

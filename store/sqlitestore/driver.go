package sqlitestore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"modernc.org/sqlite"

	"errata/aggregate"
)

// The functions that the statements use. Maps are in the form of
// aggregate.AppendCallers and AppendHist; none is NULL.
const (
	fnMergeHist    = "errata_merge_hist"    // (hist, hist) -> hist
	fnMergeCallers = "errata_merge_callers" // (callers, callers) -> callers
	fnMergeHeavy   = "errata_merge_heavy"   // (callers, heavy, callers, heavy) -> heavy
	fnSumHist      = "errata_sum_hist"      // aggregate (hist) -> hist
	fnSumMaps      = "errata_sum_maps"      // aggregate (callers, heavy) -> both, see splitMaps
	fnSumCaller    = "errata_sum_caller"    // aggregate (caller, n) -> both
	fnGroup        = "errata_group"         // aggregate (table, keys, columns) -> NULL, see grouper
)

// connector opens connections that know our functions.
type connector struct {
	dsn string
	drv *sqlite.Driver
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.drv.Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return c.drv }

// openDB prepares a pool; nothing is opened yet.
func openDB(path string, params url.Values, tables *groupers) (*sql.DB, error) {
	drv, err := newDriver(tables)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: params.Encode()}
	return sql.OpenDB(connector{dsn: u.String(), drv: drv}), nil
}

func newDriver(tables *groupers) (*sqlite.Driver, error) {
	d := &sqlite.Driver{}
	scalar := func(n int32, f func(args []driver.Value) (driver.Value, error)) *sqlite.FunctionImpl {
		return &sqlite.FunctionImpl{
			NArgs: n, Deterministic: true, VolatileArgs: true,
			Scalar: func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) { return f(args) },
		}
	}
	agg := func(n int32, f func() sqlite.AggregateFunction) *sqlite.FunctionImpl {
		return &sqlite.FunctionImpl{
			NArgs: n, Deterministic: true, VolatileArgs: true,
			MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return f(), nil },
		}
	}
	for name, impl := range map[string]*sqlite.FunctionImpl{
		fnMergeHist:    scalar(2, mergeHist),
		fnMergeCallers: scalar(2, mergeCallers),
		fnMergeHeavy:   scalar(4, mergeHeavy),
		fnSumHist:      agg(1, func() sqlite.AggregateFunction { return &sumHist{} }),
		fnSumMaps:      agg(2, func() sqlite.AggregateFunction { return &sumMaps{} }),
		fnSumCaller:    agg(2, func() sqlite.AggregateFunction { return &sumCaller{} }),
		fnGroup:        agg(-1, func() sqlite.AggregateFunction { return &groupCall{all: tables} }),
	} {
		if err := d.RegisterFunction(name, impl); err != nil {
			return nil, fmt.Errorf("sqlitestore: register %s: %w", name, err)
		}
	}
	return d, nil
}

var errArg = errors.New("sqlitestore: a stored map is not a blob")

func blobArg(v driver.Value) ([]byte, error) {
	switch b := v.(type) {
	case nil:
		return nil, nil
	case []byte:
		return b, nil
	default:
		return nil, errArg
	}
}

func callersArg(v driver.Value) ([]aggregate.CallerCount, error) {
	b, err := blobArg(v)
	if err != nil {
		return nil, err
	}
	return aggregate.DecodeCallers(nil, b)
}

func histArg(v driver.Value) ([]aggregate.BucketCount, error) {
	b, err := blobArg(v)
	if err != nil {
		return nil, err
	}
	return aggregate.DecodeHist(nil, b)
}

// blobValue is NULL for no bytes.
func blobValue(b []byte) driver.Value {
	if len(b) == 0 {
		return nil
	}
	return b
}

func mergeHist(args []driver.Value) (driver.Value, error) {
	a, err := histArg(args[0])
	if err != nil {
		return nil, err
	}
	b, err := histArg(args[1])
	if err != nil {
		return nil, err
	}
	return blobValue(aggregate.AppendHist(nil, aggregate.MergeHist(a, b))), nil
}

func mergeCallers(args []driver.Value) (driver.Value, error) {
	a, err := callersArg(args[0])
	if err != nil {
		return nil, err
	}
	b, err := callersArg(args[1])
	if err != nil {
		return nil, err
	}
	callers, _ := aggregate.MergeCallers(a, nil, b, nil)
	return blobValue(aggregate.AppendCallers(nil, callers)), nil
}

func mergeHeavy(args []driver.Value) (driver.Value, error) {
	var maps [4][]aggregate.CallerCount
	for i := range maps {
		var err error
		if maps[i], err = callersArg(args[i]); err != nil {
			return nil, err
		}
	}
	_, heavy := aggregate.MergeCallers(maps[0], maps[1], maps[2], maps[3])
	return blobValue(aggregate.AppendCallers(nil, heavy)), nil
}

// noWindow refuses the use of an aggregate as a window function.
type noWindow struct{}

func (noWindow) WindowInverse(*sqlite.FunctionContext, []driver.Value) error {
	return errors.New("sqlitestore: not a window function")
}
func (noWindow) Final(*sqlite.FunctionContext) {}

type sumHist struct {
	noWindow
	counts [256]int64
	buf    []aggregate.BucketCount
}

func (s *sumHist) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	b, err := blobArg(args[0])
	if err != nil {
		return err
	}
	if s.buf, err = aggregate.DecodeHist(s.buf[:0], b); err != nil {
		return err
	}
	for _, c := range s.buf {
		s.counts[c.Bucket] += c.N
	}
	return nil
}

func (s *sumHist) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	s.buf = s.buf[:0]
	for b, n := range s.counts {
		if n > 0 {
			s.buf = append(s.buf, aggregate.BucketCount{Bucket: uint8(b), N: n})
		}
	}
	return blobValue(aggregate.AppendHist(nil, s.buf)), nil
}

type sumMaps struct {
	noWindow
	union          aggregate.Union
	callers, heavy []aggregate.CallerCount
}

func (s *sumMaps) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	c, err := blobArg(args[0])
	if err != nil {
		return err
	}
	h, err := blobArg(args[1])
	if err != nil {
		return err
	}
	if s.callers, err = aggregate.DecodeCallers(s.callers[:0], c); err != nil {
		return err
	}
	if s.heavy, err = aggregate.DecodeCallers(s.heavy[:0], h); err != nil {
		return err
	}
	if len(s.callers)+len(s.heavy) > 0 {
		s.union.Add(s.callers, s.heavy)
	}
	return nil
}

func (s *sumMaps) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	return joinMaps(s.union.Maps()), nil
}

type sumCaller struct {
	noWindow
	union aggregate.Union
	one   [1]aggregate.CallerCount
}

func (s *sumCaller) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	caller, ok := args[0].(int64)
	n, ok2 := args[1].(int64)
	if !ok || !ok2 || caller < 0 {
		return errArg
	}
	if caller != 0 && n > 0 {
		s.one[0] = aggregate.CallerCount{Hash: uint64(caller), N: n}
		s.union.Add(s.one[:], nil)
	}
	return nil
}

func (s *sumCaller) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	return joinMaps(s.union.Maps()), nil
}

// joinMaps puts both maps into one value: the length of the first, then both.
func joinMaps(callers, heavy []aggregate.CallerCount) driver.Value {
	if len(callers)+len(heavy) == 0 {
		return nil
	}
	c := aggregate.AppendCallers(nil, callers)
	b := binary.AppendUvarint(make([]byte, 0, len(c)+16), uint64(len(c)))
	return aggregate.AppendCallers(append(b, c...), heavy)
}

// splitMaps is the inverse of joinMaps.
func splitMaps(b []byte) (callers, heavy []aggregate.CallerCount, err error) {
	if len(b) == 0 {
		return nil, nil, nil
	}
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, errors.New("sqlitestore: joined maps are cut at " + strconv.Itoa(len(b)))
	}
	b = b[size:]
	if callers, err = aggregate.DecodeCallers(nil, b[:n]); err != nil {
		return nil, nil, err
	}
	heavy, err = aggregate.DecodeCallers(nil, b[n:])
	return callers, heavy, err
}

package sqlitestore

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	"errata/aggregate"
	"errata/ingest"
	"errata/store"
)

// benchRows are the rows of one flush: an hour of error and request rows in
// sorted order.
func benchRows(n int, hour int64) []aggregate.Row {
	rows := make([]aggregate.Row, 0, n)
	for i := range n {
		k := aggregate.Key{
			Kind: aggregate.KindRequest, Time: 1_790_000_040 + hour*3600 + int64(i/(n/60+1))*60, Source: "gw",
			Route: fmt.Sprintf("/route/%d", i%90), Method: "GET", Status: uint16(200 + 100*(i%4)),
		}
		r := aggregate.Row{Key: k, N: 3, Bytes: 100, Hist: []aggregate.BucketCount{{Bucket: uint8(i % 200), N: 3}}}
		if i%2 == 1 {
			r.Kind, r.Bytes, r.Hist = aggregate.KindError, 0, nil
			r.Type, r.Shape, r.Origin, r.Template = "invalid_request_error", "envelope", "app", fmt.Sprintf("%016x", i%300)
			r.First, r.Last = r.Time*1e6, r.Time*1e6+5e6
		}
		r.Callers = []aggregate.CallerCount{{Hash: uint64(i) * 0x9e3779b97f4a7c15 >> 1, N: 3}}
		rows = append(rows, r)
	}
	return aggregate.Merge(rows)
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(context.Background(), Config{Path: filepath.Join(b.TempDir(), "a.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// BenchmarkWrite is the cost of a row, most of them new cells.
func BenchmarkWrite(b *testing.B) {
	s := benchStore(b)
	var n int64
	for i := int64(0); b.Loop(); i++ {
		b.StopTimer()
		rows := benchRows(50_000, i)
		b.StartTimer()
		n += int64(len(rows))
		err := s.Write(context.Background(), store.Batch{
			ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: i, To: i + 1}}, Source: "gw", Rows: rows,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
}

// BenchmarkMerge is the cost of a row that is there already.
func BenchmarkMerge(b *testing.B) {
	s := benchStore(b)
	rows := benchRows(50_000, 0)
	var n int64
	for i := int64(0); b.Loop(); i++ {
		n += int64(len(rows))
		err := s.Write(context.Background(), store.Batch{
			ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: i, To: i + 1}}, Source: "gw", Rows: rows,
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/row")
}

// BenchmarkQuery is one split of a day's rows.
func BenchmarkQuery(b *testing.B) {
	s := benchStore(b)
	for i := range int64(6) {
		err := s.Write(context.Background(), store.Batch{
			ID: ingest.BatchID{Lane: "l", Range: ingest.Range{From: i, To: i + 1}}, Source: "gw", Rows: benchRows(20_000, i),
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	for _, m := range []string{"errors", "callers", "p95"} {
		b.Run(m, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Query(context.Background(), store.Query{By: []string{"route"}, Measures: []string{m}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

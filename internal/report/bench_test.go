package report

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// manyErrors is two weeks of so many distinct errors each, some entries each.
func manyErrors(n int) []entry {
	rng := rand.New(rand.NewPCG(1, 1))
	var out []entry
	for week := range 2 {
		for i := range n {
			for range 4 {
				e := fail(date(9+7*week).Add(time.Duration(rng.Int64N(7*day*int64(time.Second)))),
					fmt.Sprintf("type%d", i%7), fmt.Sprintf("/r/%d", i%100), rng.Uint64N(4000)<<40)
				e.param, e.template = fmt.Sprintf("p%d", i%900), fmt.Sprintf("%016x", i/2+week*100)
				out = append(out, e)
			}
		}
	}
	return out
}

// BenchmarkBuild is a week of 10,000 distinct errors against another one.
func BenchmarkBuild(b *testing.B) {
	rows := rowsOf(manyErrors(10_000))
	for name, r := range map[string]Reader{"sqlite": holdSQLite(b, rows, 1), "memory": holdRows(b, rows)} {
		for _, top := range []int{10, 0} {
			b.Run(fmt.Sprintf("%s/top=%d", name, top), func(b *testing.B) {
				o := week()
				o.Top = top
				b.ReportAllocs()
				for b.Loop() {
					rep, err := Build(context.Background(), r, o)
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(rep.Found.Top), "errors")
				}
			})
		}
	}
}

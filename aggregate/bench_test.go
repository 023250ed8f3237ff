//go:build unix

package aggregate

import (
	"encoding/binary"
	"syscall"
	"testing"
	"time"
)

// cpuTime is what the process used so far. Neighbours take the wall clock's
// time, so benchmarks go by this one.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkAdd(b *testing.B) {
	for _, bb := range []struct {
		name, feed string
		failing    float64
	}{
		{"both/successes", FeedBoth, 0},
		{"both/mixed", FeedBoth, 0.12},
		{"both/errors", FeedBoth, 1},
		{"response/errors", FeedResponse, 1},
		{"access/mixed", FeedAccess, 0.12},
	} {
		b.Run(bb.name, func(b *testing.B) {
			// A parser's event lies in the cache: a few events, at ever new times.
			evs := benchEvents(2000, bb.failing)
			a := mustNew(b, bb.feed)
			var rows []Row
			b.ReportAllocs()
			b.ResetTimer()
			cpu := cpuTime()
			for i := 0; i < b.N; i++ {
				if i%100_000 == 99_999 {
					b.StopTimer()
					flush := cpuTime()
					rows = a.Flush(rows[:0])
					cpu += cpuTime() - flush
					b.StartTimer()
				}
				ev := evs[i%len(evs)]
				ev.Time = at0.UnixNano() + int64(i)*int64(30*time.Minute)/100_000
				if n := len(ev.RequestID); n > 0 { // every request has its own
					binary.BigEndian.PutUint64(ev.RequestID[n-8:], uint64(i)|0x3030303030303030)
				}
				a.Add(ev, Position{"x.log", int64(i)})
			}
			b.StopTimer()
			b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(a.Rows()), "rows")
			b.ReportMetric(float64(a.Bytes()), "bytes")
		})
	}
}

func BenchmarkFlush(b *testing.B) {
	evs := benchEvents(100_000, 0.12)
	a := mustNew(b, FeedBoth)
	var rows []Row
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		b.StopTimer()
		for n, ev := range evs {
			a.Add(ev, Position{"x.log", int64(n)})
		}
		b.StartTimer()
		rows = a.Flush(rows[:0])
	}
	b.ReportMetric(float64(len(rows)), "rows")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
}

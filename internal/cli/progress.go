package cli

import (
	"io"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
)

// progress draws how far the inputs are read, or a log is written, on a
// terminal only.
type progress struct {
	bars *mpb.Progress
	bar  *mpb.Bar
	last atomic.Int64 // Unix nanoseconds of the last drawing
}

// redraw is how often the bar moves: reading reports far more often.
const redraw = 100 * time.Millisecond

func newProgress(e *env, what string) *progress {
	if !e.terminal || e.quiet {
		return &progress{}
	}
	p := &progress{bars: mpb.New(mpb.WithOutput(e.stderr), mpb.WithAutoRefresh(), mpb.WithWidth(40), mpb.WithRefreshRate(redraw))}
	counters, speed := decor.CountersKibiByte("% .1f of % .1f"), decor.AverageSpeed(decor.SizeB1024(0), "% .1f")
	if what == "wrote" {
		counters, speed = decor.CountersNoUnit("%d of %d entries"), decor.AverageSpeed(0, "%.0f/s")
	}
	p.bar = p.bars.AddBar(0,
		mpb.PrependDecorators(decor.Name(what+" "), counters),
		mpb.AppendDecorators(decor.Percentage(), decor.Name("  "), speed, decor.Name("  "), decor.AverageETA(decor.ET_STYLE_GO)),
		mpb.BarRemoveOnComplete(),
	)
	return p
}

// writer is where text goes while the bar is drawn: above it.
func (p *progress) writer(otherwise io.Writer) io.Writer {
	if p.bars == nil {
		return otherwise
	}
	return p.bars
}

// set is called by the source while it reads.
func (p *progress) set(done, total int64) {
	if p.bar == nil {
		return
	}
	now, last := time.Now().UnixNano(), p.last.Load()
	if done < total && now-last < int64(redraw) || !p.last.CompareAndSwap(last, now) {
		return
	}
	p.bar.SetTotal(total, false)
	p.bar.SetCurrent(done)
}

// end removes the bar.
func (p *progress) end() {
	if p.bar == nil {
		return
	}
	p.bar.Abort(true)
	p.bars.Wait()
	p.bar = nil
}

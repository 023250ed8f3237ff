package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"
)

// The two ways to feed a decoder.
const (
	dramBytes = 64_000_000 // more than any cache: a file read through once
	hotBytes  = 1_000_000  // what a decoder sees right after a fetch or a decompression
	hotTurns  = 16
)

// corpus is the lines of one kind.
type corpus struct {
	kind string
	data []byte
}

// head is the first bytes of the corpus in whole lines, about n of them.
func (c corpus) head(n int) []byte {
	if len(c.data) <= n {
		return c.data
	}
	return c.data[:bytes.LastIndexByte(c.data[:n], '\n')+1]
}

type measurement struct {
	candidate
	dram, hot []series // by corpus
	allocs    []float64
}

// comparison is the decoders and what was measured of them.
type comparison struct {
	corpora  []corpus
	ms       []measurement
	decoders [][]decoder // by candidate and corpus
}

// prepare makes all decoders and proves that each finds what encoding/json finds.
func prepare(corpora []corpus, progress func(string)) (*comparison, error) {
	cmp := &comparison{corpora: corpora}
	for _, c := range candidates() {
		n := len(corpora)
		cmp.ms = append(cmp.ms, measurement{candidate: c, dram: make([]series, n), hot: make([]series, n), allocs: make([]float64, n)})
		ds := make([]decoder, n)
		for k := range corpora {
			d, err := c.new(corpora[k].kind)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			ds[k] = d
			if c.names {
				continue // what it finds has other names than the log
			}
			lines, err := agree(corpora[k].kind, d, corpora[k].head(4*hotBytes))
			if err != nil {
				return nil, fmt.Errorf("%s on %s does not agree with encoding/json: %w", c.name, corpora[k].kind, err)
			}
			progress(fmt.Sprintf("%s agrees with encoding/json on %d whole lines of %s", c.name, lines, corpora[k].kind))
		}
		cmp.decoders = append(cmp.decoders, ds)
	}
	return cmp, nil
}

// round gives each decoder a turn on each corpus, one after the other: a
// neighbour that slows a turn of one slows a turn of the others about as much.
func (c *comparison) round() {
	for k, corpus := range c.corpora {
		dram, hot := corpus.head(dramBytes), corpus.head(hotBytes)
		for i := range c.ms {
			m, d := &c.ms[i], c.decoders[i][k]
			m.dram[k] = append(m.dram[k], turn(d, dram, 1, &m.allocs[k]))
			m.hot[k] = append(m.hot[k], turn(d, hot, hotTurns, nil))
		}
	}
}

// turn is one measurement in MB per CPU-second; allocs is set to the heap allocations per line.
func turn(d decoder, data []byte, times int, allocs *float64) float64 {
	runtime.GC() // the garbage of the one before is not this one's cost
	var before, after runtime.MemStats
	if allocs != nil {
		runtime.ReadMemStats(&before)
	}
	var s sink
	start := cpu()
	for range times {
		run(d, data, &s)
	}
	used := cpu() - start
	if allocs != nil {
		runtime.ReadMemStats(&after)
		*allocs = float64(after.Mallocs-before.Mallocs) / float64(s.lines)
	}
	kept += s.n
	return float64(len(data)*times) / 1e6 / used.Seconds()
}

// kept is where the sinks end, so that none can be left out.
var kept int

// table prints every figure.
func (c *comparison) table(w io.Writer) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tw, "MB per CPU-second, median (best)")
	for _, corpus := range c.corpora {
		fmt.Fprintf(tw, "\t%s DRAM\thot\tallocs/line", corpus.kind)
	}
	fmt.Fprintln(tw)
	for _, m := range c.ms {
		fmt.Fprint(tw, m.name)
		for k := range c.corpora {
			fmt.Fprintf(tw, "\t%s\t%s\t%.2f", m.dram[k], m.hot[k], m.allocs[k])
		}
		fmt.Fprintln(tw)
	}
	tw.Flush()
}

// bars are those of the decoder on each corpus against the best library there.
func (c *comparison) bars() []bar {
	var bars []bar
	for k, corpus := range c.corpora {
		for _, mode := range []struct {
			name string
			of   func(measurement) series
		}{
			{"DRAM", func(m measurement) series { return m.dram[k] }},
			{"hot", func(m measurement) series { return m.hot[k] }},
		} {
			var ours series
			var rival measurement
			for _, m := range c.ms {
				switch {
				case m.ours:
					ours = mode.of(m)
				case m.rival && (rival.name == "" || mode.of(m).median() > mode.of(rival).median()):
					rival = m
				}
			}
			best := mode.of(rival)
			bars = append(bars, bar{
				what: "decoder / best library, " + corpus.kind + " " + mode.name, least: decoderBar,
				ratio: ours.median() / best.median(), best: ours.best() / best.best(), against: rival.name,
			})
		}
	}
	return bars
}

// ours is the series of errata's decoder on a corpus, read through once.
func (c *comparison) ours(kind string) series {
	for _, m := range c.ms {
		if m.ours {
			return c.named(m.name, kind)
		}
	}
	return nil
}

// named is the series of a candidate on a corpus, read through once.
func (c *comparison) named(name, kind string) series {
	for _, m := range c.ms {
		for k := range c.corpora {
			if m.name == name && c.corpora[k].kind == kind {
				return m.dram[k]
			}
		}
	}
	return nil
}

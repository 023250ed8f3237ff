package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// series are the figures of one thing over the rounds, in MB per CPU-second.
type series []float64

func (s series) median() float64 {
	if len(s) == 0 {
		return 0
	}
	c := slices.Sorted(slices.Values(s))
	if n := len(c); n%2 == 0 {
		return (c[n/2-1] + c[n/2]) / 2
	}
	return c[len(c)/2]
}

func (s series) best() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

func (s series) String() string { return fmt.Sprintf("%.0f (%.0f)", s.median(), s.best()) }

// bar is a ratio that the run must reach.
type bar struct {
	what    string
	ratio   float64 // of medians
	best    float64 // of the best rounds, printed only
	least   float64
	against string
}

func (b bar) met() bool { return b.ratio >= b.least }

// report prints the ratios with their bars and tells whether all are met.
func report(w io.Writer, bars []bar) bool {
	ok := true
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "ratio\tof medians\tof best rounds\tbar\t\tagainst")
	for _, b := range bars {
		verdict := "met"
		if !b.met() {
			verdict, ok = "MISSED", false
		}
		fmt.Fprintf(tw, "%s\t%.2f\t%.2f\t%.2f\t%s\t%s\n", b.what, b.ratio, b.best, b.least, verdict, b.against)
	}
	tw.Flush()
	return ok
}

package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"runtime"

	"errata/internal/gen"
)

// The bars of a run.
const (
	decoderBar = 1.0  // at least as fast as the best library, on each corpus
	sqliteBar  = 0.25 // the whole way into SQLite, as a share of the decoder's own speed
	reportBar  = 0.6  // a report in one shot, as a share of parse + fold on one core
)

// seed makes the corpora the same for everybody.
const seed = 42

// kinds are the corpora: access lines, responses with the body as an escaped
// string, and the same with the body as an object.
var kinds = []string{"access", "resp_str", "resp_obj"}

func main() {
	if program := os.Getenv(watchEnv); program != "" {
		if err := watch(program, os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	mb := flag.Int("mb", 200, "megabytes of response log that go into SQLite")
	rounds := flag.Int("rounds", 8, "rounds, at least 6 for a figure to quote")
	errata := flag.String("errata", "bin/errata", "the program that ingests")
	flag.Parse()
	met, err := bench(*mb, *rounds, *errata)
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	case !met:
		os.Exit(3) // a check found something
	}
}

func bench(mb, rounds int, errata string) (bool, error) {
	if mb < 1 || rounds < 1 {
		return false, fmt.Errorf("%d MB in %d rounds measure nothing", mb, rounds)
	}
	progress := func(s string) { fmt.Fprintln(os.Stderr, s) }
	fmt.Println(machine())

	var corpora []corpus
	for _, kind := range kinds {
		data, err := generate(kind, min(int64(mb)*1e6, dramBytes))
		if err != nil {
			return false, err
		}
		corpora = append(corpora, corpus{kind, data})
	}
	dir, err := os.MkdirTemp("", "errata-bench-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	whole, err := generate("resp_str", int64(mb)*1e6)
	if err != nil {
		return false, err
	}
	e, err := newEndToEnd(errata, dir, whole)
	if err != nil {
		return false, err
	}
	whole = nil // the file is on disk now

	cmp, err := prepare(corpora, progress)
	if err != nil {
		return false, err
	}
	sqlite := map[string]series{}
	var reports series
	for round := range rounds {
		progress(fmt.Sprintf("round %d of %d, load average %s", round+1, rounds, load()))
		cmp.round()
		for _, feed := range feeds {
			v, err := e.run(feed)
			if err != nil {
				return false, err
			}
			sqlite[feed] = append(sqlite[feed], v)
		}
		v, err := e.report()
		if err != nil {
			return false, err
		}
		reports = append(reports, v)
	}

	memory, err := e.memory()
	if err != nil {
		return false, err
	}

	fmt.Println()
	cmp.table(os.Stdout)
	ours, fold := cmp.ours("resp_str"), cmp.named(foldName, "resp_str")
	fmt.Println()
	for _, feed := range feeds {
		s := sqlite[feed]
		fmt.Printf("file to SQLite, %d MB of resp_str as --logs %s: %s MB per CPU-second, %.2f of the decoder's\n", mb, feed, s, s.median()/ours.median())
	}
	fmt.Printf("report of %d MB of resp_str in one shot: %s MB per second of wall time, %.2f of parse + fold on one core, %.0f MB resident\n",
		mb, reports, reports.median()/fold.median(), memory)
	fmt.Println()
	response := sqlite["response"]
	return report(os.Stdout, append(cmp.bars(), bar{
		what: "file to SQLite / decoder, resp_str", least: sqliteBar, against: "errata decode, --logs response",
		ratio: response.median() / ours.median(), best: response.best() / ours.best(),
	}, bar{
		what: "report, one shot / parse + fold, resp_str", least: reportBar, against: fmt.Sprintf("wall time on %d cores / CPU time", runtime.NumCPU()),
		ratio: reports.median() / fold.median(), best: reports.best() / fold.best(),
	})), nil
}

// generate makes a corpus.
func generate(kind string, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(size) + 1<<16)
	err := gen.Corpus(kind, seed, size, &b)
	return b.Bytes(), err
}

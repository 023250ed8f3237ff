package cli

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/internal/gen"
	"errata/internal/near"

	"github.com/spf13/cobra"
)

// genFlags are the flags of errata gen as typed.
type genFlags struct {
	scenario, format, logs, end, output, truth string
	seed                                       uint64
	days                                       int
}

func newGen(e *env) *cobra.Command {
	var g genFlags
	cmd := &cobra.Command{
		Use:   "gen",
		Short: "Generate traffic to try things with",
		Long: `Generate the log of made-up API traffic: daily and weekly rhythm, incidents, a
retry storm, requests for switched-off features, cut bodies and broken lines.
The same scenario and seed are the same traffic in every format, so an access
log and a response log of it belong together. The truth file says what is in it.

Scenarios: ` + strings.Join(gen.Scenarios(), ", ") + `, or a YAML file.
Formats: ` + strings.Join(gen.Formats(), ", ") + `.`,
		Example: `  errata gen --days 7 -o traffic.ndjson --truth truth.json
  errata gen --scenario small --log-format combined --logs access | errata ingest -
  errata gen --seed 7 --logs access --log-format combined -o access.log
  errata gen --seed 7 --logs response --log-format kong -o response.ndjson.gz`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.gen(cmd, g) },
	}
	f := cmd.Flags()
	f.StringVar(&g.scenario, "scenario", "demo", "`NAME` of a scenario, or a YAML file")
	f.Uint64Var(&g.seed, "seed", 1, "`N`: another seed is another traffic")
	f.StringVar(&g.format, "log-format", "", "log `FORMAT` to write (default: combined for access logs, else apisix)")
	f.StringVar(&g.logs, "logs", "", "`access` (one line per request, no body), response (errors, with bodies) or both (one line per request, with bodies); default: both, for formats without bodies access")
	f.IntVar(&g.days, "days", 0, "`N` days of traffic (default: the scenario's)")
	f.StringVar(&g.end, "end", "", "`TIME` at which the traffic ends (default: "+gen.DefaultEnd().Format("2006-01-02")+")")
	f.StringVarP(&g.output, "output", "o", "-", "`FILE` to write, compressed if it ends in .gz; - is standard output")
	f.StringVar(&g.truth, "truth", "", "`FILE` for what is in the traffic, as JSON; - is standard output")
	for name, values := range map[string][]string{"scenario": gen.Scenarios(), "log-format": gen.Formats(), "logs": {"access", "response", "both"}} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveDefault))
	}
	return cmd
}

// checkWriter notes whether writing failed, to tell a full disk from a
// configuration that does not fit together.
type checkWriter struct {
	w   io.Writer
	err error
}

func (c *checkWriter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	if err != nil {
		c.err = err
	}
	return n, err
}

func (e *env) gen(cmd *cobra.Command, g genFlags) error {
	cfg := gen.Config{Seed: g.seed, Format: g.format, Logs: gen.Logs(g.logs), Days: g.days}
	oneOf := func(flag, v string, known []string) error {
		for _, k := range known {
			if v == k || v == "" {
				return nil
			}
		}
		return usagef(cmd, "--%s: %q is none of %s%s", flag, v, strings.Join(known, ", "), near.DidYouMean(v, known))
	}
	if err := errors.Join(oneOf("log-format", g.format, gen.Formats()), oneOf("logs", g.logs, []string{"access", "response", "both"})); err != nil {
		return err
	}
	if g.days < 0 {
		return usagef(cmd, "--days: %d is negative", g.days)
	}
	var err error
	if cfg.Scenario, err = gen.Load(g.scenario); err != nil {
		return usagef(cmd, "--scenario: %v", err)
	}
	if g.end != "" {
		now, err := e.time(cmd)
		if err != nil {
			return err
		}
		if cfg.End, err = when.Parse(g.end, now); err != nil {
			return usagef(cmd, "--end: %v", err)
		}
	}
	target := out.Target{File: g.output}
	if g.output == "-" {
		target.File = ""
	}
	if strings.HasSuffix(g.output, ".zst") {
		return usagef(cmd, "-o: only gzip is written compressed: let the file end in .gz")
	}
	truthTarget := out.Target{File: g.truth}
	if g.truth == "-" {
		truthTarget.File = ""
	}
	if g.truth != "" && sameFile(truthTarget.File, target.File) {
		return usagef(cmd, "--truth: the traffic goes to %q already: give each a file of its own", g.output)
	}
	bar := &progress{}
	if target.File != "" {
		bar = newProgress(e, "wrote")
	}
	var truth gen.Truth
	err = target.Write(e.stdout, func(w *bufio.Writer) error {
		c := &checkWriter{w: w}
		into, done := io.Writer(c), func() error { return nil }
		if strings.HasSuffix(target.File, ".gz") {
			z := gzip.NewWriter(c)
			into, done = z, z.Close
		}
		var err error
		truth, err = gen.Run(cmd.Context(), cfg, into, bar.set)
		if err != nil && c.err == nil && cmd.Context().Err() == nil {
			return usagef(cmd, "%v", err)
		}
		return errors.Join(err, done())
	})
	bar.end()
	if err != nil {
		if u, ok := errors.AsType[*usageError](err); ok {
			return u
		}
		return err
	}
	if g.truth != "" {
		b, err := json.MarshalIndent(truth, "", "  ")
		if err != nil {
			return fmt.Errorf("truth: %w", err)
		}
		return truthTarget.Write(e.stdout, func(w *bufio.Writer) error {
			_, err := w.Write(append(b, '\n'))
			return err
		})
	}
	return nil
}

// sameFile tells whether two names, "" being standard output, are one file. It
// need not exist yet.
func sameFile(a, b string) bool {
	if a == "" || b == "" {
		return a == b
	}
	fa, err := os.Stat(a)
	if err != nil {
		return filepath.Clean(a) == filepath.Clean(b)
	}
	fb, err := os.Stat(b)
	return err == nil && os.SameFile(fa, fb) && fa.Mode().IsRegular() // /dev/null takes both
}

package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/pipeline"
	"errata/parse"

	"github.com/spf13/cobra"
)

func newIngest(e *env) *cobra.Command {
	var strict, final bool
	cmd := &cobra.Command{
		Use:   "ingest FILE|DIR|GLOB|-...",
		Short: "Read logs into the store",
		Long: `Read log files into the store: plain, gzip or zstd, a folder with all that is in
it, a quoted glob, or - for standard input.

To read a file again adds nothing. Of a file that grew only the new lines are
read; rotated, renamed and compressed files are recognised as what they were.
A last line without its end waits for it, unless --final is given.

Lines that cannot be read are counted by reason and kept as dead letters beside
the store; the rest goes on.`,
		Example: `  errata ingest access.log
  errata ingest --store errors.db '/var/log/gateway/*.log*'
  zcat old.log.gz | errata ingest --source eu --logs access -
  errata ingest --strict --final export.ndjson && echo every line was read`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef(cmd, "ingest needs inputs: files, folders, quoted globs, or - for standard input")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return e.ingest(cmd, args, strict, final) },
	}
	storeFlag(cmd)
	inputFlags(cmd)
	f := cmd.Flags()
	f.BoolVar(&strict, "strict", false, "exit with 3 if there was any dead letter")
	f.BoolVar(&final, "final", false, "an unterminated last line counts as whole")
	return cmd
}

// inputFlags adds the flags that say what inputs are.
func inputFlags(cmd *cobra.Command) {
	formatFlag(cmd)
	f := cmd.Flags()
	f.String("logs", "", "what the lines are: `access` (one per request, no body), response (with bodies, maybe errors only) or both (one per request, with bodies); default: decided by looking, and said")
	_ = cmd.RegisterFlagCompletionFunc("logs", cobra.FixedCompletions([]string{"access", "response", "both"}, cobra.ShellCompDirectiveNoFileComp))
	f.String("source", "default", "`NAME` of the API behind one gateway that the lines belong to")
}

func (e *env) ingest(cmd *cobra.Command, inputs []string, strict, final bool) error {
	said := newNotices(e, e.stderr)
	a, err := e.app(cmd, said.add)
	if err != nil {
		return err
	}
	bar := newProgress(e, "read")
	said.w = bar.writer(e.stderr)
	sum, err := a.Ingest(cmd.Context(), app.IngestOptions{Inputs: inputs, Final: final, Stdin: e.stdin, Progress: bar.set})
	bar.end()
	said.rest()
	for _, f := range sum.Files {
		if f.Err != nil {
			e.fail(f.Err.Error())
		}
	}
	if !e.quiet && (err == nil || len(sum.Files) > 0) {
		e.summarise(a, &sum)
	}
	switch {
	case err != nil:
		return err
	case sum.Err() != nil:
		return errSaid
	case sum.Unrecognised():
		return unrecognised(a, "nothing was counted; errata parse FILE shows why, line by line")
	case strict && sum.Total.Dead > 0:
		return &foundError{fmt.Sprintf("--strict: %s", out.Count(sum.Total.Dead, "dead letter", "dead letters"))}
	}
	return nil
}

// unrecognised is the end of a command that understood no line at all.
func unrecognised(a *app.App, text string) error {
	if f := a.Format(); f != "auto" {
		text = "the format was given as " + f + ": without --log-format each line's is recognised by itself"
	}
	return errors.New("no entry was recognised: " + text)
}

// summarise says what an ingest did.
func (e *env) summarise(a *app.App, sum *pipeline.Summary) {
	e.account(sum, "known from before", "nothing new was counted")
	if sum.Total.Dead > 0 {
		e.say(fmt.Sprintf("dead letters are in %s; see: errata dlq list --store %s", a.DeadPath(), shellQuote(a.StorePath())))
	}
	e.say("store " + a.StorePath())
}

// account says what was read and what became of it; passed is how inputs were
// met that were read already, nothing what there is to say where all were.
func (e *env) account(sum *pipeline.Summary, passed, nothing string) {
	t := &sum.Total
	known, unread := 0, 0
	for _, f := range sum.Files {
		if f.Known {
			known++
		}
		if f.Err != nil {
			unread++
		}
	}
	files := out.Count(int64(len(sum.Files)), "input", "inputs")
	var about []string
	if known > 0 {
		about = append(about, out.Int(int64(known))+" "+passed)
	}
	if unread > 0 {
		about = append(about, out.Int(int64(unread))+" not read to the end")
	}
	if len(about) > 0 {
		files += " (" + strings.Join(about, ", ") + ")"
	}
	took := sum.Duration.Round(10 * time.Millisecond)
	speed := ""
	if s := sum.Duration.Seconds(); s >= 1 {
		speed = fmt.Sprintf(", %s a second", out.Bytes(int64(float64(t.Bytes)/s)))
	}
	e.say(fmt.Sprintf("read %s: %s, %s, in %s%s", files, out.Count(t.Records+t.Blank, "line", "lines"),
		out.Count(t.Entries, "entry", "entries"), took, speed))
	if t.Entries == 0 {
		e.say(nothing)
		return
	}
	line := "counted " + out.Int(t.Counted)
	if t.Skipped > 0 {
		line += fmt.Sprintf("; passed over %s of response logs", out.Count(t.Skipped, "success", "successes"))
	}
	if t.Dead > 0 {
		line += "; dead " + out.Int(t.Dead) + ": " + reasons(t.DeadBy)
	}
	e.say(line)
}

// reasons are the dead by reason, the most frequent first.
func reasons(by map[parse.Reason]int64) string {
	var rs []parse.Reason
	for r := range by {
		rs = append(rs, r)
	}
	slices.SortFunc(rs, func(a, b parse.Reason) int {
		if by[a] != by[b] {
			if by[a] > by[b] {
				return -1
			}
			return 1
		}
		return strings.Compare(string(a), string(b))
	})
	parts := make([]string, len(rs))
	for i, r := range rs {
		parts[i] = out.Int(by[r]) + " " + string(r)
	}
	return strings.Join(parts, ", ")
}

// shellQuote quotes a path for a shell where it needs that.
func shellQuote(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

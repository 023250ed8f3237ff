package cli

import (
	"bufio"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"errata/internal/cli/out"
	"errata/internal/dlq"
	"errata/internal/near"
	"errata/parse"

	"github.com/spf13/cobra"
)

func newDLQ(e *env) *cobra.Command {
	return group("dlq", "Dead letters: entries that could not be read",
		"Commands about dead letters: entries that could not be read. They lie beside the\nstore, in STORE.dead.ndjson, with reason and position, secrets masked.",
		"  errata dlq list\n  errata dlq list --reason not_json -o json", newDLQList(e))
}

// letterFilter says which letters to list.
type letterFilter struct {
	source, reason string
	limit          int
}

func newDLQList(e *env) *cobra.Command {
	var f letterFilter
	var output *string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the dead letters, oldest first",
		Long: `List the dead letters of the store, oldest first. Consecutive entries of one
reason are one letter: "entries" says how many. -o json also has the beginning of
the entry, masked.

Reasons: ` + strings.Join(deadReasons(), ", ") + `.`,
		Example: `  errata dlq list
  errata dlq list --store errors.db --reason cut --limit 20
  errata dlq list -o json | jq -r '.rows[].payload'`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.dlqList(cmd, f, *output) },
	}
	storeFlag(cmd)
	output = outputFlag(cmd, "table", "json", "csv", "ndjson")
	cmd.Flags().StringVar(&f.source, "source", "", "only letters of the source `NAME`")
	cmd.Flags().StringVar(&f.reason, "reason", "", "only letters of the `REASON`")
	cmd.Flags().IntVar(&f.limit, "limit", 0, "at most `N` letters (default: all)")
	_ = cmd.RegisterFlagCompletionFunc("reason", cobra.FixedCompletions(deadReasons(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func deadReasons() []string {
	var names []string
	for _, r := range []parse.Reason{parse.TooLong, parse.TooDeep, parse.Binary, parse.Cut, parse.NotJSON, parse.UnknownFormat, parse.NoTime, parse.NoStatus} {
		names = append(names, string(r))
	}
	return names
}

// letters is the answer of errata dlq list -o json.
type letters struct {
	File   string       `json:"file"`
	Rows   []dlq.Letter `json:"rows"`
	Totals letterTotals `json:"totals"`
}

type letterTotals struct {
	Letters int64 `json:"letters"` // also those beyond --limit
	Entries int64 `json:"entries"`
}

func (e *env) dlqList(cmd *cobra.Command, f letterFilter, output string) error {
	target, err := out.ParseTarget(output, out.FormatTable, out.FormatJSON, out.FormatCSV, out.FormatLines)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	if known := deadReasons(); f.reason != "" && !slices.Contains(known, f.reason) {
		return usagef(cmd, "--reason: %q is none of %s%s", f.reason, strings.Join(known, ", "), near.DidYouMean(f.reason, known))
	}
	if f.limit < 0 {
		return usagef(cmd, "--limit: %d is negative", f.limit)
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	res := letters{File: a.DeadPath(), Rows: []dlq.Letter{}}
	stats, err := a.DeadLetters(cmd.Context(), func(l dlq.Letter) error {
		if f.source != "" && l.Source != f.source || f.reason != "" && l.Reason != f.reason {
			return cmd.Context().Err()
		}
		res.Totals.Letters++
		res.Totals.Entries += l.Count
		if f.limit == 0 || len(res.Rows) < f.limit {
			res.Rows = append(res.Rows, l)
		}
		return cmd.Context().Err()
	})
	if err != nil {
		return err
	}
	err = target.Write(e.stdout, func(w *bufio.Writer) error { return e.writeLetters(w, target, &res) })
	if stats.Garbage > 0 {
		e.say(fmt.Sprintf("%s of %s are no dead letters", out.Count(stats.Garbage, "line", "lines"), res.File))
	}
	if len(res.Rows) == 0 && !e.quiet {
		e.say("no dead letters in " + res.File)
	}
	return err
}

func (e *env) writeLetters(w *bufio.Writer, target out.Target, res *letters) error {
	switch target.Format {
	case out.FormatJSON, out.FormatLines:
		lines := []any{res}
		if target.Format == out.FormatLines {
			lines = lines[:0]
			for i := range res.Rows {
				lines = append(lines, &res.Rows[i])
			}
		}
		for _, v := range lines {
			b, err := out.AppendJSON(nil, v)
			if err != nil {
				return err
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
		}
		return nil
	case out.FormatCSV:
		var rows [][]string
		for _, l := range res.Rows {
			rows = append(rows, []string{
				l.Source, l.Name, strconv.FormatInt(l.Line, 10), strconv.FormatInt(l.Offset, 10), strconv.Itoa(l.Entry),
				strconv.FormatInt(l.Count, 10), l.Reason, l.Time, l.Detail, l.Payload,
			})
		}
		return e.csv(w, target, []string{"source", "name", "line", "offset", "entry", "count", "reason", "time", "detail", "payload"}, rows)
	}
	if len(res.Rows) == 0 {
		return nil
	}
	t := out.Table{Columns: []out.Column{
		{Name: "source"},
		{Name: "file"},
		{Name: "line", Right: true},
		{Name: "entries", Right: true},
		{Name: "reason"},
		{Name: "time"},
		{Name: "detail"},
	}}
	for _, l := range res.Rows {
		line := out.None
		if l.Line > 0 {
			line = strconv.FormatInt(l.Line, 10)
		}
		t.Rows = append(t.Rows, []string{
			out.Visible(l.Source), out.Visible(l.Name), line, out.Int(l.Count), out.Visible(l.Reason), out.Visible(l.Time), out.Visible(l.Detail),
		})
	}
	t.Foot = [][]string{{"total", out.Count(res.Totals.Letters, "letter", "letters"), "", out.Int(res.Totals.Entries), "", "", ""}}
	return t.Write(w)
}

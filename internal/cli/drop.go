package cli

import (
	"bufio"
	"fmt"
	"strings"

	"errata/internal/cli/out"
	"errata/store"

	"github.com/spf13/cobra"
)

func newStoreDrop(e *env) *cobra.Command {
	var source string
	var dry bool
	var output *string
	cmd := &cobra.Command{
		Use:   "drop --source NAME",
		Short: "Remove a source, so that its logs can be read again",
		Long: `Remove all that the store holds of a source: its rows, and the marks of what was
read of its files. They count as new then, and errata ingest reads them from the
beginning. --dry-run only shows what would go.

Dead letters of the source stay in their file: those that still cannot be read
are added to it again.`,
		Example: `  errata store drop --source eu-gateway --dry-run
  errata store drop --source eu-gateway && errata ingest --source eu-gateway /var/log/gateway/`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "store drop takes no arguments, but there is %q: write --source %s", args[0], args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return e.storeDrop(cmd, source, dry, *output) },
	}
	storeFlag(cmd)
	cmd.Flags().StringVar(&source, "source", "", "the source to remove, by its `NAME` (required)")
	cmd.Flags().BoolVar(&dry, "dry-run", false, "remove nothing, only show what would go")
	output = outputFlag(cmd, "table", "json")
	_ = cmd.RegisterFlagCompletionFunc("source", cobra.NoFileCompletions)
	return cmd
}

// droppedJSON is the answer of errata store drop -o json.
type droppedJSON struct {
	Source  string           `json:"source"`
	DryRun  bool             `json:"dry_run"`
	Rows    int64            `json:"rows"`
	Kinds   []store.KindRows `json:"kinds"`
	Batches int64            `json:"batches"`
	Files   []string         `json:"files"`
	Feeds   []feedJSON       `json:"feeds"`
}

type feedJSON struct {
	Format string `json:"format"`
	Feed   string `json:"feed"`
}

func (e *env) storeDrop(cmd *cobra.Command, source string, dry bool, output string) error {
	target, err := out.ParseTarget(output, out.FormatTable, out.FormatJSON)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	if source == "" {
		return usagef(cmd, "store drop needs --source NAME: the source to remove; errata store info lists those that are held")
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	d, err := a.Drop(cmd.Context(), source, dry)
	if err != nil {
		return asUsage(cmd, err)
	}
	err = target.Write(e.stdout, func(w *bufio.Writer) error {
		if target.Format == out.FormatJSON {
			b, err := out.AppendJSON(nil, makeDropped(d, dry))
			if err != nil {
				return err
			}
			_, err = w.Write(b)
			return err
		}
		return writeDropped(w, d)
	})
	if !e.quiet {
		e.sayDropped(cmd, a.DeadPath(), d, dry)
	}
	return err
}

func makeDropped(d store.Dropped, dry bool) droppedJSON {
	res := droppedJSON{Source: d.Source, DryRun: dry, Rows: d.Rows(), Kinds: d.Kinds, Batches: d.Batches, Files: d.Files, Feeds: []feedJSON{}}
	if res.Kinds == nil {
		res.Kinds = []store.KindRows{}
	}
	if res.Files == nil {
		res.Files = []string{}
	}
	for _, f := range d.Feeds {
		res.Feeds = append(res.Feeds, feedJSON{f.Format, string(f.Feed)})
	}
	return res
}

func writeDropped(w *bufio.Writer, d store.Dropped) error {
	t := out.Table{Columns: []out.Column{{Name: "kind"}, {Name: "rows", Right: true}}}
	for _, k := range d.Kinds {
		t.Rows = append(t.Rows, []string{k.Kind, out.Int(k.Rows)})
	}
	t.Foot = [][]string{{"total", out.Int(d.Rows())}}
	if err := t.Write(w); err != nil || len(d.Files) == 0 {
		return err
	}
	files := out.Table{Columns: []out.Column{{Name: "file"}}}
	for _, f := range d.Files {
		files.Rows = append(files.Rows, []string{out.Visible(f)})
	}
	if _, err := w.WriteString("\n"); err != nil {
		return err
	}
	return files.Write(w)
}

// sayDropped says what was done and how to go on.
func (e *env) sayDropped(cmd *cobra.Command, dead string, d store.Dropped, dry bool) {
	what := fmt.Sprintf("%s, and the marks of %s", out.Count(d.Rows(), "row", "rows"), out.Count(int64(len(d.Files)), "file", "files"))
	if dry {
		e.say(fmt.Sprintf("nothing was removed: without --dry-run go source %q, %s", d.Source, what))
		return
	}
	e.say(fmt.Sprintf("removed source %q: %s", d.Source, what))
	again := "errata ingest --source " + shellWord(d.Source)
	if f := cmd.Flags().Lookup("store"); f.Changed {
		again += " --store " + shellWord(f.Value.String())
	}
	e.say("to read its logs again: " + again + " FILE...")
	e.say("its dead letters stay in " + dead)
}

// shellWord is a text as one word of a shell.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_./:@%+,") == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

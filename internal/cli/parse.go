package cli

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"

	"errata/internal/app"
	"errata/internal/cli/eventjson"
	"errata/internal/cli/out"
	"errata/parse"

	"github.com/spf13/cobra"
)

func newParse(e *env) *cobra.Command {
	var why bool
	var output *string
	cmd := &cobra.Command{
		Use:   "parse [FILE|-|FILE:LINE]...",
		Short: "Show how log lines are understood, as JSON",
		Long: `Print each entry of the inputs as one line of JSON: what errata reads from it,
secrets masked. A line that cannot be read is printed with its line number and
the reason. Without inputs, standard input is read. Nothing is stored.

FILE:LINE explains that one line. --why adds which keys or which layout the
format was recognised by.`,
		Example: `  errata parse access.log | head -3
  errata parse --why response.ndjson:17
  tail -f access.log | errata parse --log-format combined -
  errata parse --log-format kong export.json.gz -o events.ndjson`,
		RunE: func(cmd *cobra.Command, args []string) error { return e.parse(cmd, args, why, *output) },
	}
	formatFlag(cmd)
	output = outputFlag(cmd, "json", "ndjson")
	cmd.Flags().BoolVar(&why, "why", false, "also say what the format was recognised by")
	return cmd
}

func (e *env) parse(cmd *cobra.Command, args []string, why bool, output string) error {
	target, err := out.ParseTarget(output, out.FormatJSON, out.FormatLines)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	o := app.ParseOptions{Inputs: args, Stdin: e.stdin}
	if len(args) == 0 {
		o.Inputs = []string{"-"}
	}
	for i, arg := range args {
		file, line, ok := fileLine(arg)
		if !ok {
			continue
		}
		if len(args) > 1 {
			return usagef(cmd, "%s names one line: give it alone, or the whole files", args[i])
		}
		o.Inputs, o.Line = []string{file}, line
	}
	said := newNotices(e, e.stderr)
	a, err := e.app(cmd, said.add)
	if err != nil {
		return err
	}
	var sum app.ParseSummary
	err = target.Write(e.stdout, func(w *bufio.Writer) error {
		var buf []byte
		var err error
		sum, err = a.Parse(cmd.Context(), o, func(at app.Place, ev *parse.Event) error {
			buf = eventjson.Append(buf[:0], ev, eventjson.Line{Number: at.Line, Element: at.Element, Why: why})
			_, err := w.Write(buf)
			return err
		})
		return err
	})
	said.rest()
	for _, err := range sum.Errs {
		e.fail(err.Error())
	}
	switch {
	case err != nil:
		return err
	case len(sum.Errs) > 0:
		return errSaid
	case o.Line > 0 && !sum.Found:
		return fmt.Errorf("%s has no line %d: it ends after line %d", o.Inputs[0], o.Line, sum.Lines)
	case sum.Entries > 0 && sum.Dead == sum.Entries:
		return unrecognised(a, "errata reads "+strings.Join(app.Formats()[1:], ", "))
	case sum.Entries == 0 && !e.quiet:
		e.say("no entries")
	}
	return nil
}

// fileLine takes FILE:LINE apart. A file that has this very name is meant whole.
func fileLine(arg string) (file string, line int64, ok bool) {
	i := strings.LastIndexByte(arg, ':')
	if i < 1 {
		return "", 0, false
	}
	n, err := strconv.ParseInt(arg[i+1:], 10, 64)
	if err != nil || n < 1 || strings.HasPrefix(arg[i+1:], "+") {
		return "", 0, false
	}
	if _, err := os.Lstat(arg); err == nil {
		return "", 0, false
	}
	return arg[:i], n, true
}

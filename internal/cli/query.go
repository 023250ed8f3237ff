package cli

import (
	"bufio"
	"errors"
	"fmt"
	"strings"
	"time"

	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/store"

	"github.com/spf13/cobra"
)

// queryFlags are the flags of errata query as typed.
type queryFlags struct {
	by, measures       []string
	where              []string
	last, since, until string
	step, order        string
	limit              int
	sql                bool
	output             *string
}

func newQuery(e *env) *cobra.Command {
	var q queryFlags
	cmd := &cobra.Command{
		Use:   "query --by DIM,...",
		Short: "Ask the store: counts by dimensions",
		Long: `Ask the store for measures by dimensions.

Dimensions: ` + strings.Join(store.Dimensions(), ", ") + `.
Measures: ` + strings.Join(store.Measures(), ", ") + `.

Times are ` + when.Forms + `.
Ranges are half-open: --since 2026-W46 --until 2026-W47 is one week. UTC.
A filter is DIM=VALUE, DIM!=VALUE, or DIM~PREFIX; several of one dimension are
alternatives. A measure that the logs cannot give is (none), with a note that
says how to log it.`,
		Example: `  errata query --by type,status --last 24h
  errata query --by route,param --measure errors,callers --where type=invalid_request_error
  errata query --by status --measure requests,p95 --step 1h --since 2026-11-23 --until 2026-11-24
  errata query --by feature --where status=501 -o csv
  errata query --by route --where 'route~/sessions' --order -route --sql`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "query takes no arguments, but there is %q: dimensions go behind --by, such as --by type,route", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return e.query(cmd, q) },
	}
	storeFlag(cmd)
	f := cmd.Flags()
	f.StringSliceVar(&q.by, "by", nil, "`DIM,...`: dimensions to split by")
	f.StringSliceVar(&q.measures, "measure", []string{store.MeasureErrors}, "`MEASURE,...`: what to count")
	f.StringArrayVar(&q.where, "where", nil, "`DIM=VALUE`: only these; also DIM!=VALUE and DIM~PREFIX; may be repeated")
	f.StringVar(&q.last, "last", "", "a `DURATION` back from now, such as 24h or 7d")
	f.StringVar(&q.since, "since", "", "`TIME` at which the range begins")
	f.StringVar(&q.until, "until", "", "`TIME` before which the range ends")
	f.StringVar(&q.step, "step", "", "one row per `STEP`: 1m, 1h, 1d or another that divides a day, or 7d")
	f.StringVar(&q.order, "order", "", "`COLUMN` to order by, with - before it descending (default: the first measure, descending)")
	f.IntVar(&q.limit, "limit", 0, "at most `N` rows; totals still cover all (default: all)")
	f.BoolVar(&q.sql, "sql", false, "print the SQL instead of the answer")
	q.output = outputFlag(cmd, "table", "json", "csv")
	for name, values := range map[string][]string{"by": store.Dimensions(), "measure": store.Measures(), "step": {"1m", "5m", "15m", "1h", "6h", "1d", "7d"}} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (e *env) query(cmd *cobra.Command, f queryFlags) error {
	target, err := out.ParseTarget(*f.output, out.FormatTable, out.FormatJSON, out.FormatCSV)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	now, err := e.time(cmd)
	if err != nil {
		return err
	}
	q, err := f.compile(cmd, now)
	if err != nil {
		return err
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	if f.sql {
		text, err := a.SQL(cmd.Context(), q)
		if err != nil {
			return asUsage(cmd, err)
		}
		return out.Target{}.Write(e.stdout, func(w *bufio.Writer) error {
			_, err := w.WriteString(strings.TrimRight(text, "\n") + "\n")
			return err
		})
	}
	r, err := a.Query(cmd.Context(), q)
	if err != nil {
		return asUsage(cmd, err)
	}
	err = target.Write(e.stdout, func(w *bufio.Writer) error {
		switch target.Format {
		case out.FormatJSON:
			_, err := w.Write(appendResult(nil, &r))
			return err
		case out.FormatCSV:
			return e.csv(w, target, r.Columns, csvRows(&r))
		default:
			return writeResult(w, &r, q.By)
		}
	})
	if err == nil && target.Format != out.FormatJSON && !e.quiet {
		if len(r.Rows) == 0 {
			e.say("no rows")
		} else if r.From != nil && r.To != nil {
			e.say(fmt.Sprintf("from %s to %s", r.From.Format(time.RFC3339), r.To.Format(time.RFC3339)))
		}
		for _, n := range r.Notes {
			e.say("note: " + n)
		}
	}
	return err
}

// asUsage gives the store's usage errors the command whose help to read.
func asUsage(cmd *cobra.Command, err error) error {
	if u, ok := errors.AsType[*store.UsageError](err); ok {
		return usagef(cmd, "%s", u.Error())
	}
	return err
}

// compile makes the query of the flags.
func (f *queryFlags) compile(cmd *cobra.Command, now time.Time) (q store.Query, err error) {
	if len(f.by) == 0 && f.step == "" && !cmd.Flags().Changed("measure") {
		return q, usagef(cmd, "query needs --by DIM,...: what to split the numbers by, such as --by type or --by route,status; dimensions are %s", strings.Join(store.Dimensions(), ", "))
	}
	r, err := when.ParseRange(f.last, f.since, f.until, now)
	if err != nil {
		return q, usagef(cmd, "%v", err)
	}
	q = store.Query{Since: r.Since, Until: r.Until, By: trimmed(f.by), Measures: trimmed(f.measures), Order: f.order, Limit: f.limit}
	if f.step != "" {
		if q.Step, err = when.Duration(f.step); err != nil {
			return q, usagef(cmd, "--step: %v", err)
		}
	}
	for _, w := range f.where {
		filter, err := parseFilter(w)
		if err != nil {
			return q, usagef(cmd, "--where: %v", err)
		}
		q.Where = append(q.Where, filter)
	}
	return q, asUsage(cmd, store.Validate(q))
}

func trimmed(list []string) []string {
	var res []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			res = append(res, s)
		}
	}
	return res
}

// parseFilter reads DIM=VALUE, DIM!=VALUE or DIM~PREFIX. What tables show as
// (none) is the absent value.
func parseFilter(s string) (store.Filter, error) {
	i := strings.IndexAny(s, "=!~")
	if i < 1 {
		return store.Filter{}, fmt.Errorf("%q is no filter: write DIM=VALUE, DIM!=VALUE or DIM~PREFIX, such as status=501", s)
	}
	f := store.Filter{Dim: strings.TrimSpace(s[:i])}
	switch rest := s[i:]; {
	case strings.HasPrefix(rest, "!="):
		f.Op, f.Value = store.Ne, rest[2:]
	case rest[0] == '=':
		f.Op, f.Value = store.Eq, rest[1:]
	case rest[0] == '~':
		f.Op, f.Value = store.Prefix, rest[1:]
	default:
		return f, fmt.Errorf("%q is no filter: write DIM=VALUE, DIM!=VALUE or DIM~PREFIX, such as status=501", s)
	}
	switch {
	case f.Op == store.Prefix:
	case f.Value == out.None:
		f.Value = ""
	case f.Value == `\`+out.None:
		f.Value = out.None
	}
	return f, nil
}

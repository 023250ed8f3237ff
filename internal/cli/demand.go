package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/internal/demand"
	"errata/store"

	"github.com/spf13/cobra"
)

// rangeFlags are the flags that name a range, as typed.
type rangeFlags struct{ last, since, until string }

func (r *rangeFlags) add(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&r.last, "last", "", "a `DURATION` back from now, such as 24h or 7d")
	f.StringVar(&r.since, "since", "", "`TIME` at which the range begins")
	f.StringVar(&r.until, "until", "", "`TIME` before which the range ends")
}

func (r *rangeFlags) parse(cmd *cobra.Command, now time.Time) (when.Range, error) {
	res, err := when.ParseRange(r.last, r.since, r.until, now)
	if err != nil {
		return res, usagef(cmd, "%v", err)
	}
	return res, nil
}

// demandFlags are the flags of errata demand as typed.
type demandFlags struct {
	rangeFlags

	feature string
	callers bool
	where   []string
	output  *string
}

func newDemand(e *env) *cobra.Command {
	var f demandFlags
	cmd := &cobra.Command{
		Use:   "demand",
		Short: "Who asks for features that the API answers 501 for",
		Long: `Show who asks for features that the API answers 501 for, by feature and by the
beta value that would open it: attempts, distinct callers, days, first and last
attempt, and why each failed. An attempt is an answer with status 501 whose
error names a feature.

Callers are counted exactly, and compared with the equally long range before:
new ones, returning ones, and those that are gone. --callers lists each caller;
names and organisations come from the file that privacy.caller_names_file names.

Times are ` + when.Forms + `.
A range is widened to whole UTC days; without one it is all that is held.`,
		Example: `  errata demand
  errata demand --since 2026-W46 --until 2026-W47
  errata demand --feature batches --callers --last 28d
  errata demand --where source=eu-gateway -o demand.csv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "demand takes no arguments, but there is %q: for one feature write --feature %s", args[0], args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return e.demand(cmd, f) },
	}
	storeFlag(cmd)
	f.add(cmd)
	cmd.Flags().StringVar(&f.feature, "feature", "", "only the feature of this `NAME`")
	cmd.Flags().BoolVar(&f.callers, "callers", false, "a row for each caller")
	cmd.Flags().StringArrayVar(&f.where, "where", nil, "`source=NAME`: only these sources; also source!=NAME and source~PREFIX; may be repeated")
	f.output = outputFlag(cmd, "table", "json", "csv")
	for name, values := range map[string][]string{"where": {"source="}, "feature": nil} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	}
	return cmd
}

func (e *env) demand(cmd *cobra.Command, f demandFlags) error {
	target, err := out.ParseTarget(*f.output, out.FormatTable, out.FormatJSON, out.FormatCSV)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	o, err := e.demandOptions(cmd, f)
	if err != nil {
		return err
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	if o.Names, err = a.Names(); err != nil {
		return err
	}
	var answer demandAnswer
	err = a.View(cmd.Context(), func(r app.Reader) error {
		if f.callers {
			d, err := demand.BuildCallers(cmd.Context(), r, o)
			answer = (*callerAnswer)(d)
			return err
		}
		d, err := demand.Build(cmd.Context(), r, o)
		answer = (*featureAnswer)(d)
		return err
	})
	if err != nil {
		return asUsage(cmd, err)
	}
	err = target.Write(e.stdout, func(w *bufio.Writer) error {
		switch target.Format {
		case out.FormatJSON:
			b, err := out.AppendJSON(nil, answer)
			if err != nil {
				return err
			}
			_, err = w.Write(b)
			return err
		case out.FormatCSV:
			header, rows := answer.csv()
			return e.csv(w, target, header, rows)
		default:
			t := answer.table(o.Names != nil)
			if len(t.Rows) == 0 {
				return nil
			}
			return t.Write(w)
		}
	})
	if err == nil && target.Format != out.FormatJSON && !e.quiet {
		answer.say(e)
	}
	return err
}

func (e *env) demandOptions(cmd *cobra.Command, f demandFlags) (o demand.Options, err error) {
	now, err := e.time(cmd)
	if err != nil {
		return o, err
	}
	r, err := f.parse(cmd, now)
	if err != nil {
		return o, err
	}
	o.Since, o.Until, o.Feature = r.Since, r.Until, f.feature
	if f.feature == "" && cmd.Flags().Changed("feature") {
		return o, usagef(cmd, "--feature: empty: name a feature, such as batches; an answer without one is no attempt")
	}
	for _, w := range f.where {
		filter, err := parseFilter(w)
		if err != nil {
			return o, usagef(cmd, "--where: %v", strings.Replace(err.Error(), "status=501", "source=eu-gateway", 1))
		}
		if filter.Dim != "source" {
			hint := ""
			if filter.Dim == "feature" && filter.Op == store.Eq {
				hint = "; for one feature write --feature " + filter.Value
			}
			return o, usagef(cmd, "--where: demand is filtered by source only, such as source=eu-gateway, not by %q%s", filter.Dim, hint)
		}
		o.Where = append(o.Where, filter)
	}
	return o, nil
}

// demandAnswer is a form of the answer.
type demandAnswer interface {
	table(named bool) out.Table
	csv() (header []string, rows [][]string)
	say(e *env)
}

type (
	featureAnswer demand.Demand
	callerAnswer  demand.CallerDemand
)

// sayDemand says what people need besides the rows.
func sayDemand(e *env, rows int, from, to *time.Time, notes []string) {
	if rows == 0 {
		e.say("no rows")
	}
	if from != nil && to != nil {
		e.say(fmt.Sprintf("from %s to %s", stamp(from, ""), stamp(to, "")))
	}
	for _, n := range notes {
		e.say("note: " + n)
	}
}

func (d *featureAnswer) say(e *env) { sayDemand(e, len(d.Rows), d.From, d.To, d.Notes) }
func (d *callerAnswer) say(e *env)  { sayDemand(e, len(d.Rows), d.From, d.To, d.Notes) }

// foot is what stands below the rows: columns up to that of attempts are empty.
func foot(t demand.Totals, width, attempts, callers int) [][]string {
	total, none := make([]string, width), make([]string, width)
	total[0], none[0] = "total", "501 without a feature"
	total[attempts], none[attempts] = count(t.Attempts), count(t.NoFeature)
	if callers >= 0 {
		total[callers] = estimate(t.Callers, t.CallersError)
	}
	return [][]string{total, none}
}

func (d *featureAnswer) table(named bool) out.Table {
	t := out.Table{Columns: []out.Column{
		{Name: "feature"},
		{Name: "available_from"},
		{Name: "attempts", Right: true},
		{Name: "callers", Right: true},
		{Name: "days", Right: true},
		{Name: "first"},
		{Name: "last"},
		{Name: "new", Right: true},
		{Name: "returning", Right: true},
		{Name: "gone", Right: true},
		{Name: "top caller", Right: true},
		{Name: "reasons"},
	}}
	// What needs a log of all requests or a file of names stands only where it is known.
	var converted, reach bool
	for _, r := range d.Rows {
		converted, reach = converted || r.Converted != nil, reach || r.Reach != nil
	}
	for _, c := range []struct {
		name string
		ok   bool
	}{{"orgs", named}, {"converted", converted}, {"reach", reach}} {
		if c.ok {
			t.Columns = append(t.Columns, out.Column{Name: c.name, Right: true})
		}
	}
	for _, r := range d.Rows {
		row := []string{
			out.Visible(r.Feature), out.Visible(r.AvailableFrom), out.Int(r.Attempts), estimate(r.Callers, r.CallersError),
			out.Int(r.Days), date(r.FirstSeen), date(r.LastSeen), count(r.New), count(r.Returning), count(r.Gone),
			percent(r.TopCallerShare), whyFailed(r.Reasons),
		}
		if named {
			row = append(row, count(r.Orgs))
		}
		if converted {
			row = append(row, count(r.Converted))
		}
		if reach {
			row = append(row, percent(r.Reach))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Foot = foot(d.Totals, len(t.Columns), 2, 3)
	return t
}

func (d *featureAnswer) csv() (header []string, rows [][]string) {
	header = []string{
		"feature", "available_from", "attempts", "callers", "callers_error", "orgs", "days", "first_seen", "last_seen", "new", "returning", "gone",
		"top_caller_share", "no_header", "other_feature", "older_value", "right_value", "unknown", "converted", "reach",
	}
	for _, r := range d.Rows {
		s := r.Reasons
		rows = append(rows, []string{
			out.Inert(r.Feature), out.Inert(r.AvailableFrom), field(r.Attempts), field(r.Callers), field(r.CallersError), field(r.Orgs), field(r.Days),
			field(r.FirstSeen), field(r.LastSeen), field(r.New), field(r.Returning), field(r.Gone), field(r.TopCallerShare),
			field(s.NoHeader), field(s.OtherFeature), field(s.OlderValue), field(s.RightValue), field(s.Unknown), field(r.Converted), field(r.Reach),
		})
	}
	return header, rows
}

func (d *callerAnswer) table(named bool) out.Table {
	t := out.Table{Columns: []out.Column{{Name: "feature"}, {Name: "available_from"}, {Name: "caller"}}}
	if named {
		t.Columns = append(t.Columns, out.Column{Name: "name"}, out.Column{Name: "org"})
	}
	attempts := len(t.Columns)
	t.Columns = append(t.Columns,
		out.Column{Name: "attempts", Right: true}, out.Column{Name: "days", Right: true},
		out.Column{Name: "first"}, out.Column{Name: "last"}, out.Column{Name: "reason"}, out.Column{Name: "client"},
	)
	converted := false
	for _, r := range d.Rows {
		converted = converted || r.Converted != nil
	}
	if converted {
		t.Columns = append(t.Columns, out.Column{Name: "converted"})
	}
	for _, r := range d.Rows {
		row := []string{out.Visible(r.Feature), out.Visible(r.AvailableFrom), out.Visible(r.Caller)}
		if named {
			row = append(row, out.Visible(r.Name), out.Visible(r.Org))
		}
		row = append(row, out.Int(r.Attempts), out.Int(r.Days), date(&r.FirstSeen), date(&r.LastSeen), r.Reason, out.Visible(r.Client))
		if converted {
			row = append(row, yesNo(r.Converted))
		}
		t.Rows = append(t.Rows, row)
	}
	t.Foot = foot(d.Totals, len(t.Columns), attempts, -1)
	t.Foot[0][2] = callersWord(d.Totals)
	return t
}

func (d *callerAnswer) csv() (header []string, rows [][]string) {
	header = []string{"feature", "available_from", "caller", "name", "org", "attempts", "days", "first_seen", "last_seen", "reason", "converted", "client"}
	for _, r := range d.Rows {
		rows = append(rows, []string{
			out.Inert(r.Feature), out.Inert(r.AvailableFrom), r.Caller, out.Inert(r.Name), out.Inert(r.Org), field(r.Attempts), field(r.Days),
			field(r.FirstSeen), field(r.LastSeen), r.Reason, field(r.Converted), out.Inert(r.Client),
		})
	}
	return header, rows
}

func callersWord(t demand.Totals) string {
	if t.Callers == nil {
		return out.None
	}
	return out.Count(*t.Callers, "caller", "callers")
}

// whyFailed is the reasons that came up, in the order of the contract.
func whyFailed(r demand.Reasons) string {
	var list []string
	for _, x := range []struct {
		name string
		n    int64
	}{{"no_header", r.NoHeader}, {"other_feature", r.OtherFeature}, {"older_value", r.OlderValue}, {"right_value", r.RightValue}, {"unknown", r.Unknown}} {
		if x.n > 0 {
			list = append(list, x.name+" "+out.Int(x.n))
		}
	}
	return strings.Join(list, ", ")
}

// count is a number of a table that may be unknown.
func count(n *int64) string {
	if n == nil {
		return out.None
	}
	return out.Int(*n)
}

// estimate is a count with a ~ where it is one.
func estimate(n *int64, stderr *float64) string {
	if n != nil && stderr != nil && *stderr > 0 {
		return "~" + out.Int(*n)
	}
	return count(n)
}

func percent(x *float64) string {
	if x == nil {
		return out.None
	}
	return out.Fixed(100**x, 1) + " %"
}

func yesNo(b *bool) string {
	switch {
	case b == nil:
		return out.None
	case *b:
		return "yes"
	default:
		return "no"
	}
}

// date is the UTC day of a time, for people.
func date(t *time.Time) string {
	if t == nil {
		return out.None
	}
	return t.UTC().Format(time.DateOnly)
}

// field is a value as CSV has it: as in JSON, and nothing for null.
func field(v any) string {
	switch x := v.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case time.Time:
		return x.Format(time.RFC3339Nano)
	}
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return ""
	}
	return strings.Trim(string(b), `"`)
}

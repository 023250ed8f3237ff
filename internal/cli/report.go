package cli

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on any machine

	"errata/aggregate"
	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/internal/demand"
	"errata/internal/pipeline"
	"errata/internal/report"
	"errata/internal/report/render"
	"errata/internal/telemetry"
	"errata/store"

	"github.com/spf13/cobra"
)

// reportFlags are the flags of errata report as typed.
type reportFlags struct {
	rangeFlags

	week, tz, compare string
	where             []string
	top               int
	output            *string
}

// reportFormats are those of a report, the default first.
var reportFormats = []out.Format{out.FormatText, out.FormatMarkdown, out.FormatHTML, out.FormatJSON, out.FormatCSV}

func newReport(e *env) *cobra.Command {
	var f reportFlags
	cmd := &cobra.Command{
		Use:   "report [FILE|DIR|GLOB|-...]",
		Short: "What changed: the weekly report",
		Long: `Report what changed: every total beside that of the range before, new and gone
errors, movers by distinct callers, top errors, what callers can mend, demand for
what answers 501, findings, and what was not read.

With inputs it is one shot: logs are read as errata ingest reads them, no store
is opened and none is left behind. Without inputs the store is asked.

Without a range it is all that the inputs hold, or of a store the last ISO week
that is over. Times are ` + when.Forms + `.
Those without a zone, days and weeks are of --tz. --compare takes a week as well,
or a range FROM..TO.`,
		Example: `  errata report access.log
  errata report --logs response -o report.html /var/log/gateway/
  errata report --week 2026-W46 --tz Europe/Berlin
  errata report --since 2026-11-01 --until 2026-12-01 --compare 2026-10-01..2026-11-01 -o md
  zcat old.log.gz | errata report --where status=500 -o json -`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return e.report(cmd, args, f) },
	}
	storeFlag(cmd)
	inputFlags(cmd)
	f.add(cmd)
	fl := cmd.Flags()
	fl.StringVar(&f.week, "week", "", "the ISO `WEEK`, such as 2026-W46")
	fl.StringVar(&f.tz, "tz", "UTC", "time `ZONE` of days, weeks and times, such as Europe/Berlin")
	fl.StringVar(&f.compare, "compare", "previous", "`RANGE` to compare with: previous, none, 2026-W45 or FROM..TO")
	fl.IntVar(&f.top, "top", 10, "at most `N` rows in each list; 0: all")
	fl.StringArrayVar(&f.where, "where", nil, "`DIM=VALUE`: only these; also DIM!=VALUE and DIM~PREFIX; may be repeated")
	names := make([]string, len(reportFormats))
	for i, x := range reportFormats {
		names[i] = string(x)
	}
	f.output = outputFlag(cmd, names...)
	for name, values := range map[string][]string{"week": nil, "tz": {"UTC"}, "compare": {"previous", "none"}, "top": {"0", "10", "20"}} {
		_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
	return cmd
}

func (e *env) report(cmd *cobra.Command, inputs []string, f reportFlags) error {
	target, err := out.ParseTarget(*f.output, reportFormats...)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	o, err := e.reportOptions(cmd, &f, len(inputs) > 0)
	if err != nil {
		return err
	}
	if err := target.Check(); err != nil {
		return err // before an hour is spent on reading
	}
	if len(inputs) == 0 {
		return e.reportStore(cmd, o, target)
	}
	return e.reportOnce(cmd, inputs, o, target)
}

// reportOptions makes the options of the flags.
func (e *env) reportOptions(cmd *cobra.Command, f *reportFlags, once bool) (o report.Options, err error) {
	if err := reportWay(cmd, once); err != nil {
		return o, err
	}
	if o.Now, err = e.time(cmd); err != nil {
		return o, err
	}
	zone, err := when.Zone(f.tz)
	if err != nil {
		return o, usagef(cmd, "--tz: %v", err)
	}
	r, err := f.span(cmd, o.Now, zone)
	if err != nil {
		return o, err
	}
	if !once && r == (when.Range{}) {
		r = when.LastWeek(o.Now, zone)
	}
	o.Since, o.Until, o.Zone, o.ZoneName = r.Since, r.Until, zone, zone.String()
	if o.Compare, r, err = compareFlag(f.compare, o.Now, zone); err != nil {
		return o, usagef(cmd, "--compare: %v", err)
	}
	o.CompareSince, o.CompareUntil = r.Since, r.Until
	if f.top < 0 {
		return o, usagef(cmd, "--top: %d is less than none: write how many rows a list may have, or 0 for all", f.top)
	}
	o.Top = f.top
	for _, w := range f.where {
		filter, err := parseFilter(w)
		if err != nil {
			return o, usagef(cmd, "--where: %v", err)
		}
		o.Where, o.Filters = append(o.Where, filter), append(o.Filters, w)
	}
	if err := store.Validate(store.Query{Where: o.Where, Measures: []string{store.MeasureErrors}, By: []string{"source"}}); err != nil {
		return o, asUsage(cmd, err)
	}
	dims := aggregate.KindError.Columns()
	for _, w := range o.Where { // before the inputs are read
		if !slices.Contains(dims, w.Dim) {
			return o, usagef(cmd, "--where: a report cannot be filtered by %s, which errors are not kept by: filters are %s",
				w.Dim, strings.Join(dims[:len(dims)-3], ", ")) // without x1 to x3
		}
	}
	o.Version = telemetry.ReadBuild().Version
	return o, nil
}

// reportWay refuses flags of the other way to get a report: they would do nothing.
func reportWay(cmd *cobra.Command, once bool) error {
	changed := func(name string) bool { return cmd.Flags().Changed(name) }
	if once {
		if changed("store") {
			return usagef(cmd, "--store and inputs: with inputs no store is opened; leave out --store, or ingest the inputs and report without them")
		}
		return nil
	}
	for _, name := range []string{"log-format", "logs", "source"} {
		if changed(name) {
			hint := "name the inputs"
			if name == "source" {
				hint += ", or for one source of the store write --where source=NAME"
			}
			return usagef(cmd, "--%s is about inputs, and there are none: %s", name, hint)
		}
	}
	return nil
}

// span is the range of the flags, zero where they name none.
func (f *reportFlags) span(cmd *cobra.Command, now time.Time, zone *time.Location) (when.Range, error) {
	if cmd.Flags().Changed("week") {
		if f.last != "" || f.since != "" || f.until != "" {
			return when.Range{}, usagef(cmd, "--week already names a range: leave out --since, --until and --last, or --week")
		}
		r, err := when.Week(f.week, zone)
		if err != nil {
			return r, usagef(cmd, "--week: %v", err)
		}
		return r, nil
	}
	r, err := when.ParseRangeIn(f.last, f.since, f.until, now, zone)
	if err != nil {
		return r, usagef(cmd, "%v", err)
	}
	return r, nil
}

// compareFlag reads what to compare with.
func compareFlag(s string, now time.Time, zone *time.Location) (report.Comparison, when.Range, error) {
	const forms = "write previous, none, an ISO week such as 2026-W45, or FROM..TO such as 2026-10-01..2026-11-01"
	switch s {
	case "previous":
		return report.ComparePrevious, when.Range{}, nil
	case "none":
		return report.CompareNone, when.Range{}, nil
	}
	from, to, ok := strings.Cut(s, "..")
	if !ok {
		r, err := when.Week(s, zone)
		if err != nil {
			if strings.Contains(strings.ToUpper(s), "-W") {
				return 0, r, err
			}
			return 0, r, fmt.Errorf("%q is no range: %s", s, forms)
		}
		return report.CompareRange, r, nil
	}
	var r when.Range
	var err error
	if r.Since, err = when.ParseIn(from, now, zone); err != nil {
		return 0, r, fmt.Errorf("%q: %w", s, err)
	}
	if r.Until, err = when.ParseIn(to, now, zone); err != nil {
		return 0, r, fmt.Errorf("%q: %w", s, err)
	}
	if !r.Since.Before(r.Until) {
		return 0, r, fmt.Errorf("%q is empty: %s is not before %s, and the end itself is not part of it", s, from, to)
	}
	return report.CompareRange, r, nil
}

// grain is that of the rows which a one-shot report needs: hours are enough
// where every bound and every day of the zone is on one.
func grain(o *report.Options) time.Duration {
	for _, t := range []time.Time{o.Since, o.Until, o.CompareSince, o.CompareUntil} {
		if !t.IsZero() && !t.Equal(t.Truncate(time.Hour)) {
			return 0
		}
	}
	if !when.WholeHours(o.Zone) {
		return 0
	}
	return time.Hour
}

// reportStore reports from the store.
func (e *env) reportStore(cmd *cobra.Command, o report.Options, target out.Target) error {
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	names, err := a.Names()
	if err != nil {
		return err
	}
	o.Demand = demand.Options{Names: names}
	var r *report.Report
	err = a.View(cmd.Context(), func(rd app.Reader) error {
		r, err = report.Build(cmd.Context(), rd, o)
		return err
	})
	if err != nil {
		return asUsage(cmd, err)
	}
	return e.writeReport(r, target)
}

// reportOnce reports from inputs.
func (e *env) reportOnce(cmd *cobra.Command, inputs []string, o report.Options, target out.Target) error {
	said := newNotices(e, e.stderr)
	a, err := e.app(cmd, said.add)
	if err != nil {
		return err
	}
	names, err := a.Names()
	if err != nil {
		return err
	}
	o.Demand = demand.Options{Names: names}
	bar := newProgress(e, "read")
	said.w = bar.writer(e.stderr)
	var r *report.Report
	var sum pipeline.Summary
	err = a.Once(cmd.Context(), app.OnceOptions{Inputs: inputs, Stdin: e.stdin, Progress: bar.set, Grain: grain(&o)},
		func(rd app.Reader, s pipeline.Summary) error {
			bar.end()
			sum = s
			if sum.Unrecognised() || sum.Total.Entries == 0 && sum.Err() != nil {
				return nil // a report of nothing would look like good news
			}
			readInto(&o, &s)
			r, err = report.Build(cmd.Context(), rd, o)
			return err
		})
	bar.end()
	said.rest()
	for _, x := range sum.Files {
		if x.Err != nil {
			e.fail(x.Err.Error())
		}
	}
	if err != nil {
		return asUsage(cmd, err)
	}
	if !e.quiet {
		e.account(&sum, "read already", "nothing was counted") // there is no store to know anything from
	}
	if sum.Unrecognised() {
		return unrecognised(a, "there is nothing to report; errata parse FILE shows why, line by line")
	}
	if r != nil {
		if err := e.writeReport(r, target); err != nil {
			return err
		}
	}
	if sum.Err() != nil {
		return errSaid
	}
	return nil
}

// readInto takes over what was read and what was not.
func readInto(o *report.Options, s *pipeline.Summary) {
	for i := range s.Files {
		x := &s.Files[i]
		o.Inputs = append(o.Inputs, report.Input{
			Name: x.Name, Format: x.Format, Feed: string(x.Feed), Entries: x.Entries, Counted: x.Counted, Dead: x.Dead, Skipped: x.Skipped,
		})
	}
	for _, x := range s.NotRead {
		o.NotRead = append(o.NotRead, report.NotRead{Name: x.Name, Reason: x.Reason})
	}
}

// writeReport writes a report in the format asked for.
func (e *env) writeReport(r *report.Report, target out.Target) error {
	screen := e.screen && target.File == ""
	o := render.Options{Screen: screen, Color: screen && e.getenv("NO_COLOR") == "" && e.getenv("TERM") != "dumb"}
	if screen {
		o.Width = e.columns
	}
	err := target.Write(e.stdout, func(w *bufio.Writer) error { return renderReport(w, r, target.Format, o) })
	if err == nil && r.Totals.Entries == 0 && !e.quiet {
		e.say("nothing was logged in this range")
		for _, v := range r.Verdict[:min(len(r.Verdict), 2)] { // which span is held
			e.say(v)
		}
	}
	return err
}

func renderReport(w io.Writer, r *report.Report, f out.Format, o render.Options) error {
	switch f {
	case out.FormatMarkdown:
		return render.Markdown(w, r, o)
	case out.FormatHTML:
		return render.HTML(w, r)
	case out.FormatJSON:
		return render.JSON(w, r)
	case out.FormatCSV:
		return render.CSV(w, r, o)
	default:
		return render.Text(w, r, o)
	}
}

package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"errata/aggregate"
	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/internal/near"
	"errata/parse"
	"errata/store"

	"github.com/spf13/cobra"
)

// sampleDims are what samples are kept by and may be filtered by.
var sampleDims = []string{"source", "route", "method", "status", "type", "param", "template", "finding"}

const defaultSamples = 20

// sampleFlags are the flags of errata samples as typed.
type sampleFlags struct {
	rangeFlags

	where  []string
	limit  int
	output *string
}

func newSamples(e *env) *cobra.Command {
	var f sampleFlags
	cmd := &cobra.Command{
		Use:   "samples",
		Short: "Kept examples of errors: request id, time, position, message",
		Long: `Show kept examples of errors, newest first: request id, time, position in the
log, and the message with secrets masked. Up to three are kept of each error in
ten minutes; an error has a source, route, method, status, type, param and
template.

Filters are on ` + strings.Join(sampleDims, ", ") + `.
With --where finding=NAME the examples are those of a conformance finding:
` + strings.Join(parse.FindingNames[:4], ", ") + `,
` + strings.Join(parse.FindingNames[4:], ", ") + `.

Times are ` + when.Forms + `.`,
		Example: `  errata samples
  errata samples --where type=invalid_request_error --where route=/agents --limit 5
  errata samples --where finding=type_status --last 7d
  errata samples --where status=501 -o json | jq -r '.rows[].request_id'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usagef(cmd, "samples takes no arguments, but there is %q: filters go behind --where, such as --where type=api_error", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return e.samples(cmd, f) },
	}
	storeFlag(cmd)
	f.add(cmd)
	cmd.Flags().StringArrayVar(&f.where, "where", nil, "`DIM=VALUE`: only these; also DIM!=VALUE and DIM~PREFIX; may be repeated")
	cmd.Flags().IntVar(&f.limit, "limit", defaultSamples, "at most `N` samples; 0: all")
	f.output = outputFlag(cmd, "table", "json", "csv")
	var words []string
	for _, d := range sampleDims {
		words = append(words, d+"=")
	}
	for _, n := range parse.FindingNames {
		words = append(words, "finding="+n)
	}
	_ = cmd.RegisterFlagCompletionFunc("where", cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp|cobra.ShellCompDirectiveNoSpace))
	return cmd
}

// samples is the answer of errata samples -o json.
type samples struct {
	Rows []sample `json:"rows"`
}

// sample is one kept example. JSON names are a contract.
type sample struct {
	RequestID  string `json:"request_id"`
	Time       string `json:"time"`
	Position   string `json:"position"`
	Source     string `json:"source"`
	Route      string `json:"route"`
	Method     string `json:"method"`
	Status     int64  `json:"status"`
	Type       string `json:"type"`
	Param      string `json:"param"`
	TemplateID string `json:"template_id"`
	Message    string `json:"message"`

	finding string
	at      time.Time
}

func (e *env) samples(cmd *cobra.Command, f sampleFlags) error {
	target, err := out.ParseTarget(*f.output, out.FormatTable, out.FormatJSON, out.FormatCSV)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	l, err := e.sampleListing(cmd, f)
	if err != nil {
		return err
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	var res samples
	var held store.Result
	err = a.View(cmd.Context(), func(r app.Reader) (err error) {
		if res.Rows, err = readSamples(cmd.Context(), r, l, f.limit); err != nil || len(res.Rows) > 0 {
			return err
		}
		anyTime := time.Unix(0, 0) // of an empty range nothing is read but what is held
		held, err = r.Query(cmd.Context(), store.Query{Since: anyTime, Until: anyTime})
		return err
	})
	if err != nil {
		return asUsage(cmd, err)
	}
	err = target.Write(e.stdout, func(w *bufio.Writer) error { return e.writeSamples(w, target, &res) })
	if err == nil && len(res.Rows) == 0 && !e.quiet {
		e.say("no samples: " + heldSpan(held, l))
	}
	return err
}

// heldSpan says what the store holds where there is nothing to show.
func heldSpan(r store.Result, l store.Listing) string {
	if r.HeldFrom == nil || r.HeldTo == nil {
		return "the store holds no events"
	}
	span := fmt.Sprintf("the store holds events from %s to %s", stamp(r.HeldFrom, ""), stamp(r.HeldTo, ""))
	switch {
	case !l.Since.IsZero() && !l.Since.Before(*r.HeldTo):
		return "the range is newer than the newest event: " + span
	case !l.Until.IsZero() && !r.HeldFrom.Before(l.Until):
		return "the range is older than the oldest event: " + span
	case len(l.Where) > 1 || l.Where[0].Value != "":
		return "none in this range that the filters let through: " + span
	default:
		return "there is no error in this range: " + span
	}
}

// sampleListing makes the listing of the flags. Without a filter on findings
// the samples are those of errors, under which each is kept once.
func (e *env) sampleListing(cmd *cobra.Command, f sampleFlags) (l store.Listing, err error) {
	now, err := e.time(cmd)
	if err != nil {
		return l, err
	}
	r, err := f.parse(cmd, now)
	if err != nil {
		return l, err
	}
	if f.limit < 0 {
		return l, usagef(cmd, "--limit: %d is negative", f.limit)
	}
	l = store.Listing{
		Kind: aggregate.KindSample, Since: r.Since, Until: r.Until, Step: sampleStep,
		By: append(slices.Clone(sampleDims), "pos"),
	}
	findings := false
	for _, w := range f.where {
		filter, err := parseFilter(w)
		if err != nil {
			return l, usagef(cmd, "--where: %v", err)
		}
		if !slices.Contains(sampleDims, filter.Dim) {
			return l, usagef(cmd, "--where: samples have no %q: filters are on %s%s",
				filter.Dim, strings.Join(sampleDims, ", "), near.DidYouMean(filter.Dim, sampleDims))
		}
		if filter.Dim == "finding" {
			findings = true
			if names := parse.FindingNames[:]; filter.Op == store.Eq && filter.Value != "" && !slices.Contains(names, filter.Value) {
				return l, usagef(cmd, "--where: no finding is named %q: findings are %s%s",
					filter.Value, strings.Join(names, ", "), near.DidYouMean(filter.Value, names))
			}
		}
		l.Where = append(l.Where, filter)
	}
	if !findings {
		l.Where = append([]store.Filter{{Dim: "finding", Op: store.Eq}}, l.Where...)
	}
	return l, nil
}

// sampleStep is the grain of samples.
const sampleStep = 10 * time.Minute

// readSamples reads the newest samples, each request once: two logs of a
// request have a sample each, and the one with a message is shown. Hashes of
// the newest are found first, so that no more than those are held.
func readSamples(ctx context.Context, r app.Reader, l store.Listing, limit int) ([]sample, error) {
	newest := map[uint64]time.Time{}
	cut := func() {
		if limit == 0 || len(newest) <= limit {
			return
		}
		times := slices.SortedFunc(maps.Values(newest), func(x, y time.Time) int { return y.Compare(x) })
		// Those of one moment stay together: what is shown of them is settled below.
		maps.DeleteFunc(newest, func(_ uint64, t time.Time) bool { return t.Before(times[limit-1]) })
	}
	room := 2*limit + 1024
	// A listing is widened to whole steps; a sample has its own time.
	each := func(fn func(hash uint64, s sample)) error {
		return r.List(ctx, l, func(c store.Cell) error {
			h, s, err := parseSample(c)
			if err == nil && (l.Since.IsZero() || !s.at.Before(l.Since)) && (l.Until.IsZero() || s.at.Before(l.Until)) {
				fn(h, s)
			}
			return err
		})
	}
	err := each(func(h uint64, s sample) {
		if t, ok := newest[h]; !ok || s.at.After(t) {
			newest[h] = s.at
		}
		if len(newest) > room {
			cut()
			room = max(room, 2*len(newest))
		}
	})
	if err != nil {
		return nil, err
	}
	cut()
	best := make(map[uint64]sample, len(newest))
	err = each(func(h uint64, s sample) {
		if _, ok := newest[h]; !ok {
			return
		}
		if old, ok := best[h]; !ok || s.compare(&old) < 0 {
			best[h] = s
		}
	})
	if err != nil {
		return nil, err
	}
	rows := make([]sample, 0, len(best))
	for _, s := range best {
		rows = append(rows, s)
	}
	slices.SortFunc(rows, func(x, y sample) int { return cmp.Or(y.at.Compare(x.at), x.compare(&y)) })
	if limit > 0 && len(rows) > limit {
		rows = rows[:limit]
	}
	return rows, nil
}

// compare is below 0 where s tells more than o of the same request, else an
// order by all that is shown.
func (s *sample) compare(o *sample) int {
	said := func(s *sample) int { return min(1, len(s.Message)) }
	return cmp.Or(
		cmp.Compare(said(o), said(s)), o.at.Compare(s.at),
		cmp.Compare(s.Source, o.Source), cmp.Compare(s.Route, o.Route), cmp.Compare(s.Method, o.Method), cmp.Compare(s.Status, o.Status),
		cmp.Compare(s.Type, o.Type), cmp.Compare(s.Param, o.Param), cmp.Compare(s.TemplateID, o.TemplateID), cmp.Compare(s.finding, o.finding),
		cmp.Compare(s.RequestID, o.RequestID), cmp.Compare(s.Message, o.Message), cmp.Compare(s.Position, o.Position),
	)
}

// parseSample reads a cell: the text is a hash of 16 hex digits, a blank and JSON.
func parseSample(c store.Cell) (hash uint64, s sample, err error) {
	head, body, ok := strings.Cut(c.Text, " ")
	if ok && len(head) == 16 {
		hash, err = strconv.ParseUint(head, 16, 64)
	}
	if !ok || len(head) != 16 || err != nil {
		return 0, s, fmt.Errorf("the store holds a sample that cannot be read: it begins with no hash")
	}
	if err := json.Unmarshal([]byte(body), &s); err != nil {
		return 0, s, fmt.Errorf("the store holds a sample that cannot be read: %w", err)
	}
	d := c.Dims
	s.Source, s.Route, s.Method, s.Type, s.Param, s.TemplateID, s.finding = d[0], d[1], d[2], d[4], d[5], d[6], d[7]
	if s.Status, err = strconv.ParseInt(d[3], 10, 64); err != nil {
		return 0, s, fmt.Errorf("the store holds a sample of the status %q", d[3])
	}
	if s.at, err = time.Parse(time.RFC3339Nano, s.Time); err != nil {
		s.at = time.Unix(c.Time, 0) // no entry in a range is without a time
	}
	s.at = s.at.UTC()
	return hash, s, nil
}

func (e *env) writeSamples(w *bufio.Writer, target out.Target, res *samples) error {
	switch target.Format {
	case out.FormatJSON:
		b, err := out.AppendJSON(nil, res)
		if err != nil {
			return err
		}
		_, err = w.Write(b)
		return err
	case out.FormatCSV:
		var rows [][]string
		for _, s := range res.Rows {
			rows = append(rows, []string{
				out.Inert(s.RequestID), s.Time, out.Inert(s.Position), out.Inert(s.Source), out.Inert(s.Route), out.Inert(s.Method),
				strconv.FormatInt(s.Status, 10), out.Inert(s.Type), out.Inert(s.Param), out.Inert(s.TemplateID), out.Inert(s.Message),
			})
		}
		return e.csv(w, target, []string{
			"request_id", "time", "position", "source", "route", "method", "status", "type", "param", "template_id", "message",
		}, rows)
	}
	if len(res.Rows) == 0 {
		return nil
	}
	t := out.Table{Columns: []out.Column{
		{Name: "time"},
		{Name: "source"},
		{Name: "method"},
		{Name: "route"},
		{Name: "status"},
		{Name: "type"},
		{Name: "param"},
		{Name: "template"},
		{Name: "request id"},
		{Name: "position"},
		{Name: "message"},
	}}
	for _, s := range res.Rows {
		t.Rows = append(t.Rows, []string{
			s.at.Truncate(time.Second).Format(time.RFC3339), out.Visible(s.Source), out.Visible(s.Method), out.Visible(s.Route),
			strconv.FormatInt(s.Status, 10), out.Visible(s.Type), out.Visible(s.Param), out.Visible(s.TemplateID),
			out.Visible(s.RequestID), out.Visible(s.Position), out.Visible(s.Message),
		})
	}
	return t.Write(w)
}

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"errata/internal/cli/out"
	"errata/store"

	"github.com/spf13/cobra"
)

func newStore(e *env) *cobra.Command {
	return group("store", "What the store holds", "Commands about the store.",
		"  errata store info\n  errata store drop --source eu-gateway --dry-run", newStoreInfo(e), newStoreDrop(e))
}

func newStoreInfo(e *env) *cobra.Command {
	var output *string
	cmd := &cobra.Command{
		Use:   "info",
		Short: "Span and rows of the store by source and kind, and its size",
		Long: `Show what the store holds: for each source and kind of row the span of time and
the number of rows, and the bytes of the file in all. Entries with a time that
cannot be right are in no span: their rows stand under "clamped".`,
		Example: `  errata store info
  errata store info --store errors.db -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.storeInfo(cmd, *output) },
	}
	storeFlag(cmd)
	output = outputFlag(cmd, "table", "json", "csv")
	return cmd
}

// infoJSON is the answer of errata store info -o json.
type infoJSON struct {
	Path    string       `json:"path"`
	Bytes   int64        `json:"bytes"`
	Schema  int64        `json:"schema"`
	From    *time.Time   `json:"from"` // of all sources; null: no events
	To      *time.Time   `json:"to"`
	Sources []sourceJSON `json:"sources"`
}

type sourceJSON struct {
	Source  string     `json:"source"`
	Kind    string     `json:"kind"`
	From    *time.Time `json:"from"`
	To      *time.Time `json:"to"`
	Rows    int64      `json:"rows"`
	Clamped int64      `json:"clamped"`
}

func (e *env) storeInfo(cmd *cobra.Command, output string) error {
	target, err := out.ParseTarget(output, out.FormatTable, out.FormatJSON, out.FormatCSV)
	if err != nil {
		return usagef(cmd, "-o: %v", err)
	}
	a, err := e.app(cmd, nil)
	if err != nil {
		return err
	}
	i, err := a.Info(cmd.Context())
	if err != nil {
		return err
	}
	res := makeInfo(a.StorePath(), i)
	return target.Write(e.stdout, func(w *bufio.Writer) error {
		switch target.Format {
		case out.FormatJSON:
			b, err := json.MarshalIndent(res, "", "  ")
			if err != nil {
				return err
			}
			_, err = w.Write(append(b, '\n'))
			return err
		case out.FormatCSV:
			var rows [][]string
			for _, s := range res.Sources {
				rows = append(rows, []string{s.Source, s.Kind, stamp(s.From, ""), stamp(s.To, ""), strconv.FormatInt(s.Rows, 10), strconv.FormatInt(s.Clamped, 10)})
			}
			return e.csv(w, target, []string{"source", "kind", "from", "to", "rows", "clamped"}, rows)
		default:
			return writeInfo(w, res)
		}
	})
}

func makeInfo(path string, i store.Info) infoJSON {
	res := infoJSON{Path: path, Bytes: i.Bytes, Schema: i.Schema, Sources: []sourceJSON{}}
	for _, s := range i.Sources {
		row := sourceJSON{Source: s.Source, Kind: s.Kind, Rows: s.Rows, Clamped: s.Clamped}
		if !s.From.IsZero() {
			from, to := s.From.UTC(), s.To.UTC()
			row.From, row.To = &from, &to
			if res.From == nil || from.Before(*res.From) {
				res.From = &from
			}
			if res.To == nil || to.After(*res.To) {
				res.To = &to
			}
		}
		res.Sources = append(res.Sources, row)
	}
	return res
}

func writeInfo(w *bufio.Writer, i infoJSON) error {
	t := out.Table{Columns: []out.Column{{Name: "source"}, {Name: "kind"}, {Name: "from"}, {Name: "to"}, {Name: "rows", Right: true}, {Name: "clamped", Right: true}}}
	var rows, clamped int64
	for _, s := range i.Sources {
		t.Rows = append(t.Rows, []string{out.Visible(s.Source), s.Kind, stamp(s.From, out.None), stamp(s.To, out.None), out.Int(s.Rows), out.Int(s.Clamped)})
		rows += s.Rows
		clamped += s.Clamped
	}
	t.Foot = [][]string{{"total", "", stamp(i.From, out.None), stamp(i.To, out.None), out.Int(rows), out.Int(clamped)}}
	if len(i.Sources) > 0 {
		if err := t.Write(w); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(w, "the store holds nothing yet")
	}
	_, err := fmt.Fprintf(w, "\n%s, schema %d, in %s\n", out.Bytes(i.Bytes), i.Schema, out.Visible(i.Path))
	return err
}

// stamp is a time, or what stands for none.
func stamp(t *time.Time, none string) string {
	if t == nil {
		return none
	}
	return t.Format(time.RFC3339)
}

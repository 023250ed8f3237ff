package app

import (
	"context"
	"errors"
	"fmt"
	"io"

	"errata/ingest"
	"errata/ingest/filesrc"
	"errata/parse"
	"errata/parse/normal"
)

// ParseOptions say what to decode.
type ParseOptions struct {
	Inputs   []string
	Line     int64 // only this line; 0: all
	Stdin    io.Reader
	Progress func(done, total int64)
}

// Place is where a decoded entry stands.
type Place struct {
	Name    string // of the input
	Line    int64
	Element bool // the record is an array
}

// ParseSummary counts what Parse showed.
type ParseSummary struct {
	Files   int
	Lines   int64
	Entries int64
	Dead    int64
	Found   bool // with ParseOptions.Line: the line exists
	Errs    []error
}

// Parse decodes inputs and calls show for each entry. The event belongs to the
// parser: it is valid until show returns. Inputs that cannot be read are in the
// summary; the others go on.
func (a *App) Parse(ctx context.Context, o ParseOptions, show func(Place, *parse.Event) error) (sum ParseSummary, err error) {
	key := normal.FixedCallerKey()
	if k, err := a.callerKey(); err != nil {
		return sum, err
	} else if k != nil {
		key = *k
	}
	p, err := a.parser(key)
	if err != nil {
		return sum, err
	}
	src, err := filesrc.New(filesrc.Config{
		Source: a.cfg.Ingest.Source, Inputs: o.Inputs, Final: true, Stdin: o.Stdin, Notice: a.notice, Progress: o.Progress,
	})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, src.Close(context.WithoutCancel(ctx))) }()
	for {
		lane, err := src.Next(ctx)
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if ie, ok := errors.AsType[*ingest.InputError](err); ok {
			sum.Errs = append(sum.Errs, ie)
			continue
		}
		if err != nil {
			return sum, err
		}
		sum.Files++
		err = parseLane(ctx, lane, p, o.Line, &sum, show)
		if ie, ok := errors.AsType[*ingest.InputError](err); ok {
			sum.Errs = append(sum.Errs, ie)
			err = nil
		}
		if err = errors.Join(err, lane.Close()); err != nil {
			return sum, err
		}
	}
}

func parseLane(ctx context.Context, lane ingest.Lane, p *parse.Parser, only int64, sum *ParseSummary, show func(Place, *parse.Event) error) error {
	at := Place{Name: lane.Name()}
	for {
		recs, err := lane.Fetch(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range recs {
			rec := &recs[i]
			sum.Lines++
			if only > 0 && rec.Line != only {
				if rec.Line > only {
					return nil
				}
				continue
			}
			sum.Found = true
			at.Line = rec.Line
			if err := parseRecord(rec, p, at, sum, show); err != nil {
				return err
			}
		}
	}
}

func parseRecord(rec *ingest.Record, p *parse.Parser, at Place, sum *ParseSummary, show func(Place, *parse.Event) error) error {
	if rec.TooLong {
		ev := parse.Event{Dead: parse.TooLong, Detail: fmt.Sprintf("the line is %d bytes long", rec.Next-rec.Offset)}
		sum.Entries++
		sum.Dead++
		return show(at, &ev)
	}
	at.Element = isArray(rec.Value)
	for p.Reset(rec.Value, rec.Time); p.Next(); {
		ev := p.Event()
		sum.Entries++
		if ev.Dead != "" {
			sum.Dead++
		}
		if err := show(at, ev); err != nil {
			return err
		}
	}
	return nil
}

// isArray tells whether a record is an array of entries.
func isArray(rec []byte) bool {
	if len(rec) >= 3 && string(rec[:3]) == "\xef\xbb\xbf" {
		rec = rec[3:]
	}
	for _, c := range rec {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			return c == '['
		}
	}
	return false
}

package app

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"errata/aggregate"
	"errata/ingest"
	"errata/ingest/filesrc"
	"errata/internal/pipeline"
	"errata/parse/normal"
	"errata/store/memstore"
)

// OnceOptions say what to read in one shot.
type OnceOptions struct {
	Inputs   []string // FILE, DIR, GLOB or "-"
	Stdin    io.Reader
	Progress func(done, total int64) // bytes on disk; total 0: unknown
	// Grain allows times of rows to be kept in whole multiples of it, counted
	// from 1970 in UTC, where nothing that will be asked needs finer ones: 1 h
	// where all bounds of ranges and all steps are whole UTC hours. 0: none.
	Grain time.Duration
	// Memory is how many bytes of rows are held before they move to a temporary
	// file; 0: what keeps the process under 200 MB.
	Memory int64
}

// Once reads inputs and hands what they hold to fn; no store is left behind.
// Fn is not called where there is an error; what befell single inputs stands in
// the summary. The reader ends with the call.
func (a *App) Once(ctx context.Context, o OnceOptions, fn func(Reader, pipeline.Summary) error) (err error) {
	limitMemory()
	key := normal.FixedCallerKey()
	if k, err := a.callerKey(); err != nil {
		return err
	} else if k != nil {
		key = *k
	}
	var grain int64
	if o.Grain >= time.Hour {
		grain = 3600
	}
	s, err := memstore.New(onceBounds(a.cfg.Caps.Keys, memstore.Config{Grain: grain, Memory: o.Memory}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	var unread unread
	cfg := a.loop(key, grain)
	cfg.Feeds, cfg.Notice = s, unread.listen(a.notice)
	loop, err := pipeline.NewOnce(pipeline.OnceConfig{
		Config:    cfg,
		NewParser: func() (pipeline.Parser, error) { return a.parser(key) },
	})
	if err != nil {
		return err
	}
	lanes := 0
	src, err := filesrc.New(filesrc.Config{
		Source: a.cfg.Ingest.Source, Inputs: o.Inputs, Final: true, Exclude: a.ownFiles(),
		Stdin: o.Stdin, Notice: loop.Notice, Progress: o.Progress,
		Nonce: func() string { lanes++; return strconv.Itoa(lanes) },
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, src.Close(context.WithoutCancel(ctx))) }()
	sum, err := loop.Run(ctx, src, s)
	if err != nil {
		return err
	}
	sum.NotRead = unread.of(&sum)
	return fn(s, sum)
}

// onceBounds raises what a one-shot run holds of distinct keys where caps.keys
// is set above its default: whoever raises it wants names for more, and has the
// memory.
func onceBounds(keys int, c memstore.Config) memstore.Config {
	if d := aggregate.DefaultCaps().Keys; keys > d {
		c.Names = keys
		c.Texts = int64(keys) << 10
	}
	return c
}

// unread gathers which inputs were left out, and why.
type unread struct{ skipped []pipeline.NotRead }

// listen hears what a source says of inputs before it is passed on.
func (u *unread) listen(notice func(ingest.Notice)) func(ingest.Notice) {
	return func(n ingest.Notice) {
		switch n.Code {
		case ingest.NoticeSkipped, ingest.NoticeShorter:
			u.skipped = append(u.skipped, pipeline.NotRead{Name: n.Name, Reason: n.Text})
		}
		notice(n)
	}
}

// of lists what was left out, then what was not read to its end or not
// recognised, in the order of the inputs.
func (u *unread) of(sum *pipeline.Summary) []pipeline.NotRead {
	list := u.skipped
	for i := range sum.Files {
		if reason := sum.Files[i].Unread(); reason != "" {
			list = append(list, pipeline.NotRead{Name: sum.Files[i].Name, Reason: reason})
		}
	}
	return list
}

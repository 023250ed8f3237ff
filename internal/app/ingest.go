package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"errata/aggregate"
	"errata/ingest"
	"errata/ingest/filesrc"
	"errata/internal/dlq"
	"errata/internal/pipeline"
	"errata/parse"
	"errata/parse/normal"
	"errata/store"
	"errata/store/sqlitestore"
)

// IngestOptions say what to ingest.
type IngestOptions struct {
	Inputs   []string // FILE, DIR, GLOB or "-"
	Final    bool     // an unterminated last line counts as whole
	Stdin    io.Reader
	Progress func(done, total int64) // bytes on disk; total 0: unknown
}

// Ingest reads inputs into the store. The summary is what is in the store, also
// where there is an error; what befell single inputs stands in it.
func (a *App) Ingest(ctx context.Context, o IngestOptions) (sum pipeline.Summary, err error) {
	limitMemory()
	s, err := a.open(ctx, false)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	key, ok := s.CallerKey()
	if !ok {
		return sum, fmt.Errorf("store %s: %w: give the key that it was written with as privacy.caller_key_file", a.StorePath(), ErrCallerKey)
	}
	p, err := a.parser(key)
	if err != nil {
		return sum, err
	}
	known, err := s.Files(ctx, a.cfg.Ingest.Source)
	if err != nil {
		return sum, err
	}
	src, err := filesrc.New(filesrc.Config{
		Source: a.cfg.Ingest.Source, Inputs: o.Inputs, Known: known, Final: o.Final, Exclude: a.ownFiles(),
		Stdin: o.Stdin, Notice: a.notice, Progress: o.Progress,
	})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, src.Close(context.WithoutCancel(ctx))) }()
	dead, err := dlq.New(dlq.Config{Path: a.DeadPath(), Notice: a.notice})
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, dead.Close()) }()
	cfg := a.loop(key, 0)
	cfg.Parser, cfg.Feeds = p, s
	loop, err := pipeline.New(cfg, s, dead)
	if err != nil {
		return sum, err
	}
	sum, err = loop.Run(ctx, src)
	for i := range sum.Files {
		// What a second feed would do to the counts is said without the way on which it was found.
		if fe, ok := errors.AsType[*store.FeedError](sum.Files[i].Err); ok {
			sum.Files[i].Err = fmt.Errorf("%s: %w", sum.Files[i].Name, fe)
		}
	}
	return sum, err
}

// loop is what every run is made of, whatever becomes of its rows. Grain is
// that of the folds.
func (a *App) loop(key normal.CallerKey, grain int64) pipeline.Config {
	return pipeline.Config{
		Source: a.cfg.Ingest.Source, Feed: ingest.Feed(a.cfg.Ingest.Logs), Formats: parse.Formats(), Bodyless: bodyless(),
		NewFold: func(feed ingest.Feed) (pipeline.Fold, error) {
			return aggregate.New(aggregate.Config{
				Source: a.cfg.Ingest.Source, Feed: string(feed), Caps: aggregate.Caps(a.cfg.Caps),
				CallerKey: key, DemandRoutes: a.cfg.Demand.Routes, Grain: grain,
			})
		},
		MaxRows: a.cfg.Flush.Rows, MaxBytes: int64(a.cfg.Flush.Bytes),
		Notice: a.notice, Now: a.now,
	}
}

// ownFiles are the paths that are never inputs: what this program writes would
// otherwise be read as a log when somebody names the folder.
func (a *App) ownFiles() []string {
	s, d := a.StorePath(), a.DeadPath()
	own := []string{s, d, d + ".1"}
	for _, side := range []string{"-wal", "-shm", "-journal", ".lock"} {
		own = append(own, s+side)
	}
	if k := a.cfg.Privacy.CallerKeyFile; k != "" {
		own = append(own, k)
	}
	return own
}

// DeadLetters calls show for each dead letter, oldest first. Where there is no
// file of them there must be a store: a path misspelt is no store without any.
func (a *App) DeadLetters(ctx context.Context, show func(dlq.Letter) error) (dlq.Stats, error) {
	if _, err := os.Stat(a.DeadPath()); errors.Is(err, fs.ErrNotExist) {
		return dlq.Stats{}, a.with(ctx, func(*sqlitestore.Store) error { return nil })
	}
	return dlq.List(a.DeadPath(), show)
}

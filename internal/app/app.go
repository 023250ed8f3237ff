package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"errata/ingest"
	"errata/internal/config"
	"errata/parse"
	"errata/parse/format"
	"errata/parse/normal"
	"errata/store"
	"errata/store/sqlitestore"
)

// App is a configuration put to work. Make one with New.
type App struct {
	cfg    *config.Loaded
	notice func(ingest.Notice)
	now    func() time.Time
}

// Options are what an App needs besides its configuration.
type Options struct {
	Notice func(ingest.Notice) // nil: nobody listens
	Now    func() time.Time    // nil: the machine's clock
}

// New makes an App. Nothing is opened yet.
func New(cfg *config.Loaded, o Options) *App {
	a := &App{cfg: cfg, notice: o.Notice, now: o.Now}
	if a.notice == nil {
		a.notice = func(ingest.Notice) {}
	}
	if a.now == nil {
		a.now = time.Now
	}
	return a
}

// StorePath is the file of the store.
func (a *App) StorePath() string { return a.cfg.StorePath() }

// DeadPath is the file of the dead letters.
func (a *App) DeadPath() string { return a.cfg.DeadPath() }

// Format is the log format of the inputs, auto where none was named.
func (a *App) Format() string { return a.cfg.Ingest.Format }

// ErrCallerKey marks errors about the caller key: a matter of configuration.
var ErrCallerKey = sqlitestore.ErrCallerKey

// callerKey is the configured key, nil if there is none.
func (a *App) callerKey() (*normal.CallerKey, error) {
	file := a.cfg.Privacy.CallerKeyFile
	if file == "" {
		return nil, nil
	}
	problem := func(text string) error {
		return config.Problems{{Where: a.cfg.Origin("privacy.caller_key_file"), Text: "privacy.caller_key_file: " + text}}
	}
	s, err := config.ReadSecret(file)
	if err != nil {
		return nil, problem(err.Error())
	}
	k, err := normal.ParseCallerKey(s.Reveal())
	if err != nil {
		return nil, problem(fmt.Sprintf("%s holds no caller key: it must be 32 hex digits; make one with: openssl rand -hex 16", file))
	}
	return &k, nil
}

// open opens the store. The one switch on kinds of stores.
func (a *App) open(ctx context.Context, readOnly bool) (*sqlitestore.Store, error) {
	key, err := a.callerKey()
	if err != nil {
		return nil, err
	}
	switch a.cfg.Store.Kind {
	case "sqlite":
		return sqlitestore.Open(ctx, sqlitestore.Config{
			Path: a.StorePath(), CallerKey: key, ReadOnly: readOnly, Now: a.now,
		})
	default:
		return nil, fmt.Errorf("store.kind: %q is not supported", a.cfg.Store.Kind)
	}
}

// with calls fn with the store opened for reading.
func (a *App) with(ctx context.Context, fn func(*sqlitestore.Store) error) (err error) {
	s, err := a.open(ctx, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return fn(s)
}

// Query asks the store.
func (a *App) Query(ctx context.Context, q store.Query) (r store.Result, err error) {
	err = a.with(ctx, func(s *sqlitestore.Store) error {
		r, err = s.Query(ctx, q)
		return err
	})
	return r, err
}

// SQL is the statements by which the store would answer a query.
func (a *App) SQL(ctx context.Context, q store.Query) (text string, err error) {
	err = a.with(ctx, func(s *sqlitestore.Store) error { //nolint:contextcheck // the statements are not run
		text, err = s.SQL(q)
		return err
	})
	return text, err
}

// Info says what the store holds.
func (a *App) Info(ctx context.Context) (i store.Info, err error) {
	err = a.with(ctx, func(s *sqlitestore.Store) error {
		i, err = s.Info(ctx)
		return err
	})
	return i, err
}

// Formats are the names of the log formats, auto first.
func Formats() []string { return append([]string{"auto"}, parse.Formats()...) }

// bodyless are the formats that cannot carry a body.
func bodyless() []string {
	var names []string
	for _, p := range format.Presets() {
		if !slices.ContainsFunc(p.Fields, func(f format.Field) bool { return f.To == format.Body }) {
			names = append(names, p.Name)
		}
	}
	return names
}

// parser makes the parser of the configuration.
func (a *App) parser(key normal.CallerKey) (*parse.Parser, error) {
	c := a.cfg.Parse
	return parse.New(parse.Config{
		Format: a.cfg.Ingest.Format, CallerKey: key, Routes: c.Routes,
		CallerField: c.CallerField, TrustedProxies: c.TrustedProxies,
	})
}

// Check finds what is wrong with a configuration beyond its values: routes that
// do not compile, secrets that cannot be read.
func (a *App) Check() error {
	var errs []error
	if _, err := a.callerKey(); err != nil {
		errs = append(errs, err)
	}
	if _, err := a.Names(); err != nil {
		errs = append(errs, err)
	}
	if _, err := a.parser(normal.FixedCallerKey()); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

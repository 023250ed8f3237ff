package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"errata/ingest"
	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/cli/when"
	"errata/internal/config"
	"errata/internal/near"
	"errata/internal/telemetry"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// configEnv names the configuration file where --config does not.
const configEnv = "ERRATA_CONFIG"

// env is what a run of the program sees of the world.
type env struct {
	stdin    io.Reader
	stdout   io.Writer
	stderr   io.Writer
	log      *slog.Logger // not nil: what is said is logged as JSON instead
	terminal bool         // stderr is one: progress may be drawn
	screen   bool         // stdout is one: even CSV must not drive it
	columns  int          // of the screen; 0: not known
	environ  []string
	getenv   func(string) string
	clock    func() time.Time

	configFile string
	now        string // hidden flag, for tests
	quiet      bool
}

// Main runs the program and ends it by calling exit: with the exit code, or in
// the middle of things when a second interrupt comes.
func Main(exit func(code int)) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	// A reader that goes away, as head does, is an error of the write and not the
	// end of an ingest that only wanted to say something.
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		<-signals
		cancel()
		<-signals
		exit(exitInterrupted)
	}()
	e := &env{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ(), getenv: os.Getenv, clock: time.Now,
		screen:   isatty.IsTerminal(os.Stdout.Fd()),
		columns:  columns(os.Stdout),
		terminal: isatty.IsTerminal(os.Stderr.Fd()) && os.Getenv("TERM") != "dumb",
	}
	exit(run(ctx, e, os.Args[1:]))
}

// run executes one command line.
func run(ctx context.Context, e *env, args []string) int {
	root := newRoot(e) //nolint:contextcheck // commands get the context from cobra
	root.SetArgs(args)
	// A word that is no command is told before the flags behind it are judged.
	root.InitDefaultHelpCmd()
	if c, rest, _ := root.Find(args); c != nil && c.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && !strings.HasPrefix(rest[0], "__") {
		return e.tell(unknownCommand(c, rest[0]))
	}
	return e.tell(root.ExecuteContext(ctx))
}

// newRoot builds the tree of commands.
func newRoot(e *env) *cobra.Command {
	root := &cobra.Command{
		Use:   "errata",
		Short: "From API logs to answers about error envelopes",
		Long: `Errata turns an API's access and response logs into answers about its errors:
what is failing, which switched-off features callers ask for, and how many
callers each error reaches. Log files go in, one SQLite file comes out.`,
		Example: `  errata ingest /var/log/gateway/
  errata query --by type,route --last 24h
  errata parse access.log | head -3`,
		SilenceErrors: true, SilenceUsage: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(flagError)
	f := root.PersistentFlags()
	f.StringVar(&e.configFile, "config", "", "configuration `FILE` (default: the variable "+configEnv+", else none)")
	f.BoolVarP(&e.quiet, "quiet", "q", false, "no notices and no progress, only errors")
	f.StringVar(&e.now, "now", "", "the `TIME` that durations count back from")
	_ = f.MarkHidden("now")
	root.AddCommand(
		newIngest(e), newReport(e), newQuery(e), newDemand(e), newSamples(e), newParse(e), newGen(e), newStore(e), newDLQ(e),
		newConfig(e), newVersion(e), newCompletion(e),
	)
	return root
}

// group is a command that only has commands below it.
func group(use, short, long, example string, subs ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{
		Use: use, Short: short, Long: long, Example: example,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef(cmd, "%s needs a command: %s", cmd.CommandPath(), strings.Join(subNames(cmd), ", "))
		},
	}
	c.AddCommand(subs...)
	return c
}

func subNames(cmd *cobra.Command) []string {
	var names []string
	for _, s := range cmd.Commands() {
		if !s.Hidden && s.Name() != "help" {
			names = append(names, s.Name())
		}
	}
	return names
}

func unknownCommand(cmd *cobra.Command, word string) error {
	names := subNames(cmd)
	return usagef(cmd, "unknown command %q for %s: commands are %s%s", word, cmd.CommandPath(), strings.Join(names, ", "), near.DidYouMean(word, names))
}

func usagef(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), cmd.CommandPath()}
}

// flagError says what is wrong with a flag, and which one was meant.
func flagError(cmd *cobra.Command, err error) error {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	if e, ok := errors.AsType[*pflag.NotExistError](err); ok {
		if short := e.GetSpecifiedShortnames(); short != "" {
			if cmd.Flags().Lookup(short) != nil {
				return usagef(cmd, "unknown flag -%s; did you mean \"--%s\"?", short, short)
			}
			return usagef(cmd, "unknown flag -%s", short)
		}
		name := "--" + e.GetSpecifiedName()
		return usagef(cmd, "unknown flag %s%s", name, near.DidYouMean(name, names))
	}
	if e, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return usagef(cmd, "--%s needs a value", e.GetFlag().Name)
	}
	if e, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		f := e.GetFlag()
		kind := map[string]string{"int": "whole number", "int64": "whole number", "uint64": "whole number", "bool": "true or false"}[f.Value.Type()]
		if kind != "" {
			return usagef(cmd, "--%s: %q is no %s", f.Name, e.GetValue(), kind)
		}
	}
	return usagef(cmd, "%v", err)
}

// csv writes records; on a screen what is not printable is made visible.
func (e *env) csv(w io.Writer, target out.Target, header []string, rows [][]string) error {
	if e.screen && target.File == "" {
		for _, r := range rows {
			for i, v := range r {
				if v != "" {
					r[i] = out.Visible(v)
				}
			}
		}
	}
	return out.WriteCSV(w, header, rows)
}

// noArgs refuses arguments with a hint.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef(cmd, "%s takes no arguments, but there is %q", cmd.CommandPath(), args[0])
	}
	return nil
}

// time is now, or what --now says.
func (e *env) time(cmd *cobra.Command) (time.Time, error) {
	if e.now == "" {
		return e.clock(), nil
	}
	t, err := when.Parse(e.now, e.clock())
	if err != nil {
		return t, usagef(cmd, "--now: %v", err)
	}
	return t, nil
}

// flagKeys are the flags that set a key of the configuration.
var flagKeys = map[string]string{
	"store": "store.path", "source": "ingest.source", "log-format": "ingest.format", "logs": "ingest.logs",
}

// ofStore tells that --source names a source that is held, not one to be read.
func ofStore(cmd *cobra.Command) bool { return cmd.Name() == "list" || cmd.Name() == "drop" }

// load reads the configuration, with the flags that the command was given.
func (e *env) load(cmd *cobra.Command) (*config.Loaded, error) {
	o := config.Options{File: e.configFile, Environ: e.environ, Flags: map[string]config.Flag{}}
	if o.File == "" {
		o.File = e.getenv(configEnv)
	}
	for name, key := range flagKeys {
		if f := cmd.Flags().Lookup(name); f != nil && f.Changed && !(name == "source" && ofStore(cmd)) {
			o.Flags[key] = config.Flag{Name: "--" + name, Value: f.Value.String()}
		}
	}
	if f := cmd.Flags().Lookup("store"); f != nil && f.Changed && f.Value.String() == "" {
		// As "$DB" gives it where DB is not set: the default would be another store.
		return nil, usagef(cmd, "--store: empty: give the path of a SQLite file, such as errata.db")
	}
	if f := cmd.Flags().Lookup("log-format"); f != nil && f.Changed {
		if err := checkFormat(cmd, "--log-format", f.Value.String()); err != nil {
			return nil, err
		}
	}
	l, err := config.Load(o)
	if err != nil {
		return nil, err
	}
	if err := checkFormat(cmd, l.Origin("ingest.format")+": ingest.format", l.Ingest.Format); err != nil {
		return nil, err
	}
	if l.Log.Format == "json" {
		e.log = telemetry.NewLogger(telemetry.LogConfig{Writer: e.stderr, JSON: true, Level: "info", Mask: config.Mask})
		e.terminal = false // a bar would tear the lines
	}
	return l, nil
}

func checkFormat(cmd *cobra.Command, what, name string) error {
	known := app.Formats()
	for _, k := range known {
		if name == k {
			return nil
		}
	}
	return usagef(cmd, "%s: unknown log format %q: formats are %s%s", what, name, strings.Join(known, ", "), near.DidYouMean(name, known))
}

// app loads the configuration and puts it to work.
func (e *env) app(cmd *cobra.Command, notice func(ingest.Notice)) (*app.App, error) {
	l, err := e.load(cmd)
	if err != nil {
		return nil, err
	}
	now := e.clock
	if e.now != "" {
		t, err := e.time(cmd)
		if err != nil {
			return nil, err
		}
		now = func() time.Time { return t }
	}
	return app.New(l, app.Options{Notice: notice, Now: now}), nil
}

// storeFlag adds --store.
func storeFlag(cmd *cobra.Command) {
	cmd.Flags().String("store", "", "the store, a `PATH` such as errata.db (default: errata/errata.db in the XDG data directory)")
	_ = cmd.MarkFlagFilename("store", "db")
}

// formatFlag adds --log-format.
func formatFlag(cmd *cobra.Command) {
	cmd.Flags().String("log-format", "auto", "log `FORMAT` of the inputs: "+strings.Join(app.Formats(), ", "))
	_ = cmd.RegisterFlagCompletionFunc("log-format", cobra.FixedCompletions(app.Formats(), cobra.ShellCompDirectiveNoFileComp))
}

// outputFlag adds -o.
func outputFlag(cmd *cobra.Command, formats ...string) *string {
	o := cmd.Flags().StringP("output", "o", "", "`FORMAT` on standard output ("+strings.Join(formats, ", ")+"), or a file whose ending names it (default: "+formats[0]+")")
	_ = cmd.RegisterFlagCompletionFunc("output", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return formats, cobra.ShellCompDirectiveDefault
	})
	return o
}

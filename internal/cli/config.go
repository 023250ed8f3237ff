package cli

import (
	"bufio"
	"errors"

	"errata/internal/app"
	"errata/internal/cli/out"
	"errata/internal/config"

	"github.com/spf13/cobra"
)

func newConfig(e *env) *cobra.Command {
	return group("config", "Show and check the configuration",
		"Commands about the configuration. Every key stands in docs/reference/config.md.",
		"  errata config print --config errata.yaml\n  errata config validate errata.yaml", newConfigPrint(e), newConfigValidate(e))
}

func newConfigPrint(e *env) *cobra.Command {
	var origin bool
	cmd := &cobra.Command{
		Use:   "print",
		Short: "Print the configuration in force, secrets masked",
		Long: `Print the configuration in force as YAML: defaults, file, environment and flags
together. What looks like a secret is ***. The output is itself a configuration.`,
		Example: `  errata config print
  errata config print --config errata.yaml --origin
  ERRATA_STORE__PATH=errors.db errata config print`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := e.load(cmd)
			if err != nil {
				return err
			}
			return out.Target{}.Write(e.stdout, func(w *bufio.Writer) error { return l.Print(w, origin) })
		},
	}
	storeFlag(cmd)
	cmd.Flags().BoolVar(&origin, "origin", false, "also say where each value came from")
	return cmd
}

func newConfigValidate(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "validate FILE",
		Short: "Check a configuration file",
		Long: `Check a configuration file, with the environment as it is: keys, values, routes,
and that the files of secrets can be read. All that is wrong is listed at once,
as FILE:LINE, and the exit code is 2.`,
		Example: `  errata config validate errata.yaml
  errata config print | errata config validate /dev/stdin`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "config validate needs one file, such as errata.yaml")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			e.configFile = args[0]
			l, err := e.load(cmd)
			if err != nil {
				return err
			}
			if err := app.New(l, app.Options{}).Check(); err != nil {
				return problems(args[0], err)
			}
			if !e.quiet {
				e.say(args[0] + ": sound")
			}
			return nil
		},
	}
}

// problems are all that is wrong with a configuration; those without a place
// are the file's.
func problems(file string, err error) config.Problems {
	list := []error{err}
	if j, ok := errors.AsType[interface {
		error
		Unwrap() []error
	}](err); ok {
		list = j.Unwrap()
	}
	var ps config.Problems
	for _, err := range list {
		if p, ok := errors.AsType[config.Problems](err); ok {
			ps = append(ps, p...)
		} else {
			ps = append(ps, config.Problem{Where: file, Text: err.Error()})
		}
	}
	return ps
}

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"

	"errata/internal/cli/out"
	"errata/internal/near"
	"errata/internal/telemetry"

	"github.com/spf13/cobra"
)

func newVersion(e *env) *cobra.Command {
	var output *string
	cmd := &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Long:    "Print the version of the program, the commit it was built from and the Go version.",
		Example: "  errata version\n  errata version -o json",
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			target, err := out.ParseTarget(*output, "text", out.FormatJSON)
			if err != nil {
				return usagef(cmd, "-o: %v", err)
			}
			b := telemetry.ReadBuild()
			return target.Write(e.stdout, func(w *bufio.Writer) error {
				if target.Format == out.FormatJSON {
					return json.NewEncoder(w).Encode(b)
				}
				commit := ""
				if b.Commit != "" {
					commit = fmt.Sprintf(", commit %.12s", b.Commit)
					if b.Modified {
						commit += " with changes"
					}
				}
				_, err := fmt.Fprintf(w, "errata %s%s, %s, %s/%s\n", b.Version, commit, b.Go, b.OS, b.Arch)
				return err
			})
		},
	}
	output = outputFlag(cmd, "text", "json")
	return cmd
}

// shells are those that scripts are written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(e *env) *cobra.Command {
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a completion script for a shell",
		Long: `Print a script that completes commands, flags and their values: dimensions,
measures, formats. Load it from the shell's start file.`,
		Example: `  source <(errata completion bash)
  errata completion zsh > "${fpath[1]}/_errata"
  errata completion fish > ~/.config/fish/completions/errata.fish`,
		ValidArgs: shells,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef(cmd, "completion needs the name of a shell: bash, zsh, fish or powershell")
			}
			for _, s := range shells {
				if s == args[0] {
					return nil
				}
			}
			return usagef(cmd, "no completion for %q: shells are bash, zsh, fish, powershell%s", args[0], near.DidYouMean(args[0], shells))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return out.Target{}.Write(e.stdout, func(w *bufio.Writer) error {
				root := cmd.Root()
				switch args[0] {
				case "bash":
					return root.GenBashCompletionV2(w, true)
				case "zsh":
					return root.GenZshCompletion(w)
				case "fish":
					return root.GenFishCompletion(w, true)
				default:
					return root.GenPowerShellCompletionWithDesc(w)
				}
			})
		},
	}
}

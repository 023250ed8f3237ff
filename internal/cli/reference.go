package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

//go:generate go test . -run ^TestDocs -update

// reference is the reference page of all commands, in Markdown.
func reference() string {
	root := newRoot(&env{stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard})
	var b strings.Builder
	b.WriteString(`# Command reference

<!-- Generated from internal/cli by "make docs": do not edit. -->

Tables are for people. For programs there is ` + "`-o json`, `-o csv`" + `, or ` + "`-o FILE`" + ` with a file whose ending names the
format. Data goes to standard output, everything else to standard error. Ranges are half-open, times are UTC.

| exit code | means |
| --- | --- |
| 0 | done; also an empty input, with a message |
| 1 | failed, or only a part was done, or no entry was recognised |
| 2 | usage or configuration: trying again does not help |
| 3 | a check found something: ` + "`ingest --strict`" + ` and there are dead letters |
| 130 | interrupted; a second interrupt ends the process at once |
`)
	walk(root, func(c *cobra.Command) { writeCommand(&b, c) })
	return b.String()
}

// walk visits the commands that people see, parents first.
func walk(c *cobra.Command, fn func(*cobra.Command)) {
	fn(c)
	for _, s := range c.Commands() {
		if !s.Hidden && s.Name() != "help" {
			walk(s, fn)
		}
	}
}

func writeCommand(b *strings.Builder, c *cobra.Command) {
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n```\n%s\n```\n", c.CommandPath(), c.Long, c.UseLine())
	if c.HasAvailableSubCommands() {
		b.WriteString("\n| command | does |\n| --- | --- |\n")
		for _, s := range c.Commands() {
			if !s.Hidden && s.Name() != "help" {
				fmt.Fprintf(b, "| `%s` | %s |\n", s.CommandPath(), s.Short)
			}
		}
	}
	flags := c.LocalFlags()
	if !c.HasParent() {
		b.WriteString("\nFlags of every command:\n")
		flags = c.PersistentFlags()
	}
	if rows := flagRows(flags); rows != "" {
		b.WriteString("\n| flag | meaning | default |\n| --- | --- | --- |\n" + rows)
	}
	fmt.Fprintf(b, "\nExamples:\n\n```sh\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
}

func flagRows(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		if value != "" {
			name += " " + value
		}
		def := f.DefValue
		if def == "[]" || def == "0" || def == "false" {
			def = ""
		}
		if def = strings.Trim(def, "[]"); def != "" {
			def = "`" + def + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, strings.ReplaceAll(usage, "|", "\\|"), def)
	})
	return b.String()
}

// Package cli is the terminal's face of package app: its commands parse flags, call
// one use case and print the result, for people or, with --json, for programs.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/internal/f32"
)

// Main runs the command named by args, with what a catalogue has for specs to
// name, and returns the exit code. An interrupt or a termination signal ends it
// early.
func Main(c app.Catalog, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	t := &terminal{
		app:  app.Open("runs", c),
		args: append([]string{"sedlab"}, args...), stdout: stdout, stderr: stderr, bars: newBars(stderr),
	}
	root := t.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	t.bars.close()
	return end(stderr, err)
}

// terminal is what the commands share. Flags set the folders of app.
type terminal struct {
	app            *app.App
	args           []string
	json           bool // --json
	stdout, stderr io.Writer
	bars           *bars // notes and progress
}

func (t *terminal) root() *cobra.Command {
	root := &cobra.Command{
		Use:           "sedlab",
		Short:         "Declarative, tracked experiments on inverse problems for galaxy spectra",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          unknownCommand,
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if err := f32.KernelError(); err != nil {
				return usageError{err}
			}
			return nil
		},
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(t.runCommand(), t.resumeCommand(), t.replayCommand(), t.checkCommand(), t.planCommand(), t.explainCommand(), t.schemaCommand(), t.reportCommand(),
		t.runsCommand(), t.dataCommand(), t.cacheCommand(), t.benchCommand(), t.versionCommand())
	return root
}

// group returns a command that has others below it.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	c.AddCommand(commands...)
	return c
}

// args makes cobra's complaint about arguments a usage error, and words it by
// the command's Use line where there are too few or too many.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		err := check(c, args)
		if err == nil {
			return nil
		}
		needs, takes := required(c.Use), strings.Fields(c.Use)[1:]
		switch {
		case len(args) > 0 && len(args) < len(needs):
			err = fmt.Errorf("%s needs %s, got %s alone", c.CommandPath(), strings.Join(needs, " and "), strings.Join(args, " "))
		case len(args) < len(needs):
			err = fmt.Errorf("%s needs %s", c.CommandPath(), strings.Join(needs, " and "))
		case len(takes) == 0:
			err = fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0])
		case len(args) > len(takes):
			err = fmt.Errorf("%s takes %s alone, got %d arguments", c.CommandPath(), strings.Join(takes, " "), len(args))
		}
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	}
}

// required returns the arguments of a Use line that are not in brackets.
func required(use string) []string {
	return strings.Fields(optional.ReplaceAllString(use, ""))[1:]
}

// optional matches what a Use line has in brackets.
var optional = regexp.MustCompile(`\[[^\]]*\](\.\.\.)?`)

// unknownCommand answers a name that is no command, and no name at all.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	near := ""
	c.SuggestionsMinimumDistance = 2 // cobra's own, which it sets for its own errors alone
	if s := c.SuggestionsFor(args[0]); len(s) > 0 {
		near = fmt.Sprintf("; did you mean %q?", s[0])
	}
	return usageError{fmt.Errorf("unknown command %q%s; %s --help lists them", args[0], near, c.CommandPath())}
}

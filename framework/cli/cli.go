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
	t := &terminal{app: app.Open("runs", c), args: append([]string{"sedlab"}, args...), stdout: stdout, stderr: stderr, bars: newBars(stderr)}
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
	root := group("sedlab", "Declarative, tracked experiments on inverse problems for galaxy spectra",
		t.runCommand(), t.resumeCommand(), t.replayCommand(), t.checkCommand(), t.planCommand(), t.explainCommand(), t.schemaCommand(),
		t.reportCommand(), t.runsCommand(), t.dataCommand(), t.cacheCommand(), t.benchCommand(), t.versionCommand())
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if err := f32.KernelError(); err != nil {
			return usageError{err}
		}
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

// group returns a command that has others below it, and holds these to their Use
// lines.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	for _, c := range commands {
		if c.Args == nil { // it is no group itself
			c.Args = checkArgs
		}
	}
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	c.AddCommand(commands...)
	return c
}

// checkArgs compares arguments with the command's Use line, in which brackets hold
// what is optional and dots stand for more, and with its ValidArgs.
func checkArgs(c *cobra.Command, args []string) error {
	needs, takes := strings.Fields(optional.ReplaceAllString(c.Use, ""))[1:], strings.Fields(c.Use)[1:]
	err := cobra.OnlyValidArgs(c, args)
	switch {
	case len(args) > 0 && len(args) < len(needs):
		err = fmt.Errorf("%s needs %s, got %s alone", c.CommandPath(), strings.Join(needs, " and "), strings.Join(args, " "))
	case len(args) < len(needs):
		err = fmt.Errorf("%s needs %s", c.CommandPath(), strings.Join(needs, " and "))
	case strings.Contains(c.Use, "...") || len(args) <= len(takes):
	case len(takes) == 0:
		err = fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0])
	default:
		err = fmt.Errorf("%s takes %s alone, got %d arguments", c.CommandPath(), strings.Join(takes, " "), len(args))
	}
	if err != nil {
		err = usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	}
	return err
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

// Package cli holds sedlab's commands.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"sedlab/framework/dataset"
	"sedlab/framework/search"
	"sedlab/framework/spec"
	"sedlab/internal/f32"
	"sedlab/internal/record"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/priors/all"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
)

// The exit codes of every command.
const (
	exitOK          = 0
	exitFailed      = 1   // some cells failed, or the machine did
	exitUsage       = 2   // wrong arguments or a wrong spec
	exitInput       = 3   // input data that cannot be used
	exitInterrupted = 130 // what is finished is kept
)

// Main runs the command named by args with sedlab's own kinds of priors, and
// returns the exit code. An interrupt or a termination signal ends it early.
func Main(args []string, stdout, stderr io.Writer) int {
	return MainWith(all.Kinds(), args, stdout, stderr)
}

// MainWith is Main with a list of kinds of priors to choose from, for programs
// that bring their own: see examples/ownprior.
func MainWith(kinds []priors.Kind, args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	a := &app{kinds: kinds,
		figures: []figures.Kind{figures.Boxplot, figures.Reconstructions, figures.Training},
		scores:  []scores.Kind{scores.MSE, scores.MSEMissing, scores.MSEObserved, scores.MSEMeasured, scores.MeasurementLoss},
		args:    append([]string{"sedlab"}, args...), stdout: stdout, stderr: stderr}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	printError(stderr, err)
	return exitCode(err)
}

// app is what the commands share.
type app struct {
	kinds          []priors.Kind
	figures        []figures.Kind
	scores         []scores.Kind
	args           []string
	stdout, stderr io.Writer
}

func (a *app) root() *cobra.Command {
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
	root.AddCommand(a.runCommand(), a.resumeCommand(), a.replayCommand(), a.checkCommand(), a.planCommand(), a.explainCommand(), a.schemaCommand(), a.reportCommand(),
		a.runsCommand(), a.dataCommand(), a.cacheCommand(), a.benchCommand(), a.versionCommand())
	return root
}

// usageError is a mistake in a command's arguments.
type usageError struct{ error }

// failedCells ends a run in which some cells have no result.
type failedCells struct {
	failed, total int
	dir           string
}

func (f failedCells) Error() string {
	return fmt.Sprintf("%d of %d cells failed; sedlab resume %s tries them again", f.failed, f.total, f.dir)
}

// exitCode maps an error to the exit code of DESIGN.md §6.
func exitCode(err error) int {
	var (
		input *dataset.InputError
		wrong *spec.Errors
		usage usageError
	)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &input):
		return exitInput
	case errors.As(err, &wrong), errors.As(err, &usage):
		return exitUsage
	default:
		return exitFailed
	}
}

// printError prints an error as the user reads it: what is wrong with a spec
// with its places and lines.
func printError(w io.Writer, err error) {
	var wrong *spec.Errors
	var before printedError
	switch {
	case err == nil, errors.As(err, &before):
	case errors.As(err, &wrong):
		_ = wrong.Print(w) // there is nowhere else to say that this failed
	default:
		fmt.Fprintln(w, "sedlab:", err)
	}
}

// printedError is an error that the user has read already.
type printedError struct{ error }

// Unwrap returns the error.
func (e printedError) Unwrap() error { return e.error }

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

// required returns the words of a Use line that stand for arguments that must
// be there: those after the command's name and outside of brackets.
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

// load reads a spec and begins its search, without a look at its data: the keys
// of its plan are not those of a run.
func (a *app) load(name string, flags specFlags) (*search.Search, error) {
	f, err := spec.Load(name, a.specOptions(flags))
	if err != nil {
		return nil, err
	}
	return search.New(f, a.kinds, nil)
}

func (a *app) specOptions(flags specFlags) spec.Options {
	return spec.Options{
		Edits: flags.edits, MaxCells: int(flags.maxCells),
		Kinds: a.kinds, Operators: operators.Kinds(), Sources: dataset.Sources(), Figures: a.figures, Scores: a.scores,
	}
}

// metrics are the columns of errors.
func (a *app) metrics() []string { return scores.Columns(a.scores).Names(record.Error) }

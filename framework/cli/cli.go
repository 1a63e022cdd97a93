// Package cli makes package app a command-line program. Each command parses flags, calls
// one use case and prints the result, for people or, with --json, for programs.
package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/internal/f32"
	"sedlab/internal/machine"
)

// Main runs the command named by args and returns the exit code. Specs can name
// everything in the catalogue. An interrupt, a termination signal or the end of the
// terminal ends Main early; under nohup, the last does not.
func Main(c app.Catalog, args []string, stdout, stderr io.Writer) int {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	t := &terminal{app: app.Open("runs", c), args: append([]string{program}, args...), stdout: plain{stdout}, stderr: plain{stderr}, progress: newProgress(stderr)}
	ctx, stop := notified(signals)
	defer stop()
	ended := make(chan struct{})
	defer close(ended)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the program at once
		p := t.patienceFor(context.Cause(ctx))
		select {
		case <-ended:
		case <-time.After(p.grace):
			// Nobody may read standard error.
			time.AfterFunc(time.Second/4, func() { os.Exit(p.code) })
			fmt.Fprintln(stderr, program+": interrupted; what was being written is as it was before, or whole")
			os.Exit(p.code)
		}
	})
	root := t.root()
	root.SetArgs(args)
	help := &firstError{w: stdout}
	root.SetOut(help)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		err = help.err
	}
	t.progress.close()
	return end(t.stderr, err)
}

// signalError is the signal that ended a command.
type signalError struct{ os.Signal }

func (e signalError) Error() string { return e.String() }

// notified returns a context that one of the signals cancels, with a signalError as the cause.
// After stop they act as if nobody waited for them.
func notified(signals []os.Signal) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	go func() {
		select {
		case s := <-came:
			cancel(signalError{s})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(came)
		cancel(nil)
	}
}

// grace is the time after a signal in which a command can end by itself. Ending it at any
// moment after that is safe, because files are only replaced whole.
const grace = 4 * time.Second

// patience is how long a command may take to end after a signal, and its exit code if that is
// not enough.
type patience struct {
	grace time.Duration
	code  int
}

// patienceFor returns that after a signal, which is the cause.
func (t *terminal) patienceFor(cause error) patience {
	if p := t.terminated.Load(); p != nil && cause == (signalError{syscall.SIGTERM}) {
		return *p
	}
	return patience{grace, exitInterrupted}
}

// terminal holds what the commands share. Flags set the folders of app.
type terminal struct {
	app            *app.App
	args           []string
	json           bool                            // --json
	refs           map[*cobra.Command]*app.SpecRef // what the flags of commands with a spec set
	stdout, stderr io.Writer
	progress       progress
	terminated     atomic.Pointer[patience] // after SIGTERM, if a command has its own
}

func (t *terminal) root() *cobra.Command {
	t.refs = map[*cobra.Command]*app.SpecRef{}
	root := group(program, "Declarative, tracked experiments on inverse problems for galaxy spectra",
		t.runCommand(), t.resumeCommand(), t.replayCommand(), t.submitCommand(), t.statusCommand(), t.cancelCommand(), t.workCommand(),
		t.checkCommand(), t.planCommand(), t.explainCommand(), t.schemaCommand(),
		t.reportCommand(), t.runsCommand(), t.experimentsCommand(), t.dataCommand(), t.reconstructCommand(), t.cacheCommand(), t.serveCommand(), t.benchCommand(), t.versionCommand())
	rename(root)
	t.complete(root)
	root.SilenceErrors, root.SilenceUsage = true, true
	var text strings.Builder
	printVersion(&text, app.Version())
	root.Version = text.String()
	root.SetVersionTemplate("{{.Version}}")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		if err := f32.KernelError(); err != nil {
			return usageError{err}
		}
		t.limitHeap()
		return nil
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	return root
}

// limitHeap lets the garbage collector work harder before the memory runs out, unless the
// environment sets its limit. A program that runs out of memory nevertheless ends by a
// signal: Go's exit code would be 2, which means a wrong spec.
func (t *terminal) limitHeap() {
	debug.SetTraceback("crash")
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{}) // a core of gigabytes would help nobody
	limit := cmp.Or(t.app.MaxMemory, int64(min(machine.Limit(), math.MaxInt64)))
	if os.Getenv("GOMEMLIMIT") == "" && limit > 0 {
		debug.SetMemoryLimit(limit / 10 * 9)
	}
}

// group returns a command with subcommands, and makes these check their arguments
// against their Use lines.
func group(use, short string, commands ...*cobra.Command) *cobra.Command {
	for _, c := range commands {
		if c.Args == nil { // not itself a group
			c.Args = checkArgs
		}
	}
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: unknownCommand}
	c.AddCommand(commands...)
	return c
}

// checkArgs compares arguments with the command's ValidArgs and its Use line, in which
// brackets mark optional arguments and dots mean that more may follow.
func checkArgs(c *cobra.Command, args []string) error {
	needs, takes := strings.Fields(optional.ReplaceAllString(c.Use, ""))[1:], strings.Fields(c.Use)[1:]
	err := cobra.OnlyValidArgs(c, args)
	switch {
	case len(args) > 0 && len(args) < len(needs):
		err = fmt.Errorf("%s needs %s, got only %s", c.CommandPath(), strings.Join(needs, " and "), strings.Join(args, " "))
	case len(args) < len(needs):
		err = fmt.Errorf("%s needs %s", c.CommandPath(), strings.Join(needs, " and "))
	case strings.Contains(c.Use, "...") || len(args) <= len(takes):
	case len(takes) == 0:
		err = fmt.Errorf("%s takes no arguments, got %q", c.CommandPath(), args[0])
	default:
		err = fmt.Errorf("%s takes only %s, got %d arguments", c.CommandPath(), strings.Join(takes, " "), len(args))
	}
	if err != nil {
		err = usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	}
	return err
}

// optional matches the parts of a Use line in brackets.
var optional = regexp.MustCompile(`\[[^\]]*\](\.\.\.)?`)

// unknownCommand handles an unknown command, or a missing one.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return c.Help()
	}
	near := ""
	c.SuggestionsMinimumDistance = 2 // cobra's default, which cobra sets only for its own errors
	if s := c.SuggestionsFor(args[0]); len(s) > 0 {
		near = fmt.Sprintf("; did you mean %q?", s[0])
	}
	return usageError{fmt.Errorf("unknown command %q%s; %s --help lists them", args[0], near, c.CommandPath())}
}

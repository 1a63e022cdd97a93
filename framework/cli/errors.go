package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"sedlab/framework/app"
	"sedlab/framework/cache"
	"sedlab/framework/cluster"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// The exit codes of every command.
const (
	exitOK          = 0
	exitFailed      = 1 // some cells failed, or the machine did
	exitUsage       = 2 // wrong arguments or a wrong spec
	exitInput       = 3 // input data that cannot be used
	exitUnfit       = cluster.ExitUnfit
	exitLater       = cluster.ExitLater
	exitInterrupted = cluster.ExitInterrupted
)

// usageError is a mistake in a command's arguments.
type usageError struct{ error }

// Unwrap returns the mistake.
func (e usageError) Unwrap() error { return e.error }

// pathError is an error of a command with its own flag for the file of a data set.
type pathError struct {
	error
	flag string
}

// Unwrap returns the error without the flag.
func (e pathError) Unwrap() error { return e.error }

// exit is the exit code of a command that has already printed everything.
type exit int

func (e exit) Error() string { return "" }

// end prints an error and returns its exit code. Errors in a spec are printed with their
// places and source lines.
func end(w io.Writer, err error) int {
	var wrong *spec.Errors
	var code exit
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, context.Canceled) && !errors.As(err, new(*app.InterruptedError)) && !errors.As(err, new(*app.PausedError)): // where it was is of no use
		fmt.Fprintln(w, program+": interrupted")
		return exitInterrupted
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &wrong):
		_ = wrong.Print(w) // a failure could not be reported anywhere else
		return exitUsage
	}
	ended, text := judge(err)
	fmt.Fprintln(w, program+":", text)
	return ended
}

// judge returns the exit code of an error, and its text with advice. Of several errors,
// the highest code counts.
func judge(err error) (code int, text string) {
	switch e := err.(type) {
	case usageError:
		_, text := judge(e.error)
		return exitUsage, text
	case *app.DoneError:
		return exitOK, err.Error()
	case *app.PausedError:
		return exitInterrupted, err.Error()
	case *app.StoppedError:
		if e.Cause == (signalError{syscall.SIGTERM}) { // the end of a job's time: the next goes on
			return exitOK, err.Error()
		}
		return exitInterrupted, err.Error()
	case pathError:
		var input *app.InputError
		if errors.As(e.error, &input) {
			return exitInput, input.Error() + remedy(input, e.flag)
		}
		return judge(e.error)
	case interface{ Unwrap() []error }:
		var plain, texts []string
		for _, part := range e.Unwrap() {
			c, text := judge(part)
			code, plain, texts = max(code, c), append(plain, part.Error()), append(texts, text)
		}
		if err.Error() != strings.Join(plain, "\n") { // err adds text of its own
			texts = []string{err.Error()}
		}
		return code, strings.Join(texts, "\n")
	}
	if code, advice := advise(err); code != 0 {
		return code, err.Error() + advice
	}
	cause := errors.Unwrap(err)
	if cause == nil {
		return exitFailed, err.Error()
	}
	code, text = judge(cause)
	return code, strings.Replace(err.Error(), cause.Error(), text, 1)
}

// advise returns the exit code of a single error, and advice on what to do about it. The
// code is 0 if the error is not one of package app.
func advise(err error) (code int, advice string) {
	switch e := err.(type) {
	case *app.InterruptedError:
		if e.ReplayOf != "" {
			return exitInterrupted, "; " + command("replay", e.ReplayOf) + " starts over"
		}
		advice = "; " + command("resume", e.Dir) + " goes on from there"
		if e.Done > 0 {
			advice += ", " + command("report", e.Dir) + " draws them"
		}
		return exitInterrupted, advice
	case *app.FailedCellsError, *app.StepsError, *app.LaterError, *app.IncompleteError, *app.UnsavedError:
		return undone(e)
	case *app.FileError:
		return exitInput, ""
	case *store.TableError:
		return exitFailed, "; without this file, " + command("resume", e.Dir) + " writes it again"
	case *app.InputError:
		return exitInput, remedy(e, "--set dataset.path=…")
	case *app.OtherDataError:
		return exitInput, "; to run it with the new data: " + command("run", e.Spec)
	case *app.ReplayError:
		return exitUsage, ": " + command("replay", e.ReplayOf)
	case *store.EditedError:
		return exitUsage, "; only its report may be edited; to run the edited spec: " + command("run", e.Spec)
	case *app.ChangeError:
		return exitUsage, "; --set may change only dataset.path"
	case *app.SharedCacheError:
		return exitUsage, ": say --older-than AGE, or --yes to remove everything that these runs do not use; --dry-run lists it"
	case *cache.UnwritableError:
		return exitFailed, "; --cache DIR names another"
	case *app.LongTrainingError:
		return exitUsage, "; --yes removes them, --dry-run lists all that would be removed"
	case *app.KeyError:
		if e.Near == "" {
			advice = "; " + command("explain", "SPEC") + " lists all keys"
		}
		return exitUsage, advice
	case *app.SourceError:
		return exitUsage, namedData(e)
	case *store.FindError, *store.TagError, *store.NoteError, *app.FolderError, *app.QueryError, *cluster.ForeignError:
		return exitUsage, ""
	}
	return 0, ""
}

// undone is advise for the errors of work that is not all done.
func undone(err error) (code int, advice string) {
	switch e := err.(type) {
	case *app.FailedCellsError:
		return exitFailed, "; " + command("resume", e.Dir) + " tries them again"
	case *app.IncompleteError:
		return exitFailed, ": " + command("work", e.Dir) + " and " + command("resume", e.Dir) + ", also with --slurm or --kubernetes, go on"
	case *app.UnsavedError:
		return exitFailed, ": " + command("resume", e.Dir) + " goes on"
	case *app.LaterError:
		if errors.As(e.Err, new(*app.UnfitError)) {
			return exitUnfit, ""
		}
		if errors.As(e.Err, new(*app.FolderError)) {
			advice = "; --cache DIR names another; if it is gone for good, an empty folder in its place makes everything be computed again"
		}
		return exitLater, advice
	}
	return exitFailed, ""
}

// namedData says how to name the data that an argument meant.
func namedData(e *app.SourceError) string {
	switch {
	case e.NeedsPath:
		return ": " + command("data", "info", e.Name, "--path", "FILE")
	case e.Reads != "":
		return ": " + command("data", "info", e.Reads, "--path", e.Name)
	}
	return ""
}

// remedy says what helps against unusable data, such as how to name a missing file with a
// flag.
func remedy(e *app.InputError, flag string) string {
	switch {
	case errors.As(e, new(*app.RangeError)):
		return "; rescale the fluxes, or let each signal be divided by its own size: --set dataset.normalize=rms"
	case e.Fetchable && errors.Is(e, fs.ErrNotExist):
		return fmt.Sprintf("; get it with: %s, or name it with %s", command("data", "fetch", e.Source), flag)
	case e.Path == "" && flag != "":
		return "; name it with " + flag
	}
	return ""
}

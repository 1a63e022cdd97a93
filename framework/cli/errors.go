package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"sedlab/framework/app"
	"sedlab/framework/spec"
	"sedlab/framework/store"
)

// The exit codes of every command.
const (
	exitOK          = 0
	exitFailed      = 1   // some cells failed, or the machine did
	exitUsage       = 2   // wrong arguments or a wrong spec
	exitInput       = 3   // input data that cannot be used
	exitInterrupted = 130 // what is finished is kept
)

// usageError is a mistake in a command's arguments.
type usageError struct{ error }

// pathError is an error of a command with its own flag for the file of a data set.
type pathError struct {
	error
	flag string
}

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
	case errors.As(err, &code):
		return int(code)
	case errors.As(err, &wrong):
		_ = wrong.Print(w) // a failure could not be reported anywhere else
		return exitUsage
	}
	ended, text := judge(err)
	fmt.Fprintln(w, "sedlab:", text)
	return ended
}

// judge returns the exit code of an error, and its text with advice. Of several errors,
// the highest code counts.
func judge(err error) (code int, text string) {
	if err == context.Canceled {
		return exitInterrupted, err.Error()
	}
	switch e := err.(type) {
	case usageError:
		_, text := judge(e.error)
		return exitUsage, text
	case *app.DoneError:
		return exitOK, err.Error()
	case pathError:
		var input *app.InputError
		if errors.As(e.error, &input) {
			return exitInput, input.Error() + missing(input, e.flag)
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
			return exitInterrupted, fmt.Sprintf("; sedlab replay %s starts over", e.ReplayOf)
		}
		advice = fmt.Sprintf("; sedlab resume %s goes on from there", e.Dir)
		if e.Done > 0 {
			advice += fmt.Sprintf(", sedlab report %s draws them", e.Dir)
		}
		return exitInterrupted, advice
	case *app.FailedCellsError:
		return exitFailed, fmt.Sprintf("; sedlab resume %s tries them again", e.Dir)
	case *app.UnsavedError:
		return exitFailed, fmt.Sprintf(": sedlab resume %s goes on", e.Dir)
	case *store.TableError:
		return exitFailed, fmt.Sprintf(": remove it, and sedlab resume %s writes it again", e.Dir)
	case *app.InputError:
		return exitInput, missing(e, "--set dataset.path=…")
	case *app.OtherDataError:
		return exitInput, fmt.Sprintf("; to run it with the new data: sedlab run %s", e.Spec)
	case *app.ReplayError:
		return exitUsage, fmt.Sprintf(": sedlab replay %s", e.ReplayOf)
	case *store.EditedError:
		return exitUsage, fmt.Sprintf("; only its report may be edited; to run the edited spec: sedlab run %s", e.Spec)
	case *app.ChangeError:
		return exitUsage, "; --set may change only dataset.path"
	case *app.SharedCacheError:
		return exitUsage, ": say --older-than AGE, or --yes to remove everything that these runs do not use; --dry-run lists it"
	case *app.KeyError:
		if e.Near == "" {
			advice = "; sedlab explain SPEC lists all keys"
		}
		return exitUsage, advice
	case *app.SourceError:
		if e.NeedsPath {
			advice = fmt.Sprintf(": sedlab data info %s --path FILE", e.Name)
		} else if e.Reads != "" {
			advice = fmt.Sprintf(": sedlab data info %s --path %s", e.Reads, quote(e.Name))
		}
		return exitUsage, advice
	case *store.FindError, *store.TagError, *app.FolderError, *app.QueryError:
		return exitUsage, ""
	}
	return 0, ""
}

// missing says where to get a data set's missing file, or how to name it.
func missing(e *app.InputError, flag string) string {
	switch {
	case e.Fetchable && errors.Is(e, fs.ErrNotExist):
		return fmt.Sprintf("; get it with: sedlab data fetch %s, or name it with %s", e.Source, flag)
	case e.Path == "":
		return "; name it with " + flag
	}
	return ""
}

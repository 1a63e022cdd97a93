package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"sedlab/internal/durable"
	"sedlab/internal/regular"
)

// failedEnding ends the name of the file beside a shared prior's that says why there will be no prior.
const failedEnding = ".failed"

// awaited returns an error if the file of a shared prior is not there.
func awaited(path string) error {
	why, err := PriorFailed(path)
	switch {
	case err != nil:
		return later(err)
	case why != "":
		return fmt.Errorf("%s: the prior could not be calibrated: %s", path, why)
	}
	if _, err = os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return &LaterError{fmt.Errorf("%s: the prior is not calibrated yet", path)}
	}
	return later(err)
}

// PriorFailed returns why the file of a shared prior will not be written, or "" if it is there or may
// come.
func PriorFailed(path string) (why string, err error) {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	text, err := regular.Read(path+failedEnding, 1<<16)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return strings.TrimSpace(string(text)), err
}

// noted returns err. If another try would end in the same way, it first leaves a note for those who wait
// for SavePrior.
func (r *Reconstruction) noted(ctx context.Context, err error) error {
	unfit := errors.As(err, new(*UnfitError)) // such tries are counted, and none may come after this one
	if !r.Shared || r.SavePrior == "" || ctx.Err() != nil || temporary(err) && !unfit {
		return err
	}
	note := func(w io.Writer) error { _, failed := fmt.Fprintln(w, err); return failed }
	return errors.Join(err, durable.WriteFile(r.SavePrior+failedEnding, note))
}

// ReadParts reads a file with the numbers of some of n parts, one per line. The error is a *QueryError,
// or a *LaterError if the file system is to blame.
func ReadParts(path string, n int) (list []int, err error) {
	text, err := regular.Read(path, 1<<24)
	switch {
	case err != nil && temporary(err):
		return nil, later(err)
	case err != nil:
		return nil, &QueryError{err}
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		part, err := strconv.Atoi(line)
		if err != nil || part < 0 || part >= n {
			return nil, &QueryError{fmt.Errorf("%s: line %d: got %.40q; expected the number of a part, from 0 to %d", path, len(list)+1, line, n-1)}
		}
		list = append(list, part)
	}
	return list, nil
}

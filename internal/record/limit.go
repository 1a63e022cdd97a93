package record

import (
	"context"
	"errors"
	"fmt"
)

type limitKey struct{}

// WithLimit returns a context in which a table, with its file, may take a number of bytes of
// memory. Without a limit, the size of the file alone bounds it.
func WithLimit(ctx context.Context, bytes int64) context.Context {
	return context.WithValue(ctx, limitKey{}, bytes)
}

// LimitError reports a table that takes more memory than WithLimit allows.
type LimitError struct{ Needs, Limit int64 } // bytes; Needs is what it takes at least

func (e *LimitError) Error() string {
	return fmt.Sprintf("takes at least %.4g MB of memory, and may take %.4g MB here; on the command line, sedlab report, runs show and runs diff read it whole",
		float64(e.Needs)/1e6, float64(e.Limit)/1e6)
}

// CheckLimit returns a *LimitError if that many bytes are more than a context allows.
func CheckLimit(ctx context.Context, needs int64) error {
	if limit, ok := ctx.Value(limitKey{}).(int64); ok && needs > limit {
		return &LimitError{needs, limit}
	}
	return nil
}

// excess is an error about a table that takes more than its budget.
type excess struct {
	error
	needs int64 // bytes
}

// budgetIn returns the memory [bytes] that a table of a file's size may take in a context.
func budgetIn(ctx context.Context, size int) int64 {
	budget := budgetOf(size)
	if limit, ok := ctx.Value(limitKey{}).(int64); ok {
		budget = min(budget, limit-int64(size))
	}
	return budget
}

// orLimit returns a *LimitError in place of an excess that only the limit of a context
// refuses, for a file of some size.
func orLimit(ctx context.Context, size int, err error) error {
	if e := new(excess); errors.As(err, &e) {
		if large := CheckLimit(ctx, e.needs+int64(size)); large != nil {
			return large
		}
	}
	return err
}

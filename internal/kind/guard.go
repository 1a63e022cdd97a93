package kind

import (
	"fmt"
	"runtime/debug"
)

// PanicError is a panic in the code of a kind, which may be a user's.
type PanicError struct {
	Kind  string // such as "step crop"; empty if it may be one of several
	Value any    // of the panic
	Stack []byte
}

// Error names the kind in its first line. The stack follows.
func (e *PanicError) Error() string {
	text := fmt.Sprintf("panic: %v\n%s", e.Value, e.Stack)
	if e.Kind != "" {
		text = e.Kind + ": " + text
	}
	return text
}

// Guard, deferred, turns a panic into a *PanicError of the named kind.
func Guard(err *error, name string) {
	if p := recover(); p != nil {
		*err = &PanicError{name, p, debug.Stack()}
	}
}

// Try calls f under Guard.
func Try[T any](name string, f func() (T, error)) (result T, err error) {
	defer Guard(&err, name)
	return f()
}

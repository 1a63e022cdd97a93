package cluster

import "text/template"

// Exit codes of the program that clusters act upon; sysexits.h has the first two.
const (
	ExitUnfit       = 69  // EX_UNAVAILABLE: another machine may do it, but not this one
	ExitLater       = 75  // EX_TEMPFAIL: another machine, or a later time, may do it
	ExitInterrupted = 130 // by a signal; what is finished is kept
)

// codes gives the exit codes names in templates.
var codes = template.FuncMap{"unfit": func() int { return ExitUnfit }, "later": func() int { return ExitLater }}

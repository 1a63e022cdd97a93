package app

import (
	"sedlab/framework/cache"
	"sedlab/framework/runner"
	"sedlab/priors"
)

// Types of the arguments of events.
type (
	Epoch   = priors.Epoch
	Holder  = cache.Holder
	Failure = runner.Failure
)

// Events receives what happens while a use case works. Its methods are called one at a
// time, and the work waits for them.
type Events interface {
	Loading(source string)                // a data set is being read or made
	Waiting(prior string, holder Holder)  // another process trains the prior
	Training(prior string, e Epoch)       // an epoch has ended
	Cells(done, total int)                // the first call counts the cells in the cache
	Downloaded(done, total int64)         // bytes; total is -1 while unknown
	Counted(unit string, done, total int) // things such as files or spectra are done; a total of 0 is unknown
	Note(text string)                     // something that a reader of the results should know
	Failed(f Failure)                     // a cell has no result
}

// Quiet ignores all events. Embed it to implement some of them.
type Quiet struct{}

// These methods do nothing.
func (Quiet) Loading(string)           {}
func (Quiet) Waiting(string, Holder)   {}
func (Quiet) Training(string, Epoch)   {}
func (Quiet) Cells(int, int)           {}
func (Quiet) Downloaded(int64, int64)  {}
func (Quiet) Counted(string, int, int) {}
func (Quiet) Note(string)              {}
func (Quiet) Failed(Failure)           {}

// orQuiet returns the events, or Quiet for nil.
func orQuiet(e Events) Events {
	if e == nil {
		return Quiet{}
	}
	return e
}

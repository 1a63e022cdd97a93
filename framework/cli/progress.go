package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"sedlab/framework/app"
)

// progress shows an App's events.
type progress interface {
	app.Events
	close() // ends what is being shown
}

// newProgress returns bars if w is a terminal, and lines if not.
func newProgress(w io.Writer) progress {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &bars{plainNotes: plainNotes{w}}
	}
	return newLines(w, time.Now)
}

// plainNotes writes what is worth a line wherever the output goes.
type plainNotes struct{ w io.Writer }

// Waiting says who trains the prior, because waiting may take long.
func (n plainNotes) Waiting(prior string, holder app.Holder) {
	n.Note(fmt.Sprintf("prior %s is being trained by %v: waiting for it", prior, holder))
}

// Note prints a note.
func (n plainNotes) Note(text string) { fmt.Fprintln(plain(n), program+": note:", text) }

// Failed prints why a cell has no result.
func (n plainNotes) Failed(f app.Failure) {
	fmt.Fprintf(plain(n), "%s: cell %s: %v\n", program, f.Cell, f.Err)
}

// bars shows an App's events on a terminal: one bar for each training, then one for the
// cells.
type bars struct {
	plainNotes
	current *progressbar.ProgressBar
	label   string // of the current bar
	shown   time.Time
}

// start ends the previous bar and begins a new one.
func (b *bars) start(label string, total int64, options ...progressbar.Option) {
	b.close()
	b.label = label
	b.current = progressbar.NewOptions64(total, append(options,
		progressbar.OptionSetWriter(b.w),
		progressbar.OptionSetDescription(label),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100*time.Millisecond))...)
}

// count begins a bar that counts things.
func (b *bars) count(label, unit string, total int) {
	b.start(label, int64(total),
		progressbar.OptionSetItsString(unit),
		progressbar.OptionShowCount(),
		progressbar.OptionShowIts(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(b.w) }))
}

// Loading says which data are being read.
func (b *bars) Loading(source string) { fmt.Fprintf(plain{b.w}, "data: %s\n", source) }

// Waiting ends the bar and says who trains the prior.
func (b *bars) Waiting(prior string, holder app.Holder) {
	b.close()
	b.plainNotes.Waiting(prior, holder)
}

// Training shows a training's epoch, loss and time left.
func (b *bars) Training(prior string, e app.Epoch) {
	if label := "train " + prior; b.label != label || e.Epoch == 1 {
		b.count(label, "epochs", e.Epochs)
	}
	if now := time.Now(); now.Sub(b.shown) > 100*time.Millisecond || e.Last() {
		b.shown = now
		b.current.Describe(fmt.Sprintf("train %s  loss %.3g", prior, e.Loss))
	}
	_ = b.current.Set(e.Epoch) // failing to draw a bar is harmless
}

// Cells shows how many cells are done.
func (b *bars) Cells(done, total int) {
	if b.label != "cells" || b.current.IsFinished() {
		b.count("cells", "cells", total)
	}
	_ = b.current.Set(done)
}

// Counted shows how many things are done.
func (b *bars) Counted(unit string, done, total int) {
	if b.label != unit || b.current.IsFinished() {
		if total == 0 { // unknown
			total = -1
		}
		b.count(unit, unit, total)
	}
	_ = b.current.Set(done)
}

// Downloaded shows how much of a download has come.
func (b *bars) Downloaded(done, total int64) {
	if b.current == nil {
		b.start("fetch", total, progressbar.OptionShowBytes(true))
	}
	if total > 0 {
		b.current.ChangeMax64(total)
	}
	_ = b.current.Set64(done)
}

// Note ends the bar and prints a note.
func (b *bars) Note(text string) {
	b.close()
	b.plainNotes.Note(text)
}

// Failed ends the bar and prints why a cell has no result.
func (b *bars) Failed(f app.Failure) {
	b.close()
	b.plainNotes.Failed(f)
}

// close leaves the terminal at the beginning of a line.
func (b *bars) close() {
	if b.current != nil && !b.current.IsFinished() {
		_ = b.current.Exit()
		fmt.Fprintln(b.w)
	}
	b.current, b.label = nil, ""
}

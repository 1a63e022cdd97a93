package cli

import (
	"fmt"
	"io"
	"time"

	"sedlab/framework/app"
)

// lines shows an App's progress where there is no terminal, as in a batch job or a log
// file: a plain line from time to time, and every note and failure.
type lines struct {
	plainNotes
	now   func() time.Time
	label string    // of what is in progress
	began time.Time // when it began, with first things done already
	first int
	done  int       // so far
	shown time.Time // when the last line was written, with last things done
	last  int
}

// A line is written at least leastPause after the last one, once another 1/parts is done
// or mostPause has passed.
const (
	leastPause = 30 * time.Second
	mostPause  = 5 * time.Minute
	parts      = 20
)

func newLines(w io.Writer, now func() time.Time) *lines {
	return &lines{plainNotes: plainNotes{w}, now: now}
}

// Loading says nothing: data are read in seconds.
func (*lines) Loading(string) {}

// Downloaded says nothing: the command says where the file is in the end.
func (*lines) Downloaded(int64, int64) {}

// Training writes a training's epoch, loss and time left.
func (l *lines) Training(prior string, e app.Epoch) {
	l.progress("train "+prior, "epoch", e.Epoch, e.Epochs, fmt.Sprintf(", loss %.3g", e.Loss))
}

// Cells writes how many cells are done, and the time left.
func (l *lines) Cells(done, total int) { l.progress("reconstruct", "cell", done, total, "") }

// Counted writes how many things are done, and the time left.
func (l *lines) Counted(unit string, done, total int) {
	if total > 0 {
		l.progress(unit, unit, done, total, "")
		return
	}
	if now := l.now(); l.label != unit {
		l.label, l.shown = unit, now
	} else if now.Sub(l.shown) >= leastPause {
		l.shown = now
		fmt.Fprintf(plain{l.w}, "%s: %d %s done\n", program, done, unit)
	}
}

// progress writes a line about what is in progress, if it is time for one.
func (l *lines) progress(label, thing string, done, total int, detail string) {
	now := l.now()
	if l.label != label || done < l.done { // another begins
		l.label, l.began, l.first, l.done, l.shown, l.last = label, now, done, done, now, done
		return
	}
	l.done = done
	pause := now.Sub(l.shown)
	if pause < leastPause || (done-l.last)*parts < total && pause < mostPause {
		return
	}
	left := ""
	if more := done - l.first; more > 0 && done < total {
		each := now.Sub(l.began) / time.Duration(more)
		left = fmt.Sprintf(", about %v left", (each * time.Duration(total-done)).Round(time.Second))
	}
	l.shown, l.last = now, done
	fmt.Fprintf(plain{l.w}, "%s: %s: %s %d of %d%s%s\n", program, label, thing, done, total, detail, left)
}

func (*lines) close() {}

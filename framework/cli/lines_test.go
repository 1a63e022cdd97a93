package cli

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"sedlab/framework/app"
)

// Without a terminal there is a line from time to time, and none in a short run.
func TestLines(t *testing.T) {
	var out bytes.Buffer
	var clock time.Time
	l := newLines(&out, func() time.Time { return clock })
	train := func(epochs int, each time.Duration) {
		for epoch := 1; epoch <= epochs; epoch++ {
			clock = clock.Add(each)
			l.Training("glo", app.Epoch{Epoch: epoch, Epochs: epochs, Loss: 0.0125})
		}
	}
	train(200, 100*time.Millisecond)
	if out.Len() > 0 {
		t.Errorf("20 s of training: %s", out.String())
	}
	l.Cells(3, 10)
	clock = clock.Add(time.Minute)
	l.Cells(6, 10)
	if got, want := out.String(), "sedlab: reconstruct: cell 6 of 10, about 1m20s left\n"; got != want {
		t.Errorf("got %q, expected %q", got, want)
	}
	out.Reset()
	train(1000, time.Second) // 5 % is 50 s
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := "sedlab: train glo: epoch 51 of 1000, loss 0.0125, about 15m49s left"; len(got) != 19 || got[0] != want {
		t.Errorf("%d lines, the first %q; expected 19 and %q", len(got), got[0], want)
	}
	out.Reset()
	train(20, 10*time.Minute) // each epoch is worth a line
	if got := strings.Count(out.String(), "\n"); got != 19 {
		t.Errorf("%d lines of 20 long epochs", got)
	}
	l.Note("x")
	l.Failed(app.Failure{Cell: "c", Err: errors.New("broken")})
	if got := out.String(); !strings.HasSuffix(got, "sedlab: note: x\nsedlab: cell c: broken\n") {
		t.Errorf("got %q", got)
	}
}

// Bars begin anywhere: a run may find cells in the cache, and a training go on.
func TestBars(t *testing.T) {
	var out bytes.Buffer
	b := &bars{plainNotes: plainNotes{&out}}
	b.Loading("synthetic")
	b.Training("glo", app.Epoch{Epoch: 7, Epochs: 9, Loss: 0.5})
	b.Note("x")
	b.Cells(3, 4)
	b.Cells(4, 4)
	b.Failed(app.Failure{Cell: "c", Err: errors.New("broken")})
	b.Downloaded(5, -1)
	b.close()
	for _, want := range []string{"data: synthetic\n", "train glo  loss 0.5", "\nsedlab: note: x\n", "cells 100%", "sedlab: cell c: broken\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

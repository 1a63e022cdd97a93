package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sedlab/framework/app"
	"sedlab/framework/store"
)

func activity() *app.Activity {
	at := time.Date(2026, 3, 4, 5, 6, 7, 0, time.Local)
	return &app.Activity{Time: at,
		Running: []app.Active{
			{ID: "a-1", Seconds: 90, Progress: &store.Progress{Time: at, Prior: "g\x1blo", Done: 30, Of: 120, Loss: 0.01234, Left: 180}, Speed: 0.5, Left: 180},
			{ID: "b-1", Seconds: 5, Progress: &store.Progress{Time: at, Done: 3, Of: 4, Left: 1}, Speed: 12.34, Left: 1},
			{ID: "c-1\x1b[2J", Seconds: 1},
		},
		Ended: []app.Ended{{ID: "d-1", Status: store.Failed, Error: "no\x07pe\nmore", Ended: at, Seconds: 61}, {ID: "e-1", Status: store.Killed, Ended: at}},
	}
}

func TestActivityLines(t *testing.T) {
	lines := activityLines(activity())
	for i, want := range []string{
		"run does done left loss speed runs for",
		`a-1 train g\x1blo 30/120 epochs (25 %) 3m0s 0.0123 30 epochs/min 1m30s`,
		"b-1 reconstruct 3/4 cells (75 %) 1s - 12.3 cells/s 5s",
		`c-1\x1b[2J begins - - - - 1s`,
		"",
		"ended status at took",
		`d-1 failed 05:06:07 1m1s no\ape`,
		"e-1 killed 05:06:07 -",
	} {
		if got := strings.Join(strings.Fields(lines[i]), " "); got != want {
			t.Errorf("line %d: %q; expected %q", i, got, want)
		}
	}
	if got := activityLines(&app.Activity{}); len(got) != 1 || got[0] != "nothing runs" {
		t.Errorf("%q", got)
	}
}

// A frame fits the screen, and has no other escapes than its own.
func TestFrame(t *testing.T) {
	a := activity()
	text := frame(activityLines(a), 20, 6, a.Time)
	if n := strings.Count(text, "\r\n"); n != 5 || !strings.Contains(text, "…") {
		t.Errorf("%d lines: %q", n, text)
	}
	for line := range strings.SplitSeq(text, "\r\n") {
		if n := len([]rune(strings.NewReplacer("\x1b[H", "", "\x1b[K", "", "\x1b[J", "").Replace(line))); n > 20 {
			t.Errorf("%d characters: %q", n, line)
		}
	}
	if strings.Count(text, "\x1b") != 1+5+1 {
		t.Errorf("%q", text)
	}
	if all := frame(activityLines(a), 200, 40, a.Time); !strings.Contains(all, "e-1") {
		t.Errorf("%q", all)
	}
}

func TestRate(t *testing.T) {
	for speed, want := range map[float64]string{12.34: "12.3 epochs/s", 0.5: "30 epochs/min", 0.001: "3.6 epochs/h", 1e-5: "0.036 epochs/h"} {
		if got := rate(speed, "epochs"); got != want {
			t.Errorf("%g: %s; expected %s", speed, got, want)
		}
	}
}

// feed is a writer that hands on each text.
type feed chan string

func (f feed) Write(text []byte) (int, error) {
	f <- string(text)
	return len(text), nil
}

// Without a terminal, a run in progress is followed until it ends.
func TestWatchFollowsRuns(t *testing.T) {
	m := store.NewManifest("tiny", time.Now(), nil)
	m.SpecHash = strings.Repeat("0", 64)
	root := t.TempDir()
	run, err := store.Create(root, m, []byte("name: tiny\n"), json.RawMessage(`{"cells": []}`))
	if err != nil {
		t.Fatal(err)
	}
	run.Log.Info(store.LogEpoch, "prior", "glo", "epoch", 100, "of", 400, "loss", 0.25, "seconds", 60.0)
	out, ended := make(feed, 1000), make(chan error, 1)
	w := &terminal{app: app.Open(root, app.Catalog{}), stdout: out}
	go func() {
		ended <- w.watch(t.Context(), watchFlags{interval: 10 * time.Millisecond})
		close(out)
	}()
	if line := <-out; !strings.Contains(line, " "+run.Manifest.ID+": train glo, epoch 100 of 400, loss 0.25, about 3m0s left, 1.67 epochs/s\n") &&
		!strings.Contains(line, "about 2m59s left, 1.67 epochs/s\n") {
		t.Errorf("%q", line)
	}
	if err := run.Finish(store.Done, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	var last []string
	for line := range out {
		last = append(last, line)
	}
	if text := strings.Join(last, ""); !strings.Contains(text, "nothing runs\n") || !strings.Contains(text, run.Manifest.ID+"  done") {
		t.Errorf("%q", text)
	}
}

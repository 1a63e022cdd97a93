package runner_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sedlab/catalog"
	"sedlab/framework/plan"
	"sedlab/framework/runner"
	"sedlab/internal/record"
	"sedlab/reports/scores"
)

// A process whose lock was lost in the middle of its work stores nothing of it, and does it
// again if nobody else does.
func TestLostLockAbandonsTheWork(t *testing.T) {
	p := planOf(t, small)
	c := openCache(t, t.TempDir())
	var steal sync.Once
	thief := scores.Kind{Column: scores.Column{Name: "thief", Role: scores.Diagnostic}, Version: 1, Score: func(scores.Case) float64 {
		steal.Do(func() {
			files, err := filepath.Glob(filepath.Join(c.Dir(), "locks", "cells-*", "*"))
			if err != nil || len(files) == 0 {
				t.Errorf("locks: %v, %v", files, err)
			}
			for _, file := range files {
				if err := os.Remove(file); err != nil {
					t.Error(err)
				}
			}
		})
		return math.NaN()
	}}
	all := append(catalog.Default().Scores, thief)
	r, err := runner.LoadShare(t.Context(), p, c, all, new(progress), nil)
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	opt := options(2, new(progress))
	opt.Log = slog.New(slog.NewTextHandler(&log, nil))
	w, err := r.Work(t.Context(), opt, runner.Share{
		Trains: func(plan.Training) bool { return true }, Solves: func(plan.Cell) bool { return true },
	})
	if err != nil || len(w.Done) != 4 || len(w.Failed)+len(w.Left) > 0 {
		t.Errorf("%v, %+v", err, w)
	}
	if n := strings.Count(log.String(), "msg=lost"); n == 0 {
		t.Errorf("no lock was lost:\n%s", log.String())
	}
	var seconds float64
	_, line, _ := strings.Cut(log.String(), "msg=cells")
	_, text, _ := strings.Cut(line, "seconds=")
	if _, err := fmt.Sscan(text, &seconds); err != nil || seconds <= 0 || seconds > 600 {
		t.Errorf("progress after %v s, %v:\n%s", seconds, err, log.String())
	}
	got, err := runner.Gather(t.Context(), p, c, all, opt)
	if err != nil || got.CellsDone != 2 || len(got.Training) != 2 {
		t.Fatalf("%v, %+v", err, got)
	}
	want, err := execute(t, t.Context(), p, 1, new(progress))
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range want.Signals {
		if g := got.Signals[i]; g.CellID != row.CellID || !sameScores(g, row) {
			t.Fatalf("row %d: %+v, want %+v", i, g, row)
		}
	}
}

// An entry that another run has made meanwhile, with fewer signals, is not taken for a whole one.
func TestSmallerEntryOfAnotherRun(t *testing.T) {
	p, fewer := planOf(t, small), planOf(t, strings.ReplaceAll(small, "signals: 70", "signals: 20"))
	c := openCache(t, t.TempDir())
	opt, all := options(2, new(progress)), catalog.Default().Scores
	r, err := runner.LoadShare(t.Context(), p, c, all, new(progress), nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := runner.Load(t.Context(), fewer, c, all, new(progress))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	w, err := r.Work(t.Context(), opt, runner.Share{
		Trains: func(plan.Training) bool { return true }, Solves: func(plan.Cell) bool { return true },
	})
	if err != nil || len(w.Done) != 2 {
		t.Errorf("%v, %+v", err, w)
	}
	got, err := runner.Gather(t.Context(), p, c, all, opt)
	if err != nil || got.CellsDone != 2 || len(got.Signals) <= 2*20 {
		t.Errorf("%v, %d cells, %d rows", err, got.CellsDone, len(got.Signals))
	}
}

// That others have made all cells of a block since the work began is seen without its lock.
func TestNoLockForWhatOthersMade(t *testing.T) {
	p := planOf(t, small)
	c := openCache(t, t.TempDir())
	opt, all := options(2, new(progress)), catalog.Default().Scores
	r, err := runner.LoadShare(t.Context(), p, c, all, new(progress), nil)
	if err != nil {
		t.Fatal(err)
	}
	others := openCache(t, c.Dir())
	whole, err := runner.Load(t.Context(), p, others, all, new(progress))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := whole.Run(t.Context(), opt); err != nil {
		t.Fatal(err)
	}
	for _, cell := range p.Cells {
		lock, _, err := others.TryLock(cell.Block())
		if err != nil || lock == nil {
			t.Fatalf("block %s: %v", cell.Block(), err)
		}
		defer lock.Release()
	}
	w, err := r.Work(t.Context(), opt, runner.Share{
		Trains: func(plan.Training) bool { return true }, Solves: func(plan.Cell) bool { return true },
	})
	if err != nil || len(w.Done)+len(w.Failed)+len(w.Left) > 0 {
		t.Errorf("%v, %+v", err, w)
	}
}

// What reads the cache ends with its context.
func TestGatherEnds(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	p, c := planOf(t, small), openCache(t, t.TempDir())
	if got, err := runner.Gather(ctx, p, c, nil, options(1, new(progress))); !errors.Is(err, context.Canceled) || got == nil {
		t.Errorf("gather: %v, %v", got, err)
	}
	if _, ok, err := runner.Recall(ctx, p, c, nil); ok || !errors.Is(err, context.Canceled) {
		t.Errorf("recall: %v, %v", ok, err)
	}
}

// sameScores reports whether a row has the scores of another, bit for bit.
func sameScores(got, want record.Signal) bool {
	for _, s := range want.Scores {
		if g := got.Score(s.Name); math.Float64bits(g) != math.Float64bits(s.Value) && !(math.IsNaN(g) && math.IsNaN(s.Value)) {
			return false
		}
	}
	return true
}

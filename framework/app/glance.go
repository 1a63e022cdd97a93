package app

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/reports"
)

// Glance is what a list shows of a run beyond its summary.
type Glance struct {
	Verdicts []VerdictCount // on the claims that the run tests
	Curves   []Curve        // of its first trainings
	Problem  error          // why curves are missing
}

// VerdictCount counts the claims with a verdict.
type VerdictCount struct {
	Verdict string
	Claims  int
}

// Curve is the loss of a training at a few of its epochs, all of them above 0.
type Curve struct {
	Prior  string
	Epochs []int
	Loss   []float64
}

// Bounds of a Glance.
const (
	mostCurves   = 4
	mostPoints   = 40
	largestTable = 2 << 20 // of training.parquet that is read [bytes]
	mostGlances  = 4000    // that are kept in memory; each takes a few kB
)

// glanced is a Glance and the state of the files that it was made from.
type glanced struct {
	Glance
	state [2][2]int64
}

// Glance returns what a list shows of one of its runs. It has no error: what cannot be read is
// missing.
func (o *Roster) Glance(ctx context.Context, run *store.Summary) Glance {
	if run.Status == store.Unreadable {
		return Glance{}
	}
	dir := filepath.Join(o.app.Runs, run.ID)
	names := []string{store.ManifestFile, store.TrainingFile}
	if run.Status == store.Running {
		names[1] = store.LogFile
	}
	var state [2][2]int64
	for i, name := range names {
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil {
			state[i] = [2]int64{info.Size(), info.ModTime().UnixNano()}
		}
	}
	last, known := o.known(run.ID, state)
	if known {
		return last
	}
	select {
	case o.reading <- struct{}{}:
		defer func() { <-o.reading }()
	case <-ctx.Done():
		return last
	}
	if last, known = o.known(run.ID, state); known || ctx.Err() != nil { // another may have read it
		return last
	}
	g := readGlance(ctx, dir, run.Status == store.Running, state[1][0])
	if ctx.Err() == nil {
		o.keep(run.ID, glanced{g, state})
	}
	return g
}

// known returns what was read of a run last, and whether its files still have the same state.
func (o *Roster) known(id string, state [2][2]int64) (Glance, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	g, ok := o.glances[id]
	return g.Glance, ok && g.state == state
}

// keep keeps what was read of a run.
func (o *Roster) keep(id string, g glanced) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.glances) >= mostGlances {
		clear(o.glances)
	}
	o.glances[id] = g
}

// readGlance reads a run whose table of epochs has a size.
func readGlance(ctx context.Context, dir string, running bool, size int64) (g Glance) {
	m, err := store.ReadManifest(dir)
	if err != nil {
		return Glance{Problem: err}
	}
	var claims []Claim
	if len(m.Claims) > 0 && json.Unmarshal(m.Claims, &claims) == nil {
		g.Verdicts = CountVerdicts(claims)
	}
	var epochs []record.Training
	switch {
	case running:
		epochs = store.LoggedEpochs(dir, m.Began())
	case size > largestTable:
		g.Problem = fmt.Errorf("%s has %d bytes; curves are made of at most %d", store.TrainingFile, size, largestTable)
	default:
		epochs, g.Problem = store.ReadEpochs(ctx, dir, m)
	}
	g.Curves = curves(epochs)
	return g
}

// CountVerdicts counts the verdicts on claims, apart from those that were not tested.
func CountVerdicts(claims []Claim) (list []VerdictCount) {
	for _, v := range []reports.Verdict{reports.Holds, reports.DoesNotHold, reports.Inconclusive} {
		n := 0
		for _, c := range claims {
			if c.Verdict == v {
				n++
			}
		}
		if n > 0 {
			list = append(list, VerdictCount{string(v), n})
		}
	}
	return list
}

// curves returns the first trainings of a table, each at a few epochs.
func curves(epochs []record.Training) (list []Curve) {
	for len(epochs) > 0 && len(list) < mostCurves {
		n := 1
		for n < len(epochs) && epochs[n].Prior == epochs[0].Prior && epochs[n].PriorHash == epochs[0].PriorHash && epochs[n].Epoch > epochs[n-1].Epoch {
			n++
		}
		seen := slices.DeleteFunc(slices.Clone(epochs[:n]), func(e record.Training) bool { return !(e.Loss > 0) || math.IsInf(e.Loss, 0) })
		if len(seen) > 1 {
			c := Curve{Prior: epochs[0].Prior}
			points := min(len(seen), mostPoints)
			for i := range points {
				e := seen[i*(len(seen)-1)/(points-1)]
				c.Epochs, c.Loss = append(c.Epochs, int(e.Epoch)), append(c.Loss, e.Loss)
			}
			list = append(list, c)
		}
		epochs = epochs[n:]
	}
	return list
}

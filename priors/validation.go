package priors

import (
	"errors"
	"fmt"
	"math"

	"sedlab/internal/measure"
	"sedlab/internal/rng"
)

// Validation is the section of a training that says how it looks at validation signals: it hides
// a window of fluxes in each, as inpainting does, finds the code from the others, and measures
// the error of the hidden ones.
type Validation struct {
	Every           int     `spec:"every" default:"0" example:"20" range:"[0,1000000]" doc:"validate after every so many epochs: the generator fills windows hidden in validation signals; 0: never"`
	MissingFraction float64 `spec:"missing_fraction" default:"0.4" example:"0.2" range:"(0,1)" doc:"share of the fluxes of a signal that its window hides"`
	Signals         int     `spec:"signals" default:"100" example:"50" range:"[1,1000000]" doc:"validation signals at most, drawn at random"`
	Patience        int     `spec:"patience" default:"0" example:"5" range:"[0,1000000]" doc:"early stopping: the training stops after so many validations without a lower loss, and the generator with the lowest validation loss is kept; 0: it does not stop, and the last generator is kept"`
}

// Due reports whether there is a validation after an epoch, 1-based.
func (v Validation) Due(epoch int) bool { return v.Every > 0 && epoch%v.Every == 0 }

// Count returns the number of validations in a training that does not stop early.
func (v Validation) Count(epochs int) int {
	if v.Every == 0 {
		return 0
	}
	return epochs / v.Every
}

// Best returns the validation with the lowest loss, the first of equals, and whether a training
// with these losses stops. NaN is no loss.
func (v Validation) Best(losses []float64) (best int, stop bool) {
	for i, l := range losses {
		if l < losses[best] || math.IsNaN(losses[best]) {
			best = i
		}
	}
	return best, v.Patience > 0 && len(losses)-1-best >= v.Patience
}

// Check returns what is wrong with the section of that name in a training of some epochs.
func (v Validation) Check(section string, epochs int) (errs []KeyError) {
	if v.Every > epochs {
		errs = append(errs, KeyError{Key: section + ".every", Problem: fmt.Sprintf("got %d, but the training has only %d epochs, so no validation would take place; expected at most %[2]d", v.Every, epochs)})
	}
	if v.Patience > 0 && v.Every == 0 {
		errs = append(errs, KeyError{Key: section + ".patience", Problem: fmt.Sprintf("got %d, but there are no validations; expected %s.every above 0", v.Patience, section)})
	}
	return errs
}

// Held is validation signals with a window of hidden fluxes in each.
type Held struct {
	Row    []int     // of each of the M signals in Data.Validation
	Flux   []float32 // M×n
	Seen   []bool    // M×n, the measured fluxes outside the windows
	Hidden []bool    // M×n, those inside
}

// Hold draws validation signals and their windows, by data.Seed and their rows. Those without
// measured fluxes on both sides of a window's edges are left out; it is an error if none is left.
func (v Validation) Hold(data Data) (*Held, error) {
	h, n := new(Held), data.Dim
	k := measure.Hidden(n, v.MissingFraction)
	for _, i := range rng.New(data.Seed, "priors/validation").Perm(len(data.Validation) / n) {
		if len(h.Row) == v.Signals {
			break
		}
		start := int(rng.Uniform(data.Seed, "priors/validation/window", uint64(i)) * float64(n-k+1))
		seen, hidden := make([]bool, n), make([]bool, n)
		var outside, inside bool
		for j := range n {
			measured, in := data.ValidationWeight == nil || data.ValidationWeight[i*n+j] > 0, j >= start && j < start+k
			seen[j], hidden[j] = measured && !in, measured && in
			outside, inside = outside || seen[j], inside || hidden[j]
		}
		if outside && inside {
			h.Row = append(h.Row, i)
			h.Flux = append(h.Flux, data.Validation[i*n:(i+1)*n]...)
			h.Seen, h.Hidden = append(h.Seen, seen...), append(h.Hidden, hidden...)
		}
	}
	if len(h.Row) == 0 {
		return nil, errors.New("no validation signal has measured fluxes both inside and outside of a hidden window")
	}
	return h, nil
}

// Loss returns the mean squared error per hidden flux of reconstructions x [M×n].
func (h *Held) Loss(x []float32) float64 {
	sum, count := 0.0, 0.0
	for i, hidden := range h.Hidden {
		if hidden {
			e := float64(x[i]) - float64(h.Flux[i])
			sum, count = sum+e*e, count+1
		}
	}
	return sum / count
}

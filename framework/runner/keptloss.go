package runner

import (
	"math"

	"sedlab/framework/plan"
	"sedlab/internal/kind"
	"sedlab/priors"
)

// keptLoss returns the loss of a trained prior on its training signals, in the units of
// the data; NaN if it has none. weight is as in priors.Data.
func keptLoss(t plan.Training, prior priors.Prior, flux, weight []float32, unit float64) (float64, error) {
	return kind.Try("kind "+t.Prior.Kind.Name, func() (float64, error) {
		loss, ok := priors.KeptLoss(prior, flux, weight)
		if !ok {
			return math.NaN(), nil
		}
		return loss * unit * unit, nil
	})
}

// noteChosen notes what a training chose by validation signals.
func (r *run) noteChosen(name string, p priors.Prior) {
	if c, ok := p.(priors.Chooser); ok && c.Chosen() != "" {
		r.warn("prior " + name + ": chosen by validation signals: " + c.Chosen())
	}
}

package glo

import (
	"errors"
	"fmt"
	"math"

	"sedlab/priors"
)

// standard is the training signals as the network sees them: (x − mean)/scale. All
// wavelengths have the same scale, so standardising multiplies the mean squared error of
// eq. 2 by a constant only.
type standard struct {
	flux  []float32 // [N × n]
	mean  []float32 // of each flux
	scale float64   // root mean square of x − mean; 1 if all signals are equal
}

// standardize returns the standardised training signals. It refuses an empty set, and
// fluxes that are not finite, because no training could recover from these.
func standardize(data priors.Data) (standard, error) {
	if len(data.Flux) == 0 {
		return standard{}, errors.New("there are no training signals")
	}
	n := data.Dim
	mean := make([]float64, n)
	for i, v := range data.Flux {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return standard{}, fmt.Errorf("training signal %d: flux %d is %g; expected a finite number", i/n, i%n, v)
		}
		mean[i%n] += float64(v)
	}
	s := standard{flux: make([]float32, len(data.Flux)), mean: make([]float32, n)}
	for k := range mean {
		s.mean[k] = float32(mean[k] / float64(data.Len()))
	}
	var sq float64
	for i, v := range data.Flux {
		d := float64(v) - float64(s.mean[i%n])
		sq += d * d
	}
	s.scale = math.Sqrt(sq / float64(len(data.Flux)))
	if s.scale == 0 {
		s.scale = 1
	}
	for i, v := range data.Flux {
		s.flux[i] = float32((float64(v) - float64(s.mean[i%n])) / s.scale)
	}
	return s, nil
}

package glo

import (
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

	weight []float32 // [N × n], with a mean of 1; nil if all fluxes count the same
}

// standardize returns the training signals standardised.
func standardize(data priors.Data) (standard, error) {
	if err := data.Check(); err != nil {
		return standard{}, err
	}
	if data.Weight != nil {
		return standardizeWeighted(data), nil
	}
	n := data.Dim
	mean := make([]float64, n)
	for i, v := range data.Flux {
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

// standardizeWeighted is standardize for signals whose fluxes have weights. Fluxes with the
// weight 0 have no part in mean and scale, and are 0 afterwards: whatever they were changes
// nothing.
func standardizeWeighted(data priors.Data) standard {
	n := data.Dim
	mean, count := make([]float64, n), make([]float64, n)
	var all, number, total float64
	for i, w := range data.Weight {
		total += float64(w)
		if w > 0 {
			mean[i%n] += float64(data.Flux[i])
			count[i%n]++
			all, number = all+float64(data.Flux[i]), number+1
		}
	}
	s := standard{flux: make([]float32, len(data.Flux)), weight: make([]float32, len(data.Flux)), mean: make([]float32, n)}
	for k := range mean {
		s.mean[k] = float32(all / number) // of a flux that no signal has
		if count[k] > 0 {
			s.mean[k] = float32(mean[k] / count[k])
		}
	}
	var sq float64
	for i, w := range data.Weight {
		if w > 0 {
			d := float64(data.Flux[i]) - float64(s.mean[i%n])
			sq += d * d
		}
	}
	s.scale = math.Sqrt(sq / number)
	if s.scale == 0 {
		s.scale = 1
	}
	factor := float64(len(data.Weight)) / total
	for i, w := range data.Weight {
		if w > 0 {
			s.flux[i] = float32((float64(data.Flux[i]) - float64(s.mean[i%n])) / s.scale)
			s.weight[i] = float32(float64(w) * factor)
		}
	}
	return s
}

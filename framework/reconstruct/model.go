// Package reconstruct completes and denoises single spectra with a trained prior, gives them
// error bands, and says which are unlike the spectra that the prior was trained on.
//
// A spectrum y, on pixels of its own, is s·R x + noise: x is the signal on the prior's grid, R
// the mean over each pixel, and s > 0 an unknown scale. Solvers find x and s. The residuals
// that they leave on validation signals (Calibrate) give the bands their width.
package reconstruct

import (
	"fmt"
	"slices"

	"sedlab/internal/safetensors"
	"sedlab/priors"
	"sedlab/solvers"
)

// Model is a prior that is ready to reconstruct spectra on its grid of n wavelengths.
type Model struct {
	Prior      priors.Prior // of signals with a root mean square of about 1
	Wavelength []float64    // n ≥ 2, Å, in the rest frame
	Solver     solvers.Config
	Seed       uint64
	Calibration
}

// Calibration is what was learned about a prior and a solver from training and validation
// signals, in units in which signals have a root mean square of 1.
type Calibration struct {
	Residual  []float64 // n, the variance that reconstructions leave where a flux was measured, its noise included
	Noise     []float64 // n, the typical variance of the noise of signals; zeros if their errors are unknown
	Widths    []float64 // by the distance from what was measured (see distances): what a band is stretched by
	Tempering []float64 // 1, what χ² of redshifts is divided by
	Misfit    []float64 // n, the variance of averaged residuals from the population, without noise
	Scores    []float64 // ascending: how badly the population fits training signals; see score
	population
}

// The names of a calibration's tensors.
const prefix = "calibration/"

func (c *Calibration) tensors() map[string]*[]float64 {
	return map[string]*[]float64{
		"residual": &c.Residual, "noise": &c.Noise, "widths": &c.Widths, "tempering": &c.Tempering, "misfit": &c.Misfit, "scores": &c.Scores,
		"mean": &c.Mean, "basis": &c.Basis, "spread": &c.Spread, "left": &c.Left,
	}
}

// Tensors returns the calibration and the grid as named tensors.
func (m *Model) Tensors() (list []safetensors.Tensor) {
	n := len(m.Wavelength)
	list = append(list, safetensors.Tensor{Name: prefix + "wavelength", Shape: []int{n}, Data: m.Wavelength})
	for name, values := range m.tensors() {
		shape := []int{len(*values)}
		if name == "basis" {
			shape = []int{len(*values) / n, n}
		}
		list = append(list, safetensors.Tensor{Name: prefix + name, Shape: shape, Data: *values})
	}
	slices.SortFunc(list, func(a, b safetensors.Tensor) int { return map[bool]int{true: -1, false: 1}[a.Name < b.Name] })
	return list
}

// SetTensors sets grid and calibration from the tensors of a file.
func (m *Model) SetTensors(f *safetensors.File) (err error) {
	if m.Wavelength, err = f.Float64s(prefix+"wavelength", -1); err != nil {
		return err
	}
	n := len(m.Wavelength)
	if n < 2 {
		return fmt.Errorf("tensor %q: %d wavelengths; expected at least 2", prefix+"wavelength", n)
	}
	shapes := map[string][]int{"residual": {n}, "noise": {n}, "widths": {len(distances) + 1}, "tempering": {1}, "misfit": {n}, "scores": {-1}, "mean": {n}, "basis": {-1, n}, "spread": {-1}, "left": {1}}
	for name, values := range m.tensors() {
		if *values, err = f.Float64s(prefix+name, shapes[name]...); err != nil {
			return err
		}
		for i, v := range *values {
			if v-v != 0 {
				return fmt.Errorf("tensor %q: value %d is %g; expected finite numbers", prefix+name, i, v)
			}
		}
	}
	if len(m.Spread)*n != len(m.Basis) {
		return fmt.Errorf("tensor %q: %d variances of %d directions", prefix+"spread", len(m.Spread), len(m.Basis)/n)
	}
	for i, v := range m.Wavelength {
		if !(v > 0) || i > 0 && v <= m.Wavelength[i-1] {
			return fmt.Errorf("tensor %q: wavelength %d is %g Å; expected positive and ascending ones", prefix+"wavelength", i, v)
		}
	}
	return nil
}

// Split parts the tensors of a calibration from those of the prior's own state.
func Split(f *safetensors.File) (prior, calibration *safetensors.File) {
	prior, calibration = &safetensors.File{Metadata: f.Metadata}, &safetensors.File{Metadata: f.Metadata}
	for _, t := range f.Tensors {
		to := prior
		if len(t.Name) > len(prefix) && t.Name[:len(prefix)] == prefix {
			to = calibration
		}
		to.Tensors = append(to.Tensors, t)
	}
	return prior, calibration
}

package gaussian

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"sedlab/internal/gappy"
	"sedlab/priors"
)

// Mean is the kind of the mean of the training signals.
var Mean = priors.Kind{
	Name: "mean", Version: 1, New: func() priors.Config { return new(MeanConfig) },
	Doc: "the mean of the training signals, with their variance at each flux: the least that a prior should know",
}

// PPCA is the kind of probabilistic PCA.
var PPCA = priors.Kind{
	Name: "ppca", Version: 1, New: func() priors.Config { return new(PPCAConfig) },
	Doc: "probabilistic PCA (Tipping and Bishop 1999): normal codes, and noise of the same variance for all fluxes; the posterior has a closed form",
}

// FactorAnalysis is the kind of factor analysis.
var FactorAnalysis = priors.Kind{
	Name: "factor_analysis", Version: 1, New: func() priors.Config { return new(FactorAnalysisConfig) },
	Doc: "factor analysis (Rubin and Thayer 1982): normal codes, and a noise variance for each flux; the posterior has a closed form",
}

// Weights holds the key of the weights of training fluxes.
type Weights struct {
	Using string `spec:"fluxes" default:"all" enum:"all|measured|weighted" doc:"which fluxes of the training signals count: all, those that were measured, or these by their errors, 1/(σ² + the median of σ²)"`
}

// Fluxes returns how fluxes are weighed.
func (w Weights) Fluxes() (how, key string) { return w.Using, "fluxes" }

// Seedless says that a fit draws no random numbers.
func (Weights) Seedless() {}

// Blank returns a *Prior.
func (Weights) Blank() priors.Prior { return new(Prior) }

// Factors holds the keys of models with factors.
type Factors struct {
	CodeDim int `spec:"code_dim" default:"20" example:"10" range:"[1,50]" doc:"number of factors"`
	Weights
	Iterations int     `spec:"iterations" default:"200" example:"50" range:"[1,100000]" doc:"iterations of expectation maximisation, at most"`
	Tolerance  float64 `spec:"tol" default:"0.01" example:"0.001" range:"[0,inf)" doc:"the fit ends when the mean log likelihood of a signal grows by less"`
}

// MeanConfig is the section of a mean in a spec.
type MeanConfig struct{ Weights }

// PPCAConfig is the section of a ppca in a spec.
type PPCAConfig struct{ Factors }

// FactorAnalysisConfig is the section of a factor_analysis in a spec.
type FactorAnalysisConfig struct{ Factors }

// Check finds nothing wrong.
func (*MeanConfig) Check(n, dim int) []priors.KeyError { return nil }

// Check returns what is wrong with the number of factors for n signals of dim fluxes.
func (c *Factors) Check(n, dim int) []priors.KeyError {
	if n > 0 && c.CodeDim > n-1 || dim > 0 && c.CodeDim > dim-1 {
		return []priors.KeyError{{Key: "code_dim", Problem: fmt.Sprintf("%d factors of %d training signals of %d fluxes; expected fewer factors than of either", c.CodeDim, n, dim)}}
	}
	return nil
}

// Train computes mean and variances.
func (c *MeanConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	return fit(ctx, Mean.Name, data, gappy.FactorOptions{Iterations: 2})
}

// Train fits the model by expectation maximisation.
func (c *PPCAConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	return c.train(ctx, PPCA.Name, data, true)
}

// Train fits the model by expectation maximisation.
func (c *FactorAnalysisConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	return c.train(ctx, FactorAnalysis.Name, data, false)
}

func (c *Factors) train(ctx context.Context, kind string, data priors.Data, isotropic bool) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	return fit(ctx, kind, data, gappy.FactorOptions{Factors: c.CodeDim, Iterations: c.Iterations, Tolerance: c.Tolerance, Isotropic: isotropic})
}

// fit fits a model to training signals.
func fit(ctx context.Context, kind string, data priors.Data, o gappy.FactorOptions) (priors.Prior, error) {
	if err := data.Check(); err != nil {
		return nil, err
	}
	o.Workers = data.Workers
	f, err := gappy.Factors(ctx, gappy.Data{Flux: data.Flux, Weight: data.Weight, Dim: data.Dim}, o)
	if err != nil {
		return nil, err
	}
	return &Prior{Model{Mean: narrow(f.Mean), Basis: narrow(f.Loadings), Noise: narrow(f.Noise), Power: powerOf(data)}, kind}, nil
}

// powerOf returns mean and standard deviation of the logarithm of the mean square of what was
// measured of training signals.
func powerOf(data priors.Data) [2]float32 {
	var sum, squares, count float64
	for i := range data.Len() {
		power, fluxes := 0.0, 0.0
		for j := i * data.Dim; j < (i+1)*data.Dim; j++ {
			if data.Weight == nil || data.Weight[j] > 0 {
				power, fluxes = power+float64(data.Flux[j])*float64(data.Flux[j]), fluxes+1
			}
		}
		if log := math.Log(power / fluxes); log-log == 0 {
			sum, squares, count = sum+log, squares+log*log, count+1
		}
	}
	if count == 0 {
		return [2]float32{}
	}
	mean := sum / count
	return [2]float32{float32(mean), float32(math.Sqrt(math.Max(0, squares/count-mean*mean)))}
}

func narrow(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// Cost counts the moments of the factors, and per signal a dozen normal equations.
func (c *Factors) Cost(n, dim int) priors.Cost {
	d := float64(c.CodeDim)
	return priors.Cost{
		Training: float64(n) * float64(dim) * float64(c.Iterations) * 2 * d * d,
		Closed:   15 * float64(dim) * d * d,
		Memory:   16 * 8 * float64(dim) * d * d / 2,
	}
}

// Prior is a model that was fitted.
type Prior struct {
	Model
	kind string
}

var (
	_ priors.Evident  = (*Prior)(nil)
	_ priors.Keeper   = (*Prior)(nil)
	_ priors.Opener   = (*MeanConfig)(nil)
	_ priors.Opener   = (*PPCAConfig)(nil)
	_ priors.Opener   = (*FactorAnalysisConfig)(nil)
	_ priors.Weigher  = (*FactorAnalysisConfig)(nil)
	_ priors.Coster   = (*FactorAnalysisConfig)(nil)
	_ priors.Seedless = (*FactorAnalysisConfig)(nil)
)

// Evident says that the evidence of a measurement has a closed form.
func (*Prior) Evident() {}

// State returns the tensors "mean" [n], "noise" [n], "power" [2] and, unless there are no factors, "basis"
// [code_dim × n].
func (p *Prior) State() *priors.State {
	n := p.Dim()
	tensors := []priors.Tensor{
		{Name: "mean", Shape: []int{n}, Data: p.Mean}, {Name: "noise", Shape: []int{n}, Data: p.Noise},
		{Name: "power", Shape: []int{2}, Data: p.Power[:]},
	}
	if d := p.CodeDim(); d > 0 {
		tensors = append(tensors, priors.Tensor{Name: "basis", Shape: []int{d, n}, Data: p.Basis})
	}
	return priors.NewState(p.kind, tensors...)
}

// Open returns the prior of a state, whose memory it shares.
func (c *MeanConfig) Open(s *priors.State) (priors.Prior, error) { return open(Mean.Name, s) }

// Open returns the prior of a state, whose memory it shares.
func (c *PPCAConfig) Open(s *priors.State) (priors.Prior, error) { return open(PPCA.Name, s) }

// Open returns the prior of a state, whose memory it shares.
func (c *FactorAnalysisConfig) Open(s *priors.State) (priors.Prior, error) {
	return open(FactorAnalysis.Name, s)
}

func open(kind string, s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	noise, noNoise := s.Float32s("noise", len(mean))
	power, noPower := s.Float32s("power", 2)
	names := []string{"mean", "noise", "power"}
	var basis []float32
	var noBasis error
	if kind != Mean.Name {
		names = append(names, "basis")
		basis, noBasis = s.Float32s("basis", -1, len(mean))
	}
	if err := cmp.Or(priors.CheckState(s, kind), s.Only(names...), noMean, noNoise, noPower, noBasis); err != nil {
		return nil, err
	}
	if len(mean) == 0 {
		return nil, fmt.Errorf(`tensor "mean" is empty`)
	}
	for i, v := range noise {
		if !(v > 0) {
			return nil, fmt.Errorf(`tensor "noise": the variance of flux %d is %g; expected a number above 0`, i, v)
		}
	}
	return &Prior{Model{mean, basis, noise, [2]float32(power)}, kind}, nil
}

package gaussian

import (
	"context"
	"fmt"
	"math"
	"slices"

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

// Fluxes returns how fluxes are weighted.
func (w Weights) Fluxes() (how, key string) { return w.Using, "fluxes" }

// Factors holds the keys of models with factors.
type Factors struct {
	CodeDim  int   `spec:"code_dim" default:"20" example:"10" range:"[1,50]" doc:"number of factors"`
	CodeDims []int `spec:"code_dims" default:"[]" example:"[5, 10, 20]" range:"[1,50]" doc:"numbers of factors to choose from, instead of code_dim: the one with the lowest error in hidden windows of the validation signals is kept"`
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

// Check returns what is wrong with the numbers of factors for n signals of dim fluxes.
func (c *Factors) Check(n, dim int) []priors.KeyError {
	key, dims := c.codeDims()
	for _, d := range dims {
		if n > 0 && d > n-1 || dim > 0 && d > dim-1 {
			return []priors.KeyError{{Key: key, Problem: fmt.Sprintf("got %d, but there are %d training signals of %d fluxes; expected fewer factors than signals and fluxes", d, n, dim)}}
		}
	}
	return nil
}

// Seedless says that a fit draws no random numbers.
func (*MeanConfig) Seedless() {}

// Seedless says that a fit draws no random numbers.
func (*PPCAConfig) Seedless() {}

// Seedless says that a fit draws no random numbers.
func (*FactorAnalysisConfig) Seedless() {}

// Blank returns a *Prior.
func (*MeanConfig) Blank() priors.Prior { return new(Prior) }

// Blank returns a *Prior.
func (*PPCAConfig) Blank() priors.Prior { return new(Prior) }

// Blank returns a *Prior.
func (*FactorAnalysisConfig) Blank() priors.Prior { return new(Prior) }

// Train computes mean and variances.
func (c *MeanConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	m, err := fit(ctx, data, gappy.FactorOptions{Iterations: 2})
	if err != nil {
		return nil, err
	}
	return &Prior{*m, Mean.Name, ""}, nil
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
	m, chosen, err := c.choose(ctx, data, func(o gappy.FactorOptions) (*MixtureModel, error) {
		o.Isotropic = isotropic
		g, err := fit(ctx, data, o)
		if err != nil {
			return nil, err
		}
		return g.alone(), nil
	})
	if err != nil {
		return nil, err
	}
	return &Prior{*m.Parts[0], kind, chosen}, nil
}

// fit fits a model to training signals.
func fit(ctx context.Context, data priors.Data, o gappy.FactorOptions) (*Model, error) {
	if err := data.Check(); err != nil {
		return nil, err
	}
	o.Workers = data.Workers
	f, err := gappy.Factors(ctx, gappy.Data{Flux: data.Flux, Weight: data.Weight, Dim: data.Dim}, o)
	if err != nil {
		return nil, err
	}
	return newModel(f, powerOf(data)), nil
}

func newModel(f *gappy.Factored, power [2]float32) *Model {
	return &Model{Mean: narrow(f.Mean), Basis: narrow(f.Loadings), Noise: narrow(f.Noise), Power: power}
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

// What a fit takes, about, before it ends by tol, and how much faster its products of matrices
// are than decompositions: on 3200 spectra of 1000 fluxes, 5 to 40 factors took 24 to 38 iterations.
const (
	usualIterations = 30
	speedup         = 8
)

// Cost counts the moments of the factors, and per signal a dozen normal equations.
func (c *Factors) Cost(n, dim int) priors.Cost {
	_, dims := c.codeDims()
	training, most := 0.0, float64(slices.Max(dims))
	for _, d := range dims {
		training += float64(n) * float64(dim) * float64(min(c.Iterations, usualIterations)) * 2 * float64(d*d) / speedup
	}
	return priors.Cost{
		Training: training,
		Closed:   15 * float64(dim) * most * most,
		Memory:   16 * 8 * float64(dim) * most * most / 2,
	}
}

package baseline

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/interp"

	"sedlab/priors"
)

// Interpolate is the kind of interpolation between measured fluxes, without a model of spectra.
var Interpolate = priors.Kind{
	Name: "interpolate", Version: 1, New: func() priors.Config { return new(InterpolateConfig) },
	Doc: "no knowledge of spectra but that neighbours are alike: interpolates measured fluxes, and extends the first and the last",
}

// InterpolateConfig is the section of an interpolate in a spec.
type InterpolateConfig struct {
	Method string `spec:"method" default:"linear" enum:"linear|spline" doc:"straight lines between measured fluxes, or Akima's splines (1970, J. ACM 17, 589), which do not swing"`
}

// Check finds nothing wrong.
func (*InterpolateConfig) Check(n, dim int) []priors.KeyError { return nil }

// Seedless says that no random numbers are drawn.
func (*InterpolateConfig) Seedless() {}

// Blank returns an *InterpolatePrior.
func (*InterpolateConfig) Blank() priors.Prior { return new(InterpolatePrior) }

// Train notes the number of fluxes.
func (c *InterpolateConfig) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	if err := cmp.Or(ctx.Err(), data.Check()); err != nil {
		return nil, err
	}
	return &InterpolatePrior{dim: data.Dim, spline: c.Method == "spline"}, nil
}

// InterpolatePrior interpolates signals of n fluxes.
type InterpolatePrior struct {
	dim    int
	spline bool
}

var (
	_ priors.Inferrer = (*InterpolatePrior)(nil)
	_ priors.Keeper   = (*InterpolatePrior)(nil)
	_ priors.Opener   = (*InterpolateConfig)(nil)
)

// Dim returns n.
func (p *InterpolatePrior) Dim() int { return p.dim }

// AtRandom says that inference draws no random numbers.
func (p *InterpolatePrior) AtRandom() bool { return false }

// Infer interpolates what each measurement says of single fluxes: Aᵀy over Aᵀ1 where that is not
// zero. So a measurement that averages fluxes counts for each of these.
func (p *InterpolatePrior) Infer(ctx context.Context, ms []priors.Measurement, _ uint64) ([]priors.Inferred, error) {
	out := make([]priors.Inferred, len(ms))
	for i, m := range ms {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := p.interpolate(m)
		scale := 1.0
		if m.FreeScale {
			sum := 0.0
			for _, v := range x {
				sum += v * v
			}
			if rms := math.Sqrt(sum / float64(p.dim)); rms > 0 {
				scale = rms
			}
		}
		out[i] = priors.Inferred{X: make([]float32, p.dim), Scale: scale, Evidence: math.NaN(), Iterations: 1, Converged: true}
		for j, v := range x {
			out[i].X[j] = float32(v / scale)
		}
	}
	return out, nil
}

// interpolate returns a signal through the fluxes that were measured.
func (p *InterpolatePrior) interpolate(m priors.Measurement) []float64 {
	rows, n := m.Op.Dims()
	y, ones := make([]float32, rows), make([]float32, rows)
	for j := range rows {
		if m.Counts(j) {
			y[j], ones[j] = m.Y[j], 1
		}
	}
	sum, weight, count := make([]float32, n), make([]float32, n), make([]float32, rows)
	m.Op.Apply(count, fill(n)) // of a matrix that averages, 1 each
	for j, c := range count {
		if c == 0 {
			ones[j] = 0
		} else {
			y[j] /= c
		}
		y[j] *= ones[j]
	}
	m.Op.Adjoint(sum, y)
	m.Op.Adjoint(weight, ones)
	var at, value []float64
	for i, w := range weight {
		if v := float64(sum[i] / w); w != 0 && !math.IsInf(v, 0) && v == v {
			at, value = append(at, float64(i)), append(value, v)
		}
	}
	x := make([]float64, n)
	if len(at) == 0 {
		return x
	}
	predict := func(float64) float64 { return value[0] }
	var line interp.FittablePredictor = new(interp.PiecewiseLinear)
	if p.spline && len(at) > 2 {
		line = new(interp.AkimaSpline)
	}
	if len(at) > 1 && line.Fit(at, value) == nil {
		predict = line.Predict
	}
	for i := range x {
		x[i] = predict(math.Min(math.Max(float64(i), at[0]), at[len(at)-1]))
	}
	return x
}

func fill(n int) []float32 {
	ones := make([]float32, n)
	for i := range ones {
		ones[i] = 1
	}
	return ones
}

// State returns the numbers "fluxes" and "spline".
func (p *InterpolatePrior) State() *priors.State {
	spline := 0.0
	if p.spline {
		spline = 1
	}
	return priors.NewState(Interpolate.Name,
		priors.Tensor{Name: "fluxes", Shape: []int{}, Data: []float64{float64(p.dim)}},
		priors.Tensor{Name: "spline", Shape: []int{}, Data: []float64{spline}})
}

// Open returns the prior of a state.
func (*InterpolateConfig) Open(s *priors.State) (priors.Prior, error) {
	fluxes, noFluxes := s.Float64s("fluxes")
	spline, noSpline := s.Float64s("spline")
	if err := cmp.Or(priors.CheckState(s, Interpolate.Name), s.Only("fluxes", "spline"), noFluxes, noSpline); err != nil {
		return nil, err
	}
	if n := fluxes[0]; !(n >= 1 && n <= 1<<24 && n == math.Trunc(n)) {
		return nil, fmt.Errorf(`tensor "fluxes" is %g; expected a number of fluxes`, n)
	}
	return &InterpolatePrior{dim: int(fluxes[0]), spline: spline[0] != 0}, nil
}

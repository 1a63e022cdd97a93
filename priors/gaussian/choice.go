package gaussian

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"sedlab/internal/gappy"
	"sedlab/internal/team"
	"sedlab/priors"
)

// codeDims returns the numbers of factors that are fitted, and the key that says so.
func (c *Factors) codeDims() (key string, dims []int) {
	if len(c.CodeDims) > 0 {
		return "code_dims", c.CodeDims
	}
	return "code_dim", []int{c.CodeDim}
}

// Validates returns code_dims if it chooses by validation signals.
func (c *Factors) Validates() (key string) {
	if len(c.CodeDims) > 0 {
		return "code_dims"
	}
	return ""
}

// choose returns a model with code_dim factors or, of those with code_dims, the one by which
// hidden windows of the validation signals are most probable, and a text that says so.
func (c *Factors) choose(ctx context.Context, data priors.Data, fit func(gappy.FactorOptions) (*MixtureModel, error)) (best *MixtureModel, chosen string, err error) {
	_, dims := c.codeDims()
	if c.Validates() != "" && len(data.Validation) == 0 {
		return nil, "", errors.New("code_dims: there are no validation signals to choose by")
	}
	scores, at := make([]float64, len(dims)), 0
	for i, d := range dims {
		m, err := fit(gappy.FactorOptions{Factors: d, Iterations: c.Iterations, Tolerance: c.Tolerance})
		if err != nil {
			return nil, "", err
		}
		if c.Validates() == "" {
			return m, "", nil
		}
		if scores[i], err = m.hiddenDensity(ctx, data); err != nil {
			return nil, "", err
		}
		if best == nil || scores[i] > scores[at] {
			best, at = m, i
		}
	}
	text := make([]string, len(dims))
	for i, d := range dims {
		text[i] = fmt.Sprintf("%+.3g with %d", scores[i]-scores[at], d)
	}
	return best, fmt.Sprintf("code_dim %d; log density of a hidden flux against it: %s", dims[at], strings.Join(text, ", ")), nil
}

// hiddenShare is the length of the windows by which models are compared, as a share of a signal.
const hiddenShare = 0.4

// hiddenDensity returns the mean log density of a flux in a window of each validation signal, given
// the others. Windows are spread evenly by the golden ratio. It is -Inf if nothing can be
// compared.
func (x *MixtureModel) hiddenDensity(ctx context.Context, data priors.Data) (float64, error) {
	n := data.Dim
	signals := len(data.Validation) / n
	logs, counts := make([]float64, signals), make([]float64, signals)
	t := team.New(data.Workers)
	defer t.Close()
	t.Run(team.Work{N: signals, Grain: 1, Do: func(lo, hi int) {
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			window := int(hiddenShare * float64(n))
			_, place := math.Modf(float64(i) * math.Phi)
			first := int(place * float64(n-window+1))
			var all, seen selection
			all.dim, seen.dim = n, n
			for j := range n {
				if data.ValidationWeight != nil && data.ValidationWeight[i*n+j] == 0 {
					continue
				}
				all.at = append(all.at, j)
				if j < first || j >= first+window {
					seen.at = append(seen.at, j)
				}
			}
			signal := data.Validation[i*n : (i+1)*n]
			logs[i] = x.problems(all.measure(signal)).at(1, 0).evidence - x.problems(seen.measure(signal)).at(1, 0).evidence
			counts[i] = float64(len(all.at) - len(seen.at))
		}
	}})
	sum, count := 0.0, 0.0
	for i, log := range logs {
		sum, count = sum+log, count+counts[i]
	}
	if count == 0 {
		return math.Inf(-1), ctx.Err()
	}
	return sum / count, ctx.Err()
}

// selection is the matrix that selects some fluxes.
type selection struct {
	at  []int
	dim int
}

// measure returns the measurement of the selected fluxes.
func (s selection) measure(signal []float32) priors.Measurement {
	m := priors.Measurement{Op: s, Y: make([]float32, len(s.at))}
	s.Apply(m.Y, signal)
	return m
}

// Dims returns the numbers of selected fluxes and of all.
func (s selection) Dims() (m, n int) { return len(s.at), s.dim }

// Apply selects fluxes.
func (s selection) Apply(dst, x []float32) {
	for j, i := range s.at {
		dst[j] = x[i]
	}
}

// Adjoint puts fluxes in their places, among zeros.
func (s selection) Adjoint(dst, y []float32) {
	clear(dst)
	for j, i := range s.at {
		dst[i] = y[j]
	}
}

// Variance selects variances.
func (s selection) Variance(dst, variance []float32) { s.Apply(dst, variance) }

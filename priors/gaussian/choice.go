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

// choose returns a model with code_dim factors or, of those with code_dims, the one with the least
// error in hidden windows of the validation signals, and a text that says so.
func (c *Factors) choose(ctx context.Context, data priors.Data, fit func(gappy.FactorOptions) (*MixtureModel, error)) (best *MixtureModel, chosen string, err error) {
	_, dims := c.codeDims()
	if c.Validates() != "" && len(data.Validation) == 0 {
		return nil, "", errors.New("code_dims: there are no validation signals to choose by")
	}
	errs, at := make([]float64, len(dims)), 0
	for i, d := range dims {
		m, err := fit(gappy.FactorOptions{Factors: d, Iterations: c.Iterations, Tolerance: c.Tolerance})
		if err != nil {
			return nil, "", err
		}
		if c.Validates() == "" {
			return m, "", nil
		}
		if errs[i], err = m.HiddenError(ctx, data); err != nil {
			return nil, "", fmt.Errorf("code_dims: %w", err)
		}
		if best == nil || errs[i] < errs[at] {
			best, at = m, i
		}
	}
	text := make([]string, len(dims))
	for i, d := range dims {
		text[i] = fmt.Sprintf("%.3g with %d", errs[i]/errs[at], d)
	}
	return best, fmt.Sprintf("code_dim %d; errors of hidden windows relative to it: %s", dims[at], strings.Join(text, ", ")), nil
}

// hiddenShare is the length of the windows by which models are compared, as a share of a signal.
const hiddenShare = 0.4

// HiddenError returns the geometric mean, over validation signals, of the mean squared error in a
// hidden window: so signals that are unlike all others do not decide. The log density of
// the window, another measure, prefers models with too few factors, whose deviations are larger.
func (x *MixtureModel) HiddenError(ctx context.Context, data priors.Data) (float64, error) {
	logs := make([]float64, len(data.Validation)/data.Dim)
	t := team.New(data.Workers)
	defer t.Close()
	t.Run(team.Work{N: len(logs), Grain: 1, Do: func(lo, hi int) {
		for i := lo; i < hi && ctx.Err() == nil; i++ {
			logs[i] = x.logError(data, i)
		}
	}})
	sum, count := 0.0, 0.0
	for _, log := range logs {
		if log-log == 0 {
			sum, count = sum+log, count+1
		}
	}
	if ctx.Err() == nil && count == 0 {
		return 0, errors.New("no window of a validation signal was measured")
	}
	return math.Exp(sum / count), ctx.Err()
}

// logError returns the logarithm of the mean squared error in the window of validation signal i, NaN if
// nothing was measured in it or outside. The golden ratio spreads windows evenly.
func (x *MixtureModel) logError(data priors.Data, i int) float64 {
	n := data.Dim
	window := int(math.Ceil(hiddenShare * float64(n)))
	_, place := math.Modf(float64(i) * math.Phi)
	first := int(place * float64(n-window+1))
	signal := data.Validation[i*n : (i+1)*n]
	measured := func(j int) bool { return data.ValidationWeight == nil || data.ValidationWeight[i*n+j] > 0 }
	seen := selection{dim: n}
	for j := range n {
		if (j < first || j >= first+window) && measured(j) {
			seen.at = append(seen.at, j)
		}
	}
	if len(seen.at) == 0 {
		return math.NaN()
	}
	m := priors.Measurement{Op: seen, Y: make([]float32, len(seen.at))}
	seen.Apply(m.Y, signal)
	found := x.signal(x.posterior(m)).X
	sum, count := 0.0, 0.0
	for j := first; j < first+window; j++ {
		if off := float64(found[j]) - float64(signal[j]); measured(j) {
			sum, count = sum+off*off, count+1
		}
	}
	return math.Log(sum / count)
}

// selection is the matrix that selects some fluxes.
type selection struct {
	at  []int
	dim int
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

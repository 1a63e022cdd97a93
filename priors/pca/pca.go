// Package pca is the linear prior that the paper compares its generator with: the mean of
// the training signals and their principal components.
package pca

import (
	"cmp"
	"context"
	"fmt"

	"sedlab/internal/eigen"
	"sedlab/priors"
)

const name = "pca"

// Kind is this prior's entry in the catalogue.
var Kind = priors.Kind{
	Name:    name,
	Doc:     "mean and principal components of the training signals, fitted by least squares",
	Version: 1,
	New:     func() priors.Config { return new(Config) },
}

// Config is a pca prior's section of a spec.
type Config struct {
	CodeDim int `spec:"code_dim" default:"50" range:"[1,4096]" doc:"number of principal components"`
}

// maxDim bounds the memory of the covariance, n² float64, to 0.8 GB.
const maxDim = 10_000

// Check returns what is wrong with the number of components for n signals of dim fluxes.
// About their mean, n signals span n−1 directions.
func (c *Config) Check(n, dim int) []priors.KeyError {
	var errs []priors.KeyError
	if n > 0 && c.CodeDim > n-1 {
		errs = append(errs, priors.KeyError{Key: "code_dim", Problem: fmt.Sprintf(
			"%d training signals and their mean have %d principal components; expected at most that many, or more training signals", n, n-1)})
	}
	if dim > maxDim {
		errs = append(errs, priors.KeyError{Key: "kind", Problem: fmt.Sprintf(
			"signals of %d fluxes need a covariance of %d GB; expected at most %d fluxes", dim, dim/1000*dim/1000*8/1000, maxDim)})
	}
	if dim > 0 && c.CodeDim > dim {
		errs = append(errs, priors.KeyError{Key: "code_dim", Problem: fmt.Sprintf(
			"signals of %d fluxes have %d principal components; expected at most that many", dim, dim)})
	}
	return errs
}

// Seedless says that the components follow from the signals alone.
func (*Config) Seedless() {}

// Train computes mean and components. There are no epochs to report.
func (c *Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	if err := data.Check(); err != nil {
		return nil, err
	}
	mean := eigen.Mean(data.Flux, data.Dim)
	cov, err := eigen.Covariance(ctx, data.Flux, mean)
	if err != nil {
		return nil, err
	}
	p := &Prior{mean: make([]float32, data.Dim)}
	for k, v := range mean {
		p.mean[k] = float32(v)
	}
	if p.basis, err = components(cov, data.Dim, c.CodeDim); err != nil {
		return nil, err
	}
	return p, nil
}

// Blank returns a *Prior.
func (*Config) Blank() priors.Prior { return (*Prior)(nil) }

// Cost counts the covariance's lower triangle, its reduction to a tridiagonal
// matrix, and per signal the QR decomposition of least squares. Memory is two
// matrices of the covariance's size.
func (c *Config) Cost(n, dim int) priors.Cost {
	signals, fluxes, d := float64(n), float64(dim), float64(c.CodeDim)
	return priors.Cost{
		Training: signals*fluxes*fluxes + 4./3*fluxes*fluxes*fluxes,
		Closed:   2 * fluxes * d * d,
		Memory:   8 * 2 * fluxes * fluxes,
	}
}

// Prior is mean + Σ_k c_k basis_k. It implements priors.Affine.
//
// The rows of the basis are orthogonal, in order of falling variance. Each is as long as
// the standard deviation of the training signals along it, so every c_k has unit variance
// over these, and a penalty ‖c‖² (paper, eq. 4) is relative to each component's usual
// size. A component without variance is a row of zeros.
type Prior struct{ mean, basis []float32 }

var (
	_ priors.Opener = (*Config)(nil)
	_ priors.Coster = (*Config)(nil)
	_ priors.Affine = (*Prior)(nil)
	_ priors.Keeper = (*Prior)(nil)
)

// Dim returns n, the number of fluxes of a signal.
func (p *Prior) Dim() int { return len(p.mean) }

// Mean returns the mean of the training signals. It must not be changed.
func (p *Prior) Mean() []float32 { return p.mean }

// Basis returns the scaled components, code_dim × n. It must not be changed.
func (p *Prior) Basis() []float32 { return p.basis }

// State returns the tensors "mean" [n] and "basis" [code_dim × n].
func (p *Prior) State() *priors.State {
	n := len(p.mean)
	return priors.NewState(name,
		priors.Tensor{Name: "mean", Shape: []int{n}, Data: p.mean},
		priors.Tensor{Name: "basis", Shape: []int{len(p.basis) / n, n}, Data: p.basis})
}

// Open returns the prior of a state, whose memory it shares.
func (*Config) Open(s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	basis, noBasis := s.Float32s("basis", -1, len(mean))
	if err := cmp.Or(priors.CheckState(s, name), s.Only("mean", "basis"), noMean, noBasis); err != nil {
		return nil, err
	}
	return &Prior{mean: mean, basis: basis}, nil
}

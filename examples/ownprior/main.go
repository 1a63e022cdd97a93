// Ownprior is sedlab with one more prior: signals that vary slowly with
// wavelength, as a sum of the lowest cosines.
//
//	go run . run smooth.yaml
package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"

	"sedlab/catalog"
	"sedlab/framework/cli"
	"sedlab/priors"
)

func main() {
	c := catalog.Default()
	c.Priors = append(c.Priors, cosines)
	os.Exit(cli.Main(c, os.Args[1:], os.Stdout, os.Stderr))
}

const name = "cosines"

// cosines is what a spec's `kind: cosines` names.
var cosines = priors.Kind{
	Name:    name,
	Doc:     "the mean of the training signals and the lowest cosines over wavelength",
	Version: 1, // raise it when the same keys and data come to give another prior
	New:     func() priors.Config { return new(config) },
}

// config is the prior's section of a spec.
type config struct {
	Terms int `spec:"terms" default:"20" range:"[1,inf)" doc:"number of cosines"`
}

// Check refuses more cosines than fluxes.
func (c *config) Check(n, dim int) []priors.KeyError {
	if dim > 0 && c.Terms > dim {
		return []priors.KeyError{{Key: "terms", Problem: fmt.Sprintf("%d cosines for %d fluxes; expected at most as many", c.Terms, dim)}}
	}
	return nil
}

// Train takes the mean of the training signals; the basis is known beforehand.
func (c *config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &prior{mean: make([]float32, data.Dim), basis: make([]float32, c.Terms*data.Dim)}
	for i, v := range data.Flux {
		p.mean[i%data.Dim] += v / float32(data.Len())
	}
	for k := range c.Terms {
		for j := range data.Dim {
			p.basis[k*data.Dim+j] = float32(math.Cos(math.Pi * float64(k) * (float64(j) + 0.5) / float64(data.Dim)))
		}
	}
	return p, nil
}

// Blank says of which type trained priors are, and so which solvers can use them.
func (*config) Blank() priors.Prior { return new(prior) }

// prior implements priors.Affine, so sedlab solves for the coefficients itself.
type prior struct{ mean, basis []float32 }

func (p *prior) Dim() int         { return len(p.mean) }
func (p *prior) Mean() []float32  { return p.mean }
func (p *prior) Basis() []float32 { return p.basis }

// State is how a trained prior is kept in a file, so that no run trains it again.
func (p *prior) State() *priors.State {
	n := len(p.mean)
	return priors.NewState(name,
		priors.Tensor{Name: "mean", Shape: []int{n}, Data: p.mean},
		priors.Tensor{Name: "basis", Shape: []int{len(p.basis) / n, n}, Data: p.basis})
}

// Open returns the prior of a state. A length of -1 stands for any but 0.
func (*config) Open(s *priors.State) (priors.Prior, error) {
	mean, noMean := s.Float32s("mean", -1)
	basis, noBasis := s.Float32s("basis", -1, len(mean))
	if err := cmp.Or(priors.CheckState(s, name), s.Only("mean", "basis"), noMean, noBasis); err != nil {
		return nil, err
	}
	return &prior{mean, basis}, nil
}

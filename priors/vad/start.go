package vad

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"sedlab/internal/eigen"
	"sedlab/internal/team"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// rotate turns the factors so that their posterior precisions, I + WᵀΨ⁻¹W for complete signals,
// are diagonal, as those of variational posteriors are.
func rotate(g *gaussian.Model) error {
	n, d := g.Dim(), g.CodeDim()
	a := make([]float64, d*d)
	for k := range d {
		for l := range k + 1 {
			sum := 0.0
			for j := range n {
				sum += float64(g.Basis[k*n+j]) * float64(g.Basis[l*n+j]) / float64(g.Noise[j])
			}
			a[k*d+l] = sum
		}
	}
	_, vectors, err := eigen.Leading(a, d, d)
	if err != nil {
		return err
	}
	turned := make([]float32, d*n)
	for k := range d {
		for j := range n {
			sum := 0.0
			for l := range d {
				sum += vectors[k*d+l] * float64(g.Basis[l*n+j])
			}
			turned[k*n+j] = float32(sum)
		}
	}
	g.Basis = turned
	return nil
}

// complete is the identity: the signal itself is measured.
type complete int

func (c complete) Dims() (m, n int)          { return int(c), int(c) }
func (c complete) Apply(dst, x []float32)    { copy(dst, x) }
func (c complete) Adjoint(dst, y []float32)  { copy(dst, y) }
func (c complete) Variance(dst, v []float32) { copy(dst, v) }

// measurement returns training signal i, measured with noise of these variances.
func (t *loop) measurement(i int, noise []float32) priors.Measurement {
	n := t.data.Dim
	m := priors.Measurement{Signal: i, Op: complete(n), Y: t.data.Flux[i*n : (i+1)*n]}
	if t.data.Weight != nil {
		m.Precision = make([]float32, n)
		for j, w := range t.data.Weight[i*n : (i+1)*n] {
			m.Precision[j] = w / noise[j]
		}
	}
	return m
}

// start sets the codes to their linear posteriors.
func (t *loop) start(ctx context.Context) error {
	d := t.codes.d
	for i := range t.data.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		mean, sigma := t.linear.Code(t.measurement(i, t.linear.Noise))
		copy(t.codes.mean[i*d:], mean)
		for k, s := range sigma {
			t.codes.log[i*d+k] = float32(math.Log(s))
		}
	}
	return nil
}

// first is the search for codes with a generator from which a training begins.
var first = Search{Steps: 50, LR: 0.03, Samples: 2}

// infer takes the codes from their linear posteriors to those of a generator.
func (t *loop) infer(ctx context.Context, m *member) error {
	d := t.codes.d
	crew := team.New(t.data.Workers)
	defer crew.Close()
	crew.Run(team.Work{N: t.data.Len(), Grain: quickTile, Do: func(lo, hi int) {
		var ms []priors.Measurement
		var from []start
		for i := lo; i < hi; i++ {
			ms = append(ms, t.measurement(i, m.noise))
			from = append(from, start{t.codes.mean[i*d : (i+1)*d], t.codes.log[i*d : (i+1)*d], 1, 0})
		}
		s := m.newInference(ms, from, t.data.Seed, first)
		for step := 1; step <= first.Steps && ctx.Err() == nil; step++ {
			s.step(step)
		}
		copy(t.codes.mean[lo*d:], s.codes.mean)
		copy(t.codes.log[lo*d:], s.codes.log)
	}})
	return ctx.Err()
}

// StartsFrom returns init_from.
func (c *Config) StartsFrom() (path, key string) { return c.InitFrom, "init_from" }

// CheckStart refuses the state of a prior with other generators.
func (c *Config) CheckStart(s *priors.State, dim int) error {
	_, err := c.openStart(s, dim)
	return err
}

// openStart returns the generators of a state, one for each to be trained.
func (c *Config) openStart(s *priors.State, dim int) ([]group, error) {
	p, err := c.Open(s)
	if err != nil {
		return nil, err
	}
	groups, classes := p.(*Prior).groups, 0
	var dims []int
	for _, g := range groups {
		dims, classes = append(dims, g.members[0].net.In), max(classes, len(g.members))
	}
	net := groups[0].members[0].net
	linear, most, slope := p.(*Prior).linear, slices.Max(c.Classes), float32(c.Slope)
	var unlike []string
	expect := func(ok bool, format string, got, expected any) {
		if !ok {
			unlike = append(unlike, fmt.Sprintf(format, got, expected))
		}
	}
	expect(linear == c.Linear, "linear: %t, expected %t", linear, c.Linear)
	expect(slices.Equal(dims, c.codeDims()), "codes of %v numbers, expected %v", dims, c.codeDims())
	expect(classes <= most, "%d classes, expected at most %d", classes, most)
	expect(slices.Equal(net.Hidden, c.Hidden), "hidden: %v, expected %v", net.Hidden, c.Hidden)
	expect(net.Slope == slope, "leaky_relu: %g, expected %g", net.Slope, slope)
	expect(net.Out == dim, "%d fluxes, expected %d", net.Out, dim)
	if len(unlike) > 0 {
		return nil, fmt.Errorf("holds a vad with %s, as in this spec and its data", strings.Join(unlike, "; "))
	}
	return groups, nil
}

package vad

import (
	"context"
	"math"

	"sedlab/internal/eigen"
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

// start sets the codes to their linear posteriors.
func (t *loop) start(ctx context.Context) error {
	n, d := t.data.Dim, t.codes.d
	for i := range t.data.Len() {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := priors.Measurement{Op: complete(n), Y: t.data.Flux[i*n : (i+1)*n]}
		if t.data.Weight != nil {
			m.Precision = make([]float32, n)
			for j, w := range t.data.Weight[i*n : (i+1)*n] {
				m.Precision[j] = w / t.linear.Noise[j]
			}
		}
		mean, sigma := t.linear.Code(m)
		copy(t.codes.mean[i*d:], mean)
		for k, s := range sigma {
			t.codes.log[i*d+k] = float32(math.Log(s))
		}
	}
	return nil
}

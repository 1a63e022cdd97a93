package operators

import (
	"context"
	"math"

	"sedlab/internal/rng"
)

// CompressedSensing takes m = n − (hidden fluxes) random projections, with
// entries N(0, 1/m) (Bora et al. 2017, §2). One matrix measures all signals.
// Matrices with different m share their rows, up to the scale.
var CompressedSensing = Kind{
	Name:    "compressed_sensing",
	Doc:     "takes m = (1 - missing_fraction)·n Gaussian random projections, with entries N(0, 1/m)",
	Version: 1,
	New:     func() Config { return new(CompressedSensingConfig) },
}

// CompressedSensingConfig holds the keys of CompressedSensing.
type CompressedSensingConfig struct{ Hiding }

// Family returns the operators of Config.
func (c *CompressedSensingConfig) Family(ctx context.Context, grid []float64, seed uint64) (Family, error) {
	if err := c.refused(); err != nil {
		return nil, err
	}
	n := len(grid)
	a, err := newGaussian(ctx, n-c.hidden(n), n, seed)
	return func(int) Operator { return a }, err
}

// Memory returns the memory of the matrix.
func (c *CompressedSensingConfig) Memory(n int) float64 {
	return 4 * float64(n-c.hidden(n)) * float64(n)
}

// gaussian is a dense m×n matrix, stored by rows.
type gaussian struct {
	m, n int
	a    []float32
}

func newGaussian(ctx context.Context, m, n int, seed uint64) (*gaussian, error) {
	g := &gaussian{m: m, n: n, a: make([]float32, m*n)}
	scale := 1 / math.Sqrt(float64(m))
	for i := range m {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r := rng.New(seed, "operators/compressed_sensing", uint64(i))
		for j := range n {
			g.a[i*n+j] = float32(r.NormFloat64() * scale)
		}
	}
	return g, nil
}

func (g *gaussian) Dims() (m, n int) { return g.m, g.n }

func (g *gaussian) Apply(dst, x []float32) {
	checkLengths(g, dst, x)
	for i := range dst {
		dst[i] = dot(g.a[i*g.n:(i+1)*g.n], x)
	}
}

func (g *gaussian) Adjoint(dst, y []float32) {
	checkLengths(g, y, dst)
	clear(dst)
	for i, v := range y {
		row := g.a[i*g.n : (i+1)*g.n]
		for j := range dst {
			dst[j] += v * row[j]
		}
	}
}

// Variance implements Propagator.
func (g *gaussian) Variance(dst, variance []float32) {
	checkLengths(g, dst, variance)
	for i := range dst {
		var sum float64
		for j, a := range g.a[i*g.n : (i+1)*g.n] {
			sum += float64(a) * float64(a) * float64(variance[j])
		}
		dst[i] = float32(sum)
	}
}

// dot keeps four partial sums, which the processor adds in parallel.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}

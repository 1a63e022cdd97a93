package glo

import (
	"sedlab/internal/f32"
	"sedlab/internal/rng"
)

// codes are the latent vectors of the training signals. Each moves once per epoch, with
// its own Adam state and step count: while it waits, its moments do not decay.
type codes struct {
	dim     int
	sphere  bool      // whether they are kept on the unit sphere
	z, m, v []float32 // [N × dim]
	steps   []int64
}

// newCodes takes over initial codes z [N × dim] and, if sphere is set, puts them on the
// unit sphere.
func newCodes(z []float32, dim int, sphere bool) *codes {
	if sphere {
		f32.Sphere(z, dim)
	}
	return &codes{
		dim: dim, sphere: sphere, z: z,
		m: make([]float32, len(z)), v: make([]float32, len(z)), steps: make([]int64, len(z)/dim),
	}
}

// drawCodes draws n codes from N(0, I), each from a stream of its own.
func drawCodes(n, dim int, seed uint64) []float32 {
	z := make([]float32, n*dim)
	for i := range n {
		rnd := rng.New(seed, "glo/code", uint64(i))
		for k := range dim {
			z[i*dim+k] = float32(rnd.NormFloat64())
		}
	}
	return z
}

// step moves the codes of the batch by Adam, given their gradients [batch × dim], and
// puts them back on the sphere if they belong there. The moments are not projected.
func (c *codes) step(batch []int, grad []float32, lr float64) {
	for b, i := range batch {
		c.steps[i]++
		lo, hi := i*c.dim, (i+1)*c.dim
		s := f32.NewAdamStep(lr, 0, int(c.steps[i]))
		f32.Adam(c.z[lo:hi], grad[b*c.dim:(b+1)*c.dim], c.m[lo:hi], c.v[lo:hi], s)
		if c.sphere {
			f32.Sphere(c.z[lo:hi], c.dim)
		}
	}
}

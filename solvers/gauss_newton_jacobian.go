package solvers

import (
	"math"

	"sedlab/internal/f32"
	"sedlab/priors"
)

// jacobianTape returns a tape with Jacobians: the generator's own, or one that takes
// differences.
func jacobianTape(g priors.Generator, size int) priors.JacobianTape {
	tape := g.NewTape(size)
	if t, ok := tape.(priors.JacobianTape); ok {
		return t
	}
	n, d := g.Dim(), g.CodeDim()
	return &differences{Tape: tape, beside: g.NewTape(2), n: n, d: d, z: make([]float32, 2*d), x: make([]float32, 2*n)}
}

// differences is a Tape whose Jacobians are central differences.
type differences struct {
	priors.Tape
	beside priors.Tape // for two codes
	n, d   int
	codes  []float32 // of the last Generate
	z, x   []float32 // two codes and their signals
}

// Generate also notes the codes.
func (t *differences) Generate(x, z []float32) {
	t.codes = append(t.codes[:0], z...)
	t.Tape.Generate(x, z)
}

// Jacobian moves each entry of a code by a fiftieth of the code's norm.
func (t *differences) Jacobian(j []float32, of []int) {
	for _, c := range of {
		code := t.codes[c*t.d : (c+1)*t.d]
		h := float32(0.02 * max(math.Sqrt(f32.Dot(code, code)), 1e-3))
		for k := range t.d {
			up, down := t.z[:t.d], t.z[t.d:]
			copy(up, code)
			copy(down, code)
			up[k] += h
			down[k] -= h
			t.beside.Generate(t.x, t.z)
			row, by := j[:t.n], up[k]-down[k]
			for i := range row {
				row[i] = (t.x[i] - t.x[t.n+i]) / by
			}
			j = j[t.n:]
		}
	}
}

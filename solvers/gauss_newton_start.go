package solvers

import (
	"cmp"
	"math"
	"slices"

	"sedlab/internal/f32"
	"sedlab/priors"
)

// nearestCodes is the most training codes whose signals are compared with a measurement.
const nearestCodes = 512

// starts holds first codes that are not random.
type starts struct {
	z  []float32 // the codes, d numbers each
	x  []float32 // their signals, n fluxes each; nil if there is only one code
	dx []float32 // n
	d  int
}

// newStarts returns the first codes of an init. The tape takes size codes.
func newStarts(g priors.Generator, tape priors.Tape, size int, init string) starts {
	n, d := g.Dim(), g.CodeDim()
	s := starts{d: d}
	coded, ok := g.(priors.Coded)
	if !ok || len(coded.Codes()) == 0 {
		return s
	}
	codes := coded.Codes()
	count := len(codes) / d
	switch init {
	case meanInit:
		s.z = meanCode(codes, d)
	case nearestInit:
		some := min(count, nearestCodes)
		for k := range some {
			i := k * count / some
			s.z = append(s.z, codes[i*d:(i+1)*d]...)
		}
		s.x, s.dx = make([]float32, some*n), make([]float32, n)
		for lo := 0; lo < some; lo += size {
			hi := min(lo+size, some)
			tape.Generate(s.x[lo*n:hi*n], s.z[lo*d:hi*d])
		}
	}
	return s
}

func meanCode(codes []float32, d int) []float32 {
	mean := make([]float64, d)
	for i, v := range codes {
		mean[i%d] += float64(v)
	}
	for k := range mean {
		mean[k] *= float64(d) / float64(len(codes))
	}
	return narrow(mean)
}

// code returns the first code of a search, or nil if it is a random one. Among several, restart
// counts from the one whose signal has the lowest misfit.
func (s *starts) code(m misfit, restart int) []float32 {
	if restart*s.d >= len(s.z) {
		return nil
	}
	if s.x == nil {
		return s.z
	}
	n := len(s.dx)
	order, fit := make([]int, len(s.z)/s.d), make([]float64, len(s.z)/s.d)
	for k := range order {
		order[k], fit[k] = k, m.gradient(s.dx, s.x[k*n:(k+1)*n])
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(fit[a], fit[b]) })
	k := order[restart]
	return s.z[k*s.d : (k+1)*s.d]
}

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

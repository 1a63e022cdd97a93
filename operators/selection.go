package operators

import "fmt"

// selection measures the fluxes where observed is true, in order of wavelength.
// Its adjoint puts each measurement back in its place, and zero elsewhere.
type selection struct {
	observed []bool
	index    []int // of the observed fluxes
}

func newSelection(observed []bool) *selection {
	s := &selection{observed: observed}
	for i, ok := range observed {
		if ok {
			s.index = append(s.index, i)
		}
	}
	return s
}

func (s *selection) Dims() (m, n int) { return len(s.index), len(s.observed) }

func (s *selection) Observed() []bool { return s.observed }

func (s *selection) Apply(dst, x []float32) {
	checkLengths(s, dst, x)
	for j, i := range s.index {
		dst[j] = x[i]
	}
}

func (s *selection) Adjoint(dst, y []float32) {
	checkLengths(s, y, dst)
	clear(dst)
	for j, i := range s.index {
		dst[i] = y[j]
	}
}

// Variance picks the variances of the observed fluxes.
func (s *selection) Variance(dst, variance []float32) { s.Apply(dst, variance) }

// checkLengths panics unless y has m and x has n elements.
func checkLengths(op Operator, y, x []float32) {
	if m, n := op.Dims(); len(y) != m || len(x) != n {
		panic(fmt.Sprintf("operators: lengths %d and %d, operator is %d×%d", len(y), len(x), m, n))
	}
}

package gappy

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/eigen"
)

// pairs is the number of entries in the lower triangle of a k×k matrix.
func pairs(k int) int { return k * (k + 1) / 2 }

// normal solves the normal equations of one signal after another. Matrices are symmetric
// and positive semidefinite, with their lower triangle packed row by row.
type normal struct {
	k     int
	lower []float64 // the Cholesky factor, packed
	ok    bool      // it exists; otherwise full is used
	full  []float64 // k×k, the matrix over its largest entry

	largest float64
}

func newNormal(k int) *normal {
	return &normal{k: k, lower: make([]float64, pairs(k)), full: make([]float64, k*k)}
}

// singular is the smallest pivot that is trusted, relative to the largest entry.
const singular = 1e-12

// factor prepares to solve with a.
func (s *normal) factor(a []float64) {
	copy(s.lower, a)
	largest := 0.0
	for i := range s.k {
		largest = max(largest, a[pairs(i)+i])
	}
	s.ok = largest > 0
	for i := 0; i < s.k && s.ok; i++ {
		row := s.lower[pairs(i):][:i+1]
		for j := range row {
			other, sum := s.lower[pairs(j):][:j+1], row[j]
			for l := range j {
				sum -= row[l] * other[l]
			}
			if j < i {
				row[j] = sum / other[j]
				continue
			}
			s.ok = sum > singular*largest
			row[i] = math.Sqrt(sum)
		}
	}
	if s.largest = largest; !s.ok {
		for i := range s.k {
			for j := range i + 1 {
				s.full[i*s.k+j] = a[pairs(i)+j] / largest
			}
		}
	}
}

// solve replaces b by the solution x of a·x = b, or by the shortest x of least squares if a
// is singular.
func (s *normal) solve(b []float64) {
	if !s.ok {
		s.shortest(b)
		return
	}
	for i := range b {
		row := s.lower[pairs(i):][:i+1]
		for j := range i {
			b[i] -= row[j] * b[j]
		}
		b[i] /= row[i]
	}
	for i := len(b) - 1; i >= 0; i-- {
		for j := i + 1; j < len(b); j++ {
			b[i] -= s.lower[pairs(j)+i] * b[j]
		}
		b[i] /= s.lower[pairs(i)+i]
	}
}

// shortest solves by the eigenvectors that are well determined.
func (s *normal) shortest(b []float64) {
	k, x := s.k, make([]float64, s.k)
	if s.largest > 0 && !math.IsInf(s.largest, 0) {
		values, vectors, err := eigen.Leading(append([]float64(nil), s.full...), k, k)
		for a := 0; a < k && err == nil && values[a] > singular*values[0]; a++ {
			v := vectors[a*k : (a+1)*k]
			floats.AddScaled(x, floats.Dot(v, b)/values[a]/s.largest, v)
		}
	}
	copy(b, x)
}

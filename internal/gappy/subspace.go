package gappy

import (
	"context"
	"math"

	"sedlab/internal/eigen"
	"sedlab/internal/f32"
	"sedlab/internal/rng"
)

// MaxComponents is the largest number of components that can be found.
const MaxComponents = 50

const (
	// tolerance is the largest angle, in radians, between the space that was found and the
	// true one, as estimated from residuals; finalTolerance is that between eigenvectors.
	tolerance      = 1e-7
	finalTolerance = 1e-9

	mostBlocks = 12 // of a Krylov space, before it is restarted from its best vectors
	mostPasses = 60 // after which the result is accepted, for eigenvalues that hardly differ
)

// subspace finds the leading eigenvectors of one symmetric positive semidefinite matrix
// [n × n] after another, each starting from those of the matrix before. It uses a matrix only
// through its products with panels. It builds an orthonormal basis of the block Krylov
// space, and takes the best vectors in it by the Rayleigh–Ritz procedure (Saad, Numerical
// Methods for Large Eigenvalue Problems, 2nd edition, sections 4.3 and 6.6).
//
// Blocks have some more columns than there are eigenvectors to find, which makes them
// converge faster.
type subspace struct {
	n, k, width int

	vectors []float64 // n×width, the first k are the eigenvectors
	values  []float64 // width, falling

	basis, image [][]float64 // blocks [n × width]: an orthonormal basis, and its products with the matrix
	projected    [][]float64 // blocks [width × width] of basisᵀ·image: block (a, b ≤ a) at pairs(a)+b
	passes       int         // products with the last matrix
	reached      float64     // the angle after them
}

func newSubspace(n, k int) *subspace {
	s := &subspace{n: n, k: k, width: f32.Pad64(k + max(4, k/2))}
	s.vectors, s.values = make([]float64, n*s.width), make([]float64, s.width)
	rnd := rng.New(0, "gappy/start")
	for i := range s.vectors {
		s.vectors[i] = rnd.NormFloat64()
	}
	s.orthonormal(s.vectors, 0)
	return s
}

// find replaces the eigenvectors by those of the matrix that multiply applies. The space
// that they span is determined to tolerance; if final is true, each of them to
// finalTolerance.
func (s *subspace) find(ctx context.Context, multiply func(ctx context.Context, w, q []float64) error, final bool) error {
	first := s.passes // before which it is not worth looking
	if s.reached < tolerance/10 {
		first--
	}
	s.basis, s.image, s.projected = nil, nil, nil
	q := append([]float64(nil), s.vectors...)
	for s.passes = 1; ; s.passes++ {
		w := make([]float64, len(q))
		if err := multiply(ctx, w, q); err != nil {
			return err
		}
		s.add(q, w)
		full, looked := len(s.basis) == mostBlocks, false
		var image []float64
		if s.passes >= first || full {
			var err error
			if image, err = s.ritz(); err != nil || s.passes >= mostPasses || s.converged(image, final) {
				return err
			}
			looked = true
		}
		q = append([]float64(nil), w...)
		if !s.expand(q) { // the space holds all that the matrix has
			if !looked {
				_, err := s.ritz()
				return err
			}
			return nil
		}
		if full {
			s.basis, s.image, s.projected = nil, nil, nil
			s.add(append([]float64(nil), s.vectors...), image)
			s.expand(q)
		}
	}
}

// add adds a block and its image.
func (s *subspace) add(q, w []float64) {
	s.basis, s.image = append(s.basis, q), append(s.image, w)
	for _, b := range s.basis {
		p := make([]float64, s.width*s.width)
		f32.Product64(p, w, b, s.width, s.n, s.width, 1, s.width, false)
		s.projected = append(s.projected, p)
	}
}

// expand makes q orthonormal to the basis. Columns without a component of their own become
// zero; it reports whether any is left.
func (s *subspace) expand(q []float64) bool {
	scale := 0.0
	for _, v := range q {
		scale += v * v
	}
	// Twice because of rounding. What loses most of its length the second time was rounding.
	left := false
	for _, floor := range []float64{1e-26 * scale, 1e-2} {
		product := make([]float64, s.width*s.width)
		for _, b := range s.basis {
			f32.Product64(product, b, q, s.width, s.n, s.width, 1, s.width, false)
			for i := range product {
				product[i] = -product[i]
			}
			f32.Product64(q, b, product, s.n, s.width, s.width, s.width, 1, true)
		}
		left = s.orthonormal(q, floor)
	}
	return left
}

// orthonormal replaces the columns of q by an orthonormal basis of their span, by the
// eigenvectors of their Gram matrix. It leaves out directions whose squared length is at
// most floor, or lost in rounding, and reports whether any is left.
func (s *subspace) orthonormal(q []float64, floor float64) bool {
	width := s.width
	gram := make([]float64, width*width)
	f32.Product64(gram, q, q, width, s.n, width, 1, width, false)
	values, vectors, err := eigen.Leading(gram, width, width)
	if err != nil { // of numbers that are not finite
		clear(q)
		return false
	}
	turn, left := make([]float64, width*width), false
	for b, v := range values {
		if v <= floor {
			break
		}
		left = true
		for a := range width {
			turn[a*width+b] = vectors[b*width+a] / math.Sqrt(v)
		}
	}
	f32.Product64(q, append([]float64(nil), q...), turn, s.n, width, width, width, 1, false)
	return left
}

// ritz sets vectors and values to the best in the space, and returns the vectors' products
// with the matrix.
func (s *subspace) ritz() (image []float64, err error) {
	width, blocks := s.width, len(s.basis)
	m := blocks * width
	t := make([]float64, m*m) // only the lower triangle is read
	for a := range blocks {
		for b := range a + 1 {
			for i := range width {
				copy(t[(a*width+i)*m+b*width:], s.projected[pairs(a)+b][i*width:(i+1)*width])
			}
		}
	}
	values, vectors, err := eigen.Leading(t, m, width)
	if err != nil {
		return nil, err
	}
	copy(s.values, values)
	s.vectors, image = make([]float64, s.n*width), make([]float64, s.n*width)
	turn := make([]float64, width*width)
	for at := range s.basis {
		for a := range width {
			for b := range width {
				turn[a*width+b] = vectors[b*m+at*width+a]
			}
		}
		f32.Product64(s.vectors, s.basis[at], turn, s.n, width, width, width, 1, true)
		f32.Product64(image, s.image[at], turn, s.n, width, width, width, 1, true)
	}
	return image, nil
}

// converged reports whether the vectors are precise enough, and sets reached. The angle
// between the space of the first k vectors and the true one is at most about their residual
// over the gap to the next eigenvalue, and so for single vectors.
func (s *subspace) converged(image []float64, final bool) bool {
	residual, all, worst := make([]float64, s.k), 0.0, 0.0
	for i, v := range image {
		if b := i % s.width; b < s.k {
			d := v - s.values[b]*s.vectors[i]
			residual[b] += d * d
		}
	}
	gap := math.Inf(1)
	for b, r := range residual {
		next := s.values[b] - s.values[b+1]
		all += r
		worst = max(worst, math.Sqrt(r)/min(gap, next))
		gap = next
	}
	s.reached = math.Sqrt(all) / gap
	if math.Sqrt(all) <= 1e-14*s.values[0] { // nothing but rounding
		return true
	}
	if final {
		return max(worst, s.reached) < finalTolerance
	}
	return s.reached < tolerance
}

// model returns the eigenvectors about a mean, and the square roots of their values.
func (s *subspace) model(mean []float64) *Model {
	m := &Model{Mean: mean, Basis: make([]float64, s.k*s.n), Values: make([]float64, s.k)}
	for a := range m.Values {
		m.Values[a] = math.Sqrt(s.values[a])
		for j := range s.n {
			m.Basis[a*s.n+j] = s.vectors[j*s.width+a]
		}
	}
	return m
}

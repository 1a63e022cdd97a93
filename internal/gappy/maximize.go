package gappy

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"sedlab/internal/eigen"
)

// maximize sets mean and components. squares [n × ld] has, packed, the sums over signals of
// weights times products of coefficients, along [n × ld] those of w·x times coefficients.
func (e *maximization) maximize(squares, along []float64) error {
	m, k := e.fit.Model, e.k
	free := k // what is fitted to a column: components, and the mean
	if e.centered {
		free++
	}
	solver := newNormal(free)
	for j := range e.n {
		square, v := squares[j*e.squaresLd:][:pairs(k+1)], along[j*e.componentsLd:][:free]
		if square[len(square)-1] == 0 {
			return &UnmeasuredError{j}
		}
		if e.robust || e.centered {
			solver.factor(square[:pairs(free)])
			solver.solve(v)
		} else {
			oneByOne(v, square)
		}
		for a, v := range v[:k] {
			m.Basis[a*e.n+j] = v
		}
		if e.centered {
			m.Mean[j] = v[k]
		}
	}
	m.orthonormalize()
	return nil
}

// oneByOne fits the components one after the other: each to what those before it leave.
func oneByOne(v, square []float64) {
	for a := range v {
		for b := range a {
			v[a] -= square[pairs(a)+b] * v[b]
		}
		if pivot := square[pairs(a)+a]; pivot > 0 {
			v[a] /= pivot
		} else {
			v[a] = 0
		}
	}
}

// orthonormalize is the Gram–Schmidt process on the rows of the basis, twice because of
// rounding. Rows that depend on those before become zero.
func (m *Model) orthonormalize() {
	n := len(m.Mean)
	for a := range m.Values {
		row := m.Basis[a*n : (a+1)*n]
		for range 2 {
			before := floats.Norm(row, 2)
			for b := range a {
				other := m.Basis[b*n : (b+1)*n]
				floats.AddScaled(row, -floats.Dot(row, other), other)
			}
			if norm := floats.Norm(row, 2); norm > 1e-13*before {
				floats.Scale(1/norm, row)
			} else {
				clear(row)
			}
		}
	}
}

// turn makes coefficients of different components uncorrelated, about the mean if there is
// one, and sets Values.
func (e *maximization) turn() error {
	k, f := e.k, e.fit
	if e.centered {
		e.shift()
	}
	gram := make([]float64, k*k)
	for i := range f.Norms {
		c := f.Coeffs[i*k : (i+1)*k]
		for a, v := range c {
			floats.AddScaled(gram[a*k:a*k+k], v, c)
		}
	}
	values, vectors, err := eigen.Leading(gram, k, k)
	if err != nil {
		return err
	}
	basis := make([]float64, k*e.n)
	for a, v := range values {
		f.Values[a] = math.Sqrt(v)
		for b := range k {
			floats.AddScaled(basis[a*e.n:(a+1)*e.n], vectors[a*k+b], f.Basis[b*e.n:(b+1)*e.n])
		}
	}
	f.Basis = basis
	signs := f.fixSigns()
	for i := range f.Norms {
		c := f.Coeffs[i*k : (i+1)*k]
		old := append([]float64(nil), c...)
		for a, sign := range signs {
			c[a] = sign * floats.Dot(vectors[a*k:(a+1)*k], old)
		}
	}
	return nil
}

// shift moves the mean to that of the coefficients.
func (e *maximization) shift() {
	k, f := e.k, e.fit
	mean, count := make([]float64, k), 0.0
	for i, norm := range f.Norms {
		if norm > 0 {
			floats.Add(mean, f.Coeffs[i*k:(i+1)*k])
			count++
		}
	}
	floats.Scale(1/count, mean)
	for a, v := range mean {
		floats.AddScaled(f.Mean, v, f.Basis[a*e.n:(a+1)*e.n])
	}
	for i, norm := range f.Norms {
		if norm > 0 {
			floats.Sub(f.Coeffs[i*k:(i+1)*k], mean)
		}
	}
}

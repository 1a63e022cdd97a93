package main

import "fmt"

// banded is a matrix of n columns whose rows are 0 except for one band each.
type banded struct {
	n      int
	rows   []band
	lambda []float64 // of each row, Å
}

// band is a row's weights, from its column first on.
type band struct {
	first   int
	weights []float32
}

func (b *banded) Dims() (m, n int) { return len(b.rows), b.n }

// Wavelengths returns those of the pixels: the operator is an operators.Sampler.
func (b *banded) Wavelengths() []float64 { return b.lambda }

func (b *banded) Apply(dst, x []float32) {
	b.checkLengths(dst, x)
	for j, row := range b.rows {
		var sum float32
		for i, v := range x[row.first : row.first+len(row.weights)] {
			sum += row.weights[i] * v
		}
		dst[j] = sum
	}
}

func (b *banded) Adjoint(dst, y []float32) {
	b.checkLengths(y, dst)
	clear(dst)
	for j, row := range b.rows {
		for i, w := range row.weights {
			dst[row.first+i] += w * y[j]
		}
	}
}

func (b *banded) checkLengths(y, x []float32) {
	if len(y) != len(b.rows) || len(x) != b.n {
		panic(fmt.Sprintf("spectrograph: lengths %d and %d, operator is %d×%d", len(y), len(x), len(b.rows), b.n))
	}
}

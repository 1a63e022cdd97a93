package rebin

import (
	"fmt"
	"math"
)

// Smooth returns the fluxes of the m new pixels as astroML computes them (Vanderplas et al.
// 2012, SDSSfits.rebin): as differences of the cubic spline through the cumulative flux at
// the edges of the n ≥ 4 old pixels. Unlike with New, means over log λ are conserved, not
// those over λ, and edges are half way between centres in log λ. So all centres must be
// positive. A flux is NaN if its pixel is not within the old grid.
func Smooth(from, to, flux []float64) ([]float64, error) {
	if len(flux) != len(from) {
		panic(fmt.Sprintf("rebin: %d fluxes of %d pixels", len(flux), len(from)))
	}
	if len(from) < 4 {
		return nil, fmt.Errorf("the old grid has %d pixels; expected at least 4 for a spline", len(from))
	}
	a, err := edges("old", logs(from))
	if err != nil {
		return nil, err
	}
	b, err := edges("new", logs(to))
	if err != nil {
		return nil, err
	}
	sum := make([]float64, len(a))
	for i, v := range flux {
		sum[i+1] = sum[i] + v*(a[i+1]-a[i])
	}
	curve, at := curvature(a, sum), 0
	cumulative := func(x float64) float64 {
		const rounding = 1e-12
		if !(x >= a[0]-rounding && x <= a[len(a)-1]+rounding) {
			return math.NaN()
		}
		for at < len(a)-2 && a[at+1] < x {
			at++
		}
		h := a[at+1] - a[at]
		u, v := (a[at+1]-x)/h, (x-a[at])/h
		return u*sum[at] + v*sum[at+1] + ((u*u*u-u)*curve[at]+(v*v*v-v)*curve[at+1])*h*h/6
	}
	means, last := make([]float64, len(to)), cumulative(b[0])
	for j := range means {
		next := cumulative(b[j+1])
		means[j] = (next - last) / (b[j+1] - b[j])
		last = next
	}
	return means, nil
}

func logs(list []float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = math.Log(v)
	}
	return out
}

// curvature returns the second derivatives at its n ≥ 5 knots of the cubic spline through
// (x, y) whose third derivative is continuous at the second knot and at the last but one
// ("not a knot", as in FITPACK): a tridiagonal system, solved by elimination.
func curvature(x, y []float64) []float64 {
	n := len(x)
	h, slope := make([]float64, n-1), make([]float64, n-1)
	for i := range h {
		h[i] = x[i+1] - x[i]
		slope[i] = (y[i+1] - y[i]) / h[i]
	}
	diag, upper, m := make([]float64, n), make([]float64, n), make([]float64, n)
	for i := 1; i < n-1; i++ {
		lower := h[i-1]
		diag[i], upper[i], m[i] = 2*(h[i-1]+h[i]), h[i], 6*(slope[i]-slope[i-1])
		if i == 1 { // the first, m[0], is put in terms of m[1] and m[2]
			r := h[0] / h[1]
			diag[i], upper[i], lower = diag[i]+h[0]*(1+r), upper[i]-h[0]*r, 0
		}
		if i == n-2 { // and so is the last
			r := h[i] / h[i-1]
			diag[i], lower, upper[i] = diag[i]+h[i]*(1+r), lower-h[i]*r, 0
		}
		if i > 1 {
			f := lower / diag[i-1]
			diag[i] -= f * upper[i-1]
			m[i] -= f * m[i-1]
		}
	}
	for i := n - 2; i > 0; i-- {
		m[i] = (m[i] - upper[i]*m[i+1]) / diag[i]
	}
	m[0] = m[1] + (m[1]-m[2])*h[0]/h[1]
	m[n-1] = m[n-2] + (m[n-2]-m[n-3])*h[n-2]/h[n-3]
	return m
}

package gappy

import (
	"math"

	"gonum.org/v1/gonum/floats"
)

const (
	robustRounds = 3      // of weights from residuals, after each least-squares fit
	cauchy       = 2.385  // 95 % efficient for Gaussian errors (Holland and Welsch 1977)
	madToSigma   = 1.4826 // the standard deviation of a Gaussian, over its median absolute value
)

// discount lowers the weights w [n] of values far from the model, and wx = w·x with them.
// It returns the standard deviation of standardised residuals, as estimated from their
// median.
func discount(w, wx, model []float64) (sigma float64) {
	residuals := make([]float64, 0, len(w))
	for j, v := range w {
		if v > 0 {
			residuals = append(residuals, math.Abs(wx[j]/v-model[j])*math.Sqrt(v))
		}
	}
	if len(residuals) == 0 {
		return 0
	}
	if sigma = madToSigma * upperMedian(residuals); !(sigma > 0) {
		return 0
	}
	scale := cauchy * sigma
	for j, v := range w {
		if v > 0 {
			u := math.Abs(wx[j]/v-model[j]) * math.Sqrt(v) / scale
			factor := 1 / (1 + u*u)
			w[j] *= factor
			wx[j] *= factor
		}
	}
	return sigma
}

// penalize sets the prior of coefficients, if the fit is robust, from those of all signals.
func (e *maximization) penalize() {
	if !e.robust {
		return
	}
	used := positive(e.sigma)
	if len(used) == 0 {
		return // the model is exact
	}
	sigma := upperMedian(used)
	typical := make([]float64, e.k)
	for a := range typical {
		size := make([]float64, len(e.sigma))
		for i := range size {
			size[i] = math.Abs(e.fit.Coeffs[i*e.k+a])
		}
		if used := positive(size); len(used) > 0 {
			typical[a] = madToSigma * upperMedian(used)
		}
	}
	floor := 1e-6 * floats.Max(typical) // or small ones would shrink to nothing, from iteration to iteration
	for a, size := range typical {
		e.fit.penalty[a] = 0
		if size > 0 {
			e.fit.penalty[a] = math.Pow(sigma/max(size, floor), 2)
		}
	}
}

func positive(x []float64) (out []float64) {
	for _, v := range x {
		if v > 0 {
			out = append(out, v)
		}
	}
	return out
}

// upperMedian returns the middle value of x, or the larger of the middle two, by Hoare's
// selection. It reorders x.
func upperMedian(x []float64) float64 {
	lo, hi, at := 0, len(x)-1, len(x)/2
	for lo < hi {
		pivot := x[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for x[i] < pivot {
				i++
			}
			for x[j] > pivot {
				j--
			}
			if i <= j {
				x[i], x[j] = x[j], x[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case at <= j:
			hi = j
		case at >= i:
			lo = i
		default:
			return x[at]
		}
	}
	return x[lo]
}

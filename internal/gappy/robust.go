package gappy

import "math"

const (
	robustRounds = 3     // of weights from residuals, for each least squares
	cauchy       = 2.385 // 95 % efficient for Gaussian errors (Holland and Welsch 1977)
	madToSigma   = 1.4826
)

// discount lowers the weights w [n], and these times x, of values far from the model.
func discount(w, wx, model []float64) {
	residuals := make([]float64, 0, len(w))
	for j, v := range w {
		if v > 0 {
			residuals = append(residuals, math.Abs(wx[j]/v-model[j])*math.Sqrt(v))
		}
	}
	if len(residuals) == 0 {
		return
	}
	scale := cauchy * madToSigma * upperMedian(residuals)
	if !(scale > 0) {
		return
	}
	for j, v := range w {
		if v > 0 {
			u := math.Abs(wx[j]/v-model[j]) * math.Sqrt(v) / scale
			factor := 1 / (1 + u*u)
			w[j] *= factor
			wx[j] *= factor
		}
	}
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

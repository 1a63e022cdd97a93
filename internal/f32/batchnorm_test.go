package f32

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// panelSizes are rows, batch and ld of panels, with every length of a row's tail.
func panelSizes() [][3]int {
	s := [][3]int{{600, 3, 16}, {3, 130, 144}}
	for batch := 2; batch <= 80; batch++ {
		s = append(s, [3]int{1 + batch%4, batch, Pad(batch) + Lane*(batch%2)})
	}
	return s
}

func TestBatchNormForward(t *testing.T) {
	const momentum, eps, slope = 0.1, 1e-5, 0.2
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, size := range panelSizes() {
			rows, batch, ld := size[0], size[1], size[2]
			r := newRand(2)
			bn := BatchNorm{
				Gamma: normals(r, rows), Beta: normals(r, rows), RunMean: normals(r, rows), RunVar: normals(r, rows),
				Mean: make([]float32, rows), InvStd: make([]float32, rows),
				DGamma: make([]float32, rows), DBeta: make([]float32, rows),
				Eps: eps, Momentum: momentum, Slope: slope,
			}
			a, xhat, z := guardedNormals(r, rows*ld), guardedNormals(r, rows*ld), normals(r, rows*ld)
			for i := range z {
				z[i] += 10 // the variance must not cancel
			}
			runMean, runVar := slices.Clone(bn.RunMean), slices.Clone(bn.RunVar)
			k.BatchNormForward(&bn, a.slice(), xhat.slice(), z, rows, batch, ld)
			a.check(t, "a")
			xhat.check(t, "xhat")
			for row := range rows {
				name := fmt.Sprint(" of row ", row, " of ", size)
				zr := z[row*ld:][:batch]
				mean, variance := moments(zr)
				inv := 1 / math.Sqrt(variance+eps)
				h, y := make([]float64, batch), make([]float64, batch)
				for b, v := range zr {
					h[b] = (float64(v) - mean) * inv
					y[b] = leakyReference(float64(bn.Gamma[row])*h[b]+float64(bn.Beta[row]), slope)
				}
				near(t, "xhat"+name, xhat.slice()[row*ld:][:batch], h, 5e-5)
				near(t, "a"+name, a.slice()[row*ld:][:batch], y, 5e-5)
				unbiased := variance * float64(batch) / float64(batch-1)
				near(t, "statistics"+name,
					[]float32{bn.Mean[row], bn.InvStd[row], bn.RunMean[row], bn.RunVar[row]},
					[]float64{
						mean, inv,
						(1-momentum)*float64(runMean[row]) + momentum*mean,
						(1-momentum)*float64(runVar[row]) + momentum*unbiased,
					}, 2e-5)
			}
		}
	})
}

// moments returns the mean and the biased variance.
func moments(x []float32) (mean, variance float64) {
	for _, v := range x {
		mean += float64(v) / float64(len(x))
	}
	for _, v := range x {
		variance += (float64(v) - mean) * (float64(v) - mean) / float64(len(x))
	}
	return mean, variance
}

func TestBatchNormBackward(t *testing.T) {
	const slope = 0.2
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, size := range panelSizes() {
			rows, batch, ld := size[0], size[1], size[2]
			r := newRand(3)
			bn := BatchNorm{
				Gamma: normals(r, rows), Beta: normals(r, rows), InvStd: normals(r, rows), Slope: slope,
				RunMean: make([]float32, rows), RunVar: make([]float32, rows), Mean: make([]float32, rows),
				DGamma: make([]float32, rows), DBeta: make([]float32, rows),
			}
			da, xhat := guardedNormals(r, rows*ld), normals(r, rows*ld)
			before := slices.Clone(da.slice())
			k.BatchNormBackward(&bn, da.slice(), xhat, rows, batch, ld)
			da.check(t, "da")
			for row := range rows {
				name := fmt.Sprint(" of row ", row, " of ", size)
				g, h := float64(bn.Gamma[row]), xhat[row*ld:][:batch]
				dy, want := make([]float64, batch), make([]float64, ld)
				var sum, dot float64
				for b := range dy {
					dy[b] = float64(before[row*ld+b])
					if g*float64(h[b])+float64(bn.Beta[row]) <= 0 {
						dy[b] *= slope
					}
					sum += dy[b]
					dot += dy[b] * float64(h[b])
				}
				for b := range dy {
					want[b] = g * float64(bn.InvStd[row]) * (dy[b] - sum/float64(batch) - float64(h[b])*dot/float64(batch))
				}
				near(t, "da"+name, da.slice()[row*ld:][:ld], want, 1e-5)
				near(t, "dBeta, dGamma"+name, []float32{bn.DBeta[row], bn.DGamma[row]}, []float64{sum, dot}, 1e-5)
			}
		}
	})
}

// Package f32 holds the float32 kernels of training and reconstruction.
//
// Activations are feature-major: a panel is [features × ld], one feature a row,
// one signal of the batch a column, with ld a multiple of Lane. Columns from the
// batch's size up to ld are padding: kernels may compute them, callers ignore
// them. Weights are row-major [out × in] as in PyTorch.
//
// Every element of a result is reduced in one fixed order, whatever rows and
// columns are computed with it, so splitting work over goroutines by rows or
// columns does not change a bit. Kernels panic on slices that are too short.
package f32

import "math"

// Lane is the number of columns that panels are padded to a multiple of.
const Lane = 16

// Pad returns n rounded up to a multiple of Lane.
func Pad(n int) int { return (n + Lane - 1) / Lane * Lane }

// AdamStep holds one step's constants of Adam with L2 weight decay as PyTorch's
// torch.optim.Adam defines it (Kingma and Ba 2014, algorithm 1).
type AdamStep struct {
	Beta1, Beta2, Eps float32
	WeightDecay       float32
	StepSize          float32 // lr / (1 − β1^t)
	InvSqrtBias2      float32 // 1 / √(1 − β2^t)
}

// NewAdamStep returns the constants of step t ≥ 1 with PyTorch's β1 = 0.9,
// β2 = 0.999 and ε = 1e-8.
func NewAdamStep(lr, weightDecay float64, t int) AdamStep {
	const b1, b2 = 0.9, 0.999
	return AdamStep{
		Beta1: b1, Beta2: b2, Eps: 1e-8, WeightDecay: float32(weightDecay),
		StepSize:     float32(lr / (1 - math.Pow(b1, float64(t)))),
		InvSqrtBias2: float32(1 / math.Sqrt(1-math.Pow(b2, float64(t)))),
	}
}

// Adam updates weights w with their gradient g and moments m and v:
//
//	g += wd·w;  m = β1·m + (1−β1)·g;  v = β2·v + (1−β2)·g²
//	w -= step · m / (√v·invSqrtBias2 + ε)
func Adam(w, g, m, v []float32, s AdamStep) {
	if n := len(w); n > 0 {
		active.adam(w, g[:n], m[:n], v[:n], s.constants())
	}
}

// adamConstants are β1, 1−β1, β2, 1−β2, weight decay, step size, 1/√bias2 and
// ε, in the order that the assembly reads them.
type adamConstants = [8]float32

func (s AdamStep) constants() adamConstants {
	return adamConstants{s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.WeightDecay, s.StepSize, s.InvSqrtBias2, s.Eps}
}

// BatchNorm holds the parameters of one BatchNorm1d layer for a range of rows,
// as torch.nn.BatchNorm1d defines them (ε = 1e-5, momentum 0.1, running
// variance unbiased).
type BatchNorm struct {
	Gamma, Beta          []float32
	RunMean, RunVar      []float32
	Mean, InvStd         []float32 // of the batch; written forward, read backward
	DGamma, DBeta        []float32 // written backward
	Eps, Momentum, Slope float32
}

// Forward normalises each row of z over its first batch columns and applies
// the leaky ReLU of slope Slope, in place, and updates the running statistics:
//
//	xhat = (z − mean)/√(var + ε);  a = leaky(γ·xhat + β)
//
// xhat is kept in xhat for Backward; a is written to a, which may be z.
func (bn *BatchNorm) Forward(a, xhat, z []float32, rows, batch, ld int) {
	for r := range rows {
		zr, xr, ar := z[r*ld:][:batch], xhat[r*ld:][:batch], a[r*ld:][:batch]
		var mean, sq float32
		for _, v := range zr {
			mean += v
		}
		mean /= float32(batch)
		for _, v := range zr {
			sq += (v - mean) * (v - mean)
		}
		variance := sq / float32(batch)
		inv := float32(1 / math.Sqrt(float64(variance+bn.Eps)))
		bn.Mean[r], bn.InvStd[r] = mean, inv
		bn.RunMean[r] += bn.Momentum * (mean - bn.RunMean[r])
		bn.RunVar[r] += bn.Momentum * (sq/float32(batch-1) - bn.RunVar[r])
		for b, v := range zr {
			h := (v - mean) * inv
			xr[b] = h
			y := bn.Gamma[r]*h + bn.Beta[r]
			ar[b] = max(y, 0) + bn.Slope*min(y, 0)
		}
	}
}

// Backward turns da, the gradient of a, into dz, the gradient of z, in place,
// and sets DGamma and DBeta. Columns from batch to ld are set to zero.
//
//	dy = da · (γ·xhat+β > 0 ? 1 : slope)
//	dz = γ·invstd · (dy − mean(dy) − xhat·mean(dy·xhat))
func (bn *BatchNorm) Backward(da, xhat []float32, rows, batch, ld int) {
	for r := range rows {
		dr, xr := da[r*ld:(r+1)*ld], xhat[r*ld:][:batch]
		clear(dr[batch:])
		dr = dr[:batch]
		g, be := bn.Gamma[r], bn.Beta[r]
		var sum, dot float32
		for b, h := range xr {
			if g*h+be <= 0 {
				dr[b] *= bn.Slope
			}
			sum += dr[b]
			dot += dr[b] * h
		}
		bn.DBeta[r], bn.DGamma[r] = sum, dot
		k := g * bn.InvStd[r]
		sum /= float32(batch)
		dot /= float32(batch)
		for b, h := range xr {
			dr[b] = k * (dr[b] - sum - h*dot)
		}
	}
}

// BiasLeaky sets each row of a to leaky(z + bias), with slope 1 for none. a may be z.
func BiasLeaky(a, z, bias []float32, slope float32, rows, ld int) {
	for r := range rows {
		for b, v := range z[r*ld : (r+1)*ld] {
			y := v + bias[r]
			a[r*ld+b] = max(y, 0) + slope*min(y, 0)
		}
	}
}

// LeakyGrad multiplies da by the derivative of the leaky ReLU whose output is a
// (slope > 0): by slope where a ≤ 0.
func LeakyGrad(da, a []float32, slope float32) {
	for i, v := range a {
		if v <= 0 {
			da[i] *= slope
		}
	}
}

// Transpose sets dst[c*ldd+r] = src[r*lds+c] for r < rows, c < cols.
func Transpose(dst, src []float32, rows, cols, ldd, lds int) {
	for r := range rows {
		for c := range cols {
			dst[c*ldd+r] = src[r*lds+c]
		}
	}
}

// Dot returns Σ x[i]·y[i], accumulated in float64 in index order.
func Dot(x, y []float32) float64 {
	var s float64
	for i, v := range x {
		s += float64(v) * float64(y[i])
	}
	return s
}

// Sphere scales each row of z [rows × d] to unit Euclidean norm; a zero row
// becomes the first unit vector, so that no code is ever undefined.
func Sphere(z []float32, d int) {
	for len(z) >= d && d > 0 {
		row := z[:d]
		if s := Dot(row, row); s > 0 {
			inv := float32(1 / math.Sqrt(s))
			for i := range row {
				row[i] *= inv
			}
		} else {
			row[0] = 1
		}
		z = z[d:]
	}
}

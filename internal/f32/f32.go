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

// Kernel returns the name of the kernels in use: avx512, avx2 or generic.
func Kernel() string { return "generic" }

// Forward computes y = W x for panels:
//
//	y[o*ld+b] = Σ_i w[o*in+i] · x[i*ld+b],  o < out, b < ld
//
// To compute rows [r, r+k) alone, slice y[r*ld:] and w[r*in:] and pass out = k.
func Forward(y, w, x []float32, out, in, ld int) {
	for o := range out {
		yo := y[o*ld : (o+1)*ld]
		clear(yo)
		for i := range in {
			wi := w[o*in+i]
			for b, v := range x[i*ld : (i+1)*ld] {
				yo[b] += wi * v
			}
		}
	}
}

// InputGrad computes dx = Wᵀ dy for panels:
//
//	dx[i*ld+b] = Σ_o w[o*ldw+i] · dy[o*ld+b],  i < in, b < ld
//
// To compute rows [r, r+k) of dx alone, slice dx[r*ld:] and w[r:] and pass in = k.
func InputGrad(dx, w, dy []float32, in, out, ld, ldw int) {
	clear(dx[:in*ld])
	for o := range out {
		for i := range in {
			wi := w[o*ldw+i]
			d := dx[i*ld : (i+1)*ld]
			for b, v := range dy[o*ld : (o+1)*ld] {
				d[b] += wi * v
			}
		}
	}
}

// WeightGrad computes the gradient of the weights, dW = dy xᵀ, over the first
// batch columns, from the transposed input panel xt [batch × in]:
//
//	dw[o*in+i] = Σ_b dy[o*ld+b] · xt[b*in+i],  o < out, i < in, b < batch
func WeightGrad(dw, dy, xt []float32, out, in, batch, ld int) {
	for o := range out {
		d := dw[o*in : (o+1)*in]
		clear(d)
		for b := range batch {
			g := dy[o*ld+b]
			for i, v := range xt[b*in : (b+1)*in] {
				d[i] += g * v
			}
		}
	}
}

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
	for i := range w {
		gi := g[i] + s.WeightDecay*w[i]
		m[i] = s.Beta1*m[i] + (1-s.Beta1)*gi
		v[i] = s.Beta2*v[i] + (1-s.Beta2)*gi*gi
		w[i] -= s.StepSize * m[i] / (float32(math.Sqrt(float64(v[i])))*s.InvSqrtBias2 + s.Eps)
	}
}

// WeightGradAdam is WeightGrad followed by Adam on w [out × in], without the
// gradient going through memory where a kernel can avoid it. scratch holds at
// least out·in elements for the kernels that cannot.
func WeightGradAdam(w, m, v, dy, xt, scratch []float32, out, in, batch, ld int, s AdamStep) {
	WeightGrad(scratch, dy, xt, out, in, batch, ld)
	Adam(w[:out*in], scratch, m, v, s)
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

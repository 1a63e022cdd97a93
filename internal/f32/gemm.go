package f32

// Forward computes y = W x for panels:
//
//	y[o*ld+b] = Σ_i w[o*in+i] · x[i*ld+b],  o < out, b < ld
//
// To compute rows [r, r+k) alone, slice y[r*ld:] and w[r*in:] and pass out = k.
func Forward(y, w, x []float32, out, in, ld int) {
	panel(y, w, x, out, in, ld, in, 1)
}

// InputGrad computes dx = Wᵀ dy for panels:
//
//	dx[i*ld+b] = Σ_o w[o*ldw+i] · dy[o*ld+b],  i < in, b < ld
//
// To compute rows [r, r+k) of dx alone, slice dx[r*ld:] and w[r:] and pass in = k.
func InputGrad(dx, w, dy []float32, in, out, ld, ldw int) {
	panel(dx, w, dy, in, out, ld, 1, ldw)
}

// panel computes, for weights of any strides,
//
//	y[r*ld+b] = Σ_i w[r*rs+i*ks] · x[i*ld+b],  r < rows, i < k, b < ld
func panel(y, w, x []float32, rows, k, ld, rs, ks int) {
	checkLane(ld)
	y, x = y[:rows*ld], x[:k*ld]
	if len(y) == 0 {
		return
	}
	if k == 0 {
		clear(y)
		return
	}
	active.panel(y, w[:(rows-1)*rs+(k-1)*ks+1], x, rows, k, ld, rs, ks)
}

func checkLane(ld int) {
	if ld%Lane != 0 {
		panic("f32: ld is not a multiple of Lane")
	}
}

// WeightGrad computes the gradient of the weights, dW = dy xᵀ, over the first
// batch columns, from the transposed input panel xt [batch × in]:
//
//	dw[o*in+i] = Σ_b dy[o*ld+b] · xt[b*in+i],  o < out, i < in, b < batch
//
// To compute rows [r, r+k) alone, slice dw[r*in:] and dy[r*ld:] and pass out = k.
func WeightGrad(dw, dy, xt []float32, out, in, batch, ld int) {
	dw, xt = dw[:out*in], xt[:batch*in]
	if len(dw) == 0 {
		return
	}
	if batch == 0 {
		clear(dw)
		return
	}
	active.weightGrad(dw, dy[:(out-1)*ld+batch], xt, out, in, batch, ld)
}

// WeightGradAdam is WeightGrad followed by Adam on w, m and v [out × in].
func WeightGradAdam(w, m, v, dy, xt []float32, out, in, batch, ld int, s AdamStep) {
	p, xt := parameters{w, m, v}.slice(0, out*in), xt[:batch*in]
	if len(p.w) > 0 && batch > 0 {
		active.weightGradAdam(p, dy[:(out-1)*ld+batch], xt, out, in, batch, ld, s)
	}
}

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

// StripsLen returns the length of the strips of an input panel of the given
// features and batch.
func StripsLen(in, batch int) int {
	width := stripWidth(in)
	return (in + width - 1) / width * width * batch
}

// PackStrips puts the first batch columns of rows [first, first+rows) of an
// input panel, x [rows × ld], into the panel's strips: xs[:StripsLen(in, batch)]
// is the panel transposed, in the order in which WeightGrad reads it.
func PackStrips(xs, x []float32, first, rows, in, batch, ld int) {
	width := stripWidth(in)
	for i := first; i < first+rows; {
		strip := i / width * width
		next := min(strip+width, first+rows)
		Transpose(xs[strip*batch+i-strip:], x[(i-first)*ld:], next-i, batch, width, ld)
		i = next
	}
}

// stripWidth is the number of features in a strip.
func stripWidth(in int) int {
	if active.strip == 0 {
		return in
	}
	return active.strip
}

// WeightGrad computes the gradient of the weights, dW = dy xᵀ, over the first
// batch columns, from the strips xs of the input panel x:
//
//	dw[o*in+i] = Σ_b dy[o*ld+b] · x[i*ld+b],  o < out, i < in, b < batch
//
// To compute rows [r, r+k) alone, slice dw[r*in:] and dy[r*ld:] and pass out = k.
func WeightGrad(dw, dy, xs []float32, out, in, batch, ld int) {
	dw = dw[:out*in]
	if len(dw) == 0 {
		return
	}
	if batch == 0 {
		clear(dw)
		return
	}
	active.weightGrad(dw, dy[:(out-1)*ld+batch], xs[:StripsLen(in, batch)], out, in, batch, ld)
}

// WeightGradAdam is WeightGrad followed by Adam on w, m and v [out × in].
func WeightGradAdam(w, m, v, dy, xs []float32, out, in, batch, ld int, s AdamStep) {
	p := parameters{w, m, v}.slice(0, out*in)
	if len(p.w) > 0 && batch > 0 {
		active.weightGradAdam(p, dy[:(out-1)*ld+batch], xs[:StripsLen(in, batch)], out, in, batch, ld, s)
	}
}

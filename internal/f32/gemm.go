package f32

import "sync"

// Forward computes rows [lo, hi) of y = W x, where x and y are panels and the
// weights W [out × in] are in strips:
//
//	y[o*ld+b] = Σ_i W[o,i] · x[i*ld+b],  lo ≤ o < hi ≤ out, b < ld
func Forward(y, w, x []float32, lo, hi, out, in, ld int) {
	chosen.Forward(y, w, x, lo, hi, out, in, ld)
}

func (k *kernels) Forward(y, w, x []float32, lo, hi, out, in, ld int) {
	checkRows(lo, hi, out)
	w, x = w[:StripsLen(out, in)], x[:in*ld]
	k.compute(product{
		y: y[lo*ld : hi*ld], w: w[min(lo*StripWidth, len(w)):], x: x, rows: hi - lo, k: in, ld: ld,
		rs: StripWidth, ks: 1, run: StripWidth, next: out * StripWidth,
	})
}

// InputGrad computes rows [lo, hi) of dx = Wᵀ dy, where dx and dy are panels and
// the weights W [out × in] are in strips:
//
//	dx[i*ld+b] = Σ_o W[o,i] · dy[o*ld+b],  lo ≤ i < hi ≤ in, b < ld
func InputGrad(dx, w, dy []float32, lo, hi, out, in, ld int) {
	chosen.InputGrad(dx, w, dy, lo, hi, out, in, ld)
}

func (k *kernels) InputGrad(dx, w, dy []float32, lo, hi, out, in, ld int) {
	checkRows(lo, hi, in)
	w, dy = w[:StripsLen(out, in)], dy[:out*ld]
	for lo < hi {
		strip := lo / StripWidth
		end := min((strip+1)*StripWidth, hi)
		k.compute(product{
			y: dx[lo*ld : end*ld], w: w[min(strip*out*StripWidth+lo%StripWidth, len(w)):], x: dy, rows: end - lo, k: out, ld: ld,
			rs: 1, ks: StripWidth, run: out,
		})
		lo = end
	}
}

// WeightGrad computes rows [lo, hi) of dW = dy xᵀ [out × in], over the first batch
// columns of the panels dy and x:
//
//	dW[o,i] = Σ_b dy[o*ld+b] · x[i*ld+b],  b < batch
//
// dW is in strips, and rows are counted through all StripRows(out, in) of them. xs
// are x's strips, as PackPanel makes them.
func WeightGrad(dw, dy, xs []float32, lo, hi, out, in, batch, ld int) {
	chosen.WeightGrad(dw, dy, xs, lo, hi, out, in, batch, ld)
}

func (k *kernels) WeightGrad(dw, dy, xs []float32, lo, hi, out, in, batch, ld int) {
	eachStrip(dy, xs, lo, hi, out, in, batch, ld, func(first, rows int, dy, strip []float32) {
		k.compute(weightGrad(dw[first:first+rows*StripWidth], dy, strip, rows, batch, ld))
	})
}

// WeightGradAdam is WeightGrad followed by Adam of those rows of w, m and v.
func WeightGradAdam(w, m, v, dy, xs []float32, lo, hi, out, in, batch, ld int, s AdamStep) {
	chosen.WeightGradAdam(w, m, v, dy, xs, lo, hi, out, in, batch, ld, s)
}

func (k *kernels) WeightGradAdam(w, m, v, dy, xs []float32, lo, hi, out, in, batch, ld int, s AdamStep) {
	all := parameters{w, m, v}
	eachStrip(dy, xs, lo, hi, out, in, batch, ld, func(first, rows int, dy, strip []float32) {
		part := all.slice(first, first+rows*StripWidth)
		if k.weightGradAdam == nil || batch == 0 {
			k.gradThenAdam(part, dy, strip, rows, batch, ld, s)
		} else {
			k.weightGradAdam(part, dy, strip, rows, batch, ld, s)
		}
	})
}

// eachStrip calls do for each strip that has some of rows [lo, hi). first is the index
// of the strip's first weight in these rows, and rows is the number of its rows among
// them. dy begins with the first of them; strip begins with the strip in xs.
func eachStrip(dy, xs []float32, lo, hi, out, in, batch, ld int, do func(first, rows int, dy, strip []float32)) {
	checkRows(lo, hi, StripRows(out, in))
	checkLane(ld)
	if batch > ld {
		panic("f32: batch wider than its panel")
	}
	dy, xs = dy[:out*ld], xs[:StripsLen(batch, in)]
	for lo < hi {
		strip, o := lo/out, lo%out
		rows := min(out-o, hi-lo)
		do(lo*StripWidth, rows, dy[o*ld:], xs[strip*batch*StripWidth:])
		lo += rows
	}
}

// adamRows is the number of rows of a strip whose gradient is computed before Adam
// uses it: few enough for it to stay in the L2 cache.
const adamRows = 384

// gradThenAdam is weightGradAdam in two passes: the gradient, then Adam.
func (k *kernels) gradThenAdam(p parameters, dy, xs []float32, rows, batch, ld int, s AdamStep) {
	ws := borrow()
	defer ws.giveBack()
	for r := 0; r < rows; r += adamRows {
		n := min(adamRows, rows-r)
		part, grad := p.slice(r*StripWidth, (r+n)*StripWidth), ws[:n*StripWidth]
		k.compute(weightGrad(grad, dy[r*ld:], xs, n, batch, ld))
		k.adam(part.w, grad, part.m, part.v, s)
	}
}

// weightGrad returns the product that gives rows of a strip of dW: its weights are
// dy, and its panel is the strip of x.
func weightGrad(dw, dy, xs []float32, rows, batch, ld int) product {
	return product{y: dw, w: dy, x: xs[:batch*StripWidth], rows: rows, k: batch, ld: StripWidth, rs: ld, ks: 1, run: batch}
}

// product is y = W x for panels x and y, with weights at any strides:
//
//	y[r*ld+b] = Σ_i w[r*rs + (i/run)*next + (i%run)*ks] · x[i*ld+b],  r < rows, i < k, b < ld
//
// Weights come in runs along k. run is either all of k, or StripWidth, which divides
// every block of k.
type product struct {
	y, w, x     []float32
	rows, k, ld int
	rs, ks      int
	run, next   int
}

func (k *kernels) compute(p product) {
	checkLane(p.ld)
	if p.k == 0 {
		clear(p.y)
	} else if len(p.y) > 0 {
		k.panel(p)
	}
}

func checkRows(lo, hi, rows int) {
	if lo < 0 || lo > hi || hi > rows {
		panic("f32: rows out of range")
	}
}

func checkLane(ld int) {
	if ld%Lane != 0 {
		panic("f32: ld is not a multiple of Lane")
	}
}

// parameters are weights and their Adam moments, all of the same length.
type parameters struct{ w, m, v []float32 }

func (p parameters) slice(lo, hi int) parameters {
	return parameters{p.w[lo:hi], p.m[lo:hi], p.v[lo:hi]}
}

// workspace holds weight gradients on their way to Adam.
type workspace [adamRows * StripWidth]float32

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// borrow returns a workspace with arbitrary content, to be given back.
func borrow() *workspace { return workspaces.Get().(*workspace) }

func (ws *workspace) giveBack() { workspaces.Put(ws) }

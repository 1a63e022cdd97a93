package nn

import "sedlab/internal/f32"

// tileCols is the number of codes that are computed together: the width of the widest
// kernel, and few enough for the panels to fit a core's cache.
const tileCols = 64

// Tape evaluates a frozen network on batches of codes without allocating, and keeps
// what the derivative needs. It belongs to one goroutine.
type Tape struct {
	net   *Frozen
	batch int // the most codes that it takes at once
	codes int // number of codes of the last Generate
	tiles []tile
	y     []float32    // [n × tileCols]
	grad  [2][]float32 // [widest layer × tileCols], above and below a layer

	tangent [2][]float32 // as grad, with tangents of several codes as columns; nil until there are any
}

// tile holds up to tileCols codes: act[i] is the input of layer i, [in × ld].
type tile struct{ act [][]float32 }

// NewTape returns a tape for up to batch codes at once.
func (f *Frozen) NewTape(batch int) *Tape {
	cols := min(tileCols, f32.Pad(batch))
	t := &Tape{net: f, batch: batch, y: make([]float32, f.Dim()*cols)}
	for i := range t.grad {
		t.grad[i] = make([]float32, f.widest()*cols)
	}
	for range (batch + tileCols - 1) / tileCols {
		var act [][]float32
		for _, l := range f.layers {
			act = append(act, make([]float32, l.in*cols))
		}
		t.tiles = append(t.tiles, tile{act})
	}
	return t
}

// Generate sets x [b × n] to G(z), where z is [b × d] and b is at most the tape's
// batch. It panics on wrong lengths.
func (t *Tape) Generate(x, z []float32) {
	d, n := t.net.CodeDim(), t.net.Dim()
	b := len(z) / d
	if b > t.batch || len(z) != b*d || len(x) != b*n {
		panic("nn: Generate with slices of wrong length")
	}
	t.codes = b
	for i := 0; i*tileCols < b; i++ {
		lo, hi := i*tileCols, min((i+1)*tileCols, b)
		t.generate(t.tiles[i], x[lo*n:hi*n], z[lo*d:hi*d], hi-lo)
	}
}

func (t *Tape) generate(tl tile, x, z []float32, b int) {
	ld, last := f32.Pad(b), len(t.net.layers)-1
	d, n := t.net.CodeDim(), t.net.Dim()
	clear(tl.act[0][:d*ld]) // padding columns must stay finite
	f32.Transpose(tl.act[0], z, b, d, ld, d)
	for i, l := range t.net.layers {
		y, slope := t.y, float32(1)
		if i < last {
			y, slope = tl.act[i+1], t.net.slope
		}
		f32.Forward(y, l.w, tl.act[i], 0, l.out, l.out, l.in, ld)
		f32.BiasLeaky(y, y, l.b, slope, l.out, ld)
	}
	f32.Transpose(x, t.y, n, b, n, ld)
}

// VJP sets dz [b × d] to J_G(z)ᵀ dx, where dx is [b × n] and z are the codes of the
// last Generate. It panics on wrong lengths.
func (t *Tape) VJP(dz, dx []float32) {
	d, n, b := t.net.CodeDim(), t.net.Dim(), t.codes
	if len(dz) != b*d || len(dx) != b*n {
		panic("nn: VJP with slices of wrong length")
	}
	for i := 0; i*tileCols < b; i++ {
		lo, hi := i*tileCols, min((i+1)*tileCols, b)
		t.vjp(t.tiles[i], dz[lo*d:hi*d], dx[lo*n:hi*n], hi-lo)
	}
}

func (t *Tape) vjp(tl tile, dz, dx []float32, b int) {
	ld := f32.Pad(b)
	d, n := t.net.CodeDim(), t.net.Dim()
	above, below := t.grad[0], t.grad[1]
	clear(above[:n*ld])
	f32.Transpose(above, dx, b, n, ld, n)
	for i := len(t.net.layers) - 1; i >= 0; i-- {
		l := t.net.layers[i]
		f32.InputGrad(below, l.w, above, 0, l.in, l.out, l.in, ld)
		if i > 0 {
			f32.LeakyGrad(below[:l.in*ld], tl.act[i][:l.in*ld], t.net.slope)
		}
		above, below = below, above
	}
	f32.Transpose(dz, above, d, b, d, ld)
}

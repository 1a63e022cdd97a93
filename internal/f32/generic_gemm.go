package f32

// Tiles of the products in Go: the sums of 2 rows × 4 columns stay in registers.
const (
	tileRows = 2
	tileCols = 4
	tileK    = 128 // features that all tiles go through before the next, in the L1 cache
)

// panelGeneric takes any ld. Products are converted before they are added:
// this forbids fusing the two, which a compiler might do in one of tile and
// edge alone, so that an element has the same bits wherever it is computed.
func panelGeneric(y, w, x []float32, rows, k, ld, rs, ks int) {
	clear(y)
	var packed [tileK][tileRows]float32
	fullRows, fullCols := rows/tileRows*tileRows, ld/tileCols*tileCols
	for i := 0; i < k; i += tileK {
		n := min(tileK, k-i)
		wi, xi := w[i*ks:], x[i*ld:]
		for r := 0; r < fullRows; r += tileRows {
			for j := range packed[:n] {
				packed[j] = [tileRows]float32{wi[r*rs+j*ks], wi[(r+1)*rs+j*ks]}
			}
			for b := 0; b < fullCols; b += tileCols {
				tile(y[r*ld+b:], packed[:n], xi[b:], ld)
			}
		}
		edge(y, wi, xi, fullRows, rows, 0, ld, n, ld, rs, ks)
		edge(y, wi, xi, 0, fullRows, fullCols, ld, n, ld, rs, ks)
	}
}

// tile adds the product of packed weights to 2 rows × 4 columns of y.
func tile(y []float32, packed [][tileRows]float32, x []float32, ld int) {
	y0, y1 := y[:tileCols], y[ld:][:tileCols]
	a0, a1, a2, a3 := y0[0], y0[1], y0[2], y0[3]
	b0, b1, b2, b3 := y1[0], y1[1], y1[2], y1[3]
	at := 0
	for i := range packed {
		wa, wb, v := packed[i][0], packed[i][1], (*[tileCols]float32)(x[at:])
		v0, v1, v2, v3 := v[0], v[1], v[2], v[3]
		a0 += float32(wa * v0)
		b0 += float32(wb * v0)
		a1 += float32(wa * v1)
		b1 += float32(wb * v1)
		a2 += float32(wa * v2)
		b2 += float32(wb * v2)
		a3 += float32(wa * v3)
		b3 += float32(wb * v3)
		at += ld
	}
	y0[0], y0[1], y0[2], y0[3] = a0, a1, a2, a3
	y1[0], y1[1], y1[2], y1[3] = b0, b1, b2, b3
}

// edge adds the product over k features to rows [r0, r1) of columns [b0, b1) of y.
func edge(y, w, x []float32, r0, r1, b0, b1, k, ld, rs, ks int) {
	if b0 == b1 {
		return
	}
	for r := r0; r < r1; r++ {
		yr := y[r*ld+b0 : r*ld+b1]
		for i := range k {
			wi := w[r*rs+i*ks]
			for b, v := range x[i*ld+b0 : i*ld+b1] {
				yr[b] += float32(wi * v)
			}
		}
	}
}

// weightGradGeneric is a panel product too, with dy as weights: its input has
// one strip.
func weightGradGeneric(dw, dy, xt []float32, out, in, batch, ld int) {
	panelGeneric(dw, dy, xt, out, batch, in, ld, 1)
}

func weightGradAdamGeneric(p parameters, dy, xt []float32, out, in, batch, ld int, a AdamStep) {
	rows := adamRows(in)
	ws := borrow(rows * in)
	defer ws.giveBack()
	for r := 0; r < out; r += rows {
		k := min(rows, out-r)
		part, grad := p.slice(r*in, (r+k)*in), ws.grad[:k*in]
		weightGradGeneric(grad, dy[r*ld:], xt, k, in, batch, ld)
		adamGeneric(part.w, grad, part.m, part.v, a)
	}
}

package f32

// Sizes of a tile of products in Go: the sums of 2 rows × 4 columns stay in registers.
const (
	tileRows = 2
	tileCols = 4
	tileK    = StripWidth // features that all tiles use before the next; they fit the L1 cache
)

// panelGeneric converts each product to float32 before adding it, which forbids the
// compiler to fuse the two operations. Otherwise the compiler might fuse them in tile
// but not in edge, and an element's bits would depend on where it is computed.
func panelGeneric(p product) {
	clear(p.y)
	var packed [tileK][tileRows]float32
	fullRows, fullCols := p.rows/tileRows*tileRows, p.ld/tileCols*tileCols
	for i := 0; i < p.k; i += tileK {
		part := p
		part.k = min(tileK, p.k-i)
		part.w, part.x = p.w[i/p.run*p.next+i%p.run*p.ks:], p.x[i*p.ld:]
		for r := 0; r < fullRows; r += tileRows {
			for j := range packed[:part.k] {
				packed[j] = [tileRows]float32{part.w[r*p.rs+j*p.ks], part.w[(r+1)*p.rs+j*p.ks]}
			}
			for b := 0; b < fullCols; b += tileCols {
				tile(p.y[r*p.ld+b:], packed[:part.k], part.x[b:], p.ld)
			}
		}
		part.edge(fullRows, p.rows, 0, p.ld)
		part.edge(0, fullRows, fullCols, p.ld)
	}
}

// tile adds the product of packed weights and x to 2 rows × 4 columns of y.
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

// edge adds the product to rows [r0, r1) and columns [b0, b1) of y. Its weights
// must lie in one run.
func (p product) edge(r0, r1, b0, b1 int) {
	if b0 == b1 {
		return
	}
	for r := r0; r < r1; r++ {
		yr := p.y[r*p.ld+b0 : r*p.ld+b1]
		for i := range p.k {
			wi := p.w[r*p.rs+i*p.ks]
			for b, v := range p.x[i*p.ld+b0 : i*p.ld+b1] {
				yr[b] += float32(wi * v)
			}
		}
	}
}

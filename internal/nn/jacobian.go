package nn

import "sedlab/internal/f32"

// Jacobian sets j [len(of) × d × n] to the derivatives of signals by the d numbers of their
// codes, at those codes of the last Generate that of counts from 0. In forward mode, d columns
// a code go through the network, which costs as much as d signals. It panics on wrong lengths
// and codes.
func (t *Tape) Jacobian(j []float32, of []int) {
	d, n := t.net.CodeDim(), t.net.Dim()
	if len(j) != len(of)*d*n {
		panic("nn: Jacobian with a slice of wrong length")
	}
	for _, c := range of {
		if c < 0 || c >= t.codes {
			panic("nn: Jacobian at a code that was not generated")
		}
	}
	for lo := 0; lo < len(of)*d; lo += tileCols {
		hi := min(lo+tileCols, len(of)*d)
		t.jacobian(j[lo*n:hi*n], of, lo, hi)
	}
}

// jacobian computes the rows [lo, hi) of the matrix [len(of)·d × n]. Each is a column of the
// panels.
func (t *Tape) jacobian(j []float32, of []int, lo, hi int) {
	d, n, ld := t.net.CodeDim(), t.net.Dim(), f32.Pad(hi-lo)
	if size := t.net.widest() * ld; len(t.tangent[0]) < size {
		t.tangent = [2][]float32{make([]float32, size), make([]float32, size)}
	}
	above, below := t.tangent[0], t.tangent[1]
	clear(below[:d*ld])
	for q := lo; q < hi; q++ {
		below[q%d*ld+q-lo] = 1
	}
	for i, l := range t.net.layers {
		f32.Forward(above, l.w, below, 0, l.out, l.out, l.in, ld)
		if i < len(t.net.layers)-1 {
			t.bend(above, of, i+1, lo, hi)
		}
		above, below = below, above
	}
	f32.Transpose(j, below, n, hi-lo, n, ld)
}

// bend multiplies tangents by the derivative of the leaky ReLU that gave the input of a layer.
func (t *Tape) bend(panel []float32, of []int, layer, lo, hi int) {
	d, ld, features := t.net.CodeDim(), f32.Pad(hi-lo), t.net.layers[layer].in
	for q := lo; q < hi; {
		end := min(hi, (q/d+1)*d) // of the code's columns
		tile, column := of[q/d]/tileCols, of[q/d]%tileCols
		stride := f32.Pad(min(t.codes-tile*tileCols, tileCols))
		act := t.tiles[tile].act[layer]
		for r := range features {
			if act[r*stride+column] > 0 {
				continue
			}
			row := panel[r*ld+q-lo : r*ld+end-lo]
			for k := range row {
				row[k] *= t.net.slope
			}
		}
		q = end
	}
}

package f32

import "sync"

// Features that a panel kernel takes before the next block, in which it adds to
// what it stored. Consecutive weights are read best in whole rows, x from the L2
// cache; weights ld apart best in few rows, so that they and x stay in L1.
const (
	kBlockRows    = 512
	kBlockStrided = 80
)

func (s *simd) runPanel(y, w, x []float32, rows, k, ld, rs, ks int) {
	block := kBlockRows
	if ks > 1 {
		block = kBlockStrided
	}
	for col := 0; col < ld; {
		panel := s.widestPanel(ld - col)
		for i, add := 0, 0; i < k; i, add = i+block, 1 {
			panel.compute(&y[col], &w[i*ks], &x[i*ld+col], rows, min(block, k-i), ld, rs, ks, add)
		}
		col += panel.columns
	}
}

// widestPanel returns the widest kernel of at most the given number of columns.
func (s *simd) widestPanel(columns int) panelKernel {
	for _, p := range s.panels {
		if p.columns <= columns {
			return p
		}
	}
	panic("f32: panel narrower than Lane")
}

// strip holds up to 32 columns of xt, which stay in L1 while all rows of dy pass
// by. On the stack it would escape, as it is passed through function values, so
// it is pooled.
type strip [stripBatch * 32]float32

// stripBatch is the number of rows in a strip.
const stripBatch = 128

var strips = sync.Pool{New: func() any { return new(strip) }}

func (s *simd) runWeightGrad(dw, dy, xt []float32, out, in, batch, ld int) {
	buffer := strips.Get().(*strip)
	defer strips.Put(buffer)
	for b, add := 0, 0; b < batch; b, add = b+stripBatch, 1 {
		n := min(stripBatch, batch-b)
		for i := 0; i < in; i += 2 * s.lanes {
			n0 := min(s.lanes, in-i)
			n1 := min(s.lanes, in-i-n0)
			s.packStrip(&buffer[0], &xt[b*in+i], n, in, n0, n1)
			s.weightGrad(&dw[i], &dy[b], &buffer[0], out, n, ld, in, n0, n1, add)
		}
	}
}

package f32

// Features that a panel kernel takes before the next block, in which it adds to
// what it stored. Consecutive weights are read best in whole rows, x from the L2
// cache; weights ld apart best in few rows, so that they and x stay in L1.
const (
	kBlockRows    = 512
	kBlockStrided = 80
)

const (
	panelRows = 6  // of a panel kernel's tile
	cacheLine = 16 // floats
)

func (s *simd) runPanel(y, w, x []float32, rows, k, ld, rs, ks int) {
	// While a tile of rows is computed, the next one's weights are fetched from
	// beyond the L2 cache: rows follow each other, strided ones begin in the
	// cache line after this tile's.
	block, ahead, fetch := kBlockRows, panelRows*rs, panelRows
	if ks > 1 {
		block, ahead, fetch = kBlockStrided, cacheLine, ks
	}
	for col := 0; col < ld; {
		panel := s.widestPanel(ld - col)
		for i, add := 0, 0; i < k; i, add = i+block, 1 {
			panel.compute(&y[col], &w[i*ks], &x[i*ld+col], rows, min(block, k-i), ld, rs, ks, add, ahead, fetch)
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

// stripBatch is the number of a strip's rows that stay in the L1 cache while all
// rows of dy pass by.
const stripBatch = 128

func (s *simd) runWeightGrad(dw, dy, strips []float32, out, in, batch, ld int) {
	s.gradRows(dw, dy, strips, out, in, batch, ld, parameters{dw, dw, dw})
}

// runWeightGradAdam takes a few rows at a time, so that their gradient is still
// in the cache when Adam reads it, and has w, m and v fetched meanwhile.
func (s *simd) runWeightGradAdam(p parameters, dy, strips []float32, out, in, batch, ld int, a AdamStep) {
	rows := adamRows(in)
	ws := borrow(rows * in)
	defer ws.giveBack()
	for r := 0; r < out; r += rows {
		k := min(rows, out-r)
		part, grad := p.slice(r*in, (r+k)*in), ws.grad[:k*in]
		s.gradRows(grad, dy[r*ld:], strips, k, in, batch, ld, part)
		s.runAdam(part.w, grad, part.m, part.v, a)
	}
}

// gradRows computes rows of dw from an input's strips, and has next fetched,
// which is as long as dw.
func (s *simd) gradRows(dw, dy, strips []float32, out, in, batch, ld int, next parameters) {
	for i := 0; i < in; i += s.strip {
		at, columns := i*out, min(s.strip, in-i)
		for b, add := 0, 0; b < batch; b, add = b+stripBatch, 1 {
			s.weightGrad(&dw[i], &dy[b], &strips[i*batch+b*s.strip], out, min(stripBatch, batch-b), ld, in, columns, add,
				&next.w[at], &next.m[at], &next.v[at])
		}
	}
}

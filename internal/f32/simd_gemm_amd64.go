package f32

// A panel kernel works through k in blocks, adding each to what it stored before.
// Consecutive weights are best read in long blocks, with x in the L2 cache. Weights
// that lie a strip's row apart are best read in short blocks, so that they and x
// stay in the L1 cache.
const (
	kBlockRows    = 8 * StripWidth
	kBlockStrided = 48
)

const panelRows = 6 // rows in a panel kernel's tile

func (s *simd) runPanel(p product) {
	// While a tile is computed, weights are prefetched from beyond the L2 cache: the
	// next tile's if weights are consecutive, else a part of the next block's.
	block, ahead, onward := kBlockRows, panelRows*p.rs, 0
	if p.ks > 1 {
		block, ahead, onward = kBlockStrided, kBlockStrided*p.ks, (kBlockStrided-1)*panelRows
	}
	for col := 0; col < p.ld; {
		panel := s.widestPanel(p.ld - col)
		for i, add := 0, 0; i < p.k; i, add = i+block, 1 {
			w := i/p.run*p.next + i%p.run*p.ks
			panel.compute(&p.y[col], &p.w[w], &p.x[i*p.ld+col], p.rows, min(block, p.k-i), p.ld,
				p.rs, p.ks, p.run, p.next, add, ahead, onward)
		}
		col += panel.columns
	}
}

// widestPanel returns the widest panel kernel that fits the given number of columns.
func (s *simd) widestPanel(columns int) panelKernel {
	for _, p := range s.panels {
		if p.columns <= columns {
			return p
		}
	}
	panic("f32: panel narrower than Lane")
}

func (s *simd) runProduct64(y, w, x []float64, rows, k, ld, rs, ks int, add bool) {
	more := 0
	if add {
		more = 1
	}
	for col := 0; col < ld; {
		for _, p := range s.products64 {
			if p.columns <= ld-col {
				p.compute(&y[col], &w[0], &x[col], rows, k, ld, rs, ks, more)
				col += p.columns
				break
			}
		}
	}
}

func (s *simd) runWiden(dst []float64, src []float32) { s.widen(&dst[0], &src[0], len(src)) }

func runWeightGradAdamAVX512(p parameters, dy, strip []float32, rows, batch, ld int, s AdamStep) {
	ws := borrow()
	defer ws.giveBack()
	weightGradAdamAVX512(&p.w[0], &p.m[0], &p.v[0], &dy[0], &strip[0], rows, batch, ld, &ws[0],
		s.Beta1, s.Rest1, s.Beta2, s.Rest2, s.WeightDecay, s.StepSize, s.InvSqrtBias2, s.Eps)
}

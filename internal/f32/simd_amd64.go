package f32

import (
	"sync"

	"golang.org/x/sys/cpu"
)

//go:generate go -C _gen run . -isa avx512 -out ../avx512_amd64.s -stubs ../avx512_amd64.go -pkg f32
//go:generate go -C _gen run . -isa avx2 -out ../avx2_amd64.s -stubs ../avx2_amd64.go -pkg f32

// simd is one instruction set's assembly: what it does is said at the stubs.
type simd struct {
	lanes  int                                                    // floats per vector
	panels []func(y, w, x *float32, rows, k, ld, rs, ks, add int) // by width, widest first
	widths []int

	packStrip  func(strip, xt *float32, batch, in, n0, n1 int)
	weightGrad func(dw, dy, strip, tile *float32, rows, batch, ld, in, n0, n1, add int)
	adam       func(w, g, m, v *float32, n int, s *adamConstants)
}

// kernels returns the table of the package's kernels made of s.
func (s *simd) kernels(name string) *kernels {
	return &kernels{
		name: name, panel: s.panel, weightGrad: s.weightGrads, adam: s.adams,
	}
}

// kBlock is the number of features of x that a panel kernel reads for all rows
// before it goes on: at 64 columns they take half of a 32 KiB L1 cache.
var KBlock = 64

func (s *simd) panel(y, w, x []float32, rows, k, ld, rs, ks int) {
	kb := KBlock
	if ks == 1 {
		kb = 512
	}
	for col := 0; col < ld; {
		tile := 0
		for s.widths[tile] > ld-col {
			tile++
		}
		for i, add := 0, 0; i < k; i, add = i+kb, 1 {
			s.panels[tile](&y[col], &w[i*ks], &x[i*ld+col], rows, min(kb, k-i), ld, rs, ks, add)
		}
		col += s.widths[tile]
	}
}

// stripBatch is the number of rows of xt that a strip holds.
const stripBatch = 128

// workspace is what the weight gradients need besides their arguments: a strip
// of up to 32 columns of xt, and Adam's constants. Passed to assembly through
// function values these would escape, so they are pooled.
type workspace struct {
	strip [stripBatch * 32]float32
	tile  [12 * 32]float32
	adam  adamConstants
}

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// eachStrip packs strips of the batch rows of xt and calls f on each, with its
// first column and the columns in its two vectors.
func (s *simd) eachStrip(ws *workspace, xt []float32, in, batch int, f func(i, n0, n1 int)) {
	for i := 0; i < in; i += 2 * s.lanes {
		n0 := min(s.lanes, in-i)
		n1 := min(s.lanes, in-i-n0)
		s.packStrip(&ws.strip[0], &xt[i], batch, in, n0, n1)
		f(i, n0, n1)
	}
}

func (s *simd) weightGrads(dw, dy, xt []float32, out, in, batch, ld int) {
	ws := workspaces.Get().(*workspace)
	defer workspaces.Put(ws)
	for b, add := 0, 0; b < batch; b, add = b+stripBatch, 1 {
		n := min(stripBatch, batch-b)
		s.eachStrip(ws, xt[b*in:], in, n, func(i, n0, n1 int) {
			s.weightGrad(&dw[i], &dy[b], &ws.strip[0], &ws.tile[0], out, n, ld, in, n0, n1, add)
		})
	}
}

func (s *simd) adams(w, g, m, v []float32, c adamConstants) {
	ws := workspaces.Get().(*workspace)
	defer workspaces.Put(ws)
	ws.adam = c
	s.adam(&w[0], &g[0], &m[0], &v[0], len(w), &ws.adam)
}

var avx512 = simd{
	lanes:      16,
	panels:     []func(y, w, x *float32, rows, k, ld, rs, ks, add int){panel64AVX512, panel48AVX512, panel32AVX512, panel16AVX512},
	widths:     []int{64, 48, 32, 16},
	packStrip:  packStripAVX512,
	weightGrad: weightGradAVX512,
	adam:       adamAVX512,
}

var avx2 = simd{
	lanes:      8,
	panels:     []func(y, w, x *float32, rows, k, ld, rs, ks, add int){panel16AVX2},
	widths:     []int{16},
	packStrip:  packStripAVX2,
	weightGrad: weightGradAVX2,
	adam:       adamAVX2,
}

// implementations returns the kernels that the processor and the operating
// system support, fastest first.
func implementations() []*kernels {
	var all []*kernels
	if cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasBMI2 {
		all = append(all, avx512.kernels("avx512"))
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, avx2.kernels("avx2"))
	}
	return append(all, generic)
}

package f32

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// allKernels are the names that SEDLAB_KERNEL accepts.
var allKernels = []string{"avx512", "avx2", "generic"}

// eachKernel tests each implementation, and visibly skips those that the machine
// lacks.
func eachKernel(t *testing.T, test func(t *testing.T, k *kernels)) {
	t.Helper()
	for _, name := range allKernels {
		t.Run(name, func(t *testing.T) {
			k, err := choose(name, implementations())
			if err != nil {
				t.Skip(err)
			}
			test(t, k)
		})
	}
}

// guarded is a slice with known values on either side.
type guarded struct {
	whole []float32
	n     int
}

const (
	guard      = 37 // odd, so that slices lie at odd alignments
	guardValue = -12345
)

// guardedNormals returns n normal variates between guards.
func guardedNormals(r *rand.Rand, n int) guarded {
	g := guarded{make([]float32, n+2*guard), n}
	for i := range g.whole {
		g.whole[i] = guardValue
	}
	for i := range g.slice() {
		g.slice()[i] = float32(r.NormFloat64())
	}
	return g
}

func (g guarded) slice() []float32 { return g.whole[guard : guard+g.n : guard+g.n] }

// check fails the test if a guard was overwritten.
func (g guarded) check(t *testing.T, name string) {
	t.Helper()
	for i, v := range g.whole {
		if (i < guard || i >= guard+g.n) && v != guardValue {
			t.Fatalf("%s: wrote %v at index %d of %d", name, v, i-guard, g.n)
		}
	}
}

func newRand(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }

// normals returns n normal variates.
func normals(r *rand.Rand, n int) []float32 { return slices.Clone(guardedNormals(r, n).slice()) }

// near fails the test if any got is further than tol·(1+|want|) from its want.
func near(t *testing.T, name string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, expected %d", name, len(got), len(want))
	}
	for i, g := range got {
		if d := math.Abs(float64(g) - want[i]); !(d <= tol*(1+math.Abs(want[i]))) {
			t.Fatalf("%s[%d] = %v, expected %v", name, i, g, want[i])
		}
	}
}

// sameBits fails the test if got and want differ in any bit.
func sameBits(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i, g := range got {
		if math.Float32bits(g) != math.Float32bits(want[i]) {
			t.Fatalf("%s[%d] = %v, expected the same bits as %v", name, i, g, want[i])
		}
	}
}

func TestChoose(t *testing.T) {
	all := implementations()
	if k, err := choose("", all); k != all[0] || err != nil {
		t.Errorf("by default: %s, %v; expected %s", k.name, err, all[0].name)
	}
	if k, err := choose("generic", all); k.name != "generic" || err != nil {
		t.Errorf("generic: %s, %v", k.name, err)
	}
	if k, err := choose("sse", all); k != all[0] || err == nil {
		t.Errorf("unknown: %s, %v; expected %s and an error", k.name, err, all[0].name)
	}
}

func TestShortSlicesPanic(t *testing.T) {
	s := func(n int) []float32 { return make([]float32, n) }
	d := func(n int) []float64 { return make([]float64, n) }
	weightGradAdam := func(k *kernels, w, m, v, dy, xs []float32, batch int) {
		k.WeightGradAdam(w, m, v, dy, xs, 0, 2, 2, 3, batch, 16, AdamStep{})
	}
	for name, call := range map[string]func(k *kernels){
		"Forward y":            func(k *kernels) { k.Forward(s(31), s(128), s(48), 0, 2, 2, 3, 16) },
		"Forward w":            func(k *kernels) { k.Forward(s(32), s(127), s(48), 0, 2, 2, 3, 16) },
		"Forward x":            func(k *kernels) { k.Forward(s(32), s(128), s(47), 0, 2, 2, 3, 16) },
		"Forward ld":           func(k *kernels) { k.Forward(s(34), s(128), s(51), 0, 2, 2, 3, 17) },
		"InputGrad dx":         func(k *kernels) { k.InputGrad(s(47), s(128), s(32), 0, 3, 2, 3, 16) },
		"InputGrad w":          func(k *kernels) { k.InputGrad(s(48), s(127), s(32), 0, 3, 2, 3, 16) },
		"InputGrad dy":         func(k *kernels) { k.InputGrad(s(48), s(128), s(31), 0, 3, 2, 3, 16) },
		"WeightGrad dw":        func(k *kernels) { k.WeightGrad(s(127), s(32), s(1024), 0, 2, 2, 3, 16, 16) },
		"WeightGrad dy":        func(k *kernels) { k.WeightGrad(s(128), s(31), s(1024), 0, 2, 2, 3, 16, 16) },
		"WeightGrad xs":        func(k *kernels) { k.WeightGrad(s(128), s(32), s(1023), 0, 2, 2, 3, 16, 16) },
		"Forward rows":         func(k *kernels) { k.Forward(s(48), s(128), s(48), 0, 3, 2, 3, 16) },
		"InputGrad rows":       func(k *kernels) { k.InputGrad(s(64), s(128), s(32), 0, 4, 2, 3, 16) },
		"WeightGrad rows":      func(k *kernels) { k.WeightGrad(s(192), s(48), s(1024), 0, 3, 2, 3, 16, 16) },
		"WeightGrad batch":     func(k *kernels) { k.WeightGrad(s(128), s(32), s(1088), 0, 2, 2, 3, 17, 16) },
		"WeightGrad ld":        func(k *kernels) { k.WeightGrad(s(128), s(34), s(1024), 0, 2, 2, 3, 16, 17) },
		"WeightGradAdam w":     func(k *kernels) { weightGradAdam(k, s(127), s(128), s(128), s(32), s(1024), 16) },
		"WeightGradAdam m":     func(k *kernels) { weightGradAdam(k, s(128), s(127), s(128), s(32), s(1024), 16) },
		"WeightGradAdam v":     func(k *kernels) { weightGradAdam(k, s(128), s(128), s(127), s(32), s(1024), 16) },
		"WeightGradAdam dy":    func(k *kernels) { weightGradAdam(k, s(128), s(128), s(128), s(31), s(1024), 16) },
		"WeightGradAdam xs":    func(k *kernels) { weightGradAdam(k, s(128), s(128), s(128), s(32), s(1023), 16) },
		"WeightGradAdam batch": func(k *kernels) { weightGradAdam(k, s(128), s(128), s(128), s(32), s(1088), 17) },
		"PackStrips dst":       func(k *kernels) { PackStrips(s(127), s(6), 2, 3) },
		"PackStrips src":       func(k *kernels) { PackStrips(s(128), s(5), 2, 3) },
		"UnpackStrips dst":     func(k *kernels) { UnpackStrips(s(5), s(128), 2, 3) },
		"UnpackStrips src":     func(k *kernels) { UnpackStrips(s(6), s(127), 2, 3) },
		"PackPanel":            func(k *kernels) { k.PackPanel(s(1024), s(47), 0, 3, 16, 16) },
		"Adam":                 func(k *kernels) { k.Adam(s(4), s(4), s(4), s(3), AdamStep{}) },
		"BiasLeaky":            func(k *kernels) { k.BiasLeaky(s(32), s(32), s(1), 1, 2, 16) },
		"LeakyGrad":            func(k *kernels) { k.LeakyGrad(s(3), s(4), 1) },
		"Residual":             func(k *kernels) { k.Residual(s(4), s(4), s(4), s(3)) },
		"Transpose":            func(k *kernels) { k.Transpose(s(11), s(12), 3, 4, 3, 4) },
		"Product64 y":          func(k *kernels) { k.Product64(d(15), d(6), d(24), 2, 3, 8, 3, 1, false) },
		"Product64 w":          func(k *kernels) { k.Product64(d(16), d(5), d(24), 2, 3, 8, 3, 1, false) },
		"Product64 x":          func(k *kernels) { k.Product64(d(16), d(6), d(23), 2, 3, 8, 3, 1, false) },
		"Product64 ld":         func(k *kernels) { k.Product64(d(18), d(6), d(27), 2, 3, 9, 3, 1, false) },
		"Widen":                func(k *kernels) { k.Widen(d(3), s(4)) },
		"Dot":                  func(k *kernels) { k.Dot(s(4), s(3)) },
	} {
		eachKernel(t, func(t *testing.T, k *kernels) {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call(k)
		})
	}
}

func TestKernelsDoNotAllocate(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		const n, ld = 20, 16
		w, m, v, x := make([]float32, n*64), make([]float32, n*64), make([]float32, n*64), make([]float32, n*ld)
		y, xs := make([]float32, n*ld), make([]float32, StripsLen(ld, n))
		p := make([]float32, n)
		bn := BatchNorm{Gamma: p, Beta: p, RunMean: p, RunVar: p, Mean: p, InvStd: p, DGamma: p, DBeta: p}
		got := testing.AllocsPerRun(100, func() {
			k.Forward(y, w, x, 0, n, n, n, ld)
			k.BatchNormForward(&bn, y, y, y, n, ld, ld)
			k.BatchNormBackward(&bn, y, y, n, ld, ld)
			k.PackPanel(xs, x, 0, n, ld, ld)
			k.WeightGradAdam(w, m, v, y, xs, 0, n, n, n, ld, ld, AdamStep{})
		})
		if got > 1 { // the collector may empty the pools
			t.Errorf("%v allocations a run", got)
		}
	})
}

func TestFMACountsItsRounds(t *testing.T) {
	eachKernel(t, func(t *testing.T, k *kernels) {
		if one, ten := k.peak(1), k.peak(10); one < 2 || ten != 10*one {
			t.Errorf("%v operations in a round, %v in ten", one, ten)
		}
	})
}

package operatortest_test

import (
	"context"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"sedlab/operators"
	"sedlab/operators/operatortest"
)

// twice measures every flux twice. If it has a scratch, its operators share that.
type twice struct{ scratch []atomic.Uint32 }

func (c *twice) Check([]float64) []operators.KeyError { return nil }
func (c *twice) Family(_ context.Context, grid []float64, _ uint64) (operators.Family, error) {
	return func(int) operators.Operator { return stacked{len(grid), c.scratch} }, nil
}

type stacked struct {
	n       int
	scratch []atomic.Uint32
}

func (s stacked) Dims() (m, n int) { return 2 * s.n, s.n }

func (s stacked) Apply(dst, x []float32) {
	if len(dst) != 2*s.n || len(x) != s.n {
		panic("lengths")
	}
	x = slices.Clone(x)
	if s.scratch != nil { // atomic, as the race detector would find it before the suite
		for i, v := range x {
			s.scratch[i].Store(math.Float32bits(v))
		}
		runtime.Gosched()
		for i := range x {
			x[i] = math.Float32frombits(s.scratch[i].Load())
		}
	}
	copy(dst, x)
	copy(dst[s.n:], x)
}

func (s stacked) Adjoint(dst, y []float32) {
	if len(dst) != s.n || len(y) != 2*s.n {
		panic("lengths")
	}
	for i := range dst {
		dst[i] = y[i] + y[s.n+i]
	}
}

// recorder notes the errors of a suite instead of failing.
type recorder struct {
	testing.TB
	failed atomic.Pointer[string]
}

func (r *recorder) Errorf(format string, _ ...any) { r.failed.Store(&format) }

func TestMoreMeasurementsThanFluxes(t *testing.T) {
	operatortest.Suite(t, kind(nil), new(twice))
}

func TestSharedScratchFails(t *testing.T) {
	scratch := make([]atomic.Uint32, 200)
	r := &recorder{TB: t}
	operatortest.Suite(r, kind(scratch), &twice{scratch})
	if got := r.failed.Load(); got == nil || !strings.Contains(*got, "other goroutines") {
		t.Error("the suite passes operators that share a buffer")
	}
}

func TestKindIsChecked(t *testing.T) {
	r, k := &recorder{TB: t}, kind(nil)
	k.Version = 0
	operatortest.Suite(r, k, new(twice))
	if r.failed.Load() == nil {
		t.Error("the suite passes a kind without a version")
	}
}

func kind(scratch []atomic.Uint32) operators.Kind {
	return operators.Kind{Name: "twice", Doc: "measures all twice", Version: 1, New: func() operators.Config { return &twice{scratch} }}
}

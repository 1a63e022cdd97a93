package f32

import (
	"os"
	"runtime/debug"
	"syscall"
	"testing"
	"unsafe"
)

// beforeGuard returns n zeros that end right before memory that cannot be read.
func beforeGuard(t *testing.T, n int) []float32 {
	t.Helper()
	page := os.Getpagesize()
	size := (4*n + page - 1) / page * page
	b, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(b) })
	if err := syscall.Mprotect(b[size:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&b[size-4*n])), n)
}

// doublesBeforeGuard is beforeGuard for doubles.
func doublesBeforeGuard(t *testing.T, n int) []float64 {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*float64)(unsafe.Pointer(&beforeGuard(t, 2*n)[0])), n)
}

// No kernel reads or writes past the end of its slices.
func TestKernelsStayInside(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	eachKernel(t, func(t *testing.T, k *kernels) {
		for _, s := range shapes() {
			out, in, ld := s[0], s[1], s[2]
			before := func(n int) []float32 { return beforeGuard(t, n) }
			n, rows := StripsLen(out, in), StripRows(out, in)
			w, m, v := before(n), before(n), before(n)
			x, dx, y, xhat := before(in*ld), before(in*ld), before(out*ld), before(out*ld)
			k.Forward(y, w, x, 0, out, out, in, ld)
			k.InputGrad(dx, w, y, 0, in, out, in, ld)
			xs := before(StripsLen(ld, in))
			k.PackPanel(xs, x, 0, in, ld, ld)
			k.WeightGradAdam(w, m, v, y, xs, 0, rows, out, in, ld, ld, NewAdamStep(1, 0, 1))
			k.WeightGrad(w, y, xs, 0, rows, out, in, ld, ld)
			p := func() []float32 { return before(out) }
			bn := BatchNorm{p(), p(), p(), p(), p(), p(), p(), p(), 1e-5, 0.1, 0.2}
			if ld > 0 {
				k.BatchNormForward(&bn, y, xhat, y, out, ld, ld)
				k.BatchNormBackward(&bn, y, xhat, out, ld, ld)
			}
			k.BiasLeaky(y, y, bn.Beta, 0.2, out, ld)
			k.LeakyGrad(dx, x, 0.2)
			k.Adam(bn.Gamma, bn.DGamma, bn.Mean, bn.InvStd, NewAdamStep(1, 0, 1))
			_ = k.Dot(bn.Gamma, bn.Beta)
		}
		for _, s := range product64Cases() {
			rows, terms, ld := s[0], s[1], s[2]
			y, w, x := doublesBeforeGuard(t, rows*ld), doublesBeforeGuard(t, rows*terms), doublesBeforeGuard(t, terms*ld)
			k.Product64(y, w, x, rows, terms, ld, terms, 1, false)
			k.Product64(y, w, x, rows, terms, ld, 1, rows, true)
			k.Widen(y, beforeGuard(t, rows*ld))
		}
	})
}

package f32

import (
	"fmt"
	"os"
	"runtime"
	"strings"
)

// kernels is one implementation of the package's loops. Its methods check and
// slice their arguments; the exported functions are those of the chosen
// implementation. The fields get slices of the right length that are not empty.
type kernels struct {
	name string

	panel func(p product)
	// product64 is Product64, for rows, k and ld ≥ 1.
	product64 func(y, w, x []float64, rows, k, ld, rs, ks int, add bool)
	// weightGradAdam is WeightGradAdam within a strip, for batch ≥ 1; nil where
	// fusing the two gains nothing.
	weightGradAdam func(p parameters, dy, strip []float32, rows, batch, ld int, s AdamStep)
	adam           func(w, g, m, v []float32, s AdamStep)

	// batchNormForward also sets squares to each row's Σ (z − mean)².
	batchNormForward  func(bn BatchNorm, squares, a, xhat, z []float32, batch, ld int)
	batchNormBackward func(bn BatchNorm, da, xhat []float32, batch, ld int)

	biasLeaky func(a, z, bias []float32, slope float32, ld int)
	leakyGrad func(da, a []float32, slope float32)
	residual  func(dx, x, y, weight []float32) float32
	transpose func(dst, src []float32, rows, cols, ldd, lds int)
	dot       func(x, y []float32) float64
	widen     func(dst []float64, src []float32)

	// peak does rounds of independent fused multiply-adds and returns the number
	// of their floating-point operations.
	peak func(rounds int) float64
}

// kernelVariable is the environment variable that forces an implementation.
const kernelVariable = "SEDLAB_KERNEL"

// chosen is set at program start, and by Use. kernelErr says why it is not the kernel that
// SEDLAB_KERNEL asks for.
var chosen, kernelErr = choose(os.Getenv(kernelVariable), implementations())

// choose returns the implementation of the given name, or the first for "".
func choose(name string, from []*kernels) (*kernels, error) {
	names := make([]string, len(from))
	for i, k := range from {
		if names[i] = k.name; name == k.name {
			return k, nil
		}
	}
	if name == "" {
		return from[0], nil
	}
	return from[0], fmt.Errorf("this machine has no kernel %q; expected one of %s", name, strings.Join(names, ", "))
}

// Use makes the implementation of the given name the one in use, if this machine has it.
// Nothing may be computed at the same time.
func Use(name string) error {
	k, err := choose(name, implementations())
	if err == nil {
		chosen = k
	}
	return err
}

// Common returns the name of the kernels that are common among machines of this
// architecture: on amd64, those that need AVX2, which all server processors since 2015 have.
func Common() string {
	if runtime.GOARCH == "amd64" {
		return "avx2"
	}
	return generic.name
}

// Kernel returns the name of the kernels in use: avx512, avx2 or generic. The
// environment variable SEDLAB_KERNEL forces one.
func Kernel() string { return chosen.name }

// KernelError returns an error if SEDLAB_KERNEL names a kernel that is unknown or
// that this machine lacks. The fastest kernel is then in use.
func KernelError() error {
	if kernelErr == nil {
		return nil
	}
	return fmt.Errorf("environment variable %s: %w", kernelVariable, kernelErr)
}

// FMA does rounds of independent fused multiply-adds between registers with the chosen
// kernels, and returns the number of floating-point operations. No kernel can exceed
// their rate. For the rate of the machine, call FMA from one goroutine per core. 20 000
// rounds take about 0.1 ms.
func FMA(rounds int) (flops float64) { return chosen.peak(rounds) }

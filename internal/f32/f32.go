// Package f32 holds the float32 kernels of training and reconstruction, and one product
// in double precision.
//
// Activations are feature-major: a panel is [features × ld], with one feature per
// row, one signal of the batch per column, and ld a multiple of Lane. Columns
// beyond the batch are padding: kernels may compute them, callers ignore them.
//
// Weights [out × in] are stored in strips of 64 columns, [⌈in/64⌉ × out × 64], row
// by row within a strip; PackStrips makes strips from PyTorch's row-major order.
// Gradients and Adam's moments are stored the same way. Products and Adam thus
// read and write long consecutive runs, which memory and caches deliver fastest.
// The last strip is padded to 64 columns with zeros, which stay zero.
//
// Every element of a result is reduced in one fixed order, whatever rows and columns
// are computed along with it. So splitting work over goroutines by rows or columns
// changes no bit. Kernels panic on slices that are too short, do not allocate, and may
// be called from several goroutines at once.
//
// Each loop has up to three implementations: AVX-512, AVX2 with FMA, and plain Go.
// The fastest that the machine supports is chosen at start. Their results differ
// by rounding. The assembly is generated; see _gen.
package f32

// Lane is the number of columns that panels are padded to a multiple of.
const Lane = 16

// Pad returns n rounded up to a multiple of Lane.
func Pad(n int) int { return (n + Lane - 1) / Lane * Lane }

// Package f32 holds the float32 kernels of training and reconstruction.
//
// Activations are feature-major: a panel is [features × ld], one feature a row,
// one signal of the batch a column, with ld a multiple of Lane. Columns from the
// batch's size up to ld are padding: kernels may compute them, callers ignore
// them.
//
// Weights [out × in] are in strips of 64 columns, [⌈in/64⌉ × out × 64]: row by row
// within a strip, as PackStrips makes them of PyTorch's row-major order, and so are
// their gradients and moments. Products and Adam read and write them in long
// consecutive pieces, which memory and caches deliver fastest. Missing columns of
// the last strip are padding too; it is zero and stays zero.
//
// Every element of a result is reduced in one fixed order, whatever rows and
// columns are computed with it, so splitting work over goroutines by rows or
// columns does not change a bit. Kernels panic on slices that are too short.
// They do not allocate, and may be called from several goroutines at once.
//
// Each exported loop has up to three implementations, for AVX-512, for AVX2 with
// FMA and in plain Go; the fastest that the machine supports is chosen at start.
// Their results differ by rounding. The assembly is generated, see _gen.
package f32

// Lane is the number of columns that panels are padded to a multiple of.
const Lane = 16

// Pad returns n rounded up to a multiple of Lane.
func Pad(n int) int { return (n + Lane - 1) / Lane * Lane }

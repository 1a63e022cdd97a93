//go:build !amd64

package f32

// implementations returns the kernels that the machine supports, fastest first.
func implementations() []*kernels { return []*kernels{&generic} }

//go:build !amd64

package f32

func implementations() []*kernels { return []*kernels{generic} }

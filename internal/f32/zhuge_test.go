package f32

import (
	"os"
	"syscall"
	"unsafe"
)

var arena []byte

func hugef(n int) []float32 {
	if os.Getenv("HUGE") == "" {
		return make([]float32, n)
	}
	if arena == nil {
		b, err := syscall.Mmap(-1, 0, 256<<20, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			panic(err)
		}
		off := -uintptr(unsafe.Pointer(&b[0])) & (2<<20 - 1)
		arena = b[off:]
		if err := syscall.Madvise(arena, 14); err != nil {
			panic(err)
		}
	}
	s := unsafe.Slice((*float32)(unsafe.Pointer(&arena[0])), n)
	arena = arena[(4*n+64+63)&^63:]
	return s
}

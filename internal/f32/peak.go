package f32

import "time"

// PeakFMA returns the rate, in GFLOP/s, at which one goroutine can do fused
// multiply-adds between registers with the kernels in use: the best of short
// trials over the duration d, at least one. Call it from as many goroutines as
// there are cores for the rate of the machine.
func PeakFMA(d time.Duration) (gflops float64) {
	const rounds = 20_000 // about 0.1 ms, so that some trials are not interrupted
	for begin := time.Now(); gflops == 0 || time.Since(begin) < d; {
		start := time.Now()
		flops := active.peak(rounds)
		gflops = max(gflops, flops/float64(max(time.Since(start), 1)))
	}
	return gflops
}

package f32

// FMA does rounds of independent fused multiply-adds between registers with the
// chosen kernels, and returns how many floating-point operations those are. Their
// rate is one that no kernel can exceed; call FMA from one goroutine per core for
// the rate of the machine. 20 000 rounds take about 0.1 ms.
func FMA(rounds int) (flops float64) { return chosen.peak(rounds) }

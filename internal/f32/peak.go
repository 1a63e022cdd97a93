package f32

// FMA does rounds rounds of independent fused multiply-adds between registers
// with the kernels in use, and returns how many floating-point operations these
// are. Timing it tells the rate that no kernel can exceed; 20 000 rounds take
// about 0.1 ms. Call it from as many goroutines as there are cores for the rate
// of the machine.
func FMA(rounds int) (flops float64) { return active.peak(rounds) }

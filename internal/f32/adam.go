package f32

import "math"

// AdamStep holds the constants of one step of Adam with L2 weight decay, as
// torch.optim.Adam defines it (Kingma and Ba 2014, algorithm 1).
type AdamStep struct {
	Beta1, Beta2, Eps float32
	Rest1, Rest2      float32 // 1 − β1 and 1 − β2; subtracting in float32 would be off by 1e-5
	WeightDecay       float32
	StepSize          float32 // lr / (1 − β1^t)
	InvSqrtBias2      float32 // 1 / √(1 − β2^t)
}

// NewAdamStep returns the constants of step t ≥ 1, with PyTorch's defaults
// β1 = 0.9, β2 = 0.999 and ε = 1e-8.
func NewAdamStep(lr, weightDecay float64, t int) AdamStep {
	const b1, b2 = 0.9, 0.999
	return AdamStep{
		Beta1: b1, Beta2: b2, Eps: 1e-8, Rest1: 1 - b1, Rest2: 1 - b2,
		WeightDecay:  float32(weightDecay),
		StepSize:     float32(lr / (1 - math.Pow(b1, float64(t)))),
		InvSqrtBias2: float32(1 / math.Sqrt(1-math.Pow(b2, float64(t)))),
	}
}

// Adam updates weights w and their moments m and v by the gradient g:
//
//	g += wd·w;  m = β1·m + (1−β1)·g;  v = β2·v + (1−β2)·g²
//	w -= step · m / (√v·invSqrtBias2 + ε)
//
// g itself is only read.
func Adam(w, g, m, v []float32, s AdamStep) { chosen.Adam(w, g, m, v, s) }

func (k *kernels) Adam(w, g, m, v []float32, s AdamStep) {
	if n := len(w); n > 0 {
		k.adam(w, g[:n], m[:n], v[:n], s)
	}
}

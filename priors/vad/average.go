package vad

import (
	"math"

	"sedlab/internal/nn"
)

// average is an exponential moving average of a network's weights over the steps of its training,
// w̄_t = Σ_s a^(t−s) w_s / Σ_s a^(t−s): the averaging of Polyak and Juditsky (1992, SIAM J. Control
// Optim. 30, 838) as in Kingma and Ba (2015, arXiv:1412.6980, §7.2).
type average struct {
	decay float64 // a
	steps int     // t
	net   *nn.MLP // of the weights w̄_t; nil before the first step
}

// add takes in the weights after one more step.
func (a *average) add(net *nn.MLP) {
	if a.steps++; a.steps == 1 {
		a.net = net.Clone()
		return
	}
	share := float32((1 - a.decay) / (1 - math.Pow(a.decay, float64(a.steps))))
	for i, l := range net.Layers {
		approach(a.net.Layers[i].W, l.W, share)
		approach(a.net.Layers[i].Bias, l.Bias, share)
	}
}

// approach moves each of have by a share of its distance to that of new.
func approach(have, new []float32, share float32) {
	for i, v := range new {
		have[i] += share * (v - have[i])
	}
}

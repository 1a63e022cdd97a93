package nn

// Recompute sets BatchNorm's statistics to the mean and the variance of each feature over
// codes [N × In], with which BatchNorm would normalise them if they were one batch in
// training. Each layer sees the features that the new statistics of those before it give.
// PyTorch's torch.optim.swa_utils.update_bn does the same by batches. Without BatchNorm it
// does nothing.
func (net *MLP) Recompute(codes []float32) {
	for i := range net.Layers {
		if norm := net.Layers[i].Norm; norm != nil {
			norm.RunMean, norm.RunVar = net.statistics(i, codes)
		}
	}
}

// statistics returns the mean and the variance of the features that layer i computes from
// codes before its BatchNorm.
func (net *MLP) statistics(i int, codes []float32) (mean, variance []float32) {
	l := net.Layers[i]
	l.Norm, l.Bias = nil, make([]float32, l.Out)
	start := MLP{Config: net.Config, Layers: append(append([]Layer{}, net.Layers[:i]...), l)}
	start.Hidden, start.Out = net.Hidden[:i], l.Out
	features := start.Freeze(1, make([]float32, l.Out))

	const batch = 64
	n, d := len(codes)/net.In, net.In
	tape, y := features.NewTape(batch), make([]float32, batch*l.Out)
	each := func(use func(o int, v float64)) {
		for lo := 0; lo < n; lo += batch {
			b := min(batch, n-lo)
			tape.Generate(y[:b*l.Out], codes[lo*d:(lo+b)*d])
			for k, v := range y[:b*l.Out] {
				use(k%l.Out, float64(v))
			}
		}
	}
	sum, squares := make([]float64, l.Out), make([]float64, l.Out)
	each(func(o int, v float64) { sum[o] += v })
	for o := range sum {
		sum[o] /= float64(n)
	}
	each(func(o int, v float64) { squares[o] += (v - sum[o]) * (v - sum[o]) })
	mean, variance = make([]float32, l.Out), make([]float32, l.Out)
	for o := range sum {
		mean[o], variance[o] = float32(sum[o]), float32(squares[o]/float64(n))
	}
	return mean, variance
}

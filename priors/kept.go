package priors

// KeptLoss returns the mean squared error per flux of the training signals [N×n] as the
// generator makes them from their own codes, in the unit of flux, weighted as in the training.
// It may differ from the last loss of the training: under BatchNorm, a training normalises by
// the statistics of each batch. ok is false if the prior has no code for each signal.
func KeptLoss(p Prior, flux, weight []float32) (loss float64, ok bool) {
	g, ok := p.(Coded)
	if !ok {
		return 0, false
	}
	const batch = 64
	codes, n, d := g.Codes(), g.Dim(), g.CodeDim()
	if len(codes)*n != len(flux)*d || len(flux) == 0 {
		return 0, false
	}
	tape, x := g.NewTape(batch), make([]float32, batch*n)
	sum, total := 0.0, 0.0
	for lo := 0; lo*n < len(flux); lo += batch {
		hi := min(lo+batch, len(flux)/n)
		tape.Generate(x[:(hi-lo)*n], codes[lo*d:hi*d])
		for i, v := range flux[lo*n : hi*n] {
			e := float64(x[i]) - float64(v)
			w := 1.0
			if weight != nil {
				w = float64(weight[lo*n+i])
			}
			sum, total = sum+w*e*e, total+w
		}
	}
	return sum / total, true
}

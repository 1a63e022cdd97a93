package f32

import "math"

func batchNormForwardGeneric(bn BatchNorm, squares, a, xhat, z []float32, batch, ld int) {
	for r := range squares {
		zr, xr, ar := z[r*ld:][:batch], xhat[r*ld:][:batch], a[r*ld:][:batch]
		var sum, sq float64
		for _, v := range zr {
			sum += float64(v)
		}
		mean := float32(sum / float64(batch))
		for _, v := range zr {
			sq += float64(v-mean) * float64(v-mean)
		}
		inv := float32(1 / math.Sqrt(sq/float64(batch)+float64(bn.Eps)))
		bn.Mean[r], bn.InvStd[r], squares[r] = mean, inv, float32(sq)
		for b, v := range zr {
			h := (v - mean) * inv
			xr[b] = h
			ar[b] = leaky(bn.Gamma[r]*h+bn.Beta[r], bn.Slope)
		}
	}
}

func batchNormBackwardGeneric(bn BatchNorm, da, xhat []float32, batch, ld int) {
	for r, g := range bn.Gamma {
		dr, xr := da[r*ld:][:batch], xhat[r*ld:][:batch]
		var sum, dot float64
		for b, h := range xr {
			if g*h+bn.Beta[r] <= 0 {
				dr[b] *= bn.Slope
			}
			sum += float64(dr[b])
			dot += float64(dr[b]) * float64(h)
		}
		bn.DBeta[r], bn.DGamma[r] = float32(sum), float32(dot)
		meanSum, meanDot := float32(sum/float64(batch)), float32(dot/float64(batch))
		k := g * bn.InvStd[r]
		for b, h := range xr {
			dr[b] = k * (dr[b] - meanSum - h*meanDot)
		}
	}
}

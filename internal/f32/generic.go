package f32

import "math"

var generic = &kernels{
	name: "generic", panel: panelGeneric, weightGrad: weightGradGeneric, adam: adamGeneric,
}

func panelGeneric(y, w, x []float32, rows, k, ld, rs, ks int) {
	clear(y)
	for r := range rows {
		yr := y[r*ld:][:ld]
		for i := range k {
			wi := w[r*rs+i*ks]
			for b, v := range x[i*ld:][:ld] {
				yr[b] += wi * v
			}
		}
	}
}

func weightGradGeneric(dw, dy, xt []float32, out, in, batch, ld int) {
	for o := range out {
		d := dw[o*in : (o+1)*in]
		clear(d)
		for b := range batch {
			g := dy[o*ld+b]
			for i, v := range xt[b*in : (b+1)*in] {
				d[i] += g * v
			}
		}
	}
}

func adamGeneric(w, g, m, v []float32, c adamConstants) {
	beta1, rest1, beta2, rest2, decay, step, bias, eps := c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7]
	for i := range w {
		gi := g[i] + decay*w[i]
		m[i] = beta1*m[i] + rest1*gi
		v[i] = beta2*v[i] + rest2*gi*gi
		w[i] -= step * m[i] / (float32(math.Sqrt(float64(v[i])))*bias + eps)
	}
}

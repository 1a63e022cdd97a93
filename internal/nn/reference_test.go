package nn

import "math"

// A slow, readable reference: the same network, loss and Adam in float64, signal by
// signal, without panels, fused loops or threads.

type refNet struct {
	slope  float64
	norm   bool
	layers []refLayer
}

type refLayer struct {
	in, out          int
	w, bias          []float64 // bias nil before a BatchNorm
	gamma, beta      []float64
	runMean, runVar  []float64
	x, z, xhat, y    [][]float64 // per signal: input, Linear, normalised, before the ReLU
	mean, inv        []float64
	dw, db, dga, dbe []float64
}

func newRef(net *MLP) *refNet {
	r := &refNet{slope: float64(net.Slope), norm: net.BatchNorm}
	for _, l := range net.Layers {
		rl := refLayer{in: l.In, out: l.Out, w: widen(l.W), bias: widen(l.Bias)}
		if l.Norm != nil {
			rl.gamma, rl.beta = widen(l.Norm.Gamma), widen(l.Norm.Beta)
			rl.runMean, rl.runVar = widen(l.Norm.RunMean), widen(l.Norm.RunVar)
		}
		r.layers = append(r.layers, rl)
	}
	return r
}

func widen(x []float32) []float64 {
	if x == nil {
		return nil
	}
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// forward returns the outputs for codes z. In training it normalises by the batch's
// statistics and updates the running ones, otherwise by the running ones.
func (r *refNet) forward(z [][]float64, train bool) [][]float64 {
	x := z
	for k := range r.layers {
		l := &r.layers[k]
		l.x = x
		l.z = make([][]float64, len(x))
		for b := range x {
			l.z[b] = make([]float64, l.out)
			for o := range l.out {
				for i, v := range x[b] {
					l.z[b][o] += l.w[o*l.in+i] * v
				}
				if l.bias != nil {
					l.z[b][o] += l.bias[o]
				}
			}
		}
		l.y = l.z
		if l.gamma != nil {
			l.normalise(train)
		}
		if k == len(r.layers)-1 {
			break
		}
		x = make([][]float64, len(z))
		for b := range x {
			x[b] = make([]float64, l.out)
			for o, v := range l.y[b] {
				x[b][o] = max(v, 0) + r.slope*min(v, 0)
			}
		}
	}
	return r.layers[len(r.layers)-1].z
}

func (l *refLayer) normalise(train bool) {
	n := float64(len(l.z))
	l.mean, l.inv = make([]float64, l.out), make([]float64, l.out)
	l.xhat, l.y = make([][]float64, len(l.z)), make([][]float64, len(l.z))
	for b := range l.z {
		l.xhat[b], l.y[b] = make([]float64, l.out), make([]float64, l.out)
	}
	for o := range l.out {
		mean, variance := l.runMean[o], l.runVar[o]
		if train {
			mean, variance = 0, 0
			for b := range l.z {
				mean += l.z[b][o] / n
			}
			for b := range l.z {
				variance += (l.z[b][o] - mean) * (l.z[b][o] - mean) / n
			}
			l.runMean[o] = 0.9*l.runMean[o] + 0.1*mean
			l.runVar[o] = 0.9*l.runVar[o] + 0.1*variance*n/(n-1)
		}
		l.mean[o], l.inv[o] = mean, 1/math.Sqrt(variance+1e-5)
		for b := range l.z {
			l.xhat[b][o] = (l.z[b][o] - mean) * l.inv[o]
			l.y[b][o] = l.gamma[o]*l.xhat[b][o] + l.beta[o]
		}
	}
}

func loss(y, x [][]float64) float64 {
	var s float64
	for b := range x {
		for o, v := range x[b] {
			s += (y[b][o] - v) * (y[b][o] - v)
		}
	}
	return s / float64(len(x)*len(x[0]))
}

// backward fills the layers' gradients after forward and returns the codes'.
func (r *refNet) backward(x [][]float64) [][]float64 {
	out := r.layers[len(r.layers)-1].z
	g := make([][]float64, len(x))
	for b := range x {
		g[b] = make([]float64, len(x[b]))
		for o := range x[b] {
			g[b][o] = 2 * (out[b][o] - x[b][o]) / float64(len(x)*len(x[b]))
		}
	}
	for k := len(r.layers) - 1; k >= 0; k-- {
		l := &r.layers[k]
		if k < len(r.layers)-1 {
			for b := range g {
				for o := range g[b] {
					if l.y[b][o] <= 0 {
						g[b][o] *= r.slope
					}
				}
			}
		}
		if l.gamma != nil {
			l.normBackward(g)
		}
		g = l.linearBackward(g)
	}
	return g
}

func (l *refLayer) normBackward(g [][]float64) {
	n := float64(len(g))
	l.dga, l.dbe = make([]float64, l.out), make([]float64, l.out)
	for o := range l.out {
		for b := range g {
			l.dbe[o] += g[b][o]
			l.dga[o] += g[b][o] * l.xhat[b][o]
		}
		for b := range g {
			g[b][o] = l.gamma[o] * l.inv[o] * (g[b][o] - l.dbe[o]/n - l.xhat[b][o]*l.dga[o]/n)
		}
	}
}

func (l *refLayer) linearBackward(g [][]float64) [][]float64 {
	l.dw, l.db = make([]float64, len(l.w)), make([]float64, len(l.bias))
	dx := make([][]float64, len(g))
	for b := range g {
		dx[b] = make([]float64, l.in)
		for o, d := range g[b] {
			for i := range l.in {
				l.dw[o*l.in+i] += d * l.x[b][i]
				dx[b][i] += d * l.w[o*l.in+i]
			}
			if l.bias != nil {
				l.db[o] += d
			}
		}
	}
	return dx
}

// refParam is one parameter tensor with its gradient.
type refParam struct{ w, g []float64 }

func (r *refNet) params() []refParam {
	var ps []refParam
	for k := range r.layers {
		l := &r.layers[k]
		ps = append(ps, refParam{l.w, l.dw}, refParam{l.bias, l.db}, refParam{l.gamma, l.dga}, refParam{l.beta, l.dbe})
	}
	return ps
}

// refAdam is Adam as torch.optim.Adam writes it, for all parameters of a net.
type refAdam struct {
	t    int
	m, v [][]float64
}

func (a *refAdam) step(ps []refParam, lr, decay float64) {
	if a.m == nil {
		for _, p := range ps {
			a.m, a.v = append(a.m, make([]float64, len(p.w))), append(a.v, make([]float64, len(p.w)))
		}
	}
	a.t++
	c1, c2 := 1-math.Pow(0.9, float64(a.t)), 1-math.Pow(0.999, float64(a.t))
	for k, p := range ps {
		for i := range p.w {
			g := p.g[i] + decay*p.w[i]
			a.m[k][i] = 0.9*a.m[k][i] + 0.1*g
			a.v[k][i] = 0.999*a.v[k][i] + 0.001*g*g
			p.w[i] -= lr * (a.m[k][i] / c1) / (math.Sqrt(a.v[k][i]/c2) + 1e-8)
		}
	}
}

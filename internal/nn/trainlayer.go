package nn

import "sedlab/internal/f32"

// PyTorch's defaults of torch.nn.BatchNorm1d.
const (
	normEps      = 1e-5
	normMomentum = 0.1
)

// panel is the values of one layer's features, or of the codes, over a batch.
type panel struct {
	act    []float32 // [features × ld]
	strips []float32 // act in the order that the gradient of the weights takes; nil for the last layer
	grad   []float32 // [features × ld], gradient of the loss; of a layer, by its Linear's output
}

func newPanel(features, ld int) *panel {
	return &panel{act: make([]float32, features*ld), grad: make([]float32, features*ld)}
}

// trainLayer is a layer with what its training remembers. forward, backward and
// update work on a range of rows: of the layer's outputs, inputs and outputs.
type trainLayer struct {
	*Layer
	t       *Trainer
	below   *trainLayer // nil on the first layer
	in, out *panel
	last    bool

	weights, bias, gamma, beta moments
	dBias                      []float32
	bn                         f32.BatchNorm
	xhat                       []float32 // [Out × ld], BatchNorm's normalised values

}

// moments are Adam's running means of a parameter's gradient and of its square.
type moments struct{ m, v []float32 }

func newMoments(n int) moments { return moments{make([]float32, n), make([]float32, n)} }

func newTrainLayer(t *Trainer, layer *Layer, below *trainLayer, in *panel, maxBatch int) *trainLayer {
	ld := f32.Pad(maxBatch)
	l := &trainLayer{
		Layer: layer, t: t, below: below, in: in, out: newPanel(layer.Out, ld),
		last:    layer == &t.net.Layers[len(t.net.Layers)-1],
		weights: newMoments(len(layer.W)),
	}
	if !l.last {
		l.out.strips = make([]float32, f32.StripsLen(layer.Out, maxBatch))
	}
	if layer.Bias != nil {
		l.bias, l.dBias = newMoments(layer.Out), make([]float32, layer.Out)
	}
	if norm := layer.Norm; norm != nil {
		l.gamma, l.beta = newMoments(layer.Out), newMoments(layer.Out)
		l.xhat = make([]float32, layer.Out*ld)
		l.bn = f32.BatchNorm{
			Gamma: norm.Gamma, Beta: norm.Beta, RunMean: norm.RunMean, RunVar: norm.RunVar,
			Mean: make([]float32, layer.Out), InvStd: make([]float32, layer.Out),
			DGamma: make([]float32, layer.Out), DBeta: make([]float32, layer.Out),
			Eps: normEps, Momentum: normMomentum, Slope: t.net.Slope,
		}
	}
	return l
}

// forward computes outputs [lo, hi) from all inputs.
func (l *trainLayer) forward(lo, hi int) {
	ld, rows := l.t.ld, hi-lo
	act := l.out.act[lo*ld : hi*ld]
	f32.Forward(act, l.W[lo*l.In:hi*l.In], l.in.act, rows, l.In, ld)
	switch {
	case l.last:
		f32.BiasLeaky(act, act, l.Bias[lo:hi], 1, rows, ld)
		l.t.residual(l.out.grad, l.out.act, lo, hi)
		return
	case l.Norm != nil:
		bn := rowsOf(&l.bn, lo, hi)
		bn.Forward(act, l.xhat[lo*ld:hi*ld], act, rows, l.t.batch, ld)
	default:
		f32.BiasLeaky(act, act, l.Bias[lo:hi], l.t.net.Slope, rows, ld)
	}
	f32.PackStrips(l.out.strips, act, lo, rows, l.Out, l.t.batch, ld)
}

// backward computes the gradient by inputs [lo, hi) and takes it back
// through the activation of the layer below, whose outputs they are.
func (l *trainLayer) backward(lo, hi int) {
	ld, rows := l.t.ld, hi-lo
	grad := l.in.grad[lo*ld : hi*ld]
	f32.InputGrad(grad, l.W[lo:], l.out.grad, rows, l.Out, ld, l.In)
	switch {
	case l.below == nil:
	case l.below.Norm != nil:
		bn := rowsOf(&l.below.bn, lo, hi)
		bn.Backward(grad, l.below.xhat[lo*ld:hi*ld], rows, l.t.batch, ld)
	default:
		f32.LeakyGrad(grad, l.in.act[lo*ld:hi*ld], l.t.net.Slope)
	}
}

// update takes Adam's step for the parameters of outputs [lo, hi).
func (l *trainLayer) update(lo, hi int) {
	ld, in, step := l.t.ld, l.In, l.t.adam
	w := l.weights
	f32.WeightGradAdam(l.W[lo*in:hi*in], w.m[lo*in:hi*in], w.v[lo*in:hi*in],
		l.out.grad[lo*ld:hi*ld], l.in.strips, hi-lo, in, l.t.batch, ld, step)
	if l.Bias != nil {
		for o := lo; o < hi; o++ {
			l.dBias[o] = sum(l.out.grad[o*ld:][:l.t.batch])
		}
		l.bias.step(l.Bias, l.dBias, lo, hi, step)
	}
	if l.Norm != nil {
		l.gamma.step(l.Norm.Gamma, l.bn.DGamma, lo, hi, step)
		l.beta.step(l.Norm.Beta, l.bn.DBeta, lo, hi, step)
	}
}

func (mo moments) step(w, g []float32, lo, hi int, s f32.AdamStep) {
	f32.Adam(w[lo:hi], g[lo:hi], mo.m[lo:hi], mo.v[lo:hi], s)
}

func sum(x []float32) float32 {
	var s float32
	for _, v := range x {
		s += v
	}
	return s
}

// rowsOf returns bn for rows [lo, hi) alone.
func rowsOf(bn *f32.BatchNorm, lo, hi int) f32.BatchNorm {
	r := *bn
	r.Gamma, r.Beta = bn.Gamma[lo:hi], bn.Beta[lo:hi]
	r.RunMean, r.RunVar = bn.RunMean[lo:hi], bn.RunVar[lo:hi]
	r.Mean, r.InvStd = bn.Mean[lo:hi], bn.InvStd[lo:hi]
	r.DGamma, r.DBeta = bn.DGamma[lo:hi], bn.DBeta[lo:hi]
	return r
}

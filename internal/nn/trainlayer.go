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
	strips []float32 // [⌈features/64⌉ × batch × 64], act transposed, for the gradient of the weights; nil for the last layer
	grad   []float32 // [features × ld], gradient of the loss; of a layer, by its Linear's output
}

func newPanel(features, ld int) *panel {
	return &panel{act: make([]float32, features*ld), grad: make([]float32, features*ld)}
}

// trainLayer is a layer with what its training remembers. forward, backward and
// update work on a range of rows: of the layer's outputs, inputs and of the strips
// of its weights.
type trainLayer struct {
	*Layer
	t       *Trainer
	below   *trainLayer // nil on the first layer
	in, out *panel
	last    bool

	w                          []float32 // [⌈In/64⌉ × Out × 64], the weights in strips, as their moments; W is of Trainer.Network's last call
	weights, bias, gamma, beta moments
	dBias                      []float32
	bn                         f32.BatchNorm
	xhat                       []float32 // [Out × ld], BatchNorm's normalised values
}

// moments are Adam's running means of a parameter's gradient and of its square.
type moments struct{ m, v []float32 }

// stagger is a third of a page of memory, in float32s. A processor takes a load to
// be of a store before it where their places in their pages are equal: weights and
// moments must not begin at the same.
const stagger = 21 * 64 / 4

func newMoments(n int) moments {
	return moments{make([]float32, n+stagger)[stagger:], make([]float32, n+2*stagger)[2*stagger:]}
}

func newTrainLayer(t *Trainer, layer *Layer, below *trainLayer, in *panel, maxBatch int) *trainLayer {
	ld := f32.Pad(maxBatch)
	l := &trainLayer{
		Layer: layer, t: t, below: below, in: in, out: newPanel(layer.Out, ld),
		last: layer == &t.net.Layers[len(t.net.Layers)-1],
		w:    make([]float32, f32.StripsLen(layer.Out, layer.In)),
	}
	f32.PackStrips(l.w, layer.W, layer.Out, layer.In)
	l.weights = newMoments(len(l.w))
	if !l.last {
		l.out.strips = make([]float32, f32.StripsLen(maxBatch, layer.Out))
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
	f32.Forward(l.out.act, l.w, l.in.act, lo, hi, l.Out, l.In, ld)
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
	f32.PackPanel(l.out.strips, l.out.act, lo, hi, l.t.batch, ld)
}

// backward computes the gradient by inputs [lo, hi) and takes it back
// through the activation of the layer below, whose outputs they are.
func (l *trainLayer) backward(lo, hi int) {
	ld, rows := l.t.ld, hi-lo
	grad := l.in.grad[lo*ld : hi*ld]
	f32.InputGrad(l.in.grad, l.w, l.out.grad, lo, hi, l.Out, l.In, ld)
	switch {
	case l.below == nil:
	case l.below.Norm != nil:
		bn := rowsOf(&l.below.bn, lo, hi)
		bn.Backward(grad, l.below.xhat[lo*ld:hi*ld], rows, l.t.batch, ld)
	default:
		f32.LeakyGrad(grad, l.in.act[lo*ld:hi*ld], l.t.net.Slope)
	}
}

// update takes Adam's step for rows [lo, hi) of the weights' strips, and for the
// other parameters of the outputs that are rows of the first strip.
func (l *trainLayer) update(lo, hi int) {
	ld, step := l.t.ld, l.t.adam
	f32.WeightGradAdam(l.w, l.weights.m, l.weights.v, l.out.grad, l.in.strips, lo, hi, l.Out, l.In, l.t.batch, ld, step)
	if hi = min(hi, l.Out); lo >= hi {
		return
	}
	if l.Bias != nil {
		for o := lo; o < hi; o++ {
			l.dBias[o] = float32(f32.Dot(l.out.grad[o*ld:][:l.t.batch], l.t.ones))
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

// rowsOf returns bn for rows [lo, hi) alone.
func rowsOf(bn *f32.BatchNorm, lo, hi int) f32.BatchNorm {
	r := *bn
	r.Gamma, r.Beta = bn.Gamma[lo:hi], bn.Beta[lo:hi]
	r.RunMean, r.RunVar = bn.RunMean[lo:hi], bn.RunVar[lo:hi]
	r.Mean, r.InvStd = bn.Mean[lo:hi], bn.InvStd[lo:hi]
	r.DGamma, r.DBeta = bn.DGamma[lo:hi], bn.DBeta[lo:hi]
	return r
}

package nn

import "sedlab/internal/f32"

// PyTorch's defaults of torch.nn.BatchNorm1d.
const (
	normEps      = 1e-5
	normMomentum = 0.1
)

// panel holds the values of one layer's features, or of the codes, for a batch.
type panel struct {
	act    []float32 // [features × ld]
	strips []float32 // [⌈features/64⌉ × batch × 64], actᵀ, for the gradient of the weights; nil for the last layer
	grad   []float32 // [features × ld], gradient of the loss by the codes, or by the output of the layer's Linear
}

func newPanel(features, ld int) *panel {
	return &panel{act: make([]float32, features*ld), grad: make([]float32, features*ld)}
}

// trainLayer is a layer and the state of its training. Its methods work on ranges of
// rows: forward of the layer's outputs, backward of its inputs, update of the strips
// of its weights.
type trainLayer struct {
	*Layer
	t       *Trainer
	below   *trainLayer // nil on the first layer
	in, out *panel
	last    bool

	w                          []float32 // [⌈In/64⌉ × Out × 64], the weights in strips, as are their moments; Trainer.Network copies them to W
	weights, bias, gamma, beta moments
	dBias                      []float32
	bn                         f32.BatchNorm
	xhat                       []float32 // [Out × ld], BatchNorm's normalised values
}

// moments are Adam's running means of a parameter's gradient and of its square.
type moments struct{ m, v []float32 }

// stagger is a third of a page of memory, in float32s. Loads whose address matches an
// earlier store in its low 12 bits stall (4K aliasing), so the arrays of weights and
// moments are staggered.
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
		bn := l.bn.Rows(lo, hi)
		bn.Forward(act, l.xhat[lo*ld:hi*ld], act, rows, l.t.batch, ld)
	default:
		f32.BiasLeaky(act, act, l.Bias[lo:hi], l.t.net.Slope, rows, ld)
	}
	f32.PackPanel(l.out.strips, l.out.act, lo, hi, l.t.batch, ld)
}

// backward computes the gradient by inputs [lo, hi). These are outputs of the layer
// below, so it takes the gradient back through that layer's activation and BatchNorm.
func (l *trainLayer) backward(lo, hi int) {
	ld, rows := l.t.ld, hi-lo
	grad := l.in.grad[lo*ld : hi*ld]
	f32.InputGrad(l.in.grad, l.w, l.out.grad, lo, hi, l.Out, l.In, ld)
	switch {
	case l.below == nil:
	case l.below.Norm != nil:
		bn := l.below.bn.Rows(lo, hi)
		bn.Backward(grad, l.below.xhat[lo*ld:hi*ld], rows, l.t.batch, ld)
	default:
		f32.LeakyGrad(grad, l.in.act[lo*ld:hi*ld], l.t.net.Slope)
	}
}

// update takes Adam's step for rows [lo, hi) of the weights' strips. A row of the first
// strip stands for an output, whose other parameters are updated too.
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

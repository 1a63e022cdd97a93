package nn

import (
	"math"

	"sedlab/internal/f32"
)

// Frozen is a network at inference: affine maps with a leaky ReLU between them.
// It does not change and may be used from several goroutines at once.
type Frozen struct {
	layers []affine
	slope  float32
}

// affine is y = w x + b, with w in strips.
type affine struct {
	in, out int
	w, b    []float32
}

// Freeze returns the function offset + scale·net(z). BatchNorm's running statistics
// and the output's scale are folded into copies of the weights, so later changes to the
// network do not affect it. It panics unless offset has Out elements.
func (net *MLP) Freeze(scale float64, offset []float32) *Frozen {
	if len(offset) != net.Out {
		panic("nn: Freeze with an offset of wrong length")
	}
	f := &Frozen{slope: net.Slope}
	for i := range net.Layers {
		l := &net.Layers[i]
		row := func(o int) (a, b float64) { return 1, float64(l.Bias[o]) }
		switch {
		case i == len(net.Layers)-1:
			row = func(o int) (a, b float64) { return scale, scale*float64(l.Bias[o]) + float64(offset[o]) }
		case l.Norm != nil:
			row = l.Norm.affine
		}
		f.layers = append(f.layers, l.fold(row))
	}
	return f
}

// affine returns BatchNorm at inference, γ·(y − mean)/√(var + ε) + β, as a·y + b.
func (n *Norm) affine(o int) (a, b float64) {
	a = float64(n.Gamma[o]) / math.Sqrt(float64(n.RunVar[o])+normEps)
	return a, float64(n.Beta[o]) - a*float64(n.RunMean[o])
}

// fold returns the map a·(W x) + b, where row gives a and b of an output.
func (l *Layer) fold(row func(o int) (a, b float64)) affine {
	f := affine{in: l.In, out: l.Out, w: make([]float32, f32.StripsLen(l.Out, l.In)), b: make([]float32, l.Out)}
	folded := make([]float32, len(l.W))
	for o := range l.Out {
		a, b := row(o)
		f.b[o] = float32(b)
		for i := o * l.In; i < (o+1)*l.In; i++ {
			folded[i] = float32(a * float64(l.W[i]))
		}
	}
	f32.PackStrips(f.w, folded, l.Out, l.In)
	return f
}

// CodeDim returns d, the length of a code.
func (f *Frozen) CodeDim() int { return f.layers[0].in }

// Dim returns n, the length of a signal.
func (f *Frozen) Dim() int { return f.layers[len(f.layers)-1].out }

// widest returns the largest number of features that a layer takes or gives.
func (f *Frozen) widest() (features int) {
	for _, l := range f.layers {
		features = max(features, l.in, l.out)
	}
	return features
}

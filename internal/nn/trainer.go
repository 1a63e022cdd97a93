package nn

import (
	"slices"

	"sedlab/internal/f32"
	"sedlab/internal/team"
)

// Work is split at multiples of these numbers of rows: of outputs, of inputs, and of
// weights in strips. Each takes some microseconds, so that all workers finish a phase
// at about the same time.
const (
	OutputGrain = 32
	InputGrain  = 16 // a cache line of weights
	StripGrain  = 64
)

// Trainer trains one network, step by step and without allocating: forward pass,
// mean squared error, gradients, Adam. It splits the work over a team by rows, which
// changes no bit of the result. It belongs to one goroutine.
type Trainer struct {
	net         *MLP
	team        *team.Team
	maxBatch    int
	weightDecay float64

	layers  []*trainLayer
	phases  [][]team.Work // of a step; made once so that a step does not allocate
	input   *panel
	target  []float32 // [batch × n], the caller's, during a step
	targetT []float32 // [n × ld]
	weight  []float32 // [batch × n], the caller's, during a step; nil if all errors count the same
	weightT []float32 // [n × ld]; nil before the first weights
	rowLoss []float64 // [n], each flux's part of the loss
	shares  []float32 // [maxBatch], the weight of a squared error: 1/(batch·n)
	ones    []float32 // [maxBatch]; the dot product with a gradient is its sum

	steps     int
	batch, ld int          // of the current step
	adam      f32.AdamStep // of the current step
}

// NewTrainer returns a trainer of net for batches of up to maxBatch signals on the
// given number of workers. weightDecay is Adam's L2 penalty on all parameters of the
// network. The trainer owns net from now on; see Network. Call Close when done.
func NewTrainer(net *MLP, maxBatch, workers int, weightDecay float64) *Trainer {
	ld := f32.Pad(maxBatch)
	t := &Trainer{
		net: net, team: team.New(workers), maxBatch: maxBatch, weightDecay: weightDecay,
		input:   newPanel(net.In, ld),
		targetT: make([]float32, net.Out*ld),
		rowLoss: make([]float64, net.Out),
		shares:  make([]float32, maxBatch),
		ones:    slices.Repeat([]float32{1}, maxBatch),
	}
	in := t.input
	in.strips = make([]float32, f32.StripsLen(maxBatch, net.In))
	var below *trainLayer
	for i := range net.Layers {
		below = newTrainLayer(t, &net.Layers[i], below, in, maxBatch)
		t.layers = append(t.layers, below)
		in = below.out
	}
	t.phases = t.plan()
	return t
}

// plan returns the phases of a step: first each layer forward; then, from the last
// layer down, the gradient by the layer's inputs together with Adam's step of the layer
// above. A layer's own weights must not change before its gradient is known.
func (t *Trainer) plan() (phases [][]team.Work) {
	for _, l := range t.layers {
		phases = append(phases, []team.Work{{N: l.Out, Grain: OutputGrain, Do: l.forward}})
	}
	var above []team.Work
	for _, l := range slices.Backward(t.layers) {
		phases = append(phases, append([]team.Work{{N: l.In, Grain: InputGrain, Do: l.backward}}, above...))
		above = []team.Work{{N: f32.StripRows(l.Out, l.In), Grain: StripGrain, Do: l.update}}
	}
	return append(phases, above)
}

// Network returns the network after the steps so far. Use it before the next step,
// which changes everything in it except the weights.
func (t *Trainer) Network() *MLP {
	for _, l := range t.layers {
		f32.UnpackStrips(l.W, l.w, l.Out, l.In)
	}
	return t.net
}

// Close ends the workers.
func (t *Trainer) Close() { t.team.Close() }

// Step takes one step of Adam on the network, with learning rate lr and the loss
//
//	Σ (G(z) − x)² / (batch·n)
//
// for codes z [batch × d] and signals x [batch × n]. It returns the loss before the
// step and sets dz [batch × d] to its gradient by the codes; it does not change the
// codes. It panics on wrong lengths and, if the network has BatchNorm, on a batch of
// one signal, which PyTorch refuses too.
func (t *Trainer) Step(dz, z, x []float32, lr float64) float64 {
	return t.StepWeighted(dz, z, x, nil, lr)
}

// StepWeighted is Step with the loss Σ w (G(z) − x)², for weights w [batch × n]; nil is 1/(batch·n)
// each. A signal with the weight 0 at a flux may have any finite number there.
func (t *Trainer) StepWeighted(dz, z, x, weight []float32, lr float64) float64 {
	if weight != nil && len(weight) != len(x) {
		panic("nn: Step with weights of wrong length")
	}
	if weight != nil && t.weightT == nil {
		t.weightT = make([]float32, len(t.targetT))
	}
	t.weight = weight
	t.begin(dz, z, x, lr)
	for _, phase := range t.phases {
		t.team.Run(phase...)
	}
	f32.Transpose(dz, t.input.grad, t.net.In, t.batch, t.net.In, t.ld)
	return t.loss()
}

// OutputGradient returns the gradient of the last step's loss by the outputs, a panel [n × ld]
// with ld = f32.Pad(batch). It is valid until the next step, and must not be changed.
func (t *Trainer) OutputGradient() []float32 { return t.layers[len(t.layers)-1].out.grad }

func (t *Trainer) begin(dz, z, x []float32, lr float64) {
	d, n := t.net.In, t.net.Out
	batch := len(z) / d
	switch {
	case len(z) != batch*d || len(dz) != len(z) || len(x) != batch*n:
		panic("nn: Step with slices of wrong length")
	case batch == 0 || batch > t.maxBatch:
		panic("nn: batch size out of range")
	case batch == 1 && t.net.BatchNorm && len(t.net.Hidden) > 0:
		panic("nn: BatchNorm needs more than one signal in a batch")
	}
	if batch != t.batch {
		t.batch, t.ld = batch, f32.Pad(batch)
		clear(t.input.strips) // the padding, which lies elsewhere now, must be zero
		for _, l := range t.layers {
			clear(l.out.strips)
		}
	}
	t.steps++
	t.adam = f32.NewAdamStep(lr, t.weightDecay, t.steps)
	t.target = x
	for b := range t.shares {
		t.shares[b] = 1 / float32(t.batch*n)
	}
	clear(t.input.act[:d*t.ld]) // padding columns must stay finite
	f32.Transpose(t.input.act, z, t.batch, d, t.ld, d)
	f32.PackPanel(t.input.strips, t.input.act, 0, d, t.batch, t.ld)
}

// residual sets rows [lo, hi) of grad to the gradient of the loss by those rows of the
// output y. It keeps each row's part of the loss, to be summed in one order.
func (t *Trainer) residual(grad, y []float32, lo, hi int) {
	n, ld := t.net.Out, t.ld
	f32.Transpose(t.targetT[lo*ld:], t.target[lo:], t.batch, hi-lo, ld, n)
	if t.weight != nil {
		f32.Transpose(t.weightT[lo*ld:], t.weight[lo:], t.batch, hi-lo, ld, n)
	}
	for o := lo; o < hi; o++ {
		g, weight := grad[o*ld:(o+1)*ld], t.shares[:t.batch]
		if t.weight != nil {
			weight = t.weightT[o*ld:][:t.batch]
		}
		t.rowLoss[o] = float64(f32.Residual(g, y[o*ld:][:t.batch], t.targetT[o*ld:], weight))
		clear(g[t.batch:])
	}
}

func (t *Trainer) loss() float64 {
	var sum float64
	for _, v := range t.rowLoss {
		sum += v
	}
	return sum
}

package vad

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"sedlab/internal/f32"
	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// loop is the state of a training.
type loop struct {
	c       *Config
	data    priors.Data
	linear  gaussian.Model
	trainer *nn.Trainer
	net     *nn.MLP
	codes   codes
	target  []float32 // N×n, (x − μ)/√Ψ₀
	ratio   []float32 // n, Ψ/Ψ₀
	strips  []float32 // W/√Ψ₀ [n × d] in strips; 0 without a linear part
	average *average  // of the network's weights; nil if the last are kept
	kl      float32   // weight of the Kullback-Leibler term

	z, dz, x, w []float32 // of the batch
	eps         []float32
	zT, dzT, y  []float32 // panels of the batch
	squares     []float64 // n, Σ over an epoch of squared residuals
	counts      []float64 // n
}

// codes are the variational posteriors of N codes: means and logarithms of deviations, with
// Adam's moments.
type codes struct {
	d              int
	mean, log      []float32 // N×d
	m1, v1, m2, v2 []float32
	steps          []int
}

// Train fits the linear part of each generator, then optimises network, codes and noise together.
func (c *Config) Train(ctx context.Context, data priors.Data) (priors.Prior, error) {
	for _, e := range c.Check(data.Len(), data.Dim) {
		return nil, fmt.Errorf("%s: %s", e.Key, e.Problem)
	}
	p, start := &Prior{search: c.Search, linear: c.Linear}, time.Now()
	from := make([]group, len(c.codeDims()))
	classes, err := slices.Max(c.Classes), error(nil)
	if c.InitFrom == "" {
		classes, p.chosen, err = c.chooseClasses(ctx, data)
	}
	if err != nil {
		return nil, err
	}
	if c.InitFrom != "" {
		if from, err = c.openStart(data.Start, data.Dim); err != nil {
			return nil, fmt.Errorf("init_from: %w", err)
		}
	}
	for i := range from {
		g, err := c.trainGroup(ctx, data, i, classes, from[i], start)
		if err != nil {
			return nil, err
		}
		p.groups = append(p.groups, g)
	}
	return p, nil
}

// trainMember trains a generator that goes on from another one or, if that is nil, starts from a linear part.
func (c *Config) trainMember(ctx context.Context, data priors.Data, from *member, linear gaussian.Model, r reporter) (_ *member, err error) {
	own := data
	own.Seed = rng.New(data.Seed, "vad/member", uint64(r.at)).Uint64()
	if from == nil {
		if from, err = c.untrained(own, linear); err != nil {
			return nil, err
		}
	}
	t, err := c.begin(ctx, own, from)
	if err != nil {
		return nil, err
	}
	defer t.trainer.Close()
	v, err := c.newValidation(data, &t.linear) // of the same signals for every generator
	if err != nil {
		return nil, err
	}
	for epoch := 1; epoch <= c.Training.Epochs && !v.stopped; epoch++ {
		factor := (1 + math.Cos(math.Pi*float64(epoch-1)/float64(c.Training.Epochs))) / 2
		loss, err := t.epoch(ctx, epoch, factor)
		if err == nil {
			err = v.after(ctx, t, epoch)
		}
		if err != nil {
			return nil, fmt.Errorf("generator %d: epoch %d of %d: %w", r.at, epoch, c.Training.Epochs, err)
		}
		r.epoch(c, priors.Epoch{Epoch: epoch, Loss: loss, Validation: v.last(epoch), LRGenerator: c.Training.LRGenerator * factor, LRCodes: c.Training.LRCodes * factor}, v.stopped)
	}
	if v.best != nil {
		return v.best, nil
	}
	return t.member(), nil
}

// member returns the generator after the epochs so far. It shares no memory with the training.
func (t *loop) member() *member {
	net := t.trainer.Network()
	if t.average != nil && t.average.net != nil { // there were steps
		net = t.average.net
	}
	noise := make([]float32, t.data.Dim)
	for j, v := range t.ratio {
		noise[j] = v * t.linear.Noise[j]
	}
	return newMember(t.linear, t.c.Linear, net.Clone(), noise)
}

// untrained returns a generator that is its linear part: its network is random, but for a last
// layer of zeros.
func (c *Config) untrained(data priors.Data, linear gaussian.Model) (*member, error) {
	if err := rotate(&linear); err != nil {
		return nil, err
	}
	net := nn.New(c.network(linear.CodeDim(), data.Dim), rng.New(data.Seed, "vad/init"))
	last := net.Layers[len(net.Layers)-1]
	clear(last.W)
	clear(last.Bias)
	return newMember(linear, c.Linear, net, linear.Noise), nil
}

// begin returns the training before its first epoch, which goes on from a generator.
func (c *Config) begin(ctx context.Context, data priors.Data, from *member) (*loop, error) {
	linear := from.linear
	n, d, count := data.Dim, linear.CodeDim(), data.Len()
	t := &loop{c: c, data: data, linear: linear, target: make([]float32, count*n), ratio: make([]float32, n), squares: make([]float64, n), counts: make([]float64, n)}
	t.net = from.net.Clone()
	sigma, over := make([]float64, n), make([]float32, n*d)
	for j := range n {
		t.ratio[j], sigma[j] = from.noise[j]/linear.Noise[j], math.Sqrt(float64(linear.Noise[j]))
		for k := range d {
			if c.Linear {
				over[j*d+k] = float32(float64(linear.Basis[k*n+j]) / sigma[j])
			}
		}
	}
	t.strips = make([]float32, f32.StripsLen(n, d))
	f32.PackStrips(t.strips, over, n, d)
	for i, v := range data.Flux {
		j := i % n
		if data.Weight == nil || data.Weight[i] > 0 {
			t.target[i] = float32((float64(v) - float64(linear.Mean[j])) / sigma[j])
		}
	}
	t.codes = newCodes(count, d)
	if err := t.start(ctx); err != nil {
		return nil, err
	}
	if c.InitFrom != "" {
		if err := t.infer(ctx, from); err != nil {
			return nil, err
		}
	}
	size := min(c.Training.BatchSize, count)
	ld := f32.Pad(size)
	t.trainer = nn.NewTrainer(t.net, size, data.Workers, c.Training.WeightDecay)
	if c.Training.Average > 0 {
		t.average = &average{decay: c.Training.Average}
	}
	t.z, t.dz, t.eps, t.x, t.w = make([]float32, size*d), make([]float32, size*d), make([]float32, size*d), make([]float32, size*n), make([]float32, size*n)
	t.zT, t.dzT, t.y = make([]float32, d*ld), make([]float32, d*ld), make([]float32, n*ld)
	return t, nil
}

func newCodes(count, d int) codes {
	c := codes{d: d, steps: make([]int, count)}
	for _, list := range []*[]float32{&c.mean, &c.log, &c.m1, &c.v1, &c.m2, &c.v2} {
		*list = make([]float32, count*d)
	}
	return c
}

// epoch takes a step for each batch of signals, and then sets the noise to what the residuals
// were. It returns the mean squared error.
func (t *loop) epoch(ctx context.Context, epoch int, factor float64) (float64, error) {
	order := rng.New(t.data.Seed, "vad/shuffle", uint64(epoch)).Perm(t.data.Len())
	clear(t.squares)
	clear(t.counts)
	rnd := rng.New(t.data.Seed, "vad/sample", uint64(epoch))
	t.kl = t.c.Training.klWeight(epoch)
	for left := order; len(left) > 0; {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		size := min(len(left), t.c.Training.BatchSize)
		if loss := t.step(left[:size], rnd, factor); math.IsNaN(loss) || math.IsInf(loss, 0) {
			return 0, errors.New("the loss is not finite; a lower train.lr_generator helps")
		}
		if t.average != nil {
			t.average.add(t.trainer.Network())
		}
		left = left[size:]
	}
	sum, count := 0.0, 0.0
	for j, s := range t.squares {
		if t.counts[j] == 0 {
			continue
		}
		was := float64(t.linear.Noise[j])
		sum, count = sum+s*was, count+t.counts[j]
		t.ratio[j] = float32(0.5*float64(t.ratio[j]) + 0.5*math.Max(s/t.counts[j], 1e-6))
	}
	return sum / count, nil
}

// step takes one step for the signals of a batch: it samples codes, and follows the gradient of
// the evidence lower bound.
func (t *loop) step(batch []int, rnd *rand.Rand, factor float64) float64 {
	d, n, b := t.codes.d, t.data.Dim, len(batch)
	ld := f32.Pad(b)
	for at, i := range batch {
		for k := range d {
			e := float32(rnd.NormFloat64())
			t.eps[at*d+k] = e
			t.z[at*d+k] = t.codes.mean[i*d+k] + float32(math.Exp(float64(t.codes.log[i*d+k])))*e
		}
	}
	clear(t.zT)
	f32.Transpose(t.zT, t.z, b, d, ld, d)
	f32.Forward(t.y, t.strips, t.zT, 0, n, n, d, ld)
	f32.Transpose(t.x, t.y, n, b, n, ld)
	share := 1 / float32(b*n)
	for at, i := range batch {
		x, w, target := t.x[at*n:(at+1)*n], t.w[at*n:(at+1)*n], t.target[i*n:(i+1)*n]
		for j, v := range target {
			x[j], w[j] = v-x[j], share/t.ratio[j]
		}
		if t.data.Weight != nil {
			for j, v := range t.data.Weight[i*n : (i+1)*n] {
				w[j] *= v
			}
		}
	}
	loss := t.trainer.StepWeighted(t.dz[:b*d], t.z[:b*d], t.x[:b*n], t.w[:b*n], t.c.Training.LRGenerator*factor)
	grad := t.trainer.OutputGradient()
	f32.InputGrad(t.dzT, t.strips, grad, 0, d, n, d, ld)
	t.collect(grad, batch, ld)
	nats := float32(b*n) / 2
	for at, i := range batch {
		t.codes.steps[i]++
		adam := f32.NewAdamStep(t.c.Training.LRCodes*factor, 0, t.codes.steps[i])
		lo, hi := i*d, (i+1)*d
		gm, gl := make([]float32, d), make([]float32, d)
		for k := range d {
			g := nats * (t.dz[at*d+k] + t.dzT[k*ld+at])
			s := float32(math.Exp(float64(t.codes.log[lo+k])))
			gm[k] = g + t.kl*t.codes.mean[lo+k]
			gl[k] = g*t.eps[at*d+k]*s + t.kl*s*s - t.kl
		}
		f32.Adam(t.codes.mean[lo:hi], gm, t.codes.m1[lo:hi], t.codes.v1[lo:hi], adam)
		f32.Adam(t.codes.log[lo:hi], gl, t.codes.m2[lo:hi], t.codes.v2[lo:hi], adam)
	}
	return loss
}

// collect adds the squared residuals of a batch, from the gradient of the loss.
func (t *loop) collect(grad []float32, batch []int, ld int) {
	b, n := len(batch), t.data.Dim
	for j := range n {
		g := grad[j*ld : j*ld+b]
		if t.data.Weight == nil {
			w := float64(b*n) * float64(t.ratio[j]) / 2 // residual = g·w
			t.squares[j] += f32.Dot(g, g) * w * w
			t.counts[j] += float64(b)
			continue
		}
		for at := range batch {
			if w := float64(t.w[at*n+j]); w > 0 {
				r := float64(g[at]) / 2 / w
				weight := float64(t.data.Weight[batch[at]*n+j])
				t.squares[j] += weight * r * r
				t.counts[j]++
			}
		}
	}
}

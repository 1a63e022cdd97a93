package vad

import (
	"context"
	"math"

	"sedlab/internal/f32"
	"sedlab/internal/nn"
	"sedlab/internal/rng"
	"sedlab/priors"
	"sedlab/priors/gaussian"
)

// tile is the number of signals that are inferred together.
const tile = 64

// inference is the variational inference of a tile of signals.
type inference struct {
	p      *member
	search Search
	ms     []priors.Measurement
	seed   uint64
	tape   *nn.Tape
	codes  codes
	weight [][]float32 // of measurements of y/s
	scale  []float64

	z, dz, eps []float32
	x, dx      []float32
}

// Infer finds the posterior of each code by the evidence lower bound, with the noise that the
// linear part finds in the measurement, and then mean and deviations of the signal by sampling.
// Of several generators, it averages these.
func (p *Prior) Infer(ctx context.Context, ms []priors.Measurement, seed uint64) ([]priors.Inferred, error) {
	all := make([]priors.Inferred, len(ms))
	for i, g := range p.groups {
		found, err := g.infer(ctx, ms, rng.New(seed, "vad/member", uint64(i)).Uint64(), p.search)
		if err != nil {
			return nil, err
		}
		for k, r := range found {
			all[k] = merge(all[k], r, 1/float64(i+1))
		}
	}
	return all, ctx.Err()
}

// infer infers the signals of a tile, from the given starts on.
func (p *member) infer(ctx context.Context, ms []priors.Measurement, from []start, seed uint64, search Search) ([]priors.Inferred, error) {
	s := p.newInference(ms, from, seed, search)
	for step := 1; step <= search.Steps; step++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s.step(step)
	}
	return s.results(), nil
}

// merge returns the mixture of what other generators found and what another one did, which has a
// share of 1 if it is the first.
func merge(have, other priors.Inferred, share float64) priors.Inferred {
	if share == 1 {
		return other
	}
	for j, v := range other.X {
		off := float64(v) - float64(have.X[j])
		variance := func(s float32) float64 { return float64(s) * float64(s) }
		between := off * off * share * (1 - share)
		have.X[j] = float32(float64(have.X[j]) + share*off)
		have.Sigma[j] = float32(math.Sqrt((1-share)*variance(have.Sigma[j]) + share*variance(other.Sigma[j]) + between))
		have.Noise[j] = float32(math.Sqrt((1-share)*variance(have.Noise[j]) + share*variance(other.Noise[j])))
	}
	have.Scale = (1-share)*have.Scale + share*other.Scale
	have.Code = nil // the generators have codes of their own
	return have
}

// start is where the inference of a signal begins.
type start struct {
	mean, log    []float32 // of its code
	scale, extra float64   // of y, and the variance of y/s besides that of noise in the data
}

// newStart returns the start from a linear posterior.
func newStart(post gaussian.Posterior) start {
	s := start{scale: post.Scale, extra: post.Extra}
	for k, sigma := range post.Deviations() {
		s.mean, s.log = append(s.mean, float32(post.Code[k])), append(s.log, float32(math.Log(sigma)))
	}
	return s
}

func (p *member) newInference(ms []priors.Measurement, from []start, seed uint64, search Search) *inference {
	b, d, n := len(ms), p.net.In, p.net.Out
	s := &inference{
		p: p, search: search, ms: ms, seed: seed, tape: p.frozen.NewTape(b), codes: newCodes(b, d),
		z: make([]float32, b*d), dz: make([]float32, b*d), eps: make([]float32, b*d), x: make([]float32, b*n), dx: make([]float32, b*n),
	}
	noise := gaussian.Model{Mean: p.linear.Mean, Basis: p.linear.Basis, Noise: p.noise}
	for i, m := range ms {
		s.scale = append(s.scale, from[i].scale)
		s.weight = append(s.weight, noise.Precisions(m, from[i].scale, from[i].extra))
		copy(s.codes.mean[i*d:], from[i].mean)
		copy(s.codes.log[i*d:], from[i].log)
	}
	return s
}

// sample draws codes.
func (s *inference) sample(purpose string, step int) {
	d := s.codes.d
	for i, m := range s.ms {
		rnd := rng.New(s.seed, purpose, uint64(m.Signal), uint64(step))
		for k := range d {
			e := float32(rnd.NormFloat64())
			at := i*d + k
			s.eps[at] = e
			s.z[at] = s.codes.mean[at] + float32(math.Exp(float64(s.codes.log[at])))*e
		}
	}
	s.tape.Generate(s.x, s.z)
}

// step follows the gradient of the evidence lower bound.
func (s *inference) step(step int) {
	n := s.p.net.Out
	s.sample("vad/search", step)
	for i, m := range s.ms {
		rows, _ := m.Op.Dims()
		ax := make([]float32, rows)
		m.Op.Apply(ax, s.x[i*n:(i+1)*n])
		if m.FreeScale {
			s.rescale(i, ax)
		}
		for j, w := range s.weight[i] {
			if w == 0 {
				ax[j] = 0
				continue
			}
			ax[j] = w * (ax[j] - float32(float64(m.Y[j])/s.scale[i]))
		}
		m.Op.Adjoint(s.dx[i*n:(i+1)*n], ax)
		if m.FreeScale {
			s.weighPower(i)
		}
	}
	s.tape.VJP(s.dz, s.dx)
	rate := s.search.LR * (1 + math.Cos(math.Pi*float64(step-1)/float64(s.search.Steps))) / 2
	adam := f32.NewAdamStep(rate, 0, step)
	gm, gl := make([]float32, len(s.z)), make([]float32, len(s.z))
	for at, g := range s.dz {
		sigma := float32(math.Exp(float64(s.codes.log[at])))
		gm[at] = g + s.codes.mean[at]
		gl[at] = g*s.eps[at]*sigma + sigma*sigma - 1
	}
	f32.Adam(s.codes.mean, gm, s.codes.m1, s.codes.v1, adam)
	f32.Adam(s.codes.log, gl, s.codes.m2, s.codes.v2, adam)
}

// weighPower adds the gradient of −log p of signal i's power.
func (s *inference) weighPower(i int) {
	n := s.p.net.Out
	x, dx := s.x[i*n:(i+1)*n], s.dx[i*n:(i+1)*n]
	sum := 0.0
	for j, v := range x {
		sum += float64(v)*float64(v) + float64(s.p.noise[j])
	}
	_, derivative := s.p.linear.PowerPenalty(sum / float64(n))
	for j, v := range x {
		dx[j] += float32(derivative * 2 * float64(v) / sum)
	}
}

// rescale moves the scale of signal i towards the most probable one, given A x: that at which
// ½ Σ w (A x − y/s)² + m log s is least.
func (s *inference) rescale(i int, ax []float32) {
	var xy, yy, count float64
	for j, w := range s.weight[i] {
		if y := float64(s.ms[i].Y[j]); w > 0 {
			xy, yy, count = xy+float64(w)*float64(ax[j])*y, yy+float64(w)*y*y, count+1
		}
	}
	if best := 2 * yy / (xy + math.Sqrt(xy*xy+4*yy*count)); best > 0 && !math.IsInf(best, 0) {
		s.scale[i] = 0.9*s.scale[i] + 0.1*best
	}
}

// results returns mean and deviations of samples of the signals.
func (s *inference) results() []priors.Inferred {
	n, b := s.p.net.Out, len(s.ms)
	sum, squares := make([]float64, b*n), make([]float64, b*n)
	count := float64(s.search.Samples)
	for k := range s.search.Samples {
		s.sample("vad/sample", k)
		for i, v := range s.x {
			sum[i] += float64(v) / count
			squares[i] += float64(v) * float64(v) / count
		}
	}
	noise := make([]float32, n)
	for j, v := range s.p.noise {
		noise[j] = float32(math.Sqrt(float64(v)))
	}
	out := make([]priors.Inferred, b)
	for i := range out {
		r := priors.Inferred{X: make([]float32, n), Sigma: make([]float32, n), Noise: noise, Scale: s.scale[i], Evidence: math.NaN(), Iterations: s.search.Steps, Converged: true}
		for j := range n {
			mean := sum[i*n+j]
			r.X[j], r.Sigma[j] = float32(mean), float32(math.Sqrt(math.Max(0, squares[i*n+j]-mean*mean)))
		}
		r.Code = append(r.Code, s.codes.mean[i*s.codes.d:(i+1)*s.codes.d]...)
		out[i] = r
	}
	return out
}

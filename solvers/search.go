package solvers

import (
	"context"
	"math"

	"sedlab/internal/f32"
	"sedlab/internal/rng"
	"sedlab/priors"
)

// search is a tile of codes that are searched together.
type search struct {
	*Adam
	objective
	n, d  int
	norm  float32 // of first codes
	count int     // codes in use
	tape  priors.Tape

	z, dz, m, v []float32 // count×d: codes, their gradient and Adam's moments
	x, dx       []float32 // count×n: signals and the gradient of the misfit
	misfit      []misfit
	unit        []float64 // of measurements with a free scale; 1 for others
	bestZ       []float32
	best        []float64 // lowest objective so far
	first       []float64 // objective at the first code
	late        []float64 // lowest objective before the last tenth of the steps
}

func newSearch(g priors.Generator, size int, a *Adam, o objective) *search {
	n, d := g.Dim(), g.CodeDim()
	codes := func() []float32 { return make([]float32, size*d) }
	return &search{
		Adam: a, objective: o, n: n, d: d, norm: firstNorm(g, o), tape: g.NewTape(size),
		z: codes(), dz: codes(), m: codes(), v: codes(), bestZ: codes(),
		x: make([]float32, size*n), dx: make([]float32, size*n),
		misfit: make([]misfit, size), unit: make([]float64, size),
		best: make([]float64, size), first: make([]float64, size), late: make([]float64, size),
	}
}

// firstNorm returns ‖z‖ of the first codes of a search: that of the codes from training,
// or 1 on the unit sphere of eq. 3.
func firstNorm(g priors.Generator, o objective) float32 {
	if s, ok := g.(priors.CodeScaler); ok && !o.project {
		return float32(s.CodeNorm())
	}
	return 1
}

// start empties the tile for count codes.
func (t *search) start(count int) {
	t.count = count
	clear(t.m)
	clear(t.v)
	for c := range count {
		t.best[c], t.late[c] = math.Inf(1), math.Inf(1)
	}
}

// place puts a measurement at place c of the tile, with a first code in a random
// direction.
func (t *search) place(c int, m Measurement, restart int) {
	m, t.unit[c] = inFirstScale(m)
	t.misfit[c] = newMisfit(m)
	z := t.z[c*t.d : (c+1)*t.d]
	t.randomCode(z, t.norm, m.Signal, restart)
	copy(t.bestZ[c*t.d:], z)
}

// inFirstScale returns a measurement with a free scale in units of its first scale, and that
// unit. Others it returns as they are, in the unit 1.
func inFirstScale(m Measurement) (Measurement, float64) {
	if !m.FreeScale {
		return m, 1
	}
	unit := firstScale(m)
	m.Y = priors.Scale(m.Y, unit)
	return m, unit
}

// randomCode sets z to the first code of a search: of the given norm, in a random direction.
func (o objective) randomCode(z []float32, norm float32, signal, restart int) {
	r := rng.New(o.seed, "solve/code", uint64(signal), uint64(restart))
	for k := range z {
		z[k] = float32(r.NormFloat64())
	}
	f32.Sphere(z, len(z))
	for k := range z {
		z[k] *= norm
	}
}

// run takes the steps. Then x holds the signals of the best codes.
func (t *search) run(ctx context.Context) error {
	z, dz, x, dx := t.z[:t.count*t.d], t.dz[:t.count*t.d], t.x[:t.count*t.n], t.dx[:t.count*t.n]
	m, v := t.m[:len(z)], t.v[:len(z)]
	for step := 1; step <= t.Steps; step++ {
		if err := t.evaluate(ctx); err != nil {
			return err
		}
		if step == 1 {
			copy(t.first, t.best)
		}
		if step == t.Steps-t.Steps/10 {
			copy(t.late, t.best)
		}
		t.tape.VJP(dz, dx)
		if lambda := float32(t.lambda); lambda > 0 {
			for i := range dz {
				dz[i] += 2 * lambda * z[i]
			}
		}
		f32.Adam(z, dz, m, v, f32.NewAdamStep(t.rate(step), 0, step))
		if t.project {
			f32.Sphere(z, t.d)
		}
	}
	if err := t.evaluate(ctx); err != nil {
		return err
	}
	t.tape.Generate(x, t.bestZ[:len(z)])
	return nil
}

// evaluate computes signals, misfit gradients and objectives at the codes, and keeps the
// best codes. Only the measurement decides, never the truth.
func (t *search) evaluate(ctx context.Context) error {
	t.tape.Generate(t.x[:t.count*t.n], t.z[:t.count*t.d])
	for c := range t.count {
		if err := ctx.Err(); err != nil { // a large matrix takes a second for one signal
			return err
		}
		z := t.z[c*t.d : (c+1)*t.d]
		row := c * t.n
		objective := t.misfit[c].gradient(t.dx[row:row+t.n], t.x[row:row+t.n])
		if t.lambda > 0 {
			objective += t.lambda * f32.Dot(z, z)
		}
		if objective < t.best[c] {
			t.best[c] = objective
			copy(t.bestZ[c*t.d:], z)
		}
	}
	return nil
}

// rate returns the learning rate of a step, counted from 1.
func (t *search) rate(step int) float64 {
	if t.Schedule == "cosine" {
		return t.LR * (1 + math.Cos(math.Pi*float64(step-1)/float64(t.Steps))) / 2
	}
	return t.LR
}

// converged reports whether the last tenth of the steps lowered the objective by
// less than one per cent, or by less than a millionth of its first value.
func (t *search) converged(c int) bool {
	return t.late[c]-t.best[c] < max(0.01*t.late[c], 1e-6*t.first[c])
}

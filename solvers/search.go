package solvers

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/f32"
	"sedlab/priors"
)

// search is a tile of codes that are searched together. Those whose objective has stopped falling
// leave it; the others move up.
type search struct {
	*Adam
	objective
	n, d   int
	tape   priors.Tape
	init   starts
	active []*walk // the searches under way, a row of the tile each

	z, dz, m, v []float32 // codes, their gradient and Adam's moments; d numbers a row
	x, dx       []float32 // signals and the gradient of the misfit; n numbers a row
}

// walk is the search for one measurement from one first code.
type walk struct {
	index     int // of the measurement
	misfit    misfit
	unit      float64 // of a measurement with a free scale; 1 for others
	bestZ     []float32
	best      float64 // lowest objective so far
	first     float64 // objective at the first code
	late      float64 // lowest objective before the last tenth of the steps
	noted     float64 // lowest objective when it was last looked whether it still falls
	steps     int     // taken
	converged bool
}

// fallSteps is the number of steps after which a search is asked whether its objective still
// falls. Adam's objective does not fall at every step.
const fallSteps = 50

func newSearch(g priors.Generator, size int, a *Adam, o objective) *search {
	n, d := g.Dim(), g.CodeDim()
	codes := func() []float32 { return make([]float32, size*d) }
	t := &search{
		Adam: a, objective: o, n: n, d: d, tape: g.NewTape(size),
		z: codes(), dz: codes(), m: codes(), v: codes(),
		x: make([]float32, size*n), dx: make([]float32, size*n),
	}
	t.init = newStarts(g, t.tape, size, a.Init, o)
	return t
}

// start empties the tile.
func (t *search) start() {
	t.active = nil
	clear(t.m)
	clear(t.v)
}

// place adds a measurement to the tile, with its first code.
func (t *search) place(ctx context.Context, index int, m Measurement, restart int) error {
	w := &walk{index: index, best: math.Inf(1), late: math.Inf(1)}
	m, w.unit = inFirstScale(m)
	w.misfit = newMisfit(m)
	c := len(t.active)
	z := t.z[c*t.d : (c+1)*t.d]
	if err := t.init.first(ctx, z, m, w.misfit, restart); err != nil {
		return err
	}
	w.bestZ = slices.Clone(z)
	t.active = append(t.active, w)
	return nil
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

// run searches until all searches have ended, and returns them in the order of the tile. Then x
// holds the signals of their best codes.
func (t *search) run(ctx context.Context) ([]*walk, error) {
	all := slices.Clone(t.active)
	for taken := 0; ; taken++ {
		if err := t.evaluate(ctx); err != nil {
			return nil, err
		}
		open := 0
		for _, w := range t.active {
			t.note(w, taken)
			if !w.converged {
				open++
			}
		}
		if open == 0 || taken == t.Steps {
			break
		}
		t.move(taken + 1)
		if open < len(t.active) {
			t.close()
		}
	}
	for c, w := range all {
		copy(t.z[c*t.d:], w.bestZ)
	}
	t.tape.Generate(t.x[:len(all)*t.n], t.z[:len(all)*t.d])
	return all, nil
}

// evaluate computes signals, misfit gradients and objectives at the codes, and keeps the
// best codes. Only the measurement decides, never the truth.
func (t *search) evaluate(ctx context.Context) error {
	t.tape.Generate(t.x[:len(t.active)*t.n], t.z[:len(t.active)*t.d])
	for c, w := range t.active {
		if err := ctx.Err(); err != nil { // a large matrix takes a second for one signal
			return err
		}
		z := t.z[c*t.d : (c+1)*t.d]
		row := c * t.n
		objective := w.misfit.gradient(t.dx[row:row+t.n], t.x[row:row+t.n])
		if t.lambda > 0 {
			objective += t.lambda * f32.Dot(z, z)
		}
		if objective < w.best {
			w.best = objective
			copy(w.bestZ, z)
		}
	}
	return nil
}

// note records how far a search is after so many steps, and whether it has converged: under tol,
// if its objective has stopped falling; otherwise, after the last step, if the last tenth of the
// steps lowered it by less than one per cent, or by less than a millionth of its first value.
func (t *search) note(w *walk, taken int) {
	w.steps = taken
	if taken == 0 {
		w.first, w.noted = w.best, w.best
	}
	if taken == t.Steps-t.Steps/10-1 {
		w.late = w.best
	}
	switch {
	case t.Tol > 0 && taken > 0 && taken%fallSteps == 0:
		w.converged = w.noted-w.best <= t.Tol*w.noted
		w.noted = w.best
	case t.Tol == 0 && taken == t.Steps:
		w.converged = w.late-w.best < max(0.01*w.late, 1e-6*w.first)
	}
}

// move takes a step of Adam, counted from 1.
func (t *search) move(step int) {
	z, dz := t.z[:len(t.active)*t.d], t.dz[:len(t.active)*t.d]
	t.tape.VJP(dz, t.dx[:len(t.active)*t.n])
	if lambda := float32(t.lambda); lambda > 0 {
		for i := range dz {
			dz[i] += 2 * lambda * z[i]
		}
	}
	f32.Adam(z, dz, t.m[:len(z)], t.v[:len(z)], f32.NewAdamStep(t.rate(step), 0, step))
	if t.project {
		f32.Sphere(z, t.d)
	}
}

// close takes the searches that have converged out of the tile.
func (t *search) close() {
	d, row := t.d, 0
	for c, w := range t.active {
		if w.converged {
			continue
		}
		for _, list := range [][]float32{t.z, t.m, t.v} {
			copy(list[row*d:(row+1)*d], list[c*d:(c+1)*d])
		}
		t.active[row] = w
		row++
	}
	t.active = t.active[:row]
}

// rate returns the learning rate of a step, counted from 1.
func (t *search) rate(step int) float64 {
	if t.Schedule == "cosine" {
		return t.LR * (1 + math.Cos(math.Pi*float64(step-1)/float64(t.Steps))) / 2
	}
	return t.LR
}

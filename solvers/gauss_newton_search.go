package solvers

import (
	"context"
	"math"
	"slices"

	"sedlab/internal/f32"
	"sedlab/priors"
)

const (
	// exactSteps is the number of first steps of a search with the exact Jacobian. For later
	// ones the matrix is only updated: the generator is linear but for many small kinks, and a
	// Jacobian costs as much as d/2 gradients.
	exactSteps = 4
	// linearized is the number of codes whose Jacobians are computed together: enough for full
	// tiles of tangents, few enough for them to stay in the cache.
	linearized = 16
	// tangents bounds the rows of those Jacobians, if there are several.
	tangents = 1024
	// matrixRoom bounds the numbers in the d×d matrices of a batch.
	matrixRoom = 1 << 24
)

// newton is a batch of searches. Each goes its own way; they only share calls of the
// generator. When one ends, another takes its place.
type newton struct {
	*GaussNewtonConfig
	objective
	n, d int
	size int // searches at once
	tape priors.JacobianTape
	init starts

	z, dz []float32 // size×d: trials, and the gradient there
	x, dx []float32 // size×n
	j     []float32 // derivatives of the signals of some codes; see priors.JacobianTape
	rows  []float32 // d×m: derivatives of one code's weighted measurements
	lower []float64 // d×d: a Cholesky factor
}

func newNewton(g priors.Generator, c *GaussNewtonConfig, o objective) *newton {
	n, d := g.Dim(), g.CodeDim()
	t := &newton{
		GaussNewtonConfig: c, objective: o, n: n, d: d, size: max(1, min(tileSize, matrixRoom/(d*d))),
		lower: make([]float64, d*d),
	}
	t.tape = jacobianTape(g, t.size)
	t.z, t.dz = make([]float32, t.size*d), make([]float32, t.size*d)
	t.x, t.dx = make([]float32, t.size*n), make([]float32, t.size*n)
	t.init = newStarts(g, t.tape, t.size, c.Init, o)
	return t
}

// solve searches from each first code of each measurement, and keeps the lowest objective. All
// searches of a measurement begin in order, so that ties go to the first.
func (t *newton) solve(ctx context.Context, ms []Measurement) ([]Estimate, error) {
	restarts := max(1, t.Restarts)
	estimates, best := make([]Estimate, len(ms)), make([]*descent, len(ms))
	var active []*descent
	for next := 0; ; {
		for ; next < len(ms)*restarts && len(active) < t.size; next++ {
			s, err := t.begin(ctx, next/restarts, ms[next/restarts], next%restarts)
			if err != nil {
				return nil, err
			}
			active = append(active, s)
		}
		if len(active) == 0 {
			break
		}
		if err := t.round(ctx, active); err != nil {
			return nil, err
		}
		active = slices.DeleteFunc(active, func(s *descent) bool {
			if s.done && s.better(best[s.index]) {
				best[s.index] = s
			}
			return s.done
		})
	}
	for i, s := range best {
		estimates[i] = s.estimate()
	}
	return estimates, nil
}

// begin returns the search of a measurement from one first code.
func (t *newton) begin(ctx context.Context, index int, m Measurement, restart int) (*descent, error) {
	s := &descent{
		index: index, restart: restart, growth: 2,
		place: place{
			f: math.Inf(1), z: make([]float32, t.d), x: slices.Repeat([]float32{float32(math.NaN())}, t.n),
			h: make([]float64, t.d*t.d), g: make([]float64, t.d),
		},
		trial: make([]float32, t.d), delta: make([]float64, t.d), next: make([]float64, t.d),
	}
	s.m, s.unit = inFirstScale(m)
	s.misfit = newMisfit(s.m)
	_, s.root = counted(s.m)
	for j, w := range s.root {
		s.root[j] = float32(math.Sqrt(float64(w)))
	}
	return s, t.init.first(ctx, s.trial, s.m, s.misfit, restart)
}

// round evaluates the trials of all searches, and finds their next ones.
func (t *newton) round(ctx context.Context, active []*descent) error {
	z, x := t.z[:len(active)*t.d], t.x[:len(active)*t.n]
	for c, s := range active {
		copy(z[c*t.d:], s.trial)
	}
	t.tape.Generate(x, z)
	for c, s := range active {
		if err := ctx.Err(); err != nil { // a large matrix takes a second for one signal
			return err
		}
		s.value = s.misfit.gradient(t.dx[c*t.n:(c+1)*t.n], x[c*t.n:(c+1)*t.n]) + t.lambda*f32.Dot(s.trial, s.trial)
	}
	t.tape.VJP(t.dz[:len(z)], t.dx[:len(x)])
	var moved []int // the searches that need a Jacobian
	for c, s := range active {
		t.slope(s, t.dz[c*t.d:(c+1)*t.d])
		if t.judge(s, x[c*t.n:(c+1)*t.n]) {
			moved = append(moved, c)
		}
	}
	if err := t.linearize(ctx, active, moved); err != nil {
		return err
	}
	for _, s := range active {
		if !s.done {
			t.step(s)
		}
		if s.done && t.Hops > 0 {
			t.hop(s)
		}
	}
	return nil
}

// slope sets s.next to half the gradient of the objective at the trial, from that of the
// misfit. On the sphere, it is the tangential part.
func (t *newton) slope(s *descent, dz []float32) {
	for k, v := range dz {
		s.next[k] = float64(v)/2 + t.lambda*float64(s.trial[k])
	}
	if t.project {
		tangent(s.next, s.trial)
	}
}

// linearize computes the matrices of searches at the codes that they have just moved to.
func (t *newton) linearize(ctx context.Context, active []*descent, moved []int) error {
	for part := range slices.Chunk(moved, max(1, min(linearized, tangents/t.d))) {
		size := t.d * t.n
		t.j = slices.Grow(t.j[:0], len(part)*size)[:len(part)*size]
		t.tape.Jacobian(t.j, part)
		for k, c := range part {
			if err := ctx.Err(); err != nil {
				return err
			}
			t.curvature(active[c], t.j[k*size:(k+1)*size])
		}
	}
	return nil
}

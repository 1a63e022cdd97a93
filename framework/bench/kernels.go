package bench

import (
	"sedlab/internal/f32"
	"sedlab/internal/nn"
	"sedlab/internal/team"
)

// shortRepeat is the number of trials of a kernel in a turn, about 5 ms.
const shortRepeat = 12

// fma returns the task of multiply-adds between registers on every worker of a team. A
// trial takes about a millisecond, longer than a product. Otherwise a lucky moment might
// give a peak that no product can reach.
func fma(on *team.Team) *task {
	const rounds = 200_000
	flops := f32.FMA(1) * rounds * float64(on.Workers())
	return &task{flops: flops, repeat: 4, trial: timed(func() {
		on.Run(team.Work{N: on.Workers(), Grain: 1, Do: func(lo, hi int) { f32.FMA(rounds * (hi - lo)) }})
	})}
}

// products returns one task with a kind of product for two layers.
func products(on *team.Team, kind func(layer) team.Work) *task {
	var all []team.Work
	t := &task{repeat: shortRepeat}
	for _, l := range []layer{newLayer(width, width), newLayer(fluxes, width)} {
		all = append(all, kind(l))
		t.flops += 2 * batch * float64(l.out*l.in)
	}
	t.trial = timed(func() {
		for i := range all {
			on.Run(all[i : i+1]...)
		}
	})
	return t
}

// layer is a layer [out × in] with panels [features × batch] and weights in strips.
type layer struct {
	out, in          int
	w, dw, x, xs, dy []float32
	y, dx            []float32
}

func newLayer(out, in int) layer {
	n := f32.StripsLen(out, in)
	return layer{
		out: out, in: in, w: noise(n), dw: make([]float32, n),
		x: noise(in * batch), xs: noise(f32.StripsLen(batch, in)), dy: noise(out * batch),
		y: make([]float32, out*batch), dx: make([]float32, in*batch),
	}
}

// forward computes y = W x.
func (l layer) forward() team.Work {
	return team.Work{N: l.out, Grain: nn.OutputGrain, Do: func(lo, hi int) {
		f32.Forward(l.y, l.w, l.x, lo, hi, l.out, l.in, batch)
	}}
}

// inputGrad computes dx = Wᵀ dy.
func (l layer) inputGrad() team.Work {
	return team.Work{N: l.in, Grain: nn.InputGrain, Do: func(lo, hi int) {
		f32.InputGrad(l.dx, l.w, l.dy, lo, hi, l.out, l.in, batch)
	}}
}

// weightGrad computes dW = dy xᵀ without Adam, which training with AVX-512 fuses with it.
func (l layer) weightGrad() team.Work {
	return team.Work{N: f32.StripRows(l.out, l.in), Grain: nn.StripGrain, Do: func(lo, hi int) {
		f32.WeightGrad(l.dw, l.dy, l.xs, lo, hi, l.out, l.in, batch, batch)
	}}
}

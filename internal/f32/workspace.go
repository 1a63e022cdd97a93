package f32

import "sync"

// parameters are weights and Adam's moments of them, all of one length.
type parameters struct{ w, m, v []float32 }

func (p parameters) slice(lo, hi int) parameters {
	return parameters{p.w[lo:hi], p.m[lo:hi], p.v[lo:hi]}
}

// adamBlock is about how many weights WeightGradAdam takes at once: they, their
// moments and their gradient fit the L2 cache together.
const adamBlock = 24 << 10

// adamRows returns how many rows of in weights that is: whole tiles of the
// kernels where rows are short enough.
func adamRows(in int) int {
	const tile = 12
	return max(adamBlock/in/tile, 1) * tile
}

// workspace holds weight gradients for a while. It is pooled, and grows to the
// largest that was asked for.
type workspace struct{ grad []float32 }

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// borrow returns a workspace of at least the given length, of any content.
func borrow(grad int) *workspace {
	ws := workspaces.Get().(*workspace)
	if len(ws.grad) < grad {
		ws.grad = make([]float32, grad)
	}
	return ws
}

func (ws *workspace) giveBack() { workspaces.Put(ws) }

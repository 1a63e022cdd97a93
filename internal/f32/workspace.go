package f32

import "sync"

// parameters are weights and Adam's moments of them, all of the same length.
type parameters struct{ w, m, v []float32 }

func (p parameters) slice(lo, hi int) parameters {
	return parameters{p.w[lo:hi], p.m[lo:hi], p.v[lo:hi]}
}

// workspace holds weight gradients on their way to Adam.
type workspace [adamRows * StripWidth]float32

var workspaces = sync.Pool{New: func() any { return new(workspace) }}

// borrow returns a workspace with arbitrary content, to be given back.
func borrow() *workspace { return workspaces.Get().(*workspace) }

func (ws *workspace) giveBack() { workspaces.Put(ws) }

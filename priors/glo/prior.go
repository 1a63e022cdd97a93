package glo

import (
	"sedlab/internal/nn"
	"sedlab/priors"
)

// Model is all that a training found: G(z) = Mean + Scale·Net(z).
type Model struct {
	Net   *nn.MLP
	Codes []float32 // [N × d], the training signals' codes
	Mean  []float32 // [n], of the training signals
	Scale float64
	Steps int64 // of the training; kept in a file only with BatchNorm, which counts them
}

// Prior is a trained generator. It implements priors.Generator.
type Prior struct {
	model  Model
	frozen *nn.Frozen
}

var _ priors.Generator = (*Prior)(nil)

// New returns the prior of a model, which must not change afterwards.
func New(m Model) *Prior { return &Prior{model: m, frozen: m.Net.Freeze(m.Scale, m.Mean)} }

// Model returns what the prior was made of. It must not be changed.
func (p *Prior) Model() Model { return p.model }

// Dim returns n, the number of fluxes of a signal.
func (p *Prior) Dim() int { return p.frozen.Dim() }

// CodeDim returns d, the length of a code.
func (p *Prior) CodeDim() int { return p.frozen.CodeDim() }

// NewTape returns working memory for up to batch codes at once.
func (p *Prior) NewTape(batch int) priors.Tape { return p.frozen.NewTape(batch) }

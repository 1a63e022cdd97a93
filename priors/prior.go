// Package priors defines what a prior is: what is known of signals before any
// measurement. Each kind has a folder of its own; all lists them; priortest is
// the contract that each is held to.
//
// A solver asks a prior for one of two capabilities: Generator (a
// differentiable map from codes to signals, searched by gradient) or Affine (a
// mean and a basis, solved in closed form).
package priors

import "context"

// Prior is a trained prior of signals with n fluxes.
type Prior interface {
	// Dim returns n, the number of fluxes of a signal.
	Dim() int
}

// Generator is a prior with a differentiable map G: R^d → R^n.
// It may be used from several goroutines at once, each with a tape of its own.
type Generator interface {
	Prior
	// CodeDim returns d, the length of a code.
	CodeDim() int
	// NewTape returns working memory for up to batch codes at once.
	NewTape(batch int) Tape
}

// Tape evaluates a generator on a batch and remembers what its derivative needs.
// A result for one code does not depend, in any bit, on the others in the batch.
// A tape belongs to one goroutine. Its methods panic on wrong lengths.
type Tape interface {
	// Generate sets x[b×n] = G(z[b×d]), for any b up to the tape's batch.
	Generate(x, z []float32)
	// VJP sets dz[b×d] = J_G(z)ᵀ dx[b×n], at the codes of the last Generate.
	VJP(dz, dx []float32)
}

// Affine is a prior G(c) = mean + Σ_k c_k basis_k with free coefficients c.
type Affine interface {
	Prior
	// Mean returns the n fluxes of the signal with zero coefficients.
	Mean() []float32
	// Basis returns d×n fluxes, one basis vector a row; d may be 0.
	Basis() []float32
}

// Data is what a prior is trained on.
type Data struct {
	Flux []float32 // N×Dim normalised fluxes, one signal a row
	Dim  int       // fluxes per signal
	Seed uint64    // names the random streams of the training
	// Workers is the number of goroutines to use. It must not change the result.
	Workers int
	// Progress, if not nil, is called after every epoch, on one goroutine. A
	// training that goes on from a checkpoint reports the epochs before it again,
	// so that each is reported once in every call of Train.
	Progress func(Epoch)
	// Checkpoint, if not nil, keeps the training while it is under way. A kind
	// whose training is short does not use it.
	Checkpoint Checkpoint
}

// Len returns N, the number of training signals.
func (d Data) Len() int { return len(d.Flux) / d.Dim }

// Epoch is the state of a training after an epoch.
type Epoch struct {
	Epoch, Epochs int     // 1-based, and how many there will be
	Loss          float64 // mean squared error per flux, in the units of Data.Flux
	Seconds       float64 // that the training has taken, the time before a checkpoint included
	LRGenerator   float64
	LRCodes       float64
}

// Config is the part of a spec that describes one prior: a pointer to a struct
// whose fields carry the tags that package yamlpos reads.
type Config interface {
	// Check returns what is wrong with a prior for n training signals of dim
	// fluxes, before any work; each error is about the key at its path, relative
	// to the prior ("train.batch_size"). n and dim are 0 where not yet known.
	Check(n, dim int) []KeyError
	// Train trains the prior. It stops soon after ctx is done and returns its error.
	Train(ctx context.Context, data Data) (Prior, error)
}

// Coster is a Config that knows what its work costs, from which the time of a
// plan is estimated.
type Coster interface {
	// Cost returns the cost of a prior of n training signals of dim fluxes.
	Cost(n, dim int) Cost
}

// Continuer is a Config of which a longer training begins with a shorter one, bit
// for bit, and goes on from its checkpoint. In every epoch it calls Data.Progress
// before it asks whether a checkpoint is due, also in the last.
type Continuer interface {
	// Continues returns the key of how long the training is, such as "train.epochs",
	// relative to the prior, and the key that keeps this one from being continued,
	// or nil.
	Continues() (length string, wrong *KeyError)
}

// Cost is in floating-point operations, and in bytes.
type Cost struct {
	Training  float64 // in all
	Iteration float64 // of a generator's search, per signal
	Closed    float64 // of an affine prior's closed form, per signal
	Memory    float64 // bytes at most, the training signals left out
}

// KeyError is what is wrong with one key of a prior's section of a spec.
type KeyError struct{ Key, Problem string }

// Kind is a kind of prior that a spec can name.
type Kind struct {
	Name string
	Doc  string // one sentence
	// Generator tells whether its trained priors are Generators; else they are Affine.
	Generator bool
	// New returns a config to be decoded into: a pointer to a tagged struct.
	New func() Config
	// Version is that of what Train computes. It is raised whenever the same config
	// and data come to give another prior, so that none is taken for another.
	Version int
	// Open returns the prior of which Keeper.State was kept, which gives the same
	// bits, and may keep the state's memory. It refuses a state of another kind, and
	// tensors that are missing, besides or of another shape; it does not judge values. It is nil for
	// a kind whose priors cannot be kept.
	Open func(*State) (Prior, error)
}

// Package priors defines priors: what is known about signals before any measurement. Each
// kind has its own folder. Package priortest is the contract that every kind must meet;
// priors in other modules can run it too.
//
// A prior offers capabilities, which solvers ask for. A Generator is a differentiable map
// from codes to signals, which is searched by gradient. An Affine prior has a mean and a
// basis, for which there are closed forms.
package priors

import (
	"errors"
	"fmt"
	"math"
)

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
// The result for a code does not depend, in any bit, on the rest of the batch.
// A tape belongs to one goroutine. Its methods panic on wrong lengths.
type Tape interface {
	// Generate sets x[b×n] = G(z[b×d]), for any b up to the tape's batch.
	Generate(x, z []float32)
	// VJP sets dz[b×d] = J_G(z)ᵀ dx[b×n], at the codes of the last Generate.
	VJP(dz, dx []float32)
}

// JacobianTape is a Tape that also gives all derivatives of signals at once. On other tapes,
// solvers that need them take differences of signals.
type JacobianTape interface {
	Tape
	// Jacobian sets j[len(of)×d×n] to the derivatives at those codes of the last Generate
	// that of counts from 0: row k of a code is ∂G/∂z_k.
	Jacobian(j []float32, of []int)
}

// Affine is a prior G(c) = mean + Σ_k c_k basis_k with free coefficients c.
type Affine interface {
	Prior
	// Mean returns the n fluxes of the signal with zero coefficients.
	Mean() []float32
	// Basis returns d×n fluxes, one basis vector a row; d may be 0.
	Basis() []float32
}

// CodeScaler is a Generator that may have been trained with codes off the unit sphere.
// The codes of other generators are on it.
type CodeScaler interface {
	Generator
	// CodeNorm returns the typical ‖z‖ of the codes, positive and finite. A search
	// without a projection begins there.
	CodeNorm() float64
}

// Coded is a Generator that keeps the codes of its training signals.
type Coded interface {
	Generator
	// Codes returns N×d numbers, the code of each training signal in the order of
	// Data.Flux. They must not be changed.
	Codes() []float32
}

// Chooser is a prior whose training may have chosen some of its settings by validation signals.
type Chooser interface {
	Prior
	// Chosen returns what it chose, and among what; "" if it chose nothing.
	Chosen() string
}

// Data is what a prior is trained on.
type Data struct {
	Flux []float32 // N×Dim normalised fluxes, one signal a row
	// Weight holds N×Dim weights of the fluxes in a training's loss, finite and from 0; nil if
	// all count the same. A prior that is no Weigher gets none.
	Weight []float32
	// Validation holds M×Dim fluxes of signals that are not trained on, in the same unit, and
	// ValidationWeight 1 for those that were measured and 0 for others; nil if all were. A prior
	// that is no Validator, or does not look at them, gets none.
	Validation, ValidationWeight []float32

	Dim  int    // fluxes per signal
	Seed uint64 // names the random streams of the training
	// Workers is the number of goroutines to use. It must not change the result.
	Workers int
	// Progress, if not nil, is called after every epoch, on one goroutine. A training
	// that goes on from a checkpoint reports the earlier epochs first, so every call of
	// Train reports each epoch once.
	Progress func(Epoch)
	// Start is the state of a prior with which a Starter's training begins, if it has a file. The
	// training does not change it.
	Start *State
	// Checkpoint, if not nil, keeps the state of the training. Kinds with short
	// trainings do not use it.
	Checkpoint Checkpoint
}

// Len returns N, the number of training signals.
func (d Data) Len() int { return len(d.Flux) / d.Dim }

// Check refuses fluxes that are not finite, which no training could recover from,
// and no signals at all.
func (d Data) Check() error {
	if len(d.Flux) == 0 {
		return errors.New("there are no training signals")
	}
	for i, v := range d.Flux {
		if x := float64(v); math.IsNaN(x) || math.IsInf(x, 0) {
			return fmt.Errorf("training signal %d: flux %d is %g; expected a finite number", i/d.Dim, i%d.Dim, v)
		}
	}
	return d.checkWeights()
}

// checkWeights refuses weights that no loss can be made of.
func (d Data) checkWeights() error {
	if d.Weight == nil {
		return nil
	}
	if len(d.Weight) != len(d.Flux) {
		return fmt.Errorf("%d weights of %d fluxes; expected as many", len(d.Weight), len(d.Flux))
	}
	some := false
	for i, v := range d.Weight {
		if x := float64(v); !(x >= 0) || math.IsInf(x, 0) {
			return fmt.Errorf("training signal %d: the weight of flux %d is %g; expected a finite number from 0", i/d.Dim, i%d.Dim, v)
		}
		some = some || v > 0
	}
	if !some {
		return errors.New("no flux of the training signals was measured")
	}
	return nil
}

// Epoch is the state of a training after an epoch.
type Epoch struct {
	Epoch, Epochs int     // 1-based, and how many there will be
	Loss          float64 // mean squared error per flux, in the units of Data.Flux
	// Validation is the mean squared error per flux of hidden fluxes of Data.Validation; nil if
	// it was not measured after this epoch.
	Validation  *float64
	Stopped     bool    // the training has stopped early: no epoch follows
	Seconds     float64 // since the training began, also before a checkpoint
	LRGenerator float64
	LRCodes     float64
}

// Last reports whether no epoch follows.
func (e Epoch) Last() bool { return e.Stopped || e.Epoch == e.Epochs }

package priors

import (
	"context"

	"sedlab/internal/kind"
)

// Kind is a kind of prior that a spec can name.
type Kind = kind.Kind[Config]

// KeyError is a problem with one key of a prior.
type KeyError = kind.KeyError

// Config is a prior's section of a spec: a pointer to a tagged struct.
type Config interface {
	// Check returns what is wrong with a prior for n training signals of dim
	// fluxes, before any work. n and dim are 0 where not yet known.
	Check(n, dim int) []KeyError
	// Train trains the prior. It stops soon after ctx is done and returns its error.
	Train(ctx context.Context, data Data) (Prior, error)
	// Blank returns a zero value of the type that Train returns. Its type tells solvers
	// the prior's capabilities before anything is trained.
	Blank() Prior
}

// Opener is a Config whose trained priors are Keepers, which files can hold.
type Opener interface {
	Config
	// Open returns the prior that a Keeper.State is from, bit for bit. It may keep the
	// state's memory. It refuses states of other kinds and missing, extra or misshapen
	// tensors, but does not judge their values.
	Open(*State) (Prior, error)
}

// Searcher is a Config whose prior infers by a search of its own, of which some keys are the
// settings. They change nothing of the training, so priors that differ in them alone share one.
type Searcher interface {
	Config
	// SearchKeys returns these keys of the config, such as that of a section.
	SearchKeys() []string
	// WithSearch returns a prior that Train or Open of such a config returned, with the search of
	// this config. It leaves p as it is, but may share its memory.
	WithSearch(p Prior) Prior
}

// Starter is a Config whose training can begin with a prior of its kind from a file. Results depend
// on the file's content, and not on its path.
type Starter interface {
	Config
	// StartsFrom returns the path of the file, "" if there is none, and the key that has it, which
	// is tagged file:"true".
	StartsFrom() (path, key string)
	// CheckStart returns why the training on signals of dim fluxes cannot begin with a state. Train
	// gets the state as Data.Start.
	CheckStart(s *State, dim int) error
}

// Weigher is a Config whose training can weight fluxes.
type Weigher interface {
	Config
	// Fluxes returns how: AllFluxes, MeasuredFluxes or WeightedFluxes; and the key that says so.
	Fluxes() (how, key string)
}

// The ways to weight the fluxes of training signals.
const (
	AllFluxes      = "all"      // all the same, also those that the data set had filled in
	MeasuredFluxes = "measured" // those that were measured the same, others not
	WeightedFluxes = "weighted" // those that were measured by 1/(σ² + the median of σ²), others not
)

// Validator is a Config whose prior may look at validation signals: in its training or, of a
// Fitter, in Fit.
type Validator interface {
	Config
	// Validates returns the key that makes it look at them, or "" if it does not.
	Validates() (key string)
}

// Seedless is a Config whose training draws no random numbers: its result does not depend
// on Data.Seed.
type Seedless interface {
	Config
	Seedless()
}

// Coster is a Config that knows what its work costs. Plans estimate their time from it.
type Coster interface {
	Config
	// Cost returns the cost of a prior of n training signals of dim fluxes.
	Cost(n, dim int) Cost
}

// Cost is in floating-point operations, and in bytes.
type Cost struct {
	// Network is a config with the same network, trained without anything else where that is
	// possible: its training tells how fast the machine does Training, Iteration and Closed. nil
	// if these are in double precision.
	Network   Config
	Training  float64 // in all
	Linear    float64 // of the fits of linear models from which the training of a network begins, in double precision
	Iteration float64 // of a generator's search, per signal
	Jacobian  float64 // of all derivatives of a generated signal by its code
	Closed    float64 // of an affine prior's closed form, per signal
	Memory    float64 // bytes at most, without the training signals
}

// Continuer is a Config whose longer training begins with a shorter one, bit for bit, and
// can go on from its checkpoint. In every epoch, also the last, it calls Data.Progress
// before it asks whether a checkpoint is due.
type Continuer interface {
	Config
	// Continues returns the key for the length of the training, such as "train.epochs", and
	// that length. If a key prevents this training from being continued, it returns the
	// problem too.
	Continues() (key string, length int, problem *KeyError)
}

// FreeCoder is a Config whose generator may be trained with codes that leave the unit
// sphere. Solvers that project onto it would not find them.
type FreeCoder interface {
	Config
	// FreeCodes returns the key that lets the codes leave the sphere, or "" if they
	// stay on it.
	FreeCodes() (key string)
}

// Composer is a Config whose prior is made of other priors of the spec, its members. Nothing is
// trained for it: its Train is not called.
type Composer interface {
	Config
	// Members returns the names of the members, of which Check refuses to have none, and the key
	// that has them.
	Members() (names []string, key string)
	// CheckMembers returns what is wrong with members that these configs train, in the order of
	// Members, as problems with keys of the composer.
	CheckMembers(members []Config) []KeyError
	// Compose returns the prior of trained members, in the order of Members. Each infers as the
	// spec solves with it. Its type is that of Blank.
	Compose(members []Inferrer) Inferrer
}

package datasets

import (
	"context"

	"sedlab/datasets/spectra"
	"sedlab/internal/kind"
)

// Kind is a source of data sets that a spec can name.
type Kind = kind.Kind[Config]

// KeyError is a problem with one key of a source or a step.
type KeyError = kind.KeyError

// Config is a source's own keys in a spec's dataset section: a pointer to a struct with
// the tags of package yamlpos. A field for a file's path also has the tag `file:"true"`,
// because results depend on the file's content and not on its path.
//
// The errors of Identify and Load are *InputError, or ctx's own.
type Config interface {
	// Check returns what is wrong with the keys, before anything is read.
	Check() []KeyError
	// Size returns the number of signals and of fluxes per signal. A number that is
	// unknown before loading is 0.
	Size() (signals, fluxes int)
	// Identify returns what determines the signals in addition to the keys, without
	// reading or making them.
	Identify(ctx context.Context, seed uint64, digest Digest) (Identity, error)
	// Load reads or makes the signals. seed names the random streams of made ones. Values
	// that may be out of the range of float32 go through Set.SetFluxes.
	Load(ctx context.Context, seed uint64) (*Set, error)
}

// Digest returns the SHA-256 of a file's content, in hex.
type Digest func(ctx context.Context, path string) (string, error)

// Identity is what determines a source's signals in addition to its keys: with equal keys
// and identities, sources load equal sets. Identities are comparable.
type Identity struct {
	SHA256 string `json:"sha256,omitempty"` // of the file, in hex
	Seed   uint64 `json:"seed,omitempty"`   // from which the signals are made
	Seeded bool   `json:"seeded,omitempty"` // Seed is part of the identity, even if 0
}

// FileConfig is a Config whose signals are in a file.
type FileConfig interface {
	Config
	// File returns the path of the file that Load reads. It need not exist.
	File() (path string, err error)
}

// FilesConfig is a Config whose signals are in any number of files.
type FilesConfig interface {
	Config
	// Files returns the paths of all files, in the order of the signals. It is an error if
	// there are none.
	Files() ([]string, error)
}

// Preparer is a Config whose spectra are on grids of their own, which steps bring to one.
type Preparer interface {
	Config
	// Prepare is Load with steps that are applied to each spectrum, in order.
	Prepare(ctx context.Context, steps []spectra.Step) (*Set, error)
}

// Measurer is a FileConfig that can tell the size of its data without loading them. Results
// must not depend on it: the file may be another one later.
type Measurer interface {
	FileConfig
	// Measure returns the number of signals and of fluxes per signal, or zeros if they are
	// unknown.
	Measure() (signals, fluxes int)
}

// Fetcher is a Config whose file can be downloaded.
type Fetcher interface {
	FileConfig
	// URL returns the address that the file comes from.
	URL() string
	// Fetch downloads the file and returns its path. An empty path means File, and an
	// empty url means URL. Fetch verifies the content, and does nothing if the file is
	// already there. If a download is cut off, the next Fetch continues it.
	// progress, if not nil, gets the bytes received so far and the total, -1 if unknown.
	Fetch(ctx context.Context, path, url string, progress func(done, total int64)) (string, error)
}

// StepKind is a preprocessing step that a spec can name.
type StepKind = kind.Kind[Step]

// Step is a preprocessing step with its own keys: a pointer to a struct with the
// tags of package yamlpos. Steps prepare signals before they are normalised.
type Step interface {
	// Check returns what is wrong with the keys for signals with a number of fluxes, 0
	// if unknown.
	Check(fluxes int) []KeyError
	// Apply returns the data after the step, with the same signals in the same rows. It
	// learns only from the signals in train; any other signal affects only itself. Fluxes
	// stay in the units of s, whatever its Scale. Apply does not change s, but the result
	// may share memory with it. seed names the step's random streams. An error is an
	// *InputError about data that do not suit the step, or ctx's own.
	Apply(ctx context.Context, s *Set, train []int, seed uint64) (*Set, error)
}

// Modeler is a Step that fits a PCA to signals.
type Modeler interface {
	Step
	// Model is Apply, but returns the PCA too.
	Model(ctx context.Context, s *Set, train []int, seed uint64) (*Set, *PCA, error)
}

package datasets

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"sedlab/datasets/internal/galaxy"
)

// Synthetic makes spectra from a seed.
var Synthetic = Kind{
	Name:    "synthetic",
	Doc:     "Galaxy spectra made from physics: stars, dust, gas and noise; any size, from a seed.",
	Version: 1,
	New:     func() Config { return new(SyntheticConfig) },
}

// SyntheticConfig holds the keys of Synthetic.
type SyntheticConfig struct {
	Signals int `spec:"size" default:"4000" example:"1000" range:"[1,1000000]" why:"more would take over 4 GB" doc:"number of signals"`
}

// maxSynthetic is the end of the range of Signals.
const maxSynthetic = 1_000_000

// sdssGrid is astroML's grid: 3162 to 7936 Å.
var sdssGrid = galaxy.Grid{Start: 3.5, Step: 0.0004, N: 1000}

// Check finds nothing wrong.
func (c *SyntheticConfig) Check() []KeyError { return nil }

// Size returns the number of signals and the length of the grid.
func (c *SyntheticConfig) Size() (signals, fluxes int) { return c.Signals, sdssGrid.N }

// Identify returns the seed.
func (c *SyntheticConfig) Identify(_ context.Context, seed uint64, _ Digest) (Identity, error) {
	return Identity{Seed: seed, Seeded: true}, nil
}

// Load makes the spectra. Spectrum i depends only on the seed and i, so a larger
// set begins with a smaller one.
func (c *SyntheticConfig) Load(ctx context.Context, seed uint64) (*Set, error) {
	size, n := c.Signals, sdssGrid.N
	if size < 1 || size > maxSynthetic {
		err := fmt.Errorf("size %d, expected 1 to %d signals", size, maxSynthetic)
		return nil, inputError(ctx, InputError{Source: Synthetic.Name}, err)
	}
	set := &Set{
		Name:       Synthetic.Name,
		Wavelength: logGrid(sdssGrid.Start, sdssGrid.Step, n),
		Rest:       true,
		Flux:       make([]float32, size*n),
		Infilled:   make([]bool, size*n),
		Truth:      make([]float32, size*n),
		Redshift:   make([]float64, size),
	}
	model := galaxy.NewModel(sdssGrid)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < size && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				set.Redshift[i] = model.Spectrum(set.Signal(i), set.TruthRow(i), set.InfilledRow(i), seed, uint64(i))
			}
		})
	}
	workers.Wait()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	set.SHA256 = hashFluxes(set.Flux)
	return set, nil
}

// hashFluxes returns the SHA-256 of the fluxes' little-endian bytes, in hex.
func hashFluxes(flux []float32) string {
	hash := sha256.New()
	for block := range slices.Chunk(flux, 4096) {
		binary.Write(hash, binary.LittleEndian, block) // a hash accepts everything
	}
	return hex.EncodeToString(hash.Sum(nil))
}

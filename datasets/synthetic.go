package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"sedlab/framework/dataset/internal/galaxy"
)

// maxSynthetic bounds the size of a synthetic data set: 4 GB of fluxes.
const maxSynthetic = 1_000_000

// sdssGrid is astroML's grid: 3162 to 7936 Å.
var sdssGrid = galaxy.Grid{Start: 3.5, Step: 0.0004, N: 1000}

// loadSynthetic makes o.Size spectra. Spectrum i depends on the seed and i
// alone, so a larger set begins with a smaller one.
func loadSynthetic(ctx context.Context, o Options) (*Set, error) {
	if o.Size < 1 || o.Size > maxSynthetic {
		return nil, fmt.Errorf("size %d, expected 1 to %d signals", o.Size, maxSynthetic)
	}
	n := sdssGrid.N
	set := &Set{
		Name:       "synthetic",
		Wavelength: logGrid(sdssGrid.Start, sdssGrid.Step, n),
		Flux:       make([]float32, o.Size*n),
		Infilled:   make([]bool, o.Size*n),
		Redshift:   make([]float64, o.Size),
	}
	model := galaxy.NewModel(sdssGrid)
	var next atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < o.Size && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				set.Redshift[i] = model.Spectrum(set.Signal(i), set.InfilledRow(i), o.Seed, uint64(i))
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
	var buf []byte
	for len(flux) > 0 {
		block := flux[:min(4096, len(flux))]
		flux = flux[len(block):]
		buf = buf[:0]
		for _, v := range block {
			buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(v))
		}
		hash.Write(buf)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

package datasets

import (
	"fmt"
	"slices"

	"sedlab/datasets/internal/npz"
)

// pca is the model that astroML's iterative PCA fitted to N signals of n fluxes.
type pca struct {
	mu, evecs     []float64 // n, and K×n
	coeffs, norms []float64 // N×k with k ≤ K, and N
	k             int
}

var pcaKeys = []string{"coeffs", "evecs", "mu", "norms"}

// hasPCA reports whether an archive seems to be astroML's.
func hasPCA(a *npz.Archive) bool { return slices.ContainsFunc(pcaKeys, a.Has) }

// readAstroML reads an archive from astroML's compute_sdss_pca.py. It infills fluxes that
// the mask says were not measured, as
// astroML.datasets.sdss_corrected_spectra.reconstruct_spectra does.
func readAstroML(a *npz.Archive) (*Set, error) {
	set, err := readSpectra(a)
	if err != nil {
		return nil, err
	}
	if set.Infilled == nil {
		return nil, a.Missing("mask")
	}
	model, err := readPCA(a, set.Len(), set.Dim())
	if err != nil {
		return nil, err
	}
	for i := range set.Len() {
		model.infill(set.Signal(i), set.InfilledRow(i), i, set.scaleOf(i))
	}
	return set, nil
}

// readPCA reads the model of rows signals of n fluxes.
func readPCA(a *npz.Archive, rows, n int) (*pca, error) {
	shapes := map[string][]int{"coeffs": {rows, -1}, "evecs": {-1, n}, "mu": {n}, "norms": {rows}}
	arrays := make(map[string]npz.Array[float64])
	for _, key := range pcaKeys {
		array, err := npz.Read[float64](a, key, shapes[key]...)
		if err != nil {
			return nil, err
		}
		cols := 1
		if len(array.Shape) == 2 {
			cols = max(array.Shape[1], 1)
		}
		if err := checkFinite(key, array.Data, cols); err != nil {
			return nil, err
		}
		arrays[key] = array
	}
	k := arrays["coeffs"].Shape[1]
	if have := arrays["evecs"].Shape[0]; have < k {
		return nil, fmt.Errorf(`array "evecs": %d components, but "coeffs" has %d per signal`, have, k)
	}
	return &pca{
		mu: arrays["mu"].Data, evecs: arrays["evecs"].Data,
		coeffs: arrays["coeffs"].Data, norms: arrays["norms"].Data, k: k,
	}, nil
}

// infill sets the masked fluxes of signal i to (mu + coeffs·evecs[:k])·norm, in units of
// scale.
func (p *pca) infill(x []float32, mask []bool, i int, scale float64) {
	n := len(x)
	coeffs := p.coeffs[i*p.k : (i+1)*p.k]
	for j, masked := range mask {
		if !masked {
			continue
		}
		v := p.mu[j]
		for c, coeff := range coeffs {
			v += coeff * p.evecs[c*n+j]
		}
		x[j] = float32(v * p.norms[i] / scale)
	}
}

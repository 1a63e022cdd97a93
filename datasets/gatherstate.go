package datasets

import (
	"encoding/json"
	"fmt"
	"math"

	"sedlab/datasets/spectra"
	"sedlab/internal/safetensors"
)

// gathered is what the metadata of a Gatherer's state hold, as JSON.
type gathered struct {
	Work    string    `json:"work"`
	Sums    []string  `json:"sums"`
	First   string    `json:"first"`
	Errors  bool      `json:"errors"`
	Rest    bool      `json:"rest"`
	Names   []string  `json:"names"`
	Group   []string  `json:"group"`
	Dropped []Dropped `json:"dropped"`
}

const gatheredKey = "gathered"

// State returns what was gathered so far, from which Restore goes on. work names what is
// being done, and sums are the hashes of the files that were read.
func (g *Gatherer) State(work string, sums []string) (*safetensors.File, error) {
	about := gathered{Work: work, Sums: sums, Names: g.set.Names, Group: g.set.Group, Dropped: g.set.Dropped}
	if g.first != nil {
		about.First, about.Errors, about.Rest = g.first.Name, g.first.Ivar != nil, g.first.Rest
	}
	text, err := json.Marshal(about)
	if err != nil {
		return nil, err
	}
	rows, n := g.Len(), g.set.Dim()
	return &safetensors.File{
		Metadata: map[string]string{gatheredKey: string(text)},
		Tensors: []safetensors.Tensor{
			{Name: "wavelength", Shape: []int{n}, Data: g.set.Wavelength},
			{Name: "flux", Shape: []int{rows, n}, Data: g.set.Flux}, // NaN where not measured
			{Name: "ivar", Shape: []int{rows, n}, Data: g.set.Ivar},
			{Name: "redshift", Shape: []int{rows}, Data: g.set.Redshift},
			{Name: "size", Shape: []int{rows}, Data: g.sizes},
			{Name: "scale", Shape: []int{rows}, Data: g.scales},
		},
	}, nil
}

// Restore goes on from the State of the same work, and returns the hashes of the files that
// were read for it. An error leaves g as it was.
func (g *Gatherer) Restore(f *safetensors.File, work string) (sums []string, err error) {
	var about gathered
	if err := json.Unmarshal([]byte(f.Metadata[gatheredKey]), &about); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", gatheredKey, err)
	}
	rows := len(about.Names)
	switch {
	case about.Work != work:
		return nil, fmt.Errorf("is about other files or steps")
	case len(about.Group) != rows || rows == 0:
		return nil, fmt.Errorf("%d names and %d groups; expected equal numbers", rows, len(about.Group))
	}
	set := Set{Names: about.Names, Group: about.Group, Dropped: about.Dropped}
	var sizes, scales []float64
	for name, values := range map[string]*[]float64{"redshift": &set.Redshift, "size": &sizes, "scale": &scales} {
		if *values, err = f.Float64s(name, rows); err != nil {
			return nil, err
		}
	}
	if set.Wavelength, err = f.Float64s("wavelength", -1); err != nil {
		return nil, err
	}
	for name, values := range map[string]*[]float32{"flux": &set.Flux, "ivar": &set.Ivar} {
		if *values, err = f.Float32s(name, rows, set.Dim()); err != nil {
			return nil, err
		}
	}
	set.Infilled = make([]bool, len(set.Flux))
	for i, v := range set.Flux {
		set.Infilled[i] = math.IsNaN(float64(v))
	}
	first := spectra.New(about.First)
	first.Rest = about.Rest
	if about.Errors {
		first.Ivar = []float64{}
	}
	g.set, g.sizes, g.scales, g.first = set, sizes, scales, first
	return about.Sums, nil
}

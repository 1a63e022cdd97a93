package spec

import (
	"sedlab/framework/dataset"
	"sedlab/priors"
)

// Corrupt says how training signals are corrupted; evaluated ones never are.
type Corrupt struct {
	MissingFraction float64 `spec:"missing_fraction" default:"0" example:"0.2" range:"[0,1)" why:"at 1 nothing would be left" doc:"share of a corrupted signal's fluxes that are hidden, at random throughout it; they take the mean of those that are left"`
	Noise           Noise   `spec:"noise" default:"{l2: 0}" oneof:"true" doc:"Gaussian noise on the fluxes of a corrupted signal that are left"`
	Share           float64 `spec:"share" default:"1" example:"0.5" range:"[0,1]" doc:"share of the training signals that are corrupted, chosen at random"`
}

// Corruption returns the corruption as it is done to signals.
func (c Corrupt) Corruption() dataset.Corruption {
	return dataset.Corruption{MissingFraction: c.MissingFraction, Noise: c.Noise.Noise(), Share: c.Share}
}

// Corrupted returns what training signals are corrupted by, or nil if all stay as
// they are.
func (d Dataset) Corrupted() *Corrupt {
	if !d.Corrupt.Corruption().Corrupts() {
		return nil
	}
	return &d.Corrupt
}

// Clean returns the section without any corruption: equal for two that differ in
// that alone.
func (d Dataset) Clean() Dataset {
	none := 0.0
	d.Corrupt = Corrupt{Noise: Noise{L2: &none}, Share: 1}
	return d
}

// corrupt checks that something is corrupted where that is asked for, and that
// something is left.
func (c pointCheck) corrupt() {
	const share, missing, noise = "dataset.corrupt.share", "dataset.corrupt.missing_fraction", "dataset.corrupt.noise"
	if c.root.Get(share) != nil && c.root.Get(missing) == nil && c.root.Get(noise) == nil {
		c.add(share, "corrupts nothing by itself; expected missing_fraction or noise beside it")
	}
	source, _ := c.opt.source(c.Dataset.Source)
	if corrupt := c.Dataset.Corrupted(); corrupt != nil && source.Fluxes > 0 {
		if _, err := corrupt.Corruption().Corruptor(source.Fluxes, c.Seed); err != nil {
			c.add(missing, "%v", err)
		}
	}
}

// projected refuses to search for codes on the unit sphere where they are not.
func (c pointCheck) projected() {
	if c.Solver.Method != Projection {
		return
	}
	for _, p := range c.Priors {
		if free, ok := p.Config.(priors.FreeCoder); ok && free.FreeCodes() != "" {
			c.add("priors."+p.Name+"."+free.FreeCodes(), "lets codes leave the unit sphere, on which solver.method: projection searches; expected solver.method: regularization")
		}
	}
}

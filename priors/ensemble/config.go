// Package ensemble is the prior that averages what other priors infer, each by its own solver
// (paper, §4).
package ensemble

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sedlab/priors"
)

// Kind is this prior's entry in the catalogue.
var Kind = priors.Kind{
	Name:    "ensemble",
	Doc:     "the average of what other priors of the spec infer, each by its own solver; with their deviations, and the spread between them",
	Version: 1,
	New:     func() priors.Config { return new(Config) },
}

// Config is the section of an ensemble in a spec.
type Config struct {
	Of      []string `spec:"of" required:"true" example:"[glo, pca]" doc:"names of the member priors, at least two; not ensembles"`
	Weights string   `spec:"weights" default:"equal" enum:"equal|evidence|validation" doc:"weights of the members: equal; by the evidence p(y) of each measurement, which not every prior can compute; or those with the lowest mean squared error on validation signals under the same problem, in hidden fluxes, or in all if none is hidden (stacking, Breiman 1996)"`
}

// The values of Config.Weights that are no default.
const (
	byEvidence   = "evidence"
	byValidation = "validation"
)

// Check refuses an ensemble of less than two priors, and a prior that is named twice.
func (c *Config) Check(n, dim int) (errs []priors.KeyError) {
	if len(c.Of) < 2 {
		errs = append(errs, priors.KeyError{Key: "of", Problem: fmt.Sprintf("names %d of the spec's priors; expected at least two", len(c.Of))})
	}
	for i, name := range c.Of {
		if slices.Index(c.Of, name) < i {
			errs = append(errs, priors.KeyError{Key: "of", Problem: fmt.Sprintf("names %s twice; expected each prior once", name)})
			break
		}
	}
	return errs
}

// Members returns Of.
func (c *Config) Members() (names []string, key string) { return c.Of, "of" }

// CheckMembers refuses weights by the evidence if a member cannot compute it.
func (c *Config) CheckMembers(members []priors.Config) []priors.KeyError {
	if c.Weights != byEvidence {
		return nil
	}
	for i, m := range members {
		if _, ok := m.Blank().(priors.Evident); !ok {
			return []priors.KeyError{{Key: "weights", Problem: fmt.Sprintf("got %s, but %s cannot compute the evidence p(y) of a measurement; expected members such as factor_analysis, ppca and mean, or other weights", byEvidence, c.Of[i])}}
		}
	}
	return nil
}

// Validates returns the key for weights by validation signals.
func (c *Config) Validates() string {
	if c.Weights == byValidation {
		return "weights"
	}
	return ""
}

// Compose returns a *Prior with equal weights, which Fit or the evidence may change.
func (c *Config) Compose(members []priors.Inferrer) priors.Inferrer {
	p := &Prior{members: members, evidence: c.Weights == byEvidence}
	for range members {
		p.weights = append(p.weights, 1/float64(len(members)))
	}
	return p
}

// Blank returns a *Prior.
func (*Config) Blank() priors.Prior { return new(Prior) }

// Train returns an error: an ensemble is composed.
func (*Config) Train(context.Context, priors.Data) (priors.Prior, error) {
	return nil, errors.New("an ensemble is made of trained priors, and not trained itself")
}

var (
	_ priors.Composer  = (*Config)(nil)
	_ priors.Validator = (*Config)(nil)
	_ priors.Fitter    = (*Prior)(nil)
)

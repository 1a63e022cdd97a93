package spec_test

import (
	"context"
	"fmt"

	"sedlab/catalog"
	"sedlab/framework/spec"
	"sedlab/priors"
)

// fake is a config with one key of each type, so that these tests do not depend on the
// kinds of prior that exist.
type fake struct {
	CodeDim    int     `spec:"code_dim" default:"50" range:"[1,4096]" doc:"length of a code"`
	Hidden     []int   `spec:"hidden" default:"[512, 512]" range:"[1,65536]"`
	Activation leaky   `spec:"activation"`
	BatchNorm  bool    `spec:"batch_norm" default:"true"`
	Sphere     bool    `spec:"sphere" default:"true"`
	Training   trained `spec:"train"`
}

type leaky struct {
	LeakyReLU float64 `spec:"leaky_relu" default:"0.2" range:"[0,1)"`
}

type trained struct {
	Epochs      int     `spec:"epochs" default:"10000" range:"[1,inf)"`
	BatchSize   int     `spec:"batch_size" default:"64" range:"[1,65536]"`
	LRGenerator float64 `spec:"lr_generator" default:"0.1" range:"(0,inf)"`
	LRCodes     float64 `spec:"lr_codes" default:"0.01" range:"(0,inf)"`
	WeightDecay float64 `spec:"weight_decay" default:"1e-5" range:"[0,inf)"`
	Schedule    string  `spec:"schedule" default:"constant" enum:"constant|cosine"`
}

func (f *fake) Check(n, dim int) []priors.KeyError {
	if f.BatchNorm && f.Training.BatchSize == 1 {
		return []priors.KeyError{{Key: "train.batch_size", Problem: "got 1 with batch_norm; expected 2 or more"}}
	}
	return nil
}

func (f *fake) Continues() (string, int, *priors.KeyError) {
	if f.Training.Schedule == "cosine" {
		return "train.epochs", 0, &priors.KeyError{Key: "train.schedule", Problem: "got cosine; expected constant, to train on"}
	}
	return "train.epochs", f.Training.Epochs, nil
}

func (f *fake) Train(context.Context, priors.Data) (priors.Prior, error) { return nil, nil }

func (f *fake) FreeCodes() string { return map[bool]string{false: "sphere"}[f.Sphere] }

// plain is a config with a single key, or none.
type plain struct {
	CodeDim int `spec:"code_dim" default:"50" range:"[1,4096]"`
}

func (p *plain) Check(n, dim int) []priors.KeyError {
	if n > 0 && p.CodeDim > n-1 {
		return []priors.KeyError{{Key: "code_dim", Problem: fmt.Sprintf("%d training signals have %d components", n, n-1)}}
	}
	return nil
}
func (*plain) Train(context.Context, priors.Data) (priors.Prior, error) { return nil, nil }

type bare struct{}

func (*bare) Check(n, dim int) []priors.KeyError                       { return nil }
func (*bare) Train(context.Context, priors.Data) (priors.Prior, error) { return nil, nil }

func options(sets ...string) spec.Options {
	var edits []spec.Edit
	for _, set := range sets {
		edits = append(edits, spec.Edit{Origin: "--set", Text: set})
	}
	c := catalog.Default()
	c.Priors = []priors.Kind{
		{Name: "glo", Doc: "a generator", Version: 1, New: func() priors.Config { return &fake{} }},
		{Name: "pca", Doc: "an affine prior", Version: 1, New: func() priors.Config { return &plain{} }},
		{Name: "zero", Doc: "nothing", Version: 1, New: func() priors.Config { return &bare{} }},
	}
	return spec.Options{Edits: edits, Catalog: c}
}

// affine is a prior that every solver accepts.
type affine struct{}

func (affine) Dim() int         { return 0 }
func (affine) Mean() []float32  { return nil }
func (affine) Basis() []float32 { return nil }

func (*fake) Blank() priors.Prior  { return affine{} }
func (*plain) Blank() priors.Prior { return affine{} }
func (*bare) Blank() priors.Prior  { return affine{} }

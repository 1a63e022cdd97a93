package spec

import (
	"fmt"
	"regexp"

	"sedlab/datasets"
	"sedlab/internal/kind"
	"sedlab/internal/yamlpos"
)

// document is the top level of a spec file. Sections that name a kind are nodes, whose
// keys the slots know.
type document struct {
	Extends  *yamlpos.Node `spec:"extends" example:"paper/figure2a" doc:"a spec that this one is laid over, or a list of them in which later ones win; names of shipped specs, or paths from this file's folder"`
	Unset    *yamlpos.Node `spec:"unset" example:"[sweep, priors.pca]" doc:"a key, or a list of keys, to remove from what is extended"`
	Name     string        `spec:"name" required:"true" example:"figure2a" doc:"names the run's folder"`
	Seed     uint64        `spec:"seed" default:"0" example:"1" range:"[0,9007199254740992]" doc:"names every random stream whose stage has no seed of its own in seeds; at most 2^53, which all table readers keep exactly"`
	Seeds    seedKeys      `spec:"seeds" doc:"a seed for a stage alone, so that it can be varied or held while the others stay"`
	Dataset  *yamlpos.Node `spec:"dataset" doc:"the signals"`
	Priors   *yamlpos.Node `spec:"priors" required:"true" example:"{glo: {kind: glo}, pca: {kind: pca, code_dim: 20}}" doc:"a section with one prior or more: name: {kind: …}"`
	Problem  *yamlpos.Node `spec:"problem" doc:"the inverse problem"`
	Solver   *yamlpos.Node `spec:"solver" doc:"how a reconstruction is found"`
	Evaluate Evaluate      `spec:"evaluate" doc:"the signals that are reconstructed"`
	Sweep    *yamlpos.Node `spec:"sweep" example:"{problem.missing_fraction: [0.1, 0.4]}" doc:"keys with lists of values, which make a grid; or a list of such grids, all of which are run"`
	Select   *Select       `spec:"select" doc:"chooses the best of the settings that the sweep tries, by the signals of the validation split"`
	Report   *yamlpos.Node `spec:"report" example:"[{figure: training}]" doc:"a list of figures"`
}

// Fields returns the keys at the top of a spec, without those below the slots.
func Fields() []yamlpos.Field { return yamlpos.Fields(document{}) }

// stepKeys has the lists of steps, decoded item by item.
type stepKeys struct {
	Prepare    *yamlpos.Node `spec:"prepare" example:"[{step: rest_frame}, {step: rebin, fluxes: 500}]" doc:"steps that bring each spectrum, on a grid of its own, to the grid of the data set, in order; for source spectra alone, where [{step: rest_frame}, {step: mask}, {step: rebin}] is the default"`
	Preprocess *yamlpos.Node `spec:"preprocess" example:"[{step: crop, from: 3700}]" doc:"steps that prepare the signals before they are normalised, in order, fitted only on the training split"`
}

// priorKeys are the keys of every kind of prior.
type priorKeys struct {
	Solver *yamlpos.Node `spec:"solver" example:"{lr: 0.1}" doc:"keys of the section solver that differ for this prior"`
}

// NamePattern matches the names of specs and priors, which can be part of the name of a
// folder on any system.
const NamePattern = `^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`

var validName = regexp.MustCompile(NamePattern)

// Bounds on lists of a spec.
const (
	maxPriors = 100
	maxSteps  = 100
)

const validNameText = "expected up to 64 letters, digits, - and _"

// reader decodes the trees of one file.
type reader struct {
	opt   Options
	yaml  *yamlpos.Decoder
	slots Slots
	root  *yamlpos.Node // of the file, whose sweep may choose kinds
	swept struct {      // see sweeps
		of   *yamlpos.Node
		keys map[string]bool
	}
	shared  map[string]any
	checked map[any]bool
	splits  map[splitKey]datasets.Assignment
	counted int // signals in splits
}

func newReader(opt Options, errs *yamlpos.Errors) *reader {
	s := opt.Slots()
	d := &yamlpos.Decoder{Names: opt.Names(), Errs: errs, Path: opt.path}
	return &reader{
		opt: opt, slots: s, yaml: d,
		shared: map[string]any{}, checked: map[any]bool{}, splits: map[splitKey]datasets.Assignment{},
	}
}

func (r *reader) add(pos yamlpos.Pos, key, format string, args ...any) {
	r.yaml.Errs.Add(pos, key, format, args...)
}

// document decodes the top level of a tree, without the slots.
func (r *reader) document(root *yamlpos.Node) (d document) {
	r.yaml.DecodeFields(r.fields(root), root, "", &d)
	if n := root.Child("name"); n != nil && d.Name != "" && !validName.MatchString(d.Name) {
		r.add(n.Pos, "name", "got %q; %s", d.Name, validNameText)
	}
	return d
}

// sectionOrEmpty returns a section of a tree, or an empty one if it is missing.
func sectionOrEmpty(root *yamlpos.Node, name string) *yamlpos.Node {
	if n := root.Child(name); n != nil {
		return n
	}
	return &yamlpos.Node{Kind: yamlpos.Mapping, Pos: root.Pos}
}

func (r *reader) dataset(root *yamlpos.Node) *Dataset {
	var d Dataset
	var list stepKeys
	d.Source, _ = choose(r, r.slots.Dataset, r.opt.Sources, sectionOrEmpty(root, "dataset"), "dataset", &list, &d.datasetKeys)
	d.Prepare = steps(r, r.slots.Prepare, r.opt.Prepare, r.prepare(d.Source.Config, list.Prepare))
	d.Preprocess = steps(r, r.slots.Step, r.opt.Steps, list.Preprocess)
	return share(r, &d, d.node())
}

// defaultPrepare is the default of dataset.prepare.
const defaultPrepare = "[{step: rest_frame}, {step: mask}, {step: rebin}]"

// prepare returns the list of steps for the spectra of a source: as written, or the default.
func (r *reader) prepare(source datasets.Config, n *yamlpos.Node) *yamlpos.Node {
	if _, ok := source.(datasets.Preparer); ok {
		if n == nil {
			return yamlpos.ParseValue(defaultPrepare, "default", r.yaml.Errs)
		}
		return n
	}
	if n != nil && source != nil && !r.opt.Recorded {
		r.add(n.Pos, r.slots.Prepare.Path, "has no effect, because the signals of this source are on one grid; expected source: spectra, or steps under preprocess")
	}
	return nil
}

// steps decodes a list of steps.
func steps[C any](r *reader, s Slot, kinds []kind.Kind[C], n *yamlpos.Node) []Choice[C] {
	path := s.Path
	switch {
	case n == nil:
		return nil
	case n.Kind != yamlpos.Sequence:
		r.add(n.Pos, path, "%s; expected a list of steps such as - {step: …}", n.Got())
		return nil
	case len(n.Items) > maxSteps:
		r.add(n.Pos, path, "has %d steps; expected at most %d", len(n.Items), maxSteps)
		return nil
	}
	var list []Choice[C]
	for i, item := range n.Items {
		if c, ok := choose(r, s, kinds, item, stepPath(s, i)); ok {
			list = append(list, c)
		}
	}
	return list
}

// problem returns the section problem, and its tree with every default filled in.
func (r *reader) problem(root *yamlpos.Node) (*Problem, *yamlpos.Node) {
	var p Problem
	p.Operator, _ = choose(r, r.slots.Problem, r.opt.Operators, sectionOrEmpty(root, "problem"), "problem", &p.problemKeys)
	n := p.node()
	return share(r, &p, n), n
}

func (r *reader) solver(root *yamlpos.Node) *Solver {
	var s Solver
	s.Choice, _ = choose(r, r.slots.Solver, r.opt.Solvers, sectionOrEmpty(root, "solver"), "solver")
	return share(r, &s, s.node("method"))
}

// share returns the first section that was shared with the same content, or v.
func share[T any](r *reader, v *T, content *yamlpos.Node) *T {
	key := fmt.Sprintf("%T%s", v, jsonOf(content))
	if old, ok := r.shared[key]; ok {
		return old.(*T)
	}
	r.shared[key] = v
	return v
}

// node returns the section with every default filled in.
func (d *Dataset) node() *yamlpos.Node {
	n := d.Source.node("source")
	if _, ok := d.Source.Config.(datasets.Preparer); ok {
		n.Add("prepare", stepsNode(d.Prepare))
	}
	if len(d.Preprocess) > 0 {
		n.Add("preprocess", stepsNode(d.Preprocess))
	}
	n.Entries = append(n.Entries, yamlpos.Encode(d.datasetKeys).Entries...)
	return n
}

func stepsNode[C any](steps []Choice[C]) *yamlpos.Node {
	list := &yamlpos.Node{Kind: yamlpos.Sequence}
	for _, step := range steps {
		list.Items = append(list.Items, step.node("step"))
	}
	return list
}

// node returns the section with every default filled in.
func (p *Problem) node() *yamlpos.Node {
	n := p.Operator.node("operator")
	n.Entries = append(n.Entries, yamlpos.Encode(p.problemKeys).Entries...)
	return n
}

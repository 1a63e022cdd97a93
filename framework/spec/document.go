package spec

import (
	"regexp"

	"sedlab/framework/dataset"
	"sedlab/internal/yamlpos"
	"sedlab/priors"
)

// document is the top level of a spec file.
type document struct {
	Extends  *yamlpos.Node `spec:"extends" example:"paper/figure2a" doc:"a spec that this one is laid over, or a list of them, of which later ones win: names of shipped specs, or paths from this file's folder"`
	Unset    *yamlpos.Node `spec:"unset" example:"[sweep, priors.pca]" doc:"a key, or a list of keys, taken out of what is extended"`
	Name     string        `spec:"name" required:"true" example:"figure2a" doc:"names the run's folder"`
	Seed     uint64        `spec:"seed" default:"0" example:"1" range:"[0,9007199254740992]" doc:"names every random stream; at most 2^53, which all table readers keep exactly"`
	Dataset  Dataset       `spec:"dataset" doc:"the signals"`
	Priors   *yamlpos.Node `spec:"priors" required:"true" example:"{glo: {kind: glo}, pca: {kind: pca, code_dim: 20}}" doc:"a section with one prior or more: name: {kind: …}"`
	Problem  Problem       `spec:"problem" doc:"the inverse problem"`
	Solver   Solver        `spec:"solver" doc:"how a reconstruction is found"`
	Evaluate Evaluate      `spec:"evaluate" doc:"on which signals"`
	Sweep    *yamlpos.Node `spec:"sweep" example:"{problem.missing_fraction: [0.1, 0.4]}" doc:"keys with the values that each takes, a grid; or a list of such grids, their union"`
	Select   *Select       `spec:"select" doc:"which of the settings that the sweep tries is the best, by the signals of the validation split"`
	Report   *yamlpos.Node `spec:"report" example:"[{figure: training}]" doc:"a list of figures"`
}

// Fields returns the keys of a spec, without those of priors and figures.
func Fields() []yamlpos.Field { return yamlpos.Fields(document{}) }

// NamePattern is what names of specs and priors match: what can be part of a
// folder's name on any system.
const NamePattern = `^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$`

var validName = regexp.MustCompile(NamePattern)

const maxPriors = 100

const validNameText = "expected up to 64 letters, digits, - and _"

// reader decodes trees of one file.
type reader struct {
	opt     Options
	yaml    *yamlpos.Decoder
	splits  map[splitKey]dataset.Assignment
	counted int // signals in splits
}

func newReader(opt Options, errs *yamlpos.Errors) *reader {
	return &reader{
		opt: opt, yaml: &yamlpos.Decoder{Names: opt.Names(), Errs: errs}, splits: map[splitKey]dataset.Assignment{},
	}
}

func (r *reader) add(pos yamlpos.Pos, key, format string, args ...any) {
	r.yaml.Errs.Add(pos, key, format, args...)
}

// spec decodes a tree, but for its sweep and report.
func (r *reader) spec(root *yamlpos.Node) *Spec {
	var d document
	r.yaml.DecodeFields(r.keys(root), root, "", &d)
	if n := root.Child("name"); n != nil && d.Name != "" && !validName.MatchString(d.Name) {
		r.add(n.Pos, "name", "got %q; %s", d.Name, validNameText)
	}
	list := r.priors(d.Priors)
	return &Spec{
		Name: d.Name, Seed: d.Seed, Dataset: d.Dataset, Priors: list,
		Problem: d.Problem, Solver: d.Solver, Evaluate: d.Evaluate, Select: d.Select.of(list),
	}
}

func (r *reader) priors(n *yamlpos.Node) []Prior {
	if n == nil {
		return nil
	}
	if n.Kind != yamlpos.Mapping || len(n.Entries) == 0 {
		r.add(n.Pos, "priors", "%s; expected a section with one prior or more: name: {kind: …}", n.Got())
		return nil
	}
	if len(n.Entries) > maxPriors {
		r.add(n.Pos, "priors", "got %d priors; expected at most %d", len(n.Entries), maxPriors)
		return nil
	}
	var list []Prior
	for _, e := range n.Entries {
		path := yamlpos.Join("priors", e.Key)
		if !validName.MatchString(e.Key) {
			r.add(e.Pos, path, "got a prior named %q; %s", e.Key, validNameText)
			continue
		}
		if p, ok := r.prior(e, path); ok {
			list = append(list, p)
		}
	}
	return list
}

// kindOf is the key that says which other keys a prior has.
type kindOf struct {
	Kind string `spec:"kind" required:"true" enum:"@kinds" doc:"kind of prior"`
}

func (r *reader) prior(e yamlpos.Entry, path string) (Prior, bool) {
	if e.Value.Kind != yamlpos.Mapping {
		r.add(e.Value.Pos, path, "%s; expected a section such as {kind: …}", e.Value.Got())
		return Prior{}, false
	}
	before := r.yaml.Errs.Len()
	var k kindOf
	r.yaml.Decode(only(e.Value, "kind"), path, &k)
	kind, ok := r.opt.kind(k.Kind)
	if !ok || r.yaml.Errs.Len() > before {
		return Prior{}, false
	}
	config := kind.New()
	r.yaml.Decode(e.Value.Without("kind"), path, config)
	return Prior{Name: e.Key, Kind: k.Kind, Config: config}, true
}

// only returns a mapping with no key but one.
func only(n *yamlpos.Node, key string) *yamlpos.Node {
	var others []string
	for _, e := range n.Entries {
		if e.Key != key {
			others = append(others, e.Key)
		}
	}
	return n.Without(others...)
}

// document is the inverse of reader.spec: every default filled in.
func (s *Spec) document() document {
	list := &yamlpos.Node{Kind: yamlpos.Mapping}
	for _, p := range s.Priors {
		list.Entries = append(list.Entries, yamlpos.Entry{Key: p.Name, Value: p.node()})
	}
	d := document{
		Name: s.Name, Seed: s.Seed, Dataset: s.Dataset, Priors: list,
		Problem: s.Problem, Solver: s.Solver, Evaluate: s.Evaluate, Select: s.Select,
	}
	if len(s.Report) > 0 {
		d.Report = &yamlpos.Node{Kind: yamlpos.Sequence}
	}
	for _, f := range s.Report {
		d.Report.Items = append(d.Report.Items, figureNode(f))
	}
	return d
}

func (s *Spec) node() *yamlpos.Node { return yamlpos.Encode(s.document()) }

func (p Prior) node() *yamlpos.Node {
	n := yamlpos.Encode(kindOf{p.Kind})
	n.Entries = append(n.Entries, yamlpos.Encode(p.Config).Entries...)
	return n
}

// KindFields returns the keys of a prior of a kind, without "kind" itself.
func KindFields(kind priors.Kind) []yamlpos.Field { return yamlpos.Fields(kind.New()) }

package plan

import (
	"encoding/json"
	"strconv"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// The versions of the steps that results are made by, apart from the kinds that
// they use: raised whenever the same inputs come to give other results, so that
// older entries of a cache are left.
const (
	dataVersion  = 1
	trainVersion = 1
	solveVersion = 1
)

// StepVersion returns the version of the step that reads the keys that a section
// has whatever kind it chooses; 0 for a section that no result depends on.
func StepVersion(section string) int {
	return map[string]int{"dataset": dataVersion, "priors": trainVersion, "problem": solveVersion, "solver": solveVersion}[section]
}

// Machine is what of a machine and a program changes the bits of results.
type Machine struct {
	Kernel string            `json:"kernel"`          // of internal/f32, and the architecture
	Build  map[string]string `json:"build,omitempty"` // the compiler's settings
}

// Every step has inputs: JSON of all that its results depend on and of nothing
// else, in which what is as it is by default is left out. Its key is their hash.
// Paths, names, order, workers and time are no inputs, nor is any key, kind or
// column that the step does not use: adding one changes no key.

// dataInputs is what the signals are that a prior sees.
type dataInputs struct {
	Version int           `json:"version"`
	Source  *yamlpos.Node `json:"source"`
	datasets.Identity
	// Steps are fitted to the training signals.
	Steps     []*yamlpos.Node `json:"steps,omitempty"`
	Fitted    *trainingSplit  `json:"fitted,omitempty"`
	Normalize *yamlpos.Node   `json:"normalize,omitempty"`
}

// trainingSplit says which signals are on which side.
type trainingSplit struct {
	Split *yamlpos.Node `json:"split"`
	Seed  uint64        `json:"seed"`
}

// trainInputs is what determines a trained prior.
type trainInputs struct {
	Step    string     `json:"step"`
	Version int        `json:"version"`
	Data    dataInputs `json:"dataset"`
	trainingSplit
	Corrupt *yamlpos.Node `json:"corrupt,omitempty"`
	Prior   *yamlpos.Node `json:"prior"`
	Machine
}

func newDataInputs(s *spec.Spec, id datasets.Identity) dataInputs {
	d := s.Dataset
	in := dataInputs{Version: dataVersion, Source: d.Source.Changed(), Identity: id}
	for _, step := range d.Preprocess {
		in.Steps = append(in.Steps, step.Changed())
		in.Fitted = &trainingSplit{yamlpos.Changed(d.Split), s.Seed}
	}
	if keys := d.ChangedKeys(); keys.Child("normalize") != nil {
		in.Normalize = keys.Child("normalize")
	}
	return in
}

func newTrainInputs(s *spec.Spec, p *spec.Prior, data dataInputs, m Machine) trainInputs {
	in := trainInputs{
		Step: "train", Version: trainVersion, Data: data, Machine: m, Prior: p.Changed(),
		trainingSplit: trainingSplit{yamlpos.Changed(s.Dataset.Split), s.Seed},
	}
	if s.Dataset.Corrupt.Corrupts() {
		in.Corrupt = yamlpos.Changed(s.Dataset.Corrupt)
	}
	return in
}

// continuedKey returns the key of the state that a training shares with longer
// ones: that of its inputs without its length, a key of the prior.
func (in trainInputs) continuedKey(length string) (cache.Key, error) {
	in.Step = "continue"
	in.Prior = without(in.Prior, "keys."+length)
	key, _, err := cache.KeyOf(in)
	return key, err
}

// without returns a tree without what is at a path, and without the sections that
// this leaves empty.
func without(n *yamlpos.Node, path string) *yamlpos.Node {
	for ; path != ""; path = parent(path) {
		if section := n.Get(path); section != nil && section.Kind == yamlpos.Mapping && len(section.Entries) > 0 {
			break
		}
		n, _ = n.Drop(path)
	}
	return n
}

func parent(path string) string {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i] == '.' {
			return path[:i]
		}
	}
	return ""
}

// cellInputs are the parts of what determines a cell's rows, in canonical JSON:
// cells share most of them. The signals are no part: rows are of one each.
type cellInputs struct {
	training cache.Key
	problem  problemInputs
	solver   json.RawMessage
	split    string
}

// problemInputs is the canonical JSON of the operator and of the noise.
type problemInputs struct{ operator, noise json.RawMessage }

func newProblemInputs(p *spec.Problem) problemInputs {
	return problemInputs{p.Operator.Changed().Canonical(), p.ChangedKeys().Canonical()}
}

// newSolverInputs returns the canonical JSON of what a prior's solver reads.
func newSolverInputs(p *spec.Prior) json.RawMessage {
	return p.Solver.Changed(p.Solver.Config.Ignores(p.Config)...).Canonical()
}

// canonical returns the inputs as cache.KeyOf would write them: the keys sorted.
func (in cellInputs) canonical() json.RawMessage {
	b := make([]byte, 0, 512)
	for _, x := range []struct {
		key  string
		text []byte
	}{
		{`{"noise":`, in.problem.noise}, {`,"operator":`, in.problem.operator}, {`,"solver":`, in.solver},
		{`,"split":`, strconv.AppendQuote(nil, in.split)}, {`,"step":"solve","training":`, strconv.AppendQuote(nil, string(in.training))},
		{`,"version":`, strconv.AppendInt(nil, solveVersion, 10)},
	} {
		b = append(append(b, x.key...), x.text...)
	}
	return append(b, '}')
}

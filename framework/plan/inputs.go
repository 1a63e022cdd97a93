package plan

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/yamlpos"
)

// The versions of the steps themselves; kinds have their own versions. A version is
// raised whenever the same inputs come to give different results. Earlier entries of the
// cache are then no longer found.
const (
	dataVersion  = 1
	trainVersion = 1
	solveVersion = 1
)

// StepVersion returns the version of the step that reads a section's fixed keys, which
// the section has for every kind. It is 0 if no result depends on them.
func StepVersion(section string) int {
	return map[string]int{"dataset": dataVersion, "priors": trainVersion, "problem": solveVersion, "solver": solveVersion}[section]
}

// Machine holds the properties of a machine that change the bits of results.
type Machine struct {
	Kernel string            `json:"kernel"`          // the kernel of internal/f32, and the architecture
	Build  map[string]string `json:"build,omitempty"` // the compiler's settings
}

// Every step has inputs: JSON of everything that its results depend on, and of
// nothing else. Keys at their defaults are left out, so that a new key with a default
// changes no inputs. The step's key is the hash of its inputs. Paths, names, order,
// workers and time are not inputs; neither are keys, kinds and columns that the step
// does not use.

// dataInputs determines the prepared signals.
type dataInputs struct {
	Version int           `json:"version"`
	Source  *yamlpos.Node `json:"source"`
	datasets.Identity
	Prepare []*yamlpos.Node `json:"prepare,omitempty"`
	// Steps are fitted to the training signals.
	Steps     []*yamlpos.Node `json:"steps,omitempty"`
	Fitted    *trainingSplit  `json:"fitted,omitempty"`
	Normalize *yamlpos.Node   `json:"normalize,omitempty"`
}

// trainingSplit determines which signals are on which side.
type trainingSplit struct {
	Split *yamlpos.Node `json:"split"`
	Seed  uint64        `json:"seed"`
}

// trainInputs determines a trained prior.
type trainInputs struct {
	Step    string     `json:"step"`
	Version int        `json:"version"`
	Data    dataInputs `json:"dataset"`
	trainingSplit
	Seeds   *stageSeeds   `json:"seeds,omitempty"`
	Unit    string        `json:"unit,omitempty"` // of the prior, where it may not be that of the data
	Corrupt *yamlpos.Node `json:"corrupt,omitempty"`
	Prior   *yamlpos.Node `json:"prior"`
	Start   string        `json:"start_sha256,omitempty"` // of the prior's file that it begins with
	Machine
}

func newDataInputs(s *spec.Spec, id datasets.Identity) dataInputs {
	d := s.Dataset
	in := dataInputs{Version: dataVersion, Source: d.Source.Changed(), Identity: id}
	for _, step := range d.Prepare {
		in.Prepare = append(in.Prepare, step.Changed())
	}
	for _, step := range d.Preprocess {
		in.Steps = append(in.Steps, step.Changed())
		in.Fitted = &trainingSplit{yamlpos.Changed(d.Split), s.Seeds.Split}
	}
	if keys := d.ChangedKeys(); keys.Child("normalize") != nil {
		in.Normalize = keys.Child("normalize")
	}
	return in
}

func newTrainInputs(t Training, data dataInputs, m Machine) trainInputs {
	in := trainInputs{
		Step: "train", Version: trainVersion, Data: data, Machine: m, Prior: t.Prior.TrainingKeys(), Start: t.Start,
		trainingSplit: trainingSplit{yamlpos.Changed(t.Dataset.Split), t.Seeds.Split},
		Seeds:         t.stageSeeds(),
	}
	if t.Dataset.Normalize != "rms" {
		in.Unit = "rms of training signals"
	}
	if t.Dataset.Corrupt.Corrupts() {
		in.Corrupt = yamlpos.Changed(t.Dataset.Corrupt)
	}
	return in
}

// continuedKey returns the hash of the inputs without the prior's key length, which is
// equal for trainings that go on from one another.
func (in trainInputs) continuedKey(length string) (cache.Key, error) {
	in.Step = "continue"
	in.Prior = without(in.Prior, "keys."+length)
	key, _, err := cache.KeyOf(in)
	return key, err
}

// without returns a tree without the value at a path and without the sections that
// its removal leaves empty.
func without(n *yamlpos.Node, path string) *yamlpos.Node {
	for ; path != ""; path = path[:max(0, strings.LastIndexByte(path, '.'))] {
		if section := n.Get(path); section != nil && section.Kind == yamlpos.Mapping && len(section.Entries) > 0 {
			break
		}
		n, _ = n.Drop(path)
	}
	return n
}

// cellInputs determine a cell's rows. They are parts in canonical JSON, because
// cells share most of them. The number of evaluated signals is not an input, because
// each row depends only on its own signal.
type cellInputs struct {
	training  json.RawMessage // a key, or composedInputs
	problem   problemInputs
	solver    json.RawMessage
	seeds     *stageSeeds
	scale     string // of measurements; empty for the default
	oracle    bool
	calibrate int // validation signals; 0 for none
	split     string
}

// composedInputs determine a prior that is made of others. The names of these are no inputs.
type composedInputs struct {
	Members []cache.Key   `json:"members"` // of their trainings
	Prior   *yamlpos.Node `json:"prior"`
}

// problemInputs is the canonical JSON of the operator and of the noise.
type problemInputs struct{ operator, noise json.RawMessage }

func newProblemInputs(p *spec.Problem) problemInputs {
	return problemInputs{p.Operator.Changed().Canonical(), p.ChangedKeys().Canonical()}
}

// newSolverInputs returns the canonical JSON of the keys that a prior's solver or its own search
// reads: null for a prior that needs none. For a prior that is made of others, it is the list of theirs.
func newSolverInputs(p *spec.Prior) json.RawMessage {
	if len(p.Members) > 0 {
		list := []byte("[")
		for i, m := range p.Members {
			if i > 0 {
				list = append(list, ',')
			}
			list = append(list, newSolverInputs(m)...)
		}
		return append(list, ']')
	}
	if keys := p.SolverKeys(); keys != nil {
		return keys.Canonical()
	}
	return json.RawMessage("null")
}

// entry is a key of a JSON object, with what goes before and after it, and its value.
type entry struct {
	key  string
	text []byte
}

// scaleEntry returns the entry of the scale, empty for the default.
func (in cellInputs) scaleEntry() entry {
	if in.scale == "" {
		return entry{}
	}
	return entry{`,"scale":`, strconv.AppendQuote(nil, in.scale)}
}

// calibrateVersion is raised whenever the same validation signals come to give another factor.
const calibrateVersion = 1

// calibrateEntry returns the first entry, of the validation signals and the version, with the brace before it.
func (in cellInputs) calibrateEntry() entry {
	if in.calibrate == 0 {
		return entry{"{", nil}
	}
	return entry{`{"calibrate":`, fmt.Appendf(nil, "[%d,%d],", in.calibrate, calibrateVersion)}
}

// oracleEntry returns the entry of the oracle, empty if there is none.
func (in cellInputs) oracleEntry() entry {
	if !in.oracle {
		return entry{}
	}
	return entry{`,"oracle":`, []byte("true")}
}

// canonical returns the inputs as cache.KeyOf would write them: the keys sorted.
func (in cellInputs) canonical() json.RawMessage {
	b := make([]byte, 0, 512)
	for _, x := range []entry{
		in.calibrateEntry(), {`"noise":`, in.problem.noise}, {`,"operator":`, in.problem.operator}, in.oracleEntry(), in.scaleEntry(), {in.seeds.before(), in.seeds.canonical()}, {`,"solver":`, in.solver},
		{`,"split":`, strconv.AppendQuote(nil, in.split)}, {`,"step":"solve","training":`, in.training},
		{`,"version":`, strconv.AppendInt(nil, solveVersion, 10)},
	} {
		b = append(append(b, x.key...), x.text...)
	}
	return append(b, '}')
}

// scaleOf returns evaluate.scale, or "" for its default.
func scaleOf(e *spec.Evaluate) string {
	if e.Scale == spec.ScaleMeasured {
		return e.Scale
	}
	return ""
}

// remember returns make(key), computed once for each key.
func remember[K comparable, V any](known map[K]V, key K, make func(K) V) V {
	v, ok := known[key]
	if !ok {
		v = make(key)
		known[key] = v
	}
	return v
}

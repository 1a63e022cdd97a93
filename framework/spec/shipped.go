package spec

import (
	"fmt"
	"slices"

	"sedlab/experiments"
	"sedlab/internal/yamlpos"
)

// Experiment is a spec that ships with sedlab.
type Experiment struct {
	Name string
	Header
	Text []byte // of its file
}

// Experiments returns the specs that ship with sedlab and can be run, sorted by folder.
func Experiments() (list []Experiment) {
	for _, name := range experiments.Names() {
		list = append(list, experiment(name))
	}
	return list
}

// FindExperiment returns the spec that ships under a name. It may be one that others only
// extend.
func FindExperiment(name string) (Experiment, error) {
	if known := extendable(); !slices.Contains(known, name) {
		return Experiment{}, fmt.Errorf("experiment %q: none has this name; %s", name, yamlpos.Instead(name, known))
	}
	return experiment(name), nil
}

func experiment(name string) Experiment {
	src, _ := openShipped(name) // the name is known
	return Experiment{name, newHeader(string(src.text)), src.text}
}

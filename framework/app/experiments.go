package app

import "sedlab/framework/spec"

// Experiment is a spec that ships with the program.
type Experiment struct {
	Name     string `json:"name"`
	Question string `json:"question"`
	Takes    string `json:"takes"`          // how long a run takes
	Expect   string `json:"expect"`         // the result to expect
	Text     string `json:"text,omitempty"` // of its file
}

// Experiments lists the specs that ship with the program, without their texts.
func Experiments() []Experiment {
	var list []Experiment
	for _, s := range spec.Experiments() {
		list = append(list, newExperiment(s))
	}
	return list
}

// FindExperiment returns the spec that ships under a name, with its text; it may be one
// that others only extend. The error is a *QueryError if there is none.
func FindExperiment(name string) (*Experiment, error) {
	s, err := spec.FindExperiment(name)
	if err != nil {
		return nil, &QueryError{err}
	}
	e := newExperiment(s)
	e.Text = string(s.Text)
	return &e, nil
}

func newExperiment(s spec.Experiment) Experiment {
	return Experiment{Name: s.Name, Question: s.Question, Takes: s.Takes, Expect: s.Expect}
}

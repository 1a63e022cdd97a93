package spec

import (
	"cmp"
	"slices"

	"sedlab/internal/yamlpos"
	"sedlab/operators"
	"sedlab/priors"
	"sedlab/solvers"
)

// Seeds name the random streams of the stages of an experiment, so that one of them can
// be varied alone.
type Seeds struct {
	Split   uint64 // data: those that are made, sides, corruption, the choice of evaluated signals
	Train   uint64 // training of priors
	Problem uint64 // operators and noise
	Solver  uint64 // starts of searches
}

// seedKeys are the seeds that a spec writes; nil means the spec's seed.
type seedKeys struct {
	Split   *uint64 `spec:"split" example:"1" range:"[0,9007199254740992]" doc:"the data: which split a signal is in, which signals are evaluated, what dataset.corrupt does, and the signals of a source that makes them; if left out, seed"`
	Train   *uint64 `spec:"train" example:"1" range:"[0,9007199254740992]" doc:"the training: first weights, first codes, batches; if left out, seed"`
	Problem *uint64 `spec:"problem" example:"1" range:"[0,9007199254740992]" doc:"the problem: hidden fluxes, random operators, noise; if left out, seed"`
	Solver  *uint64 `spec:"solver" example:"1" range:"[0,9007199254740992]" doc:"the search: the codes that it starts from; if left out, seed"`
}

// of returns the seeds of a spec with a seed.
func (k seedKeys) of(seed uint64) Seeds {
	or := func(own *uint64) uint64 {
		if own != nil {
			return *own
		}
		return seed
	}
	return Seeds{or(k.Split), or(k.Train), or(k.Problem), or(k.Solver)}
}

// node returns the section with every seed.
func (s Seeds) node() *yamlpos.Node {
	return yamlpos.Encode(seedKeys{&s.Split, &s.Train, &s.Problem, &s.Solver})
}

// Distinct returns the seeds in ascending order, each once.
func (s Seeds) Distinct() []uint64 {
	list := []uint64{s.Split, s.Train, s.Problem, s.Solver}
	slices.Sort(list)
	return slices.Compact(list)
}

// TrainedAtRandom reports whether training the prior reads Seeds.Train.
func (p *Prior) TrainedAtRandom() bool {
	_, seedless := p.Config.(priors.Seedless)
	return !seedless
}

// SolvedAtRandom reports whether solving with the prior, or with any of its members, reads
// Seeds.Solver.
func (p *Prior) SolvedAtRandom() bool {
	return slices.ContainsFunc(p.Parts(), func(p *Prior) bool {
		_, ignored := solvers.Reads(p.Solver.Config, p.Config)
		return !slices.Contains(ignored, solvers.Seed)
	})
}

// TrainingKeys returns what training the prior reads of its keys, as far as it differs from the
// defaults.
func (p *Prior) TrainingKeys() *yamlpos.Node {
	if s, ok := p.Config.(priors.Searcher); ok {
		return p.Changed(s.SearchKeys()...)
	}
	return p.Changed()
}

// StartsFrom returns the path of the file that the prior's training begins with, and the key of the
// spec that has it; "" if there is none.
func (p *Prior) StartsFrom() (path, key string) {
	if s, ok := p.Config.(priors.Starter); ok {
		path, key = s.StartsFrom()
	}
	return path, yamlpos.Join("priors."+p.Name, key)
}

// SearchKeys returns the keys of the prior's own search, as far as they differ from the defaults;
// nil if none does.
func (p *Prior) SearchKeys() *yamlpos.Node {
	s, ok := p.Config.(priors.Searcher)
	if !ok {
		return nil
	}
	keys := yamlpos.Changed(p.Config).Only(s.SearchKeys()...)
	if len(keys.Entries) == 0 {
		return nil
	}
	n := &yamlpos.Node{Kind: yamlpos.Mapping}
	n.Add("keys", keys)
	return n
}

// WithSearch returns a trained prior of this kind, with the settings that this prior has of its
// own search.
func (p *Prior) WithSearch(trained priors.Prior) priors.Prior {
	if s, ok := p.Config.(priors.Searcher); ok {
		return s.WithSearch(trained)
	}
	return trained
}

// SolverKeys returns what solving with a prior without members reads of its solver, or of the
// settings of its own search, as far as it differs from the defaults; nil if it reads nothing.
func (p *Prior) SolverKeys() *yamlpos.Node {
	reads, ignored := solvers.Reads(p.Solver.Config, p.Config)
	if !reads {
		return p.SearchKeys()
	}
	return p.Solver.Changed(ignored...)
}

// Calibrated returns the number of validation signals by which the prior's standard deviations
// are scaled; 0 for a prior that gives none.
func (p *Prior) Calibrated(e *Evaluate) int {
	if _, ok := p.Config.Blank().(priors.Inferrer); !ok {
		return 0
	}
	return e.Calibrate
}

// Random reports whether the problem reads Seeds.Problem.
func (p *Problem) Random() bool {
	_, seedless := p.Operator.Config.(operators.Seedless)
	return !seedless || p.Noise.Amount() > 0
}

// complete reports whether the spec's own seed is no stage's.
func (k seedKeys) complete() bool {
	return k.Split != nil && k.Train != nil && k.Problem != nil && k.Solver != nil
}

// checkSeeds refuses a sweep of the spec's seed where every stage has another.
func (r *reader) checkSeeds(f *File) {
	if slices.ContainsFunc(f.points, func(p Point) bool { return !p.Spec.seeds.complete() }) {
		return
	}
	for _, a := range slices.Concat(f.blocks...) {
		if slices.Contains(a.keys, "seed") {
			r.add(a.pos, yamlpos.Join("sweep", cmp.Or(a.word, "seed")), "is swept in vain: seeds has split, train, problem and solver; expected one of them to be left out")
		}
	}
}

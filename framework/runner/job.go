package runner

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/reports/scores"
)

// job is the work of all cells of one key.
type job struct {
	plan.Cell          // the first of them
	want      coverage // the most that any of them asks for
	have      *outcome // what is there of it: nil, a part, or all
}

// done reports whether nothing is left to do.
func (j *job) done() bool { return j.have != nil && (j.have.err != nil || j.have.covers(j.want)) }

// newJobs returns the jobs of a plan, in the order of their first cells, and the
// job of each cell.
func newJobs(p *plan.Plan) (jobs []*job, of []int) {
	index := map[cache.Key]int{}
	for _, c := range p.Cells {
		i, known := index[c.Key]
		if !known {
			i = len(jobs)
			index[c.Key] = i
			jobs = append(jobs, &job{Cell: c})
		}
		jobs[i].want = jobs[i].want.union(wanted(c.Point.Spec.Evaluate))
		of = append(of, i)
	}
	return jobs, of
}

// coverage is how much of a cell there is: the first signals in the order in which
// they are chosen, and of these the first of which whole reconstructions are kept.
// spec.AllSignals stands for all that the split has.
type coverage struct{ signals, kept int }

func wanted(e *spec.Evaluate) coverage {
	kept := e.Keep
	if kept == spec.KeepAll {
		kept = spec.AllSignals
	}
	return coverage{e.Signals, min(kept, e.Signals)}
}

func (c coverage) union(d coverage) coverage {
	return coverage{max(c.signals, d.signals), max(c.kept, d.kept)}
}

func (c coverage) covers(d coverage) bool { return c.signals >= d.signals && c.kept >= d.kept }

// The keys of an entry's note.
const (
	noteSpec    = "spec"
	notePrior   = "prior"
	noteDataset = "dataset"
	noteSHA256  = "dataset_sha256"
	noteSignals = "signals"
	noteKept    = "kept"
	noteScores  = "scores"
)

// note returns a coverage as an entry of the cache notes it.
func (c coverage) note(note map[string]string) {
	note[noteSignals], note[noteKept] = strconv.Itoa(c.signals), strconv.Itoa(c.kept)
}

// noted returns the coverage that an entry notes.
func noted(note map[string]string) (c coverage, err error) {
	for key, v := range map[string]*int{noteSignals: &c.signals, noteKept: &c.kept} {
		if *v, err = strconv.Atoi(note[key]); err != nil {
			return c, fmt.Errorf("note %q: %w", key, err)
		}
	}
	return c, nil
}

// scoreNames returns the names and versions of scores, as an entry notes them.
func scoreNames(kinds []scores.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, fmt.Sprintf("%s/%d", k.Name, k.Version))
	}
	return strings.Join(names, " ")
}

// scored reports whether an entry has all of some scores.
func scored(note map[string]string, kinds []scores.Kind) bool {
	have := strings.Fields(note[noteScores])
	return !slices.ContainsFunc(strings.Fields(scoreNames(kinds)), func(name string) bool { return !slices.Contains(have, name) })
}

// Cached reports whether the cache seems to have all that a cell asks for, with
// the given scores.
func Cached(c *cache.Cache, cell plan.Cell, scores []scores.Kind) bool {
	note, ok := c.Note(cache.Cells, cell.Key)
	if !ok || !scored(note, scores) {
		return false
	}
	have, err := noted(note)
	return err == nil && have.covers(wanted(cell.Point.Spec.Evaluate))
}

// outcome is what a job has come to. In the cache it has no names: those of the
// run, the prior and the sweep belong to who asks.
type outcome struct {
	coverage
	rows     []record.Signal  // by signal
	examples []record.Example // by signal
	dataset  store.Dataset
	cached   bool  // all of it was found in the cache
	err      error // why something was not reconstructed
}

// of returns what a cell asks for.
func (o *outcome) of(c plan.Cell) ([]record.Signal, []record.Example) {
	want, seed := wanted(c.Point.Spec.Evaluate), c.Point.Spec.Seed
	ids := make([]int, len(o.rows))
	for i, row := range o.rows {
		ids[i] = int(row.SignalID)
	}
	ranked := datasets.Ranked(ids, seed)
	chosen, kept := set(ranked, want.signals), set(ranked, want.kept)
	rows := slices.DeleteFunc(slices.Clone(o.rows), func(s record.Signal) bool { return !chosen[int(s.SignalID)] })
	examples := slices.DeleteFunc(slices.Clone(o.examples), func(e record.Example) bool { return !kept[int(e.SignalID)] })
	return rows, examples
}

// set returns the first n of ids, or all, as a set.
func set(ids []int, n int) map[int]bool {
	m := map[int]bool{}
	for _, id := range ids[:min(n, len(ids))] {
		m[id] = true
	}
	return m
}

// add returns the outcome with the rows and examples of another in it, which win.
func (o *outcome) add(more *outcome) *outcome {
	if o == nil {
		return more
	}
	solved := map[int64]bool{}
	for _, row := range more.rows {
		solved[row.SignalID] = true
	}
	sum := *more
	sum.coverage = o.coverage.union(more.coverage)
	for _, row := range o.rows {
		if !solved[row.SignalID] {
			sum.rows = append(sum.rows, row)
		}
	}
	for _, e := range o.examples {
		if !solved[e.SignalID] {
			sum.examples = append(sum.examples, e)
		}
	}
	slices.SortFunc(sum.rows, func(a, b record.Signal) int { return cmp.Compare(a.SignalID, b.SignalID) })
	slices.SortFunc(sum.examples, func(a, b record.Example) int { return cmp.Compare(a.SignalID, b.SignalID) })
	return &sum
}

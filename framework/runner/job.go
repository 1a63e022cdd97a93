package runner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/plan"
	"sedlab/framework/spec"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/reports/scores"
)

// job is the work of all cells with the same key.
type job struct {
	plan.Cell          // the first of these cells
	want      coverage // the most that any of these cells asks for, or an entry without all scores has
	have      *outcome // results so far; nil if none
	absent    bool     // the cache had no entry when it was looked at first
	made      bool     // another process has made all of it since
}

// done reports whether nothing is left to do.
func (j *job) done() bool { return j.have != nil && (j.have.err != nil || j.have.covers(j.want)) }

// newJobs returns the jobs of a plan, in the order of their first cells, and the
// index of each cell's job.
func newJobs(p *plan.Plan) (jobs []*job, jobOf []int) {
	index := map[cache.Key]int{}
	for _, c := range p.Cells {
		i, known := index[c.Key]
		if !known {
			i = len(jobs)
			index[c.Key] = i
			jobs = append(jobs, &job{Cell: c})
		}
		jobs[i].want = jobs[i].want.union(wanted(c.Point.Spec.Evaluate))
		jobOf = append(jobOf, i)
	}
	return jobs, jobOf
}

// coverage is how much of a cell is done: the number of signals, which are the first
// in ranked order, and the number of these with whole reconstructions kept.
// spec.AllSignals stands for all signals of the split.
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
	noteCounts  = "counts" // of the data's signals, as JSON
	noteSignals = "signals"
	noteKept    = "kept"
	noteScores  = "scores"
	noteColumns = "columns"
	noteSeconds = "seconds" // that a training took

	noteContinued = "continued" // plan.Training.Continued
	noteLength    = "length"    // of the training
	noteSearched  = "searched"  // set if a search made it
)

// TrainingTime returns how long a training took, from the note of its cache entry; 0 if
// the note does not say.
func TrainingTime(note map[string]string) time.Duration {
	seconds, err := strconv.ParseFloat(note[noteSeconds], 64)
	if err != nil {
		return 0
	}
	return time.Duration(seconds * float64(time.Second))
}

// note writes a coverage into the note of a cache entry.
func (c coverage) note(note map[string]string) {
	note[noteSignals], note[noteKept] = strconv.Itoa(c.signals), strconv.Itoa(c.kept)
}

// noted reads the coverage from the note of a cache entry.
func noted(note map[string]string) (c coverage, err error) {
	for key, v := range map[string]*int{noteSignals: &c.signals, noteKept: &c.kept} {
		if *v, err = strconv.Atoi(note[key]); err != nil {
			return c, fmt.Errorf("note %q: %w", key, err)
		}
	}
	return c, nil
}

// scoreNames returns the names and versions of scores as the note of a cache entry.
func scoreNames(kinds []scores.Kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, fmt.Sprintf("%s/%d", k.Name, k.Version))
	}
	return strings.Join(names, " ")
}

// scored reports whether a cache entry has all of the given scores, but for those of which it
// would have had no values.
func scored(note map[string]string, kinds []scores.Kind) bool {
	have := strings.Fields(note[noteScores])
	known := func(k scores.Kind) bool {
		return slices.ContainsFunc(have, func(name string) bool { return strings.HasPrefix(name, k.Name+"/") })
	}
	return !slices.ContainsFunc(kinds, func(k scores.Kind) bool {
		return !slices.Contains(have, scoreNames([]scores.Kind{k})) && (known(k) || !k.Absent)
	})
}

// whole reports whether a cache entry has every column that its tables have today.
func whole(note map[string]string) bool {
	have := strings.Fields(note[noteColumns])
	return !slices.ContainsFunc(record.Later(), func(name string) bool { return !slices.Contains(have, name) })
}

// Lookup tells what a cache has of cells. It keeps what the last note said, as those of cells
// that were stored together are mostly equal. Several goroutines must not use it at once.
type Lookup struct {
	cache  *cache.Cache
	scores []scores.Kind
	note   map[string]string
	have   coverage
	whole  bool // with all scores and columns
	none   bool // whether the cell that was looked up last has no note, as when it has no entry
}

// NewLookup returns a Lookup of cells with the given scores.
func NewLookup(c *cache.Cache, scores []scores.Kind) *Lookup {
	return &Lookup{cache: c, scores: scores}
}

// Cached reports whether the cache seems to have everything that is asked for of a cell with a
// key.
func (l *Lookup) Cached(key cache.Key, e *spec.Evaluate) bool { return l.covers(key, wanted(e)) }

// covers reports whether the cache seems to have all that is wanted of a cell.
func (l *Lookup) covers(key cache.Key, want coverage) bool {
	l.none = true
	for note := range l.cache.Notes(cache.Cells, key) {
		if l.none = false; l.note == nil || !maps.Equal(l.note, note) {
			have, err := noted(note)
			l.note, l.have, l.whole = note, have, err == nil && scored(note, l.scores) && whole(note)
		}
		if l.whole && l.have.covers(want) {
			return true
		}
	}
	return false
}

// Lacking returns how much of a cell the cache has, where the cell asks for more.
// It returns nothing for a cell without an entry.
func Lacking(c *cache.Cache, cell plan.Cell, scores []scores.Kind) (changes []plan.Change) {
	for note := range c.Notes(cache.Cells, cell.Key) {
		if have, err := noted(note); err == nil {
			return lacking(note, have, wanted(cell.Point.Spec.Evaluate), scores)
		}
	}
	return nil
}

func lacking(note map[string]string, have, want coverage, scores []scores.Kind) (changes []plan.Change) {
	number := func(n int) any {
		if n == spec.AllSignals {
			return "all"
		}
		return n
	}
	if have.signals < want.signals {
		changes = append(changes, plan.Change{Field: "evaluate.signals", Was: number(have.signals), Is: number(want.signals)})
	}
	if have.kept < want.kept {
		changes = append(changes, plan.Change{Field: "evaluate.keep", Was: number(have.kept), Is: number(want.kept)})
	}
	if !scored(note, scores) {
		changes = append(changes, plan.Change{Field: "scores", Was: note[noteScores], Is: scoreNames(scores)})
	}
	if !whole(note) {
		changes = append(changes, plan.Change{Field: "columns", Was: note[noteColumns], Is: strings.Join(record.Later(), " ")})
	}
	return changes
}

// outcome holds a job's results. Their rows have no names of run, prior and sweep:
// several cells and runs share them.
type outcome struct {
	coverage
	rows     []record.Signal  // by signal
	examples []record.Example // by signal
	dataset  store.Dataset
	cached   bool  // everything comes from the cache
	lacks    bool  // its tables were written before a column was added
	err      error // why some signals were not reconstructed
}

// covers reports whether the outcome has all that is wanted, with every column.
func (o *outcome) covers(want coverage) bool { return !o.lacks && o.coverage.covers(want) }

// selectFor returns the rows and examples that a cell asks for.
func (o *outcome) selectFor(c plan.Cell) ([]record.Signal, []record.Example) {
	want, seed := wanted(c.Point.Spec.Evaluate), c.Point.Spec.Seeds.Split
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

// add returns an outcome with the rows and examples of both. If both have a signal, more
// wins.
func (o *outcome) add(more *outcome) *outcome {
	if o == nil {
		return more
	}
	solved, kept := map[int64]bool{}, map[int64]bool{}
	for _, row := range more.rows {
		solved[row.SignalID] = true
	}
	for _, e := range more.examples {
		kept[e.SignalID] = true
	}
	sum := *more
	sum.coverage = o.coverage.union(more.coverage)
	for _, row := range o.rows {
		if !solved[row.SignalID] {
			sum.rows = append(sum.rows, row)
		}
	}
	for _, e := range o.examples {
		if !kept[e.SignalID] {
			sum.examples = append(sum.examples, e)
		}
	}
	slices.SortFunc(sum.rows, func(a, b record.Signal) int { return cmp.Compare(a.SignalID, b.SignalID) })
	slices.SortFunc(sum.examples, func(a, b record.Example) int { return cmp.Compare(a.SignalID, b.SignalID) })
	return &sum
}

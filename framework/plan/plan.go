// Package plan turns a spec into work: the distinct trainings, and the cells.
//
// A plan follows from its spec and from what the data sets hold. Each step of it
// has a key, the hash of all that determines its result, by which a cache finds
// what was computed before. Its JSON holds the resolved spec: another process that
// reads either makes the same plan, with the same keys.
package plan

import (
	"encoding/json"
	"fmt"

	"sedlab/framework/cache"
	"sedlab/framework/dataset"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/priors"
)

// Plan is the work that a spec asks for.
type Plan struct {
	File      *spec.File
	Trainings []Training // distinct, in the order of their first cell
	Cells     []Cell     // distinct, in the order of the sweep, priors innermost
	Expected  *Estimate  // nil unless set: it depends on the machine
	Unread    error      // why the data could not be identified; the keys are then not those of a run
}

// Training is a prior to be trained.
type Training struct {
	Key     cache.Key // of Inputs
	Inputs  json.RawMessage
	Name    string // of the first prior that needs it
	Seed    uint64
	Dataset spec.Dataset
	Data    dataset.Identity // what the section stands for
	Prior   spec.Prior
	Kind    priors.Kind
	// Continued is the key of the state in which this training ends and from which
	// one that differs in its length alone goes on; empty where none does.
	Continued cache.Key
}

// Hash returns what a row calls the training: the first digits of its key.
func (t Training) Hash() string { return short(t.Key) }

// Cell is one sweep point with one prior.
type Cell struct {
	Key      cache.Key // of Inputs
	Inputs   json.RawMessage
	Point    spec.Point
	Prior    spec.Prior
	Training int // index into Plan.Trainings

	id string
}

// ID returns what a row calls the cell. Unlike its key it tells points apart that
// differ in the settings of other priors alone.
func (c Cell) ID() string { return c.id }

// short is enough of a key to tell the cells of all runs apart.
func short(k cache.Key) string { return string(k[:16]) }

// Identify returns what a dataset section, with a seed, stands for.
type Identify func(d spec.Dataset, seed uint64) (dataset.Identity, error)

// New makes the plan of a spec's points, whose priors are of the given kinds: all
// of f.Points(), or some. Every prior has a cell at every point; those of points
// that differ in the settings of other priors alone have one key, and are computed
// once. The cells of the first points are the first cells, whatever points follow.
// Where identify fails the plan is still whole, and says why in Unread; a nil
// identify leaves the data sets alone.
func New(f *spec.File, points []spec.Point, kinds []priors.Kind, identify Identify) (*Plan, error) {
	b := newBuilder(f, kinds, identify)
	for _, point := range points {
		for _, prior := range point.Spec.Priors {
			if err := b.add(point, prior); err != nil {
				return nil, fmt.Errorf("prior %s: %w", prior.Name, err)
			}
		}
	}
	return b.plan, nil
}

// builder is a plan in the making.
type builder struct {
	plan      *Plan
	kinds     []priors.Kind
	identify  Identify
	ids       map[string]dataset.Identity // by dataset section and seed
	trainings map[cache.Key]int
	cells     map[string]bool // by id and prior
}

func newBuilder(f *spec.File, kinds []priors.Kind, identify Identify) builder {
	return builder{
		plan: &Plan{File: f}, kinds: kinds, identify: identify,
		ids: map[string]dataset.Identity{}, trainings: map[cache.Key]int{}, cells: map[string]bool{},
	}
}

// add adds a prior at a point.
func (b *builder) add(point spec.Point, prior spec.Prior) error {
	t, err := b.training(point.Spec, prior)
	if err != nil {
		return err
	}
	c := Cell{Point: point, Prior: prior}
	if c.Key, c.Inputs, err = inputsOfCell(point.Spec, t.Inputs); err != nil {
		return err
	}
	if c.id, err = idOf(c.Key, point); err != nil {
		return err
	}
	name := c.id + prior.Name
	if b.cells[name] {
		return nil // blocks of a sweep can meet in a point
	}
	b.cells[name] = true
	at, known := b.trainings[t.Key]
	if !known {
		at = len(b.plan.Trainings)
		b.trainings[t.Key] = at
		b.plan.Trainings = append(b.plan.Trainings, t)
	}
	c.Training = at
	b.plan.Cells = append(b.plan.Cells, c)
	return nil
}

// idOf names a cell: by its key alone where its point is told by the columns that
// every run has.
func idOf(key cache.Key, point spec.Point) (string, error) {
	values := map[string]any{}
	for _, v := range point.Values {
		if _, swept := record.SweptKey(record.ColumnOf(v.Key)); swept {
			values[v.Key] = v.Value
		}
	}
	if len(values) == 0 {
		return short(key), nil
	}
	key, _, err := cache.KeyOf(map[string]any{"cell": key, "sweep": values})
	return short(key), err
}

// training returns the training of a prior at a point.
func (b *builder) training(s *spec.Spec, prior spec.Prior) (Training, error) {
	t := Training{Name: prior.Name, Seed: s.Seed, Dataset: s.Dataset, Prior: prior}
	for _, k := range b.kinds {
		if k.Name == prior.Kind {
			t.Kind = k
		}
	}
	id, err := b.identity(s)
	if err != nil {
		return t, err
	}
	t.Data = id
	if t.Key, t.Inputs, err = inputsOfTraining(s, prior, t.Kind.Version, id); err != nil {
		return t, err
	}
	t.Continued, err = continued(b.plan.File, prior, t.Inputs)
	return t, err
}

// identity returns what the data of a point are, asking once for each section.
func (b *builder) identity(s *spec.Spec) (dataset.Identity, error) {
	section, err := json.Marshal(s.Dataset)
	if err != nil {
		return dataset.Identity{}, err
	}
	key := fmt.Sprint(s.Seed, string(section))
	id, known := b.ids[key]
	if known {
		return id, nil
	}
	id.Source = s.Dataset.Source
	if b.identify != nil {
		if id, err = b.identify(s.Dataset, s.Seed); err != nil && b.plan.Unread == nil {
			b.plan.Unread = err
		}
	}
	b.ids[key] = id
	return id, nil
}

// Cell returns the cell with an id.
func (p *Plan) Cell(id string) (Cell, bool) {
	for _, c := range p.Cells {
		if c.ID() == id {
			return c, true
		}
	}
	return Cell{}, false
}

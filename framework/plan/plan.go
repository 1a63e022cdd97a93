// Package plan turns a spec into work: the distinct trainings, and the cells.
//
// A plan follows from its spec, the contents of the data sets and the machine. Each
// step has a key, the hash of its inputs, under which the cache keeps its results. A
// plan's JSON holds the resolved spec, from which another process makes the same plan
// with the same keys.
package plan

import (
	"encoding/json"
	"fmt"
	"strconv"

	"sedlab/datasets"
	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/record"
	"sedlab/priors"
)

// Plan is the work that a spec asks for.
type Plan struct {
	File      *spec.File
	Trainings []Training // distinct, in the order of their first cell
	Cells     []Cell     // distinct, in the order of the sweep, priors innermost

	points int   // that it was made of
	blocks []int // for each block, how many keys its cells have
}

// Training is a prior to be trained.
type Training struct {
	Key     cache.Key // of Inputs
	Inputs  json.RawMessage
	Name    string     // of the first prior that needs it
	Seeds   spec.Seeds // those of the data and of the training
	Dataset *spec.Dataset
	Data    Data
	Prior   *spec.Prior
	Start   string // SHA-256 of the file that the training begins with; "" if there is none
	// Continued is the hash of the inputs without the length of the training: a longer
	// training with an equal one goes on from the state in which this one ends. It is empty
	// if none can.
	Continued cache.Key
	Length    int  // of the training, such as its epochs, if it can be continued
	Searched  bool // the rungs of a search train it further
}

// Data identifies a data set as priors see it: read or made, prepared and normalised.
// Equal keys mean equal signals.
type Data struct {
	Key cache.Key
	datasets.Identity
}

// Hash returns the training's name in rows: the first digits of its key.
func (t Training) Hash() string { return short(t.Key) }

// Cell is one sweep point with one prior.
type Cell struct {
	Key    cache.Key // of Inputs
	Inputs json.RawMessage
	Point  spec.Point
	Prior  *spec.Prior
	// Trainings are indices into Plan.Trainings: one for each of Prior.Parts().
	Trainings []int

	id, hash, block string
	point           int // its index among those that the plan was made of
}

// Hash returns the name of its prior in rows: that of its training or, for a prior that is made of
// others, the first digits of the hash of these and of its own keys.
func (c Cell) Hash() string { return c.hash }

// ID returns the cell's name in rows. Unlike keys, IDs also differ between points of
// a sweep that change nothing for this prior.
func (c Cell) ID() string { return c.id }

// Block names the block that the cell is in: of consecutive cells of a few seconds together,
// which one process works on. The name is that of the block's lock in the cache, and depends
// on the keys of its cells alone.
func (c Cell) Block() string { return c.block }

// short shortens a key, but keeps enough to distinguish the cells of all runs.
func short(k cache.Key) string { return string(k[:16]) }

// New makes the plan of a spec's points: all of f.Points(), or some. Every prior has a
// cell at every point, but only one for points that differ only in what its own solver
// fixes. Cells that do the same work share a key and are computed once. More points only
// add cells at the end. Its only error is one from identify.
func New(f *spec.File, points []spec.Point, m Machine, identify Identify) (*Plan, error) {
	b := newBuilder(f, m, identify)
	b.plan.points = len(points)
	for i, point := range points {
		place, err := placeOf(point)
		if err != nil {
			return nil, err
		}
		for _, prior := range point.Spec.Priors {
			if err := b.add(point, place, prior, i); err != nil {
				return nil, err
			}
		}
	}
	b.plan.setBlocks()
	return b.plan, nil
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

// builder makes a plan. Points share the sections of their specs, so what follows
// from a section is computed once.
type builder struct {
	plan      *Plan
	machine   Machine
	identify  Identify
	data      map[dataAt]dataOf
	trainings map[trainingAt]int
	byKey     map[cache.Key]int
	problems  map[*spec.Problem]problemInputs
	solvers   map[*spec.Prior]json.RawMessage
	cells     map[cellAt]bool
}

type dataAt struct {
	dataset *spec.Dataset
	seed    uint64
}

type dataOf struct {
	inputs dataInputs
	data   Data
}

type trainingAt struct {
	dataAt
	train uint64 // seed
	prior *spec.Prior
}

type cellAt struct{ id, prior string }

func newBuilder(f *spec.File, m Machine, identify Identify) *builder {
	return &builder{
		plan: &Plan{File: f}, machine: m, identify: identify,
		data: map[dataAt]dataOf{}, trainings: map[trainingAt]int{}, byKey: map[cache.Key]int{},
		problems: map[*spec.Problem]problemInputs{}, solvers: map[*spec.Prior]json.RawMessage{}, cells: map[cellAt]bool{},
	}
}

// add adds the cell of a prior at a point with an index, as the prior sees the point. place
// distinguishes it from cells with the same key at other points of the sweep.
func (b *builder) add(point spec.Point, place []byte, prior *spec.Prior, index int) (err error) {
	if own, differs := point.For(prior); differs {
		if place, err = placeOf(own); err != nil {
			return err
		}
		point = own
	}
	s := point.Spec
	c := Cell{Point: point, Prior: prior, point: index}
	for _, part := range prior.Parts() {
		t, err := b.training(s, part)
		if err != nil {
			return err
		}
		c.Trainings = append(c.Trainings, t)
	}
	trained, err := b.trained(&c)
	if err != nil {
		return err
	}
	problem, solver := remember(b.problems, s.Problem, newProblemInputs), remember(b.solvers, prior, newSolverInputs)
	c.Inputs = cellInputs{trained, problem, solver, newCellSeeds(s, prior), scaleOf(s.Evaluate), s.Evaluate.Oracle, prior.Calibrated(s.Evaluate), s.Evaluate.Split}.canonical()
	c.Key = cache.KeyOfCanonical(c.Inputs)
	c.id = short(c.Key)
	if len(place) > 0 {
		c.id = short(cache.KeyOfCanonical(append([]byte(c.Key), place...)))
	}
	if at := (cellAt{c.id, prior.Name}); !b.cells[at] { // points can be one for this prior
		b.cells[at] = true
		b.plan.Cells = append(b.plan.Cells, c)
	}
	return nil
}

// trained returns the canonical JSON of the trained prior that a cell solves with, and sets the
// cell's hash.
func (b *builder) trained(c *Cell) (json.RawMessage, error) {
	if c.Prior.Composer() == nil {
		t := b.plan.Trainings[c.Trainings[0]]
		c.hash = t.Hash()
		return strconv.AppendQuote(nil, string(t.Key)), nil
	}
	_, names := c.Prior.Composer().Members()
	in := composedInputs{Prior: c.Prior.Changed(names)}
	for _, t := range c.Trainings {
		in.Members = append(in.Members, b.plan.Trainings[t].Key)
	}
	key, text, err := cache.KeyOf(in)
	c.hash = short(key)
	return text, err
}

// placeOf returns the JSON of a point's values of swept keys that have no column of
// their own.
func placeOf(point spec.Point) ([]byte, error) {
	var values []spec.Value
	for _, v := range point.Values {
		if _, swept := record.SweptKey(record.ColumnOf(v.Key)); swept {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	return json.Marshal(values)
}

// training returns the index of the training of a prior at a point.
func (b *builder) training(s *spec.Spec, prior *spec.Prior) (int, error) {
	at := trainingAt{dataAt{s.Dataset, s.Seeds.Split}, s.Seeds.Train, prior}
	if i, known := b.trainings[at]; known {
		return i, nil
	}
	data, err := b.dataOf(s)
	if err != nil {
		return 0, err
	}
	t := Training{Name: prior.Name, Seeds: s.Seeds, Dataset: s.Dataset, Data: data.data, Prior: prior}
	if path, _ := prior.StartsFrom(); path != "" {
		if t.Start, err = b.identify.File(path); err != nil {
			return 0, b.plan.FileError(prior, err)
		}
	}
	inputs := newTrainInputs(t, data.inputs, b.machine)
	if t.Key, t.Inputs, err = cache.KeyOf(inputs); err != nil {
		return 0, fmt.Errorf("prior %s: %w", prior.Name, err)
	}
	if c, ok := prior.Config.(priors.Continuer); ok {
		if key, length, problem := c.Continues(); problem == nil {
			t.Length = length
			if t.Continued, err = inputs.continuedKey(key); err != nil {
				return 0, err
			}
		}
	}
	i, known := b.byKey[t.Key]
	if !known {
		i = len(b.plan.Trainings)
		b.byKey[t.Key] = i
		b.plan.Trainings = append(b.plan.Trainings, t)
	}
	// Of several priors with one key, any can be the one that is trained further.
	if b.plan.File.Length(prior.Name) != "" {
		b.plan.Trainings[i].Searched = true
	}
	b.trainings[at] = i
	return i, nil
}

// dataOf returns the data of a point.
func (b *builder) dataOf(s *spec.Spec) (dataOf, error) {
	at := dataAt{s.Dataset, s.Seeds.Split}
	if d, known := b.data[at]; known {
		return d, nil
	}
	id, err := b.identify.Data(s.Dataset, s.Seeds.Split)
	if err != nil {
		return dataOf{}, err
	}
	d := dataOf{inputs: newDataInputs(s, id), data: Data{Identity: id}}
	d.data.Key, _, err = cache.KeyOf(d.inputs)
	b.data[at] = d
	return d, err
}

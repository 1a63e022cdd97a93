package plan

import (
	"errors"
	"fmt"
	"path/filepath"

	"sedlab/framework/cache"
	"sedlab/framework/spec"
	"sedlab/internal/regular"
	"sedlab/internal/sealed"
)

// Written is what a plan that was written as JSON says of its cells. To read it takes a fraction
// of the time that the plan takes to make, and Part makes any part of it: so a process that does
// a small part of a large sweep need not make the rest.
type Written struct {
	Points int // that the plan was made of
	Cells  []WrittenCell
}

// WrittenCell names a cell.
type WrittenCell struct {
	Key   cache.Key
	ID    string
	Block string // as Cell.Block

	prior string
	point int
}

// ErrOther is the error for cells that have other keys than they had when the plan was written:
// its data, or the program, have changed since.
var ErrOther = errors.New("the plan has other keys now")

// ReadWritten reads a plan that was written as JSON. It returns nil if an older version wrote it, which
// did not say as much.
func ReadWritten(path string) (*Written, error) {
	data, err := regular.ReadIn(filepath.Dir(path), filepath.Base(path), maxPlan)
	if err != nil {
		return nil, err
	}
	var read struct {
		Points int   `json:"points"`
		Blocks []int `json:"blocks"`
		Cells  []struct {
			Key   cache.Key `json:"key"`
			ID    string    `json:"id"`
			Prior string    `json:"prior"`
			Point int       `json:"point"`
		} `json:"cells"`
	}
	if err := sealed.Unmarshal(data, &read); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	w := &Written{Points: read.Points, Cells: make([]WrittenCell, len(read.Cells))}
	for i, c := range read.Cells {
		if c.Point < 0 || c.Point >= w.Points {
			return nil, nil
		}
		w.Cells[i] = WrittenCell{c.Key, c.ID, "", c.Prior, c.Point}
	}
	if !w.setBlocks(read.Blocks) {
		return nil, nil
	}
	return w, nil
}

// setBlocks names the blocks of the cells, and reports whether their sizes fit.
func (w *Written) setBlocks(sizes []int) bool {
	block := map[cache.Key]string{}
	var keys []string
	var own []cache.Key
	for _, c := range w.Cells {
		if _, known := block[c.Key]; known {
			continue
		}
		block[c.Key] = ""
		if len(sizes) == 0 {
			return false
		}
		keys, own = append(keys, string(c.Key)), append(own, c.Key)
		if len(keys) < sizes[0] {
			continue
		}
		name := blockOf(keys)
		for _, key := range own {
			block[key] = name
		}
		keys, own, sizes = keys[:0], own[:0], sizes[1:]
	}
	for i, c := range w.Cells {
		w.Cells[i].Block = block[c.Key]
	}
	return len(sizes) == 0 && len(keys) == 0
}

// Part makes the plan of some of the cells, by their indices in ascending order, from the spec,
// which must have been read with spec.Options.Later, and have as many points as the plan. Each
// cell is made anew and has the key that was written, or the error is ErrOther. Other errors are
// identify's, or those of File.PointsAt.
func (w *Written) Part(f *spec.File, cells []int, m Machine, identify Identify) (*Plan, error) {
	var indices []int
	wanted := map[cellAt]WrittenCell{}
	for _, i := range cells {
		c := w.Cells[i]
		if n := len(indices); n == 0 || indices[n-1] != c.point {
			indices = append(indices, c.point)
		}
		wanted[cellAt{c.ID, c.prior}] = c
	}
	points, err := f.PointsAt(indices)
	if err != nil {
		return nil, err
	}
	whole, err := New(f, points, m, identify)
	if err != nil {
		return nil, err
	}
	part := whole.Only(func(c Cell) bool { return wanted[cellAt{c.id, c.Prior.Name}].Key == c.Key })
	if len(part.Cells) != len(cells) {
		return nil, ErrOther
	}
	for i := range part.Cells {
		c := &part.Cells[i]
		c.block = wanted[cellAt{c.id, c.Prior.Name}].Block
	}
	return part, nil
}

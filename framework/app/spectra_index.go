package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"

	"sedlab/framework/store"
	"sedlab/internal/record"
)

// mostSpectra bounds the kept reconstructions that are listed; mostIndexes the runs whose list
// stays in memory.
const (
	mostSpectra = 200_000
	mostIndexes = 3
	mostPlaces  = 4_000_000 // spectra × priors
)

// spectraIndex says where in a run's table the kept reconstructions are, and how good.
type spectraIndex struct {
	id, dir    string
	manifest   store.Manifest
	table      openedTable[record.Example]
	errorsFile fs.FileInfo // the table of errors; nil if there is none

	priors     []string
	columns    []string    // that say what was done
	shared     map[any]any // their values, so that equal ones are in memory once
	cells      []keptCell
	place      map[string]int // of cells
	conditions []condition
	entries    []kept
	rows       []int32 // of the table: one for each entry and prior, −1 for none
	errors     []string
	others     []string  // further scores
	values     []float64 // of each row: errors, then others
	problem    error
}

// keptCell is a cell with kept reconstructions.
type keptCell struct {
	id         string
	prior      int
	values     []any   // in the index's columns
	conditions []int   // more than one for a prior with a solver of its own
	kept, rows int     // signals that were kept, and all
	worst      []worst // of all signals, by the index's errors
}

// kept is a signal at a condition.
type kept struct {
	condition int
	signal    int64
}

// read fills the index. The error wraps fs.ErrNotExist if nothing was kept.
func (x *spectraIndex) read(ctx context.Context, columns record.Columns) error {
	table, f, err := openTable[record.Example](ctx, x.dir, x.manifest, store.ExamplesFile)
	if err != nil {
		return err
	}
	defer f.Close() // opened for reading only
	if table.Rows() == 0 {
		return fmt.Errorf("table %s: no rows: %w", f.Name(), fs.ErrNotExist)
	}
	x.table = table
	of, order, err := x.readRows(ctx)
	if errors.Is(err, errEnough) {
		x.problem = fmt.Errorf("only the first %d of %d kept reconstructions are listed", mostSpectra, table.Rows())
		err = nil
	}
	if err != nil {
		return fmt.Errorf("table %s: %w", f.Name(), err)
	}
	if err := x.readErrors(ctx, columns, of); err != nil {
		x.problem = errors.Join(x.problem, fmt.Errorf("errors are unknown: %w", err))
	}
	x.makeConditions(columns)
	x.group(order, of)
	return ctx.Err()
}

// readRows finds the cells, and returns the rows of the table by cell and signal, and in order.
func (x *spectraIndex) readRows(ctx context.Context) (of map[keptRow]int32, order []keptRow, err error) {
	x.columns, x.shared, x.place = conditionColumns(x.table.Columns()), map[any]any{}, map[string]int{}
	of = map[keptRow]int32{}
	err = x.table.Scan(ctx, func(string) bool { return true }, func(number int, row *record.Example) error {
		if number >= mostSpectra {
			return errEnough
		}
		c, known := x.place[row.CellID]
		if !known {
			cell, err := x.newCell(row)
			if err != nil {
				return err
			}
			c = len(x.cells)
			x.place[row.CellID] = c
			x.cells = append(x.cells, cell)
		}
		x.see(&x.cells[c], row)
		k := keptRow{c, row.SignalID}
		if _, twice := of[k]; !twice {
			of[k] = int32(number)
			order = append(order, k)
			x.cells[c].kept++
		}
		return nil
	})
	return of, order, err
}

var errEnough = errors.New("enough")

// keptRow is a signal of a cell.
type keptRow struct {
	cell   int
	signal int64
}

// group makes an entry of the rows of each signal and condition.
func (x *spectraIndex) group(order []keptRow, of map[keptRow]int32) {
	entry, steps := map[kept]int{}, 0
	for _, k := range order {
		c := x.cells[k.cell]
		for _, condition := range c.conditions {
			at := kept{condition, k.signal}
			e, known := entry[at]
			if steps++; steps > mostPlaces || !known && len(x.rows) > mostPlaces {
				x.problem = errors.Join(x.problem, fmt.Errorf("only the first %d spectra are listed", len(x.entries)))
				return
			}
			if !known {
				e = len(x.entries)
				entry[at] = e
				x.entries = append(x.entries, at)
				x.rows = append(x.rows, slices.Repeat([]int32{-1}, len(x.priors))...)
			}
			if row := &x.rows[e*len(x.priors)+c.prior]; *row < 0 {
				*row = of[k]
			}
		}
	}
}

// scoreColumns returns the columns of errors, and the further numbers that say how good a
// reconstruction is and that the table of examples does not have.
func (x *spectraIndex) scoreColumns(columns record.Columns) (names, others []string) {
	for _, c := range columns {
		if c.Role == record.Diagnostic && c.Type == "float64" && !c.Varies && !slices.Contains(x.table.Columns(), c.Name) {
			others = append(others, c.Name)
		}
	}
	return columns.Names(record.Error), others
}

// readErrors reads the errors of the kept reconstructions, and the worst of all.
func (x *spectraIndex) readErrors(ctx context.Context, columns record.Columns, of map[keptRow]int32) error {
	table, f, err := openTable[record.Signal](ctx, x.dir, x.manifest, store.SignalsFile)
	if err != nil {
		return err
	}
	defer f.Close() // opened for reading only
	names, others := x.scoreColumns(columns)
	all := slices.Concat(names, others)
	wanted := slices.Concat([]string{"cell_id", "signal_id"}, x.columns, all)
	known := make([]bool, len(all)) // columns with a value
	values := slices.Repeat([]float64{math.NaN()}, min(x.table.Rows(), mostSpectra)*len(all))
	err = table.Scan(ctx, func(c string) bool { return slices.Contains(wanted, c) }, func(_ int, s *record.Signal) error {
		c, ok := x.place[s.CellID]
		if !ok {
			return nil
		}
		x.cells[c].add(s, names)
		if x.cells[c].kept == 1 { // whose one kept row does not show what differs between signals
			x.see(&x.cells[c], s)
		}
		row, kept := of[keptRow{c, s.SignalID}]
		if !kept {
			return nil
		}
		for i, name := range all {
			if v, _ := s.Value(name); v != nil {
				values[int(row)*len(all)+i] = v.(float64)
				known[i] = true
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("table %s: %w", f.Name(), err)
	}
	x.keep(names, others, values, known)
	return nil
}

// keep keeps the columns that have values.
func (x *spectraIndex) keep(names, others []string, values []float64, known []bool) {
	width := len(known)
	for i, name := range slices.Concat(names, others) {
		if known[i] && i < len(names) {
			x.errors = append(x.errors, name)
		} else if known[i] {
			x.others = append(x.others, name)
		}
	}
	for at := 0; at < len(values); at += width {
		for i := range width {
			if known[i] {
				x.values = append(x.values, values[at+i])
			}
		}
	}
	for i := range x.cells {
		c, k := &x.cells[i], -1
		c.worst = slices.DeleteFunc(c.worst, func(worst) bool { k++; return !known[k] })
	}
}

// row returns the row of an entry's prior, or −1.
func (x *spectraIndex) row(entry, prior int) int { return int(x.rows[entry*len(x.priors)+prior]) }

// value returns an error of an entry's prior, or NaN.
func (x *spectraIndex) value(entry, prior, column int) float64 {
	row, width := x.row(entry, prior), len(x.errors)+len(x.others)
	if row < 0 || column >= len(x.errors) {
		return math.NaN()
	}
	return x.values[row*width+column]
}

// scores returns what is known of a row.
func (x *spectraIndex) scores(row int) (list []record.Score) {
	width := len(x.errors) + len(x.others)
	for i, name := range slices.Concat(x.errors, x.others) {
		if v := x.values[row*width+i]; !math.IsNaN(v) {
			list = append(list, record.Score{Name: name, Value: v})
		}
	}
	return list
}

package figures

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"sedlab/internal/eigen"
	"sedlab/reports/draw"
)

// project places the points on two principal axes of their codes, counted from 1. Along an
// axis, the element of the code that counts most rises.
func (p *codePanel) project(x, y int) error {
	var codes []float32
	total := 0.0
	for _, q := range p.points {
		codes = append(codes, q.Code...)
	}
	mean := eigen.Mean(codes, p.length)
	covariance, err := eigen.Covariance(context.Background(), codes, mean)
	if err != nil {
		return err
	}
	for j := range p.length {
		total += covariance[j*p.length+j]
	}
	variances, directions, err := eigen.Leading(covariance, p.length, max(x, y))
	if err != nil {
		return err
	}
	along := func(axis int, code []float32) (place float64) {
		direction, most := directions[(axis-1)*p.length:axis*p.length], 0.0
		for j, z := range code {
			place += direction[j] * (float64(z) - mean[j])
			if math.Abs(direction[j]) > math.Abs(most) {
				most = direction[j]
			}
		}
		return math.Copysign(1, most) * place
	}
	for i := range p.points {
		q := &p.points[i]
		q.x, q.y = along(x, q.Code), along(y, q.Code)
	}
	p.shares = [2]float64{variances[x-1] / total, variances[y-1] / total}
	return nil
}

// csv returns every code. An empty field means no value.
func (m *mapOfCodes) csv() [][]string {
	records := [][]string{{"prior", "prior_hash", "cell_id", "signal_id", "x", "y", m.column.Name}}
	for _, p := range m.panels {
		for _, q := range p.points {
			records = append(records, []string{p.prior, p.hash, q.CellID, strconv.FormatInt(q.SignalID, 10), draw.Exact(q.x), draw.Exact(q.y), draw.Exact(q.value)})
		}
	}
	return records
}

// table returns what the panels show.
func (m *mapOfCodes) table() [][]string {
	rows := [][]string{{"training", "codes", "signals", "elements"}}
	if m.Axes == "principal" {
		rows[0] = append(rows[0], fmt.Sprintf("variance along axis %d", m.X), fmt.Sprintf("variance along axis %d", m.Y))
	}
	for _, p := range m.panels {
		row := []string{p.name(), fmt.Sprint(len(p.points)), fmt.Sprint(p.signals), fmt.Sprint(p.length)}
		if m.Axes == "principal" {
			row = append(row, percent(p.shares[0]), percent(p.shares[1]))
		}
		rows = append(rows, row)
	}
	return rows
}

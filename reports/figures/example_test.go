package figures_test

import (
	"fmt"

	"sedlab/reports"
	"sedlab/reports/draw"
	"sedlab/reports/figures"
	"sedlab/reports/scores"
)

// above holds the keys of your own figure: the number of signals with an mse above
// a bound, as a bar.
type above struct {
	Bound float64 `spec:"bound" default:"0.01" range:"[0,inf)" doc:"mse from which a signal counts"`
}

func (c *above) Check(figures.Sweep) []figures.KeyError { return nil }

func (c *above) Draw(run reports.Run) (*reports.Drawn, error) {
	count := 0.0
	for _, row := range run.Signals {
		if row.Score("mse") > c.Bound {
			count++
		}
	}
	paint := func(canvas draw.Canvas) {
		at := draw.Panel{Canvas: canvas, XScale: draw.Scale{High: float64(len(run.Signals))}, YScale: draw.Scale{High: 1}}
		at.FillPolygon(draw.Ink, draw.Corners(at.PlaceX(0), at.PlaceX(count), at.PlaceY(0.2), at.PlaceY(0.8)))
	}
	return &reports.Drawn{
		Picture: draw.Picture{Height: 3 * draw.LineHeight, Paint: paint, CSV: [][]string{{"signals"}, {draw.Exact(count)}}},
		Name:    "above", Default: "Signals with an mse above " + draw.Number(c.Bound),
	}, nil
}

// Your own figure is a kind with its keys, their check and its drawing.
// Specs can name it once it is in the catalogue.
func ExampleKind() {
	kind := figures.Kind{
		Name: "above", Doc: "how many signals have an mse above a bound", Version: 1,
		New: func() figures.Config { return new(above) },
	}
	run := reports.Run{Columns: scores.Columns([]scores.Kind{scores.MSE})}
	for _, mse := range []float64{0.5, 0.2, 0.001} {
		run.Signals = append(run.Signals, reports.Signal{Prior: "pca", Scores: []reports.Score{{Name: "mse", Value: mse}}})
	}
	config := kind.New().(*above)
	config.Bound = 0.1
	drawn, err := config.Draw(run)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s: %v\n", drawn.Default, drawn.CSV)
	// Output:
	// Signals with an mse above 0.1: [[signals] [2]]
}

package reports

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// training makes a figure of the training losses by epoch, a line for each
// training.
func training(f Figure, run Run) (*drawn, error) {
	curves := trainings(f, run)
	var losses []float64
	epochs := 1.0
	for _, c := range curves {
		for _, t := range c.epochs {
			losses = append(losses, t.Loss)
			epochs = max(epochs, float64(t.Epoch))
		}
	}
	if !slices.ContainsFunc(losses, finite) {
		return nil, errors.New("no prior of it logged a training loss")
	}
	if f.Scale == "" || f.Scale == "auto" {
		f.Scale = "log"
	}
	p := &trainingPlot{curves: curves, x: scale{low: 0, high: epochs}, y: newScale(losses, f.Scale)}
	p.yTitle = axisTitle("loss", run.Normalize)
	p.frame.title = f.Title
	p.explain()
	return &drawn{
		name: "training", title: heading(f.Title, "Training loss by epoch"), caption: p.frame.caption,
		height: p.frame.above() + p.frame.below() + panelHeight + 2.8*lineHeight,
		draw:   p.draw, csv: trainingCSV(curves), table: trainingTable(curves),
	}, nil
}

// trainingStyle gives each of the first 36 lines a colour and dashes that no
// other has.
func trainingStyle(i int) draw.LineStyle {
	s := stroke(lookOf(i).line, 1.2)
	s.Dashes = lookOf(i + i/len(looks)).dashes
	return s
}

type trainingPlot struct {
	curves []*curve
	frame  frame
	x, y   scale
	yTitle string
}

// maxLegend is how many lines a legend can tell apart.
const maxLegend = 12

// explain names the lines in a legend, or says where they are named.
func (p *trainingPlot) explain() {
	if n := len(p.curves); n > maxLegend {
		p.frame.caption = []string{fmt.Sprintf("A line for each of %d trainings; the CSV beside this figure names them.", n)}
		return
	}
	for i, c := range p.curves {
		s := trainingStyle(i)
		s.Width /= 1.4 // as a legend's line is wider
		p.frame.legend = append(p.frame.legend, entry{c.name(), legendLine(s)})
	}
}

func (p *trainingPlot) draw(c draw.Canvas) {
	c = p.frame.draw(c)
	left := 1.4*lineHeight + labelWidth(p.y)
	at := panel{Canvas: draw.Crop(c, left, -3*gap, 2.8*lineHeight, 0), x: p.x, y: p.y}
	at.yAxis(true)
	at.xAxis(p.x.linearTicks(6), true)
	for i, curve := range p.curves {
		at.line(trainingStyle(i), len(curve.epochs), func(k int) (x, y float64) {
			t := curve.epochs[k]
			return float64(t.Epoch), t.Loss
		})
	}
	at.FillText(label(ink, -0.5, -1), vg.Point{X: (at.Min.X + at.Max.X) / 2, Y: at.Min.Y - 1.4*lineHeight}, "epoch")
	sty := label(ink, -0.5, -1)
	sty.Rotation = math.Pi / 2
	at.FillText(sty, vg.Point{X: c.Min.X + gap, Y: (at.Min.Y + at.Max.Y) / 2}, p.yTitle)
}

func trainingCSV(curves []*curve) [][]string {
	records := [][]string{{"prior", "prior_hash", "settings", "epoch", "loss"}}
	for _, c := range curves {
		for _, t := range c.epochs {
			records = append(records, []string{c.prior, c.hash, c.settings, strconv.Itoa(int(t.Epoch)), exact(t.Loss)})
		}
	}
	return records
}

func trainingTable(curves []*curve) [][]string {
	rows := [][]string{{"training", "epochs", "first loss", "last loss", "time [s]"}}
	for _, c := range curves {
		first, last := c.epochs[0], c.epochs[len(c.epochs)-1]
		rows = append(rows, []string{
			c.name(), strconv.Itoa(int(last.Epoch)), format(first.Loss), format(last.Loss), format(last.Seconds)})
	}
	return rows
}

package figures

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"

	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports"
	"sedlab/reports/draw"
)

// Training is a figure of the loss against the epoch, with a line for each training.
var Training = Kind{Name: "training", Doc: "training losses by epoch, a line for each training", Version: 1, New: func() Config { return new(training) }}

type training struct {
	Title string `spec:"title" default:"\"\"" example:"inpainting" doc:"text above the figure"`
}

// Check implements Config.
func (*training) Check(Sweep) []KeyError { return nil }

// WithoutExamples implements Sparing.
func (*training) WithoutExamples() {}

// Draw implements Config.
func (c *training) Draw(run reports.Run) (*reports.Drawn, error) {
	curves := trainings(run)
	var losses []float64
	epochs, validated := 1.0, false
	for _, c := range curves {
		for _, t := range c.epochs {
			losses = append(losses, t.Loss, t.KeptLoss, t.ValidationLoss)
			epochs, validated = max(epochs, float64(t.Epoch)), validated || draw.Finite(t.ValidationLoss)
		}
	}
	if !slices.ContainsFunc(losses, draw.Finite) {
		return nil, errors.New("none of its priors logged a training loss")
	}
	loss, _ := record.TrainingColumns().Find("loss")
	if validated {
		loss.Title = "loss: MSE per flux"
	}
	p := &trainingPicture{curves: curves, validated: validated, x: draw.Scale{High: epochs}, y: draw.NewScale(losses, "log"), yTitle: run.Axis(loss)}
	p.frame.Title = c.Title
	p.explain()
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.frame.Height() + panelHeight + 2.8*draw.LineHeight, Paint: p.paint, CSV: trainingCSV(curves)},
		Name:    "training",
		Title:   c.Title, Default: "Training loss by epoch",
		Caption: append(p.frame.Caption, keptCaption(curves)...), Table: trainingTable(curves, validated),
	}, nil
}

// keptCaption says what a kept generator's loss is, if a training has one.
func keptCaption(curves []*curve) []string {
	if !slices.ContainsFunc(curves, func(c *curve) bool { return draw.Finite(c.kept()) }) {
		return nil
	}
	return []string{"Crosses: the error of the kept generator on the training signals, made from their own codes. With BatchNorm it may " +
		"differ from the last loss: a training normalises by each batch, the kept generator by fixed statistics (batch_norm_statistics)."}
}

type trainingPicture struct {
	curves    []*curve
	validated bool // whether a training has validation losses
	frame     draw.Frame
	x, y      draw.Scale
	yTitle    string
	looks     []int // the look of each curve
}

// maxLegend is the number of lines or other groups that a legend can name.
const maxLegend = 12

// explain names the lines in a legend: the trainings or, if there are too many to be told
// apart, their priors.
func (p *trainingPicture) explain() {
	name, most := (*curve).name, maxLegend
	if p.validated {
		most = draw.Looks // dashes mean something else
	}
	if n := len(p.curves); n > most {
		name = func(c *curve) string { return c.prior }
		p.frame.Caption = []string{fmt.Sprintf("A line for each of %d trainings, in the colour of its prior; the CSV beside this figure names them.", n)}
	}
	names := group.Keys(p.curves, name)
	for _, c := range p.curves {
		p.looks = append(p.looks, slices.Index(names, name(c)))
	}
	for i, n := range names {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: n, Paint: draw.LegendLine(p.style(i))})
	}
	if p.validated {
		solid := draw.Stroke(draw.Ink, lossWidth)
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: "training loss", Paint: draw.LegendLine(solid)},
			draw.Entry{Name: "validation loss", Paint: draw.LegendLine(validationStyle(solid))})
	}
}

// lineStyle gives each of the first 36 lines its own combination of colour and
// dashes.
func lineStyle(i int) draw.LineStyle {
	s := draw.Stroke(draw.LookOf(i).Line, lossWidth)
	s.Dashes = draw.LookOf(i + i/draw.Looks).Dashes
	return s
}

const lossWidth = 1.2

// style returns the style of a training's losses: solid if those of validation are dashed.
func (p *trainingPicture) style(look int) draw.LineStyle {
	s := lineStyle(look)
	if p.validated {
		s.Dashes = nil
	}
	return s
}

// validationStyle is the style of validation losses, of that of the training's.
func validationStyle(s draw.LineStyle) draw.LineStyle {
	s.Dashes = []vg.Length{4, 2}
	return s
}

func (p *trainingPicture) paint(c draw.Canvas) {
	c = p.frame.Draw(c)
	at := draw.Panel{Canvas: c, XScale: p.x, YScale: p.y}
	at.Min.X += 1.4*draw.LineHeight + draw.LabelWidth(p.y)
	at.Min.Y += 2.8 * draw.LineHeight
	at.Max.X -= 3 * draw.Gap
	at.YAxis(true)
	at.XAxis(p.x.LinearTicks(6), true)
	for i, curve := range p.curves {
		style := p.style(p.looks[i])
		at.Line(style, len(curve.epochs), func(k int) (x, y float64) {
			return float64(curve.epochs[k].Epoch), curve.epochs[k].Loss
		})
		validation := curve.validation()
		at.Line(validationStyle(style), len(validation), func(k int) (x, y float64) {
			return float64(validation[k].Epoch), validation[k].ValidationLoss
		})
		at.Cross(style, float64(curve.epochs[len(curve.epochs)-1].Epoch), curve.kept())
	}
	at.XTitle("epoch")
	at.YTitle(p.yTitle, c.Min.X+draw.Gap)
}

func trainingCSV(curves []*curve) [][]string {
	records := [][]string{{"prior", "prior_hash", "settings", "epoch", "loss", "kept_loss", "validation_loss"}}
	for _, c := range curves {
		for _, t := range c.epochs {
			records = append(records, []string{c.prior, c.hash, c.settings, strconv.Itoa(int(t.Epoch)), draw.Exact(t.Loss), draw.Exact(t.KeptLoss), draw.Exact(t.ValidationLoss)})
		}
	}
	return records
}

func trainingTable(curves []*curve, validated bool) [][]string {
	rows := [][]string{{"training", "epochs", "first loss", "last loss", "loss of the kept generator", "time [s]"}}
	if validated {
		rows[0] = append(rows[0], "lowest validation loss", "at epoch")
	}
	for _, c := range curves {
		first, last := c.epochs[0], c.epochs[len(c.epochs)-1]
		row := []string{
			c.name(), strconv.Itoa(int(last.Epoch)), draw.Number(first.Loss), draw.Number(last.Loss), draw.Number(c.kept()), draw.Number(last.Seconds)}
		if validated {
			row = append(row, c.leastValidation()...)
		}
		rows = append(rows, row)
	}
	return rows
}

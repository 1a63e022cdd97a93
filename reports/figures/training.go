package figures

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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

// Draw implements Config.
func (c *training) Draw(run reports.Run) (*reports.Drawn, error) {
	curves := trainings(run)
	var losses []float64
	epochs := 1.0
	for _, c := range curves {
		for _, t := range c.epochs {
			losses = append(losses, t.Loss, t.KeptLoss)
			epochs = max(epochs, float64(t.Epoch))
		}
	}
	if !slices.ContainsFunc(losses, draw.Finite) {
		return nil, errors.New("none of its priors logged a training loss")
	}
	loss, _ := record.TrainingColumns().Find("loss")
	p := &trainingPicture{curves: curves, x: draw.Scale{High: epochs}, y: draw.NewScale(losses, "log"), yTitle: run.Axis(loss)}
	p.frame.Title = c.Title
	p.explain()
	return &reports.Drawn{
		Picture: draw.Picture{Height: p.frame.Height() + panelHeight + 2.8*draw.LineHeight, Paint: p.paint, CSV: trainingCSV(curves)},
		Name:    "training",
		Title:   c.Title, Default: "Training loss by epoch",
		Caption: append(p.frame.Caption, keptCaption(curves)...), Table: trainingTable(curves),
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
	curves []*curve
	frame  draw.Frame
	x, y   draw.Scale
	yTitle string
}

// maxLegend is the number of lines or other groups that a legend can name.
const maxLegend = 12

// explain names the lines in a legend or, if there are too many, says where to find
// their names.
func (p *trainingPicture) explain() {
	if n := len(p.curves); n > maxLegend {
		p.frame.Caption = []string{fmt.Sprintf("A line for each of %d trainings; the CSV beside this figure names them.", n)}
		return
	}
	for i, c := range p.curves {
		p.frame.Legend = append(p.frame.Legend, draw.Entry{Name: c.name(), Paint: draw.LegendLine(lineStyle(i))})
	}
}

// lineStyle gives each of the first 36 lines its own combination of colour and
// dashes.
func lineStyle(i int) draw.LineStyle {
	s := draw.Stroke(draw.LookOf(i).Line, 1.2)
	s.Dashes = draw.LookOf(i + i/draw.Looks).Dashes
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
		at.Line(lineStyle(i), len(curve.epochs), func(k int) (x, y float64) {
			return float64(curve.epochs[k].Epoch), curve.epochs[k].Loss
		})
		at.Cross(lineStyle(i), float64(curve.epochs[len(curve.epochs)-1].Epoch), curve.kept())
	}
	at.XTitle("epoch")
	at.YTitle(p.yTitle, c.Min.X+draw.Gap)
}

func trainingCSV(curves []*curve) [][]string {
	records := [][]string{{"prior", "prior_hash", "settings", "epoch", "loss", "kept_loss"}}
	for _, c := range curves {
		for _, t := range c.epochs {
			records = append(records, []string{c.prior, c.hash, c.settings, strconv.Itoa(int(t.Epoch)), draw.Exact(t.Loss), draw.Exact(t.KeptLoss)})
		}
	}
	return records
}

func trainingTable(curves []*curve) [][]string {
	rows := [][]string{{"training", "epochs", "first loss", "last loss", "loss of the kept generator", "time [s]"}}
	for _, c := range curves {
		first, last := c.epochs[0], c.epochs[len(c.epochs)-1]
		rows = append(rows, []string{
			c.name(), strconv.Itoa(int(last.Epoch)), draw.Number(first.Loss), draw.Number(last.Loss), draw.Number(c.kept()), draw.Number(last.Seconds)})
	}
	return rows
}

// curve is the losses of one training.
type curve struct {
	prior, hash string
	settings    string // the settings that distinguish it from other trainings of its prior, such as code_dim = 8
	epochs      []*record.Training
	signals     []*record.Signal // those reconstructed with this training
}

// kept returns the loss of the kept generator, NaN if it is unknown.
func (c *curve) kept() float64 { return c.epochs[len(c.epochs)-1].KeptLoss }

func (c *curve) name() string { return strings.TrimSpace(c.prior + " " + c.settings) }

// value returns the value that a training's signals have in a column, nil if they have
// none, and whether they have several.
func (c *curve) value(column string) (value any, several bool) {
	for _, s := range c.signals {
		switch v, _ := s.Value(column); {
		case v == nil || v == value:
		case value == nil:
			value = v
		default:
			return nil, true
		}
	}
	return value, false
}

// trainings groups the rows by training, in the order of the rows. Trainings of one
// prior are labelled with the swept values that each was trained with, or else by hash.
func trainings(run reports.Run) (curves []*curve) {
	signals := map[record.Key][]*record.Signal{}
	for i := range run.Signals {
		s := &run.Signals[i]
		key := record.KeyOf(s.Prior, s.PriorHash)
		signals[key] = append(signals[key], s)
	}
	key := func(t *record.Training) record.Key { return record.KeyOf(t.Prior, t.PriorHash) }
	for _, epochs := range group.By(group.Pointers(run.Training), key) {
		t := epochs[0]
		curves = append(curves, &curve{prior: t.Prior, hash: t.PriorHash, epochs: epochs, signals: signals[key(t)]})
	}
	for _, siblings := range group.By(curves, func(c *curve) string { return c.prior }) {
		tellApart(run, siblings)
	}
	return curves
}

// tellApart labels a prior's trainings with the settings in which they differ.
func tellApart(run reports.Run, curves []*curve) {
	columns := differing(curves)
	seen := map[string]int{}
	for _, c := range curves {
		var parts []string
		for _, name := range columns {
			column, _ := run.Columns.Find(name)
			value, _ := c.value(name)
			parts = append(parts, reports.Setting(c.prior, column, value))
		}
		c.settings = strings.Join(parts, ", ")
		seen[c.settings]++
	}
	for _, c := range curves {
		if len(curves) > 1 && seen[c.settings] > 1 {
			c.settings = strings.TrimSpace(c.settings + " " + c.hash[:min(8, len(c.hash))])
		}
	}
}

// differing returns the columns that distinguish a prior's trainings: each training has
// one value there, and not all values are equal. Only columns that a training can depend
// on count: seeds, and the swept keys of the data and of the prior itself.
func differing(curves []*curve) []string {
	columns := []string{seedColumn}
	for _, c := range curves {
		for _, s := range c.signals {
			for key := range s.Sweep {
				if key == "repeat" || strings.HasPrefix(key, "seeds.") || strings.HasPrefix(key, "dataset.") || strings.HasPrefix(key, "priors."+c.prior+".") {
					columns = append(columns, record.ColumnOf(key))
				}
			}
		}
	}
	slices.Sort(columns)
	columns = slices.DeleteFunc(slices.Compact(columns), func(column string) bool {
		first, several := curves[0].value(column)
		same := true
		for _, c := range curves[1:] {
			v, more := c.value(column)
			same, several = same && v == first, several || more
		}
		return same || several
	})
	if slices.Contains(columns, repeatColumn) { // each repetition has its own seed
		columns = slices.DeleteFunc(columns, func(column string) bool { return column == seedColumn })
	}
	return columns
}

const (
	repeatColumn = "sweep.repeat"
	seedsPrefix  = "sweep.seeds." // of the columns of the stages' seeds
	seedColumn   = "seed"
)

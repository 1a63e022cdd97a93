// Package reports turns the rows of a run's tables into figures, statistics and
// report.md. It reads nothing but those rows: records → grouping → statistics →
// figure or table, each in a file of its own.
package reports

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sedlab/internal/durable"
	"sedlab/internal/rank"
	"sedlab/internal/record"
)

// Run is what a report is about.
type Run struct {
	ID, Name, Question string
	// Settings are what the report lists of the run's setting: names and values.
	Settings [][2]string
	Signals  []record.Signal
	Training []record.Training
	Examples []record.Example
	Figures  []Figure
	// Normalize is the data set's normalisation (rms, l2, median, max or none),
	// which sets the units of the axes and what a low error is.
	Normalize string
	// Claims names the priors that the paper's claims are examined for: those
	// that have a generator.
	Claims []string
	// Choose says which of the settings that were tried is the best, or is nil.
	Choose *rank.Criterion
}

// Figure describes one figure. X, Group, Y and Rows are names of columns of the
// tables: "missing_fraction", "split", "sweep.priors.glo.code_dim".
type Figure struct {
	Figure      string // boxplot, reconstructions or training
	X, Group, Y string // of a boxplot; Group may be empty, Y is mse if it is
	Rows        string // of reconstructions: a row of panels for each of its values
	Prior       string // only this prior, if not empty
	Title       string
	Scale       string // of the y axis: log, linear, or auto if empty
	// DropBeyondIQR leaves values out of a boxplot that are more than this many
	// interquartile ranges outside the quartiles; 0 keeps all.
	DropBeyondIQR float64
	Signals       int            // of reconstructions: panels in a row, 4 if 0
	Where         map[string]any // only rows whose columns have these values, or one of a list
}

// Options say what else to write.
type Options struct {
	PDF bool // figures as PDF too
}

// Summary is what a report came to.
type Summary struct {
	Report  string   `json:"report"`         // path of report.md
	Figures []string `json:"figures"`        // paths of the figures' PNG files
	Claims  []Claim  `json:"claims"`         // the paper's claims, and whether this run bears them out
	Best    []Best   `json:"best,omitempty"` // the best settings, if the run chooses, best first
	Skipped []error  `json:"-"`              // why figures were not drawn
}

// File is the name of the report in a run folder.
const File = "report.md"

// Write writes report.md into the folder dir, and figures into dir/figures as
// PNG and SVG, each with a CSV of what it shows. A figure that cannot be drawn
// from the rows is skipped, with a note in the report and in the summary; an
// error is about what could not be written. Figures of an earlier report that are
// no part of this one are removed.
func Write(dir string, run Run, opt Options) (*Summary, error) {
	folder := filepath.Join(dir, "figures")
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	s := &Summary{Report: filepath.Join(dir, File), Claims: examine(run)}
	s.Best, _, _ = bestOf(run)
	var sections []section
	for i, f := range run.Figures {
		d, err := build(f, run)
		if err != nil {
			err = fmt.Errorf("figure %d (%s): %w", i+1, f.Figure, err)
			s.Skipped = append(s.Skipped, err)
			sections = append(sections, section{skipped: err})
			continue
		}
		base := fmt.Sprintf("%02d-%s", i+1, d.name)
		if err := d.save(filepath.Join(folder, base), opt); err != nil {
			return nil, fmt.Errorf("report: %w", err)
		}
		s.Figures = append(s.Figures, filepath.Join(folder, base+".png"))
		sections = append(sections, section{base: base, drawn: d, figure: f})
	}
	distinguish(sections)
	text := markdown(run, sections, s.Claims)
	err := durable.WriteFile(s.Report, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	if err := removeStale(folder, sections, opt); err != nil {
		return nil, fmt.Errorf("report: figures of an earlier one: %w", err)
	}
	return s, nil
}

// builders holds how each kind of figure is made.
var builders = map[string]func(Figure, Run) (*drawn, error){
	"boxplot":         boxplot,
	"reconstructions": reconstructions,
	"training":        training,
}

func build(f Figure, run Run) (*drawn, error) {
	b, ok := builders[f.Figure]
	if !ok {
		return nil, errors.New("no such figure; expected boxplot, reconstructions or training")
	}
	return b(f, run)
}

// section is a figure's part of the report.
type section struct {
	base    string // the figure's files in figures/, without their extensions
	drawn   *drawn
	figure  Figure
	skipped error // why there is none
}

// Package reports turns the rows of a run's tables into statistics, verdicts on
// the paper's claims, and report.md. It reads nothing but those rows. Package figures
// defines the figures; package draw provides the parts they are drawn with.
package reports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"sedlab/internal/group"
	"sedlab/internal/kind"
	"sedlab/internal/rank"
	"sedlab/internal/record"
	"sedlab/internal/sums"
	"sedlab/reports/draw"
)

// Run is the run that a report describes.
type Run struct {
	ID, Name, Question string
	Note               string   // what a person noted about the run
	ReplayOf           string   // the id of the run that it repeats
	Caveats            []string // what a reader of the results should know
	// Settings describe how the run was made, as names and values for the report.
	Settings [][2]string
	Columns  record.Columns // of Signals; see scores.Columns
	Signals  []Signal
	Training []record.Training
	Examples []record.Example
	Figures  []Figure
	// Normalize is the data set's normalisation (rms, l2, median, max or none),
	// which sets the units of the axes and what a low error is.
	Normalize string
	// Claims names the priors for which the paper's claims are examined: those with a
	// generator.
	Claims []string
	// SameData says that a signal_id names the same spectrum in every row.
	SameData bool
	// Kinds are the kinds of the priors, by name.
	Kinds map[string]string
	// Choose says which setting counts as the best; nil if the run does not choose.
	Choose *rank.Criterion
}

// Signal is a row of signals.parquet, one cell's result for one signal; a Score is
// one of its numbers.
type (
	Signal = record.Signal
	Score  = record.Score
)

// Figure is one figure of a report.
type Figure interface {
	Name() string // of its kind
	// Draw makes the figure from a run's rows. An error says why it cannot be drawn.
	Draw(Run) (*Drawn, error)
}

// Drawn is a figure that is ready to be written.
type Drawn struct {
	draw.Picture
	Name    string     // of its files
	Title   string     // from the spec; may be empty
	Default string     // the heading of a figure without a title
	Choices []string   // which rows it shows, and how; added to headings that would otherwise be equal
	Caption []string   // sentences
	Table   [][]string // what it shows, rounded; the first row is the header; may be nil
	Undrawn error      // why there is no picture, but only its data; nil if there is one
}

// Options choose what is written beyond the usual files.
type Options struct {
	PDF bool // write figures as PDF too
}

// Summary is the outcome of a report.
type Summary struct {
	Report  string   `json:"report"`         // path of report.md
	HTML    string   `json:"html,omitempty"` // path of the report as one HTML file, if there is one
	Figures []string `json:"figures"`        // paths of the figures' PNG files
	Claims  []Claim  `json:"claims"`         // the paper's claims, and whether this run bears them out
	Best    []Best   `json:"best,omitempty"` // the best settings, if the run chooses, best first
	// Findings are the statistics that compare the priors.
	Findings *Findings `json:"statistics"`
	Skipped  []error   `json:"-"`               // why figures were not drawn
	Notes    []string  `json:"notes,omitempty"` // what else a reader of the figures should know
}

// File is the name of the report in a run folder.
const File = "report.md"

// Write writes report.md into the folder dir, with CSV files of its statistics, and figures
// into dir/figures as PNG and SVG, each with a CSV of the data it shows. A figure that cannot be drawn
// from the rows is skipped, with a note in the report and in the summary. An error
// means that something could not be written. Figures that only the previous report
// showed are removed.
func Write(ctx context.Context, dir string, run Run, opt Options) (*Summary, error) {
	s := &Summary{Report: filepath.Join(dir, File), Claims: examine(run)}
	s.Best, _, _ = bestOf(run)
	var err error
	if s.Findings, err = find(ctx, run); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	before, err := shown(dir)
	if err != nil {
		return nil, fmt.Errorf("report: the one before: %w", err)
	}
	change := sums.NewChange(dir)
	defer change.Drop()
	sections, err := s.drawAll(ctx, dir, change, run, opt)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	text := markdown(run, sections, s)
	err = change.Write(File, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err == nil {
		err = s.Findings.writeCSV(change)
	}
	if err == nil {
		removeStale(change, before, sections, opt)
		err = change.Commit()
	}
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return s, nil
}

// section is a figure's part of the report.
type section struct {
	base    string // the figure's files in figures/, without their extensions
	heading string
	drawn   *Drawn
	skipped error  // why the figure was not drawn; nil if it was
	note    string // what the font lacks; may be empty
}

// drawAll draws the figures and adds them to a change of the folder dir.
func (s *Summary) drawAll(ctx context.Context, dir string, change *sums.Change, run Run, opt Options) ([]section, error) {
	var sections []section
	for i, f := range run.Figures {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		sec, err := drawOne(change, i+1, f, run, opt)
		if p := new(kind.PanicError); errors.As(err, &p) { // the stack is not for readers of a report
			sec, err = section{skipped: fmt.Errorf("panic: %v", p.Value)}, nil
			change.Forget(figuresFolder + numbered(i+1))
		}
		if err != nil {
			return nil, err
		}
		if sec.skipped != nil {
			sec.skipped = fmt.Errorf("figure %d (%s): %w", i+1, f.Name(), sec.skipped)
			s.Skipped = append(s.Skipped, sec.skipped)
		} else {
			if sec.note != "" {
				s.Notes = append(s.Notes, fmt.Sprintf("figure %d (%s): %s", i+1, f.Name(), sec.note))
			}
			s.Figures = append(s.Figures, filepath.Join(dir, figuresFolder, sec.base+".png"))
		}
		sections = append(sections, sec)
	}
	nameSections(sections)
	return sections, nil
}

// drawOne draws a figure, numbered from 1. A panic in its kind, also while it is
// painted, is returned as a *kind.PanicError.
func drawOne(change *sums.Change, number int, f Figure, run Run, opt Options) (sec section, err error) {
	defer kind.Guard(&err, "")
	d, err := f.Draw(run)
	if err != nil {
		return section{skipped: err}, nil
	}
	base := numbered(number) + notInNames.ReplaceAllString(d.Name, "-")
	lacking, err := d.Save(change.Write, figuresFolder+base, opt.PDF)
	return section{base: base, drawn: d, skipped: d.Undrawn, note: lackingNote(lacking)}, err
}

// figuresFolder begins the names of the figures' files, followed by the figure's number.
const figuresFolder = "figures/"

func numbered(figure int) string { return fmt.Sprintf("%02d-", figure) }

// lackingNote names characters that the font lacks, or is empty if there are none.
func lackingNote(lacking []rune) string {
	const most = 20
	if len(lacking) == 0 {
		return ""
	}
	var names []string
	for _, r := range lacking[:min(len(lacking), most)] {
		name := string(r)
		if !unicode.IsGraphic(r) || unicode.IsMark(r) || r == unicode.ReplacementChar {
			name = fmt.Sprintf("%U", r)
		}
		names = append(names, name)
	}
	if more := len(lacking) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("drawn as □, because the figures' font has no %s", strings.Join(names, " "))
}

// nameSections gives the sections their headings. Where figures without a title would
// have the same heading, their choices are added.
func nameSections(sections []section) {
	var untitled []*section
	for i := range sections {
		if s := &sections[i]; s.drawn != nil {
			s.heading = s.drawn.Title
			if s.heading == "" {
				s.heading = s.drawn.Default
				untitled = append(untitled, s)
			}
		}
	}
	for _, same := range group.By(untitled, func(s *section) string { return s.heading }) {
		for _, s := range same {
			for _, c := range s.drawn.Choices {
				lacks := func(other *section) bool { return !slices.Contains(other.drawn.Choices, c) }
				if slices.ContainsFunc(same, lacks) {
					s.heading += ", " + c
				}
			}
		}
	}
}

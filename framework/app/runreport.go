package app

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"sedlab/internal/regular"
	"sedlab/reports"
)

// Figure is a figure of a run's report.
type Figure struct {
	Name    string // of its files, without the extension
	Title   string
	Caption string
	Files   map[string]string // names of files in the run folder, by kind: svg, png, pdf, csv
}

// StatisticsCSV is the beginning of a table of the report.
type StatisticsCSV struct {
	File   string
	Header []string
	Rows   [][]string
	More   bool // rows follow
}

// Bounds on what is read of a report.
const (
	mostReport  = 4 << 20 // bytes
	mostCSVRows = 200
	mostCSV     = 1 << 20 // bytes up to the last of these rows
)

// readReport reads the texts of report.md and the statistics.
func (o *Overview) readReport() {
	text, err := regular.ReadIn(o.Dir, reports.File, mostReport)
	if !errors.Is(err, fs.ErrNotExist) {
		o.miss("Titles and captions of figures", err)
	}
	lines := strings.Split(string(text), "\n")
	o.Figures = figuresOf(o.Files, lines)
	for i := range o.Claims {
		o.Claims[i].Rule = reports.Rule(lines, o.Claims[i].Claim)
	}
	for _, name := range []string{StatisticsFile, ComparisonsFile} {
		t, err := readCSV(o.Dir, name)
		if !errors.Is(err, fs.ErrNotExist) {
			o.miss(name, err)
		}
		if len(t.Rows) > 0 {
			o.Tables = append(o.Tables, t)
		}
	}
}

// figuresOf gathers the files of each figure, and finds its title and caption in the report.
func figuresOf(files []RunFile, report []string) (list []Figure) {
	for _, f := range files {
		if path.Dir(f.Name) != figuresFolder {
			continue
		}
		kind := path.Ext(f.Name)
		name := strings.TrimSuffix(path.Base(f.Name), kind)
		if n := len(list); n == 0 || list[n-1].Name != name {
			figure := Figure{Name: name, Files: map[string]string{}}
			figure.Title, figure.Caption = reports.Caption(report, name)
			list = append(list, figure)
		}
		list[len(list)-1].Files[kind[1:]] = f.Name
	}
	return list
}

// readCSV reads the first rows of a table of the report.
func readCSV(dir, name string) (t StatisticsCSV, err error) {
	f, _, err := regular.OpenIn(dir, name)
	if err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	t.File = name
	text, err := io.ReadAll(io.LimitReader(f, mostCSV+1))
	if err != nil {
		return t, err
	}
	if len(text) > mostCSV { // the last line may be cut
		text, t.More = text[:bytes.LastIndexByte(text, '\n')+1], true
	}
	in := csv.NewReader(bytes.NewReader(text))
	if t.Header, err = in.Read(); err != nil {
		return t, fmt.Errorf("%s: %w", name, err)
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return t, nil
		}
		if err != nil {
			return t, fmt.Errorf("%s: %w", name, err)
		}
		if len(t.Rows) == mostCSVRows {
			t.More = true
			return t, nil
		}
		t.Rows = append(t.Rows, row)
	}
}

package cli

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/web"
)

// inRun stands for the file of the HTML report in the folder of its run.
const inRun = "RUN/" + app.HTMLReport

func (t *terminal) reportCommand() *cobra.Command {
	var pdf bool
	var html string
	c := answering(t, &cobra.Command{
		Use:   "report RUN",
		Short: "Draw a run's figures and report again, from its tables only",
		Long: "Report makes figures/ and report.md of a run again, from its Parquet tables and the report section of its\n" +
			"spec.yaml, which may be edited first. With --html it also writes the report, its figures and a viewer of kept\n" +
			"spectra as one HTML file, to mail or to keep. " + runNames,
	}, func(ctx context.Context, args []string) (*app.Summary, error) {
		s, err := t.app.Report(ctx, args[0], pdf)
		t.noteFigures(s)
		if err == nil && html == "" {
			t.noteOldHTML(s)
		}
		if err == nil && html != "" {
			path := html
			if path == inRun {
				path = ""
			}
			s.HTML, err = t.app.SaveHTML(args[0], path, func(w io.Writer) error { return web.WriteReport(ctx, w, t.app, args[0]) })
		}
		return s, err
	}, printReport)
	t.runsFlag(c)
	c.Flags().BoolVar(&pdf, "pdf", false, "draw figures as PDF too")
	c.Flags().StringVar(&html, "html", "", "write one HTML file too: --html for report.html in the run's folder, --html=`FILE` for another")
	c.Flags().Lookup("html").NoOptDefVal = inRun
	return c
}

// noteOldHTML notes that the HTML report in the run's folder, if there is one, is not of this report.
func (t *terminal) noteOldHTML(s *app.Summary) {
	path := filepath.Join(filepath.Dir(s.Report), app.HTMLReport)
	if _, err := os.Stat(path); err == nil {
		t.progress.Note(path + ": is of the previous report; --html writes it again")
	}
}

// noteFigures says which figures of a report could not be drawn, and what else a reader
// should know of them. s may be nil.
func (t *terminal) noteFigures(s *app.Summary) {
	if s == nil {
		return
	}
	for _, err := range s.Skipped {
		t.progress.Note(err.Error())
	}
	for _, note := range s.Notes {
		t.progress.Note(note)
	}
}

// printReport prints where a report and its figures are.
func printReport(out io.Writer, s *app.Summary) {
	if s.HTML != "" { // what was asked for comes first
		printLines(out, []string{s.HTML})
	}
	printLines(out, append([]string{s.Report}, s.Figures...))
}

package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sedlab/framework/app"
	"sedlab/framework/store"
	"sedlab/internal/escape"
	"sedlab/internal/settings"
)

func (t *terminal) runsShowCommand() *cobra.Command {
	return answering(t, &cobra.Command{
		Use:   "show RUN",
		Short: "Show a run: what ran when and how, its results and figures, and how to run it again",
		Long:  "Show prints a run's origin, its results, and the settings that differ from the defaults.\n" + runNames,
	}, func(ctx context.Context, args []string) (*app.Shown, error) {
		s, err := t.app.Show(ctx, args[0])
		if err == nil && s.Problem != nil {
			t.progress.Note(s.Problem.Error())
		}
		return s, err
	}, printShown)
}

func printShown(out io.Writer, s *app.Shown) {
	table(out, func(w io.Writer) {
		for _, line := range shownLines(s) {
			if line[1] != "" {
				fmt.Fprintf(w, "%s\t%s\n", line[0], strings.ReplaceAll(escape.Control(line[1], "\n"), "\n", "\n\t"))
			}
		}
		fmt.Fprintln(w, "\nsettings that differ from the defaults")
		for _, setting := range s.Special {
			text := settings.Text(setting.Value)
			if values, ok := setting.Value.([]any); ok && strings.HasPrefix(setting.Key, "sweep.") {
				text = folded(values)
			}
			fmt.Fprintf(w, "%s\t%s\n", setting.Key, text)
		}
	})
	printAttempts(out, s.Attempts, s.AttemptCount)
	printResults(out, s.Priors, s.Metrics)
	printTrainings(out, s.Training)
	printLines(out, s.Figures)
	fmt.Fprintf(out, "\nagain: %s\n", commandLine(s.Again...))
}

// progressText says how far a run is that is in progress.
func progressText(p *store.Progress) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%v (at %s)", p, p.Time.Local().Format(time.TimeOnly))
}

// shownLines returns the lines above the settings, as names and values. A line without a
// value is left out.
func shownLines(s *app.Shown) [][2]string {
	m := s.Manifest
	lines := [][2]string{
		{"run", filepath.Base(s.Dir)},
		{"question", m.Question},
		{"noted", s.Note},
		{"status", statusText(s)},
		{"progress", progressText(s.Progress)},
		{"error", firstLine(m.Error)},
		{"tags", strings.Join(s.Tags, " ")},
		{"started", localTime(m.Started)},
		{"took", duration(s.Status, m.Started, m.Seconds) + " with " + plural(m.Workers, "worker")},
		{"command", strings.Join(m.Argv, " ")},
		{"replay of", m.ReplayOf},
		{"program", fmt.Sprintf("%s %s, %s", m.Module.Path, m.Module.Version, m.Module.Go)},
		{"commit", commit(m)},
		{"machine", machineText(m.System)},
		{"work", workText(m.Work)},
	}
	for _, r := range m.Resumed {
		lines = append(lines, [2]string{"resumed", localTime(r.Time) + " on " + machineText(r.System)})
	}
	for _, d := range m.Datasets {
		lines = append(lines, [2]string{"data", d.String()})
	}
	for _, note := range m.Notes {
		lines = append(lines, [2]string{"note", note})
	}
	for _, f := range s.Statuses {
		lines = append(lines, [2]string{"no result", plural(f.Rows, "row") + ": " + f.Status})
	}
	return lines
}

func statusText(s *app.Shown) string {
	cells := plural(s.Cells.Total, "cell")
	if s.Status == store.Submitted {
		return fmt.Sprintf("%s, %s; %s status says how far it is", s.Status, cells, program)
	}
	return fmt.Sprintf("%s, %d of %s, %d of them from the cache", s.Status, s.Cells.Done, cells, s.Cells.Cached)
}

func workText(w *store.Work) string {
	if w == nil {
		return ""
	}
	return w.String()
}

func commit(m store.Manifest) string {
	switch {
	case m.Git != nil && m.Git.Dirty:
		return m.Git.Commit + ", with the changes in " + store.DiffFile
	case m.Git != nil:
		return m.Git.Commit
	}
	return m.Module.Revision
}

func machineText(s store.System) string {
	text := fmt.Sprintf("%s, %d cores, kernel %s, %s/%s", s.CPU, s.Cores, s.Kernel, s.OS, s.Arch)
	if s.Host != "" {
		text = s.Host + ": " + text
	}
	return text
}

// mostShown is the number of attempts that runs show lists.
const mostShown = 10

// printAttempts prints a line for each of the newest processes that did a share of the work, with the
// last lines of the log of the last one in which something failed.
func printAttempts(out io.Writer, list []app.AttemptShown, all int) {
	if len(list) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		fmt.Fprintln(w, "\nshare\thost\tjob\tstarted\ttook\tended by\tdone\tfailed\tleft\tmemory")
		for _, a := range list[max(0, len(list)-mostShown):] {
			took, memory, done, failed, left := "-", "-", "-", "-", "-"
			if a.Ended != nil {
				took = span(a.Ended.Sub(a.Started).Seconds())
				n := 0
				for _, steps := range a.Left {
					n += steps
				}
				done, failed, left = strconv.Itoa(len(a.Done)), strconv.Itoa(len(a.Failed)), strconv.Itoa(n)
			}
			if a.Memory > 0 {
				memory = fmt.Sprintf("%.0f MB", float64(a.Memory)/1e6)
			}
			line := []string{a.Share, cmp.Or(a.Host, "-"), cmp.Or(a.Job, "-"), localTime(a.Started), took, cmp.Or(a.Reason, "-"),
				done, failed, left, memory}
			fmt.Fprintln(w, escape.Control(strings.Join(line, "\t"), "\t"))
		}
	})
	if all > mostShown {
		fmt.Fprintf(out, "the newest of %d; %s status has all of them with --json\n", all, program)
	}
	for _, a := range slices.Backward(list) {
		if len(a.Log) > 0 {
			fmt.Fprintf(out, "\nthe last lines of the log of %s:\n", escape.Control(a.LogName(), ""))
			printLines(out, a.Log)
			break
		}
	}
}

// printTrainings prints a line for each training.
func printTrainings(out io.Writer, list []app.Trained) {
	if len(list) == 0 {
		return
	}
	table(out, func(w io.Writer) {
		validated := slices.ContainsFunc(list, func(t app.Trained) bool { return t.BestEpoch > 0 })
		head := "training\tepochs\ttook\tlast loss\tloss of the kept generator"
		if validated {
			head += "\tlowest validation loss\tin epoch"
		}
		fmt.Fprintln(w, head)
		for _, t := range list {
			fmt.Fprintf(w, "%s %s\t%d\t%s\t%s\t%s", t.Prior, t.PriorHash, t.Epochs, span(t.Seconds), shortOrNone(t.Loss), shortOrNone(t.KeptLoss))
			if t.BestEpoch > 0 {
				fmt.Fprintf(w, "\t%s\t%d", short(*t.ValidationLoss), t.BestEpoch)
			} else if validated {
				fmt.Fprint(w, "\t-\t-")
			}
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w)
	})
}

func shortOrNone(v *float64) string {
	if v == nil {
		return "-"
	}
	return short(*v)
}

// printResults prints a line for every prior.
func printResults(out io.Writer, priors []app.PriorTable, metrics []string) {
	if len(priors) == 0 {
		fmt.Fprintln(out, "\nno results")
		return
	}
	table(out, func(w io.Writer) {
		metrics := slices.DeleteFunc(slices.Clone(metrics), func(m string) bool { return m == "mse" }) // has quartiles
		fmt.Fprintf(w, "\nprior\trows\tok\tmse: 1st quartile\tmedian\t3rd quartile\t%s\n", strings.Join(metrics, "\t"))
		for _, p := range priors {
			cells := []string{"-", "-", "-"}
			if q := p.MSE; q != nil {
				cells = []string{short(q[0]), short(q[1]), short(q[2])}
			}
			for _, name := range metrics {
				cell := "-"
				if v, ok := p.Medians[name]; ok {
					cell = short(v)
				}
				cells = append(cells, cell)
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", p.Prior, p.Rows, p.Results, strings.Join(cells, "\t"))
		}
		fmt.Fprintln(w)
	})
}

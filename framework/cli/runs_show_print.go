package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"sedlab/framework/store"
)

// print writes a run for people.
func (s *shown) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, line := range s.lines() {
		if line[1] != "" {
			fmt.Fprintf(w, "%s\t%s\n", line[0], line[1])
		}
	}
	fmt.Fprintln(w, "\nsettings that are no defaults")
	for _, setting := range s.special {
		fmt.Fprintf(w, "%s\t%s\n", setting.Key, store.Text(setting.Value))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := s.printResults(out); err != nil {
		return err
	}
	for _, figure := range s.Figures {
		fmt.Fprintln(out, figure)
	}
	_, err := fmt.Fprintf(out, "\nagain: sedlab run %s\n", quote(s.Again[2]))
	return err
}

// lines are what there is to say before the settings; an empty line is left out.
func (s *shown) lines() [][2]string {
	m := s.Manifest
	lines := [][2]string{
		{"run", filepath.Base(s.Dir)},
		{"question", m.Question},
		{"status", fmt.Sprintf("%s, %d of %s, %d of them from the cache", s.Status, m.Cells.Done, plural(m.Cells.Total, "cell"), m.Cells.Cached)},
		{"error", firstLine(m.Error)},
		{"tags", strings.Join(s.Tags, " ")},
		{"started", localTime(m.Started)},
		{"took", duration(s.Status, m.Started, m.Seconds) + " with " + plural(m.Workers, "worker")},
		{"command", strings.Join(m.Argv, " ")},
		{"repeats", m.ReplayOf},
		{"program", fmt.Sprintf("%s %s, %s", m.Module.Path, m.Module.Version, m.Module.Go)},
		{"commit", commit(m)},
		{"machine", machineOf(m.System)},
	}
	for _, r := range m.Resumed {
		lines = append(lines, [2]string{"resumed", localTime(r.Time) + " on " + machineOf(r.System)})
	}
	for _, d := range m.Datasets {
		lines = append(lines, [2]string{"data", d.Name + ", SHA-256 " + d.SHA256})
	}
	for _, note := range m.Notes {
		lines = append(lines, [2]string{"note", note})
	}
	for _, f := range s.Statuses {
		lines = append(lines, [2]string{"no result", plural(f.Rows, "row") + ": " + f.Status})
	}
	return lines
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

func machineOf(s store.System) string {
	text := fmt.Sprintf("%s, %d cores, kernel %s, %s/%s", s.CPU, s.Cores, s.Kernel, s.OS, s.Arch)
	if s.Host != "" {
		text = s.Host + ": " + text
	}
	return text
}

// printResults prints a line for every prior.
func (s *shown) printResults(out io.Writer) error {
	if len(s.Priors) == 0 {
		_, err := fmt.Fprintln(out, "\nno results")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "\nprior\trows\tok\tmse: 1st quartile\tmedian\t3rd quartile")
	for _, name := range s.metrics[1:] {
		fmt.Fprintf(w, "\t%s", name)
	}
	fmt.Fprintln(w)
	for _, p := range s.Priors {
		fmt.Fprintf(w, "%s\t%d\t%d", p.Prior, p.Rows, p.Results)
		if p.MSE == nil {
			fmt.Fprint(w, "\t-\t-\t-")
		} else {
			fmt.Fprintf(w, "\t%s\t%s\t%s", short(p.MSE[0]), short(p.MSE[1]), short(p.MSE[2]))
		}
		for _, name := range s.metrics[1:] {
			if v, ok := p.Medians[name]; ok {
				fmt.Fprintf(w, "\t%s", short(v))
			} else {
				fmt.Fprint(w, "\t-")
			}
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintln(w)
	return w.Flush()
}

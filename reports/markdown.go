package reports

import (
	"fmt"
	"strings"

	"sedlab/internal/escape"
	"sedlab/internal/group"
	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// markdown writes report.md.
func markdown(run Run, sections []section, s *Summary) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\nRun `%s`", inline(run.Name), run.ID)
	if run.ReplayOf != "" {
		fmt.Fprintf(&b, ", a replay of `%s`", run.ReplayOf)
	}
	b.WriteString("\n\n")
	if run.Question != "" {
		fmt.Fprintf(&b, "**Question:** %s\n\n", inline(run.Question))
	}
	if run.Note != "" {
		fmt.Fprintf(&b, "**Note:** %s\n\n", inline(run.Note))
	}
	writeSummary(&b, run, s.Claims)
	writeBest(&b, run)
	if len(sections) > 0 {
		b.WriteString("## Figures\n\n")
	}
	for i, s := range sections {
		writeSection(&b, i+1, s)
	}
	writeFindings(&b, run, s.Findings)
	writeIntervals(&b, run)
	writeClaims(&b, s.Claims)
	writeFailures(&b, run)
	writeCells(&b, run)
	writeSettings(&b, run)
	return b.String()
}

// writeSettings writes how the run was made.
func writeSettings(b *strings.Builder, run Run) {
	if len(run.Settings) == 0 {
		return
	}
	rows := [][]string{{"setting", "value"}}
	for _, s := range run.Settings {
		rows = append(rows, s[:])
	}
	b.WriteString("## Settings\n\n")
	writeTable(b, rows)
}

// writeSummary writes what a reader wants first: the run in short, what to know before
// reading it, and the verdicts on the claims.
func writeSummary(b *strings.Builder, run Run, claims []Claim) {
	failed := 0
	for _, rows := range failures(run.Signals) {
		failed += len(rows)
	}
	fmt.Fprintf(b, "%s, %s, %d failed. %s\n\n",
		Plural(len(cellsOf(run.Signals)), "cell"), Plural(len(run.Signals), "reconstruction"), failed, runtimeOf(run))
	for _, caveat := range run.Caveats {
		fmt.Fprintf(b, "**Note:** %s\n\n", inline(caveat))
	}
	rows := [][]string{{"the paper's claim", "prior", "verdict", ""}}
	for _, c := range fold(claims) {
		rows = append(rows, []string{c.Claim, c.Who(), "**" + string(c.Verdict) + "**", c.Detail})
	}
	writeTable(b, rows)
}

// shownSettings is the number of settings of a prior whose verdicts are listed one by one.
const shownSettings = 8

// fold replaces the verdicts of a prior that has them at many settings by one each for the
// settings with the same verdict.
func fold(claims []Claim) (folded []Claim) {
	type about struct{ prior, claim string }
	same := func(c Claim) about { return about{c.Prior, c.Claim} }
	for _, list := range group.By(claims, same) {
		if len(list) <= shownSettings {
			folded = append(folded, list...)
			continue
		}
		for _, alike := range group.By(list, func(c Claim) Verdict { return c.Verdict }) {
			c := alike[0]
			c.Setting = fmt.Sprintf("at %d of %d settings", len(alike), len(list))
			c.Detail = ""
			folded = append(folded, c)
		}
	}
	return folded
}

// Verdicts returns the verdicts on the claims, for people: those of a prior at many settings
// are counted.
func (s *Summary) Verdicts() []Claim { return fold(s.Claims) }

// Who names the prior of a claim, and its setting.
func (c Claim) Who() string { return names(c.Prior, c.Setting) }

// runtimes are seconds, summed over trainings and signals.
type runtimes struct {
	trained                  []string // the priors that logged their training
	training, reconstruction float64
}

func runtimeOf(run Run) (t runtimes) {
	t.trained = group.Keys(run.Training, func(e record.Training) string { return e.Prior })
	last := map[record.Key]float64{}
	for _, e := range run.Training {
		key := record.KeyOf(e.Prior, e.PriorHash)
		if draw.Finite(e.Seconds) && e.Seconds > last[key] {
			t.training += e.Seconds - last[key]
			last[key] = e.Seconds
		}
	}
	for i := range run.Signals {
		if s := run.Signals[i].Seconds; draw.Finite(s) {
			t.reconstruction += s
		}
	}
	return t
}

// String says how long reconstruction and training took. Priors that log no training
// are not timed.
func (t runtimes) String() string {
	text := fmt.Sprintf("Reconstruction took %s s, summed over signals.", draw.Number(t.reconstruction))
	if len(t.trained) == 0 {
		return text
	}
	return fmt.Sprintf("Training of %s took %s s. %s", Listed(t.trained), draw.Number(t.training), text)
}

func writeSection(b *strings.Builder, number int, s section) {
	if s.skipped != nil {
		fmt.Fprintf(b, "*Not drawn: %s.*", inline(s.skipped.Error()))
		if s.drawn != nil {
			fmt.Fprintf(b, " [CSV](figures/%s.csv).", s.base)
		}
		b.WriteString("\n\n")
		return
	}
	fmt.Fprintf(b, "### %d. %s\n\n![%s](figures/%s.png)\n\n", number, inline(s.heading), inline(s.heading), s.base)
	if len(s.drawn.Caption) > 0 {
		fmt.Fprintf(b, "%s ", inline(strings.Join(s.drawn.Caption, " ")))
	}
	fmt.Fprintf(b, "[SVG](figures/%s.svg), [CSV](figures/%s.csv).\n\n", s.base, s.base)
	if s.note != "" {
		fmt.Fprintf(b, "*Note: %s.*\n\n", inline(s.note))
	}
	if s.drawn.Table != nil {
		writeTable(b, s.drawn.Table)
	}
}

func writeClaims(b *strings.Builder, claims []Claim) {
	b.WriteString("## The paper's claims\n\nRissaki et al., section 3.3.\n\n")
	for _, list := range group.By(claims, func(c Claim) [2]string { return [2]string{c.Prior, c.Claim} }) {
		if len(list) > shownSettings {
			writeManySettings(b, list)
			continue
		}
		for _, c := range list {
			writeClaim(b, c)
		}
	}
}

func writeClaim(b *strings.Builder, c Claim) {
	fmt.Fprintf(b, "### %s%s\n\n> %s\n\n%s\n\n", c.heading(), c.Verdict, c.Claim, c.Rule)
	if c.Detail != "" {
		fmt.Fprintf(b, "This run: it %s.\n\n", c.Detail)
	}
	if c.Verdict == NotTested {
		fmt.Fprintf(b, "To test it: %s.\n\n", c.Missing)
		return
	}
	writeTable(b, c.Table)
}

// heading begins the heading of a claim.
func (c Claim) heading() string {
	if c.Prior == "" {
		return ""
	}
	return names("`"+c.Prior+"`", inline(c.Setting)) + ": "
}

// writeManySettings writes the verdicts on a claim at many settings of a prior.
func writeManySettings(b *strings.Builder, list []Claim) {
	c := list[0]
	fmt.Fprintf(b, "### `%s`: %d settings\n\n> %s\n\n%s\n\n", c.Prior, len(list), c.Claim, c.Rule)
	rows := [][]string{{"setting", "verdict", ""}}
	for _, c := range list {
		rows = append(rows, []string{c.Setting, string(c.Verdict), c.Detail})
	}
	writeTable(b, rows)
}

// writeTable writes a table whose first row is the header.
func writeTable(b *strings.Builder, rows [][]string) {
	for i, row := range rows {
		for _, field := range row {
			fmt.Fprintf(b, "| %s ", inline(field))
		}
		b.WriteString("|\n")
		if i == 0 {
			b.WriteString(strings.Repeat("|---", len(row)) + "|\n")
		}
	}
	b.WriteByte('\n')
}

// inline keeps text on one line and in one field of a table.
func inline(s string) string { return escape.Markdown(strings.Join(strings.Fields(s), " ")) }

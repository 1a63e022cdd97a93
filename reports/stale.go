package reports

import (
	"errors"
	"io/fs"
	"regexp"

	"sedlab/internal/regular"
	"sedlab/internal/sums"
	"sedlab/reports/draw"
)

// notInNames matches characters that file names should not contain.
var notInNames = regexp.MustCompile(`[^A-Za-z0-9_]`)

// files matches the CSV of a figure in a report, which every figure has.
var files = regexp.MustCompile(`\]\(figures/([0-9]{2,}-[A-Za-z0-9_-]+)\.csv\)`)

// maxReport is the size of the largest report that is read, in bytes.
const maxReport = 256 << 20

// shown returns the figures that the report in a folder shows, named as in section.base. A missing
// report shows none.
func shown(dir string) (bases []string, err error) {
	text, err := regular.ReadIn(dir, File, maxReport)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, match := range files.FindAllSubmatch(text, -1) {
		bases = append(bases, string(match[1]))
	}
	return bases, nil
}

// removeStale removes the files of figures that only the previous report showed. Every
// other file stays.
func removeStale(change *sums.Change, before []string, sections []section, opt Options) {
	written := map[string]bool{}
	for _, s := range sections {
		if s.drawn == nil {
			continue
		}
		for _, extension := range s.drawn.Files(opt.PDF) {
			written[s.base+extension] = true
		}
	}
	for _, base := range before {
		for _, extension := range draw.Extensions(true) {
			if !written[base+extension] {
				change.Remove(figuresFolder + base + extension)
			}
		}
	}
}

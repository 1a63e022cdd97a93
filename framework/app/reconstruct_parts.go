package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sedlab/datasets"
	"sedlab/datasets/spectra"
)

// ofPart returns the path at which a part of the results is written: out-00003-of-00016.parquet for
// out.parquet, so that names sort as parts do, and a pattern names all. It is the path itself for an
// undivided reconstruction.
func (r *Reconstruction) ofPart(path string) string {
	if r.Parts == 0 || path == "" {
		return path
	}
	base, end := strings.TrimRight(path, "/"), "/"
	if !isFolder(path) {
		end = filepath.Ext(path)
		base = strings.TrimSuffix(path, end)
	}
	return fmt.Sprintf("%s-%05d-of-%05d%s", base, r.Part, r.Parts, end)
}

// piece is a file of spectra, or some row groups of it, which one part reads.
type piece struct {
	file   string
	groups spectra.GroupRange
	bytes  int64
}

// piecesOf returns what the spectra can be dealt by to a number of parts, in order: files and, of
// Parquet files that are larger than a part, their row groups.
func piecesOf(source *datasets.SpectraConfig, files []string, parts int) (list []piece) {
	total := int64(0)
	for _, file := range files {
		p := piece{file: file, bytes: 1} // also of one that cannot be read
		if info, err := os.Stat(file); err == nil {
			p.bytes += info.Size()
		}
		list, total = append(list, p), total+p.bytes
	}
	if parts < 2 {
		return list
	}
	whole := list
	list = nil
	for _, p := range whole {
		var groups []int64
		if p.bytes > total/int64(parts) {
			groups = spectra.Groups(p.file, source.Options)
		}
		if len(groups) < 2 {
			list = append(list, p)
			continue
		}
		for i, bytes := range groups {
			list = append(list, piece{p.file, spectra.GroupRange{From: i, To: i + 1}, bytes + 1})
		}
	}
	return list
}

// dealt returns the pieces of one part, with row groups that follow each other in one. Parts take
// the pieces in order, and as many bytes as each other, to within the largest piece. So all parts
// have, one after the other, the rows of an undivided reconstruction.
func dealt(list []piece, part, parts int) (mine []piece) {
	total := int64(0)
	for _, p := range list {
		total += p.bytes
	}
	before := int64(0)
	for _, p := range list {
		middle := float64(before) + float64(p.bytes)/2
		before += p.bytes
		if int(middle/float64(total)*float64(parts)) != part {
			continue
		}
		if n := len(mine) - 1; n >= 0 && mine[n].file == p.file {
			mine[n].groups.To = p.groups.To
			mine[n].bytes += p.bytes
			continue
		}
		mine = append(mine, p)
	}
	return mine
}

package app

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"sedlab/framework/repaired"
	"sedlab/internal/yamlpos"
)

// RepairedSpectrum is a spectrum that reconstruct has written.
type RepairedSpectrum = repaired.Spectrum

// RepairedQuery says which repaired spectra of a file or folder to list, in which order.
type RepairedQuery struct {
	Sort    string // one of RepairedSorts; empty for the order of the file
	From    int    // the number of the first to list; if negative, the page that has Chosen
	Limit   int    // the most to list
	Chosen  int    // the number in the file of the spectrum that a person looks at
	Default bool   // Chosen is the first of the list instead
}

// RepairedSorts are the orders of repaired spectra, the most doubtful first.
var RepairedSorts = []string{"file", "p_value", "chi2", "redshift"}

// RepairedList lists repaired spectra.
type RepairedList struct {
	Path     string
	Query    RepairedQuery
	Total    int
	Rows     []RepairedRow // from Query.From on
	Problems []string      // what could not be read
}

// RepairedRow is a repaired spectrum without its fluxes.
type RepairedRow struct {
	Number int // in the file, from 0
	RepairedSpectrum
}

// repairedCache holds what was listed of files and folders, by their paths.
type repairedCache struct {
	sync.Mutex
	of map[string]*repaired.Results
}

// Repaired lists the spectra of a file or folder that reconstruct has written. The error is a
// *QueryError for an unknown order.
func (a *App) Repaired(ctx context.Context, path string, q RepairedQuery) (*RepairedList, error) {
	r, err := a.results(ctx, path)
	if err != nil {
		return nil, err
	}
	q.Sort = cmp.Or(q.Sort, RepairedSorts[0])
	if !slices.Contains(RepairedSorts, q.Sort) {
		return nil, &QueryError{fmt.Errorf("sort %q: %s", q.Sort, yamlpos.Instead(q.Sort, RepairedSorts))}
	}
	order := make([]int, len(r.List))
	for i := range order {
		order[i] = i
	}
	if q.Sort != RepairedSorts[0] {
		slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(doubt(&r.List[j], q.Sort), doubt(&r.List[i], q.Sort)) })
	}
	list := &RepairedList{Path: path, Query: q, Total: len(order), Problems: r.Problems}
	limit := max(1, q.Limit)
	if q.Default && len(order) > 0 {
		list.Query.Chosen = order[min(max(0, q.From), len(order)-1)]
	}
	if q.From < 0 {
		list.Query.From = max(0, slices.Index(order, list.Query.Chosen)) / limit * limit
	}
	list.Query.From = min(list.Query.From, max(0, len(order)-1))
	for _, i := range order[list.Query.From:min(len(order), list.Query.From+limit)] {
		list.Rows = append(list.Rows, RepairedRow{i, r.List[i]})
	}
	return list, nil
}

// doubt returns a number that is greater the earlier a spectrum comes: a low p-value, a high
// χ², a high redshift. What is unknown comes last.
func doubt(x *RepairedSpectrum, sort string) float64 {
	value, sign := x.PValue, -1.0
	switch sort {
	case "chi2":
		value, sign = x.Chi2, 1
	case "redshift":
		value, sign = x.Redshift, 1
	}
	if value == nil {
		return math.Inf(-1)
	}
	return sign * *value
}

// RepairedSpectrum reads a spectrum of a file or folder that reconstruct has written, by its
// number.
func (a *App) RepairedSpectrum(ctx context.Context, path string, number int) (*RepairedSpectrum, error) {
	r, err := a.results(ctx, path)
	if err != nil {
		return nil, err
	}
	if number < 0 || number >= len(r.List) {
		return nil, &QueryError{fmt.Errorf("%s: no spectrum %d; there are %d", path, number, len(r.List))}
	}
	return r.Spectrum(ctx, number)
}

// results lists a file or folder, unless it is still as it was listed before.
func (a *App) results(ctx context.Context, path string) (*repaired.Results, error) {
	a.repaired.Lock()
	r := a.repaired.of[path]
	a.repaired.Unlock()
	if r != nil && r.Same() {
		return r, nil
	}
	r, err := repaired.OpenResults(ctx, path)
	if err != nil {
		return nil, err
	}
	a.repaired.Lock()
	defer a.repaired.Unlock()
	if a.repaired.of == nil {
		a.repaired.of = map[string]*repaired.Results{}
	}
	a.repaired.of[path] = r
	return r, nil
}

package reports

import "sedlab/internal/group"

// Pair is what two priors made of the same signal and the same problem.
type Pair struct{ Own, Other *Signal }

// Pairs returns the pairs of rows of a prior and of another, and how many rows of either
// have no partner. Priors with solvers of their own are paired in spite of these.
func Pairs(rows []*Signal, own, other string) (pairs []Pair, alone int) {
	var cells []*cell
	for _, g := range group.By(rows, func(r *Signal) string { return r.CellID }) {
		if prior := g[0].Prior; prior == own || prior == other {
			cells = append(cells, newCell(g))
		}
	}
	partnerOf := map[string]func(*cell) *cell{own: onSameProblem(cells, other), other: onSameProblem(cells, own)}
	seen, paired := map[[2]*cell]bool{}, map[*Signal]bool{}
	for _, c := range cells {
		both := [2]*cell{c, partnerOf[c.Prior](c)}
		if c.Prior == other {
			both[0], both[1] = both[1], both[0]
		}
		if both[0] == nil || both[1] == nil || seen[both] {
			continue
		}
		seen[both] = true
		others := map[int64]*Signal{}
		for _, r := range both[1].rows {
			others[r.SignalID] = r
		}
		for _, r := range both[0].rows {
			if o := others[r.SignalID]; o != nil {
				pairs = append(pairs, Pair{r, o})
				paired[r], paired[o] = true, true
			}
		}
	}
	for _, c := range cells {
		for _, r := range c.rows {
			if !paired[r] {
				alone++
			}
		}
	}
	return pairs, alone
}

package gappy

// gap is a run [lo, hi) of values that are missing.
type gap struct{ lo, hi int32 }

// gaps are those of each signal.
type gaps struct {
	all   []gap
	start []int // N+1
}

func findGaps(d Data) gaps {
	g := gaps{start: make([]int, 1, d.Len()+1)}
	for i := range d.Len() {
		if d.Missing != nil {
			g.add(d.Missing[d.row(i):][:d.Dim])
		}
		g.start = append(g.start, len(g.all))
	}
	return g
}

func (g *gaps) add(missing []bool) {
	for j := 0; j < len(missing); j++ {
		if !missing[j] {
			continue
		}
		lo := j
		for j < len(missing) && missing[j] {
			j++
		}
		g.all = append(g.all, gap{int32(lo), int32(j)})
	}
}

func (g gaps) of(i int) []gap { return g.all[g.start[i]:g.start[i+1]] }

// sums are running totals over columns, by which a sum over a gap is the difference of two
// rows however long it is.
type sums struct {
	total []float64 // (n+1)×m: row j has the sums over the columns before j
	m     int
}

// newSums adds up m terms in each of n columns.
func newSums(n, m int, terms func(dst []float64, j int)) sums {
	s := sums{make([]float64, (n+1)*m), m}
	for j := range n {
		next := s.row(j + 1)
		terms(next, j)
		for a, v := range s.row(j) {
			next[a] += v
		}
	}
	return s
}

func (s sums) row(j int) []float64 { return s.total[j*s.m:][:s.m] }

// over sets missing to the sums over the gaps, and measured to those over the rest.
func (s sums) over(missing, measured []float64, gs []gap) {
	clear(missing)
	for _, g := range gs {
		lo, hi := s.row(int(g.lo)), s.row(int(g.hi))
		for a := range missing {
			missing[a] += hi[a] - lo[a]
		}
	}
	for a, v := range s.row(len(s.total)/s.m - 1) {
		measured[a] = v - missing[a]
	}
}

package stats

import "math"

// SignedRank is the outcome of a two-sided Wilcoxon signed-rank test.
type SignedRank struct {
	N           int     // differences that are not zero
	Zeros       int     // differences that are, which are dropped as in Wilcoxon's own method
	Plus, Minus float64 // the sums of the ranks of positive and of negative differences
	Exact       bool    // whether P is exact, and not by the normal approximation
	P           float64
}

const (
	mostExact = 50 // differences without ties and zeros for which p is exact
	mostTied  = 13 // the same with ties or zeros
)

// Wilcoxon tests whether paired differences are symmetric about zero (Wilcoxon 1945, Biometrics
// Bulletin 1, 80). As scipy.stats.wilcoxon(method="auto") does, it computes an exact p for up to
// 50 differences without ties and zeros, or up to 13 with some. Otherwise it takes
// z = (W⁺ − n(n+1)/4) / √((n(n+1)(2n+1) − Σ(t³ − t)/2)/24), t being the sizes of ties, without a
// correction for continuity (Hollander and Wolfe 1973, section 3.1). Differences that are all
// zero have p = 1.
func Wilcoxon(differences []float64) SignedRank {
	var s SignedRank
	var sizes []float64
	var positive []bool
	for _, d := range differences {
		if d == 0 {
			s.Zeros++
			continue
		}
		sizes, positive = append(sizes, math.Abs(d)), append(positive, d > 0)
	}
	s.N = len(sizes)
	groups, lost := ties(sizes), 0.0
	for _, tie := range groups {
		t := float64(len(tie.of))
		lost += t*t*t - t
		for _, i := range tie.of {
			if positive[i] {
				s.Plus += tie.rank
			} else {
				s.Minus += tie.rank
			}
		}
	}
	most := mostExact
	if s.Zeros > 0 || len(groups) < s.N {
		most = mostTied
	}
	if s.Exact = len(differences) <= most; s.Exact {
		s.P = exact(groups, min(s.Plus, s.Minus))
	} else {
		s.P = approximate(float64(s.N), s.Plus, lost)
	}
	return s
}

// exact returns the two-sided p of the smaller sum of ranks: the share of all choices of signs
// that give at most this sum of positive ranks, twice. Ranks are doubled to be integers.
func exact(groups []tied, least float64) float64 {
	counts := []float64{1} // the number of choices by doubled sum; exact in float64 up to 2⁵³
	for _, tie := range groups {
		rank := int(2 * tie.rank)
		for range tie.of {
			next := make([]float64, len(counts)+rank)
			for sum, n := range counts {
				next[sum] += n
				next[sum+rank] += n
			}
			counts = next
		}
	}
	below, all := 0.0, 0.0
	for sum, n := range counts {
		all += n
		if float64(sum) <= 2*least {
			below += n
		}
	}
	return min(1, 2*below/all)
}

// approximate returns the two-sided p of a sum of positive ranks by the normal approximation.
// lost is Σ(t³ − t) over ties of t differences.
func approximate(n, plus, lost float64) float64 {
	if n == 0 {
		return 1
	}
	z := (plus - n*(n+1)/4) / math.Sqrt((n*(n+1)*(2*n+1)-lost/2)/24)
	return math.Erfc(math.Abs(z) / math.Sqrt2)
}

// RankBiserial returns the matched-pairs rank-biserial correlation (W⁺ − W⁻)/(W⁺ + W⁻), in
// [−1, 1], an effect size (Kerby 2014, Comprehensive Psychology 3, 1); 0 if no difference is
// left.
func (s SignedRank) RankBiserial() float64 {
	if s.N == 0 {
		return 0
	}
	return (s.Plus - s.Minus) / (s.Plus + s.Minus)
}

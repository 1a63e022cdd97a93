package reports

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// Interval is an estimate with the ends of its interval.
type Interval struct{ Value, Low, High float64 }

// MarshalJSON writes what is not finite as null.
func (v Interval) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Value Number `json:"value"`
		Low   Number `json:"low"`
		High  Number `json:"high"`
	}{Number(v.Value), Number(v.Low), Number(v.High)})
}

func (v Interval) String() string {
	if math.IsNaN(v.Value) {
		return "–"
	}
	return draw.TwoDigits(v.Value) + " [" + draw.TwoDigits(v.Low) + ", " + draw.TwoDigits(v.High) + "]"
}

// resamples is the number of bootstrap samples: enough that chance moves the ends of an
// interval by less than the digits that the report prints.
const resamples = 2000

// design is how the rows of several cells are resampled together: first the repeats of the
// experiment, then the signals. A signal that is drawn is drawn in every cell that has it,
// so that conditions and repeats that share signals are no more evidence than they are.
type design struct {
	repeats map[record.Key]int
	signals map[drawn]int // of all sets
	sets    [][]int       // the signals of each set, which are drawn from it
	setOf   map[side]string

	repeat, signal []int // how often each is in the sample
}

// drawn names a signal: the set that it is drawn from, and its identity.
type drawn struct {
	set string
	id  int64
}

// side is a side of the split in a repeat.
type side struct {
	repeat record.Key
	split  string
}

func (c *cell) side() side { return side{c.repeat, c.Split} }

// newDesign returns the design for cells. sameData says that a row of the data is the same
// signal in every repeat.
func newDesign(cells []*cell, sameData bool) *design {
	d := &design{repeats: map[record.Key]int{}, signals: map[drawn]int{}, setOf: setsOf(cells, sameData)}
	index := map[string]int{}
	for _, c := range cells {
		if _, known := d.repeats[c.repeat]; !known {
			d.repeats[c.repeat] = len(d.repeats)
		}
		set := d.setOf[c.side()]
		if _, known := index[set]; !known {
			index[set] = len(d.sets)
			d.sets = append(d.sets, nil)
		}
		for _, r := range c.rows {
			at := drawn{set, r.SignalID}
			if _, known := d.signals[at]; !known {
				d.sets[index[set]] = append(d.sets[index[set]], len(d.signals))
				d.signals[at] = len(d.signals)
			}
		}
	}
	d.repeat, d.signal = slices.Repeat([]int{1}, len(d.repeats)), slices.Repeat([]int{1}, len(d.signals))
	return d
}

// setsOf names the set that the signals of each side are drawn from. If all repeats have
// the same split, each side is a set, with as many signals in each sample. If repeats split
// the same data differently, there is one set of all signals. Otherwise, each side of each
// repeat has signals of its own.
func setsOf(cells []*cell, sameData bool) map[side]string {
	ids := map[side][]int64{}
	for _, c := range cells {
		for _, r := range c.rows {
			ids[c.side()] = append(ids[c.side()], r.SignalID)
		}
	}
	lists, sets := map[string]string{}, map[side]string{}
	sameSplit := true
	for s, list := range ids {
		slices.Sort(list)
		text := draw.Exact(slices.Compact(list))
		if other, known := lists[s.split]; known && other != text {
			sameSplit = false
		}
		lists[s.split] = text
	}
	for s := range ids {
		switch {
		case sameSplit:
			sets[s] = s.split
		case !sameData:
			sets[s] = fmt.Sprint(s)
		}
	}
	return sets
}

// resample draws repeats and signals with replacement.
func (d *design) resample(stream *rand.Rand) {
	clear(d.repeat)
	clear(d.signal)
	for range d.repeat {
		d.repeat[stream.IntN(len(d.repeat))]++
	}
	for _, set := range d.sets {
		for range set {
			d.signal[set[stream.IntN(len(set))]]++
		}
	}
}

// values are numbers with the repeat and the signal that each comes from, ascending.
type values struct {
	x              []float64
	repeat, signal []int
}

// add adds a number that a row of a cell has.
func (v *values) add(d *design, c *cell, r *record.Signal, x float64) {
	v.x = append(v.x, x)
	v.repeat = append(v.repeat, d.repeats[c.repeat])
	v.signal = append(v.signal, d.signals[drawn{d.setOf[c.side()], r.SignalID}])
}

// sorted returns the values in ascending order.
func (v values) sorted() values {
	order := make([]int, len(v.x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return compareFloats(v.x[i], v.x[j]) })
	var out values
	for _, i := range order {
		out.x, out.repeat, out.signal = append(out.x, v.x[i]), append(out.repeat, v.repeat[i]), append(out.signal, v.signal[i])
	}
	return out
}

// distinct returns the number of distinct signals.
func (v values) distinct() int { return len(slices.Compact(slices.Sorted(slices.Values(v.signal)))) }

// mean returns the mean in the current sample, NaN if it is empty.
func (v values) mean(d *design) float64 {
	sum, n := 0.0, 0
	for i, x := range v.x {
		w := d.repeat[v.repeat[i]] * d.signal[v.signal[i]]
		sum, n = sum+float64(w)*x, n+w
	}
	return sum / float64(n)
}

// quantiles returns quantiles of the current sample, for ascending shares, as
// quantile.Sorted does; NaN if the sample is empty.
func (v values) quantiles(d *design, shares ...float64) []float64 {
	n := 0
	for i := range v.x {
		n += d.repeat[v.repeat[i]] * d.signal[v.signal[i]]
	}
	out := make([]float64, len(shares))
	i, upTo := -1, 0 // the values up to i stand for upTo places
	at := func(place int) float64 {
		for upTo <= place {
			i++
			upTo += d.repeat[v.repeat[i]] * d.signal[v.signal[i]]
		}
		return v.x[i]
	}
	for k, share := range shares {
		if n == 0 {
			out[k] = math.NaN()
			continue
		}
		place := share * float64(n-1)
		lower := int(place)
		low := at(lower)
		out[k] = low
		if rest := place - float64(lower); rest > 0 {
			out[k] = low + rest*(at(lower+1)-low)
			i, upTo = -1, 0 // a later share may need the lower place again
		}
	}
	return out
}

func (v values) median(d *design) float64 { return v.quantiles(d, 0.5)[0] }

func (v values) iqr(d *design) float64 {
	q := v.quantiles(d, 0.25, 0.75)
	return q[1] - q[0]
}

// intervals returns the estimates of several statistics with simultaneous 95 % intervals
// by the percentile bootstrap (Mandel and Betensky 2008): with 95 % confidence, all of them
// cover at once. For a single statistic, it is the percentile interval (Efron 1979).
func (d *design) intervals(stream *rand.Rand, stats ...func() float64) []Interval {
	out, samples := make([]Interval, len(stats)), make([][]float64, len(stats))
	for k, stat := range stats {
		out[k].Value = stat() // every weight is 1
		samples[k] = make([]float64, resamples)
	}
	for b := range resamples {
		d.resample(stream)
		for k, stat := range stats {
			if samples[k][b] = stat(); math.IsNaN(samples[k][b]) {
				samples[k][b] = out[k].Value // no row of this condition was drawn
			}
		}
	}
	for i := range d.repeat {
		d.repeat[i] = 1
	}
	for i := range d.signal {
		d.signal[i] = 1
	}
	rank := simultaneousRank(samples)
	for k := range stats {
		slices.SortFunc(samples[k], compareFloats)
		out[k].Low, out[k].High = samples[k][resamples-rank], samples[k][rank-1]
	}
	return out
}

// simultaneousRank returns the rank, from 1, of the upper ends of intervals that 95 % of
// the samples are within, in all statistics at once. The lower ends have the same rank from
// above.
func simultaneousRank(samples [][]float64) int {
	most := make([]int, resamples) // the least rank that each sample is within
	for _, s := range samples {
		sorted := slices.SortedFunc(slices.Values(s), compareFloats)
		for b, x := range s {
			below, _ := slices.BinarySearchFunc(sorted, x, compareFloats)
			upTo, _ := slices.BinarySearchFunc(sorted, math.Nextafter(x, math.Inf(1)), compareFloats)
			most[b] = max(most[b], below+1, resamples-upTo+1) // of equal ones, any rank will do
		}
	}
	slices.Sort(most)
	return most[int(math.Ceil(confidence*resamples))-1]
}

// confidence is that of all intervals.
const confidence = 0.95

// compareFloats orders numbers; NaN is the least.
func compareFloats(a, b float64) int {
	switch {
	case a < b || math.IsNaN(a) && !math.IsNaN(b):
		return -1
	case a > b || math.IsNaN(b) && !math.IsNaN(a):
		return 1
	}
	return 0
}

// wilson returns the share k of n with its score interval (Wilson 1927), at a level for
// several such intervals at once (Bonferroni).
func wilson(share float64, n, intervals int) Interval {
	z := normalQuantile(intervals)
	m := float64(n)
	center := (share + z*z/(2*m)) / (1 + z*z/m)
	half := z / (1 + z*z/m) * math.Sqrt(share*(1-share)/m+z*z/(4*m*m))
	return Interval{share, max(center-half, 0), min(center+half, 1)}
}

// normalQuantile returns the number of standard deviations that bound one of several
// two-sided intervals that cover at once.
func normalQuantile(intervals int) float64 {
	return math.Sqrt2 * math.Erfinv(1-(1-confidence)/float64(intervals))
}

package reports

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"sedlab/internal/quantile"
	"sedlab/internal/record"
	"sedlab/internal/rng"
	"sedlab/reports/draw"
	"sedlab/reports/stats"
)

// Findings compare the priors of a run by their errors.
type Findings struct {
	Metric      string       `json:"metric"`
	Results     []Result     `json:"results"`     // of each prior at each condition
	Comparisons []Comparison `json:"comparisons"` // of two priors on the same signals
	Ranks       []Rank       `json:"ranks"`       // of the priors, if there are two or more
	RankedAt    int          `json:"ranked_at"`   // conditions at which all priors have results
	Reordered   int          `json:"reordered"`   // those at which the order differs without what box plots leave out
}

// Place is a problem and a side of the split.
type Place struct {
	Operator        string  `json:"operator"`
	MissingFraction float64 `json:"missing_fraction"`
	Noise           string  `json:"noise_l2"` // as the report writes it
	Split           string  `json:"split"`
	Swept           string  `json:"swept,omitempty"` // other swept keys that concern all priors, with their values
}

// Result describes the errors of a prior at a place.
type Result struct {
	Place
	Prior   string   `json:"prior"`
	Setting string   `json:"setting,omitempty"` // in which it differs from the prior's others
	N       int      `json:"n"`                 // errors, of all repeats
	Signals int      `json:"signals"`           // distinct ones with an error
	Repeats int      `json:"repeats"`
	Failed  int      `json:"failed"` // reconstructions without an error
	Median  Interval `json:"median"` // with its own bootstrap interval
	Q1      Number   `json:"q1"`
	Q3      Number   `json:"q3"`
	Mean    Number   `json:"mean"`
	SD      Number   `json:"sd"`
	// LeftOut counts the errors that box plots leave out, beyond 1.5 × IQR outside the quartiles.
	// MedianWithin and MeanWithin are of the others.
	LeftOut      int    `json:"left_out"`
	MedianWithin Number `json:"median_within"`
	MeanWithin   Number `json:"mean_within"`
	Oracle       Number `json:"median_oracle"` // median representation error; NaN if the run did not ask for it
}

// Number is a number that may not be finite; JSON then has null.
type Number float64

func (v Number) MarshalJSON() ([]byte, error) {
	if !draw.Finite(float64(v)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(v))
}

// fences is the reach of box plots outside the quartiles, in interquartile ranges.
const fences = 1.5

// find compares the priors of a run. It ends early only if the context does.
func find(ctx context.Context, run Run) (*Findings, error) {
	f := &Findings{Metric: metric, Results: []Result{}, Comparisons: []Comparison{}, Ranks: []Rank{}}
	if rows := withoutNoise(run.Signals); rows != nil {
		run.Signals, f.Metric = rows, truthMetric
	}
	points, priors := pointsOf(run)
	results := map[print]*Result{}
	for _, p := range points {
		for _, e := range p.entries {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if results[e.print] == nil {
				r := e.describe(run)
				results[e.print] = &r
				f.Results = append(f.Results, r)
			}
		}
	}
	f.compare(run, points)
	f.rank(points, priors, results)
	return f, nil
}

// truthMetric is the error against the signals without noise. Priors are compared by it if all
// rows have it: an error against noisy data rewards a prior that copies the noise.
const truthMetric = "mse_truth"

// oracleMetric is the representation error, which has no search and no missing fluxes in it.
const oracleMetric = "mse_oracle"

// withoutNoise returns rows with the error against the signals without noise as their error, nil
// if that is unknown.
func withoutNoise(rows []Signal) []Signal {
	out := slices.Clone(rows)
	known := false
	for i := range out {
		truth := out[i].Score(truthMetric)
		if out[i].Status == record.StatusOK && !draw.Finite(truth) {
			return nil
		}
		known = known || draw.Finite(truth)
		out[i].Scores = []Score{{Name: metric, Value: truth}, {Name: oracleMetric, Value: out[i].Score(oracleMetric)}}
	}
	if !known {
		return nil
	}
	return out
}

// metricText names the errors of the findings.
func (f *Findings) metricText() string {
	if f.Metric == truthMetric {
		return "MSE against the noise-free signals"
	}
	return "MSE"
}

// place returns the place of a cell.
func (c *cell) place() Place {
	p := Place{Operator: c.Operator, MissingFraction: c.MissingFraction, Noise: c.noise, Split: c.Split}
	shared := *c.Signal
	shared.Sweep = map[string]any{}
	for _, key := range c.shared() {
		shared.Sweep[key] = c.Sweep[key]
	}
	p.Swept = sweptText(&shared)
	return p
}

// describe describes the errors of an entry.
func (e *entry) describe(run Run) Result {
	d := newDesign(e.cells, run.SameData)
	v := errorsIn(d, e.cells)
	r := Result{Place: e.cells[0].place(), Prior: e.prior, Setting: e.setting, N: len(v.x), Signals: v.distinct(), Repeats: len(e.cells)}
	var oracle []float64
	for _, c := range e.cells {
		r.Failed += len(c.rows)
		oracle = append(oracle, c.scores(oracleMetric)...)
	}
	r.Failed -= r.N
	slices.Sort(oracle)
	r.Oracle = Number(median(oracle))
	within := stats.Within(v.x, fences)
	r.Median = Interval{Value: median(v.x), Low: median(v.x), High: median(v.x)}
	if r.N > 0 {
		r.Median = d.intervals(rng.New(0, "report median "+e.cells[0].CellID), func() float64 { return v.median(d) })[0]
	}
	r.Q1, r.Q3 = Number(quantile.Sorted(v.x, 0.25)), Number(quantile.Sorted(v.x, 0.75))
	r.Mean, r.SD = Number(stats.Mean(v.x)), Number(stats.SD(v.x))
	r.LeftOut, r.MedianWithin, r.MeanWithin = r.N-len(within), Number(median(within)), Number(stats.Mean(within))
	return r
}

// Rank is the place of a prior among all, by its median error.
type Rank struct {
	Prior string  `json:"prior"`
	Mean  float64 `json:"mean_rank"` // over the conditions; 1 is best
	Best  int     `json:"best"`      // conditions at which no other median is lower
}

// rank ranks the priors over the points at which all have results.
func (f *Findings) rank(points []*point, priors []string, results map[print]*Result) {
	if len(priors) < 2 {
		return
	}
	var blocks [][]float64
	best, seen := make([]int, len(priors)), map[string]bool{}
	for _, p := range points {
		var all, within []float64
		var prints []print
		for _, e := range p.entries {
			if r := results[e.print]; r.N > 0 {
				all, within, prints = append(all, r.Median.Value), append(within, float64(r.MedianWithin)), append(prints, e.print)
			}
		}
		if key := fmt.Sprint(prints); len(all) == len(priors) && !seen[key] {
			seen[key] = true
			blocks = append(blocks, all)
			for i, v := range all {
				if v == slices.Min(all) {
					best[i]++
				}
			}
			if !slices.Equal(stats.Ranks(all), stats.Ranks(within)) {
				f.Reordered++
			}
		}
	}
	f.RankedAt = len(blocks)
	for i, mean := range stats.MeanRanks(blocks) {
		f.Ranks = append(f.Ranks, Rank{priors[i], mean, best[i]})
	}
	slices.SortStableFunc(f.Ranks, func(a, b Rank) int { return compareFloats(a.Mean, b.Mean) })
}

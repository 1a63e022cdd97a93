package compare

import (
	"slices"
	"strings"

	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/internal/settings"
)

// Run is one of two runs to compare.
type Run struct {
	Datasets []store.Dataset
	Spec     settings.List
	Rows     []record.Signal
}

// Pairing is the difference of two runs' results, signal by signal.
//
// Two rows are a pair if they have the same prior and signal and agree in
// every column that says which problem was solved (see Keys). A column in which the two
// runs share no value is left out: the runs differ in it by design, as they may in
// lambda. If several rows of a run then match, such as those of several seeds, their
// means are compared.
type Pairing struct {
	Metric string `json:"metric"`
	// Unpaired says why signals could not be paired. If it is set, nothing else is.
	Unpaired string    `json:"unpaired,omitempty"`
	Keys     []string  `json:"paired_on"`
	LeftOut  []LeftOut `json:"left_out"`
	// MostA and MostB are the largest numbers of rows over which a side of a pair is the
	// mean.
	MostA     int     `json:"most_rows_a"`
	MostB     int     `json:"most_rows_b"`
	Pairs     int     `json:"pairs"`
	OnlyA     int     `json:"only_a"` // rows without a partner
	OnlyB     int     `json:"only_b"`
	Identical bool    `json:"identical"` // every result is identical, and every row has a partner
	Groups    []Group `json:"groups"`
	Priors    []Group `json:"priors"` // over all pairs of a prior, at every level
}

// LeftOut is a column in which two runs share no value, with a few values of each.
type LeftOut struct {
	Column string   `json:"column"`
	A      []string `json:"a"`
	B      []string `json:"b"`
}

// Runs compares the results of two runs by one error column.
func Runs(a, b Run, metric string) Pairing {
	p, _ := Paired(a, b, metric)
	return p
}

// Pair is a signal's error in both runs, at one problem.
type Pair struct {
	Prior  string
	Signal int64
	CellA  string // of the first row, if a side is the mean of several
	CellB  string
	A, B   float64
	Group  int // of Pairing.Groups
}

// Paired is like Runs, but also returns the pairs in which both sides have the metric, in the
// order of the rows of a.
func Paired(a, b Run, metric string) (p Pairing, list []Pair) {
	p = Pairing{Metric: metric, Keys: []string{}, LeftOut: []LeftOut{}, Groups: []Group{}, Priors: []Group{}}
	if p.Unpaired = unpaired(a, b); p.Unpaired != "" {
		return p, nil
	}
	columns := keyColumns(a, b)
	for _, c := range columns {
		if c.shared() {
			p.Keys = append(p.Keys, c.name)
		} else {
			p.LeftOut = append(p.LeftOut, LeftOut{c.name, some(c.a), some(c.b)})
		}
	}
	pairs := p.pair(a, b)
	results := resultColumns(a.Rows, b.Rows)
	p.Priors = p.groups(pairs, nil, results)
	p.Groups = p.groups(pairs, varying(pairs, p.Keys), results) // the last, whose numbers the pairs keep
	p.Identical = p.OnlyA+p.OnlyB == 0 && (p.Pairs == 0 || p.PairsIdentical())
	for _, q := range pairs {
		if g := &p.Groups[q.group]; g.Values == nil { // all pairs of a group have the same
			for _, c := range p.Keys {
				g.Values = append(g.Values, q.value(c))
			}
		}
		x, y := q.a[0], q.b[0]
		if e, f := q.a.mean(metric), q.b.mean(metric); finite(e) && finite(f) {
			list = append(list, Pair{x.Prior, x.SignalID, x.CellID, y.CellID, e, f, q.group})
		}
	}
	return p, list
}

// pair finds the pairs of two runs by the keys, and counts them.
func (p *Pairing) pair(a, b Run) (pairs []pairOf) {
	keys, points := a.points(p.Keys)
	_, partners := b.points(p.Keys)
	p.OnlyB = len(b.Rows)
	for _, key := range keys {
		q, partner := points[key], partners[key]
		if partner == nil {
			p.OnlyA += len(q)
			continue
		}
		pairs = append(pairs, pairOf{a: q, b: partner})
		p.MostA, p.MostB = max(p.MostA, len(q)), max(p.MostB, len(partner))
		p.OnlyB -= len(partner)
	}
	p.Pairs = len(pairs)
	return pairs
}

// PairsIdentical reports whether there are pairs and all have identical results.
func (p Pairing) PairsIdentical() bool {
	return len(p.Groups) > 0 && !slices.ContainsFunc(p.Groups, func(g Group) bool { return !g.Identical })
}

// unpaired says why the signals of two runs are not the same spectra, or "".
func unpaired(a, b Run) string {
	if len(a.Rows) == 0 || len(b.Rows) == 0 {
		return "a run without results has no signal to pair"
	}
	if len(a.Datasets) == 0 || len(b.Datasets) == 0 {
		return "" // a manifest without data sets says nothing
	}
	for _, d := range a.Datasets {
		if slices.ContainsFunc(b.Datasets, func(e store.Dataset) bool { return d.SHA256 == e.SHA256 }) {
			return ""
		}
	}
	return "the data differ: the same signal_id is not the same spectrum"
}

// Change is a key at which two specs differ.
type Change struct {
	Key string  `json:"key"`
	A   *string `json:"a"` // JSON of the value; nil where the spec does not have the key
	B   *string `json:"b"`
}

// Specs returns the keys at which two resolved specs differ, in order.
func Specs(a, b settings.List) []Change {
	text := func(s *settings.Setting) *string {
		if s == nil {
			return nil
		}
		text := settings.Text(s.Value)
		return &text
	}
	changes := []Change{}
	for _, c := range settings.Diff(a, b) {
		changes = append(changes, Change{c.Key, text(c.A), text(c.B)})
	}
	return changes
}

// value returns a row's value in a column. A key that only the other run sweeps has the
// value of this run's spec.
func (r Run) value(row *record.Signal, column string) any {
	v, ok := row.Value(column)
	if key, swept := record.SweptKey(column); !ok && swept {
		if v, ok = r.Spec.Get(key); !ok && strings.HasPrefix(key, "seeds.") {
			return row.Seed // which a stage without a seed of its own has
		}
		if _, list := v.([]any); list {
			return settings.Text(v) // in the form that the table has
		}
	}
	return v
}

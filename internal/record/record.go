// Package record defines the rows of a run's Parquet tables and the meaning of their
// columns, and reads and writes the tables. A missing number is NaN in Go and null in
// the files.
package record

import "math"

// Row is a row of one of a run's tables.
type Row interface{ Signal | Training | Example }

// StatusOK is the status of a signal that was reconstructed. Any other status
// says what went wrong.
const StatusOK = "ok"

// Signal is a row of signals.parquet: one cell's result for one signal. The tags
// name the columns, in the order of the table; see Column.Doc for what they mean.
// Tables that were written before an optional column was added lack it; its values are
// then missing.
type Signal struct {
	RunID           string  `column:"run_id"`
	CellID          string  `column:"cell_id"`
	Prior           string  `column:"prior"`
	PriorHash       string  `column:"prior_hash"`
	Operator        string  `column:"operator"`
	Method          string  `column:"method"`
	Lambda          float64 `column:"lambda"`
	Split           string  `column:"split"`
	SignalID        int64   `column:"signal_id"`
	Level           float64 `column:"level"`
	MissingFraction float64 `column:"missing_fraction"`
	NoiseL2         float64 `column:"noise_l2"`
	Norm            float64 `column:"norm" optional:"true"`
	Seed            uint64  `column:"seed"` // stored as the int64 of the same bits
	Scores          []Score // one column each
	Chi2            float64 `column:"chi2" optional:"null"`
	SigmaScale      float64 `column:"sigma_scale" optional:"null"`
	Iterations      int32   `column:"iterations"`
	Converged       bool    `column:"converged"`
	Status          string  `column:"status"` // StatusOK, or what went wrong
	Seconds         float64 `column:"seconds"`
	// Sweep holds the values of the other swept keys, each in a column sweep.<key>. A
	// value is a bool, a string or a number, which comes back from a file as bool,
	// string or float64. Any other value is stored as its JSON.
	Sweep map[string]any
}

// Score is a number that says how good a reconstruction is, or how it came about.
type Score struct {
	Name  string // of its column
	Value float64
}

// Score returns the score with a name, or NaN if the row has none.
func (s *Signal) Score(name string) float64 { return scoreOf(s.Scores, name) }

func scoreOf(scores []Score, name string) float64 {
	for i := range scores {
		if scores[i].Name == name {
			return scores[i].Value
		}
	}
	return math.NaN()
}

// Training is a row of training.parquet: one logged epoch of one prior.
type Training struct {
	Prior          string  `column:"prior"`
	PriorHash      string  `column:"prior_hash"`
	Epoch          int32   `column:"epoch"`
	Loss           float64 `column:"loss"`
	Seconds        float64 `column:"seconds"`
	LRGenerator    float64 `column:"lr_generator"`
	LRCodes        float64 `column:"lr_codes"`
	KeptLoss       float64 `column:"kept_loss" optional:"true"`
	ValidationLoss float64 `column:"validation_loss" optional:"null"`
}

// BestEpoch returns the epoch with the lowest validation loss, the first of equals, and false if
// none has a validation loss.
func BestEpoch(epochs []Training) (best Training, ok bool) {
	best.ValidationLoss = math.Inf(1)
	for _, e := range epochs {
		if e.ValidationLoss < best.ValidationLoss {
			best, ok = e, true
		}
	}
	return best, ok
}

// Example is a row of examples.parquet: one whole reconstruction. Its slices have one
// entry per flux, except Code, Measurement and MeasurementWavelength. The measurement of
// an operator that selects fluxes has one too, NaN where a flux is hidden. That of
// another operator has its m values, and Observed is empty.
type Example struct {
	RunID           string    `column:"run_id" optional:"true"`
	CellID          string    `column:"cell_id"`
	Prior           string    `column:"prior"`
	Operator        string    `column:"operator"`
	Method          string    `column:"method"`
	Lambda          float64   `column:"lambda"`
	Split           string    `column:"split"`
	SignalID        int64     `column:"signal_id"`
	Level           float64   `column:"level"`
	MissingFraction float64   `column:"missing_fraction"`
	NoiseL2         float64   `column:"noise_l2"`
	Seed            uint64    `column:"seed"`
	Norm            float64   `column:"norm"`
	Wavelength      []float64 `column:"wavelength"`
	Truth           []float32 `column:"truth"`
	Clean           []float32 `column:"clean" optional:"true"`
	Infilled        []bool    `column:"infilled" optional:"true"`
	Measurement     []float32 `column:"measurement"`
	// MeasurementWavelength is empty where the measurement has the grid of the fluxes, or
	// no wavelengths.
	MeasurementWavelength []float64      `column:"measurement_wavelength" optional:"true"`
	Reconstruction        []float32      `column:"reconstruction"`
	Sigma                 []float32      `column:"sigma" optional:"true"`
	Noise                 []float32      `column:"noise" optional:"true"`
	Observed              []bool         `column:"observed"`
	Code                  []float32      `column:"code" optional:"true"`
	Sweep                 map[string]any // as in Signal
}

// Package record holds the rows of a run's Parquet tables and reads and writes
// them. In Go a NaN means "no value"; in the files it is null.
package record

// StatusOK is the status of a signal that was reconstructed. Any other status
// says what went wrong.
const StatusOK = "ok"

// Signal is a row of signals.parquet: one cell's result for one signal.
type Signal struct {
	RunID, CellID    string
	Prior, PriorHash string
	Operator, Method string
	Lambda           float64 // weight of the regularization
	Split            string  // train or test
	SignalID         int64   // the spectrum's row in the data set, from 0
	Level            float64 // the operator's difficulty: its missing fraction, or its noise
	MissingFraction  float64
	NoiseL2          float64 // ‖η‖₂, in normalised flux
	Seed             uint64  // stored as the int64 of the same bits

	// Mean squared errors per flux, in normalised flux²: over all fluxes, over
	// those that the operator hides, over those that it does not, and over those
	// that the data set measured.
	MSE, MSEMissing, MSEObserved, MSEMeasured float64
	MeasurementLoss                           float64 // ‖A x̂ − y‖²/m

	Iterations int32
	Converged  bool
	Status     string // StatusOK, or what went wrong
	Seconds    float64
	// Sweep holds the other swept keys' values: a bool, a string, or any number.
	// They come back from a file as bool, string and float64; other values are
	// stored as their JSON text.
	Sweep map[string]any
}

// Training is a row of training.parquet: one logged epoch of one prior.
type Training struct {
	Prior, PriorHash     string
	Epoch                int32
	Loss                 float64 // mean squared error per flux, in normalised flux²
	Seconds              float64 // since the training began
	LRGenerator, LRCodes float64
}

// Example is a row of examples.parquet: one whole reconstruction. Its slices
// have one entry per flux; Measurement is NaN where a flux is hidden. For an
// operator that does not measure fluxes, Measurement and Observed are empty.
type Example struct {
	CellID, Prior            string
	Operator, Method, Split  string
	SignalID                 int64
	Lambda                   float64
	Level                    float64
	MissingFraction, NoiseL2 float64
	Seed                     uint64
	Norm                     float64   // what the signal was divided by: fluxes times Norm are the data set's
	Wavelength               []float64 // Å
	Truth                    []float32 // normalised flux
	Measurement              []float32
	Reconstruction           []float32
	Observed                 []bool
	Sweep                    map[string]any // as in Signal
}

// row is a struct that is bound to columns, in the order of the table.
type row interface {
	fields() []field
	// sweep returns where the values of the sweep's columns are, or nil for a
	// table without.
	sweep() *map[string]any
}

// field binds a column's name to the variable that holds its value: a *string,
// *int32, *int64, *uint64, *bool, *float64, *[]float64, *[]float32 or *[]bool.
type field struct {
	name string
	at   any
}

func (s *Signal) sweep() *map[string]any   { return &s.Sweep }
func (t *Training) sweep() *map[string]any { return nil }
func (e *Example) sweep() *map[string]any  { return &e.Sweep }

func (s *Signal) fields() []field {
	return []field{
		{"run_id", &s.RunID}, {"cell_id", &s.CellID},
		{"prior", &s.Prior}, {"prior_hash", &s.PriorHash},
		{"operator", &s.Operator}, {"method", &s.Method}, {"lambda", &s.Lambda},
		{"split", &s.Split}, {"signal_id", &s.SignalID},
		{"level", &s.Level}, {"missing_fraction", &s.MissingFraction}, {"noise_l2", &s.NoiseL2},
		{"seed", &s.Seed},
		{"mse", &s.MSE}, {"mse_missing", &s.MSEMissing}, {"mse_observed", &s.MSEObserved},
		{"mse_measured", &s.MSEMeasured}, {"measurement_loss", &s.MeasurementLoss},
		{"iterations", &s.Iterations}, {"converged", &s.Converged}, {"status", &s.Status},
		{"seconds", &s.Seconds},
	}
}

func (t *Training) fields() []field {
	return []field{
		{"prior", &t.Prior}, {"prior_hash", &t.PriorHash}, {"epoch", &t.Epoch},
		{"loss", &t.Loss}, {"seconds", &t.Seconds},
		{"lr_generator", &t.LRGenerator}, {"lr_codes", &t.LRCodes},
	}
}

func (e *Example) fields() []field {
	return []field{
		{"cell_id", &e.CellID}, {"prior", &e.Prior}, {"operator", &e.Operator},
		{"method", &e.Method}, {"lambda", &e.Lambda}, {"split", &e.Split}, {"signal_id", &e.SignalID},
		{"level", &e.Level}, {"missing_fraction", &e.MissingFraction}, {"noise_l2", &e.NoiseL2},
		{"seed", &e.Seed}, {"norm", &e.Norm},
		{"wavelength", &e.Wavelength}, {"truth", &e.Truth}, {"measurement", &e.Measurement},
		{"reconstruction", &e.Reconstruction}, {"observed", &e.Observed},
	}
}

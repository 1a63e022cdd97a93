package record

import (
	"slices"
	"strings"
)

// Role says what a column is for.
type Role string

// The roles of columns. Rows with the same conditions and settings are
// repetitions of one another.
const (
	Identity   Role = "identity"   // the run, cell, prior or signal that a row belongs to
	Condition  Role = "condition"  // the problem that was solved
	Setting    Role = "setting"    // what can be chosen for the same problem: λ, the seed
	Error      Role = "error"      // how far off the reconstruction is; less is better
	Diagnostic Role = "diagnostic" // how it came about
	Fluxes     Role = "fluxes"     // a list that belongs to a reconstruction, with an entry for each flux or measurement
)

// Column is one column of a table.
type Column struct {
	Name  string
	Title string // on an axis
	Head  string // in the head of a table, if that is not the name
	Unit  string // "s", "Å", "flux²", …; the values of "%" are shares
	Type  string // of its values, in Go: float64, string, []bool, …
	Role  Role
	// Nominal is what a diagnostic should be, such as the probability of an interval for the
	// share within it; 0 if there is no such value.
	Nominal float64
	Key     string // the key of the spec whose value the column shows; may be empty
	// Varies is set if a repetition of the same run has a different value.
	Varies bool
	// Optional is set if the column was added to the table later: older tables lack it.
	Optional bool
	// Absent is set if an older table would have had no values in the column.
	Absent bool
	Doc    string
}

// columns has every column of every table, except those of scores and swept keys. Type
// and Optional come from the rows' fields. Title defaults to the name.
var columns = Columns{
	{Name: "run_id", Role: Identity, Varies: true, Doc: "the run's folder name"},
	{Name: "cell_id", Role: Identity, Doc: "hash of all that determines the cell, and of its place in the sweep"},
	{Name: "prior", Role: Identity, Doc: "the prior's name in the spec"},
	{Name: "prior_hash", Role: Identity, Doc: "hash of all that determines the trained prior"},
	{Name: "operator", Role: Condition, Key: "problem.operator", Doc: "as in the spec"},
	{Name: "method", Role: Condition, Key: "solver.method", Doc: "as in the spec"},
	{Name: "lambda", Title: "λ", Role: Setting, Key: "solver.lambda", Doc: "weight of the penalty (paper, eq. 4); null for a method without one"},
	{Name: "split", Role: Condition, Key: "evaluate.split", Doc: "as in the spec"},
	{Name: "signal_id", Role: Identity, Doc: "the spectrum's row in the data set, from 0"},
	{Name: "level", Title: "level of difficulty", Role: Condition,
		Doc: "how hard the problem is in its own terms: the missing fraction, or the amount of noise where nothing is hidden"},
	{Name: "missing_fraction", Title: "missing fluxes", Head: "missing", Unit: "%", Role: Condition, Key: "problem.missing_fraction",
		Doc: "share of the fluxes that the operator hides"},
	{Name: "noise_l2", Title: "noise ‖η‖₂", Head: "noise ‖η‖₂", Unit: "flux", Role: Condition, Key: "problem.noise.l2",
		Doc: "Euclidean norm of the noise on the measurement"},
	{Name: "norm", Role: Diagnostic, Doc: "what the signal was divided by: fluxes times `norm` are the data set's"},
	{Name: "seed", Role: Setting, Key: "seed", Doc: "the spec's seed, which stages have that have none of their own in `seeds`; those that are swept have columns such as `sweep.seeds.train`"},
	{Name: "chi2", Title: "χ² per measurement", Role: Diagnostic,
		Doc: "Σ p (A x̂ − y)²/m over the m measurements with a precision p = 1/σ² above 0; null under `problem.precision: equal`"},
	{Name: "sigma_scale", Title: "factor on standard deviations", Role: Diagnostic,
		Doc: "factor by which the prior's standard deviations of the hidden fluxes (of all, if none is hidden) were multiplied (`evaluate.calibrate`); null where they are as the prior gives them"},
	{Name: "iterations", Role: Diagnostic, Doc: "of the search"},
	{Name: "converged", Role: Diagnostic, Doc: "whether the objective stopped falling: by less than `solver.tol` or, where that is 0, by less than 1 % in the last tenth of the iterations"},
	{Name: "status", Role: Diagnostic, Doc: "`ok`, or why there is no result; then the errors are null"},
	{Name: "seconds", Title: "time per signal", Unit: "s", Role: Diagnostic, Varies: true, Doc: "time spent on the signal, or since the training began"},

	{Name: "epoch", Role: Identity, Doc: "number of the epoch, from 1"},
	{Name: "loss", Title: "training loss: MSE per flux", Unit: "flux²", Role: Error, Doc: "mean squared error per flux"},
	{Name: "kept_loss", Title: "loss of the kept generator: MSE per flux", Unit: "flux²", Role: Error, Doc: "mean squared error per flux of the training signals as the kept generator makes them from their own codes, in the row of the last epoch; null elsewhere and for priors without codes"},
	{Name: "validation_loss", Title: "validation loss: MSE per flux", Unit: "flux²", Role: Error, Doc: "mean squared error per flux of validation signals, on fluxes that were hidden; null where it was not measured"},
	{Name: "lr_generator", Role: Setting, Doc: "the generator's learning rate; null for a prior without one"},
	{Name: "lr_codes", Role: Setting, Doc: "the codes' learning rate; null for a prior without one"},

	{Name: "wavelength", Title: "rest wavelength", Unit: "Å", Role: Fluxes, Doc: "of each flux, in the rest frame"},
	{Name: "truth", Unit: "flux", Role: Fluxes, Doc: "the signal as the data set has it, with the data's own noise; `mse` compares with this, `mse_truth` with `clean`"},
	{Name: "clean", Unit: "flux", Role: Fluxes, Doc: "the signal without noise; null where the data set does not know it"},
	{Name: "infilled", Role: Fluxes, Doc: "whether the data set itself did not measure the flux, but had filled it in; null where it measured all"},
	{Name: "measurement", Unit: "flux", Role: Fluxes,
		Doc: "the fluxes with their noise, NaN where they are hidden; for an operator that does not select fluxes (`observed` is null), its m values"},
	{Name: "measurement_wavelength", Unit: "Å", Role: Fluxes,
		Doc: "of each value of the measurement; null where these are fluxes, or have no wavelengths"},
	{Name: "reconstruction", Unit: "flux", Role: Fluxes, Doc: "the estimate of the signal"},
	{Name: "sigma", Unit: "flux", Role: Fluxes, Doc: "standard deviations of the reconstruction, as an estimate of the signal without noise; null for a prior without them"},
	{Name: "noise", Unit: "flux", Role: Fluxes, Doc: "standard deviations of the data's own noise, which `sigma` does not include; null for a prior that does not know them"},
	{Name: "observed", Role: Fluxes, Doc: "whether a flux was measured; null where the operator does not select fluxes"},
	{Name: "code", Role: Fluxes, Doc: "what the prior made the reconstruction from: the code of a generator, or the coefficients of `pca`; null for a prior without one"},
}

// Columns are columns of a table, in the order of the table.
type Columns []Column

// SignalColumns returns the columns of signals.parquet, with the given scores in their
// place. A sweep adds a column sweep.<key> for each swept key that has no column of its
// own.
func SignalColumns(scores ...Column) Columns {
	all := slices.Insert(slices.Clone(signals.columns), signals.before, scores...)
	for i := range scores {
		all[signals.before+i].Type = "float64"
	}
	return all
}

// ExampleColumns returns the columns of examples.parquet, as SignalColumns does.
func ExampleColumns() Columns { return slices.Clone(examples.columns) }

// TrainingColumns returns the columns of training.parquet.
func TrainingColumns() Columns { return slices.Clone(training.columns) }

// Find returns the column with a name, which may be that of a swept key. If the name is
// unknown, known is false and the column has little more than the name.
func (c Columns) Find(name string) (column Column, known bool) {
	for _, column := range c {
		if column.Name == name {
			return column, true
		}
	}
	key, swept := SweptKey(name)
	return Column{Name: name, Title: key, Role: Setting, Key: key}, swept
}

// Names returns the names of the columns that have one of the roles, or of all columns
// if no role is given.
func (c Columns) Names(roles ...Role) (names []string) {
	for _, column := range c {
		if len(roles) == 0 || slices.Contains(roles, column.Role) {
			names = append(names, column.Name)
		}
	}
	return names
}

// Numbers returns the columns that hold one number per row.
func (c Columns) Numbers() Columns {
	return slices.DeleteFunc(slices.Clone(c), func(column Column) bool {
		return !slices.Contains([]string{"float64", "int32", "int64"}, column.Type)
	})
}

// Resolve returns the name of the column that is given by its own name or by a key
// of the spec; "" stays "".
func (c Columns) Resolve(name string) string {
	if name == "" || slices.ContainsFunc(c, func(column Column) bool { return column.Name == name }) {
		return name
	}
	return ColumnOf(name)
}

// sweepPrefix starts the name of the column of a swept key.
const sweepPrefix = "sweep."

// ColumnOf returns the name of the column that shows a key of the spec: the key's own
// column or, if it has none, sweep.<key>, which exists if the key is swept.
func ColumnOf(key string) string {
	for _, c := range columns {
		if key != "" && c.Key == key {
			return c.Name
		}
	}
	return sweepPrefix + key
}

// SweptKey returns the key of a column sweep.<key>. For any other column, ok is false
// and key is the column's name.
func SweptKey(column string) (key string, ok bool) { return strings.CutPrefix(column, sweepPrefix) }

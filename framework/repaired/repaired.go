// Package repaired holds spectra that a prior has completed, and writes them as Parquet, CSV
// and FITS.
package repaired

// Spectrum is a repaired spectrum of n pixels. The tags name the columns of a Parquet file,
// which has a row for each. Fluxes are in the unit of the original.
type Spectrum struct {
	Name      string   `parquet:"name"`
	File      string   `parquet:"file"`
	Row       int64    `parquet:"row"`    // in the file, from 0
	Status    string   `parquet:"status"` // ok, or why it was not repaired
	Unlike    bool     `parquet:"unlike"` // it is unlike the training spectra
	PValue    *float64 `parquet:"p_value,optional"`
	Redshift  *float64 `parquet:"redshift,optional"`
	Redshift1 *float64 `parquet:"redshift_16,optional"` // if it was solved for
	Redshift2 *float64 `parquet:"redshift_84,optional"`
	Scale     *float64 `parquet:"scale,optional"` // of the flux, relative to the prior's signals
	Chi2      *float64 `parquet:"chi2,optional"`  // per measured pixel
	// Iterations and Converged are about the search.
	Iterations int64  `parquet:"iterations"`
	Converged  bool   `parquet:"converged"`
	FluxUnit   string `parquet:"flux_unit"`
	Rest       bool   `parquet:"rest_frame"` // Wavelength is that at rest

	Wavelength []float64 `parquet:"wavelength,list"` // n, Å, in vacuum, as observed or at rest
	Original   []float64 `parquet:"original,list"`   // n, NaN where it was not measured
	Error      []float64 `parquet:"error,list"`      // n, 1σ of the original; empty if unknown
	Flux       []float64 `parquet:"flux,list"`       // n, complete within the prior's range, NaN beyond it
	Low        []float64 `parquet:"flux_16,list"`    // n, the band's 16 %, 50 % and 84 %
	Median     []float64 `parquet:"flux_50,list"`
	High       []float64 `parquet:"flux_84,list"`
	Filled     []bool    `parquet:"filled,list"` // n, true where it was not measured
}

// Number returns a pointer to v, or nil if v is NaN.
func Number(v float64) *float64 {
	if v != v {
		return nil
	}
	return &v
}

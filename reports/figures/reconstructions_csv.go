package figures

import (
	"strconv"

	"sedlab/internal/record"
	"sedlab/reports/draw"
)

// csv returns every flux that the figure shows. A measurement on a grid of its own has
// lines with no original.
func (g *gallery) csv() [][]string {
	records := [][]string{{"prior", "operator", "split", "signal_id", "wavelength", "truth", "measurement", "reconstruction", "band_low", "band_high", "observed", "infilled", "residual_off_scale"}}
	for _, row := range g.rows {
		for _, e := range row.examples {
			records = append(records, fluxRecords(e)...)
		}
	}
	return records
}

// fluxRecords returns the lines of one signal.
func fluxRecords(e *record.Example) (records [][]string) {
	line := func(wavelength float64, rest ...string) {
		who := []string{e.Prior, e.Operator, e.Split, strconv.FormatInt(e.SignalID, 10), draw.Exact(wavelength)}
		records = append(records, append(who, rest...))
	}
	n, scale := len(e.Wavelength), residualScale(e)
	for i, w := range e.Wavelength {
		measurement, low, high, observed, infilled := "", "", "", "", ""
		if measuresFluxes(e) {
			measurement, observed = draw.Exact(e.Measurement[i]), strconv.FormatBool(e.Observed[i])
		}
		if len(e.Infilled) == n {
			infilled = strconv.FormatBool(e.Infilled[i])
		}
		if hasBand(e) {
			a, b := band(e, i)
			low, high = draw.Exact(float32(a)), draw.Exact(float32(b))
		}
		line(w, draw.Exact(e.Truth[i]), measurement, draw.Exact(e.Reconstruction[i]), low, high, observed, infilled,
			strconv.FormatBool(offScale(scale, residual(e, i)) != 0))
	}
	if ownGrid(e) {
		for i, w := range e.MeasurementWavelength {
			line(w, "", draw.Exact(e.Measurement[i]), "", "", "", "", "", "")
		}
	}
	return records
}

package spectra

// AirToVacuum converts wavelengths [Å] in air to those in vacuum, in place, by Ciddor (1996,
// Applied Optics 35, 1566), iterated as specutils does with scheme="iteration" and
// method="Ciddor1996". Wavelengths below 2000 Å stay: by convention they are in vacuum
// already.
func AirToVacuum(lambda []float64) {
	for i, air := range lambda {
		if air < 2000 {
			continue
		}
		vacuum := air
		for range 3 { // converges by a factor of 10⁴ each time
			vacuum = air * ciddor(vacuum)
		}
		lambda[i] = vacuum
	}
}

// VacuumToAir is the inverse of AirToVacuum.
func VacuumToAir(lambda []float64) {
	for i, vacuum := range lambda {
		if vacuum < 2000 {
			continue
		}
		if air := vacuum / ciddor(vacuum); air >= 2000 {
			lambda[i] = air
		}
	}
}

// ciddor returns the index of refraction of standard air (dry, 15 °C, 101.325 kPa, 450 ppm of
// CO2) at a wavelength [Å] in vacuum (Ciddor 1996, eq. 1).
func ciddor(lambda float64) float64 {
	s2 := 1e8 / (lambda * lambda) // μm⁻²
	return 1 + 5.792105e-2/(238.0185-s2) + 1.67917e-3/(57.362-s2)
}

package galaxy

// feature is an absorption feature of stellar atmospheres: a Gaussian in optical depth,
// at a wavelength in air.
type feature struct {
	air, sigma float64            // Å
	depth      [starTypes]float64 // at solar metallicity, for O/B, A, F, G, K and M stars
}

// features are the metal lines and molecular bands that shape the optical spectra of
// galaxies. Positions of Ca, Na and Mg are from the NIST Atomic Spectra Database, those
// of other lines from the Lick indices (Worthey et al. 1994, ApJS 94, 687; Trager et
// al. 1998, ApJS 116, 1), and those of bands from Pickles (1998, PASP 110, 863).
var features = []feature{
	{3360, 14, [starTypes]float64{0, 0, .10, .25, .35, .30}},         // NH
	{3440, 10, [starTypes]float64{0, .02, .15, .30, .40, .35}},       // Fe
	{3581, 8, [starTypes]float64{0, .02, .15, .40, .55, .40}},        // Fe, CN
	{3734, 9, [starTypes]float64{0, .02, .15, .35, .45, .40}},        // Fe
	{3749, 5, [starTypes]float64{0, .02, .12, .25, .35, .30}},        // Fe
	{3820, 8, [starTypes]float64{.02, .03, .15, .35, .45, .35}},      // Fe, He
	{3835, 6, [starTypes]float64{0, .03, .15, .40, .55, .40}},        // Mg
	{3860, 22, [starTypes]float64{0, 0, .04, .16, .36, .25}},         // CN
	{3933.66, 5.5, [starTypes]float64{.05, .15, .60, 1.0, 1.3, 1.2}}, // Ca K
	{3968.47, 5.5, [starTypes]float64{.04, .12, .50, .85, 1.1, 1.0}}, // Ca H
	{4045.8, 3, [starTypes]float64{0, .02, .10, .22, .30, .30}},      // Fe
	{4063.6, 3, [starTypes]float64{0, .01, .07, .16, .22, .22}},      // Fe
	{4071.7, 3, [starTypes]float64{0, .01, .06, .14, .18, .18}},      // Fe
	{4143.9, 4, [starTypes]float64{.02, .01, .04, .11, .16, .15}},    // Fe, He
	{4165, 22, [starTypes]float64{0, 0, .01, .04, .11, .08}},         // CN
	{4226.73, 3, [starTypes]float64{0, .01, .08, .18, .45, .80}},     // Ca
	{4300, 10, [starTypes]float64{0, 0, .07, .22, .26, .12}},         // G band: CH
	{4325.8, 4, [starTypes]float64{0, .01, .05, .12, .16, .15}},      // Fe
	{4383.5, 6, [starTypes]float64{0, .01, .06, .14, .22, .25}},      // Fe
	{4455, 6, [starTypes]float64{.02, .01, .03, .06, .10, .15}},      // Ca, He
	{4531, 9, [starTypes]float64{0, 0, .03, .06, .10, .12}},          // Fe, Ti
	{4668, 22, [starTypes]float64{0, 0, .01, .03, .06, .04}},         // C2
	{4920, 5, [starTypes]float64{.02, .01, .03, .06, .09, .10}},      // Fe
	{5015, 14, [starTypes]float64{.01, .01, .03, .05, .08, .10}},     // Fe
	{5120, 45, [starTypes]float64{0, 0, 0, .04, .12, .20}},           // MgH
	{5167.32, 3, [starTypes]float64{0, .02, .09, .18, .30, .40}},     // Mg b
	{5172.68, 3, [starTypes]float64{0, .02, .09, .20, .34, .45}},     // Mg b
	{5183.60, 3, [starTypes]float64{0, .02, .09, .22, .36, .45}},     // Mg b
	{5270, 7, [starTypes]float64{0, .01, .05, .09, .15, .18}},        // Fe
	{5332, 6, [starTypes]float64{0, .01, .04, .08, .13, .16}},        // Fe
	{5406, 5, [starTypes]float64{0, 0, .02, .05, .09, .12}},          // Fe
	{5709, 4, [starTypes]float64{0, 0, .02, .04, .06, .07}},          // Fe
	{5782, 4, [starTypes]float64{0, 0, .01, .03, .05, .06}},          // Cr, Cu
	{5889.95, 2.4, [starTypes]float64{.03, .04, .10, .25, .60, 1.0}}, // Na D
	{5895.92, 2.4, [starTypes]float64{.02, .03, .08, .20, .50, .90}}, // Na D
	{5960, 25, [starTypes]float64{0, 0, 0, 0, .02, .16}},             // TiO
	{6162, 5, [starTypes]float64{0, 0, .01, .03, .07, .09}},          // Ca
	{6230, 45, [starTypes]float64{0, 0, 0, 0, .03, .25}},             // TiO
	{6495, 6, [starTypes]float64{0, 0, .01, .03, .06, .08}},          // Ba, Fe
	{6850, 40, [starTypes]float64{0, 0, 0, 0, .02, .16}},             // CaH
	{7110, 50, [starTypes]float64{0, 0, 0, 0, .04, .38}},             // TiO
	{7670, 55, [starTypes]float64{0, 0, 0, 0, .03, .30}},             // TiO
}

// heliumFeatures are the lines of hot stars (NIST).
var heliumFeatures = []feature{
	{4026.2, 4, [starTypes]float64{.10}},
	{4471.5, 4, [starTypes]float64{.10}},
	{5875.6, 3, [starTypes]float64{.06}},
}

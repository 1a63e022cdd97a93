package operators

// denoising is the identity: every flux is measured, and noise is all that is
// to be removed (paper, §3.3).
var denoising = Kind{
	Name: "denoising",
	Doc:  "measures every flux; only the noise is to be removed",
	New: func(p Params) Family {
		observed := make([]bool, p.N)
		for i := range observed {
			observed[i] = true
		}
		identity := newSelection(observed)
		return func(int) Operator { return identity }
	},
}

package priors

// CodeScaler is a Generator that was trained with codes of another norm than 1.
// The codes of other generators are on the unit sphere.
type CodeScaler interface {
	Generator
	// CodeNorm returns the typical ‖z‖ of the codes, positive and finite, at which
	// a search without a projection begins.
	CodeNorm() float64
}

// FreeCoder is a Config whose generator may be trained with codes that are not
// kept on the unit sphere, where a solver that projects would not find them.
type FreeCoder interface {
	// FreeCodes returns the key that lets the codes free, relative to the prior,
	// or "" if they stay on the sphere.
	FreeCodes() (key string)
}

// Package all is the list of priors that a spec can name. A new kind is added
// here, and nowhere else.
package all

import (
	"sedlab/priors"
	"sedlab/priors/glo"
	"sedlab/priors/pca"
	"sedlab/priors/zero"
)

// Kinds returns the kinds of prior, in the order in which help lists them.
func Kinds() []priors.Kind {
	return []priors.Kind{glo.Kind, pca.Kind, zero.Kind}
}

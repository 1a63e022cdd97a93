package dataset

import "context"

// Identity is what determines the signals of a data set, without their being
// read or made: equal identities load as equal sets. Where a file lies is no part
// of it.
type Identity struct {
	Source  string  `json:"source"`
	Version int     `json:"version"`          // of the source
	SHA256  string  `json:"sha256,omitempty"` // of the file
	Size    int     `json:"size,omitempty"`   // signals that are made
	Seed    *uint64 `json:"seed,omitempty"`   // of what is made
}

// Identify returns the identity of a data set. digest returns the SHA-256 of a
// file. Its error is an *InputError, but for ctx's own.
func Identify(ctx context.Context, o Options, digest func(ctx context.Context, path string) (string, error)) (Identity, error) {
	source, o, err := resolve(o)
	if err != nil {
		return Identity{}, inputError(ctx, o, err)
	}
	id := Identity{Source: source.Name, Version: source.Version}
	if source.Makes {
		id.Size, id.Seed = o.Size, &o.Seed
		return id, nil
	}
	if id.SHA256, err = digest(ctx, o.Path); err != nil {
		return Identity{}, inputError(ctx, o, source.advise(pathless(err), o))
	}
	return id, nil
}

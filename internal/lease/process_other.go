//go:build !linux

package lease

// identify returns no identity, so that only the silence of a holder says that it is dead.
func identify(int) identity { return identity{} }

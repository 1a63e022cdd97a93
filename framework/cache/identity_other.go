//go:build !linux && !darwin

package cache

import "io/fs"

// identify returns no identity: Digest reads files each time.
func identify(fs.FileInfo) identity { return identity{} }

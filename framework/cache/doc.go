// Package cache keeps trained priors and solved cells in a folder of plain files, which
// several processes and users can share. Each is kept under the SHA-256 of everything
// that determined it.
//
//	README.md
//	priors/<2 hex>/<64 hex>/       files of an entry (mode 0444) and entry.json
//	cells/<2 hex>/<64 hex>/
//	checkpoints/<64 hex>.checkpoint
//	digests/<device>-<inode>.json  SHA-256 of data files
//	locks/use.lock                 shared while a cache is open, exclusive for Prune
//	locks/open/                    one file per open cache, which names its process
//	locks/<name>.lock              the locks of Lock
//	damaged/                       items that did not match their checksum, or could not be decoded
//	tmp/                           entries that are being written or were just replaced
//
// An entry is written in tmp, synced and renamed into place, so that it is there as a
// whole or not at all. An entry that grows is replaced by exchanging the two folders. A
// SHA-256 covers each stored byte: entry.json holds the sums of the entry's files, and
// begins with the sum of its own remainder.
//
// Locks are flock(2): they end with the process that holds them, however it ends.
// The text of a lock file names the holder, for people only. On a file system without
// such locks, Open returns a *NoLocksError. A lock can be held without naming its holder,
// so that a cache on a full disk can still be pruned.
package cache

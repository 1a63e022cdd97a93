// Package cache keeps trained priors and finished cells under the SHA-256 of
// what determined them, in a folder of plain files that several processes and
// users can share.
//
//	README.md
//	priors/<2 hex>/<64 hex>/       files of an entry (mode 0444) and entry.json
//	cells/<2 hex>/<64 hex>/
//	checkpoints/<64 hex>.checkpoint
//	digests/<device>-<inode>.json  SHA-256 of data files
//	locks/use.lock                 shared while a cache is open, exclusive for Prune
//	locks/open/                    one file per open cache, to name its process
//	locks/<name>.lock              the locks of Lock
//	damaged/                       what did not match its checksum, or could not be decoded
//	tmp/                           entries that are being written
//
// An entry is written in tmp, synced and renamed into place, so that it is there
// as a whole or not at all. Each stored byte is covered by a SHA-256: entry.json
// holds those of the entry's files, and begins with that of its own remainder.
//
// Locks are flock(2): they end with the process that holds them, however it
// ends. A lock file's text names the holder for people; it decides nothing. A
// file system without such locks cannot hold a cache: Open says so. Signing a lock
// needs space on the disk, and having one does not: a full cache can be pruned.
package cache

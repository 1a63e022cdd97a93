// Package cache keeps trained priors and solved cells in a folder of plain files, which
// several processes and users can share. Each is kept under the SHA-256 of everything
// that determined it.
//
//	README.md
//	priors/<2 hex>/<64 hex>/       files of an entry (mode 0444) and entry.json
//	cells/<2 hex>/<64 hex>/        or, if it was stored together with others, a file of all of them
//	checkpoints/<64 hex>.checkpoint
//	digests/<device>-<inode>.json  SHA-256 of data files
//	locks/<name>/                  the locks of Lock that are held
//	locks/open/<pid>-<8 hex>/      one for each time that the cache is open
//	locks/open/prune/              who prunes
//	locks/use.lock                 locked while a cache is open, shared, or exclusively for Prune
//	damaged/                       items that did not match their checksum, or could not be decoded
//	tmp/                           entries that are being written or were just replaced
//
// An entry is written in tmp, synced and renamed into place, so that it is there as a
// whole or not at all. An entry that grows is replaced by exchanging the two folders. A
// SHA-256 covers each stored byte: entry.json holds the sums of the entry's files, and
// begins with the sum of its own remainder.
//
// Small entries that are made together are stored together by ReplaceAll: in one file, a
// pack, which has a name (a hard link) in the place of each of its entries. It holds for each
// entry what the entry's folder would, and ends in an index. So an entry takes a name instead
// of four files and folders, and all are synced at once, by Sync. The space of a pack is free once all
// of its names have been removed or replaced. Where files cannot have several names, each
// entry gets its folder.
//
// Locks are leases (see package lease): folders with a file that their holder signs, and
// changes four times in a minute. So they work on any file system that machines share, with
// or without flock(2), whatever their clocks say. A holder that has died is noticed at once
// on its own machine, and after a minute of silence on others. One that was only paused may
// lose its lock; it asks before it stores something, and then leaves the work to the other.
// What a lock guards is harmless when it is done twice: entries are the same, bit for bit,
// whoever makes them. A lock that is held is a folder, and one that is released is nothing:
// locks/ has no more entries than there are holders, and those that died. Prune removes these.
//
// Whoever opens the cache takes a lease in locks/open and then looks whether someone prunes;
// Prune takes its own and then looks for users. So one of the two sees the other, and gives
// way: Open waits, Prune refuses. Users on other machines may be dead, so Prune watches them
// until their leases change or have been silent for too long. One that was only paused takes
// its lease again; what was removed meanwhile it computes again, or fails to find. Whoever can only read the cache
// can take no lease. Against Prune they have the shared flock(2) of locks/use.lock, where the
// file system has such locks. The same protects a process on a full disk, where no lease can
// be made, so that a cache on a full disk can be opened and pruned.
package cache

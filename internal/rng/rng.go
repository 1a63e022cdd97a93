// Package rng derives independent random streams from names.
//
// Three things name a stream: the experiment's seed, the stream's purpose, and the
// identity of the item that it serves, as in rng.New(seed, "noise", signalID). No two
// uses share a stream, so neither the order of the work, nor the number of workers, nor
// other work can change a result.
package rng

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// New returns the stream named by a seed, a purpose and an identity, which is any
// number of integers. Different names give independent streams.
func New(seed uint64, purpose string, identity ...uint64) *rand.Rand {
	return rand.New(rand.NewChaCha8(key(seed, purpose, identity)))
}

// Uniform returns one uniform number in [0, 1) for a name. It is a hash of the name,
// for decisions that need a single draw.
func Uniform(seed uint64, purpose string, identity ...uint64) float64 {
	k := key(seed, purpose, identity)
	return float64(binary.LittleEndian.Uint64(k[:8])>>11) / (1 << 53)
}

// key hashes an encoding of the name. The purpose is preceded by its length, so no two
// names have the same encoding.
func key(seed uint64, purpose string, identity []uint64) [sha256.Size]byte {
	b := binary.LittleEndian.AppendUint64(nil, seed)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(purpose)))
	b = append(b, purpose...)
	for _, id := range identity {
		b = binary.LittleEndian.AppendUint64(b, id)
	}
	return sha256.Sum256(b)
}

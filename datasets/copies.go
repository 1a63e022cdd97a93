package datasets

import (
	"bytes"
	"hash/maphash"
	"unsafe"
)

// findCopies finds the signals that repeat an earlier one, bit for bit. Signals of zeros
// only do not count: they are no spectra.
func (s *Set) findCopies() {
	s.copyOf = map[int]int{}
	seed := maphash.MakeSeed() // only groups what is then compared
	first := map[uint64][]int{}
	for i := range s.Len() {
		row := rawBytes(s.Signal(i))
		if sumSquares(s.Signal(i)) == 0 {
			continue
		}
		hash, known := maphash.Bytes(seed, row), false
		for _, j := range first[hash] {
			if known = bytes.Equal(row, rawBytes(s.Signal(j))) && s.scaleOf(i) == s.scaleOf(j); known {
				s.copyOf[i] = j
				break
			}
		}
		if !known {
			first[hash] = append(first[hash], i)
		}
	}
}

// rawBytes returns the memory of a signal.
func rawBytes(x []float32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(x))), len(x)*int(unsafe.Sizeof(x[0])))
}

// CopyOf returns the first signal that has the same fluxes as signal i, bit for bit, if i
// is not the first itself.
func (s *Set) CopyOf(i int) (first int, ok bool) {
	first, ok = s.copyOf[i]
	return first, ok
}

// original returns the first signal with the fluxes of signal i, perhaps i itself.
func (s *Set) original(i int) int {
	if first, ok := s.copyOf[i]; ok {
		return first
	}
	return i
}

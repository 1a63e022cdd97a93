// Package npz reads arrays of numbers from NumPy's .npz archives: zip files of
// .npy arrays, stored or deflated.
//
// It exists because npyio v0.14.0, which tests use to write archives, trusts what it
// reads. It panics on a header without a newline, allocates whatever length a header
// declares (up to 4 GiB), does not check shapes against the data, does not transpose
// Fortran order into a slice, does not read version 3, and reads one element at a time.
// Here arrays may be as large as the file makes plausible.
package npz

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// The memory that the arrays of an archive may take together, once converted: usualGrowth
// times the archive's size, and leastBudget in any case. Spectra are noise for the most part,
// which hardly shrinks; an archive that grows more is made to exhaust the memory.
const (
	leastBudget = 128 << 20
	usualGrowth = 16
)

// maxDeflate is the best compression that deflate can reach, 258 bytes for 2 bits. An
// entry that declares more than that lies about its size.
const maxDeflate = 1032

// Archive is an open .npz file.
type Archive struct {
	// Budget is the memory [bytes] that the arrays may take together.
	Budget int64

	entries map[string]*zip.File
	size    int64 // of the archive [bytes]
	taken   int64 // by the arrays so far [bytes of memory]
}

// Open reads the directory of the archive in r, which is size bytes long and must stay
// open while arrays are read.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("not an npz archive: %w", err)
	}
	a := &Archive{entries: make(map[string]*zip.File, len(z.File)), size: size, Budget: max(leastBudget, size*usualGrowth)}
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		if err := plausible(f, uint64(size)); err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		a.entries[name] = f
	}
	return a, nil
}

// plausible checks the sizes that an entry declares against the size of the archive.
func plausible(f *zip.File, size uint64) error {
	switch packed, unpacked := f.CompressedSize64, f.UncompressedSize64; {
	case packed > size:
		return fmt.Errorf("declares %d bytes in an archive of %d", packed, size)
	case unpacked > packed*maxDeflate:
		return fmt.Errorf("declares that %d bytes unpack to %d, which deflate cannot do", packed, unpacked)
	}
	return nil
}

// take counts the memory of an array of n elements of size bytes, and refuses it if the
// archive's arrays would take too much together.
func (a *Archive) take(n, size int) error {
	if a.taken += int64(n) * int64(size); a.taken > a.Budget {
		return fmt.Errorf("takes %d MiB in memory, with the arrays before it; an archive of %d bytes may take %d MiB, and more if it is "+
			"saved without compression (np.savez), or if --max-memory allows it", a.taken>>20, a.size, a.Budget>>20)
	}
	return nil
}

// Take counts memory that n things of size bytes take beside the arrays, on behalf of the
// array of a name.
func (a *Archive) Take(name string, n, size int) error {
	if err := a.take(n, size); err != nil {
		return fmt.Errorf("array %q: %w", name, err)
	}
	return nil
}

// Has reports whether the archive holds an array of that name.
func (a *Archive) Has(name string) bool { return a.entries[name] != nil }

// Names returns the names of all arrays, sorted.
func (a *Archive) Names() []string { return slices.Sorted(maps.Keys(a.entries)) }

// Missing returns the error for an array that the archive lacks. It names some of those
// that it has.
func (a *Archive) Missing(name string) error {
	const named, longest = 12, 40
	if len(a.entries) == 0 {
		return fmt.Errorf("no array %q; the archive has none", name)
	}
	var list []string
	for _, n := range a.Names() {
		if len(list) == named {
			list = append(list, fmt.Sprintf("and %d more", len(a.entries)-named))
			break
		}
		list = append(list, fmt.Sprintf("%.*q", longest, n))
	}
	return fmt.Errorf("no array %q; there are %s", name, strings.Join(list, ", "))
}

// shapeString formats a shape as NumPy does, with * for any length.
func shapeString(shape []int) string {
	s := make([]string, len(shape))
	for i, d := range shape {
		if s[i] = fmt.Sprint(d); d < 0 {
			s[i] = "*"
		}
	}
	if len(s) == 1 {
		return "(" + s[0] + ",)"
	}
	return "(" + strings.Join(s, ", ") + ")"
}

package spectra

import (
	"sedlab/internal/record"
	"sedlab/internal/regular"
)

// GroupRange is a range of the row groups of a Parquet file; the zero value is all of them.
type GroupRange struct{ From, To int }

func (g GroupRange) has(number int) bool { return g.To == 0 || g.From <= number && number < g.To }

// Groups returns the sizes [bytes] of the row groups of a Parquet file with a spectrum in each row,
// which can be read one without the others. It returns nil for any other file, and for one that
// cannot be read: reading it reports that.
func Groups(path string, o Options) (sizes []int64) {
	defer func() {
		if recover() != nil { // parquet-go panics on some damaged files
			sizes = nil
		}
	}()
	f, info, err := regular.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close() // opened for reading only
	file, err := record.OpenGroups(f, info.Size())
	if err != nil {
		return nil
	}
	at, _, err := (&source{path: path, Options: o}).leaves(file.Schema())
	if err != nil || pixelEach(file.Schema(), at) {
		return nil
	}
	for number := range file.RowGroups() {
		from, to, err := file.Bytes(number)
		if err != nil {
			return nil
		}
		sizes = append(sizes, to-from)
	}
	return sizes
}

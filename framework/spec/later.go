package spec

import (
	"sedlab/internal/yamlpos"
)

// later makes some of a file's points when they are asked for.
type later struct {
	reader *reader
	makers []*maker // of the blocks
}

func newLater(r *reader, f *File) *later {
	f.build()
	l := &later{reader: r}
	for _, b := range f.blocks {
		l.makers = append(l.makers, newMaker(r, f, b, f.SweptKeys()))
	}
	return l
}

// Size returns the number of points of all blocks, equal ones included.
func (f *File) Size() int {
	size := 0
	for _, b := range f.blocks {
		size += int(b.size()) // whose sum has been bounded
	}
	return size
}

// PointsAt makes points of a file that was read with Options.Later: those with the given
// indices, from 0, among those of all blocks, which are in the order of Points, equal ones
// included. An index must be below Size. The points of all calls share sections. The error is an
// *Errors. PointsAt must not be called by several goroutines at once.
func (f *File) PointsAt(indices []int) ([]Point, error) {
	points := make([]Point, len(indices))
	for k, i := range indices {
		block := 0
		for ; i >= int(f.blocks[block].size()); block++ {
			i -= int(f.blocks[block].size())
		}
		b, m := f.blocks[block], f.later.makers[block]
		rows := make([]int, len(b))
		for axis := len(b) - 1; axis >= 0; axis-- {
			n := len(b[axis].rows)
			rows[axis], i = i%n, i/n
		}
		points[k] = m.point(rows)
		f.later.reader.checkPoint(points[k].Spec, func() *yamlpos.Node { return m.rootAt(rows) }, b)
		if err := f.later.reader.yaml.Errs.Err(); err != nil {
			return nil, err
		}
	}
	return points, nil
}

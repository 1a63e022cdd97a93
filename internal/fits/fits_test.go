package fits

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// expected is what testdata/record.py wrote of an HDU. Integers are texts, and numbers
// that are not finite are null.
type expected struct {
	Name  string
	Cards map[string]any
	values
	Columns map[string]struct {
		Unit string
		values
	}
}

type values struct {
	Shape  []int
	Floats []*float64
	Ints   []string
	Bools  []bool
	Texts  []string
}

func TestFilesFromAstropy(t *testing.T) {
	var want map[string][]expected
	readJSON(t, "expected.json", &want)
	for name, hdus := range want {
		t.Run(name, func(t *testing.T) {
			f := open(t, filepath.Join("testdata", name))
			if len(f.HDUs) != len(hdus) {
				t.Fatalf("%d HDUs, expected %d", len(f.HDUs), len(hdus))
			}
			for i, want := range hdus {
				h := f.HDUs[i]
				if h.Name != want.Name {
					t.Errorf("%s: expected the name %q", h.Place(), want.Name)
				}
				checkCards(t, h, want.Cards)
				if want.Columns != nil {
					checkTable(t, h, want)
				} else if want.Floats != nil {
					checkImage(t, h, want.values)
				}
			}
		})
	}
}

func checkCards(t *testing.T, h *HDU, want map[string]any) {
	t.Helper()
	for key, value := range want {
		c, ok := h.Header.find(key)
		got := c.Value
		switch v := got.(type) {
		case int64:
			if got = float64(v); math.Abs(float64(v)) > 1<<53 {
				got = strconv.FormatInt(v, 10)
			}
		case float64:
			if v == 1<<63 {
				got = "9223372036854775808"
			}
		}
		if !ok || got != value {
			t.Errorf("%s: keyword %s is %#v, expected %#v", h.Place(), key, got, value)
		}
	}
}

func checkImage(t *testing.T, h *HDU, want values) {
	t.Helper()
	im, err := h.Image()
	if err != nil {
		t.Fatal(err)
	}
	if !h.IsImage() || h.IsTable() || !slices.Equal(im.Shape, want.Shape) || im.Len() != len(want.Floats) {
		t.Fatalf("%s: %d elements of shape %v, expected %v", h.Place(), im.Len(), im.Shape, want.Shape)
	}
	// In two parts, to see that they fit.
	half := im.Len() / 2
	a, errA := im.Floats(t.Context(), 0, half)
	b, errB := im.Floats(t.Context(), half, im.Len()-half)
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	sameFloats(t, h.Place(), append(a, b...), want.Floats)
	if !im.Integer {
		if _, err := im.Ints(t.Context(), 0, 1); err == nil || want.Ints != nil {
			t.Errorf("%s: integers: error %v, expected %v", h.Place(), err, want.Ints)
		}
		return
	}
	ints, err := im.Ints(t.Context(), 0, im.Len())
	if err != nil {
		t.Fatal(err)
	}
	same(t, h.Place(), ints, want.Ints)
}

func checkTable(t *testing.T, h *HDU, want expected) {
	t.Helper()
	table, err := h.Table()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range want.Columns {
		i := table.Find(name)
		if i < 0 {
			t.Fatalf("%s: no column %q", h.Place(), name)
		}
		c, place := table.Columns[i], h.Place()+" "+name
		shape := []int{table.Rows}
		if c.Shape != nil {
			shape = append(shape, c.Shape...)
		} else if c.Repeat > 1 {
			shape = append(shape, c.Repeat)
		}
		if c.Unit != want.Unit && name != "flux" || !slices.Equal(shape, want.Shape) { // astropy spells the unit of the flux differently
			t.Errorf("%s: unit %q, shape %v; expected %q, %v", place, c.Unit, shape, want.Unit, want.Shape)
		}
		checkColumn(t, table, i, want.values)
	}
}

func checkColumn(t *testing.T, table *Table, i int, want values) {
	t.Helper()
	c, ctx, n := table.Columns[i], t.Context(), table.Rows
	place := "column " + c.Name
	var err error
	switch {
	case want.Floats != nil:
		var floats []float64
		var ints []int64
		if floats, err = table.Floats(ctx, i, 0, n); err == nil {
			sameFloats(t, place, floats, want.Floats)
		}
		if want.Ints != nil {
			ints, err = table.Ints(ctx, i, 0, n)
			same(t, place, ints, want.Ints)
		} else if _, err := table.Ints(ctx, i, 0, n); err == nil {
			t.Errorf("%s: read as integers, expected an error", place)
		}
	case want.Bools != nil:
		var bools []bool
		bools, err = table.Bools(ctx, i, 0, n)
		same(t, place, bools, want.Bools)
	case want.Texts != nil:
		var texts []string
		texts, err = table.Texts(ctx, i, 0, n)
		same(t, place, texts, want.Texts)
	}
	if err != nil {
		t.Error(err)
	}
}

// same compares values as they are printed.
func same[A, B any](t *testing.T, place string, got []A, want []B) {
	t.Helper()
	if fmt.Sprintf("%v", got) != fmt.Sprintf("%v", want) {
		t.Errorf("%s: %v, expected %v", place, got, want)
	}
}

func sameFloats(t *testing.T, place string, got []float64, want []*float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, expected %d", place, len(got), len(want))
	}
	for i, x := range got {
		finite := !math.IsNaN(x) && !math.IsInf(x, 0)
		if finite != (want[i] != nil) || finite && x != *want[i] {
			t.Errorf("%s: element %d is %v, expected %v", place, i, x, want[i])
		}
	}
}

// Columns that cannot be read, and HDUs of other kinds, hinder nothing beside them.
func TestUnsupportedIsRefusedWhereItIsUsed(t *testing.T) {
	table, err := open(t, "testdata/tables.fits").Find("EVERYTHING").Table()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"complex":  `HDU 1 "EVERYTHING": column 16 "complex": is complex, which is not supported: TFORM "C"; expected one of B I J K E D`,
		"variable": `HDU 1 "EVERYTHING": column 17 "variable": is of variable length, which is not supported: TFORM "PE(2)"; expected one of B I J K E D`,
		"name":     `HDU 1 "EVERYTHING": column 13 "name": has TFORM "8A"; expected one of B I J K E D`,
	} {
		_, err := table.Floats(t.Context(), table.Find(name), 0, table.Rows)
		wantError(t, err, want)
	}
	if x, err := table.Floats(t.Context(), table.Find("nothing"), 0, table.Rows); len(x) != 0 || err != nil {
		t.Errorf("a column of 0E: %v, %v", x, err)
	}
	_, err = table.Texts(t.Context(), table.Find("name"), 1, 3)
	wantError(t, err, `HDU 1 "EVERYTHING": column 13 "name": 3 rows from 1 on were asked for, and there are 3`)

	f := open(t, "testdata/others.fits")
	_, err = f.HDUs[0].Image()
	wantError(t, err, `HDU 0 "PRIMARY" has no data, expected an image`)
	_, err = f.Find("ascii").Table()
	wantError(t, err, `HDU 1 "ASCII" is an ASCII table, which is not supported; expected a binary table`)
	_, err = f.Find("packed").Image()
	wantError(t, err, `HDU 2 "PACKED" is a compressed image (ZIMAGE = T), which is not supported; unpack it first, for example with funpack`)
	_, err = f.Find("packed").Table()
	wantError(t, err, `HDU 2 "PACKED" is a compressed image (ZIMAGE = T), which is not supported; unpack it first, for example with funpack`)
	groups := open(t, "testdata/groups.fits")
	_, err = groups.HDUs[0].Image()
	wantError(t, err, `HDU 0 "PRIMARY" has random groups, which are not supported; expected an image`)
	for _, f := range []*File{f, groups} {
		im, err := f.Find("IMAGE").Image()
		if err != nil {
			t.Fatal(err)
		}
		ints, err := im.Ints(t.Context(), 0, 3)
		if err != nil || !slices.Equal(ints, []int64{0, 1, 2}) {
			t.Errorf("%v, %v, expected 0, 1, 2", ints, err)
		}
	}
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || err.Error() != want {
		t.Errorf("error\n%v\nexpected\n%s", err, want)
	}
}

func readJSON(t *testing.T, name string, v any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, path string) *File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func parse(text []byte) (*File, error) { return Open(bytes.NewReader(text), int64(len(text))) }

func TestCancelledReading(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	im, err := open(t, "testdata/images.fits").HDUs[0].Image()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := im.Floats(ctx, 0, im.Len()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	table, err := open(t, "testdata/tables.fits").HDUs[1].Table()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := table.Texts(ctx, table.Find("NAME"), 0, table.Rows); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

package fits

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// write returns the file that use writes.
func write(t *testing.T, use func(w *Writer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := use(NewWriter(&b)); err != nil {
		t.Fatal(err)
	}
	if b.Len()%blockSize != 0 {
		t.Errorf("a file of %d bytes, expected a multiple of %d", b.Len(), blockSize)
	}
	return b.Bytes()
}

// Headers that are written are read as they were, whatever their texts.
func TestCardsComeBack(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 500 {
		var cards []Card
		for i := range random.IntN(40) {
			c := Card{Key: fmt.Sprint("KEY", i), Value: randomValue(random), Comment: randomText(random, 43)}
			if random.IntN(10) == 0 {
				c = Card{Key: fmt.Sprint("ESO A LONGER KEY ", i), Value: random.Float64(), Comment: "short"}
			}
			cards = append(cards, c)
		}
		file := write(t, func(w *Writer) error { return w.Image("", cards, nil, nil) })
		f, err := parse(file)
		if err != nil {
			t.Fatal(err)
		}
		got := slices.DeleteFunc(slices.Clone(f.HDUs[0].Header.cards), func(c Card) bool {
			return reserved.MatchString(c.Key)
		})
		for i, want := range cards {
			if n, ok := want.Value.(int); ok {
				want.Value = int64(n)
			}
			if got[i] != want {
				t.Fatalf("card %d is %#v, expected %#v", i, got[i], want)
			}
		}
	}
}

func randomValue(random *rand.Rand) any {
	switch random.IntN(6) {
	case 0:
		return random.IntN(2) == 0
	case 1:
		return int(random.Int64()) >> random.IntN(63)
	case 2:
		return math.Ldexp(random.NormFloat64(), random.IntN(600)-300)
	case 3:
		return nil
	}
	return randomText(random, 300)
}

// randomText returns at most n characters, many of them special, with no space at the end.
func randomText(random *rand.Rand, n int) string {
	var b strings.Builder
	for range random.IntN(n + 1) {
		b.WriteByte("''&/ =abcXYZ.~"[random.IntN(14)])
	}
	return strings.TrimSpace(b.String())
}

func TestCommentsAreWrapped(t *testing.T) {
	long := strings.Repeat("0123456789", 20)
	f, err := parse(write(t, func(w *Writer) error {
		return w.Image("name", []Card{{Key: "history", Comment: long}, {Key: "", Comment: "blank"}, {Key: "COMMENT"}}, nil, nil)
	}))
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, c := range f.Find("NAME").Header.cards {
		if isCommentary(c.Key) {
			text = append(text, c.Key+" "+c.Comment)
		}
	}
	want := []string{"HISTORY " + long[:72], "HISTORY " + long[72:144], "HISTORY " + long[144:], " blank", "COMMENT "}
	if !slices.Equal(text, want) {
		t.Errorf("%q, expected %q", text, want)
	}
}

func TestImagesComeBack(t *testing.T) {
	nan := math.NaN()
	for _, values := range []any{
		[]uint8{0, 1, 255, 3, 4, 5}, []int16{-32768, 32767, 0, 1, 2, 3}, []int32{math.MinInt32, math.MaxInt32, 0, 1, 2, 3},
		[]int64{math.MinInt64, math.MaxInt64, 1<<53 + 1, 1, 2, 3}, []float32{1.5, float32(nan), 1e-30, -0.1, 0, 3}, []float64{1.5, nan, 1e-300, -0.1, 0, 3},
	} {
		f, err := parse(write(t, func(w *Writer) error {
			return errors.Join(w.Image("", nil, []int{2, 3}, values), w.Image("again", nil, []int{6}, values))
		}))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range f.HDUs {
			im, err := h.Image()
			if err != nil {
				t.Fatal(err)
			}
			floats, err := im.Floats(t.Context(), 0, 6)
			if err != nil {
				t.Fatal(err)
			}
			for i, x := range floats {
				want := reflect.ValueOf(values).Index(i)
				if want.CanInt() {
					ints, err := im.Ints(t.Context(), i, 1)
					if err != nil || ints[0] != want.Int() {
						t.Errorf("%T: %d, %v; expected %v", values, ints, err, want)
					}
				} else if want.CanFloat() && x != want.Float() && !(math.IsNaN(x) && math.IsNaN(want.Float())) {
					t.Errorf("%T: %v, expected %v", values, x, want)
				}
			}
		}
	}
}

// columns returns columns of all types, rows × repeat elements each.
func columns(random *rand.Rand, rows int) []Output {
	n := 6 * rows
	f4, f8, i8, i4 := make([]float32, n), make([]float64, n), make([]int64, n), make([]int32, n)
	i2, u1, ok, text := make([]int16, n), make([]uint8, n), make([]bool, n), make([]string, n)
	for i := range n {
		f4[i], f8[i], i8[i], i4[i] = random.Float32(), random.NormFloat64(), int64(random.Uint64()), int32(random.Uint32())
		i2[i], u1[i], ok[i], text[i] = int16(random.Uint32()), uint8(random.Uint32()), random.IntN(2) == 0, randomText(random, 12)
	}
	return []Output{
		{Name: "f4", Unit: "Angstrom", Repeat: 6, Values: f4},
		{Name: "f8", Unit: "erg cm-2 s-1 Angstrom-1", Shape: []int{2, 3}, Values: f8},
		{Name: "i8", Shape: []int{6}, Values: i8},
		{Name: "i4", Values: i4[:rows]},
		{Name: "i2", Repeat: 3, Values: i2[:3*rows]},
		{Name: "u1", Repeat: 1, Values: u1[:rows]},
		{Name: "ok", Repeat: 2, Values: ok[:2*rows]},
		{Name: "text", Values: text[:rows]},
		{Name: "texts", Repeat: 6, Values: text},
		{Name: "grid", Shape: []int{3, 2}, Values: text},
	}
}

func TestTablesComeBack(t *testing.T) {
	for _, rows := range []int{0, 1, 7, 3000} {
		want := columns(rand.New(rand.NewPCG(1, uint64(rows))), rows)
		f, err := parse(write(t, func(w *Writer) error { return w.Table("spectra", []Card{{Key: "Z", Value: 0.1}}, want) }))
		if err != nil {
			t.Fatal(err)
		}
		if z, _ := f.HDUs[1].Header.Float("Z"); z != 0.1 || len(f.HDUs) != 2 {
			t.Errorf("%d HDUs, Z = %v", len(f.HDUs), z)
		}
		table, err := f.Find("SPECTRA").Table()
		if err != nil {
			t.Fatal(err)
		}
		if table.Rows != rows || len(table.Columns) != len(want) {
			t.Fatalf("%d rows of %d columns", table.Rows, len(table.Columns))
		}
		for i, c := range want {
			got := table.Columns[i]
			if got.Name != c.Name || got.Unit != c.Unit {
				t.Errorf("column %d is %q, %q; expected %q, %q", i, got.Name, got.Unit, c.Name, c.Unit)
			}
			if c.Shape != nil && !slices.Equal(got.Shape, c.Shape) && rows > 0 {
				t.Errorf("column %d: shape %v, expected %v", i, got.Shape, c.Shape)
			}
			same(t, c.Name, []any{readOutput(t, table, i)}, []any{c.Values})
		}
	}
}

// readOutput reads a column, the last row by itself.
func readOutput(t *testing.T, table *Table, i int) any {
	t.Helper()
	var a, b any
	var errA, errB error
	ctx, last := t.Context(), max(0, table.Rows-1)
	switch table.Columns[i].Type {
	case 'A':
		a, errA = table.Texts(ctx, i, 0, last)
		b, errB = table.Texts(ctx, i, last, table.Rows-last)
	case 'L':
		a, errA = table.Bools(ctx, i, 0, last)
		b, errB = table.Bools(ctx, i, last, table.Rows-last)
	case 'E', 'D':
		a, errA = table.Floats(ctx, i, 0, last)
		b, errB = table.Floats(ctx, i, last, table.Rows-last)
	default:
		a, errA = table.Ints(ctx, i, 0, last)
		b, errB = table.Ints(ctx, i, last, table.Rows-last)
	}
	if errA != nil || errB != nil {
		t.Fatal(errA, errB)
	}
	all := reflect.AppendSlice(reflect.ValueOf(a), reflect.ValueOf(b)).Interface()
	if floats, ok := all.([]float64); ok && table.Columns[i].Type == 'E' {
		small := make([]float32, len(floats))
		for i, x := range floats {
			small[i] = float32(x)
		}
		return small
	}
	return all
}

func TestWriterRefuses(t *testing.T) {
	card := func(c Card) func(w *Writer) error {
		return func(w *Writer) error { return w.Image("a", []Card{c}, nil, nil) }
	}
	column := func(c Output) func(w *Writer) error {
		return func(w *Writer) error { return w.Table("a", nil, []Output{{Name: "x", Values: []int32{1}}, c}) }
	}
	for want, use := range map[string]func(w *Writer) error{
		`image "a": keyword NAXIS1: only the writer sets it`:                          card(Card{Key: "naxis1", Value: 1}),
		`image "a": keyword X: text "é": expected printable ASCII`:                    card(Card{Key: "X", Value: "é"}),
		`image "a": keyword X: comment "\n": expected printable ASCII`:                card(Card{Key: "X", Comment: "\n"}),
		`image "a": keyword X: NaN cannot be written`:                                 card(Card{Key: "X", Value: math.NaN()}),
		`image "a": keyword X: a value of type []int cannot be written`:               card(Card{Key: "X", Value: []int{}}),
		`image "a": keyword X=Y: expected letters, digits, - and _, in words`:         card(Card{Key: "X=Y", Value: 1}),
		`image "a": keyword X: value and comment are 3 bytes longer than a card`:      card(Card{Key: "X", Value: 1, Comment: strings.Repeat("a", 50)}),
		`image "a": keyword COMMENT: cannot have a value`:                             card(Card{Key: "COMMENT", Value: 1}),
		`image "a": 0 values, expected those of shape [2]`:                            func(w *Writer) error { return w.Image("a", nil, []int{2}, nil) },
		`image "a": values of type []string, expected numbers`:                        func(w *Writer) error { return w.Image("a", nil, []int{1}, []string{"a"}) },
		`image "a": values of type []int cannot be written`:                           func(w *Writer) error { return w.Image("a", nil, []int{1}, []int{1}) },
		`image "é": keyword EXTNAME: text "é": expected printable ASCII`:              func(w *Writer) error { return w.Image("é", nil, nil, nil) },
		`table "a": column 2 "y": 3 values, expected 2 for each row`:                  column(Output{Name: "y", Repeat: 2, Values: []int32{1, 2, 3}}),
		`table "a": column 2 "y": 2 rows, expected 1 as in column 1`:                  column(Output{Name: "y", Values: []int32{1, 2}}),
		`table "a": column 2 "y": text 0, "é": expected printable ASCII`:              column(Output{Name: "y", Values: []string{"é"}}),
		`table "a": column 2 "y": repeat 3, and shape [2] has 2 elements`:             column(Output{Name: "y", Repeat: 3, Shape: []int{2}, Values: []int32{1, 2}}),
		`table "a": column 2 "y": a shape without elements`:                           column(Output{Name: "y", Shape: []int{0}, Values: []int32{}}),
		`table "a": column 2 "y": 0 values, expected 1 for each row`:                  column(Output{Name: "y"}),
		`table "a": column 2 "é": keyword TTYPE2: text "é": expected printable ASCII`: column(Output{Name: "é", Values: []int32{1}}),
	} {
		var b bytes.Buffer
		w := NewWriter(&b)
		wantError(t, use(w), want)
	}
	long := strings.Repeat("a", 69)
	wantError(t, NewWriter(&bytes.Buffer{}).Table("a", nil, []Output{{Name: long, Values: []int32{1}}}), fmt.Sprintf("table \"a\": column 1 %q: keyword TTYPE1: text %q is longer than a card", long, long))
	wantError(t, NewWriter(&bytes.Buffer{}).Image("a", []Card{{Key: "X", Value: 1}, {Key: "x"}}, nil, nil), `image "a": keyword X: appears twice`)
}

// A file does without the end of a long name of an HDU, and without a long unit.
func TestLongNamesAndUnits(t *testing.T) {
	fits, long := strings.Repeat("a", 66)+"'", strings.Repeat("a", 66)+"''"
	for name, want := range map[string]string{fits: fits, long: fits, strings.Repeat("a", 67) + "'": strings.Repeat("a", 67)} {
		f, err := parse(write(t, func(w *Writer) error {
			return w.Table(name, nil, []Output{{Name: "x", Unit: fits, Values: []int32{1}}, {Name: "y", Unit: long, Values: []int32{1}}})
		}))
		if err != nil {
			t.Fatal(err)
		}
		table, err := f.HDUs[1].Table()
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := f.HDUs[1].Header.Text("EXTNAME"); got != want || table.Columns[0].Unit != fits || table.Columns[1].Unit != "" {
			t.Errorf("%q is %q, expected %q; units %q and %q", name, got, want, table.Columns[0].Unit, table.Columns[1].Unit)
		}
	}
}

func TestEscape(t *testing.T) {
	for text, want := range map[string]string{"plain \"text\"": "plain \"text\"", "caf\u00e9\n\\": `caf\u00e9\n\\`, "\xff": `\xff`} {
		if got := Escape(text); got != want || !isText(got) {
			t.Errorf("%q is %q, expected %q", text, got, want)
		}
	}
}

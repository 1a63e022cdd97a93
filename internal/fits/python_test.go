package fits

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Astropy finds no fault with files that we write, and reads what was written.
func TestAstropyReadsOurFiles(t *testing.T) {
	if err := exec.Command("python3", "-c", "import astropy").Run(); err != nil {
		t.Skipf("python3 has no astropy: %v", err)
	}
	long := strings.Repeat("it's long & ", 20) + "end"
	cards := []Card{
		{"OBJECT", "O'Brien", "a name"}, {"LONG", long, strings.Repeat("c", 47)}, {"SHORT", "a", strings.Repeat("d", 60)}, {"N", 1 << 40, "an integer"},
		{"X", 1e-17, "a number"}, {"Y", -1.2345678901234567e-300, ""}, {"ONE", 1.0, ""}, {"YES", true, ""}, {"UNDEF", nil, "undefined"},
		{"ESO INS TEMP", 3.5, "kelvin"}, {"HISTORY", nil, strings.Repeat("words ", 30)}, {"EMPTY", "", ""},
	}
	file := write(t, func(w *Writer) error {
		return errors.Join(
			w.Image("", cards, nil, nil),
			w.Image("flux", []Card{{"BUNIT", "erg s-1", "a unit"}}, []int{2, 3}, []float32{1, 2, float32(math.NaN()), 4, 5, 6}),
			w.Image("mask", nil, []int{2, 1, 2}, []int32{0, -1, 1 << 30, 3}),
			w.Image("nothing", cards, nil, nil),
			w.Table("spectra", cards, columns(rand.New(rand.NewPCG(1, 1)), 5)),
			w.Table("norows", nil, columns(rand.New(rand.NewPCG(1, 1)), 0)),
			w.Table("nocolumns", nil, nil),
		)
	})
	path := filepath.Join(t.TempDir(), "ours.fits")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copied.fits")
	if out, err := exec.Command("python3", "testdata/verify.py", path, copied).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	sameFiles(t, open(t, path), open(t, copied))
}

// sameFiles compares the values of a file with those of a copy that astropy made.
func sameFiles(t *testing.T, a, b *File) {
	t.Helper()
	if len(a.HDUs) != len(b.HDUs) {
		t.Fatalf("%d HDUs, expected %d", len(b.HDUs), len(a.HDUs))
	}
	for i, h := range a.HDUs {
		for _, want := range h.Header.cards {
			if got, _ := b.HDUs[i].Header.find(want.Key); !isCommentary(want.Key) && !reserved.MatchString(want.Key) && got.Value != want.Value {
				t.Errorf("%s: keyword %s is %#v, expected %#v", h.Place(), want.Key, got.Value, want.Value)
			}
		}
		if h.IsImage() {
			imA, _ := h.Image()
			imB, _ := b.HDUs[i].Image()
			x, _ := imA.Floats(t.Context(), 0, imA.Len())
			y, err := imB.Floats(t.Context(), 0, imB.Len())
			if err != nil {
				t.Fatal(err)
			}
			same(t, h.Place(), y, x)
		}
		if h.IsTable() {
			tA, _ := h.Table()
			tB, err := b.HDUs[i].Table()
			if err != nil {
				t.Fatal(err)
			}
			for col, c := range tA.Columns {
				if got := tB.Columns[col]; got.Name != c.Name || got.Unit != c.Unit || got.Type != c.Type || got.Repeat != c.Repeat {
					t.Errorf("%s: column %+v, expected %+v", h.Place(), got, c)
				}
				same(t, h.Place()+c.Name, []any{readOutput(t, tB, col)}, []any{readOutput(t, tA, col)})
			}
		}
	}
}

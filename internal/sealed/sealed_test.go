package sealed_test

import (
	"encoding/json"
	"errors"
	"testing"

	"sedlab/internal/sealed"
)

type thing struct {
	Name string `json:"name"`
	N    []int  `json:"n"`
}

// A sealed text is plain JSON, and no bit of it can change unnoticed.
func TestEveryBitCounts(t *testing.T) {
	text, err := sealed.Marshal(thing{"a", []int{1, 2}})
	if err != nil {
		t.Fatal(err)
	}
	var sealedThing, plain thing
	if err := errors.Join(sealed.Unmarshal(text, &sealedThing), json.Unmarshal(text, &plain)); err != nil || plain.Name != "a" || sealedThing.N[1] != 2 {
		t.Fatalf("%v, %v, %v", err, sealedThing, plain)
	}
	for i := range text {
		for bit := range 8 {
			text[i] ^= 1 << bit
			if err := sealed.Unmarshal(text, new(thing)); !errors.Is(err, sealed.ErrChanged) {
				t.Errorf("byte %d, bit %d: %v", i, bit, err)
			}
			text[i] ^= 1 << bit
		}
	}
	for n := range text {
		if sealed.Unmarshal(text[:n], new(thing)) == nil {
			t.Errorf("accepted when cut to %d bytes", n)
		}
	}
}

// FuzzUnmarshal checks that no byte of a sealed text can change unnoticed, and that
// any other text is refused.
func FuzzUnmarshal(f *testing.F) {
	f.Add("priors", uint(3), byte(1))
	f.Add("{\n  \"sha256\": \"", uint(70), byte(0x20))
	f.Fuzz(func(t *testing.T, text string, at uint, bits byte) {
		if sealed.Unmarshal([]byte(text), new(thing)) == nil {
			t.Fatal("a file was accepted that is not ours")
		}
		data, err := sealed.Marshal(thing{text, nil})
		if err != nil {
			t.Fatal(err)
		}
		if err := sealed.Unmarshal(data, new(thing)); err != nil {
			t.Fatal(err)
		}
		if bits |= 1; sealed.Unmarshal(append(data[:len(data):len(data)], bits), new(thing)) == nil {
			t.Error("a byte at the end is not noticed")
		}
		data[at%uint(len(data))] ^= bits
		if sealed.Unmarshal(data, new(thing)) == nil {
			t.Errorf("byte %d is not noticed", at%uint(len(data)))
		}
	})
}

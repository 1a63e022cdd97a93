package record_test

import (
	"errors"
	"strings"
	"testing"

	"sedlab/internal/record"
)

// A limit refuses tables of rows, of lists and of texts that take more, and says how much.
func TestLimit(t *testing.T) {
	signals := make([]record.Signal, 10_000)
	examples := make([]record.Example, 100)
	for i := range examples {
		examples[i].Wavelength, examples[i].Truth = make([]float64, 1000), make([]float32, 1000)
	}
	tests := []struct {
		name  string
		data  []byte
		read  func(data []byte, limit int64) error
		needs int64 // bytes, about
	}{
		{"rows", encode(t, signals), decodeWithin[record.Signal](t), 10_000 * 600},
		{"lists", encode(t, examples), decodeWithin[record.Example](t), 100 * 1000 * 12},
	}
	for _, test := range tests {
		if err := test.read(test.data, 10*test.needs); err != nil {
			t.Errorf("%s: within the limit: %v", test.name, err)
		}
		for _, limit := range []int64{test.needs / 4, 1000} { // the second is less than the file has
			var large *record.LimitError
			err := test.read(test.data, limit)
			if !errors.As(err, &large) || large.Limit != limit || large.Needs <= limit || !strings.Contains(err.Error(), "sedlab report") {
				t.Errorf("%s: over the limit: %v", test.name, err)
			}
		}
	}
}

func decodeWithin[T record.Row](t *testing.T) func([]byte, int64) error {
	return func(data []byte, limit int64) error {
		_, err := record.Decode[T](record.WithLimit(t.Context(), limit), data)
		return err
	}
}

package datasets_test

import (
	"context"
	"fmt"
	"log"

	"sedlab/datasets"
)

func Example() {
	ctx := context.Background()
	set, err := (&datasets.SyntheticConfig{Signals: 200}).Load(ctx, 7)
	if err != nil {
		log.Fatal(err)
	}
	if err := set.Normalize("rms"); err != nil {
		log.Fatal(err)
	}
	sides := datasets.Split(set.Len(), 7, datasets.Fractions{Train: 0.9, Test: 0.1})
	fmt.Println(set.Len(), "signals of", set.Dim(), "fluxes")
	fmt.Println(len(sides.Train), "train,", len(sides.Test), "test")
	fmt.Println("evaluated first:", datasets.Ranked(sides.Test, 7)[:3])
	// Output:
	// 200 signals of 1000 fluxes
	// 183 train, 17 test
	// evaluated first: [8 1 145]
}

// A step learns only from the training signals, so it comes after the split.
func ExampleCropConfig() {
	ctx := context.Background()
	set, err := (&datasets.SyntheticConfig{Signals: 50}).Load(ctx, 0)
	if err != nil {
		log.Fatal(err)
	}
	sides := datasets.Split(set.Len(), 0, datasets.Fractions{Train: 0.9, Test: 0.1})
	from := 3800.0
	cropped, err := (&datasets.CropConfig{From: &from}).Apply(ctx, set, sides.Train, 0)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d fluxes from %.1f Å, instead of %d from %.1f Å\n",
		cropped.Dim(), cropped.Wavelength[0], set.Dim(), set.Wavelength[0])
	// Output:
	// 800 fluxes from 3801.9 Å, instead of 1000 from 3162.3 Å
}

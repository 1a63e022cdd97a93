package cli

import (
	"slices"
	"strings"
	"testing"

	"sedlab/framework/app"
)

// Validation losses have columns if a training has any.
func TestShowsValidationLosses(t *testing.T) {
	loss, least := 0.5, 0.25
	plain := app.Trained{Prior: "glo", PriorHash: "a", Epochs: 20, Loss: &loss, Seconds: 3}
	validated := plain
	validated.Prior, validated.ValidationLoss, validated.BestEpoch = "vad", &least, 10
	for _, tc := range []struct {
		list []app.Trained
		want [][]string
	}{
		{[]app.Trained{plain}, [][]string{{"glo", "a", "20", "3s", "0.5", "-"}}},
		{[]app.Trained{plain, validated}, [][]string{{"glo", "a", "20", "3s", "0.5", "-", "-", "-"}, {"vad", "a", "20", "3s", "0.5", "-", "0.25", "10"}}},
	} {
		var b strings.Builder
		printTrainings(&b, tc.list)
		head, rows, _ := strings.Cut(b.String(), "\n")
		if got, want := strings.Contains(head, "lowest validation loss"), len(tc.list) > 1; got != want {
			t.Errorf("%d trainings have the head %q", len(tc.list), head)
		}
		for i, want := range tc.want {
			if got := strings.Fields(strings.Split(rows, "\n")[i]); !slices.Equal(got, want) {
				t.Errorf("row %v, expected %v", got, want)
			}
		}
	}
}

package runner

import (
	"math"

	"sedlab/framework/plan"
	"sedlab/framework/store"
	"sedlab/internal/record"
	"sedlab/priors"
)

// epoch reports every epoch, logs some and keeps about a thousand.
func (r *run) epoch(kept []record.Training, t plan.Training, e priors.Epoch) []record.Training {
	r.opt.Progress.Training(t.Name, e)
	if every := (e.Epochs + 999) / 1000; e.Epoch%every == 0 || e.Last() || e.Epoch == 1 || e.Validation != nil {
		validation := math.NaN()
		if e.Validation != nil {
			validation = *e.Validation
		}
		kept = append(kept, record.Training{
			Epoch: int32(e.Epoch), Loss: e.Loss, Seconds: e.Seconds, LRGenerator: e.LRGenerator, LRCodes: e.LRCodes, KeptLoss: math.NaN(), ValidationLoss: validation,
		})
	}
	if r.pace.due(t.Name, e.Epoch, e.Epochs) || e.Stopped {
		message := []any{"prior", t.Name, "epoch", e.Epoch, "of", e.Epochs, "loss", e.Loss, "seconds", e.Seconds}
		if i := lastValidated(kept); i >= 0 {
			message = append(message, "validation_loss", kept[i].ValidationLoss)
		}
		r.opt.Log.Info(store.LogEpoch, message...)
	}
	return kept
}

// lastValidated returns the index of the last epoch with a validation loss, or -1.
func lastValidated(epochs []record.Training) int {
	i := len(epochs) - 1
	for i >= 0 && math.IsNaN(epochs[i].ValidationLoss) {
		i--
	}
	return i
}

// logTrained logs a training that has ended.
func (r *run) logTrained(t plan.Training, got trained, more ...any) {
	message := append([]any{"prior", t.Name, "hash", t.Hash()}, more...)
	if n := len(got.epochs); n > 0 && !math.IsNaN(got.epochs[n-1].KeptLoss) {
		message = append(message, "loss", got.epochs[n-1].Loss, "kept_loss", got.epochs[n-1].KeptLoss)
	}
	if best, ok := record.BestEpoch(got.epochs); ok {
		message = append(message, "validation_loss", best.ValidationLoss, "best_epoch", best.Epoch)
	}
	r.opt.Log.Info("trained", message...)
}

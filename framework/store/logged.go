package store

import (
	"bytes"
	"math"
	"time"

	"sedlab/internal/record"
)

// epochTail is how much of the end of a log LoggedEpochs reads, in bytes.
const epochTail = 256 << 10

// LoggedEpochs returns the epochs that the log of the run in dir tells of since a time, without
// the hash of their prior. A run in progress has no table of them yet.
func LoggedEpochs(dir string, since time.Time) (list []record.Training) {
	for _, line := range bytes.Split(tail(dir, LogFile, epochTail), []byte("\n")) {
		if e := ParseEvent(line); e != nil && e.Prior != "" && e.Done > 0 && e.Done <= math.MaxInt32 && !e.Time.Before(since) {
			nan := math.NaN()
			list = append(list, record.Training{
				Prior: e.Prior, Epoch: int32(e.Done), Loss: e.Loss, Seconds: e.Seconds,
				LRGenerator: nan, LRCodes: nan, KeptLoss: nan, ValidationLoss: nan,
			})
		}
	}
	return list
}
